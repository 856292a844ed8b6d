/* SPDX-License-Identifier: MIT */
/* WNetAddConnection2: each code that its document lists, and what of a NETRESOURCE reaches the provider. */
#include "compat_world.h"

#define FAILS(status) "step slot=share.add manner=fail status=" #status "\n"

static DWORD add(const char *local, const char *remote, DWORD type, DWORD flags)
{
    NETRESOURCEA resource = {.dwType = type,
                             .lpLocalName = (char *)(uintptr_t)local,
                             .lpRemoteName = (char *)(uintptr_t)remote};

    return WNetAddConnection2A(&resource, NULL, NULL, flags);
}

static DWORD add_wide(const WCHAR *local, const WCHAR *remote, const WCHAR *password, const WCHAR *user)
{
    NETRESOURCEW resource = {.dwType = RESOURCETYPE_DISK,
                             .lpLocalName = (WCHAR *)(uintptr_t)local,
                             .lpRemoteName = (WCHAR *)(uintptr_t)remote};

    return WNetAddConnection2W(&resource, password, user, 0);
}

static DWORD add_as(const char *user, const char *password)
{
    NETRESOURCEA resource = {.dwType = RESOURCETYPE_DISK, .lpRemoteName = "\\\\server\\docs"};

    return WNetAddConnection2A(&resource, password, user, 0);
}

/* Longer than any name or password may be. */
static char *endless_text(void)
{
    static char text[5000];

    memset(text, 'x', sizeof text - 1);
    return text;
}

static DWORD add_from(char *provider)
{
    NETRESOURCEA resource = {
        .dwType = RESOURCETYPE_DISK, .lpRemoteName = "\\\\server\\docs", .lpProvider = provider};

    return WNetAddConnection2A(&resource, NULL, NULL, 0);
}

/* By both functions. */
#define assert_add_ends(expected)                                                                       \
    do {                                                                                                \
        assert_ends(add_wide(u"Z:", u"\\\\server\\docs", NULL, NULL), expected);                        \
        assert_ends(add("Z:", "\\\\server\\docs", RESOURCETYPE_DISK, 0), expected);                     \
    } while (0)

static bool stands_for(const WCHAR *local, const WCHAR *remote)
{
    WCHAR text[64];
    DWORD length = 64;

    return WNetGetConnectionW(local, text, &length) == NO_ERROR && same_wide(text, remote);
}

static void test_a_letter(void **state)
{
    (void)state;
    world("");
    assert_ends(add_wide(u"z:", u"\\\\server\\docs", NULL, NULL), NO_ERROR);
    assert_true(stands_for(u"Z:", u"\\\\server\\docs"));
    assert_ends(add("Y:", "\\\\server\\music", RESOURCETYPE_DISK, 0), NO_ERROR);
    assert_true(stands_for(u"Y:", u"\\\\server\\music"));
    /* As the document's own example has it. */
    assert_ends(add("X:", "\\\\server\\films", RESOURCETYPE_ANY, 0), NO_ERROR);
}

static void test_without_a_device(void **state)
{
    (void)state;
    world("");
    assert_ends(add(NULL, "\\\\server\\docs", RESOURCETYPE_ANY, 0), NO_ERROR);
    assert_ends(add("", "\\\\server\\music", RESOURCETYPE_DISK, 0), NO_ERROR);
    assert_false(was_called("local="));
    assert_ends(WNetCancelConnection2W(u"\\\\server\\music", 0, FALSE), NO_ERROR);
}

static void test_what_is_remembered(void **state)
{
    (void)state;
    world("");
    assert_ends(add("Z:", "\\\\server\\a", RESOURCETYPE_DISK, CONNECT_UPDATE_PROFILE), NO_ERROR);
    assert_true(was_called("share.add flags=0x1 "));
    assert_false(was_called("share.add flags=0x0 "));
    assert_ends(
        add("Y:", "\\\\server\\b", RESOURCETYPE_DISK, CONNECT_UPDATE_PROFILE | CONNECT_TEMPORARY),
        NO_ERROR);
    assert_true(was_called("share.add flags=0x0 "));
}

/* They are about a user who is asked, the list of recent connections, media, and a local name that is given. */
static void test_flags_without_effect(void **state)
{
    (void)state;
    world("");
    assert_ends(add("Z:", "\\\\server\\a", RESOURCETYPE_DISK,
                    CONNECT_UPDATE_RECENT | CONNECT_INTERACTIVE | CONNECT_PROMPT | CONNECT_REDIRECT |
                        CONNECT_CURRENT_MEDIA | CONNECT_COMMANDLINE | CONNECT_CMD_SAVECRED |
                        CONNECT_CRED_RESET),
                NO_ERROR);
    assert_true(was_called("share.add flags=0x0 "));
}

static void test_users(void **state)
{
    (void)state;
    world("step slot=share.add manner=properly password=g%c3%a4heim\n");
    setenv("LC_ALL", "C.UTF-8", 1);
    assert_ends(add_wide(NULL, u"\\\\server\\a", u"g\u00e4heim", u"WORK\\ada"), NO_ERROR);
    assert_true(was_called("user=ada domain=WORK auth=0"));
    assert_ends(add_wide(NULL, u"\\\\server\\b", u"g\u00e4heim", u"bob@work.example"), NO_ERROR);
    assert_true(was_called("user=bob@work.example auth=0"));
    assert_ends(add_wide(NULL, u"\\\\server\\c", u"g\u00e4heim", u"\\carl"), NO_ERROR);
    assert_true(was_called("user=carl auth=0"));
    assert_ends(add_wide(NULL, u"\\\\server\\d", u"g\u00e4heim", NULL), NO_ERROR);
    assert_true(was_called("remote=\\\\server\\d auth=0"));
}

static void test_nobodys_name_is_a_guests(void **state)
{
    (void)state;
    world("");
    assert_ends(add_wide(NULL, u"\\\\server\\a", u"", u""), NO_ERROR);
    assert_true(was_called("remote=\\\\server\\a auth=3"));
}

static void test_providers(void **state)
{
    (void)state;
    world("");
    assert_ends(add_from("fake"), NO_ERROR);
    assert_ends(add_from(""), NO_ERROR);
    /* That of Windows for such shares stands for all that are here. */
    assert_ends(add_from("Microsoft Windows Network"), NO_ERROR);
}

static void test_bad_provider(void **state)
{
    (void)state;
    world("");
    assert_ends(add_from("NetWare"), ERROR_BAD_PROVIDER);
}

static void test_access_denied(void **state)
{
    (void)state;
    world(FAILS(ERROR_ACCESS_DENIED));
    assert_add_ends(ERROR_ACCESS_DENIED);
}

static void test_already_assigned(void **state)
{
    (void)state;
    world("share local=Z: remote=\\\\server\\other state=connected\n" FAILS(ERROR_ALREADY_ASSIGNED));
    assert_add_ends(ERROR_ALREADY_ASSIGNED);
}

static void test_bad_dev_type(void **state)
{
    (void)state;
    world("");
    assert_ends(add("Z:", "\\\\server\\docs", RESOURCETYPE_PRINT, 0), ERROR_BAD_DEV_TYPE);
    assert_ends(add("LPT1", "\\\\server\\printer", RESOURCETYPE_PRINT, 0), ERROR_BAD_DEV_TYPE);
    assert_ends(add(NULL, "\\\\server\\printer", RESOURCETYPE_PRINT, 0), ERROR_BAD_DEV_TYPE);
    assert_false(was_called("share.add"));
}

static void test_bad_device(void **state)
{
    (void)state;
    world("");
    assert_ends(add("LPT1", "\\\\server\\docs", RESOURCETYPE_DISK, 0), ERROR_BAD_DEVICE);
    assert_ends(add_wide(u"Z", u"\\\\server\\docs", NULL, NULL), ERROR_BAD_DEVICE);
    assert_ends(add("\\\\server\\docs", "\\\\server\\docs", RESOURCETYPE_DISK, 0), ERROR_BAD_DEVICE);
}

static void test_bad_net_name(void **state)
{
    (void)state;
    char longest[MAX_PATH + 2] = "\\\\server\\";

    world("");
    assert_ends(add("Z:", NULL, RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    assert_ends(add("Z:", "", RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    assert_ends(add("Z:", "Y:", RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    assert_ends(add(NULL, "/mnt/docs", RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    assert_ends(add("Z:", "\\\\server", RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    assert_ends(add("Z:", "docs", RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    assert_ends(add(NULL, "server\\docs", RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    memset(longest + strlen(longest), 'x', sizeof longest - 1 - strlen(longest));
    assert_ends(add(NULL, longest, RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    assert_false(was_called("share.add"));
}

/* MAX_PATH characters are the most. */
static void test_the_longest_name(void **state)
{
    (void)state;
    char name[MAX_PATH + 2] = "\\\\";

    world("");
    while (strlen(name) < MAX_PATH - 9)
        strcat(name, strlen(name) % 50 ? "a" : ".");
    strcat(name, "\\12345678");
    assert_int_equal(strlen(name), MAX_PATH);
    assert_ends(add(NULL, name, RESOURCETYPE_DISK, 0), NO_ERROR);
    strcat(name, "9");
    assert_ends(add(NULL, name, RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
}

static void test_no_such_share(void **state)
{
    (void)state;
    world(FAILS(ERROR_BAD_NET_NAME));
    assert_add_ends(ERROR_BAD_NET_NAME);
}

static void test_bad_profile(void **state)
{
    (void)state;
    world(FAILS(ERROR_BAD_PROFILE));
    assert_add_ends(ERROR_BAD_PROFILE);
}

static void test_bad_username(void **state)
{
    (void)state;
    static const WCHAR half[] = {'a', 0xDC00, 0};

    world("");
    assert_ends(add_wide(NULL, u"\\\\server\\docs", NULL, u"a\nb"), ERROR_BAD_USERNAME);
    assert_ends(add_wide(NULL, u"\\\\server\\docs", NULL, u"WORK\\"), ERROR_BAD_USERNAME);
    assert_ends(add_wide(NULL, u"\\\\server\\docs", NULL, half), ERROR_BAD_USERNAME);
    assert_ends(add_as("ada\xe4", "secret"), ERROR_BAD_USERNAME);
    assert_ends(add_as("\xc2\x85", "secret"), ERROR_BAD_USERNAME);
    assert_ends(add_as(endless_text(), "secret"), ERROR_BAD_USERNAME);
    assert_false(was_called("share.add"));
}

/* As in another code page than the locale's, and what no server could be given. */
static void test_what_is_no_password(void **state)
{
    (void)state;
    static const WCHAR half[] = {0xD800, 'a', 0};

    world("");
    assert_ends(add_wide(NULL, u"\\\\server\\docs", half, u"ada"), ERROR_INVALID_PASSWORD);
    assert_ends(add_as("ada", "p\xe4ss"), ERROR_INVALID_PASSWORD);
    assert_ends(add_as("ada", "a\nb"), ERROR_INVALID_PASSWORD);
    assert_ends(add_as("ada", endless_text()), ERROR_INVALID_PASSWORD);
    assert_false(was_called("share.add"));
    assert_ends(add_as("ad\xc3\xa4", "p\xc3\xa4ss \xef\xbf\xbd"), NO_ERROR);
}

static void test_names_that_are_too_long(void **state)
{
    (void)state;
    char remote[200] = "\\\\server\\";
    char *local = endless_text();

    world("");
    local[0] = '/';
    assert_ends(add(local, "\\\\server\\docs", RESOURCETYPE_DISK, 0), ERROR_BAD_DEVICE);
    memset(remote + strlen(remote), 'x', 100);
    assert_ends(add(NULL, remote, RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    memset(remote, 'x', sizeof remote - 1);
    assert_ends(add(NULL, remote, RESOURCETYPE_DISK, 0), ERROR_BAD_NET_NAME);
    assert_false(was_called("share.add"));
}

static void test_busy(void **state)
{
    (void)state;
    world(FAILS(ERROR_BUSY));
    assert_add_ends(ERROR_BUSY);
}

static void test_cancelled(void **state)
{
    (void)state;
    world(FAILS(ERROR_CANCELLED));
    assert_add_ends(ERROR_CANCELLED);
}

static void test_cannot_open_profile(void **state)
{
    (void)state;
    world(FAILS(ERROR_CANNOT_OPEN_PROFILE));
    assert_add_ends(ERROR_CANNOT_OPEN_PROFILE);
}

static void test_device_already_remembered(void **state)
{
    (void)state;
    world(FAILS(ERROR_DEVICE_ALREADY_REMEMBERED));
    assert_add_ends(ERROR_DEVICE_ALREADY_REMEMBERED);
}

static void test_extended_error(void **state)
{
    (void)state;
    DWORD code = 0;
    char text[256], provider[64];

    world("step slot=share.add manner=fail status=ERROR_EXTENDED_ERROR domain=errno code=71 "
          "message=odd\n");
    assert_add_ends(ERROR_EXTENDED_ERROR);
    assert_ends(WNetGetLastErrorA(&code, text, sizeof text, provider, sizeof provider), NO_ERROR);
    assert_int_equal(code, 71);
}

/* Nobody could tell the program which letter it was. */
static void test_invalid_address(void **state)
{
    (void)state;
    world("");
    assert_ends(add(NULL, "\\\\server\\docs", RESOURCETYPE_DISK, CONNECT_REDIRECT),
                ERROR_INVALID_ADDRESS);
    assert_ends(add("", "\\\\server\\docs", RESOURCETYPE_DISK, CONNECT_REDIRECT), ERROR_INVALID_ADDRESS);
    assert_ends(WNetAddConnection2A(NULL, NULL, NULL, 0), ERROR_INVALID_ADDRESS);
    assert_ends(WNetAddConnection2W(NULL, NULL, NULL, 0), ERROR_INVALID_ADDRESS);
}

static void test_invalid_parameter(void **state)
{
    (void)state;
    world("");
    assert_ends(add("Z:", "\\\\server\\docs", 3, 0), ERROR_INVALID_PARAMETER);
    assert_ends(add("Z:", "\\\\server\\docs", RESOURCETYPE_UNKNOWN, 0), ERROR_INVALID_PARAMETER);
    assert_ends(add("Z:", "\\\\server\\docs", RESOURCETYPE_DISK, CONNECT_RESERVED),
                ERROR_INVALID_PARAMETER);
    assert_ends(add("Z:", NULL, RESOURCETYPE_DISK, CONNECT_LOCALDRIVE), ERROR_INVALID_PARAMETER);
}

static void test_invalid_password(void **state)
{
    (void)state;
    world("step slot=share.add manner=properly password=right\n");
    assert_ends(add_wide(NULL, u"\\\\server\\docs", u"wrong", u"ada"), ERROR_INVALID_PASSWORD);
    assert_ends(add_wide(NULL, u"\\\\server\\docs", u"right", u"ada"), NO_ERROR);
}

static void test_logon_failure(void **state)
{
    (void)state;
    world(FAILS(ERROR_LOGON_FAILURE));
    assert_add_ends(ERROR_LOGON_FAILURE);
}

static void test_no_net_or_bad_path(void **state)
{
    (void)state;
    world(FAILS(ERROR_NOT_SUPPORTED));
    assert_add_ends(ERROR_NO_NET_OR_BAD_PATH);
}

static void test_no_network(void **state)
{
    (void)state;
    world(FAILS(ERROR_SERVICE_NOT_ACTIVE));
    assert_add_ends(ERROR_NO_NETWORK);
}

static void test_any_other_is_passed_by_number(void **state)
{
    (void)state;
    world(FAILS(ERROR_SESSION_CREDENTIAL_CONFLICT));
    assert_add_ends(ERROR_SESSION_CREDENTIAL_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_a_letter),
        apart(test_without_a_device),
        apart(test_what_is_remembered),
        apart(test_flags_without_effect),
        apart(test_users),
        apart(test_nobodys_name_is_a_guests),
        apart(test_providers),
        apart(test_bad_provider),
        apart(test_access_denied),
        apart(test_already_assigned),
        apart(test_bad_dev_type),
        apart(test_bad_device),
        apart(test_bad_net_name),
        apart(test_the_longest_name),
        apart(test_no_such_share),
        apart(test_bad_profile),
        apart(test_bad_username),
        apart(test_what_is_no_password),
        apart(test_names_that_are_too_long),
        apart(test_busy),
        apart(test_cancelled),
        apart(test_cannot_open_profile),
        apart(test_device_already_remembered),
        apart(test_extended_error),
        apart(test_invalid_address),
        apart(test_invalid_parameter),
        apart(test_invalid_password),
        apart(test_logon_failure),
        apart(test_no_net_or_bad_path),
        apart(test_no_network),
        apart(test_any_other_is_passed_by_number),
    };

    return cmocka_run_group_tests_name("wnet_add", tests, NULL, NULL);
}
