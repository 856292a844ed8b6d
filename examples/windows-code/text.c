/* SPDX-License-Identifier: MIT */
/* The same with TEXT(): with UNICODE defined it is UTF-16, without the locale's encoding.
 * usage: windows-code-text shares|dialog */
#include <windows.h>
#include <winnetwk.h>

#include <stdio.h>
#include <string.h>

#define SHOW(call) printf("%s: %lu\n", #call, (unsigned long)(call))

static void say(const TCHAR *text)
{
    while (*text)
        putchar((char)*text++);
    putchar('\n');
}

static void use_shares(void)
{
    NETRESOURCE found[256];
    HANDLE all = NULL;
    DWORD count = (DWORD)-1, size = sizeof found;

    SHOW(WNetOpenEnum(RESOURCE_CONNECTED, RESOURCETYPE_DISK, 0, NULL, &all));
    SHOW(WNetEnumResource(all, &count, found, &size));
    for (DWORD i = 0; i < count; i++)
        say(found[i].lpRemoteName);
    SHOW(WNetCloseEnum(all));
    SHOW(WNetCancelConnection2(TEXT("P:"), 0, FALSE));
    SHOW(WNetCancelConnection(TEXT("P:"), FALSE));
}

static void use_dialog(void)
{
    TCHAR remote[64], provider[64];
    DISCDLGSTRUCT dialog = {.cbStructure = sizeof dialog, .lpLocalName = TEXT("P:")};
    DWORD length = 64, error;

    SHOW(WNetGetConnection(TEXT("P:"), remote, &length));
    say(remote);
    SHOW(WNetDisconnectDialog1(&dialog));
    SHOW(WNetGetLastError(&error, remote, 64, provider, 64));
}

int main(int argc, char **argv)
{
    NETRESOURCE share = {
        .dwType = RESOURCETYPE_DISK, .lpLocalName = TEXT("P:"), .lpRemoteName = TEXT("\\\\here\\guest")};

    SHOW(WNetAddConnection2(&share, TEXT(""), TEXT("guest"), CONNECT_TEMPORARY));
    if (argc > 1 && strcmp(argv[1], "dialog") == 0)
        use_dialog();
    else
        use_shares();
    return 0;
}
