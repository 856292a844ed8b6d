/* SPDX-License-Identifier: MIT */
/* The provider "wlanapi", through the public API, on a double of wlanapi.dll. */
#include "wine.h"

#include "double_wlanapi.h"

#define DEVICE  "Wireless Adapter"
#define UUID    "0a0b0c0d-0102-0304-0506-0708090a0b0c"
#define UUID_2  "0a0b0c0e-0102-0304-0506-0708090a0b0c"
#define OTHERS  L"Other Adapter"
#define SECRET  "correct horse"
#define WSECRET L"correct horse"

enum { SOON_MS = 10000, SHORT_MS = 400, RSNA = 6, RSNA_PSK = 7, SAE = 9, CCMP = 4 };

static wlan_double *service;
static netdisc *nd;

/* ---- The world ------------------------------------------------------------------------------ */

static ULONGLONG now_ms(void)
{
    return GetTickCount64();
}

static DOT11_SSID ssid_of(const void *bytes, size_t length)
{
    DOT11_SSID ssid = {.uSSIDLength = (ULONG)length};

    memcpy(ssid.ucSSID, bytes, length);
    return ssid;
}

static void add_interface(DWORD serial, const WCHAR *description)
{
    /* A watch may be listing them. */
    EnterCriticalSection(&service->lock);

    wlan_interface *it = &service->interfaces[service->interface_count++];

    it->guid = (GUID){0x0a0b0c0d + serial, 0x0102, 0x0304, {5, 6, 7, 8, 9, 10, 11, 12}};
    wcscpy(it->description, description);
    it->state = wlan_interface_state_disconnected;
    LeaveCriticalSection(&service->lock);
}

static void connect_interface(DWORD index, const WCHAR *profile, const char *ssid)
{
    wlan_interface *it = &service->interfaces[index];
    static const DOT11_MAC_ADDRESS bssid = {0xaa, 0xbb, 0xcc, 1, 2, 3};

    EnterCriticalSection(&service->lock);
    it->state = wlan_interface_state_connected;
    wcscpy(it->profile, profile);
    it->ssid = ssid_of(ssid, strlen(ssid));
    it->signal = 77;
    memcpy(it->bssid, bssid, sizeof bssid);
    LeaveCriticalSection(&service->lock);
}

static void add_network(const char *ssid, DWORD algorithm, const WCHAR *key)
{
    wlan_network *it = &service->networks[service->network_count++];

    it->ssid = ssid_of(ssid, strlen(ssid));
    it->algorithm = algorithm;
    it->cipher = algorithm == 1 ? 0 : CCMP;
    it->secured = algorithm != 1;
    wcscpy(it->key, key);
}

/* One interface, connected to "home"; "cafe" is open, and "office" needs a key. */
static int begin(void **state)
{
    (void)state;
    service->reset();
    add_interface(0, L"Wireless Adapter");
    connect_interface(0, L"home", "home");
    add_network("home", RSNA_PSK, WSECRET);
    add_network("cafe", 1, L"");
    add_network("office", RSNA_PSK, WSECRET);
    service->add_profile(L"home", L"home", WSECRET);
    nd = wine_open("wlanapi");
    return 0;
}

/* Nothing is left over, and nothing was told to who had gone. */
static int end(void **state)
{
    (void)state;
    netdisc_close(nd);
    assert_int_equal(service->memory_out, 0);
    assert_int_equal(service->handles_open, 0);
    assert_int_equal(service->late, 0);
    return 0;
}

static void await_stuck(unsigned count)
{
    ULONGLONG until = now_ms() + SOON_MS;

    while (service->stuck != count) {
        assert_true(now_ms() < until);
        Sleep(1);
    }
}

static void await_calls(wlan_function function, unsigned count)
{
    ULONGLONG until = now_ms() + SOON_MS;

    while (service->calls[function] < count) {
        assert_true(now_ms() < until);
        Sleep(1);
    }
}

static void fail_once(wlan_function function, DWORD code)
{
    service->fails[function] = code;
    service->fail_count[function] = 1;
}

/* ---- Asking --------------------------------------------------------------------------------- */

static netdisc_list *list(void)
{
    netdisc_list *items = NULL;

    assert_status(netdisc_wlan_list(nd, 0, 0, &items, NULL), NO_ERROR);
    return items;
}

static netdisc_status disconnect(const char *device, uint32_t flags, int timeout_ms, netdisc_error **err)
{
    return netdisc_wlan_disconnect(nd, device, flags, timeout_ms, err);
}

static netdisc_status connect_profile(const char *profile, const char *key, uint32_t flags,
                                      int timeout_ms, netdisc_error **err)
{
    netdisc_wlan_spec spec = {.size = sizeof spec, .profile = profile, .passphrase = key};

    return netdisc_wlan_connect(nd, &spec, flags, timeout_ms, err);
}

static netdisc_status connect_network(const char *ssid, const char *key, uint32_t flags, int timeout_ms,
                                      netdisc_error **err)
{
    netdisc_wlan_spec spec = {.size = sizeof spec, .ssid = ssid, .passphrase = key};

    return netdisc_wlan_connect(nd, &spec, flags, timeout_ms, err);
}

static netdisc_state state_now(void)
{
    netdisc_list *items = list();
    netdisc_state state = netdisc_list_wlan(items, 0)->state;

    netdisc_list_free(items);
    return state;
}

static const wlan_profile *profile_of(const WCHAR *name)
{
    for (DWORD i = 0; i < service->profile_count; i++)
        if (wcscmp(service->profiles[i].name, name) == 0)
            return &service->profiles[i];
    return NULL;
}

static void assert_wide(const WCHAR *text, const WCHAR *expected)
{
    if (wcscmp(text, expected) != 0)
        fail_msg("\"%ls\" is not \"%ls\"", text, expected);
}

/* ---- What there is -------------------------------------------------------------------------- */

static void test_a_list_says_what_there_is(void **state)
{
    (void)state;
    add_interface(1, OTHERS);

    netdisc_list *items = list();
    const netdisc_wlan *one = netdisc_list_wlan(items, 0);
    const netdisc_wlan *other = netdisc_list_wlan(items, 1);

    assert_int_equal(netdisc_list_count(items), 2);
    assert_int_equal(netdisc_list_failure_count(items), 0);
    assert_string_equal(one->provider, "wlanapi");
    assert_string_equal(one->uuid, UUID);
    assert_string_equal(one->name, DEVICE);
    assert_string_equal(one->ssid, "home");
    assert_int_equal(one->ssid_length, 4);
    assert_memory_equal(one->ssid_bytes, "home", 4);
    assert_string_equal(one->bssid, "aa:bb:cc:01:02:03");
    assert_string_equal(one->profile, "home");
    assert_int_equal(one->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(one->signal, 77);
    assert_string_equal(other->uuid, UUID_2);
    assert_int_equal(other->state, NETDISC_STATE_DISCONNECTED);
    assert_int_equal(other->signal, -1);
    assert_null(other->ssid);
    assert_null(other->profile);
    netdisc_list_free(items);
}

static void test_an_ssid_is_any_bytes(void **state)
{
    (void)state;
    static const char bytes[32] = "\xff\xfe"
                                  "a\0b\xc3\xbc";

    service->interfaces[0].ssid = ssid_of(bytes, sizeof bytes);

    netdisc_list *items = list();
    const netdisc_wlan *one = netdisc_list_wlan(items, 0);

    assert_int_equal(one->ssid_length, 32);
    assert_memory_equal(one->ssid_bytes, bytes, 32);
    assert_non_null(strstr(one->ssid, "\xef\xbf\xbd"
                                      "a\xef\xbf\xbd"
                                      "b\xc3\xbc\xef\xbf\xbd"));
    netdisc_list_free(items);
}

static void test_an_ssid_that_is_too_long_is_not_believed(void **state)
{
    (void)state;
    service->interfaces[0].ssid.uSSIDLength = 33;

    netdisc_list *items = list();

    assert_int_equal(netdisc_list_wlan(items, 0)->ssid_length, 0);
    netdisc_list_free(items);
}

static void test_a_description_with_half_a_character(void **state)
{
    (void)state;
    wcscpy(service->interfaces[0].description, L"Half \xd83d");

    netdisc_list *items = list();
    netdisc_error *err = NULL;

    assert_string_equal(netdisc_list_wlan(items, 0)->name, "Half \xef\xbf\xbd");
    netdisc_list_free(items);
    assert_error(disconnect("Half \xef\xbf\xbd", 0, 0, &err), err, ERROR_NOT_FOUND, "Half");
    assert_status(disconnect(UUID, 0, 0, NULL), NO_ERROR);
}

static void test_a_description_that_fills_its_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < WLAN_MAX_NAME_LENGTH; i++)
        service->interfaces[0].description[i] = L'w';

    netdisc_list *items = list();

    assert_int_equal(strlen(netdisc_list_wlan(items, 0)->name), WLAN_MAX_NAME_LENGTH);
    netdisc_list_free(items);
}

static void test_every_state_has_its_name(void **state)
{
    (void)state;
    static const netdisc_state states[] = {
        NETDISC_STATE_DISCONNECTED,  NETDISC_STATE_CONNECTED,    NETDISC_STATE_CONNECTED,
        NETDISC_STATE_DISCONNECTING, NETDISC_STATE_DISCONNECTED, NETDISC_STATE_CONNECTING,
        NETDISC_STATE_CONNECTING,    NETDISC_STATE_CONNECTING,   NETDISC_STATE_UNKNOWN,
    };

    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        /* What an ad hoc network is connected to is not known by this double. */
        service->interfaces[0].state = (WLAN_INTERFACE_STATE)i;
        if (i != wlan_interface_state_ad_hoc_network_formed)
            assert_int_equal(state_now(), states[i]);
    }
}

static void test_there_may_be_none(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    service->interface_count = 0;

    netdisc_list *items = list();

    assert_int_equal(netdisc_list_count(items), 0);
    netdisc_list_free(items);
    assert_error(disconnect(NULL, 0, 0, &err), err, ERROR_NOT_FOUND, "no WLAN interface");
    assert_error(disconnect("Ethernet", 0, 0, &err), err, ERROR_NOT_FOUND, "Ethernet");
}

static void test_what_may_not_be_known_is_said_to_be_so(void **state)
{
    (void)state;
    service->fails[WLAN_QUERY] = ERROR_ACCESS_DENIED;

    netdisc_list *items = list();
    const netdisc_wlan *one = netdisc_list_wlan(items, 0);
    const netdisc_error *failure = netdisc_list_failure(items, 0);

    assert_int_equal(netdisc_list_count(items), 1);
    assert_int_equal(one->state, NETDISC_STATE_CONNECTED);
    assert_null(one->ssid);
    assert_null(one->profile);
    assert_null(one->bssid);
    assert_int_equal(one->signal, -1);
    assert_int_equal(netdisc_list_failure_count(items), 1);
    assert_status(failure->status, ERROR_ACCESS_DENIED);
    assert_non_null(strstr(failure->message, "location"));
    netdisc_list_free(items);
    assert_status(disconnect(NULL, 0, 0, NULL), NO_ERROR);
}

static void test_an_answer_that_is_too_short_is_not_believed(void **state)
{
    (void)state;
    service->short_answer = true;

    netdisc_list *items = list();

    assert_null(netdisc_list_wlan(items, 0)->ssid);
    assert_status(netdisc_list_failure(items, 0)->status, ERROR_INVALID_DATA);
    netdisc_list_free(items);
}

/* Between the list of interfaces and the question about this one. */
static void test_what_ends_while_it_is_listed(void **state)
{
    (void)state;
    service->fails[WLAN_QUERY] = ERROR_INVALID_STATE;

    netdisc_list *items = list();

    assert_int_equal(netdisc_list_wlan(items, 0)->state, NETDISC_STATE_DISCONNECTED);
    assert_int_equal(netdisc_list_failure_count(items), 0);
    netdisc_list_free(items);
}

/* ---- Names ---------------------------------------------------------------------------------- */

static void test_one_of_several(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    add_interface(1, OTHERS);
    assert_error(disconnect(NULL, 0, 0, &err), err, ERROR_DUP_NAME, UUID_2);
    assert_status(disconnect("{0A0B0C0D-0102-0304-0506-0708090A0B0C}", 0, 0, NULL), NO_ERROR);
    assert_memory_equal(&service->disconnected_guid, &service->interfaces[0].guid, sizeof(GUID));
    assert_error(disconnect("Other Adapter", 0, 0, &err), err, ERROR_NOT_CONNECTED, "Other Adapter");
    assert_error(disconnect("other adapter", 0, 0, &err), err, ERROR_NOT_FOUND, "other adapter");
}

static void test_two_of_one_description(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    add_interface(1, L"Wireless Adapter");
    connect_interface(1, L"cafe", "cafe");
    assert_error(disconnect(DEVICE, 0, 0, &err), err, ERROR_DUP_NAME, UUID_2);
    assert_int_equal(service->calls[WLAN_DISCONNECT], 0);
    service->interfaces[0].state = wlan_interface_state_disconnected;
    assert_status(disconnect(DEVICE, 0, 0, NULL), NO_ERROR);
    assert_memory_equal(&service->disconnected_guid, &service->interfaces[1].guid, sizeof(GUID));
}

/* ---- The handle ----------------------------------------------------------------------------- */

static void test_one_handle_serves_all(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        netdisc_list_free(list());
    assert_status(disconnect(NULL, 0, 0, NULL), NO_ERROR);
    assert_int_equal(service->calls[WLAN_OPEN], 1);
    assert_int_equal(service->handles_open, 1);
}

static void test_a_restart_of_the_service_is_not_noticed(void **state)
{
    (void)state;
    netdisc_list_free(list());
    service->restart();
    netdisc_list_free(list());
    assert_int_equal(service->calls[WLAN_OPEN], 2);
    assert_int_equal(service->handles_open, 1);
    service->restart();
    assert_status(disconnect(NULL, 0, 0, NULL), NO_ERROR);
    assert_int_equal(service->calls[WLAN_OPEN], 3);
}

static const DWORD lost[] = {ERROR_INVALID_HANDLE,    RPC_S_INVALID_BINDING, RPC_S_SERVER_UNAVAILABLE,
                             RPC_S_CALL_FAILED,       RPC_S_CALL_FAILED_DNE, RPC_S_UNKNOWN_IF,
                             RPC_S_COMM_FAILURE,      EPT_S_NOT_REGISTERED,  RPC_X_SS_IN_NULL_CONTEXT,
                             RPC_X_SS_CONTEXT_DAMAGED};

static void test_a_lost_handle_is_opened_once_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        unsigned asked = service->calls[WLAN_ENUM];

        fail_once(WLAN_ENUM, lost[i]);
        netdisc_list_free(list());
        assert_int_equal(service->calls[WLAN_ENUM], asked + 2);
        assert_int_equal(service->handles_open, 1);
    }
}

static void test_a_handle_that_stays_lost_is_given_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        unsigned asked = service->calls[WLAN_ENUM];
        netdisc_list *items = NULL;
        netdisc_error *err = NULL;

        service->fails[WLAN_ENUM] = lost[i];
        assert_int_equal(netdisc_wlan_list(nd, 0, 0, &items, &err), lost[i]);
        assert_string_equal(err->native_domain, "win32");
        assert_int_equal(err->native_code, lost[i]);
        assert_int_equal(service->calls[WLAN_ENUM], asked + 2);
        netdisc_error_free(err);
    }
}

static void test_a_handle_is_closed_when_the_last_has_left_it(void **state)
{
    (void)state;
    netdisc_op *op = NULL;

    service->hangs[WLAN_ENUM] = true;
    assert_status(netdisc_wlan_list_start(nd, 0, 0, &op, NULL), NO_ERROR);
    await_stuck(1);
    service->hangs[WLAN_ENUM] = false;
    fail_once(WLAN_ENUM, RPC_S_CALL_FAILED);
    netdisc_list_free(list());
    assert_int_equal(service->calls[WLAN_OPEN], 2);
    assert_int_equal(service->calls[WLAN_CLOSE], 0);
    SetEvent(service->release);
    assert_status(netdisc_op_wait(op, SOON_MS), NO_ERROR);
    assert_int_equal(service->handles_open, 1);
    netdisc_op_free(op);
}

static DWORD WINAPI list_again_and_again(void *data)
{
    unsigned *failed = data;

    for (int i = 0; i < 50; i++) {
        netdisc_list *items = NULL;
        netdisc_status status = netdisc_wlan_list(nd, 0, 0, &items, NULL);

        /* It may be lost twice running. */
        *failed += status != NETDISC_NO_ERROR && status != NETDISC_ERROR_INVALID_HANDLE;
        netdisc_list_free(items);
    }
    return 0;
}

static void test_many_at_once_while_the_service_restarts(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    HANDLE threads[THREADS];
    unsigned failed[THREADS] = {0};

    for (int i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, list_again_and_again, &failed[i], 0, NULL);
    while (WaitForMultipleObjects(THREADS, threads, TRUE, 5) == WAIT_TIMEOUT) {
        service->restart();
        service->tell(0, wlan_notification_acm_scan_complete, 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(failed[i], 0);
        CloseHandle(threads[i]);
    }
    netdisc_list_free(list());
    assert_int_equal(service->handles_open, 1);
}

static void test_a_service_that_is_stopped(void **state)
{
    (void)state;
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;

    service->stopped = true;
    assert_error(netdisc_wlan_list(nd, 0, 0, &items, &err), err, ERROR_SERVICE_NOT_ACTIVE, "WlanSvc");
    assert_error(disconnect(NULL, 0, 0, &err), err, ERROR_SERVICE_NOT_ACTIVE, "not running");
    assert_error(connect_profile("home", NULL, 0, 0, &err), err, ERROR_SERVICE_NOT_ACTIVE, "WlanSvc");
    assert_status(netdisc_backends(nd, 0, 0, &items, NULL), NO_ERROR);
    assert_status(netdisc_list_backend(items, 0)->status, ERROR_SERVICE_NOT_ACTIVE);
    assert_non_null(strstr(netdisc_list_backend(items, 0)->reason, "WlanSvc"));
    netdisc_list_free(items);
    service->stopped = false;
    netdisc_list_free(list());
}

static void test_a_service_that_stops(void **state)
{
    (void)state;
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;

    netdisc_list_free(list());
    service->restart();
    service->stopped = true;
    assert_error(netdisc_wlan_list(nd, 0, 0, &items, &err), err, ERROR_SERVICE_NOT_ACTIVE, "WlanSvc");
    service->stopped = false;
    netdisc_list_free(list());
}

static void test_a_service_that_is_not_installed(void **state)
{
    (void)state;
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;

    service->fails[WLAN_OPEN] = ERROR_SERVICE_DOES_NOT_EXIST;
    assert_error(netdisc_wlan_list(nd, 0, 0, &items, &err), err, ERROR_NOT_SUPPORTED, "not installed");
}

static void test_a_list_that_is_too_long_is_not_believed(void **state)
{
    (void)state;
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;

    service->interface_count = WLAN_INTERFACES;
    service->claims = 0x40000000;
    assert_error(netdisc_wlan_list(nd, 0, 0, &items, &err), err, ERROR_INVALID_DATA, "malformed");
}

/* ---- Disconnecting -------------------------------------------------------------------------- */

static void test_a_disconnect_is_seen(void **state)
{
    (void)state;
    netdisc_op *op = NULL;

    assert_status(netdisc_wlan_disconnect_start(nd, NULL, 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, SOON_MS), NO_ERROR);
    assert_null(netdisc_op_note(op));
    assert_int_equal(service->interfaces[0].state, wlan_interface_state_disconnected);
    assert_int_equal(service->calls[WLAN_DISCONNECT], 1);
    netdisc_op_free(op);
}

static void test_an_end_that_is_late_is_waited_for(void **state)
{
    (void)state;
    ULONGLONG began = now_ms();

    service->delay_ms = SHORT_MS;
    assert_status(disconnect(NULL, 0, 0, NULL), NO_ERROR);
    assert_true(now_ms() - began >= SHORT_MS - 20);
    assert_int_equal(service->interfaces[0].state, wlan_interface_state_disconnected);
}

/* By then it only looks once a second. */
static void test_what_is_told_is_seen_at_once(void **state)
{
    (void)state;
    enum { LOOKS = 8 };
    netdisc_op *op = NULL;

    service->deaf = true;
    assert_status(netdisc_wlan_disconnect_start(nd, NULL, 0, 0, &op, NULL), NO_ERROR);
    await_calls(WLAN_ENUM, LOOKS);
    service->set_state(0, wlan_interface_state_disconnected);
    assert_status(netdisc_op_wait(op, 600), NO_ERROR);
    netdisc_op_free(op);
}

static void test_it_does_without_notifications(void **state)
{
    (void)state;
    service->fails[WLAN_REGISTER] = ERROR_NOT_ENOUGH_MEMORY;
    service->delay_ms = SHORT_MS;
    assert_status(disconnect(NULL, 0, 0, NULL), NO_ERROR);
    assert_int_equal(service->notified, 0);
    assert_int_equal(service->interfaces[0].state, wlan_interface_state_disconnected);
}

static void test_what_is_down_is_not_connected(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    service->interfaces[0].state = wlan_interface_state_disconnected;
    assert_error(disconnect(NULL, 0, 0, &err), err, ERROR_NOT_CONNECTED, DEVICE);
    assert_status(disconnect(NULL, NETDISC_IF_CONNECTED, 0, NULL), NO_ERROR);
    assert_int_equal(service->calls[WLAN_DISCONNECT], 0);
}

static void test_what_ends_by_itself_meanwhile_is_not_connected(void **state)
{
    (void)state;
    netdisc_op *op = NULL;

    service->hangs[WLAN_DISCONNECT] = true;
    service->fails[WLAN_DISCONNECT] = ERROR_INVALID_STATE;
    assert_status(netdisc_wlan_disconnect_start(nd, NULL, 0, 0, &op, NULL), NO_ERROR);
    await_stuck(1);
    service->interfaces[0].state = wlan_interface_state_disconnected;
    SetEvent(service->release);
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_NOT_CONNECTED);
    assert_non_null(strstr(netdisc_op_error(op)->message, "by itself"));
    netdisc_op_free(op);
}

static void test_every_documented_error_of_disconnect(void **state)
{
    (void)state;
    static const DWORD codes[] = {
        ERROR_INVALID_PARAMETER,  ERROR_INVALID_HANDLE,  ERROR_NOT_ENOUGH_MEMORY, ERROR_ACCESS_DENIED,
        RPC_S_SERVER_UNAVAILABLE, RPC_S_INVALID_BINDING, RPC_S_CALL_CANCELLED,    RPC_S_SERVER_TOO_BUSY};

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        netdisc_error *err = NULL;

        service->fails[WLAN_DISCONNECT] = codes[i];
        assert_int_equal(disconnect(NULL, 0, 0, &err), codes[i]);
        assert_int_equal(err->status, codes[i]);
        assert_string_equal(err->provider, "wlanapi");
        assert_string_equal(err->native_domain, "win32");
        assert_int_equal(err->native_code, codes[i]);
        assert_non_null(strstr(err->message, DEVICE));
        netdisc_error_free(err);
        assert_int_equal(service->interfaces[0].state, wlan_interface_state_connected);
    }
}

static void test_who_is_denied_is_told_what_may_be_missing(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    service->fails[WLAN_DISCONNECT] = ERROR_ACCESS_DENIED;
    assert_error(disconnect(NULL, 0, 0, &err), err, ERROR_ACCESS_DENIED, "profile of all users");
    assert_error(disconnect(NULL, 0, 0, &err), err, ERROR_ACCESS_DENIED, "Location");
}

static void test_what_is_accepted_only_is_no_success(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    service->deaf = true;
    assert_error(disconnect(NULL, 0, SHORT_MS, &err), err, ERROR_TIMEOUT, "accepted");
    assert_status(disconnect(NULL, NETDISC_NO_WAIT, 0, NULL), NO_ERROR);
    assert_int_equal(service->interfaces[0].state, wlan_interface_state_connected);
}

static void test_what_connects_again_by_itself_has_ended(void **state)
{
    (void)state;
    netdisc_op *op = NULL;

    service->delay_ms = 100;
    service->comes_back = true;
    assert_status(disconnect(NULL, NETDISC_ALLOW_RECONNECT, 0, NULL), NO_ERROR);
    assert_int_equal(state_now(), NETDISC_STATE_CONNECTED);
    assert_status(netdisc_wlan_disconnect_start(nd, NULL, 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, SOON_MS), NO_ERROR);
    assert_non_null(strstr(netdisc_op_note(op), "connect it again"));
    assert_int_equal(service->calls[WLAN_DISCONNECT], 2);
    netdisc_op_free(op);
}

static void test_a_service_that_stops_during_a_disconnect(void **state)
{
    (void)state;
    netdisc_op *op = NULL;

    service->deaf = true;
    assert_status(netdisc_wlan_disconnect_start(nd, NULL, 0, 0, &op, NULL), NO_ERROR);
    await_calls(WLAN_DISCONNECT, 1);
    service->stopped = true;
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_SERVICE_NOT_ACTIVE);
    netdisc_op_free(op);
    service->restart();
}

/* It has waited for so long that it only looks once a second: the close does not wait for that. */
static void test_a_cancel_is_obeyed_at_once(void **state)
{
    (void)state;
    enum { LOOKS = 8 };
    netdisc_op *op = NULL;

    service->deaf = true;
    assert_status(netdisc_wlan_disconnect_start(nd, NULL, 0, -1, &op, NULL), NO_ERROR);
    await_calls(WLAN_ENUM, LOOKS);

    ULONGLONG began = now_ms();

    netdisc_op_cancel(op);
    assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
    netdisc_op_free(op);
    netdisc_close(nd);
    nd = NULL;
    assert_true(now_ms() - began < 600);
    assert_int_equal(service->calls[WLAN_ENUM], LOOKS);
}

/* ---- Calls that never return ---------------------------------------------------------------- */

/* The verb is over in time, the context can be closed, and what comes back late finds nobody. */
static void leave_behind(wlan_function function, netdisc_status (*verb)(netdisc_error **err))
{
    netdisc_error *err = NULL;
    ULONGLONG began = now_ms();

    service->hangs[function] = true;
    assert_error(verb(&err), err, ERROR_TIMEOUT, "wlanapi");
    assert_true(now_ms() - began < SHORT_MS + 1000);
    await_stuck(1);
    began = now_ms();
    netdisc_close(nd);
    assert_true(now_ms() - began < 1500);
    nd = NULL;
    service->hangs[function] = false;
    SetEvent(service->release);

    ULONGLONG until = now_ms() + SOON_MS;

    while (service->stuck || service->memory_out || service->handles_open) {
        assert_true(now_ms() < until);
        Sleep(1);
    }
}

static netdisc_status list_shortly(netdisc_error **err)
{
    netdisc_list *items = NULL;

    return netdisc_wlan_list(nd, 0, SHORT_MS, &items, err);
}

static netdisc_status disconnect_shortly(netdisc_error **err)
{
    return disconnect(NULL, 0, SHORT_MS, err);
}

static netdisc_status connect_shortly(netdisc_error **err)
{
    return connect_network("cafe", NULL, 0, SHORT_MS, err);
}

static void test_an_open_that_never_returns(void **state)
{
    (void)state;
    leave_behind(WLAN_OPEN, list_shortly);
}

static void test_a_list_that_never_returns(void **state)
{
    (void)state;
    leave_behind(WLAN_ENUM, list_shortly);
}

static void test_a_question_that_never_returns(void **state)
{
    (void)state;
    leave_behind(WLAN_QUERY, list_shortly);
}

static void test_a_disconnect_that_never_returns(void **state)
{
    (void)state;
    leave_behind(WLAN_DISCONNECT, disconnect_shortly);
}

static void test_a_connect_that_never_returns(void **state)
{
    (void)state;
    leave_behind(WLAN_CONNECT, connect_shortly);
}

/* ---- Connecting with a profile -------------------------------------------------------------- */

static void down(void)
{
    service->interfaces[0].state = wlan_interface_state_disconnected;
}

static void test_a_profile_by_its_name(void **state)
{
    (void)state;
    netdisc_op *op = NULL;
    netdisc_list *made = NULL;
    netdisc_wlan_spec spec = {.size = sizeof spec, .profile = "home"};

    down();
    service->delay_ms = 100;
    assert_status(netdisc_wlan_connect_start(nd, &spec, 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, SOON_MS), NO_ERROR);
    assert_wide(service->connected_profile, L"home");
    assert_status(netdisc_op_list(op, &made), NO_ERROR);
    assert_int_equal(netdisc_list_wlan(made, 0)->state, NETDISC_STATE_CONNECTED);
    assert_string_equal(netdisc_list_wlan(made, 0)->ssid, "home");
    netdisc_list_free(made);
    netdisc_op_free(op);
}

static void test_what_is_connected_so_is_left_alone(void **state)
{
    (void)state;
    assert_status(connect_profile("home", NULL, 0, 0, NULL), NO_ERROR);
    assert_status(connect_network("home", "another key", 0, 0, NULL), NO_ERROR);
    assert_int_equal(service->calls[WLAN_CONNECT], 0);
    assert_int_equal(service->calls[WLAN_SET_PROFILE], 0);
}

static void test_a_profile_that_is_not_there(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    assert_error(connect_profile("Home", NULL, 0, 0, &err), err, ERROR_NOT_FOUND, "Home");
    assert_int_equal(service->calls[WLAN_CONNECT], 0);
}

static void test_a_profile_name_that_is_too_long(void **state)
{
    (void)state;
    netdisc_error *err = NULL;
    char name[300];

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_error(connect_profile(name, NULL, 0, 0, &err), err, ERROR_FILENAME_EXCED_RANGE, "255");
    name[255] = '\0';
    assert_error(connect_profile(name, NULL, 0, 0, &err), err, ERROR_NOT_FOUND, "nnn");
}

static void test_from_one_network_to_another(void **state)
{
    (void)state;
    service->add_profile(L"cafe", L"cafe", NULL);
    service->delay_ms = 100;
    assert_status(connect_profile("cafe", NULL, 0, 0, NULL), NO_ERROR);
    assert_wide(service->interfaces[0].profile, L"cafe");
}

static void test_a_connect_without_notifications(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    service->fails[WLAN_REGISTER] = ERROR_NOT_ENOUGH_MEMORY;
    service->delay_ms = 200;
    assert_status(connect_profile("home", NULL, 0, 0, NULL), NO_ERROR);
    down();
    service->connect_reason = 0x48014;
    assert_error(connect_profile("home", NULL, 0, 0, &err), err, ERROR_GEN_FAILURE, "does not tell");
}

static void test_a_connect_of_which_little_may_be_known(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    service->fails[WLAN_QUERY] = ERROR_ACCESS_DENIED;
    service->fails[WLAN_LIST_NETWORKS] = ERROR_ACCESS_DENIED;
    service->discreet = true;
    assert_status(connect_network("home", NULL, 0, 0, NULL), NO_ERROR);
    assert_wide(service->connected_profile, L"home");
    down();
    service->connect_reason = 0x48014;
    assert_error(connect_network("home", NULL, 0, 0, &err), err, ERROR_INVALID_PASSWORD, DEVICE);
}

static void test_a_connect_of_which_nothing_may_be_known(void **state)
{
    (void)state;
    service->add_profile(L"cafe", L"cafe", NULL);
    service->fails[WLAN_QUERY] = ERROR_ACCESS_DENIED;
    service->mute = true;
    service->delay_ms = 200;
    assert_status(connect_profile("cafe", NULL, 0, 0, NULL), NO_ERROR);
    assert_int_equal(service->interfaces[0].state, wlan_interface_state_connected);
    assert_wide(service->connected_profile, L"cafe");
    down();
    service->delay_ms = 0;
    assert_status(connect_profile("home", NULL, 0, 0, NULL), NO_ERROR);
    assert_wide(service->connected_profile, L"home");
}

static void test_what_is_not_quite_connected_is_looked_at_again(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    service->fails[WLAN_QUERY] = ERROR_INVALID_STATE;
    service->mute = true;
    assert_error(connect_profile("home", NULL, 0, SHORT_MS, &err), err, ERROR_TIMEOUT, "accepted");
}

static void test_every_reason_has_its_status(void **state)
{
    (void)state;
    static const struct {
        DWORD reason;
        netdisc_status status;
        const char *name;
    } rows[] = {
        {0x2800b, NETDISC_ERROR_NOT_FOUND, "WLAN_REASON_CODE_NETWORK_NOT_AVAILABLE"},
        {0x28002, NETDISC_ERROR_NOT_FOUND, "WLAN_REASON_CODE_NOT_VISIBLE"},
        {0x38014, NETDISC_ERROR_NOT_FOUND, "WLAN_REASON_CODE_NO_VISIBLE_AP"},
        {0x28003, NETDISC_ERROR_ACCESS_DENIED, "WLAN_REASON_CODE_GP_DENIED"},
        {0x2800d, NETDISC_ERROR_INVALID_PASSWORD, "WLAN_REASON_CODE_KEY_MISMATCH"},
        {0x48014, NETDISC_ERROR_INVALID_PASSWORD, "WLAN_REASON_CODE_MSMSEC_PSK_MISMATCH_SUSPECTED"},
        {0x38001, NETDISC_ERROR_OPERATION_ABORTED, "WLAN_REASON_CODE_USER_CANCELLED"},
        {0x48005, NETDISC_ERROR_INVALID_PASSWORD, "WLAN_REASON_CODE_MSMSEC_KEY_SUCCESS_TIMEOUT"},
        {0x38003, NETDISC_ERROR_SEM_TIMEOUT, "WLAN_REASON_CODE_ASSOCIATION_TIMEOUT"},
        {0x30002, NETDISC_ERROR_NOT_SUPPORTED, "WLAN_REASON_CODE_UNSUPPORTED_SECURITY_SET"},
        {0x10001, NETDISC_ERROR_GEN_FAILURE, "WLAN_REASON_CODE_UNKNOWN"},
        {0x38002, NETDISC_ERROR_EXTENDED_ERROR, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        netdisc_error *err = NULL;
        char text[32];

        down();
        service->connect_reason = rows[i].reason;
        snprintf(text, sizeof text, "reason %lx", (unsigned long)rows[i].reason);
        assert_int_equal(connect_profile("home", NULL, 0, 0, &err), rows[i].status);
        assert_string_equal(err->native_domain, "wlan");
        assert_int_equal(err->native_code, rows[i].reason);
        assert_string_equal(strstr(err->message, text), text);
        assert_true((rows[i].name == NULL) == (err->native_name == NULL));
        if (rows[i].name)
            assert_string_equal(err->native_name, rows[i].name);
        netdisc_error_free(err);
    }
}

static void test_the_reason_of_an_attempt_is_better_than_none(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    static const DWORD vague[] = {0x10001, 0x2800b};

    for (size_t i = 0; i < sizeof vague / sizeof *vague; i++) {
        down();
        service->connect_reason = 0x48014;
        service->vague = vague[i];
        assert_error(connect_profile("home", NULL, 0, 0, &err), err, ERROR_INVALID_PASSWORD, "48014");
    }
}

/* Begins to connect with "home", and nothing comes of it yet. */
static netdisc_op *begin_connecting(void)
{
    netdisc_wlan_spec spec = {.size = sizeof spec, .profile = "home"};
    netdisc_op *op = NULL;
    unsigned asked = service->calls[WLAN_CONNECT];

    down();
    service->deaf = true;
    assert_status(netdisc_wlan_connect_start(nd, &spec, 0, 0, &op, NULL), NO_ERROR);
    await_calls(WLAN_CONNECT, asked + 1);
    return op;
}

static void test_an_attempt_is_forgotten_with_its_connection(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    service->connect_reason = 0x48014;
    assert_error(connect_profile("home", NULL, 0, 0, &err), err, ERROR_INVALID_PASSWORD, DEVICE);

    netdisc_op *op = begin_connecting();

    service->tell(0, wlan_notification_acm_connection_start, 0);
    service->tell(0, wlan_notification_acm_connection_complete, 0x10001);
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_GEN_FAILURE);
    netdisc_op_free(op);
}

static void test_every_error_of_connect(void **state)
{
    (void)state;
    static const DWORD codes[] = {ERROR_INVALID_PARAMETER,  ERROR_INVALID_HANDLE,
                                  ERROR_ACCESS_DENIED,      ERROR_NOT_ENOUGH_MEMORY,
                                  RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_CANCELLED};

    down();
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        netdisc_error *err = NULL;

        service->fails[WLAN_CONNECT] = codes[i];
        assert_int_equal(connect_profile("home", NULL, 0, 0, &err), codes[i]);
        assert_int_equal(err->native_code, codes[i]);
        netdisc_error_free(err);
    }
}

static void await_looks(void)
{
    await_calls(WLAN_ENUM, service->calls[WLAN_ENUM] + 2);
}

static void test_a_connect_whose_place_is_taken(void **state)
{
    (void)state;
    netdisc_op *op = begin_connecting();

    connect_interface(0, L"cafe", "cafe");
    service->tell(0, wlan_notification_acm_connection_complete, 0x38001);
    await_looks();
    assert_status(netdisc_op_wait(op, 0), WAIT_TIMEOUT);
    service->set_state(0, wlan_interface_state_connected);
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_OPERATION_ABORTED);
    netdisc_op_free(op);
}

static void test_a_connect_that_takes_the_place_of_another(void **state)
{
    (void)state;
    netdisc_op *op = begin_connecting();

    wcscpy(service->interfaces[0].profile, L"home");
    service->interfaces[0].state = wlan_interface_state_associating;
    service->tell(0, wlan_notification_acm_connection_complete, 0x38001);
    await_looks();
    assert_status(netdisc_op_wait(op, 0), WAIT_TIMEOUT);
    service->tell(0, wlan_notification_acm_connection_start, 0);
    service->interfaces[0].state = wlan_interface_state_disconnected;
    await_looks();
    assert_status(netdisc_op_wait(op, 0), WAIT_TIMEOUT);
    service->set_state(0, wlan_interface_state_connected);
    assert_status(netdisc_op_wait(op, SOON_MS), NO_ERROR);
    netdisc_op_free(op);
}

static void test_a_connect_that_fails_though_another_follows(void **state)
{
    (void)state;
    netdisc_op *op = begin_connecting();

    wcscpy(service->interfaces[0].profile, L"home");
    service->interfaces[0].state = wlan_interface_state_associating;
    service->tell(0, wlan_notification_acm_connection_start, 0);
    service->tell(0, wlan_notification_acm_connection_complete, 0x48014);
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_INVALID_PASSWORD);
    netdisc_op_free(op);
}

static void test_what_is_disconnected_again_at_once(void **state)
{
    (void)state;
    netdisc_op *op = begin_connecting();

    wcscpy(service->interfaces[0].profile, L"home");
    service->tell(0, wlan_notification_acm_connection_start, 0);
    service->tell(0, wlan_notification_acm_connection_complete, 0);
    await_looks();
    assert_status(netdisc_op_wait(op, 0), WAIT_TIMEOUT);
    service->tell(0, wlan_notification_acm_disconnected, 0);
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_OPERATION_ABORTED);
    assert_non_null(strstr(netdisc_op_error(op)->message, "again"));
    netdisc_op_free(op);
}

static void test_a_connect_whose_service_stops(void **state)
{
    (void)state;
    netdisc_op *op = begin_connecting();

    service->stopped = true;
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_REQUEST_ABORTED);
    assert_non_null(strstr(netdisc_op_error(op)->message, "stopped"));
    netdisc_op_free(op);
    service->restart();
}

static void test_a_connect_whose_service_is_started_anew(void **state)
{
    (void)state;
    netdisc_op *op = begin_connecting();

    service->restart();
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_REQUEST_ABORTED);
    assert_non_null(strstr(netdisc_op_error(op)->message, "anew"));
    netdisc_op_free(op);
}

static void test_a_service_that_is_started_anew_connects_as_it_likes(void **state)
{
    (void)state;
    netdisc_op *op = begin_connecting();

    connect_interface(0, L"cafe", "cafe");
    service->restart();
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_REQUEST_ABORTED);
    netdisc_op_free(op);
}

static void test_a_connect_by_a_handle_that_was_lost(void **state)
{
    (void)state;
    down();
    service->slow_to_show = true;
    service->delay_ms = 300;
    fail_once(WLAN_CONNECT, RPC_S_CALL_FAILED);
    assert_status(connect_profile("home", NULL, 0, 0, NULL), NO_ERROR);
    assert_int_equal(service->calls[WLAN_OPEN], 2);
}

static void test_a_radio_that_is_off(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    service->fails[WLAN_LIST_NETWORKS] = 0x80342002;
    service->fails[WLAN_CONNECT] = 0x80342002;
    assert_error(connect_network("home", NULL, 0, 0, &err), err, ERROR_NOT_READY, "radio");
}

static void test_a_connect_whose_interface_goes(void **state)
{
    (void)state;
    netdisc_op *op = begin_connecting();

    service->interface_count = 0;
    assert_status(netdisc_op_wait(op, SOON_MS), ERROR_DEV_NOT_EXIST);
    netdisc_op_free(op);
}

/* ---- Connecting to a network ---------------------------------------------------------------- */

static void test_a_network_that_a_profile_knows(void **state)
{
    (void)state;
    down();
    assert_status(connect_network("home", NULL, 0, 0, NULL), NO_ERROR);
    assert_wide(service->connected_profile, L"home");
    assert_int_equal(service->calls[WLAN_SET_PROFILE], 0);
}

/* It is connected with this very profile when it is asked to, and for a while afterwards. */
static void test_a_profile_of_several_networks(void **state)
{
    (void)state;
    add_network("cellar", 1, L"");
    service->add_profile(L"house", L"attic", NULL);
    wcscpy(service->profiles[1].xml, L"<WLANProfile><name>house</name><SSIDConfig>"
                                     L"<SSID><hex>6174746963</hex></SSID>"
                                     L"<SSID><hex>63656c6c6172</hex></SSID></SSIDConfig></WLANProfile>");
    connect_interface(0, L"house", "attic");
    service->slow_to_show = true;
    service->delay_ms = 200;
    assert_status(connect_network("cellar", NULL, 0, 0, NULL), NO_ERROR);
    assert_wide(service->connected_profile, L"house");
    assert_memory_equal(service->interfaces[0].ssid.ucSSID, "cellar", 6);
}

static void test_a_network_out_of_reach_that_a_profile_knows(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    service->add_profile(L"My cabin", L"cabin", NULL);
    assert_error(connect_network("cabin", NULL, 0, 0, &err), err, ERROR_NOT_FOUND, "2800b");
    assert_wide(service->connected_profile, L"My cabin");
    assert_int_equal(service->profile_count, 2);
}

static void test_a_network_that_nobody_knows(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    assert_error(connect_network("nowhere", NULL, 0, 0, &err), err, ERROR_NOT_FOUND, "2800b");
    assert_int_equal(service->profile_count, 1);
}

static void test_an_open_network_gets_a_profile(void **state)
{
    (void)state;
    assert_status(connect_network("cafe", NULL, 0, 0, NULL), NO_ERROR);
    assert_wide(service->connected_profile, L"cafe");
    assert_int_equal(service->set_flags, 0);
    assert_non_null(wcsstr(service->set_xml, L"<hex>63616665</hex>"));
    assert_non_null(wcsstr(service->set_xml, L"<authentication>open</authentication>"));
    assert_non_null(wcsstr(service->set_xml, L"<encryption>none</encryption>"));
    assert_null(wcsstr(service->set_xml, L"sharedKey"));
    assert_non_null(profile_of(L"cafe"));
}

static void test_a_network_with_a_key_gets_a_profile(void **state)
{
    (void)state;
    assert_status(connect_network("office", SECRET, 0, 0, NULL), NO_ERROR);
    assert_non_null(wcsstr(service->set_xml, L"<authentication>WPA2PSK</authentication>"));
    assert_non_null(wcsstr(service->set_xml, L"<encryption>AES</encryption>"));
    assert_non_null(wcsstr(service->set_xml, L"<keyType>passPhrase</keyType>"));
    assert_wide(profile_of(L"office")->key, WSECRET);
}

static void test_a_network_of_wpa3(void **state)
{
    (void)state;
    service->networks[2].algorithm = SAE;
    assert_status(connect_network("office", SECRET, 0, 0, NULL), NO_ERROR);
    assert_non_null(wcsstr(service->set_xml, L"<authentication>WPA3SAE</authentication>"));
}

static void test_a_network_of_an_old_cipher(void **state)
{
    (void)state;
    enum { WPA_PSK = 4, TKIP = 2 };

    service->networks[2].algorithm = WPA_PSK;
    service->networks[2].cipher = TKIP;
    assert_status(connect_network("office", SECRET, 0, 0, NULL), NO_ERROR);
    assert_non_null(wcsstr(service->set_xml, L"<authentication>WPAPSK</authentication>"));
    assert_non_null(wcsstr(service->set_xml, L"<encryption>TKIP</encryption>"));
}

static void test_a_key_of_64_digits(void **state)
{
    (void)state;
    static const char key[] = "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef";

    for (size_t i = 0; i < sizeof key; i++)
        service->networks[2].key[i] = (WCHAR)key[i];
    assert_status(connect_network("office", key, 0, 0, NULL), NO_ERROR);
    assert_non_null(wcsstr(service->set_xml, L"<keyType>networkKey</keyType>"));
}

static void test_names_and_keys_are_written_as_text(void **state)
{
    (void)state;
    add_network("<&\">", RSNA_PSK, L"</keyMaterial>&");
    assert_status(connect_network("<&\">", "</keyMaterial>&", 0, 0, NULL), NO_ERROR);
    assert_non_null(wcsstr(service->set_xml, L"<name>&lt;&amp;\"&gt;</name>"));
    assert_non_null(wcsstr(service->set_xml, L">&lt;/keyMaterial&gt;&amp;<"));
    assert_wide(service->connected_profile, L"<&\">");
}

static void test_an_ssid_that_is_no_text(void **state)
{
    (void)state;
    static const uint8_t bytes[32] = {0xff, 0, 1, 'x', 0xef, 0xbf, 0xbf};
    netdisc_wlan_spec spec = {.size = sizeof spec, .ssid_bytes = bytes, .ssid_length = sizeof bytes};
    wlan_network *it = &service->networks[service->network_count++];

    it->ssid = ssid_of(bytes, sizeof bytes);
    it->algorithm = 1;
    assert_status(netdisc_wlan_connect(nd, &spec, 0, 0, NULL), NO_ERROR);
    assert_non_null(wcsstr(service->set_xml, L"<hex>FF000178EFBFBF0000"));
    assert_non_null(wcsstr(service->set_xml, L"<name>\xfffd\xfffd\xfffdx\xfffd\xfffd"));
    assert_memory_equal(service->interfaces[0].ssid.ucSSID, bytes, sizeof bytes);
}

static void test_a_wrong_key_leaves_nothing(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    assert_error(connect_network("office", "wrong horse", 0, 0, &err), err, ERROR_INVALID_PASSWORD,
                 DEVICE);
    assert_int_equal(service->calls[WLAN_DELETE_PROFILE], 1);
    assert_null(profile_of(L"office"));
    assert_non_null(profile_of(L"home"));
}

static void test_what_goes_with_the_network(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    assert_error(connect_network("office", NULL, 0, 0, &err), err, ERROR_INVALID_PASSWORD, "needs");
    assert_error(connect_network("cafe", SECRET, 0, 0, &err), err, ERROR_INVALID_PASSWORD, "open");
    assert_error(connect_network("office", "short", 0, 0, &err), err, ERROR_INVALID_PASSWORD, "64");
    assert_error(connect_network("office", "not \xc3\xa4scii", 0, 0, &err), err, ERROR_INVALID_PASSWORD,
                 "ASCII");
    service->networks[2].algorithm = RSNA;
    assert_error(connect_network("office", SECRET, 0, 0, &err), err, ERROR_NOT_SUPPORTED, "802.1X");
    service->networks[2].algorithm = 1;
    assert_error(connect_network("office", SECRET, 0, 0, &err), err, ERROR_NOT_SUPPORTED, "WEP");
    assert_int_equal(service->calls[WLAN_SET_PROFILE], 0);
    assert_int_equal(service->calls[WLAN_CONNECT], 0);
}

static void test_a_name_that_is_taken(void **state)
{
    (void)state;
    service->add_profile(L"office", L"elsewhere", NULL);
    assert_status(connect_network("office", SECRET, 0, 0, NULL), NO_ERROR);
    assert_wide(service->connected_profile, L"office 2");
    assert_int_equal(service->profile_count, 3);
}

static void test_a_profile_without_a_key_is_not_meant_by_who_gives_one(void **state)
{
    (void)state;
    service->add_profile(L"office", L"office", NULL);
    assert_status(connect_network("office", SECRET, 0, 0, NULL), NO_ERROR);
    assert_wide(service->connected_profile, L"office 2");
}

static void test_who_may_make_no_profile_for_all_makes_one_for_himself(void **state)
{
    (void)state;
    fail_once(WLAN_SET_PROFILE, ERROR_ACCESS_DENIED);
    assert_status(connect_network("cafe", NULL, 0, 0, NULL), NO_ERROR);
    assert_int_equal(service->set_flags, WLAN_PROFILE_USER);
}

static void test_a_profile_that_is_not_accepted(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    service->set_reason = 0x40016;
    assert_error(connect_network("office", SECRET, 0, 0, &err), err, ERROR_INVALID_PASSWORD, "40016");
    service->set_reason = 0;
    service->fails[WLAN_SET_PROFILE] = ERROR_ACCESS_DENIED;
    assert_error(connect_network("office", SECRET, 0, 0, &err), err, ERROR_ACCESS_DENIED,
                 "group policy");
    service->fails[WLAN_SET_PROFILE] = ERROR_BAD_PROFILE;
    assert_error(connect_network("office", SECRET, 0, 0, &err), err, ERROR_BAD_PROFILE, DEVICE);
    assert_int_equal(service->calls[WLAN_CONNECT], 0);
}

static void test_a_connect_that_takes_too_long_leaves_no_profile(void **state)
{
    (void)state;
    netdisc_error *err = NULL;
    ULONGLONG until = now_ms() + SOON_MS;

    service->deaf = true;
    assert_error(connect_network("office", SECRET, 0, SHORT_MS, &err), err, ERROR_TIMEOUT, "accepted");
    while (profile_of(L"office")) {
        assert_true(now_ms() < until);
        Sleep(1);
    }
    assert_status(connect_network("office", SECRET, NETDISC_NO_WAIT, 0, NULL), NO_ERROR);
    assert_non_null(profile_of(L"office"));
}

/* ---- Another key ---------------------------------------------------------------------------- */

static void test_a_key_that_works_is_kept(void **state)
{
    (void)state;
    down();
    service->add_profile(L"office", L"office", L"an old key");
    assert_status(connect_profile("office", SECRET, 0, 0, NULL), NO_ERROR);
    assert_wide(profile_of(L"office")->key, WSECRET);
    assert_int_equal(service->profile_count, 2);
    assert_non_null(wcsstr(service->set_xml, L"<protected>false</protected>"));
}

static void test_a_key_that_is_wrong_is_not_kept(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    assert_error(connect_network("home", "wrong horse", 0, 0, &err), err, ERROR_INVALID_PASSWORD,
                 DEVICE);
    assert_int_equal(service->calls[WLAN_SET_PROFILE], 2);
    assert_wide(profile_of(L"home")->key, WSECRET);
    assert_status(connect_network("home", NULL, 0, 0, NULL), NO_ERROR);
}

/* Where it is one user's, it stays so: both times that it is written. */
static void test_a_key_of_one_users_profile(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    service->profiles[0].flags = WLAN_PROFILE_USER;
    assert_error(connect_profile("home", "wrong horse", 0, 0, &err), err, ERROR_INVALID_PASSWORD,
                 DEVICE);
    assert_int_equal(service->calls[WLAN_SET_PROFILE], 2);
    assert_int_equal(service->profiles[0].flags, WLAN_PROFILE_USER);
    assert_wide(service->profiles[0].key, WSECRET);
}

static void test_a_key_that_cannot_be_one(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    down();
    service->add_profile(L"cafe", L"cafe", NULL);
    assert_error(connect_profile("home", "short", 0, 0, &err), err, ERROR_INVALID_PASSWORD, "8 to 63");
    assert_error(connect_profile("cafe", SECRET, 0, 0, &err), err, ERROR_INVALID_PASSWORD, "no key");
    service->fails[WLAN_GET_PROFILE] = ERROR_ACCESS_DENIED;
    assert_error(connect_profile("home", SECRET, 0, 0, &err), err, ERROR_ACCESS_DENIED, "read");
    assert_int_equal(service->calls[WLAN_SET_PROFILE], 0);
}

/* ---- Watching ------------------------------------------------------------------------------- */

typedef struct seen {
    unsigned count[NETDISC_EVENT_LOST + 1];
    netdisc_state old_state;
    netdisc_state state;
    netdisc_status status;
    char name[64];
} seen;

static void see(void *data, const netdisc_event *event)
{
    seen *it = data;

    it->count[event->type]++;
    it->old_state = event->old_state;
    it->state = event->state;
    it->status = event->status;
    if (event->wlan)
        snprintf(it->name, sizeof it->name, "%s", event->wlan->name);
}

static void await_event(const seen *it, netdisc_event_type type, unsigned count)
{
    ULONGLONG until = now_ms() + SOON_MS;

    while (it->count[type] < count) {
        assert_true(now_ms() < until);
        netdisc_dispatch(nd, 100);
    }
    assert_int_equal(it->count[type], count);
}

static netdisc_watch *begin_watch(seen *it)
{
    netdisc_watch *watch = NULL;

    assert_status(netdisc_watch_start(nd, NETDISC_WLAN, see, it, &watch, NULL), NO_ERROR);
    await_event(it, NETDISC_EVENT_READY, 1);
    return watch;
}

static void test_a_watch_is_told_at_once(void **state)
{
    (void)state;
    seen it = {0};
    netdisc_watch *watch = begin_watch(&it);
    ULONGLONG began = now_ms();

    service->set_state(0, wlan_interface_state_disconnected);
    await_event(&it, NETDISC_EVENT_CHANGED, 1);
    assert_int_equal(it.old_state, NETDISC_STATE_CONNECTED);
    assert_int_equal(it.state, NETDISC_STATE_DISCONNECTED);
    service->set_state(0, wlan_interface_state_connected);
    await_event(&it, NETDISC_EVENT_CHANGED, 2);
    service->set_state(0, wlan_interface_state_disconnected);
    await_event(&it, NETDISC_EVENT_CHANGED, 3);
    /* It would look by itself every 5 s only. */
    assert_true(now_ms() - began < 3000);
    assert_int_equal(it.count[NETDISC_EVENT_ADDED], 0);
    assert_int_equal(it.count[NETDISC_EVENT_REMOVED], 0);
    netdisc_watch_stop(watch);
}

/* Of which only the media specific module tells. */
static void test_a_roaming_is_seen_at_once(void **state)
{
    (void)state;
    enum { ROAMING_END = 6 };
    seen it = {0};
    netdisc_watch *watch = begin_watch(&it);
    ULONGLONG began = now_ms();

    for (unsigned i = 1; i <= 3; i++) {
        service->interfaces[0].bssid[5]++;
        service->tell_msm(0, ROAMING_END);
        await_event(&it, NETDISC_EVENT_CHANGED, i);
    }
    /* It would look by itself every 5 s only. */
    assert_true(now_ms() - began < 3000);
    netdisc_watch_stop(watch);
}

/* They tell nothing new, and come all the time. */
static void test_the_signal_is_not_looked_after(void **state)
{
    (void)state;
    enum { SIGNAL_QUALITY_CHANGE = 8 };
    seen it = {0};
    netdisc_watch *watch = begin_watch(&it);
    unsigned looks = service->calls[WLAN_ENUM];

    for (int i = 0; i < 10; i++) {
        service->tell_msm(0, SIGNAL_QUALITY_CHANGE);
        Sleep(20);
    }
    /* The beginning of the watch may have it look once more. */
    assert_in_range(service->calls[WLAN_ENUM], looks, looks + 1);
    netdisc_watch_stop(watch);
}

static void test_interfaces_come_and_go(void **state)
{
    (void)state;
    seen it = {0};
    netdisc_watch *watch = begin_watch(&it);

    add_interface(1, OTHERS);
    service->tell(1, wlan_notification_acm_interface_arrival, 0);
    await_event(&it, NETDISC_EVENT_ADDED, 1);
    assert_string_equal(it.name, "Other Adapter");
    service->interface_count = 1;
    service->tell(1, wlan_notification_acm_interface_removal, 0);
    await_event(&it, NETDISC_EVENT_REMOVED, 1);
    assert_string_equal(it.name, "Other Adapter");
    netdisc_watch_stop(watch);
}

static void test_a_watch_is_lost_with_the_service_and_comes_back_with_it(void **state)
{
    (void)state;
    seen it = {0};
    netdisc_watch *watch = begin_watch(&it);

    service->stopped = true;
    await_event(&it, NETDISC_EVENT_LOST, 1);
    assert_status(it.status, ERROR_SERVICE_NOT_ACTIVE);
    service->restart();
    await_event(&it, NETDISC_EVENT_READY, 2);
    service->set_state(0, wlan_interface_state_disconnected);
    await_event(&it, NETDISC_EVENT_CHANGED, 1);
    netdisc_watch_stop(watch);
}

static void test_a_watch_without_notifications_sees_it_later(void **state)
{
    (void)state;
    seen it = {0};

    service->fails[WLAN_REGISTER] = ERROR_ACCESS_DENIED;

    netdisc_watch *watch = begin_watch(&it);

    service->interfaces[0].state = wlan_interface_state_disconnected;
    await_event(&it, NETDISC_EVENT_CHANGED, 1);
    netdisc_watch_stop(watch);
}

static DWORD WINAPI tell_something(void *data)
{
    (void)data;
    service->tell(0, wlan_notification_acm_scan_complete, 0);
    return 0;
}

static void test_nothing_is_told_after_the_close(void **state)
{
    (void)state;
    seen it = {0};
    netdisc_watch *watch = begin_watch(&it);
    unsigned before = service->notified;

    service->slow_ms = 300;

    HANDLE teller = CreateThread(NULL, 0, tell_something, NULL, 0, NULL);

    ULONGLONG until = now_ms() + SOON_MS;

    while (service->notified == before) {
        assert_true(now_ms() < until);
        Sleep(1);
    }
    netdisc_close(nd);
    nd = NULL;
    assert_int_equal(service->handles_open, 0);
    WaitForSingleObject(teller, INFINITE);
    CloseHandle(teller);
    before = service->notified;
    service->tell(0, wlan_notification_acm_scan_complete, 0);
    assert_int_equal(service->notified, before);
    netdisc_watch_stop(watch);
}

/* As with a service that is gone: it may tell for ever. */
static void test_what_is_told_by_a_handle_that_cannot_be_closed(void **state)
{
    (void)state;
    seen it = {0};
    netdisc_watch *watch = begin_watch(&it);
    unsigned before = service->notified;

    service->fails[WLAN_CLOSE] = RPC_S_SERVER_UNAVAILABLE;
    netdisc_close(nd);
    nd = NULL;
    service->tell(0, wlan_notification_acm_disconnected, 0);
    assert_int_equal(service->notified, before + 1);
    netdisc_watch_stop(watch);
    service->restart();
}

static void test_a_watch_that_is_stuck_does_not_hold_up_the_close(void **state)
{
    (void)state;
    seen it = {0};
    netdisc_watch *watch = begin_watch(&it);

    service->hangs[WLAN_ENUM] = true;
    service->tell(0, wlan_notification_acm_scan_complete, 0);
    await_stuck(1);

    ULONGLONG began = now_ms();

    netdisc_close(nd);
    nd = NULL;
    assert_true(now_ms() - began < 1500);
    netdisc_watch_stop(watch);
    service->hangs[WLAN_ENUM] = false;
    SetEvent(service->release);
    began = now_ms();
    while (service->handles_open || service->memory_out) {
        assert_true(now_ms() - began < SOON_MS);
        Sleep(1);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_says_what_there_is),
        TEST(an_ssid_is_any_bytes),
        TEST(an_ssid_that_is_too_long_is_not_believed),
        TEST(a_description_with_half_a_character),
        TEST(a_description_that_fills_its_field),
        TEST(every_state_has_its_name),
        TEST(there_may_be_none),
        TEST(what_may_not_be_known_is_said_to_be_so),
        TEST(an_answer_that_is_too_short_is_not_believed),
        TEST(what_ends_while_it_is_listed),
        TEST(one_of_several),
        TEST(two_of_one_description),
        TEST(one_handle_serves_all),
        TEST(a_restart_of_the_service_is_not_noticed),
        TEST(a_lost_handle_is_opened_once_more),
        TEST(a_handle_that_stays_lost_is_given_up),
        TEST(a_handle_is_closed_when_the_last_has_left_it),
        TEST(many_at_once_while_the_service_restarts),
        TEST(a_service_that_is_stopped),
        TEST(a_service_that_stops),
        TEST(a_service_that_is_not_installed),
        TEST(a_list_that_is_too_long_is_not_believed),
        TEST(a_disconnect_is_seen),
        TEST(an_end_that_is_late_is_waited_for),
        TEST(what_is_told_is_seen_at_once),
        TEST(it_does_without_notifications),
        TEST(what_is_down_is_not_connected),
        TEST(what_ends_by_itself_meanwhile_is_not_connected),
        TEST(every_documented_error_of_disconnect),
        TEST(who_is_denied_is_told_what_may_be_missing),
        TEST(what_is_accepted_only_is_no_success),
        TEST(what_connects_again_by_itself_has_ended),
        TEST(a_service_that_stops_during_a_disconnect),
        TEST(a_cancel_is_obeyed_at_once),
        TEST(an_open_that_never_returns),
        TEST(a_list_that_never_returns),
        TEST(a_question_that_never_returns),
        TEST(a_disconnect_that_never_returns),
        TEST(a_connect_that_never_returns),
        TEST(a_profile_by_its_name),
        TEST(what_is_connected_so_is_left_alone),
        TEST(a_profile_that_is_not_there),
        TEST(a_profile_name_that_is_too_long),
        TEST(from_one_network_to_another),
        TEST(a_connect_without_notifications),
        TEST(a_connect_of_which_little_may_be_known),
        TEST(a_connect_of_which_nothing_may_be_known),
        TEST(what_is_not_quite_connected_is_looked_at_again),
        TEST(every_reason_has_its_status),
        TEST(the_reason_of_an_attempt_is_better_than_none),
        TEST(an_attempt_is_forgotten_with_its_connection),
        TEST(every_error_of_connect),
        TEST(a_connect_whose_place_is_taken),
        TEST(a_connect_that_takes_the_place_of_another),
        TEST(a_connect_that_fails_though_another_follows),
        TEST(what_is_disconnected_again_at_once),
        TEST(a_connect_whose_service_stops),
        TEST(a_connect_whose_service_is_started_anew),
        TEST(a_service_that_is_started_anew_connects_as_it_likes),
        TEST(a_connect_by_a_handle_that_was_lost),
        TEST(a_radio_that_is_off),
        TEST(a_connect_whose_interface_goes),
        TEST(a_network_that_a_profile_knows),
        TEST(a_profile_of_several_networks),
        TEST(a_network_out_of_reach_that_a_profile_knows),
        TEST(a_network_that_nobody_knows),
        TEST(an_open_network_gets_a_profile),
        TEST(a_network_with_a_key_gets_a_profile),
        TEST(a_network_of_wpa3),
        TEST(a_network_of_an_old_cipher),
        TEST(a_key_of_64_digits),
        TEST(names_and_keys_are_written_as_text),
        TEST(an_ssid_that_is_no_text),
        TEST(a_wrong_key_leaves_nothing),
        TEST(what_goes_with_the_network),
        TEST(a_name_that_is_taken),
        TEST(a_profile_without_a_key_is_not_meant_by_who_gives_one),
        TEST(who_may_make_no_profile_for_all_makes_one_for_himself),
        TEST(a_profile_that_is_not_accepted),
        TEST(a_connect_that_takes_too_long_leaves_no_profile),
        TEST(a_key_that_works_is_kept),
        TEST(a_key_that_is_wrong_is_not_kept),
        TEST(a_key_of_one_users_profile),
        TEST(a_key_that_cannot_be_one),
        TEST(a_watch_is_told_at_once),
        TEST(a_roaming_is_seen_at_once),
        TEST(the_signal_is_not_looked_after),
        TEST(interfaces_come_and_go),
        TEST(a_watch_is_lost_with_the_service_and_comes_back_with_it),
        TEST(a_watch_without_notifications_sees_it_later),
        TEST(nothing_is_told_after_the_close),
        TEST(what_is_told_by_a_handle_that_cannot_be_closed),
        TEST(a_watch_that_is_stuck_does_not_hold_up_the_close),
    };

    service = wine_double("wlanapi.dll", "wlan_double_state");
    return cmocka_run_group_tests_name("wlanapi", tests, NULL, NULL);
}
