/* SPDX-License-Identifier: MIT */
/* VPNs, with NetworkManager's own code for them and a plugin that does what a test wants:
 * vpn_plugin.c. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <gio/gio.h>
#include <ifaddrs.h>
#include <sys/stat.h>

#include "test_nm.h"

#define SERVICE  "org.freedesktop.NetworkManager.netdisc-test"
#define PLUGINS  "/etc/NetworkManager/VPN"
#define ACCEPTED "NetworkManager accepted"
#define REASON   "NM_ACTIVE_CONNECTION_STATE_REASON_"

#define BASE ONE
#define WORK TWO
#define HOME THREE

/* ---- The world's VPN ------------------------------------------------------------------------ */

static void install_plugin(const char *program, bool multiple)
{
    FILE *file;

    if (!program)
        bed_die("NETDISC_TEST_VPN_PLUGIN does not say where the plugin is");
    mkdir(PLUGINS, 0755);
    file = fopen(PLUGINS "/netdisc-test.name", "we");
    if (!file)
        bed_die("no file for the plugin");
    fprintf(file,
            "[VPN Connection]\nname=netdisc-test\nservice=" SERVICE "\nprogram=%s\n"
            "supports-multiple-connections=%s\n",
            program, multiple ? "true" : "false");
    fclose(file);
}

/* What the VPN goes over; it wants a way out of the network. */
static void add_base(const char *more)
{
    world_veth("nv0");
    world_add(&(world_profile){
        .name = "base",
        .uuid = BASE,
        .device = "nv0",
        .settings = more,
        .ipv4 = "method=manual\naddress1=10.50.0.2/24,10.50.0.1\n",
    });
}

static void begin_world(const char *program, bool multiple)
{
    install_plugin(program, multiple);
    world_start(WORLD_NM);
    add_base(NULL);
    world_up(BASE, NULL);
    world_ip("tuntap add tun0 mode tun");
}

static int in_order(void **state)
{
    world_reset_bare(state);
    begin_world(getenv("NETDISC_TEST_VPN_PLUGIN"), false);
    return 0;
}

static int gated(void **state)
{
    world_reset_bare(state);
    world_install_gate();
    begin_world(getenv("NETDISC_TEST_VPN_PLUGIN"), false);
    return 0;
}

static int several(void **state)
{
    world_reset_bare(state);
    begin_world(getenv("NETDISC_TEST_VPN_PLUGIN"), true);
    world_ip("tuntap add tun1 mode tun");
    return 0;
}

static void add_vpn_on(const char *name, const char *uuid, const char *tun, const char *behave,
                       const char *more)
{
    char sections[512];

    snprintf(sections, sizeof sections,
             "[vpn]\nservice-type=" SERVICE "\nbehave=%s\ntundev=%s\naddress=10.99.%c.2\n%s\n", behave,
             tun, tun[3], more);
    world_add(&(world_profile){
        .name = name, .uuid = uuid, .type = "vpn", .ipv4 = "method=auto\n", .sections = sections});
}

static void add_vpn(const char *behave, const char *more)
{
    add_vpn_on("work", WORK, "tun0", behave, more);
}

static void make_up(const char *behave)
{
    add_vpn(behave, "");
    world_up(WORK, NULL);
}

/* Calls a method of the plugin's, as a VPN's own programs do; what it replies. */
static GVariant *ask_plugin(const char *interface, const char *method, GVariant *arguments)
{
    GError *error = NULL;
    GDBusConnection *bus = g_dbus_connection_new_for_address_sync(
        getenv("DBUS_SYSTEM_BUS_ADDRESS"),
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, NULL, &error);
    GVariant *reply = NULL;

    if (bus)
        reply = g_dbus_connection_call_sync(bus, SERVICE, "/org/freedesktop/NetworkManager/VPN/Plugin",
                                            interface, method, arguments, NULL,
                                            G_DBUS_CALL_FLAGS_NO_AUTO_START, WORLD_MS, NULL, &error);
    if (!reply)
        bed_die("%s: %s", method, error->message);
    g_object_unref(bus);
    return reply;
}

#define PLUGIN_INTERFACE "org.freedesktop.NetworkManager.VPN.Plugin"

enum { PLUGIN_STOPPED = 6 };

static void tell_plugin(const char *method, GVariant *arguments)
{
    g_variant_unref(ask_plugin(PLUGIN_INTERFACE, method, arguments));
}

/* NetworkManager does not wait for it, and takes its late word for that of the next attempt. */
static bool plugin_has_stopped(const void *unused)
{
    GVariant *reply = ask_plugin("org.freedesktop.DBus.Properties", "Get",
                                 g_variant_new("(ss)", PLUGIN_INTERFACE, "State"));
    GVariant *value;

    (void)unused;
    g_variant_get(reply, "(v)", &value);

    bool stopped = g_variant_get_uint32(value) == PLUGIN_STOPPED;

    g_variant_unref(value);
    g_variant_unref(reply);
    return stopped;
}

static void plugin_acts(const char *what)
{
    tell_plugin("SetFailure", g_variant_new("(s)", what));
}

static void plugin_goes_up(const char *address)
{
    GVariantDict config;

    g_variant_dict_init(&config, NULL);
    g_variant_dict_insert(&config, "address", "u", (guint32)inet_addr(address));
    g_variant_dict_insert(&config, "prefix", "u", (guint32)24);
    tell_plugin("SetIp4Config", g_variant_new("(@a{sv})", g_variant_dict_end(&config)));
}

/* ---- What there is -------------------------------------------------------------------------- */

static bool has_address(const char *device, const char *address)
{
    struct ifaddrs *all = NULL;
    bool found = false;

    assert_int_equal(getifaddrs(&all), 0);
    for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
        char text[INET_ADDRSTRLEN] = "";

        if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET || strcmp(at->ifa_name, device) != 0)
            continue;
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr, text,
                  sizeof text);
        found = found || strcmp(text, address) == 0;
    }
    freeifaddrs(all);
    return found;
}

static bool has_no_tunnel(const void *data)
{
    (void)data;
    return !has_address("tun0", "10.99.0.2");
}

static void assert_up(const char *uuid)
{
    assert_int_equal(world_state(uuid), WORLD_ACTIVATED);
    assert_int_equal(world_count(uuid), 1);
}

static void assert_gone(void)
{
    assert_int_equal(world_state(WORK), WORLD_GONE);
    assert_up(BASE);
}

static netdisc_status connect_to(netdisc *nd, const char *name, netdisc_error **err)
{
    netdisc_error *own = NULL;
    netdisc_status status = netdisc_connection_connect(nd, name, 0, 0, err ? err : &own);

    if (own)
        print_error("connecting \"%s\": %s\n", name, own->message);
    netdisc_error_free(own);
    return status;
}

static netdisc_op *start_connect(netdisc *nd, const char *name, uint32_t flags)
{
    netdisc_op *op = NULL;

    assert_status(netdisc_connection_connect_start(nd, name, flags, 0, &op, NULL), NO_ERROR);
    return op;
}

/* A connecting that the plugin does not go on with, which is seen to be waited for. */
static netdisc_op *start_hanging(netdisc *nd)
{
    netdisc_op *op;

    add_vpn("hangs", "");
    op = start_connect(nd, "work", 0);
    assert_true(world_wait_state(WORK, WORLD_ACTIVATING));
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    return op;
}

static void succeed(netdisc_op *op)
{
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    netdisc_op_free(op);
}

/* NetworkManager's reason is in the message in words, and in the native name. */
static void check_reason(const netdisc_error *err, netdisc_status status, const char *name,
                         const char *words)
{
    if (err && err->status == status && strstr(err->message, words) && err->native_name &&
        strcmp(err->native_name, name) == 0)
        return;
    fail_msg("expected %s, \"%s\", %s; got %s, \"%s\", %s", netdisc_status_name(status), words, name,
             err ? netdisc_status_name(err->status) : "", err ? err->message : "",
             err && err->native_name ? err->native_name : "");
}

static void assert_connect_fails(netdisc *nd, netdisc_status status, const char *name, const char *words)
{
    netdisc_error *err = NULL;
    netdisc_status got = connect_to(nd, "work", &err);

    check_reason(err, status, name, words);
    assert_int_equal(got, status);
    netdisc_error_free(err);
    assert_gone();
}

static void assert_op_fails(netdisc_op *op, netdisc_status status, const char *name, const char *words)
{
    netdisc_status got = netdisc_op_wait(op, WORLD_MS);

    check_reason(netdisc_op_error(op), status, name, words);
    assert_int_equal(got, status);
    netdisc_op_free(op);
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static void check_item(netdisc *nd, netdisc_state state, const char *device)
{
    netdisc_list *items = list(nd);
    const netdisc_connection *item = find_item(items, WORK, 0);

    assert_non_null(item);
    assert_null(find_item(items, WORK, 1));
    assert_string_equal(item->name, "work");
    assert_string_equal(item->type, "vpn");
    assert_int_equal(item->vpn, NETDISC_YES);
    assert_int_equal(item->external, NETDISC_NO);
    assert_int_equal(item->state, state);
    if (device)
        assert_string_equal(item->device, device);
    else
        assert_null(item->device);
    item = find_item(items, BASE, 0);
    assert_int_equal(item->vpn, NETDISC_NO);
    assert_int_equal(item->state, NETDISC_STATE_CONNECTED);
    netdisc_list_free(items);
}

static void test_it_is_listed(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_vpn("hangs", "");
    check_item(nd, NETDISC_STATE_DISCONNECTED, NULL);
    world_begin_up(WORK, NULL);
    check_item(nd, NETDISC_STATE_CONNECTING, "nv0");
    assert_true(world_await_name(SERVICE));
    assert_true(world_wait_state(WORK, WORLD_ACTIVATING));
    world_down(WORK);
    assert_true(world_wait(plugin_has_stopped, NULL));
    make_up("up");
    check_item(nd, NETDISC_STATE_CONNECTED, "nv0");
    world_down(WORK);
    check_item(nd, NETDISC_STATE_DISCONNECTED, NULL);
    netdisc_close(nd);
}

/* NetworkManager has its tunnel as a connection of its own, which is not to be ended by mistake. */
static void test_its_tunnel_is_not_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_up("up");
    assert_true(world_wait_device("tun0", 100));
    assert_error(disconnect(nd, "tun0", 0, &err), err, ERROR_ACCESS_DENIED, "NETDISC_EXTERNAL");
    assert_up(WORK);
    netdisc_close(nd);
}

/* ---- It comes up ---------------------------------------------------------------------------- */

static void test_up_and_down(void **state)
{
    (void)state;
    static const char *const names[] = {"work", WORK, "{" WORK "}"};
    netdisc *nd = world_context();

    add_vpn("up", "");
    for (size_t i = 0; i < 3; i++) {
        assert_status(connect_to(nd, names[i], NULL), NO_ERROR);
        assert_up(WORK);
        assert_true(has_address("tun0", "10.99.0.2"));
        assert_status(disconnect(nd, names[2 - i], 0, NULL), NO_ERROR);
        assert_gone();
        assert_true(world_wait(has_no_tunnel, NULL));
        assert_true(world_wait(plugin_has_stopped, NULL));
    }
    netdisc_close(nd);
}

static void test_success_is_when_it_is_up(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *made = NULL;
    netdisc_op *op = start_hanging(nd);

    plugin_goes_up("10.99.0.2");
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    assert_up(WORK);
    assert_status(netdisc_op_list(op, &made), NO_ERROR);
    assert_int_equal(netdisc_list_count(made), 1);
    assert_string_equal(netdisc_list_connection(made, 0)->uuid, WORK);
    assert_int_equal(netdisc_list_connection(made, 0)->vpn, NETDISC_YES);
    assert_int_equal(netdisc_list_connection(made, 0)->state, NETDISC_STATE_CONNECTED);
    netdisc_list_free(made);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_what_is_up_is_left_alone(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char before[WORLD_PATH];

    make_up("up");
    snprintf(before, sizeof before, "%s", world_active_path(WORK));
    assert_status(connect_to(nd, "work", NULL), NO_ERROR);
    assert_up(WORK);
    assert_string_equal(world_active_path(WORK), before);
    netdisc_close(nd);
}

static void test_what_another_brings_up_is_waited_for(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    add_vpn("hangs", "");
    world_begin_up(WORK, NULL);
    assert_true(world_await_name(SERVICE));
    op = start_connect(nd, "work", 0);
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    plugin_goes_up("10.99.0.2");
    succeed(op);
    assert_up(WORK);
    netdisc_close(nd);
}

static void test_connecting_without_waiting(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_vpn("hangs", "");
    succeed(start_connect(nd, "work", NETDISC_NO_WAIT));
    assert_int_equal(world_state(WORK), WORLD_ACTIVATING);
    assert_status(disconnect(nd, "work", 0, NULL), NO_ERROR);
    assert_gone();
    netdisc_close(nd);
}

static void test_the_profile_has_the_password(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_vpn("needs-secrets", "password-flags=0\n[vpn-secrets]\npassword=right");
    assert_status(connect_to(nd, "work", NULL), NO_ERROR);
    assert_up(WORK);
    netdisc_close(nd);
}

static void test_two_at_once(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *ops[2];

    add_vpn_on("work", WORK, "tun0", "up", "");
    add_vpn_on("home", HOME, "tun1", "up", "");
    ops[0] = start_connect(nd, "work", 0);
    ops[1] = start_connect(nd, "home", 0);
    succeed(ops[0]);
    succeed(ops[1]);
    assert_up(WORK);
    assert_up(HOME);
    assert_status(disconnect(nd, "work", 0, NULL), NO_ERROR);
    assert_gone();
    assert_up(HOME);
    assert_status(disconnect(nd, "home", 0, NULL), NO_ERROR);
    assert_int_equal(world_state(HOME), WORLD_GONE);
    netdisc_close(nd);
}

static void test_it_comes_with_its_base(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_vpn("up", "");
    world_down(BASE);
    world_ip("link del nv0");
    add_base("secondaries=" WORK "\n");
    assert_status(connect_to(nd, "base", NULL), NO_ERROR);
    assert_up(WORK);
    assert_status(disconnect(nd, "work", 0, NULL), NO_ERROR);
    assert_gone();
    netdisc_close(nd);
}

/* ---- It does not come up -------------------------------------------------------------------- */

static void test_the_login_fails(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_vpn("login-failed", "");
    assert_status(connect_to(nd, "work", &err), ERROR_LOGON_FAILURE);
    assert_string_equal(err->provider, "nm");
    assert_string_equal(err->native_domain, "dbus");
    assert_int_equal(err->native_code, 10);
    check_reason(err, NETDISC_ERROR_LOGON_FAILURE, REASON "LOGIN_FAILED",
                 "\"work\": the server refused the user name or password");
    netdisc_error_free(err);
    assert_gone();
    netdisc_close(nd);
}

static void test_why_it_fails(void **state)
{
    (void)state;
    static const struct {
        const char *behave;
        const char *more;
        netdisc_status status;
        const char *name;
        const char *words;
    } rows[] = {
        {"fails", "", NETDISC_ERROR_GEN_FAILURE, REASON "UNKNOWN", "an unknown error"},
        {"stops", "", NETDISC_ERROR_GEN_FAILURE, REASON "UNKNOWN", "an unknown error"},
        {"bad-address", "", NETDISC_ERROR_INVALID_DATA, REASON "IP_CONFIG_INVALID",
         "the IP configuration was invalid"},
        {"no-gateway", "", NETDISC_ERROR_INVALID_DATA, REASON "IP_CONFIG_INVALID",
         "the IP configuration was invalid"},
        {"refuses", "", NETDISC_ERROR_SERVICE_NOT_ACTIVE, REASON "SERVICE_START_FAILED",
         "the VPN service could not be started"},
        {"hangs", "timeout=1", NETDISC_ERROR_SEM_TIMEOUT, REASON "CONNECT_TIMEOUT",
         "the VPN took too long to connect"},
        {"needs-secrets", "password-flags=0", NETDISC_ERROR_LOGON_FAILURE, REASON "NO_SECRETS",
         "the password was wrong or missing"},
        {"needs-secrets", "password-flags=1", NETDISC_ERROR_LOGON_FAILURE, REASON "NO_SECRETS",
         "the password was wrong or missing"},
        {"asks", "", NETDISC_ERROR_LOGON_FAILURE, REASON "NO_SECRETS",
         "the password was wrong or missing"},
        {"needs-secrets", "password-flags=0\n[vpn-secrets]\npassword=wrong", NETDISC_ERROR_LOGON_FAILURE,
         REASON "LOGIN_FAILED", "the server refused the user name or password"},
        {"dies", "", NETDISC_ERROR_SERVICE_NOT_ACTIVE, REASON "SERVICE_STOPPED",
         "the VPN service stopped"},
    };
    netdisc *nd = world_context();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        add_vpn(rows[i].behave, rows[i].more);
        assert_connect_fails(nd, rows[i].status, rows[i].name, rows[i].words);
    }
    netdisc_close(nd);
}

static void test_the_plugin_cannot_be_started(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    begin_world("/nothing/here", false);
    add_vpn("up", "");
    assert_connect_fails(nd, NETDISC_ERROR_SERVICE_NOT_ACTIVE, REASON "SERVICE_START_FAILED",
                         "the VPN service could not be started");
    netdisc_close(nd);
}

static void test_there_is_no_base(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_vpn("up", "");
    world_down(BASE);
    assert_error(connect_to(nd, "work", &err), err, ERROR_NO_NETWORK, "connection");
    assert_int_equal(world_state(WORK), WORLD_GONE);
    netdisc_close(nd);
}

static void test_a_plugin_for_only_one(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_up("up");
    add_vpn_on("home", HOME, "tun0", "up", "");
    assert_error(connect_to(nd, "home", &err), err, ERROR_NO_NETWORK, "only supports a single");
    assert_up(WORK);
    netdisc_close(nd);
}

static void test_what_its_base_depends_on_fails(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_vpn("login-failed", "");
    world_down(BASE);
    world_ip("link del nv0");
    add_base("secondaries=" WORK "\n");
    assert_error(connect_to(nd, "base", &err), err, ERROR_DEPENDENCY_NOT_FOUND, "secondary connection");
    netdisc_close(nd);
}

static void test_the_deadline_of_connecting(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_vpn("hangs", "");
    assert_error(netdisc_connection_connect(nd, "work", 0, WORLD_ACCEPTED_MS, &err), err, ERROR_TIMEOUT,
                 ACCEPTED);
    /* It goes on, and can be ended. */
    assert_int_equal(world_state(WORK), WORLD_ACTIVATING);
    assert_status(disconnect(nd, "work", 0, NULL), NO_ERROR);
    assert_gone();
    netdisc_close(nd);
}

static void test_cancelled(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    netdisc_op_cancel(op);
    assert_op_error(op, ERROR_CANCELLED, ACCEPTED);
    netdisc_close(nd);
}

static void test_somebody_disconnects_it(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    assert_status(disconnect(nd, "work", 0, NULL), NO_ERROR);
    assert_op_fails(op, NETDISC_ERROR_OPERATION_ABORTED, REASON "USER_DISCONNECTED",
                    "someone disconnected it");
    assert_gone();
    netdisc_close(nd);
}

static void test_its_profile_is_deleted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    world_delete(WORK);
    assert_op_fails(op, NETDISC_ERROR_NOT_FOUND, REASON "CONNECTION_REMOVED",
                    "the connection was deleted");
    assert_gone();
    netdisc_close(nd);
}

static void test_its_base_ends_meanwhile(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = start_hanging(nd);

    world_begin_down_on("nv0");
    assert_op_fails(op, NETDISC_ERROR_OPERATION_ABORTED, "NM_DEVICE_STATE_REASON_USER_REQUESTED",
                    "disconnected");
    assert_int_equal(world_state(WORK), WORLD_GONE);
    netdisc_close(nd);
}

/* ---- It ends -------------------------------------------------------------------------------- */

static void test_it_is_down_already(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_vpn("up", "");
    assert_error(disconnect(nd, "work", 0, &err), err, ERROR_NOT_CONNECTED, "work");
    assert_status(disconnect(nd, "work", NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_success_is_when_it_is_gone(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_up("up");
    world_close_gate();
    op = start_disconnect(nd, "work", 0, 0);
    assert_true(world_wait_state(WORK, WORLD_DEACTIVATING));
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    assert_int_equal(world_state(WORK), WORLD_DEACTIVATING);
    check_item(nd, NETDISC_STATE_DISCONNECTING, "nv0");
    world_open_gate();
    succeed(op);
    assert_gone();
    netdisc_close(nd);
}

static void test_disconnecting_without_waiting(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_up("up");
    world_close_gate();
    for (int i = 0; i < 2; i++) {
        assert_status(disconnect(nd, "work", NETDISC_NO_WAIT, NULL), NO_ERROR);
        assert_int_equal(world_state(WORK), WORLD_DEACTIVATING);
    }
    world_open_gate();
    assert_true(world_wait_state(WORK, WORLD_GONE));
    assert_up(BASE);
    netdisc_close(nd);
}

static void test_the_deadline_of_disconnecting(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    make_up("up");
    world_close_gate();
    assert_error(netdisc_connection_disconnect(nd, "work", 0, WORLD_ACCEPTED_MS, &err), err,
                 ERROR_TIMEOUT, ACCEPTED);
    assert_int_equal(world_state(WORK), WORLD_DEACTIVATING);
    world_open_gate();
    assert_true(world_wait_state(WORK, WORLD_GONE));
    netdisc_close(nd);
}

/* NetworkManager does not wait for the plugin to stop, and so it is gone; to connect it anew is too
 * early. */
static void test_a_plugin_that_stops_slowly(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_up("slow-to-stop");
    assert_status(disconnect(nd, "work", 0, NULL), NO_ERROR);
    assert_gone();
    assert_connect_fails(nd, NETDISC_ERROR_SERVICE_NOT_ACTIVE, REASON "SERVICE_START_FAILED",
                         "the VPN service could not be started");
    plugin_acts("stops");
    assert_status(connect_to(nd, "work", NULL), NO_ERROR);
    assert_up(WORK);
    netdisc_close(nd);
}

static void test_while_it_is_connecting(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_vpn("hangs", "");
    for (int i = 0; i < 3; i++) {
        world_begin_up(WORK, NULL);
        assert_true(world_wait_state(WORK, WORLD_ACTIVATING));
        assert_status(disconnect(nd, "work", 0, NULL), NO_ERROR);
        assert_gone();
    }
    netdisc_close(nd);
}

static void test_many_end_it(void **state)
{
    (void)state;
    enum { MANY = 8 };
    netdisc *nd = world_context();
    netdisc_op *ops[MANY];

    add_vpn("up", "");
    for (int round = 0; round < 5; round++) {
        world_up(WORK, NULL);
        for (size_t i = 0; i < MANY; i++)
            ops[i] = start_disconnect(nd, i % 2 ? "work" : WORK, NETDISC_IF_CONNECTED, 0);
        for (size_t i = 0; i < MANY; i++)
            succeed(ops[i]);
        assert_gone();
        assert_true(world_wait(plugin_has_stopped, NULL));
    }
    netdisc_close(nd);
}

/* NetworkManager forgets that it was to end a VPN that reconnects while that waits for a script. */
static void test_it_reconnects_meanwhile(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_up("up");
    world_close_gate();
    op = start_disconnect(nd, "work", 0, 0);
    assert_true(world_wait_state(WORK, WORLD_DEACTIVATING));
    plugin_acts("reconnects");
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    world_open_gate();
    succeed(op);
    assert_gone();
    netdisc_close(nd);
}

/* Or one whose plugin has only been started. */
static void test_its_plugin_comes_meanwhile(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    world_close_gate();
    add_vpn("up", "");
    world_begin_up(WORK, NULL);
    op = start_disconnect(nd, "work", 0, 0);
    assert_true(world_await_name(SERVICE));
    world_open_gate();
    succeed(op);
    assert_gone();
    netdisc_close(nd);
}

static void test_its_base_is_disconnected(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_up("up");
    assert_status(disconnect(nd, "base", 0, NULL), NO_ERROR);
    assert_int_equal(world_state(BASE), WORLD_GONE);
    assert_true(world_wait_state(WORK, WORLD_GONE));
    netdisc_close(nd);
}

/* ---- Watching ------------------------------------------------------------------------------- */

enum { SEEN_MAX = 64, TEXT = 128 };

typedef struct seen_event {
    netdisc_event_type type;
    netdisc_state old_state;
    netdisc_state state;
    netdisc_status status;
    netdisc_tristate vpn;
    char reason[TEXT];
} seen_event;

/* The events of the VPN. */
typedef struct watcher {
    seen_event events[SEEN_MAX];
    size_t count;
    size_t read;
    bool ready;
} watcher;

static watcher seen;

static void see(void *data, const netdisc_event *event)
{
    watcher *self = data;
    seen_event *at = &self->events[self->count];

    if (event->type == NETDISC_EVENT_READY)
        self->ready = true;
    if (!event->connection || strcmp(event->connection->uuid, WORK) != 0)
        return;
    if (++self->count == SEEN_MAX)
        bed_die("too many events");
    *at = (seen_event){event->type,   event->old_state,       event->state,
                       event->status, event->connection->vpn, ""};
    snprintf(at->reason, sizeof at->reason, "%s", event->reason ? event->reason : "");
}

static netdisc_watch *watch(netdisc *nd)
{
    netdisc_watch *out = NULL;

    memset(&seen, 0, sizeof seen);
    assert_status(netdisc_watch_start(nd, NETDISC_CONNECTION, see, &seen, &out, NULL), NO_ERROR);
    while (!seen.ready)
        assert_status(netdisc_dispatch(nd, WORLD_MS), NO_ERROR);
    return out;
}

static void unwatch(netdisc *nd, netdisc_watch *w)
{
    netdisc_watch_stop(w);
    netdisc_close(nd);
}

/* Where no more events come, the last one stands for it. */
static void check_next(netdisc *nd, netdisc_state from, netdisc_state to, const char *words,
                       netdisc_status status, const char *file, int line)
{
    const seen_event *at = &seen.events[seen.read++];

    while (seen.read > seen.count)
        if (netdisc_dispatch(nd, WORLD_MS) != NETDISC_NO_ERROR)
            break;
    if (seen.read <= seen.count && at->type == NETDISC_EVENT_CHANGED && at->old_state == from &&
        at->state == to && at->vpn == NETDISC_YES && strstr(at->reason, words) && at->status == status &&
        (*words != '\0') == (*at->reason != '\0') && !strpbrk(at->reason, "0123456789"))
        return;
    print_error("expected %s to %s (%s), %s\n     got %s to %s (%s), %s\n", netdisc_state_name(from),
                netdisc_state_name(to), words, netdisc_status_name(status),
                netdisc_state_name(at->old_state), netdisc_state_name(at->state), at->reason,
                netdisc_status_name(at->status));
    _fail(file, line);
}

#define assert_next(nd, from, to, words, status)                                                        \
    check_next(nd, NETDISC_STATE_##from, NETDISC_STATE_##to, words, NETDISC_##status, __FILE__, __LINE__)

static void assert_comes_up(netdisc *nd)
{
    assert_next(nd, DISCONNECTED, CONNECTING, "", NO_ERROR);
    assert_next(nd, CONNECTING, CONNECTED, "", NO_ERROR);
}

static void test_watched_up_and_down(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    add_vpn("up", "");
    w = watch(nd);
    for (int i = 0; i < 2; i++) {
        assert_status(connect_to(nd, "work", NULL), NO_ERROR);
        assert_comes_up(nd);
        assert_status(disconnect(nd, "work", 0, NULL), NO_ERROR);
        assert_next(nd, CONNECTED, DISCONNECTING, "someone disconnected it", NO_ERROR);
        assert_next(nd, DISCONNECTING, DISCONNECTED, "someone disconnected it", NO_ERROR);
        assert_true(world_wait(plugin_has_stopped, NULL));
    }
    unwatch(nd, w);
}

static void test_watched_login(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    add_vpn("login-failed", "");
    w = watch(nd);
    world_begin_up(WORK, NULL);
    assert_next(nd, DISCONNECTED, CONNECTING, "", NO_ERROR);
    assert_next(nd, CONNECTING, DISCONNECTED, "refused the user name or password", ERROR_LOGON_FAILURE);
    unwatch(nd, w);
}

/* NetworkManager keeps to itself that the plugin said so. */
static void test_watched_failure(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    add_vpn("fails", "");
    w = watch(nd);
    world_begin_up(WORK, NULL);
    assert_next(nd, DISCONNECTED, CONNECTING, "", NO_ERROR);
    assert_next(nd, CONNECTING, DISCONNECTED, "", ERROR_GEN_FAILURE);
    unwatch(nd, w);
}

static void test_watched_end_of_its_base(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch(nd);

    make_up("up");
    while (seen.read == seen.count)
        assert_status(netdisc_dispatch(nd, WORLD_MS), NO_ERROR);
    assert_int_equal(seen.events[seen.read++].type, NETDISC_EVENT_ADDED);
    assert_comes_up(nd);
    world_begin_down(BASE);
    assert_next(nd, CONNECTED, DISCONNECTED, "disconnected", NO_ERROR);
    unwatch(nd, w);
}

static void test_watched_removal_of_its_base(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    make_up("up");
    w = watch(nd);
    world_ip("link del nv0");
    assert_next(nd, CONNECTED, DISCONNECTED, "device", NO_ERROR);
    unwatch(nd, w);
}

static void test_watched_deletion(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    make_up("up");
    w = watch(nd);
    world_delete(WORK);
    assert_next(nd, CONNECTED, DISCONNECTING, "the connection was deleted", NO_ERROR);
    assert_next(nd, DISCONNECTING, DISCONNECTED, "the connection was deleted", NO_ERROR);
    unwatch(nd, w);
}

static void test_watched_end_of_the_plugin(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    make_up("up");
    w = watch(nd);
    plugin_acts("dies");
    assert_next(nd, CONNECTED, DISCONNECTED, "the VPN service stopped", NO_ERROR);
    assert_up(BASE);
    unwatch(nd, w);
}

static void test_watched_drop(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    add_vpn("up", "");
    w = watch(nd);
    world_up(WORK, NULL);
    assert_comes_up(nd);
    plugin_acts("bad-address");
    assert_next(nd, CONNECTED, DISCONNECTED, "the IP configuration was invalid", NO_ERROR);
    world_up(WORK, NULL);
    assert_comes_up(nd);
    /* It gives no reason. */
    plugin_acts("stops");
    assert_next(nd, CONNECTED, DISCONNECTED, "", NO_ERROR);
    unwatch(nd, w);
}

static void test_watched_reconnection(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    netdisc_op *op;

    make_up("up");
    w = watch(nd);
    plugin_acts("reconnects");
    assert_next(nd, CONNECTED, CONNECTING, "the VPN took too long to connect", NO_ERROR);
    op = start_connect(nd, "work", 0);
    plugin_goes_up("10.99.0.3");
    succeed(op);
    assert_next(nd, CONNECTING, CONNECTED, "", NO_ERROR);
    assert_up(WORK);
    unwatch(nd, w);
}

#define in_setting(function, setting) cmocka_unit_test_setup(function, setting)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_setting(test_it_is_listed, in_order),
        in_setting(test_its_tunnel_is_not_it, in_order),
        in_setting(test_up_and_down, in_order),
        in_setting(test_success_is_when_it_is_up, in_order),
        in_setting(test_what_is_up_is_left_alone, in_order),
        in_setting(test_what_another_brings_up_is_waited_for, in_order),
        in_setting(test_connecting_without_waiting, in_order),
        in_setting(test_the_profile_has_the_password, in_order),
        in_setting(test_two_at_once, several),
        in_setting(test_it_comes_with_its_base, in_order),
        in_setting(test_the_login_fails, in_order),
        in_setting(test_why_it_fails, in_order),
        in_bare_world(test_the_plugin_cannot_be_started),
        in_setting(test_there_is_no_base, in_order),
        in_setting(test_a_plugin_for_only_one, in_order),
        in_setting(test_what_its_base_depends_on_fails, in_order),
        in_setting(test_the_deadline_of_connecting, in_order),
        in_setting(test_cancelled, in_order),
        in_setting(test_somebody_disconnects_it, in_order),
        in_setting(test_its_profile_is_deleted, in_order),
        in_setting(test_its_base_ends_meanwhile, in_order),
        in_setting(test_it_is_down_already, in_order),
        in_setting(test_success_is_when_it_is_gone, gated),
        in_setting(test_disconnecting_without_waiting, gated),
        in_setting(test_the_deadline_of_disconnecting, gated),
        in_setting(test_a_plugin_that_stops_slowly, in_order),
        in_setting(test_while_it_is_connecting, in_order),
        in_setting(test_many_end_it, in_order),
        in_setting(test_it_reconnects_meanwhile, gated),
        in_setting(test_its_plugin_comes_meanwhile, gated),
        in_setting(test_its_base_is_disconnected, in_order),
        in_setting(test_watched_up_and_down, in_order),
        in_setting(test_watched_login, in_order),
        in_setting(test_watched_failure, in_order),
        in_setting(test_watched_end_of_its_base, in_order),
        in_setting(test_watched_removal_of_its_base, in_order),
        in_setting(test_watched_deletion, in_order),
        in_setting(test_watched_end_of_the_plugin, in_order),
        in_setting(test_watched_drop, in_order),
        in_setting(test_watched_reconnection, in_order),
    };

    begin(argc, argv);
    return world_end(cmocka_run_group_tests_name("vpn", tests, NULL, NULL));
}
