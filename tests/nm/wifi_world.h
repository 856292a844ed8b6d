/* SPDX-License-Identifier: MIT */
/* The world with a double of NetworkManager that has Wi-Fi devices, in place of the real one. */
#ifndef WIFI_WORLD_H
#define WIFI_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "world.h"

/* The networks of wifi_air.c have this key where they have one. */
#define WIFI_KEY "labsecret123"

#define WIFI_ADDRESS       "02:00:00:00:0A:00"
#define WIFI_OTHER_ADDRESS "02:00:00:00:0B:00"

/* Setup functions of cmocka's: begins anew with wlan0 and eth0, all disconnected; or with wlan1, too. */
int wifi_reset(void **state);
int wifi_reset_two(void **state);
void wifi_end(void);

typedef struct wifi_profile {
    const char *name;
    const char *uuid;
    const char *ssid;
    const char *key;    /* NULL: for an open network */
    const char *device; /* NULL: any */
    bool autoconnect;
} wifi_profile;

void wifi_add(const wifi_profile *profile);
/* The usual: for `labnet`, not coming up by itself. */
void wifi_add_lab(const char *uuid);
bool wifi_has_profile(const char *name);
size_t wifi_profile_count(void);
/* That is stored; "" for none. Valid until the next call. */
const char *wifi_key_of(const char *uuid);

/* How often a method that changes something was called, since wifi_forget_calls(). */
size_t wifi_calls(const char *method);
void wifi_forget_calls(void);

/* What happens outside: see wifi_double.c. */
void wifi_tell(const char *method, const char *argument);
void wifi_plug_in(const char *device, const char *address);
void wifi_set_radio(bool on);

/* Gives NetworkManager the time that it takes to do something of its own accord. */
void wifi_let_time_pass(void);

#endif
