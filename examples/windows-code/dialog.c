/* SPDX-License-Identifier: MIT */
/* The end of a share, of which the user is asked if it is in use. */
#include "windows_code.h"

#include <winnetwk.h>

static void say_name(DWORD length)
{
    WCHAR remote[MAX_PATH] = {0};

    SHOW(WNetGetConnectionW(L"O:", remote, &length));
    printf("'");
    say(remote);
    printf("', %lu characters\n", (unsigned long)length);
}

static void say_error(void)
{
    WCHAR text[MAX_PATH], provider[MAX_PATH];
    DWORD error = NO_ERROR;

    SHOW(WNetGetLastErrorW(&error, text, MAX_PATH, provider, MAX_PATH));
    SHOW(WNetGetLastErrorW(NULL, text, MAX_PATH, provider, MAX_PATH));
}

void ask_about_share(void)
{
    NETRESOURCEW share = {
        .dwType = RESOURCETYPE_DISK, .lpLocalName = L"O:", .lpRemoteName = L"\\\\here\\guest"};
    DISCDLGSTRUCTW dialog = {.cbStructure = sizeof dialog, .lpLocalName = L"O:"};

    SHOW(WNetAddConnection2W(&share, L"", L"guest", CONNECT_TEMPORARY));
    say_name(1);
    say_name(13);
    SHOW(WNetDisconnectDialog1W(&dialog));
    SHOW(WNetDisconnectDialog1W(&dialog));
    say_name(13);
    say_error();
}
