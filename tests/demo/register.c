/* SPDX-License-Identifier: MIT */
/*
 * Registers the network provider that is beside this program as the only one.
 *
 * usage: register [DLL]     the DLL beside it that has the connection manager
 */
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>

#define ORDER   "SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order"
#define SERVICE "SYSTEM\\CurrentControlSet\\Services\\NetdiscDemo\\NetworkProvider"
#define MANAGER "Software\\Classes\\CLSID\\{BA126AD1-2166-11D1-B1D0-00805FC1270E}\\InprocServer32"

static void set(const char *key, const char *name, const char *value)
{
    LSTATUS status =
        RegSetKeyValueA(HKEY_LOCAL_MACHINE, key, name, REG_SZ, value, (DWORD)strlen(value) + 1);

    if (status) {
        fprintf(stderr, "%s: %ld\n", key, status);
        exit(1);
    }
}

static void find_beside(char *path, const char *dll)
{
    DWORD length = GetModuleFileNameA(NULL, path, MAX_PATH);
    char *name = length && length < MAX_PATH ? strrchr(path, '\\') : NULL;

    if (!name)
        exit(1);
    snprintf(name, 32, "\\%s", dll);
}

int main(int argc, char **argv)
{
    char dll[MAX_PATH + 32];

    find_beside(dll, "network_provider.dll");
    set(ORDER, "ProviderOrder", "NetdiscDemo");
    set(SERVICE, "Name", "Demo Network");
    set(SERVICE, "ProviderPath", dll);
    if (argc < 2)
        return 0;
    find_beside(dll, argv[1]);
    set(MANAGER, "", dll);
    set(MANAGER, "ThreadingModel", "Both");
    return 0;
}
