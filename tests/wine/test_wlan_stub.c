/* SPDX-License-Identifier: MIT */
/* On Wine's own wlanapi.dll, which has no interfaces, and no notifications. */
#include "wine.h"

static void test_where_there_are_no_interfaces(void **state)
{
    (void)state;
    netdisc *nd = wine_open("wlanapi");
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;

    assert_status(netdisc_wlan_list(nd, 0, 0, &items, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 0);
    assert_int_equal(netdisc_list_failure_count(items), 0);
    netdisc_list_free(items);
    assert_error(netdisc_wlan_disconnect(nd, NULL, 0, 0, &err), err, ERROR_NOT_FOUND,
                 "there is no WLAN interface");
    assert_error(netdisc_wlan_disconnect(nd, "Wi-Fi", 0, 0, &err), err, ERROR_NOT_FOUND, "Wi-Fi");
    assert_status(netdisc_backends(nd, 0, 0, &items, NULL), NO_ERROR);
    assert_status(netdisc_list_backend(items, 0)->status, NO_ERROR);
    netdisc_list_free(items);
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_there_are_no_interfaces),
    };

    return cmocka_run_group_tests_name("Wine's wlanapi", tests, NULL, NULL);
}
