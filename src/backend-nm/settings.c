/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <dlfcn.h>
#include <string.h>

/* ---- libnm ---------------------------------------------------------------------------------- */

/* Opened when a profile is to be built, and never closed: it and what it brings along take longer to
 * load than all else that a disconnect does before NetworkManager is asked. */
#define LIBNM "libnm.so.0"

#define LIBNM_FUNCTIONS(XX)                                                                             \
    XX(nm_connection_add_setting)                                                                       \
    XX(nm_connection_get_setting_wireless_security)                                                     \
    XX(nm_connection_to_dbus)                                                                           \
    XX(nm_connection_update_secrets)                                                                    \
    XX(nm_connection_verify)                                                                            \
    XX(nm_connection_verify_secrets)                                                                    \
    XX(nm_setting_wireless_new)                                                                         \
    XX(nm_setting_wireless_security_get_key_mgmt)                                                       \
    XX(nm_setting_wireless_security_get_wep_tx_keyidx)                                                  \
    XX(nm_setting_wireless_security_new)                                                                \
    XX(nm_setting_wireless_security_set_wep_key)                                                        \
    XX(nm_simple_connection_new)                                                                        \
    XX(nm_simple_connection_new_from_dbus)                                                              \
    XX(nm_utils_wep_key_valid)                                                                          \
    XX(nm_utils_wpa_psk_valid)

static struct {
    bool usable;
#define FUNCTION(name) __typeof__(name) *name;
    LIBNM_FUNCTIONS(FUNCTION)
#undef FUNCTION
} libnm;

static void open_libnm(void)
{
    void *library = dlopen(LIBNM, RTLD_NOW | RTLD_LOCAL);

    libnm.usable = library != NULL;
#define FUNCTION(name)                                                                                  \
    if (libnm.usable)                                                                                   \
        libnm.usable = (*(void **)&libnm.name = dlsym(library, #name)) != NULL;
    LIBNM_FUNCTIONS(FUNCTION)
#undef FUNCTION
}

bool nd_nm_can_build_settings(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, open_libnm);
    return libnm.usable;
}

/* ---- Which key a network takes -------------------------------------------------------------- */

nd_nm_security nd_nm_security_of(uint32_t flags, uint32_t wpa_flags, uint32_t rsn_flags)
{
    uint32_t how = wpa_flags | rsn_flags;

    if (how & NM_802_11_AP_SEC_KEY_MGMT_PSK)
        return ND_NM_WPA;
    if (how & NM_802_11_AP_SEC_KEY_MGMT_SAE)
        return ND_NM_SAE;
    if (how & (NM_802_11_AP_SEC_KEY_MGMT_802_1X | NM_802_11_AP_SEC_KEY_MGMT_EAP_SUITE_B_192))
        return ND_NM_ENTERPRISE;
    /* What is left is encrypted without a key (OWE), or not at all. */
    return !how && flags & NM_802_11_AP_FLAGS_PRIVACY ? ND_NM_WEP : ND_NM_OPEN;
}

bool nd_nm_is_key_for(nd_nm_security security, const char *passphrase)
{
    switch (security) {
    case ND_NM_OPEN:
        return !passphrase;
    case ND_NM_WEP:
        return passphrase && libnm.nm_utils_wep_key_valid(passphrase, NM_WEP_KEY_TYPE_UNKNOWN);
    case ND_NM_WPA:
        return passphrase && libnm.nm_utils_wpa_psk_valid(passphrase);
    case ND_NM_SAE:
        return passphrase && *passphrase;
    default:
        return false;
    }
}

/* ---- New profiles --------------------------------------------------------------------------- */

static void add_key(NMConnection *connection, nd_nm_security security, const char *passphrase)
{
    NMSettingWirelessSecurity *setting =
        (NMSettingWirelessSecurity *)libnm.nm_setting_wireless_security_new();

    if (security == ND_NM_WEP)
        libnm.nm_setting_wireless_security_set_wep_key(setting, 0, passphrase);
    else
        g_object_set(setting, NM_SETTING_WIRELESS_SECURITY_PSK, passphrase, NULL);
    libnm.nm_connection_add_setting(connection, (NMSetting *)setting);
}

static GVariant *to_variant(NMConnection *connection)
{
    return g_variant_ref_sink(libnm.nm_connection_to_dbus(connection, NM_CONNECTION_SERIALIZE_ALL));
}

GVariant *nd_nm_new_settings(GBytes *ssid, nd_nm_security security, const char *passphrase)
{
    NMConnection *connection = libnm.nm_simple_connection_new();
    NMSetting *wireless = libnm.nm_setting_wireless_new();

    g_object_set(wireless, NM_SETTING_WIRELESS_SSID, ssid, NULL);
    libnm.nm_connection_add_setting(connection, wireless);
    if (security != ND_NM_OPEN)
        add_key(connection, security, passphrase);

    GVariant *settings = to_variant(connection);

    g_object_unref(connection);
    return settings;
}

/* ---- Known profiles ------------------------------------------------------------------------- */

GVariant *nd_nm_settings_with_secrets(GVariant *settings, GVariant *secrets, GError **error)
{
    NMConnection *connection = libnm.nm_simple_connection_new_from_dbus(settings, error);
    GVariant *whole = NULL;

    if (!connection)
        return NULL;
    if (libnm.nm_connection_update_secrets(connection, NULL, secrets, error))
        whole = to_variant(connection);
    g_object_unref(connection);
    return whole;
}

/* As the profile wants its key: for WEP its first one. */
static void replace_key(NMSettingWirelessSecurity *security, const char *passphrase)
{
    if (g_strcmp0(libnm.nm_setting_wireless_security_get_key_mgmt(security), "none") == 0)
        libnm.nm_setting_wireless_security_set_wep_key(
            security, libnm.nm_setting_wireless_security_get_wep_tx_keyidx(security), passphrase);
    else
        g_object_set(security, NM_SETTING_WIRELESS_SECURITY_PSK, passphrase,
                     NM_SETTING_WIRELESS_SECURITY_PSK_FLAGS, NM_SETTING_SECRET_FLAG_NONE, NULL);
}

GVariant *nd_nm_settings_with_key(GVariant *settings, const char *passphrase, GError **error)
{
    NMConnection *connection = libnm.nm_simple_connection_new_from_dbus(settings, error);
    NMSettingWirelessSecurity *security;
    GVariant *changed = NULL;

    if (!connection)
        return NULL;
    security = libnm.nm_connection_get_setting_wireless_security(connection);
    if (!security) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it takes no key any more");
        g_object_unref(connection);
        return NULL;
    }
    replace_key(security, passphrase);
    if (libnm.nm_connection_verify(connection, error) &&
        libnm.nm_connection_verify_secrets(connection, error))
        changed = to_variant(connection);
    g_object_unref(connection);
    return changed;
}
