/* SPDX-License-Identifier: MIT */
/* Every allocation of the WNet functions fails once: that is ERROR_NOT_ENOUGH_MEMORY, and nothing is lost. */
#include "compat_world.h"

#include "scarce_memory.h"

/* The first, the second ... fails, until none was left to fail; at least `least` did. */
static void starve(DWORD (*call)(void), DWORD expected, int least)
{
    int failures = 0;
    DWORD status;

    for (;; failures++) {
        scarce_from_here(failures + 1);
        status = call();
        if (!scarce_has_failed())
            break;
        assert_int_equal(status, ERROR_NOT_ENOUGH_MEMORY);
    }
    scarce_from_here(0);
    assert_int_equal(status, expected);
    assert_true(failures >= least);
}

#define Z "share local=Z: remote=\\\\server\\docs state=connected\n"
#define Y "share local=Y: remote=\\\\server\\old state=remembered\n"

static DWORD configure(void)
{
    netdisc_options options = {
        .size = sizeof options, .providers = "fake", .module_directory = getenv("NETDISC_TEST_FAKE")};

    return netdisc_win32_configure(&options);
}

static void test_configure(void **state)
{
    (void)state;
    starve(configure, NO_ERROR, 2);
}

static DWORD cancel_wide(void)
{
    return WNetCancelConnection2W(u"Z:", 0, FALSE);
}

static DWORD cancel_ansi(void)
{
    return WNetCancelConnectionA("Y:", FALSE);
}

static void test_cancel(void **state)
{
    (void)state;
    world(Z Y);
    starve(cancel_wide, NO_ERROR, 1);
    starve(cancel_ansi, NO_ERROR, 1);
}

static DWORD add(void)
{
    NETRESOURCEW resource = {
        .lpLocalName = u"Z:", .lpRemoteName = u"\\\\server\\docs", .lpProvider = u"fake"};

    return WNetAddConnection2W(&resource, u"opensesame", u"WORK\\ada", 0);
}

static void test_add(void **state)
{
    (void)state;
    world("");
    starve(add, NO_ERROR, 5);
}

/* Of a length that no other text has. */
#define SECRET "open sesame, which no door has ever been told"

enum { SECRET_LENGTH = sizeof SECRET - 1, WIDE_ROOM = 3 * SECRET_LENGTH + 1, ANSI_ROOM = sizeof SECRET };

static void test_passwords_are_wiped(void **state)
{
    (void)state;
    NETRESOURCEW wide = {.lpRemoteName = u"\\\\server\\docs"};
    NETRESOURCEA ansi = {.lpRemoteName = "\\\\server\\music"};

    world("");
    scarce_expect_secret(WIDE_ROOM, SECRET_LENGTH);
    assert_ends(WNetAddConnection2W(&wide, u"" SECRET, u"ada", 0), NO_ERROR);
    assert_true(scarce_was_wiped());
    scarce_expect_secret(ANSI_ROOM, SECRET_LENGTH);
    assert_ends(WNetAddConnection2A(&ansi, SECRET, "ada", 0), NO_ERROR);
    assert_true(scarce_was_wiped());
    /* What is found wrong before it is used. */
    scarce_expect_secret(WIDE_ROOM, SECRET_LENGTH);
    assert_ends(WNetAddConnection2W(&wide, u"" SECRET, u"ada\n", 0), ERROR_BAD_USERNAME);
    assert_true(scarce_was_wiped());
}

static DWORD get_connected(void)
{
    WCHAR text[64];
    DWORD length = 64;

    return WNetGetConnectionW(u"Z:", text, &length);
}

static DWORD get_remembered(void)
{
    char text[64];
    DWORD length = 64;

    return WNetGetConnectionA("Y:", text, &length);
}

static void test_get(void **state)
{
    (void)state;
    world(Z Y);
    starve(get_connected, NO_ERROR, 2);
    starve(get_remembered, ERROR_CONNECTION_UNAVAIL, 2);
}

static HANDLE opened;
static DWORD taken;

static DWORD open_enum(void)
{
    return WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_ANY, 0, NULL, &opened);
}

/* What was taken before memory ran out counts. */
static DWORD take(void)
{
    NETRESOURCEW buffer[16];
    DWORD count = (DWORD)-1, size = sizeof buffer;
    DWORD status = WNetEnumResourceW(opened, &count, buffer, &size);

    if (status)
        return status;
    taken += count;
    return scarce_has_failed() ? ERROR_NOT_ENOUGH_MEMORY : NO_ERROR;
}

static void test_enum(void **state)
{
    (void)state;
    world(Z "share remote=\\\\server\\music state=connected\n");
    starve(open_enum, NO_ERROR, 2);
    starve(take, NO_ERROR, 5);
    assert_int_equal(taken, 2);
    assert_int_equal(take(), ERROR_NO_MORE_ITEMS);
    assert_ends(WNetCloseEnum(opened), NO_ERROR);
}

static DWORD disconnect(void)
{
    DISCDLGSTRUCTA what = {.cbStructure = sizeof what, .lpLocalName = "Z:"};

    return WNetDisconnectDialog1A(&what);
}

static void test_dialog(void **state)
{
    (void)state;
    world(Z);
    starve(disconnect, NO_ERROR, 1);
}

static DWORD get_error(void)
{
    DWORD code;
    WCHAR text[64], provider[64];

    return WNetGetLastErrorW(&code, text, 64, provider, 64);
}

static void test_last_error(void **state)
{
    (void)state;
    starve(get_error, NO_ERROR, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_configure), apart(test_cancel), apart(test_add),    apart(test_passwords_are_wiped),
        apart(test_get),       apart(test_enum),   apart(test_dialog), apart(test_last_error),
    };

    return cmocka_run_group_tests_name("scarce_wnet", tests, NULL, NULL);
}
