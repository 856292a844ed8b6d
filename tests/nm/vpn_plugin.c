/* SPDX-License-Identifier: MIT */
/*
 * A VPN plugin without a VPN, which NetworkManager starts and talks to like any other. What it does
 * when it is to connect is said by the profile, as the item "behave" of its data: see act(). Later a
 * test says it, through SetFailure. Nothing here goes by time.
 */
#include <arpa/inet.h>
#include <gio/gio.h>
#include <stdbool.h>
#include <stdlib.h>

#define NM        "org.freedesktop.NetworkManager"
#define INTERFACE NM ".VPN.Plugin"
#define PATH      "/org/freedesktop/NetworkManager/VPN/Plugin"
#define NAME      NM ".netdisc-test"
#define REFUSAL   NM ".VPN.Error."

/* By NetworkManager's numbers. */
enum { INIT = 1, STARTING = 3, STARTED = 4, STOPPING = 5, STOPPED = 6 };
enum { LOGIN_FAILED = 0, CONNECT_FAILED = 1, BAD_IP_CONFIG = 2 };

static const char description[] =
    "<node><interface name='" INTERFACE "'>"
    "<method name='Connect'><arg type='a{sa{sv}}' direction='in'/></method>"
    "<method name='ConnectInteractive'><arg type='a{sa{sv}}' direction='in'/>"
    "<arg type='a{sv}' direction='in'/></method>"
    "<method name='NeedSecrets'><arg type='a{sa{sv}}' direction='in'/>"
    "<arg type='s' direction='out'/></method>"
    "<method name='NewSecrets'><arg type='a{sa{sv}}' direction='in'/></method>"
    "<method name='Disconnect'/>"
    "<method name='SetConfig'><arg type='a{sv}' direction='in'/></method>"
    "<method name='SetIp4Config'><arg type='a{sv}' direction='in'/></method>"
    "<method name='SetIp6Config'><arg type='a{sv}' direction='in'/></method>"
    "<method name='SetFailure'><arg type='s' direction='in'/></method>"
    "<property name='State' type='u' access='read'/>"
    "<signal name='StateChanged'><arg type='u'/></signal>"
    "<signal name='SecretsRequired'><arg type='s'/><arg type='as'/></signal>"
    "<signal name='Config'><arg type='a{sv}'/></signal>"
    "<signal name='Ip4Config'><arg type='a{sv}'/></signal>"
    "<signal name='Ip6Config'><arg type='a{sv}'/></signal>"
    "<signal name='LoginBanner'><arg type='s'/></signal>"
    "<signal name='Failure'><arg type='u'/></signal>"
    "</interface></node>";

static GDBusConnection *bus;
static guint32 state = INIT;
static GVariant *profile; /* the last that was to be connected */
static bool slow;         /* it does not stop before it is told to */

/* ---- The profile ---------------------------------------------------------------------------- */

/* An item of "data" or "secrets"; to be freed. */
static char *look_up(GVariant *connection, const char *table, const char *key)
{
    GVariant *vpn = g_variant_lookup_value(connection, "vpn", G_VARIANT_TYPE_VARDICT);
    GVariant *items = vpn ? g_variant_lookup_value(vpn, table, G_VARIANT_TYPE("a{ss}")) : NULL;
    char *value = NULL;

    if (items)
        g_variant_lookup(items, key, "s", &value);
    g_clear_pointer(&items, g_variant_unref);
    g_clear_pointer(&vpn, g_variant_unref);
    return value;
}

static bool has_item(GVariant *connection, const char *table, const char *key, const char *wanted)
{
    char *value = look_up(connection, table, key);
    bool same = g_strcmp0(value, wanted) == 0;

    g_free(value);
    return same;
}

/* ---- What it says --------------------------------------------------------------------------- */

static void emit(const char *name, GVariant *body)
{
    g_dbus_connection_emit_signal(bus, NULL, PATH, INTERFACE, name, body, NULL);
}

static void set_state(guint32 next)
{
    state = next;
    emit("StateChanged", g_variant_new("(u)", state));
}

static void say_config(bool complete)
{
    GVariantDict config;
    char *tun = look_up(profile, "data", "tundev");

    g_variant_dict_init(&config, NULL);
    g_variant_dict_insert(&config, "tundev", "s", tun ? tun : "");
    g_variant_dict_insert(&config, "has-ip4", "b", TRUE);
    g_variant_dict_insert(&config, "has-ip6", "b", FALSE);
    g_variant_dict_insert(&config, "banner", "s", "Welcome");
    if (complete)
        g_variant_dict_insert(&config, "gateway", "u", (guint32)inet_addr("192.0.2.1"));
    emit("Config", g_variant_new("(@a{sv})", g_variant_dict_end(&config)));
    g_free(tun);
}

/* To be given to go_up(). */
static GVariant *address_of_profile(void)
{
    GVariantDict config;
    char *address = look_up(profile, "data", "address");

    g_variant_dict_init(&config, NULL);
    g_variant_dict_insert(&config, "address", "u", (guint32)inet_addr(address ? address : "0.0.0.0"));
    g_variant_dict_insert(&config, "prefix", "u", (guint32)24);
    g_free(address);
    return g_variant_dict_end(&config);
}

static void go_up(GVariant *address)
{
    emit("LoginBanner", g_variant_new("(s)", "Welcome"));
    say_config(true);
    emit("Ip4Config", g_variant_new("(@a{sv})", address));
    set_state(STARTED);
}

static void fail(guint32 failure)
{
    emit("Failure", g_variant_new("(u)", failure));
    set_state(STOPPED);
}

static void ask_for_secrets(void)
{
    static const char *const secrets[] = {"password", NULL};

    emit("SecretsRequired", g_variant_new("(s^as)", "Another one", secrets));
}

static void die(void)
{
    g_dbus_connection_flush_sync(bus, NULL, NULL);
    exit(1);
}

static void act(const char *what)
{
    if (g_str_equal(what, "up") || g_str_equal(what, "slow-to-stop"))
        go_up(address_of_profile());
    else if (g_str_equal(what, "needs-secrets") && has_item(profile, "secrets", "password", "right"))
        go_up(address_of_profile());
    else if (g_str_equal(what, "login-failed") || g_str_equal(what, "needs-secrets"))
        fail(LOGIN_FAILED);
    else if (g_str_equal(what, "fails"))
        fail(CONNECT_FAILED);
    else if (g_str_equal(what, "bad-address"))
        fail(BAD_IP_CONFIG);
    else if (g_str_equal(what, "no-gateway"))
        say_config(false);
    else if (g_str_equal(what, "stops"))
        set_state(STOPPED);
    else if (g_str_equal(what, "reconnects"))
        set_state(STARTING);
    else if (g_str_equal(what, "asks"))
        ask_for_secrets();
    else if (g_str_equal(what, "dies"))
        die();
    /* "hangs", "refuses": that is all. */
}

/* ---- What it is told ------------------------------------------------------------------------ */

static void connect_it(GDBusMethodInvocation *call, GVariant *arguments)
{
    char *behave;

    g_clear_pointer(&profile, g_variant_unref);
    profile = g_variant_get_child_value(arguments, 0);
    behave = look_up(profile, "data", "behave");
    if (state == STARTING || state == STARTED || state == STOPPING) {
        g_dbus_method_invocation_return_dbus_error(call, REFUSAL "WrongState", "It is not stopped");
    } else if (!behave || g_str_equal(behave, "refuses")) {
        g_dbus_method_invocation_return_dbus_error(call, REFUSAL "BadArguments", "It is not for me");
    } else {
        slow = g_str_equal(behave, "slow-to-stop");
        set_state(STARTING);
        g_dbus_method_invocation_return_value(call, NULL);
        act(behave);
    }
    g_free(behave);
}

static void need_secrets(GDBusMethodInvocation *call, GVariant *arguments)
{
    GVariant *connection = g_variant_get_child_value(arguments, 0);
    bool missing = has_item(connection, "data", "behave", "needs-secrets") &&
                   has_item(connection, "secrets", "password", NULL);

    g_variant_unref(connection);
    g_dbus_method_invocation_return_value(call, g_variant_new("(s)", missing ? "vpn" : ""));
}

static void disconnect_it(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    if (state == STARTING || state == STARTED)
        set_state(STOPPING);
    if (state == STOPPING && !slow)
        set_state(STOPPED);
    g_dbus_method_invocation_return_value(call, NULL);
}

static void set_ip4_config(GDBusMethodInvocation *call, GVariant *arguments)
{
    GVariant *address = g_variant_get_child_value(arguments, 0);

    go_up(address);
    g_variant_unref(address);
    g_dbus_method_invocation_return_value(call, NULL);
}

static void set_failure(GDBusMethodInvocation *call, GVariant *arguments)
{
    const char *what;

    g_variant_get(arguments, "(&s)", &what);
    g_dbus_method_invocation_return_value(call, NULL);
    act(what);
}

static void do_nothing(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    g_dbus_method_invocation_return_value(call, NULL);
}

static const struct {
    const char *name;
    void (*run)(GDBusMethodInvocation *call, GVariant *arguments);
} methods[] = {
    {"Connect", connect_it},          {"ConnectInteractive", connect_it}, {"NeedSecrets", need_secrets},
    {"NewSecrets", do_nothing},       {"Disconnect", disconnect_it},      {"SetConfig", do_nothing},
    {"SetIp4Config", set_ip4_config}, {"SetIp6Config", do_nothing},       {"SetFailure", set_failure},
};

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *arguments,
                    GDBusMethodInvocation *call, void *data)
{
    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
        if (g_str_equal(methods[i].name, method))
            methods[i].run(call, arguments);
}

static GVariant *get_property(GDBusConnection *connection, const char *sender, const char *path,
                              const char *interface, const char *name, GError **error, void *data)
{
    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    (void)name;
    (void)error;
    (void)data;
    return g_variant_new_uint32(state);
}

/* ---- Its life ------------------------------------------------------------------------------- */

/* It is not needed any more, or not at all. When the bus ends, GDBus ends it. */
static void quit(GDBusConnection *connection, const char *name, void *loop)
{
    (void)connection;
    (void)name;
    g_main_loop_quit(loop);
}

int main(int argc, char **argv)
{
    static const GDBusInterfaceVTable table = {.method_call = on_call, .get_property = get_property};
    const char *name = argc == 3 && g_str_equal(argv[1], "--bus-name") ? argv[2] : NAME;
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(description, NULL);

    bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
    if (!bus || !node ||
        !g_dbus_connection_register_object(bus, PATH, node->interfaces[0], &table, NULL, NULL, NULL))
        return 1;
    g_bus_watch_name_on_connection(bus, NM, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, quit, loop, NULL);
    g_bus_own_name_on_connection(bus, name, G_BUS_NAME_OWNER_FLAGS_NONE, NULL, quit, loop, NULL);
    g_main_loop_run(loop);
    return 0;
}
