/* SPDX-License-Identifier: MIT */
/* The provider "ras", on a double of rasapi32.dll. */
#include "double_rasapi32.h"
#include "wine_connections.h"

enum { SOON_MS = 3000 };

#define HOME L"C:\\home.pbk"

static ras_state *ras;

/* ---- The script ----------------------------------------------------------------------------- */

static int begin(void **state)
{
    (void)state;
    ras = wine_double("rasapi32.dll", "ras_double");
    memset(ras, 0, sizeof *ras);
    InitializeCriticalSection(&ras->lock);
    ras->stuck = CreateEventW(NULL, TRUE, FALSE, NULL);
    return 0;
}

/* Whoever is still dialling uses the script. */
static int end(void **state)
{
    ULONGLONG until = GetTickCount64() + PATIENCE_MS;

    (void)state;
    SetEvent(ras->stuck);
    while (InterlockedCompareExchange(&ras->dialling, 0, 0) != 0 && GetTickCount64() < until)
        Sleep(10);
    return ras->dialling != 0;
}

static GUID guid_of(unsigned number)
{
    return (GUID){number, 0x3333, 0x4444, {0xAB, 0xCD, 0, 0, 0, 0, 0, 2}};
}

static ras_entry *add_entry(unsigned number, const WCHAR *name)
{
    EnterCriticalSection(&ras->lock);
    ras_entry *entry = &ras->entries[ras->entry_count++];

    *entry = (ras_entry){.guid = guid_of(number), .type = RASET_Vpn, .has_password = true};
    wcscpy(entry->name, name);
    wcscpy(entry->phonebook, HOME);
    wcscpy(entry->device_type, L"vpn");
    LeaveCriticalSection(&ras->lock);
    return entry;
}

static ras_connection *activate(const ras_entry *entry)
{
    EnterCriticalSection(&ras->lock);
    ras_connection *connection = ras->connections;

    while (connection->handle)
        connection++;
    *connection = (ras_connection){
        .handle = (HRASCONN)(++ras->last_handle + 0x1000),
        .guid = entry->guid,
        .state = RASCS_Connected,
    };
    wcscpy(connection->name, entry->name);
    wcscpy(connection->phonebook, entry->phonebook);
    wcscpy(connection->device_type, entry->device_type);
    wcscpy(connection->device, L"WAN Miniport (IKEv2)");
    LeaveCriticalSection(&ras->lock);
    return connection;
}

static size_t connected(void)
{
    size_t count = 0;

    EnterCriticalSection(&ras->lock);
    for (size_t i = 0; i < RAS_CONNECTIONS; i++)
        count += ras->connections[i].handle && !ras->connections[i].ends_at;
    LeaveCriticalSection(&ras->lock);
    return count;
}

/* ---- Listing -------------------------------------------------------------------------------- */

static void test_entries_and_what_is_active_are_put_together(void **state)
{
    (void)state;
    add_entry(1, L"Work");

    ras_entry *modem = add_entry(2, L"Gr\xfc\xdf"
                                    L"e");

    modem->type = RASET_Phone;
    wcscpy(modem->device_type, L"modem");
    activate(&ras->entries[0]);

    netdisc *nd = wine_open("ras");
    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 2);

    const netdisc_connection *work = netdisc_list_connection(list, 0);

    assert_string_equal(work->provider, "ras");
    assert_string_equal(work->name, "Work");
    assert_string_equal(work->uuid, "00000001-3333-4444-abcd-000000000002");
    assert_string_equal(work->type, "vpn");
    assert_string_equal(work->device, "WAN Miniport (IKEv2)");
    assert_int_equal(work->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(work->vpn, NETDISC_YES);
    assert_int_equal(work->external, NETDISC_NO);
    assert_int_equal(work->autoconnect, NETDISC_UNKNOWN);

    const netdisc_connection *other = connection_in(list, "Gr\xc3\xbc\xc3\x9f"
                                                          "e");

    assert_non_null(other);
    assert_string_equal(other->type, "ras");
    assert_null(other->device);
    assert_int_equal(other->state, NETDISC_STATE_DISCONNECTED);
    assert_int_equal(other->vpn, NETDISC_NO);
    assert_int_equal(netdisc_list_failure_count(list), 0);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_one_without_a_guid_has_a_uuid_that_stays(void **state)
{
    (void)state;
    ras_entry *entry = add_entry(1, L"Old");
    netdisc *nd = wine_open("ras");
    char uuid[40];

    memset(&entry->guid, 0, sizeof entry->guid);
    memset(&add_entry(2, L"Older")->guid, 0, sizeof entry->guid);

    netdisc_list *list = connections(nd);

    snprintf(uuid, sizeof uuid, "%s", connection_in(list, "Old")->uuid);
    assert_int_equal(uuid[14], '8');
    assert_non_null(strchr("89ab", uuid[19]));
    assert_string_not_equal(uuid, connection_in(list, "Older")->uuid);
    netdisc_list_free(list);

    activate(entry);
    list = connections(nd);
    assert_int_equal(netdisc_list_count(list), 2);
    assert_int_equal(connection_in(list, uuid)->state, NETDISC_STATE_CONNECTED);
    netdisc_list_free(list);
    assert_status(netdisc_connection_disconnect(nd, uuid, 0, 0, NULL), NO_ERROR);
    assert_int_equal(connected(), 0);
    netdisc_close(nd);
}

static void test_one_that_is_in_no_phone_book_is_there_while_it_is_active(void **state)
{
    (void)state;
    ras_entry nowhere = {.guid = {0}, .name = L".555 1234", .device_type = L"modem"};

    activate(&nowhere);

    netdisc *nd = wine_open("ras");
    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 1);
    assert_string_equal(netdisc_list_connection(list, 0)->type, "ras");
    netdisc_list_free(list);
    assert_status(netdisc_connection_disconnect(nd, ".555 1234", 0, 0, NULL), NO_ERROR);
    list = connections(nd);
    assert_int_equal(netdisc_list_count(list), 0);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_an_entry_that_keeps_to_itself(void **state)
{
    (void)state;
    add_entry(1, L"secretive")->on_properties = ERROR_ACCESS_DENIED;
    add_entry(2, L"gone")->on_properties = ERROR_CANNOT_FIND_PHONEBOOK_ENTRY;

    netdisc *nd = wine_open("ras");
    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 1);
    assert_string_equal(netdisc_list_connection(list, 0)->name, "secretive");
    assert_string_equal(netdisc_list_connection(list, 0)->type, "ras");
    assert_int_equal(netdisc_list_connection(list, 0)->vpn, NETDISC_UNKNOWN);
    netdisc_list_free(list);

    /* It is one thing, though what is active says its GUID. */
    activate(&ras->entries[0]);
    list = connections(nd);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_string_equal(netdisc_list_connection(list, 0)->type, "vpn");
    netdisc_list_free(list);
    assert_status(netdisc_connection_disconnect(nd, "secretive", 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_each_state(void **state)
{
    (void)state;
    static const struct {
        RASCONNSTATE state;
        netdisc_state expected;
    } rows[] = {
        {RASCS_OpenPort, NETDISC_STATE_CONNECTING},  {RASCS_Authenticate, NETDISC_STATE_CONNECTING},
        {RASCS_Projected, NETDISC_STATE_CONNECTING}, {RASCS_PasswordExpired, NETDISC_STATE_CONNECTING},
        {RASCS_Connected, NETDISC_STATE_CONNECTED},  {RASCS_Disconnected, NETDISC_STATE_DISCONNECTED},
    };
    ras_connection *connection = activate(add_entry(1, L"VPN"));
    netdisc *nd = wine_open("ras");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        connection->state = rows[i].state;
        assert_int_equal(state_of(nd, "VPN"), rows[i].expected);
    }
    connection->on_status = ERROR_ACCESS_DENIED;
    assert_int_equal(state_of(nd, "VPN"), NETDISC_STATE_UNKNOWN);
    connection->on_status = ERROR_INVALID_HANDLE;
    assert_int_equal(state_of(nd, "VPN"), NETDISC_STATE_DISCONNECTED);
    netdisc_close(nd);
}

static void test_many_connections_and_a_list_that_grows(void **state)
{
    (void)state;
    netdisc *nd = wine_open("ras");
    WCHAR name[32];

    for (unsigned i = 0; i < 150; i++) {
        _snwprintf(name, 32, L"VPN %u", i);
        activate(add_entry(i + 1, name));
    }
    ras->grows = 3;

    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 150);
    assert_int_equal(netdisc_list_failure_count(list), 0);
    netdisc_list_free(list);
    assert_int_equal(ras->grows, 0);
    assert_status(netdisc_connection_disconnect(nd, "VPN 149", 0, 0, NULL), NO_ERROR);
    assert_int_equal(connected(), 149);
    netdisc_close(nd);
}

static void test_a_list_that_never_fits_is_given_up(void **state)
{
    (void)state;
    netdisc *nd = wine_open("ras");
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    ras->grows = 1000;
    assert_error(netdisc_connection_list(nd, 0, 0, &list, &err), err, ERROR_INSUFFICIENT_BUFFER,
                 "cannot be listed");
    netdisc_close(nd);
}

static void test_phone_books_that_cannot_be_read_make_the_list_partial(void **state)
{
    (void)state;
    activate(add_entry(1, L"VPN"));
    ras->on_entries = ERROR_CANNOT_OPEN_PHONEBOOK;

    netdisc *nd = wine_open("ras");
    netdisc_list *list = connections(nd);
    netdisc_error *err = NULL;

    assert_int_equal(netdisc_list_count(list), 1);
    assert_int_equal(netdisc_list_failure_count(list), 1);
    assert_status(netdisc_list_failure(list, 0)->status, ERROR_CANNOT_OPEN_PROFILE);
    netdisc_list_free(list);
    assert_error(netdisc_connection_disconnect(nd, "other", 0, 0, &err), err, ERROR_CANNOT_OPEN_PROFILE,
                 "phone books");
    assert_status(netdisc_connection_disconnect(nd, "VPN", 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_a_service_that_does_not_run(void **state)
{
    (void)state;
    netdisc *nd = wine_open("ras");
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    ras->on_enumerate = ERROR_RASMAN_CANNOT_INITIALIZE;
    assert_error(netdisc_connection_list(nd, 0, 0, &list, &err), err, ERROR_SERVICE_NOT_ACTIVE,
                 "remote access says 711");
    assert_status(netdisc_backends(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_status(netdisc_list_backend(list, 0)->status, ERROR_SERVICE_NOT_ACTIVE);
    netdisc_list_free(list);
    netdisc_close(nd);
}

/* ---- Ending --------------------------------------------------------------------------------- */

static void test_hung_up_by_name_and_by_either_form_of_the_guid(void **state)
{
    (void)state;
    static const char *const names[] = {
        "VPN",
        "00000001-3333-4444-abcd-000000000002",
        "{00000001-3333-4444-ABCD-000000000002}",
    };
    ras_entry *entry = add_entry(1, L"VPN");
    netdisc *nd = wine_open("ras");

    activate(add_entry(2, L"Other"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        activate(entry);
        assert_status(netdisc_connection_disconnect(nd, names[i], 0, 0, NULL), NO_ERROR);
        assert_int_equal(connected(), 1);
    }
    assert_int_equal(ras->hang_ups, 3);
    netdisc_close(nd);
}

static void test_one_that_is_not_active(void **state)
{
    (void)state;
    add_entry(1, L"VPN");

    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_disconnect(nd, "VPN", 0, 0, &err), err, ERROR_NOT_CONNECTED, "VPN");
    assert_status(netdisc_connection_disconnect(nd, "VPN", NETDISC_IF_CONNECTED, 0, NULL), NO_ERROR);
    err = NULL;
    assert_error(netdisc_connection_disconnect(nd, "vpn", 0, 0, &err), err, ERROR_NOT_FOUND, "vpn");
    assert_int_equal(ras->hang_ups, 0);
    netdisc_close(nd);
}

static void test_a_name_that_no_entry_can_have(void **state)
{
    (void)state;
    char name[301];
    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;

    memset(name, 'x', 300);
    name[300] = '\0';
    add_entry(1, L"VPN");
    assert_error(netdisc_connection_connect(nd, name, 0, 0, &err), err, ERROR_NOT_FOUND, NULL);
    netdisc_close(nd);
}

static void test_half_a_character_in_a_name(void **state)
{
    (void)state;
    activate(add_entry(1, L"half\xd800"));

    netdisc *nd = wine_open("ras");

    assert_int_equal(state_of(nd, "half\xef\xbf\xbd"), NETDISC_STATE_CONNECTED);
    assert_status(netdisc_connection_disconnect(nd, "00000001-3333-4444-abcd-000000000002", 0, 0, NULL),
                  NO_ERROR);
    assert_status(netdisc_connection_connect(nd, "00000001-3333-4444-abcd-000000000002", 0, 0, NULL),
                  NO_ERROR);
    assert_int_equal(connected(), 1);
    netdisc_close(nd);
}

/* By its handle and in the list: it has ended when it is gone from both, whichever comes first. */
static void test_a_hang_up_that_takes_its_time(void **state)
{
    (void)state;
    ras_entry *entry = add_entry(1, L"VPN");
    netdisc *nd = wine_open("ras");

    for (int i = 0; i < 3; i++) {
        ras_connection *connection = activate(entry);
        ULONGLONG begun = GetTickCount64();

        connection->hang_up_ms = 400;
        connection->unlisted = i == 1;
        connection->unknown = i == 2;
        assert_status(netdisc_connection_disconnect(nd, "VPN", 0, 0, NULL), NO_ERROR);
        assert_true(GetTickCount64() - begun >= 390);
        assert_int_equal(connected(), 0);
    }
    assert_int_equal(ras->hang_ups, 3);
    netdisc_close(nd);
}

static void test_a_hang_up_that_never_ends_is_a_timeout(void **state)
{
    (void)state;
    activate(add_entry(1, L"VPN"))->hang_up_ms = INFINITE;

    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;
    ULONGLONG begun = GetTickCount64();

    assert_error(netdisc_connection_disconnect(nd, "VPN", 0, 500, &err), err, ERROR_TIMEOUT,
                 "accepted the hang-up");
    assert_true(GetTickCount64() - begun < SOON_MS);
    assert_status(netdisc_connection_disconnect(nd, "VPN", NETDISC_NO_WAIT, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_one_that_another_program_holds_too(void **state)
{
    (void)state;
    ras_connection *connection = activate(add_entry(1, L"VPN"));
    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;

    connection->dialled = 1;
    assert_error(netdisc_connection_disconnect(nd, "VPN", 0, 400, &err), err, ERROR_TIMEOUT,
                 "another program");
    assert_int_equal(connected(), 1);
    assert_status(netdisc_connection_disconnect(nd, "VPN", 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

typedef struct documented {
    DWORD code;
    netdisc_status status;
    const char *name;
} documented;

static const documented failures[] = {
    {ERROR_ACCESS_DENIED, NETDISC_ERROR_ACCESS_DENIED, NULL},
    {ERROR_NOT_ENOUGH_MEMORY, NETDISC_ERROR_NOT_ENOUGH_MEMORY, NULL},
    {RPC_S_SERVER_UNAVAILABLE, NETDISC_RPC_S_SERVER_UNAVAILABLE, NULL},
    {ERROR_PORT_DISCONNECTED, NETDISC_ERROR_CONNECTION_ABORTED, "ERROR_PORT_DISCONNECTED"},
    {ERROR_CANNOT_FIND_PHONEBOOK_ENTRY, NETDISC_ERROR_NOT_FOUND, "ERROR_CANNOT_FIND_PHONEBOOK_ENTRY"},
    {632, NETDISC_ERROR_INVALID_PARAMETER, "ERROR_INVALID_SIZE"},
    {633, NETDISC_ERROR_BUSY, "ERROR_PORT_NOT_AVAILABLE"},
    {678, NETDISC_ERROR_SEM_TIMEOUT, "ERROR_NO_ANSWER"},
    {691, NETDISC_ERROR_LOGON_FAILURE, "ERROR_AUTHENTICATION_FAILURE"},
    {756, NETDISC_ERROR_BUSY, "ERROR_DIAL_ALREADY_IN_PROGRESS"},
    {868, NETDISC_ERROR_BAD_NETPATH, "ERROR_DNSNAME_NOT_RESOLVABLE"},
    {611, NETDISC_ERROR_EXTENDED_ERROR, NULL}, /* an address conflict to the system */
    {960, NETDISC_ERROR_EXTENDED_ERROR, NULL},
};

enum { FAILURES = sizeof failures / sizeof *failures };

static void check_failure(const documented *row, netdisc_status status, netdisc_error *err)
{
    bool is_of_ras = row->code >= 600 && row->code < 1000;
    char text[64] = "";

    assert_string_equal(netdisc_status_name(status), netdisc_status_name(row->status));
    assert_non_null(err);
    assert_string_equal(err->provider, "ras");
    assert_string_equal(err->native_domain, is_of_ras ? "ras" : "win32");
    assert_int_equal(err->native_code, row->code);
    if (row->name)
        assert_string_equal(err->native_name, row->name);
    if (is_of_ras)
        snprintf(text, sizeof text, "remote access says %u", (unsigned)row->code);
    assert_non_null(strstr(err->message, text));
    netdisc_error_free(err);
}

static void test_what_a_failed_hang_up_says(void **state)
{
    (void)state;
    ras_connection *connection = activate(add_entry(1, L"VPN"));
    netdisc *nd = wine_open("ras");

    for (size_t i = 0; i < FAILURES; i++) {
        netdisc_error *err = NULL;

        connection->on_hang_up = failures[i].code;

        netdisc_status status = netdisc_connection_disconnect(nd, "VPN", 0, 0, &err);

        check_failure(&failures[i], status, err);
    }
    netdisc_close(nd);
}

static void test_no_number_of_remote_access_is_taken_for_a_system_code(void **state)
{
    (void)state;
    ras_connection *connection = activate(add_entry(1, L"VPN"));
    netdisc *nd = wine_open("ras");

    for (DWORD code = 600; code < 990; code++) {
        netdisc_status status;

        connection->on_hang_up = code;
        status = netdisc_connection_disconnect(nd, "VPN", 0, 0, NULL);
        assert_int_not_equal(status, NETDISC_NO_ERROR);
        assert_false(status >= 600 && status < 990);
        assert_string_not_equal(netdisc_status_name(status), "UNLISTED_STATUS");
    }
    netdisc_close(nd);
}

static void test_one_that_ends_by_itself_meanwhile(void **state)
{
    (void)state;
    static const DWORD codes[] = {ERROR_INVALID_HANDLE, ERROR_NO_CONNECTION};
    ras_connection *connection = activate(add_entry(1, L"VPN"));
    netdisc *nd = wine_open("ras");

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        netdisc_error *err = NULL;

        connection->on_hang_up = codes[i];
        assert_error(netdisc_connection_disconnect(nd, "VPN", 0, 0, &err), err, ERROR_NOT_CONNECTED,
                     "ended by itself");
    }
    netdisc_close(nd);
}

static void test_two_of_the_same_name(void **state)
{
    (void)state;
    ras_entry *first = add_entry(1, L"twin");
    ras_entry *second = add_entry(2, L"twin");
    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;

    wcscpy(second->phonebook, L"C:\\all.pbk");
    activate(first);
    activate(second);
    assert_error(netdisc_connection_disconnect(nd, "twin", 0, 0, &err), err, ERROR_DUP_NAME,
                 "00000002-3333");
    assert_int_equal(connected(), 2);
    assert_status(netdisc_connection_disconnect(nd, "00000001-3333-4444-abcd-000000000002", 0, 0, NULL),
                  NO_ERROR);
    assert_status(netdisc_connection_disconnect(nd, "twin", 0, 0, NULL), NO_ERROR);
    assert_int_equal(connected(), 0);
    netdisc_close(nd);
}

/* A phone book that was copied for all users. */
static void test_two_of_the_same_guid(void **state)
{
    (void)state;
    ras_entry *mine = add_entry(1, L"VPN");
    ras_entry *everybodys = add_entry(1, L"VPN");
    netdisc *nd = wine_open("ras");
    char uuid[40];

    wcscpy(everybodys->phonebook, L"C:\\all.pbk");
    activate(everybodys);

    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 2);

    const netdisc_connection *first = netdisc_list_connection(list, 0);
    const netdisc_connection *second = netdisc_list_connection(list, 1);
    const netdisc_connection *active = first->state == NETDISC_STATE_CONNECTED ? first : second;

    assert_string_not_equal(first->uuid, second->uuid);
    assert_int_equal(active->state, NETDISC_STATE_CONNECTED);
    assert_int_equal((active == first ? second : first)->state, NETDISC_STATE_DISCONNECTED);
    snprintf(uuid, sizeof uuid, "%s", active->uuid);
    netdisc_list_free(list);
    assert_status(netdisc_connection_disconnect(nd, uuid, 0, 0, NULL), NO_ERROR);
    assert_int_equal(connected(), 0);
    mine->on_dial = ERROR_PORT_NOT_AVAILABLE;
    assert_status(netdisc_connection_connect(nd, uuid, 0, 0, NULL), NO_ERROR);
    assert_int_equal(connected(), 1);
    netdisc_close(nd);
}

static void test_an_entry_that_is_active_twice_is_ended_wherever_it_is(void **state)
{
    (void)state;
    ras_entry *entry = add_entry(1, L"VPN");
    netdisc *nd = wine_open("ras");

    activate(entry);
    activate(entry);

    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 2);
    netdisc_list_free(list);
    assert_status(netdisc_connection_disconnect(nd, "VPN", 0, 0, NULL), NO_ERROR);
    assert_int_equal(connected(), 0);
    assert_int_equal(ras->hang_ups, 2);
    netdisc_close(nd);
}

static void test_a_hang_up_that_never_returns(void **state)
{
    (void)state;
    activate(add_entry(1, L"VPN"));
    ras->hang_up_hangs = true;

    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;
    ULONGLONG begun = GetTickCount64();

    assert_error(netdisc_connection_disconnect(nd, "VPN", 0, 300, &err), err, ERROR_TIMEOUT, NULL);
    assert_true(GetTickCount64() - begun < SOON_MS);
    begun = GetTickCount64();
    netdisc_close(nd);
    assert_true(GetTickCount64() - begun < 4000);
    SetEvent(ras->stuck);
    while (connected() > 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
    assert_int_equal(connected(), 0);
}

/* ---- Connecting ----------------------------------------------------------------------------- */

static void test_dialled_with_what_is_saved_and_waited_for(void **state)
{
    (void)state;
    add_entry(1, L"VPN")->dial_ms = 300;

    netdisc *nd = wine_open("ras");

    assert_status(netdisc_connection_connect(nd, "VPN", 0, 0, NULL), NO_ERROR);
    assert_int_equal(state_of(nd, "VPN"), NETDISC_STATE_CONNECTED);
    assert_int_equal(wcscmp(ras->user, L"somebody"), 0);
    assert_int_equal(wcscmp(ras->password, L"secret"), 0);
    assert_int_equal(ras->hang_ups, 0);

    /* What is up is left alone. */
    assert_status(netdisc_connection_connect(nd, "VPN", 0, 0, NULL), NO_ERROR);
    assert_int_equal(ras->dials, 1);
    netdisc_close(nd);
}

static void test_one_whose_notifier_is_never_called(void **state)
{
    (void)state;
    add_entry(1, L"VPN")->silent = true;

    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;

    assert_status(netdisc_connection_connect(nd, "VPN", 0, 0, NULL), NO_ERROR);
    assert_status(netdisc_connection_disconnect(nd, "VPN", 0, 0, NULL), NO_ERROR);
    ras->entries[0].dial_error = ERROR_NO_ANSWER;
    assert_error(netdisc_connection_connect(nd, "VPN", 0, 0, &err), err, ERROR_SEM_TIMEOUT,
                 "remote access says 678");
    assert_int_equal(connected(), 0);
    netdisc_close(nd);
}

static void test_dialled_without_waiting(void **state)
{
    (void)state;
    add_entry(1, L"VPN")->dial_ms = 200;

    netdisc *nd = wine_open("ras");
    ULONGLONG begun = GetTickCount64();

    assert_status(netdisc_connection_connect(nd, "VPN", NETDISC_NO_WAIT, 0, NULL), NO_ERROR);
    while (state_of(nd, "VPN") != NETDISC_STATE_CONNECTED && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(20);
    assert_int_equal(state_of(nd, "VPN"), NETDISC_STATE_CONNECTED);
    assert_int_equal(ras->hang_ups, 0);
    netdisc_close(nd);
}

static void test_what_fails_when_nobody_waits_is_hung_up(void **state)
{
    (void)state;
    ras_entry *entry = add_entry(1, L"VPN");
    netdisc *nd = wine_open("ras");
    ULONGLONG begun = GetTickCount64();

    entry->dial_ms = 200;
    entry->dial_error = ERROR_NO_ANSWER;
    assert_status(netdisc_connection_connect(nd, "VPN", NETDISC_NO_WAIT, 0, NULL), NO_ERROR);
    netdisc_close(nd);
    while (connected() > 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
    assert_int_equal(connected(), 0);
    assert_int_equal(ras->hang_ups, 1);
}

static void test_one_that_drops_without_a_reason(void **state)
{
    (void)state;
    add_entry(1, L"VPN")->drops = true;

    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_connect(nd, "VPN", 0, 0, &err), err, ERROR_CONNECTION_ABORTED,
                 "remote access says 628");
    assert_int_equal(connected(), 0);
    netdisc_close(nd);
}

/* However it fails, the line is hung up. */
static void test_what_a_failed_dial_says(void **state)
{
    (void)state;
    ras_entry *entry = add_entry(1, L"VPN");
    netdisc *nd = wine_open("ras");

    for (size_t i = 0; i < FAILURES; i++) {
        netdisc_error *err = NULL;

        entry->dial_error = failures[i].code;

        netdisc_status status = netdisc_connection_connect(nd, "VPN", 0, 0, &err);

        check_failure(&failures[i], status, err);
        assert_int_equal(connected(), 0);
        entry->dial_error = 0;
        entry->on_dial = failures[i].code;
        err = NULL;
        status = netdisc_connection_connect(nd, "VPN", 0, 0, &err);
        check_failure(&failures[i], status, err);
        assert_int_equal(connected(), 0);
        entry->on_dial = 0;
    }
    assert_int_equal(ras->hang_ups, 2 * FAILURES);
    entry->on_dial = ERROR_PORT_NOT_AVAILABLE;
    entry->fails_outright = true;
    assert_status(netdisc_connection_connect(nd, "VPN", 0, 0, NULL), ERROR_BUSY);
    assert_int_equal(ras->hang_ups, 2 * FAILURES);
    entry->on_parameters = ERROR_CANNOT_OPEN_PHONEBOOK;
    assert_status(netdisc_connection_connect(nd, "VPN", 0, 0, NULL), ERROR_CANNOT_OPEN_PROFILE);
    netdisc_close(nd);
}

static void test_a_missing_password_is_told(void **state)
{
    (void)state;
    ras_entry *entry = add_entry(1, L"VPN");
    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;

    entry->has_password = false;
    entry->dial_error = ERROR_AUTHENTICATION_FAILURE;
    assert_error(netdisc_connection_connect(nd, "VPN", 0, 0, &err), err, ERROR_LOGON_FAILURE,
                 "no password is saved");
    netdisc_close(nd);
}

static void test_a_dial_that_is_given_up_is_hung_up(void **state)
{
    (void)state;
    add_entry(1, L"VPN")->dial_ms = INFINITE;

    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;
    ULONGLONG begun = GetTickCount64();

    assert_error(netdisc_connection_connect(nd, "VPN", 0, 300, &err), err, ERROR_TIMEOUT, "dialled");
    assert_true(GetTickCount64() - begun < SOON_MS);
    while (connected() > 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
    assert_int_equal(connected(), 0);
    netdisc_close(nd);

    /* A notification that comes after all of that is not wanted any more. */
    assert_int_equal(ras->notifier(ras->callback_id, 1, NULL, 0xCCCD, RASCS_Connected, 0, 0), 0);
}

/* While the thread that dialled waits, what it dialled with is still on its stack. */
static void test_the_password_is_wiped_once_it_is_dialled(void **state)
{
    (void)state;
    add_entry(1, L"VPN")->dial_ms = INFINITE;

    netdisc *nd = wine_open("ras");
    netdisc_op *op = NULL;
    ULONGLONG begun = GetTickCount64();

    assert_status(netdisc_connection_connect_start(nd, "VPN", 0, 0, &op, NULL), NO_ERROR);
    while (connected() == 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
    while (memcmp(ras->parameters->szPassword, L"secret", sizeof L"secret") == 0 &&
           GetTickCount64() - begun < SOON_MS)
        Sleep(10);
    assert_int_not_equal(memcmp(ras->parameters->szPassword, L"secret", sizeof L"secret"), 0);
    netdisc_op_cancel(op);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_one_that_somebody_else_hangs_up_while_it_is_dialled(void **state)
{
    (void)state;
    add_entry(1, L"VPN")->dial_ms = INFINITE;

    netdisc *nd = wine_open("ras");
    netdisc_op *op = NULL;
    ULONGLONG begun = GetTickCount64();

    assert_status(netdisc_connection_connect_start(nd, "VPN", 0, 0, &op, NULL), NO_ERROR);
    while (connected() == 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
    EnterCriticalSection(&ras->lock);
    memset(ras->connections, 0, sizeof *ras->connections);
    LeaveCriticalSection(&ras->lock);
    assert_status(netdisc_op_wait(op, PATIENCE_MS), ERROR_OPERATION_ABORTED);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_a_dial_that_never_returns(void **state)
{
    (void)state;
    add_entry(1, L"VPN");
    ras->dial_hangs = true;

    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;
    ULONGLONG begun = GetTickCount64();

    assert_error(netdisc_connection_connect(nd, "VPN", 0, 300, &err), err, ERROR_TIMEOUT, NULL);
    assert_true(GetTickCount64() - begun < SOON_MS);
    begun = GetTickCount64();
    netdisc_close(nd);
    assert_true(GetTickCount64() - begun < 4000);

    /* What it makes after all is hung up. */
    SetEvent(ras->stuck);
    while (ras->hang_ups == 0 && GetTickCount64() - begun < PATIENCE_MS)
        Sleep(10);
    assert_int_equal(ras->dials, 1);
    assert_int_equal(connected(), 0);
}

/* ---- Watching ------------------------------------------------------------------------------- */

static void test_changes_are_seen(void **state)
{
    (void)state;
    ras_entry *entry = add_entry(1, L"VPN");
    static seen_events seen;
    netdisc *nd = wine_open("ras");
    netdisc_watch *watch = NULL;

    seen.count = 0;
    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see_event, &seen, &watch, NULL), NO_ERROR);
    await_event(nd, &seen, NETDISC_EVENT_READY, NULL);
    assert_status(netdisc_connection_connect(nd, "VPN", 0, 0, NULL), NO_ERROR);

    const seen_event *changed = await_event(nd, &seen, NETDISC_EVENT_CHANGED, "VPN");

    assert_int_equal(changed->old_state, NETDISC_STATE_DISCONNECTED);
    assert_null(event_in(&seen, NETDISC_EVENT_REMOVED, NULL));
    assert_null(event_in(&seen, NETDISC_EVENT_ADDED, NULL));

    /* A further connection of it comes, and goes. */
    ras_connection *further = activate(entry);

    await_event(nd, &seen, NETDISC_EVENT_ADDED, "VPN");
    EnterCriticalSection(&ras->lock);
    memset(further, 0, sizeof *further);
    LeaveCriticalSection(&ras->lock);
    await_event(nd, &seen, NETDISC_EVENT_REMOVED, "VPN");
    add_entry(2, L"new");
    await_event(nd, &seen, NETDISC_EVENT_ADDED, "new");
    EnterCriticalSection(&ras->lock);
    ras->entry_count = 1;
    wcscpy(entry->name, L"renamed");
    LeaveCriticalSection(&ras->lock);
    await_event(nd, &seen, NETDISC_EVENT_REMOVED, "new");
    await_event(nd, &seen, NETDISC_EVENT_CHANGED, "renamed");
    netdisc_watch_stop(watch);
    netdisc_close(nd);
}

static void test_a_change_is_told_by_the_service(void **state)
{
    (void)state;
    add_entry(1, L"VPN");
    static seen_events seen;
    netdisc *nd = wine_open("ras");
    netdisc_watch *watch = NULL;
    ULONGLONG begun;

    seen.count = 0;
    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see_event, &seen, &watch, NULL), NO_ERROR);
    await_event(nd, &seen, NETDISC_EVENT_READY, NULL);
    for (unsigned i = 0; i < 3; i++) {
        seen.count = 0;
        activate(&ras->entries[0]);
        begun = GetTickCount64();
        SetEvent(ras->told);
        await_event(nd, &seen, NETDISC_EVENT_CHANGED, "VPN");
        assert_true(GetTickCount64() - begun < 1000);
        seen.count = 0;
        memset(ras->connections, 0, sizeof *ras->connections);
        begun = GetTickCount64();
        SetEvent(ras->told);
        await_event(nd, &seen, NETDISC_EVENT_CHANGED, "VPN");
        assert_true(GetTickCount64() - begun < 1000);
    }
    netdisc_watch_stop(watch);
    netdisc_close(nd);
}

static void test_a_service_that_goes_and_comes_back(void **state)
{
    (void)state;
    static seen_events seen;
    netdisc *nd = wine_open("ras");
    netdisc_watch *watch = NULL;

    seen.count = 0;
    ras->on_entries = ERROR_CANNOT_OPEN_PHONEBOOK;
    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see_event, &seen, &watch, NULL), NO_ERROR);
    assert_status(await_event(nd, &seen, NETDISC_EVENT_LOST, NULL)->status, ERROR_CANNOT_OPEN_PROFILE);
    ras->on_entries = NO_ERROR;
    await_event(nd, &seen, NETDISC_EVENT_READY, NULL);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
}

/* ---- Threads -------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 20 };

typedef struct worker {
    netdisc *nd;
    HANDLE thread;
    const char *name;
} worker;

static DWORD WINAPI go_round(void *data)
{
    const worker *self = data;
    netdisc_status status = NETDISC_NO_ERROR;

    for (int i = 0; !status && i < ROUNDS; i++) {
        status = netdisc_connection_connect(self->nd, self->name, 0, 0, NULL);
        if (!status)
            status = netdisc_connection_disconnect(self->nd, self->name, 0, 0, NULL);
    }
    return status;
}

static void test_several_threads_at_once(void **state)
{
    (void)state;
    static const WCHAR *const wide[THREADS] = {L"a", L"b", L"c", L"d"};
    static const char *const names[THREADS] = {"a", "b", "c", "d"};
    worker workers[THREADS];
    netdisc *nd = wine_open("ras");

    for (unsigned i = 0; i < THREADS; i++)
        add_entry(i + 1, wide[i])->dial_ms = i;
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.nd = nd, .name = names[i]};
        workers[i].thread = CreateThread(NULL, 0, go_round, &workers[i], 0, NULL);
    }
    for (size_t i = 0; i < THREADS; i++) {
        DWORD status = 0;

        assert_int_equal(WaitForSingleObject(workers[i].thread, PATIENCE_MS), WAIT_OBJECT_0);
        GetExitCodeThread(workers[i].thread, &status);
        assert_string_equal(netdisc_status_name(status), "NO_ERROR");
        CloseHandle(workers[i].thread);
    }
    assert_int_equal(ras->dials, THREADS * ROUNDS);
    assert_int_equal(connected(), 0);
    netdisc_close(nd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_entries_and_what_is_active_are_put_together),
        TEST(test_one_without_a_guid_has_a_uuid_that_stays),
        TEST(test_one_that_is_in_no_phone_book_is_there_while_it_is_active),
        TEST(test_an_entry_that_keeps_to_itself),
        TEST(test_each_state),
        TEST(test_many_connections_and_a_list_that_grows),
        TEST(test_a_list_that_never_fits_is_given_up),
        TEST(test_phone_books_that_cannot_be_read_make_the_list_partial),
        TEST(test_a_service_that_does_not_run),
        TEST(test_hung_up_by_name_and_by_either_form_of_the_guid),
        TEST(test_one_that_is_not_active),
        TEST(test_a_name_that_no_entry_can_have),
        TEST(test_half_a_character_in_a_name),
        TEST(test_a_hang_up_that_takes_its_time),
        TEST(test_a_hang_up_that_never_ends_is_a_timeout),
        TEST(test_one_that_another_program_holds_too),
        TEST(test_what_a_failed_hang_up_says),
        TEST(test_no_number_of_remote_access_is_taken_for_a_system_code),
        TEST(test_one_that_ends_by_itself_meanwhile),
        TEST(test_two_of_the_same_name),
        TEST(test_two_of_the_same_guid),
        TEST(test_an_entry_that_is_active_twice_is_ended_wherever_it_is),
        TEST(test_a_hang_up_that_never_returns),
        TEST(test_dialled_with_what_is_saved_and_waited_for),
        TEST(test_one_whose_notifier_is_never_called),
        TEST(test_dialled_without_waiting),
        TEST(test_what_fails_when_nobody_waits_is_hung_up),
        TEST(test_one_that_drops_without_a_reason),
        TEST(test_what_a_failed_dial_says),
        TEST(test_a_missing_password_is_told),
        TEST(test_a_dial_that_is_given_up_is_hung_up),
        TEST(test_the_password_is_wiped_once_it_is_dialled),
        TEST(test_one_that_somebody_else_hangs_up_while_it_is_dialled),
        TEST(test_a_dial_that_never_returns),
        TEST(test_changes_are_seen),
        TEST(test_a_change_is_told_by_the_service),
        TEST(test_a_service_that_goes_and_comes_back),
        TEST(test_several_threads_at_once),
    };

    return cmocka_run_group_tests_name("ras", tests, NULL, NULL);
}
