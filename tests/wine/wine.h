/* SPDX-License-Identifier: MIT */
/* What the tests of the backend for Windows share. */
#ifndef WINE_H
#define WINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "../verdicts.h"

/* A context with these providers. */
static inline netdisc *wine_open(const char *providers)
{
    netdisc_options options = {.size = sizeof options, .providers = providers};
    netdisc *nd = NULL;

    assert_int_equal(netdisc_open(&nd, &options, NULL), NETDISC_NO_ERROR);
    return nd;
}

/* A symbol of a double: it is the DLL that the library loads, too. */
static inline void *wine_double(const char *dll, const char *symbol)
{
    char path[MAX_PATH];

    snprintf(path, sizeof path, "C:\\windows\\system32\\%s", dll);

    HMODULE library = LoadLibraryA(path);

    assert_non_null(library);

    FARPROC found = GetProcAddress(library, symbol);
    void *address;

    assert_non_null(found);
    memcpy(&address, &found, sizeof address);
    return address;
}

#endif
