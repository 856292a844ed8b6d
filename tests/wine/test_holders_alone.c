/* SPDX-License-Identifier: MIT */
/* Without the Restart Manager the holders that processes show are named all the same. */
#include "wine.h"

#include <wchar.h>

#include "double_mpr.h"

static bool names_this_program(const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_holder *holder = netdisc_list_holder(list, i);

        if (holder->pid == GetCurrentProcessId() && strcmp(holder->what, "program") == 0)
            return true;
    }
    return false;
}

static void test_holders_without_the_restart_manager(void **state)
{
    (void)state;
    mpr_double *mpr = wine_double("mpr.dll", "mpr_script");
    netdisc *nd = wine_open("mpr");
    netdisc_list *list = NULL;

    /* This program is run from there. */
    mpr->shares[mpr->count++] =
        (mpr_share){.local = L"Z:", .remote = L"\\\\server\\tools", .connected = true};
    assert_status(netdisc_share_holders(nd, "Z:", 0, 0, &list, NULL), NO_ERROR);
    assert_true(names_this_program(list));

    assert_int_equal(netdisc_list_failure_count(list), 2);
    assert_status(netdisc_list_failure(list, 0)->status, ERROR_NOT_SUPPORTED);
    assert_non_null(strstr(netdisc_list_failure(list, 0)->message, "rstrtmgr.dll"));
    assert_non_null(strstr(netdisc_list_failure(list, 1)->message, "does not tell who else"));
    netdisc_list_free(list);
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_holders_without_the_restart_manager)};

    return cmocka_run_group_tests_name("win32 without rstrtmgr", tests, NULL, NULL);
}
