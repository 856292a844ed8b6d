/* SPDX-License-Identifier: MIT */
/*
 * Looking for things: questions to NetworkManager whose answers are collected in the task's data. Each
 * function begins a search, in place of what the task had as data; nd_nm_then() follows. What the
 * answers are is in the struct; tables may be taken from it with g_steal_pointer().
 */
#ifndef ND_NM_SEARCH_H
#define ND_NM_SEARCH_H

#include "objects.h"
#include "settings.h"

/* connections.c */
typedef struct nd_nm_connection_search {
    GPtrArray *actives;     /* nd_nm_active */
    GHashTable *profiles;   /* path -> nd_nm_profile */
    GHashTable *interfaces; /* device path -> its name, "" where it has none */
} nd_nm_connection_search;

/* What is active, and every profile; one profile, by its path or its UUID; every profile. */
void nd_nm_search_connections(nd_nm_task *task);
void nd_nm_search_profile(nd_nm_task *task, const char *path);
void nd_nm_search_profile_by_uuid(nd_nm_task *task, const char *uuid);
void nd_nm_search_profiles(nd_nm_task *task);

/* devices.c. Wi-Fi devices come with their access point; a device that vanishes has no uuid. */
typedef struct nd_nm_device_search {
    GHashTable *devices; /* path -> nd_nm_device */
} nd_nm_device_search;

void nd_nm_search_devices(nd_nm_task *task);
void nd_nm_search_device(nd_nm_task *task, const char *path);

/* network.c. Goes on with `found`, where best.path is NULL if the network is not in reach. */
typedef struct nd_nm_access_point {
    char *path;
    nd_nm_security security;
    bool fits; /* the key that was given */
    unsigned char strength;
} nd_nm_access_point;

typedef struct nd_nm_network_search {
    nd_nm_access_point best;
    nd_nm *nm;
    char *device;
    GBytes *ssid;
    const char *passphrase; /* the call's */
    nd_nm_step found;
    unsigned scans;
    bool scanning;
} nd_nm_network_search;

void nd_nm_search_network(nd_nm_task *task, const char *device, GBytes *ssid, const char *passphrase,
                          nd_nm_step found);

/* Adds the Wi-Fi device as it is now, and answers. */
void nd_nm_answer_with_wlan(nd_nm_task *task, const char *path);

#endif
