/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "wnet.h"

/* What cannot be a name is none of something that is connected. */
static const nw_code codes[] = {
    {NETDISC_ERROR_BAD_DEVICE, ERROR_NOT_CONNECTED},
    {NETDISC_ERROR_BAD_NET_NAME, ERROR_NOT_CONNECTED},
    {NETDISC_ERROR_FILENAME_EXCED_RANGE, ERROR_NOT_CONNECTED},
    {0},
};

static DWORD cancel(const nw_form *form, const void *name, DWORD flags, BOOL force)
{
    uint32_t given =
        (flags & CONNECT_UPDATE_PROFILE ? NETDISC_UPDATE_PROFILE : 0U) | (force ? NETDISC_FORCE : 0U);
    netdisc_error *err = NULL;
    DWORD status;
    char *text;

    if (!name)
        return nw_ends(ERROR_INVALID_ADDRESS);
    if (flags & ~(DWORD)CONNECT_UPDATE_PROFILE)
        return nw_ends(ERROR_INVALID_PARAMETER);
    text = form->to_utf8(name);
    if (!text)
        return nw_ends(ERROR_NOT_ENOUGH_MEMORY);

    netdisc *nd = nw_enter(&status);

    if (nd) {
        status = netdisc_share_cancel(nd, text, given, 0, &err);
        nw_leave();
    }
    free(text);
    return nw_wnet_ends(status, err, codes);
}

DWORD WINAPI WNetCancelConnection2A(LPCSTR lpName, DWORD dwFlags, BOOL fForce)
{
    return cancel(&nw_form_ansi, lpName, dwFlags, fForce);
}

DWORD WINAPI WNetCancelConnection2W(LPCWSTR lpName, DWORD dwFlags, BOOL fForce)
{
    return cancel(&nw_form_wide, lpName, dwFlags, fForce);
}

/* The old one forgets a remembered connection, too. */
DWORD WINAPI WNetCancelConnectionA(LPCSTR lpName, BOOL fForce)
{
    return cancel(&nw_form_ansi, lpName, CONNECT_UPDATE_PROFILE, fForce);
}

DWORD WINAPI WNetCancelConnectionW(LPCWSTR lpName, BOOL fForce)
{
    return cancel(&nw_form_wide, lpName, CONNECT_UPDATE_PROFILE, fForce);
}
