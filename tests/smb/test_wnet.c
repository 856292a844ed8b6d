/* SPDX-License-Identifier: MIT */
/* The WNet functions with real servers. */
#include "test_smb.h"

#include "../compat/compat_world.h"

#define WIDE(text) u"" text

static DWORD add(const WCHAR *local, const WCHAR *remote, const WCHAR *password, const WCHAR *user,
                 DWORD flags)
{
    NETRESOURCEW resource = {.dwType = RESOURCETYPE_DISK,
                             .lpLocalName = (WCHAR *)(uintptr_t)local,
                             .lpRemoteName = (WCHAR *)(uintptr_t)remote};

    return WNetAddConnection2W(&resource, password, user, flags);
}

static DWORD add_as_guest(const WCHAR *local, DWORD flags)
{
    return add(local, WIDE(GUEST), u"", u"", flags);
}

static void assert_stands_for(const WCHAR *local, const WCHAR *remote)
{
    WCHAR text[256];
    DWORD length = 256;

    assert_ends(WNetGetConnectionW(local, text, &length), NO_ERROR);
    assert_wide(text, remote);
}

/* How many a scope has; the first of them is put into `first`. */
static DWORD enumerate(DWORD scope, NETRESOURCEW first[64])
{
    DWORD count = (DWORD)-1, size = 64 * sizeof *first;
    HANDLE handle = NULL;
    DWORD status;

    assert_ends(WNetOpenEnumW(scope, RESOURCETYPE_DISK, 0, NULL, &handle), NO_ERROR);
    status = WNetEnumResourceW(handle, &count, first, &size);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
    if (status)
        assert_int_equal(status, ERROR_NO_MORE_ITEMS);
    return status ? 0 : count;
}

/* Where its files are, as the user's other programs find them. */
static void place_of(const char *local, const char *file, char out[WORLD_PATH])
{
    netdisc *nd = world_context();

    resolve(nd, local, file, out);
    netdisc_close(nd);
}

/* From the first to the last, and nothing is left. */
static void test_a_letter(void **state)
{
    (void)state;
    NETRESOURCEW items[64];
    char path[WORLD_PATH];

    assert_ends(add_as_guest(u"Z:", 0), NO_ERROR);
    assert_stands_for(u"z:", WIDE(GUEST));
    place_of("Z:", "hello", path);
    assert_true(is_same(path, world_file(WORLD_SMB, "guest", "hello")));
    assert_int_equal(enumerate(RESOURCE_CONNECTED, items), 1);
    assert_wide(items[0].lpLocalName, u"Z:");
    assert_wide(items[0].lpRemoteName, WIDE(GUEST));
    assert_wide(items[0].lpProvider, u"session");
    assert_int_equal(enumerate(RESOURCE_REMEMBERED, items), 0);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_NOT_CONNECTED);
    assert_nothing_left();
}

static void test_a_user_with_a_password(void **state)
{
    (void)state;
    assert_ends(add(u"Z:", WIDE(PRIVATE), u"wrong", u"alice", 0), ERROR_LOGON_FAILURE);
    assert_ends(add(u"Z:", WIDE(PRIVATE), WIDE(WORLD_PASSWORD), u"alice", 0), NO_ERROR);
    assert_ends(add(u"Z:", WIDE(GUEST), WIDE(WORLD_PASSWORD), u"alice", 0), ERROR_ALREADY_ASSIGNED);
    assert_ends(WNetCancelConnectionA("Z:", FALSE), NO_ERROR);
    assert_nothing_left();
}

static void test_without_a_device(void **state)
{
    (void)state;
    assert_ends(add_as_guest(NULL, CONNECT_UPDATE_PROFILE), NO_ERROR);
    assert_ends(add_as_guest(u"Z:", 0), NO_ERROR);
    assert_ends(WNetCancelConnection2W(WIDE(GUEST), CONNECT_UPDATE_PROFILE, FALSE), NO_ERROR);
    assert_ends(WNetCancelConnection2W(WIDE(GUEST), 0, FALSE), ERROR_NOT_CONNECTED);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
    assert_nothing_left();
}

static void test_it_is_remembered_until_it_is_forgotten(void **state)
{
    (void)state;
    NETRESOURCEW items[64];
    WCHAR text[256];
    DWORD length = 256;

    assert_ends(add_as_guest(u"Z:", CONNECT_UPDATE_PROFILE), NO_ERROR);
    assert_int_equal(enumerate(RESOURCE_REMEMBERED, items), 1);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
    assert_int_equal(enumerate(RESOURCE_CONNECTED, items), 0);
    assert_int_equal(enumerate(RESOURCE_REMEMBERED, items), 1);
    assert_wide(items[0].lpLocalName, u"Z:");
    assert_ends(WNetGetConnectionW(u"Z:", text, &length), ERROR_CONNECTION_UNAVAIL);
    assert_wide(text, WIDE(GUEST));
    assert_ends(WNetCancelConnectionW(u"Z:", FALSE), NO_ERROR);
    assert_int_equal(enumerate(RESOURCE_REMEMBERED, items), 0);
    assert_nothing_left();
}

static void test_open_files(void **state)
{
    (void)state;
    char path[WORLD_PATH];
    world_holder holder;

    assert_ends(add_as_guest(u"Z:", 0), NO_ERROR);
    place_of("Z:", "hello", path);
    holder = world_hold("file", path);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_OPEN_FILES);
    assert_stands_for(u"Z:", WIDE(GUEST));
    assert_ends(WNetCancelConnection2W(u"Z:", 0, TRUE), NO_ERROR);
    world_release(&holder);
    assert_nothing_left();
}

static netdisc_answer say_yes(void *data, netdisc_op *op, const netdisc_question *question)
{
    const netdisc_holder *holder = netdisc_list_holder(question->error->holders, 0);

    (void)op;
    *(uint64_t *)data = holder ? holder->pid : 0;
    return NETDISC_ANSWER_YES;
}

static void test_the_dialog(void **state)
{
    (void)state;
    DISCDLGSTRUCTW what = {.cbStructure = sizeof what, .lpLocalName = u"Z:"};
    char path[WORLD_PATH];
    world_holder holder;
    uint64_t held_by = 0;

    assert_ends(add_as_guest(u"Z:", 0), NO_ERROR);
    place_of("Z:", "hello", path);
    holder = world_hold("file", path);
    assert_ends(WNetDisconnectDialog1W(&what), ERROR_OPEN_FILES);
    netdisc_win32_set_prompt(say_yes, &held_by);
    assert_ends(WNetDisconnectDialog1W(&what), NO_ERROR);
    netdisc_win32_set_prompt(NULL, NULL);
    assert_int_equal(held_by, holder.pid);
    world_release(&holder);
    assert_nothing_left();
}

static void test_what_is_not_there(void **state)
{
    (void)state;
    assert_ends(add(u"Z:", WIDE(AT "\\nowhere"), u"", u"", 0), ERROR_BAD_NET_NAME);
    assert_ends(add(u"Z:", u"\\\\no.such.server.example\\guest", u"", u"", 0), ERROR_BAD_NETPATH);
    assert_nothing_left();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_a_letter),          in_world(test_a_user_with_a_password),
        in_world(test_without_a_device),  in_world(test_it_is_remembered_until_it_is_forgotten),
        in_world(test_open_files),        in_world(test_the_dialog),
        in_world(test_what_is_not_there),
    };
    netdisc_options options;

    begin(argc, argv);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    options = world_options(NULL);
    if (netdisc_win32_configure(&options) != NETDISC_NO_ERROR)
        bed_die("no context");
    return world_end(cmocka_run_group_tests_name("wnet_smb", tests, NULL, NULL));
}
