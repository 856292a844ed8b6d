/* SPDX-License-Identifier: MIT */
/* WLAN interfaces, with a double of NetworkManager where there is no hardware. */
#include "test_nm.h"
#include "wifi_world.h"
#include "wlan_events.h"

/* Of version 5, from the address that the device keeps. Whoever has stored one relies on it. */
#define WLAN0 "f49b4ff8-c863-5e73-8a00-331881c91faf"
#define WLAN1 "c2f68b55-d6ae-5d51-bf43-76e20b0e10d2"

#define WLAN0_BRACES "{F49B4FF8-C863-5E73-8A00-331881C91FAF}"

#define SECRET "sesame-open-now"

enum { SHORT_MS = 300, LONG_ENOUGH_MS = 5000 };

/* ---- Short forms ---------------------------------------------------------------------------- */

static netdisc_list *list_wlans(netdisc *nd)
{
    netdisc_list *out = NULL;

    assert_status(netdisc_wlan_list(nd, 0, 0, &out, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_failure_count(out), 0);
    return out;
}

static const netdisc_wlan *find_wlan(const netdisc_list *items, const char *name)
{
    for (size_t i = 0; i < netdisc_list_count(items); i++)
        if (strcmp(netdisc_list_wlan(items, i)->name, name) == 0)
            return netdisc_list_wlan(items, i);
    fail_msg("%s is not listed", name);
    return NULL;
}

static netdisc_state state_of(netdisc *nd, const char *name)
{
    netdisc_list *items = list_wlans(nd);
    netdisc_state state = find_wlan(items, name)->state;

    netdisc_list_free(items);
    return state;
}

static netdisc_status drop(netdisc *nd, const char *device, uint32_t flags, netdisc_error **err)
{
    return netdisc_wlan_disconnect(nd, device, flags, 0, err);
}

static netdisc_wlan_spec by_profile(const char *profile)
{
    return (netdisc_wlan_spec){.size = sizeof(netdisc_wlan_spec), .profile = profile};
}

static netdisc_wlan_spec by_ssid(const char *ssid, const char *passphrase)
{
    return (netdisc_wlan_spec){
        .size = sizeof(netdisc_wlan_spec), .ssid = ssid, .passphrase = passphrase};
}

static netdisc_status join(netdisc *nd, netdisc_wlan_spec spec, netdisc_error **err)
{
    return netdisc_wlan_connect(nd, &spec, 0, 0, err);
}

static netdisc_op *start_join(netdisc *nd, netdisc_wlan_spec spec, uint32_t flags, int timeout_ms)
{
    netdisc_op *op = NULL;

    assert_status(netdisc_wlan_connect_start(nd, &spec, flags, timeout_ms, &op, NULL), NO_ERROR);
    return op;
}

/* It is connected with a profile of its own, made here. */
static void be_on(const char *ssid, const char *uuid)
{
    wifi_add(&(wifi_profile){.name = ssid, .uuid = uuid, .ssid = ssid, .key = WIFI_KEY});
    world_up(uuid, "wlan0");
    wifi_forget_calls();
}

static bool is_idle(const void *device)
{
    return world_device_state(device) == 30;
}

static void assert_untouched(void)
{
    assert_int_equal(wifi_calls("Disconnect"), 0);
    assert_int_equal(wifi_calls("DeactivateConnection"), 0);
    assert_int_equal(wifi_calls("ActivateConnection"), 0);
    assert_int_equal(wifi_calls("AddAndActivateConnection2"), 0);
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static void test_a_device_that_is_idle(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items = list_wlans(nd);
    const netdisc_wlan *item = find_wlan(items, "wlan0");

    /* Neither Ethernet nor the peer-to-peer device of every Wi-Fi device. */
    assert_int_equal(netdisc_list_count(items), 1);
    assert_string_equal(item->provider, "nm");
    assert_string_equal(item->uuid, WLAN0);
    assert_string_equal(item->driver, "mac80211_hwsim");
    assert_null(item->ssid);
    assert_null(item->ssid_bytes);
    assert_int_equal(item->ssid_length, 0);
    assert_null(item->bssid);
    assert_null(item->profile);
    assert_int_equal(item->state, NETDISC_STATE_DISCONNECTED);
    assert_int_equal(item->signal, -1);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_a_device_that_is_up(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_wlan *item;

    be_on("clinging", ONE);
    items = list_wlans(nd);
    item = find_wlan(items, "wlan0");
    assert_string_equal(item->uuid, WLAN0);
    assert_string_equal(item->ssid, "clinging");
    assert_int_equal(item->ssid_length, 8);
    assert_memory_equal(item->ssid_bytes, "clinging", 8);
    assert_string_equal(item->bssid, "02:00:00:00:01:0c");
    assert_string_equal(item->profile, "clinging");
    assert_int_equal(item->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(item->signal, 50);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_a_name_that_is_not_text(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_wlan *item;

    wifi_add(&(wifi_profile){.name = "bad", .uuid = ONE, .ssid = "caf\xE9\xFF", .key = WIFI_KEY});
    world_up(ONE, "wlan0");
    items = list_wlans(nd);
    item = find_wlan(items, "wlan0");
    assert_string_equal(item->ssid, "caf\uFFFD\uFFFD");
    assert_int_equal(item->ssid_length, 5);
    assert_memory_equal(item->ssid_bytes, "caf\xE9\xFF", 5);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_states_on_the_way(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    wifi_add(&(wifi_profile){.name = "endless", .uuid = ONE, .ssid = "endless", .key = WIFI_KEY});
    world_begin_up(ONE, "wlan0");
    assert_int_equal(state_of(nd, "wlan0"), NETDISC_STATE_CONNECTING);
    be_on("clinging", TWO);
    assert_int_equal(state_of(nd, "wlan0"), NETDISC_STATE_CONNECTED);
    world_begin_down(TWO);
    assert_int_equal(state_of(nd, "wlan0"), NETDISC_STATE_DISCONNECTING);
    netdisc_close(nd);
}

/* Until NetworkManager has seen the network it shows an access point without an address. */
static void test_a_network_that_is_looked_for(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_wlan *item;

    wifi_tell("LoseNetwork", "endless");
    wifi_add(&(wifi_profile){.name = "far", .uuid = ONE, .ssid = "endless", .key = WIFI_KEY});
    world_begin_up(ONE, "wlan0");
    assert_true(world_wait_device("wlan0", 50));
    items = list_wlans(nd);
    item = find_wlan(items, "wlan0");
    assert_int_equal(item->state, NETDISC_STATE_CONNECTING);
    assert_string_equal(item->ssid, "endless");
    assert_null(item->bssid);
    assert_int_equal(item->signal, -1);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_two_devices(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items = list_wlans(nd);

    assert_int_equal(netdisc_list_count(items), 2);
    assert_string_equal(find_wlan(items, "wlan0")->uuid, WLAN0);
    assert_string_equal(find_wlan(items, "wlan1")->uuid, WLAN1);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_the_uuid_stays(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc *other = world_context();
    netdisc_list *items;
    netdisc_list *others;

    be_on("labnet", ONE);
    items = list_wlans(nd);
    others = list_wlans(other);
    assert_string_equal(find_wlan(items, "wlan0")->uuid, WLAN0);
    assert_string_equal(find_wlan(others, "wlan0")->uuid, WLAN0);
    netdisc_list_free(items);
    netdisc_list_free(others);
    netdisc_close(other);
    netdisc_close(nd);
}

/* ---- Disconnecting -------------------------------------------------------------------------- */

static void check_disconnect_of(const char *device)
{
    netdisc *nd = world_context();

    be_on("labnet", ONE);
    assert_status(drop(nd, device, 0, NULL), NO_ERROR);
    assert_int_equal(world_device_state("wlan0"), 30);
    netdisc_close(nd);
}

static void test_disconnect_by_interface(void **state)
{
    (void)state;
    check_disconnect_of("wlan0");
}

static void test_disconnect_by_guid(void **state)
{
    (void)state;
    check_disconnect_of(WLAN0_BRACES);
}

static void test_disconnect_the_only_one(void **state)
{
    (void)state;
    check_disconnect_of(NULL);
}

static void test_disconnect_says_what_was_ended(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = NULL;
    netdisc_list *items = NULL;

    be_on("labnet", ONE);
    assert_status(netdisc_wlan_disconnect_start(nd, "wlan0", 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_status(netdisc_op_list(op, &items), NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 1);
    assert_string_equal(netdisc_list_wlan(items, 0)->ssid, "labnet");
    netdisc_list_free(items);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_disconnect_one_of_two(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    be_on("labnet", ONE);
    assert_error(drop(nd, NULL, 0, &err), err, ERROR_DUP_NAME, "wlan0");
    err = NULL;
    assert_error(drop(nd, NULL, 0, &err), err, ERROR_DUP_NAME, "wlan1");
    assert_untouched();
    assert_status(drop(nd, "wlan0", 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

/* Two profiles would come up by themselves if they were let. */
static void be_on_lab_with_another(void)
{
    wifi_add(&(wifi_profile){
        .name = "lab", .uuid = ONE, .ssid = "labnet", .key = WIFI_KEY, .autoconnect = true});
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    wifi_add(&(wifi_profile){.name = "open", .uuid = TWO, .ssid = "opennet", .autoconnect = true});
    wifi_forget_calls();
}

static void test_it_stays_down(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    be_on_lab_with_another();
    assert_status(drop(nd, "wlan0", 0, NULL), NO_ERROR);
    assert_int_equal(wifi_calls("Disconnect"), 1);
    assert_int_equal(wifi_calls("DeactivateConnection"), 0);
    wifi_let_time_pass();
    assert_int_equal(world_device_state("wlan0"), 30);
    netdisc_close(nd);
}

static void test_another_may_take_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    be_on_lab_with_another();
    assert_status(drop(nd, "wlan0", NETDISC_ALLOW_RECONNECT, NULL), NO_ERROR);
    assert_int_equal(wifi_calls("Disconnect"), 0);
    assert_int_equal(wifi_calls("DeactivateConnection"), 1);
    assert_true(world_wait_state(TWO, WORLD_ACTIVATED));
    netdisc_close(nd);
}

static void test_disconnect_what_is_idle(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    assert_error(drop(nd, "wlan0", 0, &err), err, ERROR_NOT_CONNECTED, "wlan0");
    assert_status(drop(nd, "wlan0", NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    assert_untouched();
    netdisc_close(nd);
}

static void test_disconnect_while_the_radio_is_off(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    be_on("labnet", ONE);
    wifi_set_radio(false);
    assert_error(drop(nd, NULL, 0, &err), err, ERROR_NOT_CONNECTED, "wlan0");
    netdisc_close(nd);
}

static void test_disconnect_while_connecting(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    wifi_add(&(wifi_profile){.name = "endless", .uuid = ONE, .ssid = "endless", .key = WIFI_KEY});
    world_begin_up(ONE, "wlan0");
    assert_status(drop(nd, "wlan0", 0, NULL), NO_ERROR);
    assert_int_equal(world_device_state("wlan0"), 30);
    netdisc_close(nd);
}

static void test_disconnect_without_waiting(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    be_on("clinging", ONE);
    assert_status(drop(nd, "wlan0", NETDISC_NO_WAIT, NULL), NO_ERROR);
    assert_int_equal(world_device_state("wlan0"), 110);
    netdisc_close(nd);
}

static void test_disconnect_takes_too_long(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    be_on("clinging", ONE);
    assert_error(netdisc_wlan_disconnect(nd, "wlan0", 0, WORLD_ACCEPTED_MS, &err), err, ERROR_TIMEOUT,
                 "accepted");
    netdisc_close(nd);
}

static void test_disconnect_is_cancelled(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = NULL;

    be_on("clinging", ONE);
    assert_status(netdisc_wlan_disconnect_start(nd, "wlan0", 0, 0, &op, NULL), NO_ERROR);
    assert_true(world_wait_device("wlan0", 110));
    wifi_let_time_pass();
    netdisc_op_cancel(op);
    assert_op_error(op, ERROR_CANCELLED, "accepted");
    netdisc_close(nd);
}

static void test_what_is_not_wifi(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    assert_error(drop(nd, "eth0", 0, &err), err, ERROR_NOT_FOUND, "Ethernet");
    err = NULL;
    assert_error(drop(nd, "eth0", 0, &err), err, ERROR_NOT_FOUND, "Wi-Fi");
    err = NULL;
    assert_error(drop(nd, "p2p-dev-wlan0", 0, &err), err, ERROR_NOT_FOUND, "peer-to-peer");
    err = NULL;
    assert_error(drop(nd, "wlan7", 0, &err), err, ERROR_NOT_FOUND, "wlan7");
    err = NULL;
    assert_error(drop(nd, WLAN1, 0, &err), err, ERROR_NOT_FOUND, NULL);
    netdisc_close(nd);
}

/* ---- Connecting with a known profile -------------------------------------------------------- */

static void check_join_with(netdisc_wlan_spec spec)
{
    netdisc *nd = world_context();

    assert_status(join(nd, spec, NULL), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
    assert_int_equal(wifi_calls("ActivateConnection"), 1);
    assert_int_equal(wifi_calls("AddAndActivateConnection2"), 0);
    assert_int_equal(wifi_profile_count(), 1);
    netdisc_close(nd);
}

static void test_join_by_profile(void **state)
{
    (void)state;
    wifi_add_lab(ONE);
    check_join_with(by_profile("lab"));
}

static void test_join_by_uuid(void **state)
{
    (void)state;
    wifi_add_lab(WORLD_UUID(0a));
    netdisc *nd = world_context();

    assert_status(join(nd, by_profile("{00000000-0000-4000-8000-00000000000A}"), NULL), NO_ERROR);
    assert_int_equal(world_state(WORLD_UUID(0a)), WORLD_ACTIVATED);
    netdisc_close(nd);
}

static void test_join_a_known_network(void **state)
{
    (void)state;
    wifi_add_lab(ONE);
    check_join_with(by_ssid("labnet", NULL));
}

static void test_join_a_known_network_with_its_key(void **state)
{
    (void)state;
    wifi_add_lab(ONE);
    check_join_with(by_ssid("labnet", WIFI_KEY));
}

static void test_a_new_key_for_a_known_network(void **state)
{
    (void)state;
    wifi_add(&(wifi_profile){.name = "lab", .uuid = ONE, .ssid = "labnet", .key = "what-it-was"});
    check_join_with(by_ssid("labnet", WIFI_KEY));
    assert_string_equal(wifi_key_of(ONE), WIFI_KEY);
}

static void test_a_wrong_key_for_a_known_network(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_add_lab(ONE);
    assert_error(join(nd, by_ssid("labnet", SECRET), &err), err, ERROR_INVALID_PASSWORD, "lab");
    assert_string_equal(wifi_key_of(ONE), WIFI_KEY);
    assert_int_equal(wifi_profile_count(), 1);
    netdisc_close(nd);
}

static void test_a_stored_key_that_is_wrong(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_add(&(wifi_profile){.name = "lab", .uuid = ONE, .ssid = "labnet", .key = SECRET});
    assert_error(join(nd, by_profile("lab"), &err), err, ERROR_INVALID_PASSWORD, "lab");
    assert_true(wifi_has_profile("lab"));
    netdisc_close(nd);
}

/* The same by the other verb. */
static void test_a_named_connection_with_a_wrong_key(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_add(&(wifi_profile){.name = "lab", .uuid = ONE, .ssid = "labnet", .key = SECRET});
    assert_error(netdisc_connection_connect(nd, "lab", 0, 0, &err), err, ERROR_INVALID_PASSWORD, "lab");
    netdisc_close(nd);
}

/* Where an agent is there NetworkManager goes on asking it for the key, and so its user. */
static void test_a_wrong_key_for_a_known_network_with_an_agent(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_add(&(wifi_profile){.name = "asked", .uuid = ONE, .ssid = "agent", .key = WIFI_KEY});
    assert_error(join(nd, by_ssid("agent", SECRET), &err), err, ERROR_INVALID_PASSWORD, "asked");
    assert_true(world_wait(is_idle, "wlan0"));
    assert_string_equal(wifi_key_of(ONE), WIFI_KEY);
    netdisc_close(nd);
}

/* Who gave no key lets the user be asked. */
static void test_a_stored_key_that_is_wrong_with_an_agent(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    wifi_add(&(wifi_profile){.name = "asked", .uuid = ONE, .ssid = "agent", .key = SECRET});
    assert_op_error(start_join(nd, by_profile("asked"), 0, WORLD_ACCEPTED_MS), ERROR_TIMEOUT,
                    "accepted");
    assert_int_equal(world_device_state("wlan0"), 60);
    netdisc_close(nd);
}

static void test_a_profile_out_of_reach(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_add(&(wifi_profile){.name = "far", .uuid = ONE, .ssid = "nowhere", .key = WIFI_KEY});
    assert_error(join(nd, by_profile("far"), &err), err, ERROR_NOT_FOUND, "far");
    assert_true(wifi_has_profile("far"));
    netdisc_close(nd);
}

static void test_no_such_profile(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_add(&(wifi_profile){.name = "wired", .uuid = ONE});
    wifi_add_lab(TWO);
    assert_error(join(nd, by_profile("nobody"), &err), err, ERROR_NOT_FOUND, "nobody");
    err = NULL;
    assert_error(join(nd, by_profile(THREE), &err), err, ERROR_NOT_FOUND, THREE);
    err = NULL;
    assert_error(join(nd, by_profile("wired"), &err), err, ERROR_NOT_FOUND, "wired");
    assert_untouched();
    netdisc_close(nd);
}

static void test_two_profiles_of_one_name(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_add_lab(ONE);
    wifi_add_lab(TWO);
    assert_error(join(nd, by_profile("lab"), &err), err, ERROR_DUP_NAME, ONE);
    assert_status(join(nd, by_profile(TWO), NULL), NO_ERROR);
    assert_int_equal(world_state(TWO), WORLD_ACTIVATED);
    netdisc_close(nd);
}

static void test_a_profile_of_another_device(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_wlan_spec spec = by_ssid("labnet", WIFI_KEY);

    wifi_add(&(wifi_profile){
        .name = "other's", .uuid = ONE, .ssid = "labnet", .key = WIFI_KEY, .device = "wlan1"});
    spec.device = "wlan0";
    assert_status(join(nd, spec, NULL), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    assert_true(wifi_has_profile("labnet"));
    netdisc_close(nd);
}

/* ---- Connecting with a new profile ---------------------------------------------------------- */

/* A new profile is there for good afterwards. */
static void check_new(const char *ssid, const char *passphrase, const char *profile)
{
    netdisc *nd = world_context();

    assert_status(join(nd, by_ssid(ssid, passphrase), NULL), NO_ERROR);
    assert_int_equal(state_of(nd, "wlan0"), NETDISC_STATE_CONNECTED);
    assert_status(drop(nd, "wlan0", 0, NULL), NO_ERROR);
    assert_true(wifi_has_profile(profile));
    netdisc_close(nd);
}

static void test_join_a_new_network(void **state)
{
    (void)state;
    check_new("labnet", WIFI_KEY, "labnet");
}

/* Of several access points of its name. */
static void test_join_the_strongest(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;

    assert_status(join(nd, by_ssid("labnet", WIFI_KEY), NULL), NO_ERROR);
    items = list_wlans(nd);
    assert_string_equal(find_wlan(items, "wlan0")->bssid, "02:00:00:00:01:00");
    assert_int_equal(find_wlan(items, "wlan0")->signal, 90);
    netdisc_list_free(items);
    netdisc_close(nd);
}

/* Who gives a key does not want to talk in the clear, however strong the one who offers it. */
static void test_a_key_is_not_for_an_open_network(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    netdisc_list *items;

    assert_int_not_equal(join(nd, by_ssid("opennet", WIFI_KEY), &err), NETDISC_NO_ERROR);
    netdisc_error_free(err);
    assert_untouched();
    assert_status(join(nd, by_ssid("twin", WIFI_KEY), NULL), NO_ERROR);
    items = list_wlans(nd);
    assert_string_equal(find_wlan(items, "wlan0")->bssid, "02:00:00:00:01:0e");
    netdisc_list_free(items);
    netdisc_close(nd);
}

/* Also where the machine is on the open one of the name already. */
static void test_a_key_while_on_the_open_one(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;

    assert_status(join(nd, by_ssid("twin", NULL), NULL), NO_ERROR);
    items = list_wlans(nd);
    assert_string_equal(find_wlan(items, "wlan0")->bssid, "02:00:00:00:01:0f");
    netdisc_list_free(items);
    assert_status(join(nd, by_ssid("twin", WIFI_KEY), NULL), NO_ERROR);
    items = list_wlans(nd);
    assert_string_equal(find_wlan(items, "wlan0")->bssid, "02:00:00:00:01:0e");
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_join_an_open_network(void **state)
{
    (void)state;
    check_new("opennet", NULL, "opennet");
}

static void test_join_each_kind_of_security(void **state)
{
    (void)state;
    check_new("dualnet", WIFI_KEY, "dualnet");
    check_new("saenet", WIFI_KEY, "saenet");
    check_new("wepnet", "12345", "wepnet");
}

static void test_join_by_bytes(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_wlan_spec spec = by_ssid(NULL, WIFI_KEY);
    netdisc_op *op;
    netdisc_list *items = NULL;

    spec.ssid_bytes = (const uint8_t *)"caf\xE9\xFF";
    spec.ssid_length = 5;
    op = start_join(nd, spec, 0, 0);
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_status(netdisc_op_list(op, &items), NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 1);
    assert_string_equal(netdisc_list_wlan(items, 0)->name, "wlan0");
    assert_string_equal(netdisc_list_wlan(items, 0)->ssid, "caf\uFFFD\uFFFD");
    assert_int_equal(netdisc_list_wlan(items, 0)->state, NETDISC_STATE_CONNECTED);
    netdisc_list_free(items);
    netdisc_op_free(op);
    netdisc_close(nd);
}

/* It is not in the list until somebody scans. */
static void test_join_a_network_not_seen_yet(void **state)
{
    (void)state;
    check_new("distant", WIFI_KEY, "distant");
}

static void test_join_a_network_not_seen_yet_by_iwd(void **state)
{
    (void)state;
    wifi_tell("UseDaemon", "iwd");
    check_new("distant", WIFI_KEY, "distant");
}

static void test_join_a_hidden_network(void **state)
{
    (void)state;
    check_new("hiddennet", WIFI_KEY, "hiddennet");
}

/* Who asks for a scan while there is one gets that, which called nobody. */
static void test_join_a_hidden_network_amid_a_scan(void **state)
{
    (void)state;
    wifi_tell("BeginScan", "wlan0");
    check_new("hiddennet", WIFI_KEY, "hiddennet");
}

static void check_refusal(const char *ssid, const char *passphrase, netdisc_status expected,
                          const char *text, int line)
{
    netdisc *nd = world_context();
    netdisc_wlan_spec spec = by_ssid(ssid, passphrase);
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_wlan_connect(nd, &spec, 0, LONG_ENOUGH_MS, &err);

    check_error(status, err, expected, text, __FILE__, line);
    assert_true(world_wait(is_idle, "wlan0"));
    assert_int_equal(wifi_profile_count(), 0);
    netdisc_close(nd);
}

#define assert_refused(ssid, passphrase, expected, text)                                                \
    check_refusal(ssid, passphrase, NETDISC_##expected, text, __LINE__)

static void test_a_wrong_key(void **state)
{
    (void)state;
    assert_refused("labnet", SECRET, ERROR_INVALID_PASSWORD, "labnet");
}

static void test_a_wrong_key_with_an_agent(void **state)
{
    (void)state;
    assert_refused("agent", SECRET, ERROR_INVALID_PASSWORD, "agent");
    /* NetworkManager forgets the profile by itself, and may crash if it is asked to at that moment. */
    assert_int_equal(wifi_calls("Delete"), 0);
}

static void test_a_key_that_cannot_be_one(void **state)
{
    (void)state;
    assert_refused("labnet", "short", ERROR_INVALID_PASSWORD, "labnet");
    assert_refused("labnet", "", ERROR_INVALID_PASSWORD, "labnet");
    assert_refused("labnet", NULL, ERROR_INVALID_PASSWORD, "labnet");
    assert_int_equal(wifi_calls("AddAndActivateConnection2"), 0);
}

static void test_a_network_for_more_than_a_key(void **state)
{
    (void)state;
    assert_refused("company", WIFI_KEY, ERROR_NOT_SUPPORTED, "company");
}

static void test_no_such_network(void **state)
{
    (void)state;
    assert_refused("nowhere", WIFI_KEY, ERROR_NOT_FOUND, "nowhere");
    assert_refused("nowhere", NULL, ERROR_NOT_FOUND, "nowhere");
}

static void test_a_network_that_goes_away(void **state)
{
    (void)state;
    assert_refused("fleeting", WIFI_KEY, ERROR_NOT_FOUND, NULL);
}

/* ---- What is up already --------------------------------------------------------------------- */

static void test_join_what_is_up(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    be_on("labnet", ONE);
    assert_status(join(nd, by_ssid("labnet", NULL), NULL), NO_ERROR);
    assert_status(join(nd, by_ssid("labnet", WIFI_KEY), NULL), NO_ERROR);
    assert_status(join(nd, by_profile("labnet"), NULL), NO_ERROR);
    assert_status(join(nd, by_profile(ONE), NULL), NO_ERROR);
    assert_untouched();
    netdisc_close(nd);
}

static void test_join_what_is_on_its_way(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    wifi_add_lab(ONE);
    world_begin_up(ONE, "wlan0");
    wifi_forget_calls();
    assert_status(join(nd, by_profile("lab"), NULL), NO_ERROR);
    assert_untouched();
    netdisc_close(nd);
}

static void test_join_another_network(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    be_on("labnet", ONE);
    assert_status(join(nd, by_ssid("opennet", NULL), NULL), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    assert_true(wifi_has_profile("opennet"));
    netdisc_close(nd);
}

/* Once the key has proved wrong NetworkManager goes back to the other network. */
static void test_a_wrong_key_while_another_is_up(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_add(&(wifi_profile){.name = "open", .uuid = ONE, .ssid = "opennet", .autoconnect = true});
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    assert_error(join(nd, by_ssid("labnet", SECRET), &err), err, ERROR_INVALID_PASSWORD, "labnet");
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    assert_int_equal(wifi_profile_count(), 1);
    netdisc_close(nd);
}

static void test_join_with_one_of_two(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_wlan_spec spec = by_ssid("labnet", WIFI_KEY);
    netdisc_error *err = NULL;

    assert_error(join(nd, spec, &err), err, ERROR_DUP_NAME, "wlan0");
    err = NULL;
    assert_error(join(nd, spec, &err), err, ERROR_DUP_NAME, "wlan1");
    assert_untouched();
    spec.device = WLAN1;
    assert_status(join(nd, spec, NULL), NO_ERROR);
    assert_int_equal(world_device_state("wlan1"), 100);
    assert_int_equal(world_device_state("wlan0"), 30);
    netdisc_close(nd);
}

static void test_join_with_what_is_not_wifi(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_wlan_spec spec = by_ssid("labnet", WIFI_KEY);
    netdisc_error *err = NULL;

    spec.device = "eth0";
    assert_error(join(nd, spec, &err), err, ERROR_NOT_FOUND, "Ethernet");
    netdisc_close(nd);
}

static void test_join_while_the_radio_is_off(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    wifi_set_radio(false);
    assert_int_not_equal(join(nd, by_ssid("labnet", WIFI_KEY), &err), NETDISC_NO_ERROR);
    netdisc_error_free(err);
    err = NULL;
    assert_int_equal(wifi_profile_count(), 0);
    wifi_add_lab(ONE);
    assert_int_not_equal(join(nd, by_profile("lab"), &err), NETDISC_NO_ERROR);
    assert_non_null(strstr(err->message, "not available"));
    netdisc_error_free(err);
    netdisc_close(nd);
}

/* ---- Not to the end ------------------------------------------------------------------------- */

static void test_join_without_waiting(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_join(nd, by_ssid("endless", WIFI_KEY), NETDISC_NO_WAIT, 0);

    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_int_equal(state_of(nd, "wlan0"), NETDISC_STATE_CONNECTING);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_join_takes_too_long(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    assert_op_error(start_join(nd, by_ssid("endless", WIFI_KEY), 0, WORLD_ACCEPTED_MS), ERROR_TIMEOUT,
                    "accepted");
    netdisc_close(nd);
}

static void test_join_is_cancelled(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_join(nd, by_ssid("endless", WIFI_KEY), 0, 0);

    assert_true(world_wait_device("wlan0", 50));
    wifi_let_time_pass();
    netdisc_op_cancel(op);
    assert_op_error(op, ERROR_CANCELLED, "accepted");
    netdisc_close(nd);
}

/* What nobody waits for any more is not stored. */
static void test_nothing_stays_of_a_join_that_was_given_up(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    assert_op_error(start_join(nd, by_ssid("endless", WIFI_KEY), 0, WORLD_ACCEPTED_MS), ERROR_TIMEOUT,
                    "accepted");
    assert_status(drop(nd, "wlan0", NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    assert_true(world_wait(is_idle, "wlan0"));
    assert_int_equal(wifi_profile_count(), 0);
    netdisc_close(nd);
}

/* ---- Secrets -------------------------------------------------------------------------------- */

/* From other threads. */
static int told;

static void look_for_secret(void *data, netdisc_log_level level, const char *message)
{
    (void)data;
    (void)level;
    if (strstr(message, SECRET) || strstr(message, WIFI_KEY))
        __atomic_store_n(&told, 1, __ATOMIC_RELAXED);
}

static void look_into(netdisc_op *op)
{
    const netdisc_error *err;
    const char *note;

    netdisc_op_wait(op, WORLD_MS);
    err = netdisc_op_error(op);
    note = netdisc_op_note(op);
    if (err)
        look_for_secret(NULL, NETDISC_LOG_DEBUG, err->message);
    if (note)
        look_for_secret(NULL, NETDISC_LOG_DEBUG, note);
    netdisc_op_free(op);
}

static void test_nobody_tells_the_key(void **state)
{
    (void)state;
    netdisc_options options = world_options();
    netdisc *nd = NULL;

    options.log = look_for_secret;
    assert_status(netdisc_open(&nd, &options, NULL), NO_ERROR);
    wifi_add(&(wifi_profile){.name = "dual", .uuid = ONE, .ssid = "dualnet", .key = SECRET});
    look_into(start_join(nd, by_ssid("labnet", SECRET), 0, 0));
    look_into(start_join(nd, by_ssid("dualnet", SECRET), 0, 0));
    look_into(start_join(nd, by_ssid("fleeting", SECRET), 0, 0));
    look_into(start_join(nd, by_ssid("nowhere", SECRET), 0, 0));
    look_into(start_join(nd, by_ssid("company", SECRET), 0, 0));
    look_into(start_join(nd, by_ssid("endless", WIFI_KEY), 0, SHORT_MS));
    look_into(start_join(nd, by_ssid("endless", WIFI_KEY), NETDISC_NO_WAIT, 0));
    look_into(start_join(nd, by_ssid("labnet", WIFI_KEY), 0, 0));
    netdisc_close(nd);
    assert_false(__atomic_load_n(&told, __ATOMIC_RELAXED));
}

/* ---- Watching ------------------------------------------------------------------------------- */

static const seen_event *check_next(netdisc *nd, netdisc_event_type type, netdisc_state from,
                                    netdisc_state to, int line)
{
    const seen_event *event = next(nd);

    if (event->type == type && event->old_state == from && event->state == to)
        return event;
    print_events();
    print_error("expected %s to %s\n", netdisc_state_name(from), netdisc_state_name(to));
    _fail(__FILE__, line);
    return NULL;
}

#define next_change(nd, from, to)                                                                       \
    check_next(nd, NETDISC_EVENT_CHANGED, NETDISC_STATE_##from, NETDISC_STATE_##to, __LINE__)

static void assert_words(const char *reason, const char *part)
{
    if (!*reason || strpbrk(reason, "0123456789") || !strstr(reason, part))
        fail_msg("the reason is \"%s\"", reason);
}

static void test_watch_a_connection(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch(nd);
    const seen_event *event;

    be_on("labnet", ONE);
    next_change(nd, DISCONNECTED, CONNECTING);
    event = next_change(nd, CONNECTING, CONNECTED);
    assert_string_equal(event->uuid, WLAN0);
    assert_string_equal(event->ssid, "labnet");
    assert_int_equal(event->status, NETDISC_NO_ERROR);
    world_down(ONE);
    next_change(nd, CONNECTED, DISCONNECTING);
    event = next_change(nd, DISCONNECTING, DISCONNECTED);
    assert_string_equal(event->uuid, WLAN0);
    assert_int_equal(event->status, NETDISC_NO_ERROR);
    assert_words(event->reason, "disconnect");
    finish(nd, w);
}

static void test_watch_our_own(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch(nd);

    assert_status(join(nd, by_ssid("labnet", WIFI_KEY), NULL), NO_ERROR);
    next_change(nd, DISCONNECTED, CONNECTING);
    next_change(nd, CONNECTING, CONNECTED);
    assert_status(drop(nd, "wlan0", 0, NULL), NO_ERROR);
    next_change(nd, CONNECTED, DISCONNECTING);
    next_change(nd, DISCONNECTING, DISCONNECTED);
    finish(nd, w);
}

/* It comes to be disconnected, by whatever way, for this reason and with this error. */
static void check_end(netdisc *nd, netdisc_status expected, const char *reason)
{
    netdisc_status status = NETDISC_NO_ERROR;
    const seen_event *event;

    do {
        event = next(nd);
        assert_int_equal(event->type, NETDISC_EVENT_CHANGED);
        assert_string_equal(event->uuid, WLAN0);
        if (event->status)
            status = event->status;
    } while (event->state != NETDISC_STATE_DISCONNECTED);
    assert_words(event->reason, reason);
    assert_string_equal(netdisc_status_name(status), netdisc_status_name(expected));
}

static void test_watch_an_access_point_go(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    be_on("labnet", ONE);
    w = watch(nd);
    wifi_tell("LoseNetwork", "labnet");
    check_end(nd, NETDISC_ERROR_NOT_FOUND, "not found");
    finish(nd, w);
}

static void test_watch_iwd_lose_an_access_point(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    wifi_tell("UseDaemon", "iwd");
    be_on("labnet", ONE);
    w = watch(nd);
    wifi_tell("LoseNetwork", "labnet");
    check_end(nd, NETDISC_ERROR_NO_NETWORK, "the link to the network was lost");
    finish(nd, w);
}

static void test_watch_a_wrong_key(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch(nd);

    wifi_add(&(wifi_profile){.name = "lab", .uuid = ONE, .ssid = "labnet", .key = SECRET});
    world_begin_up(ONE, "wlan0");
    next_change(nd, DISCONNECTED, CONNECTING);
    check_end(nd, NETDISC_ERROR_INVALID_PASSWORD, "password");
    finish(nd, w);
}

static void test_watch_the_radio(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    be_on("labnet", ONE);
    w = watch(nd);
    wifi_set_radio(false);
    next_change(nd, CONNECTED, DISCONNECTED);
    wifi_set_radio(true);
    world_up(ONE, "wlan0");
    next_change(nd, DISCONNECTED, CONNECTING);
    finish(nd, w);
}

static void check_removed(const seen_event *event)
{
    assert_int_equal(event->type, NETDISC_EVENT_REMOVED);
    assert_string_equal(event->uuid, WLAN0);
    assert_words(event->reason, "the device was removed");
}

static void test_watch_a_device_come_and_go(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    be_on("labnet", ONE);
    w = watch(nd);
    wifi_tell("Unplug", "wlan0");
    do
        event = next(nd);
    while (event->type == NETDISC_EVENT_CHANGED);
    check_removed(event);
    wifi_plug_in("wlan0", WIFI_ADDRESS);
    event = next(nd);
    assert_int_equal(event->type, NETDISC_EVENT_ADDED);
    /* Its address is not known from the first moment. */
    assert_string_equal(event->uuid, WLAN0);
    assert_int_equal(event->state, NETDISC_STATE_DISCONNECTED);
    finish(nd, w);
}

/* In the middle of being looked at. */
static void test_watch_a_device_vanish(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    be_on("labnet", ONE);
    w = watch(nd);
    wifi_tell("UnplugWhenRead", "wlan0");
    check_removed(next(nd));
    finish(nd, w);
}

static void test_watch_what_takes_over(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    be_on_lab_with_another();
    w = watch(nd);
    assert_status(drop(nd, "wlan0", NETDISC_ALLOW_RECONNECT, NULL), NO_ERROR);
    next_change(nd, CONNECTED, DISCONNECTING);
    next_change(nd, DISCONNECTING, DISCONNECTED);
    next_change(nd, DISCONNECTED, CONNECTING);
    assert_string_equal(next_change(nd, CONNECTING, CONNECTED)->ssid, "opennet");
    finish(nd, w);
}

static void test_watch_what_takes_its_place(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    be_on("labnet", ONE);
    w = watch(nd);
    assert_status(join(nd, by_ssid("opennet", NULL), NULL), NO_ERROR);
    next_change(nd, CONNECTED, DISCONNECTING);
    event = next_change(nd, DISCONNECTING, DISCONNECTED);
    /* Not that of the next one, which is there by now. */
    assert_string_equal(event->ssid, "");
    assert_words(event->reason, "another connection");
    next_change(nd, DISCONNECTED, CONNECTING);
    assert_string_equal(next_change(nd, CONNECTING, CONNECTED)->ssid, "opennet");
    finish(nd, w);
}

#define with_one(function) cmocka_unit_test_setup(function, wifi_reset)
#define with_two(function) cmocka_unit_test_setup(function, wifi_reset_two)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_one(test_a_device_that_is_idle),
        with_one(test_a_device_that_is_up),
        with_one(test_a_name_that_is_not_text),
        with_one(test_states_on_the_way),
        with_one(test_a_network_that_is_looked_for),
        with_two(test_two_devices),
        with_one(test_the_uuid_stays),

        with_one(test_disconnect_by_interface),
        with_one(test_disconnect_by_guid),
        with_one(test_disconnect_the_only_one),
        with_one(test_disconnect_says_what_was_ended),
        with_two(test_disconnect_one_of_two),
        with_one(test_it_stays_down),
        with_one(test_another_may_take_it),
        with_one(test_disconnect_what_is_idle),
        with_one(test_disconnect_while_the_radio_is_off),
        with_one(test_disconnect_while_connecting),
        with_one(test_disconnect_without_waiting),
        with_one(test_disconnect_takes_too_long),
        with_one(test_disconnect_is_cancelled),
        with_one(test_what_is_not_wifi),

        with_one(test_join_by_profile),
        with_one(test_join_by_uuid),
        with_one(test_join_a_known_network),
        with_one(test_join_a_known_network_with_its_key),
        with_one(test_a_new_key_for_a_known_network),
        with_one(test_a_wrong_key_for_a_known_network),
        with_one(test_a_stored_key_that_is_wrong),
        with_one(test_a_named_connection_with_a_wrong_key),
        with_one(test_a_wrong_key_for_a_known_network_with_an_agent),
        with_one(test_a_stored_key_that_is_wrong_with_an_agent),
        with_one(test_a_profile_out_of_reach),
        with_one(test_no_such_profile),
        with_one(test_two_profiles_of_one_name),
        with_two(test_a_profile_of_another_device),

        with_one(test_join_a_new_network),
        with_one(test_join_the_strongest),
        with_one(test_a_key_is_not_for_an_open_network),
        with_one(test_a_key_while_on_the_open_one),
        with_one(test_join_an_open_network),
        with_one(test_join_each_kind_of_security),
        with_one(test_join_by_bytes),
        with_one(test_join_a_network_not_seen_yet),
        with_one(test_join_a_network_not_seen_yet_by_iwd),
        with_one(test_join_a_hidden_network),
        with_one(test_join_a_hidden_network_amid_a_scan),
        with_one(test_a_wrong_key),
        with_one(test_a_wrong_key_with_an_agent),
        with_one(test_a_key_that_cannot_be_one),
        with_one(test_a_network_for_more_than_a_key),
        with_one(test_no_such_network),
        with_one(test_a_network_that_goes_away),

        with_one(test_join_what_is_up),
        with_one(test_join_what_is_on_its_way),
        with_one(test_join_another_network),
        with_one(test_a_wrong_key_while_another_is_up),
        with_two(test_join_with_one_of_two),
        with_one(test_join_with_what_is_not_wifi),
        with_one(test_join_while_the_radio_is_off),
        with_one(test_join_without_waiting),
        with_one(test_join_takes_too_long),
        with_one(test_join_is_cancelled),
        with_one(test_nothing_stays_of_a_join_that_was_given_up),
        with_one(test_nobody_tells_the_key),

        with_one(test_watch_a_connection),
        with_one(test_watch_our_own),
        with_one(test_watch_an_access_point_go),
        with_one(test_watch_iwd_lose_an_access_point),
        with_one(test_watch_a_wrong_key),
        with_one(test_watch_the_radio),
        with_one(test_watch_a_device_come_and_go),
        with_one(test_watch_a_device_vanish),
        with_one(test_watch_what_takes_over),
        with_one(test_watch_what_takes_its_place),
    };
    int result;

    begin(argc, argv);
    result = cmocka_run_group_tests(tests, NULL, NULL);
    wifi_end();
    return world_end(result);
}
