/* SPDX-License-Identifier: MIT */
/* WLAN interfaces: what there is, connecting and disconnecting. */
#include "compat_wlan.h"

#define GUID0 "11111111-2222-3333-4444-555555555550"
#define GUID1 "11111111-2222-3333-4444-555555555551"
#define WLAN0 "wlan uuid=" GUID0 " name=wlan0 "
#define UP    WLAN0 "state=connected ssid=caf%e9 bssid=0a:1b:2c:3d:4e:5f profile=Caf%c3%a9 signal=70\n"
#define DOWN  WLAN0 "state=disconnected\n"

/* Not netdisc's. */
enum { NETDISC_ERROR_REMOTE_SESSION_LIMIT_EXCEEDED = 1220 };

static const GUID guid0 = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x50}};
static const GUID guid1 = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x51}};
static const HANDLE bogus = (HANDLE)0x123450;

static int something;

/* ---- Handles and memory ---------------------------------------------------------------------- */

static void test_open_parameters(void **state)
{
    (void)state;
    HANDLE handle = NULL;
    DWORD version = 0;

    assert_ends(WlanOpenHandle(2, NULL, NULL, &handle), ERROR_INVALID_PARAMETER);
    assert_ends(WlanOpenHandle(2, NULL, &version, NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanOpenHandle(2, &something, &version, &handle), ERROR_INVALID_PARAMETER);
    assert_ends(WlanOpenHandle(0, &something, &version, &handle), ERROR_INVALID_PARAMETER);
    assert_null(handle);
    assert_int_equal(version, 0);
}

static void test_open_versions(void **state)
{
    (void)state;
    HANDLE handle = NULL;
    DWORD version = 99;

    assert_ends(WlanOpenHandle(0, NULL, &version, &handle), ERROR_NOT_SUPPORTED);
    assert_ends(WlanOpenHandle(10, NULL, &version, &handle), ERROR_NOT_SUPPORTED);
    assert_int_equal(version, 99);
    assert_null(handle);
    for (DWORD wanted = 1; wanted <= 2; wanted++) {
        assert_ends(WlanOpenHandle(wanted, NULL, &version, &handle), NO_ERROR);
        assert_int_equal(version, wanted);
        assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
    }
    assert_ends(WlanOpenHandle(WLAN_API_MAKE_VERSION(2, 7), NULL, &version, &handle), NO_ERROR);
    assert_int_equal(version, WLAN_API_VERSION_2_0);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_open_too_many(void **state)
{
    (void)state;
    static HANDLE handles[4096];
    DWORD version, status = NO_ERROR;
    size_t count = 0;

    while (!status && count < 4096) {
        SetLastError(UNTOUCHED);
        status = WlanOpenHandle(2, NULL, &version, &handles[count]);
        count += !status;
    }
    check_ends(status, UNTOUCHED, 1220, __FILE__, __LINE__);
    assert_true(count >= 100);
    assert_ends(WlanCloseHandle(handles[--count], NULL), NO_ERROR);
    assert_ends(WlanOpenHandle(2, NULL, &version, &handles[count]), NO_ERROR);
    assert_ends(WlanOpenHandle(2, NULL, &version, &handles[count + 1]),
                ERROR_REMOTE_SESSION_LIMIT_EXCEEDED);
    for (size_t i = 0; i <= count; i++)
        assert_ends(WlanCloseHandle(handles[i], NULL), NO_ERROR);
}

static void test_close(void **state)
{
    (void)state;
    HANDLE handle = open_handle();

    assert_ends(WlanCloseHandle(NULL, NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanCloseHandle(handle, &something), ERROR_INVALID_PARAMETER);
    assert_ends(WlanCloseHandle(bogus, NULL), ERROR_INVALID_HANDLE);
    assert_ends(WlanCloseHandle(INVALID_HANDLE_VALUE, NULL), ERROR_INVALID_HANDLE);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
    assert_ends(WlanCloseHandle(handle, NULL), ERROR_INVALID_HANDLE);
}

static void test_memory(void **state)
{
    (void)state;
    char *memory = WlanAllocateMemory(1000);

    assert_non_null(memory);
    memset(memory, 1, 1000);
    WlanFreeMemory(memory);
    WlanFreeMemory(NULL);
    SetLastError(NO_ERROR);
    assert_null(WlanAllocateMemory(0));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

/* ---- WlanEnumInterfaces ---------------------------------------------------------------------- */

static void test_enum_parameters(void **state)
{
    (void)state;
    WLAN_INTERFACE_INFO_LIST *list = NULL;
    HANDLE handle;

    world(UP);
    handle = open_handle();
    assert_ends(WlanEnumInterfaces(NULL, NULL, &list), ERROR_INVALID_PARAMETER);
    assert_ends(WlanEnumInterfaces(handle, &something, &list), ERROR_INVALID_PARAMETER);
    assert_ends(WlanEnumInterfaces(handle, NULL, NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanEnumInterfaces(bogus, NULL, &list), ERROR_INVALID_HANDLE);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
    assert_ends(WlanEnumInterfaces(handle, NULL, &list), ERROR_INVALID_HANDLE);
    assert_null(list);
}

static void test_enum(void **state)
{
    (void)state;
    static const struct {
        const WCHAR *name;
        WLAN_INTERFACE_STATE state;
    } expected[] = {
        {u"wlan0", wlan_interface_state_connected},      {u"a", wlan_interface_state_disconnected},
        {u"b", wlan_interface_state_associating},        {u"\u00e9", wlan_interface_state_disconnecting},
        {u"\U0001F4F6", wlan_interface_state_not_ready},
    };
    WLAN_INTERFACE_INFO_LIST *list = NULL;
    HANDLE handle;

    world(UP "wlan uuid=" GUID1 " name=a state=disconnected\n"
             "wlan uuid=" GUID1 " name=b state=connecting\n"
             "wlan uuid=" GUID1 " name=%c3%a9 state=disconnecting\n"
             "wlan uuid=" GUID1 " name=%f0%9f%93%b6 state=unknown\n");
    handle = open_handle();
    assert_ends(WlanEnumInterfaces(handle, NULL, &list), NO_ERROR);
    assert_int_equal(list->dwNumberOfItems, 5);
    assert_int_equal(list->dwIndex, 0);
    assert_memory_equal(&list->InterfaceInfo[0].InterfaceGuid, &guid0, sizeof guid0);
    assert_memory_equal(&list->InterfaceInfo[1].InterfaceGuid, &guid1, sizeof guid1);
    for (size_t i = 0; i < 5; i++) {
        assert_wide(list->InterfaceInfo[i].strInterfaceDescription, expected[i].name);
        assert_int_equal(list->InterfaceInfo[i].isState, expected[i].state);
    }
    WlanFreeMemory(list);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_enum_nothing(void **state)
{
    (void)state;
    WLAN_INTERFACE_INFO_LIST *list = NULL;
    HANDLE handle;

    world("");
    handle = open_handle();
    assert_ends(WlanEnumInterfaces(handle, NULL, &list), NO_ERROR);
    assert_int_equal(list->dwNumberOfItems, 0);
    WlanFreeMemory(list);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void check_enum_fails(const char *script, netdisc_status expected)
{
    WLAN_INTERFACE_INFO_LIST *list = NULL;
    HANDLE handle;

    world(script);
    handle = open_handle();
    SetLastError(UNTOUCHED);
    check_ends(WlanEnumInterfaces(handle, NULL, &list), UNTOUCHED, expected, __FILE__, __LINE__);
    assert_null(list);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_enum_without_service(void **state)
{
    (void)state;
    check_enum_fails("open status=ERROR_SERVICE_NOT_ACTIVE\n", NETDISC_ERROR_SERVICE_NOT_ACTIVE);
}

static void test_enum_fails(void **state)
{
    (void)state;
    check_enum_fails("step slot=wlan.list manner=fail status=RPC_S_SERVER_UNAVAILABLE\n",
                     NETDISC_RPC_S_SERVER_UNAVAILABLE);
}

static void test_enum_no_memory(void **state)
{
    (void)state;
    check_enum_fails("step slot=wlan.list manner=fail status=ERROR_NOT_ENOUGH_MEMORY\n",
                     NETDISC_ERROR_NOT_ENOUGH_MEMORY);
}

/* That nothing is seen does not mean that there is nothing. */
static void test_enum_partial(void **state)
{
    (void)state;
    check_enum_fails("step slot=wlan.list lacks=some\n", NETDISC_ERROR_ACCESS_DENIED);
}

static void test_enum_malformed(void **state)
{
    (void)state;
    check_enum_fails(UP "wlan uuid=xyzzy name=wlan1 state=connected\n", NETDISC_ERROR_INVALID_DATA);
}

static void test_enum_partly_partial(void **state)
{
    (void)state;
    WLAN_INTERFACE_INFO_LIST *list = NULL;
    HANDLE handle;

    world(UP "step slot=wlan.list lacks=some\n");
    handle = open_handle();
    assert_ends(WlanEnumInterfaces(handle, NULL, &list), NO_ERROR);
    assert_int_equal(list->dwNumberOfItems, 1);
    WlanFreeMemory(list);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

/* ---- WlanQueryInterface ---------------------------------------------------------------------- */

static void test_query_parameters(void **state)
{
    (void)state;
    const WLAN_INTF_OPCODE opcode = wlan_intf_opcode_interface_state;
    void *data = NULL;
    DWORD size = 0;
    HANDLE handle;

    world(UP);
    handle = open_handle();
    assert_ends(WlanQueryInterface(NULL, &guid0, opcode, NULL, &size, &data, NULL),
                ERROR_INVALID_PARAMETER);
    assert_ends(WlanQueryInterface(handle, NULL, opcode, NULL, &size, &data, NULL),
                ERROR_INVALID_PARAMETER);
    assert_ends(WlanQueryInterface(handle, &guid0, opcode, &something, &size, &data, NULL),
                ERROR_INVALID_PARAMETER);
    assert_ends(WlanQueryInterface(handle, &guid0, opcode, NULL, NULL, &data, NULL),
                ERROR_INVALID_PARAMETER);
    assert_ends(WlanQueryInterface(handle, &guid0, opcode, NULL, &size, NULL, NULL),
                ERROR_INVALID_PARAMETER);
    assert_ends(
        WlanQueryInterface(handle, &guid0, wlan_intf_opcode_autoconf_start, NULL, &size, &data, NULL),
        ERROR_INVALID_PARAMETER);
    assert_ends(WlanQueryInterface(bogus, &guid0, opcode, NULL, &size, &data, NULL),
                ERROR_INVALID_HANDLE);
    assert_ends(WlanQueryInterface(handle, &guid1, opcode, NULL, &size, &data, NULL), ERROR_NOT_FOUND);
    assert_ends(
        WlanQueryInterface(handle, &guid0, wlan_intf_opcode_channel_number, NULL, &size, &data, NULL),
        ERROR_NOT_SUPPORTED);
    assert_ends(WlanQueryInterface(handle, &guid0, wlan_intf_opcode_rssi, NULL, &size, &data, NULL),
                ERROR_NOT_SUPPORTED);
    assert_null(data);
    assert_int_equal(size, 0);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_query_state(void **state)
{
    (void)state;
    WLAN_OPCODE_VALUE_TYPE type = wlan_opcode_value_type_invalid;
    void *data = NULL;
    DWORD size = 0;
    HANDLE handle;

    world(UP "wlan uuid=" GUID1 " name=wlan1 state=disconnected\n");
    handle = open_handle();
    assert_int_equal(state_of(handle, &guid0), wlan_interface_state_connected);
    assert_int_equal(state_of(handle, &guid1), wlan_interface_state_disconnected);
    assert_ends(
        WlanQueryInterface(handle, &guid0, wlan_intf_opcode_interface_state, NULL, &size, &data, &type),
        NO_ERROR);
    assert_int_equal(type, wlan_opcode_value_type_query_only);
    WlanFreeMemory(data);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static WLAN_CONNECTION_ATTRIBUTES *get_connection(HANDLE handle)
{
    void *data = NULL;
    DWORD size = 0;

    assert_ends(WlanQueryInterface(handle, &guid0, wlan_intf_opcode_current_connection, NULL, &size,
                                   &data, NULL),
                NO_ERROR);
    assert_int_equal(size, sizeof(WLAN_CONNECTION_ATTRIBUTES));
    return data;
}

static void test_query_connection(void **state)
{
    (void)state;
    static const uint8_t address[] = {0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f};
    const WLAN_ASSOCIATION_ATTRIBUTES *association;
    WLAN_CONNECTION_ATTRIBUTES *connection;
    HANDLE handle;

    world(UP);
    handle = open_handle();
    connection = get_connection(handle);
    association = &connection->wlanAssociationAttributes;
    assert_int_equal(connection->isState, wlan_interface_state_connected);
    assert_int_equal(connection->wlanConnectionMode, wlan_connection_mode_profile);
    assert_wide(connection->strProfileName, u"Caf\u00e9");
    assert_int_equal(association->dot11Ssid.uSSIDLength, 4);
    assert_memory_equal(association->dot11Ssid.ucSSID, "caf\xe9", 4);
    assert_memory_equal(association->dot11Bssid, address, sizeof address);
    assert_int_equal(association->wlanSignalQuality, 70);
    assert_int_equal(association->dot11BssType, dot11_BSS_type_any);
    assert_int_equal(association->dot11PhyType, dot11_phy_type_unknown);
    assert_int_equal(association->ulRxRate, 0);
    assert_int_equal(association->ulTxRate, 0);
    assert_int_equal(connection->wlanSecurityAttributes.bSecurityEnabled, FALSE);
    assert_int_equal(connection->wlanSecurityAttributes.dot11AuthAlgorithm, 0);
    WlanFreeMemory(connection);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_query_what_is_unknown(void **state)
{
    (void)state;
    static const uint8_t no_address[6];
    WLAN_CONNECTION_ATTRIBUTES *connection;
    HANDLE handle;

    world(WLAN0 "state=connecting signal=-1\n");
    handle = open_handle();
    connection = get_connection(handle);
    assert_int_equal(connection->isState, wlan_interface_state_associating);
    assert_wide(connection->strProfileName, u"");
    assert_int_equal(connection->wlanAssociationAttributes.dot11Ssid.uSSIDLength, 0);
    assert_memory_equal(connection->wlanAssociationAttributes.dot11Bssid, no_address, 6);
    assert_int_equal(connection->wlanAssociationAttributes.wlanSignalQuality, 0);
    WlanFreeMemory(connection);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void check_no_connection(const char *script)
{
    void *data = NULL;
    DWORD size = 0;
    HANDLE handle;

    world(script);
    handle = open_handle();
    assert_ends(WlanQueryInterface(handle, &guid0, wlan_intf_opcode_current_connection, NULL, &size,
                                   &data, NULL),
                ERROR_INVALID_STATE);
    assert_null(data);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_query_no_connection(void **state)
{
    (void)state;
    check_no_connection(DOWN);
}

static void test_query_connection_that_ends(void **state)
{
    (void)state;
    check_no_connection(WLAN0 "state=disconnecting\n");
}

static void test_query_partial(void **state)
{
    (void)state;
    void *data = NULL;
    DWORD size = 0;
    HANDLE handle;

    world(UP "step slot=wlan.list lacks=some\n");
    handle = open_handle();
    assert_ends(
        WlanQueryInterface(handle, &guid1, wlan_intf_opcode_interface_state, NULL, &size, &data, NULL),
        ERROR_ACCESS_DENIED);
    assert_int_equal(state_of(handle, &guid0), wlan_interface_state_connected);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

/* ---- WlanDisconnect -------------------------------------------------------------------------- */

static void test_disconnect_parameters(void **state)
{
    (void)state;
    HANDLE handle;

    world(UP);
    handle = open_handle();
    assert_ends(WlanDisconnect(NULL, &guid0, NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanDisconnect(handle, NULL, NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanDisconnect(handle, &guid0, &something), ERROR_INVALID_PARAMETER);
    assert_ends(WlanDisconnect(bogus, NULL, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(state_of(handle, &guid0), wlan_interface_state_connected);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_disconnect_handles(void **state)
{
    (void)state;
    HANDLE handle, other;

    world(UP);
    handle = open_handle();
    other = open_handle();
    assert_ends(WlanDisconnect(bogus, &guid0, NULL), ERROR_INVALID_HANDLE);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
    assert_ends(WlanDisconnect(handle, &guid0, NULL), ERROR_INVALID_HANDLE);
    assert_int_equal(state_of(other, &guid0), wlan_interface_state_connected);
    assert_ends(WlanCloseHandle(other, NULL), NO_ERROR);
}

static void test_disconnect(void **state)
{
    (void)state;
    HANDLE handle;

    world(UP "wlan uuid=" GUID1 " name=wlan1 state=connected\n");
    handle = open_handle();
    assert_ends(WlanDisconnect(handle, &guid1, NULL), NO_ERROR);
    assert_int_equal(state_of(handle, &guid1), wlan_interface_state_disconnected);
    assert_int_equal(state_of(handle, &guid0), wlan_interface_state_connected);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_disconnect_what_is_idle(void **state)
{
    (void)state;
    HANDLE handle;

    world(DOWN);
    handle = open_handle();
    assert_ends(WlanDisconnect(handle, &guid0, NULL), NO_ERROR);
    assert_ends(WlanDisconnect(handle, &guid1, NULL), ERROR_NOT_FOUND);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void check_disconnect_fails(const char *step, netdisc_status expected)
{
    char script[512];
    HANDLE handle;

    snprintf(script, sizeof script, "%sstep slot=wlan.disconnect %s\n", UP, step);
    world(script);
    handle = open_handle();
    SetLastError(UNTOUCHED);
    check_ends(WlanDisconnect(handle, &guid0, NULL), UNTOUCHED, expected, __FILE__, __LINE__);
    assert_int_equal(state_of(handle, &guid0), wlan_interface_state_connected);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_disconnect_denied(void **state)
{
    (void)state;
    check_disconnect_fails("manner=fail status=ERROR_ACCESS_DENIED", NETDISC_ERROR_ACCESS_DENIED);
}

static void test_disconnect_no_memory(void **state)
{
    (void)state;
    check_disconnect_fails("manner=fail status=ERROR_NOT_ENOUGH_MEMORY",
                           NETDISC_ERROR_NOT_ENOUGH_MEMORY);
}

static void test_disconnect_rpc_status(void **state)
{
    (void)state;
    check_disconnect_fails("manner=fail status=RPC_S_CALL_FAILED", NETDISC_RPC_S_CALL_FAILED);
}

/* Success means gone. */
static void test_disconnect_not_gone(void **state)
{
    (void)state;
    check_disconnect_fails("manner=lie", NETDISC_ERROR_BUSY);
}

static void test_disconnect_without_service(void **state)
{
    (void)state;
    HANDLE handle;

    world("open status=ERROR_SERVICE_NOT_ACTIVE\n");
    handle = open_handle();
    assert_ends(WlanDisconnect(handle, &guid0, NULL), ERROR_SERVICE_NOT_ACTIVE);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

/* ---- WlanConnect ----------------------------------------------------------------------------- */

static void test_connect_parameters(void **state)
{
    (void)state;
    WLAN_CONNECTION_PARAMETERS good = by_profile(u"home");
    HANDLE handle;

    world(DOWN);
    handle = open_handle();
    assert_ends(WlanConnect(NULL, &guid0, &good, NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanConnect(handle, NULL, &good, NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanConnect(handle, &guid0, NULL, NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanConnect(handle, &guid0, &good, &something), ERROR_INVALID_PARAMETER);
    assert_ends(WlanConnect(bogus, &guid0, &good, NULL), ERROR_INVALID_HANDLE);
    assert_int_equal(state_of(handle, &guid0), wlan_interface_state_disconnected);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_connect_wrong_parameters(void **state)
{
    (void)state;
    static DOT11_SSID ssid = {4, "cafe"};
    static WCHAR long_name[WLAN_MAX_NAME_LENGTH + 1];
    const WLAN_CONNECTION_MODE profile = wlan_connection_mode_profile,
                               temporary = wlan_connection_mode_temporary_profile,
                               secure = wlan_connection_mode_discovery_secure,
                               unsecure = wlan_connection_mode_discovery_unsecure;
    const DOT11_BSS_TYPE infrastructure = dot11_BSS_type_infrastructure,
                         independent = dot11_BSS_type_independent, any = dot11_BSS_type_any;
    WLAN_CONNECTION_PARAMETERS wrong[] = {
        {profile, u"home", NULL, NULL, infrastructure, 0x80},
        {profile, u"home", NULL, NULL, (DOT11_BSS_TYPE)0, 0},
        {profile, u"home", NULL, NULL, (DOT11_BSS_TYPE)4, 0},
        {secure, NULL, NULL, NULL, infrastructure, 0},
        {unsecure, NULL, NULL, NULL, infrastructure, 0},
        {secure, NULL, &ssid, NULL, any, 0},
        {unsecure, NULL, &ssid, NULL, any, 0},
        {profile, NULL, NULL, NULL, infrastructure, 0},
        {profile, u"", NULL, NULL, infrastructure, 0},
        {profile, long_name, NULL, NULL, infrastructure, 0},
        {wlan_connection_mode_auto, u"home", NULL, NULL, infrastructure, 0},
        {wlan_connection_mode_invalid, u"home", NULL, NULL, infrastructure, 0},
        {(WLAN_CONNECTION_MODE)77, u"home", NULL, NULL, infrastructure, 0},
        {profile, u"home", NULL, NULL, infrastructure, WLAN_CONNECTION_ADHOC_JOIN_ONLY},
        {profile, u"home", NULL, NULL, independent, WLAN_CONNECTION_HIDDEN_NETWORK},
        {profile, u"home", NULL, NULL, infrastructure, WLAN_CONNECTION_IGNORE_PRIVACY_BIT},
        {temporary, u"<", NULL, NULL, independent, WLAN_CONNECTION_IGNORE_PRIVACY_BIT},
        {profile, u"home", NULL, NULL, infrastructure, WLAN_CONNECTION_EAPOL_PASSTHROUGH},
        {profile, u"home", NULL, NULL, infrastructure, WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE},
    };
    HANDLE handle;

    for (size_t i = 0; i < WLAN_MAX_NAME_LENGTH; i++)
        long_name[i] = u'x';
    world(DOWN);
    handle = open_handle();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_ends(WlanConnect(handle, &guid0, &wrong[i], NULL), ERROR_INVALID_PARAMETER);
    assert_ends(WlanConnect(bogus, &guid0, &wrong[0], NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(state_of(handle, &guid0), wlan_interface_state_disconnected);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_connect_not_supported(void **state)
{
    (void)state;
    static DOT11_SSID ssid = {4, "cafe"};
    static DOT11_BSSID_LIST addresses = {.uNumOfEntries = 1};
    const WLAN_CONNECTION_MODE profile = wlan_connection_mode_profile;
    WLAN_CONNECTION_PARAMETERS ways[] = {
        {wlan_connection_mode_temporary_profile, u"<", NULL, NULL, dot11_BSS_type_any, 0},
        {wlan_connection_mode_discovery_secure, NULL, &ssid, NULL, dot11_BSS_type_infrastructure, 0},
        {wlan_connection_mode_discovery_unsecure, NULL, &ssid, NULL, dot11_BSS_type_infrastructure, 0},
        {profile, u"home", &ssid, NULL, dot11_BSS_type_any, 0},
        {profile, u"home", NULL, &addresses, dot11_BSS_type_any, 0},
        {profile, u"home", NULL, NULL, dot11_BSS_type_independent, 0},
        {profile, u"home", NULL, NULL, dot11_BSS_type_any, WLAN_CONNECTION_ADHOC_JOIN_ONLY},
    };
    HANDLE handle;

    world(DOWN);
    handle = open_handle();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_ends(WlanConnect(handle, &guid0, &ways[i], NULL), ERROR_NOT_SUPPORTED);
        assert_ends(WlanConnect(bogus, &guid0, &ways[i], NULL), ERROR_INVALID_HANDLE);
    }
    assert_int_equal(state_of(handle, &guid0), wlan_interface_state_disconnected);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_connect(void **state)
{
    (void)state;
    WLAN_CONNECTION_PARAMETERS parameters = by_profile(u"Caf\u00e9");
    WLAN_CONNECTION_ATTRIBUTES *connection;
    HANDLE handle;

    world(DOWN);
    handle = open_handle();
    parameters.dwFlags = WLAN_CONNECTION_HIDDEN_NETWORK;
    assert_ends(WlanConnect(handle, &guid0, &parameters, NULL), NO_ERROR);
    connection = get_connection(handle);
    assert_wide(connection->strProfileName, u"Caf\u00e9");
    WlanFreeMemory(connection);
    assert_ends(WlanConnect(handle, &guid1, &parameters, NULL), ERROR_NOT_FOUND);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

/* It returns when it is accepted. */
static void test_connect_does_not_wait(void **state)
{
    (void)state;
    WLAN_CONNECTION_PARAMETERS parameters = by_profile(u"home");
    HANDLE handle;

    world(DOWN);
    handle = open_handle();
    assert_ends(WlanConnect(handle, &guid0, &parameters, NULL), NO_ERROR);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
    assert_true(was_called("wlan.connect flags=0x8 "));
    assert_true(was_called("target=" GUID0 " profile=home"));
}

static void check_connect_fails(const WCHAR *profile, const char *status_name)
{
    WLAN_CONNECTION_PARAMETERS parameters = by_profile(profile);
    netdisc_status expected = NETDISC_NO_ERROR;
    char script[256];
    HANDLE handle;

    assert_status(netdisc_status_from_name(status_name, &expected), NO_ERROR);
    snprintf(script, sizeof script, DOWN "step slot=wlan.connect manner=fail status=%s\n", status_name);
    world(script);
    handle = open_handle();
    SetLastError(UNTOUCHED);
    check_ends(WlanConnect(handle, &guid0, &parameters, NULL), UNTOUCHED, expected, __FILE__, __LINE__);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_connect_denied(void **state)
{
    (void)state;
    check_connect_fails(u"home", "ERROR_ACCESS_DENIED");
}

static void test_connect_rpc_status(void **state)
{
    (void)state;
    check_connect_fails(u"home", "RPC_S_SERVER_UNAVAILABLE");
}

static void test_connect_unknown_profile(void **state)
{
    (void)state;
    check_connect_fails(u"home", "ERROR_NOT_FOUND");
}

/* Half of a pair. */
static void test_connect_malformed_profile(void **state)
{
    (void)state;
    static const WCHAR half[] = {u'h', 0xD800, 0};

    check_connect_fails(half, "ERROR_INVALID_PARAMETER");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_parameters),
        cmocka_unit_test(test_open_versions),
        cmocka_unit_test(test_open_too_many),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_memory),
        apart(test_enum_parameters),
        apart(test_enum),
        apart(test_enum_nothing),
        apart(test_enum_without_service),
        apart(test_enum_fails),
        apart(test_enum_no_memory),
        apart(test_enum_partial),
        apart(test_enum_partly_partial),
        apart(test_enum_malformed),
        apart(test_query_parameters),
        apart(test_query_state),
        apart(test_query_connection),
        apart(test_query_what_is_unknown),
        apart(test_query_no_connection),
        apart(test_query_connection_that_ends),
        apart(test_query_partial),
        apart(test_disconnect_parameters),
        apart(test_disconnect_handles),
        apart(test_disconnect),
        apart(test_disconnect_what_is_idle),
        apart(test_disconnect_denied),
        apart(test_disconnect_no_memory),
        apart(test_disconnect_rpc_status),
        apart(test_disconnect_not_gone),
        apart(test_disconnect_without_service),
        apart(test_connect_parameters),
        apart(test_connect_wrong_parameters),
        apart(test_connect_not_supported),
        apart(test_connect),
        apart(test_connect_does_not_wait),
        apart(test_connect_denied),
        apart(test_connect_rpc_status),
        apart(test_connect_unknown_profile),
        apart(test_connect_malformed_profile),
    };

    return cmocka_run_group_tests_name("compat_wlan", tests, NULL, NULL);
}
