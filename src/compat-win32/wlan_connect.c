/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "wlan.h"

/* ---- WlanConnect ----------------------------------------------------------------------------- */

enum {
    FLAGS_OF_DISCOVERY = WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE |
                         WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE_CONNECTION_MODE_AUTO |
                         WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE_OVERWRITE_EXISTING,
    FLAGS_OF_A_TEMPORARY = WLAN_CONNECTION_IGNORE_PRIVACY_BIT | WLAN_CONNECTION_EAPOL_PASSTHROUGH,
    ALL_FLAGS = WLAN_CONNECTION_HIDDEN_NETWORK | WLAN_CONNECTION_ADHOC_JOIN_ONLY | FLAGS_OF_DISCOVERY |
                FLAGS_OF_A_TEMPORARY
};

static bool is_name(const WCHAR *name)
{
    return name && name[0] && nw_wide_length(name) < WLAN_MAX_NAME_LENGTH;
}

/* What is documented as ERROR_INVALID_PARAMETER. */
static bool is_wrong(const WLAN_CONNECTION_PARAMETERS *it)
{
    WLAN_CONNECTION_MODE mode = it->wlanConnectionMode;
    DOT11_BSS_TYPE type = it->dot11BssType;
    bool discovery =
        mode == wlan_connection_mode_discovery_secure || mode == wlan_connection_mode_discovery_unsecure;
    bool temporary = mode == wlan_connection_mode_temporary_profile;

    if (mode > wlan_connection_mode_discovery_unsecure || it->dwFlags & ~(DWORD)ALL_FLAGS)
        return true;
    if (type < dot11_BSS_type_infrastructure || type > dot11_BSS_type_any)
        return true;
    if (mode == wlan_connection_mode_profile && !is_name(it->strProfile))
        return true;
    if (discovery && (!it->pDot11Ssid || type == dot11_BSS_type_any))
        return true;
    if (it->dwFlags & WLAN_CONNECTION_ADHOC_JOIN_ONLY && type == dot11_BSS_type_infrastructure)
        return true;
    if (it->dwFlags & WLAN_CONNECTION_HIDDEN_NETWORK && type == dot11_BSS_type_independent)
        return true;
    if (it->dwFlags & WLAN_CONNECTION_IGNORE_PRIVACY_BIT && type == dot11_BSS_type_independent)
        return true;
    return (it->dwFlags & FLAGS_OF_A_TEMPORARY && !temporary) ||
           (it->dwFlags & FLAGS_OF_DISCOVERY && !discovery);
}

/* A profile decides itself which network it is for. That it is hidden is in the profile, too. */
static bool is_by_profile_alone(const WLAN_CONNECTION_PARAMETERS *it)
{
    return it->wlanConnectionMode == wlan_connection_mode_profile && !it->pDot11Ssid &&
           !it->pDesiredBssidList && it->dot11BssType != dot11_BSS_type_independent &&
           !(it->dwFlags & WLAN_CONNECTION_ADHOC_JOIN_ONLY);
}

static DWORD join(netdisc *nd, const GUID *guid, const WLAN_CONNECTION_PARAMETERS *it)
{
    netdisc_wlan_spec spec = {.size = sizeof spec};
    char device[NW_GUID_TEXT];
    char *profile;
    DWORD status;

    if (!is_by_profile_alone(it))
        return ERROR_NOT_SUPPORTED;
    profile = nw_utf8_from_wide(it->strProfile);
    if (!profile)
        return ERROR_NOT_ENOUGH_MEMORY;
    nw_text_of_guid(guid, device);
    spec.device = device;
    spec.profile = profile;
    /* What comes of it is told to those who have registered for it. */
    status = netdisc_wlan_connect(nd, &spec, NETDISC_NO_WAIT, 0, NULL);
    free(profile);
    return status;
}

DWORD WINAPI WlanConnect(HANDLE hClientHandle, const GUID *pInterfaceGuid,
                         const PWLAN_CONNECTION_PARAMETERS pConnectionParameters, PVOID pReserved)
{
    DWORD status;
    netdisc *nd;

    if (!hClientHandle || !pInterfaceGuid || !pConnectionParameters || pReserved ||
        is_wrong(pConnectionParameters))
        return nw_ends(ERROR_INVALID_PARAMETER);
    nd = nw_wlan_enter(hClientHandle, &status);
    if (!nd)
        return nw_ends(status);
    status = join(nd, pInterfaceGuid, pConnectionParameters);
    nw_leave();
    return nw_ends(status);
}

/* ---- WlanDisconnect -------------------------------------------------------------------------- */

static DWORD drop(netdisc *nd, const GUID *guid)
{
    char device[NW_GUID_TEXT];

    nw_text_of_guid(guid, device);
    /* No code is documented for an interface that is idle. */
    return netdisc_wlan_disconnect(nd, device, NETDISC_IF_CONNECTED, 0, NULL);
}

DWORD WINAPI WlanDisconnect(HANDLE hClientHandle, const GUID *pInterfaceGuid, PVOID pReserved)
{
    DWORD status;
    netdisc *nd;

    if (!hClientHandle || !pInterfaceGuid || pReserved)
        return nw_ends(ERROR_INVALID_PARAMETER);
    nd = nw_wlan_enter(hClientHandle, &status);
    if (!nd)
        return nw_ends(status);
    status = drop(nd, pInterfaceGuid);
    nw_leave();
    return nw_ends(status);
}
