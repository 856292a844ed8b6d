/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "router.h"

/* ---- Asking --------------------------------------------------------------------------------- */

bool nd_serves_kind(const netdisc_op *op, const nd_instance *instance)
{
    return (instance->kinds & op->verb->kind) != 0;
}

bool nd_owns_chosen(const netdisc_op *op, const nd_instance *instance)
{
    for (size_t i = 0; i < netdisc_list_count(op->chosen); i++)
        if (nd_item_is_of(nd_list_item(op->chosen, i), instance->name))
            return true;
    return false;
}

static bool has_dialog(const netdisc_op *op, const nd_instance *instance)
{
    return op->request.window && op->verb->plan == ND_PLAN_END && instance->provider &&
           instance->provider->slots[ND_SHARE_DIALOG];
}

/* False: no memory. */
static bool make_calls(netdisc_op *op, nd_slot slot, nd_chooser takes_part)
{
    netdisc *nd = op->nd;
    netdisc_list *items = op->phase == ND_PHASE_FIND || op->phase == ND_PHASE_GATHER ? NULL : op->chosen;

    op->calls = nd_alloc(nd->instance_count, sizeof *op->calls);
    if (!op->calls)
        return false;
    for (size_t i = 0; i < nd->instance_count; i++) {
        nd_instance *instance = nd->instances[i];

        if (!takes_part(op, instance))
            continue;

        bool dialog = slot == ND_SHARE_CANCEL && has_dialog(op, instance);
        nd_asked *asked = nd_asked_new(op, instance, dialog ? ND_SHARE_DIALOG : slot, items);

        if (!asked)
            return false;
        op->calls[op->call_count++] = asked;
        /* The system's dialog waits for the user, and tells what failed. */
        if (dialog) {
            nd_op_stop_clock(op);
            op->prompt = NULL;
        }
    }
    return true;
}

/* The share of the time that one of several providers has; all of it when there is one. Who holds a share
 * is only looked up for the message, so that gets less. */
static int64_t share_of_time(const netdisc_op *op)
{
    int64_t now = nd_now();

    if (op->phase == ND_PHASE_HOLDERS) {
        int64_t most = now + (int64_t)ND_HOLDERS_MS * ND_NS_PER_MS;
        int64_t half = op->deadline == ND_NEVER ? most : now + (op->deadline - now) / 2;

        return half < most ? half : most;
    }
    /* The clock stands for a dialog, not for those that are asked beside it. */
    if (op->clock_stands)
        return op->time_left == ND_NEVER ? ND_NEVER : now + op->time_left;

    /* netdisc_backends() tells of one that does not answer: it must come back before the deadline. */
    int64_t shares = (int64_t)op->call_count + (op->verb->plan == ND_PLAN_PROBE);

    if (op->deadline == ND_NEVER || shares < 2)
        return ND_NEVER;
    return now + (op->deadline - now) / shares;
}

void nd_begin_phase(netdisc_op *op, nd_phase phase, nd_slot slot, nd_chooser takes_part, nd_todo *todo)
{
    nd_op_drop_calls(op, todo);
    op->phase = phase;
    op->phase_until = ND_NEVER;
    if (!make_calls(op, slot, takes_part)) {
        nd_op_complete(op, nd_error_no_memory(), todo);
        return;
    }
    op->phase_until = share_of_time(op);

    /* Whoever answers at once must not end the phase before all are asked. */
    op->stepping = true;
    for (size_t i = 0; i < op->call_count; i++)
        nd_instance_ask(op->calls[i]->instance, op->calls[i], todo);
    op->stepping = false;
    nd_op_rearm(op);
    nd_router_step(op, todo);
}

/* ---- Until it is over ----------------------------------------------------------------------- */

/* The owner of a local name is known as soon as those before it have answered. Only what is up decides;
 * what is remembered may be up elsewhere. */
static bool owner_is_known(const netdisc_op *op)
{
    if (!nd_names_local(op) || nd_forgets(op) || op->verb->plan == ND_PLAN_ADD)
        return false;
    for (size_t i = 0; i < op->call_count && op->calls[i]->state != ND_PENDING; i++)
        if (!op->calls[i]->error && nd_list_first_up(op->calls[i]->answer))
            return true;
    return false;
}

static bool phase_is_over(const netdisc_op *op)
{
    if (op->phase == ND_PHASE_FIND && owner_is_known(op))
        return true;
    for (size_t i = 0; i < op->call_count; i++)
        if (op->calls[i]->state == ND_PENDING)
            return false;
    return true;
}

void nd_router_step(netdisc_op *op, nd_todo *todo)
{
    if (op->done || op->stepping || op->phase == ND_PHASE_IDLE || op->phase == ND_PHASE_ASKING ||
        !phase_is_over(op))
        return;

    netdisc_error *error = nd_want_of_memory(op);

    if (error)
        nd_op_complete(op, error, todo);
    else
        nd_router_go_on(op, todo);
}

void nd_router_expire(netdisc_op *op, nd_todo *todo)
{
    op->phase_until = ND_NEVER;
    op->stepping = true;
    for (size_t i = 0; i < op->call_count; i++) {
        nd_asked *asked = op->calls[i];

        if (asked->state == ND_PENDING && asked->call.slot != ND_SHARE_DIALOG)
            nd_asked_expire(asked,
                            nd_error_about(asked->instance->name, NETDISC_ERROR_TIMEOUT,
                                           "%s did not answer in its share of the time",
                                           asked->instance->name),
                            todo);
    }
    op->stepping = false;
    nd_router_step(op, todo);
}

void nd_router_timeout(netdisc_op *op, nd_todo *todo)
{
    if (op->phase == ND_PHASE_HOLDERS) {
        nd_router_expire(op, todo);
        return;
    }

    char why[64];

    snprintf(why, sizeof why, "the time of %d ms is over", op->timeout_ms);
    nd_op_complete(op, nd_op_gave_up(op, NETDISC_ERROR_TIMEOUT, why), todo);
}

netdisc_error *nd_op_gave_up(const netdisc_op *op, netdisc_status status, const char *why)
{
    nd_text text = {0};
    bool any = false;

    nd_text_add(&text, "%s", why);
    for (size_t i = 0; i < op->call_count; i++) {
        const nd_asked *asked = op->calls[i];

        if (asked->state != ND_PENDING)
            continue;
        nd_text_add(&text, "%s%s", any ? ", " : "; no answer yet from ", asked->instance->name);
        if (asked->note)
            nd_text_add(&text, " (%s)", asked->note);
        any = true;
    }
    if (op->note)
        nd_text_add(&text, "; %s", op->note);
    if (op->phase == ND_PHASE_CHECK)
        nd_text_add(&text, "; success was reported, but the end was not seen");
    return nd_error_of_text(status, &text);
}
