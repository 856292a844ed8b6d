/* SPDX-License-Identifier: MIT */
/* Every verb, in both forms: its way when all goes well, and what it refuses before any provider hears it. */
#include "unit.h"

/* ---- Both forms of every verb, by one signature --------------------------------------------- */

typedef struct verb_case {
    const char *name;
    /* With `argument` as the name that it takes; lists go to `list`. */
    netdisc_status (*run)(netdisc *nd, const char *argument, uint32_t flags, int timeout_ms,
                          netdisc_list **list, netdisc_error **err);
    netdisc_status (*start)(netdisc *nd, const char *argument, uint32_t flags, int timeout_ms,
                            netdisc_op **out, netdisc_error **err);
    const char *argument;    /* one that works in the world below; NULL: it takes none */
    uint32_t flags;          /* all that it takes */
    netdisc_status on_null;  /* what a NULL name gives */
    netdisc_status on_empty; /* what an empty name gives */
} verb_case;

#define LISTING(verb)                                                                                   \
    static netdisc_status run_##verb(netdisc *nd, const char *argument, uint32_t flags, int timeout_ms, \
                                     netdisc_list **list, netdisc_error **err)                          \
    {                                                                                                   \
        (void)argument;                                                                                 \
        return netdisc_##verb(nd, flags, timeout_ms, list, err);                                        \
    }                                                                                                   \
    static netdisc_status start_##verb(netdisc *nd, const char *argument, uint32_t flags,               \
                                       int timeout_ms, netdisc_op **out, netdisc_error **err)           \
    {                                                                                                   \
        (void)argument;                                                                                 \
        return netdisc_##verb##_start(nd, flags, timeout_ms, out, err);                                 \
    }

#define ACTING(verb, from_argument)                                                                     \
    static netdisc_status run_##verb(netdisc *nd, const char *argument, uint32_t flags, int timeout_ms, \
                                     netdisc_list **list, netdisc_error **err)                          \
    {                                                                                                   \
        (void)list;                                                                                     \
        return netdisc_##verb(nd, from_argument, flags, timeout_ms, err);                               \
    }                                                                                                   \
    static netdisc_status start_##verb(netdisc *nd, const char *argument, uint32_t flags,               \
                                       int timeout_ms, netdisc_op **out, netdisc_error **err)           \
    {                                                                                                   \
        return netdisc_##verb##_start(nd, from_argument, flags, timeout_ms, out, err);                  \
    }

#define ASKING(verb)                                                                                    \
    static netdisc_status run_##verb(netdisc *nd, const char *argument, uint32_t flags, int timeout_ms, \
                                     netdisc_list **list, netdisc_error **err)                          \
    {                                                                                                   \
        return netdisc_##verb(nd, argument, flags, timeout_ms, list, err);                              \
    }                                                                                                   \
    static netdisc_status start_##verb(netdisc *nd, const char *argument, uint32_t flags,               \
                                       int timeout_ms, netdisc_op **out, netdisc_error **err)           \
    {                                                                                                   \
        return netdisc_##verb##_start(nd, argument, flags, timeout_ms, out, err);                       \
    }

static const netdisc_share_spec *share_spec(const char *remote)
{
    static netdisc_share_spec spec;

    spec = (netdisc_share_spec){.size = sizeof spec, .local = "X:", .remote = remote};
    return &spec;
}

static const netdisc_disconnect *disconnect_spec(const char *local)
{
    static netdisc_disconnect what;

    what = (netdisc_disconnect){.size = sizeof what, .local = local};
    return &what;
}

static const netdisc_wlan_spec *wlan_spec(const char *device)
{
    static netdisc_wlan_spec spec;

    spec = (netdisc_wlan_spec){.size = sizeof spec, .device = device, .ssid = "cafe"};
    return &spec;
}

LISTING(share_list)
LISTING(wlan_list)
LISTING(connection_list)
LISTING(backends)
ACTING(share_add, share_spec(argument))
ACTING(share_cancel, argument)
ACTING(share_disconnect, disconnect_spec(argument))
ACTING(wlan_disconnect, argument)
ACTING(wlan_connect, wlan_spec(argument))
ACTING(connection_disconnect, argument)
ACTING(connection_connect, argument)
ASKING(share_holders)
ASKING(share_resolve)

#define FORMS(verb) #verb, run_##verb, start_##verb

enum { BAD = NETDISC_ERROR_INVALID_PARAMETER, FINE = NETDISC_NO_ERROR };

static const verb_case verb_cases[] = {
    {FORMS(share_list), NULL, 0, FINE, FINE},
    {FORMS(wlan_list), NULL, 0, FINE, FINE},
    {FORMS(connection_list), NULL, 0, FINE, FINE},
    {FORMS(backends), NULL, 0, FINE, FINE},
    {FORMS(share_add), "//server/new", NETDISC_UPDATE_PROFILE | NETDISC_SAVE_PASSWORD, BAD,
     NETDISC_ERROR_BAD_DEVICE},
    {FORMS(share_cancel),
     "Z:", NETDISC_FORCE | NETDISC_UPDATE_PROFILE | NETDISC_IF_CONNECTED | NETDISC_NO_WAIT | NETDISC_ALL,
     BAD, NETDISC_ERROR_BAD_DEVICE},
    {FORMS(share_disconnect), "Z:", NETDISC_UPDATE_PROFILE | NETDISC_NO_FORCE | NETDISC_IF_CONNECTED,
     BAD, NETDISC_ERROR_BAD_DEVICE},
    {FORMS(share_holders), "Z:", 0, BAD, NETDISC_ERROR_BAD_DEVICE},
    {FORMS(share_resolve), "Z:", 0, BAD, NETDISC_ERROR_BAD_DEVICE},
    {FORMS(wlan_disconnect), "wlan0", NETDISC_IF_CONNECTED | NETDISC_NO_WAIT | NETDISC_ALLOW_RECONNECT,
     FINE, BAD},
    {FORMS(wlan_connect), "wlan0", NETDISC_NO_WAIT, FINE, BAD},
    {FORMS(connection_disconnect), "Home", NETDISC_IF_CONNECTED | NETDISC_NO_WAIT | NETDISC_EXTERNAL,
     BAD, BAD},
    {FORMS(connection_connect), "Home", NETDISC_NO_WAIT, BAD, BAD},
};

/* One of everything that the arguments above name. */
static fake *make_world(const char *provider)
{
    fake *world = fake_named(provider);

    fake_add_share(world, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_wlan(world, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    fake_add_connection(world, UUID_B, "Home", NETDISC_STATE_CONNECTED);
    return world;
}

static int all_calls(fake *self)
{
    fake_seen seen = fake_look(self);
    int calls = 0;

    for (size_t i = 0; i < ND_SLOTS; i++)
        calls += seen.calls[i];
    return calls;
}

/* ---- Tests ---------------------------------------------------------------------------------- */

static void runs(const verb_case *verb, const char *provider)
{
    fake_reset();
    make_world(provider);

    netdisc *nd = unit_open(provider);
    netdisc_list *list = NULL;
    netdisc_error *err = (netdisc_error *)(uintptr_t)1;
    netdisc_status status = verb->run(nd, verb->argument, 0, 0, &list, &err);

    if (status)
        fail_msg("%s on %s: %s", verb->name, provider, err->message);
    assert_null(err);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void starts(const verb_case *verb, const char *provider)
{
    fake_reset();
    make_world(provider);

    netdisc *nd = unit_open(provider);
    netdisc_list *list = NULL;
    netdisc_op *op = NULL;

    assert_int_equal(verb->start(nd, verb->argument, 0, 0, &op, NULL), 0);
    assert_int_equal(netdisc_op_wait(op, -1), 0);
    assert_null(netdisc_op_error(op));
    assert_int_equal(netdisc_op_list(op, &list), 0);
    assert_non_null(list);
    netdisc_list_free(list);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_every_verb_in_both_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < ND_ARRAY_LENGTH(verb_cases); i++) {
        runs(&verb_cases[i], "event");
        runs(&verb_cases[i], "blocking");
        starts(&verb_cases[i], "event");
        starts(&verb_cases[i], "blocking");
    }
}

/* Refused at once, in both forms, with nothing given and nobody asked. */
static void refused(netdisc *nd, const verb_case *verb, const char *argument, uint32_t flags,
                    int timeout_ms, netdisc_status expected)
{
    netdisc_list *list = NULL;
    netdisc_op *op = (netdisc_op *)(uintptr_t)1;
    netdisc_error *err = NULL;
    netdisc_status status = verb->run(nd, argument, flags, timeout_ms, &list, &err);

    check_error(status, err, expected, NULL, verb->name, (int)flags);
    assert_null(list);
    status = verb->start(nd, argument, flags, timeout_ms, &op, &err);
    check_error(status, err, expected, NULL, verb->name, (int)flags);
    assert_null(op);
}

static void test_bad_flags_and_timeouts(void **state)
{
    (void)state;
    fake *world = make_world("event");
    netdisc *nd = unit_open("event");

    for (size_t i = 0; i < ND_ARRAY_LENGTH(verb_cases); i++) {
        const verb_case *verb = &verb_cases[i];

        for (int bit = 0; bit < 32; bit++)
            if (!(verb->flags & UINT32_C(1) << bit))
                refused(nd, verb, verb->argument, UINT32_C(1) << bit, 0, BAD);
        refused(nd, verb, verb->argument, 0, -2, BAD);
        refused(nd, verb, verb->argument, 0, INT32_MIN, BAD);
        refused(NULL, verb, verb->argument, 0, 0, BAD);
    }
    assert_int_equal(all_calls(world), 0);
    netdisc_close(nd);
}

static void test_bad_names_reach_no_provider(void **state)
{
    (void)state;
    static char endless[100000];
    fake *world = make_world("event");
    netdisc *nd = unit_open("event");

    memset(endless, 'x', sizeof endless - 1);
    for (size_t i = 0; i < ND_ARRAY_LENGTH(verb_cases); i++) {
        const verb_case *verb = &verb_cases[i];
        bool share = strncmp(verb->name, "share", 5) == 0;

        if (!verb->argument)
            continue;
        if (verb->on_null)
            refused(nd, verb, NULL, 0, 0, verb->on_null);
        if (strcmp(verb->name, "share_add") != 0) {
            refused(nd, verb, "", 0, 0, verb->on_empty);
            refused(nd, verb, "a\nb", 0, 0, share ? NETDISC_ERROR_BAD_DEVICE : BAD);
            refused(nd, verb, "caf\xe9", 0, 0, share ? NETDISC_ERROR_BAD_DEVICE : BAD);
        }
        refused(nd, verb, endless, 0, 0, NETDISC_ERROR_FILENAME_EXCED_RANGE);
    }
    assert_int_equal(all_calls(world), 0);
    netdisc_close(nd);
}

static void test_out_is_needed(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_error *err = NULL;

    assert_error(netdisc_share_list(nd, 0, 0, NULL, &err), err, ERROR_INVALID_PARAMETER, "out");
    assert_error(netdisc_wlan_list(nd, 0, 0, NULL, &err), err, ERROR_INVALID_PARAMETER, "out");
    assert_error(netdisc_connection_list(nd, 0, 0, NULL, &err), err, ERROR_INVALID_PARAMETER, "out");
    assert_error(netdisc_backends(nd, 0, 0, NULL, &err), err, ERROR_INVALID_PARAMETER, "out");
    assert_error(netdisc_share_holders(nd, "Z:", 0, 0, NULL, &err), err, ERROR_INVALID_PARAMETER, "out");
    assert_error(netdisc_share_resolve(nd, "Z:", 0, 0, NULL, &err), err, ERROR_INVALID_PARAMETER, "out");
    for (size_t i = 0; i < ND_ARRAY_LENGTH(verb_cases); i++)
        assert_error(verb_cases[i].start(nd, verb_cases[i].argument, 0, 0, NULL, &err), err,
                     ERROR_INVALID_PARAMETER, "out");
    assert_status(netdisc_pollable(nd, NULL), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_dispatch(nd, -2), ERROR_INVALID_PARAMETER);
    netdisc_close(nd);
}

static void add_refused(netdisc *nd, netdisc_share_spec spec, netdisc_status expected)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_add(nd, &spec, 0, 0, &err);

    check_error(status, err, expected, NULL, __FILE__, __LINE__);
}

static void test_bad_share_specs(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_share_spec good = {.size = sizeof good, .remote = "//s/x"};
    netdisc_share_spec spec = good;

    assert_status(netdisc_share_add(nd, NULL, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    spec.size = 1;
    add_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec = good;
    spec.remote = "Z:";
    add_refused(nd, spec, NETDISC_ERROR_BAD_NET_NAME);
    spec.remote = "//s";
    add_refused(nd, spec, NETDISC_ERROR_BAD_NET_NAME);
    spec = good;
    spec.local = "//s/y";
    add_refused(nd, spec, NETDISC_ERROR_BAD_DEVICE);
    spec.local = "";
    add_refused(nd, spec, NETDISC_ERROR_BAD_DEVICE);
    spec = good;
    spec.provider = "nobody";
    add_refused(nd, spec, NETDISC_ERROR_BAD_PROVIDER);
    spec = good;
    spec.auth = (netdisc_auth)99;
    add_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec = good;
    spec.password = "\xff";
    add_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec = good;
    spec.user = "a\x01";
    add_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    assert_int_equal(all_calls(fake_named("event")), 0);
    netdisc_close(nd);
}

static void wlan_refused(netdisc *nd, netdisc_wlan_spec spec, netdisc_status expected)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_wlan_connect(nd, &spec, 0, 0, &err);

    check_error(status, err, expected, NULL, __FILE__, __LINE__);
}

static void test_bad_wlan_specs(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_wlan_spec empty = {.size = sizeof empty};
    netdisc_wlan_spec spec = empty;

    assert_status(netdisc_wlan_connect(nd, NULL, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    wlan_refused(nd, empty, NETDISC_ERROR_INVALID_PARAMETER);
    spec.ssid = "";
    wlan_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec.ssid = "this network has a name of more than 32 bytes";
    wlan_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec.ssid = "\xff\xfe";
    wlan_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec = empty;
    spec.ssid_bytes = (const uint8_t *)"";
    wlan_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec.ssid_length = 33;
    wlan_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec = empty;
    spec.profile = "";
    wlan_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    spec.profile = "x";
    spec.size = 3;
    wlan_refused(nd, spec, NETDISC_ERROR_INVALID_PARAMETER);
    assert_int_equal(all_calls(fake_named("event")), 0);

    fake_add_wlan(fake_named("event"), UUID_A, "wlan0", NETDISC_STATE_DISCONNECTED);
    spec = (netdisc_wlan_spec){
        .size = sizeof spec, .ssid_bytes = (const uint8_t *)"\xff", .ssid_length = 1};
    assert_status(netdisc_wlan_connect(nd, &spec, 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_guids_are_taken_in_both_forms(void **state)
{
    (void)state;
    fake *world = make_world("event");
    netdisc *nd = unit_open("event");

    assert_status(netdisc_wlan_disconnect(nd, "{11111111-2222-3333-4444-555555555555}", 0, 0, NULL),
                  NO_ERROR);
    assert_false(fake_is_up(world, "wlan0"));
    assert_status(netdisc_connection_disconnect(nd, "66666666-7777-8888-9999-AAAAAAAAAAAA", 0, 0, NULL),
                  NO_ERROR);
    assert_false(fake_is_up(world, "Home"));
    netdisc_close(nd);
}

static void test_passwords_reach_the_provider_only(void **state)
{
    (void)state;
    fake *world = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_share_spec spec = {
        .size = sizeof spec, .remote = "//s/x", .user = "ada", .password = "wrong"};
    netdisc_error *err = NULL;

    fake_script(world, &(fake_step){.slot = ND_SHARE_ADD, .password = "opensesame"});
    assert_status(netdisc_share_add(nd, &spec, 0, 0, &err), ERROR_INVALID_PASSWORD);
    assert_string_equal(fake_look(world).password, "wrong");
    assert_string_equal(err->message, "\"\\\\s\\x\": the password is wrong");
    netdisc_error_free(err);
    spec.password = "opensesame";
    assert_status(netdisc_share_add(nd, &spec, 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fakes(test_every_verb_in_both_forms),
        with_fakes(test_bad_flags_and_timeouts),
        with_fakes(test_bad_names_reach_no_provider),
        with_fakes(test_out_is_needed),
        with_fakes(test_bad_share_specs),
        with_fakes(test_bad_wlan_specs),
        with_fakes(test_guids_are_taken_in_both_forms),
        with_fakes(test_passwords_reach_the_provider_only),
    };

    return cmocka_run_group_tests_name("verbs", tests, NULL, unit_clear);
}
