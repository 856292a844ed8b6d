/* SPDX-License-Identifier: MIT */
/* A system without remote access. */
#include "wine_connections.h"

static void test_nobody_is_there(void **state)
{
    (void)state;
    netdisc *nd = wine_open("ras");
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    assert_error(netdisc_connection_list(nd, 0, 0, &list, &err), err, ERROR_NOT_SUPPORTED,
                 "rasapi32.dll");
    err = NULL;
    assert_error(netdisc_connection_disconnect(nd, "VPN", 0, 0, &err), err, ERROR_NOT_SUPPORTED,
                 "rasapi32.dll");
    netdisc_close(nd);
}

static void test_backends_say_so(void **state)
{
    (void)state;
    netdisc *nd = wine_open("ras");
    netdisc_list *list = NULL;

    assert_status(netdisc_backends(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_status(netdisc_list_backend(list, 0)->status, ERROR_NOT_SUPPORTED);
    assert_non_null(strstr(netdisc_list_backend(list, 0)->reason, "rasapi32.dll"));
    netdisc_list_free(list);
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_is_there),
        cmocka_unit_test(test_backends_say_so),
    };

    return cmocka_run_group_tests_name("ras absent", tests, NULL, NULL);
}
