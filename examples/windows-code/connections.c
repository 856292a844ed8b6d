/* SPDX-License-Identifier: MIT */
/* The connection Office is disconnected, and connected again. */
#define COBJMACROS
#include "windows_code.h"

#include "manager.h"

static int is_same(const WCHAR *one, const WCHAR *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

static int is_office(INetConnection *connection)
{
    NETCON_PROPERTIES *properties = NULL;
    int is;

    if (INetConnection_GetProperties(connection, &properties) != S_OK)
        return 0;
    is = is_same(properties->pszwName, L"Office");
    if (is)
        printf("Office: status %d\n", (int)properties->Status);
    NcFreeNetconProperties(properties);
    return is;
}

static void go_and_come(INetConnection *connection)
{
    SHOW_RESULT(INetConnection_Disconnect(connection));
    is_office(connection);
    SHOW_RESULT(INetConnection_Connect(connection));
    is_office(connection);
}

void use_connections(void)
{
    INetConnectionManager *manager = begin_manager();
    IEnumNetConnection *all = NULL;
    INetConnection *connection = NULL;
    ULONG count = 0;

    SHOW_RESULT(INetConnectionManager_EnumConnections(manager, NCME_DEFAULT, &all));
    while (IEnumNetConnection_Next(all, 1, &connection, &count) == S_OK) {
        if (is_office(connection))
            go_and_come(connection);
        INetConnection_Release(connection);
    }
    IEnumNetConnection_Release(all);
    end_manager(manager);
}
