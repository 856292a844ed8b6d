/* SPDX-License-Identifier: MIT */
#include "shares.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_FORMAT "%d %u:%u"

enum { USUAL_PORT = 445 };

/* ---- A share -------------------------------------------------------------------------------- */

void nd_share_clear(const nd_host *host, nd_share *it)
{
    host->fn->name_clear(&it->remote);
    g_free(it->point);
    g_free(it->source);
    g_free(it->user);
}

static unsigned port_of(const nd_mount *mount)
{
    char *text = nd_mount_option(mount, "port");
    guint64 port = 0;

    if (!text || !g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &port, NULL) || port == USUAL_PORT)
        port = 0;
    free(text);
    return (unsigned)port;
}

static char *user_of(const nd_mount *mount)
{
    char *text = nd_mount_option(mount, "username");
    char *user = text && *text ? g_utf8_make_valid(text, -1) : NULL;

    free(text);
    return user;
}

/* "//server/share/below" as a remote name; NULL: it is not such a source. Nothing in it is escaped, and
 * so a name in the form of a URL has to be. */
static char *remote_text(const char *source, unsigned port)
{
    static const char separators[] = "/\\";

    if (strspn(source, separators) != 2)
        return NULL;
    source += 2;

    size_t server_length = strcspn(source, separators);

    if (!source[server_length])
        return NULL;

    g_autofree char *server = g_strndup(source, server_length);
    g_autofree char *name =
        g_strndup(source + server_length + 1, strcspn(source + server_length + 1, separators));
    bool bare = strchr(server, ':') && *server != '[';

    if (!port)
        return g_strdup_printf(bare ? "\\\\[%s]\\%s" : "\\\\%s\\%s", server, name);

    g_autofree char *host = g_uri_escape_string(server, ":[]", TRUE);
    g_autofree char *path = g_uri_escape_string(name, NULL, FALSE);

    return g_strdup_printf(bare ? "smb://[%s]:%u/%s" : "smb://%s:%u/%s", host, port, path);
}

static void read_remote(const nd_host *host, nd_share *it)
{
    g_autofree char *text = remote_text(it->mount->source, it->port);

    if (!text || host->fn->parse_share(text, &it->remote) || it->remote.form != ND_FORM_REMOTE)
        host->fn->name_clear(&it->remote);
}

static void share_init(const nd_host *host, const nd_mount *mount, nd_share *out)
{
    *out = (nd_share){
        .mount = mount,
        .port = port_of(mount),
        .point = g_utf8_make_valid(mount->point, -1),
        .source = g_utf8_make_valid(mount->source, -1),
        .user = user_of(mount),
    };
    g_snprintf(out->key, sizeof out->key, KEY_FORMAT, mount->id, mount->major, mount->minor);
    read_remote(host, out);
}

nd_item nd_share_item(const nd_share *it)
{
    return (nd_item){
        .sort = ND_SORT_SHARE,
        .key = it->key,
        .as.share =
            {
                .local = it->tie ? it->tie->local : it->point,
                .remote = it->remote.form ? it->remote.text : it->source,
                .path = it->point,
                .user = it->user,
                .state = NETDISC_STATE_CONNECTED,
                .remembered = it->remembered,
                .port = (uint16_t)it->port,
            },
    };
}

/* ---- All of them ---------------------------------------------------------------------------- */

static bool is_ours(const nd_remembered *entry)
{
    return strcmp(entry->provider, nd_cifs_provider.name) == 0;
}

static const char *point_of(const nd_remembered *entry)
{
    return entry->mount_point ? entry->mount_point : entry->local;
}

/* The mount at the point, if that is of the share that is remembered. */
static const nd_mount *find_tied(const nd_shares *it, const nd_remembered *entry)
{
    const nd_mount *mount = nd_mounts_at(it->mounts, point_of(entry));
    nd_name remote = {0};

    if (!mount || it->host->fn->parse_share(entry->remote, &remote))
        return NULL;

    nd_share found;

    share_init(it->host, mount, &found);

    bool same = it->host->fn->same_remote(&remote, &found.remote);

    nd_share_clear(it->host, &found);
    it->host->fn->name_clear(&remote);
    return same ? mount : NULL;
}

/* The index of what ties this mount; their number: nothing. */
static size_t tie_of(const nd_shares *it, const nd_mount *mount)
{
    size_t i = 0;

    while (i < nd_profile_count(it->profile) && it->ties[i] != mount)
        i++;
    return i;
}

/* A mount has one local name: the first that is remembered for it. */
static void tie(nd_shares *it)
{
    it->ties = g_new0(const nd_mount *, nd_profile_count(it->profile) + 1);
    for (size_t i = 0; i < nd_profile_count(it->profile); i++) {
        const nd_remembered *entry = nd_profile_get(it->profile, i);
        const nd_mount *mount = is_ours(entry) ? find_tied(it, entry) : NULL;

        if (mount && tie_of(it, mount) == nd_profile_count(it->profile))
            it->ties[i] = mount;
    }
}

void nd_shares_clear(nd_shares *it)
{
    nd_mounts_free(it->mounts);
    nd_profile_free(it->profile);
    g_free(it->ties);
}

/* A profile that cannot be read is no failure here. */
netdisc_status nd_shares_read(const nd_host *host, nd_shares *out, nd_trouble *why)
{
    *out = (nd_shares){.host = host};

    netdisc_status status = nd_mounts_read(&out->mounts, nd_is_share_type, why);

    if (status)
        return status;
    out->profile_status = nd_profile_read(host, &out->profile, &out->profile_why);
    if (out->profile_status)
        out->profile = NULL;
    tie(out);
    return NETDISC_NO_ERROR;
}

void nd_shares_get(const nd_shares *it, const nd_mount *mount, nd_share *out)
{
    size_t index = tie_of(it, mount);

    share_init(it->host, mount, out);
    /* Where the profile cannot be read, nobody knows. */
    out->remembered = it->profile ? NETDISC_NO : NETDISC_UNKNOWN;
    if (index == nd_profile_count(it->profile))
        return;
    out->tie = nd_profile_get(it->profile, index);
    out->remembered = NETDISC_YES;
}

/* ---- Listing and finding -------------------------------------------------------------------- */

/* `target` NULL: all of them. */
static bool is_meant(const nd_shares *it, const nd_name *target, const nd_mount *at_point,
                     const nd_share *what)
{
    if (!target)
        return true;
    switch (target->form) {
    case ND_FORM_MOUNT:
        return what->mount == at_point;
    case ND_FORM_LETTER:
        return what->tie && strcmp(what->tie->local, target->text) == 0;
    default:
        return it->host->fn->same_remote(target, &what->remote);
    }
}

static void add_mounts(const nd_shares *it, const nd_name *target, nd_share_fn add, void *to)
{
    const nd_mount *at_point =
        target && target->form == ND_FORM_MOUNT ? nd_mounts_at(it->mounts, target->text) : NULL;

    for (size_t i = 0; i < nd_mounts_count(it->mounts); i++) {
        nd_share one;

        nd_shares_get(it, nd_mounts_get(it->mounts, i), &one);
        if (is_meant(it, target, at_point, &one)) {
            nd_item item = nd_share_item(&one);

            add(to, &item);
        }
        nd_share_clear(it->host, &one);
    }
}

static void add_remembered_one(const nd_shares *it, const nd_remembered *entry, nd_share_fn add,
                               void *to)
{
    g_autofree char *key = g_strconcat("profile:", entry->local, NULL);
    nd_name remote = {0};
    bool known = it->host->fn->parse_share(entry->remote, &remote) == NETDISC_NO_ERROR;
    nd_item item = {
        .sort = ND_SORT_SHARE,
        .key = key,
        .as.share =
            {
                .local = entry->local,
                .remote = entry->remote,
                .user = entry->user,
                .state = NETDISC_STATE_REMEMBERED,
                .remembered = NETDISC_YES,
                .port = known ? remote.port : 0,
            },
    };

    add(to, &item);
    it->host->fn->name_clear(&remote);
}

/* What is remembered and not mounted; a remote name does not stand for it. */
static void add_remembered(const nd_shares *it, const nd_name *target, nd_share_fn add, void *to)
{
    for (size_t i = 0; i < nd_profile_count(it->profile); i++) {
        const nd_remembered *entry = nd_profile_get(it->profile, i);

        if (is_ours(entry) && !it->ties[i] && (!target || strcmp(entry->local, target->text) == 0))
            add_remembered_one(it, entry, add, to);
    }
}

void nd_shares_each(const nd_shares *it, const nd_name *target, nd_share_fn add, void *to)
{
    add_mounts(it, target, add, to);
    add_remembered(it, target, add, to);
}

const nd_mount *nd_share_mount(const nd_mounts *all, const nd_item *item)
{
    int id;
    unsigned major;
    unsigned minor;

    if (sscanf(item->key, KEY_FORMAT, &id, &major, &minor) != 3)
        return NULL;

    const nd_mount *mount = nd_mounts_by_id(all, id);

    return mount && mount->major == major && mount->minor == minor ? mount : NULL;
}
