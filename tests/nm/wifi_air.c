/* SPDX-License-Identifier: MIT */
/* The networks there are, the access points that a device sees of them, and scans. */
#include <string.h>

#include "wifi_double.h"

/* What a network asks for, by NetworkManager's numbers: of flags; of WPA's and RSN's. */
enum { PRIVACY = 0x1, CCMP = 0x88, TKIP_CCMP = 0x4C, PSK = 0x100, EAP = 0x200, SAE = 0x400 };
enum { SCAN_MS = 20, ALL_SECURITY = 460 };

#define KEY  "labsecret123"
#define WPA2 .flags = PRIVACY, .rsn = CCMP | PSK, .key = KEY

static wifi_network networks[] = {
    {.ssid = "labnet", .address = "02:00:00:00:01:0A", .strength = 30, WPA2},
    {.ssid = "labnet", .address = "02:00:00:00:01:00", .strength = 90, WPA2},
    {.ssid = "opennet", .address = "02:00:00:00:01:01", .strength = 100},
    {.ssid = "hiddennet", .address = "02:00:00:00:01:02", .strength = 100, .oddity = HIDDEN, WPA2},
    {.ssid = "caf\xE9\xFF", .address = "02:00:00:00:01:03", .strength = 45, WPA2},
    {.ssid = "dualnet",
     .address = "02:00:00:00:01:04",
     .strength = 60,
     .flags = PRIVACY,
     .wpa = TKIP_CCMP | PSK,
     .rsn = TKIP_CCMP | PSK,
     .key = KEY},
    {.ssid = "saenet",
     .address = "02:00:00:00:01:05",
     .strength = 61,
     .flags = PRIVACY,
     .rsn = CCMP | SAE,
     .key = KEY},
    {.ssid = "wepnet", .address = "02:00:00:00:01:06", .strength = 20, .flags = PRIVACY, .key = "12345"},
    {.ssid = "company",
     .address = "02:00:00:00:01:07",
     .strength = 62,
     .flags = PRIVACY,
     .rsn = CCMP | EAP,
     .key = KEY},
    {.ssid = "twin", .address = "02:00:00:00:01:0E", .strength = 20, WPA2},
    {.ssid = "twin", .address = "02:00:00:00:01:0F", .strength = 80},
    {.ssid = "distant", .address = "02:00:00:00:01:08", .strength = 5, .oddity = DISTANT, WPA2},
    {.ssid = "fleeting", .address = "02:00:00:00:01:09", .strength = 7, .oddity = FLEETING, WPA2},
    {.ssid = "endless", .address = "02:00:00:00:01:0B", .strength = 50, .oddity = ENDLESS, WPA2},
    {.ssid = "clinging", .address = "02:00:00:00:01:0C", .strength = 50, .oddity = CLINGING, WPA2},
    {.ssid = "agent", .address = "02:00:00:00:01:0D", .strength = 50, .oddity = AGENT_ASKS, WPA2},
};

/* ---- Networks ------------------------------------------------------------------------------- */

static GBytes *network_ssid(const wifi_network *self)
{
    return g_bytes_new_static(self->ssid, strlen(self->ssid));
}

/* The first. */
wifi_network *network_of(const char *ssid)
{
    for (size_t i = 0; i < G_N_ELEMENTS(networks); i++)
        if (strcmp(networks[i].ssid, ssid) == 0)
            return &networks[i];
    return NULL;
}

/* ---- Access points -------------------------------------------------------------------------- */

static wifi_object *object_of(const void *item)
{
    return ((const wifi_access_point *)item)->object;
}

static GVariant *paths_of(const wifi_device *self)
{
    GVariantBuilder paths;

    g_variant_builder_init(&paths, G_VARIANT_TYPE_OBJECT_PATH_ARRAY);
    for (guint i = 0; i < self->access_points->len; i++)
        g_variant_builder_add(&paths, "o", object_of(self->access_points->pdata[i])->path);
    return g_variant_builder_end(&paths);
}

static GVariant *bytes_of(GBytes *bytes)
{
    return g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}

static void describe(wifi_object *object, GBytes *ssid, const wifi_network *of)
{
    wifi_set(object, AP, "Ssid", bytes_of(ssid));
    wifi_set(object, AP, "Flags", g_variant_new_uint32(of->flags));
    wifi_set(object, AP, "WpaFlags", g_variant_new_uint32(of->wpa));
    wifi_set(object, AP, "RsnFlags", g_variant_new_uint32(of->rsn));
    wifi_set(object, AP, "HwAddress", g_variant_new_string(of->address));
    wifi_set(object, AP, "Strength", g_variant_new_byte(of->strength));
    wifi_set(object, AP, "Mode", g_variant_new_uint32(2));
    wifi_set(object, AP, "Frequency", g_variant_new_uint32(*of->address ? 2412 : 0));
    wifi_set(object, AP, "MaxBitrate", g_variant_new_uint32(*of->address ? 54000 : 0));
    wifi_set(object, AP, "LastSeen", g_variant_new_int32(*of->address ? 9 : -1));
}

static wifi_access_point *add(wifi_device *seen_by, GBytes *ssid, const wifi_network *of)
{
    static unsigned last;
    wifi_access_point *self = g_new0(wifi_access_point, 1);
    char *path = g_strdup_printf(ROOT "/AccessPoint/%u", ++last);

    self->object = wifi_object_new(path, seen_by);
    describe(self->object, ssid, of);
    wifi_announce(self->object);
    g_ptr_array_add(seen_by->access_points, self);
    wifi_signal(seen_by->object, WIRELESS, "AccessPointAdded", g_variant_new("(o)", path));
    wifi_set(seen_by->object, WIRELESS, "AccessPoints", paths_of(seen_by));
    g_free(path);
    return self;
}

/* NetworkManager activates towards an access point, and where it has seen none, makes one up. */
wifi_access_point *access_point_imagine(wifi_device *device, GBytes *ssid)
{
    static const wifi_network unseen = {
        .address = "", .flags = 1, .wpa = ALL_SECURITY, .rsn = ALL_SECURITY};

    return add(device, ssid, &unseen);
}

static wifi_access_point *find(wifi_device *device, wifi_network *network, GBytes *ssid)
{
    wifi_access_point *self = add(device, ssid, network);

    self->network = network;
    return self;
}

wifi_access_point *access_point_found(wifi_device *device, wifi_network *network)
{
    GBytes *ssid = network_ssid(network);
    wifi_access_point *self = find(device, network, ssid);

    g_bytes_unref(ssid);
    return self;
}

void access_point_remove(wifi_device *device, wifi_access_point *self)
{
    g_ptr_array_remove(device->access_points, self);
    wifi_set(device->object, WIRELESS, "AccessPoints", paths_of(device));
    wifi_signal(device->object, WIRELESS, "AccessPointRemoved",
                g_variant_new("(o)", self->object->path));
    wifi_object_free(self->object);
    g_free(self);
}

wifi_access_point *access_point_at(const wifi_device *device, const char *path)
{
    for (guint i = 0; i < device->access_points->len; i++)
        if (strcmp(object_of(device->access_points->pdata[i])->path, path) == 0)
            return device->access_points->pdata[i];
    return NULL;
}

static bool has_name(const wifi_access_point *self, GBytes *ssid)
{
    GVariant *own = wifi_get(self->object, AP, "Ssid");
    GBytes *bytes = g_variant_get_data_as_bytes(own);
    bool same = g_bytes_equal(bytes, ssid);

    g_bytes_unref(bytes);
    return same;
}

wifi_access_point *access_point_for(const wifi_device *device, const wifi_profile *profile)
{
    wifi_access_point *best = NULL;

    for (guint i = 0; i < device->access_points->len; i++) {
        wifi_access_point *self = device->access_points->pdata[i];

        if (self->network && has_name(self, profile->ssid) &&
            (self->network->flags != 0) == profile->secured &&
            (!best || self->network->strength > best->network->strength))
            best = self;
    }
    return best;
}

static bool sees(const wifi_device *device, const wifi_network *network, bool with_name)
{
    for (guint i = 0; i < device->access_points->len; i++) {
        const wifi_access_point *self = device->access_points->pdata[i];
        GVariant *name = wifi_get(self->object, AP, "Ssid");

        if (self->network == network && (g_variant_n_children(name) > 0) == with_name)
            return true;
    }
    return false;
}

/* ---- Scans ---------------------------------------------------------------------------------- */

static bool is_called(const wifi_network *network, GVariant *names)
{
    GBytes *ssid = network_ssid(network);
    GVariant *own = g_variant_ref_sink(bytes_of(ssid));
    bool called = false;

    for (gsize i = 0; names && !called && i < g_variant_n_children(names); i++) {
        GVariant *name = g_variant_get_child_value(names, i);

        called = g_variant_equal(name, own);
        g_variant_unref(name);
    }
    g_variant_unref(own);
    g_bytes_unref(ssid);
    return called;
}

static void see(wifi_device *device, wifi_network *network, bool asked, GVariant *names)
{
    bool hidden = network->oddity & HIDDEN;

    if (network->away || (network->oddity & DISTANT && !asked))
        return;
    if (hidden && !sees(device, network, false)) {
        GBytes *nothing = g_bytes_new(NULL, 0);

        find(device, network, nothing);
        g_bytes_unref(nothing);
    }
    if ((!hidden || is_called(network, names)) && !sees(device, network, true))
        access_point_found(device, network);
}

static void scan(wifi_device *device, bool asked, GVariant *names)
{
    for (size_t i = 0; i < G_N_ELEMENTS(networks); i++)
        see(device, &networks[i], asked, names);
    wifi_set(device->object, WIRELESS, "LastScan", g_variant_new_int64(g_get_monotonic_time() / 1000));
}

void look_around(wifi_device *device)
{
    scan(device, false, NULL);
}

void lose_sight(wifi_device *device)
{
    while (device->access_points->len > 0)
        access_point_remove(device, device->access_points->pdata[0]);
}

static gboolean on_scanned(void *data)
{
    wifi_device *device = data;
    GVariant *names = device->scan_names;

    device->scan = 0;
    device->scan_names = NULL;
    scan(device, true, names);
    if (names)
        g_variant_unref(names);
    return G_SOURCE_REMOVE;
}

void air_begin_scan(wifi_device *device, GVariant *names)
{
    if (device->scan)
        return;
    device->scan_names = names ? g_variant_ref(names) : NULL;
    device->scan = g_timeout_add(SCAN_MS, on_scanned, device);
}

void air_request_scan(wifi_call *call)
{
    wifi_device *device = call->object->data;
    GVariant *options;
    GVariant *names;

    if (device->state <= UNAVAILABLE) {
        wifi_refuse(call, DEVICE ".NotAllowed", "Scanning not allowed while unavailable");
        return;
    }
    options = g_variant_get_child_value(call->arguments, 0);
    names = g_variant_lookup_value(options, "ssids", G_VARIANT_TYPE("aay"));
    if (names && has_iwd()) {
        wifi_refuse(call, DEVICE ".NotAllowed", "'ssid' scan option not supported");
    } else {
        air_begin_scan(device, names);
        wifi_reply(call, NULL);
    }
    if (names)
        g_variant_unref(names);
    g_variant_unref(options);
}

void air_get_access_points(wifi_call *call)
{
    wifi_reply(call, g_variant_new("(@ao)", paths_of(call->object->data)));
}

/* ---- Coming and going ----------------------------------------------------------------------- */

static bool is_same_name(const wifi_network *a, const wifi_network *b)
{
    return strcmp(a->ssid, b->ssid) == 0;
}

static void lose(wifi_device *device, const wifi_network *lost)
{
    for (guint i = device->access_points->len; i-- > 0;) {
        wifi_access_point *self = device->access_points->pdata[i];

        if (!self->network || !is_same_name(self->network, lost))
            continue;
        if (device->at == self)
            device_lose_link(device);
        access_point_remove(device, self);
    }
}

void network_leave(wifi_network *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(networks); i++)
        if (is_same_name(&networks[i], self))
            networks[i].away = true;
    for (guint i = 0; i < devices()->len; i++)
        lose(devices()->pdata[i], self);
}

void network_return(wifi_network *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(networks); i++)
        if (is_same_name(&networks[i], self))
            networks[i].away = false;
    for (guint i = 0; i < devices()->len; i++) {
        wifi_device *device = devices()->pdata[i];

        if (device->type == TYPE_WIFI && device->state > UNAVAILABLE)
            look_around(device);
    }
    devices_connect_by_themselves();
}
