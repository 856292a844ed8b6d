/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void *need(void *memory)
{
    if (!memory) {
        fputs("netdisc: ERROR_NOT_ENOUGH_MEMORY (8): not enough memory\n", stderr);
        exit(1);
    }
    return memory;
}

void text_free(text *self)
{
    free(self->data);
    *self = (text){0};
}

static void make_room(text *self, size_t more)
{
    size_t size = self->size ? self->size : 64;

    if (more >= SIZE_MAX / 4 || self->length >= SIZE_MAX / 4)
        need(NULL);
    while (size <= self->length + more)
        size *= 2;
    if (size == self->size)
        return;
    self->data = need(realloc(self->data, size));
    self->size = size;
}

void text_add_bytes(text *self, const char *more, size_t length)
{
    make_room(self, length);
    memcpy(self->data + self->length, more, length);
    self->length += length;
    self->data[self->length] = 0;
}

void text_add(text *self, const char *more)
{
    text_add_bytes(self, more, strlen(more));
}

void text_addf(text *self, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        need(NULL);
    make_room(self, (size_t)length);
    va_start(arguments, format);
    vsnprintf(self->data + self->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    self->length += (size_t)length;
}

/* ---- Characters ----------------------------------------------------------------------------- */

size_t text_character(const char *at, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)*at;
    size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t value = length < 2 ? first : first & (0x7fu >> length);

    if (!first || !length || first > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | ((unsigned char)at[i] & 0x3f);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 0;
    *out = value;
    return length;
}

/* Controls, ends of lines, and the marks that turn the direction of what follows. */
static bool steers(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},  {0x200e, 0x200f},
                  {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}};

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

void text_add_shown(text *self, const char *more)
{
    uint32_t character;

    while (*more) {
        size_t length = text_character(more, &character);

        if (!length)
            text_add(self, REPLACEMENT);
        else if (steers(character))
            text_addf(self, "\\x%02x", (unsigned)character);
        else
            text_add_bytes(self, more, length);
        more += length ? length : 1;
    }
}

bool text_write(text *self, FILE *stream)
{
    bool good = !self->length || fwrite(self->data, 1, self->length, stream) == self->length;

    good = fflush(stream) == 0 && good;
    self->length = 0;
    return good;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void add_quoted(text *self, const char *value)
{
    uint32_t character;

    text_add(self, "\"");
    while (*value) {
        size_t length = text_character(value, &character);

        if (!length)
            text_add(self, REPLACEMENT);
        else if (character == '"' || character == '\\')
            text_addf(self, "\\%c", (char)character);
        else if (steers(character))
            text_addf(self, "\\u%04x", (unsigned)character);
        else
            text_add_bytes(self, value, length);
        value += length ? length : 1;
    }
    text_add(self, "\"");
}

static void begin_value(text *self, const char *key)
{
    if (self->length && !strchr("{[\n", self->data[self->length - 1]))
        text_add(self, ",");
    if (!key)
        return;
    add_quoted(self, key);
    text_add(self, ":");
}

void json_begin(text *self, const char *key, char bracket)
{
    begin_value(self, key);
    text_add_bytes(self, &bracket, 1);
}

void json_end(text *self, char bracket)
{
    text_add_bytes(self, &bracket, 1);
}

void json_string(text *self, const char *key, const char *value)
{
    begin_value(self, key);
    if (value)
        add_quoted(self, value);
    else
        text_add(self, "null");
}

void json_number(text *self, const char *key, int64_t value)
{
    begin_value(self, key);
    text_addf(self, "%lld", (long long)value);
}

void json_bool(text *self, const char *key, bool value)
{
    begin_value(self, key);
    text_add(self, value ? "true" : "false");
}

void json_null(text *self, const char *key)
{
    begin_value(self, key);
    text_add(self, "null");
}
