/* SPDX-License-Identifier: MIT */
/* Text that grows. Where memory runs out the program ends, as a command can. */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* For the compiler to check a format, parameter number `text`, against the arguments from `first` on. */
#if defined(__MINGW32__) && !defined(__clang__)
#define TEXT_PRINTF(text, first) __attribute__((__format__(__gnu_printf__, text, first)))
#else
#define TEXT_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#endif

typedef struct text {
    char *data; /* NUL-terminated once something was added; else NULL */
    size_t length;
    size_t size;
} text;

/* As malloc and calloc, but they do not return without. */
void *need(void *memory);

void text_free(text *self);
void text_add(text *self, const char *more);
void text_add_bytes(text *self, const char *more, size_t length);
TEXT_PRINTF(2, 3) void text_addf(text *self, const char *format, ...);

/* For a terminal: what could steer it is written as \x1b, and what is not UTF-8 as U+FFFD. */
void text_add_shown(text *self, const char *more);

/* The length of the UTF-8 character that `at` begins with; 0: it is malformed, or the end. */
size_t text_character(const char *at, uint32_t *out);

/* Writes it all and empties it; false, with errno, if it could not be written. */
bool text_write(text *self, FILE *stream);

/* ---- JSON ----------------------------------------------------------------------------------- */

/* Values after one another, inside an object or array that json_begin() opens; commas come by themselves.
 * `key` is NULL in an array. */
void json_begin(text *self, const char *key, char bracket);
void json_end(text *self, char bracket);
void json_string(text *self, const char *key, const char *value); /* NULL: null */
void json_number(text *self, const char *key, int64_t value);
void json_bool(text *self, const char *key, bool value);
void json_null(text *self, const char *key);

#endif
