/* SPDX-License-Identifier: MIT */
/* On a machine without wlanapi.dll, as a server without the feature. */
#include "wine.h"

static void test_without_the_dll_there_is_no_wlan(void **state)
{
    (void)state;
    netdisc *nd = wine_open("wlanapi");
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;
    netdisc_wlan_spec spec = {.size = sizeof spec, .ssid = "home"};

    assert_error(netdisc_wlan_list(nd, 0, 0, &items, &err), err, ERROR_NOT_SUPPORTED, "wlanapi.dll");
    assert_error(netdisc_wlan_disconnect(nd, NULL, 0, 0, &err), err, ERROR_NOT_SUPPORTED, "wlanapi.dll");
    assert_error(netdisc_wlan_connect(nd, &spec, 0, 0, &err), err, ERROR_NOT_SUPPORTED, "wlanapi.dll");
    assert_status(netdisc_backends(nd, 0, 0, &items, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 1);
    assert_status(netdisc_list_backend(items, 0)->status, ERROR_NOT_SUPPORTED);
    assert_non_null(
        strstr(netdisc_list_backend(items, 0)->reason, "wlanapi.dll is not on this machine"));
    netdisc_list_free(items);
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_the_dll_there_is_no_wlan),
    };

    return cmocka_run_group_tests_name("without wlanapi", tests, NULL, NULL);
}
