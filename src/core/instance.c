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

/* Locked. It could not be opened: everyone in line is told, watchers too. */
static void open_failed(nd_instance *instance, netdisc_error *error, nd_todo *todo)
{
    nd_asked *asked;

    instance->phase = ND_INSTANCE_COLD;
    instance->nd->open_instances--;
    nd_cond_broadcast(&instance->nd->workers.work);
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
    if (!nd_workers_submit(nd, &instance->open_job))
        open_failed(instance, nd_error_no_memory(), todo);
}

/* Locked. */
static void begin_close(nd_instance *instance)
{
    instance->phase = ND_INSTANCE_CLOSING;
    if (instance->active == 0 && !nd_workers_submit(instance->nd, &instance->close_job))
        instance->nd->close_by_hand = true;
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
        nd_instance_serve_line(instance, &todo);
        if (nd->closing)
            begin_close(instance);
        else
            nd_instance_watch(instance, &todo);
    }
    nd_unlock(nd, &todo);
}

/* On a worker, or on the closing thread when there is none. */
static void close_instance(nd_job *job)
{
    nd_instance *instance = ND_CONTAINER(job, nd_instance, close_job);
    netdisc *nd = instance->nd;
    nd_todo todo;

    if (instance->provider->close)
        instance->provider->close(instance->state);

    nd_lock(nd, &todo);
    instance->phase = ND_INSTANCE_COLD;
    nd->open_instances--;
    nd_cond_broadcast(&nd->workers.work);
    nd_unlock(nd, &todo);
}

void nd_instance_close(nd_instance *instance)
{
    if (instance->phase == ND_INSTANCE_OPEN)
        begin_close(instance);
}

void nd_instance_close_by_hand(nd_instance *instance)
{
    if (instance->phase == ND_INSTANCE_CLOSING && instance->active == 0)
        close_instance(&instance->close_job);
}

/* Locked. Threads in a provider are counted, so that it is closed after the last has left. */
static bool enter(nd_instance *instance)
{
    if (instance->phase != ND_INSTANCE_OPEN)
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

static void run_job(nd_job *job)
{
    nd_instance_run(ND_CONTAINER(job, nd_asked, job));
}

/* Locked. The provider is open: have the slot run. */
static void start(nd_instance *instance, nd_asked *asked, nd_todo *todo)
{
    const nd_provider *provider = instance->provider;

    if (!provider->slots[asked->call.slot]) {
        netdisc_error *error = NULL;

        if (asked->call.slot != ND_PROBE)
            error = nd_error_say(NETDISC_ERROR_NOT_SUPPORTED, "%s cannot do this", instance->name);
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

void nd_instance_serve_line(nd_instance *instance, nd_todo *todo)
{
    while (instance->line && instance->blocking < ND_BLOCKING_CALLS_MAX) {
        nd_asked *asked = next_in_line(instance);

        start(instance, asked, todo);
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

void nd_instance_run(nd_asked *asked)
{
    nd_instance *instance = asked->instance;
    netdisc *nd = instance->nd;
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
    if (provider->blocking) {
        instance->blocking--;
        if (asked->state == ND_PENDING)
            nd_asked_settle(asked,
                            nd_error_say(NETDISC_ERROR_INTERNAL_ERROR, "%s returned without an answer",
                                         instance->name),
                            NULL, &todo);
        nd_workers_announce(nd);
        if (instance->phase == ND_INSTANCE_OPEN)
            nd_instance_serve_line(instance, &todo);
    }
    nd_asked_unref(asked);
    nd_unlock(nd, &todo);
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

void nd_instance_watch(nd_instance *instance, nd_todo *todo)
{
    if (instance->phase == ND_INSTANCE_COLD && instance->watch_wanted && !instance->nd->closing)
        begin_open(instance, todo);
    if (instance->phase != ND_INSTANCE_OPEN || instance->watch_telling ||
        instance->watch_told == instance->watch_wanted)
        return;

    if (!instance->provider->watch) {
        netdisc_error *error =
            nd_error_say(NETDISC_ERROR_NOT_SUPPORTED, "%s does not report changes", instance->name);

        instance->watch_told = instance->watch_wanted;
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
    while (instance->watch_told != instance->watch_wanted && enter(instance)) {
        uint32_t kinds = instance->watch_wanted;

        instance->watch_told = kinds;
        nd_unlock(nd, &todo);
        instance->provider->watch(instance->state, kinds);
        nd_lock(nd, &todo);
        leave(instance);
    }
    instance->watch_telling = false;
    nd->refs--;
    nd_unlock(nd, &todo);
}
