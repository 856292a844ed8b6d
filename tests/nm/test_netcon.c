/* SPDX-License-Identifier: MIT */
/* The connections of the real NetworkManager by Windows' INetConnection: see tests/compat for the rest. */
#define COBJMACROS
#include <pthread.h>

#include "test_nm.h"

#include "netdisc-win32.h"

#include "../compat/compat_netcon.h"

/* ONE, TWO: as NetworkManager writes them. */
static const GUID guid_one = {0, 0, 0x4000, {0x80, 0, 0, 0, 0, 0, 0, 1}};

static void make(const char *name, const char *uuid, const char *device)
{
    world_veth(device);
    world_add_plain(name, uuid, device);
}

static void check_connection(INetConnection *connection, const WCHAR *name, NETCON_STATUS status)
{
    NETCON_PROPERTIES *properties = NULL;

    assert_result(INetConnection_GetProperties(connection, &properties), S_OK);
    assert_true(IsEqualGUID(&properties->guidId, &guid_one));
    assert_true(same_text(properties->pszwName, name));
    assert_true(same_text(properties->pszwDeviceName, status == NCS_CONNECTED ? u"nv0" : u""));
    assert_int_equal(properties->Status, status);
    assert_int_equal(properties->MediaType, NCM_LAN);
    NcFreeNetconProperties(properties);
}

static void test_the_main_way(void **state)
{
    (void)state;
    INetConnection *connection;

    make("one", ONE, "nv0");
    make("two", TWO, "nv1");
    world_up(ONE, NULL);
    world_up(TWO, NULL);
    connection = a_connection(u"one");
    check_connection(connection, u"one", NCS_CONNECTED);
    assert_result(INetConnection_Disconnect(connection), S_OK);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    assert_int_equal(world_state(TWO), WORLD_ACTIVATED);
    check_connection(connection, u"one", NCS_DISCONNECTED);
    assert_result(INetConnection_Disconnect(connection), HRESULT_FROM_WIN32(ERROR_NOT_CONNECTED));
    assert_result(INetConnection_Connect(connection), S_OK);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
    assert_result(INetConnection_Connect(connection), S_OK);
    check_connection(connection, u"one", NCS_CONNECTED);
    assert_int_equal(INetConnection_Release(connection), 0);
}

static void test_an_object_is_the_connection_whatever_its_name(void **state)
{
    (void)state;
    INetConnection *connection;

    make("one", ONE, "nv0");
    world_up(ONE, NULL);
    connection = a_connection(u"one");
    world_add_plain("another", ONE, "nv0");
    check_connection(connection, u"another", NCS_CONNECTED);
    assert_result(INetConnection_Disconnect(connection), S_OK);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    INetConnection_Release(connection);
}

static void test_deleted_meanwhile(void **state)
{
    (void)state;
    INetConnection *connection;
    NETCON_PROPERTIES *properties = (NETCON_PROPERTIES *)&connection;

    make("one", ONE, "nv0");
    connection = a_connection(u"one");
    world_delete(ONE);
    assert_result(INetConnection_GetProperties(connection, &properties), S_OBJECT_NO_LONGER_VALID);
    assert_null(properties);
    assert_result(INetConnection_Disconnect(connection), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    assert_result(INetConnection_Connect(connection), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    assert_int_equal(INetConnection_Release(connection), 0);
}

/* How many there are to come. */
static ULONG count(IEnumNetConnection *all)
{
    ULONG number = 0;

    while (IEnumNetConnection_Skip(all, 1) == S_OK)
        number++;
    return number;
}

static void test_an_enumeration_is_of_its_time(void **state)
{
    (void)state;
    IEnumNetConnection *before, *after;
    ULONG there;

    make("one", ONE, "nv0");
    before = an_enumerator();
    make("two", TWO, "nv1");
    after = an_enumerator();
    there = count(before);
    assert_int_equal(count(after), there + 1);
    assert_result(IEnumNetConnection_Reset(before), S_OK);
    assert_int_equal(count(before), there);
    IEnumNetConnection_Release(before);
    IEnumNetConnection_Release(after);
}

static void test_external_is_denied(void **state)
{
    (void)state;
    INetConnection *connection;

    world_tap("tap0");
    connection = a_connection(u"tap0");
    assert_int_equal(status_of(connection), NCS_CONNECTED);
    assert_result(INetConnection_Disconnect(connection), E_ACCESSDENIED);
    assert_int_equal(world_device_state("tap0"), 100);
    INetConnection_Release(connection);
}

static void *connect_it(void *connection)
{
    static HRESULT code;

    code = INetConnection_Connect((INetConnection *)connection);
    return &code;
}

static void test_somebody_ends_what_is_being_connected(void **state)
{
    (void)state;
    INetConnection *connection;
    pthread_t thread;
    void *code;

    world_veth("nv0");
    world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .ipv4 = WORLD_IPV4_HANGS});
    connection = a_connection(u"one");
    assert_int_equal(pthread_create(&thread, NULL, connect_it, connection), 0);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATING));
    assert_int_equal(status_of(connection), NCS_CONNECTING);
    world_begin_down(ONE);
    assert_int_equal(pthread_join(thread, &code), 0);
    assert_result(*(HRESULT *)code, E_ABORT);
    INetConnection_Release(connection);
}

static void test_networkmanager_does_not_run(void **state)
{
    (void)state;
    INetConnection *connection;

    make("one", ONE, "nv0");
    world_up(ONE, NULL);
    connection = a_connection(u"one");
    world_kill(WORLD_NM);
    assert_result(INetConnection_Disconnect(connection), HRESULT_FROM_WIN32(ERROR_SERVICE_NOT_ACTIVE));
    INetConnection_Release(connection);
}

int main(int argc, char **argv)
{
    netdisc_options options = world_options();
    const struct CMUnitTest tests[] = {
        in_world(test_the_main_way),
        in_world(test_an_object_is_the_connection_whatever_its_name),
        in_world(test_deleted_meanwhile),
        in_world(test_an_enumeration_is_of_its_time),
        in_world(test_external_is_denied),
        in_world(test_somebody_ends_what_is_being_connected),
        in_world(test_networkmanager_does_not_run),
    };

    begin(argc, argv);
    if (netdisc_win32_configure(&options) != NETDISC_NO_ERROR || FAILED(CoInitialize(NULL)))
        bed_die("the library cannot be set up");
    return world_end(cmocka_run_group_tests_name("netcon", tests, NULL, NULL));
}
