/* SPDX-License-Identifier: MIT */
/* Profiles: their settings and keys. */
#include <string.h>

#include "wifi_double.h"

enum { IN_MEMORY = 0x1, VOLATILE = 0x4 };
enum { UPDATE_TO_DISK = 0x1 };

static wifi_object *settings_object;
static GPtrArray *all;

GPtrArray *profiles(void)
{
    return all;
}

/* ---- Settings: a{sa{sv}} -------------------------------------------------------------------- */

GVariant *settings_get(GVariant *settings, const char *section, const char *key, const char *type)
{
    GVariant *of = g_variant_lookup_value(settings, section, G_VARIANT_TYPE_VARDICT);
    GVariant *value = of ? g_variant_lookup_value(of, key, G_VARIANT_TYPE(type)) : NULL;

    if (of)
        g_variant_unref(of);
    return value;
}

static char *get_string(GVariant *settings, const char *section, const char *key)
{
    GVariant *value = settings_get(settings, section, key, "s");
    char *string = value ? g_variant_dup_string(value, NULL) : NULL;

    if (value)
        g_variant_unref(value);
    return string;
}

static bool get_bool(GVariant *settings, const char *section, const char *key, bool otherwise)
{
    GVariant *value = settings_get(settings, section, key, "b");
    bool set = value ? g_variant_get_boolean(value) : otherwise;

    if (value)
        g_variant_unref(value);
    return set;
}

static bool has_section(GVariant *settings, const char *section)
{
    GVariant *of = g_variant_lookup_value(settings, section, G_VARIANT_TYPE_VARDICT);

    if (of)
        g_variant_unref(of);
    return of != NULL;
}

/* `section` as `change` leaves it, among the others. */
static GVariant *with_section(GVariant *settings, const char *section, GVariantDict *change)
{
    GVariantBuilder whole;
    GVariantIter iterator;
    const char *name;
    GVariant *of;

    g_variant_builder_init(&whole, G_VARIANT_TYPE("a{sa{sv}}"));
    g_variant_iter_init(&iterator, settings);
    while (g_variant_iter_loop(&iterator, "{&s@a{sv}}", &name, &of))
        if (strcmp(name, section) != 0)
            g_variant_builder_add(&whole, "{s@a{sv}}", name, of);
    g_variant_builder_add(&whole, "{s@a{sv}}", section, g_variant_dict_end(change));
    return g_variant_builder_end(&whole);
}

GVariant *settings_with(GVariant *settings, const char *section, const char *key, GVariant *value)
{
    GVariant *of = g_variant_lookup_value(settings, section, G_VARIANT_TYPE_VARDICT);
    GVariantDict change;

    g_variant_dict_init(&change, of);
    g_variant_dict_insert_value(&change, key, value);
    if (of)
        g_variant_unref(of);
    return with_section(settings, section, &change);
}

static const char *const secrets[] = {"psk", "wep-key0"};

static GVariant *without_secrets(GVariant *settings)
{
    GVariant *of = g_variant_lookup_value(settings, SECURITY, G_VARIANT_TYPE_VARDICT);
    GVariantDict change;

    if (!of)
        return g_variant_ref(settings);
    g_variant_dict_init(&change, of);
    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++)
        g_variant_dict_remove(&change, secrets[i]);
    g_variant_unref(of);
    return g_variant_ref_sink(with_section(settings, SECURITY, &change));
}

/* ---- Keys ----------------------------------------------------------------------------------- */

static bool is_hexadecimal(const char *text)
{
    return text[strspn(text, "0123456789abcdefABCDEF")] == '\0';
}

static bool key_is_valid(const char *key)
{
    size_t length = strlen(key);

    return (length >= 8 && length <= 63) || (length == 64 && is_hexadecimal(key));
}

static char *key_of(GVariant *settings)
{
    char *key = get_string(settings, SECURITY, "wep-key0");

    if (!key)
        key = get_string(settings, SECURITY, "psk");
    return key;
}

static bool has_bad_key(GVariant *settings)
{
    char *key = get_string(settings, SECURITY, "psk");
    bool bad = key && !key_is_valid(key);

    g_free(key);
    return bad;
}

/* ---- Profiles ------------------------------------------------------------------------------- */

static wifi_object *object_of(const void *item)
{
    return ((const wifi_profile *)item)->object;
}

static void list_profiles(void)
{
    GVariantBuilder paths;

    g_variant_builder_init(&paths, G_VARIANT_TYPE_OBJECT_PATH_ARRAY);
    for (guint i = 0; i < all->len; i++)
        g_variant_builder_add(&paths, "o", object_of(all->pdata[i])->path);
    wifi_set(settings_object, SETTINGS, "Connections", g_variant_builder_end(&paths));
}

void profiles_open(void)
{
    all = g_ptr_array_new();
    settings_object = wifi_object_new(ROOT "/Settings", NULL);
    list_profiles();
    wifi_announce(settings_object);
}

static void forget_settings(wifi_profile *self)
{
    g_clear_pointer(&self->settings, g_variant_unref);
    g_clear_pointer(&self->id, g_free);
    g_clear_pointer(&self->uuid, g_free);
    g_clear_pointer(&self->type, g_free);
    g_clear_pointer(&self->interface, g_free);
    g_clear_pointer(&self->ssid, g_bytes_unref);
}

static void read_settings(wifi_profile *self, GVariant *settings)
{
    GVariant *ssid = settings_get(settings, WIFI, "ssid", "ay");
    char *key = key_of(settings);

    forget_settings(self);
    self->settings = without_secrets(settings);
    self->id = get_string(settings, "connection", "id");
    self->uuid = get_string(settings, "connection", "uuid");
    self->type = get_string(settings, "connection", "type");
    self->interface = get_string(settings, "connection", "interface-name");
    self->autoconnect = get_bool(settings, "connection", "autoconnect", true);
    self->secured = has_section(settings, SECURITY);
    self->ssid = ssid ? g_variant_get_data_as_bytes(ssid) : NULL;
    if (ssid)
        g_variant_unref(ssid);
    if (!key)
        return;
    g_free(self->key);
    /* One that cannot be used is forgotten without a word. */
    self->key = key_is_valid(key) || strlen(key) == 5 ? g_strdup(key) : NULL;
    g_free(key);
}

static void say_where_it_is_kept(wifi_profile *self)
{
    wifi_set(self->object, CONNECTION, "Unsaved", g_variant_new_boolean(self->fleeting));
    wifi_set(self->object, CONNECTION, "Flags",
             g_variant_new_uint32(self->fleeting ? IN_MEMORY | VOLATILE : 0));
}

wifi_profile *profile_add(GVariant *settings, bool fleeting)
{
    static unsigned last;
    wifi_profile *self = g_new0(wifi_profile, 1);
    char *path = g_strdup_printf(ROOT "/Settings/%u", ++last);

    read_settings(self, settings);
    self->fleeting = fleeting;
    self->object = wifi_object_new(path, self);
    say_where_it_is_kept(self);
    wifi_announce(self->object);
    g_ptr_array_add(all, self);
    wifi_signal(settings_object, SETTINGS, "NewConnection", g_variant_new("(o)", path));
    list_profiles();
    g_free(path);
    return self;
}

void profile_remove(wifi_profile *self)
{
    g_ptr_array_remove(all, self);
    list_profiles();
    wifi_signal(self->object, CONNECTION, "Removed", NULL);
    wifi_signal(settings_object, SETTINGS, "ConnectionRemoved",
                g_variant_new("(o)", self->object->path));
    wifi_object_free(self->object);
    forget_settings(self);
    g_free(self->key);
    g_free(self);
}

bool profile_fits(const wifi_profile *self, const wifi_device *device)
{
    return self->ssid && (!self->interface || strcmp(self->interface, device->name) == 0);
}

static wifi_profile *find_uuid(const char *uuid)
{
    for (guint i = 0; i < all->len; i++)
        if (strcmp(((const wifi_profile *)all->pdata[i])->uuid, uuid) == 0)
            return all->pdata[i];
    return NULL;
}

/* ---- Methods of Settings -------------------------------------------------------------------- */

void settings_list(wifi_call *call)
{
    wifi_reply(call, g_variant_new("(@ao)", wifi_get(settings_object, SETTINGS, "Connections")));
}

void settings_by_uuid(wifi_call *call)
{
    const char *uuid;
    const wifi_profile *found;

    g_variant_get(call->arguments, "(&s)", &uuid);
    found = find_uuid(uuid);
    if (found)
        wifi_reply(call, g_variant_new("(o)", found->object->path));
    else
        wifi_refuse(call, SETTINGS ".InvalidConnection", "No connection with the UUID was found.");
}

static void refuse_key(wifi_call *call)
{
    wifi_refuse(call, CONNECTION ".InvalidProperty", SECURITY ".psk: property is invalid");
}

/* Wants a whole profile, with id, uuid and type. */
void settings_add(wifi_call *call)
{
    GVariant *settings = g_variant_get_child_value(call->arguments, 0);

    if (has_bad_key(settings)) {
        refuse_key(call);
    } else {
        wifi_reply(call, g_variant_new("(o)", profile_add(settings, false)->object->path));
        devices_connect_by_themselves();
    }
    g_variant_unref(settings);
}

/* ---- Methods of Settings.Connection --------------------------------------------------------- */

void profile_get_settings(wifi_call *call)
{
    const wifi_profile *self = call->object->data;

    wifi_reply(call, g_variant_new("(@a{sa{sv}})", self->settings));
}

static GVariant *secrets_of(const wifi_profile *self)
{
    GVariantBuilder whole;
    GVariantIter iterator;
    const char *name;
    GVariant *of;

    g_variant_builder_init(&whole, G_VARIANT_TYPE("a{sa{sv}}"));
    g_variant_iter_init(&iterator, self->settings);
    while (g_variant_iter_loop(&iterator, "{&s@a{sv}}", &name, &of)) {
        GVariantBuilder section;

        g_variant_builder_init(&section, G_VARIANT_TYPE_VARDICT);
        if (strcmp(name, SECURITY) == 0)
            g_variant_builder_add(&section, "{sv}", strlen(self->key) == 5 ? "wep-key0" : "psk",
                                  g_variant_new_string(self->key));
        g_variant_builder_add(&whole, "{sa{sv}}", name, &section);
    }
    return g_variant_builder_end(&whole);
}

void profile_get_secrets(wifi_call *call)
{
    const wifi_profile *self = call->object->data;
    const char *section;

    g_variant_get(call->arguments, "(&s)", &section);
    if (!has_section(self->settings, section))
        wifi_refuse(call, CONNECTION ".SettingNotFound",
                    "Connection didn't have requested setting '%s'.", section);
    else if (!self->key)
        wifi_refuse(call, NM ".AgentManager.NoSecrets", "No agents were available for this request.");
    else
        wifi_reply(call, g_variant_new("(@a{sa{sv}})", secrets_of(self)));
}

static void keep(wifi_profile *self)
{
    if (!self->fleeting)
        return;
    self->fleeting = false;
    say_where_it_is_kept(self);
}

/* No settings: those that it has. */
void profile_update(wifi_call *call)
{
    wifi_profile *self = call->object->data;
    GVariant *settings;
    guint32 flags;

    g_variant_get(call->arguments, "(@a{sa{sv}}u@a{sv})", &settings, &flags, NULL);
    if (has_bad_key(settings)) {
        refuse_key(call);
    } else {
        if (g_variant_n_children(settings) > 0)
            read_settings(self, settings);
        if (flags & UPDATE_TO_DISK)
            keep(self);
        self->blocked = false;
        wifi_signal(self->object, CONNECTION, "Updated", NULL);
        wifi_reply(call, g_variant_new("(a{sv})", NULL));
    }
    g_variant_unref(settings);
}

void profile_save(wifi_call *call)
{
    keep(call->object->data);
    wifi_reply(call, NULL);
}

/* What is active with it comes to its end. */
void profile_delete(wifi_call *call)
{
    wifi_profile *self = call->object->data;
    wifi_active *in_use = active_of(self);

    note_call("Delete");
    if (in_use)
        in_use->profile = NULL;
    profile_remove(self);
    if (in_use)
        active_orphaned(in_use);
    wifi_reply(call, NULL);
}
