/* SPDX-License-Identifier: MIT */
/* Lists: every profile, what is active first, and nothing lost. */
#include "test_nm.h"

#define UUID_FORMAT "00000000-0000-4000-9000-%012zu"

static const netdisc_connection *need_item(const netdisc_list *items, const char *uuid, size_t which)
{
    const netdisc_connection *item = find_item(items, uuid, which);

    assert_non_null(item);
    return item;
}

static void test_a_profile_that_is_down(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_connection *item;

    world_add(&(world_profile){.name = "Büro", .uuid = ONE, .device = "zz0", .autoconnect = true});
    items = list(nd);
    item = need_item(items, ONE, 0);
    assert_string_equal(item->provider, "nm");
    assert_string_equal(item->name, "Büro");
    assert_string_equal(item->type, "802-3-ethernet");
    assert_null(item->device);
    assert_int_equal(item->state, NETDISC_STATE_DISCONNECTED);
    assert_int_equal(item->autoconnect, NETDISC_YES);
    assert_int_equal(item->external, NETDISC_NO);
    assert_int_equal(item->vpn, NETDISC_NO);
    /* It, and `lo`. */
    assert_int_equal(netdisc_list_count(items), 2);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_a_profile_that_is_up(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_connection *item;

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    world_up(ONE, NULL);
    items = list(nd);
    item = need_item(items, ONE, 0);
    assert_null(find_item(items, ONE, 1));
    assert_string_equal(item->provider, "nm");
    assert_string_equal(item->name, "one");
    assert_string_equal(item->type, "802-3-ethernet");
    assert_string_equal(item->device, "nv0");
    assert_int_equal(item->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(item->autoconnect, NETDISC_NO);
    assert_int_equal(item->external, NETDISC_NO);
    assert_int_equal(item->vpn, NETDISC_NO);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_a_vpn(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_connection *item;

    world_add(&(world_profile){
        .name = "work",
        .uuid = ONE,
        .type = "vpn",
        .ipv4 = "method=auto\n",
        .sections = "[vpn]\nservice-type=org.freedesktop.NetworkManager.openvpn\nremote=vpn.example\n",
    });
    items = list(nd);
    item = need_item(items, ONE, 0);
    assert_string_equal(item->type, "vpn");
    assert_int_equal(item->vpn, NETDISC_YES);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static netdisc_state state_of(netdisc *nd, const char *uuid)
{
    netdisc_list *items = list(nd);
    netdisc_state state = need_item(items, uuid, 0)->state;

    netdisc_list_free(items);
    return state;
}

static void test_states_on_the_way(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_install_gate();
    world_start(WORLD_NM);
    world_veth("nv0");
    world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .ipv4 = WORLD_IPV4_HANGS});
    world_begin_up(ONE, NULL);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATING));
    assert_int_equal(state_of(nd, ONE), NETDISC_STATE_CONNECTING);
    world_down(ONE);
    assert_int_equal(state_of(nd, ONE), NETDISC_STATE_DISCONNECTED);

    world_add_plain("one", ONE, "nv0");
    world_up(ONE, NULL);
    world_close_gate();
    world_begin_down(ONE);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    assert_int_equal(state_of(nd, ONE), NETDISC_STATE_DISCONNECTING);
    netdisc_close(nd);
}

static void test_active_ones_come_first(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    bool down = false;

    world_veth("nv0");
    for (size_t i = 0; i < 20; i++) {
        char uuid[64];

        snprintf(uuid, sizeof uuid, UUID_FORMAT, i);
        world_add_plain("many", uuid, i == 10 ? "nv0" : "zz0");
        if (i == 10)
            world_up(uuid, NULL);
    }
    items = list(nd);
    assert_int_equal(netdisc_list_count(items), 21);
    for (size_t i = 0; i < 21; i++) {
        bool is_down = netdisc_list_connection(items, i)->state == NETDISC_STATE_DISCONNECTED;

        assert_false(down && !is_down);
        down = is_down;
    }
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_one_profile_on_two_devices_is_two_items(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const char *devices[2];

    world_veth("nv0");
    world_veth("nv1");
    world_add(&(world_profile){.name = "multi", .uuid = ONE, .settings = "multi-connect=3\n"});
    world_up(ONE, "nv0");
    world_up(ONE, "nv1");
    items = list(nd);
    for (size_t i = 0; i < 2; i++) {
        devices[i] = need_item(items, ONE, i)->device;
        assert_non_null(devices[i]);
        assert_int_equal(need_item(items, ONE, i)->state, NETDISC_STATE_CONNECTED);
    }
    assert_null(find_item(items, ONE, 2));
    assert_string_not_equal(devices[0], devices[1]);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_external_ones(void **state)
{
    (void)state;
    static const char *const devices[] = {"tap0", "lo"};
    netdisc *nd = world_context();
    netdisc_list *items;

    world_tap("tap0");
    items = list(nd);
    assert_int_equal(netdisc_list_count(items), 2);
    for (size_t i = 0; i < 2; i++) {
        const netdisc_connection *item = netdisc_list_connection(items, i);

        assert_int_equal(item->external, NETDISC_YES);
        assert_int_equal(item->state, NETDISC_STATE_CONNECTED);
        assert_true(strcmp(item->device, devices[0]) == 0 || strcmp(item->device, devices[1]) == 0);
    }
    assert_string_not_equal(netdisc_list_connection(items, 0)->device,
                            netdisc_list_connection(items, 1)->device);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_a_bridge_and_its_port(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;

    world_veth("nv0");
    world_add(&(world_profile){
        .name = "bridge", .uuid = ONE, .device = "br0", .type = "bridge", .ipv4 = WORLD_IPV4_NONE});
    world_add(&(world_profile){
        .name = "port", .uuid = TWO, .device = "nv0", .settings = "master=br0\nslave-type=bridge\n"});
    world_up(TWO, NULL);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    items = list(nd);
    assert_string_equal(need_item(items, ONE, 0)->type, "bridge");
    assert_string_equal(need_item(items, ONE, 0)->device, "br0");
    assert_string_equal(need_item(items, TWO, 0)->device, "nv0");
    assert_int_equal(need_item(items, TWO, 0)->state, NETDISC_STATE_CONNECTED);
    netdisc_list_free(items);
    netdisc_close(nd);
}

/* ---- Many ----------------------------------------------------------------------------------- */

static void write_profiles(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[32];
        char uuid[64];

        snprintf(name, sizeof name, "profile %zu", i);
        snprintf(uuid, sizeof uuid, UUID_FORMAT, i);
        world_write(&(world_profile){.name = name, .uuid = uuid, .device = "zz0"});
    }
}

/* Each of them is there once. */
static void check_profiles(const netdisc_list *items, size_t count)
{
    unsigned char *seen = calloc(count, 1);
    const netdisc_connection *item;
    size_t number;

    assert_non_null(seen);
    for (size_t i = 0; (item = netdisc_list_connection(items, i)); i++) {
        if (sscanf(item->uuid, UUID_FORMAT, &number) != 1)
            continue;
        assert_in_range(number, 0, count - 1);
        assert_int_equal(seen[number]++, 0);
        assert_int_equal(atoi(item->name + strlen("profile ")), number);
    }
    for (size_t i = 0; i < count; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
    assert_int_equal(netdisc_list_count(items), count + 1);
}

static void test_many_profiles_are_all_there(void **state)
{
    static const size_t counts[] = {1000, 1300};

    for (size_t i = 0; i < 2; i++) {
        netdisc *nd = world_context();
        netdisc_list *items;

        world_reset_bare(state);
        write_profiles(counts[i]);
        world_start(WORLD_NM);
        items = list(nd);
        check_profiles(items, counts[i]);
        netdisc_list_free(items);
        netdisc_close(nd);
    }
}

/* The limit of a bus without NetworkManager's policy. */
static void test_a_bus_that_allows_few_replies(void **state)
{
    (void)state;
    enum { PROFILES = 300, LISTS = 8 };
    netdisc *nd = world_context();
    netdisc_op *ops[LISTS];

    write_profiles(PROFILES);
    world_kill(WORLD_BUS);
    world_start_bus_with("<limit name='max_replies_per_connection'>128</limit>");
    world_start(WORLD_NM);
    for (size_t i = 0; i < LISTS; i++)
        assert_status(netdisc_connection_list_start(nd, 0, 0, &ops[i], NULL), NO_ERROR);
    for (size_t i = 0; i < LISTS; i++) {
        netdisc_list *items = NULL;

        assert_status(netdisc_op_wait(ops[i], WORLD_MS), NO_ERROR);
        assert_status(netdisc_op_list(ops[i], &items), NO_ERROR);
        check_profiles(items, PROFILES);
        netdisc_list_free(items);
        netdisc_op_free(ops[i]);
    }
    netdisc_close(nd);
}

/* ---- The other lists ------------------------------------------------------------------------ */

static void test_no_wlan_interface_is_an_empty_list(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items = NULL;

    world_veth("nv0");
    assert_status(netdisc_wlan_list(nd, 0, 0, &items, NULL), NO_ERROR);
    assert_non_null(items);
    assert_int_equal(netdisc_list_count(items), 0);
    assert_int_equal(netdisc_list_failure_count(items), 0);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_the_provider_is_usable(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items = NULL;
    const netdisc_backend *backend;

    assert_status(netdisc_backends(nd, 0, 0, &items, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 1);
    backend = netdisc_list_backend(items, 0);
    assert_string_equal(backend->provider, "nm");
    assert_int_equal(backend->kinds, NETDISC_WLAN | NETDISC_CONNECTION);
    assert_status(backend->status, NO_ERROR);
    assert_null(backend->reason);
    netdisc_list_free(items);
    netdisc_close(nd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_a_profile_that_is_down),
        in_world(test_a_profile_that_is_up),
        in_world(test_a_vpn),
        in_bare_world(test_states_on_the_way),
        in_world(test_active_ones_come_first),
        in_world(test_one_profile_on_two_devices_is_two_items),
        in_world(test_external_ones),
        in_world(test_a_bridge_and_its_port),
        in_bare_world(test_many_profiles_are_all_there),
        in_bare_world(test_a_bus_that_allows_few_replies),
        in_world(test_no_wlan_interface_is_an_empty_list),
        in_world(test_the_provider_is_usable),
    };

    begin(argc, argv);
    return world_end(cmocka_run_group_tests_name("list", tests, NULL, NULL));
}
