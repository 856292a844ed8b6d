/* SPDX-License-Identifier: MIT */
/* The one function of netshell.dll that the provider "netcon" uses where it is there. */
#define COBJMACROS
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <netcon.h>

extern __declspec(dllexport) LONG netshell_freed;
__declspec(dllexport) LONG netshell_freed;

extern __declspec(dllexport) void WINAPI NcFreeNetconProperties(NETCON_PROPERTIES *properties);
__declspec(dllexport) void WINAPI NcFreeNetconProperties(NETCON_PROPERTIES *properties)
{
    InterlockedIncrement(&netshell_freed);
    CoTaskMemFree(properties->pszwName);
    CoTaskMemFree(properties->pszwDeviceName);
    CoTaskMemFree(properties);
}
