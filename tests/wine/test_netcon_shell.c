/* SPDX-License-Identifier: MIT */
/* Where the system has a function of its own to free what it gave, that frees all of it. */
#include "fake_netcon.h"
#include "wine_connections.h"

static void test_properties_are_given_back_to_the_system(void **state)
{
    (void)state;
    LONG *freed = wine_double("netshell.dll", "netshell_freed");

    fake_begin();
    fake_register();
    fake_add(1, L"Ethernet", L"NIC", NCS_CONNECTED)->takes_ms = 100;
    fake_add(2, NULL, NULL, NCS_CONNECTED);

    netdisc *nd = wine_open("netcon");

    netdisc_list_free(connections(nd));
    assert_status(netdisc_connection_disconnect(nd, "Ethernet", 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
    assert_true(fake.given > 4);
    assert_int_equal(*freed, fake.given);
    fake_unregister();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties_are_given_back_to_the_system),
    };

    return cmocka_run_group_tests_name("netcon with netshell.dll", tests, NULL, NULL);
}
