/* SPDX-License-Identifier: MIT */
/* Connecting: the service answers when it has begun, and tells when it is done. */
#include "wlan.h"

#include <string.h>

typedef struct connecting {
    nd_wlan_place place;
    nd_call *call;
    nd_trouble *why;
    GUID guid;
    nd_wlan_profile profile;
    DOT11_SSID ssid; /* that is wanted; empty: any of the profile's */
    nd_wlan_news before;
    bool was_down; /* it has been seen not connected */
    bool tried;    /* it has been seen to try */
} connecting;

static const netdisc_wlan *device_of(const connecting *self)
{
    return &self->call->items[0]->as.wlan;
}

/* ---- Seeing it up --------------------------------------------------------------------------- */

/* What the service has told of this connection. It may not be allowed to say of which. */
static bool is_completed(const connecting *self, const nd_wlan_news *news)
{
    return news->completed != self->before.completed &&
           (!*news->profile || wcscmp(news->profile, self->profile.name) == 0);
}

/* An attempt that was under way before gives way to this one, and is told to have failed. */
static bool has_failed(const connecting *self, const nd_wlan_news *news, const nd_wlan_condition *now)
{
    bool is_of_another = news->begun == self->before.started;
    bool goes_on = news->started != self->before.started || now->state == NETDISC_STATE_CONNECTING;

    return is_completed(self, news) && news->reason && !(is_of_another && goes_on);
}

/* A profile may know several networks. */
static bool is_as_wanted(const connecting *self, const nd_wlan_condition *now)
{
    return wcscmp(now->profile, self->profile.name) == 0 &&
           (self->ssid.uSSIDLength == 0 || nd_wlan_same_ssid(&now->ssid, &self->ssid));
}

/* Without the permission to know it may be that nothing is told, either. */
static bool has_come_up(const connecting *self, const nd_wlan_news *news)
{
    return news->completed == self->before.completed ? self->was_down
                                                     : is_completed(self, news) && !news->reason;
}

static bool is_up(const connecting *self, const nd_wlan_news *news, const nd_wlan_condition *now)
{
    if (now->state != NETDISC_STATE_CONNECTED)
        return false;
    return now->known ? is_as_wanted(self, now) : has_come_up(self, news);
}

static netdisc_status interrupted(const connecting *self, const char *how)
{
    return nd_trouble_say(self->why, NETDISC_ERROR_REQUEST_ABORTED,
                          "\"%s\" was not connected: the WLAN AutoConfig service %s meanwhile",
                          self->place.device, how);
}

/* Why it is not up, and will not be. NO_ERROR: it may still. */
static netdisc_status why_not(connecting *self, const nd_wlan_news *news, const nd_wlan_condition *now)
{
    const char *device = self->place.device;
    bool is_down = now->state == NETDISC_STATE_DISCONNECTED;

    if (!now->there)
        return nd_trouble_say(self->why, NETDISC_ERROR_DEV_NOT_EXIST, "\"%s\" was removed meanwhile",
                              device);
    if (news->serial != self->before.serial && (is_down || now->known))
        return interrupted(self, "was started anew");
    if (has_failed(self, news, now))
        return nd_wlan_reason_trouble(self->place.wlan, self->why, news->reason,
                                      "\"%s\" could not be connected", device);
    if (news->completed != self->before.completed && !news->reason && now->known)
        return nd_trouble_say(self->why, NETDISC_ERROR_OPERATION_ABORTED,
                              "another connection took \"%s\"", device);
    if (is_completed(self, news) && news->over && is_down)
        return nd_trouble_say(self->why, NETDISC_ERROR_OPERATION_ABORTED,
                              "\"%s\" was connected, and disconnected again at once", device);
    if (!news->told && self->tried && is_down)
        return nd_trouble_say(self->why, NETDISC_ERROR_GEN_FAILURE,
                              "\"%s\" could not be connected, and the service does not tell why",
                              device);
    self->was_down = self->was_down || now->state != NETDISC_STATE_CONNECTED;
    self->tried = self->tried || now->state == NETDISC_STATE_CONNECTING;
    return NETDISC_NO_ERROR;
}

/* True: it is decided, be it up or not. */
static bool is_decided(connecting *self, netdisc_status *status)
{
    nd_wlan *wlan = self->place.wlan;
    nd_wlan_condition now;
    nd_wlan_news news = self->before;

    /* The news first: what they tell of can be seen. */
    nd_wlan_news_of(wlan, &self->guid, &news);
    *status = nd_wlan_look_at(wlan, &self->guid, &now, self->why);
    if (*status == NETDISC_ERROR_SERVICE_NOT_ACTIVE)
        *status = interrupted(self, "stopped");
    if (*status || is_up(self, &news, &now))
        return true;
    *status = why_not(self, &news, &now);
    return *status != NETDISC_NO_ERROR;
}

static netdisc_status see_it_up(connecting *self)
{
    nd_patience *patience = &self->place.wlan->patience;

    for (DWORD ms = ND_WLAN_FIRST_MS;; ms = nd_wlan_longer(ms)) {
        uint64_t round = nd_patience_round(patience);
        netdisc_status status;

        if (is_decided(self, &status))
            return status;
        if (!nd_patience_wait(patience, self->call, round, ms))
            return nd_trouble_say(self->why, NETDISC_ERROR_TIMEOUT, "\"%s\" was not seen to connect",
                                  self->place.device);
    }
}

/* ---- Asking for it -------------------------------------------------------------------------- */

static DWORD ask_to_connect(const nd_wlan_api *call, HANDLE handle, void *question)
{
    connecting *self = question;
    WLAN_CONNECTION_PARAMETERS how = {
        .wlanConnectionMode = wlan_connection_mode_profile,
        .strProfile = self->profile.name,
        .pDot11Ssid = self->ssid.uSSIDLength > 0 ? &self->ssid : NULL,
        .dot11BssType = dot11_BSS_type_infrastructure,
    };

    return call->WlanConnect(handle, &self->guid, &how, NULL);
}

/* What accepted it: the handle may have been a new one. */
static void note_session(connecting *self)
{
    nd_wlan_news now;

    if (nd_wlan_news_of(self->place.wlan, &self->guid, &now))
        self->before.serial = now.serial;
}

static netdisc_status connect_profile(connecting *self)
{
    nd_wlan *wlan = self->place.wlan;

    if (!nd_wlan_news_of(wlan, &self->guid, &self->before))
        return nd_trouble_say(self->why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "not enough memory");

    DWORD code = nd_wlan_do(wlan, ask_to_connect, self);

    if (code)
        return nd_wlan_trouble(self->why, code, "\"%s\" cannot be connected", self->place.device);
    note_session(self);
    nd_note(self->call, "the WLAN AutoConfig service accepted the request");
    if (self->call->flags & NETDISC_NO_WAIT)
        return NETDISC_NO_ERROR;

    netdisc_status status = see_it_up(self);

    if (!status)
        nd_note(self->call, NULL);
    return status;
}

static bool is_wanted_profile(const nd_request *request, const WCHAR *profile)
{
    WCHAR wanted[WLAN_MAX_NAME_LENGTH];

    return nd_wide_into(wanted, ND_COUNT(wanted), request->profile.text) && wcscmp(wanted, profile) == 0;
}

/* It is connected so already. */
static netdisc_status look_before(connecting *self, bool *is_so)
{
    const nd_request *request = self->call->request;
    nd_wlan_condition now;
    netdisc_status status = nd_wlan_look_at(self->place.wlan, &self->guid, &now, self->why);

    self->was_down = now.state != NETDISC_STATE_CONNECTED;
    *is_so = !status && now.state == NETDISC_STATE_CONNECTED && now.known &&
             (request->profile.form != ND_FORM_NONE ? is_wanted_profile(request, now.profile)
                                                    : nd_wlan_same_ssid(&self->ssid, &now.ssid));
    return status;
}

static netdisc_status connect_it(connecting *self)
{
    bool is_so;
    netdisc_status status = look_before(self, &is_so);

    if (status || is_so)
        return status;
    status = nd_wlan_profile_get(&self->place, &self->profile, self->why);
    if (!status)
        status = connect_profile(self);
    if (status)
        nd_wlan_profile_undo(&self->place, &self->profile);
    return status;
}

/* As it is now. */
static void add_device(const connecting *self)
{
    const nd_name target = {.form = ND_FORM_UUID, .text = device_of(self)->uuid};
    const nd_wlan_sink sink = nd_wlan_sink_of(self->call);
    nd_trouble why;

    if (nd_wlan_interfaces(self->place.wlan, &target, &sink, &why))
        nd_add(self->call, self->call->items[0]);
}

void nd_wlan_connect(void *state, nd_call *call)
{
    nd_trouble why = {0};
    connecting self = {.call = call, .why = &why};
    netdisc_status status = NETDISC_ERROR_INTERNAL_ERROR;

    self.place = (nd_wlan_place){
        .wlan = state, .guid = &self.guid, .device = device_of(&self)->name, .request = call->request};
    if (call->request->profile.form == ND_FORM_NONE)
        self.ssid = nd_wlan_ssid_of(call->request->wlan);
    if (nd_guid_parse(device_of(&self)->uuid, &self.guid))
        status = connect_it(&self);
    if (!status)
        add_device(&self);
    nd_wlan_profile_clear(&self.profile);
    nd_trouble_finish(call, status, &why);
}
