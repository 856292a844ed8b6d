/* SPDX-License-Identifier: MIT */
/* Enumerations that no good system gives, and that Wine's mpr would not let through: the backend's own
 * reading of them, on functions of ours. */
#include "wine.h"

#include "../../src/backend-win32/mpr.h"

enum { MOST = 8 };

/* What the next calls give: entries as they stand in the buffer, and then a code. */
typedef struct given {
    NETRESOURCEW entries[MOST];
    DWORD count;
    DWORD told; /* the count that is told; 0: as it is */
    const WCHAR *text;
    size_t text_length; /* characters; put behind the entries */
    DWORD then;
    DWORD open_code;
    unsigned busy;
    bool endless;
    unsigned calls;
} given;

static given connected;
static given remembered;
static DWORD letter_code;
static const WCHAR *letter_remote;

/* A string in the buffer, at this place in given.text. */
#define AT(place) ((WCHAR *)(uintptr_t)((place) + 1))

static DWORD WINAPI open_enum(DWORD scope, DWORD type, DWORD usage, LPNETRESOURCEW resource,
                              LPHANDLE out)
{
    given *which = scope == RESOURCE_CONNECTED ? &connected : &remembered;

    (void)type;
    (void)usage;
    assert_null(resource);
    which->calls = 0;
    *out = which;
    return which->open_code;
}

/* Small numbers stand for places in the text, all else is given as it is. */
static WCHAR *placed(const WCHAR *text, WCHAR *start)
{
    uintptr_t place = (uintptr_t)text;

    if (place == 0 || place > 10000)
        return (WCHAR *)(uintptr_t)text;
    return start + place - 1;
}

static DWORD WINAPI enum_resource(HANDLE handle, LPDWORD count, LPVOID buffer, LPDWORD size)
{
    given *which = handle;
    NETRESOURCEW *to = buffer;
    WCHAR *end = (WCHAR *)(void *)((char *)buffer + *size);
    WCHAR *start = end - which->text_length;

    if (which->busy) {
        which->busy--;
        return WN_FUNCTION_BUSY;
    }
    if (which->calls++ && !which->endless)
        return which->then;
    memcpy(start, which->text, which->text_length * sizeof *start);
    for (DWORD i = 0; i < which->count; i++) {
        to[i] = which->entries[i];
        to[i].lpLocalName = placed(to[i].lpLocalName, start);
        to[i].lpRemoteName = placed(to[i].lpRemoteName, start);
    }
    *count = which->told ? which->told : which->count;
    return NO_ERROR;
}

static DWORD WINAPI close_enum(HANDLE handle)
{
    (void)handle;
    return NO_ERROR;
}

static DWORD WINAPI get_connection(LPCWSTR local, LPWSTR remote, LPDWORD room)
{
    (void)room;
    if (*local != L'Q')
        return ERROR_NOT_CONNECTED;
    if (!letter_code || letter_code == ERROR_CONNECTION_UNAVAIL)
        lstrcpyW(remote, letter_remote);
    return letter_code;
}

static DWORD WINAPI get_user(LPCWSTR name, LPWSTR user, LPDWORD room)
{
    (void)name;
    (void)room;
    lstrcpyW(user, L"DOMAIN\\bob");
    return NO_ERROR;
}

static bool abandoned(nd_call *call)
{
    (void)call;
    return false;
}

static void lacks(nd_call *call, netdisc_status status, const nd_failure *why)
{
    (void)status;
    (void)why;
    *(unsigned *)call->data += 1;
}

static void note(nd_call *call, const char *text)
{
    (void)call;
    (void)text;
}

static netdisc_status parse_share(const char *text, nd_name *out)
{
    return nd_parse_share(text, out, NULL);
}

static const nd_host_functions functions = {
    .abandoned = abandoned,
    .lacks = lacks,
    .note = note,
    .parse_share = parse_share,
    .name_clear = nd_name_clear,
    .same_remote = nd_same_remote,
    .same_text = nd_same_text,
};
static const nd_host host = {.fn = &functions};
static nd_mpr mpr = {
    .host = &host,
    .call =
        {
            .WNetOpenEnumW = open_enum,
            .WNetEnumResourceW = enum_resource,
            .WNetCloseEnum = close_enum,
            .WNetGetConnectionW = get_connection,
            .WNetGetUserW = get_user,
        },
};

static int begin(void **state)
{
    (void)state;
    connected = (given){.then = ERROR_NO_MORE_ITEMS};
    remembered = (given){.then = ERROR_NO_MORE_ITEMS};
    letter_code = ERROR_NOT_CONNECTED;
    nd_patience_init(&mpr.patience);
    return 0;
}

/* ---- What is found -------------------------------------------------------------------------- */

typedef struct found {
    size_t count;
    char text[MOST][128]; /* LOCAL REMOTE STATE USER */
    netdisc_tristate remembered[MOST];
} found;

static void keep(void *data, const nd_item *item)
{
    found *it = data;
    const netdisc_share *share = &item->as.share;

    assert_true(it->count < MOST);
    it->remembered[it->count] = share->remembered;
    snprintf(it->text[it->count++], sizeof *it->text, "%s %s %s %s", share->local ? share->local : "-",
             share->remote, netdisc_state_name(share->state), share->user ? share->user : "-");
}

typedef struct looked {
    netdisc_status status;
    unsigned lacks;
    found found;
    nd_trouble why;
} looked;

static looked look(nd_slot slot, nd_slot purpose, uint32_t flags, const char *name)
{
    looked it = {0};
    nd_name target = {0};
    nd_request request = {0};
    nd_call call = {.host = &host,
                    .request = &request,
                    .slot = slot,
                    .purpose = purpose,
                    .flags = flags,
                    .data = &it.lacks};

    if (name)
        assert_int_equal(nd_parse_share_or_server(name, &target, NULL), NETDISC_NO_ERROR);
    request.target = target;
    it.status = nd_mpr_shares(&mpr, &call, name ? &target : NULL, keep, &it.found, &it.why);
    nd_name_clear(&target);
    return it;
}

static looked list(void)
{
    return look(ND_SHARE_LIST, ND_SHARE_LIST, 0, NULL);
}

/* ---- Tests ---------------------------------------------------------------------------------- */

static void test_strings_that_are_none(void **state)
{
    (void)state;
    static const WCHAR text[] = L"Q:\0\\\\server\\docs\0\0unended";
    static WCHAR outside[] = L"\\\\outside\\docs";
    looked it;

    connected.text = text;
    connected.text_length = ND_COUNT(text) - 1;
    connected.entries[connected.count++] = (NETRESOURCEW){.lpLocalName = AT(0), .lpRemoteName = AT(3)};
    connected.entries[connected.count++] = (NETRESOURCEW){.lpLocalName = NULL, .lpRemoteName = AT(3)};
    connected.entries[connected.count++] = (NETRESOURCEW){.lpLocalName = AT(18), .lpRemoteName = AT(3)};
    connected.entries[connected.count++] = (NETRESOURCEW){.lpLocalName = AT(0), .lpRemoteName = NULL};
    connected.entries[connected.count++] = (NETRESOURCEW){.lpLocalName = AT(0), .lpRemoteName = AT(17)};
    connected.entries[connected.count++] = (NETRESOURCEW){.lpLocalName = AT(0), .lpRemoteName = AT(19)};
    connected.entries[connected.count++] = (NETRESOURCEW){.lpLocalName = AT(0), .lpRemoteName = outside};
    connected.entries[connected.count++] =
        (NETRESOURCEW){.lpLocalName = AT(0), .lpRemoteName = (WCHAR *)(uintptr_t)0xdeadbee};
    it = list();
    assert_int_equal(it.status, NETDISC_NO_ERROR);
    assert_int_equal(it.found.count, 2);
    assert_string_equal(it.found.text[0], "Q: \\\\server\\docs connected DOMAIN\\bob");
    assert_string_equal(it.found.text[1], "- \\\\server\\docs connected DOMAIN\\bob");
}

static void test_more_entries_told_than_there_are(void **state)
{
    (void)state;
    static const WCHAR text[] = L"\\\\server\\docs";

    connected.text = text;
    connected.text_length = ND_COUNT(text);
    connected.entries[connected.count++] = (NETRESOURCEW){.lpRemoteName = AT(0)};
    connected.told = 0x7fffffff;

    looked it = list();

    assert_int_equal(it.status, NETDISC_NO_ERROR);
    assert_int_equal(it.found.count, 1);
}

static void test_an_enumeration_without_an_end(void **state)
{
    (void)state;
    static const WCHAR text[] = L"\\\\server\\docs";

    connected.text = text;
    connected.text_length = ND_COUNT(text);
    connected.entries[connected.count++] = (NETRESOURCEW){.lpRemoteName = AT(0)};
    connected.endless = true;

    looked it = list();

    assert_int_equal(it.status, NETDISC_NO_ERROR);
    assert_int_equal(it.lacks, 1);
    assert_int_equal(it.found.count, 1);
}

static void test_a_busy_enumeration_is_asked_again(void **state)
{
    (void)state;
    connected.busy = 2;
    remembered.busy = 1;

    looked it = list();

    assert_int_equal(it.status, NETDISC_NO_ERROR);
    assert_int_equal(it.lacks, 0);

    /* But not by a watch. */
    nd_trouble why = {0};
    found none = {0};

    connected.busy = 1;
    assert_status(nd_mpr_shares(&mpr, NULL, NULL, keep, &none, &why), ERROR_BUSY);
}

static void test_what_is_remembered_matters_for_a_letter_alone(void **state)
{
    (void)state;
    remembered.open_code = ERROR_CANNOT_OPEN_PROFILE;
    assert_int_equal(list().lacks, 1);
    assert_status(look(ND_SHARE_FIND, ND_SHARE_CANCEL, 0, "R:").status, NO_ERROR);
    assert_status(look(ND_SHARE_FIND, ND_SHARE_ADD, 0, "R:").status, NO_ERROR);
    assert_status(look(ND_SHARE_FIND, ND_SHARE_CANCEL, NETDISC_UPDATE_PROFILE, "//a/b").status,
                  NO_ERROR);
    assert_status(look(ND_SHARE_FIND, ND_SHARE_CANCEL, NETDISC_UPDATE_PROFILE, "R:").status,
                  ERROR_CANNOT_OPEN_PROFILE);
    assert_status(look(ND_SHARE_FIND, ND_SHARE_ADD, NETDISC_UPDATE_PROFILE, "R:").status,
                  ERROR_CANNOT_OPEN_PROFILE);
    /* What R: stands for, when it is not connected. */
    assert_status(look(ND_SHARE_FIND, ND_SHARE_FIND, 0, "R:").status, ERROR_CANNOT_OPEN_PROFILE);
    letter_code = NO_ERROR;
    letter_remote = L"\\\\server\\docs";

    looked it = look(ND_SHARE_FIND, ND_SHARE_FIND, 0, "Q:");

    assert_status(it.status, NO_ERROR);
    assert_int_equal(it.found.remembered[0], NETDISC_UNKNOWN);
}

static void test_both_cannot_be_had(void **state)
{
    (void)state;
    connected.open_code = ERROR_NO_NETWORK;
    remembered.open_code = ERROR_CANNOT_OPEN_PROFILE;

    looked it = list();

    assert_status(it.status, ERROR_NO_NETWORK);
    assert_int_equal(it.lacks, 0);
}

/* A provider need not enumerate what it has. */
static void test_a_letter_is_asked_for(void **state)
{
    (void)state;
    letter_code = NO_ERROR;
    letter_remote = L"\\\\server\\docs";

    looked it = look(ND_SHARE_FIND, ND_SHARE_CANCEL, 0, "Q:");

    assert_int_equal(it.found.count, 1);
    assert_string_equal(it.found.text[0], "Q: \\\\server\\docs connected DOMAIN\\bob");

    /* It tells, though the enumeration does not. */
    connected.open_code = ERROR_NO_NETWORK;
    assert_status(look(ND_SHARE_FIND, ND_SHARE_CANCEL, 0, "Q:").status, NO_ERROR);
    letter_code = ERROR_NOT_CONNECTED;
    assert_status(look(ND_SHARE_FIND, ND_SHARE_CANCEL, 0, "Q:").status, NO_ERROR);
    letter_code = ERROR_NO_NETWORK;
    assert_status(look(ND_SHARE_FIND, ND_SHARE_CANCEL, 0, "Q:").status, ERROR_NO_NETWORK);
}

static void test_a_letter_that_is_not_connected_now(void **state)
{
    (void)state;
    letter_code = ERROR_CONNECTION_UNAVAIL;
    letter_remote = L"\\\\server\\docs";

    looked it = look(ND_SHARE_FIND, ND_SHARE_CANCEL, 0, "Q:");

    assert_int_equal(it.found.count, 1);
    assert_string_equal(it.found.text[0], "Q: \\\\server\\docs remembered -");

    /* Some do not say for what it is remembered. */
    letter_remote = L"";
    assert_int_equal(look(ND_SHARE_FIND, ND_SHARE_CANCEL, 0, "Q:").found.count, 0);
}

static void test_no_other_provider_has_to_wait_for_what_cannot_be(void **state)
{
    (void)state;
    connected.open_code = ERROR_NO_NETWORK;
    assert_status(look(ND_SHARE_FIND, ND_SHARE_CANCEL, 0, "smb://a:4450/b").status, NO_ERROR);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_strings_that_are_none),
        TEST(test_more_entries_told_than_there_are),
        TEST(test_an_enumeration_without_an_end),
        TEST(test_a_busy_enumeration_is_asked_again),
        TEST(test_what_is_remembered_matters_for_a_letter_alone),
        TEST(test_both_cannot_be_had),
        TEST(test_a_letter_is_asked_for),
        TEST(test_a_letter_that_is_not_connected_now),
        TEST(test_no_other_provider_has_to_wait_for_what_cannot_be),
    };

    return cmocka_run_group_tests_name("win32 mpr nonsense", tests, NULL, NULL);
}
