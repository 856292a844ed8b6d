/* SPDX-License-Identifier: MIT */
/* Modules: found in the configured directory only, checked, and the reason given when one cannot be used.
 * NETDISC_TEST_MODULES is the directory with the modules made for this test, NETDISC_TEST_FAKE that with
 * the fake one. */
#include "unit.h"

static const char *from_environment(const char *name)
{
    const char *path = getenv(name);

    assert_non_null(path);
    return path;
}

static const char *directory(void)
{
    return from_environment("NETDISC_TEST_MODULES");
}

static const char *fake_directory(void)
{
    return from_environment("NETDISC_TEST_FAKE");
}

static netdisc *open_modules(const char *providers, const char *from)
{
    netdisc_options options = {.size = sizeof options, .providers = providers, .module_directory = from};
    netdisc *nd = NULL;

    assert_status(netdisc_open(&nd, &options, NULL), NO_ERROR);
    return nd;
}

static void backend_is(const char *providers, const char *from, netdisc_status status,
                       const char *reason)
{
    netdisc *nd = open_modules(providers, from);
    netdisc_list *list;
    const netdisc_backend *backend;

    assert_status(netdisc_backends(nd, 0, 0, &list, NULL), NO_ERROR);
    backend = netdisc_list_backend(list, 0);
    assert_int_equal(backend->status, status);
    if (reason && !strstr(backend->reason, reason))
        fail_msg("expected \"%s\", got \"%s\"", reason, backend->reason);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_a_module_is_loaded_when_first_needed(void **state)
{
    (void)state;
    netdisc *nd = open_modules("fake", fake_directory());
    netdisc_list *list;

    for (int i = 0; i < 3; i++) {
        assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
        assert_int_equal(netdisc_list_count(list), 3);
        assert_string_equal(netdisc_list_share(list, 0)->provider, "fake");
        netdisc_list_free(list);
    }
    assert_status(netdisc_share_cancel(nd, "Z:", NETDISC_FORCE, 0, NULL), NO_ERROR);
    netdisc_close(nd);
    /* Again in the same process, for modules are never closed. */
    backend_is("fake", fake_directory(), NETDISC_NO_ERROR, NULL);
}

static void test_what_is_missing_is_said(void **state)
{
    (void)state;
    char expected[64];

    snprintf(expected, sizeof expected, nd_module_pattern, "nowhere");
    backend_is("nowhere", directory(), NETDISC_ERROR_NOT_SUPPORTED, expected);
#ifdef _WIN32
    backend_is("fake", "C:/nonexistent", NETDISC_ERROR_NOT_SUPPORTED, "C:/nonexistent");
    /* What is built has no drive in its directory: that of the moment is not taken. */
    backend_is("fake", NULL, NETDISC_ERROR_NOT_SUPPORTED, "no directory of modules is configured");
#else
    backend_is("fake", "/nonexistent", NETDISC_ERROR_NOT_SUPPORTED, "/nonexistent");
#endif
}

static void test_other_versions_and_strangers_are_refused(void **state)
{
    (void)state;
    backend_is("wrong-abi", directory(), NETDISC_ERROR_NOT_SUPPORTED, "another version");
    backend_is("stranger", directory(), NETDISC_ERROR_NOT_SUPPORTED, "not a netdisc module");
    backend_is("incomplete", directory(), NETDISC_ERROR_NOT_SUPPORTED, "cannot find");
    backend_is("misnamed", directory(), NETDISC_ERROR_NOT_SUPPORTED, "no provider of this name");
}

/* Those of netdisc's own may be linked in, and are there then. */
static bool has_shares_built_in(netdisc *nd)
{
    netdisc_list *backends = NULL;
    bool built_in = false;

    assert_status(netdisc_backends(nd, 0, 0, &backends, NULL), NO_ERROR);
    for (size_t i = 0; i < netdisc_list_count(backends); i++) {
        const netdisc_backend *one = netdisc_list_backend(backends, i);

        built_in = built_in || (!one->module && one->kinds & NETDISC_SHARE);
    }
    netdisc_list_free(backends);
    return built_in;
}

static void test_verbs_without_a_backend_say_why(void **state)
{
    (void)state;
    netdisc *nd = open_modules("nowhere", directory());
    netdisc_list *list;
    netdisc_error *err = NULL;

    assert_error(netdisc_wlan_list(nd, 0, 0, &list, &err), err, ERROR_NOT_SUPPORTED,
                 "no provider for WLAN");
    assert_error(netdisc_connection_disconnect(nd, "x", 0, 0, &err), err, ERROR_NOT_SUPPORTED,
                 "nowhere");
    netdisc_close(nd);

    /* As it comes, without a selection. */
    nd = open_modules("", directory());
    if (!has_shares_built_in(nd))
        assert_error(netdisc_share_cancel(nd, "Z:", 0, 0, &err), err, ERROR_NOT_SUPPORTED,
                     "no provider for shares");
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fakes(test_a_module_is_loaded_when_first_needed),
        with_fakes(test_what_is_missing_is_said),
        with_fakes(test_other_versions_and_strangers_are_refused),
        with_fakes(test_verbs_without_a_backend_say_why),
    };

    return cmocka_run_group_tests_name("module", tests, NULL, unit_clear);
}
