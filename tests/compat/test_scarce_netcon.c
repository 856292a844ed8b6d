/* SPDX-License-Identifier: MIT */
/* Every allocation of netcon.h's objects fails in turn. */
#define CONST_VTABLE
#define COBJMACROS
#include "compat_world.h"

#include "../../src/compat-win32/com.h"
#include "compat_netcon.h"

#include "scarce_memory.h"

/* As programs do for Windows, where no import library has it. */
const CLSID CLSID_ConnectionManager = {
    0xBA126AD1, 0x2166, 0x11D1, {0xB1, 0xD0, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};

#define WORLD                                                                                           \
    "connection uuid=00112233-4455-6677-8899-aabbccddeeff name=Office device=eth0 state=connected\n"    \
    "connection uuid=11111111-2222-3333-4444-555555555555 name=Home state=disconnected\n"

/* ---- netcon.h -------------------------------------------------------------------------------- */

/* What failed left nothing behind in `out`. */
static HRESULT failed(HRESULT code, const void *out)
{
    assert_result(code, E_OUTOFMEMORY);
    assert_null(out);
    return code;
}

static HRESULT look_at(INetConnection *connection)
{
    NETCON_PROPERTIES *properties = (NETCON_PROPERTIES *)connection;
    HRESULT code = INetConnection_GetProperties(connection, &properties);

    if (code != S_OK)
        return failed(code, properties);
    NcFreeNetconProperties(properties);
    return S_OK;
}

static HRESULT walk(IEnumNetConnection *all)
{
    IEnumNetConnection *copy = all;
    INetConnection *connection;
    HRESULT code = IEnumNetConnection_Clone(all, &copy);

    if (code != S_OK)
        return failed(code, copy);
    while (code == S_OK && IEnumNetConnection_Next(copy, 1, &connection, NULL) == S_OK) {
        code = look_at(connection);
        INetConnection_Release(connection);
    }
    IEnumNetConnection_Release(copy);
    return code;
}

static HRESULT manage(INetConnectionManager *manager)
{
    IEnumNetConnection *all = (IEnumNetConnection *)manager;
    HRESULT code = INetConnectionManager_EnumConnections(manager, NCME_DEFAULT, &all);

    if (code != S_OK)
        return failed(code, all);
    code = walk(all);
    IEnumNetConnection_Release(all);
    return code;
}

static HRESULT use(void)
{
    void *out = &out;
    HRESULT code =
        CoCreateInstance(&CLSID_ConnectionManager, NULL, CLSCTX_ALL, &IID_INetConnectionManager, &out);

    if (code != S_OK)
        return failed(code, out);
    code = manage(out);
    INetConnectionManager_Release((INetConnectionManager *)out);
    return code;
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    long failures = 0;

    world(WORLD);
    assert_result(CoInitialize(NULL), S_OK);
    assert_result(use(), S_OK);
    for (;;) {
        scarce_from_here(failures + 1);

        HRESULT code = use();

        if (!scarce_has_failed()) {
            assert_result(code, S_OK);
            break;
        }
        assert_result(code, E_OUTOFMEMORY);
        failures++;
    }
    scarce_from_here(0);
    /* The manager, the snapshot, two connections, the enumerator, its clone, and twice the properties with
     * their two strings. */
    assert_int_equal(failures, 12);
}

static void test_no_memory_for_co_task_mem(void **state)
{
    (void)state;
    scarce_from_here(1);
    assert_null(CoTaskMemAlloc(1));
}

/* An object that somebody has kept, of a connection that is no more. */
static void test_a_connection_that_was_deleted(void **state)
{
    (void)state;
    INetConnection *connection;
    NETCON_PROPERTIES *properties = (NETCON_PROPERTIES *)&connection;

    world(WORLD);
    assert_result(nw_connection_new("99999999-0000-4000-8000-000000000000", &connection), S_OK);
    assert_result(INetConnection_GetProperties(connection, &properties), S_OBJECT_NO_LONGER_VALID);
    assert_null(properties);
    assert_result(INetConnection_Disconnect(connection), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    assert_result(INetConnection_Connect(connection), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    assert_int_equal(INetConnection_Release(connection), 0);
}

/* It may be what was not seen. */
static void test_a_connection_that_a_partial_list_lacks(void **state)
{
    (void)state;
    INetConnection *connection;
    NETCON_PROPERTIES *properties = (NETCON_PROPERTIES *)&connection;

    world(WORLD "step slot=connection.list lacks=some\n");
    assert_result(nw_connection_new("99999999-0000-4000-8000-000000000000", &connection), S_OK);
    assert_result(INetConnection_GetProperties(connection, &properties), E_ACCESSDENIED);
    assert_null(properties);
    INetConnection_Release(connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_each_allocation_fails),
        apart(test_no_memory_for_co_task_mem),
        apart(test_a_connection_that_was_deleted),
        apart(test_a_connection_that_a_partial_list_lacks),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
