/* SPDX-License-Identifier: MIT */
/* The heap: zeroed blocks, copies, growing text, and secrets that leave no trace. NULL: no memory. */
#ifndef ND_MEMORY_H
#define ND_MEMORY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "printf_format.h"

/* `count` zeroed elements; NULL also when their size overflows. Freed with free(). */
void *nd_alloc(size_t count, size_t size);
char *nd_strdup(const char *text);
void *nd_memdup(const void *bytes, size_t length);
char *nd_format(const char *format, ...) ND_PRINTF(1, 2);
char *nd_vformat(const char *format, va_list arguments) ND_PRINTF(1, 0);

/* Overwrites a secret in a way that the compiler keeps. */
void nd_wipe(void *secret, size_t length);
/* Wipes and frees a string; NULL is allowed. */
void nd_free_secret(char *secret);

/* Text that grows. A failed append sets `failed`, and all later ones do nothing. */
typedef struct nd_text {
    char *bytes;
    size_t length;
    size_t capacity;
    bool failed;
} nd_text;

void nd_text_add(nd_text *text, const char *format, ...) ND_PRINTF(2, 3);
/* The string, to be freed by the caller, and the text empty again; NULL if anything failed. */
char *nd_text_take(nd_text *text);

#endif
