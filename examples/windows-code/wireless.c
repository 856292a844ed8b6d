/* SPDX-License-Identifier: MIT */
/* An interface is connected by a profile, and disconnected. What is begun is over when that is told. */
#include "windows_code.h"

static void say_state(HANDLE client, const GUID *guid)
{
    WLAN_INTERFACE_STATE *state = NULL;
    DWORD size = 0;

    if (WlanQueryInterface(client, guid, wlan_intf_opcode_interface_state, NULL, &size, (PVOID *)&state,
                           NULL) != ERROR_SUCCESS)
        return;
    printf("state %d in %lu bytes\n", (int)*state, (unsigned long)size);
    WlanFreeMemory(state);
}

static void say_connection(HANDLE client, const GUID *guid)
{
    PWLAN_CONNECTION_ATTRIBUTES it = NULL;
    DWORD size = 0;

    SHOW(WlanQueryInterface(client, guid, wlan_intf_opcode_current_connection, NULL, &size, (PVOID *)&it,
                            NULL));
    if (!it)
        return;
    say(it->strProfileName);
    printf(" is %.*s\n", (int)it->wlanAssociationAttributes.dot11Ssid.uSSIDLength,
           (const char *)it->wlanAssociationAttributes.dot11Ssid.ucSSID);
    WlanFreeMemory(it);
}

void connect_and_disconnect(HANDLE client, const GUID *guid)
{
    WLAN_CONNECTION_PARAMETERS how = {.wlanConnectionMode = wlan_connection_mode_profile,
                                      .strProfile = L"lab",
                                      .dot11BssType = dot11_BSS_type_infrastructure};

    SHOW(WlanConnect(client, guid, &how, NULL));
    await_notification(wlan_notification_acm_connection_complete);
    say_connection(client, guid);
    say_state(client, guid);
    SHOW(WlanDisconnect(client, guid, NULL));
    await_notification(wlan_notification_acm_disconnected);
    say_connection(client, guid);
}
