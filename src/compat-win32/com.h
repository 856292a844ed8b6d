/* SPDX-License-Identifier: MIT */
/*
 * The objects of netcon.h. In each file is one interface; its methods are static, and reached by the table.
 *
 *   com.c                 COM's own functions, and the one class
 *   netcon_manager.c      INetConnectionManager
 *   netcon_enumerator.c   IEnumNetConnection
 *   netcon_connection.c   INetConnection
 */
#ifndef NW_COM_H
#define NW_COM_H

#define CONST_VTABLE
#define COBJMACROS

#include <stdatomic.h>

#include "compat.h"
#include "netcon.h"

/* Each gives the first reference to what it makes. */
HRESULT nw_manager_new(INetConnectionManager **out);
/* Shows what is in the list now, each connection once. */
HRESULT nw_enumerator_new(const netdisc_list *list, IEnumNetConnection **out);
HRESULT nw_connection_new(const char *uuid, INetConnection **out);

/* All connections, as the process's context has them. */
HRESULT nw_list_connections(netdisc_list **out);

/* QueryInterface of an object that has one interface besides IUnknown, but for the reference. */
HRESULT nw_com_query(void *object, const IID *its, REFIID riid, void **out);

/* The methods of IUnknown for a struct whose first member is the interface, and that has `references`. */
#define NW_COM_UNKNOWN(interface, type, destroy)                                                        \
    static ULONG STDMETHODCALLTYPE add_ref(interface *This)                                             \
    {                                                                                                   \
        return This ? atomic_fetch_add(&((type *)This)->references, 1) + 1 : 0;                         \
    }                                                                                                   \
                                                                                                        \
    static ULONG STDMETHODCALLTYPE release(interface *This)                                             \
    {                                                                                                   \
        ULONG left = This ? atomic_fetch_sub(&((type *)This)->references, 1) - 1 : 0;                   \
                                                                                                        \
        if (This && left == 0)                                                                          \
            destroy((type *)This);                                                                      \
        return left;                                                                                    \
    }                                                                                                   \
                                                                                                        \
    static HRESULT STDMETHODCALLTYPE query_interface(interface *This, REFIID riid, void **out)          \
    {                                                                                                   \
        HRESULT code = nw_com_query(This, &IID_##interface, riid, out);                                 \
                                                                                                        \
        if (code == S_OK)                                                                               \
            add_ref(This);                                                                              \
        return code;                                                                                    \
    }

#endif
