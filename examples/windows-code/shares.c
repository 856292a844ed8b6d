/* SPDX-License-Identifier: MIT */
/* A share, from its mapping to its end. Between the two another program may open a file on it. */
#include "windows_code.h"

#include <winnetwk.h>

void map_share(void)
{
    NETRESOURCEW share = {
        .dwType = RESOURCETYPE_DISK, .lpLocalName = L"N:", .lpRemoteName = L"\\\\here\\guest"};

    SHOW(WNetAddConnection2W(&share, L"", L"guest", CONNECT_TEMPORARY));
    SHOW(WNetAddConnection2W(&share, L"", L"guest", CONNECT_TEMPORARY));
}

static void say_all(const NETRESOURCEW *shares, DWORD count)
{
    for (DWORD i = 0; i < count; i++) {
        printf(shares[i].dwType == RESOURCETYPE_DISK ? "disk " : "other ");
        say(shares[i].lpLocalName ? shares[i].lpLocalName : L"");
        printf(" ");
        say(shares[i].lpRemoteName);
        printf("\n");
    }
}

void list_shares(void)
{
    NETRESOURCEW shares[256];
    HANDLE all = NULL;
    DWORD count = (DWORD)-1, size = 1;

    SHOW(WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_DISK, 0, NULL, &all));
    SHOW(WNetEnumResourceW(all, &count, shares, &size));
    printf("more than one byte: %d\n", size > 1);
    count = (DWORD)-1;
    size = sizeof shares;
    SHOW(WNetEnumResourceW(all, &count, shares, &size));
    say_all(shares, count);
    SHOW(WNetEnumResourceW(all, &count, shares, &size));
    SHOW(WNetCloseEnum(all));
    SHOW(WNetCloseEnum(NULL));
}

void unmap_share(void)
{
    SHOW(WNetCancelConnection2W(L"N:", 0, FALSE));
    SHOW(WNetCancelConnection2W(L"N:", 0, TRUE));
    SHOW(WNetCancelConnection2W(L"N:", 0, TRUE));
    SHOW(WNetCancelConnectionW(L"N:", FALSE));
    SetLastError(ERROR_CANCELLED);
    SHOW(GetLastError());
}
