/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "command.h"

/* How a member of an item is shown in a table, and written in JSON. `at` is the member. */
typedef struct kind {
    void (*show)(text *out, const void *at);
    void (*json)(text *out, const char *key, const void *at);
} kind;

/* ---- Kinds of members ----------------------------------------------------------------------- */

static void show_text(text *out, const void *at)
{
    const char *value = *(const char *const *)at;

    text_add_shown(out, value ? value : "");
}

static void json_text(text *out, const char *key, const void *at)
{
    json_string(out, key, *(const char *const *)at);
}

static const kind words = {show_text, json_text};

static void show_state(text *out, const void *at)
{
    text_add(out, netdisc_state_name(*(const netdisc_state *)at));
}

static void json_state(text *out, const char *key, const void *at)
{
    json_string(out, key, netdisc_state_name(*(const netdisc_state *)at));
}

static const kind state = {show_state, json_state};

static void show_tristate(text *out, const void *at)
{
    netdisc_tristate value = *(const netdisc_tristate *)at;

    text_add(out, value == NETDISC_YES ? "yes" : value == NETDISC_NO ? "no" : "");
}

static void json_tristate(text *out, const char *key, const void *at)
{
    netdisc_tristate value = *(const netdisc_tristate *)at;

    if (value == NETDISC_UNKNOWN)
        json_null(out, key);
    else
        json_bool(out, key, value == NETDISC_YES);
}

static const kind tristate = {show_tristate, json_tristate};

static void json_port(text *out, const char *key, const void *at)
{
    json_number(out, key, *(const uint16_t *)at);
}

static const kind port = {NULL, json_port};

static void show_signal(text *out, const void *at)
{
    int32_t value = *(const int32_t *)at;

    if (value >= 0)
        text_addf(out, "%d%%", (int)value);
}

static void json_signal(text *out, const char *key, const void *at)
{
    int32_t value = *(const int32_t *)at;

    if (value < 0)
        json_null(out, key);
    else
        json_number(out, key, value);
}

static const kind signal_strength = {show_signal, json_signal};

/* `at` is the whole interface. */
static void json_ssid(text *out, const char *key, const void *at)
{
    const netdisc_wlan *wlan = at;
    text hex = {0};

    for (size_t i = 0; i < wlan->ssid_length; i++)
        text_addf(&hex, "%02x", wlan->ssid_bytes[i]);
    json_string(out, key, hex.data);
    text_free(&hex);
}

static const kind ssid_hex = {NULL, json_ssid};

static void show_pid(text *out, const void *at)
{
    uint64_t value = *(const uint64_t *)at;

    if (value)
        text_addf(out, "%llu", (unsigned long long)value);
}

static void json_pid(text *out, const char *key, const void *at)
{
    uint64_t value = *(const uint64_t *)at;

    if (value)
        json_number(out, key, (int64_t)value);
    else
        json_null(out, key);
}

static const kind pid = {show_pid, json_pid};

const item_sort *const connection_sorts[] = {&sort_share, &sort_wlan, &sort_connection, NULL};

void kinds_show(text *out, uint32_t kinds)
{
    const char *comma = "";

    for (const item_sort *const *each = connection_sorts; *each; each++) {
        if (!(kinds & (*each)->kind))
            continue;
        text_addf(out, "%s%s", comma, (*each)->word);
        comma = ", ";
    }
}

void kinds_json(text *out, const char *key, uint32_t kinds)
{
    json_begin(out, key, '[');
    for (const item_sort *const *each = connection_sorts; *each; each++)
        if (kinds & (*each)->kind)
            json_string(out, NULL, (*each)->word);
    json_end(out, ']');
}

static void show_kinds(text *out, const void *at)
{
    kinds_show(out, *(const uint32_t *)at);
}

static void json_kinds(text *out, const char *key, const void *at)
{
    kinds_json(out, key, *(const uint32_t *)at);
}

static const kind kinds = {show_kinds, json_kinds};

static void show_usable(text *out, const void *at)
{
    netdisc_status status = *(const netdisc_status *)at;

    text_add(out, status ? netdisc_status_name(status) : "usable");
}

static void json_usable(text *out, const char *key, const void *at)
{
    json_bool(out, key, !*(const netdisc_status *)at);
}

static const kind usable = {show_usable, json_usable};

static void json_code(text *out, const char *key, const void *at)
{
    json_number(out, key, *(const netdisc_status *)at);
}

static const kind code = {NULL, json_code};

static void json_name(text *out, const char *key, const void *at)
{
    json_string(out, key, netdisc_status_name(*(const netdisc_status *)at));
}

static const kind name = {NULL, json_name};

/* ---- What a backend is made of -------------------------------------------------------------- */

/* Where a provider is missing: what brings it. Module files come with netdisc itself. */
static const struct ingredient {
    const char *provider;
    const char *hint;
} ingredients[] = {{"nm", "NetworkManager 1.42 or later, running, and libnm (Debian: network-manager)"},
                   {"cifs", "a kernel with cifs, and libmount and GLib (Debian: cifs-utils, libmount1)"},
                   {"gvfs", "a desktop session with GVfs (Debian: gvfs-backends, gvfs-fuse)"},
                   {"session", "libsmbclient and FUSE (Debian: libsmbclient, fuse3)"},
                   {"wlanapi", "Windows' WLAN AutoConfig service, WlanSvc"},
                   {"ras", "Windows' Remote Access Connection Manager, RasMan"},
                   {NULL, NULL}};

/* And not merely slow, or denied. */
static bool is_absent(netdisc_status status)
{
    return status == NETDISC_ERROR_NOT_SUPPORTED || status == NETDISC_ERROR_SERVICE_NOT_ACTIVE ||
           status == NETDISC_ERROR_SERVICE_DOES_NOT_EXIST || status == NETDISC_ERROR_MOD_NOT_FOUND;
}

static const char *hint_for(const netdisc_backend *backend)
{
    for (const struct ingredient *each = ingredients; is_absent(backend->status) && each->provider;
         each++)
        if (strcmp(each->provider, backend->provider) == 0)
            return each->hint;
    return NULL;
}

static void show_reason(text *out, const void *at)
{
    const netdisc_backend *backend = at;
    const char *hint = hint_for(backend);

    text_add_shown(out, backend->reason ? backend->reason : "");
    if (hint)
        text_addf(out, "%sit needs %s", backend->reason ? "; " : "", hint);
}

static void json_hint(text *out, const char *key, const void *at)
{
    json_string(out, key, hint_for(at));
}

static const kind reason_and_hint = {show_reason, NULL};
static const kind hint = {NULL, json_hint};

/* ---- Items ---------------------------------------------------------------------------------- */

#define AT(sort)                                                                                        \
    static const void *sort##_at(const netdisc_list *list, size_t index)                                \
    {                                                                                                   \
        return netdisc_list_##sort(list, index);                                                        \
    }
AT(share)
AT(wlan)
AT(connection)
AT(holder)
AT(backend)

static void describe_share(text *out, const void *item)
{
    const netdisc_share *share = item;

    text_add_shown(out, share->remote);
    if (share->local) {
        text_add(out, " on ");
        text_add_shown(out, share->local);
    }
}

static const char *path_of_share(const void *item)
{
    return ((const netdisc_share *)item)->path;
}

static void describe_wlan(text *out, const void *item)
{
    const netdisc_wlan *wlan = item;

    text_add_shown(out, wlan->name);
    if (wlan->ssid && wlan->state == NETDISC_STATE_CONNECTED) {
        text_add(out, " on \"");
        text_add_shown(out, wlan->ssid);
        text_add(out, "\"");
    }
}

static void describe_connection(text *out, const void *item)
{
    const netdisc_connection *connection = item;

    text_add(out, "\"");
    text_add_shown(out, connection->name);
    text_add(out, "\"");
    if (connection->device) {
        text_add(out, " on ");
        text_add_shown(out, connection->device);
    }
}

/* clang-format off */
#define ITEM netdisc_share
#define MEMBER(member) offsetof(ITEM, member)
static const field share_fields[] = {
    {"local", "LOCAL", &words, MEMBER(local)},
    {"remote", "REMOTE", &words, MEMBER(remote)},
    {"state", "STATE", &state, MEMBER(state)},
    {"user", "USER", &words, MEMBER(user)},
    {"path", "PATH", &words, MEMBER(path)},
    {"remembered", "REMEMBERED", &tristate, MEMBER(remembered)},
    {"port", NULL, &port, MEMBER(port)},
    {"provider", "PROVIDER", &words, MEMBER(provider)},
};
#undef ITEM
#define ITEM netdisc_wlan
static const field wlan_fields[] = {
    {"name", "INTERFACE", &words, MEMBER(name)},
    {"state", "STATE", &state, MEMBER(state)},
    {"ssid", "SSID", &words, MEMBER(ssid)},
    {"ssid_hex", NULL, &ssid_hex, 0},
    {"signal", "SIGNAL", &signal_strength, MEMBER(signal)},
    {"bssid", NULL, &words, MEMBER(bssid)},
    {"profile", "PROFILE", &words, MEMBER(profile)},
    {"driver", NULL, &words, MEMBER(driver)},
    {"uuid", "GUID", &words, MEMBER(uuid)},
    {"provider", NULL, &words, MEMBER(provider)},
};
#undef ITEM
#define ITEM netdisc_connection
static const field connection_fields[] = {
    {"name", "NAME", &words, MEMBER(name)},
    {"uuid", "UUID", &words, MEMBER(uuid)},
    {"type", "TYPE", &words, MEMBER(type)},
    {"device", "DEVICE", &words, MEMBER(device)},
    {"state", "STATE", &state, MEMBER(state)},
    {"autoconnect", NULL, &tristate, MEMBER(autoconnect)},
    {"external", NULL, &tristate, MEMBER(external)},
    {"vpn", NULL, &tristate, MEMBER(vpn)},
    {"provider", NULL, &words, MEMBER(provider)},
};
#undef ITEM
#define ITEM netdisc_holder
static const field holder_fields[] = {
    {"pid", "PID", &pid, MEMBER(pid)},
    {"program", "PROGRAM", &words, MEMBER(program)},
    {"what", "HOLDS", &words, MEMBER(what)},
    {"path", "PATH", &words, MEMBER(path)},
    {"provider", NULL, &words, MEMBER(provider)},
};
#undef ITEM
#define ITEM netdisc_backend
static const field backend_fields[] = {
    {"provider", "PROVIDER", &words, MEMBER(provider)},
    {"kinds", "FOR", &kinds, MEMBER(kinds)},
    {"usable", "STATE", &usable, MEMBER(status)},
    {"status", NULL, &code, MEMBER(status)},
    {"name", NULL, &name, MEMBER(status)},
    {"module", NULL, &words, MEMBER(module)},
    {NULL, "WHAT IS MISSING", &reason_and_hint, 0},
    {"reason", NULL, &words, MEMBER(reason)},
    {"hint", NULL, &hint, 0},
};
#undef ITEM

#define FIELDS(array) .fields = array, .count = sizeof array / sizeof *array

const item_sort sort_share = {
    FIELDS(share_fields),
    .at = share_at,
    .none = "shares",
    .word = "share",
    .kind = NETDISC_SHARE,
    .describe = describe_share,
    .path = path_of_share,
    .made = "is connected",
    .ended = "is gone",
};

const item_sort sort_wlan = {
    FIELDS(wlan_fields),
    .at = wlan_at,
    .none = "WLAN interfaces",
    .word = "wlan",
    .kind = NETDISC_WLAN,
    .describe = describe_wlan,
    .made = "is connected",
    .ended = "is disconnected",
};

const item_sort sort_connection = {
    FIELDS(connection_fields),
    .at = connection_at,
    .none = "connections",
    .word = "connection",
    .kind = NETDISC_CONNECTION,
    .describe = describe_connection,
    .made = "is connected",
    .ended = "is disconnected",
};

const item_sort sort_holder = {FIELDS(holder_fields), .at = holder_at, .none = "holders"};
const item_sort sort_backend = {FIELDS(backend_fields), .at = backend_at, .none = "backends"};

/* clang-format on */

/* ---- Fields --------------------------------------------------------------------------------- */

void field_show(text *out, const field *one, const void *item)
{
    one->kind->show(out, (const char *)item + one->offset);
}

void item_json(text *out, const char *key, const item_sort *one, const void *item)
{
    json_begin(out, key, '{');
    for (size_t i = 0; i < one->count; i++) {
        const field *each = &one->fields[i];

        if (each->key)
            each->kind->json(out, each->key, (const char *)item + each->offset);
    }
    json_end(out, '}');
}
