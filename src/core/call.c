/* SPDX-License-Identifier: MIT */
/* Calls to providers: their memory, their answers, and what the core does for a provider (nd_host). */
#include <limits.h>
#include <stdlib.h>

#include "core.h"

static nd_asked *asked_of(nd_call *call)
{
    return ND_CONTAINER(call, nd_asked, call);
}

/* The items of `from` that this instance owns. */
static bool choose_items(nd_asked *asked, netdisc_list *from)
{
    size_t count = netdisc_list_count(from);

    asked->acts_on = nd_alloc(count, sizeof *asked->acts_on);
    if (!asked->acts_on)
        return false;
    for (size_t i = 0; i < count; i++) {
        const nd_item *item = nd_list_item(from, i);

        if (nd_item_is_of(item, asked->instance->name))
            asked->acts_on[asked->call.item_count++] = item;
    }
    asked->call.items = asked->acts_on;
    asked->acts_on_list = nd_list_ref(from);
    return true;
}

nd_asked *nd_asked_new(netdisc_op *op, nd_instance *instance, nd_slot slot, netdisc_list *from)
{
    nd_asked *asked = nd_alloc(1, sizeof *asked);

    if (!asked)
        return NULL;
    asked->refs = 1;
    asked->instance = instance;
    asked->call.host = &instance->host;
    asked->call.request = &op->request;
    asked->call.slot = slot;
    asked->call.purpose = op->verb->act;
    asked->call.flags = op->flags;
    if (from && !choose_items(asked, from)) {
        free(asked);
        return NULL;
    }
    asked->op = op;
    op->asked++;
    nd_op_ref(op);
    return asked;
}

void nd_asked_ref(nd_asked *asked)
{
    asked->refs++;
}

void nd_asked_unref(nd_asked *asked)
{
    if (--asked->refs > 0)
        return;

    netdisc_op *op = asked->op;

    netdisc_list_free(asked->items);
    netdisc_list_free(asked->answer);
    netdisc_list_free(asked->acts_on_list);
    netdisc_error_free(asked->error);
    free(asked->note);
    free(asked->acts_on);
    free(asked);
    if (--op->asked == 0 && op->done)
        nd_forget_secrets(op);
    nd_op_unref(op);
}

void nd_asked_settle(nd_asked *asked, netdisc_error *error, netdisc_list *answer, nd_todo *todo)
{
    if (asked->state != ND_PENDING) {
        netdisc_error_free(error);
        netdisc_list_free(answer);
        todo->log = "a second or late answer of a provider was dropped";
        return;
    }
    asked->state = ND_ANSWERED;
    asked->error = error;
    asked->answer = answer;
    nd_router_step(asked->op, todo);
}

void nd_asked_expire(nd_asked *asked, netdisc_error *error, nd_todo *todo)
{
    if (asked->state != ND_PENDING) {
        netdisc_error_free(error);
        return;
    }
    asked->state = ND_EXPIRED;
    asked->error = error;
    nd_instance_forget(asked->instance, asked);
    if (asked->running && asked->instance->provider->abandon) {
        nd_asked_ref(asked);
        asked->next_abandon = todo->abandon;
        todo->abandon = asked;
    }
}

/* ---- What a provider calls ------------------------------------------------------------------ */

/* Locked. The failure of a call, as the operation will have it; takes the items. */
static netdisc_error *failure_of(nd_asked *asked, netdisc_status status, const nd_failure *why,
                                 netdisc_list *items)
{
    if (!nd_is_in_use(nd_failure_status(status, why)) || nd_list_says_nothing(items)) {
        netdisc_list_free(items);
        items = NULL;
    }

    netdisc_error *error = nd_error_from_failure(status, why, asked->instance->name, items);

    /* A bare code says of what it is about. */
    if ((!why || !why->message) && asked->op->given_name && *asked->op->given_name &&
        error != nd_error_no_memory())
        error = nd_error_reword(error, error->status, "\"%s\": %s", asked->op->given_name,
                                netdisc_status_text(error->status));
    return error;
}

static void finish(nd_call *call, netdisc_status status, const nd_failure *why)
{
    nd_asked *asked = asked_of(call);
    nd_todo todo;

    nd_lock(asked->instance->nd, &todo);
    nd_asked_ref(asked);

    netdisc_list *items = asked->items;

    asked->items = NULL;
    if (asked->no_memory) {
        netdisc_list_free(items);
        nd_asked_settle(asked, nd_error_no_memory(), NULL, &todo);
    } else if (status || (why && (why->status || why->native_domain))) {
        if (asked->state == ND_PENDING)
            asked->native = why && why->native_domain;
        nd_asked_settle(asked, failure_of(asked, status, why, items), NULL, &todo);
    } else {
        nd_asked_settle(asked, NULL, items, &todo);
    }

    netdisc *nd = asked->instance->nd;

    nd_asked_unref(asked);
    nd_unlock(nd, &todo);
}

/* What each slot finds, lists, makes, or (where it ends something) names as holders. */
static const nd_sort sorts[ND_SLOTS] = {
    [ND_PROBE] = ND_SORT_BACKEND,
    [ND_SHARE_LIST] = ND_SORT_SHARE,
    [ND_SHARE_FIND] = ND_SORT_SHARE,
    [ND_SHARE_ADD] = ND_SORT_SHARE,
    [ND_SHARE_CANCEL] = ND_SORT_HOLDER,
    [ND_SHARE_DIALOG] = ND_SORT_HOLDER,
    [ND_SHARE_HOLDERS] = ND_SORT_HOLDER,
    [ND_WLAN_LIST] = ND_SORT_WLAN,
    [ND_WLAN_FIND] = ND_SORT_WLAN,
    [ND_WLAN_CONNECT] = ND_SORT_WLAN,
    [ND_WLAN_DISCONNECT] = ND_SORT_HOLDER,
    [ND_CONNECTION_LIST] = ND_SORT_CONNECTION,
    [ND_CONNECTION_FIND] = ND_SORT_CONNECTION,
    [ND_CONNECTION_CONNECT] = ND_SORT_CONNECTION,
    [ND_CONNECTION_DISCONNECT] = ND_SORT_HOLDER,
};

/* NULL: no memory. */
static netdisc_list *items_of(nd_asked *asked)
{
    if (!asked->items)
        asked->items = nd_list_new(sorts[asked->call.slot]);
    return asked->items;
}

static void add(nd_call *call, const nd_item *item)
{
    nd_asked *asked = asked_of(call);

    if (sorts[call->slot] != item->sort) {
        nd_log(asked->instance->nd, NETDISC_LOG_WARNING, "%s gave an item that was not asked for",
               asked->instance->name);
        return;
    }
    if (!items_of(asked) || !nd_list_add(asked->items, item, asked->instance->name))
        asked->no_memory = true;
}

static void lacks(nd_call *call, netdisc_status status, const nd_failure *why)
{
    nd_asked *asked = asked_of(call);
    netdisc_error *failure = nd_error_from_failure(status, why, asked->instance->name, NULL);

    if (failure == nd_error_no_memory() || !items_of(asked) ||
        !nd_list_add_failure(asked->items, failure))
        asked->no_memory = true;
}

static void note(nd_call *call, const char *text)
{
    nd_asked *asked = asked_of(call);
    netdisc *nd = asked->instance->nd;
    char *copy = text ? nd_strdup(text) : NULL;
    nd_todo todo;

    if (text && !copy)
        return;
    nd_lock(nd, &todo);
    char *before = asked->note;
    asked->note = copy;
    nd_unlock(nd, &todo);
    free(before);
}

static void ref(nd_call *call)
{
    nd_asked *asked = asked_of(call);
    nd_todo todo;

    nd_lock(asked->instance->nd, &todo);
    nd_asked_ref(asked);
    nd_unlock(asked->instance->nd, &todo);
}

static void unref(nd_call *call)
{
    nd_asked *asked = asked_of(call);
    netdisc *nd = asked->instance->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    nd_asked_unref(asked);
    nd_unlock(nd, &todo);
}

static int remaining_ms(nd_call *call)
{
    nd_asked *asked = asked_of(call);
    nd_todo todo;

    nd_lock(asked->instance->nd, &todo);
    bool pending = asked->state == ND_PENDING;
    int64_t until = nd_op_next_tick(asked->op);
    nd_unlock(asked->instance->nd, &todo);

    if (!pending)
        return 0;
    if (until == ND_NEVER)
        return -1;

    int64_t left = (until - nd_now()) / ND_NS_PER_MS;

    if (left < 0)
        return 0;
    return left < INT_MAX ? (int)left : INT_MAX;
}

static bool abandoned(nd_call *call)
{
    nd_asked *asked = asked_of(call);
    nd_todo todo;

    nd_lock(asked->instance->nd, &todo);
    bool gone = asked->state != ND_PENDING;
    nd_unlock(asked->instance->nd, &todo);
    return gone;
}

static void log_for(const nd_host *host, netdisc_log_level level, const char *text)
{
    const nd_instance *instance = ND_CONTAINER(host, nd_instance, host);

    nd_log(instance->nd, level, "%s: %s", instance->name, text);
}

static netdisc_status parse_share(const char *text, nd_name *out)
{
    return nd_parse_share(text, out, NULL);
}

const nd_host_functions nd_host_table = {
    .finish = finish,
    .add = add,
    .lacks = lacks,
    .note = note,
    .ref = ref,
    .unref = unref,
    .remaining_ms = remaining_ms,
    .abandoned = abandoned,
    .emit = nd_watch_emit,
    .log = log_for,
    .parse_share = parse_share,
    .name_clear = nd_name_clear,
    .same_remote = nd_same_remote,
    .same_text = nd_same_text,
};
