/* SPDX-License-Identifier: MIT */
/* The connection manager as a DLL, for programs that know nothing of it: "Office", which is up, and "Backup",
 * which is not. */
#include "../wine/fake_netcon.h"

__declspec(dllexport) HRESULT WINAPI DllGetClassObject(REFCLSID class_id, REFIID iid, LPVOID *out);

__declspec(dllexport) HRESULT WINAPI DllGetClassObject(REFCLSID class_id, REFIID iid, LPVOID *out)
{
    (void)class_id;
    return class_query(&fake_class, iid, out);
}

BOOL WINAPI DllMain(HINSTANCE dll, DWORD why, void *reserved);

BOOL WINAPI DllMain(HINSTANCE dll, DWORD why, void *reserved)
{
    (void)dll;
    (void)reserved;
    if (why != DLL_PROCESS_ATTACH)
        return TRUE;
    fake_begin();
    fake_add(1, L"Office", L"eth0", NCS_CONNECTED);
    fake_add(2, L"Backup", L"eth1", NCS_DISCONNECTED);
    return TRUE;
}
