/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "gvfs.h"

enum { TRIES = 3 };

static void mount_free(void *data)
{
    nd_gvfs_mount *mount = data;

    g_free(mount->key);
    g_free(mount->sender);
    g_free(mount->object);
    g_free(mount->path);
    g_free(mount->user);
    g_free(mount->domain);
    g_free(mount->title);
    mount->host->fn->name_clear(&mount->name);
    g_free(mount);
}

/* A text of the mount's specification, to be freed; NULL: it is not there. */
static char *read_part(GVariant *spec, const char *name)
{
    GVariant *value = g_variant_lookup_value(spec, name, G_VARIANT_TYPE_BYTESTRING);
    const char *text = value ? g_variant_get_bytestring(value) : "";
    char *copy = *text && g_utf8_validate(text, -1, NULL) ? g_strdup(text) : NULL;

    g_clear_pointer(&value, g_variant_unref);
    return copy;
}

/* The name as it would be written, which the core then makes normal. */
static char *write_name(GVariant *spec)
{
    char *server = read_part(spec, "server");
    char *share = read_part(spec, "share");
    char *port = read_part(spec, "port");
    char *escaped = share ? g_uri_escape_string(share, NULL, FALSE) : NULL;
    bool bare = server && strchr(server, ':') && *server != '[';
    char *text = NULL;

    if (server && share)
        text = g_strdup_printf("smb://%s%s%s%s%s/%s", bare ? "[" : "", server, bare ? "]" : "",
                               port ? ":" : "", port ? port : "", escaped);
    g_free(escaped);
    g_free(port);
    g_free(share);
    g_free(server);
    return text;
}

static bool is_share(GVariant *spec)
{
    char *type = read_part(spec, "type");
    bool is = g_strcmp0(type, "smb-share") == 0;

    g_free(type);
    return is;
}

static char *utf8_path(GVariant *bytes)
{
    const char *path = g_variant_get_bytestring(bytes);

    return *path == '/' && g_utf8_validate(path, -1, NULL) ? g_strdup(path) : NULL;
}

/* Unique names count from the bus' beginning, so it is told which bus. */
static nd_gvfs_mount *read_mount(nd_gvfs_talk *talk, GVariant *told, GVariant *spec)
{
    nd_gvfs_mount *mount = g_new0(nd_gvfs_mount, 1);
    GVariant *path = g_variant_get_child_value(told, 9);
    char *name = write_name(spec);

    mount->host = talk->gvfs->host;
    g_variant_get_child(told, 0, "s", &mount->sender);
    g_variant_get_child(told, 1, "o", &mount->object);
    g_variant_get_child(told, 2, "s", &mount->title);
    mount->key =
        g_strjoin(" ", g_dbus_connection_get_guid(talk->connection), mount->sender, mount->object, NULL);
    mount->path = utf8_path(path);
    mount->user = read_part(spec, "user");
    mount->domain = read_part(spec, "domain");
    if (name)
        mount->host->fn->parse_share(name, &mount->name);
    g_free(name);
    g_variant_unref(path);
    return mount;
}

static GPtrArray *read_mounts(nd_gvfs_talk *talk, GVariant *reply)
{
    GPtrArray *mounts = g_ptr_array_new_with_free_func(mount_free);
    GVariant *all = g_variant_get_child_value(reply, 0);
    GVariantIter iterator;
    GVariant *told;

    g_variant_iter_init(&iterator, all);
    while ((told = g_variant_iter_next_value(&iterator))) {
        GVariant *whole = g_variant_get_child_value(told, 10);
        GVariant *spec = g_variant_get_child_value(whole, 1);

        if (is_share(spec))
            g_ptr_array_add(mounts, read_mount(talk, told, spec));
        g_variant_unref(spec);
        g_variant_unref(whole);
        g_variant_unref(told);
    }
    g_variant_unref(all);
    return mounts;
}

static GVariant *ask_tracker(nd_gvfs_talk *talk, const char *tracker, GError **error)
{
    return nd_gvfs_ask(talk,
                       &(nd_gvfs_question){
                           .to = tracker,
                           .path = ND_GVFS_TRACKER_PATH,
                           .interface = ND_GVFS_TRACKER,
                           .method = "ListMounts2",
                           .arguments = g_variant_new("(b)", FALSE),
                           .reply_type = "(a" ND_GVFS_MOUNT_TYPE ")",
                       },
                       error);
}

/* Has gvfsd ended while it was asked? */
static bool has_ended(const GError *error)
{
    return nd_gvfs_is_gone(error) || g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
}

/* False: talk->why. NULL for the mounts: it is to be asked again. */
static bool try_to_list(nd_gvfs_talk *talk, GPtrArray **mounts)
{
    GError *error = NULL;
    GVariant *reply;
    char *tracker;
    bool good;

    *mounts = NULL;
    if (nd_gvfs_tracker(talk, &tracker))
        return false;
    if (!tracker) {
        *mounts = g_ptr_array_new_with_free_func(mount_free);
        return true;
    }
    reply = ask_tracker(talk, tracker, &error);
    good = reply || has_ended(error);
    if (reply)
        *mounts = read_mounts(talk, reply);
    else if (!good)
        nd_gvfs_fail(talk, error, "GVfs did not tell its mounts");
    g_clear_pointer(&reply, g_variant_unref);
    g_clear_error(&error);
    g_free(tracker);
    return good;
}

GPtrArray *nd_gvfs_mounts(nd_gvfs_talk *talk)
{
    GPtrArray *mounts;

    for (int tries = 0; tries < TRIES; tries++)
        if (!try_to_list(talk, &mounts) || mounts)
            return mounts;
    nd_trouble_say(&talk->why, NETDISC_ERROR_REQUEST_ABORTED, "gvfsd ends whenever it is asked");
    return NULL;
}

nd_item nd_gvfs_item(const nd_gvfs_mount *mount)
{
    return (nd_item){
        .sort = ND_SORT_SHARE,
        .key = mount->key,
        .as.share =
            {
                .remote = mount->name.text,
                .path = mount->path,
                .user = mount->user,
                .state = NETDISC_STATE_CONNECTED,
                .remembered = NETDISC_NO,
                .port = mount->name.port,
            },
    };
}

const nd_gvfs_mount *nd_gvfs_mount_of(const GPtrArray *mounts, const char *key)
{
    for (guint i = 0; i < mounts->len; i++) {
        const nd_gvfs_mount *mount = mounts->pdata[i];

        if (strcmp(mount->key, key) == 0)
            return mount;
    }
    return NULL;
}
