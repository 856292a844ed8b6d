/* SPDX-License-Identifier: MIT */
/* What interfaces are besides what they do. */
#define COBJMACROS
#include "windows_code.h"

#include "manager.h"

static void use_enumerators(IEnumNetConnection *all)
{
    IEnumNetConnection *copy = NULL;
    INetConnection *connection = NULL;
    ULONG count = 0;

    SHOW_RESULT(IEnumNetConnection_Skip(all, 1));
    SHOW_RESULT(IEnumNetConnection_Clone(all, &copy));
    SHOW_RESULT(IEnumNetConnection_Reset(all));
    SHOW_RESULT(IEnumNetConnection_Next(copy, 1, &connection, &count));
    SHOW(count);
    INetConnection_AddRef(connection);
    INetConnection_Release(connection);
    INetConnection_Release(connection);
    IEnumNetConnection_Release(copy);
}

void use_objects(void)
{
    INetConnectionManager *manager = begin_manager();
    IEnumNetConnection *all = NULL;
    IUnknown *unknown = NULL;
    LPVOID memory = CoTaskMemAlloc(16);

    CoTaskMemFree(memory);
    SHOW_RESULT(INetConnectionManager_QueryInterface(manager, &IID_IUnknown, (void **)&unknown));
    IUnknown_Release(unknown);
    SHOW_RESULT(INetConnectionManager_EnumConnections(manager, NCME_DEFAULT, &all));
    use_enumerators(all);
    IEnumNetConnection_Release(all);
    end_manager(manager);
    SHOW_RESULT(CoInitialize(NULL));
    CoUninitialize();
}
