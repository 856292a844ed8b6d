/* SPDX-License-Identifier: MIT */
/* Making connections: success is when it is up, and a failure says why it is not. */
#include "test_nm.h"

static netdisc_status connect_to(netdisc *nd, const char *name, int timeout_ms, netdisc_error **err)
{
    return netdisc_connection_connect(nd, name, 0, timeout_ms, err);
}

static netdisc_op *start_connect(netdisc *nd, const char *name, uint32_t flags)
{
    netdisc_op *op = NULL;

    assert_status(netdisc_connection_connect_start(nd, name, flags, 0, &op, NULL), NO_ERROR);
    return op;
}

static void make_plain(const char *name, const char *uuid, const char *device)
{
    world_veth(device);
    world_add_plain(name, uuid, device);
}

static void make_gated(void)
{
    world_install_gate();
    world_start(WORLD_NM);
    make_plain("one", ONE, "nv0");
    world_close_gate();
}

/* A profile that goes on activating, as nobody answers its DHCP. */
static void make_hanging(const char *name, const char *uuid, const char *device)
{
    world_veth(device);
    world_add(&(world_profile){.name = name, .uuid = uuid, .device = device, .ipv4 = WORLD_IPV4_HANGS});
}

/* ---- It comes up ---------------------------------------------------------------------------- */

static void test_success_is_when_it_is_up(void **state)
{
    (void)state;
    static const char *const names[] = {"one", ONE, "{" ONE "}"};
    netdisc *nd = world_context();

    make_plain("one", ONE, "nv0");
    for (size_t i = 0; i < 3; i++) {
        assert_status(connect_to(nd, names[i], 0, NULL), NO_ERROR);
        assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
        world_down(ONE);
    }
    netdisc_close(nd);
}

static void test_what_is_up_is_left_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"one", ONE};
    netdisc *nd = world_context();
    char before[WORLD_PATH];

    make_plain("one", ONE, "nv0");
    world_up(ONE, NULL);
    snprintf(before, sizeof before, "%s", world_active_path(ONE));
    for (size_t i = 0; i < 2; i++) {
        assert_status(connect_to(nd, names[i], 0, NULL), NO_ERROR);
        assert_int_equal(world_count(ONE), 1);
        assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
        assert_string_equal(world_active_path(ONE), before);
    }
    netdisc_close(nd);
}

static void test_what_another_brings_up_is_waited_for(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;
    char before[WORLD_PATH];

    make_gated();
    world_begin_up(ONE, NULL);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATING));
    snprintf(before, sizeof before, "%s", world_active_path(ONE));
    op = start_connect(nd, "one", 0);
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    world_open_gate();
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
    assert_string_equal(world_active_path(ONE), before);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_what_goes_down_comes_up_again(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated();
    world_open_gate();
    world_up(ONE, NULL);
    world_close_gate();
    world_begin_down(ONE);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    op = start_connect(nd, "one", 0);
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    world_open_gate();
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_without_waiting(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated();
    op = start_connect(nd, "one", NETDISC_NO_WAIT);
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATING);
    netdisc_op_free(op);
    world_open_gate();
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    netdisc_close(nd);
}

static void test_the_operation_says_what_was_made(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *made = NULL;
    netdisc_op *op;

    make_plain("one", ONE, "nv0");
    op = start_connect(nd, "one", 0);
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_status(netdisc_op_list(op, &made), NO_ERROR);
    assert_int_equal(netdisc_list_count(made), 1);
    assert_string_equal(netdisc_list_connection(made, 0)->uuid, ONE);
    assert_string_equal(netdisc_list_connection(made, 0)->device, "nv0");
    assert_int_equal(netdisc_list_connection(made, 0)->state, NETDISC_STATE_CONNECTED);
    netdisc_list_free(made);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_a_device_that_comes_with_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_veth("nv0");
    world_add(&(world_profile){
        .name = "bridge", .uuid = ONE, .device = "br0", .type = "bridge", .ipv4 = WORLD_IPV4_NONE});
    world_add(&(world_profile){
        .name = "port", .uuid = TWO, .device = "nv0", .settings = "master=br0\nslave-type=bridge\n"});
    assert_status(connect_to(nd, "port", 0, NULL), NO_ERROR);
    assert_int_equal(world_state(TWO), WORLD_ACTIVATED);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
    assert_status(connect_to(nd, "bridge", 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

/* NetworkManager ends the first of two activations, so not everybody's own comes up. */
static void test_many_connect_the_same(void **state)
{
    (void)state;
    enum { MANY = 8 };
    netdisc *nd = world_context();

    make_plain("one", ONE, "nv0");
    for (int round = 0; round < 10; round++) {
        netdisc_op *ops[MANY];
        size_t up = 0;

        for (size_t i = 0; i < MANY; i++)
            ops[i] = start_connect(nd, i % 2 ? "one" : ONE, 0);
        for (size_t i = 0; i < MANY; i++) {
            netdisc_status status = netdisc_op_wait(ops[i], WORLD_MS);

            up += status == NETDISC_NO_ERROR;
            if (status == NETDISC_NO_ERROR)
                netdisc_op_free(ops[i]);
            else
                assert_op_error(ops[i], ERROR_OPERATION_ABORTED, NULL);
        }
        assert_in_range(up, 1, MANY);
        assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
        assert_int_equal(world_count(ONE), 1);
        world_down(ONE);
    }
    netdisc_close(nd);
}

/* ---- Which one ------------------------------------------------------------------------------ */

static void test_no_such_connection(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    assert_error(connect_to(nd, "nope", 0, &err), err, ERROR_NOT_FOUND, "nope");
    assert_error(connect_to(nd, TWO, 0, &err), err, ERROR_NOT_FOUND, TWO);
    netdisc_close(nd);
}

static void test_a_name_that_two_have(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_plain("twin", ONE, "nv0");
    make_plain("twin", TWO, "nv1");
    for (int i = 0; i < 2; i++) {
        assert_status(connect_to(nd, "twin", 0, &err), ERROR_DUP_NAME);
        assert_non_null(strstr(err->message, ONE));
        assert_error(NETDISC_ERROR_DUP_NAME, err, ERROR_DUP_NAME, TWO);
        assert_int_equal(world_state(TWO), WORLD_GONE);
        /* That one is up makes no difference. */
        if (i == 0)
            world_up(ONE, NULL);
    }
    assert_status(connect_to(nd, TWO, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

/* ---- It does not come up -------------------------------------------------------------------- */

static void test_no_such_device(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    world_add_plain("one", ONE, "zz0");
    assert_status(connect_to(nd, "one", 0, &err), ERROR_NOT_FOUND);
    assert_string_equal(err->native_domain, "dbus");
    assert_string_equal(err->native_name, "org.freedesktop.NetworkManager.UnknownDevice");
    assert_string_equal(err->provider, "nm");
    assert_error(NETDISC_ERROR_NOT_FOUND, err, ERROR_NOT_FOUND, "No suitable device");
    netdisc_close(nd);
}

static void test_no_plugin_for_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    /* A VPN wants a way out of the network. */
    world_veth("nv0");
    world_add(&(world_profile){.name = "one",
                               .uuid = ONE,
                               .device = "nv0",
                               .ipv4 = "method=manual\naddress1=10.50.0.2/24,10.50.0.1\n"});
    world_up(ONE, NULL);
    world_add(&(world_profile){
        .name = "work",
        .uuid = TWO,
        .type = "vpn",
        .ipv4 = "method=auto\n",
        .sections = "[vpn]\nservice-type=org.example.nothing\nremote=vpn.example\n",
    });
    assert_error(connect_to(nd, "work", 0, &err), err, ERROR_NO_NETWORK, "org.example.nothing");
    netdisc_close(nd);
}

static void test_no_bridge_for_a_port(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    world_veth("nv0");
    world_add(&(world_profile){
        .name = "port", .uuid = ONE, .device = "nv0", .settings = "master=br7\nslave-type=bridge\n"});
    assert_error(connect_to(nd, "port", 0, &err), err, ERROR_NOT_FOUND, "Master connection not found");
    netdisc_close(nd);
}

static void test_no_answer_to_dhcp(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    world_veth("nv0");
    world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .ipv4 = WORLD_IPV4_FAILS});
    assert_error(connect_to(nd, "one", 0, &err), err, ERROR_NETWORK_UNREACHABLE, "no IP configuration");
    netdisc_close(nd);
}

static void test_deadline_after_it_was_accepted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_hanging("one", ONE, "nv0");
    assert_error(connect_to(nd, "one", WORLD_ACCEPTED_MS, &err), err, ERROR_TIMEOUT,
                 "NetworkManager accepted");
    /* It goes on, and can be ended. */
    assert_int_equal(world_state(ONE), WORLD_ACTIVATING);
    assert_status(disconnect(nd, "one", 0, NULL), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    netdisc_close(nd);
}

/* An activation that hangs, which the operation is seen to wait for. */
static netdisc_op *start_hanging(netdisc *nd)
{
    netdisc_op *op;

    make_hanging("one", ONE, "nv0");
    op = start_connect(nd, "one", 0);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATING));
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    return op;
}

static void test_cancelled(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    netdisc_op_cancel(op);
    assert_op_error(op, ERROR_CANCELLED, "NetworkManager accepted");
    netdisc_close(nd);
}

static void test_somebody_disconnects_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    assert_status(disconnect(nd, "one", 0, NULL), NO_ERROR);
    assert_op_error(op, ERROR_OPERATION_ABORTED, "someone disconnected it");
    netdisc_close(nd);
}

static void test_the_device_is_removed(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    /* NetworkManager's own reason is that it is not managed any more. */
    world_ip("link del nv0");
    assert_op_error(op, ERROR_OPERATION_ABORTED, "the device is no longer managed");
    netdisc_close(nd);
}

static void test_the_profile_is_deleted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    world_delete(ONE);
    assert_op_error(op, ERROR_NOT_FOUND, "the connection was deleted");
    netdisc_close(nd);
}

static void test_another_takes_the_device(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    world_add_plain("two", TWO, "nv0");
    world_up(TWO, NULL);
    assert_op_error(op, ERROR_OPERATION_ABORTED, "another connection took the device");
    netdisc_close(nd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_success_is_when_it_is_up),
        in_world(test_what_is_up_is_left_alone),
        in_bare_world(test_what_another_brings_up_is_waited_for),
        in_bare_world(test_what_goes_down_comes_up_again),
        in_bare_world(test_without_waiting),
        in_world(test_the_operation_says_what_was_made),
        in_world(test_a_device_that_comes_with_it),
        in_world(test_many_connect_the_same),
        in_world(test_no_such_connection),
        in_world(test_a_name_that_two_have),
        in_world(test_no_such_device),
        in_world(test_no_plugin_for_it),
        in_world(test_no_answer_to_dhcp),
        in_world(test_deadline_after_it_was_accepted),
        in_world(test_cancelled),
        in_world(test_somebody_disconnects_it),
        in_world(test_the_device_is_removed),
        in_world(test_the_profile_is_deleted),
        in_world(test_another_takes_the_device),
        in_world(test_no_bridge_for_a_port),
    };

    begin(argc, argv);
    return world_end(cmocka_run_group_tests_name("connect", tests, NULL, NULL));
}
