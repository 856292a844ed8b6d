/* SPDX-License-Identifier: MIT */
/* The manager's own events are not documented: a change of the machine's addresses has it looked at once,
 * and whatever does not come with one is seen a little later. */
#include "nd_netcon.h"

enum { PERIOD_MS = 3000, CANCEL_MS = 500 };

static size_t begin(void *state, HANDLE events[ND_WATCH_EVENTS])
{
    nd_netcon *netcon = state;
    HANDLE event = netcon->changes.NotifyAddrChange ? CreateEventW(NULL, FALSE, FALSE, NULL) : NULL;

    netcon->change = (OVERLAPPED){.hEvent = event};
    if (!event)
        return 0;
    events[0] = event;
    return 1;
}

static bool is_asked_for(const nd_netcon *netcon)
{
    return netcon->change.Internal == (ULONG_PTR)STATUS_PENDING;
}

/* Whether the system begins to tell is nothing that the watch depends on. */
static void arm(void *state, const HANDLE *events, size_t count)
{
    nd_netcon *netcon = state;
    HANDLE system;

    (void)events;
    if (count > 0 && !is_asked_for(netcon))
        netcon->changes.NotifyAddrChange(&system, &netcon->change);
}

static void add_to_picture(void *to, const nd_item *item)
{
    nd_picture_add(to, item);
}

static netdisc_status look(void *state, nd_picture *picture, nd_trouble *why)
{
    nd_trouble unseen;

    return nd_netcon_connections(state, NULL, add_to_picture, picture, &unseen, why);
}

/* What was asked for is seen to end before its memory does. */
static void end(void *state, const HANDLE *events, size_t count)
{
    nd_netcon *netcon = state;

    if (count == 0)
        return;
    if (is_asked_for(netcon) && netcon->changes.CancelIPChangeNotify(&netcon->change))
        WaitForSingleObject(events[0], CANCEL_MS);
    CloseHandle(events[0]);
}

const nd_look nd_netcon_look = {
    .sort = ND_SORT_CONNECTION,
    .period_ms = PERIOD_MS,
    .begin = begin,
    .arm = arm,
    .look = look,
    .end = end,
};
