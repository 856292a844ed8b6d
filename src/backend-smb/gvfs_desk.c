/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "gvfs.h"

#define INTERFACE "org.gtk.vfs.MountOperation"

static const char description[] =
    "<node><interface name='" INTERFACE "'>"
    "<method name='AskPassword'><arg type='s'/><arg type='s'/><arg type='s'/><arg type='u'/>"
    "<arg type='b' direction='out'/><arg type='b' direction='out'/><arg type='s' direction='out'/>"
    "<arg type='s' direction='out'/><arg type='s' direction='out'/><arg type='b' direction='out'/>"
    "<arg type='u' direction='out'/></method>"
    "<method name='AskQuestion'><arg type='s'/><arg type='as'/><arg type='b' direction='out'/>"
    "<arg type='b' direction='out'/><arg type='u' direction='out'/></method>"
    "<method name='ShowProcesses'><arg type='s'/><arg type='as'/><arg type='ai'/>"
    "<arg type='b' direction='out'/><arg type='b' direction='out'/><arg type='u' "
    "direction='out'/></method>"
    "<method name='ShowUnmountProgress'><arg type='s'/><arg type='x'/><arg type='x'/></method>"
    "<method name='Aborted'/>"
    "</interface></node>";

/* ---- Passwords ------------------------------------------------------------------------------ */

static bool is_guest(const netdisc_share_spec *spec)
{
    return spec->auth == NETDISC_AUTH_GUEST;
}

static const char *given(const netdisc_share_spec *spec, const char *text)
{
    return !is_guest(spec) && text && *text ? text : NULL;
}

const char *nd_gvfs_user(const netdisc_share_spec *spec)
{
    const char *user = given(spec, spec->user);

    return user || !given(spec, spec->password) ? user : g_get_user_name();
}

const char *nd_gvfs_domain(const netdisc_share_spec *spec)
{
    return given(spec, spec->domain);
}

static nd_gvfs_refusal why_not(const nd_gvfs_desk *desk, GAskPasswordFlags flags)
{
    if (desk->answered)
        return ND_GVFS_WRONG;
    if (!desk->spec)
        return ND_GVFS_NOTHING_GIVEN;
    if (is_guest(desk->spec))
        return flags & G_ASK_PASSWORD_ANONYMOUS_SUPPORTED ? ND_GVFS_NOT_ASKED : ND_GVFS_NO_GUESTS;
    if (!desk->spec->password || desk->spec->auth == NETDISC_AUTH_KERBEROS)
        return ND_GVFS_NOTHING_GIVEN;
    return ND_GVFS_NOT_ASKED;
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

/* GVfs asks again where the answer was not right; then it is told to give up. */
static GVariant *answer_password(nd_gvfs_desk *desk, GVariant *asked)
{
    const netdisc_share_spec *spec = desk->spec;
    const char *user;
    const char *domain;
    guint32 flags;

    g_variant_get(asked, "(&s&s&su)", NULL, &user, &domain, &flags);
    desk->refusal = why_not(desk, (GAskPasswordFlags)flags);
    if (desk->refusal != ND_GVFS_NOT_ASKED)
        return g_variant_new("(bbsssbu)", TRUE, TRUE, "", "", "", FALSE, G_PASSWORD_SAVE_NEVER);

    bool guest = is_guest(spec);
    bool save = !guest && desk->talk->call->flags & NETDISC_SAVE_PASSWORD;

    desk->answered = true;
    return g_variant_new("(bbsssbu)", TRUE, FALSE, guest ? "" : spec->password,
                         guest ? "" : text_or(nd_gvfs_user(spec), user),
                         guest ? "" : text_or(nd_gvfs_domain(spec), domain), guest,
                         save ? G_PASSWORD_SAVE_PERMANENTLY : G_PASSWORD_SAVE_NEVER);
}

/* ---- Other questions ------------------------------------------------------------------------ */

static GVariant *decline(void)
{
    return g_variant_new("(bbu)", TRUE, TRUE, 0);
}

static GVariant *answer_question(nd_gvfs_desk *desk, GVariant *asked)
{
    const char *question;

    desk->refusal = ND_GVFS_QUESTION;
    g_variant_get_child(asked, 0, "&s", &question);
    g_clear_pointer(&desk->question, g_free);
    desk->question = nd_gvfs_text(question);
    return decline();
}

static GVariant *answer_processes(nd_gvfs_desk *desk, GVariant *asked)
{
    GVariant *pids = g_variant_get_child_value(asked, 2);
    gsize count = 0;
    const gint32 *all = g_variant_get_fixed_array(pids, &count, sizeof *all);

    desk->refusal = ND_GVFS_QUESTION;
    g_array_set_size(desk->pids, 0);
    for (gsize i = 0; i < count; i++)
        g_array_append_val(desk->pids, all[i]);
    g_variant_unref(pids);
    return decline();
}

typedef struct method_row {
    const char *name;
    GVariant *(*answer)(nd_gvfs_desk *desk, GVariant *asked); /* NULL: it only tells */
} method_row;

static const method_row methods[] = {
    {"AskPassword", answer_password},
    {"AskQuestion", answer_question},
    {"ShowProcesses", answer_processes},
};

/* GLib has checked that the arguments are as described. */
static void called(GDBusConnection *connection, const char *sender, const char *path,
                   const char *interface, const char *method, GVariant *asked,
                   GDBusMethodInvocation *invocation, gpointer data)
{
    GVariant *answer = NULL;

    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
        if (strcmp(methods[i].name, method) == 0)
            answer = methods[i].answer(data, asked);
    g_dbus_method_invocation_return_value(invocation, answer);
}

/* ---- The desk ------------------------------------------------------------------------------- */

static void choose_path(char path[64])
{
    char *random = g_uuid_string_random();

    g_strdelimit(random, "-", '_');
    g_snprintf(path, 64, "/org/netdisc/%s", random);
    g_free(random);
}

netdisc_status nd_gvfs_desk_open(nd_gvfs_desk *desk, nd_gvfs_talk *talk, const netdisc_share_spec *spec)
{
    static const GDBusInterfaceVTable table = {.method_call = called};
    GError *error = NULL;
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(description, NULL);

    *desk = (nd_gvfs_desk){.talk = talk, .spec = spec};
    desk->pids = g_array_new(FALSE, FALSE, sizeof(gint32));
    choose_path(desk->path);
    desk->registration = g_dbus_connection_register_object(
        talk->connection, desk->path, node->interfaces[0], &table, desk, NULL, &error);
    g_dbus_node_info_unref(node);
    if (desk->registration)
        return NETDISC_NO_ERROR;
    nd_gvfs_fail(talk, error, "no object for GVfs' questions");
    g_error_free(error);
    return NETDISC_ERROR_GEN_FAILURE;
}

GVariant *nd_gvfs_desk_source(const nd_gvfs_desk *desk)
{
    return g_variant_new("(so)", g_dbus_connection_get_unique_name(desk->talk->connection), desk->path);
}

void nd_gvfs_desk_close(nd_gvfs_desk *desk)
{
    if (desk->registration)
        g_dbus_connection_unregister_object(desk->talk->connection, desk->registration);
    g_clear_pointer(&desk->pids, g_array_unref);
    g_clear_pointer(&desk->question, g_free);
}
