/* SPDX-License-Identifier: MIT */
#include "wifi_bus.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MANAGER      "/org/freedesktop"
#define OBJECTS      "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES   "org.freedesktop.DBus.Properties"
#define UNKNOWN      "org.freedesktop.DBus.Error.UnknownMethod"
#define INVALID_ARGS "org.freedesktop.DBus.Error.InvalidArgs"

static GDBusConnection *bus;
static const wifi_method *served;
static GHashTable *objects; /* path -> object */

static _Noreturn void give_up(const GError *error)
{
    g_printerr("wifi_double: %s\n", error->message);
    exit(1);
}

static void send_message(GDBusMessage *message)
{
    g_dbus_connection_send_message(bus, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref(message);
}

static void emit(const char *path, const char *interface, const char *name, GVariant *body)
{
    GDBusMessage *message = g_dbus_message_new_signal(path, interface, name);

    if (body)
        g_dbus_message_set_body(message, body);
    send_message(message);
}

/* ---- Objects -------------------------------------------------------------------------------- */

wifi_object *wifi_object_new(const char *path, void *data)
{
    wifi_object *object = g_new0(wifi_object, 1);

    object->path = g_strdup(path);
    object->data = data;
    object->interfaces =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_hash_table_unref);
    g_hash_table_insert(objects, object->path, object);
    return object;
}

wifi_object *wifi_find_object(const char *path)
{
    return g_hash_table_lookup(objects, path);
}

static GHashTable *properties_of(const wifi_object *object, const char *interface)
{
    GHashTable *properties = g_hash_table_lookup(object->interfaces, interface);

    if (properties)
        return properties;
    properties = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_variant_unref);
    g_hash_table_insert(object->interfaces, (char *)interface, properties);
    return properties;
}

/* As a{sv}. */
static GVariant *all_of(GHashTable *properties)
{
    GVariantBuilder all;
    GHashTableIter iterator;
    void *name;
    void *value;

    g_variant_builder_init(&all, G_VARIANT_TYPE_VARDICT);
    g_hash_table_iter_init(&iterator, properties);
    while (g_hash_table_iter_next(&iterator, &name, &value))
        g_variant_builder_add(&all, "{sv}", name, value);
    return g_variant_builder_end(&all);
}

/* As a{sa{sv}}. */
static GVariant *interfaces_of(const wifi_object *object)
{
    GVariantBuilder all;
    GHashTableIter iterator;
    void *name;
    void *properties;

    g_variant_builder_init(&all, G_VARIANT_TYPE("a{sa{sv}}"));
    g_hash_table_iter_init(&iterator, object->interfaces);
    while (g_hash_table_iter_next(&iterator, &name, &properties))
        g_variant_builder_add(&all, "{s@a{sv}}", name, all_of(properties));
    return g_variant_builder_end(&all);
}

void wifi_announce(wifi_object *object)
{
    object->announced = true;
    emit(MANAGER, OBJECTS, "InterfacesAdded",
         g_variant_new("(o@a{sa{sv}})", object->path, interfaces_of(object)));
}

void wifi_object_free(wifi_object *object)
{
    char **names = (char **)g_hash_table_get_keys_as_array(object->interfaces, NULL);

    g_hash_table_remove(objects, object->path);
    if (object->announced)
        emit(MANAGER, OBJECTS, "InterfacesRemoved", g_variant_new("(o^as)", object->path, names));
    g_free(names);
    g_hash_table_unref(object->interfaces);
    g_free(object->path);
    g_free(object);
}

void wifi_set(wifi_object *object, const char *interface, const char *name, GVariant *value)
{
    GVariantBuilder changed;

    g_variant_ref_sink(value);
    g_hash_table_insert(properties_of(object, interface), (char *)name, value);
    if (!object->announced)
        return;
    g_variant_builder_init(&changed, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&changed, "{sv}", name, value);
    emit(object->path, PROPERTIES, "PropertiesChanged",
         g_variant_new("(sa{sv}as)", interface, &changed, NULL));
}

GVariant *wifi_get(wifi_object *object, const char *interface, const char *name)
{
    GHashTable *properties = g_hash_table_lookup(object->interfaces, interface);

    return properties ? g_hash_table_lookup(properties, name) : NULL;
}

void wifi_signal(const wifi_object *object, const char *interface, const char *name, GVariant *body)
{
    emit(object->path, interface, name, body);
}

/* ---- Answers -------------------------------------------------------------------------------- */

void wifi_reply(wifi_call *call, GVariant *reply)
{
    GDBusMessage *message = g_dbus_message_new_method_reply(call->message);

    if (reply)
        g_dbus_message_set_body(message, reply);
    send_message(message);
}

void wifi_refuse(wifi_call *call, const char *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    send_message(g_dbus_message_new_method_error_valist(call->message, error, format, arguments));
    va_end(arguments);
}

static void get_property(wifi_call *call)
{
    const char *interface;
    const char *name;
    GVariant *value;

    g_variant_get(call->arguments, "(&s&s)", &interface, &name);
    value = wifi_get(call->object, interface, name);
    if (value)
        wifi_reply(call, g_variant_new("(v)", value));
    else
        wifi_refuse(call, INVALID_ARGS, "No such property “%s”", name);
}

static void get_all_properties(wifi_call *call)
{
    const wifi_object *object = call->object;
    const char *interface;
    GHashTable *properties;

    g_variant_get(call->arguments, "(&s)", &interface);
    properties = g_hash_table_lookup(call->object->interfaces, interface);
    if (properties)
        wifi_reply(call, g_variant_new("(@a{sv})", all_of(properties)));
    else
        wifi_refuse(call, INVALID_ARGS, "No such interface “%s”", interface);
    if (object->when_read)
        object->when_read(object->data);
}

static void get_objects(wifi_call *call)
{
    GVariantBuilder all;
    GHashTableIter iterator;
    void *value;

    g_variant_builder_init(&all, G_VARIANT_TYPE("a{oa{sa{sv}}}"));
    g_hash_table_iter_init(&iterator, objects);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const wifi_object *object = value;

        if (object->announced)
            g_variant_builder_add(&all, "{o@a{sa{sv}}}", object->path, interfaces_of(object));
    }
    wifi_reply(call, g_variant_new("(a{oa{sa{sv}}})", &all));
}

/* ---- Calls ---------------------------------------------------------------------------------- */

static const wifi_method every_object_serves[] = {
    {PROPERTIES, "Get", "(ss)", get_property},
    {PROPERTIES, "GetAll", "(s)", get_all_properties},
    {OBJECTS, "GetManagedObjects", "()", get_objects},
    {0},
};

static const wifi_method *find_method(const wifi_method *methods, const char *interface,
                                      const char *name)
{
    for (; methods->name; methods++)
        if (g_strcmp0(methods->interface, interface) == 0 && strcmp(methods->name, name) == 0)
            return methods;
    return NULL;
}

static void serve(wifi_call *call)
{
    const char *interface = g_dbus_message_get_interface(call->message);
    const char *name = g_dbus_message_get_member(call->message);
    const wifi_method *method = find_method(served, interface, name);

    if (!method)
        method = find_method(every_object_serves, interface, name);
    if (!call->object)
        wifi_refuse(call, UNKNOWN, "Object does not exist at path “%s”",
                    g_dbus_message_get_path(call->message));
    else if (!method)
        wifi_refuse(call, UNKNOWN, "No such method “%s”", name);
    else if (!g_variant_is_of_type(call->arguments, G_VARIANT_TYPE(method->arguments)))
        wifi_refuse(call, INVALID_ARGS, "Type of message, “%s”, does not match expected type “%s”",
                    g_variant_get_type_string(call->arguments), method->arguments);
    else
        method->act(call);
}

static gboolean on_call(void *message)
{
    GVariant *body = g_dbus_message_get_body(message);
    wifi_call call = {
        .message = message,
        .object = wifi_find_object(g_dbus_message_get_path(message)),
        .arguments = body ? g_variant_ref(body) : g_variant_ref_sink(g_variant_new("()")),
    };

    serve(&call);
    g_variant_unref(call.arguments);
    return G_SOURCE_REMOVE;
}

/* On GDBus's thread. */
static GDBusMessage *on_message(GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                                void *data)
{
    (void)connection;
    (void)data;
    if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    g_main_context_invoke_full(NULL, G_PRIORITY_DEFAULT, on_call, message, g_object_unref);
    return NULL;
}

void wifi_bus_connect(const wifi_method *methods)
{
    GError *error = NULL;
    wifi_object *root;

    served = methods;
    objects = g_hash_table_new(g_str_hash, g_str_equal);
    bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
    if (!bus)
        give_up(error);
    g_dbus_connection_add_filter(bus, on_message, NULL, NULL);
    root = wifi_object_new(MANAGER, NULL);
    properties_of(root, OBJECTS);
}

void wifi_bus_own(const char *name)
{
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_sync(
        bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
        g_variant_new("(su)", name, 0), G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

    if (!reply)
        give_up(error);
    g_variant_unref(reply);
}
