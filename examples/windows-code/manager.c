/* SPDX-License-Identifier: MIT */
#define COBJMACROS
#include "windows_code.h"

#include <initguid.h>

#include "manager.h"

/* They are in no library of Windows'. */
DEFINE_GUID(CLSID_ConnectionManager, 0xBA126AD1, 0x2166, 0x11D1, 0xB1, 0xD0, 0x00, 0x80, 0x5F, 0xC1,
            0x27, 0x0E);
DEFINE_GUID(IID_INetConnectionManager, 0xC08956A2, 0x1CD3, 0x11D1, 0xB1, 0xC5, 0x00, 0x80, 0x5F, 0xC1,
            0x27, 0x0E);

INetConnectionManager *begin_manager(void)
{
    INetConnectionManager *manager = NULL;

    SHOW_RESULT(CoInitializeEx(NULL, COINIT_MULTITHREADED));
    SHOW_RESULT(CoCreateInstance(&CLSID_ConnectionManager, NULL, CLSCTX_ALL, &IID_INetConnectionManager,
                                 (LPVOID *)&manager));
    return manager;
}

void end_manager(INetConnectionManager *manager)
{
    INetConnectionManager_Release(manager);
    CoUninitialize();
}
