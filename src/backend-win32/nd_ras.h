/* SPDX-License-Identifier: MIT */
/*
 * The provider "ras": dial-up and VPN connections, as the phone books and the remote access service have
 * them.
 *
 *   ras.c           opening, and the slots that look
 *   ras_entries.c   what there is: the phone books' entries and what is active, put together
 *   ras_errors.c    the service's errors, which are not system errors though their numbers may look so
 *   ras_hangup.c    ending
 *   ras_dial.c      connecting
 *   ras_watch.c     what becomes of them
 *
 * This file is not ras.h, because the system has one of that name.
 */
#ifndef ND_WIN32_RAS_H
#define ND_WIN32_RAS_H

#include "watching.h"
#include "win32.h"

#include <ras.h>
#include <raserror.h>

#define ND_RAS_FUNCTIONS(XX)                                                                            \
    XX(RasConnectionNotificationW)                                                                      \
    XX(RasDialW)                                                                                        \
    XX(RasEnumConnectionsW)                                                                             \
    XX(RasEnumEntriesW)                                                                                 \
    XX(RasGetConnectStatusW)                                                                            \
    XX(RasGetEntryDialParamsW)                                                                          \
    XX(RasGetEntryPropertiesW)                                                                          \
    XX(RasGetErrorStringW)                                                                              \
    XX(RasHangUpW)

typedef struct nd_ras_api {
    ND_RAS_FUNCTIONS(ND_FUNCTION_MEMBER)
} nd_ras_api;

/* The provider's state; unchanging but for what has a lock of its own. */
typedef struct nd_ras {
    const nd_host *host;
    nd_ras_api call;
    nd_patience patience;
    nd_watching *watching;
} nd_ras;

/* ---- ras_entries.c -------------------------------------------------------------------------- */

/* An entry, and one connection of it if it is active: an entry that is active twice is there twice. */
typedef struct nd_ras_entry {
    GUID guid;
    bool is_made; /* of its name: it has no GUID of its own, or does not say */
    WCHAR name[RAS_MaxEntryName + 1];
    WCHAR phonebook[MAX_PATH + 1];
    WCHAR device[RAS_MaxDeviceName + 1];
    netdisc_tristate vpn;
    HRASCONN active; /* NULL: it is not */
    netdisc_state state;
    bool further; /* there is another connection of this entry before it */
} nd_ras_entry;

typedef struct nd_ras_entries {
    nd_ras_entry *all;
    size_t count;
    nd_trouble unseen; /* zeroed: there is nothing that could not be seen */
} nd_ras_entries;

netdisc_status nd_ras_read(const nd_ras *ras, nd_ras_entries *entries, nd_trouble *why);
/* Whether what RasGetConnectStatus() gives says that there is no such connection any more. */
bool nd_ras_is_ended(DWORD code);
/* Whether the service still knows this very connection. */
netdisc_status nd_ras_is_there(const nd_ras *ras, HRASCONN connection, bool *there, nd_trouble *why);
void nd_ras_clear(nd_ras_entries *entries);
/* Of the connection, or of the entry while it is not active. */
enum { ND_RAS_KEY = 64 };
void nd_ras_key(const nd_ras_entry *entry, char key[ND_RAS_KEY]);
/* NULL: it is not there. */
const nd_ras_entry *nd_ras_find(const nd_ras_entries *entries, const char *key);

/* ---- ras.c ---------------------------------------------------------------------------------- */

typedef void nd_ras_add_item(void *to, const nd_item *item);
/* With `key`, or that of nd_ras_key() where it is NULL. False: no memory. */
bool nd_ras_item(const nd_ras_entry *entry, const char *key, nd_ras_add_item *add, void *to);

/* The slots of these names. */
void nd_ras_disconnect(void *state, nd_call *call);
void nd_ras_connect(void *state, nd_call *call);

/* ---- ras_errors.c --------------------------------------------------------------------------- */

/* Says why a function of the service gave this code; gives the status. */
netdisc_status nd_ras_trouble(const nd_ras *ras, nd_trouble *why, DWORD code, const char *format, ...)
    ND_PRINTF(4, 5);

/* ras_watch.c */
extern const nd_look nd_ras_look;

#endif
