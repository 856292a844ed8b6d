/* SPDX-License-Identifier: MIT */
#include "wlan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any machine has: what claims more is not believed. */
enum { INTERFACES_MAX = 1024, SSID_HEX = 2 * DOT11_SSID_MAX_LENGTH + 1 };

/* ---- Asking the service --------------------------------------------------------------------- */

static DWORD enumerate(const nd_wlan_api *call, HANDLE handle, void *question)
{
    WLAN_INTERFACE_INFO_LIST **list = question;

    return call->WlanEnumInterfaces(handle, NULL, list);
}

static netdisc_status get_list(nd_wlan *wlan, WLAN_INTERFACE_INFO_LIST **list, nd_trouble *why)
{
    DWORD code;

    *list = NULL;
    code = nd_wlan_do(wlan, enumerate, list);
    if (code)
        return nd_wlan_trouble(why, code, "the WLAN interfaces cannot be listed");
    if (!*list || (*list)->dwNumberOfItems > INTERFACES_MAX) {
        wlan->call.WlanFreeMemory(*list);
        return nd_trouble_say(why, NETDISC_ERROR_INVALID_DATA,
                              "the WLAN AutoConfig service gave a malformed list of interfaces");
    }
    return NETDISC_NO_ERROR;
}

typedef struct connection_question {
    const GUID *guid;
    DWORD size;
    void *data;
} connection_question;

static DWORD query(const nd_wlan_api *call, HANDLE handle, void *question)
{
    connection_question *asked = question;

    return call->WlanQueryInterface(handle, asked->guid, wlan_intf_opcode_current_connection, NULL,
                                    &asked->size, &asked->data, NULL);
}

/* What an interface is connected to. */
static DWORD get_connection(nd_wlan *wlan, const GUID *guid, WLAN_CONNECTION_ATTRIBUTES *connection)
{
    connection_question asked = {.guid = guid};
    DWORD code = nd_wlan_do(wlan, query, &asked);

    if (!code && asked.data && asked.size >= sizeof *connection)
        memcpy(connection, asked.data, sizeof *connection);
    else if (!code)
        code = ERROR_INVALID_DATA;
    if (asked.data)
        wlan->call.WlanFreeMemory(asked.data);
    if (!code) {
        connection->strProfileName[ND_COUNT(connection->strProfileName) - 1] = L'\0';
        DOT11_SSID *ssid = &connection->wlanAssociationAttributes.dot11Ssid;

        if (ssid->uSSIDLength > DOT11_SSID_MAX_LENGTH)
            ssid->uSSIDLength = 0;
    }
    return code;
}

static netdisc_state state_of(WLAN_INTERFACE_STATE state)
{
    static const netdisc_state states[] = {
        [wlan_interface_state_not_ready] = NETDISC_STATE_DISCONNECTED,
        [wlan_interface_state_connected] = NETDISC_STATE_CONNECTED,
        [wlan_interface_state_ad_hoc_network_formed] = NETDISC_STATE_CONNECTED,
        [wlan_interface_state_disconnecting] = NETDISC_STATE_DISCONNECTING,
        [wlan_interface_state_disconnected] = NETDISC_STATE_DISCONNECTED,
        [wlan_interface_state_associating] = NETDISC_STATE_CONNECTING,
        [wlan_interface_state_discovering] = NETDISC_STATE_CONNECTING,
        [wlan_interface_state_authenticating] = NETDISC_STATE_CONNECTING,
    };

    return (size_t)state < ND_COUNT(states) ? states[state] : NETDISC_STATE_UNKNOWN;
}

/* ---- As an item ----------------------------------------------------------------------------- */

typedef struct described {
    nd_item item;
    char uuid[ND_GUID_TEXT];
    char key[ND_GUID_TEXT + SSID_HEX + 32];
    char bssid[18];
    uint8_t ssid_bytes[DOT11_SSID_MAX_LENGTH];
    char *name;
    char *ssid;
    char *profile;
} described;

static void clear(described *it)
{
    free(it->name);
    free(it->ssid);
    free(it->profile);
}

WCHAR *nd_wlan_ssid_text(const DOT11_SSID *ssid)
{
    const char *bytes = (const char *)ssid->ucSSID;
    WCHAR *text = calloc(DOT11_SSID_MAX_LENGTH + 1, sizeof *text);
    int count = 0;

    if (!text)
        return NULL;
    if (ssid->uSSIDLength > 0)
        count =
            MultiByteToWideChar(CP_UTF8, 0, bytes, (int)ssid->uSSIDLength, text, DOT11_SSID_MAX_LENGTH);
    for (int i = 0; i < count; i++)
        if (!text[i])
            text[i] = 0xfffd;
    return text;
}

/* False: no memory. */
static bool describe_connection(described *it, const WLAN_CONNECTION_ATTRIBUTES *connection)
{
    const WLAN_ASSOCIATION_ATTRIBUTES *association = &connection->wlanAssociationAttributes;
    const unsigned char *bssid = association->dot11Bssid;
    netdisc_wlan *wlan = &it->item.as.wlan;
    WCHAR *ssid = nd_wlan_ssid_text(&association->dot11Ssid);

    it->ssid = nd_narrow(ssid);
    free(ssid);
    it->profile = nd_narrow(connection->strProfileName);
    memcpy(it->ssid_bytes, association->dot11Ssid.ucSSID, sizeof it->ssid_bytes);
    snprintf(it->bssid, sizeof it->bssid, "%02x:%02x:%02x:%02x:%02x:%02x", bssid[0], bssid[1], bssid[2],
             bssid[3], bssid[4], bssid[5]);
    wlan->ssid = it->ssid;
    wlan->ssid_bytes = it->ssid_bytes;
    wlan->ssid_length = association->dot11Ssid.uSSIDLength;
    wlan->bssid = it->bssid;
    wlan->profile = it->profile && *it->profile ? it->profile : NULL;
    wlan->signal = association->wlanSignalQuality <= 100 ? (int32_t)association->wlanSignalQuality : -1;
    wlan->state = state_of(connection->isState);
    return it->ssid && it->profile;
}

/* A connection is told from the next by what the service says has ended, and by the network. */
static void make_key(described *it, const nd_wlan_news *news)
{
    const netdisc_wlan *wlan = &it->item.as.wlan;
    int length = snprintf(it->key, sizeof it->key, "%s %u.%u ", it->uuid, (unsigned)news->serial,
                          (unsigned)news->ended);

    for (size_t i = 0; i < wlan->ssid_length; i++)
        length += snprintf(it->key + length, sizeof it->key - (size_t)length, "%02x", it->ssid_bytes[i]);
}

static bool begin(described *it, const WLAN_INTERFACE_INFO *info)
{
    nd_guid_text(&info->InterfaceGuid, it->uuid);
    it->name = nd_narrow_field(info->strInterfaceDescription, ND_COUNT(info->strInterfaceDescription));
    it->item = (nd_item){
        .sort = ND_SORT_WLAN,
        .key = it->key,
        .as.wlan =
            {
                .uuid = it->uuid,
                .name = it->name && *it->name ? it->name : it->uuid,
                .state = state_of(info->isState),
                .signal = -1,
            },
    };
    return it->name != NULL;
}

static bool is_meant(const described *it, const WLAN_INTERFACE_INFO *info, const nd_name *target)
{
    const WCHAR *description = info->strInterfaceDescription;

    if (!target || target->form == ND_FORM_ONLY)
        return true;
    if (target->form == ND_FORM_UUID)
        return strcmp(target->text, it->uuid) == 0;
    return wcsnlen(description, ND_COUNT(info->strInterfaceDescription)) <
               ND_COUNT(info->strInterfaceDescription) &&
           nd_wide_is_well_formed(description) && strcmp(target->text, it->item.as.wlan.name) == 0;
}

static netdisc_status no_memory(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "not enough memory");
}

/* It is up, and what it is connected to cannot be known. */
static void tell_unknown(const nd_wlan_sink *sink, const described *it, DWORD code)
{
    nd_trouble why;
    netdisc_status status = nd_wlan_trouble(&why, code, "what \"%s\" is connected to cannot be known",
                                            it->item.as.wlan.name);

    if (sink->lacks)
        sink->lacks(sink->to, status, &why);
}

/* Between the list and the question it may have been disconnected. */
static netdisc_status add_details(nd_wlan *wlan, described *it, const GUID *guid,
                                  const nd_wlan_sink *sink, nd_trouble *why)
{
    WLAN_CONNECTION_ATTRIBUTES connection;
    DWORD code = get_connection(wlan, guid, &connection);

    if (code == ERROR_INVALID_STATE)
        it->item.as.wlan.state = NETDISC_STATE_DISCONNECTED;
    else if (code)
        tell_unknown(sink, it, code);
    else if (!describe_connection(it, &connection))
        return no_memory(why);
    return NETDISC_NO_ERROR;
}

static netdisc_status add_interface(nd_wlan *wlan, const WLAN_INTERFACE_INFO *info,
                                    const nd_name *target, const nd_wlan_sink *sink, nd_trouble *why)
{
    described it = {.name = NULL};
    netdisc_status status = NETDISC_NO_ERROR;
    nd_wlan_news news;

    /* What ends from here on is not taken for what is found. */
    if (!begin(&it, info) || !nd_wlan_news_of(wlan, &info->InterfaceGuid, &news))
        status = no_memory(why);
    if (!status && is_meant(&it, info, target)) {
        if (it.item.as.wlan.state == NETDISC_STATE_CONNECTED)
            status = add_details(wlan, &it, &info->InterfaceGuid, sink, why);
        if (!status) {
            make_key(&it, &news);
            sink->add(sink->to, &it.item);
        }
    }
    clear(&it);
    return status;
}

netdisc_status nd_wlan_interfaces(nd_wlan *wlan, const nd_name *target, const nd_wlan_sink *sink,
                                  nd_trouble *why)
{
    WLAN_INTERFACE_INFO_LIST *list;
    netdisc_status status = get_list(wlan, &list, why);

    if (status)
        return status;
    for (DWORD i = 0; i < list->dwNumberOfItems && !status; i++)
        status = add_interface(wlan, &list->InterfaceInfo[i], target, sink, why);
    wlan->call.WlanFreeMemory(list);
    return status;
}

static void add_to_call(void *to, const nd_item *item)
{
    nd_add(to, item);
}

static void lacks_in_call(void *to, netdisc_status status, const nd_trouble *why)
{
    nd_trouble_lacks(to, status, why);
}

nd_wlan_sink nd_wlan_sink_of(nd_call *call)
{
    return (nd_wlan_sink){call, add_to_call, call->slot == ND_WLAN_LIST ? lacks_in_call : NULL};
}

/* ---- One of them ---------------------------------------------------------------------------- */

static void look_closer(nd_wlan *wlan, const GUID *guid, nd_wlan_condition *condition)
{
    WLAN_CONNECTION_ATTRIBUTES connection;

    DWORD code = get_connection(wlan, guid, &connection);

    /* It is connected no more, or it is not yet. */
    if (code == ERROR_INVALID_STATE)
        condition->state = NETDISC_STATE_UNKNOWN;
    if (code)
        return;
    condition->known = true;
    condition->state = state_of(connection.isState);
    condition->ssid = connection.wlanAssociationAttributes.dot11Ssid;
    memcpy(condition->profile, connection.strProfileName, sizeof condition->profile);
}

netdisc_status nd_wlan_look_at(nd_wlan *wlan, const GUID *guid, nd_wlan_condition *condition,
                               nd_trouble *why)
{
    WLAN_INTERFACE_INFO_LIST *list;
    netdisc_status status = get_list(wlan, &list, why);

    memset(condition, 0, sizeof *condition);
    condition->state = NETDISC_STATE_DISCONNECTED;
    if (status)
        return status;
    for (DWORD i = 0; i < list->dwNumberOfItems && !condition->there; i++) {
        const WLAN_INTERFACE_INFO *info = &list->InterfaceInfo[i];

        condition->there = memcmp(&info->InterfaceGuid, guid, sizeof *guid) == 0;
        if (condition->there)
            condition->state = state_of(info->isState);
    }
    wlan->call.WlanFreeMemory(list);
    if (condition->state == NETDISC_STATE_CONNECTED)
        look_closer(wlan, guid, condition);
    return NETDISC_NO_ERROR;
}
