/* SPDX-License-Identifier: MIT */
/* NetworkManager's objects: what it says of each as a struct, and that as an item. A string is NULL
 * where there is none. `seen` is how many signals had been heard when it was read: earlier ones are
 * old news. */
#ifndef ND_NM_OBJECTS_H
#define ND_NM_OBJECTS_H

#include "nm.h"

/* A profile that is active somewhere. */
typedef struct nd_nm_active {
    uint64_t seen;
    char *path;
    char *profile; /* its path in the settings */
    char *name;
    char *uuid;
    char *type;
    char *device; /* the first, by its path */
    uint32_t state;
    uint32_t reason; /* NMActiveConnectionStateReason of that; 0: not known */
    bool external;
    bool vpn;
} nd_nm_active;

typedef struct nd_nm_profile {
    uint64_t seen;
    char *path;
    char *name;
    char *uuid;
    char *type;
    char *interface; /* the only one that it is for */
    GBytes *ssid;
    uint64_t last_used; /* seconds; 0: never */
    bool takes_key;     /* a passphrase, where it is of a Wi-Fi network */
    bool autoconnect;
    bool deleted; /* while it is active */
} nd_nm_profile;

typedef struct nd_nm_device {
    uint64_t seen;
    char *path;
    char *interface;
    char *driver;
    char *active;
    uint32_t type;
    uint32_t state;
    const struct nd_nm_reason *why; /* of the state; NULL: none was given */
    /* Of a Wi-Fi device only. */
    char *uuid; /* NULL also for one that is too new to be named */
    char *access_point;
    GBytes *ssid;
    char *bssid;
    char *profile; /* the name of that in use */
    int32_t signal;
} nd_nm_device;

/* From the object's properties, a{sv}. NULL: it is too odd to be used. */
nd_nm_active *nd_nm_active_new(const char *path, GVariant *properties);
void nd_nm_active_free(nd_nm_active *active);

/* From what GetSettings gives, a{sa{sv}}. NULL as above. */
nd_nm_profile *nd_nm_profile_new(const char *path, GVariant *settings);
void nd_nm_profile_free(nd_nm_profile *profile);

nd_nm_device *nd_nm_device_new(const char *path, GVariant *properties);
void nd_nm_device_free(nd_nm_device *device);
/* What its Wireless interface adds, and the access point's properties. */
void nd_nm_device_add_wireless(nd_nm_device *device, GVariant *properties);
void nd_nm_device_add_access_point(nd_nm_device *device, GVariant *properties);
/* What it had of a network, it has no more. */
void nd_nm_device_clear_link(nd_nm_device *device);

bool nd_nm_device_is_wifi(const nd_nm_device *device);

/* A string, an object's path, of a dictionary; "" and "/" count as none. To be freed. */
char *nd_nm_lookup_string(GVariant *dictionary, const char *key);
char *nd_nm_lookup_path(GVariant *dictionary, const char *key);
/* 0 where there is none. */
uint32_t nd_nm_lookup_number(GVariant *dictionary, const char *key);
GBytes *nd_nm_lookup_bytes(GVariant *dictionary, const char *key);

netdisc_state nd_nm_active_state(uint32_t state);
netdisc_state nd_nm_device_state(uint32_t state);

/*
 * The identity of an item: the NetworkManager that it is of, by its unique name, the path of the
 * profile or device, and that of its activation, "/" if there is none. So who acts on an item need not
 * ask what it is, a successor is another item, and no path is mistaken for one of another
 * NetworkManager.
 */
typedef struct nd_nm_key_parts {
    char *owner;
    char *object;
    char *active;
} nd_nm_key_parts;
nd_nm_key_parts nd_nm_split_key(const char *key);
void nd_nm_key_clear(nd_nm_key_parts *key);

/* Adds an item; gives it to `use`. `active` or `profile` may be NULL, `interface` too. */
typedef void (*nd_nm_use)(void *data, const nd_item *item);
void nd_nm_connection_item(const nd_nm *nm, const nd_nm_active *active, const nd_nm_profile *profile,
                           const char *interface, nd_nm_use use, void *data);
void nd_nm_wlan_item(const nd_nm *nm, const nd_nm_device *device, nd_nm_use use, void *data);
/* A nd_nm_use that adds to the answer of the call `data`. */
void nd_nm_add_to_call(void *data, const nd_item *item);

/* uuid.c: the version-5 UUID of a hardware address, for a device has no other GUID. To be freed. */
char *nd_nm_uuid_of_address(const char *hardware_address);

#endif
