/* SPDX-License-Identifier: MIT */
/* Profiles of Wi-Fi networks, built and checked by libnm. What is given back is an a{sa{sv}}. */
#ifndef ND_NM_SETTINGS_H
#define ND_NM_SETTINGS_H

#include "nm.h"

/* False: libnm is not there, and nothing below may be called. */
bool nd_nm_can_build_settings(void);

/* How a network is joined, from the flags of an access point. */
typedef enum nd_nm_security {
    ND_NM_OPEN,
    ND_NM_WEP,
    ND_NM_WPA,
    ND_NM_SAE,       /* that alone: WPA3 */
    ND_NM_ENTERPRISE /* 802.1X: a passphrase is not enough */
} nd_nm_security;

nd_nm_security nd_nm_security_of(uint32_t flags, uint32_t wpa_flags, uint32_t rsn_flags);

/* Whether a passphrase can be the key of such a network; NULL, and only that, can be that of an open
 * one: who gives a key does not want to be on a network of the same name without one. */
bool nd_nm_is_key_for(nd_nm_security security, const char *passphrase);

/* A new profile; NetworkManager completes it from the access point. */
GVariant *nd_nm_new_settings(GBytes *ssid, nd_nm_security security, const char *passphrase);

/* The settings with their secrets put in (a{sa{sv}} likewise); with another key, where they have
 * one. NULL: libnm finds them invalid. */
GVariant *nd_nm_settings_with_secrets(GVariant *settings, GVariant *secrets, GError **error);
GVariant *nd_nm_settings_with_key(GVariant *settings, const char *passphrase, GError **error);

#endif
