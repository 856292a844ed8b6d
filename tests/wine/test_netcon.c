/* SPDX-License-Identifier: MIT */
/* The provider "netcon", on a connection manager of the test's own. */
#include "fake_netcon.h"
#include "wine_connections.h"

#include <objidl.h>

#include "../../src/backend-win32/nd_netcon.h"

enum { SOON_MS = 3000 };

static int begin(void **state)
{
    (void)state;
    fake_begin();
    return 0;
}

/* Whatever was held or given out has been given back. */
static int end(void **state)
{
    (void)state;
    if (fake.references != 0)
        print_error("%ld references are held\n", (long)fake.references);
    if (fake_blocks_out() != 0)
        print_error("%u blocks are not freed\n", (unsigned)fake_blocks_out());
    if (fake.breaks_rules)
        print_error("Next was asked for more than one\n");
    if (fake.proxies != fake.trusted)
        print_error("%ld of %ld proxies may not act for their caller\n",
                    (long)(fake.proxies - fake.trusted), (long)fake.proxies);
    return fake.references != 0 || fake_blocks_out() != 0 || fake.breaks_rules ||
           fake.proxies != fake.trusted;
}

/* ---- Who frees what was given out ----------------------------------------------------------- */

static HRESULT WINAPI spy_query(IMallocSpy *self, REFIID iid, void **out)
{
    (void)iid;
    *out = self;
    return S_OK;
}

static ULONG WINAPI spy_count(IMallocSpy *self)
{
    (void)self;
    return 2;
}

static SIZE_T WINAPI spy_pre_size(IMallocSpy *self, SIZE_T size)
{
    (void)self;
    return size;
}

static void *WINAPI spy_post(IMallocSpy *self, void *block)
{
    (void)self;
    return block;
}

static void *WINAPI spy_pre(IMallocSpy *self, void *block, WINBOOL spied)
{
    (void)self;
    (void)spied;
    return block;
}

static void *WINAPI spy_pre_free(IMallocSpy *self, void *block, WINBOOL spied)
{
    (void)self;
    (void)spied;
    fake_forget(block);
    return block;
}

static void WINAPI spy_post_free(IMallocSpy *self, WINBOOL spied)
{
    (void)self;
    (void)spied;
}

static SIZE_T WINAPI spy_pre_realloc(IMallocSpy *self, void *block, SIZE_T size, void **out,
                                     WINBOOL spied)
{
    (void)self;
    (void)spied;
    *out = block;
    return size;
}

static void *WINAPI spy_post_realloc(IMallocSpy *self, void *block, WINBOOL spied)
{
    (void)self;
    (void)spied;
    return block;
}

static SIZE_T WINAPI spy_post_size(IMallocSpy *self, SIZE_T size, WINBOOL spied)
{
    (void)self;
    (void)spied;
    return size;
}

static int WINAPI spy_post_did(IMallocSpy *self, void *block, WINBOOL spied, int actual)
{
    (void)self;
    (void)block;
    (void)spied;
    return actual;
}

static void WINAPI spy_minimize(IMallocSpy *self)
{
    (void)self;
}

static IMallocSpyVtbl spy_methods = {
    spy_query,     spy_count,     spy_count,       spy_pre_size,     spy_post,
    spy_pre_free,  spy_post_free, spy_pre_realloc, spy_post_realloc, spy_pre,
    spy_post_size, spy_pre,       spy_post_did,    spy_minimize,     spy_minimize,
};
static IMallocSpy spy = {&spy_methods};

/* ---- Listing -------------------------------------------------------------------------------- */

static void test_every_connection_is_listed(void **state)
{
    (void)state;
    fake_add(1, L"Ethernet", L"Intel NIC", NCS_CONNECTED);
    fake_add(2,
             L"Gr\xfc\xdf"
             "e",
             NULL, NCS_MEDIA_DISCONNECTED)
        ->media = NCM_BRIDGE;

    netdisc *nd = wine_open("netcon");
    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 2);

    const netdisc_connection *first = connection_in(list, "Ethernet");

    assert_non_null(first);
    assert_string_equal(first->provider, "netcon");
    assert_string_equal(first->uuid, "00000001-1111-2222-abcd-000000000001");
    assert_string_equal(first->device, "Intel NIC");
    assert_string_equal(first->type, "lan");
    assert_int_equal(first->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(first->vpn, NETDISC_NO);
    assert_int_equal(first->external, NETDISC_NO);
    assert_int_equal(first->autoconnect, NETDISC_UNKNOWN);

    const netdisc_connection *second = connection_in(list, "Gr\xc3\xbc\xc3\x9f"
                                                           "e");

    assert_non_null(second);
    assert_string_equal(second->type, "bridge");
    assert_null(second->device);
    assert_int_equal(second->state, NETDISC_STATE_DISCONNECTED);
    assert_int_equal(netdisc_list_failure_count(list), 0);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_one_without_a_name_is_called_by_its_device_or_guid(void **state)
{
    (void)state;
    fake_add(1, NULL, L"Some NIC", NCS_CONNECTED);
    fake_add(2, NULL, NULL, NCS_CONNECTED);
    fake_add(3, L"", L"", NCS_CONNECTED);

    netdisc *nd = wine_open("netcon");
    netdisc_list *list = connections(nd);

    assert_non_null(connection_in(list, "Some NIC"));
    for (size_t i = 1; i < 3; i++) {
        const netdisc_connection *nameless = netdisc_list_connection(list, i);

        assert_string_equal(nameless->name, nameless->uuid);
        assert_null(nameless->device);
    }
    netdisc_list_free(list);
    assert_status(netdisc_connection_disconnect(nd, "Some NIC", 0, 0, NULL), NO_ERROR);
    assert_int_equal(fake.links[0].disconnects, 1);
    netdisc_close(nd);
}

static void test_a_name_with_half_a_character(void **state)
{
    (void)state;
    fake_add(1, L"half\xd800", NULL, NCS_CONNECTED);

    netdisc *nd = wine_open("netcon");

    assert_status(
        netdisc_connection_disconnect(nd, "{00000001-1111-2222-ABCD-000000000001}", 0, 0, NULL),
        NO_ERROR);
    assert_int_equal(state_of(nd, "half\xef\xbf\xbd"), NETDISC_STATE_DISCONNECTED);
    netdisc_close(nd);
}

static void test_phone_book_connections_are_left_to_ras(void **state)
{
    (void)state;
    static const NETCON_MEDIATYPE theirs[] = {NCM_DIRECT, NCM_ISDN, NCM_PHONE, NCM_TUNNEL, NCM_PPPOE};

    for (unsigned i = 0; i < sizeof theirs / sizeof *theirs; i++)
        fake_add(i, L"VPN", NULL, NCS_CONNECTED)->media = theirs[i];

    netdisc *nd = wine_open("netcon");
    netdisc_list *list = connections(nd);
    netdisc_error *err = NULL;

    assert_int_equal(netdisc_list_count(list), 0);
    netdisc_list_free(list);
    assert_error(netdisc_connection_disconnect(nd, "VPN", 0, 0, &err), err, ERROR_NOT_FOUND, "VPN");
    netdisc_close(nd);
}

static void test_each_type(void **state)
{
    (void)state;
    static const struct {
        NETCON_MEDIATYPE media;
        const char *type;
    } rows[] = {
        {NCM_NONE, "none"},
        {NCM_LAN, "lan"},
        {NCM_BRIDGE, "bridge"},
        {NCM_SHAREDACCESSHOST_LAN, "shared-access"},
        {NCM_SHAREDACCESSHOST_RAS, "shared-access"},
        {(NETCON_MEDIATYPE)77, "other"},
    };
    fake_link *link = fake_add(1, L"it", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        link->media = rows[i].media;

        netdisc_list *list = connections(nd);

        assert_string_equal(netdisc_list_connection(list, 0)->type, rows[i].type);
        netdisc_list_free(list);
    }
    netdisc_close(nd);
}

static void test_each_state(void **state)
{
    (void)state;
    static const struct {
        NETCON_STATUS status;
        netdisc_state state;
    } rows[] = {
        {NCS_DISCONNECTED, NETDISC_STATE_DISCONNECTED},
        {NCS_CONNECTING, NETDISC_STATE_CONNECTING},
        {NCS_CONNECTED, NETDISC_STATE_CONNECTED},
        {NCS_DISCONNECTING, NETDISC_STATE_DISCONNECTING},
        {NCS_HARDWARE_NOT_PRESENT, NETDISC_STATE_DISCONNECTED},
        {NCS_HARDWARE_DISABLED, NETDISC_STATE_DISCONNECTED},
        {NCS_HARDWARE_MALFUNCTION, NETDISC_STATE_DISCONNECTED},
        {NCS_MEDIA_DISCONNECTED, NETDISC_STATE_DISCONNECTED},
        {NCS_AUTHENTICATING, NETDISC_STATE_CONNECTING},
        {NCS_AUTHENTICATION_SUCCEEDED, NETDISC_STATE_CONNECTING},
        {NCS_AUTHENTICATION_FAILED, NETDISC_STATE_DISCONNECTED},
        {NCS_INVALID_ADDRESS, NETDISC_STATE_CONNECTED},
        {NCS_CREDENTIALS_REQUIRED, NETDISC_STATE_CONNECTING},
        {(NETCON_STATUS)99, NETDISC_STATE_UNKNOWN},
        {(NETCON_STATUS)-1, NETDISC_STATE_UNKNOWN},
    };
    fake_link *link = fake_add(1, L"it", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        link->status = rows[i].status;
        assert_int_equal(state_of(nd, "it"), rows[i].state);
    }
    netdisc_close(nd);
}

static void test_one_that_says_nothing_makes_the_list_partial(void **state)
{
    (void)state;
    fake_add(1, L"dumb", NULL, NCS_CONNECTED)->on_properties = E_FAIL;
    fake_add(2, L"Ethernet", NULL, NCS_CONNECTED);

    netdisc *nd = wine_open("netcon");
    netdisc_list *list = connections(nd);
    netdisc_error *err = NULL;

    assert_int_equal(netdisc_list_count(list), 1);
    assert_int_equal(netdisc_list_failure_count(list), 1);
    assert_status(netdisc_list_failure(list, 0)->status, ERROR_GEN_FAILURE);
    netdisc_list_free(list);

    /* It may be the one that is meant. */
    assert_error(netdisc_connection_disconnect(nd, "dumb", 0, 0, &err), err, ERROR_GEN_FAILURE,
                 "does not say what it is");
    assert_status(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_a_list_without_an_end_is_given_up(void **state)
{
    (void)state;
    netdisc *nd = wine_open("netcon");
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    fake.endless = true;
    assert_error(netdisc_connection_list(nd, 0, 0, &list, &err), err, ERROR_INVALID_DATA, "has no end");
    netdisc_close(nd);
}

static void test_nothing_there_is_an_empty_list(void **state)
{
    (void)state;
    netdisc *nd = wine_open("netcon");
    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 0);
    assert_int_equal(netdisc_list_failure_count(list), 0);
    netdisc_list_free(list);
    fake.no_enumerator = true;
    list = connections(nd);
    assert_int_equal(netdisc_list_count(list), 0);
    netdisc_list_free(list);
    netdisc_close(nd);
}

/* ---- HRESULTs ------------------------------------------------------------------------------- */

typedef struct documented {
    HRESULT code;
    netdisc_status status;
    const char *name;
} documented;

static const documented failures[] = {
    {E_ABORT, NETDISC_ERROR_OPERATION_ABORTED, "E_ABORT"},
    {E_FAIL, NETDISC_ERROR_GEN_FAILURE, "E_FAIL"},
    {E_INVALIDARG, NETDISC_ERROR_INVALID_PARAMETER, "E_INVALIDARG"},
    {E_NOINTERFACE, NETDISC_ERROR_NOINTERFACE, "E_NOINTERFACE"},
    {E_NOTIMPL, NETDISC_ERROR_CALL_NOT_IMPLEMENTED, "E_NOTIMPL"},
    {E_OUTOFMEMORY, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "E_OUTOFMEMORY"},
    {E_POINTER, NETDISC_ERROR_INVALID_ADDRESS, "E_POINTER"},
    {E_UNEXPECTED, NETDISC_ERROR_INTERNAL_ERROR, "E_UNEXPECTED"},
    {E_ACCESSDENIED, NETDISC_ERROR_ACCESS_DENIED, "E_ACCESSDENIED"},
    {(HRESULT)0x800706BA, NETDISC_RPC_S_SERVER_UNAVAILABLE, "RPC_S_SERVER_UNAVAILABLE"},
    {(HRESULT)0x800706BE, NETDISC_RPC_S_CALL_FAILED, "RPC_S_CALL_FAILED"},
    {(HRESULT)0x800706BB, NETDISC_RPC_S_SERVER_TOO_BUSY, "RPC_S_SERVER_TOO_BUSY"},
    {(HRESULT)0x80070426, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "ERROR_SERVICE_NOT_ACTIVE"},
    {(HRESULT)0x80070422, NETDISC_ERROR_SERVICE_NOT_ACTIVE, NULL},
    {(HRESULT)0x800704C7, NETDISC_ERROR_CANCELLED, "ERROR_CANCELLED"},
    {(HRESULT)0x80010108, NETDISC_ERROR_EXTENDED_ERROR, "RPC_E_DISCONNECTED"},
    {(HRESULT)0x80041234, NETDISC_ERROR_EXTENDED_ERROR, NULL},
};

enum { FAILURES = sizeof failures / sizeof *failures };

/* Frees the detail. */
static void check_failure(const documented *row, netdisc_status status, netdisc_error *err)
{
    assert_string_equal(netdisc_status_name(status), netdisc_status_name(row->status));
    assert_non_null(err);
    assert_string_equal(err->provider, "netcon");
    assert_string_equal(err->native_domain, "hresult");
    assert_true((uint32_t)err->native_code == (uint32_t)row->code);
    if (row->name)
        assert_string_equal(err->native_name, row->name);
    else
        assert_null(err->native_name);
    netdisc_error_free(err);
}

static void test_every_hresult_of_disconnect(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");

    for (size_t i = 0; i < FAILURES; i++) {
        netdisc_error *err = NULL;

        link->on_disconnect = failures[i].code;

        netdisc_status status = netdisc_connection_disconnect(nd, "Ethernet", 0, 0, &err);

        check_failure(&failures[i], status, err);
        assert_int_equal(link->status, NCS_CONNECTED);
    }
    assert_int_equal(link->disconnects, FAILURES);
    netdisc_close(nd);
}

static void test_every_hresult_of_connect(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_DISCONNECTED);
    netdisc *nd = wine_open("netcon");

    for (size_t i = 0; i < FAILURES; i++) {
        netdisc_error *err = NULL;

        link->on_connect = failures[i].code;

        netdisc_status status = netdisc_connection_connect(nd, "Ethernet", 0, 0, &err);

        check_failure(&failures[i], status, err);
    }
    assert_int_equal(link->connects, FAILURES);
    netdisc_close(nd);
}

static void check_listing_fails(netdisc *nd, const documented *row)
{
    netdisc_error *err = NULL;
    netdisc_list *list = NULL;

    netdisc_status status = netdisc_connection_list(nd, 0, 0, &list, &err);

    check_failure(row, status, err);
    assert_null(list);
    err = NULL;
    status = netdisc_connection_disconnect(nd, "Ethernet", 0, 0, &err);
    check_failure(row, status, err);
}

static void test_every_hresult_of_enumeration(void **state)
{
    (void)state;
    fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    fake_add(2, L"Other", NULL, NCS_CONNECTED);
    fake.next_fails_at = 1;

    netdisc *nd = wine_open("netcon");

    for (size_t i = 0; i < FAILURES; i++) {
        fake.on_create = failures[i].code;
        check_listing_fails(nd, &failures[i]);
        fake.on_create = S_OK;
        fake.on_enumerate = failures[i].code;
        check_listing_fails(nd, &failures[i]);
        fake.on_enumerate = S_OK;
        fake.on_next = failures[i].code;
        check_listing_fails(nd, &failures[i]);
        fake.on_next = S_OK;
    }
    assert_int_equal(fake.links[0].disconnects, 0);
    netdisc_close(nd);
}

static void test_a_stopped_service_is_named(void **state)
{
    (void)state;
    netdisc *nd = wine_open("netcon");
    netdisc_list *list;
    netdisc_error *err = NULL;

    fake.on_create = HRESULT_FROM_WIN32(ERROR_SERVICE_DISABLED);
    assert_error(netdisc_connection_list(nd, 0, 0, &list, &err), err, ERROR_SERVICE_NOT_ACTIVE,
                 "netman");
    netdisc_close(nd);
}

static bool is_elevated(void)
{
    TOKEN_ELEVATION elevation = {0};
    DWORD size;
    HANDLE token;

    assert_true(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    assert_true(GetTokenInformation(token, TokenElevation, &elevation, sizeof elevation, &size));
    CloseHandle(token);
    return elevation.TokenIsElevated != 0;
}

static void test_a_denied_request_says_what_is_missing(void **state)
{
    (void)state;
    fake_add(1, L"Ethernet", NULL, NCS_CONNECTED)->on_disconnect = E_ACCESSDENIED;

    netdisc *nd = wine_open("netcon");
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, &err), err, ERROR_ACCESS_DENIED,
                 is_elevated() ? "this process is elevated" : "this one is not elevated");
    netdisc_close(nd);
}

/* ---- Ending --------------------------------------------------------------------------------- */

static void test_ended_by_name_and_by_either_form_of_the_guid(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Ethernet",
        "00000001-1111-2222-abcd-000000000001",
        "{00000001-1111-2222-ABCD-000000000001}",
    };
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");

    fake_add(2, L"Other", NULL, NCS_CONNECTED);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        link->status = NCS_CONNECTED;
        assert_status(netdisc_connection_disconnect(nd, names[i], 0, 0, NULL), NO_ERROR);
        assert_int_equal(link->status, NCS_DISCONNECTED);
    }
    assert_int_equal(fake.links[1].disconnects, 0);
    netdisc_close(nd);
}

static void test_names_are_compared_exactly(void **state)
{
    (void)state;
    fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);

    netdisc *nd = wine_open("netcon");
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_disconnect(nd, "ethernet", 0, 0, &err), err, ERROR_NOT_FOUND,
                 "ethernet");
    netdisc_close(nd);
}

static void test_one_that_is_down(void **state)
{
    (void)state;
    fake_add(1, L"Ethernet", NULL, NCS_MEDIA_DISCONNECTED);

    netdisc *nd = wine_open("netcon");
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, &err), err, ERROR_NOT_CONNECTED,
                 "Ethernet");
    assert_status(netdisc_connection_disconnect(nd, "Ethernet", NETDISC_IF_CONNECTED, 0, NULL),
                  NO_ERROR);
    assert_int_equal(fake.links[0].disconnects, 0);
    netdisc_close(nd);
}

static void test_a_slow_end_is_waited_for(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");
    ULONGLONG begun = GetTickCount64();

    link->takes_ms = 700;
    link->on_disconnect = S_FALSE;
    assert_status(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, NULL), NO_ERROR);
    assert_true(GetTickCount64() - begun >= 700);
    assert_int_equal(link->status, NCS_DISCONNECTED);
    netdisc_close(nd);
}

static void test_without_waiting(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");

    link->takes_ms = INFINITE;
    assert_status(netdisc_connection_disconnect(nd, "Ethernet", NETDISC_NO_WAIT, 0, NULL), NO_ERROR);
    assert_int_equal(link->disconnects, 1);
    assert_int_equal(link->status, NCS_CONNECTED);
    netdisc_close(nd);
}

static void test_accepted_but_never_down_is_a_timeout(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");
    netdisc_error *err = NULL;
    ULONGLONG begun = GetTickCount64();

    link->takes_ms = INFINITE;
    assert_error(netdisc_connection_disconnect(nd, "Ethernet", 0, 500, &err), err, ERROR_TIMEOUT,
                 "Windows accepted the request");
    assert_true(GetTickCount64() - begun < SOON_MS);
    netdisc_close(nd);
}

static void test_one_that_is_gone_afterwards_has_ended(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"USB", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");

    link->takes_ms = 50;
    link->goes = true;
    fake_add(2, L"dumb", NULL, NCS_CONNECTED)->on_properties = E_FAIL;
    assert_status(netdisc_connection_disconnect(nd, "USB", 0, 0, NULL), NO_ERROR);
    assert_true(link->is_gone);
    netdisc_close(nd);
}

static void test_one_that_falls_silent(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");
    netdisc_error *err = NULL;

    /* Once it has been found ... */
    link->on_properties = E_FAIL;
    link->answers = 1;
    assert_error(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, &err), err, ERROR_GEN_FAILURE,
                 "does not say what it is");
    assert_int_equal(link->disconnects, 0);

    /* ... and once it has been told to end. */
    link->answers = 2;
    err = NULL;
    assert_error(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, &err), err, ERROR_GEN_FAILURE,
                 "what became of");
    assert_int_equal(link->disconnects, 1);
    netdisc_close(nd);
}

static void test_two_of_the_same_name(void **state)
{
    (void)state;
    fake_link *first = fake_add(1, L"twin", L"NIC 1", NCS_CONNECTED);
    fake_link *second = fake_add(2, L"twin", L"NIC 2", NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_disconnect(nd, "twin", 0, 0, &err), err, ERROR_DUP_NAME, "NIC 2");
    assert_int_equal(first->disconnects + second->disconnects, 0);
    first->status = NCS_DISCONNECTED;
    assert_status(netdisc_connection_disconnect(nd, "twin", 0, 0, NULL), NO_ERROR);
    assert_int_equal(first->disconnects, 0);
    assert_int_equal(second->disconnects, 1);
    err = NULL;
    assert_error(netdisc_connection_connect(nd, "twin", 0, 0, &err), err, ERROR_DUP_NAME, "NIC 1");
    netdisc_close(nd);
}

static void test_a_call_that_never_returns(void **state)
{
    (void)state;
    fake_add(1, L"Ethernet", NULL, NCS_CONNECTED)->hangs = true;

    netdisc *nd = wine_open("netcon");
    netdisc_error *err = NULL;
    ULONGLONG begun = GetTickCount64();

    assert_error(netdisc_connection_disconnect(nd, "Ethernet", 0, 300, &err), err, ERROR_TIMEOUT, NULL);
    assert_true(GetTickCount64() - begun < SOON_MS);
    begun = GetTickCount64();
    netdisc_close(nd);
    assert_true(GetTickCount64() - begun < 4000);

    /* What was left behind ends by itself, and leaves nothing. */
    SetEvent(fake.released);
    while (fake.references != 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
}

/* ---- Connecting ----------------------------------------------------------------------------- */

static void test_connected_and_waited_for(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_DISCONNECTED);
    netdisc *nd = wine_open("netcon");

    link->takes_ms = 300;
    assert_status(netdisc_connection_connect(nd, "Ethernet", 0, 0, NULL), NO_ERROR);
    assert_int_equal(link->status, NCS_CONNECTED);
    assert_status(netdisc_connection_connect(nd, "Ethernet", 0, 0, NULL), NO_ERROR);
    assert_int_equal(link->connects, 1);
    netdisc_close(nd);
}

static void test_connected_without_waiting(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Ethernet", NULL, NCS_DISCONNECTED);
    netdisc *nd = wine_open("netcon");

    link->takes_ms = INFINITE;
    assert_status(netdisc_connection_connect(nd, "Ethernet", NETDISC_NO_WAIT, 0, NULL), NO_ERROR);
    assert_int_equal(link->connects, 1);
    netdisc_close(nd);
}

/* All at once: what may pass is waited for. */
static void test_what_keeps_it_down_is_told(void **state)
{
    (void)state;
    static const struct {
        const WCHAR *wide;
        const char *name;
        NETCON_STATUS to;
        netdisc_status status;
        int timeout_ms;
        const char *text;
    } rows[] = {
        {L"a", "a", NCS_MEDIA_DISCONNECTED, NETDISC_ERROR_NO_NETWORK, 0, "has no link"},
        {L"b", "b", NCS_MEDIA_DISCONNECTED, NETDISC_ERROR_TIMEOUT, 400, "has no link"},
        {L"c", "c", NCS_HARDWARE_NOT_PRESENT, NETDISC_ERROR_NO_NETWORK, 0, "is not there"},
        {L"d", "d", NCS_HARDWARE_DISABLED, NETDISC_ERROR_NO_NETWORK, 0, "is disabled"},
        {L"e", "e", NCS_HARDWARE_MALFUNCTION, NETDISC_ERROR_NO_NETWORK, 0, "does not work"},
        {L"f", "f", NCS_AUTHENTICATION_FAILED, NETDISC_ERROR_LOGON_FAILURE, 0,
         "refused the authentication"},
        {L"g", "g", NCS_CREDENTIALS_REQUIRED, NETDISC_ERROR_TIMEOUT, 400, "credentials"},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    netdisc_op *ops[ROWS];
    netdisc *nd = wine_open("netcon");

    for (unsigned i = 0; i < ROWS; i++)
        fake_add(i + 1, rows[i].wide, NULL, NCS_DISCONNECTED)->connects_to = rows[i].to;
    for (size_t i = 0; i < ROWS; i++)
        assert_status(
            netdisc_connection_connect_start(nd, rows[i].name, 0, rows[i].timeout_ms, &ops[i], NULL),
            NO_ERROR);
    for (size_t i = 0; i < ROWS; i++) {
        netdisc_status status = netdisc_op_wait(ops[i], PATIENCE_MS);

        assert_string_equal(netdisc_status_name(status), netdisc_status_name(rows[i].status));
        assert_non_null(strstr(netdisc_op_error(ops[i])->message, rows[i].text));
        netdisc_op_free(ops[i]);
    }
    netdisc_close(nd);
}

/* A WLAN interface that is enabled has no link until it has found its network. */
static void test_a_link_that_takes_its_time(void **state)
{
    (void)state;
    fake_link *link = fake_add(1, L"Wi-Fi", NULL, NCS_DISCONNECTED);
    netdisc *nd = wine_open("netcon");

    link->takes_ms = 6000;
    link->meanwhile = NCS_MEDIA_DISCONNECTED;
    assert_status(netdisc_connection_connect(nd, "Wi-Fi", 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

/* ---- Watching ------------------------------------------------------------------------------- */

/* What hides what it is has not gone: the watch cannot see, and says so. */
static void test_one_that_hides_is_not_told_to_be_gone(void **state)
{
    (void)state;
    static seen_events seen;
    fake_link *link = fake_add(1, L"shy", NULL, NCS_CONNECTED);
    netdisc *nd = wine_open("netcon");
    netdisc_watch *watch = NULL;

    seen.count = 0;
    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see_event, &seen, &watch, NULL), NO_ERROR);
    await_event(nd, &seen, NETDISC_EVENT_READY, NULL);
    EnterCriticalSection(&fake.lock);
    link->on_properties = E_FAIL;
    LeaveCriticalSection(&fake.lock);
    assert_status(await_event(nd, &seen, NETDISC_EVENT_LOST, NULL)->status, ERROR_GEN_FAILURE);

    size_t before = seen.count;

    EnterCriticalSection(&fake.lock);
    link->on_properties = S_OK;
    LeaveCriticalSection(&fake.lock);
    for (ULONGLONG began = GetTickCount64();
         seen.count == before && GetTickCount64() - began < PATIENCE_MS;)
        netdisc_dispatch(nd, 100);
    assert_int_equal(seen.all[before].type, NETDISC_EVENT_READY);
    assert_null(event_in(&seen, NETDISC_EVENT_REMOVED, NULL));
    netdisc_watch_stop(watch);
    netdisc_close(nd);
}

static void test_changes_are_seen(void **state)
{
    (void)state;
    fake_link *stays = fake_add(1, L"stays", NULL, NCS_CONNECTED);
    fake_link *goes = fake_add(2, L"goes", NULL, NCS_CONNECTED);
    fake_link *renamed = fake_add(3, L"old name", NULL, NCS_CONNECTED);
    static seen_events seen;
    netdisc *nd = wine_open("netcon");
    netdisc_watch *watch = NULL;

    seen.count = 0;
    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see_event, &seen, &watch, NULL), NO_ERROR);
    await_event(nd, &seen, NETDISC_EVENT_READY, NULL);
    EnterCriticalSection(&fake.lock);
    stays->status = NCS_MEDIA_DISCONNECTED;
    goes->is_gone = true;
    renamed->name = L"new name";
    LeaveCriticalSection(&fake.lock);
    fake_add(4, L"comes", NULL, NCS_CONNECTING);

    const seen_event *changed = await_event(nd, &seen, NETDISC_EVENT_CHANGED, "stays");

    assert_int_equal(changed->old_state, NETDISC_STATE_CONNECTED);
    assert_int_equal(changed->state, NETDISC_STATE_DISCONNECTED);
    await_event(nd, &seen, NETDISC_EVENT_REMOVED, "goes");
    await_event(nd, &seen, NETDISC_EVENT_CHANGED, "new name");
    await_event(nd, &seen, NETDISC_EVENT_ADDED, "comes");
    netdisc_watch_stop(watch);
    netdisc_close(nd);
}

static void test_a_manager_that_goes_and_comes_back(void **state)
{
    (void)state;
    static seen_events seen;
    netdisc *nd = wine_open("netcon");
    netdisc_watch *watch = NULL;

    seen.count = 0;
    fake.on_create = HRESULT_FROM_WIN32(ERROR_SERVICE_NOT_ACTIVE);
    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see_event, &seen, &watch, NULL), NO_ERROR);
    assert_status(await_event(nd, &seen, NETDISC_EVENT_LOST, NULL)->status, ERROR_SERVICE_NOT_ACTIVE);
    fake.on_create = S_OK;
    await_event(nd, &seen, NETDISC_EVENT_READY, NULL);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
}

static void test_a_look_that_never_returns_keeps_nobody_from_closing(void **state)
{
    (void)state;
    static seen_events seen;
    netdisc *nd = wine_open("netcon");
    netdisc_watch *watch = NULL;
    ULONGLONG begun;

    seen.count = 0;
    fake.hangs = true;
    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see_event, &seen, &watch, NULL), NO_ERROR);
    begun = GetTickCount64();
    while (fake.references == 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
    begun = GetTickCount64();
    netdisc_close(nd);
    assert_true(GetTickCount64() - begun < 4000);
    netdisc_watch_stop(watch);
    SetEvent(fake.released);
    while (fake.references != 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
}

/* ---- Threads -------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 25 };

typedef struct worker {
    netdisc *nd;
    HANDLE thread;
    const char *name; /* its own connection; the lists are everybody's */
} worker;

static netdisc_status go_round(const worker *self)
{
    netdisc_list *list = NULL;
    netdisc_status status = netdisc_connection_disconnect(self->nd, self->name, 0, 0, NULL);

    if (!status)
        status = netdisc_connection_list(self->nd, 0, 0, &list, NULL);
    if (!status && netdisc_list_count(list) != THREADS)
        status = NETDISC_ERROR_INVALID_DATA;
    netdisc_list_free(list);
    return status ? status : netdisc_connection_connect(self->nd, self->name, 0, 0, NULL);
}

static DWORD WINAPI go_round_and_round(void *data)
{
    netdisc_status status = NETDISC_NO_ERROR;

    for (int i = 0; !status && i < ROUNDS; i++)
        status = go_round(data);
    return status;
}

static void test_several_threads_at_once(void **state)
{
    (void)state;
    static const WCHAR *const wide[THREADS] = {L"a", L"b", L"c", L"d"};
    static const char *const names[THREADS] = {"a", "b", "c", "d"};
    worker workers[THREADS];
    netdisc *nd = wine_open("netcon");

    for (unsigned i = 0; i < THREADS; i++)
        fake_add(i, wide[i], NULL, NCS_CONNECTED)->takes_ms = i;
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.nd = nd, .name = names[i]};
        workers[i].thread = CreateThread(NULL, 0, go_round_and_round, &workers[i], 0, NULL);
    }
    for (size_t i = 0; i < THREADS; i++) {
        DWORD status = 0;

        assert_int_equal(WaitForSingleObject(workers[i].thread, PATIENCE_MS), WAIT_OBJECT_0);
        GetExitCodeThread(workers[i].thread, &status);
        assert_string_equal(netdisc_status_name(status), "NO_ERROR");
        CloseHandle(workers[i].thread);
    }
    netdisc_close(nd);
}

/* ---- COM ------------------------------------------------------------------------------------ */

enum { STA = 0, MTA = 1, MAIN_STA = 3, IMPLICIT = 1 };

/* Of this thread; `*qualifier` IMPLICIT: it has set up none itself. */
static HRESULT apartment(int *type, int *qualifier)
{
    HRESULT(WINAPI * get)(int *type, int *qualifier);
    FARPROC found = GetProcAddress(GetModuleHandleA("ole32.dll"), "CoGetApartmentType");

    assert_non_null(found);
    memcpy(&get, &found, sizeof get);
    return get(type, qualifier);
}

/* With the test's own apartment away there is none: the threads that worked are still there. */
static void test_com_is_left_as_it_was(void **state)
{
    (void)state;
    netdisc *nd = wine_open("netcon");
    int type;
    int qualifier;

    fake_add(1, L"Ethernet", NULL, NCS_CONNECTED);
    netdisc_list_free(connections(nd));
    assert_status(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, NULL), NO_ERROR);
    fake.on_enumerate = E_FAIL;
    assert_int_not_equal(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, NULL), 0);
    fake.on_create = E_FAIL;
    assert_int_not_equal(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, NULL), 0);
    fake_unregister();
    assert_int_equal(apartment(&type, &qualifier), CO_E_NOTINITIALIZED);
    fake_register();
    netdisc_close(nd);
}

typedef struct guest {
    DWORD model;
    HRESULT before;
    int type;
    int qualifier;
} guest;

/* A visit on a thread that has COM already: what it has when the visit is over. */
static DWORD WINAPI visit(void *data)
{
    guest *self = data;
    nd_netcon netcon = {
        .ole = {CoInitializeEx, CoUninitialize, CoCreateInstance, CoSetProxyBlanket, CoTaskMemFree}};
    nd_netcon_stay stay;
    nd_trouble why;

    self->before = CoInitializeEx(NULL, self->model);
    nd_netcon_enter(&netcon, &stay, &why);
    nd_netcon_leave(&stay);
    apartment(&self->type, &self->qualifier);
    CoUninitialize();
    return 0;
}

static guest visit_in(DWORD model)
{
    guest self = {.model = model, .before = E_FAIL, .type = -1, .qualifier = -1};
    HANDLE thread = CreateThread(NULL, 0, visit, &self, 0, NULL);

    assert_int_equal(WaitForSingleObject(thread, PATIENCE_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    return self;
}

static void test_a_thread_that_has_com_keeps_it(void **state)
{
    (void)state;
    guest sta = visit_in(COINIT_APARTMENTTHREADED);
    guest mta = visit_in(COINIT_MULTITHREADED);

    assert_int_equal(sta.before, S_OK);
    assert_true(sta.type == STA || sta.type == MAIN_STA);
    assert_int_equal(mta.before, S_OK);
    assert_int_equal(mta.type, MTA);
    assert_int_not_equal(mta.qualifier, IMPLICIT);
}

static int set_up(void **state)
{
    (void)state;
    fake_register();
    return CoRegisterMallocSpy(&spy) != S_OK;
}

static int tear_down(void **state)
{
    (void)state;
    CoRevokeMallocSpy();
    fake_unregister();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_connection_is_listed),
        TEST(test_one_without_a_name_is_called_by_its_device_or_guid),
        TEST(test_a_name_with_half_a_character),
        TEST(test_phone_book_connections_are_left_to_ras),
        TEST(test_each_type),
        TEST(test_each_state),
        TEST(test_one_that_says_nothing_makes_the_list_partial),
        TEST(test_a_list_without_an_end_is_given_up),
        TEST(test_nothing_there_is_an_empty_list),
        TEST(test_every_hresult_of_disconnect),
        TEST(test_every_hresult_of_connect),
        TEST(test_every_hresult_of_enumeration),
        TEST(test_a_stopped_service_is_named),
        TEST(test_a_denied_request_says_what_is_missing),
        TEST(test_ended_by_name_and_by_either_form_of_the_guid),
        TEST(test_names_are_compared_exactly),
        TEST(test_one_that_is_down),
        TEST(test_a_slow_end_is_waited_for),
        TEST(test_without_waiting),
        TEST(test_accepted_but_never_down_is_a_timeout),
        TEST(test_one_that_is_gone_afterwards_has_ended),
        TEST(test_one_that_falls_silent),
        TEST(test_two_of_the_same_name),
        TEST(test_a_call_that_never_returns),
        TEST(test_connected_and_waited_for),
        TEST(test_connected_without_waiting),
        TEST(test_what_keeps_it_down_is_told),
        TEST(test_a_link_that_takes_its_time),
        TEST(test_one_that_hides_is_not_told_to_be_gone),
        TEST(test_changes_are_seen),
        TEST(test_a_manager_that_goes_and_comes_back),
        TEST(test_a_look_that_never_returns_keeps_nobody_from_closing),
        TEST(test_several_threads_at_once),
        TEST(test_com_is_left_as_it_was),
        TEST(test_a_thread_that_has_com_keeps_it),
    };

    return cmocka_run_group_tests_name("netcon", tests, set_up, tear_down);
}
