/* SPDX-License-Identifier: MIT */
#include "reasons.h"

#include <NetworkManager.h>

#include <stddef.h>

/* A number that a newer NetworkManager may send. */
static const nd_nm_reason UNKNOWN = {UINT32_MAX, "unknown", "the reason is not known",
                                     NETDISC_ERROR_GEN_FAILURE};

#define REASON(number, name, text, status) [number] = {number, #name, text, NETDISC_##status}

/* clang-format off */

/*
 * A wrong key is what the wireless reasons say of it: wpa_supplicant is thrown out in the handshake,
 * then NetworkManager asks for another key (SUPPLICANT_DISCONNECT), and gives up when it gets none
 * (NO_SECRETS). SUPPLICANT_TIMEOUT is no such sign: it is left for networks without security, and for
 * hotspots. Reasons that are no failure, as MODEM_AVAILABLE, would be one only if something else went
 * wrong.
 */
static const nd_nm_reason DEVICE_REASONS[] = {
    REASON(0, NONE, "no reason was given", ERROR_GEN_FAILURE),
    REASON(1, UNKNOWN, "an unknown error", ERROR_GEN_FAILURE),
    REASON(2, NOW_MANAGED, "the device became managed", ERROR_GEN_FAILURE),
    REASON(3, NOW_UNMANAGED, "the device is no longer managed", ERROR_OPERATION_ABORTED),
    REASON(4, CONFIG_FAILED, "the device could not be configured", ERROR_GEN_FAILURE),
    REASON(5, IP_CONFIG_UNAVAILABLE, "no IP configuration could be had", ERROR_NETWORK_UNREACHABLE),
    REASON(6, IP_CONFIG_EXPIRED, "the IP configuration expired", ERROR_NETWORK_UNREACHABLE),
    REASON(7, NO_SECRETS, "the key or password was wrong or missing", ERROR_INVALID_PASSWORD),
    REASON(8, SUPPLICANT_DISCONNECT, "the network refused the key or password", ERROR_INVALID_PASSWORD),
    REASON(9, SUPPLICANT_CONFIG_FAILED, "the supplicant refused the settings", ERROR_INVALID_DATA),
    REASON(10, SUPPLICANT_FAILED, "the supplicant failed", ERROR_GEN_FAILURE),
    REASON(11, SUPPLICANT_TIMEOUT, "the supplicant took too long", ERROR_SEM_TIMEOUT),
    REASON(12, PPP_START_FAILED, "PPP could not be started", ERROR_SERVICE_NOT_ACTIVE),
    REASON(13, PPP_DISCONNECT, "PPP was disconnected", ERROR_CONNECTION_ABORTED),
    REASON(14, PPP_FAILED, "PPP failed", ERROR_GEN_FAILURE),
    REASON(15, DHCP_START_FAILED, "the DHCP client could not be started", ERROR_SERVICE_NOT_ACTIVE),
    REASON(16, DHCP_ERROR, "an error of the DHCP client", ERROR_GEN_FAILURE),
    REASON(17, DHCP_FAILED, "DHCP gave no address", ERROR_NETWORK_UNREACHABLE),
    REASON(18, SHARED_START_FAILED, "connection sharing could not be started", ERROR_SERVICE_NOT_ACTIVE),
    REASON(19, SHARED_FAILED, "connection sharing failed", ERROR_GEN_FAILURE),
    REASON(20, AUTOIP_START_FAILED, "AutoIP could not be started", ERROR_SERVICE_NOT_ACTIVE),
    REASON(21, AUTOIP_ERROR, "an error of AutoIP", ERROR_GEN_FAILURE),
    REASON(22, AUTOIP_FAILED, "AutoIP gave no address", ERROR_NETWORK_UNREACHABLE),
    REASON(23, MODEM_BUSY, "the line was busy", ERROR_BUSY),
    REASON(24, MODEM_NO_DIAL_TONE, "there was no dial tone", ERROR_NO_NETWORK),
    REASON(25, MODEM_NO_CARRIER, "the modem got no carrier", ERROR_NETWORK_UNREACHABLE),
    REASON(26, MODEM_DIAL_TIMEOUT, "dialling took too long", ERROR_SEM_TIMEOUT),
    REASON(27, MODEM_DIAL_FAILED, "dialling failed", ERROR_GEN_FAILURE),
    REASON(28, MODEM_INIT_FAILED, "the modem could not be initialized", ERROR_NOT_READY),
    REASON(29, GSM_APN_FAILED, "the access point name was refused", ERROR_BAD_NET_NAME),
    REASON(30, GSM_REGISTRATION_NOT_SEARCHING, "the modem was not searching for networks",
           ERROR_NO_NETWORK),
    REASON(31, GSM_REGISTRATION_DENIED, "the mobile network refused the registration",
           ERROR_NETWORK_ACCESS_DENIED),
    REASON(32, GSM_REGISTRATION_TIMEOUT, "the registration with the mobile network took too long",
           ERROR_SEM_TIMEOUT),
    REASON(33, GSM_REGISTRATION_FAILED, "the registration with the mobile network failed",
           ERROR_NETWORK_UNREACHABLE),
    REASON(34, GSM_PIN_CHECK_FAILED, "the PIN was refused", ERROR_INVALID_PASSWORD),
    REASON(35, FIRMWARE_MISSING, "the device's firmware was missing", ERROR_DEPENDENCY_NOT_FOUND),
    REASON(36, REMOVED, "the device was removed", ERROR_DEV_NOT_EXIST),
    REASON(37, SLEEPING, "the machine went to sleep", ERROR_OPERATION_ABORTED),
    REASON(38, CONNECTION_REMOVED, "the connection was deleted", ERROR_NOT_FOUND),
    REASON(39, USER_REQUESTED, "someone disconnected it", ERROR_OPERATION_ABORTED),
    REASON(40, CARRIER, "the link went down", ERROR_NO_NETWORK),
    REASON(41, CONNECTION_ASSUMED, "the device's existing connection was taken over", ERROR_GEN_FAILURE),
    REASON(42, SUPPLICANT_AVAILABLE, "the supplicant became available", ERROR_GEN_FAILURE),
    REASON(43, MODEM_NOT_FOUND, "the modem was not found", ERROR_DEV_NOT_EXIST),
    REASON(44, BT_FAILED, "the Bluetooth connection failed or took too long", ERROR_GEN_FAILURE),
    REASON(45, GSM_SIM_NOT_INSERTED, "no SIM card was inserted", ERROR_NOT_READY),
    REASON(46, GSM_SIM_PIN_REQUIRED, "the SIM card's PIN was missing", ERROR_INVALID_PASSWORD),
    REASON(47, GSM_SIM_PUK_REQUIRED, "the SIM card's PUK was missing", ERROR_INVALID_PASSWORD),
    REASON(48, GSM_SIM_WRONG, "the SIM card was refused", ERROR_NETWORK_ACCESS_DENIED),
    REASON(49, INFINIBAND_MODE, "the InfiniBand device has no connected mode", ERROR_NOT_SUPPORTED),
    REASON(50, DEPENDENCY_FAILED, "something that it depends on failed", ERROR_DEPENDENCY_NOT_FOUND),
    REASON(51, BR2684_FAILED, "the bridge over ADSL failed", ERROR_GEN_FAILURE),
    REASON(52, MODEM_MANAGER_UNAVAILABLE, "ModemManager was not running", ERROR_SERVICE_NOT_ACTIVE),
    REASON(53, SSID_NOT_FOUND, "the Wi-Fi network was not found", ERROR_NOT_FOUND),
    REASON(54, SECONDARY_CONNECTION_FAILED, "a secondary connection of it failed",
           ERROR_DEPENDENCY_NOT_FOUND),
    REASON(55, DCB_FCOE_FAILED, "DCB or FCoE could not be set up", ERROR_GEN_FAILURE),
    REASON(56, TEAMD_CONTROL_FAILED, "teamd could not be controlled", ERROR_GEN_FAILURE),
    REASON(57, MODEM_FAILED, "the modem failed or was removed", ERROR_GEN_FAILURE),
    REASON(58, MODEM_AVAILABLE, "the modem became available", ERROR_GEN_FAILURE),
    REASON(59, SIM_PIN_INCORRECT, "the SIM card's PIN was wrong", ERROR_INVALID_PASSWORD),
    REASON(60, NEW_ACTIVATION, "another connection took the device", ERROR_OPERATION_ABORTED),
    REASON(61, PARENT_CHANGED, "the device's parent changed", ERROR_OPERATION_ABORTED),
    REASON(62, PARENT_MANAGED_CHANGED, "the device's parent became managed or unmanaged",
           ERROR_OPERATION_ABORTED),
    REASON(63, OVSDB_FAILED, "the database of Open vSwitch could not be reached", ERROR_GEN_FAILURE),
    REASON(64, IP_ADDRESS_DUPLICATE, "another machine had the IP address", ERROR_IP_ADDRESS_CONFLICT1),
    REASON(65, IP_METHOD_UNSUPPORTED, "the IP method was not supported", ERROR_NOT_SUPPORTED),
    REASON(66, SRIOV_CONFIGURATION_FAILED, "SR-IOV could not be configured", ERROR_GEN_FAILURE),
    REASON(67, PEER_NOT_FOUND, "the Wi-Fi peer was not found", ERROR_NOT_FOUND),
    /* Since 1.46 and 1.48. */
    REASON(68, DEVICE_HANDLER_FAILED, "the device's handler failed", ERROR_GEN_FAILURE),
    REASON(69, UNMANAGED_BY_DEFAULT, "devices of its type are not managed", ERROR_NOT_READY),
    REASON(70, UNMANAGED_EXTERNAL_DOWN, "the device is not managed as long as it is down",
           ERROR_NOT_READY),
    REASON(71, UNMANAGED_LINK_NOT_INIT, "the device was not ready yet", ERROR_NOT_READY),
    REASON(72, UNMANAGED_QUITTING, "NetworkManager stopped", ERROR_SERVICE_NOT_ACTIVE),
    REASON(73, UNMANAGED_SLEEPING, "networking was switched off, or the machine went to sleep",
           ERROR_OPERATION_ABORTED),
    REASON(74, UNMANAGED_USER_CONF, "NetworkManager.conf excludes the device", ERROR_NOT_READY),
    REASON(75, UNMANAGED_USER_EXPLICIT, "the device was excluded by a user", ERROR_NOT_READY),
    REASON(76, UNMANAGED_USER_SETTINGS, "the settings exclude the device", ERROR_NOT_READY),
    REASON(77, UNMANAGED_USER_UDEV, "a udev rule excludes the device", ERROR_NOT_READY),
};

/* The same number, of a device that had no key to be refused any more. */
static const nd_nm_reason LINK_LOST = {8, "SUPPLICANT_DISCONNECT", "the link to the network was lost",
                                       NETDISC_ERROR_NO_NETWORK};

static const nd_nm_reason ACTIVE_REASONS[] = {
    REASON(0, UNKNOWN, "an unknown error", ERROR_GEN_FAILURE),
    REASON(1, NONE, "no reason was given", ERROR_GEN_FAILURE),
    REASON(2, USER_DISCONNECTED, "someone disconnected it", ERROR_OPERATION_ABORTED),
    REASON(3, DEVICE_DISCONNECTED, "the device was disconnected", ERROR_OPERATION_ABORTED),
    REASON(4, SERVICE_STOPPED, "the VPN service stopped", ERROR_SERVICE_NOT_ACTIVE),
    REASON(5, IP_CONFIG_INVALID, "the IP configuration was invalid", ERROR_INVALID_DATA),
    REASON(6, CONNECT_TIMEOUT, "the VPN took too long to connect", ERROR_SEM_TIMEOUT),
    REASON(7, SERVICE_START_TIMEOUT, "the VPN service took too long to start", ERROR_SEM_TIMEOUT),
    REASON(8, SERVICE_START_FAILED, "the VPN service could not be started", ERROR_SERVICE_NOT_ACTIVE),
    REASON(9, NO_SECRETS, "the password was wrong or missing", ERROR_LOGON_FAILURE),
    REASON(10, LOGIN_FAILED, "the server refused the user name or password", ERROR_LOGON_FAILURE),
    REASON(11, CONNECTION_REMOVED, "the connection was deleted", ERROR_NOT_FOUND),
    REASON(12, DEPENDENCY_FAILED, "a connection that it depends on failed", ERROR_DEPENDENCY_NOT_FOUND),
    REASON(13, DEVICE_REALIZE_FAILED, "the device could not be created", ERROR_GEN_FAILURE),
    REASON(14, DEVICE_REMOVED, "the device was removed", ERROR_DEV_NOT_EXIST),
};

#define UNKNOWN_TYPE "of an unknown type"

/* The last three are since 1.46, 1.52 and 1.58. */
static const char *const DEVICE_TYPES[] = {
    [0] = UNKNOWN_TYPE,
    [1] = "Ethernet",
    [2] = "Wi-Fi",
    [3] = UNKNOWN_TYPE, /* given up by NetworkManager */
    [4] = UNKNOWN_TYPE, /* likewise */
    [5] = "Bluetooth",
    [6] = "an OLPC mesh",
    [7] = "WiMAX",
    [8] = "a modem",
    [9] = "InfiniBand",
    [10] = "a bond",
    [11] = "a VLAN",
    [12] = "ADSL",
    [13] = "a bridge",
    [14] = "of a type that NetworkManager does not know",
    [15] = "a team",
    [16] = "a TUN or TAP interface",
    [17] = "an IP tunnel",
    [18] = "a MACVLAN",
    [19] = "a VXLAN",
    [20] = "virtual Ethernet",
    [21] = "MACsec",
    [22] = "a dummy interface",
    [23] = "PPP",
    [24] = "an Open vSwitch interface",
    [25] = "an Open vSwitch port",
    [26] = "an Open vSwitch bridge",
    [27] = "IEEE 802.15.4",
    [28] = "6LoWPAN",
    [29] = "WireGuard",
    [30] = "a Wi-Fi peer-to-peer interface",
    [31] = "a VRF",
    [32] = "the loopback interface",
    [33] = "HSR or PRP",
    [34] = "an IPVLAN",
    [35] = "GENEVE",
};

/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const nd_nm_reason *nd_nm_device_reason(uint32_t reason)
{
    return reason < COUNT(DEVICE_REASONS) ? &DEVICE_REASONS[reason] : &UNKNOWN;
}

/* The handshake, in which a key is refused, is over before the device asks for an address. */
static bool is_in_handshake(uint32_t state)
{
    return state >= NM_DEVICE_STATE_PREPARE && state <= NM_DEVICE_STATE_NEED_AUTH;
}

const nd_nm_reason *nd_nm_device_reason_in(uint32_t left, uint32_t reason)
{
    if (reason == NM_DEVICE_STATE_REASON_SUPPLICANT_DISCONNECT && !is_in_handshake(left))
        return &LINK_LOST;
    return nd_nm_device_reason(reason);
}

const nd_nm_reason *nd_nm_active_reason(uint32_t reason)
{
    return reason < COUNT(ACTIVE_REASONS) ? &ACTIVE_REASONS[reason] : &UNKNOWN;
}

bool nd_nm_active_reason_is_vague(uint32_t reason)
{
    return reason == NM_ACTIVE_CONNECTION_STATE_REASON_UNKNOWN ||
           reason == NM_ACTIVE_CONNECTION_STATE_REASON_NONE ||
           reason == NM_ACTIVE_CONNECTION_STATE_REASON_DEVICE_DISCONNECTED;
}

uint32_t nd_nm_active_reason_after(uint32_t state, uint32_t reason, uint32_t new_state,
                                   uint32_t new_reason)
{
    bool ends = state == NM_ACTIVE_CONNECTION_STATE_DEACTIVATING &&
                new_state == NM_ACTIVE_CONNECTION_STATE_DEACTIVATED;

    return ends && !nd_nm_active_reason_is_vague(reason) ? reason : new_reason;
}

const char *nd_nm_device_type(uint32_t type)
{
    return type < COUNT(DEVICE_TYPES) ? DEVICE_TYPES[type] : UNKNOWN_TYPE;
}
