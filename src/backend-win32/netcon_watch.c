/* SPDX-License-Identifier: MIT */
/* The manager's own events are not documented: a change of the machine's addresses has it looked at once,
 * and whatever does not come with one is seen a little later. */
#include "nd_netcon.h"

#include <stdlib.h>

enum { PERIOD_MS = 3000, CANCEL_MS = 500 };

/* NULL: no memory, or no event. */
static OVERLAPPED *new_change(void)
{
    OVERLAPPED *change = calloc(1, sizeof *change);

    if (change)
        change->hEvent = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (change && !change->hEvent) {
        free(change);
        return NULL;
    }
    return change;
}

static size_t begin(void *state, HANDLE events[ND_WATCH_EVENTS])
{
    nd_netcon *netcon = state;

    if (!netcon->changes.NotifyAddrChange)
        return 0;
    if (!netcon->change)
        netcon->change = new_change();
    if (!netcon->change)
        return 0;
    events[0] = netcon->change->hEvent;
    return 1;
}

static bool is_pending(const OVERLAPPED *change)
{
    return change->Internal == (ULONG_PTR)STATUS_PENDING;
}

/* Whether the system begins to tell is nothing that the watch depends on. */
static void arm(void *state, const HANDLE *events, size_t count)
{
    nd_netcon *netcon = state;
    HANDLE system;

    (void)events;
    if (count > 0 && !is_pending(netcon->change))
        netcon->changes.NotifyAddrChange(&system, netcon->change);
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

/* What the system cannot be kept from writing to stays: for the next watch, or, after the last, for good. */
static void end(void *state, const HANDLE *events, size_t count)
{
    nd_netcon *netcon = state;

    if (count == 0)
        return;
    if (is_pending(netcon->change) && netcon->changes.CancelIPChangeNotify(netcon->change))
        WaitForSingleObject(events[0], CANCEL_MS);
    if (is_pending(netcon->change))
        return;
    CloseHandle(events[0]);
    free(netcon->change);
    netcon->change = NULL;
}

const nd_look nd_netcon_look = {
    .sort = ND_SORT_CONNECTION,
    .period_ms = PERIOD_MS,
    .begin = begin,
    .arm = arm,
    .look = look,
    .end = end,
};
