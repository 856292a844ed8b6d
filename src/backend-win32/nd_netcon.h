/* SPDX-License-Identifier: MIT */
/*
 * The provider "netcon": the connections of the Network Connections folder, by its connection manager.
 *
 *   netcon.c          opening, and the slots that look
 *   netcon_com.c      COM: the manager, its connections, and what they say when something failed
 *   netcon_act.c      ending and connecting
 *   netcon_watch.c    what becomes of them
 *
 * This file is not netcon.h, because the system has one of that name.
 *
 * Dial-up and VPN connections are in the folder, too: they are left to the provider "ras", so that each
 * is there once.
 */
#ifndef ND_WIN32_NETCON_H
#define ND_WIN32_NETCON_H

#ifndef COBJMACROS
#define COBJMACROS
#endif

#include "address_changes.h"
#include "watching.h"
#include "win32.h"

#include <netcon.h>

#define ND_NETCON_OLE(XX)                                                                               \
    XX(CoInitializeEx)                                                                                  \
    XX(CoUninitialize)                                                                                  \
    XX(CoCreateInstance)                                                                                \
    XX(CoSetProxyBlanket)                                                                               \
    XX(CoTaskMemFree)
#define ND_NETCON_SHELL(XX) XX(NcFreeNetconProperties)

typedef struct nd_netcon_ole {
    ND_NETCON_OLE(ND_FUNCTION_MEMBER)
} nd_netcon_ole;

typedef struct nd_netcon_shell {
    ND_NETCON_SHELL(ND_FUNCTION_MEMBER)
} nd_netcon_shell;

/* The provider's state; unchanging but for what has a lock of its own, and what is the watch's. */
typedef struct nd_netcon {
    const nd_host *host;
    nd_netcon_ole ole;
    nd_netcon_shell shell; /* zero: this system has no such function */
    nd_patience patience;
    nd_watching *watching;
    nd_address_changes *addresses; /* the watch's; NULL: they are not told of */
} nd_netcon;

/* ---- netcon_com.c --------------------------------------------------------------------------- */

/* COM on this thread, and the manager. */
typedef struct nd_netcon_stay {
    nd_netcon *netcon;
    INetConnectionManager *manager;
    bool initialised;
} nd_netcon_stay;

/* Begun in any case, to be ended by nd_netcon_leave() on the same thread. */
netdisc_status nd_netcon_enter(nd_netcon *netcon, nd_netcon_stay *stay, nd_trouble *why);
void nd_netcon_leave(nd_netcon_stay *stay);

/* False: it has seen enough. */
typedef bool nd_netcon_see(void *to, INetConnection *connection, const NETCON_PROPERTIES *properties);
/* Shows each connection. Those that do not say what they are come last, in `unseen`: zeroed where there is
 * none. */
netdisc_status nd_netcon_each(const nd_netcon_stay *stay, nd_netcon_see *see, void *to,
                              nd_trouble *unseen, nd_trouble *why);
/* `*state` DISCONNECTED where the connection no longer exists. */
HRESULT nd_netcon_status(const nd_netcon_stay *stay, INetConnection *connection, NETCON_STATUS *state);
/* Says why a method gave this; gives the status. */
netdisc_status nd_netcon_trouble(nd_trouble *why, HRESULT code, const char *format, ...) ND_PRINTF(3, 4);

/* ---- netcon.c ------------------------------------------------------------------------------- */

typedef void nd_netcon_add_item(void *to, const nd_item *item);
/* All that there is, or what `target` names unless it is NULL. `unseen` as above. */
netdisc_status nd_netcon_connections(nd_netcon *netcon, const nd_name *target, nd_netcon_add_item *add,
                                     void *to, nd_trouble *unseen, nd_trouble *why);
netdisc_state nd_netcon_state(NETCON_STATUS status);

/* The slots of these names. */
void nd_netcon_disconnect(void *state, nd_call *call);
void nd_netcon_connect(void *state, nd_call *call);

/* netcon_watch.c */
extern const nd_look nd_netcon_look;

#endif
