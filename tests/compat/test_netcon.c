/* SPDX-License-Identifier: MIT */
/* netcon.h as C programs use it. */
#define COBJMACROS
#include "compat_world.h"

#include "compat_netcon.h"

#include <pthread.h>

#define WORLD                                                                                           \
    "connection uuid=00112233-4455-6677-8899-aabbccddeeff name=Office type=802-3-ethernet device=eth0 " \
    "state=connected external=no\n"                                                                     \
    "connection uuid=11111111-2222-3333-4444-555555555555 name=Home type=802-3-ethernet "               \
    "state=disconnected\n"                                                                              \
    "connection uuid=66666666-7777-8888-9999-aaaaaaaaaaaa name=Tunnel type=vpn device=tun0 "            \
    "state=connecting vpn=yes external=no\n"

static void begin(const char *script)
{
    world(script);
    assert_result(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
}

static const IID another = {0x12345678, 0x1234, 0x1234, {1, 2, 3, 4, 5, 6, 7, 8}};

/* ---- COM ------------------------------------------------------------------------------------- */

static void test_a_thread_is_initialised_once(void **state)
{
    (void)state;
    assert_result(CoInitialize(NULL), S_OK);
    assert_result(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE), S_FALSE);
    assert_result(CoInitializeEx(NULL, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE);
    CoUninitialize();
    assert_result(CoInitializeEx(NULL, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE);
    CoUninitialize();
    assert_result(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    CoUninitialize();
    CoUninitialize();
    assert_result(CoInitialize(NULL), S_OK);
}

static void test_what_com_is_initialised_with_is_checked(void **state)
{
    (void)state;
    int reserved;

    assert_result(CoInitialize(&reserved), E_INVALIDARG);
    assert_result(CoInitializeEx(&reserved, COINIT_MULTITHREADED), E_INVALIDARG);
    assert_result(CoInitializeEx(NULL, 0x10), E_INVALIDARG);
    assert_result(CoInitializeEx(NULL, 0x1), E_INVALIDARG);
}

static HRESULT create(void)
{
    void *out = &out;
    HRESULT code = CoCreateInstance(&CLSID_ConnectionManager, NULL, CLSCTX_LOCAL_SERVER,
                                    &IID_INetConnectionManager, &out);

    if (code == S_OK)
        INetConnectionManager_Release((INetConnectionManager *)out);
    else
        assert_null(out);
    return code;
}

static void *create_elsewhere(void *out)
{
    *(HRESULT *)out = create();
    return NULL;
}

static HRESULT on_another_thread(void)
{
    HRESULT code = E_FAIL;
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, create_elsewhere, &code), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return code;
}

/* As on Windows: a thread that has not initialised is in the multithreaded apartment where there is one. */
static void test_nothing_is_created_without_com(void **state)
{
    (void)state;
    assert_result(create(), CO_E_NOTINITIALIZED);
    assert_result(CoInitialize(NULL), S_OK);
    assert_result(create(), S_OK);
    assert_result(on_another_thread(), CO_E_NOTINITIALIZED);
    CoUninitialize();
    assert_result(create(), CO_E_NOTINITIALIZED);
    assert_result(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_result(on_another_thread(), S_OK);
    CoUninitialize();
    assert_result(on_another_thread(), CO_E_NOTINITIALIZED);
}

static void test_what_is_created_is_checked(void **state)
{
    (void)state;
    INetConnectionManager *manager;
    void *out = &out;

    assert_result(CoInitialize(NULL), S_OK);
    manager = a_manager();
    assert_result(
        CoCreateInstance(&CLSID_ConnectionManager, NULL, CLSCTX_ALL, &IID_INetConnectionManager, NULL),
        E_POINTER);
    assert_result(CoCreateInstance(NULL, NULL, CLSCTX_ALL, &IID_INetConnectionManager, &out),
                  E_INVALIDARG);
    assert_null(out);
    out = &out;
    assert_result(CoCreateInstance(&another, NULL, CLSCTX_ALL, &IID_INetConnectionManager, &out),
                  REGDB_E_CLASSNOTREG);
    assert_null(out);
    out = &out;
    assert_result(CoCreateInstance(&CLSID_ConnectionManager, NULL, CLSCTX_NO_CODE_DOWNLOAD,
                                   &IID_INetConnectionManager, &out),
                  REGDB_E_CLASSNOTREG);
    assert_null(out);
    out = &out;
    assert_result(
        CoCreateInstance(&CLSID_ConnectionManager, (IUnknown *)manager, CLSCTX_ALL, &IID_IUnknown, &out),
        CLASS_E_NOAGGREGATION);
    assert_null(out);
    out = &out;
    assert_result(
        CoCreateInstance(&CLSID_ConnectionManager, NULL, CLSCTX_ALL, &IID_INetConnection, &out),
        E_NOINTERFACE);
    assert_null(out);
    assert_result(CoCreateInstance(&CLSID_ConnectionManager, NULL, CLSCTX_ALL, &IID_IUnknown, &out),
                  S_OK);
    assert_int_equal(IUnknown_Release((IUnknown *)out), 0);
    INetConnectionManager_Release(manager);
}

static void test_memory(void **state)
{
    (void)state;
    void *block = CoTaskMemAlloc(100);

    assert_non_null(block);
    memset(block, 'x', 100);
    CoTaskMemFree(block);
    block = CoTaskMemAlloc(0);
    assert_non_null(block);
    CoTaskMemFree(block);
    CoTaskMemFree(NULL);
}

/* ---- IUnknown -------------------------------------------------------------------------------- */

/* The rules that hold for every object: see IUnknown::QueryInterface. */
static void check_query(IUnknown *object, const IID *its)
{
    void *as_unknown = NULL, *as_it = NULL, *again = NULL, *none = object;

    assert_result(IUnknown_QueryInterface(object, its, NULL), E_POINTER);
    assert_result(IUnknown_QueryInterface(object, &another, &none), E_NOINTERFACE);
    assert_null(none);
    none = object;
    assert_result(IUnknown_QueryInterface(object, NULL, &none), E_POINTER);
    assert_null(none);
    assert_result(IUnknown_QueryInterface(object, its, &as_it), S_OK);
    assert_result(IUnknown_QueryInterface(object, &IID_IUnknown, &as_unknown), S_OK);
    assert_result(IUnknown_QueryInterface((IUnknown *)as_it, &IID_IUnknown, &again), S_OK);
    assert_ptr_equal(again, as_unknown);
    for (int i = 0; i < 3; i++)
        IUnknown_Release(object);
}

/* Holds one reference, and gives it back: the last. */
static void check_counting(IUnknown *object)
{
    assert_int_equal(IUnknown_AddRef(object), 2);
    assert_int_equal(IUnknown_AddRef(object), 3);
    assert_int_equal(IUnknown_Release(object), 2);
    assert_int_equal(IUnknown_Release(object), 1);
    assert_int_equal(IUnknown_Release(object), 0);
}

static void test_unknown(void **state)
{
    (void)state;
    INetConnectionManager *manager;
    IEnumNetConnection *all;
    INetConnection *connection;

    begin(WORLD);
    manager = a_manager();
    all = an_enumerator();
    connection = a_connection(u"Home");
    check_query((IUnknown *)manager, &IID_INetConnectionManager);
    check_query((IUnknown *)all, &IID_IEnumNetConnection);
    check_query((IUnknown *)connection, &IID_INetConnection);
    check_counting((IUnknown *)manager);
    check_counting((IUnknown *)all);
    check_counting((IUnknown *)connection);
}

/* A connection outlives the enumerator that it came from. */
static void test_no_object_needs_another(void **state)
{
    (void)state;
    IEnumNetConnection *all;
    INetConnection *connections[3];
    ULONG fetched;

    begin(WORLD);
    all = an_enumerator();
    assert_result(IEnumNetConnection_Next(all, 3, connections, &fetched), S_OK);
    assert_int_equal(IEnumNetConnection_Release(all), 0);
    CoUninitialize();
    for (size_t i = 0; i < 3; i++) {
        status_of(connections[i]);
        check_counting((IUnknown *)connections[i]);
    }
}

static void test_no_object_at_all(void **state)
{
    (void)state;
    IEnumNetConnection *all, *made = NULL;
    INetConnectionManager *manager;
    INetConnection *connection, *copy = NULL;
    NETCON_PROPERTIES *properties = NULL;
    CLSID class_id;
    void *out = &out;

    begin(WORLD);
    manager = a_manager();
    all = an_enumerator();
    connection = a_connection(u"Home");
    assert_result(manager->lpVtbl->QueryInterface(NULL, &IID_IUnknown, &out), E_POINTER);
    assert_null(out);
    assert_int_equal(manager->lpVtbl->AddRef(NULL), 0);
    assert_int_equal(manager->lpVtbl->Release(NULL), 0);
    assert_result(manager->lpVtbl->EnumConnections(NULL, NCME_DEFAULT, &made), E_POINTER);
    assert_result(all->lpVtbl->Next(NULL, 1, &copy, NULL), E_POINTER);
    assert_result(all->lpVtbl->Skip(NULL, 1), E_POINTER);
    assert_result(all->lpVtbl->Reset(NULL), E_POINTER);
    assert_result(all->lpVtbl->Clone(NULL, &made), E_POINTER);
    assert_result(connection->lpVtbl->Connect(NULL), E_POINTER);
    assert_result(connection->lpVtbl->Delete(NULL), E_POINTER);
    assert_result(connection->lpVtbl->Duplicate(NULL, u"x", &copy), E_POINTER);
    assert_result(connection->lpVtbl->GetProperties(NULL, &properties), E_POINTER);
    assert_result(connection->lpVtbl->GetUiObjectClassId(NULL, &class_id), E_POINTER);
    assert_result(connection->lpVtbl->Rename(NULL, u"x"), E_POINTER);
    INetConnectionManager_Release(manager);
    IEnumNetConnection_Release(all);
    INetConnection_Release(connection);
}

/* ---- The list -------------------------------------------------------------------------------- */

static void test_what_is_enumerated_is_checked(void **state)
{
    (void)state;
    INetConnectionManager *manager;
    IEnumNetConnection *all = NULL;

    begin(WORLD);
    manager = a_manager();
    assert_result(INetConnectionManager_EnumConnections(manager, NCME_DEFAULT, NULL), E_POINTER);
    assert_result(INetConnectionManager_EnumConnections(manager, (NETCONMGR_ENUM_FLAGS)1, &all),
                  E_INVALIDARG);
    assert_null(all);
    INetConnectionManager_Release(manager);
}

/* Of three. */
static void test_next(void **state)
{
    (void)state;
    IEnumNetConnection *all;
    INetConnection *found[4];
    ULONG fetched = 7;

    begin(WORLD);
    all = an_enumerator();
    assert_result(IEnumNetConnection_Next(all, 1, NULL, &fetched), E_POINTER);
    assert_int_equal(fetched, 0);
    assert_result(IEnumNetConnection_Next(all, 2, found, NULL), E_INVALIDARG);
    assert_result(IEnumNetConnection_Next(all, 0, found, &fetched), S_OK);
    assert_int_equal(fetched, 0);
    assert_result(IEnumNetConnection_Next(all, 1, &found[0], NULL), S_OK);
    fetched = 7;
    assert_result(IEnumNetConnection_Next(all, 3, &found[1], &fetched), S_FALSE);
    assert_int_equal(fetched, 2);
    assert_null(found[3]);
    assert_ptr_not_equal(found[0], found[1]);
    assert_ptr_not_equal(found[1], found[2]);
    for (size_t i = 0; i < 3; i++)
        INetConnection_Release(found[i]);
    fetched = 7;
    found[0] = found[3] = (INetConnection *)all;
    assert_result(IEnumNetConnection_Next(all, 1, found, &fetched), S_FALSE);
    assert_int_equal(fetched, 0);
    assert_null(found[0]);
    assert_result(IEnumNetConnection_Next(all, 1, found, NULL), S_FALSE);
    IEnumNetConnection_Release(all);
}

static INetConnection *next_of(IEnumNetConnection *all)
{
    INetConnection *connection = NULL;

    if (IEnumNetConnection_Next(all, 1, &connection, NULL) == S_OK)
        INetConnection_Release(connection); /* `all` holds it */
    return connection;
}

static void test_skip_reset_and_clone(void **state)
{
    (void)state;
    IEnumNetConnection *all, *copy = NULL, *late = NULL;
    INetConnection *first, *last;

    begin(WORLD);
    all = an_enumerator();
    first = next_of(all);
    assert_result(IEnumNetConnection_Clone(all, NULL), E_POINTER);
    assert_result(IEnumNetConnection_Clone(all, &copy), S_OK);
    assert_result(IEnumNetConnection_Skip(all, 1), S_OK);
    last = next_of(all);
    assert_non_null(last);
    assert_result(IEnumNetConnection_Skip(all, 0), S_OK);
    assert_result(IEnumNetConnection_Skip(all, 1), S_FALSE);
    assert_result(IEnumNetConnection_Reset(all), S_OK);
    assert_ptr_equal(next_of(all), first);
    assert_result(IEnumNetConnection_Skip(all, 0xFFFFFFFF), S_FALSE);
    assert_null(next_of(all));
    assert_result(IEnumNetConnection_Clone(all, &late), S_OK);

    /* The copy is where the original was, and needs it no more. */
    assert_int_equal(IEnumNetConnection_Release(all), 0);
    assert_result(IEnumNetConnection_Skip(copy, 1), S_OK);
    assert_ptr_equal(next_of(copy), last);
    assert_null(next_of(copy));
    assert_null(next_of(late));
    assert_int_equal(IEnumNetConnection_Release(copy), 0);
    assert_int_equal(IEnumNetConnection_Release(late), 0);
}

static void test_there_are_none(void **state)
{
    (void)state;
    IEnumNetConnection *all;

    begin("# nothing\n");
    all = an_enumerator();
    assert_null(next_of(all));
    assert_result(IEnumNetConnection_Skip(all, 1), S_FALSE);
    assert_result(IEnumNetConnection_Reset(all), S_OK);
    IEnumNetConnection_Release(all);
}

/* Two activations of a profile are two items of netdisc's, but one connection. */
static void test_each_is_listed_once(void **state)
{
    (void)state;
    IEnumNetConnection *all;

    begin(
        "connection uuid=00112233-4455-6677-8899-aabbccddeeff name=Office device=eth0 state=connected\n"
        "connection uuid=11111111-2222-3333-4444-555555555555 name=Home state=disconnected\n"
        "connection uuid=00112233-4455-6677-8899-aabbccddeeff name=Office device=eth1 "
        "state=connected\n");
    all = an_enumerator();
    assert_result(IEnumNetConnection_Skip(all, 2), S_OK);
    assert_null(next_of(all));
    IEnumNetConnection_Release(all);
}

static void check_enumerating(const char *script, HRESULT expected)
{
    INetConnectionManager *manager;
    IEnumNetConnection *all = (IEnumNetConnection *)&manager;

    begin(script);
    manager = a_manager();
    assert_result(INetConnectionManager_EnumConnections(manager, NCME_DEFAULT, &all), expected);
    assert_null(all);
    INetConnectionManager_Release(manager);
}

static void test_the_list_cannot_be_had(void **state)
{
    (void)state;
    check_enumerating("step slot=connection.list manner=fail status=ERROR_SERVICE_NOT_ACTIVE\n",
                      HRESULT_FROM_WIN32(ERROR_SERVICE_NOT_ACTIVE));
}

static void test_no_memory_for_the_list(void **state)
{
    (void)state;
    check_enumerating("step slot=connection.list manner=fail status=ERROR_NOT_ENOUGH_MEMORY\n",
                      E_OUTOFMEMORY);
}

static void test_no_context(void **state)
{
    (void)state;
    netdisc_options options = {.size = sizeof options, .providers = "no such name"};
    INetConnectionManager *manager;
    IEnumNetConnection *all = NULL;

    assert_status(netdisc_win32_configure(&options), NO_ERROR);
    assert_result(CoInitialize(NULL), S_OK);
    manager = a_manager();
    assert_result(INetConnectionManager_EnumConnections(manager, NCME_DEFAULT, &all),
                  HRESULT_FROM_WIN32(ERROR_BAD_PROVIDER));
    INetConnectionManager_Release(manager);
}

/* ---- Properties ------------------------------------------------------------------------------ */

static NETCON_PROPERTIES *properties_of(const WCHAR *name)
{
    INetConnection *connection = a_connection(name);
    NETCON_PROPERTIES *properties = NULL;

    assert_result(INetConnection_GetProperties(connection, &properties), S_OK);
    INetConnection_Release(connection);
    return properties;
}

static void test_properties(void **state)
{
    (void)state;
    static const GUID none,
        guid = {0x00112233, 0x4455, 0x6677, {0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF}};
    NETCON_PROPERTIES *properties;

    begin(WORLD);
    properties = properties_of(u"Office");
    assert_true(IsEqualGUID(&properties->guidId, &guid));
    assert_wide(properties->pszwName, u"Office");
    assert_wide(properties->pszwDeviceName, u"eth0");
    assert_int_equal(properties->Status, NCS_CONNECTED);
    assert_int_equal(properties->MediaType, NCM_LAN);
    assert_int_equal(properties->dwCharacter, NCCF_NONE);
    assert_true(IsEqualGUID(&properties->clsidThisObject, &none));
    assert_true(IsEqualGUID(&properties->clsidUiObject, &none));
    NcFreeNetconProperties(properties);
    properties = properties_of(u"Home");
    assert_wide(properties->pszwDeviceName, u"");
    assert_int_equal(properties->Status, NCS_DISCONNECTED);
    NcFreeNetconProperties(properties);
    NcFreeNetconProperties(NULL);
}

static void test_text_is_utf16(void **state)
{
    (void)state;
    NETCON_PROPERTIES *properties;

    begin("connection uuid=00112233-4455-6677-8899-aabbccddeeff name=B%c3%bcro%20%f0%9f%93%a1 "
          "state=connected\n");
    properties = properties_of(u"B\u00fcro \U0001F4E1");
    NcFreeNetconProperties(properties);
}

static void test_every_state(void **state)
{
    (void)state;
    static const struct {
        const WCHAR *name;
        NETCON_STATUS status;
    } expected[] = {
        {u"a", NCS_DISCONNECTED},       {u"b", NCS_DISCONNECTED}, {u"c", NCS_DISCONNECTED},
        {u"d", NCS_CONNECTING},         {u"e", NCS_CONNECTED},    {u"f", NCS_DISCONNECTING},
        {u"g", NCS_MEDIA_DISCONNECTED},
    };

    begin("connection uuid=00000000-0000-4000-8000-000000000001 name=a state=unknown\n"
          "connection uuid=00000000-0000-4000-8000-000000000002 name=b state=disconnected\n"
          "connection uuid=00000000-0000-4000-8000-000000000003 name=c state=remembered\n"
          "connection uuid=00000000-0000-4000-8000-000000000004 name=d state=connecting\n"
          "connection uuid=00000000-0000-4000-8000-000000000005 name=e state=connected\n"
          "connection uuid=00000000-0000-4000-8000-000000000006 name=f state=disconnecting\n"
          "connection uuid=00000000-0000-4000-8000-000000000007 name=g state=lost\n");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        INetConnection *connection = a_connection(expected[i].name);

        assert_int_equal(status_of(connection), expected[i].status);
        INetConnection_Release(connection);
    }
}

static void test_every_media_type(void **state)
{
    (void)state;
    static const struct {
        const WCHAR *name;
        NETCON_MEDIATYPE type;
    } expected[] = {
        {u"a", NCM_LAN},    {u"b", NCM_LAN},   {u"c", NCM_TUNNEL}, {u"d", NCM_TUNNEL},
        {u"e", NCM_BRIDGE}, {u"f", NCM_PPPOE}, {u"g", NCM_PHONE},  {u"h", NCM_TUNNEL},
    };

    begin("connection uuid=00000000-0000-4000-8000-000000000001 name=a type=802-3-ethernet\n"
          "connection uuid=00000000-0000-4000-8000-000000000002 name=b type=802-11-wireless\n"
          "connection uuid=00000000-0000-4000-8000-000000000003 name=c type=vpn\n"
          "connection uuid=00000000-0000-4000-8000-000000000004 name=d type=wireguard\n"
          "connection uuid=00000000-0000-4000-8000-000000000005 name=e type=bridge\n"
          "connection uuid=00000000-0000-4000-8000-000000000006 name=f type=pppoe\n"
          "connection uuid=00000000-0000-4000-8000-000000000007 name=g type=gsm\n"
          "connection uuid=00000000-0000-4000-8000-000000000008 name=h type=strange vpn=yes\n");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        NETCON_PROPERTIES *properties = properties_of(expected[i].name);

        assert_int_equal(properties->MediaType, expected[i].type);
        NcFreeNetconProperties(properties);
    }
}

static void test_a_uuid_that_is_no_guid(void **state)
{
    (void)state;
    static const GUID none;
    static const WCHAR *const names[] = {u"a", u"b", u"c"};

    begin("connection uuid=short name=a\n"
          "connection uuid=00112233-4455-6677-8899-aabbccddeefg name=b\n"
          "connection uuid=00112233-4455-6677-8899-aabbccddeeff0 name=c\n");
    for (size_t i = 0; i < 3; i++) {
        NETCON_PROPERTIES *properties = properties_of(names[i]);

        assert_true(IsEqualGUID(&properties->guidId, &none));
        NcFreeNetconProperties(properties);
    }
}

static void test_properties_into_nothing(void **state)
{
    (void)state;
    INetConnection *connection;

    begin(WORLD);
    connection = a_connection(u"Home");
    assert_result(INetConnection_GetProperties(connection, NULL), E_POINTER);
    INetConnection_Release(connection);
}

/* ---- Disconnect: each result that is documented ---------------------------------------------- */

/* What a provider that fails with this status makes of it. */
static void check_disconnect(const char *status, HRESULT expected)
{
    INetConnection *connection;
    char script[sizeof WORLD + 100];

    snprintf(script, sizeof script, WORLD "step slot=connection.disconnect manner=fail status=%s\n",
             status);
    begin(script);
    connection = a_connection(u"Office");
    SetLastError(UNTOUCHED);
    assert_result(INetConnection_Disconnect(connection), expected);
    assert_int_equal(GetLastError(), UNTOUCHED);
    assert_int_equal(status_of(connection), NCS_CONNECTED);
    INetConnection_Release(connection);
}

static void test_disconnect_is_s_ok(void **state)
{
    (void)state;
    INetConnection *connection;

    begin(WORLD);
    connection = a_connection(u"Office");
    assert_int_equal(status_of(connection), NCS_CONNECTED);
    SetLastError(UNTOUCHED);
    assert_result(INetConnection_Disconnect(connection), S_OK);
    assert_int_equal(GetLastError(), UNTOUCHED);
    assert_int_equal(status_of(connection), NCS_DISCONNECTED);
    INetConnection_Release(connection);
}

static void test_disconnect_is_e_abort(void **state)
{
    (void)state;
    check_disconnect("ERROR_OPERATION_ABORTED", E_ABORT);
}

static void test_disconnect_is_e_fail(void **state)
{
    (void)state;
    check_disconnect("ERROR_GEN_FAILURE", E_FAIL);
}

static void test_disconnect_is_e_invalidarg(void **state)
{
    (void)state;
    check_disconnect("ERROR_INVALID_PARAMETER", E_INVALIDARG);
}

static void test_disconnect_is_e_nointerface(void **state)
{
    (void)state;
    check_disconnect("ERROR_NOINTERFACE", E_NOINTERFACE);
}

static void test_disconnect_is_e_notimpl(void **state)
{
    (void)state;
    check_disconnect("ERROR_CALL_NOT_IMPLEMENTED", E_NOTIMPL);
}

static void test_disconnect_is_e_outofmemory(void **state)
{
    (void)state;
    check_disconnect("ERROR_NOT_ENOUGH_MEMORY", E_OUTOFMEMORY);
}

static void test_disconnect_is_e_pointer(void **state)
{
    (void)state;
    INetConnection *connection;

    begin(WORLD);
    connection = a_connection(u"Office");
    assert_result(connection->lpVtbl->Disconnect(NULL), E_POINTER);
    assert_int_equal(status_of(connection), NCS_CONNECTED);
    INetConnection_Release(connection);
}

static void test_disconnect_is_e_unexpected(void **state)
{
    (void)state;
    check_disconnect("ERROR_INTERNAL_ERROR", E_UNEXPECTED);
}

/* ---- Others pass by number ------------------------------------------------------------------- */

static void test_disconnect_is_e_accessdenied(void **state)
{
    (void)state;
    check_disconnect("ERROR_ACCESS_DENIED", E_ACCESSDENIED);
}

static void test_disconnect_says_that_nobody_serves(void **state)
{
    (void)state;
    check_disconnect("ERROR_SERVICE_NOT_ACTIVE", HRESULT_FROM_WIN32(ERROR_SERVICE_NOT_ACTIVE));
}

static void test_disconnect_of_what_is_down(void **state)
{
    (void)state;
    INetConnection *connection;

    begin(WORLD);
    connection = a_connection(u"Home");
    assert_result(INetConnection_Disconnect(connection), HRESULT_FROM_WIN32(ERROR_NOT_CONNECTED));
    INetConnection_Release(connection);
}

/* Success is gone: a provider that says so only is found out. */
static void test_disconnect_is_not_deceived(void **state)
{
    (void)state;
    INetConnection *connection;

    begin(WORLD "step slot=connection.disconnect manner=lie\n");
    connection = a_connection(u"Office");
    assert_result(INetConnection_Disconnect(connection), HRESULT_FROM_WIN32(ERROR_BUSY));
    INetConnection_Release(connection);
}

/* ---- The other methods ----------------------------------------------------------------------- */

static void test_connect(void **state)
{
    (void)state;
    INetConnection *connection;

    begin(WORLD);
    connection = a_connection(u"Home");
    assert_result(INetConnection_Connect(connection), S_OK);
    assert_int_equal(status_of(connection), NCS_CONNECTED);
    assert_result(INetConnection_Connect(connection), S_OK);
    INetConnection_Release(connection);
}

static void test_connect_fails(void **state)
{
    (void)state;
    INetConnection *connection;

    begin(WORLD "step slot=connection.connect manner=fail status=ERROR_OPERATION_ABORTED\n");
    connection = a_connection(u"Home");
    assert_result(INetConnection_Connect(connection), E_ABORT);
    assert_int_equal(status_of(connection), NCS_DISCONNECTED);
    INetConnection_Release(connection);
}

static void test_what_is_windows_alone(void **state)
{
    (void)state;
    INetConnection *connection, *copy;
    CLSID class_id;

    begin(WORLD);
    connection = copy = a_connection(u"Home");
    assert_result(INetConnection_Delete(connection), E_NOTIMPL);
    assert_result(INetConnection_Duplicate(connection, u"Copy", &copy), E_NOTIMPL);
    assert_null(copy);
    assert_result(INetConnection_Duplicate(connection, u"Copy", NULL), E_POINTER);
    assert_result(INetConnection_GetUiObjectClassId(connection, &class_id), E_NOTIMPL);
    assert_result(INetConnection_GetUiObjectClassId(connection, NULL), E_POINTER);
    assert_result(INetConnection_Rename(connection, u"New"), E_NOTIMPL);
    assert_result(INetConnection_Rename(connection, NULL), E_POINTER);
    INetConnection_Release(connection);
}

/* ---- Threads --------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 25 };

typedef struct shared {
    pthread_barrier_t begin;
    INetConnection *connection;
    IEnumNetConnection *all;
    unsigned bad[THREADS]; /* each thread's own */
    unsigned ended[THREADS];
    unsigned passed[THREADS];
} shared;

typedef struct worker {
    shared *of;
    size_t index;
} worker;

static bool is_expected(HRESULT code)
{
    return code == S_OK || code == HRESULT_FROM_WIN32(ERROR_NOT_CONNECTED);
}

static void *use(void *data)
{
    const worker *me = data;
    shared *of = me->of;
    INetConnection *found;

    pthread_barrier_wait(&of->begin);
    for (int i = 0; i < ROUNDS; i++) {
        NETCON_PROPERTIES *properties = NULL;

        INetConnection_AddRef(of->connection);
        if (INetConnection_GetProperties(of->connection, &properties) != S_OK)
            of->bad[me->index]++;
        NcFreeNetconProperties(properties);
        INetConnection_Release(of->connection);
        while (IEnumNetConnection_Next(of->all, 1, &found, NULL) == S_OK) {
            of->passed[me->index]++;
            INetConnection_Release(found);
        }
    }

    HRESULT code = INetConnection_Disconnect(of->connection);

    of->bad[me->index] += !is_expected(code);
    of->ended[me->index] = code == S_OK;
    INetConnection_Release(of->connection);
    IEnumNetConnection_Release(of->all);
    return NULL;
}

/* Each thread ends with giving back the last reference that it knows of; one of them has the last. */
static void test_from_many_threads(void **state)
{
    (void)state;
    static shared of;
    pthread_t threads[THREADS];
    worker workers[THREADS];
    unsigned ended = 0, passed = 0;

    begin(WORLD);
    of.connection = a_connection(u"Office");
    of.all = an_enumerator();
    assert_int_equal(pthread_barrier_init(&of.begin, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){&of, i};
        INetConnection_AddRef(of.connection);
        IEnumNetConnection_AddRef(of.all);
        assert_int_equal(pthread_create(&threads[i], NULL, use, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(of.bad[i], 0);
        ended += of.ended[i];
        passed += of.passed[i];
    }
    assert_true(ended >= 1);
    assert_int_equal(passed, 3);
    assert_int_equal(status_of(of.connection), NCS_DISCONNECTED);
    assert_int_equal(INetConnection_Release(of.connection), 0);
    assert_int_equal(IEnumNetConnection_Release(of.all), 0);
    pthread_barrier_destroy(&of.begin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_a_thread_is_initialised_once),
        apart(test_what_com_is_initialised_with_is_checked),
        apart(test_nothing_is_created_without_com),
        apart(test_what_is_created_is_checked),
        apart(test_memory),
        apart(test_unknown),
        apart(test_no_object_needs_another),
        apart(test_no_object_at_all),
        apart(test_what_is_enumerated_is_checked),
        apart(test_next),
        apart(test_skip_reset_and_clone),
        apart(test_there_are_none),
        apart(test_each_is_listed_once),
        apart(test_the_list_cannot_be_had),
        apart(test_no_memory_for_the_list),
        apart(test_no_context),
        apart(test_properties),
        apart(test_text_is_utf16),
        apart(test_every_state),
        apart(test_every_media_type),
        apart(test_a_uuid_that_is_no_guid),
        apart(test_properties_into_nothing),
        apart(test_disconnect_is_s_ok),
        apart(test_disconnect_is_e_abort),
        apart(test_disconnect_is_e_fail),
        apart(test_disconnect_is_e_invalidarg),
        apart(test_disconnect_is_e_nointerface),
        apart(test_disconnect_is_e_notimpl),
        apart(test_disconnect_is_e_outofmemory),
        apart(test_disconnect_is_e_pointer),
        apart(test_disconnect_is_e_unexpected),
        apart(test_disconnect_is_e_accessdenied),
        apart(test_disconnect_says_that_nobody_serves),
        apart(test_disconnect_of_what_is_down),
        apart(test_disconnect_is_not_deceived),
        apart(test_connect),
        apart(test_connect_fails),
        apart(test_what_is_windows_alone),
        apart(test_from_many_threads),
    };

    return cmocka_run_group_tests_name("netcon", tests, NULL, NULL);
}
