/* SPDX-License-Identifier: MIT */
/* Mounting, as other programs of the session would see and use it. */
#include <string.h>

#include "gvfs.h"

static void put_part(GVariantBuilder *spec, const char *name, const char *text)
{
    if (text && *text)
        g_variant_builder_add(spec, "{sv}", name, g_variant_new_bytestring(text));
}

/* The user is part of what GVfs tells mounts apart by, so that nobody else's mount is taken for it. The
 * share is written small, as GIO writes it, for whom "Public" and "public" are two. */
static GVariant *specification(const nd_request *request)
{
    const netdisc_share_spec *share = request->share;
    char *folded = g_utf8_strdown(request->remote.share, -1);
    char port[16] = "";
    GVariantBuilder parts;

    if (request->remote.port)
        g_snprintf(port, sizeof port, "%u", request->remote.port);
    g_variant_builder_init(&parts, G_VARIANT_TYPE_VARDICT);
    put_part(&parts, "type", "smb-share");
    put_part(&parts, "server", request->remote.server);
    put_part(&parts, "share", folded);
    put_part(&parts, "port", port);
    put_part(&parts, "user", nd_gvfs_user(share));
    put_part(&parts, "domain", nd_gvfs_domain(share));
    g_free(folded);
    return g_variant_new("(@aya{sv})", g_variant_new_bytestring("/"), &parts);
}

/* ---- What came of it ------------------------------------------------------------------------ */

static netdisc_status refused(nd_gvfs_talk *talk, const nd_gvfs_desk *desk)
{
    const char *remote = talk->call->request->remote.text;
    netdisc_status status = NETDISC_ERROR_LOGON_FAILURE;
    nd_trouble *why = &talk->why;

    switch (desk->refusal) {
    case ND_GVFS_WRONG:
        nd_trouble_say(why, status,
                       desk->spec->auth == NETDISC_AUTH_GUEST ? "%s takes no guests"
                                                              : "%s: the user name or password is wrong",
                       remote);
        break;
    case ND_GVFS_NO_GUESTS:
        nd_trouble_say(why, status, "%s takes no guests", remote);
        break;
    case ND_GVFS_NOTHING_GIVEN:
        nd_trouble_say(why, status, "%s asks for a password, and none was given", remote);
        break;
    default:
        status =
            nd_trouble_say(why, NETDISC_ERROR_CANCELLED, "GVfs asked, and nobody is there to answer: %s",
                           desk->question ? desk->question : "");
    }
    why->native_domain = "gio";
    why->native_code = G_IO_ERROR_FAILED_HANDLED;
    return status;
}

static netdisc_status judge(nd_gvfs_talk *talk, const nd_gvfs_desk *desk, const GError *error)
{
    if (!error || nd_gvfs_said(error, G_IO_ERROR_ALREADY_MOUNTED))
        return NETDISC_NO_ERROR;
    if (nd_gvfs_is_gone(error))
        return nd_trouble_say(&talk->why, NETDISC_ERROR_NOT_SUPPORTED, "GVfs is not installed");
    if (desk->refusal != ND_GVFS_NOT_ASKED)
        return refused(talk, desk);
    return nd_gvfs_fail(talk, error, "GVfs did not mount it");
}

static netdisc_status mount(nd_gvfs_talk *talk, nd_gvfs_desk *desk)
{
    const nd_request *request = talk->call->request;
    GError *error = NULL;
    netdisc_status status;
    GVariant *reply =
        nd_gvfs_ask(talk,
                    &(nd_gvfs_question){
                        .to = ND_GVFS_DAEMON,
                        .path = ND_GVFS_TRACKER_PATH,
                        .interface = ND_GVFS_TRACKER,
                        .method = "MountLocation",
                        .arguments = g_variant_new("(@" ND_GVFS_MOUNT_SPEC_TYPE "@(so))",
                                                   specification(request), nd_gvfs_desk_source(desk)),
                        .reply_type = "()",
                    },
                    &error);

    status = judge(talk, desk, error);
    g_clear_pointer(&reply, g_variant_unref);
    g_clear_error(&error);
    return status;
}

/* ---- What was made -------------------------------------------------------------------------- */

static bool is_it(const nd_request *request, const nd_gvfs_mount *mount)
{
    const netdisc_share_spec *share = request->share;

    return mount->host->fn->same_remote(&request->remote, &mount->name) &&
           g_strcmp0(nd_gvfs_user(share), mount->user) == 0 &&
           g_strcmp0(nd_gvfs_domain(share), mount->domain) == 0;
}

static netdisc_status add_item(nd_gvfs_talk *talk)
{
    GPtrArray *mounts = nd_gvfs_mounts(talk);
    bool found = false;

    for (guint i = 0; mounts && !found && i < mounts->len; i++) {
        found = is_it(talk->call->request, mounts->pdata[i]);
        if (found) {
            nd_item item = nd_gvfs_item(mounts->pdata[i]);

            nd_add(talk->call, &item);
        }
    }
    if (!mounts)
        return talk->why.status ? talk->why.status : NETDISC_ERROR_GEN_FAILURE;
    g_ptr_array_unref(mounts);
    return found ? NETDISC_NO_ERROR
                 : nd_trouble_say(&talk->why, NETDISC_ERROR_NETNAME_DELETED,
                                  "GVfs mounted it, but it is gone already");
}

netdisc_status nd_gvfs_add(nd_gvfs_talk *talk)
{
    nd_gvfs_desk desk;
    netdisc_status status = nd_gvfs_desk_open(&desk, talk, talk->call->request->share);

    if (!status) {
        nd_note(talk->call, "GVfs was asked to mount it");
        status = mount(talk, &desk);
    }
    if (!status)
        status = add_item(talk);
    if (!status)
        nd_note(talk->call, NULL);
    nd_gvfs_desk_close(&desk);
    return status;
}
