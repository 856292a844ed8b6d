/* SPDX-License-Identifier: MIT */
/* UTF-16, and the encoding of the user's locale, whatever the program has made of setlocale(). */
#define _GNU_SOURCE
#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"

enum { NEVER_UTF8 = 0xFF, UTF8_MAX = 4, REPLACEMENT = 0xFFFD };

/* ---- UTF-16 ---------------------------------------------------------------------------------- */

size_t nw_wide_length(const WCHAR *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

static bool is_high(WCHAR unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(WCHAR unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

static char *put(char *to, uint32_t character)
{
    if (character < 0x80) {
        *to++ = (char)character;
        return to;
    }

    unsigned more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};

    *to++ = (char)(leads[more] | character >> 6 * more);
    while (more--)
        *to++ = (char)(0x80 | (character >> 6 * more & 0x3F));
    return to;
}

char *nw_utf8_from_wide(const WCHAR *text)
{
    /* No unit takes more than three bytes. */
    char *out = malloc(nw_wide_length(text) * 3 + 1);
    char *to = out;

    if (!out)
        return NULL;
    for (; *text; text++) {
        if (is_high(text[0]) && is_low(text[1])) {
            to = put(to, 0x10000 + ((uint32_t)(text[0] - 0xD800) << 10) + (uint32_t)(text[1] - 0xDC00));
            text++;
        } else if (is_high(*text) || is_low(*text)) {
            *to++ = (char)NEVER_UTF8;
        } else {
            to = put(to, *text);
        }
    }
    *to = '\0';
    return out;
}

/* One character, or a byte that is not UTF-8: a path of /proc, which a netdisc_holder has, may be anything. */
static uint32_t get(const unsigned char **from)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (*from)++;
    size_t more = at[0] < 0xC0 ? 0 : at[0] < 0xE0 ? 1 : at[0] < 0xF0 ? 2 : 3;
    uint32_t character = more ? at[0] & (0x3FU >> more) : at[0];

    if ((at[0] >= 0x80 && more == 0) || at[0] > 0xF4)
        return REPLACEMENT;
    for (size_t i = 1; i <= more; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        character = character << 6 | (at[i] & 0x3F);
    }
    if (character < least[more] || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
        return REPLACEMENT;
    *from += more;
    return character;
}

WCHAR *nw_wide_from_utf8(const char *text)
{
    const unsigned char *from = (const unsigned char *)text;
    /* No byte makes more than one unit. */
    WCHAR *out = malloc((strlen(text) + 1) * sizeof *out);
    WCHAR *to = out;

    if (!out)
        return NULL;
    while (*from) {
        uint32_t character = get(&from);

        if (character >= 0x10000) {
            *to++ = (WCHAR)(0xD800 + ((character - 0x10000) >> 10));
            character = 0xDC00 + ((character - 0x10000) & 0x3FF);
        }
        *to++ = (WCHAR)character;
    }
    *to = 0;
    return out;
}

bool nw_is_clean(const char *text)
{
    const unsigned char *from = (const unsigned char *)text;

    while (*from) {
        const unsigned char *at = from;
        uint32_t character = get(&from);
        bool malformed = character == REPLACEMENT && from - at == 1;

        if (malformed || character < ' ' || (character >= 0x7F && character <= 0x9F))
            return false;
    }
    return true;
}

/* ---- The locale's encoding ------------------------------------------------------------------- */

/* Of the locale that the environment names; "": as UTF-8. */
static char encoding[64];

/* The environment's, which is what the system's code page is on Windows, as it is when text is first
 * converted. ASCII is taken for UTF-8, which it is a part of, and which names of files are in where no
 * locale is set. */
static void find_encoding(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    const char *set = locale ? nl_langinfo_l(CODESET, locale) : "";
    bool is_utf8 =
        strcmp(set, "UTF-8") == 0 || strcmp(set, "ANSI_X3.4-1968") == 0 || strcmp(set, "ASCII") == 0;

    if (!is_utf8 && strlen(set) < sizeof encoding)
        strcpy(encoding, set);
    if (locale)
        freelocale(locale);
}

/* Behind one character of UTF-8, or one byte of another encoding. */
static void skip(char **from, size_t *left, bool utf8)
{
    do {
        ++*from;
        --*left;
    } while (utf8 && *left > 0 && ((unsigned char)**from & 0xC0) == 0x80);
}

/* What cannot be converted becomes `instead`. NULL: no memory. */
static char *recode(iconv_t way, const char *text, bool from_utf8, char instead)
{
    char *from = (char *)(uintptr_t)text;
    size_t left = strlen(text), room = left * UTF8_MAX + UTF8_MAX;
    char *out = malloc(room + 1), *to = out;

    if (!out)
        return NULL;
    while (left > 0) {
        if (iconv(way, &from, &left, &to, &room) != (size_t)-1)
            break;
        *to++ = instead;
        room--;
        skip(&from, &left, from_utf8);
    }
    iconv(way, NULL, NULL, &to, &room);
    *to = '\0';
    return out;
}

static char *convert(const char *text, bool from_utf8)
{
    static pthread_once_t found = PTHREAD_ONCE_INIT;
    iconv_t way;
    char *out;

    pthread_once(&found, find_encoding);
    if (!encoding[0])
        return strdup(text);
    way = from_utf8 ? iconv_open(encoding, "UTF-8") : iconv_open("UTF-8", encoding);
    if (way == (iconv_t)-1)
        return errno == EINVAL ? strdup(text) : NULL;
    out = recode(way, text, from_utf8, from_utf8 ? '?' : (char)NEVER_UTF8);
    iconv_close(way);
    return out;
}

char *nw_utf8_from_ansi(const char *text)
{
    return convert(text, false);
}

char *nw_ansi_from_utf8(const char *text)
{
    return convert(text, true);
}

void nw_free_secret(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}
