/* SPDX-License-Identifier: MIT */
/* The manager's own events are not documented: a change of the machine's addresses has it looked at once,
 * and whatever does not come with one is seen a little later. */
#include "nd_netcon.h"

enum { PERIOD_MS = 3000 };

static size_t begin(void *state, HANDLE events[ND_WATCH_EVENTS])
{
    nd_netcon *netcon = state;

    netcon->addresses = nd_address_changes_new();
    if (!netcon->addresses)
        return 0;
    events[0] = nd_address_changes_event(netcon->addresses);
    return 1;
}

static void arm(void *state, const HANDLE *events, size_t count)
{
    nd_netcon *netcon = state;

    (void)events;
    (void)count;
    nd_address_changes_ask(netcon->addresses);
}

static netdisc_status look(void *state, nd_picture *picture, nd_trouble *why)
{
    nd_trouble unseen;
    netdisc_status status = nd_netcon_connections(state, NULL, nd_picture_take, picture, &unseen, why);

    if (status || !unseen.native_domain)
        return status;
    /* Without it the picture would tell that it is gone. */
    *why = unseen;
    return unseen.status ? unseen.status : NETDISC_ERROR_GEN_FAILURE;
}

static void end(void *state, const HANDLE *events, size_t count)
{
    nd_netcon *netcon = state;

    (void)events;
    (void)count;
    nd_address_changes_free(netcon->addresses);
    netcon->addresses = NULL;
}

const nd_look nd_netcon_look = {
    .sort = ND_SORT_CONNECTION,
    .period_ms = PERIOD_MS,
    .begin = begin,
    .arm = arm,
    .look = look,
    .end = end,
};
