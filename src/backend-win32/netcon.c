/* SPDX-License-Identifier: MIT */
#include "nd_netcon.h"

#include <stdlib.h>

static const char *const ole_names[] = {ND_NETCON_OLE(ND_FUNCTION_NAME)};
static const nd_library ole_library = ND_LIBRARY("ole32.dll", ole_names);
static const char *const shell_names[] = {ND_NETCON_SHELL(ND_FUNCTION_NAME)};
static const nd_library shell_library = ND_LIBRARY("netshell.dll", shell_names);

/* ---- What a connection is ------------------------------------------------------------------- */

/* By NETCON_MEDIATYPE; NULL: of the phone books, and so of the provider "ras". */
static const char *const types[] = {
    [NCM_NONE] = "none",
    [NCM_DIRECT] = NULL,
    [NCM_ISDN] = NULL,
    [NCM_LAN] = "lan",
    [NCM_PHONE] = NULL,
    [NCM_TUNNEL] = NULL,
    [NCM_PPPOE] = NULL,
    [NCM_BRIDGE] = "bridge",
    [NCM_SHAREDACCESSHOST_LAN] = "shared-access",
    [NCM_SHAREDACCESSHOST_RAS] = "shared-access",
};

/* NULL: not here. */
static const char *type_of(const NETCON_PROPERTIES *properties)
{
    size_t type = (size_t)properties->MediaType;

    return type < ND_COUNT(types) ? types[type] : "other";
}

/* By NETCON_STATUS. What has no link, or was refused by its network, carries nothing: it is down, as is what
 * is disabled. An invalid address is one of a link that is up. */
static const netdisc_state states[] = {
    [NCS_DISCONNECTED] = NETDISC_STATE_DISCONNECTED,
    [NCS_CONNECTING] = NETDISC_STATE_CONNECTING,
    [NCS_CONNECTED] = NETDISC_STATE_CONNECTED,
    [NCS_DISCONNECTING] = NETDISC_STATE_DISCONNECTING,
    [NCS_HARDWARE_NOT_PRESENT] = NETDISC_STATE_DISCONNECTED,
    [NCS_HARDWARE_DISABLED] = NETDISC_STATE_DISCONNECTED,
    [NCS_HARDWARE_MALFUNCTION] = NETDISC_STATE_DISCONNECTED,
    [NCS_MEDIA_DISCONNECTED] = NETDISC_STATE_DISCONNECTED,
    [NCS_AUTHENTICATING] = NETDISC_STATE_CONNECTING,
    [NCS_AUTHENTICATION_SUCCEEDED] = NETDISC_STATE_CONNECTING,
    [NCS_AUTHENTICATION_FAILED] = NETDISC_STATE_DISCONNECTED,
    [NCS_INVALID_ADDRESS] = NETDISC_STATE_CONNECTED,
    [NCS_CREDENTIALS_REQUIRED] = NETDISC_STATE_CONNECTING,
};

netdisc_state nd_netcon_state(NETCON_STATUS status)
{
    size_t index = (size_t)status;

    return index < ND_COUNT(states) ? states[index] : NETDISC_STATE_UNKNOWN;
}

/* ---- Looking -------------------------------------------------------------------------------- */

typedef struct looking {
    const nd_name *target; /* NULL: everything */
    nd_netcon_add_item *add;
    void *to;
    bool out_of_memory;
} looking;

/* The connection manager tells one connecting from the next by nothing: the key is that of the thing. */
static nd_item item_of(const NETCON_PROPERTIES *properties, const char *uuid, const char *name,
                       const char *device)
{
    nd_item item = {.sort = ND_SORT_CONNECTION, .key = uuid};
    netdisc_connection *connection = &item.as.connection;
    bool named = name && *name;

    connection->uuid = uuid;
    connection->device = device && *device ? device : NULL;
    connection->name = named ? name : connection->device ? connection->device : uuid;
    connection->type = type_of(properties);
    connection->state = nd_netcon_state(properties->Status);
    connection->autoconnect = NETDISC_UNKNOWN;
    return item;
}

static bool is_wanted(const nd_name *target, const netdisc_connection *connection)
{
    return !target ||
           strcmp(target->text, target->form == ND_FORM_UUID ? connection->uuid : connection->name) == 0;
}

static bool look_at(void *to, INetConnection *connection, const NETCON_PROPERTIES *properties)
{
    looking *look = to;
    char *name = nd_narrow(properties->pszwName);
    char *device = nd_narrow(properties->pszwDeviceName);
    char uuid[ND_GUID_TEXT];

    (void)connection;
    nd_guid_text(&properties->guidId, uuid);

    nd_item item = item_of(properties, uuid, name, device);

    look->out_of_memory = (properties->pszwName && !name) || (properties->pszwDeviceName && !device);
    if (!look->out_of_memory && item.as.connection.type && is_wanted(look->target, &item.as.connection))
        look->add(look->to, &item);
    free(name);
    free(device);
    return !look->out_of_memory;
}

netdisc_status nd_netcon_connections(nd_netcon *netcon, const nd_name *target, nd_netcon_add_item *add,
                                     void *to, nd_trouble *unseen, nd_trouble *why)
{
    looking look = {.target = target, .add = add, .to = to};
    nd_netcon_stay stay;
    netdisc_status status = nd_netcon_enter(netcon, &stay, why);

    *unseen = (nd_trouble){0};
    if (!status)
        status = nd_netcon_each(&stay, look_at, &look, unseen, why);
    nd_netcon_leave(&stay);
    if (!status && look.out_of_memory)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY,
                              "no memory for the network connections");
    return status;
}

typedef struct answering {
    nd_call *call;
    size_t count;
} answering;

static void add_to_call(void *to, const nd_item *item)
{
    answering *answer = to;

    answer->count++;
    nd_add(answer->call, item);
}

static void list(void *state, nd_call *call)
{
    answering answer = {.call = call};
    nd_trouble unseen;
    nd_trouble why;
    netdisc_status status = nd_netcon_connections(state, NULL, add_to_call, &answer, &unseen, &why);

    if (!status && unseen.native_domain)
        nd_trouble_lacks(call, NETDISC_ERROR_GEN_FAILURE, &unseen);
    nd_trouble_finish(call, status, &why);
}

/* What does not say what it is may be what is looked for; but not what has just been acted on, which was
 * seen. */
static void find(void *state, nd_call *call)
{
    answering answer = {.call = call};
    nd_trouble unseen;
    nd_trouble why;
    netdisc_status status =
        nd_netcon_connections(state, &call->request->target, add_to_call, &answer, &unseen, &why);

    if (!status && answer.count == 0 && call->item_count == 0 && unseen.native_domain) {
        nd_trouble_finish(call, NETDISC_ERROR_GEN_FAILURE, &unseen);
        return;
    }
    nd_trouble_finish(call, status, &why);
}

/* ---- The provider --------------------------------------------------------------------------- */

static void probe(void *state, nd_call *call)
{
    nd_netcon_stay stay;
    nd_trouble why;
    netdisc_status status = nd_netcon_enter(state, &stay, &why);

    nd_netcon_leave(&stay);
    nd_trouble_finish(call, status, &why);
}

static void give_up(void *state, nd_call *call)
{
    nd_netcon *netcon = state;

    (void)call;
    nd_patience_raise(&netcon->patience);
}

static void watch(void *state, uint32_t kinds)
{
    nd_netcon *netcon = state;

    nd_watching_set(netcon->watching, (kinds & NETDISC_CONNECTION) != 0);
}

static void close_netcon(void *state)
{
    nd_netcon *netcon = state;

    nd_watching_free(netcon->watching);
    free(netcon);
}

static void load_what_may_be_missing(nd_netcon *netcon)
{
    nd_failure unneeded = {0};

    if (nd_library_load(&shell_library, &netcon->shell, sizeof netcon->shell, &unneeded))
        netcon->shell = (nd_netcon_shell){0};
}

static netdisc_status open_netcon(const nd_host *host, void **state, nd_failure *why)
{
    nd_netcon *netcon = calloc(1, sizeof *netcon);

    if (!netcon)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    netcon->host = host;
    nd_patience_init(&netcon->patience);

    netdisc_status status = nd_library_load(&ole_library, &netcon->ole, sizeof netcon->ole, why);

    if (!status) {
        load_what_may_be_missing(netcon);
        netcon->watching = nd_watching_new(host, &nd_netcon_look, netcon);
        status = netcon->watching ? NETDISC_NO_ERROR : NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }
    if (status)
        free(netcon);
    else
        *state = netcon;
    return status;
}

const nd_provider nd_netcon_provider = {
    .name = "netcon",
    .blocking = true,
    .open = open_netcon,
    .close = close_netcon,
    .slots =
        {
            [ND_PROBE] = probe,
            [ND_CONNECTION_LIST] = list,
            [ND_CONNECTION_FIND] = find,
            [ND_CONNECTION_DISCONNECT] = nd_netcon_disconnect,
            [ND_CONNECTION_CONNECT] = nd_netcon_connect,
        },
    .abandon = give_up,
    .watch = watch,
};
