/* SPDX-License-Identifier: MIT */
/* The text of a profile, by the schema http://www.microsoft.com/networking/WLAN/profile/v1. */
#include "wlan.h"

#include <stdlib.h>
#include <string.h>

enum { NEW_MAX = 4096, KEY_MAX = 1024, RAW_KEY = 64, SHORTEST = 8, LONGEST = 63 };

#define KEY_BEGINS L"<sharedKey>"
#define KEY_ENDS   L"</sharedKey>"

/* Text that grows at its end, up to its room. */
typedef struct text {
    WCHAR *all;
    size_t length;
    size_t room;
    bool full;
} text;

static text new_text(size_t room)
{
    WCHAR *all = calloc(room, sizeof *all);

    return (text){.all = all, .room = room, .full = !all};
}

static void put_some(text *to, const WCHAR *from, size_t length)
{
    to->full = to->full || length >= to->room - to->length;
    if (to->full)
        return;
    memcpy(to->all + to->length, from, length * sizeof *from);
    to->length += length;
}

static void put(text *to, const WCHAR *from)
{
    put_some(to, from, wcslen(from));
}

static void put_character(text *to, WCHAR character)
{
    switch (character) {
    case L'&':
        put(to, L"&amp;");
        break;
    case L'<':
        put(to, L"&lt;");
        break;
    case L'>':
        put(to, L"&gt;");
        break;
    default:
        put_some(to, &character, 1);
    }
}

static void put_hex(text *to, const DOT11_SSID *ssid)
{
    static const WCHAR digits[] = L"0123456789ABCDEF";

    for (ULONG i = 0; i < ssid->uSSIDLength; i++) {
        put_some(to, &digits[ssid->ucSSID[i] >> 4], 1);
        put_some(to, &digits[ssid->ucSSID[i] & 15], 1);
    }
}

/* The whole; NULL: it could not be written. */
static WCHAR *finish(text *to)
{
    if (!to->full)
        return to->all;
    if (to->all)
        SecureZeroMemory(to->all, to->room * sizeof *to->all);
    free(to->all);
    return NULL;
}

/* ---- Keys ----------------------------------------------------------------------------------- */

static bool is_raw(const char *key)
{
    return strlen(key) == RAW_KEY && strspn(key, "0123456789abcdefABCDEF") == RAW_KEY;
}

bool nd_wlan_can_be_key(const char *key)
{
    size_t length = strlen(key);

    if (is_raw(key))
        return true;
    for (size_t i = 0; i < length; i++)
        if (key[i] < ' ' || key[i] > '~')
            return false;
    return length >= SHORTEST && length <= LONGEST;
}

static void put_key(text *to, const char *key)
{
    put(to, L"<keyType>");
    put(to, is_raw(key) ? L"networkKey" : L"passPhrase");
    put(to, L"</keyType><protected>false</protected><keyMaterial>");
    for (; *key; key++)
        put_character(to, (WCHAR)*key);
    put(to, L"</keyMaterial>");
}

/* ---- Profiles ------------------------------------------------------------------------------- */

WCHAR *nd_wlan_xml_new(const WCHAR *name, const DOT11_SSID *ssid, const nd_wlan_security *security,
                       const char *key)
{
    text to = new_text(NEW_MAX);

    put(&to, L"<?xml version=\"1.0\"?>"
             L"<WLANProfile xmlns=\"http://www.microsoft.com/networking/WLAN/profile/v1\"><name>");
    for (; *name; name++)
        put_character(&to, *name);
    put(&to, L"</name><SSIDConfig><SSID><hex>");
    put_hex(&to, ssid);
    put(&to, L"</hex></SSID></SSIDConfig><connectionType>ESS</connectionType>"
             L"<connectionMode>auto</connectionMode><MSM><security><authEncryption><authentication>");
    put(&to, security->authentication);
    put(&to, L"</authentication><encryption>");
    put(&to, security->encryption);
    put(&to, L"</encryption><useOneX>false</useOneX></authEncryption>");
    if (key) {
        put(&to, KEY_BEGINS);
        put_key(&to, key);
        put(&to, KEY_ENDS);
    }
    put(&to, L"</security></MSM></WLANProfile>");
    return finish(&to);
}

/* Where the key of a profile begins and ends; NULL: it takes none. */
static const WCHAR *find_key(const WCHAR *xml, const WCHAR **end)
{
    const WCHAR *begin = wcsstr(xml, KEY_BEGINS);

    *end = begin ? wcsstr(begin, KEY_ENDS) : NULL;
    return *end ? begin + wcslen(KEY_BEGINS) : NULL;
}

bool nd_wlan_xml_takes_key(const WCHAR *xml)
{
    const WCHAR *end;

    return find_key(xml, &end) != NULL;
}

WCHAR *nd_wlan_xml_with_key(const WCHAR *xml, const char *key)
{
    const WCHAR *end;
    const WCHAR *begin = find_key(xml, &end);
    text to = new_text(wcslen(xml) + KEY_MAX);

    put_some(&to, xml, (size_t)(begin - xml));
    put_key(&to, key);
    put(&to, end);
    return finish(&to);
}

bool nd_wlan_xml_is_for(const WCHAR *xml, const DOT11_SSID *ssid)
{
    WCHAR element[2 * DOT11_SSID_MAX_LENGTH + 16] = {0};
    text to = {.all = element, .room = ND_COUNT(element)};

    put(&to, L"<hex>");
    put_hex(&to, ssid);
    put(&to, L"</hex>");
    for (const WCHAR *at = wcsstr(xml, L"<hex>"); at; at = wcsstr(at + 1, L"<hex>"))
        if (_wcsnicmp(at, element, to.length) == 0)
            return true;
    return false;
}
