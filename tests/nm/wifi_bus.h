/* SPDX-License-Identifier: MIT */
/*
 * Objects with properties on a bus, as NetworkManager has them: ObjectManager, Properties, signals.
 * For one thread, which runs the default main context. What is sent leaves in the order in which it is
 * made.
 */
#ifndef WIFI_BUS_H
#define WIFI_BUS_H

#include <gio/gio.h>
#include <stdbool.h>

typedef struct wifi_object wifi_object;

struct wifi_object {
    char *path;
    void *data; /* whose it is */
    bool announced;
    void (*when_read)(void *data); /* after its properties were asked for; may free it */
    GHashTable *interfaces;        /* name -> (property -> value) */
};

/* `data` is the owner's; it is announced by wifi_announce(), once its properties are there. */
wifi_object *wifi_object_new(const char *path, void *data);
void wifi_announce(wifi_object *object);
/* Withdraws and frees it. */
void wifi_object_free(wifi_object *object);
wifi_object *wifi_find_object(const char *path);

/* Sets a property, and says so where the object is announced. `interface` and `name` live for ever. */
void wifi_set(wifi_object *object, const char *interface, const char *name, GVariant *value);
GVariant *wifi_get(wifi_object *object, const char *interface, const char *name);
void wifi_signal(const wifi_object *object, const char *interface, const char *name, GVariant *body);

/* A method that was called, until it is answered. */
typedef struct wifi_call {
    GDBusMessage *message;
    wifi_object *object;
    GVariant *arguments;
} wifi_call;

typedef struct wifi_method {
    const char *interface;
    const char *name;
    const char *arguments; /* their type */
    void (*act)(wifi_call *call);
} wifi_method;

/* A call is answered once, before its method returns. `reply` is a tuple, or NULL. */
void wifi_reply(wifi_call *call, GVariant *reply);
void wifi_refuse(wifi_call *call, const char *error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Connects to the system bus, and serves these methods; the last one has no name. */
void wifi_bus_connect(const wifi_method *methods);
void wifi_bus_own(const char *name);

#endif
