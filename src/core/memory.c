/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *nd_alloc(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return calloc(count ? count : 1, size);
}

void *nd_memdup(const void *bytes, size_t length)
{
    void *copy = malloc(length ? length : 1);

    if (copy && length)
        memcpy(copy, bytes, length);
    return copy;
}

char *nd_strdup(const char *text)
{
    return nd_memdup(text, strlen(text) + 1);
}

char *nd_vformat(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);

    char *text = length < 0 ? NULL : malloc((size_t)length + 1);

    if (text)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *nd_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = nd_vformat(format, arguments);
    va_end(arguments);
    return text;
}

void nd_wipe(void *secret, size_t length)
{
    volatile unsigned char *byte = secret;

    while (length--)
        *byte++ = 0;
}

void nd_free_secret(char *secret)
{
    if (secret)
        nd_wipe(secret, strlen(secret));
    free(secret);
}

/* Makes room for `more` bytes and a NUL. */
static bool reserve(nd_text *text, size_t more)
{
    if (more >= SIZE_MAX / 2 - text->length)
        return false;

    size_t needed = text->length + more + 1;

    if (needed <= text->capacity)
        return true;

    size_t capacity = needed < 64 ? 64 : needed + needed / 2;
    char *bytes = realloc(text->bytes, capacity);

    if (!bytes)
        return false;
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void nd_text_add(nd_text *text, const char *format, ...)
{
    if (text->failed)
        return;

    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);

    if (length < 0 || !reserve(text, (size_t)length)) {
        text->failed = true;
        return;
    }

    va_start(arguments, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

static void clear(nd_text *text)
{
    free(text->bytes);
    *text = (nd_text){0};
}

char *nd_text_take(nd_text *text)
{
    if (!text->failed && !reserve(text, 0))
        text->failed = true;
    if (text->failed) {
        clear(text);
        return NULL;
    }

    char *bytes = text->bytes;

    bytes[text->length] = '\0';
    *text = (nd_text){0};
    return bytes;
}
