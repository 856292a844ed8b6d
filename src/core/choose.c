/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "router.h"

bool nd_names_local(const netdisc_op *op)
{
    return op->request.target.form == ND_FORM_LETTER || op->request.target.form == ND_FORM_MOUNT;
}

bool nd_forgets(const netdisc_op *op)
{
    return (op->flags & NETDISC_UPDATE_PROFILE) && nd_names_local(op);
}

/* What would have known of more, had it been there. */
static void add_absent(const netdisc_op *op, nd_text *text)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (nd_is_absent(op->calls[i]))
            nd_text_add(text, "; %s", op->calls[i]->error->message);
}

static netdisc_error *no_such_thing(netdisc_op *op)
{
    if (op->verb->kind == NETDISC_SHARE)
        return nd_error_say(NETDISC_ERROR_NOT_CONNECTED, "\"%s\" is not connected", op->given_name);

    netdisc_error *error = nd_provider_explanation(op);
    nd_text text = {0};

    if (error)
        return error;
    if (op->request.target.form == ND_FORM_ONLY)
        nd_text_add(&text, "there is no WLAN interface");
    else
        nd_text_add(&text, "there is no %s \"%s\"",
                    op->verb->kind == NETDISC_WLAN ? "WLAN interface" : "connection", op->given_name);
    add_absent(op, &text);
    return nd_error_of_text(NETDISC_ERROR_NOT_FOUND, &text);
}

/* Nothing of the name was found. NULL: that is what was wanted. */
static netdisc_error *nothing_found(netdisc_op *op)
{
    netdisc_error *error = nd_first_failure(op);

    if (error)
        return error;
    if (nd_all_absent(op))
        return nd_nobody_is_there(op);
    if (op->verb->kind == NETDISC_SHARE && (op->flags & NETDISC_IF_CONNECTED))
        return NULL;
    return no_such_thing(op);
}

netdisc_list *nd_collect(netdisc_op *op)
{
    netdisc_list *found = nd_list_new(op->verb->sort);

    if (found && nd_gather(op, found)) {
        netdisc_list_free(found);
        return NULL;
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

/* What tells a thing from others of its name. */
static const char *whereabouts(const nd_item *item)
{
    return item->sort == ND_SORT_CONNECTION ? item->as.connection.device : nd_item_title(item);
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
        const char *where = whereabouts(item);

        nd_text_add(&text, "%s %s (%s%s%s)", i ? "," : "", nd_item_uuid(item), where ? where : "",
                    where ? ", " : "", netdisc_state_name(nd_item_state(item)));
    }
    return nd_error_of_text(NETDISC_ERROR_DUP_NAME, &text);
}

/* Which thing is meant: `*meant` NULL stands for all that was found. */
static netdisc_error *single_out(const netdisc_op *op, const netdisc_list *found, const nd_item **meant)
{
    const nd_item *item = nd_list_item(found, 0);

    *meant = NULL;
    if (op->verb->kind == NETDISC_SHARE || !has_other(found, item, false))
        return NULL;

    const nd_item *up = nd_list_first_up(found);
    bool ends = op->verb->plan == ND_PLAN_END && op->request.target.form != ND_FORM_ONLY;

    /* Whichever is meant, it is down already. */
    if (ends && !up && (op->flags & NETDISC_IF_CONNECTED))
        return NULL;
    if (!ends || !up || has_other(found, up, true))
        return ambiguous(op, found);
    *meant = up;
    return NULL;
}

/* A remote name ends only what has no local name, unless told otherwise. */
static bool is_spared(const netdisc_op *op, const nd_item *item)
{
    return op->verb->plan == ND_PLAN_END && op->verb->kind == NETDISC_SHARE && !nd_names_local(op) &&
           !(op->flags & NETDISC_ALL) && item->as.share.local;
}

/* A local name stands for what its owner has up; others may remember it. */
static bool is_acted_on(const netdisc_op *op, const nd_item *item, const nd_item *owned)
{
    bool up = nd_item_is_up(item);

    if (op->verb->plan == ND_PLAN_START)
        return nd_item_is_of(item, nd_item_provider(owned));
    if (op->verb->plan == ND_PLAN_FIND)
        return item == owned;
    if (is_spared(op, item))
        return false;
    if (!up)
        return nd_forgets(op) && op->verb->plan == ND_PLAN_END;
    return !nd_names_local(op) || nd_item_is_of(item, nd_item_provider(owned));
}

netdisc_error *nd_nothing_up(netdisc_op *op, const netdisc_list *found)
{
    const nd_item *first = nd_list_item(found, 0);
    const char *name = *op->given_name ? op->given_name : nd_item_title(first);
    netdisc_error *error = nd_first_failure(op);

    if (error)
        return error;
    if (op->flags & NETDISC_IF_CONNECTED)
        return NULL;
    if (is_spared(op, first) && nd_item_is_up(first))
        return nd_error_say(
            NETDISC_ERROR_NOT_CONNECTED,
            "\"%s\" is connected only as %s; a remote name ends connections without a local "
            "name (NETDISC_ALL takes them all)",
            name, first->as.share.local);
    if (nd_item_state(first) == NETDISC_STATE_REMEMBERED)
        return nd_error_say(NETDISC_ERROR_NOT_CONNECTED, "\"%s\" is not connected, only remembered",
                            name);
    return nd_error_say(NETDISC_ERROR_NOT_CONNECTED, "\"%s\" is not connected", name);
}

/* What the others have is ended, and then it is said that one could not tell. */
static void keep_doubt(netdisc_op *op)
{
    if (op->verb->plan == ND_PLAN_END && !nd_names_local(op) && !op->doubt)
        op->doubt = nd_first_failure(op);
}

/* Takes what the verb acts on from `found` to op->chosen. */
static netdisc_error *choose_from(netdisc_op *op, const netdisc_list *found, bool *nothing_to_do)
{
    const nd_item *meant = NULL;
    netdisc_error *error = single_out(op, found, &meant);

    if (error)
        return error;

    const nd_item *up = nd_list_first_up(found);
    const nd_item *owned = meant ? meant : up ? up : nd_list_item(found, 0);

    netdisc_list_free(op->chosen);
    op->chosen = nd_list_new(nd_list_item(found, 0)->sort);
    if (!op->chosen)
        return nd_error_no_memory();
    for (size_t i = 0; i < netdisc_list_count(found); i++) {
        const nd_item *item = nd_list_item(found, i);

        if ((meant && !same_thing(meant, item)) || !is_acted_on(op, item, owned))
            continue;
        if (!nd_list_add(op->chosen, item, nd_item_provider(item)))
            return nd_error_no_memory();
    }
    *nothing_to_do = netdisc_list_count(op->chosen) == 0;
    if (*nothing_to_do)
        return nd_nothing_up(op, found);
    keep_doubt(op);
    return NULL;
}

netdisc_error *nd_choose(netdisc_op *op, bool *nothing_to_do)
{
    netdisc_list *found = nd_collect(op);
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
