/* SPDX-License-Identifier: MIT */
#include "scarce_memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* By their names: see meson.build. */
void *scarce_malloc(size_t size);
void *scarce_calloc(size_t count, size_t size);
void *scarce_realloc(void *block, size_t size);
char *scarce_strdup(const char *text);

/* Down to the allocation that fails; 0: none does any more. */
static atomic_long countdown;

void scarce_from_here(long number)
{
    atomic_store(&countdown, number);
}

bool scarce_has_failed(void)
{
    return atomic_load(&countdown) == 0;
}

static bool is_to_fail(void)
{
    return atomic_load(&countdown) > 0 && atomic_fetch_sub(&countdown, 1) == 1;
}

void *scarce_malloc(size_t size)
{
    return is_to_fail() ? NULL : malloc(size);
}

void *scarce_calloc(size_t count, size_t size)
{
    return is_to_fail() ? NULL : calloc(count, size);
}

void *scarce_realloc(void *block, size_t size)
{
    return is_to_fail() ? NULL : realloc(block, size);
}

char *scarce_strdup(const char *text)
{
    return is_to_fail() ? NULL : strdup(text);
}
