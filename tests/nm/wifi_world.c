/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "wifi_world.h"

#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NM         "org.freedesktop.NetworkManager"
#define ROOT       "/org/freedesktop/NetworkManager"
#define SETTINGS   NM ".Settings"
#define CONNECTION SETTINGS ".Connection"
#define SECURITY   "802-11-wireless-security"

enum { SOME_TIME_MS = 60 };

static pid_t twin;
static GDBusConnection *bus;
static GPtrArray *calls;

/* ---- The double ----------------------------------------------------------------------------- */

static void forget_bus(void)
{
    if (!bus)
        return;
    g_dbus_connection_close_sync(bus, NULL, NULL);
    g_clear_object(&bus);
}

void wifi_end(void)
{
    forget_bus();
    g_clear_pointer(&calls, g_ptr_array_unref);
    if (!twin)
        return;
    kill(twin, SIGKILL);
    waitpid(twin, NULL, 0);
    twin = 0;
}

static void start(char **arguments)
{
    twin = fork();
    if (twin == 0) {
        execv(arguments[0], arguments);
        _exit(127);
    }
    if (twin < 0 || !world_await_name(NM))
        bed_die("the double did not start");
    calls = g_ptr_array_new_with_free_func(g_free);
}

static int reset(void **state, const char *second)
{
    char *path = getenv("NETDISC_TEST_WIFI_DOUBLE");
    char *arguments[] = {path,     "--ethernet",   "eth0", "--wifi", "wlan0=" WIFI_ADDRESS,
                         "--wifi", (char *)second, NULL};

    if (!path)
        bed_die("NETDISC_TEST_WIFI_DOUBLE is not set");
    if (!second)
        arguments[5] = NULL;
    wifi_end();
    world_reset_bare(state);
    start(arguments);
    return 0;
}

int wifi_reset(void **state)
{
    return reset(state, NULL);
}

int wifi_reset_two(void **state)
{
    return reset(state, "wlan1=" WIFI_OTHER_ADDRESS);
}

/* ---- Talking to it -------------------------------------------------------------------------- */

/* NULL where it refuses. */
static GVariant *ask(const char *path, const char *interface, const char *method, GVariant *arguments)
{
    GError *error = NULL;

    if (!bus)
        bus = g_dbus_connection_new_for_address_sync(g_getenv("DBUS_SYSTEM_BUS_ADDRESS"),
                                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                     NULL, NULL, &error);
    if (!bus)
        bed_die("no bus: %s", error->message);
    return g_dbus_connection_call_sync(bus, NM, path, interface, method, arguments, NULL,
                                       G_DBUS_CALL_FLAGS_NO_AUTO_START, WORLD_MS, NULL, NULL);
}

static GVariant *need(const char *path, const char *interface, const char *method, GVariant *arguments)
{
    GVariant *reply = ask(path, interface, method, arguments);

    if (!reply)
        bed_die("the double refuses %s", method);
    return reply;
}

static void tell(const char *method, GVariant *arguments)
{
    g_variant_unref(need(ROOT, NM ".Double", method, arguments));
}

void wifi_tell(const char *method, const char *argument)
{
    tell(method, g_variant_new("(s)", argument));
}

void wifi_plug_in(const char *device, const char *address)
{
    tell("PlugIn", g_variant_new("(ss)", device, address));
}

void wifi_set_radio(bool on)
{
    g_variant_unref(need(ROOT, "org.freedesktop.DBus.Properties", "Set",
                         g_variant_new("(ssv)", NM, "WirelessEnabled", g_variant_new_boolean(on))));
}

void wifi_let_time_pass(void)
{
    g_usleep(SOME_TIME_MS * G_TIME_SPAN_MILLISECOND);
}

/* ---- What it was asked ---------------------------------------------------------------------- */

static void fetch_calls(void)
{
    GVariant *reply = need(ROOT, NM ".Double", "Calls", NULL);
    GVariantIter *names;
    char *name;

    g_variant_get(reply, "(as)", &names);
    while (g_variant_iter_next(names, "s", &name))
        g_ptr_array_add(calls, name);
    g_variant_iter_free(names);
    g_variant_unref(reply);
}

size_t wifi_calls(const char *method)
{
    size_t count = 0;

    fetch_calls();
    for (guint i = 0; i < calls->len; i++)
        count += strcmp(calls->pdata[i], method) == 0;
    return count;
}

void wifi_forget_calls(void)
{
    fetch_calls();
    g_ptr_array_set_size(calls, 0);
}

/* ---- Profiles ------------------------------------------------------------------------------- */

static void begin_section(GVariantBuilder *settings, const char *name)
{
    g_variant_builder_open(settings, G_VARIANT_TYPE("{sa{sv}}"));
    g_variant_builder_add(settings, "s", name);
    g_variant_builder_open(settings, G_VARIANT_TYPE_VARDICT);
}

static void end_section(GVariantBuilder *settings)
{
    g_variant_builder_close(settings);
    g_variant_builder_close(settings);
}

static void add_string(GVariantBuilder *settings, const char *key, const char *value)
{
    g_variant_builder_add(settings, "{sv}", key, g_variant_new_string(value));
}

static GVariant *bytes_of(const char *text)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text, strlen(text), 1);
}

static void add_sections(GVariantBuilder *settings, const wifi_profile *profile)
{
    begin_section(settings, "connection");
    add_string(settings, "id", profile->name);
    add_string(settings, "uuid", profile->uuid);
    add_string(settings, "type", profile->ssid ? "802-11-wireless" : "802-3-ethernet");
    if (profile->device)
        add_string(settings, "interface-name", profile->device);
    g_variant_builder_add(settings, "{sv}", "autoconnect", g_variant_new_boolean(profile->autoconnect));
    end_section(settings);
    if (!profile->ssid)
        return;
    begin_section(settings, "802-11-wireless");
    g_variant_builder_add(settings, "{sv}", "ssid", bytes_of(profile->ssid));
    end_section(settings);
    if (!profile->key)
        return;
    begin_section(settings, SECURITY);
    add_string(settings, "key-mgmt", "wpa-psk");
    add_string(settings, "psk", profile->key);
    end_section(settings);
}

void wifi_add(const wifi_profile *profile)
{
    GVariantBuilder settings;

    g_variant_builder_init(&settings, G_VARIANT_TYPE("a{sa{sv}}"));
    add_sections(&settings, profile);
    g_variant_unref(need(ROOT "/Settings", SETTINGS, "AddConnection",
                         g_variant_new("(@a{sa{sv}})", g_variant_builder_end(&settings))));
}

void wifi_add_lab(const char *uuid)
{
    wifi_add(&(wifi_profile){.name = "lab", .uuid = uuid, .ssid = "labnet", .key = WIFI_KEY});
}

static GVariant *profile_paths(void)
{
    GVariant *reply = need(ROOT "/Settings", SETTINGS, "ListConnections", NULL);
    GVariant *paths = g_variant_get_child_value(reply, 0);

    g_variant_unref(reply);
    return paths;
}

size_t wifi_profile_count(void)
{
    GVariant *paths = profile_paths();
    size_t count = g_variant_n_children(paths);

    g_variant_unref(paths);
    return count;
}

static bool is_named(const char *path, const char *name)
{
    GVariant *reply = need(path, CONNECTION, "GetSettings", NULL);
    GVariant *settings = g_variant_get_child_value(reply, 0);
    GVariant *connection = g_variant_lookup_value(settings, "connection", G_VARIANT_TYPE_VARDICT);
    const char *id = "";
    bool same = g_variant_lookup(connection, "id", "&s", &id) && strcmp(id, name) == 0;

    g_variant_unref(connection);
    g_variant_unref(settings);
    g_variant_unref(reply);
    return same;
}

bool wifi_has_profile(const char *name)
{
    GVariant *paths = profile_paths();
    bool found = false;

    for (gsize i = 0; !found && i < g_variant_n_children(paths); i++) {
        const char *path;

        g_variant_get_child(paths, i, "&o", &path);
        found = is_named(path, name);
    }
    g_variant_unref(paths);
    return found;
}

const char *wifi_key_of(const char *uuid)
{
    static char key[128];
    GVariant *reply =
        need(ROOT "/Settings", SETTINGS, "GetConnectionByUuid", g_variant_new("(s)", uuid));
    const char *path;
    GVariant *secrets;
    GVariant *settings;
    GVariant *security;
    const char *psk = "";

    g_variant_get(reply, "(&o)", &path);
    secrets = ask(path, CONNECTION, "GetSecrets", g_variant_new("(s)", SECURITY));
    *key = '\0';
    if (secrets) {
        settings = g_variant_get_child_value(secrets, 0);
        security = g_variant_lookup_value(settings, SECURITY, G_VARIANT_TYPE_VARDICT);
        if (g_variant_lookup(security, "psk", "&s", &psk))
            g_strlcpy(key, psk, sizeof key);
        g_variant_unref(security);
        g_variant_unref(settings);
        g_variant_unref(secrets);
    }
    g_variant_unref(reply);
    return key;
}
