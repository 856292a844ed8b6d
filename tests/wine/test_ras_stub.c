/* SPDX-License-Identifier: MIT */
/* Wine's own rasapi32.dll, which has no connections and says so. */
#include "wine_connections.h"

static void test_an_empty_list(void **state)
{
    (void)state;
    netdisc *nd = wine_open("ras");
    netdisc_list *list = connections(nd);

    assert_int_equal(netdisc_list_count(list), 0);
    assert_int_equal(netdisc_list_failure_count(list), 0);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_nothing_to_end_or_to_connect(void **state)
{
    (void)state;
    netdisc *nd = wine_open("ras");
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_disconnect(nd, "VPN", 0, 0, &err), err, ERROR_NOT_FOUND, "VPN");
    err = NULL;
    assert_error(netdisc_connection_connect(nd, "VPN", 0, 0, &err), err, ERROR_NOT_FOUND, "VPN");
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_list),
        cmocka_unit_test(test_nothing_to_end_or_to_connect),
    };

    return cmocka_run_group_tests_name("ras of Wine", tests, NULL, NULL);
}
