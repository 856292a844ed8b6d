/* SPDX-License-Identifier: MIT */
/* A system without a manager of network connections: Wine. */
#include "wine_connections.h"

static void test_nobody_is_there(void **state)
{
    (void)state;
    netdisc *nd = wine_open("netcon");
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_list(nd, 0, 0, &list, &err), err, ERROR_NOT_SUPPORTED, "netman");
    err = NULL;
    assert_error(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, &err), err, ERROR_NOT_SUPPORTED,
                 "netman");
    err = NULL;
    assert_error(netdisc_connection_connect(nd, "Ethernet", 0, 0, &err), err, ERROR_NOT_SUPPORTED,
                 "netman");
    netdisc_close(nd);
}

static void test_backends_say_so(void **state)
{
    (void)state;
    netdisc *nd = wine_open("netcon");
    netdisc_list *list = NULL;

    assert_status(netdisc_backends(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_status(netdisc_list_backend(list, 0)->status, ERROR_NOT_SUPPORTED);
    assert_non_null(strstr(netdisc_list_backend(list, 0)->reason, "netman"));
    assert_int_equal(netdisc_list_backend(list, 0)->kinds, NETDISC_CONNECTION);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_a_watch_says_so(void **state)
{
    (void)state;
    static seen_events seen;
    netdisc *nd = wine_open("netcon");
    netdisc_watch *watch = NULL;

    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see_event, &seen, &watch, NULL), NO_ERROR);
    assert_status(await_event(nd, &seen, NETDISC_EVENT_LOST, NULL)->status, ERROR_NOT_SUPPORTED);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_is_there),
        cmocka_unit_test(test_backends_say_so),
        cmocka_unit_test(test_a_watch_says_so),
    };

    return cmocka_run_group_tests_name("netcon absent", tests, NULL, NULL);
}
