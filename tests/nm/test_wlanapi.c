/* SPDX-License-Identifier: MIT */
/* Windows' functions for WLAN, with a double of NetworkManager where there is no hardware: see tests/compat for
 * the rest. */
#include "test_nm.h"
#include "wifi_world.h"

#include "../compat/compat_wlan.h"

/* That of wlan0: see test_wifi.c. */
static const GUID wlan0 = {0xf49b4ff8, 0xc863, 0x5e73, {0x8a, 0x00, 0x33, 0x18, 0x81, 0xc9, 0x1f, 0xaf}};

static void configure(void)
{
    netdisc_options options = world_options();

    assert_status(netdisc_win32_configure(&options), NO_ERROR);
}

static DWORD join(HANDLE handle, const WCHAR *profile)
{
    WLAN_CONNECTION_PARAMETERS parameters = by_profile(profile);

    return WlanConnect(handle, &wlan0, &parameters, NULL);
}

static void expect_of(ear *self, DWORD code, WLAN_REASON_CODE reason, const WCHAR *profile)
{
    assert_wide(expect_network(self, code, reason)->strProfileName, profile);
}

static void check_interface(HANDLE handle, WLAN_INTERFACE_STATE state)
{
    WLAN_INTERFACE_INFO_LIST *list = NULL;

    assert_ends(WlanEnumInterfaces(handle, NULL, &list), NO_ERROR);
    assert_int_equal(list->dwNumberOfItems, 1);
    assert_memory_equal(&list->InterfaceInfo[0].InterfaceGuid, &wlan0, sizeof wlan0);
    assert_wide(list->InterfaceInfo[0].strInterfaceDescription, u"wlan0");
    assert_int_equal(list->InterfaceInfo[0].isState, state);
    WlanFreeMemory(list);
}

static WLAN_CONNECTION_ATTRIBUTES *get_connection(HANDLE handle)
{
    void *data = NULL;
    DWORD size = 0;

    assert_ends(WlanQueryInterface(handle, &wlan0, wlan_intf_opcode_current_connection, NULL, &size,
                                   &data, NULL),
                NO_ERROR);
    return data;
}

static void test_the_main_way(void **state)
{
    (void)state;
    static const uint8_t address[] = {0x02, 0, 0, 0, 0x01, 0};
    static ear self = AN_EAR(wlan0);
    WLAN_CONNECTION_ATTRIBUTES *connection;

    wifi_add_lab(ONE);
    open_ear(&self);
    check_interface(self.handle, wlan_interface_state_disconnected);
    assert_ends(join(self.handle, u"lab"), NO_ERROR);
    expect_of(&self, START, WLAN_REASON_CODE_SUCCESS, u"lab");
    expect_of(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS, u"lab");
    check_interface(self.handle, wlan_interface_state_connected);
    connection = get_connection(self.handle);
    assert_wide(connection->strProfileName, u"lab");
    assert_int_equal(connection->wlanAssociationAttributes.dot11Ssid.uSSIDLength, 6);
    assert_memory_equal(connection->wlanAssociationAttributes.dot11Ssid.ucSSID, "labnet", 6);
    assert_memory_equal(connection->wlanAssociationAttributes.dot11Bssid, address, 6);
    assert_int_equal(connection->wlanAssociationAttributes.wlanSignalQuality, 90);
    WlanFreeMemory(connection);
    assert_ends(WlanDisconnect(self.handle, &wlan0, NULL), NO_ERROR);
    assert_int_equal(world_device_state("wlan0"), 30);
    expect_of(&self, LEAVE, WLAN_REASON_CODE_SUCCESS, u"lab");
    expect_of(&self, LEFT, WLAN_REASON_CODE_SUCCESS, u"lab");
    assert_ends(WlanDisconnect(self.handle, &wlan0, NULL), NO_ERROR);
    check_interface(self.handle, wlan_interface_state_disconnected);
    close_ear(&self);
}

/* It returns before that is known. Which network it is for can be gone by the time it is asked. */
static void test_a_wrong_key(void **state)
{
    (void)state;
    static ear self = AN_EAR(wlan0);

    wifi_add(&(wifi_profile){.name = "lab", .uuid = ONE, .ssid = "labnet", .key = "sesame-open-now"});
    open_ear(&self);
    assert_ends(join(self.handle, u"lab"), NO_ERROR);
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, FAIL, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_KEY_MISMATCH);
    assert_ends(join(self.handle, u"nobody's"), ERROR_NOT_FOUND);
    close_ear(&self);
}

static void test_a_network_that_goes(void **state)
{
    (void)state;
    static ear self = AN_EAR(wlan0);

    wifi_add_lab(ONE);
    world_up(ONE, "wlan0");
    open_ear(&self);
    wifi_set_radio(false);
    expect(&self, LEAVE);
    expect(&self, LEFT);
    close_ear(&self);
}

static void test_another_takes_over(void **state)
{
    (void)state;
    static ear self = AN_EAR(wlan0);

    wifi_add_lab(ONE);
    wifi_add(&(wifi_profile){.name = "open", .uuid = TWO, .ssid = "opennet"});
    world_up(ONE, "wlan0");
    open_ear(&self);
    assert_ends(join(self.handle, u"open"), NO_ERROR);
    expect_of(&self, LEAVE, WLAN_REASON_CODE_SUCCESS, u"lab");
    expect_of(&self, LEFT, WLAN_REASON_CODE_SUCCESS, u"lab");
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_of(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS, u"open");
    close_ear(&self);
}

static void test_an_interface_comes_and_goes(void **state)
{
    (void)state;
    static ear self = AN_EAR(wlan0);

    open_ear(&self);
    wifi_tell("Unplug", "wlan0");
    expect_interface(&self, REMOVAL);
    assert_ends(WlanDisconnect(self.handle, &wlan0, NULL), ERROR_NOT_FOUND);
    wifi_plug_in("wlan0", WIFI_ADDRESS);
    expect_interface(&self, ARRIVAL);
    close_ear(&self);
}

/* What is longer than Windows has room for, with a character of two units at its end. */
static void test_a_long_name(void **state)
{
    (void)state;
    static const char face[] = "\xf0\x9f\x99\x82";
    static ear self = AN_EAR(wlan0);
    WLAN_CONNECTION_ATTRIBUTES *connection;
    char name[300] = {0};

    memset(name, 'x', WLAN_MAX_NAME_LENGTH - 2);
    memcpy(name + WLAN_MAX_NAME_LENGTH - 2, face, sizeof face);
    wifi_add(&(wifi_profile){.name = name, .uuid = ONE, .ssid = "labnet", .key = WIFI_KEY});
    world_up(ONE, "wlan0");
    self.handle = open_handle();
    connection = get_connection(self.handle);
    assert_int_equal(connection->strProfileName[WLAN_MAX_NAME_LENGTH - 3], u'x');
    assert_int_equal(connection->strProfileName[WLAN_MAX_NAME_LENGTH - 2], 0);
    WlanFreeMemory(connection);
    close_ear(&self);
}

/* What there was to tell is told, and more when it runs again. */
static void test_the_service_ends(void **state)
{
    (void)state;
    static ear self = AN_EAR(wlan0), late = AN_EAR(wlan0);
    WLAN_INTERFACE_INFO_LIST *list = NULL;

    open_ear(&self);
    late.handle = open_handle();
    wifi_end();
    assert_ends(WlanEnumInterfaces(self.handle, NULL, &list), ERROR_SERVICE_NOT_ACTIVE);
    assert_ends(WlanDisconnect(self.handle, &wlan0, NULL), ERROR_SERVICE_NOT_ACTIVE);
    assert_ends(listen_to(&late, ACM), ERROR_SERVICE_NOT_ACTIVE);
    wifi_reset(NULL);
    wifi_add_lab(ONE);
    assert_ends(listen_to(&late, ACM), NO_ERROR);
    assert_ends(join(late.handle, u"lab"), NO_ERROR);
    expect_of(&late, START, WLAN_REASON_CODE_SUCCESS, u"lab");
    expect_of(&late, COMPLETE, WLAN_REASON_CODE_SUCCESS, u"lab");
    close_ear(&late);
    close_ear(&self);
}

#define with_wifi(function) cmocka_unit_test_setup(function, wifi_reset)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_wifi(test_the_main_way),
        with_wifi(test_a_wrong_key),
        with_wifi(test_a_network_that_goes),
        with_wifi(test_another_takes_over),
        with_wifi(test_an_interface_comes_and_goes),
        with_wifi(test_a_long_name),
        with_wifi(test_the_service_ends),
    };
    int result;

    begin(argc, argv);
    configure();
    result = cmocka_run_group_tests(tests, NULL, NULL);
    wifi_end();
    return world_end(result);
}
