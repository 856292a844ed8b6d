/* SPDX-License-Identifier: MIT */
/* The tables of NetworkManager's errors, reasons and types: sound in themselves, the same as libnm's own
 * enumerations, and as what was measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <NetworkManager.h>
#include <cmocka.h>
#include <gio/gio.h>

#include "errors.h"
#include "native.h"
#include "reasons.h"

#define FALLBACK 54321u
#define TEXT     "as it was told"

/* As the data file names them. */
static const struct {
    const char *name;
    GQuark (*quark)(void);
    GType (*type)(void);
} DOMAINS[] = {
    {"NMAgentManagerError", nm_agent_manager_error_quark, nm_agent_manager_error_get_type},
    {"NMClientError", nm_client_error_quark, nm_client_error_get_type},
    {"NMConnectionError", nm_connection_error_quark, nm_connection_error_get_type},
    {"NMCryptoError", nm_crypto_error_quark, nm_crypto_error_get_type},
    {"NMDeviceError", nm_device_error_quark, nm_device_error_get_type},
    {"NMManagerError", nm_manager_error_quark, nm_manager_error_get_type},
    {"NMSecretAgentError", nm_secret_agent_error_quark, nm_secret_agent_error_get_type},
    {"NMSettingsError", nm_settings_error_quark, nm_settings_error_get_type},
    {"NMVpnPluginError", nm_vpn_plugin_error_quark, nm_vpn_plugin_error_get_type},
    {"GIOErrorEnum", g_io_error_quark, g_io_error_enum_get_type},
    {"GDBusError", g_dbus_error_quark, g_dbus_error_get_type},
};

/* The enumerations stay loaded: the program ends soon. */
static const GEnumClass *enumeration(GType type)
{
    return g_type_class_ref(type);
}

static void assert_listed(netdisc_status status, const char *what)
{
    if (status == NETDISC_NO_ERROR || strcmp(netdisc_status_name(status), "UNLISTED_STATUS") == 0)
        fail_msg("%s has the status %u", what, (unsigned)status);
}

/* ---- Errors --------------------------------------------------------------------------------- */

typedef struct described {
    nd_failure why;
    char *name;
} described;

/* Frees the error. */
static described describe(GError *error)
{
    described result;

    memset(&result, 0xA5, sizeof result);
    nd_nm_describe_error(error, &result.why, &result.name);
    assert_null(result.why.message);
    assert_ptr_equal(result.why.native_name, result.name);
    g_error_free(error);
    return result;
}

static described describe_local(GQuark domain, int code)
{
    return describe(g_error_new_literal(domain, code, TEXT));
}

/* As GDBus gives it where libnm is loaded: in libnm's domains. */
static GError *remote_error(const char *name)
{
    return g_dbus_error_new_for_dbus_error(name, TEXT);
}

/* As GDBus gives whatever it has no domain for, which without libnm is NetworkManager's, too. */
static GError *strange_error(const char *name)
{
    return g_error_new(G_IO_ERROR, G_IO_ERROR_DBUS_ERROR, "GDBus.Error:%s: " TEXT, name);
}

/* As the core has it from what was described. */
static netdisc_status final_status(const nd_failure *why)
{
    if (why->status)
        return why->status;
    if (strcmp(why->native_domain, "gio") == 0)
        return nd_status_from_gio((int)why->native_code, FALLBACK);
    assert_string_equal(why->native_domain, "dbus");
    return nd_status_from_dbus(why->native_name, FALLBACK);
}

static void check(described result, const char *domain, const char *name, netdisc_status status)
{
    assert_string_equal(result.why.native_domain, domain);
    if (name)
        assert_string_equal(result.name, name);
    else
        assert_null(result.name);
    assert_int_equal(final_status(&result.why), status);
    g_free(result.name);
}

static void check_not_seen_before(size_t index)
{
    nd_nm_error_row row = nd_nm_error_row_at(index);

    for (size_t i = 0; i < index; i++) {
        nd_nm_error_row other = nd_nm_error_row_at(i);

        assert_string_not_equal(other.enumerator, row.enumerator);
        assert_false(other.code == row.code && strcmp(other.domain, row.domain) == 0);
        if (row.dbus_name && other.dbus_name)
            assert_string_not_equal(other.dbus_name, row.dbus_name);
    }
}

static void every_error_row_is_sound(void **state)
{
    size_t count = 0;

    (void)state;
    for (; nd_nm_error_row_at(count).domain; count++) {
        assert_listed(nd_nm_error_row_at(count).status, nd_nm_error_row_at(count).enumerator);
        check_not_seen_before(count);
    }
    assert_true(count >= 72);
    assert_null(nd_nm_error_row_at(SIZE_MAX).domain);
}

/* What a newer libnm has may be missing, and rows that an older one has not be there. */
static nd_nm_error_row row_of(GQuark domain, const GEnumValue *value)
{
    nd_nm_error_row row;

    for (size_t i = 0; (row = nd_nm_error_row_at(i)).domain; i++) {
        if (row.code == value->value && strcmp(row.domain, g_quark_to_string(domain)) == 0)
            return row;
    }
    return row;
}

/* GDBus makes up a name, of this prefix, for errors that have none. */
static void check_dbus_name(nd_nm_error_row row, GQuark domain)
{
    GError *error = g_error_new_literal(domain, row.code, TEXT);
    char *name = g_dbus_error_encode_gerror(error);

    if (row.dbus_name)
        assert_string_equal(row.dbus_name, name);
    else
        assert_true(g_str_has_prefix(name, "org.gtk.GDBus.UnmappedGError."));
    g_free(name);
    g_error_free(error);
}

static void error_rows_are_libnms(void **state)
{
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(DOMAINS); i++) {
        const GEnumClass *class = enumeration(DOMAINS[i].type());

        for (guint j = 0; j < class->n_values; j++) {
            nd_nm_error_row row = row_of(DOMAINS[i].quark(), &class->values[j]);

            if (!row.domain)
                continue;
            assert_string_equal(row.enumerator, class->values[j].value_name);
            check_dbus_name(row, DOMAINS[i].quark());
            found++;
        }
    }
    assert_true(found >= 72);
}

/* Where the data file has something else: a wrong password is not a logon that failed. */
static netdisc_status expected_status(const char *enumerator, const char *number)
{
    if (strcmp(enumerator, "NM_CRYPTO_ERROR_INVALID_PASSWORD") == 0)
        return NETDISC_ERROR_INVALID_PASSWORD;
    return (netdisc_status)strtoul(number, NULL, 10);
}

/* The error as it came over the bus, and as the library itself makes it, as far as there are such. */
static void check_every_way(GQuark domain, int code, char **fields, netdisc_status status)
{
    const char *dbus_name = *fields[2] ? fields[2] : NULL;

    if (dbus_name) {
        check(describe(remote_error(dbus_name)), "dbus", dbus_name, status);
        check(describe(strange_error(dbus_name)), "dbus", dbus_name, status);
    }
    if (domain == G_IO_ERROR)
        check(describe_local(domain, code), "gio", NULL, status);
    else if (domain == G_DBUS_ERROR)
        check(describe_local(domain, code), "dbus", dbus_name, status);
    else
        check(describe_local(domain, code), "libnm", fields[1], status);
}

static void check_measured(char **fields)
{
    netdisc_status status = expected_status(fields[1], fields[4]);

    assert_listed(status, fields[1]);
    for (size_t i = 0; i < G_N_ELEMENTS(DOMAINS); i++) {
        if (strcmp(DOMAINS[i].name, fields[0]) == 0) {
            const GEnumValue *value =
                g_enum_get_value_by_name(g_type_class_ref(DOMAINS[i].type()), fields[1]);

            assert_non_null(value);
            check_every_way(DOMAINS[i].quark(), value->value, fields, status);
            return;
        }
    }
    fail_msg("no domain %s", fields[0]);
}

static void errors_are_as_tabulated(void **state)
{
    const char *directory = g_getenv("NETDISC_TEST_DATA");
    char *path;
    char *text;
    char **lines;
    size_t count = 0;

    (void)state;
    assert_non_null(directory);
    path = g_build_filename(directory, "nm-errors.tsv", NULL);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (size_t i = 1; lines[i]; i++) {
        char **fields = g_strsplit(lines[i], "\t", -1);

        if (*lines[i]) {
            assert_int_equal(g_strv_length(fields), 6);
            check_measured(fields);
            count++;
        }
        g_strfreev(fields);
    }
    assert_int_equal(count, 166);
    g_strfreev(lines);
    g_free(text);
    g_free(path);
}

/* That the one stands for the other above. */
static void strange_errors_are_as_gdbus_makes_them(void **state)
{
    GError *error = remote_error("org.example.Strange");
    GError *ours = strange_error("org.example.Strange");

    (void)state;
    assert_int_equal(error->domain, ours->domain);
    assert_int_equal(error->code, ours->code);
    assert_string_equal(error->message, ours->message);
    g_error_free(error);
    g_error_free(ours);
    error = remote_error("org.freedesktop.NetworkManager.PermissionDenied");
    assert_int_equal(error->domain, NM_MANAGER_ERROR);
    g_error_free(error);
}

static void codes_are_kept(void **state)
{
    described gio = describe_local(G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    described local = describe_local(NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY);
    described remote = describe(remote_error("org.freedesktop.NetworkManager.UnknownDevice"));

    (void)state;
    assert_int_equal(gio.why.native_code, G_IO_ERROR_TIMED_OUT);
    assert_int_equal(local.why.native_code, NM_CONNECTION_ERROR_INVALID_PROPERTY);
    assert_int_equal(remote.why.native_code, 0);
    g_free(local.name);
    g_free(remote.name);
}

static void an_unknown_error_of_networkmanager_is_extended(void **state)
{
    static const char *const NAMES[] = {
        "org.freedesktop.NetworkManager.Later",
        "org.freedesktop.NetworkManager.Device.NotActive2",
        "org.freedesktop.NetworkManager.VPN.Error.",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        check(describe(remote_error(NAMES[i])), "dbus", NAMES[i], NETDISC_ERROR_EXTENDED_ERROR);
        check(describe(strange_error(NAMES[i])), "dbus", NAMES[i], NETDISC_ERROR_EXTENDED_ERROR);
    }
}

static void an_unknown_error_of_others_is_left_to_the_core(void **state)
{
    static const char *const NAMES[] = {
        "org.freedesktop.PolicyKit1.Error.Failed",
        "org.freedesktop.NetworkManagerial.Failed",
        /* How GDBus sends GIO's "cancelled" and what has no name of its own. */
        "org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark.Code19",
        "org.gtk.GDBus.UnmappedGError.Quark._nm_2dutils_2derror_2dquark.Code0",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
        check(describe(remote_error(NAMES[i])), "dbus", NAMES[i], FALLBACK);
    check(describe(g_error_new_literal(G_IO_ERROR, G_IO_ERROR_DBUS_ERROR, "GDBus.Error:nameless")),
          "dbus", NULL, FALLBACK);
    check(describe_local(G_IO_ERROR, 9999), "gio", NULL, FALLBACK);
}

static void an_unknown_local_error_keeps_its_domain(void **state)
{
    (void)state;
    check(describe_local(NM_CONNECTION_ERROR, 9999), "libnm", NULL, NETDISC_ERROR_EXTENDED_ERROR);
    check(describe_local(g_quark_from_static_string("nm-utils-error-quark"), 0), "libnm", NULL,
          NETDISC_ERROR_EXTENDED_ERROR);
    check(describe_local(G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE), "g-key-file-error-quark", NULL,
          NETDISC_ERROR_GEN_FAILURE);
}

/* ---- Reasons -------------------------------------------------------------------------------- */

typedef struct reasons {
    const nd_nm_reason *(*find)(uint32_t reason);
    GType (*type)(void);
    const char *prefix;
    uint32_t last; /* of libnm 1.42 */
} reasons;

static const reasons REASONS[] = {
    {nd_nm_device_reason, nm_device_state_reason_get_type, "NM_DEVICE_STATE_REASON_",
     NM_DEVICE_STATE_REASON_PEER_NOT_FOUND},
    {nd_nm_active_reason, nm_active_connection_state_reason_get_type,
     "NM_ACTIVE_CONNECTION_STATE_REASON_", NM_ACTIVE_CONNECTION_STATE_REASON_DEVICE_REMOVED},
};

static bool is_known(const nd_nm_reason *reason)
{
    return strcmp(reason->name, "unknown") != 0;
}

static void every_reason_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(REASONS); i++) {
        uint32_t number = 0;

        for (; is_known(REASONS[i].find(number)); number++) {
            const nd_nm_reason *reason = REASONS[i].find(number);

            assert_int_equal(reason->number, number);
            assert_listed(reason->status, reason->name);
            assert_true(strlen(reason->text) > 0 &&
                        !strchr(".:", reason->text[strlen(reason->text) - 1]));
        }
        assert_true(number > REASONS[i].last);
    }
}

static void reasons_are_libnms(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(REASONS); i++) {
        const GEnumClass *class = enumeration(REASONS[i].type());

        assert_true(class->n_values > REASONS[i].last);
        for (guint j = 0; j < class->n_values; j++) {
            const GEnumValue *value = &class->values[j];
            const nd_nm_reason *reason = REASONS[i].find((uint32_t)value->value);

            assert_true(g_str_has_prefix(value->value_name, REASONS[i].prefix));
            if (is_known(reason))
                assert_string_equal(reason->name, value->value_name + strlen(REASONS[i].prefix));
        }
    }
}

static void an_unknown_reason_is_unknown(void **state)
{
    static const uint32_t NUMBERS[] = {1000, INT32_MAX, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(REASONS); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(NUMBERS); j++) {
            const nd_nm_reason *reason = REASONS[i].find(NUMBERS[j]);

            assert_string_equal(reason->name, "unknown");
            assert_true(strlen(reason->text) > 0);
            assert_listed(reason->status, reason->name);
        }
    }
}

/* Those that the public header promises, and those that tell the user what to do. */
static void reasons_have_the_status_promised(void **state)
{
    static const struct {
        uint32_t reason;
        netdisc_status status;
    } DEVICE[] = {
        {NM_DEVICE_STATE_REASON_NO_SECRETS, 86},
        {NM_DEVICE_STATE_REASON_SUPPLICANT_DISCONNECT, 86},
        {NM_DEVICE_STATE_REASON_SUPPLICANT_TIMEOUT, 121},
        {NM_DEVICE_STATE_REASON_SSID_NOT_FOUND, 1168},
        {NM_DEVICE_STATE_REASON_CONNECTION_REMOVED, 1168},
        {NM_DEVICE_STATE_REASON_IP_CONFIG_UNAVAILABLE, 1231},
        {NM_DEVICE_STATE_REASON_CARRIER, 1222},
        {NM_DEVICE_STATE_REASON_USER_REQUESTED, 995},
        {NM_DEVICE_STATE_REASON_NEW_ACTIVATION, 995},
        {NM_DEVICE_STATE_REASON_DEPENDENCY_FAILED, 5002},
        {NM_DEVICE_STATE_REASON_REMOVED, 55},
    };
    static const struct {
        uint32_t reason;
        netdisc_status status;
    } ACTIVE[] = {
        {NM_ACTIVE_CONNECTION_STATE_REASON_USER_DISCONNECTED, 995},
        {NM_ACTIVE_CONNECTION_STATE_REASON_CONNECT_TIMEOUT, 121},
        {NM_ACTIVE_CONNECTION_STATE_REASON_NO_SECRETS, 1326},
        {NM_ACTIVE_CONNECTION_STATE_REASON_LOGIN_FAILED, 1326},
        {NM_ACTIVE_CONNECTION_STATE_REASON_CONNECTION_REMOVED, 1168},
        {NM_ACTIVE_CONNECTION_STATE_REASON_DEVICE_REMOVED, 55},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(DEVICE); i++)
        assert_int_equal(nd_nm_device_reason(DEVICE[i].reason)->status, DEVICE[i].status);
    for (size_t i = 0; i < G_N_ELEMENTS(ACTIVE); i++)
        assert_int_equal(nd_nm_active_reason(ACTIVE[i].reason)->status, ACTIVE[i].status);
}

/* ---- Types ---------------------------------------------------------------------------------- */

static bool has_no_name(int type)
{
    return type == NM_DEVICE_TYPE_UNKNOWN || type == NM_DEVICE_TYPE_UNUSED1 ||
           type == NM_DEVICE_TYPE_UNUSED2;
}

static void every_device_type_has_its_words(void **state)
{
    const GEnumClass *class = enumeration(nm_device_type_get_type());
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);

    (void)state;
    assert_true(class->n_values > NM_DEVICE_TYPE_LOOPBACK);
    for (int type = 0; type <= NM_DEVICE_TYPE_LOOPBACK; type++) {
        const char *words = nd_nm_device_type((uint32_t)type);

        assert_true(strlen(words) > 0);
        if (has_no_name(type))
            assert_string_equal(words, "of an unknown type");
        else
            assert_true(g_hash_table_add(seen, (void *)(uintptr_t)words));
    }
    assert_false(g_hash_table_contains(seen, "of an unknown type"));
    assert_string_equal(nd_nm_device_type(NM_DEVICE_TYPE_ETHERNET), "Ethernet");
    assert_string_equal(nd_nm_device_type(NM_DEVICE_TYPE_WIFI), "Wi-Fi");
    assert_string_equal(nd_nm_device_type(NM_DEVICE_TYPE_BRIDGE), "a bridge");
    assert_string_equal(nd_nm_device_type(NM_DEVICE_TYPE_LOOPBACK), "the loopback interface");
    assert_string_equal(nd_nm_device_type(1000), "of an unknown type");
    assert_string_equal(nd_nm_device_type(UINT32_MAX), "of an unknown type");
    g_hash_table_destroy(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_row_is_sound),
        cmocka_unit_test(error_rows_are_libnms),
        cmocka_unit_test(errors_are_as_tabulated),
        cmocka_unit_test(strange_errors_are_as_gdbus_makes_them),
        cmocka_unit_test(codes_are_kept),
        cmocka_unit_test(an_unknown_error_of_networkmanager_is_extended),
        cmocka_unit_test(an_unknown_error_of_others_is_left_to_the_core),
        cmocka_unit_test(an_unknown_local_error_keeps_its_domain),
        cmocka_unit_test(every_reason_is_sound),
        cmocka_unit_test(reasons_are_libnms),
        cmocka_unit_test(an_unknown_reason_is_unknown),
        cmocka_unit_test(reasons_have_the_status_promised),
        cmocka_unit_test(every_device_type_has_its_words),
    };

    return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
