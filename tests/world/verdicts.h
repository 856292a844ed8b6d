/* SPDX-License-Identifier: MIT */
/* What the tests in worlds say of verbs. After cmocka.h and the world's own header, which has
 * WORLD_MS. */
#ifndef WORLD_VERDICTS_H
#define WORLD_VERDICTS_H

#include "../verdicts.h"
#include "bed.h"

/* As assert_error() of an operation that has completed; frees it. */
static inline void check_op_error(netdisc_op *op, netdisc_status expected, const char *text,
                                  const char *file, int line)
{
    netdisc_status status = netdisc_op_wait(op, WORLD_MS);
    const netdisc_error *err = netdisc_op_error(op);

    if (status != expected || !err || (text && !strstr(err->message, text))) {
        print_error("expected %s with \"%s\"\n     got %s with \"%s\"\n", netdisc_status_name(expected),
                    text ? text : "", netdisc_status_name(status), err ? err->message : "(no detail)");
        _fail(file, line);
    }
    netdisc_op_free(op);
}

#define assert_op_error(op, expected, text)                                                             \
    check_op_error(op, NETDISC_##expected, text, __FILE__, __LINE__)

#endif
