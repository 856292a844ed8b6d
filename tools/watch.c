/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "command.h"
#include "system.h"

static const char *const event_words[] = {"ready", "added", "removed", "changed", "overrun", "lost"};

typedef struct watching {
    bool json;
    int end; /* EXIT_FAILED once it could not be written */
} watching;

static const item_sort *sort_of(const netdisc_event *event, const void **item)
{
    const struct {
        const void *item;
        const item_sort *sort;
    } rows[] = {
        {event->share, &sort_share}, {event->wlan, &sort_wlan}, {event->connection, &sort_connection}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].item)
            continue;
        *item = rows[i].item;
        return rows[i].sort;
    }
    return NULL;
}

static const char *word_of(const netdisc_event *event)
{
    size_t type = (size_t)event->type;

    return type < sizeof event_words / sizeof *event_words ? event_words[type] : "unknown";
}

static void add_json(text *out, const netdisc_event *event)
{
    const void *item = NULL;
    const item_sort *sort = sort_of(event, &item);
    char time[32];

    system_time_text(time, sizeof time, true);
    json_begin(out, NULL, '{');
    json_string(out, "time", time);
    json_string(out, "event", word_of(event));
    kinds_json(out, "kind", event->kind);
    json_string(out, "provider", event->provider);
    json_string(out, "old_state", item ? netdisc_state_name(event->old_state) : NULL);
    json_string(out, "state", item ? netdisc_state_name(event->state) : NULL);
    json_number(out, "status", event->status);
    json_string(out, "name", netdisc_status_name(event->status));
    json_string(out, "reason", event->reason);
    if (sort)
        item_json(out, "item", sort, item);
    else
        json_null(out, "item");
    json_end(out, '}');
    text_add(out, "\n");
}

static void add_change(text *out, const netdisc_event *event)
{
    if (event->type == NETDISC_EVENT_CHANGED && event->old_state != event->state)
        text_addf(out, ", %s, was %s", netdisc_state_name(event->state),
                  netdisc_state_name(event->old_state));
    if (event->type == NETDISC_EVENT_ADDED)
        text_addf(out, ", %s", netdisc_state_name(event->state));
}

static void add_line(text *out, const netdisc_event *event)
{
    const void *item = NULL;
    const item_sort *sort = sort_of(event, &item);
    char time[32];

    system_time_text(time, sizeof time, false);
    text_addf(out, "%s  %-8s ", time, word_of(event));
    kinds_show(out, event->kind);
    if (sort) {
        text_add(out, "  ");
        sort->describe(out, item);
        add_change(out, event);
    } else if (event->provider) {
        text_addf(out, "  %s", event->provider);
    }
    if (event->status)
        text_addf(out, ": %s (%d)", netdisc_status_name(event->status), (int32_t)event->status);
    if (event->reason) {
        text_add(out, ": ");
        text_add_shown(out, event->reason);
    }
    text_add(out, "\n");
}

static void tell_event(void *data, const netdisc_event *event)
{
    watching *self = data;
    text out = {0};

    (self->json ? add_json : add_line)(&out, event);
    if (self->end == EXIT_DONE && !system_interrupted())
        self->end = report_write(&out, EXIT_DONE);
    text_free(&out);
}

static uint32_t kinds_of(const request *it)
{
    uint32_t all = 0;

    for (size_t i = 0; i < it->count; i++) {
        const item_sort *const *each = connection_sorts;

        while (*each && strcmp((*each)->word, it->arguments[i]) != 0)
            each++;
        if (!*each) {
            complain("only share, wlan and connection can be watched");
            return 0;
        }
        all |= (*each)->kind;
    }
    return all ? all : NETDISC_ALL_KINDS;
}

static bool is_over(const request *it, int64_t begin)
{
    return system_interrupted() || (it->timeout_ms > 0 && system_now_ms() - begin >= it->timeout_ms);
}

int watch_changes(const request *it)
{
    watching self = {.json = is_given(it, BIT(JSON)), .end = EXIT_DONE};
    int64_t begin = system_now_ms();
    uint32_t kinds = kinds_of(it);
    netdisc_watch *watch = NULL;
    netdisc_error *err = NULL;
    netdisc_status status;
    netdisc *nd = kinds ? run_open(it) : NULL;

    if (!nd)
        return kinds ? EXIT_FAILED : EXIT_USAGE;
    status = netdisc_watch_start(nd, kinds, tell_event, &self, &watch, &err);
    if (status)
        self.end = report(it, &(outcome){.status = status, .error = err});
    while (!status && self.end == EXIT_DONE && !is_over(it, begin))
        netdisc_dispatch(nd, TICK_MS);
    if (!status && system_interrupted())
        self.end = EXIT_DONE;
    netdisc_error_free(err);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    return self.end;
}
