/* SPDX-License-Identifier: MIT */
/* Ending and connecting: the manager's methods may return before it is so, so it is looked at until it is. */
#include "nd_netcon.h"

/* The pauses between looks grow from the first to the last. A link takes some seconds to come up, that of a
 * WLAN interface which has to find its network first the longest: one that is not there after that time is not
 * going to be. */
enum { FIRST_PAUSE_MS = 10, LAST_PAUSE_MS = 500, LINK_MS = 10000 };

typedef struct acting {
    nd_netcon *netcon;
    nd_call *call;
    nd_netcon_stay stay;
    INetConnection *connection; /* NULL: there is none */
    const char *name;
    nd_trouble *why;
} acting;

/* ---- The one that is meant ------------------------------------------------------------------ */

typedef struct looking {
    GUID guid;
    INetConnection *found;
} looking;

static bool look_at(void *to, INetConnection *connection, const NETCON_PROPERTIES *properties)
{
    looking *look = to;

    if (memcmp(&look->guid, &properties->guidId, sizeof look->guid) != 0)
        return true;
    INetConnection_AddRef(connection);
    look->found = connection;
    return false;
}

/* NOT_CONNECTED: it is gone. One that did not say what it is may be it: then nobody can tell. */
static netdisc_status find(acting *act, const nd_item *item)
{
    looking look = {0};
    nd_trouble unseen;

    act->name = item->as.connection.name;
    if (!nd_guid_parse(item->as.connection.uuid, &look.guid))
        return nd_trouble_say(act->why, NETDISC_ERROR_INTERNAL_ERROR, "a malformed GUID");

    netdisc_status status = nd_netcon_each(&act->stay, look_at, &look, &unseen, act->why);

    act->connection = look.found;
    if (status || look.found)
        return status;
    if (unseen.native_domain) {
        *act->why = unseen;
        return unseen.status ? unseen.status : NETDISC_ERROR_GEN_FAILURE;
    }
    return nd_trouble_say(act->why, NETDISC_ERROR_NOT_CONNECTED, "\"%s\" is no longer there", act->name);
}

static void leave(acting *act)
{
    if (act->connection)
        INetConnection_Release(act->connection);
    act->connection = NULL;
}

static netdisc_status see(acting *act, NETCON_STATUS *state)
{
    HRESULT code = nd_netcon_status(&act->stay, act->connection, state);

    if (FAILED(code))
        return nd_netcon_trouble(act->why, code, "what became of \"%s\" cannot be seen", act->name);
    return NETDISC_NO_ERROR;
}

/* False: the caller has given up. */
static bool pause(acting *act, DWORD *ms)
{
    bool waits = nd_patience_pause(&act->netcon->patience, act->call, *ms);

    *ms = *ms < LAST_PAUSE_MS / 2 ? *ms * 2 : LAST_PAUSE_MS;
    return waits;
}

static netdisc_status given_up(acting *act)
{
    return nd_trouble_say(act->why, NETDISC_ERROR_TIMEOUT, "the caller has given up");
}

/* ---- Ending --------------------------------------------------------------------------------- */

static netdisc_status see_it_end(acting *act)
{
    DWORD ms = FIRST_PAUSE_MS;

    nd_note(act->call, "Windows accepted the request, but the connection was still up");
    do {
        NETCON_STATUS state;
        netdisc_status status = see(act, &state);

        if (status)
            return status;
        if (nd_netcon_state(state) == NETDISC_STATE_DISCONNECTED) {
            nd_note(act->call, NULL);
            return NETDISC_NO_ERROR;
        }
    } while (pause(act, &ms));
    return given_up(act);
}

static netdisc_status end(acting *act, const nd_item *item)
{
    netdisc_status status = find(act, item);

    if (status)
        return status;

    HRESULT code = INetConnection_Disconnect(act->connection);

    if (FAILED(code))
        return nd_netcon_trouble(act->why, code, "\"%s\" cannot be disconnected", act->name);
    return act->call->flags & NETDISC_NO_WAIT ? NETDISC_NO_ERROR : see_it_end(act);
}

/* ---- Connecting ----------------------------------------------------------------------------- */

typedef struct obstacle {
    NETCON_STATUS state;
    netdisc_status status; /* once it has lasted; 0: it may pass at any time */
    const char *text;
} obstacle;

static const obstacle obstacles[] = {
    {NCS_MEDIA_DISCONNECTED, NETDISC_ERROR_NO_NETWORK, "it is enabled, but has no link"},
    {NCS_HARDWARE_NOT_PRESENT, NETDISC_ERROR_NO_NETWORK, "its device is not there"},
    {NCS_HARDWARE_DISABLED, NETDISC_ERROR_NO_NETWORK, "its device is disabled"},
    {NCS_HARDWARE_MALFUNCTION, NETDISC_ERROR_NO_NETWORK, "its device does not work"},
    {NCS_AUTHENTICATION_FAILED, NETDISC_ERROR_LOGON_FAILURE, "its network refused the authentication"},
    {NCS_CREDENTIALS_REQUIRED, 0, "it waits for somebody to give credentials"},
};

/* NULL: nothing is in the way. */
static const obstacle *obstacle_of(NETCON_STATUS state)
{
    for (size_t i = 0; i < ND_COUNT(obstacles); i++)
        if (obstacles[i].state == state)
            return &obstacles[i];
    return NULL;
}

static netdisc_status see_it_come(acting *act)
{
    ULONGLONG begun = GetTickCount64();
    DWORD ms = FIRST_PAUSE_MS;

    do {
        NETCON_STATUS state;
        netdisc_status status = see(act, &state);

        if (status)
            return status;
        if (nd_netcon_state(state) == NETDISC_STATE_CONNECTED) {
            nd_note(act->call, NULL);
            return NETDISC_NO_ERROR;
        }

        const obstacle *is = obstacle_of(state);

        if (is && is->status && GetTickCount64() - begun >= LINK_MS)
            return nd_trouble_say(act->why, is->status, "\"%s\" does not connect: %s", act->name,
                                  is->text);
        nd_note(act->call, is ? is->text : "Windows accepted the request");
    } while (pause(act, &ms));
    return given_up(act);
}

static netdisc_status make(acting *act, const nd_item *item)
{
    NETCON_STATUS state;
    netdisc_status status = find(act, item);

    if (!status)
        status = see(act, &state);
    if (status || nd_netcon_state(state) == NETDISC_STATE_CONNECTED)
        return status;

    HRESULT code = INetConnection_Connect(act->connection);

    if (FAILED(code))
        return nd_netcon_trouble(act->why, code, "\"%s\" cannot be connected", act->name);
    return act->call->flags & NETDISC_NO_WAIT ? NETDISC_NO_ERROR : see_it_come(act);
}

/* ---- Slots ---------------------------------------------------------------------------------- */

/* Each of the items; the first failure counts. */
static void act_on_all(nd_netcon *netcon, nd_call *call,
                       netdisc_status (*one)(acting *act, const nd_item *item))
{
    nd_trouble first;
    nd_trouble why;
    acting act = {.netcon = netcon, .call = call, .why = &why};
    netdisc_status status = nd_netcon_enter(netcon, &act.stay, &first);

    for (size_t i = 0; act.stay.manager && i < call->item_count; i++) {
        netdisc_status became = one(&act, call->items[i]);

        leave(&act);
        if (became && !status) {
            status = became;
            first = why;
        }
    }
    nd_netcon_leave(&act.stay);
    nd_trouble_finish(call, status, &first);
}

void nd_netcon_disconnect(void *state, nd_call *call)
{
    act_on_all(state, call, end);
}

void nd_netcon_connect(void *state, nd_call *call)
{
    act_on_all(state, call, make);
}
