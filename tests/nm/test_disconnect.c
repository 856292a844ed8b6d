/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/* Ending connections: success is when NetworkManager says so itself. */
#include <pthread.h>
#include <time.h>

#include "test_nm.h"

/* A veth and a profile that is up on it. */
static void make_up(const char *name, const char *uuid, const char *device)
{
    world_veth(device);
    world_add_plain(name, uuid, device);
    world_up(uuid, NULL);
}

static void make_gated(const char *name, const char *uuid, const char *device)
{
    world_install_gate();
    world_start(WORLD_NM);
    make_up(name, uuid, device);
    world_close_gate();
}

/* Ended, and NetworkManager's own view at this moment is the same. */
static void assert_ends(netdisc *nd, const char *name, const char *uuid)
{
    assert_status(disconnect(nd, name, 0, NULL), NO_ERROR);
    assert_int_equal(world_state(uuid), WORLD_GONE);
}

/* ---- By what name --------------------------------------------------------------------------- */

static void test_every_way_to_name_it(void **state)
{
    (void)state;
    static const char *const names[] = {
        "one",
        "abcdef00-0000-4000-8000-0000000000ab",
        "ABCDEF00-0000-4000-8000-0000000000AB",
        "{ABCDEF00-0000-4000-8000-0000000000AB}",
        "{abcdef00-0000-4000-8000-0000000000ab}",
    };
    netdisc *nd = world_context();

    world_veth("nv0");
    world_add_plain("one", names[1], "nv0");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        world_up(names[1], NULL);
        assert_ends(nd, names[i], names[1]);
    }
    netdisc_close(nd);
}

static void test_odd_names(void **state)
{
    (void)state;
    static const char *const names[] = {"Café – Gast/WLAN #1", "a'b\"c\\\\d", " blanks  in it ", "lo0"};
    netdisc *nd = world_context();

    world_veth("nv0");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        netdisc_list *items;
        char name[64];

        world_add_plain(names[i], ONE, "nv0");
        world_up(ONE, NULL);
        items = list(nd);
        snprintf(name, sizeof name, "%s", find_item(items, ONE, 0)->name);
        netdisc_list_free(items);
        assert_ends(nd, name, ONE);
    }
    netdisc_close(nd);
}

static void test_renamed_while_it_is_active(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_up("one", ONE, "nv0");
    world_add_plain("another", ONE, "nv0");
    assert_error(disconnect(nd, "one", 0, &err), err, ERROR_NOT_FOUND, NULL);
    assert_ends(nd, "another", ONE);
    netdisc_close(nd);
}

static void test_no_such_connection(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    world_add_plain("one", ONE, "zz0");
    assert_error(disconnect(nd, "nope", 0, &err), err, ERROR_NOT_FOUND, "nope");
    assert_error(disconnect(nd, TWO, 0, &err), err, ERROR_NOT_FOUND, TWO);
    assert_error(disconnect(nd, "ONE", 0, &err), err, ERROR_NOT_FOUND, "ONE");
    assert_error(disconnect(nd, "nope", NETDISC_IF_CONNECTED, &err), err, ERROR_NOT_FOUND, NULL);
    netdisc_close(nd);
}

static void test_down_already(void **state)
{
    (void)state;
    static const char *const names[] = {"one", ONE};
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    world_add_plain("one", ONE, "zz0");
    for (size_t i = 0; i < 2; i++) {
        assert_error(disconnect(nd, names[i], 0, &err), err, ERROR_NOT_CONNECTED, names[i]);
        assert_status(disconnect(nd, names[i], NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    }
    netdisc_close(nd);
}

static void test_a_name_that_two_have(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_up("twin", ONE, "nv0");
    make_up("twin", TWO, "nv1");
    assert_status(disconnect(nd, "twin", 0, &err), ERROR_DUP_NAME);
    assert_non_null(strstr(err->message, ONE));
    assert_error(NETDISC_ERROR_DUP_NAME, err, ERROR_DUP_NAME, TWO);
    assert_error(disconnect(nd, "twin", NETDISC_IF_CONNECTED, &err), err, ERROR_DUP_NAME, ONE);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
    assert_int_equal(world_state(TWO), WORLD_ACTIVATED);

    assert_ends(nd, ONE, ONE);
    assert_int_equal(world_state(TWO), WORLD_ACTIVATED);
    /* Only one of them is active now. */
    assert_ends(nd, "twin", TWO);
    assert_status(disconnect(nd, "twin", 0, &err), ERROR_DUP_NAME);
    assert_non_null(strstr(err->message, ONE));
    assert_error(NETDISC_ERROR_DUP_NAME, err, ERROR_DUP_NAME, TWO);
    assert_status(disconnect(nd, "twin", NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    netdisc_close(nd);
}

/* ---- What is ended -------------------------------------------------------------------------- */

static void test_wherever_it_is_active(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;
    netdisc_list *ended = NULL;

    world_veth("nv0");
    world_veth("nv1");
    world_add(&(world_profile){.name = "multi", .uuid = ONE, .settings = "multi-connect=3\n"});
    world_up(ONE, "nv0");
    world_up(ONE, "nv1");
    assert_int_equal(world_count(ONE), 2);
    op = start_disconnect(nd, "multi", 0, 0);
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_int_equal(world_count(ONE), 0);
    assert_status(netdisc_op_list(op, &ended), NO_ERROR);
    assert_int_equal(netdisc_list_count(ended), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(netdisc_list_connection(ended, i)->uuid, ONE);
        assert_non_null(netdisc_list_connection(ended, i)->device);
    }
    assert_string_not_equal(netdisc_list_connection(ended, 0)->device,
                            netdisc_list_connection(ended, 1)->device);
    netdisc_list_free(ended);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_only_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_up("one", ONE, "nv0");
    make_up("two", TWO, "nv1");
    assert_ends(nd, "one", ONE);
    assert_int_equal(world_state(TWO), WORLD_ACTIVATED);
    netdisc_close(nd);
}

static void make_bridge(void)
{
    world_veth("nv0");
    world_add(&(world_profile){
        .name = "bridge", .uuid = ONE, .device = "br0", .type = "bridge", .ipv4 = WORLD_IPV4_NONE});
    world_add(&(world_profile){
        .name = "port", .uuid = TWO, .device = "nv0", .settings = "master=br0\nslave-type=bridge\n"});
    world_up(TWO, NULL);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
}

static void test_a_bridge_takes_its_ports_with_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_bridge();
    assert_ends(nd, "bridge", ONE);
    assert_true(world_wait_state(TWO, WORLD_GONE));
    /* The device goes as well; what is left is that NetworkManager knows of it. */
    assert_true(world_wait_device("br0", 10));
    world_up(TWO, NULL);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    netdisc_close(nd);
}

static void test_a_port_leaves_its_bridge(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_bridge();
    assert_ends(nd, "port", TWO);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
    assert_ends(nd, "bridge", ONE);
    netdisc_close(nd);
}

static void test_a_device_that_goes_with_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_add(&(world_profile){.name = "tap",
                               .uuid = ONE,
                               .device = "tap1",
                               .type = "tun",
                               .ipv4 = WORLD_IPV4_NONE,
                               .sections = "[tun]\nmode=2\n"});
    for (int i = 0; i < 3; i++) {
        world_up(ONE, NULL);
        assert_ends(nd, "tap", ONE);
        assert_true(world_wait_device("tap1", 10));
    }
    netdisc_close(nd);
}

static void test_while_it_is_activating(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_veth("nv0");
    world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .ipv4 = WORLD_IPV4_HANGS});
    for (int i = 0; i < 3; i++) {
        world_begin_up(ONE, NULL);
        assert_true(world_wait_state(ONE, WORLD_ACTIVATING));
        assert_ends(nd, "one", ONE);
    }
    netdisc_close(nd);
}

static void test_another_profile_takes_the_device(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_up("first", ONE, "nv0");
    world_add(&(world_profile){.name = "second", .uuid = TWO, .device = "nv0", .autoconnect = true});
    assert_ends(nd, "first", ONE);
    assert_true(world_wait_state(TWO, WORLD_ACTIVATED));
    assert_int_equal(world_state(ONE), WORLD_GONE);
    netdisc_close(nd);
}

static void test_it_does_not_come_back_by_itself(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_veth("nv0");
    world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .autoconnect = true});
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    assert_ends(nd, "one", ONE);
    /* What would bring it back has been looked at once this has been done. */
    world_load();
    make_up("two", TWO, "nv1");
    assert_int_equal(world_state(ONE), WORLD_GONE);
    netdisc_close(nd);
}

/* ---- Not NetworkManager's ------------------------------------------------------------------- */

static void test_external_needs_the_flag(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    world_tap("tap0");
    assert_error(disconnect(nd, "tap0", 0, &err), err, ERROR_ACCESS_DENIED, "NETDISC_EXTERNAL");
    assert_int_equal(world_device_state("tap0"), 100);
    assert_status(disconnect(nd, "tap0", NETDISC_EXTERNAL, NULL), NO_ERROR);
    assert_in_range(world_device_state("tap0"), 0, 30);
    netdisc_close(nd);
}

static void test_the_loopback_interface_stays(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, NETDISC_EXTERNAL, NETDISC_EXTERNAL | NETDISC_NO_WAIT};
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    assert_true(world_wait_device("lo", 100));
    for (size_t i = 0; i < 3; i++)
        assert_error(disconnect(nd, "lo", flags[i], &err), err, ERROR_ACCESS_DENIED, "lo");
    assert_int_equal(world_device_state("lo"), 100);
    netdisc_close(nd);
}

/* ---- Waiting -------------------------------------------------------------------------------- */

static void test_success_comes_after_the_end(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated("one", ONE, "nv0");
    op = start_disconnect(nd, "one", 0, 0);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    assert_int_equal(world_state(ONE), WORLD_DEACTIVATING);
    world_open_gate();
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_without_waiting(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_gated("one", ONE, "nv0");
    assert_status(disconnect(nd, "one", NETDISC_NO_WAIT, NULL), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_DEACTIVATING);
    /* Nor does it matter that it is on its way already. */
    assert_status(disconnect(nd, "one", NETDISC_NO_WAIT, NULL), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_DEACTIVATING);
    world_open_gate();
    assert_true(world_wait_state(ONE, WORLD_GONE));
    netdisc_close(nd);
}

static void test_an_end_that_another_began(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated("one", ONE, "nv0");
    world_begin_down(ONE);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    op = start_disconnect(nd, "one", 0, 0);
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    world_open_gate();
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_deadline_after_it_was_accepted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_gated("one", ONE, "nv0");
    assert_error(netdisc_connection_disconnect(nd, "one", 0, WORLD_ACCEPTED_MS, &err), err,
                 ERROR_TIMEOUT, "NetworkManager accepted");
    assert_int_equal(world_state(ONE), WORLD_DEACTIVATING);
    world_open_gate();
    assert_true(world_wait_state(ONE, WORLD_GONE));
    netdisc_close(nd);
}

static void test_cancelled_after_it_was_accepted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated("one", ONE, "nv0");
    op = start_disconnect(nd, "one", 0, -1);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    /* The reply is on its way: it came before the state did. */
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    netdisc_op_cancel(op);
    assert_op_error(op, ERROR_CANCELLED, "NetworkManager accepted");
    world_open_gate();
    assert_true(world_wait_state(ONE, WORLD_GONE));
    netdisc_close(nd);
}

/* Wherever it is when it is cancelled, it is cancelled or done. */
static void test_cancelled_at_any_time(void **state)
{
    (void)state;
    enum { ROUNDS = 40, STEP_US = 400 };
    netdisc *nd = world_context();

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct timespec pause = {.tv_nsec = (long)i * STEP_US * 1000};
        netdisc_status status;
        netdisc_op *op;

        world_up(ONE, NULL);
        op = start_disconnect(nd, "one", 0, 0);
        nanosleep(&pause, NULL);
        netdisc_op_cancel(op);
        status = netdisc_op_wait(op, 0);
        if (status == NETDISC_NO_ERROR)
            assert_int_equal(world_state(ONE), WORLD_GONE);
        else
            assert_status(status, ERROR_CANCELLED);
        netdisc_op_free(op);
        if (world_state(ONE))
            world_down(ONE);
    }
    netdisc_close(nd);
}

static void test_activated_anew_meanwhile(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated("one", ONE, "nv0");
    op = start_disconnect(nd, "one", 0, 0);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    world_begin_up(ONE, NULL);
    world_open_gate();
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_device_removed_meanwhile(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated("one", ONE, "nv0");
    op = start_disconnect(nd, "one", 0, 0);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    world_ip("link del nv0");
    assert_true(world_wait_state(ONE, WORLD_GONE));
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    netdisc_op_free(op);
    netdisc_close(nd);
}

/* ---- Many at once --------------------------------------------------------------------------- */

enum { THREADS = 8 };

typedef struct ender {
    netdisc *nd;
    const char *name;
    netdisc_status status;
} ender;

static void *end_one(void *data)
{
    ender *self = data;

    self->status = netdisc_connection_disconnect(self->nd, self->name, 0, 0, NULL);
    return NULL;
}

static void run_enders(ender enders[THREADS])
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, end_one, &enders[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void test_many_threads_end_the_same(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    for (int round = 0; round < 10; round++) {
        ender enders[THREADS];
        unsigned ended = 0;

        world_up(ONE, NULL);
        for (size_t i = 0; i < THREADS; i++)
            enders[i] = (ender){.nd = nd, .name = i % 2 ? "one" : ONE};
        run_enders(enders);
        assert_int_equal(world_state(ONE), WORLD_GONE);
        for (size_t i = 0; i < THREADS; i++) {
            ended += enders[i].status == NETDISC_NO_ERROR;
            if (enders[i].status != NETDISC_NO_ERROR)
                assert_status(enders[i].status, ERROR_NOT_CONNECTED);
        }
        assert_in_range(ended, 1, THREADS);
    }
    netdisc_close(nd);
}

static void test_many_threads_end_one_each(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    ender enders[THREADS];
    char uuids[THREADS][64];

    for (size_t i = 0; i < THREADS; i++) {
        char device[16];

        snprintf(device, sizeof device, "nv%zu", i);
        snprintf(uuids[i], sizeof uuids[i], "00000000-0000-4000-9000-%012zu", i);
        make_up(device, uuids[i], device);
        enders[i] = (ender){.nd = nd, .name = uuids[i]};
    }
    run_enders(enders);
    for (size_t i = 0; i < THREADS; i++) {
        assert_status(enders[i].status, NO_ERROR);
        assert_int_equal(world_state(uuids[i]), WORLD_GONE);
    }
    netdisc_close(nd);
}

/* With the flag it does not matter who was first. */
static void test_many_operations_if_connected(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    for (int round = 0; round < 10; round++) {
        netdisc_op *ops[THREADS];

        world_up(ONE, NULL);
        for (size_t i = 0; i < THREADS; i++)
            ops[i] = start_disconnect(nd, "one", NETDISC_IF_CONNECTED, 0);
        for (size_t i = 0; i < THREADS; i++) {
            assert_status(netdisc_op_wait(ops[i], WORLD_MS), NO_ERROR);
            netdisc_op_free(ops[i]);
        }
        assert_int_equal(world_state(ONE), WORLD_GONE);
    }
    netdisc_close(nd);
}

/* ---- What was ended, and what cannot be ----------------------------------------------------- */

static void test_the_operation_says_what_was_ended(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *ended = NULL;
    netdisc_op *op;

    make_up("one", ONE, "nv0");
    op = start_disconnect(nd, ONE, 0, 0);
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_status(netdisc_op_list(op, &ended), NO_ERROR);
    assert_int_equal(netdisc_list_count(ended), 1);
    assert_string_equal(netdisc_list_connection(ended, 0)->uuid, ONE);
    assert_string_equal(netdisc_list_connection(ended, 0)->name, "one");
    assert_string_equal(netdisc_list_connection(ended, 0)->device, "nv0");
    netdisc_list_free(ended);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static netdisc_status wlan_disconnect(netdisc *nd, const char *device, netdisc_error **err)
{
    return netdisc_wlan_disconnect(nd, device, 0, 0, err);
}

static void test_wlan_verbs_without_wlan(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_up("one", ONE, "nv0");
    assert_status(wlan_disconnect(nd, "nv0", &err), ERROR_NOT_FOUND);
    assert_non_null(strstr(err->message, "nv0"));
    assert_non_null(strstr(err->message, "Ethernet"));
    assert_error(NETDISC_ERROR_NOT_FOUND, err, ERROR_NOT_FOUND, "Wi-Fi");
    assert_error(wlan_disconnect(nd, "lo", &err), err, ERROR_NOT_FOUND, "Wi-Fi");
    assert_error(wlan_disconnect(nd, "wlan7", &err), err, ERROR_NOT_FOUND, "wlan7");
    assert_error(wlan_disconnect(nd, ONE, &err), err, ERROR_NOT_FOUND, ONE);
    assert_error(wlan_disconnect(nd, NULL, &err), err, ERROR_NOT_FOUND, "no WLAN interface");
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
    netdisc_close(nd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_every_way_to_name_it),
        in_world(test_odd_names),
        in_world(test_renamed_while_it_is_active),
        in_world(test_no_such_connection),
        in_world(test_down_already),
        in_world(test_a_name_that_two_have),
        in_world(test_wherever_it_is_active),
        in_world(test_only_it),
        in_world(test_a_bridge_takes_its_ports_with_it),
        in_world(test_a_port_leaves_its_bridge),
        in_world(test_a_device_that_goes_with_it),
        in_world(test_while_it_is_activating),
        in_world(test_another_profile_takes_the_device),
        in_world(test_it_does_not_come_back_by_itself),
        in_world(test_external_needs_the_flag),
        in_world(test_the_loopback_interface_stays),
        in_bare_world(test_success_comes_after_the_end),
        in_bare_world(test_without_waiting),
        in_bare_world(test_an_end_that_another_began),
        in_bare_world(test_deadline_after_it_was_accepted),
        in_bare_world(test_cancelled_after_it_was_accepted),
        in_world(test_cancelled_at_any_time),
        in_bare_world(test_activated_anew_meanwhile),
        in_bare_world(test_device_removed_meanwhile),
        in_world(test_many_threads_end_the_same),
        in_world(test_many_threads_end_one_each),
        in_world(test_many_operations_if_connected),
        in_world(test_the_operation_says_what_was_ended),
        in_world(test_wlan_verbs_without_wlan),
    };

    begin(argc, argv);
    return world_end(cmocka_run_group_tests_name("disconnect", tests, NULL, NULL));
}
