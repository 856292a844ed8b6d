/* SPDX-License-Identifier: MIT */
/* Every allocation of the functions of wlanapi.h fails in turn. */
#include "compat_wlan.h"

#include "scarce_memory.h"

#define WORLD                                                                                           \
    "wlan uuid=11111111-2222-3333-4444-555555555550 name=wlan0 state=connected ssid=cafe "              \
    "profile=home\n"

static const GUID guid = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x50}};

/* Whether it succeeded; `out` is what it gave. */
static bool check(DWORD status, const void *out)
{
    if (status == NO_ERROR)
        return true;
    assert_int_equal(status, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
    assert_null(out);
    return false;
}

static void query(HANDLE handle, WLAN_INTF_OPCODE opcode)
{
    void *data = NULL;
    DWORD size, status = WlanQueryInterface(handle, &guid, opcode, NULL, &size, &data, NULL);

    if (check(status, data))
        WlanFreeMemory(data);
}

static void look(HANDLE handle)
{
    WLAN_INTERFACE_INFO_LIST *list = NULL;
    DWORD status = WlanEnumInterfaces(handle, NULL, &list);

    if (check(status, list))
        WlanFreeMemory(list);
    query(handle, wlan_intf_opcode_interface_state);
    query(handle, wlan_intf_opcode_current_connection);
}

/* Notifications come in any case. */
static void listen_and_drop(ear *self)
{
    if (!check(listen_to(self, ACM), NULL))
        return;
    assert_int_equal(WlanDisconnect(self->handle, &guid, NULL), NO_ERROR);
    expect(self, LEAVE);
    expect(self, LEFT);
}

/* Of what is connected. */
static void use(void)
{
    static ear self = AN_EAR(guid);
    WLAN_CONNECTION_PARAMETERS parameters = by_profile(u"home");
    DWORD version, status;

    self.handle = NULL;
    self.count = self.read = 0;
    status = WlanOpenHandle(2, NULL, &version, &self.handle);
    if (!check(status, self.handle))
        return;
    look(self.handle);
    listen_and_drop(&self);
    check(WlanConnect(self.handle, &guid, &parameters, NULL), NULL);
    close_ear(&self);
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    WLAN_CONNECTION_PARAMETERS parameters = by_profile(u"home");
    HANDLE handle;
    long failures = 0;

    world(WORLD);
    handle = open_handle();
    use();
    do {
        assert_int_equal(WlanConnect(handle, &guid, &parameters, NULL), NO_ERROR);
        scarce_from_here(++failures);
        use();
    } while (scarce_has_failed());
    /* The client and its memory, what it learns, the list with a name, the state, the connection with its
     * profile, and that of the connect: at the least. */
    assert_true(failures > 9);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_no_memory_for_the_program(void **state)
{
    (void)state;
    scarce_from_here(1);
    assert_null(WlanAllocateMemory(1));
    assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_each_allocation_fails),
        apart(test_no_memory_for_the_program),
    };

    return cmocka_run_group_tests_name("compat_wlan_memory", tests, NULL, NULL);
}
