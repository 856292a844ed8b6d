/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "com.h"

typedef struct connection {
    INetConnection object;
    atomic_uint references;
    char uuid[];
} connection;

NW_COM_UNKNOWN(INetConnection, connection, free)

/* ---- What it is ------------------------------------------------------------------------------ */

static const NETCON_STATUS statuses[] = {
    [NETDISC_STATE_UNKNOWN] = NCS_DISCONNECTED,    [NETDISC_STATE_DISCONNECTED] = NCS_DISCONNECTED,
    [NETDISC_STATE_REMEMBERED] = NCS_DISCONNECTED, [NETDISC_STATE_CONNECTING] = NCS_CONNECTING,
    [NETDISC_STATE_CONNECTED] = NCS_CONNECTED,     [NETDISC_STATE_DISCONNECTING] = NCS_DISCONNECTING,
    [NETDISC_STATE_LOST] = NCS_MEDIA_DISCONNECTED,
};

static NETCON_STATUS status_of(netdisc_state state)
{
    return (size_t)state < sizeof statuses / sizeof *statuses ? statuses[state] : NCS_DISCONNECTED;
}

/* NetworkManager's types; whatever else there is, is a LAN. */
static const struct {
    const char *type;
    NETCON_MEDIATYPE media;
} media_types[] = {
    {"adsl", NCM_PPPOE}, {"bluetooth", NCM_PHONE},  {"bridge", NCM_BRIDGE},     {"cdma", NCM_PHONE},
    {"gsm", NCM_PHONE},  {"ip-tunnel", NCM_TUNNEL}, {"ovs-bridge", NCM_BRIDGE}, {"pppoe", NCM_PPPOE},
    {"vpn", NCM_TUNNEL}, {"wireguard", NCM_TUNNEL},
};

static NETCON_MEDIATYPE media_of(const netdisc_connection *item)
{
    if (item->vpn == NETDISC_YES)
        return NCM_TUNNEL;
    for (size_t i = 0; i < sizeof media_types / sizeof *media_types; i++)
        if (strcmp(media_types[i].type, item->type) == 0)
            return media_types[i].media;
    return NCM_LAN;
}

static HRESULT describe(const netdisc_connection *item, NETCON_PROPERTIES **out)
{
    NETCON_PROPERTIES *made = CoTaskMemAlloc(sizeof *made);

    if (!made)
        return E_OUTOFMEMORY;
    *made = (NETCON_PROPERTIES){
        .pszwName = nw_wide_from_utf8(item->name),
        .pszwDeviceName = nw_wide_from_utf8(item->device ? item->device : ""),
        .Status = status_of(item->state),
        .MediaType = media_of(item),
        .dwCharacter = NCCF_NONE,
    };
    /* Of zeros where the UUID is none. */
    if (!nw_guid_of_text(item->uuid, &made->guidId))
        made->guidId = (GUID){0};
    if (!made->pszwName || !made->pszwDeviceName) {
        NcFreeNetconProperties(made);
        return E_OUTOFMEMORY;
    }
    *out = made;
    return S_OK;
}

/* A list that lacks something may lack just this one. */
static HRESULT describe_from(const netdisc_list *list, const char *uuid, NETCON_PROPERTIES **out)
{
    const netdisc_connection *item;
    const netdisc_error *failure = netdisc_list_failure(list, 0);

    for (size_t i = 0; (item = netdisc_list_connection(list, i)); i++)
        if (strcmp(item->uuid, uuid) == 0)
            return describe(item, out);
    return failure ? netdisc_hresult_from_status(failure->status) : S_OBJECT_NO_LONGER_VALID;
}

static HRESULT STDMETHODCALLTYPE get_properties(INetConnection *This, NETCON_PROPERTIES **ppProps)
{
    netdisc_list *list;
    HRESULT code;

    if (!ppProps)
        return E_POINTER;
    *ppProps = NULL;
    if (!This)
        return E_POINTER;
    code = nw_list_connections(&list);
    if (FAILED(code))
        return code;
    code = describe_from(list, ((connection *)This)->uuid, ppProps);
    netdisc_list_free(list);
    return code;
}

void WINAPI NcFreeNetconProperties(NETCON_PROPERTIES *pProps)
{
    if (!pProps)
        return;
    CoTaskMemFree(pProps->pszwName);
    CoTaskMemFree(pProps->pszwDeviceName);
    CoTaskMemFree(pProps);
}

/* ---- What can be done with it ---------------------------------------------------------------- */

typedef netdisc_status verb(netdisc *nd, const char *name, uint32_t flags, int timeout_ms,
                            netdisc_error **err);

static HRESULT act(INetConnection *This, verb *does)
{
    DWORD status;
    netdisc *nd;

    if (!This)
        return E_POINTER;
    nd = nw_enter(&status);
    if (!nd)
        return netdisc_hresult_from_status(status);
    status = does(nd, ((connection *)This)->uuid, 0, 0, NULL);
    nw_leave();
    return netdisc_hresult_from_status(status);
}

static HRESULT STDMETHODCALLTYPE connect_it(INetConnection *This)
{
    return act(This, netdisc_connection_connect);
}

static HRESULT STDMETHODCALLTYPE disconnect_it(INetConnection *This)
{
    return act(This, netdisc_connection_disconnect);
}

/* ---- What is Windows' alone ------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE delete_it(INetConnection *This)
{
    return This ? E_NOTIMPL : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE duplicate(INetConnection *This, LPCWSTR pszwDuplicateName,
                                           INetConnection **ppCon)
{
    (void)pszwDuplicateName;
    if (!This || !ppCon)
        return E_POINTER;
    *ppCon = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE get_ui_object_class_id(INetConnection *This, CLSID *pclsid)
{
    return This && pclsid ? E_NOTIMPL : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE rename_it(INetConnection *This, LPCWSTR pszwNewName)
{
    return This && pszwNewName ? E_NOTIMPL : E_POINTER;
}

static const INetConnectionVtbl methods = {
    query_interface,        add_ref,   release,   connect_it,
    disconnect_it,          delete_it, duplicate, get_properties,
    get_ui_object_class_id, rename_it,
};

HRESULT nw_connection_new(const char *uuid, INetConnection **out)
{
    size_t size = strlen(uuid) + 1;
    connection *made = malloc(sizeof *made + size);

    if (!made)
        return E_OUTOFMEMORY;
    made->object.lpVtbl = &methods;
    atomic_init(&made->references, 1);
    memcpy(made->uuid, uuid, size);
    *out = &made->object;
    return S_OK;
}
