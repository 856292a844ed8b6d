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

#include "world.h"

#include "verdicts.h"

#define ONE   WORLD_UUID(01)
#define TWO   WORLD_UUID(02)
#define THREE WORLD_UUID(03)

#define NETWORK_CONTROL "org.freedesktop.NetworkManager.network-control"

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
