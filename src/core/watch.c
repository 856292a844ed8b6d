/* SPDX-License-Identifier: MIT */
/* Watches: events fanned out to bounded queues, delivered one at a time and in order. */
#include <stdlib.h>
#include <string.h>

#include "core.h"

/* One event, shared by the queues that it is in. */
typedef struct nd_shared_event {
    size_t refs; /* under the lock */
    netdisc_event event;
    nd_item *item;
    char *reason;
    const nd_instance *instance;
} shared_event;

struct netdisc_watch {
    uint32_t magic;
    size_t refs; /* the user, the context's list, the delivery queue */
    netdisc *nd;
    uint32_t kinds;
    netdisc_event_fn fn;
    void *data;
    bool stopped;
    bool delivering;
    bool overrun;
    shared_event **ring;
    size_t capacity;
    size_t first;
    size_t count;
    nd_delivery delivery;
    netdisc_watch *next;
};

/* ---- Events --------------------------------------------------------------------------------- */

static void event_unref(shared_event *shared)
{
    if (--shared->refs > 0)
        return;
    free(shared->item);
    free(shared->reason);
    free(shared);
}

static uint32_t kind_of(const nd_item *item)
{
    static const uint32_t kinds[ND_SORTS] = {
        [ND_SORT_SHARE] = NETDISC_SHARE,
        [ND_SORT_WLAN] = NETDISC_WLAN,
        [ND_SORT_CONNECTION] = NETDISC_CONNECTION,
    };

    return kinds[item->sort];
}

/* The event for one reference; NULL: no memory. */
static shared_event *make_event(const nd_instance *instance, const nd_event *from, uint32_t kinds)
{
    shared_event *shared = nd_alloc(1, sizeof *shared);

    if (!shared)
        return NULL;
    shared->refs = 1;
    shared->instance = instance;
    shared->event = (netdisc_event){
        .type = from->type,
        .kind = kinds,
        .provider = instance->name,
        .old_state = from->old_state,
        .status = from->status,
    };
    if (from->reason && !(shared->reason = nd_strdup(from->reason)))
        goto no_memory;
    if (from->item && !(shared->item = nd_item_copy(from->item, instance->name)))
        goto no_memory;
    shared->event.reason = shared->reason;
    if (!shared->item)
        return shared;

    shared->event.state = nd_item_state(shared->item);
    if (shared->item->sort == ND_SORT_SHARE)
        shared->event.share = &shared->item->as.share;
    else if (shared->item->sort == ND_SORT_WLAN)
        shared->event.wlan = &shared->item->as.wlan;
    else if (shared->item->sort == ND_SORT_CONNECTION)
        shared->event.connection = &shared->item->as.connection;
    return shared;

no_memory:
    event_unref(shared);
    return NULL;
}

/* ---- Queues (all locked) -------------------------------------------------------------------- */

static void watch_unref(netdisc_watch *watch)
{
    if (--watch->refs > 0)
        return;
    while (watch->count > 0) {
        event_unref(watch->ring[watch->first]);
        watch->first = (watch->first + 1) % watch->capacity;
        watch->count--;
    }
    watch->nd->refs--;
    watch->magic = 0;
    free(watch->ring);
    free(watch);
}

/* While its callback runs a watch is not in the queue, so that its events never overlap. */
static void schedule(netdisc_watch *watch)
{
    bool due = watch->count > 0 || watch->overrun;

    if (due && !watch->stopped && !watch->delivering && nd_delivery_push(watch->nd, &watch->delivery))
        watch->refs++;
}

/* NULL stands for an event that there was no memory for. */
static void enqueue(netdisc_watch *watch, shared_event *shared)
{
    if (watch->overrun)
        return;
    if (!shared || watch->count == watch->capacity) {
        watch->overrun = true;
    } else {
        watch->ring[(watch->first + watch->count++) % watch->capacity] = shared;
        shared->refs++;
    }
    schedule(watch);
}

static shared_event *dequeue(netdisc_watch *watch)
{
    shared_event *shared = watch->ring[watch->first];

    watch->first = (watch->first + 1) % watch->capacity;
    watch->count--;
    return shared;
}

void nd_watch_forget_lost(nd_instance *instance, uint32_t kinds)
{
    for (unsigned i = 0; i < ND_KINDS; i++) {
        if (!instance->watch_lost[i] || !(kinds & 1U << i))
            continue;
        event_unref(instance->watch_lost[i]);
        instance->watch_lost[i] = NULL;
    }
}

static void remember_lost(nd_instance *instance, shared_event *shared)
{
    nd_watch_forget_lost(instance, shared->event.kind);
    for (unsigned i = 0; i < ND_KINDS; i++) {
        if (!(shared->event.kind & 1U << i))
            continue;
        instance->watch_lost[i] = shared;
        shared->refs++;
    }
}

static uint32_t lost_kinds(const nd_instance *instance)
{
    uint32_t kinds = 0;

    for (unsigned i = 0; i < ND_KINDS; i++)
        if (instance->watch_lost[i])
            kinds |= 1U << i;
    return kinds;
}

/* The kinds that an event is about. A READY for what has been given up in the meantime says nothing. */
static uint32_t kinds_of_event(const nd_instance *instance, const nd_event *event)
{
    if (event->item)
        return kind_of(event->item);
    if (event->type == NETDISC_EVENT_READY)
        return event->kinds & instance->watch_wanted & instance->watch_told;
    return event->kinds & instance->kinds;
}

/* What the provider has confirmed to watch. */
static void note_readiness(nd_instance *instance, netdisc_event_type type, uint32_t kinds)
{
    if (type == NETDISC_EVENT_READY) {
        instance->watch_ready |= kinds;
        nd_watch_forget_lost(instance, kinds);
    } else if (type == NETDISC_EVENT_LOST) {
        instance->watch_ready &= ~kinds;
    }
}

/* Before READY a provider reports nothing that could be understood: the caller has not listed yet. */
static bool is_premature(const nd_instance *instance, const nd_event *event)
{
    return event->item && !(instance->watch_ready & kind_of(event->item));
}

static bool is_watched(const netdisc *nd, uint32_t kinds)
{
    for (const netdisc_watch *watch = nd->watches; watch; watch = watch->next)
        if (watch->kinds & kinds)
            return true;
    return false;
}

static void emit(nd_instance *instance, const nd_event *event)
{
    netdisc *nd = instance->nd;
    uint32_t kinds = kinds_of_event(instance, event);
    bool old_news = event->type == NETDISC_EVENT_LOST && !(kinds & ~lost_kinds(instance));

    note_readiness(instance, event->type, kinds);
    if (old_news || is_premature(instance, event) || !is_watched(nd, kinds))
        return;

    shared_event *shared = make_event(instance, event, kinds);

    for (netdisc_watch *watch = nd->watches; watch; watch = watch->next)
        if (watch->kinds & kinds)
            enqueue(watch, shared);
    if (!shared)
        return;
    if (event->type == NETDISC_EVENT_LOST)
        remember_lost(instance, shared);
    event_unref(shared);
}

void nd_watch_emit(const nd_host *host, const nd_event *event)
{
    nd_instance *instance = ND_CONTAINER(host, nd_instance, host);
    nd_todo todo;

    nd_lock(instance->nd, &todo);
    emit(instance, event);
    nd_unlock(instance->nd, &todo);
}

void nd_watch_lost(nd_instance *instance, const netdisc_error *error)
{
    uint32_t news = instance->watch_wanted & ~lost_kinds(instance);

    if (news)
        emit(instance, &(nd_event){
                           .type = NETDISC_EVENT_LOST,
                           .kinds = news,
                           .status = error->status,
                           .reason = error->message,
                       });
}

/* ---- Delivery ------------------------------------------------------------------------------- */

static void deliver(nd_delivery *delivery)
{
    netdisc_watch *watch = ND_CONTAINER(delivery, netdisc_watch, delivery);
    netdisc *nd = watch->nd;
    netdisc_event overrun = {.type = NETDISC_EVENT_OVERRUN, .kind = watch->kinds};
    shared_event *shared = NULL;
    bool due = false;
    nd_todo todo;

    nd_lock(nd, &todo);
    if (!watch->stopped && !watch->delivering) {
        due = watch->count > 0 || watch->overrun;
        if (watch->count > 0)
            shared = dequeue(watch);
        else
            watch->overrun = false;
        watch->delivering = due;
    }
    nd_unlock(nd, &todo);

    if (due)
        watch->fn(watch->data, shared ? &shared->event : &overrun);

    nd_lock(nd, &todo);
    if (due)
        watch->delivering = false;
    if (shared)
        event_unref(shared);
    schedule(watch);
    watch_unref(watch);
    nd_unlock(nd, &todo);
}

/* ---- Start and stop ------------------------------------------------------------------------- */

/* Locked. Every instance watches what some watch wants of it. */
static void update_instances(netdisc *nd, nd_todo *todo)
{
    uint32_t wanted = 0;

    for (const netdisc_watch *watch = nd->watches; watch; watch = watch->next)
        wanted |= watch->kinds;
    for (size_t i = 0; i < nd->instance_count; i++) {
        nd_instance *instance = nd->instances[i];

        instance->watch_stale |= (instance->watch_wanted & ~wanted) != 0;
        instance->watch_wanted = wanted & instance->kinds;
        instance->watch_ready &= instance->watch_wanted;
        nd_watch_forget_lost(instance, ~instance->watch_wanted);
        nd_instance_watch(instance, todo);
    }
}

/* Whether one of the first kinds of the watch has the same loss. */
static bool is_told_already(const netdisc_watch *watch, const nd_instance *instance, unsigned kind)
{
    for (unsigned i = 0; i < kind; i++)
        if (watch->kinds & 1U << i && instance->watch_lost[i] == instance->watch_lost[kind])
            return true;
    return false;
}

/* Locked. What a provider has said before and will not say again: that it cannot report. */
static void tell_lost(netdisc_watch *watch, const nd_instance *instance)
{
    for (unsigned i = 0; i < ND_KINDS; i++)
        if (watch->kinds & 1U << i && instance->watch_lost[i] && !is_told_already(watch, instance, i))
            enqueue(watch, instance->watch_lost[i]);
}

/* Locked. That it reports already. */
static void tell_ready(netdisc_watch *watch, const nd_instance *instance)
{
    uint32_t ready = instance->watch_ready & watch->kinds;

    if (!ready)
        return;

    shared_event *shared = make_event(instance, &(nd_event){.type = NETDISC_EVENT_READY}, ready);

    enqueue(watch, shared);
    if (shared)
        event_unref(shared);
}

static netdisc_error *check_start(const netdisc *nd, uint32_t kinds, netdisc_event_fn fn)
{
    netdisc_status status = nd_check(nd);
    uint32_t served = 0;

    if (status)
        return nd_error_say(status, "the context cannot be used");
    if (!fn || !kinds || kinds & ~(uint32_t)NETDISC_ALL_KINDS)
        return nd_error_say(NETDISC_ERROR_INVALID_PARAMETER,
                            "no callback, no kind, or one that does not exist");
    for (size_t i = 0; i < nd->instance_count; i++)
        served |= nd->instances[i]->kinds;
    if (!(served & kinds))
        return nd_error_say(NETDISC_ERROR_NOT_SUPPORTED, "no provider for what is to be watched");
    return NULL;
}

static netdisc_watch *new_watch(netdisc *nd, uint32_t kinds, netdisc_event_fn fn, void *data)
{
    netdisc_watch *watch = nd_alloc(1, sizeof *watch);

    if (!watch)
        return NULL;
    watch->ring = nd_alloc(nd->watch_queue, sizeof *watch->ring);
    if (!watch->ring) {
        free(watch);
        return NULL;
    }
    watch->magic = ND_WATCH_MAGIC;
    watch->nd = nd;
    watch->kinds = kinds;
    watch->fn = fn;
    watch->data = data;
    watch->capacity = nd->watch_queue;
    watch->delivery.deliver = deliver;
    return watch;
}

netdisc_status netdisc_watch_start(netdisc *nd, uint32_t kinds, netdisc_event_fn fn, void *data,
                                   netdisc_watch **out, netdisc_error **err)
{
    if (err)
        *err = NULL;
    if (!out)
        return nd_give_error(nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "`out` is NULL"), err);
    *out = NULL;

    netdisc_error *error = check_start(nd, kinds, fn);

    if (error)
        return nd_give_error(error, err);

    netdisc_watch *watch = new_watch(nd, kinds, fn, data);
    nd_todo todo;

    if (!watch)
        return nd_give_error(nd_error_no_memory(), err);

    nd_lock(nd, &todo);
    watch->refs = 2; /* the caller's, and the context's list's */
    watch->next = nd->watches;
    nd->watches = watch;
    nd->refs++;
    *out = watch;
    for (size_t i = 0; i < nd->instance_count; i++) {
        tell_lost(watch, nd->instances[i]);
        tell_ready(watch, nd->instances[i]);
    }
    update_instances(nd, &todo);
    nd_unlock(nd, &todo);
    return NETDISC_NO_ERROR;
}

/* Locked. */
static void stop(netdisc_watch *watch)
{
    netdisc_watch **link = &watch->nd->watches;

    if (watch->stopped)
        return;
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    watch->stopped = true;
    watch_unref(watch);
}

void netdisc_watch_stop(netdisc_watch *watch)
{
    if (!watch || watch->magic != ND_WATCH_MAGIC || nd_inherited(watch->nd))
        return;

    netdisc *nd = watch->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    stop(watch);
    if (!nd->closing)
        update_instances(nd, &todo);
    nd_unlock(nd, &todo);

    nd_delivery_wait(nd, &watch->delivery);

    nd_lock(nd, &todo);
    watch_unref(watch);
    nd_unlock(nd, &todo);
}

void nd_watch_close_all(netdisc *nd)
{
    while (nd->watches)
        stop(nd->watches);
}
