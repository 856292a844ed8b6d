/* SPDX-License-Identifier: MIT */
#include "objects.h"

#include <string.h>

/* ---- Reading -------------------------------------------------------------------------------- */

static char *lookup_text(GVariant *dictionary, const char *key, const GVariantType *type)
{
    GVariant *value = g_variant_lookup_value(dictionary, key, NULL);
    char *string = NULL;

    if (value && g_variant_is_of_type(value, type))
        string = g_variant_dup_string(value, NULL);
    if (value)
        g_variant_unref(value);
    if (string && (!*string || strcmp(string, ND_NM_NO_PATH) == 0))
        g_clear_pointer(&string, g_free);
    return string;
}

char *nd_nm_lookup_string(GVariant *dictionary, const char *key)
{
    return lookup_text(dictionary, key, G_VARIANT_TYPE_STRING);
}

char *nd_nm_lookup_path(GVariant *dictionary, const char *key)
{
    return lookup_text(dictionary, key, G_VARIANT_TYPE_OBJECT_PATH);
}

GBytes *nd_nm_lookup_bytes(GVariant *dictionary, const char *key)
{
    GVariant *value = g_variant_lookup_value(dictionary, key, G_VARIANT_TYPE_BYTESTRING);
    GBytes *bytes = NULL;

    if (value && g_variant_n_children(value) > 0)
        bytes = g_variant_get_data_as_bytes(value);
    if (value)
        g_variant_unref(value);
    return bytes;
}

/* In the canonical form. */
static char *lookup_uuid(GVariant *dictionary, const char *key)
{
    char *string = nd_nm_lookup_string(dictionary, key);

    for (char *at = string; at && *at; at++)
        *at = g_ascii_tolower(*at);
    return string;
}

uint32_t nd_nm_lookup_number(GVariant *dictionary, const char *key)
{
    uint32_t number = 0;

    g_variant_lookup(dictionary, key, "u", &number);
    return number;
}

static bool lookup_bool(GVariant *dictionary, const char *key, bool otherwise)
{
    gboolean value = otherwise;

    g_variant_lookup(dictionary, key, "b", &value);
    return value;
}

static char *lookup_first_path(GVariant *dictionary, const char *key)
{
    GVariant *paths = g_variant_lookup_value(dictionary, key, G_VARIANT_TYPE_OBJECT_PATH_ARRAY);
    char *first = NULL;

    if (paths && g_variant_n_children(paths) > 0)
        g_variant_get_child(paths, 0, "o", &first);
    if (paths)
        g_variant_unref(paths);
    return first;
}

/* ---- Active connections --------------------------------------------------------------------- */

nd_nm_active *nd_nm_active_new(const char *path, GVariant *properties)
{
    nd_nm_active *active = g_new0(nd_nm_active, 1);

    active->path = g_strdup(path);
    active->profile = nd_nm_lookup_path(properties, "Connection");
    active->name = nd_nm_lookup_string(properties, "Id");
    active->uuid = lookup_uuid(properties, "Uuid");
    active->type = nd_nm_lookup_string(properties, "Type");
    active->device = lookup_first_path(properties, "Devices");
    active->state = nd_nm_lookup_number(properties, "State");
    active->external = nd_nm_lookup_number(properties, "StateFlags") & NM_ACTIVATION_STATE_FLAG_EXTERNAL;
    active->vpn = lookup_bool(properties, "Vpn", false);
    if (active->profile && active->name && active->uuid && active->type)
        return active;
    nd_nm_active_free(active);
    return NULL;
}

void nd_nm_active_free(nd_nm_active *active)
{
    g_free(active->path);
    g_free(active->profile);
    g_free(active->name);
    g_free(active->uuid);
    g_free(active->type);
    g_free(active->device);
    g_free(active);
}

/* An activation that is being made is not in a state yet. */
netdisc_state nd_nm_active_state(uint32_t state)
{
    static const netdisc_state states[] = {
        [NM_ACTIVE_CONNECTION_STATE_UNKNOWN] = NETDISC_STATE_CONNECTING,
        [NM_ACTIVE_CONNECTION_STATE_ACTIVATING] = NETDISC_STATE_CONNECTING,
        [NM_ACTIVE_CONNECTION_STATE_ACTIVATED] = NETDISC_STATE_CONNECTED,
        [NM_ACTIVE_CONNECTION_STATE_DEACTIVATING] = NETDISC_STATE_DISCONNECTING,
        [NM_ACTIVE_CONNECTION_STATE_DEACTIVATED] = NETDISC_STATE_DISCONNECTED,
    };

    return state < G_N_ELEMENTS(states) ? states[state] : NETDISC_STATE_UNKNOWN;
}

/* ---- Profiles ------------------------------------------------------------------------------- */

/* Of its own, that is: not by 802.1X. */
static bool takes_key(GVariant *settings)
{
    static const char *const by_key[] = {"none", "wpa-psk", "sae", NULL};
    GVariant *security = g_variant_lookup_value(settings, NM_SETTING_WIRELESS_SECURITY_SETTING_NAME,
                                                G_VARIANT_TYPE_VARDICT);
    const char *how = NULL;

    if (!security)
        return false;
    g_variant_lookup(security, NM_SETTING_WIRELESS_SECURITY_KEY_MGMT, "&s", &how);

    bool takes = how && g_strv_contains(by_key, how);

    g_variant_unref(security);
    return takes;
}

nd_nm_profile *nd_nm_profile_new(const char *path, GVariant *settings)
{
    GVariant *connection =
        g_variant_lookup_value(settings, NM_SETTING_CONNECTION_SETTING_NAME, G_VARIANT_TYPE_VARDICT);

    if (!connection)
        return NULL;

    nd_nm_profile *profile = g_new0(nd_nm_profile, 1);
    GVariant *wireless =
        g_variant_lookup_value(settings, NM_SETTING_WIRELESS_SETTING_NAME, G_VARIANT_TYPE_VARDICT);

    profile->path = g_strdup(path);
    profile->name = nd_nm_lookup_string(connection, NM_SETTING_CONNECTION_ID);
    profile->uuid = lookup_uuid(connection, NM_SETTING_CONNECTION_UUID);
    profile->type = nd_nm_lookup_string(connection, NM_SETTING_CONNECTION_TYPE);
    profile->interface = nd_nm_lookup_string(connection, NM_SETTING_CONNECTION_INTERFACE_NAME);
    profile->autoconnect = lookup_bool(connection, NM_SETTING_CONNECTION_AUTOCONNECT, true);
    g_variant_lookup(connection, NM_SETTING_CONNECTION_TIMESTAMP, "t", &profile->last_used);
    g_variant_unref(connection);
    if (wireless) {
        profile->ssid = nd_nm_lookup_bytes(wireless, NM_SETTING_WIRELESS_SSID);
        profile->takes_key = takes_key(settings);
        g_variant_unref(wireless);
    }
    if (profile->name && profile->uuid && profile->type)
        return profile;
    nd_nm_profile_free(profile);
    return NULL;
}

void nd_nm_profile_free(nd_nm_profile *profile)
{
    g_free(profile->path);
    g_free(profile->name);
    g_free(profile->uuid);
    g_free(profile->type);
    g_free(profile->interface);
    g_clear_pointer(&profile->ssid, g_bytes_unref);
    g_free(profile);
}

/* ---- Devices -------------------------------------------------------------------------------- */

nd_nm_device *nd_nm_device_new(const char *path, GVariant *properties)
{
    nd_nm_device *device = g_new0(nd_nm_device, 1);

    device->path = g_strdup(path);
    device->interface = nd_nm_lookup_string(properties, "Interface");
    device->driver = nd_nm_lookup_string(properties, "Driver");
    device->active = nd_nm_lookup_path(properties, "ActiveConnection");
    device->type = nd_nm_lookup_number(properties, "DeviceType");
    device->state = nd_nm_lookup_number(properties, "State");
    device->signal = -1;
    if (device->interface)
        return device;
    nd_nm_device_free(device);
    return NULL;
}

void nd_nm_device_add_wireless(nd_nm_device *device, GVariant *properties)
{
    /* That of a new device is not known for a moment; the current one may be made up. */
    char *address = nd_nm_lookup_string(properties, "PermHwAddress");

    g_free(device->uuid);
    device->uuid = address ? nd_nm_uuid_of_address(address) : NULL;
    g_free(address);
    g_free(device->access_point);
    device->access_point = nd_nm_lookup_path(properties, "ActiveAccessPoint");
}

void nd_nm_device_add_access_point(nd_nm_device *device, GVariant *properties)
{
    unsigned char strength = 0;
    char *address = nd_nm_lookup_string(properties, "HwAddress");

    g_clear_pointer(&device->ssid, g_bytes_unref);
    device->ssid = nd_nm_lookup_bytes(properties, "Ssid");
    g_free(device->bssid);
    device->bssid = address ? g_ascii_strdown(address, -1) : NULL;
    g_free(address);
    /* One without an address stands for a network that is looked for. */
    bool seen = device->bssid && g_variant_lookup(properties, "Strength", "y", &strength);

    device->signal = seen ? MIN(strength, 100) : -1;
}

void nd_nm_device_clear_link(nd_nm_device *device)
{
    g_clear_pointer(&device->active, g_free);
    g_clear_pointer(&device->access_point, g_free);
    g_clear_pointer(&device->ssid, g_bytes_unref);
    g_clear_pointer(&device->bssid, g_free);
    g_clear_pointer(&device->profile, g_free);
    device->signal = -1;
}

void nd_nm_device_free(nd_nm_device *device)
{
    g_free(device->path);
    g_free(device->interface);
    g_free(device->driver);
    g_free(device->active);
    g_free(device->uuid);
    g_free(device->access_point);
    g_clear_pointer(&device->ssid, g_bytes_unref);
    g_free(device->bssid);
    g_free(device->profile);
    g_free(device);
}

bool nd_nm_device_is_wifi(const nd_nm_device *device)
{
    return device->type == NM_DEVICE_TYPE_WIFI;
}

netdisc_state nd_nm_device_state(uint32_t state)
{
    if (state == NM_DEVICE_STATE_UNKNOWN)
        return NETDISC_STATE_UNKNOWN;
    if (state <= NM_DEVICE_STATE_DISCONNECTED)
        return NETDISC_STATE_DISCONNECTED;
    if (state < NM_DEVICE_STATE_ACTIVATED)
        return NETDISC_STATE_CONNECTING;
    return state == NM_DEVICE_STATE_ACTIVATED ? NETDISC_STATE_CONNECTED : NETDISC_STATE_DISCONNECTING;
}

/* ---- Items ---------------------------------------------------------------------------------- */

static char *make_key(const nd_nm *nm, const char *object, const char *active)
{
    return g_strjoin(" ", nm->owner, object, active ? active : ND_NM_NO_PATH, NULL);
}

nd_nm_key_parts nd_nm_split_key(const char *key)
{
    char **parts = g_strsplit(key, " ", 3);
    nd_nm_key_parts split = {parts[0], parts[1], parts[2]};

    g_free(parts); /* the array alone */
    return split;
}

static netdisc_tristate tristate(bool value)
{
    return value ? NETDISC_YES : NETDISC_NO;
}

static bool is_vpn_type(const char *type)
{
    return strcmp(type, NM_SETTING_VPN_SETTING_NAME) == 0 ||
           strcmp(type, NM_SETTING_WIREGUARD_SETTING_NAME) == 0;
}

void nd_nm_connection_item(const nd_nm *nm, const nd_nm_active *active, const nd_nm_profile *profile,
                           const char *interface, nd_nm_use use, void *data)
{
    const char *type = active ? active->type : profile->type;
    char *key = make_key(nm, active ? active->profile : profile->path, active ? active->path : NULL);
    nd_item item = {
        .sort = ND_SORT_CONNECTION,
        .key = key,
        .as.connection =
            {
                /* A profile that has been renamed keeps its old name in what is active. */
                .uuid = active ? active->uuid : profile->uuid,
                .name = profile ? profile->name : active->name,
                .type = type,
                .device = active ? interface : NULL,
                .state = active ? nd_nm_active_state(active->state) : NETDISC_STATE_DISCONNECTED,
                .autoconnect = profile ? tristate(profile->autoconnect) : NETDISC_UNKNOWN,
                .external = tristate(active && active->external),
                .vpn = tristate((active && active->vpn) || is_vpn_type(type)),
            },
    };

    use(data, &item);
    g_free(key);
}

void nd_nm_wlan_item(const nd_nm *nm, const nd_nm_device *device, nd_nm_use use, void *data)
{
    gsize length = 0;
    const uint8_t *bytes = device->ssid ? g_bytes_get_data(device->ssid, &length) : NULL;
    char *text = bytes ? g_utf8_make_valid((const char *)bytes, (gssize)length) : NULL;
    char *key = make_key(nm, device->path, device->active);
    nd_item item = {
        .sort = ND_SORT_WLAN,
        .key = key,
        .as.wlan =
            {
                .uuid = device->uuid,
                .name = device->interface,
                .ssid = text,
                .ssid_bytes = bytes,
                .ssid_length = length,
                .bssid = device->bssid,
                .profile = device->profile,
                .driver = device->driver,
                .state = nd_nm_device_state(device->state),
                .signal = device->signal,
            },
    };

    use(data, &item);
    g_free(text);
    g_free(key);
}

void nd_nm_key_clear(nd_nm_key_parts *key)
{
    g_free(key->owner);
    g_free(key->object);
    g_free(key->active);
}

void nd_nm_add_to_call(void *data, const nd_item *item)
{
    nd_add(data, item);
}
