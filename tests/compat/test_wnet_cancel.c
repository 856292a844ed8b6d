/* SPDX-License-Identifier: MIT */
/* WNetCancelConnection and WNetCancelConnection2: each code that their documents list, and the rest. */
#include "compat_world.h"

#define Z    "share local=Z: remote=\\\\server\\docs state=connected remembered=yes\n"
#define BARE "share remote=\\\\server\\docs state=connected\n"
#define HELD "hold remote=\\\\server\\docs pid=4711 program=vim path=/z/report\n"

/* All four functions give it. */
#define assert_all_end(name, expected)                                                                  \
    do {                                                                                                \
        assert_ends(WNetCancelConnection2W(u##name, 0, FALSE), expected);                               \
        assert_ends(WNetCancelConnection2A(name, 0, FALSE), expected);                                  \
        assert_ends(WNetCancelConnectionW(u##name, FALSE), expected);                                   \
        assert_ends(WNetCancelConnectionA(name, FALSE), expected);                                      \
    } while (0)

static void test_a_local_name_ends_that_redirection_only(void **state)
{
    (void)state;
    world(Z BARE);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_NOT_CONNECTED);
    assert_ends(WNetCancelConnection2W(u"\\\\server\\docs", 0, FALSE), NO_ERROR);
}

static void test_a_remote_name_ends_those_without_a_device_only(void **state)
{
    (void)state;
    world(Z BARE);
    assert_ends(WNetCancelConnection2A("\\\\server\\docs", 0, FALSE), NO_ERROR);
    assert_ends(WNetCancelConnection2A("\\\\server\\docs", 0, FALSE), ERROR_NOT_CONNECTED);
    assert_ends(WNetCancelConnection2A("z:", 0, FALSE), NO_ERROR);
}

static void test_it_is_remembered_unless_the_profile_is_updated(void **state)
{
    (void)state;
    world(Z "share local=Y: remote=\\\\server\\old state=remembered remembered=yes\n");
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
    assert_true(was_called("share.cancel flags=0x0 "));
    assert_ends(WNetCancelConnection2W(u"Y:", CONNECT_UPDATE_PROFILE, FALSE), NO_ERROR);
    assert_true(was_called("share.cancel flags=0x1 "));
}

static void test_the_old_one_forgets_it(void **state)
{
    (void)state;
    world(Z BARE);
    assert_ends(WNetCancelConnectionW(u"Z:", FALSE), NO_ERROR);
    assert_true(was_called("share.cancel flags=0x1 "));
    assert_false(was_called("share.cancel flags=0x0 "));
    assert_ends(WNetCancelConnectionA("\\\\server\\docs", FALSE), NO_ERROR);
}

static void test_open_files(void **state)
{
    (void)state;
    world(Z HELD);
    assert_all_end("Z:", ERROR_OPEN_FILES);
}

static void test_open_files_and_force(void **state)
{
    (void)state;
    world(Z BARE HELD);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, TRUE), NO_ERROR);
    assert_ends(WNetCancelConnectionA("\\\\server\\docs", 2), NO_ERROR);
}

static void test_not_connected(void **state)
{
    (void)state;
    world(Z);
    assert_all_end("Y:", ERROR_NOT_CONNECTED);
    assert_all_end("\\\\server\\docs", ERROR_NOT_CONNECTED);
}

static void test_what_is_no_name_is_not_connected(void **state)
{
    (void)state;
    static const WCHAR half[] = {'\\', '\\', 's', '\\', 0xD800, 0};
    char longest[5000];

    world(Z);
    assert_all_end("", ERROR_NOT_CONNECTED);
    assert_all_end("LPT1", ERROR_NOT_CONNECTED);
    assert_all_end("\\\\server", ERROR_NOT_CONNECTED);
    assert_ends(WNetCancelConnection2W(half, 0, FALSE), ERROR_NOT_CONNECTED);
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_ends(WNetCancelConnection2A(longest, 0, FALSE), ERROR_NOT_CONNECTED);
}

static void test_device_in_use(void **state)
{
    (void)state;
    world(Z "step slot=share.cancel manner=fail status=ERROR_DEVICE_IN_USE\n");
    assert_all_end("Z:", ERROR_DEVICE_IN_USE);
}

/* In the document of the old one. */
static void test_busy(void **state)
{
    (void)state;
    world(Z "step slot=share.cancel manner=lie\n");
    assert_all_end("Z:", ERROR_BUSY);
}

static void test_bad_profile(void **state)
{
    (void)state;
    world(Z "step slot=share.cancel manner=fail status=ERROR_BAD_PROFILE\n");
    assert_all_end("Z:", ERROR_BAD_PROFILE);
}

static void test_cannot_open_profile(void **state)
{
    (void)state;
    world(Z "step slot=share.cancel manner=fail status=ERROR_CANNOT_OPEN_PROFILE\n");
    assert_all_end("Z:", ERROR_CANNOT_OPEN_PROFILE);
}

static void test_extended_error(void **state)
{
    (void)state;
    DWORD code = 0;
    WCHAR text[256], provider[64];

    world(
        Z
        "step slot=share.cancel manner=fail status=ERROR_EXTENDED_ERROR domain=ntstatus code=3221225506"
        " message=strange\n");
    assert_all_end("Z:", ERROR_EXTENDED_ERROR);
    assert_ends(WNetGetLastErrorW(&code, text, 256, provider, 64), NO_ERROR);
    assert_int_equal(code, 0xC0000022);
    assert_wide(provider, u"fake");
}

/* What the document does not list. */
static void test_any_other_is_passed_by_number(void **state)
{
    (void)state;
    world(Z "step slot=share.cancel manner=fail status=ERROR_ACCESS_DENIED\n");
    assert_all_end("Z:", ERROR_ACCESS_DENIED);
}

static void test_no_provider(void **state)
{
    (void)state;
    netdisc_options options = {
        .size = sizeof options, .providers = "nobody", .module_directory = "/none"};

    assert_status(netdisc_win32_configure(&options), NO_ERROR);
    assert_all_end("Z:", ERROR_NOT_SUPPORTED);
}

static void test_what_is_given_is_checked(void **state)
{
    (void)state;
    world(Z);
    assert_ends(WNetCancelConnection2W(NULL, 0, FALSE), ERROR_INVALID_ADDRESS);
    assert_ends(WNetCancelConnection2A(NULL, 0x80, FALSE), ERROR_INVALID_ADDRESS);
    assert_ends(WNetCancelConnectionW(NULL, FALSE), ERROR_INVALID_ADDRESS);
    assert_ends(WNetCancelConnectionA(NULL, FALSE), ERROR_INVALID_ADDRESS);
    assert_ends(WNetCancelConnection2W(u"Z:", CONNECT_REFCOUNT, FALSE), ERROR_INVALID_PARAMETER);
    assert_ends(WNetCancelConnection2A("", CONNECT_UPDATE_PROFILE | CONNECT_REDIRECT, FALSE),
                ERROR_INVALID_PARAMETER);
    assert_false(was_called("share.cancel"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_a_local_name_ends_that_redirection_only),
        apart(test_a_remote_name_ends_those_without_a_device_only),
        apart(test_it_is_remembered_unless_the_profile_is_updated),
        apart(test_the_old_one_forgets_it),
        apart(test_open_files),
        apart(test_open_files_and_force),
        apart(test_not_connected),
        apart(test_what_is_no_name_is_not_connected),
        apart(test_device_in_use),
        apart(test_busy),
        apart(test_bad_profile),
        apart(test_cannot_open_profile),
        apart(test_extended_error),
        apart(test_any_other_is_passed_by_number),
        apart(test_no_provider),
        apart(test_what_is_given_is_checked),
    };

    return cmocka_run_group_tests_name("wnet_cancel", tests, NULL, NULL);
}
