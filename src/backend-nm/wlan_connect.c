/* SPDX-License-Identifier: MIT */
/*
 * Connecting a Wi-Fi device: with the profile that is named or that knows the network, else with a new one.
 *
 *   a known profile           activated; if a passphrase is given it replaces the key first, and if that
 *                             fails the old key is put back
 *   a network without one     looked for in the scan list, scanned for if it is not there; then a profile
 *                             is made that NetworkManager forgets with the connection, and that is saved
 *                             once it is up. So a failure leaves nothing behind.
 */
#include <string.h>

#include "activation.h"
#include "search.h"
#include "settings.h"

typedef struct connecting {
    nd_nm_activation activation; /* first: it is the task's */
    nd_nm_key_parts device;
    char *current;          /* the profile that is active on the device */
    nd_nm_profile *profile; /* known, and to be used */
    GVariant *settings;     /* of the known profile, as they were */
    bool had_key;
    char *made; /* the path of a new profile */
    bool made_gone;
} connecting;

static void free_connecting(void *data)
{
    connecting *self = data;

    nd_nm_activation_clear(&self->activation);
    nd_nm_key_clear(&self->device);
    g_free(self->current);
    g_clear_pointer(&self->profile, nd_nm_profile_free);
    g_clear_pointer(&self->settings, g_variant_unref);
    g_free(self->made);
    g_free(self);
}

static const netdisc_wlan_spec *spec_of(const nd_nm_task *task)
{
    return task->call->request->wlan;
}

static const netdisc_wlan *device_of(const nd_nm_task *task)
{
    return &task->call->items[0]->as.wlan;
}

static void leave_alone(nd_nm_task *task)
{
    nd_add(task->call, task->call->items[0]);
    nd_nm_answer(task);
}

/* ---- When it is up, or not ------------------------------------------------------------------ */

static void answer_up(nd_nm_task *task)
{
    const connecting *self = task->data;

    nd_nm_answer_with_wlan(task, self->device.object);
}

/* It is done all the same, unless nobody was there to do it. */
static bool could_not_save(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    char *reason = nd_nm_explain(task, error);

    (void)asked;
    nd_host_log(task->nm->host, NETDISC_LOG_WARNING, reason);
    g_free(reason);
    return true;
}

static bool is_no_matter(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    (void)task;
    (void)asked;
    (void)error;
    return true;
}

static void update(nd_nm_task *task, const char *profile, GVariant *settings, uint32_t flags,
                   nd_nm_forgive forgive)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = profile,
                        .interface = NM_DBUS_INTERFACE_SETTINGS_CONNECTION,
                        .method = "Update2",
                        .reply_type = "(a{sv})",
                        .arguments = g_variant_new("(@a{sa{sv}}u@a{sv})", settings, flags,
                                                   g_variant_new("a{sv}", NULL)),
                        .forgive = forgive,
                    });
}

static void connected(nd_nm_task *task)
{
    const connecting *self = task->data;

    if (self->made)
        update(task, self->made, g_variant_new("a{sa{sv}}", NULL), NM_SETTINGS_UPDATE2_FLAG_TO_DISK,
               could_not_save);
    nd_nm_then(task, answer_up);
}

static void deactivate(nd_nm_task *task, const char *active)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = NM_DBUS_PATH,
                        .interface = NM_DBUS_INTERFACE,
                        .method = "DeactivateConnection",
                        .reply_type = "()",
                        .arguments = g_variant_new("(o)", active),
                        .forgive = is_no_matter,
                    });
}

/* Settings without secrets leave those that are stored. */
static void forget_key(nd_nm_task *task, const char *profile)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = profile,
                        .interface = NM_DBUS_INTERFACE_SETTINGS_CONNECTION,
                        .method = "ClearSecrets",
                        .reply_type = "()",
                        .forgive = could_not_save,
                    });
}

static void note_gone(nd_nm_task *task, const nd_nm_signal *it)
{
    connecting *self = task->data;

    if (it->kind != ND_NM_OBJECT_REMOVED || strcmp(it->path, self->made) != 0)
        return;
    self->made_gone = true;
    if (task->pending == 0)
        nd_nm_answer_why_down(task);
}

static bool is_gone_already(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    connecting *self = task->data;

    self->made_gone = self->made_gone || nd_nm_vanished(task, asked, error);
    return self->made_gone;
}

static void answer_when_gone(nd_nm_task *task)
{
    const connecting *self = task->data;

    if (self->made_gone)
        nd_nm_answer_why_down(task);
}

static void see_it_gone(nd_nm_task *task)
{
    const connecting *self = task->data;

    nd_nm_ask(task, &(nd_nm_question){
                        .path = self->made,
                        .interface = ND_NM_PROPERTIES_INTERFACE,
                        .method = "GetAll",
                        .reply_type = "(a{sv})",
                        .arguments = g_variant_new("(s)", NM_DBUS_INTERFACE_SETTINGS_CONNECTION),
                        .forgive = is_gone_already,
                    });
    nd_nm_then(task, answer_when_gone);
}

/* NetworkManager forgets it with its activation, and 1.42 crashes when asked to delete it just then. */
static void end_made(nd_nm_task *task)
{
    const connecting *self = task->data;

    task->notice = note_gone;
    deactivate(task, self->activation.path);
    nd_nm_then(task, see_it_gone);
}

/* Where the key was wrong NetworkManager may still be trying. */
static void failed(nd_nm_task *task)
{
    const connecting *self = task->data;

    if (self->made) {
        end_made(task);
        return;
    }
    if (self->settings) {
        deactivate(task, self->activation.path);
        update(task, self->profile->path, self->settings, NM_SETTINGS_UPDATE2_FLAG_NONE, could_not_save);
        if (!self->had_key)
            forget_key(task, self->profile->path);
    }
    nd_nm_then(task, nd_nm_answer_why_down);
}

static bool can_build(nd_nm_task *task)
{
    if (nd_nm_can_build_settings())
        return true;
    nd_nm_refuse(task, NETDISC_ERROR_MOD_NOT_FOUND,
                 "libnm is missing, which makes and changes profiles");
    return false;
}

/* In a form that can be printed. */
static char *name_of_network(const nd_nm_task *task)
{
    const netdisc_wlan_spec *spec = spec_of(task);

    return g_utf8_make_valid((const char *)spec->ssid_bytes, (gssize)spec->ssid_length);
}

/* `profile` is taken; NULL: one is to be made. */
static connecting *begin_connecting(nd_nm_task *task, nd_nm_profile *profile, const char *name)
{
    connecting *self = g_new0(connecting, 1);

    self->profile = profile;
    self->device = nd_nm_split_key(task->call->items[0]->key);
    nd_nm_activation_begin(&self->activation, name, connected, failed);
    self->activation.device = g_strdup(self->device.object);
    self->activation.key_given = spec_of(task)->passphrase != NULL;
    nd_nm_task_take(task, self, free_connecting);
    return self;
}

/* ---- A network without a profile ------------------------------------------------------------ */

static void begun(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    connecting *self = task->data;

    (void)asked;
    g_variant_get(reply, "(ooa{sv})", &self->made, &self->activation.path, NULL);
    nd_nm_accepted(task);
}

static void add_profile(nd_nm_task *task, const nd_nm_access_point *best, GBytes *ssid)
{
    const connecting *self = task->data;
    GVariant *settings = nd_nm_new_settings(ssid, best->security, spec_of(task)->passphrase);
    GVariantBuilder options;

    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    if (!(task->call->flags & NETDISC_NO_WAIT))
        g_variant_builder_add(&options, "{sv}", "persist", g_variant_new_string("volatile"));
    nd_nm_ask(task, &(nd_nm_question){
                        .path = NM_DBUS_PATH,
                        .interface = NM_DBUS_INTERFACE,
                        .method = "AddAndActivateConnection2",
                        .reply_type = "(ooa{sv})",
                        .arguments = g_variant_new("(@a{sa{sv}}ooa{sv})", settings, self->device.object,
                                                   best->path, &options),
                        .on_reply = begun,
                    });
    g_variant_unref(settings);
    nd_nm_then(task, nd_nm_see_it_up);
}

static void refuse_key(nd_nm_task *task, nd_nm_security security, const char *network)
{
    const netdisc_status status = NETDISC_ERROR_INVALID_PASSWORD;

    if (security == ND_NM_ENTERPRISE)
        nd_nm_refuse(task, NETDISC_ERROR_NOT_SUPPORTED,
                     "\"%s\" asks for more than a passphrase (802.1X): make a profile for it", network);
    else if (!spec_of(task)->passphrase)
        nd_nm_refuse(task, status, "\"%s\" needs a key", network);
    else if (security == ND_NM_OPEN)
        nd_nm_refuse(task, status, "\"%s\" is open here and takes no key", network);
    else
        nd_nm_refuse(task, status, "what was given cannot be the key of \"%s\"", network);
}

static void network_found(nd_nm_task *task)
{
    nd_nm_network_search *found = task->data;
    nd_nm_access_point best = found->best;
    GBytes *ssid = g_bytes_ref(found->ssid);
    char *network = name_of_network(task);

    found->best.path = NULL;
    if (!best.path) {
        nd_nm_refuse(task, NETDISC_ERROR_NOT_FOUND, "no network \"%s\" is in reach of %s", network,
                     device_of(task)->name);
    } else if (!best.fits) {
        refuse_key(task, best.security, network);
    } else {
        begin_connecting(task, NULL, network);
        add_profile(task, &best, ssid);
    }
    g_free(best.path);
    g_bytes_unref(ssid);
    g_free(network);
}

static void look_for_network(nd_nm_task *task)
{
    const netdisc_wlan_spec *spec = spec_of(task);
    nd_nm_key_parts device = nd_nm_split_key(task->call->items[0]->key);
    GBytes *ssid = g_bytes_new(spec->ssid_bytes, spec->ssid_length);

    if (can_build(task))
        nd_nm_search_network(task, device.object, ssid, spec->passphrase, network_found);
    g_bytes_unref(ssid);
    nd_nm_key_clear(&device);
}

/* ---- A known profile ------------------------------------------------------------------------ */

static void activate(nd_nm_task *task)
{
    const connecting *self = task->data;

    nd_nm_activate(task, self->profile->path, self->device.object);
}

static void got_secrets(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    connecting *self = task->data;
    GVariant *secrets = nd_nm_value(reply);
    GError *error = NULL;
    GVariant *whole = nd_nm_settings_with_secrets(self->settings, secrets, &error);

    (void)asked;
    g_variant_unref(secrets);
    if (!whole) {
        nd_nm_fail(task, error);
        g_error_free(error);
        return;
    }
    g_variant_unref(self->settings);
    self->settings = whole;
    self->had_key = true;
}

static bool has_no_secrets(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    (void)task;
    (void)asked;
    return nd_nm_is_error(error, NM_DBUS_INTERFACE_SETTINGS_CONNECTION ".SettingNotFound") ||
           nd_nm_is_error(error, NM_DBUS_INTERFACE_AGENT_MANAGER ".NoSecrets");
}

static void got_settings(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    connecting *self = task->data;

    self->settings = nd_nm_value(reply);
    nd_nm_ask(task, &(nd_nm_question){
                        .path = asked->path,
                        .interface = NM_DBUS_INTERFACE_SETTINGS_CONNECTION,
                        .method = "GetSecrets",
                        .reply_type = "(a{sa{sv}})",
                        .arguments = g_variant_new("(s)", NM_SETTING_WIRELESS_SECURITY_SETTING_NAME),
                        .on_reply = got_secrets,
                        .forgive = has_no_secrets,
                    });
}

static void replace_key(nd_nm_task *task)
{
    connecting *self = task->data;
    GError *error = NULL;
    GVariant *changed = nd_nm_settings_with_key(self->settings, spec_of(task)->passphrase, &error);

    if (!changed) {
        g_error_free(error);
        nd_nm_refuse(task, NETDISC_ERROR_INVALID_PASSWORD, "what was given cannot be the key of \"%s\"",
                     self->activation.name);
        return;
    }
    update(task, self->profile->path, changed, NM_SETTINGS_UPDATE2_FLAG_NONE, NULL);
    g_variant_unref(changed);
    nd_nm_then(task, activate);
}

static void read_settings(nd_nm_task *task)
{
    const connecting *self = task->data;

    if (!can_build(task))
        return;
    nd_nm_ask(task, &(nd_nm_question){
                        .path = self->profile->path,
                        .interface = NM_DBUS_INTERFACE_SETTINGS_CONNECTION,
                        .method = "GetSettings",
                        .reply_type = "(a{sa{sv}})",
                        .on_reply = got_settings,
                    });
    nd_nm_then(task, replace_key);
}

static void use_profile(nd_nm_task *task)
{
    connecting *self = task->data;
    netdisc_state state = device_of(task)->state;
    bool in_use = g_strcmp0(self->current, self->profile->path) == 0;

    if (in_use && state == NETDISC_STATE_CONNECTED) {
        leave_alone(task);
    } else if (in_use && state == NETDISC_STATE_CONNECTING) {
        self->activation.path = g_strdup(self->device.active);
        nd_nm_see_it_up(task);
    } else if (spec_of(task)->passphrase && !self->profile->takes_key) {
        nd_nm_refuse(task, NETDISC_ERROR_INVALID_PASSWORD, "the profile \"%s\" takes no key",
                     self->profile->name);
    } else if (spec_of(task)->passphrase) {
        read_settings(task);
    } else {
        activate(task);
    }
}

/* ---- Which profile -------------------------------------------------------------------------- */

static bool is_named(const nd_nm_task *task, const nd_nm_profile *profile)
{
    const nd_name *name = &task->call->request->profile;

    return strcmp(name->text, name->form == ND_FORM_UUID ? profile->uuid : profile->name) == 0;
}

static bool knows_network(const nd_nm_task *task, const nd_nm_profile *profile)
{
    const netdisc_wlan_spec *spec = spec_of(task);
    gsize length = 0;
    const void *bytes = profile->ssid ? g_bytes_get_data(profile->ssid, &length) : NULL;

    /* One of before the network had a key, or that is not by a key, is not what is meant by who gives
     * one. */
    if (spec->passphrase && !profile->takes_key)
        return false;
    return bytes && length == spec->ssid_length && memcmp(bytes, spec->ssid_bytes, length) == 0 &&
           (!profile->interface || strcmp(profile->interface, device_of(task)->name) == 0);
}

/* The profile that is meant, owned by the search; the last used of those that know the network. Where
 * the answer is no profile, the call may have been answered. */
static nd_nm_profile *choose(nd_nm_task *task)
{
    const nd_nm_connection_search *found = task->data;
    bool by_name = task->call->request->profile.form != ND_FORM_NONE;
    nd_nm_profile *best = NULL;
    GHashTableIter iterator;
    void *value;

    g_hash_table_iter_init(&iterator, found->profiles);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        nd_nm_profile *profile = value;

        if (strcmp(profile->type, NM_SETTING_WIRELESS_SETTING_NAME) != 0 ||
            !(by_name ? is_named : knows_network)(task, profile))
            continue;
        if (by_name && best) {
            nd_nm_refuse(task, NETDISC_ERROR_DUP_NAME,
                         "several Wi-Fi profiles are named \"%s\": %s and %s", profile->name, best->uuid,
                         profile->uuid);
            return NULL;
        }
        if (!best || profile->last_used > best->last_used)
            best = profile;
    }
    if (!best && by_name)
        nd_nm_refuse(task, NETDISC_ERROR_NOT_FOUND, "there is no Wi-Fi profile \"%s\"",
                     task->call->request->profile.text);
    return best;
}

static void got_current(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    connecting *self = task->data;
    GVariant *value = nd_nm_value(reply);

    (void)asked;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH))
        self->current = g_variant_dup_string(value, NULL);
    g_variant_unref(value);
}

static void go_on(nd_nm_task *task)
{
    nd_nm_connection_search *found = task->data;
    nd_nm_profile *profile = choose(task);

    if (task->ended)
        return;
    if (!profile) {
        look_for_network(task);
        return;
    }
    g_hash_table_steal(found->profiles, profile->path);

    const connecting *self = begin_connecting(task, profile, profile->name);

    if (strcmp(self->device.active, ND_NM_NO_PATH) != 0)
        nd_nm_ask_property(task, self->device.active, NM_DBUS_INTERFACE_ACTIVE_CONNECTION, "Connection",
                           got_current);
    nd_nm_then(task, use_profile);
}

static bool is_on_network(const nd_nm_task *task)
{
    const netdisc_wlan_spec *spec = spec_of(task);
    const netdisc_wlan *device = device_of(task);

    /* With a key it may be on another network of the name, one without a key. */
    return task->call->request->profile.form == ND_FORM_NONE && !spec->passphrase &&
           device->state == NETDISC_STATE_CONNECTED && device->ssid_length == spec->ssid_length &&
           memcmp(device->ssid_bytes, spec->ssid_bytes, spec->ssid_length) == 0;
}

void nd_nm_connect_wlan(nd_nm_task *task)
{
    const nd_name *profile = &task->call->request->profile;

    if (is_on_network(task)) {
        leave_alone(task);
        return;
    }
    if (profile->form == ND_FORM_UUID)
        nd_nm_search_profile_by_uuid(task, profile->text);
    else
        nd_nm_search_profiles(task);
    nd_nm_then(task, go_on);
}
