/* SPDX-License-Identifier: MIT */
/* Devices, what is active on them, and the states that they go through. */
#include <string.h>

#include "wifi_double.h"

/* Why a device is in a state, by NetworkManager's numbers. */
enum {
    NONE = 0,
    NOW_MANAGED = 2,
    NO_SECRETS = 7,
    SUPPLICANT_DISCONNECT = 8,
    REMOVED = 36,
    CONNECTION_REMOVED = 38,
    USER_REQUESTED = 39,
    SUPPLICANT_AVAILABLE = 42,
    SSID_NOT_FOUND = 53,
    NEW_ACTIVATION = 60
};

enum { ACTIVE_ACTIVATING = 1, ACTIVE_ACTIVATED, ACTIVE_DEACTIVATING, ACTIVE_DEACTIVATED };
enum { REASON_NONE = 0, REASON_DEVICE_DISCONNECTED = 3 };

/* What takes NetworkManager seconds. */
enum {
    ASSOCIATE_MS = 20,
    HANDSHAKE_MS = 40,
    SEARCH_MS = 100,
    DOWN_MS = 10,
    LINK_MS = 60,
    NOTICE_MS = 5
};

/* What a device calls itself while it is not connected. */
#define SCAN_ADDRESS "5A:16:2F:E0:93:3D"

static GPtrArray *all;
static GPtrArray *actives;

GPtrArray *devices(void)
{
    return all;
}

/* ---- Scripts -------------------------------------------------------------------------------- */

struct wifi_step {
    unsigned after_ms;
    guint32 state; /* 0: the last one */
    guint32 reason;
};

/* clang-format off */
#define ASK_FOR_KEY {0, PREPARE, NONE}, {0, CONFIG, NONE}, {0, NEED_AUTH, NONE}
#define WITH_KEY    ASK_FOR_KEY, {0, PREPARE, NONE}, {0, CONFIG, NONE}
#define UP          {ASSOCIATE_MS, IP_CONFIG, NONE}, {0, IP_CHECK, NONE}, {0, SECONDARIES, NONE}, \
                    {0, ACTIVATED, NONE}, {0}
#define DOWN(why)   {0, DEACTIVATING, why}, {DOWN_MS, DISCONNECTED, why}, {0}
#define FAIL(after, why) {after, FAILED, why}, {0, DISCONNECTED, NONE}, {0}

static const wifi_step open_up[] = {{0, PREPARE, NONE}, {0, CONFIG, NONE}, UP};
static const wifi_step open_nowhere[] = {{0, PREPARE, NONE}, {0, CONFIG, NONE}, FAIL(SEARCH_MS, SSID_NOT_FOUND)};
static const wifi_step secured_up[] = {WITH_KEY, UP};
static const wifi_step secured_nowhere[] = {WITH_KEY, FAIL(SEARCH_MS, SSID_NOT_FOUND)};
static const wifi_step endless[] = {WITH_KEY, {0}};
static const wifi_step without_key[] = {ASK_FOR_KEY, FAIL(0, NO_SECRETS)};
static const wifi_step wrong_key[] = {WITH_KEY, {HANDSHAKE_MS, NEED_AUTH, SUPPLICANT_DISCONNECT}, FAIL(0, NO_SECRETS)};
static const wifi_step agent_asks[] = {WITH_KEY, {HANDSHAKE_MS, NEED_AUTH, SUPPLICANT_DISCONNECT}, {0}};
static const wifi_step disconnect[] = {DOWN(USER_REQUESTED)};
static const wifi_step cling[] = {{0, DEACTIVATING, USER_REQUESTED}, {0}};
static const wifi_step orphaned[] = {DOWN(CONNECTION_REMOVED)};
static const wifi_step replaced[] = {DOWN(NEW_ACTIVATION)};
static const wifi_step link_lost[] = {FAIL(LINK_MS, SSID_NOT_FOUND)};
static const wifi_step iwd_link_lost[] = {FAIL(LINK_MS, SUPPLICANT_DISCONNECT)};
static const wifi_step radio_off[] = {{0, UNAVAILABLE, NONE}, {0}};
static const wifi_step radio_on[] = {{0, DISCONNECTED, SUPPLICANT_AVAILABLE}, {0}};
static const wifi_step unplugged[] = {{0, UNMANAGED, REMOVED}, {0}};
static const wifi_step plugged_in[] = {{ASSOCIATE_MS, UNAVAILABLE, NOW_MANAGED},
                                  {ASSOCIATE_MS, DISCONNECTED, SUPPLICANT_AVAILABLE}, {0}};
/* clang-format on */

static wifi_network *network_known(const wifi_profile *with)
{
    gsize length;
    const char *bytes = g_bytes_get_data(with->ssid, &length);
    char *name = g_strndup(bytes, length);
    wifi_network *called = network_of(name);

    g_free(name);
    return called;
}

/* A network that hides its name is called by it, and answers. */
static wifi_network *network_in_reach(const wifi_device *self, const wifi_profile *with)
{
    const wifi_access_point *at = access_point_for(self, with);
    wifi_network *called = network_known(with);

    if (at)
        return at->network;
    return called && called->oddity & HIDDEN && !called->away && with->secured ? called : NULL;
}

static const wifi_step *script_without_network(const wifi_profile *with)
{
    const wifi_network *away = network_known(with);

    if (away && away->oddity & ENDLESS)
        return endless;
    return with->secured ? secured_nowhere : open_nowhere;
}

static const wifi_step *script_of(const wifi_active *self)
{
    const wifi_profile *with = self->profile;
    const wifi_network *to = network_in_reach(self->device, with);

    if (with->secured && !with->key)
        return without_key;
    if (!to)
        return script_without_network(with);
    if (to->oddity & ENDLESS)
        return endless;
    if (with->secured && strcmp(with->key, to->key) != 0)
        return to->oddity & AGENT_ASKS ? agent_asks : wrong_key;
    return with->secured ? secured_up : open_up;
}

/* ---- Active connections --------------------------------------------------------------------- */

static void list_actives(void)
{
    GVariantBuilder paths;

    g_variant_builder_init(&paths, G_VARIANT_TYPE_OBJECT_PATH_ARRAY);
    for (guint i = actives->len; i-- > 0;)
        g_variant_builder_add(&paths, "o", ((const wifi_active *)actives->pdata[i])->object->path);
    wifi_set(manager(), NM, "ActiveConnections", g_variant_builder_end(&paths));
}

wifi_active *active_at(const char *path)
{
    wifi_object *object = wifi_find_object(path);
    void *found = object ? object->data : NULL;

    return found && g_ptr_array_find(actives, found, NULL) ? found : NULL;
}

wifi_active *active_of(const wifi_profile *profile)
{
    for (guint i = 0; i < actives->len; i++)
        if (((const wifi_active *)actives->pdata[i])->profile == profile)
            return actives->pdata[i];
    return NULL;
}

static void enter_active_state(wifi_active *self, guint32 state, guint32 reason)
{
    wifi_signal(self->object, ACTIVE, "StateChanged", g_variant_new("(uu)", state, reason));
    wifi_set(self->object, ACTIVE, "State", g_variant_new_uint32(state));
}

static void set_active_flags(wifi_active *self, guint32 flags)
{
    wifi_set(self->object, ACTIVE, "StateFlags", g_variant_new_uint32(flags));
}

static void describe_active(wifi_active *self, const char *at)
{
    const char *on[] = {self->device->object->path};

    wifi_set(self->object, ACTIVE, "Connection", g_variant_new_object_path(self->profile->object->path));
    wifi_set(self->object, ACTIVE, "SpecificObject", g_variant_new_object_path(at));
    wifi_set(self->object, ACTIVE, "Id", g_variant_new_string(self->profile->id));
    wifi_set(self->object, ACTIVE, "Uuid", g_variant_new_string(self->profile->uuid));
    wifi_set(self->object, ACTIVE, "Type", g_variant_new_string(self->profile->type));
    wifi_set(self->object, ACTIVE, "Devices", g_variant_new_objv(on, 1));
    wifi_set(self->object, ACTIVE, "State", g_variant_new_uint32(ACTIVE_ACTIVATING));
    wifi_set(self->object, ACTIVE, "StateFlags", g_variant_new_uint32(0));
    wifi_set(self->object, ACTIVE, "Vpn", g_variant_new_boolean(FALSE));
    wifi_set(self->object, ACTIVE, "Default", g_variant_new_boolean(FALSE));
    wifi_set(self->object, ACTIVE, "Default6", g_variant_new_boolean(FALSE));
}

static void forget_active(wifi_active *self)
{
    wifi_profile *with = self->profile;

    g_ptr_array_remove(actives, self);
    wifi_object_free(self->object);
    g_free(self);
    if (with && with->fleeting)
        profile_remove(with);
    list_actives();
}

static void set_path(wifi_object *object, const char *interface, const char *name, const char *path)
{
    wifi_set(object, interface, name, g_variant_new_object_path(path));
}

static void end_active(wifi_active *self)
{
    const wifi_device *on = self->device;

    enter_active_state(self, ACTIVE_DEACTIVATED, REASON_DEVICE_DISCONNECTED);
    wifi_set(self->object, ACTIVE, "Devices", g_variant_new_objv(NULL, 0));
    if (on->state == FAILED)
        set_path(on->object, DEVICE, "ActiveConnection", NO_PATH);
    forget_active(self);
}

/* ---- At an access point --------------------------------------------------------------------- */

static void be_at(wifi_device *self, wifi_access_point *at)
{
    const char *path = at ? at->object->path : NO_PATH;

    self->at = at;
    set_path(self->object, WIRELESS, "ActiveAccessPoint", path);
    if (self->active)
        set_path(self->active->object, ACTIVE, "SpecificObject", path);
}

static void find_access_point(wifi_device *self)
{
    const wifi_profile *with = self->active->profile;
    GVariant *asked_for = wifi_get(self->active->object, ACTIVE, "SpecificObject");
    wifi_access_point *at = access_point_at(self, g_variant_get_string(asked_for, NULL));

    if (!at)
        at = access_point_for(self, with);
    if (!at) {
        at = access_point_imagine(self, with->ssid);
        at->network = network_in_reach(self, with);
    }
    be_at(self, at);
}

static bool is_imagined(const wifi_access_point *self)
{
    GVariant *address = wifi_get(self->object, AP, "HwAddress");

    return !*g_variant_get_string(address, NULL);
}

static void see_it_really(wifi_device *self)
{
    wifi_access_point *imagined = self->at;
    wifi_access_point *found = access_point_found(self, imagined->network);

    access_point_remove(self, imagined);
    be_at(self, found);
}

static void leave_access_point(wifi_device *self)
{
    wifi_access_point *at = self->at;

    if (!at)
        return;
    self->at = NULL;
    if (is_imagined(at))
        access_point_remove(self, at);
    set_path(self->object, WIRELESS, "ActiveAccessPoint", NO_PATH);
}

/* ---- States --------------------------------------------------------------------------------- */

/* What is seen before a state. */
static void become_known(wifi_device *self);

static void come_to(wifi_device *self, guint32 state)
{
    if (state == UNAVAILABLE && self->state == UNMANAGED) {
        become_known(self);
    } else if (self->active && state <= DISCONNECTED) {
        leave_access_point(self);
        set_path(self->object, DEVICE, "ActiveConnection", NO_PATH);
    } else if (state == IP_CONFIG) {
        if (is_imagined(self->at))
            see_it_really(self);
        set_active_flags(self->active, 4);
    } else if (state == IP_CHECK) {
        set_active_flags(self->active, 12);
    } else if (state == SECONDARIES) {
        wifi_set(self->object, DEVICE, "IpInterface", g_variant_new_string(self->name));
        set_active_flags(self->active, 28);
    }
}

static void set_state(wifi_device *self, guint32 state, guint32 reason)
{
    guint32 old = self->state;

    self->state = state;
    wifi_set(self->object, DEVICE, "State", g_variant_new_uint32(state));
    wifi_set(self->object, DEVICE, "StateReason", g_variant_new("(uu)", state, reason));
    wifi_signal(self->object, DEVICE, "StateChanged", g_variant_new("(uuu)", state, old, reason));
}

static void prepare(wifi_device *self)
{
    if (self->active->begun)
        return;
    self->active->begun = true;
    enter_active_state(self->active, ACTIVE_ACTIVATING, REASON_NONE);
    find_access_point(self);
}

static void need_key(wifi_device *self, guint32 reason)
{
    wifi_profile *with = self->active->profile;

    if (reason == SUPPLICANT_DISCONNECT)
        be_at(self, NULL);
    else if (with && with->key)
        wifi_signal(with->object, CONNECTION, "Updated", NULL);
}

static void end(wifi_device *self)
{
    wifi_active *it = self->active;

    self->active = NULL;
    if (it)
        end_active(it);
}

static void fail(wifi_device *self, guint32 reason)
{
    if (self->active->profile && reason == NO_SECRETS)
        self->active->profile->blocked = true;
    end(self);
    leave_access_point(self);
}

/* What is seen after a state. */
static void be_in(wifi_device *self, guint32 state, guint32 reason)
{
    switch (state) {
    case PREPARE:
        prepare(self);
        break;
    case NEED_AUTH:
        need_key(self, reason);
        break;
    case ACTIVATED:
        enter_active_state(self->active, ACTIVE_ACTIVATED, REASON_NONE);
        break;
    case DEACTIVATING:
        enter_active_state(self->active, ACTIVE_DEACTIVATING, REASON_NONE);
        break;
    case FAILED:
        fail(self, reason);
        break;
    case DISCONNECTED:
        end(self);
        if (reason == SUPPLICANT_AVAILABLE)
            look_around(self);
        break;
    case UNAVAILABLE:
    case UNMANAGED:
        end(self);
        break;
    default:
        break;
    }
}

/* ---- Running scripts ------------------------------------------------------------------------ */

static void settle(wifi_device *self);

static gboolean take_step(void *data);

static void go_on(wifi_device *self)
{
    if (self->script->state)
        self->timer = g_timeout_add(self->script->after_ms, take_step, self);
    else
        settle(self);
}

static gboolean take_step(void *data)
{
    wifi_device *self = data;
    const wifi_step *it = self->script++;

    self->timer = 0;
    come_to(self, it->state);
    set_state(self, it->state, it->reason);
    be_in(self, it->state, it->reason);
    go_on(self);
    return G_SOURCE_REMOVE;
}

static void stop(wifi_device *self)
{
    if (self->timer)
        g_source_remove(self->timer);
    self->timer = 0;
}

static void run(wifi_device *self, const wifi_step *script)
{
    stop(self);
    self->script = script;
    if (script->after_ms == 0)
        take_step(self);
    else
        go_on(self);
}

/* ---- Activating ----------------------------------------------------------------------------- */

static bool comes_up_by_itself(const wifi_device *self)
{
    return g_variant_get_boolean(wifi_get(self->object, DEVICE, "Autoconnect"));
}

static void set_comes_up_by_itself(wifi_device *self, bool set)
{
    if (comes_up_by_itself(self) != set)
        wifi_set(self->object, DEVICE, "Autoconnect", g_variant_new_boolean(set));
}

wifi_active *activation_new(wifi_profile *profile, wifi_device *device, const char *at, bool chosen)
{
    static unsigned last;
    wifi_active *self = g_new0(wifi_active, 1);
    char *path = g_strdup_printf(ROOT "/ActiveConnection/%u", ++last);

    if (device->active && device->state != DEACTIVATING)
        run(device, replaced);
    self->profile = profile;
    self->device = device;
    self->chosen = chosen;
    self->object = wifi_object_new(path, self);
    describe_active(self, at);
    wifi_announce(self->object);
    g_ptr_array_add(actives, self);
    list_actives();
    g_free(path);
    return self;
}

void activation_begin(wifi_active *self)
{
    wifi_device *on = self->device;

    if (on->active) {
        on->next = self;
        return;
    }
    on->active = self;
    set_path(on->object, DEVICE, "ActiveConnection", self->object->path);
    if (self->chosen) {
        set_comes_up_by_itself(on, true);
        self->profile->blocked = false;
    }
    run(on, script_of(self));
}

static wifi_profile *profile_for(const wifi_device *self)
{
    for (guint i = 0; i < profiles()->len; i++) {
        wifi_profile *with = profiles()->pdata[i];

        if (with->autoconnect && !with->blocked && profile_fits(with, self) && !active_of(with) &&
            access_point_for(self, with))
            return with;
    }
    return NULL;
}

static gboolean connect_by_itself(void *data)
{
    wifi_device *self = data;
    wifi_profile *with = profile_for(self);

    self->timer = 0;
    if (with)
        activation_begin(activation_new(with, self, NO_PATH, false));
    return G_SOURCE_REMOVE;
}

/* Nothing more happens to it by what was asked for. */
static void settle(wifi_device *self)
{
    wifi_active *next = self->next;

    if (self->type != TYPE_WIFI || self->state != DISCONNECTED)
        return;
    self->next = NULL;
    if (next)
        activation_begin(next);
    else if (comes_up_by_itself(self))
        self->timer = g_timeout_add(NOTICE_MS, connect_by_itself, self);
}

void devices_connect_by_themselves(void)
{
    for (guint i = 0; i < all->len; i++) {
        wifi_device *self = all->pdata[i];

        if (!self->timer && !self->active)
            settle(self);
    }
}

/* ---- Deactivating --------------------------------------------------------------------------- */

void active_deactivate(wifi_active *self)
{
    wifi_device *on = self->device;
    bool clings = on->at && on->at->network && on->at->network->oddity & CLINGING;

    if (self->profile)
        self->profile->blocked = true;
    if (on->active != self) {
        on->next = NULL;
        end_active(self);
    } else if (on->state != DEACTIVATING) {
        run(on, clings ? cling : disconnect);
    }
}

void active_orphaned(wifi_active *self)
{
    set_path(self->object, ACTIVE, "Connection", NO_PATH);
    if (self->device->active == self)
        run(self->device, orphaned);
}

void device_lose_link(wifi_device *self)
{
    be_at(self, NULL);
    run(self, has_iwd() ? iwd_link_lost : link_lost);
}

void device_disconnect(wifi_call *call)
{
    wifi_device *self = call->object->data;

    note_call("Disconnect");
    if (!self->active) {
        wifi_refuse(call, DEVICE ".NotActive", "This device is not active");
        return;
    }
    if (self->next)
        active_deactivate(self->next);
    set_comes_up_by_itself(self, false);
    active_deactivate(self->active);
    wifi_reply(call, NULL);
}

/* ---- Devices -------------------------------------------------------------------------------- */

static void list_devices(const char *property)
{
    GVariantBuilder paths;

    g_variant_builder_init(&paths, G_VARIANT_TYPE_OBJECT_PATH_ARRAY);
    for (guint i = 0; i < all->len; i++)
        g_variant_builder_add(&paths, "o", ((const wifi_device *)all->pdata[i])->object->path);
    wifi_set(manager(), NM, property, g_variant_builder_end(&paths));
}

void devices_open(void)
{
    all = g_ptr_array_new();
    actives = g_ptr_array_new();
    list_devices("AllDevices");
    list_devices("Devices");
    list_actives();
}

wifi_device *device_named(const char *name)
{
    for (guint i = 0; i < all->len; i++)
        if (strcmp(((const wifi_device *)all->pdata[i])->name, name) == 0)
            return all->pdata[i];
    return NULL;
}

static void describe_wireless(wifi_device *self)
{
    wifi_set(self->object, WIRELESS, "HwAddress", g_variant_new_string(SCAN_ADDRESS));
    wifi_set(self->object, WIRELESS, "PermHwAddress", g_variant_new_string(""));
    wifi_set(self->object, WIRELESS, "Mode", g_variant_new_uint32(2));
    wifi_set(self->object, WIRELESS, "Bitrate", g_variant_new_uint32(0));
    wifi_set(self->object, WIRELESS, "WirelessCapabilities", g_variant_new_uint32(14335));
    wifi_set(self->object, WIRELESS, "LastScan", g_variant_new_int64(-1));
    wifi_set(self->object, WIRELESS, "AccessPoints", g_variant_new_objv(NULL, 0));
    set_path(self->object, WIRELESS, "ActiveAccessPoint", NO_PATH);
}

static void describe_device(wifi_device *self, const char *driver, const char *address)
{
    wifi_set(self->object, DEVICE, "Udi", g_variant_new_string("/virtual/device/placeholder/1"));
    wifi_set(self->object, DEVICE, "Interface", g_variant_new_string(self->name));
    wifi_set(self->object, DEVICE, "IpInterface", g_variant_new_string(""));
    wifi_set(self->object, DEVICE, "Driver", g_variant_new_string(driver));
    wifi_set(self->object, DEVICE, "DeviceType", g_variant_new_uint32(self->type));
    wifi_set(self->object, DEVICE, "State", g_variant_new_uint32(self->state));
    wifi_set(self->object, DEVICE, "StateReason", g_variant_new("(uu)", self->state, NONE));
    wifi_set(self->object, DEVICE, "Managed", g_variant_new_boolean(self->state > UNMANAGED));
    wifi_set(self->object, DEVICE, "Autoconnect", g_variant_new_boolean(TRUE));
    wifi_set(self->object, DEVICE, "Real", g_variant_new_boolean(TRUE));
    wifi_set(self->object, DEVICE, "HwAddress", g_variant_new_string(address));
    set_path(self->object, DEVICE, "ActiveConnection", NO_PATH);
}

static wifi_device *device_new(const char *name, guint32 type, guint32 state)
{
    static unsigned last;
    wifi_device *self = g_new0(wifi_device, 1);
    char *path = g_strdup_printf(ROOT "/Devices/%u", ++last);

    self->name = g_strdup(name);
    self->type = type;
    self->state = state;
    self->access_points = g_ptr_array_new();
    self->object = wifi_object_new(path, self);
    g_free(path);
    return self;
}

static void appear(wifi_device *self)
{
    wifi_announce(self->object);
    g_ptr_array_add(all, self);
    list_devices("AllDevices");
    wifi_signal(manager(), NM, "DeviceAdded", g_variant_new("(o)", self->object->path));
    list_devices("Devices");
}

static void disappear(wifi_device *self)
{
    stop(self);
    if (self->scan)
        g_source_remove(self->scan);
    g_clear_pointer(&self->scan_names, g_variant_unref);
    g_ptr_array_remove(all, self);
    wifi_set(self->object, DEVICE, "Managed", g_variant_new_boolean(FALSE));
    wifi_signal(manager(), NM, "DeviceRemoved", g_variant_new("(o)", self->object->path));
    list_devices("Devices");
    list_devices("AllDevices");
    wifi_object_free(self->object);
    g_ptr_array_unref(self->access_points);
    g_free(self->address);
    g_free(self->name);
    g_free(self);
}

/* Every Wi-Fi device brings another, which is none. */
static char *name_of_peer(const wifi_device *self)
{
    return g_strconcat("p2p-dev-", self->name, NULL);
}

static void add_peer(const wifi_device *self)
{
    char *name = name_of_peer(self);
    wifi_device *peer = device_new(name, TYPE_WIFI_P2P, DISCONNECTED);

    describe_device(peer, "", "");
    appear(peer);
    g_free(name);
}

void device_add_ethernet(const char *name)
{
    wifi_device *self = device_new(name, TYPE_ETHERNET, DISCONNECTED);

    describe_device(self, "e1000e", "02:00:00:00:0E:00");
    appear(self);
}

void device_plug_in(const char *name, const char *address)
{
    wifi_device *self = device_new(name, TYPE_WIFI, UNMANAGED);

    self->address = g_strdup(address);
    describe_device(self, "mac80211_hwsim", SCAN_ADDRESS);
    describe_wireless(self);
    appear(self);
    run(self, plugged_in);
}

void device_unplug(wifi_device *self)
{
    char *name = name_of_peer(self);
    wifi_device *peer = device_named(name);

    if (self->next)
        active_deactivate(self->next);
    run(self, unplugged);
    lose_sight(self);
    disappear(self);
    if (peer)
        disappear(peer);
    g_free(name);
}

static void unplug_now(void *data)
{
    device_unplug(data);
}

void device_unplug_when_read(wifi_device *self)
{
    self->object->when_read = unplug_now;
    device_lose_link(self);
}

/* The address is read only now. */
static void become_known(wifi_device *self)
{
    char *udi = g_strconcat("/sys/devices/virtual/mac80211_hwsim/hwsim0/net/", self->name, NULL);

    wifi_set(self->object, DEVICE, "Udi", g_variant_new_string(udi));
    wifi_set(self->object, WIRELESS, "PermHwAddress", g_variant_new_string(self->address));
    wifi_set(self->object, DEVICE, "Managed", g_variant_new_boolean(TRUE));
    add_peer(self);
    g_free(udi);
}

void device_set_radio(wifi_device *self, bool on)
{
    if (self->type != TYPE_WIFI || (self->state > UNAVAILABLE) == on)
        return;
    run(self, on ? radio_on : radio_off);
    if (!on)
        lose_sight(self);
}
