/* SPDX-License-Identifier: MIT */
/* WNetOpenEnum, WNetEnumResource and WNetCloseEnum: what is enumerated, how it lies in the buffer, and each
 * code that their documents list. */
#include "compat_world.h"

#include <pthread.h>
#include <stdatomic.h>

#define SHARES                                                                                          \
    "share local=Z: remote=\\\\server\\docs state=connected remembered=yes\n"                           \
    "share remote=\\\\server\\music state=connected\n"                                                  \
    "share local=Y: remote=\\\\server\\lost state=lost\n"                                               \
    "share local=X: remote=\\\\server\\old state=remembered remembered=unknown\n"

/* On 64 bits, and with these names, in A and W. */
enum { RESOURCE_SIZE = 48, Z_CHARACTERS = 3 + 14 + 1 + 5 };

static HANDLE open_scope(DWORD scope)
{
    HANDLE handle = NULL;

    assert_ends(WNetOpenEnumW(scope, RESOURCETYPE_ANY, 0, NULL, &handle), NO_ERROR);
    assert_non_null(handle);
    return handle;
}

/* The resource of that remote name; NULL: there is none. */
static const NETRESOURCEA *find(const NETRESOURCEA *resources, DWORD count, const char *remote)
{
    for (DWORD i = 0; i < count; i++)
        if (strcmp(resources[i].lpRemoteName, remote) == 0)
            return &resources[i];
    return NULL;
}

/* All of a scope, in A. */
static DWORD read_all(DWORD scope, void *buffer, DWORD size)
{
    HANDLE handle = open_scope(scope);
    DWORD count = (DWORD)-1;

    assert_ends(WNetEnumResourceA(handle, &count, buffer, &size), NO_ERROR);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
    return count;
}

static void test_what_is_connected(void **state)
{
    (void)state;
    NETRESOURCEA buffer[64];
    DWORD count;
    const NETRESOURCEA *docs, *music;

    world(SHARES);
    count = read_all(RESOURCE_CONNECTED, buffer, sizeof buffer);
    assert_int_equal(count, 3);
    docs = find(buffer, count, "\\\\server\\docs");
    assert_non_null(docs);
    assert_int_equal(docs->dwScope, RESOURCE_CONNECTED);
    assert_int_equal(docs->dwType, RESOURCETYPE_DISK);
    assert_int_equal(docs->dwDisplayType, RESOURCEDISPLAYTYPE_SHARE);
    assert_int_equal(docs->dwUsage, 0);
    assert_string_equal(docs->lpLocalName, "Z:");
    assert_string_equal(docs->lpComment, "");
    assert_string_equal(docs->lpProvider, "fake");
    music = find(buffer, count, "\\\\server\\music");
    assert_non_null(music);
    assert_null(music->lpLocalName);
    assert_non_null(find(buffer, count, "\\\\server\\lost"));
}

static void test_what_is_remembered(void **state)
{
    (void)state;
    NETRESOURCEA buffer[64];
    DWORD count;

    world(SHARES);
    count = read_all(RESOURCE_REMEMBERED, buffer, sizeof buffer);
    assert_int_equal(count, 2);
    assert_non_null(find(buffer, count, "\\\\server\\docs"));
    assert_non_null(find(buffer, count, "\\\\server\\old"));
    assert_int_equal(buffer[0].dwScope, RESOURCE_REMEMBERED);
}

/* It shows what there was when it was opened. */
static void test_it_is_a_snapshot(void **state)
{
    (void)state;
    NETRESOURCEW buffer[64];
    DWORD count = (DWORD)-1, size = sizeof buffer;
    HANDLE handle;

    world(SHARES);
    handle = open_scope(RESOURCE_CONNECTED);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, TRUE), NO_ERROR);
    assert_ends(WNetEnumResourceW(handle, &count, buffer, &size), NO_ERROR);
    assert_int_equal(count, 3);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
    assert_int_equal(read_all(RESOURCE_CONNECTED, buffer, sizeof buffer), 2);
}

static void test_printers(void **state)
{
    (void)state;
    char buffer[1024];
    DWORD count = (DWORD)-1, size = sizeof buffer;
    HANDLE handle;

    world(SHARES);
    assert_ends(WNetOpenEnumA(RESOURCE_CONNECTED, RESOURCETYPE_PRINT, 0, NULL, &handle), NO_ERROR);
    assert_ends(WNetEnumResourceA(handle, &count, buffer, &size), ERROR_NO_MORE_ITEMS);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
    assert_ends(
        WNetOpenEnumA(RESOURCE_CONNECTED, RESOURCETYPE_PRINT | RESOURCETYPE_DISK, 0, NULL, &handle),
        NO_ERROR);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

/* ---- The buffer ------------------------------------------------------------------------------ */

/* Resources lie at the front, their strings at the end; all is within the buffer. */
static void test_strings_are_packed_from_the_end(void **state)
{
    (void)state;
    NETRESOURCEW buffer[16];
    const char *end = (const char *)buffer + sizeof buffer, *lowest = end;
    DWORD count = (DWORD)-1, size = sizeof buffer;
    HANDLE handle;

    world(SHARES);
    handle = open_scope(RESOURCE_CONNECTED);
    assert_ends(WNetEnumResourceW(handle, &count, buffer, &size), NO_ERROR);
    assert_int_equal(count, 3);
    assert_int_equal(size, sizeof buffer);
    for (DWORD i = 0; i < count; i++) {
        const WCHAR *strings[] = {buffer[i].lpLocalName, buffer[i].lpRemoteName, buffer[i].lpComment,
                                  buffer[i].lpProvider};

        for (size_t j = 0; j < 4; j++) {
            const char *at = (const char *)strings[j];

            if (!at)
                continue;
            assert_true(at >= (const char *)(buffer + count) && at < end);
            assert_int_equal((uintptr_t)at % sizeof(WCHAR), 0);
            lowest = at < lowest ? at : lowest;
        }
        assert_wide(buffer[i].lpProvider, u"fake");
    }
    assert_true(end - lowest < (ptrdiff_t)(3 * RESOURCE_SIZE * 2));
    assert_ends(WNetEnumResourceW(handle, &count, buffer, &size), ERROR_NO_MORE_ITEMS);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

/* The size that is named is the least that will do, and nothing is skipped until it is given. */
static void test_more_data(void **state)
{
    (void)state;
    DWORD count = (DWORD)-1, size = 1;
    char first = 'x', *buffer;
    HANDLE handle;

    world("share local=Z: remote=\\\\server\\docs state=connected\n");
    handle = open_scope(RESOURCE_CONNECTED);
    assert_ends(WNetEnumResourceA(handle, &count, &first, &size), ERROR_MORE_DATA);
    assert_int_equal(size, RESOURCE_SIZE + Z_CHARACTERS);
    assert_int_equal(first, 'x');
    size--;
    buffer = malloc(size);
    assert_ends(WNetEnumResourceA(handle, &count, buffer, &size), ERROR_MORE_DATA);
    assert_int_equal(size, RESOURCE_SIZE + Z_CHARACTERS);
    assert_int_equal(count, (DWORD)-1);
    free(buffer);
    buffer = malloc(size);
    assert_ends(WNetEnumResourceA(handle, &count, buffer, &size), NO_ERROR);
    assert_int_equal(count, 1);
    assert_string_equal(((NETRESOURCEA *)(void *)buffer)->lpRemoteName, "\\\\server\\docs");
    free(buffer);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

static void test_more_data_in_utf16(void **state)
{
    (void)state;
    DWORD count = (DWORD)-1, size = 0;
    char none, *buffer;
    HANDLE handle;

    world("share local=Z: remote=\\\\server\\docs state=connected\n");
    handle = open_scope(RESOURCE_CONNECTED);
    assert_ends(WNetEnumResourceW(handle, &count, &none, &size), ERROR_MORE_DATA);
    assert_int_equal(size, RESOURCE_SIZE + 2 * Z_CHARACTERS);
    /* An odd size is that of one byte less. */
    size++;
    buffer = malloc(size);
    assert_ends(WNetEnumResourceW(handle, &count, buffer, &size), NO_ERROR);
    assert_int_equal(count, 1);
    assert_wide(((NETRESOURCEW *)(void *)buffer)->lpRemoteName, u"\\\\server\\docs");
    assert_int_equal((uintptr_t)((NETRESOURCEW *)(void *)buffer)->lpRemoteName % sizeof(WCHAR), 0);
    free(buffer);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

/* As many as fit, and the rest with the next calls. */
static void test_what_does_not_fit_comes_later(void **state)
{
    (void)state;
    NETRESOURCEA buffer[4];
    DWORD count, size, seen = 0, calls = 0;
    HANDLE handle;

    world(SHARES);
    handle = open_scope(RESOURCE_CONNECTED);
    for (;; calls++) {
        count = (DWORD)-1;
        /* Room for one, but not for two. */
        size = 2 * RESOURCE_SIZE;
        if (WNetEnumResourceA(handle, &count, buffer, &size) != NO_ERROR)
            break;
        assert_int_equal(count, 1);
        assert_int_equal(size, 2 * RESOURCE_SIZE);
        seen += count;
    }
    assert_int_equal(GetLastError(), ERROR_NO_MORE_ITEMS);
    assert_int_equal(seen, 3);
    assert_int_equal(calls, 3);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

static void test_no_more_than_are_asked_for(void **state)
{
    (void)state;
    NETRESOURCEA buffer[64];
    DWORD count = 2, size = sizeof buffer;
    HANDLE handle;

    world(SHARES);
    handle = open_scope(RESOURCE_CONNECTED);
    assert_ends(WNetEnumResourceA(handle, &count, buffer, &size), NO_ERROR);
    assert_int_equal(count, 2);
    assert_ends(WNetEnumResourceA(handle, &count, buffer, &size), NO_ERROR);
    assert_int_equal(count, 1);
    assert_ends(WNetEnumResourceA(handle, &count, buffer, &size), ERROR_NO_MORE_ITEMS);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

/* A buffer of characters need not be aligned. */
static void test_a_buffer_that_is_not_aligned(void **state)
{
    (void)state;
    char buffer[1024];
    NETRESOURCEA resource;
    DWORD count = 1, size = sizeof buffer - 1;
    HANDLE handle;

    world("share local=Z: remote=\\\\server\\docs state=connected\n");
    handle = open_scope(RESOURCE_CONNECTED);
    assert_ends(WNetEnumResourceA(handle, &count, buffer + 1, &size), NO_ERROR);
    memcpy(&resource, buffer + 1, sizeof resource);
    assert_string_equal(resource.lpRemoteName, "\\\\server\\docs");
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

/* ---- Threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, MANY = 400 };

typedef struct crowd {
    HANDLE handle;
    atomic_int seen[MANY];
    atomic_int total;
} crowd;

static void *take_some(void *data)
{
    crowd *of = data;
    NETRESOURCEA buffer[8];
    DWORD count = 3, size = sizeof buffer;

    while (WNetEnumResourceA(of->handle, &count, buffer, &size) == NO_ERROR) {
        for (DWORD i = 0; i < count; i++)
            atomic_fetch_add(&of->seen[atoi(strrchr(buffer[i].lpRemoteName, '\\') + 2)], 1);
        atomic_fetch_add(&of->total, (int)count);
        count = 3;
    }
    return NULL;
}

static void begin(crowd *of, pthread_t threads[THREADS])
{
    static char script[MANY * 64];
    char *end = script;

    for (int i = 0; i < MANY; i++)
        end += sprintf(end, "share remote=\\\\server\\s%d state=connected\n", i);
    world(script);
    of->handle = open_scope(RESOURCE_CONNECTED);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_some, of), 0);
}

static void test_threads_share_an_enumeration(void **state)
{
    (void)state;
    static crowd of;
    pthread_t threads[THREADS];

    begin(&of, threads);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&of.total), MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(atomic_load(&of.seen[i]), 1);
    assert_ends(WNetCloseEnum(of.handle), NO_ERROR);
}

/* Closed while others are at it: they have what they have, or an invalid handle, and nothing breaks. */
static void test_it_is_closed_under_threads(void **state)
{
    (void)state;
    static crowd of;
    pthread_t threads[THREADS];

    begin(&of, threads);
    assert_ends(WNetCloseEnum(of.handle), NO_ERROR);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < MANY; i++)
        assert_true(atomic_load(&of.seen[i]) <= 1);
    assert_ends(WNetCloseEnum(of.handle), ERROR_INVALID_HANDLE);
}

/* ---- Codes ----------------------------------------------------------------------------------- */

static void test_invalid_handle(void **state)
{
    (void)state;
    char buffer[1024];
    DWORD count = 1, size = sizeof buffer;
    HANDLE handle;

    world(SHARES);
    handle = open_scope(RESOURCE_CONNECTED);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
    assert_ends(WNetCloseEnum(handle), ERROR_INVALID_HANDLE);
    assert_ends(WNetCloseEnum(NULL), ERROR_INVALID_HANDLE);
    assert_ends(WNetCloseEnum(INVALID_HANDLE_VALUE), ERROR_INVALID_HANDLE);
    assert_ends(WNetCloseEnum((HANDLE)buffer), ERROR_INVALID_HANDLE);
    assert_ends(WNetEnumResourceW(handle, &count, buffer, &size), ERROR_INVALID_HANDLE);
    assert_ends(WNetEnumResourceA(NULL, NULL, NULL, NULL), ERROR_INVALID_HANDLE);
}

static void test_invalid_address(void **state)
{
    (void)state;
    char buffer[1024];
    DWORD count = 1, size = sizeof buffer;
    HANDLE handle;

    world(SHARES);
    assert_ends(WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_ANY, 0, NULL, NULL),
                ERROR_INVALID_ADDRESS);
    assert_ends(WNetOpenEnumA(99, RESOURCETYPE_ANY, 0, NULL, NULL), ERROR_INVALID_ADDRESS);
    handle = open_scope(RESOURCE_CONNECTED);
    assert_ends(WNetEnumResourceW(handle, NULL, buffer, &size), ERROR_INVALID_ADDRESS);
    assert_ends(WNetEnumResourceW(handle, &count, NULL, &size), ERROR_INVALID_ADDRESS);
    assert_ends(WNetEnumResourceA(handle, &count, buffer, NULL), ERROR_INVALID_ADDRESS);
    assert_ends(WNetEnumResourceA(handle, &count, buffer, &size), NO_ERROR);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

static void test_invalid_parameter(void **state)
{
    (void)state;
    NETRESOURCEW container = {.dwUsage = RESOURCEUSAGE_CONTAINER, .lpRemoteName = u"\\\\server"};
    NETRESOURCEA container_ansi = {.dwUsage = RESOURCEUSAGE_CONTAINER, .lpRemoteName = "\\\\server"};
    HANDLE handle = INVALID_HANDLE_VALUE;

    world(SHARES);
    assert_ends(WNetOpenEnumW(0, RESOURCETYPE_ANY, 0, NULL, &handle), ERROR_INVALID_PARAMETER);
    assert_null(handle);
    assert_ends(WNetOpenEnumW(RESOURCE_RECENT, RESOURCETYPE_ANY, 0, NULL, &handle),
                ERROR_INVALID_PARAMETER);
    assert_ends(WNetOpenEnumA(RESOURCE_CONNECTED, RESOURCETYPE_UNKNOWN, 0, NULL, &handle),
                ERROR_INVALID_PARAMETER);
    assert_ends(WNetOpenEnumA(RESOURCE_CONNECTED, 4, 0, NULL, &handle), ERROR_INVALID_PARAMETER);
    assert_ends(WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_ANY, 0, &container, &handle),
                ERROR_INVALID_PARAMETER);
    assert_ends(WNetOpenEnumA(RESOURCE_CONTEXT, RESOURCETYPE_ANY, 0, &container_ansi, &handle),
                ERROR_INVALID_PARAMETER);
}

static void test_not_container(void **state)
{
    (void)state;
    NETRESOURCEW share = {.dwUsage = RESOURCEUSAGE_CONNECTABLE, .lpRemoteName = u"\\\\server\\docs"};
    NETRESOURCEA share_ansi = {.lpRemoteName = "\\\\server\\docs"};
    HANDLE handle;

    world(SHARES);
    assert_ends(WNetOpenEnumW(RESOURCE_GLOBALNET, RESOURCETYPE_ANY, 0, &share, &handle),
                ERROR_NOT_CONTAINER);
    assert_ends(WNetOpenEnumA(RESOURCE_GLOBALNET, RESOURCETYPE_ANY, 0, &share_ansi, &handle),
                ERROR_NOT_CONTAINER);
}

/* There is no browsing. */
static void test_no_network(void **state)
{
    (void)state;
    NETRESOURCEW container = {.dwUsage = RESOURCEUSAGE_CONTAINER, .lpRemoteName = u"\\\\server"};
    HANDLE handle;

    world(SHARES);
    assert_ends(WNetOpenEnumW(RESOURCE_GLOBALNET, RESOURCETYPE_ANY, 0, NULL, &handle), ERROR_NO_NETWORK);
    assert_ends(
        WNetOpenEnumW(RESOURCE_GLOBALNET, RESOURCETYPE_DISK, RESOURCEUSAGE_ALL, &container, &handle),
        ERROR_NO_NETWORK);
    assert_ends(WNetOpenEnumA(RESOURCE_CONTEXT, RESOURCETYPE_ANY, 0, NULL, &handle), ERROR_NO_NETWORK);
}

static void test_no_provider(void **state)
{
    (void)state;
    netdisc_options options = {
        .size = sizeof options, .providers = "nobody", .module_directory = "/none"};
    HANDLE handle;

    assert_status(netdisc_win32_configure(&options), NO_ERROR);
    assert_ends(WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_ANY, 0, NULL, &handle), ERROR_NO_NETWORK);
}

static void test_extended_error(void **state)
{
    (void)state;
    HANDLE handle;

    world("step slot=share.list manner=fail status=ERROR_EXTENDED_ERROR\n");
    assert_ends(WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_ANY, 0, NULL, &handle),
                ERROR_EXTENDED_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_what_is_connected),
        apart(test_what_is_remembered),
        apart(test_it_is_a_snapshot),
        apart(test_printers),
        apart(test_strings_are_packed_from_the_end),
        apart(test_more_data),
        apart(test_more_data_in_utf16),
        apart(test_what_does_not_fit_comes_later),
        apart(test_no_more_than_are_asked_for),
        apart(test_a_buffer_that_is_not_aligned),
        apart(test_threads_share_an_enumeration),
        apart(test_it_is_closed_under_threads),
        apart(test_invalid_handle),
        apart(test_invalid_address),
        apart(test_invalid_parameter),
        apart(test_not_container),
        apart(test_no_network),
        apart(test_no_provider),
        apart(test_extended_error),
    };

    return cmocka_run_group_tests_name("wnet_enum", tests, NULL, NULL);
}
