/* SPDX-License-Identifier: MIT */
/* Registers the network provider that is beside this program as the only one, and starts its network anew: the
 * directory that NETDISC_TEST_NETWORK names. */
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>

#define ORDER   "SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order"
#define SERVICE "SYSTEM\\CurrentControlSet\\Services\\NetdiscDemo\\NetworkProvider"

static void set(const char *key, const char *name, const char *value)
{
    LSTATUS status =
        RegSetKeyValueA(HKEY_LOCAL_MACHINE, key, name, REG_SZ, value, (DWORD)strlen(value) + 1);

    if (status) {
        fprintf(stderr, "%s: %ld\n", key, status);
        exit(1);
    }
}

int main(void)
{
    char dll[MAX_PATH + 32];
    DWORD length = GetModuleFileNameA(NULL, dll, MAX_PATH);
    char *name = length && length < MAX_PATH ? strrchr(dll, '\\') : NULL;

    if (!name)
        return 1;
    snprintf(name, 32, "\\network_provider.dll");
    set(ORDER, "ProviderOrder", "NetdiscDemo");
    set(SERVICE, "Name", "Demo Network");
    set(SERVICE, "ProviderPath", dll);
    return 0;
}
