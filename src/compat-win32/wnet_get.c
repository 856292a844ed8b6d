/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wnet.h"

static const nw_code codes[] = {
    {NETDISC_ERROR_FILENAME_EXCED_RANGE, ERROR_BAD_DEVICE},
    {NETDISC_ERROR_NOT_SUPPORTED, ERROR_NO_NETWORK},
    /* The providers that could tell do not know it. */
    {NETDISC_ERROR_SERVICE_NOT_ACTIVE, ERROR_NO_NET_OR_BAD_PATH},
    {0},
};

/* Whether a letter, as the program writes it, or a mount point is this one of netdisc's. */
static bool is_local(const char *given, const char *local)
{
    return local[0] == '/' ? strcmp(given, local) == 0 : strncasecmp(given, local, strlen(local)) == 0;
}

/* NULL: it is not there. */
static const netdisc_share *find(const netdisc_list *shares, const char *local)
{
    const netdisc_share *share;

    for (size_t i = 0; (share = netdisc_list_share(shares, i)); i++)
        if (share->local && is_local(local, share->local))
            return share;
    return NULL;
}

/* netdisc_share_resolve(), with the share also where it is remembered only. */
static netdisc_status resolve(netdisc *nd, const char *local, netdisc_list **list,
                              const netdisc_share **share, netdisc_error **err)
{
    netdisc_status status = netdisc_share_resolve(nd, local, 0, 0, list, err);

    *share = netdisc_list_share(*list, 0);
    if (status == NETDISC_ERROR_CONNECTION_UNAVAIL &&
        netdisc_share_list(nd, 0, 0, list, NULL) == NETDISC_NO_ERROR)
        *share = find(*list, local);
    return status;
}

/* `status`, unless the name does not fit. */
static DWORD put_name(const nw_form *form, const char *name, DWORD status, void *to, LPDWORD length)
{
    void *text = form->from_utf8(name);
    size_t size;

    if (!text)
        return ERROR_NOT_ENOUGH_MEMORY;
    size = nw_form_size(form, text);
    if (size > *length * form->unit) {
        *length = (DWORD)(size / form->unit);
        status = ERROR_MORE_DATA;
    } else {
        memcpy(to, text, size);
    }
    free(text);
    return status;
}

static DWORD get(const nw_form *form, const void *local, void *remote, LPDWORD length)
{
    const netdisc_share *share = NULL;
    netdisc_error *err = NULL;
    netdisc_list *list = NULL;
    DWORD status;
    char *text;

    if (!local || !length || (!remote && *length > 0))
        return nw_ends(ERROR_INVALID_ADDRESS);
    text = form->to_utf8(local);
    if (!text)
        return nw_ends(ERROR_NOT_ENOUGH_MEMORY);

    netdisc *nd = nw_enter(&status);

    if (nd) {
        status = resolve(nd, text, &list, &share, &err);
        nw_leave();
    }
    if (share)
        status = put_name(form, share->remote, status, remote, length);
    netdisc_list_free(list);
    free(text);
    return nw_wnet_ends(status, err, codes);
}

DWORD WINAPI WNetGetConnectionA(LPCSTR lpLocalName, LPSTR lpRemoteName, LPDWORD lpnLength)
{
    return get(&nw_form_ansi, lpLocalName, lpRemoteName, lpnLength);
}

DWORD WINAPI WNetGetConnectionW(LPCWSTR lpLocalName, LPWSTR lpRemoteName, LPDWORD lpnLength)
{
    return get(&nw_form_wide, lpLocalName, lpRemoteName, lpnLength);
}
