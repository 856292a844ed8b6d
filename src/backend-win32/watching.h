/* SPDX-License-Identifier: MIT */
/*
 * A thread that looks again whenever the system says that something may have changed, and now and then
 * where nothing says so, and tells the difference. One per provider.
 */
#ifndef ND_WIN32_WATCHING_H
#define ND_WIN32_WATCHING_H

#include "picture.h"
#include "win32.h"

enum { ND_WATCH_EVENTS = 4 };

/* What a provider does for its watch; all of it on the watch's thread. */
typedef struct nd_look {
    nd_sort sort;
    /* How long it may take until a change is seen that nothing tells of; INFINITE: everything is told. */
    DWORD period_ms;
    /* Once, before the first look: makes the events that are set when something may have changed. How many.
     * Optional. */
    size_t (*begin)(void *state, HANDLE events[ND_WATCH_EVENTS]);
    /* Before each look: asks the system to set its event once more, for those events that need that. What
     * happens from here on is not missed. Optional. */
    void (*arm)(void *state, const HANDLE *events, size_t count);
    /* Adds every item that there is to the picture, or says why it cannot be looked. */
    netdisc_status (*look)(void *state, nd_picture *picture, nd_trouble *why);
    /* After the last look; closes the events. Optional. */
    void (*end)(void *state, const HANDLE *events, size_t count);
} nd_look;

typedef struct nd_watching nd_watching;

/* Starts nothing yet. `look` and `state` are borrowed. NULL: no memory. */
nd_watching *nd_watching_new(const nd_host *host, const nd_look *look, void *state);
/* The provider's watch(): whether the kind is wanted. Starts the thread when it first is. */
void nd_watching_set(nd_watching *watching, bool wanted);
/* Something may have changed: look again. From any thread; NULL is allowed. */
void nd_watching_poke(nd_watching *watching);
/* Ends the thread and joins it; NULL is allowed. */
void nd_watching_free(nd_watching *watching);

#endif
