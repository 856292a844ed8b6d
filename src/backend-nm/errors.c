/* SPDX-License-Identifier: MIT */
#include "errors.h"

#include <string.h>

#include <gio/gio.h>

#define BUS "org.freedesktop.NetworkManager."

/* clang-format off */

/*
 * Domains are known by their text, so that nothing here needs libnm. Those without a D-Bus name are
 * libnm's alone. The last two of SETTINGS are since NetworkManager 1.44.
 */
static const nd_nm_error_row ROWS[] = {
#define AGENT(code, enumerator, name, status) \
    {"nm-agent-manager-error-quark", code, "NM_AGENT_MANAGER_ERROR_" #enumerator, \
     BUS "AgentManager." #name, NETDISC_##status}
    AGENT(0, FAILED, Failed, ERROR_GEN_FAILURE),
    AGENT(1, PERMISSION_DENIED, PermissionDenied, ERROR_ACCESS_DENIED),
    AGENT(2, INVALID_IDENTIFIER, InvalidIdentifier, ERROR_INVALID_PARAMETER),
    AGENT(3, NOT_REGISTERED, NotRegistered, ERROR_NOT_FOUND),
    AGENT(4, NO_SECRETS, NoSecrets, ERROR_LOGON_FAILURE),
    AGENT(5, USER_CANCELED, UserCanceled, ERROR_CANCELLED),
#undef AGENT

#define CLIENT(code, enumerator, status) \
    {"nm-client-error-quark", code, "NM_CLIENT_ERROR_" #enumerator, NULL, NETDISC_##status}
    CLIENT(0, FAILED, ERROR_GEN_FAILURE),
    CLIENT(1, MANAGER_NOT_RUNNING, ERROR_SERVICE_NOT_ACTIVE),
    CLIENT(2, OBJECT_CREATION_FAILED, ERROR_NOT_FOUND),
#undef CLIENT

#define CONNECTION(code, enumerator, name, status) \
    {"nm-connection-error-quark", code, "NM_CONNECTION_ERROR_" #enumerator, \
     BUS "Settings.Connection." #name, NETDISC_##status}
    CONNECTION(0, FAILED, Failed, ERROR_GEN_FAILURE),
    CONNECTION(1, SETTING_NOT_FOUND, SettingNotFound, ERROR_NOT_FOUND),
    CONNECTION(2, PROPERTY_NOT_FOUND, PropertyNotFound, ERROR_NOT_FOUND),
    CONNECTION(3, PROPERTY_NOT_SECRET, PropertyNotSecret, ERROR_INVALID_PARAMETER),
    CONNECTION(4, MISSING_SETTING, MissingSetting, ERROR_INVALID_DATA),
    CONNECTION(5, INVALID_SETTING, InvalidSetting, ERROR_INVALID_DATA),
    CONNECTION(6, MISSING_PROPERTY, MissingProperty, ERROR_INVALID_DATA),
    CONNECTION(7, INVALID_PROPERTY, InvalidProperty, ERROR_INVALID_DATA),
#undef CONNECTION

#define CRYPTO(code, enumerator, status) \
    {"nm-crypto-error-quark", code, "NM_CRYPTO_ERROR_" #enumerator, NULL, NETDISC_##status}
    CRYPTO(0, FAILED, ERROR_GEN_FAILURE),
    CRYPTO(1, INVALID_DATA, ERROR_INVALID_DATA),
    CRYPTO(2, INVALID_PASSWORD, ERROR_INVALID_PASSWORD),
    CRYPTO(3, UNKNOWN_CIPHER, ERROR_NOT_SUPPORTED),
    CRYPTO(4, DECRYPTION_FAILED, ERROR_INVALID_DATA),
    CRYPTO(5, ENCRYPTION_FAILED, ERROR_GEN_FAILURE),
#undef CRYPTO

#define DEVICE(code, enumerator, name, status) \
    {"nm-device-error-quark", code, "NM_DEVICE_ERROR_" #enumerator, \
     BUS "Device." #name, NETDISC_##status}
    DEVICE(0, FAILED, Failed, ERROR_GEN_FAILURE),
    DEVICE(1, CREATION_FAILED, CreationFailed, ERROR_GEN_FAILURE),
    DEVICE(2, INVALID_CONNECTION, InvalidConnection, ERROR_INVALID_DATA),
    DEVICE(3, INCOMPATIBLE_CONNECTION, IncompatibleConnection, ERROR_INVALID_PARAMETER),
    DEVICE(4, NOT_ACTIVE, NotActive, ERROR_NOT_CONNECTED),
    DEVICE(5, NOT_SOFTWARE, NotSoftware, ERROR_NOT_SUPPORTED),
    DEVICE(6, NOT_ALLOWED, NotAllowed, ERROR_INVALID_STATE),
    DEVICE(7, SPECIFIC_OBJECT_NOT_FOUND, SpecificObjectNotFound, ERROR_NOT_FOUND),
    DEVICE(8, VERSION_ID_MISMATCH, VersionIdMismatch, ERROR_REVISION_MISMATCH),
    DEVICE(9, MISSING_DEPENDENCIES, MissingDependencies, ERROR_DEPENDENCY_NOT_FOUND),
    DEVICE(10, INVALID_ARGUMENT, InvalidArgument, ERROR_INVALID_PARAMETER),
#undef DEVICE

#define MANAGER(code, enumerator, name, status) \
    {"nm-manager-error-quark", code, "NM_MANAGER_ERROR_" #enumerator, \
     BUS #name, NETDISC_##status}
    MANAGER(0, FAILED, Failed, ERROR_GEN_FAILURE),
    MANAGER(1, PERMISSION_DENIED, PermissionDenied, ERROR_ACCESS_DENIED),
    MANAGER(2, UNKNOWN_CONNECTION, UnknownConnection, ERROR_NOT_FOUND),
    MANAGER(3, UNKNOWN_DEVICE, UnknownDevice, ERROR_NOT_FOUND),
    MANAGER(4, CONNECTION_NOT_AVAILABLE, ConnectionNotAvailable, ERROR_NO_NETWORK),
    MANAGER(5, CONNECTION_NOT_ACTIVE, ConnectionNotActive, ERROR_NOT_CONNECTED),
    MANAGER(6, CONNECTION_ALREADY_ACTIVE, ConnectionAlreadyActive, ERROR_ALREADY_EXISTS),
    MANAGER(7, DEPENDENCY_FAILED, DependencyFailed, ERROR_DEPENDENCY_NOT_FOUND),
    MANAGER(8, ALREADY_ASLEEP_OR_AWAKE, AlreadyAsleepOrAwake, ERROR_INVALID_STATE),
    MANAGER(9, ALREADY_ENABLED_OR_DISABLED, AlreadyEnabledOrDisabled, ERROR_INVALID_STATE),
    MANAGER(10, UNKNOWN_LOG_LEVEL, UnknownLogLevel, ERROR_INVALID_PARAMETER),
    MANAGER(11, UNKNOWN_LOG_DOMAIN, UnknownLogDomain, ERROR_INVALID_PARAMETER),
    MANAGER(12, INVALID_ARGUMENTS, InvalidArguments, ERROR_INVALID_PARAMETER),
    MANAGER(13, MISSING_PLUGIN, MissingPlugin, ERROR_MOD_NOT_FOUND),
#undef MANAGER

#define SECRET(code, enumerator, name, status) \
    {"nm-secret-agent-error-quark", code, "NM_SECRET_AGENT_ERROR_" #enumerator, \
     BUS "SecretAgent." #name, NETDISC_##status}
    SECRET(0, FAILED, Failed, ERROR_GEN_FAILURE),
    SECRET(1, PERMISSION_DENIED, PermissionDenied, ERROR_ACCESS_DENIED),
    SECRET(2, INVALID_CONNECTION, InvalidConnection, ERROR_INVALID_DATA),
    SECRET(3, USER_CANCELED, UserCanceled, ERROR_CANCELLED),
    SECRET(4, AGENT_CANCELED, AgentCanceled, ERROR_CANCELLED),
    SECRET(5, NO_SECRETS, NoSecrets, ERROR_LOGON_FAILURE),
#undef SECRET

#define SETTINGS(code, enumerator, name, status) \
    {"nm-settings-error-quark", code, "NM_SETTINGS_ERROR_" #enumerator, \
     BUS "Settings." #name, NETDISC_##status}
    SETTINGS(0, FAILED, Failed, ERROR_GEN_FAILURE),
    SETTINGS(1, PERMISSION_DENIED, PermissionDenied, ERROR_ACCESS_DENIED),
    SETTINGS(2, NOT_SUPPORTED, NotSupported, ERROR_NOT_SUPPORTED),
    SETTINGS(3, INVALID_CONNECTION, InvalidConnection, ERROR_NOT_FOUND),
    SETTINGS(4, READ_ONLY_CONNECTION, ReadOnlyConnection, ERROR_WRITE_PROTECT),
    SETTINGS(5, UUID_EXISTS, UuidExists, ERROR_ALREADY_EXISTS),
    SETTINGS(6, INVALID_HOSTNAME, InvalidHostname, ERROR_INVALID_NAME),
    SETTINGS(7, INVALID_ARGUMENTS, InvalidArguments, ERROR_INVALID_PARAMETER),
    SETTINGS(8, VERSION_ID_MISMATCH, VersionIdMismatch, ERROR_REVISION_MISMATCH),
    SETTINGS(9, NOT_SUPPORTED_BY_PLUGIN, NotSupportedByPlugin, ERROR_NOT_SUPPORTED),
#undef SETTINGS

#define VPN(code, enumerator, name, status) \
    {"nm-vpn-plugin-error-quark", code, "NM_VPN_PLUGIN_ERROR_" #enumerator, \
     BUS "VPN.Error." #name, NETDISC_##status}
    VPN(0, FAILED, Failed, ERROR_GEN_FAILURE),
    VPN(1, STARTING_IN_PROGRESS, StartingInProgress, ERROR_BUSY),
    VPN(2, ALREADY_STARTED, AlreadyStarted, ERROR_ALREADY_EXISTS),
    VPN(3, STOPPING_IN_PROGRESS, StoppingInProgress, ERROR_BUSY),
    VPN(4, ALREADY_STOPPED, AlreadyStopped, ERROR_NOT_CONNECTED),
    VPN(5, WRONG_STATE, WrongState, ERROR_INVALID_STATE),
    VPN(6, BAD_ARGUMENTS, BadArguments, ERROR_INVALID_PARAMETER),
    VPN(7, LAUNCH_FAILED, LaunchFailed, ERROR_SERVICE_NOT_ACTIVE),
    VPN(8, INVALID_CONNECTION, InvalidConnection, ERROR_INVALID_DATA),
    VPN(9, INTERACTIVE_NOT_SUPPORTED, InteractiveNotSupported, ERROR_NOT_SUPPORTED),
#undef VPN
};

/* clang-format on */

nd_nm_error_row nd_nm_error_row_at(size_t index)
{
    return index < G_N_ELEMENTS(ROWS) ? ROWS[index] : (nd_nm_error_row){.domain = NULL};
}

static const nd_nm_error_row *find_dbus_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        if (g_strcmp0(ROWS[i].dbus_name, name) == 0)
            return &ROWS[i];
    }
    return NULL;
}

static const nd_nm_error_row *find_code(const char *domain, int code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        if (ROWS[i].code == code && strcmp(ROWS[i].domain, domain) == 0)
            return &ROWS[i];
    }
    return NULL;
}

static void describe_bus(char *dbus_name, nd_failure *why, char **name)
{
    const nd_nm_error_row *row = dbus_name ? find_dbus_name(dbus_name) : NULL;

    why->native_domain = "dbus";
    if (row)
        why->status = row->status;
    else if (dbus_name && g_str_has_prefix(dbus_name, BUS))
        why->status = NETDISC_ERROR_EXTENDED_ERROR;
    *name = dbus_name;
}

static void describe_local(const GError *error, nd_failure *why, char **name)
{
    const char *domain = g_quark_to_string(error->domain);
    const nd_nm_error_row *row = find_code(domain, error->code);
    bool is_libnm = row || g_str_has_prefix(domain, "nm-");

    why->native_domain = is_libnm ? "libnm" : domain;
    why->native_code = error->code;
    why->status = row        ? row->status
                  : is_libnm ? NETDISC_ERROR_EXTENDED_ERROR
                             : NETDISC_ERROR_GEN_FAILURE;
    *name = row ? g_strdup(row->enumerator) : NULL;
}

/* What came over the bus is known by its message alone: once libnm is loaded, GDBus gives the errors
 * that it receives libnm's domains, and has a D-Bus name for those that libnm made itself. */
void nd_nm_describe_error(const GError *error, nd_failure *why, char **name)
{
    *why = (nd_failure){0};
    *name = NULL;
    if (g_dbus_error_is_remote_error(error)) {
        describe_bus(g_dbus_error_get_remote_error(error), why, name);
    } else if (error->domain == G_DBUS_ERROR) {
        describe_bus(g_dbus_error_encode_gerror(error), why, name);
    } else if (error->domain == G_IO_ERROR) {
        why->native_domain = "gio";
        why->native_code = error->code;
    } else {
        describe_local(error, why, name);
    }
    why->native_name = *name;
}
