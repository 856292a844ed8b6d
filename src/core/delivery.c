/* SPDX-License-Identifier: MIT */
#include "core.h"

bool nd_delivery_init(netdisc *nd)
{
    nd->deliveries.end = &nd->deliveries.first;
    nd->deliveries.wakeup = ND_WAKEUP_NONE;
    if (!nd_cond_init(&nd->deliveries.filled))
        return false;
    if (!nd_cond_init(&nd->deliveries.delivered)) {
        nd_cond_destroy(&nd->deliveries.filled);
        return false;
    }
    return true;
}

void nd_delivery_destroy(netdisc *nd)
{
    if (nd->deliveries.wakeup != ND_WAKEUP_NONE)
        nd_wakeup_close(nd->deliveries.wakeup);
    nd_cond_destroy(&nd->deliveries.filled);
    nd_cond_destroy(&nd->deliveries.delivered);
}

bool nd_delivery_push(netdisc *nd, nd_delivery *delivery)
{
    nd_delivery_queue *queue = &nd->deliveries;

    if (delivery->queued)
        return false;
    if (!queue->first && queue->wakeup != ND_WAKEUP_NONE)
        nd_wakeup_set(queue->wakeup);
    delivery->queued = true;
    delivery->next = NULL;
    *queue->end = delivery;
    queue->end = &delivery->next;
    nd_cond_signal(&queue->filled);
    return true;
}

static nd_delivery *pop(netdisc *nd)
{
    nd_delivery_queue *queue = &nd->deliveries;
    nd_delivery *delivery = queue->first;

    if (!delivery)
        return NULL;
    delivery->queued = false;
    queue->first = delivery->next;
    if (!queue->first) {
        queue->end = &queue->first;
        if (queue->wakeup != ND_WAKEUP_NONE)
            nd_wakeup_clear(queue->wakeup);
    }
    return delivery;
}

static void remove_dispatcher(nd_delivery_queue *queue, nd_dispatcher *self)
{
    nd_dispatcher **link = &queue->dispatchers;

    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    nd_cond_broadcast(&queue->delivered);
}

bool nd_delivery_run(netdisc *nd)
{
    nd_delivery_queue *queue = &nd->deliveries;
    nd_dispatcher self = {.thread = nd_thread_self()};
    bool any = false;
    nd_todo todo;

    nd_lock(nd, &todo);
    while ((self.delivery = pop(nd))) {
        nd_delivery *delivery = (nd_delivery *)self.delivery;

        self.next = queue->dispatchers;
        queue->dispatchers = &self;
        nd_unlock(nd, &todo);
        delivery->deliver(delivery);
        nd_lock(nd, &todo);
        remove_dispatcher(queue, &self);
        any = true;
    }
    nd_unlock(nd, &todo);
    return any;
}

static bool delivered_elsewhere(const netdisc *nd, const nd_delivery *delivery)
{
    uint64_t self = nd_thread_self();

    for (const nd_dispatcher *at = nd->deliveries.dispatchers; at; at = at->next)
        if (at->thread != self && (!delivery || at->delivery == delivery))
            return true;
    return false;
}

static bool is_dispatching(const netdisc *nd)
{
    uint64_t self = nd_thread_self();

    for (const nd_dispatcher *at = nd->deliveries.dispatchers; at; at = at->next)
        if (at->thread == self)
            return true;
    return false;
}

void nd_delivery_wait(netdisc *nd, const nd_delivery *delivery)
{
    nd_todo todo;

    nd_lock(nd, &todo);
    /* Two callbacks must not wait for each other. */
    while (!(delivery && is_dispatching(nd)) && delivered_elsewhere(nd, delivery))
        nd_cond_wait(&nd->deliveries.delivered, &nd->lock, ND_NEVER);
    nd_unlock(nd, &todo);
}

netdisc_status netdisc_pollable(netdisc *nd, intptr_t *out)
{
    if (!out)
        return NETDISC_ERROR_INVALID_PARAMETER;
    *out = ND_WAKEUP_NONE;

    netdisc_status status = nd_check(nd);

    if (status)
        return status;

    nd_delivery_queue *queue = &nd->deliveries;
    nd_todo todo;

    nd_lock(nd, &todo);
    if (queue->wakeup == ND_WAKEUP_NONE) {
        status = nd_wakeup_open(&queue->wakeup);
        if (!status && queue->first)
            nd_wakeup_set(queue->wakeup);
    }
    *out = queue->wakeup;
    nd_unlock(nd, &todo);
    return status;
}

/* Locked. Waits until something is queued, the context is closed, or `until`. */
static void wait_for_delivery(netdisc *nd, int64_t until)
{
    nd->deliveries.waiting++;
    while (!nd->deliveries.first && !nd->closing && nd_now() < until)
        nd_cond_wait(&nd->deliveries.filled, &nd->lock, until);
    nd->deliveries.waiting--;
}

netdisc_status netdisc_dispatch(netdisc *nd, int timeout_ms)
{
    netdisc_status status = nd_check(nd);

    if (status)
        return status;
    if (timeout_ms < -1)
        return NETDISC_ERROR_INVALID_PARAMETER;

    int64_t until = timeout_ms < 0 ? ND_NEVER : nd_now() + (int64_t)timeout_ms * ND_NS_PER_MS;
    bool closed;
    bool any;
    nd_todo todo;

    nd_lock(nd, &todo);
    nd->refs++;
    do {
        wait_for_delivery(nd, until);
        nd_unlock(nd, &todo);
        any = nd_delivery_run(nd); /* another thread may have been quicker */
        nd_lock(nd, &todo);
        closed = nd->closing;
    } while (!any && !closed && nd_now() < until);
    nd->refs--;
    nd_unlock(nd, &todo);

    if (closed)
        return NETDISC_ERROR_INVALID_HANDLE;
    return any ? NETDISC_NO_ERROR : NETDISC_WAIT_TIMEOUT;
}
