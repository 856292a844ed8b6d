/* SPDX-License-Identifier: MIT */
/*
 * NetworkManager's name, its manager, and what tests ask of it.
 *
 * usage: wifi_double [--ethernet NAME]... [--wifi NAME=ADDRESS]...
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "wifi_double.h"

/* For tests, at the manager's path. */
#define DOUBLE NM ".Double"

#define UNKNOWN_CONNECTION NM ".UnknownConnection"

static wifi_object *root;
static GPtrArray *calls;

wifi_object *manager(void)
{
    return root;
}

void note_call(const char *name)
{
    g_ptr_array_add(calls, g_strdup(name));
}

/* ---- Devices -------------------------------------------------------------------------------- */

static wifi_device *device_at(const char *path)
{
    wifi_object *object = wifi_find_object(path);
    void *found = object ? object->data : NULL;

    return found && g_ptr_array_find(devices(), found, NULL) ? found : NULL;
}

static void get_devices(wifi_call *call)
{
    wifi_reply(call, g_variant_new("(@ao)", wifi_get(root, NM, "Devices")));
}

static void get_device_by_name(wifi_call *call)
{
    const char *name;
    const wifi_device *found;

    g_variant_get(call->arguments, "(&s)", &name);
    found = device_named(name);
    if (found)
        wifi_reply(call, g_variant_new("(o)", found->object->path));
    else
        wifi_refuse(call, NM ".UnknownDevice", "No device found for the requested iface.");
}

static void set_property(wifi_call *call)
{
    GVariant *value;
    const char *name;

    g_variant_get(call->arguments, "(&s&sv)", NULL, &name, &value);
    if (strcmp(name, "WirelessEnabled") == 0) {
        bool on = g_variant_get_boolean(value);

        for (guint i = 0; i < devices()->len; i++)
            device_set_radio(devices()->pdata[i], on);
        wifi_set(root, NM, "WirelessEnabled", value);
        wifi_reply(call, NULL);
    } else {
        wifi_refuse(call, "org.freedesktop.DBus.Error.InvalidArgs", "Not imitated: %s", name);
    }
    g_variant_unref(value);
}

/* ---- Connecting with a profile -------------------------------------------------------------- */

static wifi_profile *profile_at(const char *path)
{
    wifi_object *object = wifi_find_object(path);
    void *found = object ? object->data : NULL;

    return found && g_ptr_array_find(profiles(), found, NULL) ? found : NULL;
}

static wifi_device *device_for(const wifi_profile *with)
{
    for (guint i = 0; i < devices()->len; i++) {
        wifi_device *on = devices()->pdata[i];

        if (on->type == TYPE_WIFI && on->state > UNAVAILABLE && profile_fits(with, on))
            return on;
    }
    return NULL;
}

/* Why not; NULL: it can. */
static const char *is_unavailable(const wifi_profile *with, const wifi_device *on)
{
    if (on->type != TYPE_WIFI)
        return "profile is not compatible with device (connection type is not \"802-3-ethernet\")";
    if (!profile_fits(with, on))
        return "profile is not compatible with device (mismatching interface name)";
    return on->state <= UNAVAILABLE ? "device is not available" : NULL;
}

static void activate(wifi_call *call, wifi_profile *with, wifi_device *on, const char *at)
{
    const char *why = is_unavailable(with, on);
    wifi_active *begun;

    if (why) {
        wifi_refuse(call, UNKNOWN_CONNECTION, "Connection '%s' is not available on device %s because %s",
                    with->id, on->name, why);
        return;
    }
    begun = activation_new(with, on, at, true);
    wifi_reply(call, g_variant_new("(o)", begun->object->path));
    activation_begin(begun);
}

static void activate_connection(wifi_call *call)
{
    const char *profile_path;
    const char *device_path;
    const char *at;
    wifi_profile *with;
    wifi_device *on;

    note_call("ActivateConnection");
    g_variant_get(call->arguments, "(&o&o&o)", &profile_path, &device_path, &at);
    with = profile_at(profile_path);
    on = with && strcmp(device_path, NO_PATH) == 0 ? device_for(with) : device_at(device_path);
    if (!with)
        wifi_refuse(call, UNKNOWN_CONNECTION, "Connection could not be found.");
    else if (!on)
        wifi_refuse(call, NM ".UnknownDevice", "Device not found");
    else
        activate(call, with, on, at);
}

static void deactivate_connection(wifi_call *call)
{
    const char *path;
    wifi_active *found;

    note_call("DeactivateConnection");
    g_variant_get(call->arguments, "(&o)", &path);
    found = active_at(path);
    if (!found) {
        wifi_refuse(call, NM ".ConnectionNotActive", "The connection was not active.");
        return;
    }
    active_deactivate(found);
    wifi_reply(call, NULL);
}

/* ---- Connecting with a new profile ---------------------------------------------------------- */

static bool has(GVariant *settings, const char *section)
{
    GVariant *of = g_variant_lookup_value(settings, section, G_VARIANT_TYPE_VARDICT);

    if (of)
        g_variant_unref(of);
    return of != NULL;
}

static bool has_key(GVariant *settings, const char *section, const char *key, const char *type)
{
    GVariant *value = settings_get(settings, section, key, type);
    bool set = value && (strcmp(type, "ay") != 0 || g_variant_n_children(value) > 0);

    if (value)
        g_variant_unref(value);
    return set;
}

/* Consumes `settings`. */
static GVariant *put(GVariant *settings, const char *section, const char *key, GVariant *value)
{
    GVariant *with = g_variant_ref_sink(settings_with(settings, section, key, value));

    g_variant_unref(settings);
    return with;
}

static bool same_ssid(GVariant *settings, const wifi_access_point *at)
{
    GVariant *ssid = settings_get(settings, WIFI, "ssid", "ay");
    bool same = !ssid || g_variant_equal(ssid, wifi_get(at->object, AP, "Ssid"));

    if (ssid)
        g_variant_unref(ssid);
    return same;
}

typedef struct refusal {
    const char *error;
    const char *message;
} refusal;

static const refusal *refuse_at(GVariant *settings, const wifi_access_point *at)
{
    static const refusal other_ssid = {CONNECTION ".InvalidProperty",
                                       WIFI ".ssid: connection does not match access point"};
    static const refusal not_secured = {CONNECTION ".InvalidSetting", SECURITY
                                        ": Access point is unencrypted but setting specifies security"};

    if (!same_ssid(settings, at))
        return &other_ssid;
    return has(settings, SECURITY) && !at->network->flags ? &not_secured : NULL;
}

static const refusal *refuse_anywhere(GVariant *settings)
{
    static const refusal no_setting = {DEVICE ".InvalidConnection",
                                       "A 'wireless' setting is required if no AP path was given."};
    static const refusal no_ssid = {
        DEVICE ".InvalidConnection",
        "A 'wireless' setting with a valid SSID is required if no AP path was given."};
    static const refusal no_key_mgmt = {CONNECTION ".MissingProperty",
                                        SECURITY ".key-mgmt: property is missing"};

    if (!has(settings, WIFI))
        return &no_setting;
    if (!has_key(settings, WIFI, "ssid", "ay"))
        return &no_ssid;
    return has(settings, SECURITY) && !has_key(settings, SECURITY, "key-mgmt", "s") ? &no_key_mgmt
                                                                                    : NULL;
}

static const char *key_mgmt_of(const wifi_network *to)
{
    enum { SAE_ONLY = 0x400 };

    if (!to->wpa && !to->rsn)
        return "none";
    return to->rsn & SAE_ONLY ? "sae" : "wpa-psk";
}

/* What is known from the access point. Consumes `settings`. */
static GVariant *complete_at(GVariant *settings, const wifi_access_point *at)
{
    settings = put(settings, WIFI, "ssid", wifi_get(at->object, AP, "Ssid"));
    if (!at->network->flags)
        return settings;
    return put(settings, SECURITY, "key-mgmt", g_variant_new_string(key_mgmt_of(at->network)));
}

static bool is_id(const char *id)
{
    for (guint i = 0; i < profiles()->len; i++)
        if (strcmp(((const wifi_profile *)profiles()->pdata[i])->id, id) == 0)
            return true;
    return false;
}

/* The network's name, as Latin-1 where it is not UTF-8; with a number where that is taken. */
static char *new_id(GVariant *settings)
{
    GVariant *ssid = settings_get(settings, WIFI, "ssid", "ay");
    gsize length;
    const char *bytes = g_variant_get_fixed_array(ssid, &length, 1);
    char *name = g_utf8_validate(bytes, (gssize)length, NULL)
                     ? g_strndup(bytes, length)
                     : g_convert(bytes, (gssize)length, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
    char *id = g_strdup(name);

    for (unsigned i = 1; is_id(id); i++) {
        g_free(id);
        id = g_strdup_printf("%s %u", name, i);
    }
    g_free(name);
    g_variant_unref(ssid);
    return id;
}

/* Consumes `settings`. */
static GVariant *complete(GVariant *settings, const wifi_device *on)
{
    char *id = new_id(settings);
    char *uuid = g_uuid_string_random();

    settings = put(settings, "connection", "id", g_variant_new_string(id));
    settings = put(settings, "connection", "uuid", g_variant_new_string(uuid));
    settings = put(settings, "connection", "type", g_variant_new_string(WIFI));
    settings = put(settings, "connection", "interface-name", g_variant_new_string(on->name));
    g_free(uuid);
    g_free(id);
    return settings;
}

static void add_and_activate_on(wifi_call *call, GVariant *settings, wifi_device *on, const char *at,
                                bool fleeting)
{
    GVariant *whole = complete(g_variant_ref(settings), on);
    wifi_profile *with = profile_add(whole, fleeting);
    wifi_active *begun = activation_new(with, on, at, true);

    wifi_reply(call, g_variant_new("(ooa{sv})", with->object->path, begun->object->path, NULL));
    activation_begin(begun);
    g_variant_unref(whole);
}

static void add_and_activate_at(wifi_call *call, GVariant *settings, wifi_device *on, const char *path,
                                bool fleeting)
{
    wifi_access_point *at = access_point_at(on, path);
    const refusal *why;
    GVariant *whole;

    if (at && at->network && at->network->oddity & FLEETING) {
        access_point_remove(on, at);
        at = NULL;
    }
    if (!at) {
        wifi_refuse(call, DEVICE ".SpecificObjectNotFound",
                    "The access point %s was not in the scan list.", path);
        return;
    }
    why = refuse_at(settings, at);
    if (why) {
        wifi_refuse(call, why->error, "%s", why->message);
        return;
    }
    whole = complete_at(g_variant_ref(settings), at);
    add_and_activate_on(call, whole, on, path, fleeting);
    g_variant_unref(whole);
}

static void add_and_activate_anywhere(wifi_call *call, GVariant *settings, wifi_device *on,
                                      bool fleeting)
{
    const refusal *why = refuse_anywhere(settings);
    GVariant *whole;

    if (why) {
        wifi_refuse(call, why->error, "%s", why->message);
        return;
    }
    if (on->state <= UNAVAILABLE) {
        wifi_refuse(call, UNKNOWN_CONNECTION, "device is not available");
        return;
    }
    whole = put(g_variant_ref(settings), WIFI, "hidden", g_variant_new_boolean(TRUE));
    add_and_activate_on(call, whole, on, NO_PATH, fleeting);
    g_variant_unref(whole);
}

static void add_and_activate_connection(wifi_call *call)
{
    GVariant *settings;
    GVariant *options;
    const char *device_path;
    const char *at_path;
    const char *persist = "disk";
    wifi_device *on;

    note_call("AddAndActivateConnection2");
    g_variant_get(call->arguments, "(@a{sa{sv}}&o&o@a{sv})", &settings, &device_path, &at_path,
                  &options);
    g_variant_lookup(options, "persist", "&s", &persist);
    on = device_at(device_path);
    if (!on || on->type != TYPE_WIFI)
        wifi_refuse(call, NM ".UnknownDevice", "Device not found");
    else if (strcmp(at_path, NO_PATH) != 0)
        add_and_activate_at(call, settings, on, at_path, strcmp(persist, "volatile") == 0);
    else
        add_and_activate_anywhere(call, settings, on, strcmp(persist, "volatile") == 0);
    g_variant_unref(options);
    g_variant_unref(settings);
}

/* ---- What tests ask for --------------------------------------------------------------------- */

/* The methods that change something, in the order in which they were called since the last time. */
static void get_calls(wifi_call *call)
{
    wifi_reply(call, g_variant_new("(@as)", g_variant_new_strv((const char *const *)calls->pdata,
                                                               (gssize)calls->len)));
    g_ptr_array_set_size(calls, 0);
}

static const char *string_of(const wifi_call *call)
{
    const char *string;

    g_variant_get_child(call->arguments, 0, "&s", &string);
    return string;
}

static void lose_network(wifi_call *call)
{
    network_leave(network_of(string_of(call)));
    wifi_reply(call, NULL);
}

static void return_network(wifi_call *call)
{
    network_return(network_of(string_of(call)));
    wifi_reply(call, NULL);
}

static void plug_in(wifi_call *call)
{
    const char *name;
    const char *address;

    g_variant_get(call->arguments, "(&s&s)", &name, &address);
    device_plug_in(name, address);
    wifi_reply(call, NULL);
}

static void unplug(wifi_call *call)
{
    device_unplug(device_named(string_of(call)));
    wifi_reply(call, NULL);
}

static void unplug_when_read(wifi_call *call)
{
    device_unplug_when_read(device_named(string_of(call)));
    wifi_reply(call, NULL);
}

static bool iwd;

bool has_iwd(void)
{
    return iwd;
}

static void use_daemon(wifi_call *call)
{
    iwd = strcmp(string_of(call), "iwd") == 0;
    wifi_reply(call, NULL);
}

static void begin_scan(wifi_call *call)
{
    air_begin_scan(device_named(string_of(call)), NULL);
    wifi_reply(call, NULL);
}

/* ---- Main ----------------------------------------------------------------------------------- */

static const wifi_method methods[] = {
    {"org.freedesktop.DBus.Properties", "Set", "(ssv)", set_property},
    {NM, "GetDevices", "()", get_devices},
    {NM, "GetAllDevices", "()", get_devices},
    {NM, "GetDeviceByIpIface", "(s)", get_device_by_name},
    {NM, "ActivateConnection", "(ooo)", activate_connection},
    {NM, "AddAndActivateConnection2", "(a{sa{sv}}ooa{sv})", add_and_activate_connection},
    {NM, "DeactivateConnection", "(o)", deactivate_connection},
    {DEVICE, "Disconnect", "()", device_disconnect},
    {WIRELESS, "GetAllAccessPoints", "()", air_get_access_points},
    {WIRELESS, "RequestScan", "(a{sv})", air_request_scan},
    {SETTINGS, "ListConnections", "()", settings_list},
    {SETTINGS, "GetConnectionByUuid", "(s)", settings_by_uuid},
    {SETTINGS, "AddConnection", "(a{sa{sv}})", settings_add},
    {CONNECTION, "GetSettings", "()", profile_get_settings},
    {CONNECTION, "GetSecrets", "(s)", profile_get_secrets},
    {CONNECTION, "Update2", "(a{sa{sv}}ua{sv})", profile_update},
    {CONNECTION, "Save", "()", profile_save},
    {CONNECTION, "Delete", "()", profile_delete},
    {DOUBLE, "Calls", "()", get_calls},
    {DOUBLE, "LoseNetwork", "(s)", lose_network},
    {DOUBLE, "ReturnNetwork", "(s)", return_network},
    {DOUBLE, "PlugIn", "(ss)", plug_in},
    {DOUBLE, "Unplug", "(s)", unplug},
    {DOUBLE, "UnplugWhenRead", "(s)", unplug_when_read},
    {DOUBLE, "BeginScan", "(s)", begin_scan},
    {DOUBLE, "UseDaemon", "(s)", use_daemon},
    {0},
};

static void open_manager(void)
{
    root = wifi_object_new(ROOT, NULL);
    wifi_set(root, NM, "Version", g_variant_new_string("1.42.4"));
    wifi_set(root, NM, "State", g_variant_new_uint32(20));
    wifi_set(root, NM, "Startup", g_variant_new_boolean(FALSE));
    wifi_set(root, NM, "NetworkingEnabled", g_variant_new_boolean(TRUE));
    wifi_set(root, NM, "WirelessEnabled", g_variant_new_boolean(TRUE));
    wifi_set(root, NM, "WirelessHardwareEnabled", g_variant_new_boolean(TRUE));
    devices_open();
    wifi_announce(root);
}

static void add_wifi(const char *name_and_address)
{
    char **parts = g_strsplit(name_and_address, "=", 2);

    device_plug_in(parts[0], parts[1]);
    g_strfreev(parts);
}

static bool add_devices(char **argv)
{
    for (; argv[0] && argv[1]; argv += 2)
        if (strcmp(argv[0], "--ethernet") == 0)
            device_add_ethernet(argv[1]);
        else if (strcmp(argv[0], "--wifi") == 0 && strchr(argv[1], '='))
            add_wifi(argv[1]);
        else
            return false;
    return !argv[0];
}

static bool are_ready(void)
{
    for (guint i = 0; i < devices()->len; i++)
        if (((const wifi_device *)devices()->pdata[i])->state < DISCONNECTED)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    (void)argc;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    calls = g_ptr_array_new_with_free_func(g_free);
    wifi_bus_connect(methods);
    profiles_open();
    open_manager();
    if (!add_devices(argv + 1)) {
        g_printerr("usage: wifi_double [--ethernet NAME]... [--wifi NAME=ADDRESS]...\n");
        return 2;
    }
    while (!are_ready())
        g_main_context_iteration(NULL, TRUE);
    wifi_bus_own(NM);
    for (;;)
        g_main_context_iteration(NULL, TRUE);
}
