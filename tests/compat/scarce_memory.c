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
void scarce_free(void *block);

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

static struct {
    size_t size;
    size_t length;
    char *block;
    bool wiped;
} secret;

void scarce_expect_secret(size_t size, size_t length)
{
    secret.size = size;
    secret.length = length;
    secret.block = NULL;
    secret.wiped = false;
}

bool scarce_was_wiped(void)
{
    return secret.wiped;
}

static void *keep_secret(void *block, size_t size)
{
    if (size == secret.size)
        secret.block = block;
    return block;
}

void scarce_free(void *block)
{
    if (block && block == secret.block) {
        secret.wiped = true;
        for (size_t i = 0; i < secret.length; i++)
            secret.wiped = secret.wiped && secret.block[i] == 0;
        secret.block = NULL;
    }
    free(block);
}

void *scarce_malloc(size_t size)
{
    return is_to_fail() ? NULL : keep_secret(malloc(size), size);
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
    return is_to_fail() ? NULL : keep_secret(strdup(text), strlen(text) + 1);
}
