/* SPDX-License-Identifier: MIT */
/*
 * Watching. A picture of what there is, taken once, is kept up by signals; a change in it is an event.
 *
 * Signals are worked off strictly in order. Some need a question (a new profile's name), and until it is
 * answered the next ones wait. What is read that way may be newer than signals that wait: each object
 * remembers how many signals had been heard when it was read, and those are old news to it.
 */
#include <string.h>

#include "search.h"
#include "watch.h"

enum { FIRST_RETRY_SECONDS = 1, LAST_RETRY_SECONDS = 32 };

#define BOTH_KINDS (NETDISC_WLAN | NETDISC_CONNECTION)

static void emit_ready(const nd_nm_watch *self)
{
    nd_emit(self->nm->host, &(nd_event){.type = NETDISC_EVENT_READY, .kinds = self->kinds});
}

static void emit_lost(const nd_nm_watch *self)
{
    nd_emit(self->nm->host, &(nd_event){
                                .type = NETDISC_EVENT_LOST,
                                .kinds = self->kinds,
                                .status = self->loss,
                                .reason = self->loss_reason,
                            });
}

/* ---- Signals -------------------------------------------------------------------------------- */

static nd_nm_signal *keep_signal(const nd_nm_signal *it)
{
    nd_nm_signal *kept = g_new(nd_nm_signal, 1);

    *kept = *it;
    kept->path = g_strdup(it->path);
    kept->body = g_variant_ref(it->body);
    return kept;
}

static void free_signal(nd_nm_signal *it)
{
    if (!it)
        return;
    g_free((char *)it->path);
    g_variant_unref(it->body);
    g_free(it);
}

static void work_off(nd_nm_watch *self)
{
    while (self->ready && !self->task && !g_queue_is_empty(&self->signals)) {
        nd_nm_signal *it = g_queue_pop_head(&self->signals);

        nd_nm_act_on(self, it);
        free_signal(it);
    }
}

/* ---- Questions ------------------------------------------------------------------------------ */

static void drop_question(nd_nm_watch *self)
{
    if (self->task)
        nd_nm_task_end(self->task);
    self->task = NULL;
    g_clear_pointer(&self->asking, free_signal);
}

void nd_nm_end_question(nd_nm_watch *self)
{
    drop_question(self);
    work_off(self);
}

/* What could not be learned is made up for by listing. */
static void question_failed(nd_nm_task *task, const GError *error)
{
    nd_nm_watch *self = task->nm->watch;
    char *reason = nd_nm_explain(task, error);

    nd_host_log(self->nm->host, NETDISC_LOG_WARNING, reason);
    g_free(reason);
    nd_emit(self->nm->host, &(nd_event){.type = NETDISC_EVENT_OVERRUN, .kinds = self->kinds});
    nd_nm_end_question(self);
}

nd_nm_task *nd_nm_begin_question(nd_nm_watch *self, const nd_nm_signal *it)
{
    self->task = nd_nm_task_new(self->nm, NULL);
    self->task->failed = question_failed;
    self->asking = keep_signal(it);
    return self->task;
}

/* ---- Hearing -------------------------------------------------------------------------------- */

static bool is_root(const nd_nm_signal *it)
{
    return it->kind == ND_NM_OBJECT_ADDED && strcmp(it->path, NM_DBUS_PATH) == 0;
}

void nd_nm_watch_notice(nd_nm_watch *self, const nd_nm_signal *it)
{
    if (!self->kinds)
        return;
    if (self->ready || self->task) {
        g_queue_push_tail(&self->signals, keep_signal(it));
        work_off(self);
    } else if (is_root(it)) {
        nd_nm_watch_begin(self); /* it has finished starting */
    }
}

/* ---- The first look ------------------------------------------------------------------------- */

static void forget(nd_nm_watch *self)
{
    drop_question(self);
    self->ready = false;
    g_queue_clear_full(&self->signals, (GDestroyNotify)free_signal);
    g_clear_pointer(&self->devices, g_hash_table_unref);
    g_clear_pointer(&self->profiles, g_hash_table_unref);
    g_clear_pointer(&self->actives, g_hash_table_unref);
}

static void stop_retrying(nd_nm_watch *self)
{
    if (!self->retry)
        return;
    g_source_destroy(self->retry);
    g_clear_pointer(&self->retry, g_source_unref);
}

static gboolean look_again(void *data)
{
    nd_nm_watch *self = data;

    stop_retrying(self);
    nd_nm_watch_look(self);
    return G_SOURCE_REMOVE;
}

static void retry_later(nd_nm_watch *self)
{
    stop_retrying(self);
    self->retry = g_timeout_source_new_seconds(self->retry_seconds);
    self->retry_seconds = MIN(2 * self->retry_seconds, LAST_RETRY_SECONDS);
    g_source_set_callback(self->retry, look_again, self, NULL);
    g_source_attach(self->retry, self->nm->context);
}

void nd_nm_watch_lose(nd_nm_watch *self, netdisc_status status, const char *reason)
{
    forget(self);
    g_free(self->loss_reason);
    self->loss_reason = g_strdup(reason);
    self->loss = status;
    if (!self->kinds)
        return;
    emit_lost(self);
    /* NetworkManager's coming is told; a bus that comes back tells nobody, nor does what went wrong
     * once. */
    if (!self->nm->connection || self->nm->owner)
        retry_later(self);
}

static void look_failed(nd_nm_task *task, const GError *error)
{
    bool denied = nd_nm_is_error(error, "org.freedesktop.DBus.Error.AccessDenied");
    char *reason = nd_nm_explain(task, error);

    nd_nm_watch_lose(task->nm->watch,
                     denied ? NETDISC_ERROR_ACCESS_DENIED : NETDISC_ERROR_SERVICE_NOT_ACTIVE, reason);
    g_free(reason);
}

static void add_active(void *active, void *table)
{
    nd_nm_active *of_table = active;

    g_hash_table_replace(table, of_table->path, of_table);
}

static void saw_connections(nd_nm_task *task)
{
    nd_nm_watch *self = task->nm->watch;
    nd_nm_connection_search *found = task->data;

    self->profiles = g_steal_pointer(&found->profiles);
    self->actives =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)nd_nm_active_free);
    g_ptr_array_set_free_func(found->actives, NULL);
    g_ptr_array_foreach(found->actives, add_active, self->actives);
    drop_question(self);
    self->ready = true;
    self->loss = NETDISC_NO_ERROR;
    self->retry_seconds = FIRST_RETRY_SECONDS;
    emit_ready(self);
    work_off(self);
}

static void saw_devices(nd_nm_task *task)
{
    nd_nm_device_search *found = task->data;

    task->nm->watch->devices = g_steal_pointer(&found->devices);
    nd_nm_search_connections(task);
    nd_nm_then(task, saw_connections);
}

void nd_nm_watch_begin(nd_nm_watch *self)
{
    forget(self);
    stop_retrying(self);
    if (!self->kinds)
        return;
    self->loss = NETDISC_NO_ERROR;
    self->task = nd_nm_task_new(self->nm, NULL);
    self->task->failed = look_failed;
    nd_nm_search_devices(self->task);
    nd_nm_then(self->task, saw_devices);
}

static void lose_the_bus(nd_nm_watch *self, const GError *error)
{
    bool is_absent = nd_nm_bus_is_absent(error);
    char *reason = nd_nm_bus_explain(error);

    nd_nm_watch_lose(self, is_absent ? NETDISC_ERROR_NOT_SUPPORTED : NETDISC_ERROR_SERVICE_NOT_ACTIVE,
                     reason);
    g_free(reason);
}

void nd_nm_watch_look(nd_nm_watch *self)
{
    GError *error = NULL;

    if (!self->kinds)
        return;
    /* To connect is to look. */
    if (!self->nm->connection) {
        if (!nd_nm_bus_connect(self->nm, NULL, &error))
            lose_the_bus(self, error);
        g_clear_error(&error);
        return;
    }
    nd_nm_bus_subscribe(self->nm);
    if (self->nm->owner)
        nd_nm_watch_begin(self);
    else
        nd_nm_watch_lose(self, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "NetworkManager is not running");
}

/* ---- What is wanted ------------------------------------------------------------------------- */

/* The picture is of both kinds, whichever is wanted: so another kind that is wanted later is there. */
void nd_nm_watch_want(nd_nm_watch *self, uint32_t kinds)
{
    bool began = !self->kinds && kinds;

    self->kinds = kinds & BOTH_KINDS;
    if (began) {
        nd_nm_watch_look(self);
    } else if (!kinds) {
        stop_retrying(self);
        forget(self);
        nd_nm_bus_subscribe(self->nm);
    } else if (self->ready) {
        emit_ready(self);
    } else if (self->loss) {
        emit_lost(self);
    }
}

bool nd_nm_is_watched(const nd_nm_watch *self)
{
    return self->kinds != 0;
}

nd_nm_watch *nd_nm_watch_new(nd_nm *nm)
{
    nd_nm_watch *self = g_new0(nd_nm_watch, 1);

    self->nm = nm;
    self->retry_seconds = FIRST_RETRY_SECONDS;
    g_queue_init(&self->signals);
    return self;
}

void nd_nm_watch_free(nd_nm_watch *self)
{
    stop_retrying(self);
    forget(self);
    g_free(self->loss_reason);
    g_free(self);
}
