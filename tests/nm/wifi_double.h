/* SPDX-License-Identifier: MIT */
/*
 * A double of NetworkManager for Wi-Fi, for tests where there is no hardware: it says on the bus what
 * NetworkManager 1.42 was recorded to say, in the same order, sooner.
 *
 *   wifi_bus.c       objects, properties and methods on the bus
 *   wifi_air.c       the networks there are, access points, scans
 *   wifi_profiles.c  settings
 *   wifi_devices.c   devices, activations, and the states they go through
 *   wifi_double.c    the manager, and the tests' own requests
 *
 * What happens follows from which network is asked for with which key.
 */
#ifndef WIFI_DOUBLE_H
#define WIFI_DOUBLE_H

#include "wifi_bus.h"

#define NM         "org.freedesktop.NetworkManager"
#define DEVICE     NM ".Device"
#define WIRELESS   DEVICE ".Wireless"
#define ACTIVE     NM ".Connection.Active"
#define AP         NM ".AccessPoint"
#define SETTINGS   NM ".Settings"
#define CONNECTION SETTINGS ".Connection"
#define ROOT       "/org/freedesktop/NetworkManager"
#define NO_PATH    "/"

#define WIFI     "802-11-wireless"
#define SECURITY "802-11-wireless-security"

/* NetworkManager's numbers. */
enum { TYPE_ETHERNET = 1, TYPE_WIFI = 2, TYPE_WIFI_P2P = 30 };
enum {
    UNMANAGED = 10,
    UNAVAILABLE = 20,
    DISCONNECTED = 30,
    PREPARE = 40,
    CONFIG = 50,
    NEED_AUTH = 60,
    IP_CONFIG = 70,
    IP_CHECK = 80,
    SECONDARIES = 90,
    ACTIVATED = 100,
    DEACTIVATING = 110,
    FAILED = 120
};

typedef struct wifi_network wifi_network;
typedef struct wifi_access_point wifi_access_point;
typedef struct wifi_profile wifi_profile;
typedef struct wifi_active wifi_active;
typedef struct wifi_device wifi_device;
typedef struct wifi_step wifi_step;

/* ---- wifi_air.c ----------------------------------------------------------------------------- */

/* What is odd about a network. */
enum {
    HIDDEN = 0x01,    /* does not say its name until it is called by it */
    DISTANT = 0x02,   /* found only by a scan that is asked for */
    FLEETING = 0x04,  /* gone as soon as it is to be used */
    ENDLESS = 0x08,   /* connecting to it does not come to an end */
    CLINGING = 0x10,  /* disconnecting from it does not */
    AGENT_ASKS = 0x20 /* somebody is asked for its key when it is wrong */
};

struct wifi_network {
    const char *ssid;
    const char *address;
    const char *key; /* NULL: open */
    guint32 flags;
    guint32 wpa;
    guint32 rsn;
    guint8 strength;
    unsigned oddity;
    bool away;
};

struct wifi_access_point {
    wifi_object *object;
    wifi_network *network; /* NULL: none is in reach, NetworkManager only imagines one */
};

wifi_network *network_of(const char *ssid);

/* As NetworkManager sees it on its own; then LastScan. */
void look_around(wifi_device *device);
void lose_sight(wifi_device *device);
/* That of a path; the strongest that suits a profile; NULL for none. */
wifi_access_point *access_point_at(const wifi_device *device, const char *path);
wifi_access_point *access_point_for(const wifi_device *device, const wifi_profile *profile);
wifi_access_point *access_point_imagine(wifi_device *device, GBytes *ssid);
wifi_access_point *access_point_found(wifi_device *device, wifi_network *network);
void access_point_remove(wifi_device *device, wifi_access_point *self);
/* Every access point of a network goes, or comes back. */
void network_leave(wifi_network *self);
void network_return(wifi_network *self);

void air_request_scan(wifi_call *call);
void air_get_access_points(wifi_call *call);
/* NetworkManager scans of its own accord; who asks for a scan while that lasts gets no other. */
void air_begin_scan(wifi_device *device, GVariant *names);

/* ---- wifi_profiles.c ------------------------------------------------------------------------ */

struct wifi_profile {
    wifi_object *object;
    GVariant *settings; /* without secrets */
    char *id;
    char *uuid;
    char *type;
    char *interface; /* NULL: any */
    GBytes *ssid;    /* NULL: not for Wi-Fi */
    char *key;
    bool secured;
    bool autoconnect;
    bool fleeting; /* "volatile": goes with its activation */
    bool blocked;  /* does not come up by itself again */
};

void profiles_open(void);
GPtrArray *profiles(void);
/* `settings` with a value in a section, which is made if need be. Floating. */
GVariant *settings_with(GVariant *settings, const char *section, const char *key, GVariant *value);
GVariant *settings_get(GVariant *settings, const char *section, const char *key, const char *type);
wifi_profile *profile_add(GVariant *settings, bool fleeting);
void profile_remove(wifi_profile *self);
bool profile_fits(const wifi_profile *self, const wifi_device *device);

void settings_list(wifi_call *call);
void settings_by_uuid(wifi_call *call);
void settings_add(wifi_call *call);
void profile_get_settings(wifi_call *call);
void profile_get_secrets(wifi_call *call);
void profile_update(wifi_call *call);
void profile_save(wifi_call *call);
void profile_delete(wifi_call *call);

/* ---- wifi_devices.c ------------------------------------------------------------------------- */

struct wifi_active {
    wifi_object *object;
    wifi_profile *profile; /* NULL: deleted since */
    wifi_device *device;
    bool begun;
    bool chosen; /* by someone, not by NetworkManager itself */
};

struct wifi_device {
    wifi_object *object;
    char *name;
    char *address; /* that it keeps */
    guint32 type;
    guint32 state;
    GPtrArray *access_points;
    wifi_access_point *at; /* in use */
    wifi_active *active;
    wifi_active *next; /* to follow the one that is ending */
    const wifi_step *script;
    guint timer;
    guint scan;           /* that is under way */
    GVariant *scan_names; /* what it calls out */
};

GPtrArray *devices(void);
wifi_device *device_named(const char *name);
void devices_open(void);
void device_add_ethernet(const char *name);
/* Until it is disconnected, it is not yet to be used. */
void device_plug_in(const char *name, const char *address);
void device_unplug(wifi_device *self);
/* It fails, and is gone when someone begins to read why. */
void device_unplug_when_read(wifi_device *self);
void device_set_radio(wifi_device *self, bool on);
/* Its access point is gone. */
void device_lose_link(wifi_device *self);
/* What may come up without being asked for does. */
void devices_connect_by_themselves(void);

/* Takes the place of what is active on the device. The caller answers between the two. `at` may be
 * NO_PATH. */
wifi_active *activation_new(wifi_profile *profile, wifi_device *device, const char *at, bool chosen);
void activation_begin(wifi_active *self);
wifi_active *active_of(const wifi_profile *profile);
wifi_active *active_at(const char *path);
void active_deactivate(wifi_active *self);
void active_orphaned(wifi_active *self);

void device_disconnect(wifi_call *call);

/* ---- wifi_double.c -------------------------------------------------------------------------- */

wifi_object *manager(void);
/* NetworkManager uses iwd in place of wpa_supplicant. */
bool has_iwd(void);
/* Notes that a method that changes something was called. */
void note_call(const char *name);

#endif
