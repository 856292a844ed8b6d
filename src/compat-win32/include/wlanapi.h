/* SPDX-License-Identifier: MIT */
/* WLAN interfaces. What each function means here: docs/porting-windows-code.md. */
#ifndef NETDISC_WIN32_WLANAPI_H
#define NETDISC_WIN32_WLANAPI_H

#include "l2cmn.h"
#include "windot11.h"
#include "windows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The major version is the low word. */
#define WLAN_API_VERSION_MAJOR(_v)            ((_v)&0xFFFF)
#define WLAN_API_VERSION_MINOR(_v)            ((_v) >> 16)
#define WLAN_API_MAKE_VERSION(_major, _minor) (((DWORD)(_minor)) << 16 | (_major))
#define WLAN_API_VERSION_1_0                  WLAN_API_MAKE_VERSION(1, 0)
#define WLAN_API_VERSION_2_0                  WLAN_API_MAKE_VERSION(2, 0)
#define WLAN_API_VERSION                      WLAN_API_VERSION_2_0

#define WLAN_MAX_NAME_LENGTH 256

/* ---- Why a connection could not be made ------------------------------------------------------ */

typedef DWORD WLAN_REASON_CODE, *PWLAN_REASON_CODE;

/* Those that a notification can have here. */
/* clang-format off */
#define WLAN_REASON_CODE_SUCCESS                       0x00000000
#define WLAN_REASON_CODE_UNKNOWN                       0x00010001
#define WLAN_REASON_CODE_NETWORK_NOT_AVAILABLE         0x0002800B
#define WLAN_REASON_CODE_KEY_MISMATCH                  0x0002800D
#define WLAN_REASON_CODE_USER_CANCELLED                0x00038001
#define WLAN_REASON_CODE_ASSOCIATION_TIMEOUT           0x00038003
/* clang-format on */

/* ---- Interfaces ------------------------------------------------------------------------------ */

typedef enum _WLAN_INTERFACE_STATE {
    wlan_interface_state_not_ready = 0,
    wlan_interface_state_connected = 1,
    wlan_interface_state_ad_hoc_network_formed = 2,
    wlan_interface_state_disconnecting = 3,
    wlan_interface_state_disconnected = 4,
    wlan_interface_state_associating = 5,
    wlan_interface_state_discovering = 6,
    wlan_interface_state_authenticating = 7
} WLAN_INTERFACE_STATE,
    *PWLAN_INTERFACE_STATE;

typedef struct _WLAN_INTERFACE_INFO {
    GUID InterfaceGuid;
    WCHAR strInterfaceDescription[WLAN_MAX_NAME_LENGTH];
    WLAN_INTERFACE_STATE isState;
} WLAN_INTERFACE_INFO, *PWLAN_INTERFACE_INFO;

/* Has room for dwNumberOfItems. */
typedef struct _WLAN_INTERFACE_INFO_LIST {
    DWORD dwNumberOfItems;
    DWORD dwIndex;
    WLAN_INTERFACE_INFO InterfaceInfo[1];
} WLAN_INTERFACE_INFO_LIST, *PWLAN_INTERFACE_INFO_LIST;

typedef enum _WLAN_INTF_OPCODE {
    wlan_intf_opcode_autoconf_start = 0x00000000,
    wlan_intf_opcode_autoconf_enabled,
    wlan_intf_opcode_background_scan_enabled,
    wlan_intf_opcode_media_streaming_mode,
    wlan_intf_opcode_radio_state,
    wlan_intf_opcode_bss_type,
    wlan_intf_opcode_interface_state,
    wlan_intf_opcode_current_connection,
    wlan_intf_opcode_channel_number,
    wlan_intf_opcode_supported_infrastructure_auth_cipher_pairs,
    wlan_intf_opcode_supported_adhoc_auth_cipher_pairs,
    wlan_intf_opcode_supported_country_or_region_string_list,
    wlan_intf_opcode_current_operation_mode,
    wlan_intf_opcode_supported_safe_mode,
    wlan_intf_opcode_certified_safe_mode,
    wlan_intf_opcode_hosted_network_capable,
    wlan_intf_opcode_management_frame_protection_capable,
    wlan_intf_opcode_secondary_sta_interfaces,
    wlan_intf_opcode_secondary_sta_synchronized_connections,
    wlan_intf_opcode_realtime_connection_quality,
    wlan_intf_opcode_qos_info,
    wlan_intf_opcode_autoconf_end = 0x0FFFFFFF,
    wlan_intf_opcode_msm_start = 0x10000100,
    wlan_intf_opcode_statistics,
    wlan_intf_opcode_rssi,
    wlan_intf_opcode_msm_end = 0x1FFFFFFF,
    wlan_intf_opcode_security_start = 0x20010000,
    wlan_intf_opcode_security_end = 0x2FFFFFFF,
    wlan_intf_opcode_ihv_start = 0x30000000,
    wlan_intf_opcode_ihv_end = 0x3FFFFFFF
} WLAN_INTF_OPCODE,
    *PWLAN_INTF_OPCODE;

typedef enum _WLAN_OPCODE_VALUE_TYPE {
    wlan_opcode_value_type_query_only = 0,
    wlan_opcode_value_type_set_by_group_policy = 1,
    wlan_opcode_value_type_set_by_user = 2,
    wlan_opcode_value_type_invalid = 3
} WLAN_OPCODE_VALUE_TYPE,
    *PWLAN_OPCODE_VALUE_TYPE;

/* ---- Connections ----------------------------------------------------------------------------- */

typedef enum _WLAN_CONNECTION_MODE {
    wlan_connection_mode_profile = 0,
    wlan_connection_mode_temporary_profile,
    wlan_connection_mode_discovery_secure,
    wlan_connection_mode_discovery_unsecure,
    wlan_connection_mode_auto,
    wlan_connection_mode_invalid
} WLAN_CONNECTION_MODE,
    *PWLAN_CONNECTION_MODE;

/* Percent. */
typedef ULONG WLAN_SIGNAL_QUALITY, *PWLAN_SIGNAL_QUALITY;

typedef struct _WLAN_ASSOCIATION_ATTRIBUTES {
    DOT11_SSID dot11Ssid;
    DOT11_BSS_TYPE dot11BssType;
    DOT11_MAC_ADDRESS dot11Bssid;
    DOT11_PHY_TYPE dot11PhyType;
    ULONG uDot11PhyIndex;
    WLAN_SIGNAL_QUALITY wlanSignalQuality;
    ULONG ulRxRate;
    ULONG ulTxRate;
} WLAN_ASSOCIATION_ATTRIBUTES, *PWLAN_ASSOCIATION_ATTRIBUTES;

typedef struct _WLAN_SECURITY_ATTRIBUTES {
    BOOL bSecurityEnabled;
    BOOL bOneXEnabled;
    DOT11_AUTH_ALGORITHM dot11AuthAlgorithm;
    DOT11_CIPHER_ALGORITHM dot11CipherAlgorithm;
} WLAN_SECURITY_ATTRIBUTES, *PWLAN_SECURITY_ATTRIBUTES;

typedef struct _WLAN_CONNECTION_ATTRIBUTES {
    WLAN_INTERFACE_STATE isState;
    WLAN_CONNECTION_MODE wlanConnectionMode;
    WCHAR strProfileName[WLAN_MAX_NAME_LENGTH];
    WLAN_ASSOCIATION_ATTRIBUTES wlanAssociationAttributes;
    WLAN_SECURITY_ATTRIBUTES wlanSecurityAttributes;
} WLAN_CONNECTION_ATTRIBUTES, *PWLAN_CONNECTION_ATTRIBUTES;

/* clang-format off */
#define WLAN_CONNECTION_HIDDEN_NETWORK                                 0x00000001
#define WLAN_CONNECTION_ADHOC_JOIN_ONLY                                0x00000002
#define WLAN_CONNECTION_IGNORE_PRIVACY_BIT                             0x00000004
#define WLAN_CONNECTION_EAPOL_PASSTHROUGH                              0x00000008
#define WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE                      0x00000010
#define WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE_CONNECTION_MODE_AUTO 0x00000020
#define WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE_OVERWRITE_EXISTING   0x00000040
/* clang-format on */

typedef struct _WLAN_CONNECTION_PARAMETERS {
    WLAN_CONNECTION_MODE wlanConnectionMode;
    LPCWSTR strProfile;
    PDOT11_SSID pDot11Ssid;
    PDOT11_BSSID_LIST pDesiredBssidList;
    DOT11_BSS_TYPE dot11BssType;
    DWORD dwFlags;
} WLAN_CONNECTION_PARAMETERS, *PWLAN_CONNECTION_PARAMETERS;

/* ---- Notifications --------------------------------------------------------------------------- */

#define WLAN_NOTIFICATION_SOURCE_NONE     L2_NOTIFICATION_SOURCE_NONE
#define WLAN_NOTIFICATION_SOURCE_ALL      L2_NOTIFICATION_SOURCE_ALL
#define WLAN_NOTIFICATION_SOURCE_ACM      L2_NOTIFICATION_SOURCE_WLAN_ACM
#define WLAN_NOTIFICATION_SOURCE_MSM      L2_NOTIFICATION_SOURCE_WLAN_MSM
#define WLAN_NOTIFICATION_SOURCE_SECURITY L2_NOTIFICATION_SOURCE_WLAN_SECURITY
#define WLAN_NOTIFICATION_SOURCE_IHV      L2_NOTIFICATION_SOURCE_WLAN_IHV
#define WLAN_NOTIFICATION_SOURCE_HNWK     L2_NOTIFICATION_SOURCE_WLAN_HNWK
#define WLAN_NOTIFICATION_SOURCE_ONEX     L2_NOTIFICATION_SOURCE_ONEX

typedef enum _WLAN_NOTIFICATION_ACM {
    wlan_notification_acm_start = 0,
    wlan_notification_acm_autoconf_enabled,
    wlan_notification_acm_autoconf_disabled,
    wlan_notification_acm_background_scan_enabled,
    wlan_notification_acm_background_scan_disabled,
    wlan_notification_acm_bss_type_change,
    wlan_notification_acm_power_setting_change,
    wlan_notification_acm_scan_complete,
    wlan_notification_acm_scan_fail,
    wlan_notification_acm_connection_start,
    wlan_notification_acm_connection_complete,
    wlan_notification_acm_connection_attempt_fail,
    wlan_notification_acm_filter_list_change,
    wlan_notification_acm_interface_arrival,
    wlan_notification_acm_interface_removal,
    wlan_notification_acm_profile_change,
    wlan_notification_acm_profile_name_change,
    wlan_notification_acm_profiles_exhausted,
    wlan_notification_acm_network_not_available,
    wlan_notification_acm_network_available,
    wlan_notification_acm_disconnecting,
    wlan_notification_acm_disconnected,
    wlan_notification_acm_adhoc_network_state_change,
    wlan_notification_acm_profile_unblocked,
    wlan_notification_acm_screen_power_change,
    wlan_notification_acm_profile_blocked,
    wlan_notification_acm_scan_list_refresh,
    wlan_notification_acm_operational_state_change,
    wlan_notification_acm_end
} WLAN_NOTIFICATION_ACM,
    *PWLAN_NOTIFICATION_ACM;

typedef L2_NOTIFICATION_DATA WLAN_NOTIFICATION_DATA, *PWLAN_NOTIFICATION_DATA;

#define WLAN_CONNECTION_NOTIFICATION_ADHOC_NETWORK_FORMED 0x00000001
#define WLAN_CONNECTION_NOTIFICATION_CONSOLE_USER_PROFILE 0x00000004

typedef struct _WLAN_CONNECTION_NOTIFICATION_DATA {
    WLAN_CONNECTION_MODE wlanConnectionMode;
    WCHAR strProfileName[WLAN_MAX_NAME_LENGTH];
    DOT11_SSID dot11Ssid;
    DOT11_BSS_TYPE dot11BssType;
    BOOL bSecurityEnabled;
    WLAN_REASON_CODE wlanReasonCode;
    DWORD dwFlags;
    WCHAR strProfileXml[1];
} WLAN_CONNECTION_NOTIFICATION_DATA, *PWLAN_CONNECTION_NOTIFICATION_DATA;

/* Called on a thread of the library's, one at a time. */
typedef VOID(WINAPI *WLAN_NOTIFICATION_CALLBACK)(PWLAN_NOTIFICATION_DATA, PVOID);

/* ---- Functions ------------------------------------------------------------------------------- */

NETDISC_WIN32_API PVOID WINAPI WlanAllocateMemory(DWORD dwMemorySize);
NETDISC_WIN32_API VOID WINAPI WlanFreeMemory(PVOID pMemory);

NETDISC_WIN32_API DWORD WINAPI WlanOpenHandle(DWORD dwClientVersion, PVOID pReserved,
                                              PDWORD pdwNegotiatedVersion, PHANDLE phClientHandle);
NETDISC_WIN32_API DWORD WINAPI WlanCloseHandle(HANDLE hClientHandle, PVOID pReserved);

NETDISC_WIN32_API DWORD WINAPI WlanEnumInterfaces(HANDLE hClientHandle, PVOID pReserved,
                                                  PWLAN_INTERFACE_INFO_LIST *ppInterfaceList);
NETDISC_WIN32_API DWORD WINAPI WlanQueryInterface(HANDLE hClientHandle, const GUID *pInterfaceGuid,
                                                  WLAN_INTF_OPCODE OpCode, PVOID pReserved,
                                                  PDWORD pdwDataSize, PVOID *ppData,
                                                  PWLAN_OPCODE_VALUE_TYPE pWlanOpcodeValueType);

NETDISC_WIN32_API DWORD WINAPI WlanConnect(HANDLE hClientHandle, const GUID *pInterfaceGuid,
                                           const PWLAN_CONNECTION_PARAMETERS pConnectionParameters,
                                           PVOID pReserved);
NETDISC_WIN32_API DWORD WINAPI WlanDisconnect(HANDLE hClientHandle, const GUID *pInterfaceGuid,
                                              PVOID pReserved);

NETDISC_WIN32_API DWORD WINAPI WlanRegisterNotification(HANDLE hClientHandle, DWORD dwNotifSource,
                                                        BOOL bIgnoreDuplicate,
                                                        WLAN_NOTIFICATION_CALLBACK funcCallback,
                                                        PVOID pCallbackContext, PVOID pReserved,
                                                        PDWORD pdwPrevNotifSource);

#ifdef __cplusplus
}
#endif

#endif
