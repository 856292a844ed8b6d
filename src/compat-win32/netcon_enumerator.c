/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "com.h"

/* What there was when EnumConnections() was called; an enumerator and its clones share it. */
typedef struct snapshot {
    atomic_uint references;
    size_t count;
    INetConnection *connections[];
} snapshot;

typedef struct enumerator {
    IEnumNetConnection object;
    atomic_uint references;
    snapshot *all;
    atomic_size_t next;
} enumerator;

/* ---- The snapshot ---------------------------------------------------------------------------- */

static void let_go(snapshot *all)
{
    if (atomic_fetch_sub(&all->references, 1) > 1)
        return;
    for (size_t i = 0; i < all->count; i++)
        INetConnection_Release(all->connections[i]);
    free(all);
}

/* A connection is listed once for each of its activations. */
static bool is_further(const netdisc_list *list, size_t index)
{
    const char *uuid = netdisc_list_connection(list, index)->uuid;

    for (size_t i = 0; i < index; i++)
        if (strcmp(netdisc_list_connection(list, i)->uuid, uuid) == 0)
            return true;
    return false;
}

static HRESULT fill(snapshot *all, const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        HRESULT code;

        if (is_further(list, i))
            continue;
        code = nw_connection_new(netdisc_list_connection(list, i)->uuid, &all->connections[all->count]);
        if (FAILED(code))
            return code;
        all->count++;
    }
    return S_OK;
}

static snapshot *take(const netdisc_list *list)
{
    size_t count = netdisc_list_count(list);
    snapshot *all = calloc(1, sizeof *all + count * sizeof *all->connections);

    if (!all)
        return NULL;
    atomic_init(&all->references, 1);
    if (SUCCEEDED(fill(all, list)))
        return all;
    let_go(all);
    return NULL;
}

/* ---- Methods --------------------------------------------------------------------------------- */

static void destroy(enumerator *ended)
{
    let_go(ended->all);
    free(ended);
}

NW_COM_UNKNOWN(IEnumNetConnection, enumerator, destroy)

/* Passes as many as there are of `wanted`, and gives how many, and where they begin. */
static ULONG pass(enumerator *in, ULONG wanted, size_t *from)
{
    size_t left, passed;

    *from = atomic_load(&in->next);
    do {
        left = in->all->count - *from;
        passed = wanted < left ? wanted : left;
    } while (!atomic_compare_exchange_weak(&in->next, from, *from + passed));
    return (ULONG)passed;
}

static HRESULT STDMETHODCALLTYPE next(IEnumNetConnection *This, ULONG celt, INetConnection **rgelt,
                                      ULONG *pceltFetched)
{
    enumerator *in = (enumerator *)This;
    size_t from;
    ULONG fetched;

    if (pceltFetched)
        *pceltFetched = 0;
    if (!This || !rgelt)
        return E_POINTER;
    if (!pceltFetched && celt != 1)
        return E_INVALIDARG;
    fetched = pass(in, celt, &from);
    for (ULONG i = 0; i < fetched; i++) {
        rgelt[i] = in->all->connections[from + i];
        INetConnection_AddRef(rgelt[i]);
    }
    if (pceltFetched)
        *pceltFetched = fetched;
    if (fetched == celt)
        return S_OK;
    rgelt[fetched] = NULL;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE skip(IEnumNetConnection *This, ULONG celt)
{
    size_t from;

    if (!This)
        return E_POINTER;
    return pass((enumerator *)This, celt, &from) == celt ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE reset(IEnumNetConnection *This)
{
    if (!This)
        return E_POINTER;
    atomic_store(&((enumerator *)This)->next, 0);
    return S_OK;
}

static HRESULT make(snapshot *all, size_t at, IEnumNetConnection **out);

static HRESULT STDMETHODCALLTYPE clone(IEnumNetConnection *This, IEnumNetConnection **ppenum)
{
    enumerator *in = (enumerator *)This;

    if (!ppenum)
        return E_POINTER;
    *ppenum = NULL;
    if (!This)
        return E_POINTER;
    return make(in->all, atomic_load(&in->next), ppenum);
}

/* ---- Making ---------------------------------------------------------------------------------- */

static const IEnumNetConnectionVtbl methods = {query_interface, add_ref, release, next, skip,
                                               reset,           clone};

/* Takes a reference to `all` of its own. */
static HRESULT make(snapshot *all, size_t at, IEnumNetConnection **out)
{
    enumerator *made = calloc(1, sizeof *made);

    if (!made)
        return E_OUTOFMEMORY;
    made->object.lpVtbl = &methods;
    atomic_init(&made->references, 1);
    atomic_init(&made->next, at);
    atomic_fetch_add(&all->references, 1);
    made->all = all;
    *out = &made->object;
    return S_OK;
}

HRESULT nw_enumerator_new(const netdisc_list *list, IEnumNetConnection **out)
{
    snapshot *all = take(list);
    HRESULT code;

    if (!all)
        return E_OUTOFMEMORY;
    code = make(all, 0, out);
    let_go(all);
    return code;
}
