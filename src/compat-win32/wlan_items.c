/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "wlan.h"

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
