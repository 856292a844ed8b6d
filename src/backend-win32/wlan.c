/* SPDX-License-Identifier: MIT */
#include "wlan.h"

#include <stdlib.h>

/* Nothing tells that the service has stopped, or is back. */
enum { PERIOD_MS = 5000 };

static const char *const names[] = {ND_WLAN_FUNCTIONS(ND_FUNCTION_NAME)};
static const nd_library library = ND_LIBRARY("wlanapi.dll", names);

/* ---- The watch ------------------------------------------------------------------------------ */

/* An interface stays what it is, whatever it is connected to. */
static void add_to_picture(void *to, const nd_item *item)
{
    nd_item lasting = *item;

    lasting.key = item->as.wlan.uuid;
    nd_picture_add(to, &lasting);
}

static netdisc_status look(void *state, nd_picture *picture, nd_trouble *why)
{
    const nd_wlan_sink sink = {.to = picture, .add = add_to_picture};

    return nd_wlan_interfaces(state, NULL, &sink, why);
}

static const nd_look wlan_look = {.sort = ND_SORT_WLAN, .period_ms = PERIOD_MS, .look = look};

static void watch(void *state, uint32_t kinds)
{
    nd_wlan *wlan = state;

    nd_watching_set(wlan->watching, (kinds & NETDISC_WLAN) != 0);
}

/* ---- Opening and closing -------------------------------------------------------------------- */

static netdisc_status open_wlan(const nd_host *host, void **state, nd_failure *why)
{
    nd_wlan *wlan = calloc(1, sizeof *wlan);

    if (!wlan)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    wlan->host = host;
    nd_patience_init(&wlan->patience);
    InitializeSRWLock(&wlan->lock);

    netdisc_status status = nd_library_load(&library, &wlan->call, sizeof wlan->call, why);

    if (!status) {
        wlan->watching = nd_watching_new(host, &wlan_look, wlan);
        status = wlan->watching ? NETDISC_NO_ERROR : NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }
    if (status)
        free(wlan);
    else
        *state = wlan;
    return status;
}

/* What the service tells must not find a watch that is gone. */
static nd_watching *take_watching(nd_wlan *wlan)
{
    AcquireSRWLockExclusive(&wlan->lock);
    nd_watching *watching = wlan->watching;

    wlan->watching = NULL;
    ReleaseSRWLockExclusive(&wlan->lock);
    return watching;
}

static void close_wlan(void *state)
{
    nd_wlan *wlan = state;

    nd_watching_free(take_watching(wlan));
    nd_wlan_hang_up(wlan);
    nd_wlan_forget_news(wlan);
    free(wlan);
}

static void abandon(void *state, nd_call *call)
{
    nd_wlan *wlan = state;

    (void)call;
    nd_patience_raise(&wlan->patience);
}

/* ---- Slots ---------------------------------------------------------------------------------- */

static void ignore_item(void *to, const nd_item *item)
{
    (void)to;
    (void)item;
}

static void probe(void *state, nd_call *call)
{
    const nd_wlan_sink sink = {.add = ignore_item};
    nd_trouble why = {0};

    nd_trouble_finish(call, nd_wlan_interfaces(state, NULL, &sink, &why), &why);
}

static void list(void *state, nd_call *call)
{
    const nd_wlan_sink sink = nd_wlan_sink_of(call);
    nd_trouble why = {0};

    nd_trouble_finish(call, nd_wlan_interfaces(state, NULL, &sink, &why), &why);
}

static void find(void *state, nd_call *call)
{
    const nd_wlan_sink sink = nd_wlan_sink_of(call);
    nd_trouble why = {0};

    nd_trouble_finish(call, nd_wlan_interfaces(state, &call->request->target, &sink, &why), &why);
}

const nd_provider nd_wlan_provider = {
    .name = "wlanapi",
    .blocking = true,
    .open = open_wlan,
    .close = close_wlan,
    .abandon = abandon,
    .watch = watch,
    .slots[ND_PROBE] = probe,
    .slots[ND_WLAN_LIST] = list,
    .slots[ND_WLAN_FIND] = find,
    .slots[ND_WLAN_DISCONNECT] = nd_wlan_disconnect,
    .slots[ND_WLAN_CONNECT] = nd_wlan_connect,
};
