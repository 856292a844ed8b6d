/* SPDX-License-Identifier: MIT */
/* What the providers for Windows have in common, without a provider. */
#include "wine.h"

#include "../../src/backend-win32/address_changes.h"
#include "../../src/backend-win32/watching.h"
#include "../../src/backend-win32/win32.h"

static void test_utf8_there_and_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "share", "Grüße", "日本", "\xf0\x9f\x98\x80 emoji"};

    for (size_t i = 0; i < ND_COUNT(texts); i++) {
        WCHAR *wide = nd_wide(texts[i]);
        char *back = nd_narrow(wide);

        assert_non_null(wide);
        assert_true(nd_wide_is_well_formed(wide));
        assert_string_equal(back, texts[i]);
        free(wide);
        free(back);
    }
    assert_null(nd_wide(NULL));
    assert_null(nd_narrow(NULL));
}

static void test_lone_surrogates_are_told(void **state)
{
    (void)state;
    static const WCHAR *const texts[] = {L"a\xd800", L"\xdc00z", L"\xd800\xd800\xdc00", L"\xdc00\xd800"};

    for (size_t i = 0; i < ND_COUNT(texts); i++) {
        char *text = nd_narrow(texts[i]);

        assert_false(nd_wide_is_well_formed(texts[i]));
        assert_non_null(text);
        assert_non_null(strstr(text, "\xef\xbf\xbd"));
        free(text);
    }
    assert_true(nd_wide_is_well_formed(L"\xd83d\xde00"));
}

static void test_fields(void **state)
{
    (void)state;
    static const WCHAR unended[4] = {L'f', L'u', L'l', L'l'};
    WCHAR field[4];
    char *text = nd_narrow_field(unended, ND_COUNT(unended));

    assert_string_equal(text, "full");
    free(text);
    assert_true(nd_wide_into(field, ND_COUNT(field), "abc"));
    assert_int_equal(wcscmp(field, L"abc"), 0);
    assert_false(nd_wide_into(field, ND_COUNT(field), "abcd"));
    assert_int_equal(field[0], 0);
    assert_false(nd_wide_into(field, ND_COUNT(field), "\xed\xa0\x80"));
}

static void test_what_others_say_is_a_clause(void **state)
{
    (void)state;
    WCHAR said[] = L"The first line.\r\nThe second. \r\n";
    WCHAR unended[] = {L'f', L'u', L'l', L'l'};
    WCHAR nothing[] = L" .\r\n";

    nd_wide_clause(said, ND_COUNT(said));
    assert_int_equal(wcscmp(said, L"The first line.  The second"), 0);
    nd_wide_clause(unended, ND_COUNT(unended));
    assert_int_equal(wcscmp(unended, L"ful"), 0);
    nd_wide_clause(nothing, ND_COUNT(nothing));
    assert_int_equal(*nothing, 0);
}

static void test_guids(void **state)
{
    (void)state;
    static const char text[] = "01234567-89ab-cdef-0123-456789abcdef";
    char back[ND_GUID_TEXT];
    GUID guid;

    assert_true(nd_guid_parse(text, &guid));
    assert_int_equal(guid.Data1, 0x01234567);
    assert_int_equal(guid.Data4[7], 0xef);
    nd_guid_text(&guid, back);
    assert_string_equal(back, text);
    assert_false(nd_guid_parse("01234567-89ab-cdef-0123-456789abcde", &guid));
    assert_false(nd_guid_parse("01234567-89ab-cdef-0123-456789abcdeg", &guid));
}

/* In a system's own words, and as one sentence. */
static void test_what_windows_says(void **state)
{
    (void)state;
    nd_trouble why;

    assert_int_equal(nd_trouble_win32(&why, 0, ERROR_ACCESS_DENIED, "%s", "it"),
                     NETDISC_ERROR_ACCESS_DENIED);
    assert_string_equal(why.native_domain, "win32");
    assert_int_equal(why.native_code, ERROR_ACCESS_DENIED);
    assert_memory_equal(why.message, "it: ", 4);
    assert_true(why.message[strlen(why.message) - 1] != '.');
    assert_null(strpbrk(why.message, "\r\n"));

    assert_int_equal(nd_trouble_hresult(&why, 0, E_FAIL, "it"), NETDISC_ERROR_GEN_FAILURE);
    assert_string_equal(why.native_domain, "hresult");
    assert_true(why.native_code == (int64_t)0x80004005);
}

/* ---- Libraries ------------------------------------------------------------------------------ */

#define SOME_FUNCTIONS(XX) XX(GetTickCount64) XX(GetSystemDirectoryW)

typedef struct some_functions {
    SOME_FUNCTIONS(ND_FUNCTION_MEMBER)
} some_functions;

static const char *const some_names[] = {SOME_FUNCTIONS(ND_FUNCTION_NAME)};

static void test_a_library_of_the_system(void **state)
{
    (void)state;
    static const nd_library library = ND_LIBRARY("kernel32.dll", some_names);
    some_functions call = {0};
    nd_failure why = {0};
    WCHAR path[MAX_PATH];

    assert_int_equal(nd_library_load(&library, &call, sizeof call, &why), NETDISC_NO_ERROR);
    assert_true(call.GetTickCount64() > 0);
    assert_true(call.GetSystemDirectoryW(path, MAX_PATH) > 0);
}

static void test_what_a_machine_lacks(void **state)
{
    (void)state;
    static const char *const names[] = {"GetTickCount64", "NetdiscIsNotThere"};
    static const nd_library old = ND_LIBRARY("kernel32.dll", names);
    static const nd_library absent = ND_LIBRARY("netdisc-no-such.dll", names);
    FARPROC functions[2];
    nd_failure why = {0};

    assert_int_equal(nd_library_load(&old, functions, sizeof functions, &why),
                     NETDISC_ERROR_NOT_SUPPORTED);
    assert_non_null(strstr(why.message, "kernel32.dll"));
    assert_string_equal(why.native_name, "NetdiscIsNotThere");
    assert_null(why.native_domain);

    assert_int_equal(nd_library_load(&absent, functions, sizeof functions, &why),
                     NETDISC_ERROR_NOT_SUPPORTED);
    assert_non_null(strstr(why.message, "netdisc-no-such.dll is not on this machine"));
}

/* Beside the program, or on the path, is not in the system's directory. */
static void test_a_library_from_elsewhere_is_not_taken(void **state)
{
    (void)state;
    static const nd_library library = ND_LIBRARY("netdisc-stranger.dll", some_names);
    some_functions call;
    nd_failure why = {0};
    WCHAR here[MAX_PATH];
    WCHAR *name;

    assert_true(GetModuleFileNameW(NULL, here, MAX_PATH) < MAX_PATH - 32);
    name = wcsrchr(here, L'\\');
    assert_non_null(name);
    wcscpy(name + 1, L"netdisc-stranger.dll");
    assert_true(CopyFileW(L"C:\\windows\\system32\\kernel32.dll", here, FALSE));

    netdisc_status status = nd_library_load(&library, &call, sizeof call, &why);

    assert_true(DeleteFileW(here));
    assert_status(status, ERROR_NOT_SUPPORTED);
}

/* ---- Waiting -------------------------------------------------------------------------------- */

enum { SOON_MS = 30, LONG_MS = 20000 };

static volatile LONG given_up;

static bool abandoned(nd_call *call)
{
    (void)call;
    return InterlockedCompareExchange(&given_up, 0, 0) != 0;
}

typedef struct seen {
    HANDLE any; /* set with each event */
    SRWLOCK lock;
    size_t count;
    netdisc_event_type types[32];
    uint32_t kinds[32];
} seen;

static seen events = {.lock = SRWLOCK_INIT};

static void emitted(const nd_host *host, const nd_event *event)
{
    (void)host;
    AcquireSRWLockExclusive(&events.lock);
    if (events.count < ND_COUNT(events.types)) {
        events.types[events.count] = event->type;
        events.kinds[events.count++] = event->kinds;
    }
    ReleaseSRWLockExclusive(&events.lock);
    SetEvent(events.any);
}

static const nd_host_functions functions = {.abandoned = abandoned, .emit = emitted};
static const nd_host host = {.fn = &functions};
static nd_patience patience;

static DWORD WINAPI raise_soon(void *data)
{
    (void)data;
    Sleep(SOON_MS);
    nd_patience_raise(&patience);
    return 0;
}

static DWORD WINAPI give_up_soon(void *data)
{
    Sleep(SOON_MS);
    InterlockedExchange(&given_up, 1);
    return raise_soon(data);
}

static void let(LPTHREAD_START_ROUTINE run, bool (*wait)(nd_call *call), bool goes_on)
{
    nd_call call = {.host = &host};
    HANDLE thread = CreateThread(NULL, 0, run, NULL, 0, NULL);
    ULONGLONG began = GetTickCount64();

    assert_non_null(thread);
    assert_int_equal(wait(&call), goes_on);
    assert_true(GetTickCount64() - began < LONG_MS / 2);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    InterlockedExchange(&given_up, 0);
}

static bool wait_for_a_round(nd_call *call)
{
    return nd_patience_wait(&patience, call, nd_patience_round(&patience), LONG_MS);
}

static bool pause_for_long(nd_call *call)
{
    return nd_patience_pause(&patience, call, LONG_MS);
}

static void test_patience(void **state)
{
    (void)state;
    nd_call call = {.host = &host};

    nd_patience_init(&patience);
    let(raise_soon, wait_for_a_round, true);
    let(give_up_soon, wait_for_a_round, false);
    let(give_up_soon, pause_for_long, false);

    uint64_t round = nd_patience_round(&patience);

    /* What was raised before the wait began is not missed; a pause takes its time all the same. */
    nd_patience_raise(&patience);
    assert_true(nd_patience_wait(&patience, &call, round, LONG_MS));
    assert_true(nd_patience_pause(&patience, &call, SOON_MS));
}

/* ---- Watching ------------------------------------------------------------------------------- */

typedef struct scene {
    volatile LONG state;  /* of the one connection; 0: there is none */
    volatile LONG broken; /* it cannot be looked */
    volatile LONG begun;
    volatile LONG looks;
    HANDLE news;
} scene;

static size_t begin_scene(void *state, HANDLE handles[ND_WATCH_EVENTS])
{
    scene *self = state;

    InterlockedIncrement(&self->begun);
    handles[0] = self->news;
    return 1;
}

static void end_scene(void *state, const HANDLE *handles, size_t count)
{
    scene *self = state;

    assert_int_equal(count, 1);
    assert_ptr_equal(handles[0], self->news);
    InterlockedDecrement(&self->begun);
}

static netdisc_status look_at_scene(void *state, nd_picture *picture, nd_trouble *why)
{
    scene *self = state;
    LONG there = InterlockedCompareExchange(&self->state, 0, 0);
    nd_item item = {
        .sort = ND_SORT_CONNECTION,
        .key = "1",
        .as.connection = {.uuid = "u", .name = "n", .type = "t", .state = (netdisc_state)there},
    };

    InterlockedIncrement(&self->looks);
    if (InterlockedCompareExchange(&self->broken, 0, 0))
        return nd_trouble_say(why, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "it is broken");
    if (there)
        nd_picture_add(picture, &item);
    return NETDISC_NO_ERROR;
}

static void expect_event(size_t index, netdisc_event_type type)
{
    ULONGLONG until = GetTickCount64() + LONG_MS;

    for (;;) {
        AcquireSRWLockExclusive(&events.lock);
        size_t count = events.count;
        netdisc_event_type came = events.types[index];
        ReleaseSRWLockExclusive(&events.lock);
        if (count > index) {
            assert_int_equal(came, type);
            return;
        }
        assert_true(GetTickCount64() < until);
        WaitForSingleObject(events.any, 1000);
    }
}

/* Until it has looked so often again: what was found before the last time has been told by then. */
static void wait_for_looks(scene *self, LONG more)
{
    LONG enough = InterlockedCompareExchange(&self->looks, 0, 0) + more;
    ULONGLONG until = GetTickCount64() + LONG_MS;

    while (InterlockedCompareExchange(&self->looks, 0, 0) < enough) {
        assert_true(GetTickCount64() < until);
        SetEvent(self->news);
        Sleep(1);
    }
}

static void test_a_watch_looks_when_it_is_told(void **state)
{
    (void)state;
    static const nd_look look = {
        .sort = ND_SORT_CONNECTION,
        .period_ms = INFINITE,
        .begin = begin_scene,
        .look = look_at_scene,
        .end = end_scene,
    };
    scene self = {.news = CreateEventW(NULL, FALSE, FALSE, NULL)};
    nd_watching *watching = nd_watching_new(&host, &look, &self);

    assert_non_null(watching);
    events.any = CreateEventW(NULL, FALSE, FALSE, NULL);
    events.count = 0;
    nd_watching_set(watching, true);
    expect_event(0, NETDISC_EVENT_READY);
    assert_int_equal(events.kinds[0], NETDISC_CONNECTION);

    InterlockedExchange(&self.state, NETDISC_STATE_CONNECTED);
    SetEvent(self.news);
    expect_event(1, NETDISC_EVENT_ADDED);
    InterlockedExchange(&self.state, NETDISC_STATE_DISCONNECTED);
    nd_watching_poke(watching);
    expect_event(2, NETDISC_EVENT_CHANGED);

    /* For a watch that has come since. */
    nd_watching_set(watching, true);
    expect_event(3, NETDISC_EVENT_READY);

    InterlockedExchange(&self.broken, 1);
    SetEvent(self.news);
    expect_event(4, NETDISC_EVENT_LOST);
    /* That is told once. */
    wait_for_looks(&self, 3);
    InterlockedExchange(&self.broken, 0);
    SetEvent(self.news);
    expect_event(5, NETDISC_EVENT_READY);

    nd_watching_set(watching, false);
    nd_watching_free(watching);
    assert_int_equal(self.begun, 0);
    assert_int_equal(events.count, 6);
    CloseHandle(self.news);
    CloseHandle(events.any);
}

/* Wine's CancelIPChangeNotify does nothing: so what it may still write to is not freed, nor waited for. */
static void test_address_changes(void **state)
{
    (void)state;
    nd_address_changes *changes = nd_address_changes_new();
    DWORD flags;

    assert_non_null(changes);

    HANDLE event = nd_address_changes_event(changes);

    nd_address_changes_ask(changes);
    nd_address_changes_ask(changes);
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_TIMEOUT);

    ULONGLONG began = GetTickCount64();

    nd_address_changes_free(changes);
    assert_true(GetTickCount64() - began < LONG_MS / 2);
    assert_true(GetHandleInformation(event, &flags));

    /* What was never asked for is nobody's. */
    changes = nd_address_changes_new();
    assert_non_null(changes);
    event = nd_address_changes_event(changes);
    nd_address_changes_free(changes);
    assert_false(GetHandleInformation(event, &flags));

    nd_address_changes_ask(NULL);
    nd_address_changes_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_there_and_back),
        cmocka_unit_test(test_lone_surrogates_are_told),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_what_others_say_is_a_clause),
        cmocka_unit_test(test_guids),
        cmocka_unit_test(test_what_windows_says),
        cmocka_unit_test(test_a_library_of_the_system),
        cmocka_unit_test(test_what_a_machine_lacks),
        cmocka_unit_test(test_a_library_from_elsewhere_is_not_taken),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_a_watch_looks_when_it_is_told),
        cmocka_unit_test(test_address_changes),
    };

    return cmocka_run_group_tests_name("win32 parts", tests, NULL, NULL);
}
