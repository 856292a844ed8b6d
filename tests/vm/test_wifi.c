/* SPDX-License-Identifier: MIT */
/* Wi-Fi as it is: drivers, access points, NetworkManager with wpa_supplicant or iwd, in the test machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_world.h"

#include "wlan_events.h"

#define DEVICE "wlan0"
#define KEY    "labsecret123"

enum { QUIET_MS = 6000, HELD_MS = 500 };

static int reset(void **state)
{
    (void)state;
    vm_do("reset_wifi");
    return 0;
}

/* ---- Short forms ---------------------------------------------------------------------------- */

static netdisc_status join(netdisc *nd, const char *ssid, const char *passphrase, netdisc_error **err)
{
    netdisc_wlan_spec spec = {
        .size = sizeof spec, .device = DEVICE, .ssid = ssid, .passphrase = passphrase};

    return netdisc_wlan_connect(nd, &spec, 0, WORLD_MS, err);
}

static netdisc_status drop(netdisc *nd, uint32_t flags, netdisc_error **err)
{
    return netdisc_wlan_disconnect(nd, DEVICE, flags, WORLD_MS, err);
}

/* The only one: not the access points', nor what the driver has besides. */
static netdisc_list *list_device(netdisc *nd)
{
    netdisc_list *out = NULL;

    assert_status(netdisc_wlan_list(nd, 0, WORLD_MS, &out, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_failure_count(out), 0);
    assert_int_equal(netdisc_list_count(out), 1);
    assert_string_equal(netdisc_list_wlan(out, 0)->name, DEVICE);
    return out;
}

/* `ssid` NULL: it is disconnected. */
static void assert_on(netdisc *nd, const char *ssid)
{
    netdisc_list *items = list_device(nd);
    const netdisc_wlan *item = netdisc_list_wlan(items, 0);

    assert_string_equal(netdisc_state_name(item->state), ssid ? "connected" : "disconnected");
    assert_string_equal(item->ssid ? item->ssid : "(none)", ssid ? ssid : "(none)");
    netdisc_list_free(items);
}

static void be_on(netdisc *nd, const char *ssid)
{
    netdisc_error *err = NULL;
    netdisc_status status = join(nd, ssid, KEY, &err);

    if (status)
        fail_msg("%s: %s", ssid, err->message);
    vm_do("await_station %s", ssid);
}

/* ---- What a watch reports ------------------------------------------------------------------- */

/* The first that has this state. */
static const seen_event *next_state(netdisc *nd, netdisc_state state)
{
    const seen_event *event;

    do
        event = next(nd);
    while (event->type != NETDISC_EVENT_CHANGED || event->state != state);
    return event;
}

/* What an event says of why. */
typedef struct account {
    netdisc_status status;
    const char *reason;
} account;

#define DROPPED "someone disconnected it"

static void check_account(netdisc_status status, const char *reason, account expected, int line)
{
    if (status == expected.status && strcmp(reason, expected.reason) == 0)
        return;
    print_events();
    print_error("what is told is %s, \"%s\", and not %s, \"%s\"\n", netdisc_status_name(status), reason,
                netdisc_status_name(expected.status), expected.reason);
    _fail(__FILE__, line);
}

/* It comes to be disconnected, in whatever steps. */
static void check_end(netdisc *nd, account expected, int line)
{
    netdisc_status status = NETDISC_NO_ERROR;
    const seen_event *event;

    do {
        event = next(nd);
        if (event->status)
            status = event->status;
    } while (event->type != NETDISC_EVENT_CHANGED || event->state != NETDISC_STATE_DISCONNECTED);
    check_account(status, event->reason, expected, line);
}

/* How far NetworkManager comes before that depends on how fast it goes. */
static void check_removal(netdisc *nd, netdisc_state state, int line)
{
    const seen_event *event = next(nd);

    for (; event->type == NETDISC_EVENT_CHANGED; event = next(nd)) {
        assert_int_equal(event->old_state, state);
        state = event->state;
    }
    assert_int_equal(event->type, NETDISC_EVENT_REMOVED);
    assert_int_equal(event->old_state, state);
    check_account(event->status, event->reason, (account){NETDISC_NO_ERROR, "the device was removed"},
                  line);
}

#define assert_end(nd, status, reason) check_end(nd, (account){NETDISC_##status, reason}, __LINE__)
#define assert_removed(nd, state)      check_removal(nd, NETDISC_STATE_##state, __LINE__)

/* ---- Lists, connects, drops ----------------------------------------------------------------- */

static void test_list(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_list *items;
    const netdisc_wlan *item;

    assert_on(nd, NULL);
    be_on(nd, "labnet");
    items = list_device(nd);
    item = netdisc_list_wlan(items, 0);
    assert_string_equal(item->ssid, "labnet");
    assert_string_equal(item->bssid, "02:00:00:00:01:00");
    assert_string_equal(item->driver, "mac80211_hwsim");
    assert_string_equal(item->profile, "labnet");
    assert_int_equal(item->state, NETDISC_STATE_CONNECTED);
    assert_in_range(item->signal, 1, 100);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_drop(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w = watch(nd);

    be_on(nd, "labnet");
    next_state(nd, NETDISC_STATE_CONNECTING);
    assert_string_equal(next_state(nd, NETDISC_STATE_CONNECTED)->ssid, "labnet");
    assert_status(drop(nd, 0, NULL), NO_ERROR);
    assert_on(nd, NULL);
    vm_do("await_no_station labnet");
    next_state(nd, NETDISC_STATE_DISCONNECTING);
    assert_end(nd, NO_ERROR, DROPPED);
    finish(nd, w);
}

static void test_open_network(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");

    assert_status(join(nd, "opennet", NULL, NULL), NO_ERROR);
    assert_on(nd, "opennet");
    vm_do("await_station opennet");
    assert_status(drop(nd, 0, NULL), NO_ERROR);
    vm_do("await_no_station opennet");
    netdisc_close(nd);
}

static void test_idle(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_error *err = NULL;

    assert_error(drop(nd, 0, &err), err, ERROR_NOT_CONNECTED, DEVICE);
    assert_status(drop(nd, NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_wrong_passphrase(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w = watch(nd);
    netdisc_error *err = NULL;

    assert_error(join(nd, "labnet", "not-the-one", &err), err, ERROR_INVALID_PASSWORD, "labnet");
    assert_end(nd, ERROR_INVALID_PASSWORD, "the key or password was wrong or missing");
    assert_on(nd, NULL);
    vm_do("await_no_station labnet");
    finish(nd, w);
}

/* ---- With profiles that come up by themselves ----------------------------------------------- */

static void be_on_one_of_two(netdisc *nd)
{
    vm_do("add_profile labnet");
    vm_do("add_profile othernet");
    be_on(nd, "labnet");
}

static void test_stays_down(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w;

    be_on_one_of_two(nd);
    w = watch(nd);
    assert_status(drop(nd, 0, NULL), NO_ERROR);
    assert_end(nd, NO_ERROR, DROPPED);
    vm_do("look_for_networks");
    assert_status(netdisc_dispatch(nd, QUIET_MS), WAIT_TIMEOUT);
    assert_on(nd, NULL);
    be_on(nd, "labnet");
    assert_on(nd, "labnet");
    finish(nd, w);
}

static void test_another_takes_over(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w;

    be_on_one_of_two(nd);
    w = watch(nd);
    assert_status(drop(nd, NETDISC_ALLOW_RECONNECT, NULL), NO_ERROR);
    assert_end(nd, NO_ERROR, DROPPED);
    assert_string_equal(next_state(nd, NETDISC_STATE_CONNECTED)->ssid, "othernet");
    assert_on(nd, "othernet");
    vm_do("await_station othernet");
    vm_do("await_no_station labnet");
    finish(nd, w);
}

static void test_another_is_chosen(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w;

    be_on(nd, "labnet");
    w = watch(nd);
    be_on(nd, "othernet");
    assert_end(nd, NO_ERROR, "another connection took the device");
    assert_string_equal(next_state(nd, NETDISC_STATE_CONNECTED)->ssid, "othernet");
    vm_do("await_no_station labnet");
    finish(nd, w);
}

/* ---- Who may -------------------------------------------------------------------------------- */

#define AS_USER "--drop"

static int drop_as_user(void)
{
    netdisc *nd = vm_context("nm");
    netdisc_status status = drop(nd, 0, NULL);

    netdisc_close(nd);
    return (int)status;
}

static void test_ordinary_user(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w;

    be_on(nd, "labnet");
    w = watch(nd);
    assert_int_equal(vm_as_user(AS_USER), NETDISC_ERROR_ACCESS_DENIED);
    assert_status(netdisc_dispatch(nd, HELD_MS), WAIT_TIMEOUT);
    assert_on(nd, "labnet");
    finish(nd, w);
}

/* ---- When it is gone, or goes ---------------------------------------------------------------- */

#define LINK_LOST "the link to the network was lost"

/* NetworkManager tells what that does then. */
static bool has_iwd(void)
{
    const char *supplicant = getenv("NETDISC_VM_SUPPLICANT");

    return supplicant && strcmp(supplicant, "iwd") == 0;
}

/* The drop is under way, and goes no further before the gate is opened. */
static netdisc_op *begin_drop(netdisc *nd)
{
    netdisc_op *op = NULL;

    vm_do("close_gate");
    assert_status(netdisc_wlan_disconnect_start(nd, DEVICE, 0, WORLD_MS, &op, NULL), NO_ERROR);
    next_state(nd, NETDISC_STATE_DISCONNECTING);
    assert_status(netdisc_op_wait(op, HELD_MS), WAIT_TIMEOUT);
    return op;
}

static void test_switched_off_during_drop(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w;
    netdisc_op *op;

    be_on(nd, "labnet");
    w = watch(nd);
    op = begin_drop(nd);
    vm_do("switch_off labnet");
    vm_do("open_gate");
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_on(nd, NULL);
    if (has_iwd())
        assert_end(nd, NO_ERROR, LINK_LOST);
    else
        assert_end(nd, NO_ERROR, DROPPED);
    netdisc_op_free(op);
    finish(nd, w);
}

static void test_unplugged_during_drop(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w;
    netdisc_op *op;
    netdisc_list *items = NULL;

    be_on(nd, "labnet");
    w = watch(nd);
    op = begin_drop(nd);
    vm_do("unplug_radios");
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_removed(nd, DISCONNECTING);
    assert_status(netdisc_wlan_list(nd, 0, WORLD_MS, &items, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 0);
    netdisc_list_free(items);
    netdisc_op_free(op);
    finish(nd, w);
}

static void test_unplugged(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w;

    be_on(nd, "labnet");
    w = watch(nd);
    vm_do("unplug_radios");
    assert_removed(nd, CONNECTED);
    finish(nd, w);
}

/* With wpa_supplicant NetworkManager gives it some time to come back. */
static void test_switched_off(void **state)
{
    (void)state;
    netdisc *nd = vm_context("nm");
    netdisc_watch *w;

    be_on(nd, "labnet");
    w = watch(nd);
    vm_do("switch_off labnet");
    if (has_iwd())
        assert_end(nd, ERROR_NO_NETWORK, LINK_LOST);
    else
        assert_end(nd, ERROR_NOT_FOUND, "the Wi-Fi network was not found");
    finish(nd, w);
}

#define in_world(function) cmocka_unit_test_setup(function, reset)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_list),
        in_world(test_drop),
        in_world(test_open_network),
        in_world(test_idle),
        in_world(test_wrong_passphrase),
        in_world(test_stays_down),
        in_world(test_another_takes_over),
        in_world(test_another_is_chosen),
        in_world(test_ordinary_user),
        in_world(test_switched_off_during_drop),
        in_world(test_switched_off),
        in_world(test_unplugged_during_drop),
        in_world(test_unplugged),
    };

    if (argc > 1 && strcmp(argv[1], AS_USER) == 0)
        return drop_as_user();
    vm_enter();
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("vm_wifi", tests, NULL, NULL);
}
