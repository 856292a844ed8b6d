/* SPDX-License-Identifier: MIT */
/* WNetGetConnection: each code that its document lists, and its rules of sizes. */
#include "compat_world.h"

#define Z "share local=Z: remote=\\\\server\\docs state=connected\n"
#define Y "share local=Y: remote=\\\\server\\old state=remembered remembered=yes\n"

#define DOCS "\\\\server\\docs"

static void test_what_a_letter_stands_for(void **state)
{
    (void)state;
    WCHAR wide[64];
    char narrow_name[64];
    DWORD length = 64;

    world(Z Y);
    assert_ends(WNetGetConnectionW(u"z:", wide, &length), NO_ERROR);
    assert_wide(wide, u"" DOCS);
    assert_int_equal(length, 64);
    assert_ends(WNetGetConnectionA("Z:", narrow_name, &length), NO_ERROR);
    assert_string_equal(narrow_name, DOCS);
}

static void test_what_a_mount_point_stands_for(void **state)
{
    (void)state;
    char remote[64];
    DWORD length = 64;

    world("share local=/mnt/docs remote=\\\\server\\docs state=connected\n"
          "share local=/mnt/old remote=\\\\server\\old state=remembered\n");
    assert_ends(WNetGetConnectionA("/mnt/docs", remote, &length), NO_ERROR);
    assert_string_equal(remote, DOCS);
    assert_ends(WNetGetConnectionA("/mnt/old", remote, &length), ERROR_CONNECTION_UNAVAIL);
    assert_string_equal(remote, "\\\\server\\old");
}

/* The size is that with the NUL, in characters, and fits. */
static void test_more_data(void **state)
{
    (void)state;
    WCHAR wide[64] = {'x'};
    char text[64] = "x";
    DWORD length = (DWORD)strlen(DOCS), wide_length = (DWORD)strlen(DOCS);

    world(Z);
    assert_ends(WNetGetConnectionA("Z:", text, &length), ERROR_MORE_DATA);
    assert_int_equal(length, sizeof DOCS);
    assert_string_equal(text, "x");
    assert_ends(WNetGetConnectionA("Z:", text, &length), NO_ERROR);
    assert_ends(WNetGetConnectionW(u"Z:", wide, &wide_length), ERROR_MORE_DATA);
    assert_int_equal(wide_length, sizeof DOCS);
    assert_ends(WNetGetConnectionW(u"Z:", wide, &wide_length), NO_ERROR);
    assert_wide(wide, u"" DOCS);
}

static void test_the_size_can_be_asked_for(void **state)
{
    (void)state;
    DWORD length = 0;

    world(Z);
    assert_ends(WNetGetConnectionW(u"Z:", NULL, &length), ERROR_MORE_DATA);
    assert_int_equal(length, sizeof DOCS);
}

/* Characters are units of UTF-16, and bytes of the locale's encoding. */
static void test_sizes_of_what_is_not_ascii(void **state)
{
    (void)state;
    DWORD length = 0;
    WCHAR wide[64];

    setenv("LC_ALL", "C.UTF-8", 1);
    world("share local=Z: remote=\\\\s\\%c3%bc%f0%9f%98%80 state=connected\n");
    assert_ends(WNetGetConnectionA("Z:", NULL, &length), ERROR_MORE_DATA);
    assert_int_equal(length, 4 + 2 + 4 + 1);
    length = 0;
    assert_ends(WNetGetConnectionW(u"Z:", NULL, &length), ERROR_MORE_DATA);
    assert_int_equal(length, 4 + 1 + 2 + 1);
    assert_ends(WNetGetConnectionW(u"Z:", wide, &length), NO_ERROR);
    assert_wide(wide, u"\\\\s\\\u00fc\U0001f600");
}

static void test_bad_device(void **state)
{
    (void)state;
    static const char *const names[] = {"", "Z", "LPT1", "Z:\\x", "\\\\server\\docs", "1:"};
    char text[64], longest[5000];
    DWORD length = 64;

    world(Z);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_ends(WNetGetConnectionA(names[i], text, &length), ERROR_BAD_DEVICE);
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_ends(WNetGetConnectionA(longest, text, &length), ERROR_BAD_DEVICE);
    assert_int_equal(length, 64);
}

static void test_not_connected(void **state)
{
    (void)state;
    WCHAR text[64];
    DWORD length = 64;

    world(Z);
    assert_ends(WNetGetConnectionW(u"X:", text, &length), ERROR_NOT_CONNECTED);
    /* Whether it fits is not what is wrong. */
    length = 1;
    assert_ends(WNetGetConnectionW(u"X:", text, &length), ERROR_NOT_CONNECTED);
    assert_int_equal(length, 1);
}

static void test_connection_unavail(void **state)
{
    (void)state;
    WCHAR text[64];
    DWORD length = 2;

    world(Z Y);
    assert_ends(WNetGetConnectionW(u"y:\\", text, &length), ERROR_MORE_DATA);
    assert_int_equal(length, sizeof "\\\\server\\old");
    assert_ends(WNetGetConnectionW(u"y:\\", text, &length), ERROR_CONNECTION_UNAVAIL);
    assert_wide(text, u"\\\\server\\old");
}

static void test_no_network(void **state)
{
    (void)state;
    netdisc_options options = {
        .size = sizeof options, .providers = "nobody", .module_directory = "/none"};
    WCHAR text[64];
    DWORD length = 64;

    assert_status(netdisc_win32_configure(&options), NO_ERROR);
    assert_ends(WNetGetConnectionW(u"Z:", text, &length), ERROR_NO_NETWORK);
}

static void test_no_net_or_bad_path(void **state)
{
    (void)state;
    char text[64];
    DWORD length = 64;

    world("step slot=share.find manner=fail status=ERROR_SERVICE_NOT_ACTIVE\n");
    assert_ends(WNetGetConnectionA("Z:", text, &length), ERROR_NO_NET_OR_BAD_PATH);
}

static void test_extended_error(void **state)
{
    (void)state;
    char text[64];
    DWORD length = 64;

    world("step slot=share.find manner=fail status=ERROR_EXTENDED_ERROR\n");
    assert_ends(WNetGetConnectionA("Z:", text, &length), ERROR_EXTENDED_ERROR);
}

static void test_what_is_given_is_checked(void **state)
{
    (void)state;
    WCHAR text[64];
    DWORD length = 64;

    world(Z);
    assert_ends(WNetGetConnectionW(NULL, text, &length), ERROR_INVALID_ADDRESS);
    assert_ends(WNetGetConnectionW(u"Z:", text, NULL), ERROR_INVALID_ADDRESS);
    assert_ends(WNetGetConnectionA("", NULL, &length), ERROR_INVALID_ADDRESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_what_a_letter_stands_for),
        apart(test_what_a_mount_point_stands_for),
        apart(test_more_data),
        apart(test_the_size_can_be_asked_for),
        apart(test_sizes_of_what_is_not_ascii),
        apart(test_bad_device),
        apart(test_not_connected),
        apart(test_connection_unavail),
        apart(test_no_network),
        apart(test_no_net_or_bad_path),
        apart(test_extended_error),
        apart(test_what_is_given_is_checked),
    };

    return cmocka_run_group_tests_name("wnet_get", tests, NULL, NULL);
}
