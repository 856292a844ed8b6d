/* SPDX-License-Identifier: MIT */
/* Disconnecting: the service answers when it has begun; the end is what it tells, or what is seen. */
#include "wlan.h"

#include <stdlib.h>

typedef struct ending {
    nd_wlan *wlan;
    nd_call *call;
    GUID guid;
    const char *name;
    uint32_t ended_before;
    bool begins_again;
} ending;

static DWORD disconnect(const nd_wlan_api *call, HANDLE handle, void *question)
{
    const ending *end = question;

    return call->WlanDisconnect(handle, &end->guid, NULL);
}

/* That it is not connected; what cannot be seen is not. */
static bool is_down(const ending *end)
{
    nd_wlan_condition now;
    nd_trouble why;

    return !nd_wlan_look_at(end->wlan, &end->guid, &now, &why) &&
           now.state == NETDISC_STATE_DISCONNECTED;
}

static netdisc_status ask_for_end(ending *end, nd_trouble *why)
{
    nd_wlan_news before;

    if (!nd_wlan_news_of(end->wlan, &end->guid, &before))
        return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "not enough memory");
    end->ended_before = before.ended;

    DWORD code = nd_wlan_do(end->wlan, disconnect, end);

    if (!code) {
        nd_note(end->call, "the WLAN AutoConfig service accepted the request");
        return NETDISC_NO_ERROR;
    }
    if (is_down(end))
        return nd_trouble_say(why, NETDISC_ERROR_NOT_CONNECTED, "\"%s\" has ended by itself meanwhile",
                              end->name);
    return nd_wlan_trouble(why, code, "\"%s\" cannot be disconnected", end->name);
}

/* What the service tells, though it may be connected again. */
static bool is_told_to_have_ended(const ending *end)
{
    nd_wlan_news now;

    return nd_wlan_news_of(end->wlan, &end->guid, &now) && now.ended != end->ended_before;
}

/* True: it is known, be it that it has ended or that it cannot be seen. */
static bool is_decided(ending *end, netdisc_status *status, nd_trouble *why)
{
    nd_wlan_condition now;
    bool told = is_told_to_have_ended(end);

    *status = nd_wlan_look_at(end->wlan, &end->guid, &now, why);
    if (!told)
        return *status || now.state == NETDISC_STATE_DISCONNECTED;
    end->begins_again = !*status && now.state != NETDISC_STATE_DISCONNECTED;
    *status = NETDISC_NO_ERROR;
    return true;
}

static netdisc_status see_the_end(ending *end, nd_trouble *why)
{
    nd_patience *patience = &end->wlan->patience;

    for (DWORD ms = ND_WLAN_FIRST_MS;; ms = nd_wlan_longer(ms)) {
        uint64_t round = nd_patience_round(patience);
        netdisc_status status;

        if (is_decided(end, &status, why))
            return status;
        if (!nd_patience_wait(patience, end->call, round, ms))
            return nd_trouble_say(why, NETDISC_ERROR_TIMEOUT, "\"%s\" was not seen to end", end->name);
    }
}

static netdisc_status end_one(nd_wlan *wlan, nd_call *call, const netdisc_wlan *item, nd_trouble *why)
{
    ending end = {.wlan = wlan, .call = call, .name = item->name};

    if (!nd_guid_parse(item->uuid, &end.guid))
        return nd_trouble_say(why, NETDISC_ERROR_INVALID_PARAMETER, "\"%s\" is not a GUID", item->uuid);

    netdisc_status status = ask_for_end(&end, why);

    if (status || call->flags & NETDISC_NO_WAIT)
        return status;
    status = see_the_end(&end, why);
    if (!status)
        nd_note(call, end.begins_again ? "Windows has begun to connect it again" : NULL);
    return status;
}

void nd_wlan_disconnect(void *state, nd_call *call)
{
    nd_trouble why = {0};
    netdisc_status status = NETDISC_NO_ERROR;

    for (size_t i = 0; i < call->item_count && !status; i++)
        status = end_one(state, call, &call->items[i]->as.wlan, &why);
    nd_trouble_finish(call, status, &why);
}
