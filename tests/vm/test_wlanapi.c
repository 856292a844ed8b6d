/* SPDX-License-Identifier: MIT */
/* Windows' functions for WLAN, with Wi-Fi as it is, in the test machine. */
#include "../compat/compat_wlan.h"

#include "vm_world.h"

static GUID device;

static void configure(void)
{
    netdisc_options options = {
        .size = sizeof options,
        .providers = "nm",
        .module_directory = getenv("NETDISC_TEST_MODULES"),
    };

    assert_status(netdisc_win32_configure(&options), NO_ERROR);
}

/* The only one: not the access points'. */
static void find_device(HANDLE handle)
{
    WLAN_INTERFACE_INFO_LIST *list = NULL;

    assert_ends(WlanEnumInterfaces(handle, NULL, &list), NO_ERROR);
    assert_int_equal(list->dwNumberOfItems, 1);
    assert_wide(list->InterfaceInfo[0].strInterfaceDescription, u"wlan0");
    device = list->InterfaceInfo[0].InterfaceGuid;
    WlanFreeMemory(list);
}

static void check_connection(HANDLE handle)
{
    static const uint8_t address[] = {0x02, 0, 0, 0, 0x01, 0};
    WLAN_CONNECTION_ATTRIBUTES *connection;
    void *data = NULL;
    DWORD size = 0;

    assert_ends(WlanQueryInterface(handle, &device, wlan_intf_opcode_current_connection, NULL, &size,
                                   &data, NULL),
                NO_ERROR);
    connection = data;
    assert_int_equal(connection->isState, wlan_interface_state_connected);
    assert_wide(connection->strProfileName, u"labnet");
    assert_int_equal(connection->wlanAssociationAttributes.dot11Ssid.uSSIDLength, 6);
    assert_memory_equal(connection->wlanAssociationAttributes.dot11Ssid.ucSSID, "labnet", 6);
    assert_memory_equal(connection->wlanAssociationAttributes.dot11Bssid, address, sizeof address);
    assert_in_range(connection->wlanAssociationAttributes.wlanSignalQuality, 1, 100);
    WlanFreeMemory(data);
}

static void expect_connection(ear *self)
{
    expect_network(self, START, WLAN_REASON_CODE_SUCCESS);
    assert_wide(expect_network(self, COMPLETE, WLAN_REASON_CODE_SUCCESS)->strProfileName, u"labnet");
    vm_do("await_station labnet");
    check_connection(self->handle);
}

static void drop(ear *self)
{
    assert_ends(WlanDisconnect(self->handle, &device, NULL), NO_ERROR);
    assert_int_equal(state_of(self->handle, &device), wlan_interface_state_disconnected);
    vm_do("await_no_station labnet");
    expect_network(self, LEAVE, WLAN_REASON_CODE_SUCCESS);
    assert_wide(expect_network(self, LEFT, WLAN_REASON_CODE_SUCCESS)->strProfileName, u"labnet");
}

/* A profile that comes up by itself, and, once it was disconnected, does not. */
static void test_the_main_way(void **state)
{
    (void)state;
    static ear self = AN_EAR(device);
    WLAN_CONNECTION_PARAMETERS parameters = by_profile(u"labnet");

    vm_do("reset_wifi");
    open_ear(&self);
    find_device(self.handle);
    vm_do("add_profile labnet");
    expect_connection(&self);
    drop(&self);
    assert_ends(WlanDisconnect(self.handle, &device, NULL), NO_ERROR);
    assert_ends(WlanConnect(self.handle, &device, &parameters, NULL), NO_ERROR);
    expect_connection(&self);
    drop(&self);
    close_ear(&self);
    assert_int_equal(count_of(&self), 8);
}

static void test_unplugged(void **state)
{
    (void)state;
    static ear self = AN_EAR(device);

    vm_do("reset_wifi");
    open_ear(&self);
    find_device(self.handle);
    vm_do("unplug_radios");
    expect_interface(&self, REMOVAL);
    assert_ends(WlanDisconnect(self.handle, &device, NULL), ERROR_NOT_FOUND);
    close_ear(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_main_way),
        cmocka_unit_test(test_unplugged),
    };

    vm_enter();
    configure();
    return cmocka_run_group_tests_name("vm_wlanapi", tests, NULL, NULL);
}
