/* SPDX-License-Identifier: MIT */
/* What the unit tests share: a context over the fake providers, and short checks. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/core.h"
#include "../fake/fake.h"
#include "../verdicts.h"

#define UUID_A "11111111-2222-3333-4444-555555555555"
#define UUID_B "66666666-7777-8888-9999-aaaaaaaaaaaa"
#define DOCS   "\\\\server\\docs"

static const nd_registration unit_registrations[] = {
    {.provider = "event", .builtin = &fake_backend, .kinds = NETDISC_ALL_KINDS},
    {.provider = "event2", .builtin = &fake_backend, .kinds = NETDISC_ALL_KINDS},
    {.provider = "blocking", .builtin = &fake_backend, .kinds = NETDISC_ALL_KINDS},
    {.provider = "blocking2", .builtin = &fake_backend, .kinds = NETDISC_ALL_KINDS},
    {.provider = "sparse", .builtin = &fake_sparse_backend, .kinds = NETDISC_ALL_KINDS},
    {.provider = NULL},
};

/* A context with these fakes, in this order. */
static inline netdisc *unit_open(const char *providers)
{
    netdisc_options options = {.size = sizeof options, .providers = providers};
    netdisc *nd = NULL;

    assert_int_equal(nd_open_with(unit_registrations, &nd, &options, NULL), NETDISC_NO_ERROR);
    return nd;
}

static inline int unit_reset(void **state)
{
    (void)state;
    fake_reset();
    return 0;
}

static inline int unit_clear(void **state)
{
    (void)state;
    fake_clear();
    return 0;
}

#ifdef __linux__
#include <dirent.h>

/* How many entries a directory has: /proc/self/task, /proc/self/fd. */
static inline size_t unit_entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}
#endif

#define with_fakes(function) cmocka_unit_test_setup(function, unit_reset)

#endif
