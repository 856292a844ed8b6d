/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wlan.h"

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

/* How far it has come on its way, and whether its radio is on, netdisc does not say. */
WLAN_INTERFACE_STATE nw_wlan_state(netdisc_state state)
{
    static const WLAN_INTERFACE_STATE states[] = {
        [NETDISC_STATE_UNKNOWN] = wlan_interface_state_not_ready,
        [NETDISC_STATE_DISCONNECTED] = wlan_interface_state_disconnected,
        [NETDISC_STATE_CONNECTING] = wlan_interface_state_associating,
        [NETDISC_STATE_CONNECTED] = wlan_interface_state_connected,
        [NETDISC_STATE_DISCONNECTING] = wlan_interface_state_disconnecting,
    };

    return (size_t)state < sizeof states / sizeof *states ? states[state]
                                                          : wlan_interface_state_not_ready;
}

/* Not between the halves of one character. */
static size_t room_for(const WCHAR *text)
{
    size_t length = nw_wide_length(text);

    if (length < WLAN_MAX_NAME_LENGTH)
        return length;
    length = WLAN_MAX_NAME_LENGTH - 1;
    return text[length - 1] >= 0xD800 && text[length - 1] <= 0xDBFF ? length - 1 : length;
}

bool nw_wlan_name(const char *name, WCHAR out[WLAN_MAX_NAME_LENGTH])
{
    WCHAR *wide = nw_wide_from_utf8(name ? name : "");
    size_t length;

    if (!wide)
        return false;
    length = room_for(wide);
    memcpy(out, wide, length * sizeof *out);
    out[length] = 0;
    free(wide);
    return true;
}

DOT11_SSID nw_wlan_ssid(const netdisc_wlan *item)
{
    DOT11_SSID ssid = {0};

    if (item->ssid_length == 0 || item->ssid_length > DOT11_SSID_MAX_LENGTH)
        return ssid;
    ssid.uSSIDLength = (ULONG)item->ssid_length;
    memcpy(ssid.ucSSID, item->ssid_bytes, item->ssid_length);
    return ssid;
}
