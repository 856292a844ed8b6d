/* SPDX-License-Identifier: MIT */
/*
 * What clients are told: a watch for each, whose events become notifications.
 *
 * A watch is started and stopped without a lock, by one thread at a time, which makes the client busy. Only
 * the teller's thread, which may be in a callback, does not wait for that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wlan.h"

/* How long the provider may take until it reports. */
enum { READY_MS = 30000 };

/* ---- What has been told ---------------------------------------------------------------------- */

/* What an interface is connected to, and where it is on its way. A failed attempt is down. */
typedef enum phase { DOWN, COMING, UP, LEAVING, PHASES, UNTOLD = PHASES } phase;

typedef struct interface {
    struct interface *next;
    GUID guid;
    phase phase;
    bool named; /* the network is known */
    WLAN_CONNECTION_NOTIFICATION_DATA network;
} interface;

/* Without gaps up to the end of what is compared. */
typedef struct saying {
    DWORD code;
    GUID guid;
    BOOL has_network;
    WLAN_CONNECTION_NOTIFICATION_DATA network;
} saying;

enum { SAYING_COMPARED = offsetof(saying, network.strProfileXml) };

struct nw_wlan_memory {
    unsigned registration; /* which one it is of */
    interface *interfaces;
    saying last;
};

static void forget_interfaces(nw_wlan_memory *memory)
{
    while (memory->interfaces) {
        interface *at = memory->interfaces;

        memory->interfaces = at->next;
        free(at);
    }
}

nw_wlan_memory *nw_wlan_memory_new(void)
{
    return calloc(1, sizeof(nw_wlan_memory));
}

void nw_wlan_memory_free(nw_wlan_memory *memory)
{
    forget_interfaces(memory);
    free(memory);
}

static interface **find(nw_wlan_memory *memory, const GUID *guid)
{
    interface **link = &memory->interfaces;

    while (*link && !IsEqualGUID(&(*link)->guid, guid))
        link = &(*link)->next;
    return link;
}

/* ---- Saying it ------------------------------------------------------------------------------- */

/* Calls the program, if it wants to know. */
static void say(nw_wlan_client *client, const saying *what)
{
    WLAN_CONNECTION_NOTIFICATION_DATA network = what->network;
    WLAN_NOTIFICATION_DATA notification = {
        .NotificationSource = WLAN_NOTIFICATION_SOURCE_ACM,
        .NotificationCode = what->code,
        .InterfaceGuid = what->guid,
        .dwDataSize = what->has_network ? sizeof network : 0,
        .pData = what->has_network ? &network : NULL,
    };

    pthread_mutex_lock(&client->lock);
    nw_wlan_wish wish = client->wish;
    bool same = memcmp(&client->memory->last, what, SAYING_COMPARED) == 0;
    client->memory->last = *what;
    pthread_mutex_unlock(&client->lock);
    if (wish.sources & WLAN_NOTIFICATION_SOURCE_ACM && !(same && wish.ignores_duplicates))
        wish.callback(&notification, wish.context);
}

static void say_of_interface(nw_wlan_client *client, DWORD code, const GUID *guid)
{
    say(client, &(saying){.code = code, .guid = *guid});
}

/* As documented, only what completes has a reason. */
static void say_of_network(nw_wlan_client *client, DWORD code, const interface *about,
                           WLAN_REASON_CODE reason)
{
    saying what = {.code = code, .guid = about->guid, .has_network = TRUE, .network = about->network};

    if (code == wlan_notification_acm_connection_complete)
        what.network.wlanReasonCode = reason;
    say(client, &what);
}

/* ---- Events ---------------------------------------------------------------------------------- */

static phase phase_of(netdisc_state state)
{
    static const phase phases[] = {
        [NETDISC_STATE_CONNECTING] = COMING,
        [NETDISC_STATE_CONNECTED] = UP,
        [NETDISC_STATE_DISCONNECTING] = LEAVING,
    };

    return (size_t)state < sizeof phases / sizeof *phases ? phases[state] : DOWN;
}

enum {
    START = wlan_notification_acm_connection_start,
    FAIL = wlan_notification_acm_connection_attempt_fail,
    COMPLETE = wlan_notification_acm_connection_complete,
    LEAVE = wlan_notification_acm_disconnecting,
    LEFT = wlan_notification_acm_disconnected,
    STEPS_MAX = 3
};

/* What there is to say of the way from one to another; ends with 0. */
static const unsigned char ways[PHASES][PHASES][STEPS_MAX + 1] = {
    [DOWN] = {[COMING] = {START}, [UP] = {START, COMPLETE}, [LEAVING] = {LEAVE}},
    [COMING] = {[DOWN] = {FAIL, COMPLETE}, [UP] = {COMPLETE}, [LEAVING] = {FAIL, COMPLETE}},
    [UP] = {[DOWN] = {LEAVE, LEFT}, [COMING] = {LEAVE, LEFT, START}, [LEAVING] = {LEAVE}},
    [LEAVING] = {[DOWN] = {LEFT}, [COMING] = {LEFT, START}, [UP] = {LEFT, START, COMPLETE}},
};

static WLAN_REASON_CODE reason_of(netdisc_status status)
{
    static const struct {
        netdisc_status status;
        WLAN_REASON_CODE reason;
    } reasons[] = {
        {NETDISC_ERROR_INVALID_PASSWORD, WLAN_REASON_CODE_KEY_MISMATCH},
        {NETDISC_ERROR_NOT_FOUND, WLAN_REASON_CODE_NETWORK_NOT_AVAILABLE},
        {NETDISC_ERROR_SEM_TIMEOUT, WLAN_REASON_CODE_ASSOCIATION_TIMEOUT},
        {NETDISC_ERROR_OPERATION_ABORTED, WLAN_REASON_CODE_USER_CANCELLED},
        {NETDISC_NO_ERROR, WLAN_REASON_CODE_USER_CANCELLED},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return WLAN_REASON_CODE_UNKNOWN;
}

/* False: it has no GUID. */
static bool read_item(const netdisc_wlan *item, interface *out)
{
    *out = (interface){.phase = UNTOLD, .named = item->ssid_length > 0 || item->profile};
    out->network.wlanConnectionMode = wlan_connection_mode_profile;
    out->network.dot11BssType = dot11_BSS_type_any;
    out->network.dot11Ssid = nw_wlan_ssid(item);
    nw_wlan_name(item->profile, out->network.strProfileName);
    return nw_guid_of_text(item->uuid, &out->guid);
}

static bool read_event(const netdisc_event *event, interface *out)
{
    bool good = read_item(event->wlan, out);

    out->phase = event->type == NETDISC_EVENT_REMOVED ? DOWN : phase_of(event->state);
    return good;
}

/* What was known of it before, or what the event says of that. */
static interface before(nw_wlan_memory *memory, const netdisc_event *event, const interface *now)
{
    const interface *known = *find(memory, &now->guid);
    interface then = known ? *known : *now;

    if (event->type == NETDISC_EVENT_ADDED)
        then.phase = DOWN;
    else if (!known || known->phase == UNTOLD)
        then.phase = phase_of(event->old_state);
    return then;
}

/* What it leaves. An event often does not know that any more, or knows already what comes next. */
static const interface *network_left(const interface *then, const interface *now)
{
    return then->named ? then : now;
}

/* What it comes to, or is at. Where an attempt has failed the event may not know it any more. */
static const interface *network_come_to(const interface *then, const interface *now)
{
    bool same = then->phase == COMING || then->phase == now->phase;

    if (!same || (now->phase == UP && now->named))
        return now;
    return then->named ? then : now;
}

static void say_way(nw_wlan_client *client, const interface *then, const interface *now,
                    netdisc_status status)
{
    WLAN_REASON_CODE reason = now->phase == UP ? WLAN_REASON_CODE_SUCCESS : reason_of(status);

    for (const unsigned char *step = ways[then->phase][now->phase]; *step; step++) {
        bool leaves = *step == LEAVE || *step == LEFT;

        say_of_network(client, *step, leaves ? network_left(then, now) : network_come_to(then, now),
                       reason);
    }
}

static void remove_interface(interface **link)
{
    interface *at = *link;

    if (at)
        *link = at->next;
    free(at);
}

/* The network is forgotten with the connection. Without memory the next event speaks for itself. */
static void keep(interface **link, const interface *then, const interface *now)
{
    bool leaves = now->phase == LEAVING, failed = leaves && then->phase == COMING;
    const interface *network = leaves ? network_left(then, now) : network_come_to(then, now);
    interface *at = *link;

    if (!at)
        at = *link = calloc(1, sizeof *at);
    if (!at)
        return;
    at->guid = now->guid;
    at->phase = failed ? DOWN : now->phase;
    at->named = network->named;
    at->network = network->network;
    if (at->phase != DOWN)
        return;
    at->named = false;
    at->network.dot11Ssid = (DOT11_SSID){0};
    at->network.strProfileName[0] = 0;
}

/* `now` NULL: it is no more. */
static void remember(nw_wlan_memory *memory, const interface *then, const interface *now)
{
    interface **link = find(memory, &then->guid);

    if (now)
        keep(link, then, now);
    else
        remove_interface(link);
}

static void tell(nw_wlan_client *client, const netdisc_event *event)
{
    bool removed = event->type == NETDISC_EVENT_REMOVED;
    bool stays = event->type == NETDISC_EVENT_CHANGED && event->old_state == event->state;
    interface now;

    if (!read_event(event, &now))
        return;
    pthread_mutex_lock(&client->lock);
    interface then = before(client->memory, event, &now);
    unsigned registration = client->memory->registration;
    pthread_mutex_unlock(&client->lock);

    if (stays)
        now.phase = then.phase;
    if (event->type == NETDISC_EVENT_ADDED)
        say_of_interface(client, wlan_notification_acm_interface_arrival, &now.guid);
    say_way(client, &then, &now, removed ? NETDISC_ERROR_DEV_NOT_EXIST : event->status);
    if (removed)
        say_of_interface(client, wlan_notification_acm_interface_removal, &now.guid);

    /* The callback may have ended it, and another thread begun the next. */
    pthread_mutex_lock(&client->lock);
    if (registration == client->memory->registration)
        remember(client->memory, &then, removed ? NULL : &now);
    pthread_mutex_unlock(&client->lock);
}

/* ---- The watch ------------------------------------------------------------------------------- */

/* A provider reports again, or something was lost: what was known may be so no more. */
static void begin_anew(nw_wlan_client *client, const netdisc_event *event)
{
    pthread_mutex_lock(&client->lock);
    bool first = !client->ready && event->type == NETDISC_EVENT_READY;
    if (first) {
        client->ready = true;
        pthread_cond_broadcast(&client->changed);
    }
    if (!first)
        forget_interfaces(client->memory);
    pthread_mutex_unlock(&client->lock);
}

/* The handle of a client that has been closed stands for nobody. */
static void hear(void *handle, const netdisc_event *event)
{
    nw_wlan_client *client = nw_handle_use(handle, &nw_wlan_kind);

    if (!client)
        return;
    if (event->wlan)
        tell(client, event);
    else
        begin_anew(client, event);
    nw_object_release(client);
}

/* Whoever is told from here on misses nothing; a callback cannot wait for that. */
static DWORD await_ready(nw_wlan_client *client)
{
    struct timespec until = nw_deadline(READY_MS);
    DWORD status = NO_ERROR;

    if (nw_teller_is_here())
        return NO_ERROR;
    pthread_mutex_lock(&client->lock);
    while (!client->ready && !client->closed && !status)
        if (pthread_cond_timedwait(&client->changed, &client->lock, &until) == ETIMEDOUT)
            status = ERROR_TIMEOUT;
    if (client->ready)
        status = NO_ERROR;
    if (client->closed)
        status = ERROR_INVALID_HANDLE;
    pthread_mutex_unlock(&client->lock);
    return status;
}

/* Before the watch: whether the service is there, and what there is to leave. */
static DWORD learn(nw_wlan_client *client, netdisc *nd)
{
    netdisc_list *list = NULL;
    DWORD status = netdisc_wlan_list(nd, 0, 0, &list, NULL);
    size_t count = netdisc_list_count(list);
    interface now;

    pthread_mutex_lock(&client->lock);
    client->ready = false;
    client->memory->registration++;
    client->memory->last = (saying){0};
    forget_interfaces(client->memory);
    for (size_t i = 0; i < count; i++)
        if (read_item(netdisc_list_wlan(list, i), &now))
            remember(client->memory, &now, &now);
    pthread_mutex_unlock(&client->lock);
    netdisc_list_free(list);
    return status;
}

static DWORD watch_from(nw_wlan_client *client, netdisc *nd)
{
    DWORD status = learn(client, nd);

    if (!status)
        status = nw_teller_start(nd);
    if (status)
        return status;
    status = netdisc_watch_start(nd, NETDISC_WLAN, hear, client->handle, &client->watch, NULL);
    if (!status)
        status = await_ready(client);
    if (!status)
        return NO_ERROR;
    netdisc_watch_stop(client->watch);
    client->watch = NULL;
    nw_teller_stop();
    return status;
}

static DWORD begin_watch(nw_wlan_client *client)
{
    DWORD status;
    netdisc *nd;

    if (client->watch)
        return NO_ERROR;
    nd = nw_enter(&status);
    if (!nd)
        return status;
    status = watch_from(client, nd);
    nw_leave();
    return status;
}

void nw_wlan_end_watch(nw_wlan_client *client)
{
    if (!client->watch)
        return;
    netdisc_watch_stop(client->watch);
    client->watch = NULL;
    nw_teller_stop();
}

/* ---- Whose turn it is ------------------------------------------------------------------------ */

/* False: another's, which a callback must not wait for. */
static bool take_turn(nw_wlan_client *client)
{
    bool here = nw_teller_is_here(), mine;

    pthread_mutex_lock(&client->lock);
    while (client->busy && !here)
        pthread_cond_wait(&client->changed, &client->lock);
    mine = !client->busy;
    client->busy = true;
    pthread_mutex_unlock(&client->lock);
    return mine;
}

static void give_turn(nw_wlan_client *client)
{
    pthread_mutex_lock(&client->lock);
    client->busy = false;
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
}

static nw_wlan_wish set_wish(nw_wlan_client *client, nw_wlan_wish wish)
{
    pthread_mutex_lock(&client->lock);
    nw_wlan_wish before_it = client->wish;
    client->wish = wish;
    pthread_mutex_unlock(&client->lock);
    return before_it;
}

void nw_wlan_silence(nw_wlan_client *client)
{
    pthread_mutex_lock(&client->lock);
    client->closed = true;
    client->wish = (nw_wlan_wish){0};
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
    if (!take_turn(client))
        return;
    nw_wlan_end_watch(client);
    give_turn(client);
}

/* ---- WlanRegisterNotification ---------------------------------------------------------------- */

/* Within a callback, while another thread registers or unregisters the same client. */
static DWORD wish_out_of_turn(nw_wlan_client *client, nw_wlan_wish wish, DWORD *previous)
{
    if (wish.sources)
        return ERROR_BUSY;
    *previous = set_wish(client, wish).sources;
    return NO_ERROR;
}

static DWORD fulfil(nw_wlan_client *client, nw_wlan_wish wish, DWORD *previous)
{
    nw_wlan_wish old;
    DWORD status = NO_ERROR;

    if (wish.sources && !(wish.sources & WLAN_NOTIFICATION_SOURCE_ACM))
        return ERROR_NOT_SUPPORTED;
    if (!take_turn(client))
        return wish_out_of_turn(client, wish, previous);
    old = set_wish(client, wish);
    if (wish.sources)
        status = begin_watch(client);
    else
        nw_wlan_end_watch(client);
    if (status)
        set_wish(client, old);
    *previous = old.sources;
    give_turn(client);
    return status;
}

DWORD WINAPI WlanRegisterNotification(HANDLE hClientHandle, DWORD dwNotifSource, BOOL bIgnoreDuplicate,
                                      WLAN_NOTIFICATION_CALLBACK funcCallback, PVOID pCallbackContext,
                                      PVOID pReserved, PDWORD pdwPrevNotifSource)
{
    nw_wlan_wish wish = {dwNotifSource, bIgnoreDuplicate, funcCallback, pCallbackContext};
    nw_wlan_client *client;
    DWORD previous = 0, status;

    if (!hClientHandle || pReserved || (dwNotifSource && !funcCallback))
        return nw_ends(ERROR_INVALID_PARAMETER);
    client = nw_handle_use(hClientHandle, &nw_wlan_kind);
    if (!client)
        return nw_ends(ERROR_INVALID_HANDLE);
    status = fulfil(client, wish, &previous);
    nw_object_release(client);
    if (!status && pdwPrevNotifSource)
        *pdwPrevNotifSource = previous;
    return nw_ends(status);
}
