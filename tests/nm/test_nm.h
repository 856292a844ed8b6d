/* SPDX-License-Identifier: MIT */
/* What the tests against the real NetworkManager share. */
#ifndef TEST_NM_H
#define TEST_NM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "world.h"

#define ONE   WORLD_UUID(01)
#define TWO   WORLD_UUID(02)
#define THREE WORLD_UUID(03)

#define NETWORK_CONTROL "org.freedesktop.NetworkManager.network-control"

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

/* The same of an operation that has completed; frees it. */
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

/* A verb with its defaults, for which NetworkManager's own view is looked at right afterwards. */
static inline netdisc_status disconnect(netdisc *nd, const char *name, uint32_t flags,
                                        netdisc_error **err)
{
    return netdisc_connection_disconnect(nd, name, flags, 0, err);
}

static inline netdisc_op *start_disconnect(netdisc *nd, const char *name, uint32_t flags, int timeout_ms)
{
    netdisc_op *op = NULL;

    assert_status(netdisc_connection_disconnect_start(nd, name, flags, timeout_ms, &op, NULL), NO_ERROR);
    return op;
}

static inline netdisc_list *list(netdisc *nd)
{
    netdisc_list *out = NULL;

    assert_status(netdisc_connection_list(nd, 0, 0, &out, NULL), NO_ERROR);
    assert_non_null(out);
    assert_int_equal(netdisc_list_failure_count(out), 0);
    return out;
}

/* The item of this UUID, or its further ones; NULL past the last. */
static inline const netdisc_connection *find_item(const netdisc_list *items, const char *uuid,
                                                  size_t which)
{
    const netdisc_connection *item;

    for (size_t i = 0; (item = netdisc_list_connection(items, i)); i++)
        if (strcmp(item->uuid, uuid) == 0 && which-- == 0)
            return item;
    return NULL;
}

static inline int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A program that is given a pattern runs the test functions of such a name alone. */
static inline void begin(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    world_enter();
}

#define in_world(function)      cmocka_unit_test_setup(function, world_reset)
#define in_bare_world(function) cmocka_unit_test_setup(function, world_reset_bare)

#endif
