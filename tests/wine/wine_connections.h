/* SPDX-License-Identifier: MIT */
/* What the tests of both providers of named connections share. */
#ifndef WINE_CONNECTIONS_H
#define WINE_CONNECTIONS_H

#include "wine.h"

#include <stdbool.h>

enum { SEEN = 64, PATIENCE_MS = 20000 };

static inline netdisc_list *connections(netdisc *nd)
{
    netdisc_list *list = NULL;

    assert_status(netdisc_connection_list(nd, 0, 0, &list, NULL), NO_ERROR);
    return list;
}

/* By its name or its UUID; NULL: not there. */
static inline const netdisc_connection *connection_in(const netdisc_list *list, const char *name)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_connection *connection = netdisc_list_connection(list, i);

        if (strcmp(connection->name, name) == 0 || strcmp(connection->uuid, name) == 0)
            return connection;
    }
    return NULL;
}

static inline netdisc_state state_of(netdisc *nd, const char *name)
{
    netdisc_list *list = connections(nd);
    const netdisc_connection *connection = connection_in(list, name);
    netdisc_state state = connection ? connection->state : NETDISC_STATE_UNKNOWN;

    netdisc_list_free(list);
    return state;
}

/* ---- Events --------------------------------------------------------------------------------- */

typedef struct seen_event {
    netdisc_event_type type;
    netdisc_status status;
    netdisc_state old_state;
    netdisc_state state;
    char name[300];
    char uuid[40];
} seen_event;

typedef struct seen_events {
    seen_event all[SEEN];
    size_t count;
} seen_events;

static inline void see_event(void *data, const netdisc_event *event)
{
    seen_events *seen = data;

    assert_true(seen->count < SEEN);

    seen_event *slot = &seen->all[seen->count++];

    *slot = (seen_event){event->type, event->status, event->old_state, event->state, "", ""};
    if (!event->connection)
        return;
    snprintf(slot->name, sizeof slot->name, "%s", event->connection->name);
    snprintf(slot->uuid, sizeof slot->uuid, "%s", event->connection->uuid);
}

static inline const seen_event *event_in(const seen_events *seen, netdisc_event_type type,
                                         const char *name)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->all[i].type == type && (!name || strcmp(seen->all[i].name, name) == 0))
            return &seen->all[i];
    return NULL;
}

/* Fails if it does not come. */
static inline const seen_event *await_event(netdisc *nd, const seen_events *seen,
                                            netdisc_event_type type, const char *name)
{
    ULONGLONG until = GetTickCount64() + PATIENCE_MS;
    const seen_event *found;

    while (!(found = event_in(seen, type, name)) && GetTickCount64() < until)
        netdisc_dispatch(nd, 100);
    if (!found)
        fail_msg("no event %d of \"%s\"", (int)type, name ? name : "anything");
    return found;
}

#endif
