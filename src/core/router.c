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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

/* ---- Small questions ------------------------------------------------------------------------ */

static bool ran_out_of_memory(const netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (op->calls[i]->error && op->calls[i]->error->status == NETDISC_ERROR_NOT_ENOUGH_MEMORY)
            return true;
    return false;
}

/* The provider is not there at all: by its own word, or the core's. */
static bool is_absent(const nd_asked *asked)
{
    return asked->error && asked->error->status == NETDISC_ERROR_NOT_SUPPORTED && !asked->translated;
}

/* It could tell, and has nothing of the name. */
static bool knows_nothing(const nd_asked *asked)
{
    return asked->error && (asked->error->status == NETDISC_ERROR_NOT_FOUND ||
                            asked->error->status == NETDISC_ERROR_NOT_CONNECTED);
}

static bool names_local(const netdisc_op *op)
{
    return op->request.target.form == ND_FORM_LETTER || op->request.target.form == ND_FORM_MOUNT;
}

/* Forgetting is for local names only. */
static bool forgets(const netdisc_op *op)
{
    return (op->flags & NETDISC_UPDATE_PROFILE) && names_local(op);
}

static netdisc_error *take_error(nd_asked *asked)
{
    netdisc_error *error = asked->error;

    asked->error = NULL;
    return error;
}

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
    case NETDISC_SHARE:
        return "shares";
    case NETDISC_WLAN:
        return "WLAN interfaces";
    case NETDISC_CONNECTION:
        return "named connections";
    default:
        return "this";
    }
}

/* The message of `text`, or of want of memory. */
static netdisc_error *error_of_text(netdisc_status status, nd_text *text)
{
    char *message = nd_text_take(text);

    if (!message)
        return nd_error_no_memory();

    netdisc_error *error = nd_error_say(status, "%s", message);

    free(message);
    return error;
}

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

/* ---- Phases --------------------------------------------------------------------------------- */

typedef bool (*chooser)(const netdisc_op *op, const nd_instance *instance);

static bool serves_kind(const netdisc_op *op, const nd_instance *instance)
{
    return (instance->kinds & op->verb->kind) != 0;
}

static bool owns_chosen(const netdisc_op *op, const nd_instance *instance)
{
    for (size_t i = 0; i < netdisc_list_count(op->chosen); i++)
        if (strcmp(nd_item_provider(nd_list_item(op->chosen, i)), instance->name) == 0)
            return true;
    return false;
}

static bool is_next_adder(const netdisc_op *op, const nd_instance *instance)
{
    return instance == op->nd->instances[op->next_adder];
}

static bool has_dialog(const netdisc_op *op, const nd_instance *instance)
{
    return op->request.window && op->verb->plan == ND_PLAN_END && instance->provider &&
           instance->provider->slots[ND_SHARE_DIALOG];
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
    if (op->deadline == ND_NEVER || op->call_count < 2)
        return ND_NEVER;
    return now + (op->deadline - now) / (int64_t)op->call_count;
}

/* False: no memory. */
static bool make_calls(netdisc_op *op, nd_slot slot, chooser takes_part)
{
    netdisc *nd = op->nd;
    netdisc_list *items = op->phase == ND_PHASE_ACT || op->phase == ND_PHASE_HOLDERS ? op->chosen : NULL;

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
        /* The system's dialog waits for the user; no deadline holds for a person. */
        if (dialog) {
            op->deadline = ND_NEVER;
            op->prompt = NULL;
        }
    }
    return true;
}

static void begin_phase(netdisc_op *op, nd_phase phase, nd_slot slot, chooser takes_part, nd_todo *todo)
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

/* ---- Finding -------------------------------------------------------------------------------- */

/* Every provider that is there said why it cannot; none said anything else. */
static netdisc_error *nobody_is_there(const netdisc_op *op)
{
    nd_text text = {0};

    nd_text_add(&text, "no provider for %s", kind_name(op->verb->kind));
    for (size_t i = 0; i < op->call_count; i++)
        if (i == 0 || strcmp(op->calls[i]->error->message, op->calls[i - 1]->error->message) != 0)
            nd_text_add(&text, "%s%s", i ? "; " : ": ", op->calls[i]->error->message);
    if (op->call_count == 0)
        nd_text_add(&text, " in this build or selection");
    return error_of_text(NETDISC_ERROR_NOT_SUPPORTED, &text);
}

/* The first failure of a provider that is there and could not tell. */
static netdisc_error *first_failure(netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++) {
        nd_asked *asked = op->calls[i];

        if (asked->error && !is_absent(asked) && !knows_nothing(asked))
            return take_error(asked);
    }
    return NULL;
}

static bool all_absent(const netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (!is_absent(op->calls[i]))
            return false;
    return true;
}

/* The words of a provider that knows the name, but for something else. */
static netdisc_error *provider_explanation(netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (knows_nothing(op->calls[i]))
            return take_error(op->calls[i]);
    return NULL;
}

static netdisc_error *no_such_thing(netdisc_op *op)
{
    if (op->verb->kind == NETDISC_SHARE)
        return nd_error_say(NETDISC_ERROR_NOT_CONNECTED, "\"%s\" is not connected", op->given_name);

    netdisc_error *error = provider_explanation(op);

    if (error)
        return error;
    if (op->request.target.form == ND_FORM_ONLY)
        return nd_error_say(NETDISC_ERROR_NOT_FOUND, "there is no WLAN interface");
    return nd_error_say(NETDISC_ERROR_NOT_FOUND, "there is no %s \"%s\"",
                        op->verb->kind == NETDISC_WLAN ? "WLAN interface" : "connection",
                        op->given_name);
}

/* Nothing of the name was found. NULL: that is what was wanted. */
static netdisc_error *nothing_found(netdisc_op *op)
{
    netdisc_error *error = first_failure(op);

    if (error)
        return error;
    if (all_absent(op))
        return nobody_is_there(op);
    if (op->verb->kind == NETDISC_SHARE && (op->flags & NETDISC_IF_CONNECTED))
        return NULL;
    return no_such_thing(op);
}

/* All items found, in the order of precedence; of a local name only its owner's. NULL: no memory. */
static netdisc_list *collect(netdisc_op *op)
{
    netdisc_list *found = nd_list_new(op->verb->sort);

    for (size_t i = 0; found && i < op->call_count; i++) {
        netdisc_list *answer = op->calls[i]->answer;

        if (op->calls[i]->error || !answer)
            continue;
        if (!nd_list_move(found, answer)) {
            netdisc_list_free(found);
            return NULL;
        }
        if (names_local(op) && netdisc_list_count(found) > 0)
            break;
    }
    return found;
}

static bool same_thing(const nd_item *a, const nd_item *b)
{
    return strcmp(nd_item_uuid(a), nd_item_uuid(b)) == 0;
}

/* Whether an item that counts (`up_only`: is up) is of another thing than `item`. */
static bool has_other(const netdisc_list *found, const nd_item *item, bool up_only)
{
    for (size_t i = 0; i < netdisc_list_count(found); i++) {
        const nd_item *other = nd_list_item(found, i);

        if ((!up_only || nd_item_is_up(other)) && !same_thing(item, other))
            return true;
    }
    return false;
}

static const nd_item *first_up(const netdisc_list *found)
{
    for (size_t i = 0; i < netdisc_list_count(found); i++)
        if (nd_item_is_up(nd_list_item(found, i)))
            return nd_list_item(found, i);
    return NULL;
}

static netdisc_error *ambiguous(const netdisc_op *op, const netdisc_list *found)
{
    nd_text text = {0};

    if (op->request.target.form == ND_FORM_ONLY)
        nd_text_add(&text, "there are several WLAN interfaces:");
    else
        nd_text_add(&text, "several are named \"%s\":", op->given_name);
    for (size_t i = 0; i < netdisc_list_count(found); i++) {
        const nd_item *item = nd_list_item(found, i);

        nd_text_add(&text, "%s %s (%s, %s)", i ? "," : "", nd_item_uuid(item), nd_item_title(item),
                    netdisc_state_name(nd_item_state(item)));
    }
    return error_of_text(NETDISC_ERROR_DUP_NAME, &text);
}

/* Which thing is meant: `*meant` NULL stands for all that was found. */
static netdisc_error *single_out(const netdisc_op *op, const netdisc_list *found, const nd_item **meant)
{
    const nd_item *item = nd_list_item(found, 0);

    *meant = NULL;
    if (op->verb->kind == NETDISC_SHARE || !has_other(found, item, false))
        return NULL;

    const nd_item *up = first_up(found);

    if (op->request.target.form == ND_FORM_ONLY || !up || has_other(found, up, true))
        return ambiguous(op, found);
    *meant = up;
    return NULL;
}

/* A remote name ends only what has no local name, unless told otherwise. */
static bool is_spared(const netdisc_op *op, const nd_item *item)
{
    return op->verb->plan == ND_PLAN_END && op->verb->kind == NETDISC_SHARE && !names_local(op) &&
           !(op->flags & NETDISC_ALL) && item->as.share.local;
}

static bool is_acted_on(const netdisc_op *op, const nd_item *item)
{
    if (op->verb->plan == ND_PLAN_START || op->verb->plan == ND_PLAN_FIND)
        return true;
    return !is_spared(op, item) &&
           (nd_item_is_up(item) || (forgets(op) && op->verb->plan == ND_PLAN_END));
}

/* Things of the name were found, but none that the verb acts on. NULL: that is what was wanted. */
static netdisc_error *nothing_up(const netdisc_op *op, const netdisc_list *found)
{
    const nd_item *first = nd_list_item(found, 0);

    if (op->flags & NETDISC_IF_CONNECTED)
        return NULL;
    if (is_spared(op, first) && nd_item_is_up(first))
        return nd_error_say(
            NETDISC_ERROR_NOT_CONNECTED,
            "\"%s\" is connected only as %s; a remote name ends connections without a local "
            "name (NETDISC_ALL takes them all)",
            op->given_name, first->as.share.local);
    if (nd_item_state(first) == NETDISC_STATE_REMEMBERED)
        return nd_error_say(NETDISC_ERROR_NOT_CONNECTED, "\"%s\" is not connected, only remembered",
                            op->given_name);
    return nd_error_say(NETDISC_ERROR_NOT_CONNECTED, "\"%s\" is not connected", op->given_name);
}

/* Takes what the verb acts on from `found` to op->chosen. */
static netdisc_error *choose_from(netdisc_op *op, netdisc_list *found, bool *nothing_to_do)
{
    const nd_item *meant = NULL;
    netdisc_error *error = single_out(op, found, &meant);

    if (error)
        return error;

    netdisc_list_free(op->chosen);
    op->chosen = nd_list_new(nd_list_item(found, 0)->sort);
    if (!op->chosen)
        return nd_error_no_memory();

    bool any = false;

    for (size_t i = 0; i < netdisc_list_count(found); i++) {
        const nd_item *item = nd_list_item(found, i);

        if ((meant && !same_thing(meant, item)) || !is_acted_on(op, item))
            continue;
        if (!nd_list_add(op->chosen, item, nd_item_provider(item)))
            return nd_error_no_memory();
        any = true;
    }
    *nothing_to_do = !any;
    return any ? NULL : nothing_up(op, found);
}

/* Decides what the verb acts on. `*nothing_to_do` without an error: it is as it should be. */
static netdisc_error *choose(netdisc_op *op, bool *nothing_to_do)
{
    netdisc_list *found = collect(op);
    netdisc_error *error;

    *nothing_to_do = false;
    if (!found)
        return nd_error_no_memory();
    if (netdisc_list_count(found) == 0) {
        *nothing_to_do = true;
        error = nothing_found(op);
    } else {
        error = choose_from(op, found, nothing_to_do);
    }
    netdisc_list_free(found);
    return error;
}

/* ---- What follows finding ------------------------------------------------------------------- */

static void begin_act(netdisc_op *op, nd_todo *todo)
{
    begin_phase(op, ND_PHASE_ACT, op->verb->act, owns_chosen, todo);
}

/* The first provider from `op->next_adder` on that may be asked to add. */
static void begin_add(netdisc_op *op, nd_todo *todo)
{
    netdisc *nd = op->nd;

    for (; op->next_adder < nd->instance_count; op->next_adder++) {
        const nd_instance *instance = nd->instances[op->next_adder];

        if (serves_kind(op, instance) &&
            (!op->share.provider || strcmp(op->share.provider, instance->name) == 0)) {
            begin_phase(op, ND_PHASE_ACT, op->verb->act, is_next_adder, todo);
            return;
        }
    }
    if (!op->pending)
        op->pending = nobody_is_there(op);

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
    netdisc_list *found = collect(op);
    netdisc_error *error = NULL;

    if (!found)
        error = nd_error_no_memory();
    for (size_t i = 0; !error && i < netdisc_list_count(found); i++)
        error = name_is_taken(op, nd_list_item(found, i));
    netdisc_list_free(found);
    if (error)
        nd_op_complete(op, error, todo);
    else
        begin_add(op, todo);
}

static void resolved(netdisc_op *op, nd_todo *todo)
{
    const nd_item *item = nd_list_item(op->chosen, 0);
    netdisc_state state = nd_item_state(item);

    if (state == NETDISC_STATE_REMEMBERED)
        nd_op_complete(op,
                       nd_error_say(NETDISC_ERROR_CONNECTION_UNAVAIL,
                                    "\"%s\" stands for %s, but is not connected now", op->given_name,
                                    item->as.share.remote),
                       todo);
    else if (state == NETDISC_STATE_DISCONNECTED)
        nd_op_complete(op, nothing_up(op, op->chosen), todo);
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

    netdisc_error *error = choose(op, &nothing_to_do);

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
            return take_error(asked);
        any_done = any_done || !asked->error;
    }
    if (any_done || (op->flags & NETDISC_IF_CONNECTED) || op->call_count == 0)
        return NULL;
    return take_error(op->calls[0]);
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
    return owns_chosen(op, instance) && instance->provider &&
           instance->provider->slots[ND_SHARE_HOLDERS];
}

static void end_failed(netdisc_op *op, netdisc_error *error, nd_todo *todo)
{
    op->pending = error;
    if (!nd_is_in_use(error->status) || error->holders || op->verb->kind != NETDISC_SHARE) {
        refused(op, todo);
        return;
    }
    begin_phase(op, ND_PHASE_HOLDERS, ND_SHARE_HOLDERS, can_name_holders, todo);
}

static void ended(netdisc_op *op, nd_todo *todo)
{
    netdisc_error *error = outcome(op);

    if (error) {
        end_failed(op, error, todo);
    } else if (op->flags & NETDISC_NO_WAIT) {
        complete_with_list(op, nd_list_ref(op->chosen), todo);
    } else {
        keep_note(op);
        begin_phase(op, ND_PHASE_CHECK, op->verb->find, owns_chosen, todo);
    }
}

static netdisc_list *take_answer_list(netdisc_op *op)
{
    netdisc_list *list = NULL;

    if (op->call_count == 1 && op->calls[0]->answer) {
        list = op->calls[0]->answer;
        op->calls[0]->answer = NULL;
    }
    return list;
}

static void added(netdisc_op *op, nd_todo *todo)
{
    nd_asked *asked = op->calls[0];

    if (!asked->error) {
        complete_with_list(op, take_answer_list(op), todo);
    } else if (is_absent(asked)) {
        netdisc_error_free(op->pending);
        op->pending = take_error(asked);
        op->next_adder++;
        begin_add(op, todo);
    } else {
        nd_op_complete(op, take_error(asked), todo);
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
        complete_with_list(op, take_answer_list(op), todo);
}

/* ---- Seeing that it is gone ----------------------------------------------------------------- */

static bool was_acted_on(const netdisc_op *op, const nd_item *item)
{
    for (size_t i = 0; i < netdisc_list_count(op->chosen); i++) {
        const nd_item *chosen = nd_list_item(op->chosen, i);

        if (strcmp(nd_item_provider(chosen), nd_item_provider(item)) == 0 &&
            strcmp(chosen->key, item->key) == 0)
            return true;
    }
    return false;
}

static netdisc_error *still_there(const netdisc_op *op, const nd_asked *asked)
{
    for (size_t i = 0; i < netdisc_list_count(asked->answer); i++) {
        const nd_item *item = nd_list_item(asked->answer, i);

        if (was_acted_on(op, item) && (nd_item_is_up(item) || forgets(op)))
            return nd_error_say(
                NETDISC_ERROR_BUSY, "the provider %s reported success, but %s is still %s",
                asked->instance->name, nd_item_title(item), netdisc_state_name(nd_item_state(item)));
    }
    return NULL;
}

static void checked(netdisc_op *op, nd_todo *todo)
{
    netdisc_error *error = NULL;

    for (size_t i = 0; i < op->call_count && !error; i++) {
        nd_asked *asked = op->calls[i];

        if (!asked->error)
            error = still_there(op, asked);
        else if (!knows_nothing(asked))
            error =
                nd_error_reword(nd_error_copy(asked->error), asked->error->status,
                                "%s reported success, but whether \"%s\" is gone could not be seen: %s",
                                asked->instance->name, op->given_name, asked->error->message);
    }
    if (error)
        nd_op_complete(op, error, todo);
    else
        complete_with_list(op, nd_list_ref(op->chosen), todo);
}

static void holders_named(netdisc_op *op, nd_todo *todo)
{
    for (size_t i = 0; i < op->call_count && !op->pending->holders; i++) {
        nd_asked *asked = op->calls[i];

        if (asked->error || netdisc_list_count(asked->answer) == 0 ||
            op->pending == nd_error_no_memory())
            continue;
        op->pending->holders = asked->answer;
        asked->answer = NULL;
    }
    refused(op, todo);
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static netdisc_error *merge(netdisc_op *op, netdisc_list *list)
{
    for (size_t i = 0; i < op->call_count; i++) {
        nd_asked *asked = op->calls[i];
        bool there = true;

        if (asked->error)
            there = is_absent(asked) || nd_list_add_failure(list, take_error(asked));
        else if (asked->answer)
            there = nd_list_move(list, asked->answer);
        if (!there)
            return nd_error_no_memory();
    }
    if (op->verb->sort == ND_SORT_CONNECTION && !nd_list_put_active_first(list))
        return nd_error_no_memory();
    return NULL;
}

static netdisc_error *add_backend(netdisc_list *list, const nd_asked *asked)
{
    const nd_instance *instance = asked->instance;
    nd_item item = {
        .sort = ND_SORT_BACKEND,
        .as.backend =
            {
                .module = instance->module,
                .kinds = nd_instance_kinds(instance),
                .status = asked->error ? asked->error->status : NETDISC_NO_ERROR,
                .reason = asked->error ? asked->error->message : NULL,
            },
    };

    return nd_list_add(list, &item, instance->name) ? NULL : nd_error_no_memory();
}

static netdisc_error *describe(netdisc_op *op, netdisc_list *list)
{
    netdisc_error *error = NULL;

    for (size_t i = 0; i < op->call_count && !error; i++)
        error = add_backend(list, op->calls[i]);
    return error;
}

static bool any_succeeded(const netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (!op->calls[i]->error)
            return true;
    return false;
}

static void gathered(netdisc_op *op, nd_todo *todo)
{
    bool probe = op->verb->plan == ND_PLAN_PROBE;

    if (!probe && all_absent(op)) {
        nd_op_complete(op, nobody_is_there(op), todo);
        return;
    }
    if (!probe && !any_succeeded(op)) {
        netdisc_error *failure = first_failure(op);

        nd_op_complete(op, failure ? failure : provider_explanation(op), todo);
        return;
    }

    netdisc_list *list = nd_list_new(op->verb->sort);
    netdisc_error *error = nd_error_no_memory();

    if (list)
        error = probe ? describe(op, list) : merge(op, list);
    if (!error) {
        complete_with_list(op, list, todo);
        return;
    }
    netdisc_list_free(list);
    nd_op_complete(op, error, todo);
}

/* ---- Stepping ------------------------------------------------------------------------------- */

/* The owner of a local name is known as soon as those before it have answered. */
static bool owner_is_known(const netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count && op->calls[i]->state != ND_PENDING; i++)
        if (!op->calls[i]->error && netdisc_list_count(op->calls[i]->answer) > 0)
            return true;
    return false;
}

static bool phase_is_over(const netdisc_op *op)
{
    if (op->phase == ND_PHASE_FIND && names_local(op) && owner_is_known(op))
        return true;
    for (size_t i = 0; i < op->call_count; i++)
        if (op->calls[i]->state == ND_PENDING)
            return false;
    return true;
}

static void (*const next_phase[])(netdisc_op *op, nd_todo *todo) = {
    [ND_PHASE_GATHER] = gathered,
    [ND_PHASE_FIND] = found,
    [ND_PHASE_ACT] = acted,
    [ND_PHASE_CHECK] = checked,
    [ND_PHASE_HOLDERS] = holders_named,
};

void nd_router_step(netdisc_op *op, nd_todo *todo)
{
    if (op->done || op->stepping || op->phase == ND_PHASE_IDLE || op->phase == ND_PHASE_ASKING ||
        !phase_is_over(op))
        return;
    if (ran_out_of_memory(op)) {
        nd_op_complete(op, nd_error_no_memory(), todo);
        return;
    }
    next_phase[op->phase](op, todo);
}

void nd_router_begin(netdisc_op *op, nd_todo *todo)
{
    switch (op->verb->plan) {
    case ND_PLAN_LIST:
    case ND_PLAN_PROBE:
        begin_phase(op, ND_PHASE_GATHER, op->verb->act, serves_kind, todo);
        break;
    case ND_PLAN_ADD:
        if (op->request.target.form == ND_FORM_NONE) {
            begin_add(op, todo);
            break;
        }
        begin_phase(op, ND_PHASE_FIND, op->verb->find, serves_kind, todo);
        break;
    default:
        begin_phase(op, ND_PHASE_FIND, op->verb->find, serves_kind, todo);
    }
}

void nd_router_force(netdisc_op *op, nd_todo *todo)
{
    op->flags |= NETDISC_FORCE;
    nd_router_begin(op, todo);
}

/* ---- Time ----------------------------------------------------------------------------------- */

void nd_router_expire(netdisc_op *op, nd_todo *todo)
{
    op->phase_until = ND_NEVER;
    op->stepping = true;
    for (size_t i = 0; i < op->call_count; i++) {
        nd_asked *asked = op->calls[i];

        if (asked->state == ND_PENDING)
            nd_asked_expire(asked,
                            nd_error_say(NETDISC_ERROR_TIMEOUT,
                                         "%s did not answer in its share of the time",
                                         asked->instance->name),
                            todo);
    }
    op->stepping = false;
    nd_router_step(op, todo);
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
    return error_of_text(status, &text);
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
