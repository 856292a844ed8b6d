/* SPDX-License-Identifier: MIT */
/* A provider in a context: opened when first needed, asked, closed when nobody is in it. */
#include <stdlib.h>

#include "core.h"

static void open_instance(nd_job *job);
static void close_instance(nd_job *job);
static void tell_watch(nd_job *job);

nd_instance *nd_instance_new(netdisc *nd, const nd_registration *row)
{
    nd_instance *instance = nd_alloc(1, sizeof *instance);

    if (!instance)
        return NULL;
    instance->host.fn = &nd_host_table;
    instance->nd = nd;
    instance->builtin = row->builtin;
    instance->kinds = row->kinds;
    instance->line_end = &instance->line;
    instance->open_job.run = open_instance;
    instance->close_job.run = close_instance;
    instance->watch_job.run = tell_watch;
    instance->name = nd_strdup(row->provider);
    if (row->module)
        instance->module = nd_format(nd_module_pattern, row->module);
    if (!instance->name || (row->module && !instance->module)) {
        nd_instance_free(instance);
        return NULL;
    }
    return instance;
}

void nd_instance_free(nd_instance *instance)
{
    free(instance->name);
    free(instance->module);
    free(instance);
}

uint32_t nd_instance_kinds(const nd_instance *instance)
{
    static const struct {
        nd_slot first;
        nd_slot second;
        uint32_t kind;
    } serves[] = {
        {ND_SHARE_LIST, ND_SHARE_FIND, NETDISC_SHARE},
        {ND_WLAN_LIST, ND_WLAN_FIND, NETDISC_WLAN},
        {ND_CONNECTION_LIST, ND_CONNECTION_FIND, NETDISC_CONNECTION},
    };
    uint32_t kinds = 0;

    if (!instance->provider)
        return instance->kinds == NETDISC_ALL_KINDS ? 0 : instance->kinds;
    for (size_t i = 0; i < ND_ARRAY_LENGTH(serves); i++)
        if (instance->provider->slots[serves[i].first] || instance->provider->slots[serves[i].second])
            kinds |= serves[i].kind;
    return kinds & instance->kinds;
}

/* ---- Opening and closing -------------------------------------------------------------------- */

/* Locked. Waiting in line holds a reference. */
static void stand_in_line(nd_instance *instance, nd_asked *asked)
{
    nd_asked_ref(asked);
    asked->next_in_line = NULL;
    *instance->line_end = asked;
    instance->line_end = &asked->next_in_line;
}

/* Locked. The first in line, with the line's reference. */
static nd_asked *next_in_line(nd_instance *instance)
{
    nd_asked *asked = instance->line;

    if (!asked)
        return NULL;
    instance->line = asked->next_in_line;
    if (!instance->line)
        instance->line_end = &instance->line;
    return asked;
}

void nd_instance_forget(nd_instance *instance, nd_asked *asked)
{
    for (nd_asked **link = &instance->line; *link; link = &(*link)->next_in_line) {
        if (*link != asked)
            continue;
        *link = asked->next_in_line;
        if (!*link)
            instance->line_end = link;
        nd_asked_unref(asked);
        return;
    }
}

static void start(nd_instance *instance, nd_asked *asked, nd_todo *todo);

/* Locked. It is open: all in line are started, or stand in line again for a place among the blocking. */
static void serve_line(nd_instance *instance, nd_todo *todo)
{
    nd_asked *line = instance->line;

    instance->line = NULL;
    instance->line_end = &instance->line;
    while (line) {
        nd_asked *asked = line;

        line = asked->next_in_line;
        start(instance, asked, todo);
        nd_asked_unref(asked);
    }
}

/* Locked. While it is not cold an instance holds the context, for its provider holds the host. */
static void gone_cold(nd_instance *instance)
{
    netdisc *nd = instance->nd;

    instance->phase = ND_INSTANCE_COLD;
    nd->open_instances--;
    nd->refs--;
    nd_cond_broadcast(&nd->workers.work);
    nd_cond_broadcast(&nd->workers.ended);
}

/* Locked. It could not be opened: everyone in line is told, watchers too. */
static void open_failed(nd_instance *instance, netdisc_error *error, nd_todo *todo)
{
    nd_asked *asked;

    gone_cold(instance);
    while ((asked = next_in_line(instance))) {
        nd_asked_settle(asked, nd_error_copy(error), NULL, todo);
        nd_asked_unref(asked);
    }
    nd_watch_lost(instance, error);
    netdisc_error_free(error);
}

/* Locked. */
static void begin_open(nd_instance *instance, nd_todo *todo)
{
    netdisc *nd = instance->nd;

    instance->phase = ND_INSTANCE_OPENING;
    nd->open_instances++;
    nd->refs++;
    if (!nd_workers_submit(nd, &instance->open_job))
        open_failed(instance, nd_error_no_memory(), todo);
}

/* Locked. */
static void begin_close(nd_instance *instance)
{
    instance->phase = ND_INSTANCE_CLOSING;
    if (instance->active > 0)
        return;
    instance->left_open = !nd_workers_submit(instance->nd, &instance->close_job);
    if (instance->left_open)
        nd_cond_broadcast(&instance->nd->workers.ended);
}

/* On a worker. */
static void open_instance(nd_job *job)
{
    nd_instance *instance = ND_CONTAINER(job, nd_instance, open_job);
    netdisc *nd = instance->nd;
    netdisc_error *error = NULL;
    void *state = NULL;
    const nd_provider *provider = nd_find_provider(instance, &error);

    if (provider && provider->open) {
        nd_failure why = {0};
        netdisc_status status = provider->open(&instance->host, &state, &why);

        if (status)
            error = nd_error_from_failure(status, &why, instance->name, NULL);
    }
    if (error)
        nd_log(nd, NETDISC_LOG_INFO, "%s cannot be used: %s", instance->name, error->message);

    nd_todo todo;
    nd_lock(nd, &todo);
    if (error) {
        open_failed(instance, error, &todo);
    } else {
        instance->provider = provider;
        instance->state = state;
        instance->phase = ND_INSTANCE_OPEN;
        serve_line(instance, &todo);
        if (nd->closing)
            begin_close(instance);
        else
            nd_instance_watch(instance, &todo);
    }
    nd_unlock(nd, &todo);
}

void nd_instance_close_here(nd_instance *instance)
{
    netdisc *nd = instance->nd;
    nd_todo todo;

    if (instance->provider->close)
        instance->provider->close(instance->state);

    nd_lock(nd, &todo);
    gone_cold(instance);
    nd_unlock(nd, &todo);
}

static void close_instance(nd_job *job)
{
    nd_instance_close_here(ND_CONTAINER(job, nd_instance, close_job));
}

void nd_instance_close(nd_instance *instance)
{
    if (instance->phase == ND_INSTANCE_OPEN)
        begin_close(instance);
}

nd_instance *nd_instance_left_open(netdisc *nd)
{
    for (size_t i = 0; i < nd->instance_count; i++) {
        nd_instance *instance = nd->instances[i];

        if (!instance->left_open)
            continue;
        instance->left_open = false;
        return instance;
    }
    return NULL;
}

/* Locked. Threads in a provider are counted, so that it is closed after the last has left. */
static bool enter(nd_instance *instance)
{
    /* While one is in there it stays open: so that it can be told that nobody waits any more. */
    bool held_open = instance->phase == ND_INSTANCE_CLOSING && instance->active > 0;

    if (instance->phase != ND_INSTANCE_OPEN && !held_open)
        return false;
    instance->active++;
    return true;
}

static void leave(nd_instance *instance)
{
    if (--instance->active == 0 && instance->phase == ND_INSTANCE_CLOSING)
        begin_close(instance);
}

/* ---- Asking --------------------------------------------------------------------------------- */

/* A worker goes on with the next in line itself: handed to another, each would start a thread. */
static void run_job(nd_job *job)
{
    nd_asked *asked = ND_CONTAINER(job, nd_asked, job);

    while (asked)
        asked = nd_instance_run(asked);
}

/* Locked. The provider is open: have the slot run. */
static void start(nd_instance *instance, nd_asked *asked, nd_todo *todo)
{
    const nd_provider *provider = instance->provider;

    if (!provider->slots[asked->call.slot]) {
        netdisc_error *error = NULL;

        if (asked->call.slot != ND_PROBE)
            error = nd_error_about(instance->name, NETDISC_ERROR_NOT_SUPPORTED, "%s cannot do this",
                                   instance->name);
        nd_asked_settle(asked, error, NULL, todo);
        return;
    }
    if (provider->blocking && instance->blocking >= ND_BLOCKING_CALLS_MAX) {
        stand_in_line(instance, asked);
        return;
    }
    nd_asked_ref(asked);
    if (!provider->blocking) {
        asked->next_run = NULL;
        *todo->run_end = asked;
        todo->run_end = &asked->next_run;
        return;
    }
    asked->job.run = run_job;
    instance->blocking++;
    if (!nd_workers_submit(instance->nd, &asked->job)) {
        instance->blocking--;
        nd_asked_settle(asked, nd_error_no_memory(), NULL, todo);
        nd_asked_unref(asked);
    }
}

void nd_instance_ask(nd_instance *instance, nd_asked *asked, nd_todo *todo)
{
    if (instance->phase == ND_INSTANCE_OPEN) {
        start(instance, asked, todo);
        return;
    }
    stand_in_line(instance, asked);
    if (instance->phase == ND_INSTANCE_COLD)
        begin_open(instance, todo);
}

/* Locked. What there is to do after a call of a blocking provider has returned: who is next, if anyone. */
static nd_asked *after_blocking_call(nd_instance *instance, nd_asked *asked, nd_todo *todo)
{
    if (asked->state == ND_PENDING)
        nd_asked_settle(asked,
                        nd_error_about(instance->name, NETDISC_ERROR_INTERNAL_ERROR,
                                       "%s returned without an answer", instance->name),
                        NULL, todo);

    nd_asked *next = instance->phase == ND_INSTANCE_OPEN ? next_in_line(instance) : NULL;

    if (!next)
        instance->blocking--;
    return next;
}

nd_asked *nd_instance_run(nd_asked *asked)
{
    nd_instance *instance = asked->instance;
    netdisc *nd = instance->nd;
    nd_asked *next = NULL;
    nd_todo todo;

    nd_lock(nd, &todo);
    const nd_provider *provider = instance->provider;
    bool runs = asked->state == ND_PENDING && enter(instance);

    asked->running = runs;
    nd_unlock(nd, &todo);

    if (runs)
        provider->slots[asked->call.slot](instance->state, &asked->call);

    nd_lock(nd, &todo);
    if (runs)
        leave(instance);
    if (provider->blocking)
        next = after_blocking_call(instance, asked, &todo);
    nd_asked_unref(asked);
    nd_unlock(nd, &todo);
    return next;
}

void nd_instance_abandon(nd_asked *asked)
{
    nd_instance *instance = asked->instance;
    netdisc *nd = instance->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    bool entered = enter(instance);
    nd_unlock(nd, &todo);

    if (entered)
        instance->provider->abandon(instance->state, &asked->call);

    nd_lock(nd, &todo);
    if (entered)
        leave(instance);
    nd_asked_unref(asked);
    nd_unlock(nd, &todo);
}

/* ---- Watching ------------------------------------------------------------------------------- */

static bool wants_telling(const nd_instance *instance)
{
    return instance->watch_told != instance->watch_wanted || instance->watch_stale;
}

void nd_instance_watch(nd_instance *instance, nd_todo *todo)
{
    if (instance->phase == ND_INSTANCE_COLD && instance->watch_wanted && !instance->nd->closing)
        begin_open(instance, todo);
    if (instance->phase != ND_INSTANCE_OPEN || instance->watch_telling || !wants_telling(instance))
        return;

    if (!instance->provider->watch) {
        netdisc_error *error =
            nd_error_say(NETDISC_ERROR_NOT_SUPPORTED, "%s does not report changes", instance->name);

        instance->watch_told = instance->watch_wanted;
        instance->watch_stale = false;
        nd_watch_lost(instance, error);
        netdisc_error_free(error);
        return;
    }

    instance->watch_telling = true;
    instance->nd->refs++;
    if (!instance->provider->blocking) {
        instance->next_watch = todo->watch;
        todo->watch = instance;
    } else if (!nd_workers_submit(instance->nd, &instance->watch_job)) {
        instance->watch_telling = false;
        instance->nd->refs--;
        nd_watch_lost(instance, nd_error_no_memory());
    }
}

static void tell_watch(nd_job *job)
{
    nd_instance_tell_watch(ND_CONTAINER(job, nd_instance, watch_job));
}

void nd_instance_tell_watch(nd_instance *instance)
{
    netdisc *nd = instance->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    while (wants_telling(instance) && enter(instance)) {
        uint32_t kinds = instance->watch_wanted;

        instance->watch_told = kinds;
        instance->watch_stale = false;
        nd_unlock(nd, &todo);
        instance->provider->watch(instance->state, kinds);
        nd_lock(nd, &todo);
        leave(instance);
    }
    instance->watch_telling = false;
    nd->refs--;
    nd_unlock(nd, &todo);
}
