/* SPDX-License-Identifier: MIT */
/* What tests say of verbs. After cmocka.h. */
#ifndef VERDICTS_H
#define VERDICTS_H

#include <string.h>

#include "netdisc.h"

/* Fails with the name of what came, which says more than a number. */
#define assert_status(status, expected)                                                                 \
    assert_string_equal(netdisc_status_name(status), netdisc_status_name(NETDISC_##expected))

/* The verb failed as expected, its detail agrees and mentions `text`; frees the detail. */
static inline void check_error(netdisc_status status, netdisc_error *err, netdisc_status expected,
                               const char *text, const char *file, int line)
{
    if (status != expected || !err || err->status != status || (text && !strstr(err->message, text))) {
        print_error("expected %s with \"%s\"\n     got %s with \"%s\"\n", netdisc_status_name(expected),
                    text ? text : "", netdisc_status_name(status), err ? err->message : "(no detail)");
        _fail(file, line);
    }
    netdisc_error_free(err);
}

/* `call` may set `err`: it is evaluated first. */
#define assert_error(call, err, expected, text)                                                         \
    do {                                                                                                \
        netdisc_status status_of_call = (call);                                                         \
        check_error(status_of_call, err, NETDISC_##expected, text, __FILE__, __LINE__);                 \
    } while (0)

#endif
