/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "name_parts.h"

enum { REPLACEMENT = 0xFFFD };

/* What a character of each length begins with, and the least that needs this length. */
static const struct {
    unsigned char mask;
    unsigned char lead;
    uint32_t least;
} lengths[] = {
    {0x80, 0x00, 0},
    {0xE0, 0xC0, 0x80},
    {0xF0, 0xE0, 0x800},
    {0xF8, 0xF0, 0x10000},
};

enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

/* Where a byte begins a character of index + 1 bytes; LENGTHS: it begins none. */
static size_t length_index(unsigned char byte)
{
    size_t index = 0;

    while (index < LENGTHS && (byte & lengths[index].mask) != lengths[index].lead)
        index++;
    return index;
}

static bool is_scalar(uint32_t character)
{
    return character <= 0x10FFFF && (character < 0xD800 || character > 0xDFFF);
}

/* The bytes that the first character takes; 0 where it is malformed. Reads nothing behind a NUL. */
static size_t decode(const char *text, size_t length, uint32_t *character)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t index = length_index(bytes[0]);

    if (index >= LENGTHS || index >= length)
        return 0;

    uint32_t value = bytes[0] & (unsigned char)~lengths[index].mask;

    for (size_t i = 1; i <= index; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3F);
    }
    if (value < lengths[index].least || !is_scalar(value))
        return 0;
    *character = value;
    return index + 1;
}

static bool is_any(uint32_t character)
{
    (void)character;
    return true;
}

static bool is_printing(uint32_t character)
{
    return character >= 0x20 && (character < 0x7F || character > 0x9F);
}

static bool all_are(const char *text, size_t length, bool (*is)(uint32_t))
{
    while (length) {
        uint32_t character;
        size_t taken = decode(text, length, &character);

        if (!taken || !is(character))
            return false;
        text += taken;
        length -= taken;
    }
    return true;
}

bool nd_utf8_valid(const char *text, size_t length)
{
    return all_are(text, length, is_any);
}

bool nd_text_clean(const char *text, size_t length)
{
    return all_are(text, length, is_printing);
}

uint32_t nd_utf8_next(const char **text)
{
    uint32_t character = REPLACEMENT; /* for a byte that no caller should have let in */

    if (!**text)
        return 0;

    size_t taken = decode(*text, LENGTHS, &character);

    *text += taken ? taken : 1;
    return character;
}

size_t nd_utf8_put(uint32_t character, char to[ND_UTF8_MAX])
{
    size_t index = 0;

    while (index + 1 < LENGTHS && character >= lengths[index + 1].least)
        index++;
    for (size_t i = index; i > 0; i--) {
        to[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    to[0] = (char)(lengths[index].lead | character);
    return index + 1;
}

char nd_ascii_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool nd_begins_with(const char *text, const char *prefix)
{
    while (*prefix && nd_ascii_lower(*text) == *prefix) {
        text++;
        prefix++;
    }
    return *prefix == '\0';
}

int nd_hex_value(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = memchr(digits, nd_ascii_lower(digit), sizeof digits - 1);

    return at ? (int)(at - digits) : -1;
}

bool nd_is_dots(const char *text, size_t length)
{
    return (length == 1 || length == 2) && memcmp(text, "..", length) == 0;
}
