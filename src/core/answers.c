/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "router.h"

netdisc_error *nd_want_of_memory(netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (op->calls[i]->error && op->calls[i]->error->status == NETDISC_ERROR_NOT_ENOUGH_MEMORY)
            return nd_take_error(op->calls[i]);
    return NULL;
}

bool nd_is_absent(const nd_asked *asked)
{
    return asked->error && asked->error->status == NETDISC_ERROR_NOT_SUPPORTED && !asked->native;
}

bool nd_knows_nothing(const nd_asked *asked)
{
    return asked->error && !asked->native &&
           (asked->error->status == NETDISC_ERROR_NOT_FOUND ||
            asked->error->status == NETDISC_ERROR_NOT_CONNECTED);
}

netdisc_error *nd_take_error(nd_asked *asked)
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

netdisc_error *nd_nobody_is_there(const netdisc_op *op)
{
    nd_text text = {0};

    nd_text_add(&text, "no provider for %s", kind_name(op->verb->kind));
    for (size_t i = 0; i < op->call_count; i++)
        if (i == 0 || strcmp(op->calls[i]->error->message, op->calls[i - 1]->error->message) != 0)
            nd_text_add(&text, "%s%s", i ? "; " : ": ", op->calls[i]->error->message);
    if (op->call_count == 0)
        nd_text_add(&text, " in this build or selection");
    return nd_error_of_text(NETDISC_ERROR_NOT_SUPPORTED, &text);
}

netdisc_error *nd_first_failure(netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++) {
        nd_asked *asked = op->calls[i];

        if (asked->error && !nd_is_absent(asked) && !nd_knows_nothing(asked))
            return nd_take_error(asked);
    }
    return NULL;
}

bool nd_all_absent(const netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (!nd_is_absent(op->calls[i]))
            return false;
    return true;
}

bool nd_any_succeeded(const netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (!op->calls[i]->error)
            return true;
    return false;
}

netdisc_error *nd_provider_explanation(netdisc_op *op)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (nd_knows_nothing(op->calls[i]))
            return nd_take_error(op->calls[i]);
    return NULL;
}

netdisc_error *nd_gather(netdisc_op *op, netdisc_list *list)
{
    for (size_t i = 0; i < op->call_count; i++)
        if (!op->calls[i]->error && op->calls[i]->answer && !nd_list_move(list, op->calls[i]->answer))
            return nd_error_no_memory();
    return NULL;
}

netdisc_error *nd_merge(netdisc_op *op, netdisc_list *list)
{
    netdisc_error *error = nd_gather(op, list);

    for (size_t i = 0; i < op->call_count && !error; i++) {
        nd_asked *asked = op->calls[i];

        if (asked->error && !nd_is_absent(asked) && !nd_list_add_failure(list, nd_take_error(asked)))
            error = nd_error_no_memory();
    }
    if (!error && op->verb->sort == ND_SORT_CONNECTION && !nd_list_put_active_first(list))
        error = nd_error_no_memory();
    return error;
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

netdisc_error *nd_describe(netdisc_op *op, netdisc_list *list)
{
    netdisc_error *error = NULL;

    for (size_t i = 0; i < op->call_count && !error; i++)
        error = add_backend(list, op->calls[i]);
    return error;
}
