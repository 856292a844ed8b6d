/* SPDX-License-Identifier: MIT */
/*
 * The router: which providers an operation asks, in which order, and what their answers amount to. A
 * plan is a walk through phases; each phase asks some instances at once and ends when enough of them
 * have answered, or their time has passed. Everything here is called with the lock held.
 *
 *   LIST, PROBE  GATHER
 *   FIND         FIND
 *   ASK, START   FIND, ACT
 *   ADD          FIND (is the local name free?), ACT with one provider after the other
 *   END          FIND, ACT, CHECK; on "in use": HOLDERS, and perhaps a question, then from the start
 *
 * Precedence is the order of nd->instances. A name's owner is the first provider that has it; a later
 * "not connected" never hides an earlier real failure.
 */
#include <string.h>

#include "router.h"

/* What the first provider with a remark has said, for netdisc_op_note(). */
static void keep_note(netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count && !op->note; i++) {
        op->note = op->calls[i]->note;
        op->calls[i]->note = NULL;
    }
}

static void complete_with_list(netdisc_op *op, netdisc_list *list, nd_todo *todo)
{
    keep_note(op);
    op->list = list;
    nd_op_complete(op, NULL, todo);
}

/* Success, with a list of what the providers gave. */
static void complete_filled(netdisc_op *op, netdisc_error *(*fill)(netdisc_op *op, netdisc_list *list),
                            nd_todo *todo)
{
    netdisc_list *list = nd_list_new(op->verb->sort);
    netdisc_error *error = list ? fill(op, list) : nd_error_no_memory();

    if (!error) {
        complete_with_list(op, list, todo);
        return;
    }
    netdisc_list_free(list);
    nd_op_complete(op, error, todo);
}

/* ---- What follows finding ------------------------------------------------------------------- */

static void begin_act(netdisc_op *op, nd_todo *todo)
{
    nd_begin_phase(op, ND_PHASE_ACT, op->verb->act, nd_owns_chosen, todo);
}

static bool is_next_adder(const netdisc_op *op, const nd_instance *instance)
{
    return instance == op->nd->instances[op->next_adder];
}

/* The first provider from `op->next_adder` on that may be asked to add. */
static void begin_add(netdisc_op *op, nd_todo *todo)
{
    netdisc *nd = op->nd;

    for (; op->next_adder < nd->instance_count; op->next_adder++) {
        const nd_instance *instance = nd->instances[op->next_adder];

        if (nd_serves_kind(op, instance) &&
            (!op->share.provider || strcmp(op->share.provider, instance->name) == 0)) {
            nd_begin_phase(op, ND_PHASE_ACT, op->verb->act, is_next_adder, todo);
            return;
        }
    }
    if (!op->pending)
        op->pending = nd_nobody_is_there(op);

    netdisc_error *error = op->pending;

    op->pending = NULL;
    nd_op_complete(op, error, todo);
}

/* Remembered for another share, it is not given to this one for good. */
static netdisc_error *name_is_remembered(const netdisc_op *op, const nd_item *item)
{
    nd_name remote;
    netdisc_status status = nd_parse_share(item->as.share.remote, &remote, NULL);

    if (status == NETDISC_ERROR_NOT_ENOUGH_MEMORY)
        return nd_error_no_memory();

    bool same = !status && nd_same_remote(&remote, &op->request.remote);

    nd_name_clear(&remote);
    if (same)
        return NULL;
    return nd_error_say(NETDISC_ERROR_DEVICE_ALREADY_REMEMBERED, "\"%s\" is remembered for %s (%s)",
                        op->given_name, item->as.share.remote, nd_item_provider(item));
}

/* Why the local name cannot be given to the share, or NULL. */
static netdisc_error *name_is_taken(const netdisc_op *op, const nd_item *item)
{
    if (nd_item_is_up(item))
        return nd_error_say(NETDISC_ERROR_ALREADY_ASSIGNED, "\"%s\" is in use for %s (%s)",
                            op->given_name, item->as.share.remote, nd_item_provider(item));
    return op->flags & NETDISC_UPDATE_PROFILE ? name_is_remembered(op, item) : NULL;
}

static void local_name_seen(netdisc_op *op, nd_todo *todo)
{
    netdisc_list *found = nd_collect(op);
    netdisc_error *error = found ? NULL : nd_error_no_memory();

    for (size_t i = 0; !error && i < netdisc_list_count(found); i++)
        error = name_is_taken(op, nd_list_item(found, i));
    netdisc_list_free(found);
    if (!error)
        error = nd_first_failure(op);
    if (error)
        nd_op_complete(op, error, todo);
    else
        begin_add(op, todo);
}

/* Why what was found for a local name is not to be used, or NULL. */
static netdisc_error *unusable(netdisc_op *op, const nd_item *item)
{
    if (nd_item_is_up(item))
        return NULL;

    netdisc_error *failure = nd_first_failure(op);

    if (failure)
        return failure;
    if (nd_item_state(item) == NETDISC_STATE_REMEMBERED)
        return nd_error_say(NETDISC_ERROR_CONNECTION_UNAVAIL,
                            "\"%s\" stands for %s, but is not connected now", op->given_name,
                            item->as.share.remote);
    return nd_nothing_up(op, op->chosen);
}

static void resolved(netdisc_op *op, nd_todo *todo)
{
    netdisc_error *error = unusable(op, nd_list_item(op->chosen, 0));

    if (error)
        nd_op_complete(op, error, todo);
    else
        complete_with_list(op, nd_list_ref(op->chosen), todo);
}

static void found(netdisc_op *op, nd_todo *todo)
{
    bool nothing_to_do = false;

    if (op->verb->plan == ND_PLAN_ADD) {
        local_name_seen(op, todo);
        return;
    }

    netdisc_error *error = nd_choose(op, &nothing_to_do);

    if (error)
        nd_op_complete(op, error, todo);
    else if (nothing_to_do)
        complete_with_list(op, NULL, todo);
    else if (op->verb->plan == ND_PLAN_FIND)
        resolved(op, todo);
    else
        begin_act(op, todo);
}

/* ---- Acting --------------------------------------------------------------------------------- */

/* The outcome of several: a real failure, else "gone already" if that is all there was, else NULL. */
static netdisc_error *outcome(netdisc_op *op)
{
    bool any_done = false;

    for (size_t i = 0; i < op->call_count; i++) {
        nd_asked *asked = op->calls[i];

        if (asked->error && asked->error->status != NETDISC_ERROR_NOT_CONNECTED)
            return nd_take_error(asked);
        any_done = any_done || !asked->error;
    }
    if (any_done || (op->flags & NETDISC_IF_CONNECTED) || op->call_count == 0)
        return NULL;
    return nd_take_error(op->calls[0]);
}

/* It is in use: the user is asked, if there is one to ask and force has not been tried. */
static void refused(netdisc_op *op, nd_todo *todo)
{
    netdisc_error *error = op->pending;

    if (nd_is_in_use(error->status) && op->prompt && !(op->flags & NETDISC_FORCE)) {
        nd_op_drop_calls(op, todo);
        nd_op_open_question(op);
        return;
    }
    op->pending = NULL;
    nd_op_complete(op, error, todo);
}

static bool can_name_holders(const netdisc_op *op, const nd_instance *instance)
{
    return nd_owns_chosen(op, instance) && instance->provider &&
           instance->provider->slots[ND_SHARE_HOLDERS];
}

static void end_failed(netdisc_op *op, netdisc_error *error, nd_todo *todo)
{
    op->pending = error;
    if (!nd_is_in_use(error->status) || error->holders || op->verb->kind != NETDISC_SHARE) {
        refused(op, todo);
        return;
    }
    nd_begin_phase(op, ND_PHASE_HOLDERS, ND_SHARE_HOLDERS, can_name_holders, todo);
}

/* All that was found is gone; but if somebody could not tell, that is no success. */
static void end_succeeded(netdisc_op *op, nd_todo *todo)
{
    netdisc_error *doubt = op->doubt;

    op->doubt = NULL;
    if (!doubt) {
        complete_with_list(op, nd_list_ref(op->chosen), todo);
        return;
    }

    doubt = nd_error_reword(doubt, doubt->status, "%s (what the other providers had was ended)",
                            doubt->message);
    nd_op_complete(op, doubt, todo);
}

static void ended(netdisc_op *op, nd_todo *todo)
{
    netdisc_error *error = outcome(op);

    nd_op_start_clock(op);
    if (error) {
        end_failed(op, error, todo);
    } else if (op->flags & NETDISC_NO_WAIT) {
        end_succeeded(op, todo);
    } else {
        keep_note(op);
        nd_begin_phase(op, ND_PHASE_CHECK, op->verb->find, nd_owns_chosen, todo);
    }
}

/* Why each provider that was asked does not make it: if none does, all of that is told. */
static void keep_refusal(netdisc_op *op, nd_asked *asked)
{
    netdisc_error *before = op->pending;

    if (before && strstr(before->message, asked->error->message))
        return;
    op->pending = nd_take_error(asked);
    if (before)
        op->pending = nd_error_reword(op->pending, NETDISC_ERROR_NOT_SUPPORTED, "%s; %s",
                                      before->message, op->pending->message);
    netdisc_error_free(before);
}

static void added(netdisc_op *op, nd_todo *todo)
{
    nd_asked *asked = op->calls[0];

    if (!asked->error) {
        complete_filled(op, nd_gather, todo);
    } else if (nd_is_absent(asked)) {
        keep_refusal(op, asked);
        op->next_adder++;
        begin_add(op, todo);
    } else {
        nd_op_complete(op, nd_take_error(asked), todo);
    }
}

static void acted(netdisc_op *op, nd_todo *todo)
{
    if (op->verb->plan == ND_PLAN_END) {
        ended(op, todo);
        return;
    }
    if (op->verb->plan == ND_PLAN_ADD) {
        added(op, todo);
        return;
    }

    netdisc_error *error = outcome(op);

    if (error)
        nd_op_complete(op, error, todo);
    else
        complete_filled(op, nd_gather, todo);
}

/* ---- Seeing that it is gone ----------------------------------------------------------------- */

static bool was_acted_on(const netdisc_op *op, const nd_item *item)
{
    for (size_t i = 0; i < netdisc_list_count(op->chosen); i++) {
        const nd_item *chosen = nd_list_item(op->chosen, i);

        if (nd_item_is_of(chosen, nd_item_provider(item)) && strcmp(chosen->key, item->key) == 0)
            return true;
    }
    return false;
}

static netdisc_error *still_there(const netdisc_op *op, const nd_asked *asked)
{
    for (size_t i = 0; i < netdisc_list_count(asked->answer); i++) {
        const nd_item *item = nd_list_item(asked->answer, i);

        if (was_acted_on(op, item) && (nd_item_is_up(item) || nd_forgets(op)))
            return nd_error_say(
                NETDISC_ERROR_BUSY, "the provider %s reported success, but %s is still %s",
                asked->instance->name, nd_item_title(item), netdisc_state_name(nd_item_state(item)));
    }
    return NULL;
}

/* The provider said success, and then could not say whether it is gone. */
static netdisc_error *unseen(const netdisc_op *op, nd_asked *asked)
{
    netdisc_error *error = nd_take_error(asked);

    return nd_error_reword(error, error->status,
                           "%s reported success, but whether \"%s\" is gone could not be seen: %s",
                           asked->instance->name, op->given_name, error->message);
}

static void checked(netdisc_op *op, nd_todo *todo)
{
    netdisc_error *error = NULL;

    for (size_t i = 0; i < op->call_count && !error; i++) {
        nd_asked *asked = op->calls[i];

        if (!asked->error)
            error = still_there(op, asked);
        else if (!nd_knows_nothing(asked))
            error = unseen(op, asked);
    }
    if (error)
        nd_op_complete(op, error, todo);
    else
        end_succeeded(op, todo);
}

static void holders_named(netdisc_op *op, nd_todo *todo)
{
    for (size_t i = 0; i < op->call_count && !op->pending->holders; i++) {
        nd_asked *asked = op->calls[i];

        if (asked->error || nd_list_says_nothing(asked->answer) || op->pending == nd_error_no_memory())
            continue;
        op->pending->holders = asked->answer;
        asked->answer = NULL;
    }
    refused(op, todo);
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static void gathered(netdisc_op *op, nd_todo *todo)
{
    bool probe = op->verb->plan == ND_PLAN_PROBE;

    if (!probe && nd_all_absent(op)) {
        nd_op_complete(op, nd_nobody_is_there(op), todo);
        return;
    }
    if (!probe && !nd_any_succeeded(op)) {
        netdisc_error *failure = nd_first_failure(op);

        nd_op_complete(op, failure ? failure : nd_provider_explanation(op), todo);
        return;
    }
    complete_filled(op, probe ? nd_describe : nd_merge, todo);
}

/* ---- Walking -------------------------------------------------------------------------------- */

static void (*const next_phase[])(netdisc_op *op, nd_todo *todo) = {
    [ND_PHASE_GATHER] = gathered,
    [ND_PHASE_FIND] = found,
    [ND_PHASE_ACT] = acted,
    [ND_PHASE_CHECK] = checked,
    [ND_PHASE_HOLDERS] = holders_named,
};

void nd_router_go_on(netdisc_op *op, nd_todo *todo)
{
    next_phase[op->phase](op, todo);
}

void nd_router_begin(netdisc_op *op, nd_todo *todo)
{
    switch (op->verb->plan) {
    case ND_PLAN_LIST:
    case ND_PLAN_PROBE:
        nd_begin_phase(op, ND_PHASE_GATHER, op->verb->act, nd_serves_kind, todo);
        break;
    case ND_PLAN_ADD:
        if (op->request.target.form == ND_FORM_NONE) {
            begin_add(op, todo);
            break;
        }
        nd_begin_phase(op, ND_PHASE_FIND, op->verb->find, nd_serves_kind, todo);
        break;
    default:
        nd_begin_phase(op, ND_PHASE_FIND, op->verb->find, nd_serves_kind, todo);
    }
}

void nd_router_force(netdisc_op *op, nd_todo *todo)
{
    op->flags |= NETDISC_FORCE;
    nd_router_begin(op, todo);
}
