/* SPDX-License-Identifier: MIT */
/* A client of the WLAN service, and what is refused to it. */
#include "windows_code.h"

static GUID find_interface(HANDLE client)
{
    PWLAN_INTERFACE_INFO_LIST list = NULL;
    GUID guid = {0};

    SHOW(WlanEnumInterfaces(client, NULL, &list));
    printf("interfaces: %lu\n", (unsigned long)list->dwNumberOfItems);
    if (list->dwNumberOfItems > 0)
        guid = list->InterfaceInfo[0].InterfaceGuid;
    WlanFreeMemory(list);
    return guid;
}

static void be_refused(HANDLE client, const GUID *guid)
{
    SHOW(WlanDisconnect(NULL, guid, NULL));
    SHOW(WlanDisconnect(client, NULL, NULL));
    SHOW(WlanDisconnect(client, guid, &client));
    SHOW(WlanDisconnect(INVALID_HANDLE_VALUE, guid, NULL));
}

void use_wireless(void)
{
    HANDLE client = NULL;
    DWORD version = 0;
    GUID guid;

    SHOW(WlanOpenHandle(10, NULL, &version, &client));
    SHOW(WlanOpenHandle(2, NULL, &version, &client));
    WlanFreeMemory(WlanAllocateMemory(16));
    guid = find_interface(client);
    be_refused(client, &guid);
    SHOW(WlanRegisterNotification(client, WLAN_NOTIFICATION_SOURCE_ACM, TRUE, be_notified, NULL, NULL,
                                  NULL));
    connect_and_disconnect(client, &guid);
    SHOW(WlanRegisterNotification(client, WLAN_NOTIFICATION_SOURCE_NONE, TRUE, NULL, NULL, NULL, NULL));
    SHOW(WlanCloseHandle(client, NULL));
    SHOW(WlanCloseHandle(client, NULL));
}
