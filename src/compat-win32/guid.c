/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "compat.h"

void nw_text_of_guid(const GUID *guid, char text[NW_GUID_TEXT])
{
    const uint8_t *rest = guid->Data4;

    snprintf(text, NW_GUID_TEXT,
             "%08" PRIx32 "-%04" PRIx16 "-%04" PRIx16 "-%02x%02x-%02x%02x%02x%02x%02x%02x", guid->Data1,
             guid->Data2, guid->Data3, rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6],
             rest[7]);
}

bool nw_guid_of_text(const char *text, GUID *guid)
{
    uint8_t *rest = guid->Data4;
    int length = 0;

    *guid = (GUID){0};
    sscanf(text, "%8" SCNx32 "-%4" SCNx16 "-%4" SCNx16 "-%2hhx%2hhx-%2hhx%2hhx%2hhx%2hhx%2hhx%2hhx%n",
           &guid->Data1, &guid->Data2, &guid->Data3, &rest[0], &rest[1], &rest[2], &rest[3], &rest[4],
           &rest[5], &rest[6], &rest[7], &length);
    return length == NW_GUID_TEXT - 1 && text[length] == '\0';
}
