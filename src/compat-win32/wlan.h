/* SPDX-License-Identifier: MIT */
/*
 * The functions of wlanapi.h.
 *
 *   wlan_client.c         handles and memory
 *   wlan_items.c          what netdisc says of an interface, in Windows' words
 *   wlan_interfaces.c     what there is
 *   wlan_connect.c        connecting and disconnecting
 *   wlan_notifications.c  what clients are told
 *   wlan_teller.c         the thread that tells them
 */
#ifndef NW_WLAN_H
#define NW_WLAN_H

#include <pthread.h>
#include <time.h>

#include "compat.h"
#include "wlanapi.h"

/* ---- wlan_client.c --------------------------------------------------------------------------- */

/* What a client wants to be told, and how. */
typedef struct nw_wlan_wish {
    DWORD sources; /* none: nothing */
    bool ignores_duplicates;
    WLAN_NOTIFICATION_CALLBACK callback;
    void *context;
} nw_wlan_wish;

typedef struct nw_wlan_memory nw_wlan_memory;

/* What a handle stands for. */
typedef struct nw_wlan_client {
    nw_object object;
    HANDLE handle;
    pthread_mutex_t lock; /* guards the rest, but for what is said to be somebody's */
    pthread_cond_t changed;
    bool closed;
    bool busy;            /* somebody starts or stops the watch */
    netdisc_watch *watch; /* the one's who made it busy */
    bool ready;           /* and it reports */
    nw_wlan_wish wish;
    nw_wlan_memory *memory;
} nw_wlan_client;

extern const nw_kind nw_wlan_kind;

/* For a call by a client: the context, until nw_leave(). NULL: `*status` says why. */
netdisc *nw_wlan_enter(HANDLE handle, DWORD *status);

/* ---- wlan_items.c ---------------------------------------------------------------------------- */

WLAN_INTERFACE_STATE nw_wlan_state(netdisc_state state);
/* Cut off where there is no room. NULL is empty; false: no memory. */
bool nw_wlan_name(const char *name, WCHAR out[WLAN_MAX_NAME_LENGTH]);
DOT11_SSID nw_wlan_ssid(const netdisc_wlan *item);

/* ---- wlan_notifications.c -------------------------------------------------------------------- */

/* The client is told nothing any more. */
void nw_wlan_end_watch(nw_wlan_client *client);
/* For a client that is closed: waits for whom its callback is with, unless that is the caller. */
void nw_wlan_silence(nw_wlan_client *client);

/* Of what was told. NULL: no memory. */
nw_wlan_memory *nw_wlan_memory_new(void);
void nw_wlan_memory_free(nw_wlan_memory *memory);

/* ---- wlan_teller.c --------------------------------------------------------------------------- */

/* Has the thread deliver the context's events, until nw_teller_stop(). */
DWORD nw_teller_start(netdisc *nd);
void nw_teller_stop(void);
/* Whether the caller is that thread, and so a callback. */
bool nw_teller_is_here(void);

/* By the clock of a condition that nw_condition_init() made. */
struct timespec nw_deadline(int ms);
bool nw_condition_init(pthread_cond_t *condition);

#endif
