/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "wnet.h"

/* The document's one code for what is in use, and nobody to ask. */
static const nw_code codes[] = {
    {NETDISC_ERROR_ACTIVE_CONNECTIONS, ERROR_OPEN_FILES},
    {NETDISC_ERROR_DEVICE_IN_USE, ERROR_OPEN_FILES},
    {NETDISC_ERROR_NOT_SUPPORTED, ERROR_NO_NETWORK},
    {NETDISC_ERROR_SERVICE_NOT_ACTIVE, ERROR_NO_NETWORK},
    {0},
};

_Static_assert((DWORD)-1 == NETDISC_DISMISSED, "what the user dismissed needs no translation");

/* DISC_NO_FORCE changes nothing: the user is asked before anything is forced. */
static DWORD disconnect(const nw_form *form, const void *local, const void *remote, DWORD flags)
{
    netdisc_disconnect what = {.size = sizeof what};
    char *local_text = NULL, *remote_text = NULL;
    netdisc_error *err = NULL;
    netdisc *nd = NULL;
    DWORD status = NO_ERROR;

    if (flags & ~(DWORD)(DISC_UPDATE_PROFILE | DISC_NO_FORCE))
        return nw_ends(ERROR_INVALID_PARAMETER);
    if (!nw_form_read(form, local, &local_text) || !nw_form_read(form, remote, &remote_text))
        status = ERROR_NOT_ENOUGH_MEMORY;
    if (!status)
        nd = nw_enter(&status);
    if (nd) {
        what.local = local_text;
        what.remote = remote_text;
        what.prompt = nw_prompt(&what.prompt_data);
        status = netdisc_share_disconnect(
            nd, &what, flags & DISC_UPDATE_PROFILE ? NETDISC_UPDATE_PROFILE : 0, 0, &err);
        nw_leave();
    }
    free(local_text);
    free(remote_text);
    return nw_wnet_ends(status, err, codes);
}

DWORD WINAPI WNetDisconnectDialog1A(LPDISCDLGSTRUCTA lpConnDlgStruct)
{
    const DISCDLGSTRUCTA *it = lpConnDlgStruct;

    if (!it)
        return nw_ends(ERROR_INVALID_ADDRESS);
    if (it->cbStructure != sizeof *it)
        return nw_ends(ERROR_INVALID_PARAMETER);
    return disconnect(&nw_form_ansi, it->lpLocalName, it->lpRemoteName, it->dwFlags);
}

DWORD WINAPI WNetDisconnectDialog1W(LPDISCDLGSTRUCTW lpConnDlgStruct)
{
    const DISCDLGSTRUCTW *it = lpConnDlgStruct;

    if (!it)
        return nw_ends(ERROR_INVALID_ADDRESS);
    if (it->cbStructure != sizeof *it)
        return nw_ends(ERROR_INVALID_PARAMETER);
    return disconnect(&nw_form_wide, it->lpLocalName, it->lpRemoteName, it->dwFlags);
}
