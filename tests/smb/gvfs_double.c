/* SPDX-License-Identifier: MIT */
/*
 * In gvfsd's place on the session bus: for what the real one cannot be made to say. Its one argument is
 * how it behaves; it prints a line once it has the name.
 */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOUNT_TYPE "(sossssssbay(aya{sv})ay)"

static const char description[] =
    "<node><interface name='org.gtk.vfs.MountTracker'>"
    "<method name='ListMounts2'><arg type='b'/><arg type='a" MOUNT_TYPE "' direction='out'/></method>"
    "<method name='MountLocation'><arg type='(aya{sv})'/><arg type='(so)'/></method></interface>"
    "<interface name='org.gtk.vfs.Mount'>"
    "<method name='Unmount'><arg type='s'/><arg type='o'/><arg type='u'/></method></interface></node>";

static GDBusConnection *bus;
static const char *mode;

static gboolean is(const char *what)
{
    return strcmp(mode, what) == 0;
}

/* ---- Listing -------------------------------------------------------------------------------- */

static void add_mount(GVariantBuilder *all, const char *object, const char *type, const char *server,
                      const char *share)
{
    GVariantBuilder spec;

    g_variant_builder_init(&spec, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&spec, "{sv}", "type", g_variant_new_bytestring(type));
    if (server)
        g_variant_builder_add(&spec, "{sv}", "server", g_variant_new_bytestring(server));
    if (share)
        g_variant_builder_add(&spec, "{sv}", "share", g_variant_new_bytestring(share));
    g_variant_builder_add(&spec, "{sv}", "user", g_variant_new_uint32(7));
    g_variant_builder_add(all, "(sossssssb@ay(@aya{sv})@ay)", g_dbus_connection_get_unique_name(bus),
                          object, "a mount", "", "", "", "", "", TRUE,
                          g_variant_new_bytestring("/nowhere/\xff"), g_variant_new_bytestring("/"),
                          &spec, g_variant_new_bytestring("/"));
}

static GVariant *list(void)
{
    GVariantBuilder all;

    g_variant_builder_init(&all, G_VARIANT_TYPE("a" MOUNT_TYPE));
    add_mount(&all, "/mount/good", "smb-share", "server", "good");
    if (is("odd")) {
        add_mount(&all, "/mount/other", "sftp", "server", "share");
        add_mount(&all, "/mount/server", "smb-share", NULL, "share");
        add_mount(&all, "/mount/share", "smb-share", "server", "");
        add_mount(&all, "/mount/control", "smb-share", "ser\nver", "share");
        add_mount(&all, "/mount/bytes", "smb-share", "server", "\xff\xfe");
        add_mount(&all, "/mount/six", "smb-share", "::1", "six");
    }
    return g_variant_new("(a" MOUNT_TYPE ")", &all);
}

/* ---- Questions ------------------------------------------------------------------------------ */

static void fail(GDBusMethodInvocation *invocation, int code, const char *text)
{
    g_dbus_method_invocation_return_error_literal(invocation, G_IO_ERROR, code, text);
}

static void was_answered(GObject *source, GAsyncResult *result, gpointer data)
{
    GDBusMethodInvocation *invocation = data;
    GVariant *answer = g_dbus_connection_call_finish(bus, result, NULL);
    char *text = answer ? g_variant_print(answer, FALSE) : NULL;

    (void)source;
    fail(invocation, is("password") ? G_IO_ERROR_FAILED : G_IO_ERROR_FAILED_HANDLED,
         text ? text : "no answer");
    g_free(text);
    g_clear_pointer(&answer, g_variant_unref);
}

static void ask(GDBusMethodInvocation *invocation, const char *name, const char *path,
                const char *method, GVariant *arguments)
{
    g_dbus_connection_call(bus, name, path, "org.gtk.vfs.MountOperation", method, arguments, NULL,
                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, was_answered, invocation);
}

static void unmount(GDBusMethodInvocation *invocation, GVariant *arguments)
{
    static const char *const choices[] = {"Unmount anyway", "Cancel", NULL};
    const char *name;
    const char *path;
    gint32 pids[] = {1, getppid()};

    g_variant_get(arguments, "(&s&ou)", &name, &path, NULL);
    if (is("processes"))
        ask(invocation, name, path, "ShowProcesses",
            g_variant_new("(s^as@ai)", "busy", choices,
                          g_variant_new_fixed_array(G_VARIANT_TYPE_INT32, pids, 2, sizeof *pids)));
    else if (is("question"))
        ask(invocation, name, path, "AskQuestion", g_variant_new("(s^as)", "Really?", choices));
    else if (is("busy"))
        fail(invocation, G_IO_ERROR_BUSY, "File system is busy");
    else if (is("denied"))
        fail(invocation, G_IO_ERROR_PERMISSION_DENIED, "Not yours");
    else
        g_dbus_method_invocation_return_value(invocation, NULL); /* and lists it all the same */
}

static void mount(GDBusMethodInvocation *invocation, GVariant *arguments)
{
    guint32 flags = is("password") ? 31 : 1;
    const char *name;
    const char *path;

    g_variant_get(arguments, "(@(aya{sv})(&s&o))", NULL, &name, &path);
    ask(invocation, name, path, "AskPassword",
        g_variant_new("(sssu)", "Password?", "me", "HERE", flags));
}

static void called(GDBusConnection *connection, const char *sender, const char *path,
                   const char *interface, const char *method, GVariant *arguments,
                   GDBusMethodInvocation *invocation, gpointer data)
{
    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    (void)data;
    if (strcmp(method, "Unmount") == 0)
        unmount(invocation, arguments);
    else if (strcmp(method, "MountLocation") == 0)
        mount(invocation, arguments);
    else
        g_dbus_method_invocation_return_value(invocation, list());
}

/* GLib would not let an answer of another shape through, so it goes past it. */
static GDBusMessage *answer_in_another_shape(GDBusConnection *connection, GDBusMessage *message,
                                             gboolean incoming, gpointer data)
{
    GDBusMessage *reply;

    (void)data;
    if (!incoming || g_strcmp0(g_dbus_message_get_member(message), "ListMounts2") != 0)
        return message;
    reply = g_dbus_message_new_method_reply(message);
    g_dbus_message_set_body(reply, g_variant_new("(su)", "mounts", 7));
    g_dbus_connection_send_message(connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref(reply);
    g_object_unref(message);
    return NULL;
}

static void got_name(GDBusConnection *connection, const char *name, gpointer data)
{
    (void)connection;
    (void)data;
    printf("%s\n", name);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const GDBusInterfaceVTable table = {.method_call = called};
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(description, NULL);

    if (argc != 2)
        return 1;
    mode = argv[1];
    bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    if (!bus)
        return 1;
    if (is("shape"))
        g_dbus_connection_add_filter(bus, answer_in_another_shape, NULL, NULL);
    g_dbus_connection_register_object(bus, "/org/gtk/vfs/mounttracker", node->interfaces[0], &table,
                                      NULL, NULL, NULL);
    g_dbus_connection_register_object(bus, "/mount/good", node->interfaces[1], &table, NULL, NULL, NULL);
    g_bus_own_name_on_connection(bus, "org.gtk.vfs.Daemon", G_BUS_NAME_OWNER_FLAGS_NONE, got_name, NULL,
                                 NULL, NULL);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}
