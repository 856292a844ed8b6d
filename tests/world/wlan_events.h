/* SPDX-License-Identifier: MIT */
/* What a watch of WLAN interfaces reports, one event after the other. After cmocka.h and the world's own header,
 * which has WORLD_MS. */
#ifndef WORLD_WLAN_EVENTS_H
#define WORLD_WLAN_EVENTS_H

#include <stdio.h>

#include "bed.h"
#include "verdicts.h"

enum { SEEN_MAX = 256 };

typedef struct seen_event {
    netdisc_event_type type;
    netdisc_state old_state;
    netdisc_state state;
    netdisc_status status;
    char uuid[64];
    char ssid[64];
    char reason[128];
} seen_event;

static seen_event seen[SEEN_MAX];
static size_t seen_count;
static size_t seen_read;

static inline void copy_words(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static inline void see(void *data, const netdisc_event *event)
{
    seen_event *at = &seen[seen_count++];

    (void)data;
    if (seen_count == SEEN_MAX)
        bed_die("too many events");
    *at = (seen_event){.type = event->type,
                       .old_state = event->old_state,
                       .state = event->state,
                       .status = event->status};
    copy_words(at->reason, sizeof at->reason, event->reason);
    copy_words(at->uuid, sizeof at->uuid, event->wlan ? event->wlan->uuid : NULL);
    copy_words(at->ssid, sizeof at->ssid, event->wlan ? event->wlan->ssid : NULL);
}

/* For a test that is about to fail. */
static inline void print_events(void)
{
    static const char *const types[] = {"READY", "ADDED", "REMOVED", "CHANGED", "OVERRUN", "LOST"};

    for (size_t i = 0; i < seen_count; i++)
        print_error("%c %s %s \"%s\": %s to %s (%s, %s)\n", i < seen_read ? ' ' : '>',
                    types[seen[i].type], seen[i].uuid, seen[i].ssid,
                    netdisc_state_name(seen[i].old_state), netdisc_state_name(seen[i].state),
                    netdisc_status_name(seen[i].status), seen[i].reason);
}

static inline const seen_event *next(netdisc *nd)
{
    while (seen_read == seen_count)
        if (netdisc_dispatch(nd, WORLD_MS) != NETDISC_NO_ERROR) {
            print_events();
            fail_msg("nothing more came");
        }
    return &seen[seen_read++];
}

static inline netdisc_watch *watch(netdisc *nd)
{
    netdisc_watch *out = NULL;

    seen_count = seen_read = 0;
    assert_status(netdisc_watch_start(nd, NETDISC_WLAN, see, NULL, &out, NULL), NO_ERROR);
    assert_int_equal(next(nd)->type, NETDISC_EVENT_READY);
    return out;
}

static inline void finish(netdisc *nd, netdisc_watch *w)
{
    netdisc_watch_stop(w);
    netdisc_close(nd);
}

#endif
