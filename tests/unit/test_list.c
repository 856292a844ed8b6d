/* SPDX-License-Identifier: MIT */
/* Lists, items, details and text: the small parts that everything is made of. */
#include "unit.h"

static void test_items_are_copied_whole(void **state)
{
    (void)state;
    static const uint8_t ssid[] = {'c', 0, 0xff, 'e'};
    nd_item wlan = {
        .sort = ND_SORT_WLAN,
        .key = "k",
        .as.wlan =
            {.uuid = UUID_A, .ssid = "c", .ssid_bytes = ssid, .ssid_length = sizeof ssid, .driver = "d"},
    };
    nd_item *copy = nd_item_copy(&wlan, "p");

    assert_non_null(copy);
    assert_string_equal(copy->as.wlan.provider, "p");
    assert_string_equal(copy->as.wlan.uuid, UUID_A);
    assert_ptr_not_equal(copy->as.wlan.uuid, wlan.as.wlan.uuid);
    assert_string_equal(copy->as.wlan.driver, "d");
    assert_null(copy->as.wlan.bssid);
    assert_string_equal(copy->as.wlan.name, "");
    assert_int_equal(copy->as.wlan.ssid_length, sizeof ssid);
    assert_memory_equal(copy->as.wlan.ssid_bytes, ssid, sizeof ssid);
    free(copy);
}

static void test_every_sort_has_its_own_accessor(void **state)
{
    (void)state;
    for (int sort = 0; sort < ND_SORTS; sort++) {
        netdisc_list *list = nd_list_new((nd_sort)sort);
        nd_item item = {.sort = (nd_sort)sort};

        assert_true(nd_list_add(list, &item, "p"));
        assert_int_equal(netdisc_list_count(list), 1);
        assert_int_equal(netdisc_list_share(list, 0) != NULL, sort == ND_SORT_SHARE);
        assert_int_equal(netdisc_list_wlan(list, 0) != NULL, sort == ND_SORT_WLAN);
        assert_int_equal(netdisc_list_connection(list, 0) != NULL, sort == ND_SORT_CONNECTION);
        assert_int_equal(netdisc_list_holder(list, 0) != NULL, sort == ND_SORT_HOLDER);
        assert_int_equal(netdisc_list_backend(list, 0) != NULL, sort == ND_SORT_BACKEND);
        assert_string_equal(nd_item_provider(nd_list_item(list, 0)), "p");
        assert_string_equal(nd_list_item(list, 0)->key, "");
        netdisc_list_free(list);
    }
}

static void test_what_is_up(void **state)
{
    (void)state;
    static const bool up[] = {true, false, false, true, true, true, true};
    static const char *const names[] = {"unknown",   "disconnected",  "remembered", "connecting",
                                        "connected", "disconnecting", "lost"};

    for (int i = 0; i < 7; i++) {
        nd_item item = {.sort = ND_SORT_SHARE, .as.share.state = (netdisc_state)i};

        assert_int_equal(nd_item_is_up(&item), up[i]);
        assert_string_equal(netdisc_state_name((netdisc_state)i), names[i]);
    }
    assert_string_equal(netdisc_state_name((netdisc_state)-1), "unknown");
    assert_string_equal(netdisc_state_name((netdisc_state)7), "unknown");
}

static void test_errors_are_copied_whole(void **state)
{
    (void)state;
    nd_failure why = {
        .message = "m", .native_domain = "dbus", .native_code = INT64_MIN, .native_name = "a.b.C"};
    netdisc_list *holders = nd_list_new(ND_SORT_HOLDER);
    netdisc_error *err = nd_error_from_failure(NETDISC_ERROR_OPEN_FILES, &why, "p", holders);
    netdisc_error *copy = nd_error_copy(err);

    netdisc_error_free(err);
    copy = nd_error_reword(copy, NETDISC_ERROR_BUSY, "around: %s", "m");
    assert_int_equal(copy->status, NETDISC_ERROR_BUSY);
    assert_string_equal(copy->message, "around: m");
    assert_string_equal(copy->provider, "p");
    assert_string_equal(copy->native_domain, "dbus");
    assert_string_equal(copy->native_name, "a.b.C");
    assert_true(copy->native_code == INT64_MIN);
    assert_ptr_equal(copy->holders, holders);
    netdisc_error_free(copy);
    assert_int_equal(nd_failure_status(0, NULL), NETDISC_ERROR_GEN_FAILURE);
    assert_int_equal(nd_failure_status(0, &(nd_failure){0}), NETDISC_ERROR_GEN_FAILURE);
}

static void test_text_grows(void **state)
{
    (void)state;
    nd_text text = {0};
    char *taken;

    for (int i = 0; i < 1000; i++)
        nd_text_add(&text, "%d,", i % 10);
    taken = nd_text_take(&text);
    assert_int_equal(strlen(taken), 2000);
    assert_memory_equal(taken + 1990, "5,6,7,8,9,", 11);
    free(taken);
    taken = nd_text_take(&text);
    assert_string_equal(taken, "");
    free(taken);
}

static void test_secrets_are_wiped(void **state)
{
    (void)state;
    char secret[] = "opensesame";

    nd_wipe(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(secret[i], 0);
    nd_free_secret(NULL);
}

static void test_sizes_do_not_overflow(void **state)
{
    (void)state;
    volatile size_t huge = SIZE_MAX / 2;

    assert_null(nd_alloc(huge, 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_are_copied_whole),
        cmocka_unit_test(test_every_sort_has_its_own_accessor),
        cmocka_unit_test(test_what_is_up),
        cmocka_unit_test(test_errors_are_copied_whole),
        cmocka_unit_test(test_text_grows),
        cmocka_unit_test(test_secrets_are_wiped),
        cmocka_unit_test(test_sizes_do_not_overflow),
    };

    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
