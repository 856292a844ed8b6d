/* SPDX-License-Identifier: MIT */
/* Wine's mpr without any network provider: nobody can tell what is connected, and nothing is made up. */
#include "wine.h"

static netdisc *nd;

static int begin(void **state)
{
    (void)state;
    nd = wine_open("mpr");
    return 0;
}

static int end(void **state)
{
    (void)state;
    netdisc_close(nd);
    return 0;
}

static void test_a_list_fails(void **state)
{
    (void)state;
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;

    assert_error(netdisc_share_list(nd, 0, 0, &items, &err), err, ERROR_NO_NETWORK,
                 "the connected shares cannot be listed");
    assert_null(items);
}

static void test_nothing_is_said_not_to_be_connected(void **state)
{
    (void)state;
    static const char *const names[] = {"Q:", "\\\\server\\docs"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        netdisc_error *err = NULL;

        assert_error(netdisc_share_cancel(nd, names[i], NETDISC_IF_CONNECTED, 0, &err), err,
                     ERROR_NO_NETWORK, NULL);
    }
}

/* That of a local disk the system itself knows. */
static void test_a_disk_is_no_share(void **state)
{
    (void)state;
    netdisc_error *err = NULL;

    assert_error(netdisc_share_cancel(nd, "C:", 0, 0, &err), err, ERROR_NOT_CONNECTED, "C:");
}

static void test_it_is_told_that_the_provider_cannot_be_used(void **state)
{
    (void)state;
    netdisc_list *backends = NULL;

    assert_status(netdisc_backends(nd, 0, 0, &backends, NULL), NO_ERROR);

    const netdisc_backend *mpr = netdisc_list_backend(backends, 0);

    assert_string_equal(mpr->provider, "mpr");
    assert_int_equal(mpr->kinds, NETDISC_SHARE);
    assert_status(mpr->status, ERROR_NO_NETWORK);
    netdisc_list_free(backends);
}

static void test_nothing_can_be_connected(void **state)
{
    (void)state;
    const netdisc_share_spec spec = {.size = sizeof spec, .remote = "\\\\server\\docs"};
    netdisc_error *err = NULL;

    assert_error(netdisc_share_add(nd, &spec, 0, 0, &err), err, ERROR_NO_NETWORK, "was not connected");
}

typedef struct told {
    netdisc_event_type type;
    netdisc_status status;
    unsigned count;
} told;

static void note(void *data, const netdisc_event *event)
{
    told *it = data;

    it->type = event->type;
    it->status = event->status;
    it->count++;
}

static void test_a_watch_is_lost(void **state)
{
    (void)state;
    told it = {0};
    netdisc_watch *watch = NULL;
    ULONGLONG until = GetTickCount64() + 10000;

    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, note, &it, &watch, NULL), NO_ERROR);
    while (!it.count && GetTickCount64() < until)
        netdisc_dispatch(nd, 100);
    assert_int_equal(it.type, NETDISC_EVENT_LOST);
    assert_status(it.status, ERROR_NO_NETWORK);
    netdisc_watch_stop(watch);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_list_fails),
        TEST(test_nothing_is_said_not_to_be_connected),
        TEST(test_a_disk_is_no_share),
        TEST(test_it_is_told_that_the_provider_cannot_be_used),
        TEST(test_nothing_can_be_connected),
        TEST(test_a_watch_is_lost),
    };

    return cmocka_run_group_tests_name("win32 mpr alone", tests, NULL, NULL);
}
