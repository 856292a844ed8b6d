/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win32.h"

WCHAR *nd_wide(const char *text)
{
    int length = text ? MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0) : 0;
    WCHAR *wide = length > 0 ? calloc((size_t)length, sizeof *wide) : NULL;

    if (wide)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, length);
    return wide;
}

bool nd_wide_into(WCHAR *field, size_t room, const char *text)
{
    int most = room < INT_MAX ? (int)room : INT_MAX;

    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, field, most) > 0)
        return true;
    SecureZeroMemory(field, room * sizeof *field);
    return false;
}

static char *narrow(const WCHAR *text, int count)
{
    int length = WideCharToMultiByte(CP_UTF8, 0, text, count, NULL, 0, NULL, NULL);
    char *out = length >= 0 ? calloc((size_t)length + 1, 1) : NULL;

    if (out && length > 0)
        WideCharToMultiByte(CP_UTF8, 0, text, count, out, length, NULL, NULL);
    return out;
}

char *nd_narrow_field(const WCHAR *field, size_t room)
{
    size_t length = wcsnlen(field, room);

    return length <= INT_MAX ? narrow(field, (int)length) : NULL;
}

char *nd_narrow(const WCHAR *text)
{
    return text ? nd_narrow_field(text, SIZE_MAX) : NULL;
}

bool nd_wide_is_well_formed(const WCHAR *text)
{
    for (; *text; text++) {
        if (IS_LOW_SURROGATE(*text))
            return false;
        if (IS_HIGH_SURROGATE(*text) && !IS_LOW_SURROGATE(*++text))
            return false;
    }
    return true;
}

void nd_wide_clause(WCHAR *text, size_t room)
{
    size_t length = wcsnlen(text, room - 1);

    for (size_t i = 0; i < length; i++)
        if (text[i] < L' ')
            text[i] = L' ';
    while (length > 0 && (text[length - 1] == L' ' || text[length - 1] == L'.'))
        length--;
    text[length] = L'\0';
}

void nd_wide_wipe(WCHAR *text)
{
    if (text)
        SecureZeroMemory(text, wcslen(text) * sizeof *text);
    free(text);
}

/* ---- GUIDs ---------------------------------------------------------------------------------- */

void nd_guid_text(const GUID *guid, char text[ND_GUID_TEXT])
{
    const unsigned char *rest = guid->Data4;

    snprintf(text, ND_GUID_TEXT, "%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             (unsigned long)guid->Data1, (unsigned)guid->Data2, (unsigned)guid->Data3, rest[0], rest[1],
             rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]);
}

bool nd_guid_parse(const char *text, GUID *guid)
{
    unsigned long data1;
    unsigned data2;
    unsigned data3;
    unsigned rest[8];

    if (strlen(text) != ND_GUID_TEXT - 1 || strspn(text, "0123456789abcdef-") != ND_GUID_TEXT - 1 ||
        sscanf(text, "%8lx-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &data1, &data2, &data3, &rest[0],
               &rest[1], &rest[2], &rest[3], &rest[4], &rest[5], &rest[6], &rest[7]) != 11)
        return false;
    *guid = (GUID){.Data1 = data1, .Data2 = (unsigned short)data2, .Data3 = (unsigned short)data3};
    for (size_t i = 0; i < ND_COUNT(rest); i++)
        guid->Data4[i] = (unsigned char)rest[i];
    return true;
}
