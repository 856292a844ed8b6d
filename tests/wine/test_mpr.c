/* SPDX-License-Identifier: MIT */
/* Shares, by Wine's own mpr and a network provider of ours. */
#include "network_provider.h"
#include "wine.h"

#include <wincred.h>

#define DOCS  "\\\\server\\docs"
#define MUSIC "\\\\server\\music"
#define OTHER "\\\\other\\docs"

#define ORDER   "SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order"
#define SERVICE "SYSTEM\\CurrentControlSet\\Services\\NetdiscTest\\NetworkProvider"

#define CODES(...) ((const DWORD[]){__VA_ARGS__, 0})

enum {
    SOON_MS = 300,
    BUSY_MS = 1400,
    PROMPT_MS = 900,
    WAIT_MS = 10000,
    CLOSE_MS = 3000,
    LATE_MS = 3000
};

static network_provider *np;
static netdisc *nd;

/* ---- The world ------------------------------------------------------------------------------ */

static void write_value(HKEY root, const char *key, const char *name, DWORD type, const void *value,
                        size_t size)
{
    HKEY opened;

    assert_int_equal(RegCreateKeyExA(root, key, 0, NULL, 0, KEY_WRITE, NULL, &opened, NULL), 0);
    assert_int_equal(RegSetValueExA(opened, name, 0, type, value, (DWORD)size), 0);
    RegCloseKey(opened);
}

static void write_text(HKEY root, const char *key, const char *name, const char *value)
{
    write_value(root, key, name, REG_SZ, value, strlen(value) + 1);
}

/* Before mpr is loaded: it reads this once. */
static int register_provider(void **state)
{
    HMODULE dll = LoadLibraryA(NETWORK_PROVIDER_DLL);
    FARPROC found = dll ? GetProcAddress(dll, "network_provider_state") : NULL;

    (void)state;
    assert_non_null(found);
    memcpy(&np, &found, sizeof np);
    write_text(HKEY_LOCAL_MACHINE, ORDER, "ProviderOrder", "NetdiscTest");
    write_text(HKEY_LOCAL_MACHINE, SERVICE, "Name", "Test Network");
    write_text(HKEY_LOCAL_MACHINE, SERVICE, "ProviderPath", NETWORK_PROVIDER_DLL);
    return 0;
}

static void lock(void)
{
    EnterCriticalSection(&np->lock);
}

static void unlock(void)
{
    LeaveCriticalSection(&np->lock);
}

static void put_wide(const WCHAR *local, const WCHAR *remote, DWORD type)
{
    lock();

    np_mapping *mapping = &np->mappings[np->count++];

    lstrcpynW(mapping->local, local, NP_NAME);
    lstrcpynW(mapping->remote, remote, NP_NAME);
    mapping->type = type;
    unlock();
}

static void put(const char *local, const char *remote)
{
    WCHAR wide_local[NP_NAME];
    WCHAR wide_remote[NP_NAME];

    MultiByteToWideChar(CP_UTF8, 0, local, -1, wide_local, NP_NAME);
    MultiByteToWideChar(CP_UTF8, 0, remote, -1, wide_remote, NP_NAME);
    put_wide(wide_local, wide_remote, RESOURCETYPE_DISK);
}

static void drop_all(void)
{
    lock();
    np->count = 0;
    unlock();
}

static size_t mapping_count(void)
{
    lock();

    size_t count = np->count;

    unlock();
    return count;
}

/* As Windows keeps it. */
static void remember(char letter, const char *remote)
{
    static const DWORD disk = RESOURCETYPE_DISK;
    static const DWORD network = 0x00470000;
    char key[] = "Network\\?";

    key[sizeof key - 2] = letter;
    write_text(HKEY_CURRENT_USER, key, "RemotePath", remote);
    write_text(HKEY_CURRENT_USER, key, "ProviderName", "Test Network");
    write_text(HKEY_CURRENT_USER, key, "UserName", "");
    write_value(HKEY_CURRENT_USER, key, "ProviderType", REG_DWORD, &network, sizeof network);
    write_value(HKEY_CURRENT_USER, key, "ConnectionType", REG_DWORD, &disk, sizeof disk);
}

static void forget(char letter)
{
    char key[] = "Network\\?";

    key[sizeof key - 2] = letter;
    RegDeleteKeyA(HKEY_CURRENT_USER, key);
}

static bool is_remembered(char letter)
{
    char key[] = "Network\\?";
    HKEY opened;

    key[sizeof key - 2] = letter;
    if (RegOpenKeyExA(HKEY_CURRENT_USER, key, 0, KEY_READ, &opened))
        return false;
    RegCloseKey(opened);
    return true;
}

static int begin(void **state)
{
    (void)state;
    lock();

    CRITICAL_SECTION kept = np->lock;

    memset(np, 0, sizeof *np);
    np->lock = kept;
    unlock();
    for (char letter = 'D'; letter < 'Z'; letter++)
        forget(letter);
    /* As it is for a user who never had anything remembered. */
    RegDeleteKeyA(HKEY_CURRENT_USER, "Network");
    CredDeleteW(L"server", CRED_TYPE_DOMAIN_PASSWORD, 0);
    nd = wine_open("mpr");
    return 0;
}

static int end(void **state)
{
    (void)state;
    netdisc_close(nd);
    assert_int_equal(np->enumerations, 0);
    return 0;
}

static HANDLE new_event(void)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    assert_non_null(event);
    return event;
}

static void wait_for(HANDLE event)
{
    assert_int_equal(WaitForSingleObject(event, WAIT_MS), WAIT_OBJECT_0);
}

/* ---- Asking --------------------------------------------------------------------------------- */

static netdisc_list *list_shares(size_t failures)
{
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_list(nd, 0, 0, &items, &err);

    if (status)
        print_error("%s\n", err->message);
    assert_int_equal(status, NETDISC_NO_ERROR);
    assert_int_equal(netdisc_list_failure_count(items), failures);
    return items;
}

static const netdisc_share *find(const netdisc_list *items, const char *local, const char *remote)
{
    for (size_t i = 0; i < netdisc_list_count(items); i++) {
        const netdisc_share *share = netdisc_list_share(items, i);

        if (strcmp(share->remote, remote) == 0 && strcmp(share->local ? share->local : "", local) == 0)
            return share;
    }
    return NULL;
}

static void expect_listed(const char *local, const char *remote, netdisc_state expected,
                          netdisc_tristate remembered)
{
    netdisc_list *items = list_shares(0);
    const netdisc_share *share = find(items, local, remote);

    assert_non_null(share);
    assert_int_equal(share->state, expected);
    assert_int_equal(share->remembered, remembered);
    netdisc_list_free(items);
}

static void expect_count(size_t count)
{
    netdisc_list *items = list_shares(0);

    assert_int_equal(netdisc_list_count(items), count);
    netdisc_list_free(items);
}

#define cancel(name, flags, expected, text)                                                             \
    check_cancel(name, flags, NETDISC_ERROR_##expected, text, __FILE__, __LINE__)

static void check_cancel(const char *name, uint32_t flags, netdisc_status expected, const char *text,
                         const char *file, int line)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_cancel(nd, name, flags, WAIT_MS, &err);

    check_error(status, err, expected, text, file, line);
}

static void expect_cancelled(const char *name, uint32_t flags)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_cancel(nd, name, flags, WAIT_MS, &err);

    if (status)
        print_error("%s: %s\n", name, err->message);
    netdisc_error_free(err);
    assert_int_equal(status, NETDISC_NO_ERROR);
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static void test_what_is_connected_is_listed(void **state)
{
    (void)state;
    put("q:", DOCS);
    put("", MUSIC);

    netdisc_list *items = list_shares(0);
    const netdisc_share *docs = find(items, "Q:", DOCS);
    const netdisc_share *music = find(items, "", MUSIC);

    assert_int_equal(netdisc_list_count(items), 2);
    assert_non_null(docs);
    assert_string_equal(docs->path, "Q:\\");
    assert_string_equal(docs->provider, "mpr");
    assert_int_equal(docs->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(docs->remembered, NETDISC_NO);
    assert_non_null(music);
    assert_null(music->local);
    assert_string_equal(music->path, MUSIC);
    netdisc_list_free(items);
}

static void test_what_is_only_remembered_is_listed(void **state)
{
    (void)state;
    remember('R', OTHER);
    expect_listed("R:", OTHER, NETDISC_STATE_REMEMBERED, NETDISC_YES);
    expect_count(1);
}

static void test_connected_and_remembered_is_one_item(void **state)
{
    (void)state;
    put("r:", OTHER);
    remember('R', "\\\\OTHER\\Docs");
    expect_count(1);
    expect_listed("R:", OTHER, NETDISC_STATE_CONNECTED, NETDISC_YES);
}

static void test_a_letter_remembered_for_another_share_is_two_items(void **state)
{
    (void)state;
    put("R:", DOCS);
    remember('R', OTHER);
    expect_count(2);
    expect_listed("R:", DOCS, NETDISC_STATE_CONNECTED, NETDISC_NO);
    expect_listed("R:", OTHER, NETDISC_STATE_REMEMBERED, NETDISC_YES);
}

static void test_printers_are_no_shares(void **state)
{
    (void)state;
    put_wide(L"LPT1", L"\\\\server\\printer", RESOURCETYPE_PRINT);
    put_wide(L"", L"\\\\server\\unknown", RESOURCETYPE_ANY);
    expect_count(1);
    expect_listed("", "\\\\server\\unknown", NETDISC_STATE_CONNECTED, NETDISC_NO);
}

static void test_whatever_windows_gives_is_listed(void **state)
{
    (void)state;
    put("Q:", "\\\\server\\share\\directory");
    put("", "\\\\server@SSL\\dav");
    put("S:\\", "\\\\server\\slash\\");
    put("", "no name at all");
    put_wide(L"", L"\\\\server\\half\xd800", RESOURCETYPE_DISK);
    expect_count(5);
    expect_listed("Q:", "\\\\server\\share\\directory", NETDISC_STATE_CONNECTED, NETDISC_NO);
    expect_listed("", "\\\\server@SSL\\dav", NETDISC_STATE_CONNECTED, NETDISC_NO);
    expect_listed("S:", "\\\\server\\slash", NETDISC_STATE_CONNECTED, NETDISC_NO);
    expect_listed("", "no name at all", NETDISC_STATE_CONNECTED, NETDISC_NO);
    expect_listed("", "\\\\server\\half\xef\xbf\xbd", NETDISC_STATE_CONNECTED, NETDISC_NO);
}

static void test_a_list_in_many_pieces(void **state)
{
    (void)state;
    for (int i = 0; i < NP_MAPPINGS; i++) {
        char remote[NP_NAME];

        snprintf(remote, sizeof remote, "\\\\server\\share%d\\%0400d", i, i);
        put("", remote);
    }
    expect_count(NP_MAPPINGS);
    np->at_once = 1;
    expect_count(NP_MAPPINGS);
    np->least_room = 100 * 1024;
    expect_count(NP_MAPPINGS);
}

static void test_a_buffer_that_is_never_large_enough(void **state)
{
    (void)state;
    put("Q:", DOCS);
    remember('R', OTHER);
    np->least_room = 1u << 30;

    netdisc_list *items = list_shares(1);

    assert_int_equal(netdisc_list_count(items), 1);
    assert_status(netdisc_list_failure(items, 0)->status, ERROR_MORE_DATA);
    netdisc_list_free(items);
}

static void test_a_list_that_breaks_off_is_partial(void **state)
{
    (void)state;
    put("Q:", DOCS);
    put("", DOCS);
    np->at_once = 1;
    np->stuck_at = 1;
    np->least_room = 1u << 30;

    netdisc_list *items = list_shares(1);
    const netdisc_error *failure = netdisc_list_failure(items, 0);

    assert_int_equal(netdisc_list_count(items), 1);
    assert_string_equal(netdisc_list_share(items, 0)->local, "Q:");
    assert_status(failure->status, ERROR_MORE_DATA);
    assert_string_equal(failure->native_domain, "win32");
    netdisc_list_free(items);

    /* A letter that was seen is known; of anything else there may be more. */
    cancel(DOCS, NETDISC_ALL, MORE_DATA, "cannot be listed to their end");
    cancel(OTHER, NETDISC_IF_CONNECTED, MORE_DATA, NULL);
    cancel("S:", NETDISC_IF_CONNECTED, MORE_DATA, NULL);
    assert_int_equal(np->cancelled.calls, 0);
    np->cancel.lies = true;
    cancel("Q:", 0, BUSY, "Q: is still connected");
    assert_int_equal(np->cancelled.calls, 1);
}

/* ---- Ending --------------------------------------------------------------------------------- */

static void test_every_code_of_an_end_comes_through(void **state)
{
    (void)state;
    const DWORD *codes =
        CODES(ERROR_BAD_PROFILE, ERROR_CANNOT_OPEN_PROFILE, ERROR_DEVICE_IN_USE, ERROR_EXTENDED_ERROR,
              ERROR_NOT_CONNECTED, ERROR_OPEN_FILES, ERROR_ACTIVE_CONNECTIONS, ERROR_ACCESS_DENIED,
              ERROR_INVALID_NAME, ERROR_BAD_DEVICE, ERROR_BAD_NETPATH, ERROR_NOT_SUPPORTED,
              ERROR_NO_NETWORK, 4711);

    put("Q:", DOCS);
    for (; *codes; codes++) {
        netdisc_error *err = NULL;

        np->cancel.code = *codes;
        assert_int_equal(netdisc_share_cancel(nd, "Q:", 0, 0, &err), *codes);
        assert_non_null(strstr(err->message, "Q: was not disconnected: "));
        assert_int_equal(err->status, *codes);
        assert_string_equal(err->native_domain, "win32");
        assert_int_equal(err->native_code, *codes);
        assert_string_equal(err->provider, "mpr");
        netdisc_error_free(err);
    }
    assert_int_equal(mapping_count(), 1);
}

static void test_open_files_keep_it_unless_forced(void **state)
{
    (void)state;
    put("Q:", DOCS);
    np->in_use = ERROR_OPEN_FILES;
    cancel("Q:", 0, OPEN_FILES, "Q:");
    assert_false(np->cancelled.force);
    cancel("Q:", NETDISC_NO_FORCE, INVALID_PARAMETER, NULL);
    expect_cancelled("Q:", NETDISC_FORCE);
    assert_true(np->cancelled.force);
    expect_count(0);
}

static void test_a_busy_provider_is_asked_again(void **state)
{
    (void)state;
    netdisc_op *op = NULL;

    put("Q:", DOCS);
    np->cancel.busy = 2;
    assert_status(netdisc_share_cancel_start(nd, "Q:", 0, WAIT_MS, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    assert_null(netdisc_op_note(op));
    assert_int_equal(np->cancelled.calls, 3);
    netdisc_op_free(op);
}

static void test_a_provider_that_stays_busy(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    put("Q:", DOCS);
    np->cancel.busy = UINT_MAX;
    /* Less and less often, and no more once nobody waits: a pause ends then. */
    assert_error(netdisc_share_cancel(nd, "Q:", 0, BUSY_MS, &err), err, ERROR_TIMEOUT, "was busy");
    assert_in_range(np->cancelled.calls, 2, 8);

    ULONGLONG start = GetTickCount64();

    netdisc_close(nd);
    assert_in_range(GetTickCount64() - start, 0, PROMPT_MS);

    unsigned calls = np->cancelled.calls;

    nd = wine_open("mpr");
    expect_count(1);
    assert_int_equal(np->cancelled.calls, calls);
}

static void test_success_is_not_believed(void **state)
{
    (void)state;
    put("Q:", DOCS);
    put("", DOCS);
    np->cancel.lies = true;
    cancel("Q:", 0, BUSY, "the provider mpr reported success, but Q: is still connected");
    cancel(DOCS, 0, BUSY, "reported success, but " DOCS " is still connected");
    expect_cancelled("Q:", NETDISC_NO_WAIT);
}

static void test_a_provider_that_never_returns(void **state)
{
    (void)state;
    netdisc_error *err = NULL;
    HANDLE passed = new_event();
    ULONGLONG start = GetTickCount64();

    put("Q:", DOCS);
    np->cancel.gate = new_event();
    np->cancel.passed = passed;
    assert_error(netdisc_share_cancel(nd, "Q:", 0, SOON_MS, &err), err, ERROR_TIMEOUT, "mpr");
    assert_in_range(GetTickCount64() - start, SOON_MS - 20, SOON_MS + LATE_MS);

    /* Others are not kept waiting by it. */
    expect_count(1);
    start = GetTickCount64();
    netdisc_close(nd);
    assert_in_range(GetTickCount64() - start, 0, CLOSE_MS);
    nd = wine_open("mpr");

    /* What it does late is its own affair. */
    SetEvent(np->cancel.gate);
    wait_for(passed);
    expect_count(0);
}

/* What has not begun when its caller gives up does not begin. */
static void test_nothing_more_is_ended_after_the_deadline(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    put("Q:", DOCS);
    put("R:", DOCS);
    np->cancel.gate = new_event();
    assert_error(netdisc_share_cancel(nd, DOCS, NETDISC_ALL, SOON_MS, &err), err, ERROR_TIMEOUT, "mpr");
    SetEvent(np->cancel.gate);
    /* This waits for its thread. */
    netdisc_close(nd);
    nd = wine_open("mpr");
    assert_int_equal(np->cancelled.calls, 1);
    expect_listed("R:", DOCS, NETDISC_STATE_CONNECTED, NETDISC_NO);
}

static void test_a_list_that_never_comes(void **state)
{
    (void)state;
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;
    const netdisc_share_spec spec = {.size = sizeof spec, .remote = DOCS};

    put("Q:", DOCS);
    np->list_gate = new_event();
    assert_error(netdisc_share_list(nd, 0, SOON_MS, &items, &err), err, ERROR_TIMEOUT, "mpr");
    assert_error(netdisc_share_cancel(nd, "Q:", 0, SOON_MS, &err), err, ERROR_TIMEOUT, "mpr");
    assert_error(netdisc_share_add(nd, &spec, 0, SOON_MS, &err), err, ERROR_TIMEOUT, "mpr");
    SetEvent(np->list_gate);
    netdisc_close(nd);
    nd = wine_open("mpr");
    assert_int_equal(np->cancelled.calls, 0);
    assert_int_equal(np->added.calls, 0);
    expect_count(1);
}

static void test_a_name_ends_what_it_names(void **state)
{
    (void)state;
    put("Q:", DOCS);
    put("R:", DOCS);
    put("", DOCS);
    expect_cancelled("q:\\", 0);
    assert_int_equal(lstrcmpW(np->cancelled.local, L"Q:"), 0);
    assert_int_equal(mapping_count(), 2);
    expect_cancelled("//SERVER/Docs", 0);
    assert_int_equal(lstrcmpW(np->cancelled.local, L"\\\\server\\docs"), 0);
    cancel(DOCS, 0, NOT_CONNECTED, "connected only as R:");
    assert_int_equal(np->cancelled.calls, 2);
    expect_cancelled(DOCS, NETDISC_ALL);
    cancel("R:", 0, NOT_CONNECTED, "\"R:\" is not connected");
    expect_cancelled("R:", NETDISC_IF_CONNECTED);
    assert_int_equal(np->cancelled.calls, 3);
    expect_count(0);
}

static void test_all_of_a_server(void **state)
{
    (void)state;
    put("Q:", "\\\\server\\share\\directory");
    put("", "\\\\SERVER@SSL\\dav");
    put("R:", DOCS);
    put("", DOCS);
    put("S:", OTHER);
    put("T:", "\\\\server2\\docs");
    put("", "no name at all");
    expect_cancelled("\\\\server", NETDISC_ALL);
    expect_count(3);
    expect_listed("S:", OTHER, NETDISC_STATE_CONNECTED, NETDISC_NO);
    expect_listed("T:", "\\\\server2\\docs", NETDISC_STATE_CONNECTED, NETDISC_NO);
}

static void test_all_of_them_up_to_the_first_that_fails(void **state)
{
    (void)state;
    put("Q:", DOCS);
    put("R:", DOCS);
    put("S:", DOCS);
    np->cancel.code = ERROR_OPEN_FILES;
    lstrcpyW(np->cancel.only, L"R:");
    cancel(DOCS, NETDISC_ALL, OPEN_FILES, "R: was not disconnected (1 of 3 were, before it)");
    assert_int_equal(np->cancelled.calls, 2);
    expect_count(2);

    /* One that is gone before its turn stops nobody. */
    np->cancel.code = ERROR_NOT_CONNECTED;
    np->cancel.lies = false;
    cancel(DOCS, NETDISC_ALL, BUSY, "R: is still connected");
    assert_int_equal(np->cancelled.calls, 4);
    expect_count(1);
}

static void test_what_is_remembered_is_forgotten_when_that_is_asked(void **state)
{
    (void)state;
    put("R:", DOCS);
    remember('R', DOCS);
    expect_cancelled("R:", 0);
    assert_true(is_remembered('R'));
    cancel("R:", 0, NOT_CONNECTED, "only remembered");
    cancel(DOCS, NETDISC_UPDATE_PROFILE, NOT_CONNECTED, "only remembered");
    assert_true(is_remembered('R'));

    put("R:", DOCS);
    expect_cancelled("R:", NETDISC_UPDATE_PROFILE);
    assert_false(is_remembered('R'));
    expect_count(0);
}

static void test_what_could_not_be_forgotten_may_be_disconnected(void **state)
{
    (void)state;
    const DWORD *codes = CODES(ERROR_BAD_PROFILE, ERROR_CANNOT_OPEN_PROFILE);

    for (; *codes; codes++) {
        netdisc_error *err = NULL;

        put("R:", DOCS);
        np->cancel.code = *codes;
        np->cancel.does_it = true;
        assert_int_equal(netdisc_share_cancel(nd, "R:", NETDISC_UPDATE_PROFILE, 0, &err), *codes);
        assert_non_null(strstr(err->message, "R: was disconnected, but not forgotten"));
        netdisc_error_free(err);
        assert_int_equal(mapping_count(), 0);

        put("R:", DOCS);
        np->cancel.does_it = false;
        assert_int_equal(netdisc_share_cancel(nd, "R:", NETDISC_UPDATE_PROFILE, 0, &err), *codes);
        assert_non_null(strstr(err->message, "R: was not disconnected"));
        netdisc_error_free(err);
        drop_all();
    }
}

/* Wine's mpr does not see that the key cannot be deleted, as it has another below it. */
static void test_what_is_still_remembered_is_told(void **state)
{
    (void)state;
    put("R:", DOCS);
    remember('R', "\\\\SERVER\\Docs");
    write_text(HKEY_CURRENT_USER, "Network\\R\\below", "", "");
    cancel("R:", NETDISC_UPDATE_PROFILE, BUSY, "reported success, but R: is still remembered");
    RegDeleteKeyA(HKEY_CURRENT_USER, "Network\\R\\below");
}

static void test_what_is_only_remembered_is_forgotten(void **state)
{
    (void)state;
    remember('R', OTHER);
    /* Wine's mpr forgets nothing that is not connected. */
    cancel("R:", NETDISC_UPDATE_PROFILE, NOT_CONNECTED, "R: was not forgotten");
    assert_true(is_remembered('R'));
    np->forgets = true;
    expect_cancelled("R:", NETDISC_UPDATE_PROFILE);
    assert_false(is_remembered('R'));
    expect_count(0);
}

static void test_a_letter_is_forgotten_for_another_share_too(void **state)
{
    (void)state;
    put("R:", DOCS);
    remember('R', OTHER);
    expect_cancelled("R:", NETDISC_UPDATE_PROFILE);
    expect_count(0);
}

static void test_the_provider_can_be_used(void **state)
{
    (void)state;
    netdisc_list *backends = NULL;

    assert_status(netdisc_backends(nd, 0, 0, &backends, NULL), NO_ERROR);
    assert_status(netdisc_list_backend(backends, 0)->status, NO_ERROR);
    netdisc_list_free(backends);
}

static void test_a_malformed_name_cannot_be_given_back(void **state)
{
    (void)state;
    put_wide(L"", L"\\\\server\\half\xd800", RESOURCETYPE_DISK);
    put("", DOCS);
    cancel("\\\\server\\half\xef\xbf\xbd", 0, INVALID_NAME, "malformed");
    cancel("\\\\server", NETDISC_ALL, INVALID_NAME, "malformed");
    assert_int_equal(np->cancelled.calls, 0);

    /* With a letter there is no need of it. */
    put_wide(L"Q:", L"\\\\server\\half\xd800", RESOURCETYPE_DISK);
    expect_cancelled("Q:", 0);
}

static void test_names_of_every_form(void **state)
{
    (void)state;
    static const char *const same[] = {"\\\\server\\docs", "\\\\SERVER\\DOCS\\", "//server/docs",
                                       "smb://server/docs", "smb://Server:445/%64ocs"};

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        put("", DOCS);
        expect_cancelled(same[i], 0);
    }
    put("", DOCS);
    np->cancelled.calls = 0;
    cancel("smb://server:4450/docs", 0, NOT_CONNECTED, NULL);
    cancel("", 0, BAD_DEVICE, NULL);
    cancel("QQ:", 0, BAD_DEVICE, NULL);
    cancel("\\\\server", 0, BAD_NET_NAME, NULL);
    cancel("\\\\server\\a\xed\xa0\x80", 0, BAD_NET_NAME, NULL);
    assert_int_equal(np->cancelled.calls, 0);
    put("", "\\\\fe80--1s4.ipv6-literal.net\\docs");
    expect_cancelled("smb://[FE80:0::1%254]/docs", 0);
}

/* ---- Asking before it is forced ------------------------------------------------------------- */

typedef struct asked {
    netdisc_answer answer;
    unsigned questions;
    unsigned told;
} asked;

static netdisc_answer answer(void *data, netdisc_op *op, const netdisc_question *question)
{
    asked *it = data;

    (void)op;
    assert_string_equal(question->name, "Q:");
    it->questions += question->kind == NETDISC_QUESTION_FORCE;
    it->told += question->kind == NETDISC_QUESTION_TOLD;
    return it->answer;
}

static netdisc_status disconnect(asked *it, netdisc_error **err)
{
    const netdisc_disconnect what = {
        .size = sizeof what, .local = "Q:", .prompt = it ? answer : NULL, .prompt_data = it};

    return netdisc_share_disconnect(nd, &what, 0, WAIT_MS, err);
}

static void test_who_is_asked_decides(void **state)
{
    (void)state;
    asked no = {.answer = NETDISC_ANSWER_NO};
    asked yes = {.answer = NETDISC_ANSWER_YES};
    netdisc_error *err = NULL;

    put("Q:", DOCS);
    np->in_use = ERROR_OPEN_FILES;
    assert_error(disconnect(NULL, &err), err, ERROR_OPEN_FILES, "Q:");
    assert_error(disconnect(&no, &err), err, ERROR_CANCELLED, NULL);
    assert_int_equal(no.questions, 1);
    assert_int_equal(mapping_count(), 1);
    assert_status(disconnect(&yes, NULL), NO_ERROR);
    assert_int_equal(yes.questions, 1);
    assert_int_equal(mapping_count(), 0);
}

static void test_any_other_failure_is_told(void **state)
{
    (void)state;
    asked it = {.answer = NETDISC_ANSWER_NO};
    netdisc_error *err = NULL;

    put("Q:", DOCS);
    np->cancel.code = ERROR_ACCESS_DENIED;
    assert_error(disconnect(&it, &err), err, ERROR_ACCESS_DENIED, "Q:");
    assert_int_equal(it.told, 1);
    assert_int_equal(it.questions, 0);
}

/* ---- Connecting ----------------------------------------------------------------------------- */

static const netdisc_share_spec docs_at_q = {
    .size = sizeof docs_at_q, .local = "q:", .remote = "//Server/docs"};

#define add(spec, flags, expected, text)                                                                \
    check_add(spec, flags, NETDISC_ERROR_##expected, text, __FILE__, __LINE__)

static void check_add(const netdisc_share_spec *spec, uint32_t flags, netdisc_status expected,
                      const char *text, const char *file, int line)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_add(nd, spec, flags, WAIT_MS, &err);

    check_error(status, err, expected, text, file, line);
}

static netdisc_op *expect_added(const netdisc_share_spec *spec, uint32_t flags)
{
    netdisc_op *op = NULL;

    assert_status(netdisc_share_add_start(nd, spec, flags, WAIT_MS, &op, NULL), NO_ERROR);

    netdisc_status status = netdisc_op_wait(op, -1);

    if (status)
        print_error("%s\n", netdisc_op_error(op)->message);
    assert_int_equal(status, NETDISC_NO_ERROR);
    return op;
}

static void test_a_share_is_connected_to_a_letter(void **state)
{
    (void)state;
    netdisc_op *op = expect_added(&docs_at_q, 0);
    netdisc_list *made = NULL;

    assert_status(netdisc_op_list(op, &made), NO_ERROR);
    assert_int_equal(netdisc_list_count(made), 1);

    const netdisc_share *share = netdisc_list_share(made, 0);

    assert_string_equal(share->local, "Q:");
    assert_string_equal(share->remote, DOCS);
    assert_string_equal(share->path, "Q:\\");
    assert_int_equal(share->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(share->remembered, NETDISC_NO);
    netdisc_list_free(made);
    netdisc_op_free(op);

    assert_int_equal(lstrcmpW(np->added.local, L"Q:"), 0);
    assert_int_equal(lstrcmpW(np->added.remote, L"\\\\server\\docs"), 0);
    assert_int_equal(np->added.type, RESOURCETYPE_DISK);
    assert_int_equal(np->added.flags, CONNECT_TEMPORARY);
    assert_false(np->added.has_user);
    assert_false(np->added.has_password);
    assert_false(is_remembered('Q'));
    expect_listed("Q:", DOCS, NETDISC_STATE_CONNECTED, NETDISC_NO);
}

static void test_a_share_is_connected_and_remembered(void **state)
{
    (void)state;
    netdisc_op_free(expect_added(&docs_at_q, NETDISC_UPDATE_PROFILE));
    assert_int_equal(np->added.flags, CONNECT_UPDATE_PROFILE);
    assert_true(is_remembered('Q'));
    expect_listed("Q:", DOCS, NETDISC_STATE_CONNECTED, NETDISC_YES);
}

static void test_a_share_without_a_letter(void **state)
{
    (void)state;
    const netdisc_share_spec spec = {.size = sizeof spec, .remote = DOCS};

    netdisc_op_free(expect_added(&spec, NETDISC_UPDATE_PROFILE));
    assert_int_equal(lstrlenW(np->added.local), 0);
    assert_int_equal(np->added.type, RESOURCETYPE_ANY);
    assert_int_equal(np->added.flags, CONNECT_TEMPORARY);
    expect_listed("", DOCS, NETDISC_STATE_CONNECTED, NETDISC_NO);

    /* Connected already, it is left alone; also for an add that names its user. */
    netdisc_op *op = expect_added(&spec, 0);
    netdisc_list *made = NULL;

    assert_status(netdisc_op_list(op, &made), NO_ERROR);
    assert_int_equal(netdisc_list_count(made), 1);

    char user[256];
    netdisc_share_spec as_user = spec;

    snprintf(user, sizeof user, "%s", netdisc_list_share(made, 0)->user);
    as_user.user = user;
    netdisc_list_free(made);
    netdisc_op_free(op);
    netdisc_op_free(expect_added(&as_user, 0));
    assert_int_equal(np->added.calls, 1);
    expect_count(1);
}

static void expect_credentials(const WCHAR *user, const WCHAR *password)
{
    assert_int_equal(np->added.has_user, user != NULL);
    assert_int_equal(np->added.has_password, password != NULL);
    assert_int_equal(lstrcmpW(np->added.user, user ? user : L""), 0);
    assert_int_equal(lstrcmpW(np->added.password, password ? password : L""), 0);
    drop_all();
}

static void test_the_provider_gets_the_credentials(void **state)
{
    (void)state;
    netdisc_share_spec spec = docs_at_q;

    spec.user = "b\xc3\xb6"
                "b";
    netdisc_op_free(expect_added(&spec, 0));
    expect_credentials(L"b\xf6"
                       L"b",
                       NULL);
    spec.domain = "DOMAIN";
    spec.password = "s3cr\xc3\xa9t";
    spec.auth = NETDISC_AUTH_PASSWORD;
    netdisc_op_free(expect_added(&spec, 0));
    expect_credentials(L"DOMAIN\\b\xf6"
                       L"b",
                       L"s3cr\xe9t");
    spec.password = "";
    netdisc_op_free(expect_added(&spec, 0));
    expect_credentials(L"DOMAIN\\b\xf6"
                       L"b",
                       L"");
    spec.auth = NETDISC_AUTH_GUEST;
    netdisc_op_free(expect_added(&spec, 0));
    expect_credentials(L"Guest", L"");
}

static void test_what_windows_cannot_be_asked_for(void **state)
{
    (void)state;
    netdisc_share_spec kerberos = docs_at_q;
    netdisc_share_spec port = docs_at_q;

    kerberos.auth = NETDISC_AUTH_KERBEROS;
    add(&kerberos, 0, NOT_SUPPORTED, "Kerberos");
    port.remote = "smb://server:4450/docs";
    add(&port, 0, NOT_SUPPORTED, "4450");
    assert_int_equal(np->added.calls, 0);
}

static void test_every_code_of_an_add_comes_through(void **state)
{
    (void)state;
    const DWORD *codes =
        CODES(ERROR_ALREADY_ASSIGNED, ERROR_SESSION_CREDENTIAL_CONFLICT, ERROR_LOGON_FAILURE,
              ERROR_INVALID_PASSWORD, ERROR_ACCESS_DENIED, ERROR_BAD_NET_NAME, ERROR_BAD_NETPATH,
              ERROR_DEVICE_ALREADY_REMEMBERED, ERROR_BAD_PROFILE, ERROR_CANNOT_OPEN_PROFILE,
              ERROR_NO_NETWORK, ERROR_EXTENDED_ERROR, ERROR_NOT_SUPPORTED, 4711);

    for (; *codes; codes++) {
        netdisc_error *err = NULL;

        np->add.code = *codes;
        assert_int_equal(netdisc_share_add(nd, &docs_at_q, 0, WAIT_MS, &err), *codes);
        assert_non_null(strstr(err->message, DOCS " was not connected"));
        assert_int_equal(err->native_code, *codes);
        netdisc_error_free(err);
    }
    expect_count(0);
}

static void test_other_credentials_for_a_server(void **state)
{
    (void)state;
    put("R:", MUSIC);
    put("S:", OTHER);
    np->add.code = ERROR_SESSION_CREDENTIAL_CONFLICT;

    netdisc_error *err = NULL;

    assert_status(netdisc_share_add(nd, &docs_at_q, 0, WAIT_MS, &err),
                  ERROR_SESSION_CREDENTIAL_CONFLICT);
    assert_non_null(strstr(err->message, "is connected already, by R:"));
    assert_null(strstr(err->message, "S:"));
    netdisc_error_free(err);
}

static void test_an_add_is_not_believed_either(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    np->add.lies = true;
    assert_error(netdisc_share_add(nd, &docs_at_q, 0, 0, &err), err, ERROR_NOT_CONNECTED,
                 "reported success, but Q: is not connected");
    expect_count(0);
}

static void test_a_letter_that_is_taken(void **state)
{
    (void)state;
    put("Q:", OTHER);
    add(&docs_at_q, 0, ALREADY_ASSIGNED, OTHER);
    drop_all();
    remember('Q', OTHER);
    add(&docs_at_q, NETDISC_UPDATE_PROFILE, DEVICE_ALREADY_REMEMBERED, OTHER);
    assert_int_equal(np->added.calls, 0);
}

static void test_a_busy_provider_is_asked_to_connect_again(void **state)
{
    (void)state;
    np->add.busy = 2;
    netdisc_op_free(expect_added(&docs_at_q, 0));
    assert_int_equal(np->added.calls, 3);
    assert_int_equal(mapping_count(), 1);
}

static void test_an_address_as_windows_takes_it(void **state)
{
    (void)state;
    static const struct {
        const char *remote;
        const WCHAR *given;
    } rows[] = {
        {"smb://[fe80::1%254]/x", L"\\\\fe80--1s4.ipv6-literal.net\\x"},
        {"\\\\[2001:db8::7]\\x", L"\\\\2001-db8--7.ipv6-literal.net\\x"},
        {"smb://[::1]/x", L"\\\\0--1.ipv6-literal.net\\x"},
        {"smb://[fe80::]/x", L"\\\\fe80--0.ipv6-literal.net\\x"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const netdisc_share_spec spec = {.size = sizeof spec, .remote = rows[i].remote};

        netdisc_op_free(expect_added(&spec, 0));
        assert_int_equal(lstrcmpW(np->added.remote, rows[i].given), 0);
        expect_cancelled(rows[i].remote, 0);
    }
}

static void test_an_add_after_its_deadline_is_undone(void **state)
{
    (void)state;
    netdisc_error *err = NULL;
    HANDLE undone = new_event();

    np->add.gate = new_event();
    np->cancel.passed = undone;
    assert_error(netdisc_share_add(nd, &docs_at_q, NETDISC_UPDATE_PROFILE, SOON_MS, &err), err,
                 ERROR_TIMEOUT, "mpr");
    SetEvent(np->add.gate);
    wait_for(undone);
    assert_int_equal(lstrcmpW(np->cancelled.local, L"Q:"), 0);
    assert_int_equal(mapping_count(), 0);
}

/* Somebody else's, that was there before, is not. */
static void test_what_was_there_before_is_not_undone(void **state)
{
    (void)state;
    const netdisc_share_spec spec = {.size = sizeof spec, .remote = DOCS, .user = "somebody else"};
    netdisc_error *err = NULL;

    put("", DOCS);
    np->add.gate = new_event();
    np->add.lies = true;
    assert_error(netdisc_share_add(nd, &spec, 0, SOON_MS, &err), err, ERROR_TIMEOUT, NULL);
    SetEvent(np->add.gate);
    /* This waits for its thread. */
    netdisc_close(nd);
    nd = wine_open("mpr");
    assert_int_equal(np->added.calls, 1);
    assert_int_equal(np->cancelled.calls, 0);
    expect_count(1);
}

static void test_an_add_that_never_returns_does_not_keep_the_context(void **state)
{
    (void)state;
    netdisc_error *err = NULL;
    HANDLE passed = new_event();

    np->add.gate = new_event();
    np->cancel.passed = passed;
    assert_error(netdisc_share_add(nd, &docs_at_q, 0, SOON_MS, &err), err, ERROR_TIMEOUT, NULL);

    ULONGLONG start = GetTickCount64();

    netdisc_close(nd);
    assert_in_range(GetTickCount64() - start, 0, CLOSE_MS);
    nd = wine_open("mpr");
    SetEvent(np->add.gate);
    wait_for(passed);
    expect_count(0);
}

static void test_the_password_is_kept_when_that_is_asked(void **state)
{
    (void)state;
    netdisc_share_spec spec = docs_at_q;
    CREDENTIALW *kept = NULL;

    spec.user = "bob";
    spec.domain = "DOMAIN";
    spec.password = "secret";
    netdisc_op_free(expect_added(&spec, 0));
    assert_false(CredReadW(L"server", CRED_TYPE_DOMAIN_PASSWORD, 0, &kept));
    drop_all();

    netdisc_op *op = expect_added(&spec, NETDISC_SAVE_PASSWORD);

    assert_null(netdisc_op_note(op));
    netdisc_op_free(op);
    assert_true(CredReadW(L"server", CRED_TYPE_DOMAIN_PASSWORD, 0, &kept));
    assert_int_equal(lstrcmpW(kept->UserName, L"DOMAIN\\bob"), 0);
    assert_int_equal(kept->Persist, CRED_PERSIST_LOCAL_MACHINE);
    CredFree(kept);
}

static void test_a_password_that_cannot_be_kept_is_a_note(void **state)
{
    (void)state;
    netdisc_share_spec spec = docs_at_q;
    CREDENTIALW *kept = NULL;

    spec.password = "secret";

    netdisc_op *op = expect_added(&spec, NETDISC_SAVE_PASSWORD);

    assert_non_null(netdisc_op_note(op));
    assert_non_null(strstr(netdisc_op_note(op), "the password was not kept"));
    netdisc_op_free(op);
    assert_false(CredReadW(L"server", CRED_TYPE_DOMAIN_PASSWORD, 0, &kept));

    /* With a user, but none to keep. */
    drop_all();
    spec.user = "bob";
    spec.password = NULL;
    op = expect_added(&spec, NETDISC_SAVE_PASSWORD);
    assert_non_null(strstr(netdisc_op_note(op), "no password to keep"));
    netdisc_op_free(op);
    assert_false(CredReadW(L"server", CRED_TYPE_DOMAIN_PASSWORD, 0, &kept));

    /* Nor is one that did not do. */
    drop_all();
    spec.password = "secret";
    np->add.code = ERROR_LOGON_FAILURE;
    add(&spec, NETDISC_SAVE_PASSWORD, LOGON_FAILURE, DOCS);
    assert_false(CredReadW(L"server", CRED_TYPE_DOMAIN_PASSWORD, 0, &kept));
}

static void test_a_password_of_what_is_connected_already_is_a_note(void **state)
{
    (void)state;
    netdisc_share_spec spec = docs_at_q;

    spec.local = NULL;
    put("", DOCS);

    netdisc_op *op = expect_added(&spec, NETDISC_SAVE_PASSWORD);

    assert_int_equal(np->added.calls, 0);
    assert_non_null(netdisc_op_note(op));
    assert_non_null(strstr(netdisc_op_note(op), "neither tried nor kept"));
    netdisc_op_free(op);
}

/* ---- What a letter stands for --------------------------------------------------------------- */

static void test_what_a_letter_stands_for(void **state)
{
    (void)state;
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;

    put("Q:", DOCS);
    remember('R', OTHER);
    assert_status(netdisc_share_resolve(nd, "q:", 0, 0, &items, NULL), NO_ERROR);
    assert_string_equal(netdisc_list_share(items, 0)->remote, DOCS);
    assert_string_equal(netdisc_list_share(items, 0)->path, "Q:\\");
    netdisc_list_free(items);
    assert_error(netdisc_share_resolve(nd, "R:", 0, 0, &items, &err), err, ERROR_CONNECTION_UNAVAIL,
                 OTHER);
    assert_error(netdisc_share_resolve(nd, "S:", 0, 0, &items, &err), err, ERROR_NOT_CONNECTED, "S:");
    assert_error(netdisc_share_resolve(nd, "C:", 0, 0, &items, &err), err, ERROR_NOT_CONNECTED, "C:");
    assert_error(netdisc_share_resolve(nd, DOCS, 0, 0, &items, &err), err, ERROR_BAD_DEVICE, NULL);
}

/* ---- Watching ------------------------------------------------------------------------------- */

enum { EVENTS = 32, TEXT = 128 };

typedef struct told {
    size_t count;
    netdisc_event_type types[EVENTS];
    netdisc_status statuses[EVENTS];
    netdisc_tristate remembered[EVENTS];
    char names[EVENTS][TEXT];
} told;

static void note(void *data, const netdisc_event *event)
{
    told *it = data;
    const netdisc_share *share = event->share;

    assert_true(it->count < EVENTS);
    it->types[it->count] = event->type;
    it->statuses[it->count] = event->status;
    it->remembered[it->count] = share ? share->remembered : NETDISC_UNKNOWN;
    snprintf(it->names[it->count], TEXT, "%s %s", share && share->local ? share->local : "",
             share ? share->remote : "");
    it->count++;
}

/* Waits for an event after those that were looked at before, and is done with it. */
static size_t expect_event(told *it, size_t *seen, netdisc_event_type type, const char *name)
{
    ULONGLONG until = GetTickCount64() + WAIT_MS;

    while (it->count <= *seen && GetTickCount64() < until)
        netdisc_dispatch(nd, 100);
    assert_true(it->count > *seen);
    if (it->types[*seen] != type || strcmp(it->names[*seen], name) != 0)
        print_error("event %d \"%s\"\n", it->types[*seen], it->names[*seen]);
    assert_int_equal(it->types[*seen], type);
    assert_string_equal(it->names[*seen], name);
    return (*seen)++;
}

static void test_what_others_do_is_told(void **state)
{
    (void)state;
    told it = {0};
    size_t seen = 0;
    netdisc_watch *watch = NULL;

    put("Q:", DOCS);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, note, &it, &watch, NULL), NO_ERROR);
    expect_event(&it, &seen, NETDISC_EVENT_READY, " ");
    put("", MUSIC);
    expect_event(&it, &seen, NETDISC_EVENT_ADDED, " " MUSIC);
    drop_all();
    put("", MUSIC);
    expect_event(&it, &seen, NETDISC_EVENT_REMOVED, "Q: " DOCS);
    netdisc_watch_stop(watch);
}

/* Without waiting for the next look: each change would take one period of two seconds. */
static void test_the_profile_and_our_own_deeds_are_told_at_once(void **state)
{
    (void)state;
    told it = {0};
    size_t seen = 0;
    netdisc_watch *watch = NULL;

    remember('R', OTHER);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, note, &it, &watch, NULL), NO_ERROR);
    expect_event(&it, &seen, NETDISC_EVENT_READY, " ");

    ULONGLONG start = GetTickCount64();

    remember('S', DOCS);
    expect_event(&it, &seen, NETDISC_EVENT_ADDED, "S: " DOCS);
    netdisc_op_free(expect_added(&docs_at_q, 0));
    expect_event(&it, &seen, NETDISC_EVENT_ADDED, "Q: " DOCS);
    forget('R');
    expect_event(&it, &seen, NETDISC_EVENT_REMOVED, "R: " OTHER);
    remember('Q', DOCS);
    assert_int_equal(it.remembered[expect_event(&it, &seen, NETDISC_EVENT_CHANGED, "Q: " DOCS)],
                     NETDISC_YES);
    forget('Q');
    assert_int_equal(it.remembered[expect_event(&it, &seen, NETDISC_EVENT_CHANGED, "Q: " DOCS)],
                     NETDISC_NO);
    expect_cancelled("Q:", 0);
    expect_event(&it, &seen, NETDISC_EVENT_REMOVED, "Q: " DOCS);
    assert_in_range(GetTickCount64() - start, 0, 3500);
    netdisc_watch_stop(watch);
}

static void test_the_first_that_is_ever_remembered_is_told(void **state)
{
    (void)state;
    told it = {0};
    size_t seen = 0;
    netdisc_watch *watch = NULL;

    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, note, &it, &watch, NULL), NO_ERROR);
    expect_event(&it, &seen, NETDISC_EVENT_READY, " ");
    remember('R', OTHER);
    expect_event(&it, &seen, NETDISC_EVENT_ADDED, "R: " OTHER);
    netdisc_watch_stop(watch);
}

static void test_a_watch_that_cannot_look_says_so(void **state)
{
    (void)state;
    told it = {0};
    size_t seen = 0;
    netdisc_watch *watch = NULL;

    put("Q:", DOCS);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, note, &it, &watch, NULL), NO_ERROR);
    expect_event(&it, &seen, NETDISC_EVENT_READY, " ");
    np->least_room = 1u << 30;
    assert_status(it.statuses[expect_event(&it, &seen, NETDISC_EVENT_LOST, " ")], ERROR_MORE_DATA);
    np->least_room = 0;
    expect_event(&it, &seen, NETDISC_EVENT_READY, " ");
    netdisc_watch_stop(watch);
}

static void test_a_watch_that_cannot_end_does_not_keep_the_context(void **state)
{
    (void)state;
    told it = {0};
    size_t seen = 0;
    netdisc_watch *watch = NULL;
    HANDLE gate = new_event();

    put("Q:", DOCS);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, note, &it, &watch, NULL), NO_ERROR);
    expect_event(&it, &seen, NETDISC_EVENT_READY, " ");
    np->list_gate = gate;
    remember('R', OTHER);
    for (int i = 0; i < 100 && np->enumerations == 0; i++)
        netdisc_dispatch(nd, 100);
    assert_int_equal(np->enumerations, 1);

    ULONGLONG start = GetTickCount64();

    netdisc_close(nd);
    assert_in_range(GetTickCount64() - start, 0, CLOSE_MS);
    netdisc_watch_stop(watch);
    SetEvent(gate);
    for (int i = 0; i < 100 && np->enumerations; i++)
        Sleep(20);
    nd = wine_open("mpr");
    expect_count(2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_connected_is_listed),
        TEST(test_what_is_only_remembered_is_listed),
        TEST(test_connected_and_remembered_is_one_item),
        TEST(test_a_letter_remembered_for_another_share_is_two_items),
        TEST(test_printers_are_no_shares),
        TEST(test_whatever_windows_gives_is_listed),
        TEST(test_a_list_in_many_pieces),
        TEST(test_a_buffer_that_is_never_large_enough),
        TEST(test_a_list_that_breaks_off_is_partial),
        TEST(test_every_code_of_an_end_comes_through),
        TEST(test_open_files_keep_it_unless_forced),
        TEST(test_a_busy_provider_is_asked_again),
        TEST(test_a_provider_that_stays_busy),
        TEST(test_success_is_not_believed),
        TEST(test_a_provider_that_never_returns),
        TEST(test_nothing_more_is_ended_after_the_deadline),
        TEST(test_a_list_that_never_comes),
        TEST(test_a_name_ends_what_it_names),
        TEST(test_all_of_a_server),
        TEST(test_all_of_them_up_to_the_first_that_fails),
        TEST(test_what_is_remembered_is_forgotten_when_that_is_asked),
        TEST(test_what_could_not_be_forgotten_may_be_disconnected),
        TEST(test_what_is_still_remembered_is_told),
        TEST(test_what_is_only_remembered_is_forgotten),
        TEST(test_a_letter_is_forgotten_for_another_share_too),
        TEST(test_the_provider_can_be_used),
        TEST(test_a_malformed_name_cannot_be_given_back),
        TEST(test_names_of_every_form),
        TEST(test_who_is_asked_decides),
        TEST(test_any_other_failure_is_told),
        TEST(test_a_share_is_connected_to_a_letter),
        TEST(test_a_share_is_connected_and_remembered),
        TEST(test_a_share_without_a_letter),
        TEST(test_the_provider_gets_the_credentials),
        TEST(test_what_windows_cannot_be_asked_for),
        TEST(test_every_code_of_an_add_comes_through),
        TEST(test_other_credentials_for_a_server),
        TEST(test_an_add_is_not_believed_either),
        TEST(test_a_letter_that_is_taken),
        TEST(test_a_busy_provider_is_asked_to_connect_again),
        TEST(test_an_address_as_windows_takes_it),
        TEST(test_an_add_after_its_deadline_is_undone),
        TEST(test_what_was_there_before_is_not_undone),
        TEST(test_an_add_that_never_returns_does_not_keep_the_context),
        TEST(test_the_password_is_kept_when_that_is_asked),
        TEST(test_a_password_that_cannot_be_kept_is_a_note),
        TEST(test_a_password_of_what_is_connected_already_is_a_note),
        TEST(test_what_a_letter_stands_for),
        TEST(test_what_others_do_is_told),
        TEST(test_the_profile_and_our_own_deeds_are_told_at_once),
        TEST(test_the_first_that_is_ever_remembered_is_told),
        TEST(test_a_watch_that_cannot_look_says_so),
        TEST(test_a_watch_that_cannot_end_does_not_keep_the_context),
    };

    return cmocka_run_group_tests_name("win32 mpr", tests, register_provider, NULL);
}
