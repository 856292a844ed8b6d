/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "wlan.h"

static DWORD get_list(HANDLE handle, netdisc_list **out)
{
    DWORD status;
    netdisc *nd = nw_wlan_enter(handle, &status);

    if (!nd)
        return status;
    status = netdisc_wlan_list(nd, 0, 0, out, NULL);
    nw_leave();
    return status;
}

/* Why there may be more than the list has. */
static DWORD why_partial(const netdisc_list *list, DWORD otherwise)
{
    const netdisc_error *failure = netdisc_list_failure(list, 0);

    return failure ? failure->status : otherwise;
}

/* ---- WlanEnumInterfaces ---------------------------------------------------------------------- */

static DWORD describe(const netdisc_wlan *item, WLAN_INTERFACE_INFO *out)
{
    if (!nw_guid_of_text(item->uuid, &out->InterfaceGuid))
        return ERROR_INVALID_DATA;
    out->isState = nw_wlan_state(item->state);
    return nw_wlan_name(item->name, out->strInterfaceDescription) ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

static DWORD describe_all(const netdisc_list *list, WLAN_INTERFACE_INFO_LIST **out)
{
    size_t count = netdisc_list_count(list);
    DWORD status = count > 0 ? NO_ERROR : why_partial(list, NO_ERROR);
    WLAN_INTERFACE_INFO_LIST *made;

    if (status)
        return status;
    made = calloc(1, sizeof *made + count * sizeof made->InterfaceInfo[0]);
    if (!made)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (size_t i = 0; i < count && !status; i++)
        status = describe(netdisc_list_wlan(list, i), &made->InterfaceInfo[i]);
    if (status) {
        free(made);
        return status;
    }
    made->dwNumberOfItems = (DWORD)count;
    *out = made;
    return NO_ERROR;
}

DWORD WINAPI WlanEnumInterfaces(HANDLE hClientHandle, PVOID pReserved,
                                PWLAN_INTERFACE_INFO_LIST *ppInterfaceList)
{
    netdisc_list *list = NULL;
    DWORD status;

    if (!hClientHandle || pReserved || !ppInterfaceList)
        return nw_ends(ERROR_INVALID_PARAMETER);
    status = get_list(hClientHandle, &list);
    if (!status)
        status = describe_all(list, ppInterfaceList);
    netdisc_list_free(list);
    return nw_ends(status);
}

/* ---- WlanQueryInterface ---------------------------------------------------------------------- */

/* What is made is freed with WlanFreeMemory(). */
typedef DWORD make_answer(const netdisc_wlan *item, void **out, DWORD *size);

static DWORD answer_state(const netdisc_wlan *item, void **out, DWORD *size)
{
    WLAN_INTERFACE_STATE *state = malloc(sizeof *state);

    if (!state)
        return ERROR_NOT_ENOUGH_MEMORY;
    *state = nw_wlan_state(item->state);
    *out = state;
    *size = sizeof *state;
    return NO_ERROR;
}

static void read_address(const char *text, DOT11_MAC_ADDRESS out)
{
    if (text)
        sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &out[0], &out[1], &out[2], &out[3], &out[4],
               &out[5]);
}

/* What netdisc does not say is 0, which no algorithm and no kind of radio is. */
static DWORD answer_connection(const netdisc_wlan *item, void **out, DWORD *size)
{
    WLAN_CONNECTION_ATTRIBUTES *made;
    WLAN_ASSOCIATION_ATTRIBUTES *at;

    if (item->state != NETDISC_STATE_CONNECTED && item->state != NETDISC_STATE_CONNECTING)
        return ERROR_INVALID_STATE;
    made = calloc(1, sizeof *made);
    if (!made)
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!nw_wlan_name(item->profile, made->strProfileName)) {
        free(made);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    made->isState = nw_wlan_state(item->state);
    made->wlanConnectionMode = wlan_connection_mode_profile;
    at = &made->wlanAssociationAttributes;
    at->dot11Ssid = nw_wlan_ssid(item);
    at->dot11BssType = dot11_BSS_type_any;
    read_address(item->bssid, at->dot11Bssid);
    at->wlanSignalQuality = item->signal > 0 ? (WLAN_SIGNAL_QUALITY)item->signal : 0;
    *out = made;
    *size = sizeof *made;
    return NO_ERROR;
}

static const struct {
    WLAN_INTF_OPCODE opcode;
    make_answer *make;
} answers[] = {
    {wlan_intf_opcode_interface_state, answer_state},
    {wlan_intf_opcode_current_connection, answer_connection},
};

static make_answer *find_answer(WLAN_INTF_OPCODE opcode)
{
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (answers[i].opcode == opcode)
            return answers[i].make;
    return NULL;
}

/* Documented, but for what netdisc does not know, or for the maker of an adapter. */
static bool is_opcode(WLAN_INTF_OPCODE opcode)
{
    return (opcode > wlan_intf_opcode_autoconf_start && opcode <= wlan_intf_opcode_qos_info) ||
           opcode == wlan_intf_opcode_statistics || opcode == wlan_intf_opcode_rssi;
}

static const netdisc_wlan *find(const netdisc_list *list, const GUID *guid)
{
    size_t count = netdisc_list_count(list);
    GUID at;

    for (size_t i = 0; i < count; i++)
        if (nw_guid_of_text(netdisc_list_wlan(list, i)->uuid, &at) && IsEqualGUID(&at, guid))
            return netdisc_list_wlan(list, i);
    return NULL;
}

DWORD WINAPI WlanQueryInterface(HANDLE hClientHandle, const GUID *pInterfaceGuid,
                                WLAN_INTF_OPCODE OpCode, PVOID pReserved, PDWORD pdwDataSize,
                                PVOID *ppData, PWLAN_OPCODE_VALUE_TYPE pWlanOpcodeValueType)
{
    make_answer *make = find_answer(OpCode);
    netdisc_list *list = NULL;
    const netdisc_wlan *item;
    DWORD status;

    if (!hClientHandle || !pInterfaceGuid || pReserved || !pdwDataSize || !ppData || !is_opcode(OpCode))
        return nw_ends(ERROR_INVALID_PARAMETER);
    status = get_list(hClientHandle, &list);
    if (status)
        return nw_ends(status);
    item = find(list, pInterfaceGuid);
    if (!item)
        status = why_partial(list, ERROR_NOT_FOUND);
    else
        status = make ? make(item, ppData, pdwDataSize) : ERROR_NOT_SUPPORTED;
    netdisc_list_free(list);
    if (!status && pWlanOpcodeValueType)
        *pWlanOpcodeValueType = wlan_opcode_value_type_query_only;
    return nw_ends(status);
}
