/* SPDX-License-Identifier: MIT */
/*
 * Scripted providers that implement the whole contract of provider.h over a small world in memory. What
 * they do unscripted is what a good provider does; a script makes them late, silent, wrong or gone.
 *
 * There are four, in this order of precedence; a test uses those that it selects:
 *   "event", "event2"        event-driven, with a loop thread of their own
 *   "blocking", "blocking2"  blocking
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "../../src/core/provider.h"

typedef struct fake fake;

extern const nd_backend fake_backend;

/* For a module that gives such a provider another name and a world of its own. */
netdisc_status fake_open(fake *self, const nd_host *host, void **state, nd_failure *why);
void fake_close(void *state);
void fake_called(void *state, nd_call *call);
void fake_abandon(void *state, nd_call *call);
void fake_watch(void *state, uint32_t kinds);

/* clang-format off */
#define FAKE_SLOTS(called)                                                                               \
    {called, called, called, called, called, called, called, called, called, called, called, called,     \
     called, called, called}
#define FAKE_REST                                                                                        \
    .close = fake_close, .abandon = fake_abandon, .watch = fake_watch, .slots = FAKE_SLOTS(fake_called)
/* clang-format on */

/* Blocking, lists shares, and knows nothing else: no probe, no find, no watch. */
extern const nd_backend fake_sparse_backend;

/* The provider of that name; that of the sparse backend is "sparse". */
fake *fake_named(const char *name);
/* All of them empty, unscripted, with their counters at 0. No context may be open. */
void fake_reset(void);
/* Frees what they hold. */
void fake_clear(void);

/* ---- The world ------------------------------------------------------------------------------ */

/* Numbers and strings are taken as they are, but for the key and the provider. */
void fake_add(fake *self, const nd_item *item);
void fake_add_share(fake *self, const char *local, const char *remote, netdisc_state state);
void fake_add_wlan(fake *self, const char *uuid, const char *name, netdisc_state state);
void fake_add_connection(fake *self, const char *uuid, const char *name, netdisc_state state);
/* Somebody has a file open on every share of this remote name. */
void fake_hold(fake *self, const char *remote, unsigned pid, const char *program, const char *path);
bool fake_has(fake *self, const char *title);
/* Whether an item of that title is there, and up. */
bool fake_is_up(fake *self, const char *title);
/* A change from outside: the item of that title has another state. Emits an event. */
void fake_change(fake *self, const char *title, netdisc_state state, const char *reason);
/* The same, with the error that is behind it. */
void fake_change_by(fake *self, const char *title, netdisc_state state, netdisc_status status,
                    const char *reason);

/* From outside, too: one more, one less. Both emit an event; false: there is none of that title. */
void fake_appear(fake *self, const nd_item *item);
bool fake_vanish(fake *self, const char *title);

/* The provider says that it reports (again), has lost events, or cannot report. */
void fake_emit(fake *self, netdisc_event_type type, uint32_t kinds, netdisc_status status,
               const char *reason);

/* ---- Scripts -------------------------------------------------------------------------------- */

typedef enum fake_manner {
    FAKE_PROPERLY, /* do it, and answer */
    FAKE_FAIL,     /* answer `status`, or what `why` says */
    FAKE_NEVER,    /* no answer; a blocking provider is stuck until fake_release() */
    FAKE_TWICE,    /* do it, and answer two times, the second otherwise */
    FAKE_WHEN_TOO_LATE /* do it, and answer, once the caller has given up */,
    FAKE_FORGETFUL, /* blocking: return without an answer */
    FAKE_LIE,       /* answer success, and do nothing */
} fake_manner;

typedef struct fake_step {
    nd_slot slot;
    fake_manner manner;
    int delay_ms;
    bool gated; /* waits for fake_let_pass() */
    netdisc_status status;
    nd_failure why;
    const char *note;
    const char *lacks; /* what is missing in the answer */
    const char
        *password; /* ND_SHARE_ADD, ND_WLAN_CONNECT: the right one; another is ERROR_INVALID_PASSWORD */
    int times;     /* 0: from now on; otherwise this often, then the script is over */
} fake_step;

/* Replaces the script of the step's slot. Strings must outlive it. */
void fake_script(fake *self, const fake_step *step);
/* What opening it answers, and when. */
void fake_script_open(fake *self, netdisc_status status, int delay_ms);
/* Calls that wait at the gate go on, and later ones do not stop there. */
void fake_let_pass(fake *self);
/* Whoever is stuck in FAKE_NEVER goes on, and is answered too late. */
void fake_release(fake *self);
/* `count` shares without a local name, for lists of any length. */
void fake_add_many_shares(fake *self, size_t count);

/* ---- What it has seen ----------------------------------------------------------------------- */

typedef struct fake_seen {
    int opened;
    int closed;
    int abandoned;
    int remaining_ms; /* of the last call, when it came */
    int stuck;        /* in FAKE_NEVER or FAKE_WHEN_TOO_LATE now */
    int calls[ND_SLOTS];
    uint32_t flags;    /* of the last call that acted */
    int watching;      /* kinds */
    char password[64]; /* of the last add */
} fake_seen;

fake_seen fake_look(fake *self);
/* Waits until `self` has seen `calls` calls of the slot; false after some seconds. */
bool fake_wait_calls(fake *self, nd_slot slot, int calls);
/* Waits until nobody, or somebody, is stuck; false after some seconds. */
bool fake_wait_stuck(fake *self, int stuck);
/* Waits until its callers have given up that often; false after some seconds. */
bool fake_wait_abandoned(fake *self, int abandoned);
/* Waits until it has been told to watch just these kinds; false after some seconds. */
bool fake_wait_watching(fake *self, uint32_t kinds);
/* Waits until its opening has begun that often; false after some seconds. */
bool fake_wait_opened(fake *self, int opened);
/* Waits until it has been closed that often; false after some seconds. */
bool fake_wait_closed(fake *self, int closed);

#endif
