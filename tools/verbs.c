/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "command.h"

/* ---- Shares --------------------------------------------------------------------------------- */

static netdisc_status share_list(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err)
{
    return netdisc_share_list_start(nd, it->flags, it->timeout_ms, op, err);
}

static netdisc_auth auth_of(const request *it)
{
    if (is_given(it, BIT(GUEST)))
        return NETDISC_AUTH_GUEST;
    return is_given(it, BIT(KERBEROS)) ? NETDISC_AUTH_KERBEROS : NETDISC_AUTH_DEFAULT;
}

static netdisc_status share_add(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err)
{
    netdisc_share_spec spec = {
        .size = sizeof spec,
        .local = it->count > 1 ? it->arguments[0] : NULL,
        .remote = it->arguments[it->count - 1],
        .user = it->values[OPTION_USER],
        .domain = it->values[OPTION_DOMAIN],
        .password = it->secret,
        .auth = auth_of(it),
    };

    return netdisc_share_add_start(nd, &spec, it->flags, it->timeout_ms, op, err);
}

static netdisc_status share_cancel(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err)
{
    return netdisc_share_cancel_start(nd, it->arguments[0], it->flags, it->timeout_ms, op, err);
}

static bool is_remote(const char *name)
{
    return strncmp(name, "//", 2) == 0 || strncmp(name, "\\\\", 2) == 0 ||
           (*name != '/' && strstr(name, "://"));
}

static netdisc_status share_disconnect(const request *it, netdisc *nd, netdisc_op **op,
                                       netdisc_error **err)
{
    const char *name = it->arguments[0];
    netdisc_disconnect what = {
        .size = sizeof what,
        .local = is_remote(name) ? NULL : name,
        .remote = is_remote(name) ? name : NULL,
        .prompt = can_ask() ? ask_at_terminal : NULL,
    };

    return netdisc_share_disconnect_start(nd, &what, it->flags, it->timeout_ms, op, err);
}

static netdisc_status share_holders(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err)
{
    return netdisc_share_holders_start(nd, it->arguments[0], it->flags, it->timeout_ms, op, err);
}

static netdisc_status share_path(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err)
{
    return netdisc_share_resolve_start(nd, it->arguments[0], it->flags, it->timeout_ms, op, err);
}

/* ---- WLAN interfaces ------------------------------------------------------------------------ */

static netdisc_status wlan_list(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err)
{
    return netdisc_wlan_list_start(nd, it->flags, it->timeout_ms, op, err);
}

static netdisc_status wlan_connect(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err)
{
    const char *network = it->arguments[it->count - 1];
    bool by_profile = is_given(it, BIT(PROFILE));
    netdisc_wlan_spec spec = {
        .size = sizeof spec,
        .device = it->count > 1 ? it->arguments[0] : NULL,
        .profile = by_profile ? network : NULL,
        .ssid = by_profile ? NULL : network,
        .passphrase = it->secret,
    };

    return netdisc_wlan_connect_start(nd, &spec, it->flags, it->timeout_ms, op, err);
}

static netdisc_status wlan_disconnect(const request *it, netdisc *nd, netdisc_op **op,
                                      netdisc_error **err)
{
    return netdisc_wlan_disconnect_start(nd, it->arguments[0], it->flags, it->timeout_ms, op, err);
}

/* ---- Named connections ---------------------------------------------------------------------- */

static netdisc_status connection_list(const request *it, netdisc *nd, netdisc_op **op,
                                      netdisc_error **err)
{
    return netdisc_connection_list_start(nd, it->flags, it->timeout_ms, op, err);
}

static netdisc_status connection_connect(const request *it, netdisc *nd, netdisc_op **op,
                                         netdisc_error **err)
{
    return netdisc_connection_connect_start(nd, it->arguments[0], it->flags, it->timeout_ms, op, err);
}

static netdisc_status connection_disconnect(const request *it, netdisc *nd, netdisc_op **op,
                                            netdisc_error **err)
{
    return netdisc_connection_disconnect_start(nd, it->arguments[0], it->flags, it->timeout_ms, op, err);
}

static netdisc_status backends(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err)
{
    return netdisc_backends_start(nd, it->flags, it->timeout_ms, op, err);
}

/* ---- The table ------------------------------------------------------------------------------ */

#define ADD_OPTIONS                                                                                     \
    (OPTIONS_OF_ASKED | BIT(REMEMBER) | BIT(SAVE_PASSWORD) | BIT(USER) | BIT(DOMAIN) |                  \
     BIT(PASSWORD_STDIN) | BIT(GUEST) | BIT(KERBEROS))
#define CANCEL_OPTIONS                                                                                  \
    (OPTIONS_OF_ASKED | BIT(FORCE) | BIT(FORGET) | BIT(ALL) | BIT(IF_CONNECTED) | BIT(NO_WAIT))

/* clang-format off */
const verb verbs[] = {
    {"share", "list", "", 0, 0, OPTIONS_OF_ASKED, &sort_share, TOLD_TABLE, share_list, NULL,
     "list what is mapped, and what is remembered"},
    {"share", "add", "[LOCAL] REMOTE", 1, 2, ADD_OPTIONS, &sort_share, TOLD_MADE, share_add, NULL,
     "map a share, with a local name or without"},
    {"share", "cancel", "NAME", 1, 1, CANCEL_OPTIONS, &sort_share, TOLD_ENDED, share_cancel, NULL,
     "end a mapping, unless it is in use"},
    {"share", "disconnect", "NAME", 1, 1, OPTIONS_OF_ASKED | BIT(FORGET) | BIT(IF_CONNECTED), &sort_share,
     TOLD_ENDED, share_disconnect, NULL, "end a mapping, and ask before it is forced"},
    {"share", "holders", "NAME", 1, 1, OPTIONS_OF_ASKED, &sort_holder, TOLD_TABLE, share_holders, NULL,
     "list who keeps it from being ended"},
    {"share", "path", "LOCAL", 1, 1, OPTIONS_OF_ASKED, &sort_share, TOLD_PATH, share_path, NULL,
     "print the path to use, alone"},
    {"share", "restore", "[LOCAL]", 0, 1, OPTIONS_OF_ASKED, &sort_share, TOLD_MADE, NULL, restore_shares,
     "map what is remembered and not connected"},
    {"wlan", "list", "", 0, 0, OPTIONS_OF_ASKED, &sort_wlan, TOLD_TABLE, wlan_list, NULL,
     "list the WLAN interfaces"},
    {"wlan", "connect", "[DEVICE] NETWORK", 1, 2,
     OPTIONS_OF_ASKED | BIT(PROFILE) | BIT(PASSWORD_STDIN) | BIT(NO_WAIT), &sort_wlan, TOLD_MADE,
     wlan_connect, NULL, "connect to a network by its SSID, or a profile"},
    {"wlan", "disconnect", "[DEVICE]", 0, 1,
     OPTIONS_OF_ASKED | BIT(IF_CONNECTED) | BIT(NO_WAIT) | BIT(ALLOW_RECONNECT), &sort_wlan, TOLD_ENDED,
     wlan_disconnect, NULL, "drop an interface, and keep it down"},
    {"connection", "list", "", 0, 0, OPTIONS_OF_ASKED, &sort_connection, TOLD_TABLE, connection_list, NULL,
     "list the named connections"},
    {"connection", "connect", "NAME|UUID", 1, 1, OPTIONS_OF_ASKED | BIT(NO_WAIT), &sort_connection,
     TOLD_MADE, connection_connect, NULL, "connect one"},
    {"connection", "disconnect", "NAME|UUID", 1, 1,
     OPTIONS_OF_ASKED | BIT(IF_CONNECTED) | BIT(NO_WAIT) | BIT(EXTERNAL), &sort_connection, TOLD_ENDED,
     connection_disconnect, NULL, "disconnect one"},
    {"watch", NULL, "[share|wlan|connection]...", 0, 3, OPTIONS_OF_ASKED, NULL, TOLD_TABLE, NULL, watch_changes,
     "tell what changes, until Ctrl-C or the timeout"},
    {"error", NULL, "CODE|NAME|list", 1, 1, OPTIONS_OF_ALL, NULL, TOLD_TABLE, NULL, tell_codes,
     "explain a status code"},
    {"backends", NULL, "", 0, 0, OPTIONS_OF_ASKED, &sort_backend, TOLD_TABLE, backends, NULL,
     "list what can be used here, and what is missing"},
    {.group = NULL},
};
/* clang-format on */
