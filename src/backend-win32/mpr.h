/* SPDX-License-Identifier: MIT */
/*
 * The provider "mpr": shares, by the system's router of network providers.
 *
 *   mpr.c           opening, and the slots; what the router says when something failed
 *   mpr_shares.c    what there is: connected and remembered, put together
 *   mpr_add.c       connecting
 *   mpr_cancel.c    ending
 *   mpr_dialog.c    ending by the system's own dialog
 *   mpr_holders.c   who holds a share
 *   mpr_watch.c     what becomes of them
 */
#ifndef ND_WIN32_MPR_H
#define ND_WIN32_MPR_H

#include "watching.h"
#include "win32.h"

#include <winnetwk.h>

#define ND_MPR_FUNCTIONS(XX)                                                                            \
    XX(WNetAddConnection2W)                                                                             \
    XX(WNetCancelConnection2W)                                                                          \
    XX(WNetCloseEnum)                                                                                   \
    XX(WNetDisconnectDialog1W)                                                                          \
    XX(WNetEnumResourceW)                                                                               \
    XX(WNetGetConnectionW)                                                                              \
    XX(WNetGetLastErrorW)                                                                               \
    XX(WNetGetUserW)                                                                                    \
    XX(WNetOpenEnumW)

typedef struct nd_mpr_api {
    ND_MPR_FUNCTIONS(ND_FUNCTION_MEMBER)
} nd_mpr_api;

/* mpr_watch.c: what tells of changes, for as long as somebody watches. */
typedef struct nd_mpr_sources nd_mpr_sources;

/* The provider's state; unchanging but for what has a lock of its own. */
typedef struct nd_mpr {
    const nd_host *host;
    nd_mpr_api call;
    nd_patience patience;
    nd_watching *watching;
    nd_mpr_sources *sources; /* the watch's thread's */
} nd_mpr;

/* mpr.c: says why a WNet function gave this code; on the thread that called it, and before another call.
 * Where the provider has an error of its own (1208), that is the detail: its name is the native name, its
 * number the native code, its words the message's. Gives the status. */
netdisc_status nd_mpr_trouble(const nd_mpr *mpr, nd_trouble *why, DWORD code, const char *format, ...)
    ND_PRINTF(4, 5);
/* mpr.c: whether the router asks for another try (WN_FUNCTION_BUSY), and the caller still waits for it. Waits
 * a little before it says so. */
bool nd_mpr_tries_again(nd_mpr *mpr, nd_call *call, DWORD code, unsigned tries);

/* mpr_shares.c */
typedef void nd_mpr_add_item(void *to, const nd_item *item);
/* To a call's answer. */
void nd_mpr_add_to_call(void *call, const nd_item *item);
/* All that there is, or what `target` names unless it is NULL. `call` is whose patience counts; NULL: the
 * watch's, which tries no second time. Where only some of it can be seen, a list has its items and says what
 * it lacks; anything else fails, unless what could be seen is enough for it. */
netdisc_status nd_mpr_shares(nd_mpr *mpr, nd_call *call, const nd_name *target, nd_mpr_add_item *add,
                             void *to, nd_trouble *why);

/* Adds to the answer what has just been connected. False: no memory. */
bool nd_mpr_tell(nd_mpr *mpr, nd_call *call, const WCHAR *local, const WCHAR *remote, bool remembered);

/* mpr_cancel.c: WNetCancelConnection2W, again while the router asks for that and `call` (unless NULL) still
 * waits. */
DWORD nd_mpr_end(nd_mpr *mpr, nd_call *call, const WCHAR *name, DWORD flags, BOOL force);

/* mpr_cancel.c: whether Windows can be told each of the names that are to be ended; else none is. */
netdisc_status nd_mpr_check_names(const nd_call *call, nd_trouble *why);

/* The slots of these names. */
void nd_mpr_add(void *state, nd_call *call);
void nd_mpr_cancel(void *state, nd_call *call);
void nd_mpr_dialog(void *state, nd_call *call);
void nd_mpr_holders(void *state, nd_call *call);

/* mpr_watch.c */
extern const nd_look nd_mpr_look;

#endif
