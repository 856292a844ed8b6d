/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "com.h"

typedef struct manager {
    INetConnectionManager object;
    atomic_uint references;
} manager;

NW_COM_UNKNOWN(INetConnectionManager, manager, free)

HRESULT nw_list_connections(netdisc_list **out)
{
    DWORD status;
    netdisc *nd = nw_enter(&status);

    if (!nd)
        return netdisc_hresult_from_status(status);
    status = netdisc_connection_list(nd, 0, 0, out, NULL);
    nw_leave();
    return netdisc_hresult_from_status(status);
}

static HRESULT STDMETHODCALLTYPE enum_connections(INetConnectionManager *This,
                                                  NETCONMGR_ENUM_FLAGS Flags,
                                                  IEnumNetConnection **ppEnum)
{
    netdisc_list *list;
    HRESULT code;

    if (!ppEnum)
        return E_POINTER;
    *ppEnum = NULL;
    if (!This)
        return E_POINTER;
    if (Flags != NCME_DEFAULT)
        return E_INVALIDARG;
    code = nw_list_connections(&list);
    if (FAILED(code))
        return code;
    code = nw_enumerator_new(list, ppEnum);
    netdisc_list_free(list);
    return code;
}

static const INetConnectionManagerVtbl methods = {query_interface, add_ref, release, enum_connections};

HRESULT nw_manager_new(INetConnectionManager **out)
{
    manager *made = calloc(1, sizeof *made);

    if (!made)
        return E_OUTOFMEMORY;
    made->object.lpVtbl = &methods;
    atomic_init(&made->references, 1);
    *out = &made->object;
    return S_OK;
}
