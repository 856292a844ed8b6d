/* SPDX-License-Identifier: MIT */
/*
 * The provider "session": netdisc's own mappings, each held by a worker process, and the remembered
 * ones.
 *   session.c         the contract's side; listing and finding
 *   session_add.c     making one
 *   session_end.c     ending some, and who is in the way
 *   session_wait.c    waiting for what others make
 *   session_watch.c   telling of changes
 *   mappings.c        the live ones, as items
 */
#ifndef ND_SMB_SESSION_H
#define ND_SMB_SESSION_H

#include "mappings.h"
#include "patience.h"

typedef struct nd_session_watch nd_session_watch;

typedef struct nd_session {
    const nd_host *host;
    nd_patience *patience;
    nd_session_watch *watch;
} nd_session;

/* A slot's work: answers with its status, and the trouble if there is any. `wake` becomes readable when
 * the caller gives up. */
typedef netdisc_status (*nd_session_work)(nd_session *session, nd_call *call, int wake, nd_trouble *why);

netdisc_status nd_session_add(nd_session *session, nd_call *call, int wake, nd_trouble *why);
netdisc_status nd_session_cancel(nd_session *session, nd_call *call, int wake, nd_trouble *why);
netdisc_status nd_session_holders(nd_session *session, nd_call *call, int wake, nd_trouble *why);

/* Reads the live mappings, after what dead workers left has been removed. */
netdisc_status nd_session_read(nd_session *session, nd_call *call, int wake, nd_mappings *out,
                               nd_trouble *why);

/* Waits while the mapping of that name is being connected, as long as the caller, or `most_ms` (-1: no
 * less). Then it is connected, or gone; ERROR_TIMEOUT: it is neither yet. */
netdisc_status nd_session_await(nd_session *session, nd_call *call, int wake, const char *name,
                                int most_ms, nd_trouble *why);

/* NULL: no memory. The thread is started when there is something to watch. */
nd_session_watch *nd_session_watch_new(nd_session *session);
void nd_session_watch_set(nd_session_watch *watch, uint32_t kinds);
/* Ends the thread. */
void nd_session_watch_free(nd_session_watch *watch);

#endif
