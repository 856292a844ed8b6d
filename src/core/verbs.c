/* SPDX-License-Identifier: MIT */
/* The public verbs: each is a row, its synchronous form and its _start form. */
#include "op.h"

static const nd_verb share_list = {
    .plan = ND_PLAN_LIST,
    .kind = NETDISC_SHARE,
    .sort = ND_SORT_SHARE,
    .act = ND_SHARE_LIST,
    .take = nd_take_nothing,
};
static const nd_verb share_add = {
    .plan = ND_PLAN_ADD,
    .kind = NETDISC_SHARE,
    .sort = ND_SORT_SHARE,
    .find = ND_SHARE_FIND,
    .act = ND_SHARE_ADD,
    .take = nd_take_share_spec,
    .flags = NETDISC_UPDATE_PROFILE | NETDISC_SAVE_PASSWORD,
};
static const nd_verb share_cancel = {
    .plan = ND_PLAN_END,
    .kind = NETDISC_SHARE,
    .sort = ND_SORT_SHARE,
    .find = ND_SHARE_FIND,
    .act = ND_SHARE_CANCEL,
    .take = nd_take_share,
    .flags =
        NETDISC_FORCE | NETDISC_UPDATE_PROFILE | NETDISC_IF_CONNECTED | NETDISC_NO_WAIT | NETDISC_ALL,
};
static const nd_verb share_disconnect = {
    .plan = ND_PLAN_END,
    .kind = NETDISC_SHARE,
    .sort = ND_SORT_SHARE,
    .find = ND_SHARE_FIND,
    .act = ND_SHARE_CANCEL,
    .take = nd_take_disconnect,
    .flags = NETDISC_UPDATE_PROFILE | NETDISC_NO_FORCE | NETDISC_IF_CONNECTED,
};
static const nd_verb share_holders = {
    .plan = ND_PLAN_ASK,
    .kind = NETDISC_SHARE,
    .sort = ND_SORT_HOLDER,
    .find = ND_SHARE_FIND,
    .act = ND_SHARE_HOLDERS,
    .take = nd_take_share,
};
static const nd_verb share_resolve = {
    .plan = ND_PLAN_FIND,
    .kind = NETDISC_SHARE,
    .sort = ND_SORT_SHARE,
    .find = ND_SHARE_FIND,
    .take = nd_take_local,
};
static const nd_verb wlan_list = {
    .plan = ND_PLAN_LIST,
    .kind = NETDISC_WLAN,
    .sort = ND_SORT_WLAN,
    .act = ND_WLAN_LIST,
    .take = nd_take_nothing,
};
static const nd_verb wlan_disconnect = {
    .plan = ND_PLAN_END,
    .kind = NETDISC_WLAN,
    .sort = ND_SORT_WLAN,
    .find = ND_WLAN_FIND,
    .act = ND_WLAN_DISCONNECT,
    .take = nd_take_device,
    .flags = NETDISC_IF_CONNECTED | NETDISC_NO_WAIT | NETDISC_ALLOW_RECONNECT,
};
static const nd_verb wlan_connect = {
    .plan = ND_PLAN_START,
    .kind = NETDISC_WLAN,
    .sort = ND_SORT_WLAN,
    .find = ND_WLAN_FIND,
    .act = ND_WLAN_CONNECT,
    .take = nd_take_wlan_spec,
    .flags = NETDISC_NO_WAIT,
};
static const nd_verb connection_list = {
    .plan = ND_PLAN_LIST,
    .kind = NETDISC_CONNECTION,
    .sort = ND_SORT_CONNECTION,
    .act = ND_CONNECTION_LIST,
    .take = nd_take_nothing,
};
static const nd_verb connection_disconnect = {
    .plan = ND_PLAN_END,
    .kind = NETDISC_CONNECTION,
    .sort = ND_SORT_CONNECTION,
    .find = ND_CONNECTION_FIND,
    .act = ND_CONNECTION_DISCONNECT,
    .take = nd_take_connection,
    .flags = NETDISC_IF_CONNECTED | NETDISC_NO_WAIT | NETDISC_EXTERNAL,
};
static const nd_verb connection_connect = {
    .plan = ND_PLAN_START,
    .kind = NETDISC_CONNECTION,
    .sort = ND_SORT_CONNECTION,
    .find = ND_CONNECTION_FIND,
    .act = ND_CONNECTION_CONNECT,
    .take = nd_take_connection,
    .flags = NETDISC_NO_WAIT,
};
static const nd_verb backends = {
    .plan = ND_PLAN_PROBE,
    .kind = NETDISC_ALL_KINDS,
    .sort = ND_SORT_BACKEND,
    .act = ND_PROBE,
    .take = nd_take_nothing,
};

static void clear_error(netdisc_error **err)
{
    if (err)
        *err = NULL;
}

/* A verb that is waited for, and gives a list: `out` is needed. */
static netdisc_status run_for_list(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments,
                                   uint32_t flags, int timeout_ms, netdisc_list **out,
                                   netdisc_error **err)
{
    clear_error(err);
    if (!out)
        return nd_give_error(nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "`out` is NULL"), err);
    *out = NULL;
    return nd_run(nd, verb, arguments, flags, timeout_ms, out, err);
}

static netdisc_status run(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments,
                          uint32_t flags, int timeout_ms, netdisc_error **err)
{
    clear_error(err);
    return nd_run(nd, verb, arguments, flags, timeout_ms, NULL, err);
}

static netdisc_status start(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments,
                            uint32_t flags, int timeout_ms, netdisc_op **out, netdisc_error **err)
{
    clear_error(err);
    if (!out)
        return nd_give_error(nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "`out` is NULL"), err);
    *out = NULL;
    return nd_start(nd, verb, arguments, flags, timeout_ms, out, err);
}

netdisc_status netdisc_share_list(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_list **out,
                                  netdisc_error **err)
{
    return run_for_list(nd, &share_list, &(nd_arguments){0}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_share_list_start(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_op **out,
                                        netdisc_error **err)
{
    return start(nd, &share_list, &(nd_arguments){0}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_share_add(netdisc *nd, const netdisc_share_spec *spec, uint32_t flags,
                                 int timeout_ms, netdisc_error **err)
{
    return run(nd, &share_add, &(nd_arguments){.share = spec}, flags, timeout_ms, err);
}

netdisc_status netdisc_share_add_start(netdisc *nd, const netdisc_share_spec *spec, uint32_t flags,
                                       int timeout_ms, netdisc_op **out, netdisc_error **err)
{
    return start(nd, &share_add, &(nd_arguments){.share = spec}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_share_cancel(netdisc *nd, const char *name, uint32_t flags, int timeout_ms,
                                    netdisc_error **err)
{
    return run(nd, &share_cancel, &(nd_arguments){.name = name}, flags, timeout_ms, err);
}

netdisc_status netdisc_share_cancel_start(netdisc *nd, const char *name, uint32_t flags, int timeout_ms,
                                          netdisc_op **out, netdisc_error **err)
{
    return start(nd, &share_cancel, &(nd_arguments){.name = name}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_share_disconnect(netdisc *nd, const netdisc_disconnect *what, uint32_t flags,
                                        int timeout_ms, netdisc_error **err)
{
    return run(nd, &share_disconnect, &(nd_arguments){.disconnect = what}, flags, timeout_ms, err);
}

netdisc_status netdisc_share_disconnect_start(netdisc *nd, const netdisc_disconnect *what,
                                              uint32_t flags, int timeout_ms, netdisc_op **out,
                                              netdisc_error **err)
{
    return start(nd, &share_disconnect, &(nd_arguments){.disconnect = what}, flags, timeout_ms, out,
                 err);
}

netdisc_status netdisc_share_holders(netdisc *nd, const char *name, uint32_t flags, int timeout_ms,
                                     netdisc_list **out, netdisc_error **err)
{
    return run_for_list(nd, &share_holders, &(nd_arguments){.name = name}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_share_holders_start(netdisc *nd, const char *name, uint32_t flags, int timeout_ms,
                                           netdisc_op **out, netdisc_error **err)
{
    return start(nd, &share_holders, &(nd_arguments){.name = name}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_share_resolve(netdisc *nd, const char *local, uint32_t flags, int timeout_ms,
                                     netdisc_list **out, netdisc_error **err)
{
    return run_for_list(nd, &share_resolve, &(nd_arguments){.name = local}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_share_resolve_start(netdisc *nd, const char *local, uint32_t flags,
                                           int timeout_ms, netdisc_op **out, netdisc_error **err)
{
    return start(nd, &share_resolve, &(nd_arguments){.name = local}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_wlan_list(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_list **out,
                                 netdisc_error **err)
{
    return run_for_list(nd, &wlan_list, &(nd_arguments){0}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_wlan_list_start(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_op **out,
                                       netdisc_error **err)
{
    return start(nd, &wlan_list, &(nd_arguments){0}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_wlan_disconnect(netdisc *nd, const char *device, uint32_t flags, int timeout_ms,
                                       netdisc_error **err)
{
    return run(nd, &wlan_disconnect, &(nd_arguments){.name = device}, flags, timeout_ms, err);
}

netdisc_status netdisc_wlan_disconnect_start(netdisc *nd, const char *device, uint32_t flags,
                                             int timeout_ms, netdisc_op **out, netdisc_error **err)
{
    return start(nd, &wlan_disconnect, &(nd_arguments){.name = device}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_wlan_connect(netdisc *nd, const netdisc_wlan_spec *spec, uint32_t flags,
                                    int timeout_ms, netdisc_error **err)
{
    return run(nd, &wlan_connect, &(nd_arguments){.wlan = spec}, flags, timeout_ms, err);
}

netdisc_status netdisc_wlan_connect_start(netdisc *nd, const netdisc_wlan_spec *spec, uint32_t flags,
                                          int timeout_ms, netdisc_op **out, netdisc_error **err)
{
    return start(nd, &wlan_connect, &(nd_arguments){.wlan = spec}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_connection_list(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_list **out,
                                       netdisc_error **err)
{
    return run_for_list(nd, &connection_list, &(nd_arguments){0}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_connection_list_start(netdisc *nd, uint32_t flags, int timeout_ms,
                                             netdisc_op **out, netdisc_error **err)
{
    return start(nd, &connection_list, &(nd_arguments){0}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_connection_disconnect(netdisc *nd, const char *name, uint32_t flags,
                                             int timeout_ms, netdisc_error **err)
{
    return run(nd, &connection_disconnect, &(nd_arguments){.name = name}, flags, timeout_ms, err);
}

netdisc_status netdisc_connection_disconnect_start(netdisc *nd, const char *name, uint32_t flags,
                                                   int timeout_ms, netdisc_op **out, netdisc_error **err)
{
    return start(nd, &connection_disconnect, &(nd_arguments){.name = name}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_connection_connect(netdisc *nd, const char *name, uint32_t flags, int timeout_ms,
                                          netdisc_error **err)
{
    return run(nd, &connection_connect, &(nd_arguments){.name = name}, flags, timeout_ms, err);
}

netdisc_status netdisc_connection_connect_start(netdisc *nd, const char *name, uint32_t flags,
                                                int timeout_ms, netdisc_op **out, netdisc_error **err)
{
    return start(nd, &connection_connect, &(nd_arguments){.name = name}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_backends(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_list **out,
                                netdisc_error **err)
{
    return run_for_list(nd, &backends, &(nd_arguments){0}, flags, timeout_ms, out, err);
}

netdisc_status netdisc_backends_start(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_op **out,
                                      netdisc_error **err)
{
    return start(nd, &backends, &(nd_arguments){0}, flags, timeout_ms, out, err);
}
