/* SPDX-License-Identifier: MIT */
/* The router: who owns a name, whose answer counts, how lists merge, and that what was ended is gone. */
#include "unit.h"

static void fail_slot(fake *self, nd_slot slot, netdisc_status status)
{
    fake_script(self, &(fake_step){.slot = slot, .manner = FAKE_FAIL, .status = status});
}

static void cancel_gives(netdisc *nd, const char *name, uint32_t flags, netdisc_status expected,
                         const char *text)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_cancel(nd, name, flags, 0, &err);

    if (expected || status)
        check_error(status, err, expected, text, __FILE__, __LINE__);
}

/* ---- Ownership and precedence --------------------------------------------------------------- */

static void test_the_first_owner_of_a_local_name_is_asked(void **state)
{
    (void)state;
    fake *first = fake_named("event");
    fake *second = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");

    fake_add_share(first, "Z:", "\\\\a\\x", NETDISC_STATE_CONNECTED);
    fake_add_share(second, "Z:", "\\\\b\\y", NETDISC_STATE_CONNECTED);
    cancel_gives(nd, "z:\\", 0, NETDISC_NO_ERROR, NULL);
    assert_false(fake_is_up(first, "Z:"));
    assert_true(fake_is_up(second, "Z:"));
    assert_int_equal(fake_look(second).calls[ND_SHARE_CANCEL], 0);
    netdisc_close(nd);
}

static void test_the_selection_is_the_precedence(void **state)
{
    (void)state;
    fake *event = fake_named("event");
    fake *blocking = fake_named("blocking");
    netdisc *nd = unit_open("blocking,event");

    fake_add_share(event, "Z:", "\\\\a\\x", NETDISC_STATE_CONNECTED);
    fake_add_share(blocking, "Z:", "\\\\b\\y", NETDISC_STATE_CONNECTED);
    cancel_gives(nd, "Z:", 0, NETDISC_NO_ERROR, NULL);
    assert_true(fake_is_up(event, "Z:"));
    assert_false(fake_is_up(blocking, "Z:"));
    netdisc_close(nd);
}

static void test_not_connected_hides_no_failure(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking");

    fail_slot(fake_named("event"), ND_SHARE_FIND, NETDISC_ERROR_ACCESS_DENIED);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_ACCESS_DENIED, NULL);
    /* Nor does it by coming first, nor is "already down" taken for granted. */
    fake_reset();
    fail_slot(fake_named("blocking"), ND_SHARE_FIND, NETDISC_ERROR_SERVICE_NOT_ACTIVE);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_SERVICE_NOT_ACTIVE, NULL);
    cancel_gives(nd, "Z:", NETDISC_IF_CONNECTED, NETDISC_ERROR_SERVICE_NOT_ACTIVE, NULL);
    netdisc_close(nd);
}

static void test_the_first_of_several_failures_counts(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,event2,blocking");

    fail_slot(fake_named("event"), ND_SHARE_FIND, NETDISC_ERROR_NOT_SUPPORTED);
    fail_slot(fake_named("event2"), ND_SHARE_FIND, NETDISC_ERROR_IO_DEVICE);
    fail_slot(fake_named("blocking"), ND_SHARE_FIND, NETDISC_ERROR_ACCESS_DENIED);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_IO_DEVICE, NULL);
    netdisc_close(nd);
}

static void test_who_is_not_there_is_named_when_nothing_is_found(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking");
    netdisc_error *err = NULL;
    nd_failure absent = {.status = NETDISC_ERROR_NOT_SUPPORTED,
                         .message = "its manager is not installed"};

    fake_script(fake_named("blocking"),
                &(fake_step){.slot = ND_CONNECTION_FIND, .manner = FAKE_FAIL, .why = absent});
    assert_error(netdisc_connection_disconnect(nd, "office", 0, 0, &err), err, ERROR_NOT_FOUND,
                 "there is no connection \"office\"; its manager is not installed");
    netdisc_close(nd);
}

static void test_an_owner_is_used_though_another_failed(void **state)
{
    (void)state;
    fake *owner = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");

    fail_slot(fake_named("event"), ND_SHARE_FIND, NETDISC_ERROR_ACCESS_DENIED);
    fake_add_share(owner, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    cancel_gives(nd, "Z:", 0, NETDISC_NO_ERROR, NULL);
    assert_false(fake_is_up(owner, "Z:"));
    netdisc_close(nd);
}

static void test_absent_providers_are_passed_over(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking");

    fail_slot(fake_named("event"), ND_SHARE_FIND, NETDISC_ERROR_NOT_SUPPORTED);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_NOT_CONNECTED, "\"Z:\" is not connected");
    fail_slot(fake_named("blocking"), ND_SHARE_FIND, NETDISC_ERROR_NOT_SUPPORTED);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_NOT_SUPPORTED, "no provider for shares");
    cancel_gives(nd, "Z:", NETDISC_IF_CONNECTED, NETDISC_ERROR_NOT_SUPPORTED, NULL);
    netdisc_close(nd);
}

static void test_a_translated_not_supported_is_a_failure(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking");

    /* The server does not speak the dialect: that is not "no provider". */
    fake_script(fake_named("event"),
                &(fake_step){.slot = ND_SHARE_FIND,
                             .manner = FAKE_FAIL,
                             .why = {.native_domain = "ntstatus", .native_code = 0xc00000bb}});
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_NOT_SUPPORTED,
                 netdisc_status_text(NETDISC_ERROR_NOT_SUPPORTED));
    netdisc_close(nd);
}

static void test_a_hanging_later_provider_does_not_delay_the_owner(void **state)
{
    (void)state;
    fake *owner = fake_named("event");
    fake *hanging = fake_named("event2");
    netdisc *nd = unit_open("event,event2");

    fake_add_share(owner, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_script(owner, &(fake_step){.slot = ND_SHARE_FIND, .delay_ms = 50, .times = 1});
    fake_script(hanging, &(fake_step){.slot = ND_SHARE_FIND, .manner = FAKE_NEVER});
    assert_status(netdisc_share_cancel(nd, "Z:", 0, -1, NULL), NO_ERROR);
    /* It may not even have been asked; if it was, it is told that nobody waits any more. */
    assert_true(fake_wait_abandoned(hanging, fake_look(hanging).calls[ND_SHARE_FIND]));
    netdisc_close(nd);
}

static void test_a_hanging_earlier_provider_is_passed_over_in_time(void **state)
{
    (void)state;
    fake *owner = fake_named("event2");
    netdisc *nd = unit_open("event,event2");
    netdisc_error *err = NULL;

    fake_add_share(owner, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_script(fake_named("event"), &(fake_step){.slot = ND_SHARE_FIND, .manner = FAKE_NEVER});
    assert_status(netdisc_share_cancel(nd, "Z:", 0, 400, NULL), NO_ERROR);
    /* It could not tell, so "not connected" would be a guess. */
    assert_error(netdisc_share_cancel(nd, "Y:", 0, 400, &err), err, ERROR_TIMEOUT,
                 "event did not answer");
    netdisc_close(nd);
}

/* ---- Remote names --------------------------------------------------------------------------- */

static void test_a_remote_name_spares_what_has_a_local_name(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    fake *b = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    cancel_gives(nd, "//Server/Docs", 0, NETDISC_ERROR_NOT_CONNECTED, "only as Z:");
    fake_add_share(a, NULL, DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(b, NULL, DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(b, NULL, "\\\\server\\other", NETDISC_STATE_CONNECTED);
    cancel_gives(nd, "smb://server/docs", 0, NETDISC_NO_ERROR, NULL);
    assert_true(fake_is_up(a, "Z:"));
    assert_false(fake_is_up(b, DOCS));
    assert_true(fake_is_up(b, "\\\\server\\other"));
    netdisc_close(nd);
}

static void test_all_takes_local_names_and_whole_servers(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(a, NULL, DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(a, "Y:", "\\\\server\\other", NETDISC_STATE_CONNECTED);
    fake_add_share(a, "X:", "\\\\elsewhere\\docs", NETDISC_STATE_CONNECTED);
    cancel_gives(nd, DOCS, NETDISC_ALL, NETDISC_NO_ERROR, NULL);
    assert_false(fake_is_up(a, "Z:"));
    assert_true(fake_is_up(a, "Y:"));
    cancel_gives(nd, "\\\\SERVER", 0, NETDISC_ERROR_BAD_NET_NAME, NULL);
    cancel_gives(nd, "\\\\SERVER", NETDISC_ALL, NETDISC_NO_ERROR, NULL);
    assert_false(fake_is_up(a, "Y:"));
    assert_true(fake_is_up(a, "X:"));
    netdisc_close(nd);
}

static void test_one_failure_among_several_ends_is_told(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    fake *b = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");

    fake_add_share(a, NULL, DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(b, NULL, DOCS, NETDISC_STATE_CONNECTED);
    fake_hold(b, DOCS, 7, "vi", "/x");
    cancel_gives(nd, DOCS, 0, NETDISC_ERROR_OPEN_FILES, NULL);
    assert_false(fake_is_up(a, DOCS));
    assert_true(fake_is_up(b, DOCS));

    /* Whichever comes first. */
    fake_add_share(a, NULL, DOCS, NETDISC_STATE_CONNECTED);
    fake_hold(a, DOCS, 7, "vi", "/x");
    fake_hold(b, DOCS, 0, "", "");
    cancel_gives(nd, DOCS, 0, NETDISC_ERROR_OPEN_FILES, NULL);
    netdisc_close(nd);
}

/* ---- Remembered and idle -------------------------------------------------------------------- */

static void test_remembered_mappings_are_forgotten_only_when_told(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_REMEMBERED);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_NOT_CONNECTED, "remembered");
    cancel_gives(nd, "Z:", NETDISC_IF_CONNECTED, NETDISC_NO_ERROR, NULL);
    cancel_gives(nd, DOCS, NETDISC_ALL | NETDISC_UPDATE_PROFILE, NETDISC_ERROR_NOT_CONNECTED, NULL);
    assert_int_equal(fake_look(a).calls[ND_SHARE_CANCEL], 0);
    cancel_gives(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_NO_ERROR, NULL);
    assert_int_equal(fake_look(a).flags, NETDISC_UPDATE_PROFILE);
    fake_add_share(a, "Y:", DOCS, NETDISC_STATE_REMEMBERED);
    fake_script(a, &(fake_step){.slot = ND_SHARE_CANCEL, .manner = FAKE_LIE});
    cancel_gives(nd, "Y:", NETDISC_UPDATE_PROFILE, NETDISC_ERROR_BUSY, "Y: is still remembered");
    cancel_gives(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_ERROR_NOT_CONNECTED, NULL);
    netdisc_close(nd);
}

static void test_idle_and_unknown_are_told_apart(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_error *err = NULL;

    fake_add_wlan(a, UUID_A, "wlan0", NETDISC_STATE_DISCONNECTED);
    fake_add_connection(a, UUID_B, "Home", NETDISC_STATE_DISCONNECTED);
    assert_error(netdisc_wlan_disconnect(nd, "wlan0", 0, 0, &err), err, ERROR_NOT_CONNECTED, "wlan0");
    assert_status(netdisc_wlan_disconnect(nd, "wlan0", NETDISC_IF_CONNECTED, 0, NULL), NO_ERROR);
    assert_error(netdisc_connection_disconnect(nd, "Home", 0, 0, &err), err, ERROR_NOT_CONNECTED,
                 "Home");
    assert_error(netdisc_wlan_disconnect(nd, "wlan9", NETDISC_IF_CONNECTED, 0, &err), err,
                 ERROR_NOT_FOUND, "wlan9");
    assert_error(netdisc_connection_connect(nd, "Away", 0, 0, &err), err, ERROR_NOT_FOUND, "Away");
    netdisc_close(nd);
}

static void test_a_provider_may_say_what_it_is_instead(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_error *err = NULL;

    fake_script(fake_named("event"), &(fake_step){.slot = ND_WLAN_FIND,
                                                  .manner = FAKE_FAIL,
                                                  .why = {.status = NETDISC_ERROR_NOT_FOUND,
                                                          .message = "eth0 is Ethernet, not Wi-Fi"}});
    assert_error(netdisc_wlan_disconnect(nd, "eth0", 0, 0, &err), err, ERROR_NOT_FOUND,
                 "eth0 is Ethernet");
    netdisc_close(nd);
}

static void test_up_beats_remembered(void **state)
{
    (void)state;
    fake *remembers = fake_named("event");
    fake *has = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");
    netdisc_list *list;
    netdisc_error *err = NULL;
    netdisc_share_spec spec = {.size = sizeof spec, .local = "Z:", .remote = "//s/x"};

    fake_add_share(remembers, "Z:", DOCS, NETDISC_STATE_REMEMBERED);
    fake_add_share(has, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    assert_status(netdisc_share_resolve(nd, "Z:", 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_string_equal(netdisc_list_share(list, 0)->provider, "blocking");
    netdisc_list_free(list);
    assert_error(netdisc_share_add(nd, &spec, 0, 0, &err), err, ERROR_ALREADY_ASSIGNED, DOCS);
    cancel_gives(nd, "Z:", 0, NETDISC_NO_ERROR, NULL);
    assert_false(fake_is_up(has, "Z:"));

    /* To forget it is to forget it everywhere. */
    fake_add_share(has, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    cancel_gives(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_NO_ERROR, NULL);
    assert_int_equal(fake_look(remembers).calls[ND_SHARE_CANCEL], 1);
    assert_status(netdisc_share_resolve(nd, "Z:", 0, 0, &list, NULL), ERROR_NOT_CONNECTED);
    netdisc_close(nd);

    /* Also by a provider that comes later, and is slow. */
    nd = unit_open("blocking,event");
    fake_add_share(has, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(remembers, "Z:", DOCS, NETDISC_STATE_REMEMBERED);
    fake_script(remembers, &(fake_step){.slot = ND_SHARE_FIND, .delay_ms = 100, .times = 1});
    cancel_gives(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_NO_ERROR, NULL);
    assert_int_equal(fake_look(remembers).calls[ND_SHARE_CANCEL], 2);
    netdisc_close(nd);
}

static void test_remembered_elsewhere_hides_no_failure(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking");
    netdisc_list *list;

    fail_slot(fake_named("event"), ND_SHARE_FIND, NETDISC_ERROR_ACCESS_DENIED);
    fake_add_share(fake_named("blocking"), "Z:", DOCS, NETDISC_STATE_REMEMBERED);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_ACCESS_DENIED, NULL);
    cancel_gives(nd, "Z:", NETDISC_IF_CONNECTED, NETDISC_ERROR_ACCESS_DENIED, NULL);
    assert_status(netdisc_share_resolve(nd, "Z:", 0, 0, &list, NULL), ERROR_ACCESS_DENIED);
    fake_add_share(fake_named("blocking"), "Y:", "\\\\server\\spared", NETDISC_STATE_CONNECTED);
    cancel_gives(nd, "//server/spared", 0, NETDISC_ERROR_ACCESS_DENIED, NULL);
    netdisc_close(nd);
}

static void test_a_doubt_about_a_remote_name_is_no_success(void **state)
{
    (void)state;
    fake *has = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");

    fail_slot(fake_named("event"), ND_SHARE_FIND, NETDISC_ERROR_ACCESS_DENIED);
    fake_add_share(has, NULL, DOCS, NETDISC_STATE_CONNECTED);
    cancel_gives(nd, DOCS, 0, NETDISC_ERROR_ACCESS_DENIED, "what the other providers had was ended");
    assert_false(fake_is_up(has, DOCS));
    netdisc_close(nd);
}

/* ---- Ambiguity ------------------------------------------------------------------------------ */

static void test_ambiguous_connections(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_error *err = NULL;

    fake_add_connection(a, UUID_A, "Home", NETDISC_STATE_DISCONNECTED);
    fake_add_connection(a, UUID_B, "Home", NETDISC_STATE_DISCONNECTED);
    assert_status(netdisc_connection_disconnect(nd, "Home", 0, 0, &err), ERROR_DUP_NAME);
    assert_non_null(strstr(err->message, UUID_A));
    assert_non_null(strstr(err->message, UUID_B));
    netdisc_error_free(err);
    assert_error(netdisc_connection_connect(nd, "Home", 0, 0, &err), err, ERROR_DUP_NAME, UUID_B);

    /* Whichever is meant, it is down. */
    assert_status(netdisc_connection_disconnect(nd, "Home", NETDISC_IF_CONNECTED, 0, NULL), NO_ERROR);

    assert_status(netdisc_connection_connect(nd, UUID_B, 0, 0, NULL), NO_ERROR);
    assert_error(netdisc_connection_connect(nd, "Home", 0, 0, &err), err, ERROR_DUP_NAME, UUID_A);
    assert_status(netdisc_connection_disconnect(nd, "Home", 0, 0, NULL), NO_ERROR);
    assert_int_equal(fake_look(a).calls[ND_CONNECTION_DISCONNECT], 1);

    assert_status(netdisc_connection_connect(nd, UUID_A, 0, 0, NULL), NO_ERROR);
    assert_status(netdisc_connection_connect(nd, UUID_B, 0, 0, NULL), NO_ERROR);
    assert_error(netdisc_connection_disconnect(nd, "Home", 0, 0, &err), err, ERROR_DUP_NAME,
                 "connected");
    netdisc_close(nd);
}

static void test_a_profile_active_twice_is_ended_twice(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_op *op;
    netdisc_list *list;

    fake_add_connection(a, UUID_A, "Home", NETDISC_STATE_CONNECTED);
    fake_add_connection(a, UUID_A, "Home", NETDISC_STATE_CONNECTED);
    assert_status(netdisc_connection_disconnect_start(nd, "Home", 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    assert_status(netdisc_op_list(op, &list), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 2);
    assert_string_equal(netdisc_list_connection(list, 1)->uuid, UUID_A);
    netdisc_list_free(list);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_one_provider_connects(void **state)
{
    (void)state;
    fake *first = fake_named("event");
    fake *second = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");
    netdisc_op *op;
    netdisc_list *list;

    fake_add_connection(first, UUID_A, "Home", NETDISC_STATE_DISCONNECTED);
    fake_add_connection(second, UUID_A, "Home", NETDISC_STATE_DISCONNECTED);
    assert_status(netdisc_connection_connect_start(nd, "Home", 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    assert_status(netdisc_op_list(op, &list), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_int_equal(fake_look(second).calls[ND_CONNECTION_CONNECT], 0);
    netdisc_list_free(list);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_the_only_wlan(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_error *err = NULL;

    assert_error(netdisc_wlan_disconnect(nd, NULL, 0, 0, &err), err, ERROR_NOT_FOUND,
                 "no WLAN interface");
    fake_add_wlan(a, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    assert_status(netdisc_wlan_disconnect(nd, NULL, 0, 0, NULL), NO_ERROR);
    fake_add_wlan(a, UUID_B, "wlan1", NETDISC_STATE_CONNECTED);
    assert_error(netdisc_wlan_disconnect(nd, NULL, 0, 0, &err), err, ERROR_DUP_NAME, "wlan1");
    assert_true(fake_is_up(a, "wlan1"));
    netdisc_close(nd);

    fake_reset();
    nd = unit_open("event");
    fake_add_wlan(a, UUID_A, "wlan0", NETDISC_STATE_DISCONNECTED);
    assert_error(netdisc_wlan_disconnect(nd, NULL, 0, 0, &err), err, ERROR_NOT_CONNECTED, "\"wlan0\"");
    netdisc_close(nd);
}

/* ---- Truth ---------------------------------------------------------------------------------- */

static void test_a_lie_is_found_out(void **state)
{
    (void)state;
    static const char *const providers[] = {"event", "blocking"};

    for (size_t i = 0; i < ND_ARRAY_LENGTH(providers); i++) {
        fake *a = fake_named(providers[i]);
        netdisc *nd = unit_open(providers[i]);

        fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
        fake_script(a, &(fake_step){.slot = ND_SHARE_CANCEL, .manner = FAKE_LIE});
        cancel_gives(nd, "Z:", 0, NETDISC_ERROR_BUSY, "reported success, but Z: is still connected");
        /* Who does not wait is told no more than that it was accepted. */
        cancel_gives(nd, "Z:", NETDISC_NO_WAIT, NETDISC_NO_ERROR, NULL);
        netdisc_close(nd);
    }
}

static void test_another_of_the_same_name_is_not_mistaken_for_it(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");

    /* As with stacked mounts: once the first is gone, the name still stands for something. */
    fake_add_connection(a, UUID_A, "Home", NETDISC_STATE_CONNECTED);
    fake_add_connection(a, UUID_B, "Home", NETDISC_STATE_DISCONNECTED);
    assert_status(netdisc_connection_disconnect(nd, "Home", 0, 0, NULL), NO_ERROR);
    assert_int_equal(fake_look(a).calls[ND_CONNECTION_FIND], 2);
    netdisc_close(nd);
}

static void test_what_cannot_be_verified_is_no_success(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_op *op;

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_script(a, &(fake_step){.slot = ND_SHARE_CANCEL, .manner = FAKE_LIE, .gated = true});
    assert_status(netdisc_share_cancel_start(nd, "Z:", 0, 0, &op, NULL), NO_ERROR);
    assert_true(fake_wait_calls(a, ND_SHARE_CANCEL, 1));
    fail_slot(a, ND_SHARE_FIND, NETDISC_ERROR_SERVICE_NOT_ACTIVE);
    fake_let_pass(a);
    assert_status(netdisc_op_wait(op, -1), ERROR_SERVICE_NOT_ACTIVE);
    assert_non_null(strstr(netdisc_op_error(op)->message, "could not be seen"));
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_a_native_not_found_proves_nothing(void **state)
{
    (void)state;
    /* What a daemon says whose objects are not there yet, or not any more. */
    static const nd_failure unknown = {.native_domain = "dbus",
                                       .native_name = "org.freedesktop.DBus.Error.UnknownMethod"};
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_op *op;
    netdisc_error *err = NULL;

    fake_add_connection(a, UUID_A, "Home", NETDISC_STATE_CONNECTED);
    fake_script(a, &(fake_step){.slot = ND_CONNECTION_DISCONNECT, .manner = FAKE_LIE, .gated = true});
    assert_status(netdisc_connection_disconnect_start(nd, "Home", 0, 0, &op, NULL), NO_ERROR);
    assert_true(fake_wait_calls(a, ND_CONNECTION_DISCONNECT, 1));
    fake_script(a, &(fake_step){.slot = ND_CONNECTION_FIND, .manner = FAKE_FAIL, .why = unknown});
    fake_let_pass(a);
    assert_status(netdisc_op_wait(op, -1), ERROR_NOT_FOUND);
    assert_non_null(strstr(netdisc_op_error(op)->message, "could not be seen"));
    netdisc_op_free(op);
    assert_error(netdisc_connection_disconnect(nd, "Home", NETDISC_IF_CONNECTED, 0, &err), err,
                 ERROR_NOT_FOUND, NULL);
    netdisc_close(nd);
}

static void test_gone_in_between(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fail_slot(a, ND_SHARE_CANCEL, NETDISC_ERROR_NOT_CONNECTED);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_NOT_CONNECTED, NULL);

    /* Down already was wanted; but that it is, is seen, not believed. */
    cancel_gives(nd, "Z:", NETDISC_IF_CONNECTED, NETDISC_ERROR_BUSY, "still connected");

    netdisc_op *op;

    fake_script(a, &(fake_step){.slot = ND_SHARE_CANCEL,
                                .manner = FAKE_FAIL,
                                .status = NETDISC_ERROR_NOT_CONNECTED,
                                .gated = true});
    assert_status(netdisc_share_cancel_start(nd, "Z:", NETDISC_IF_CONNECTED, 0, &op, NULL), NO_ERROR);
    assert_true(fake_wait_calls(a, ND_SHARE_CANCEL, 3));
    fake_change(a, "Z:", NETDISC_STATE_DISCONNECTED, NULL);
    fake_let_pass(a);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_every_documented_code_comes_through(void **state)
{
    (void)state;
    static const netdisc_status codes[] = {5,    6,    8,    31,   87,   120,  170,
                                           487,  632,  995,  1205, 1206, 1208, 1222,
                                           1359, 1722, 2250, 2401, 2402, 2404, 0x1234567};
    fake *a = fake_named("blocking");
    netdisc *nd = unit_open("blocking");

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_wlan(a, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    fake_add_connection(a, UUID_B, "Home", NETDISC_STATE_CONNECTED);
    for (size_t i = 0; i < ND_ARRAY_LENGTH(codes); i++) {
        fail_slot(a, ND_SHARE_CANCEL, codes[i]);
        fail_slot(a, ND_WLAN_DISCONNECT, codes[i]);
        fail_slot(a, ND_CONNECTION_DISCONNECT, codes[i]);
        assert_int_equal(netdisc_share_cancel(nd, "Z:", 0, 0, NULL), codes[i]);
        assert_int_equal(netdisc_wlan_disconnect(nd, "wlan0", 0, 0, NULL), codes[i]);
        assert_int_equal(netdisc_connection_disconnect(nd, "Home", 0, 0, NULL), codes[i]);
    }
    netdisc_close(nd);
}

/* ---- Holders -------------------------------------------------------------------------------- */

static void test_a_refusal_names_the_holders(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_error *err = NULL;

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_hold(a, DOCS, 42, "vi", "/mnt/z/notes");
    assert_status(netdisc_share_cancel(nd, "Z:", 0, 0, &err), ERROR_OPEN_FILES);
    assert_int_equal(netdisc_list_count(err->holders), 1);
    assert_int_equal(netdisc_list_holder(err->holders, 0)->pid, 42);
    assert_string_equal(netdisc_list_holder(err->holders, 0)->program, "vi");
    assert_string_equal(netdisc_list_holder(err->holders, 0)->provider, "event");
    assert_string_equal(err->provider, "event");
    netdisc_error_free(err);
    assert_status(netdisc_share_cancel(nd, "Z:", NETDISC_FORCE, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_holders_are_asked_for_when_not_given(void **state)
{
    (void)state;
    fake *a = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_error *err = NULL;

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_hold(a, DOCS, 42, "vi", "/mnt/z/notes");
    fail_slot(a, ND_SHARE_CANCEL, NETDISC_ERROR_DEVICE_IN_USE);
    assert_status(netdisc_share_cancel(nd, "Z:", 0, 0, &err), ERROR_DEVICE_IN_USE);
    assert_int_equal(netdisc_list_count(err->holders), 1);
    netdisc_error_free(err);

    /* If that fails or hangs, the refusal is told all the same. */
    fail_slot(a, ND_SHARE_HOLDERS, NETDISC_ERROR_ACCESS_DENIED);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_DEVICE_IN_USE, NULL);
    fake_script(a, &(fake_step){.slot = ND_SHARE_HOLDERS, .manner = FAKE_NEVER});
    assert_error(netdisc_share_cancel(nd, "Z:", 0, 400, &err), err, ERROR_DEVICE_IN_USE, NULL);
    fake_release(a);
    netdisc_close(nd);
}

static void test_share_holders(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_list *list;

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    assert_status(netdisc_share_holders(nd, "Z:", 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 0);
    netdisc_list_free(list);
    fake_hold(a, DOCS, 42, "vi", "/x");
    assert_status(netdisc_share_holders(nd, DOCS, 0, 0, &list, NULL), NO_ERROR);
    assert_string_equal(netdisc_list_holder(list, 0)->path, "/x");
    assert_null(netdisc_list_share(list, 0));
    assert_null(netdisc_list_holder(list, 1));
    netdisc_list_free(list);
    assert_status(netdisc_share_holders(nd, "Y:", 0, 0, &list, NULL), ERROR_NOT_CONNECTED);
    assert_null(list);
    netdisc_close(nd);
}

static void test_holders_of_several_owners(void **state)
{
    (void)state;
    static const char *const names[] = {"event", "blocking"};
    netdisc *nd = unit_open("event,blocking");
    netdisc_list *list;

    for (size_t i = 0; i < 2; i++) {
        fake_add_share(fake_named(names[i]), NULL, DOCS, NETDISC_STATE_CONNECTED);
        fake_hold(fake_named(names[i]), DOCS, (unsigned)i + 1, "vi", "/x");
    }
    assert_status(netdisc_share_holders(nd, DOCS, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 2);
    netdisc_list_free(list);
    netdisc_close(nd);
}

/* What a provider could not see is said beside what it saw, wherever holders or items are given. */
static void test_an_answer_that_is_not_whole(void **state)
{
    (void)state;
    static const nd_slot slots[] = {ND_SHARE_LIST, ND_SHARE_HOLDERS, ND_SHARE_CANCEL};
    netdisc *nd = unit_open("event,blocking");
    netdisc_error *err = NULL;
    netdisc_list *list;

    for (size_t i = 0; i < 2; i++)
        fake_add_share(fake_named(i ? "blocking" : "event"), i ? "Y:" : "Z:", DOCS,
                       NETDISC_STATE_CONNECTED);
    for (size_t i = 0; i < ND_ARRAY_LENGTH(slots); i++)
        fake_script(fake_named("blocking"), &(fake_step){.slot = slots[i], .lacks = "2 processes"});

    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 2);
    assert_int_equal(netdisc_list_failure_count(list), 1);
    assert_string_equal(netdisc_list_failure(list, 0)->message, "2 processes");
    assert_string_equal(netdisc_list_failure(list, 0)->provider, "blocking");
    assert_int_equal(netdisc_list_failure(list, 0)->status, NETDISC_ERROR_ACCESS_DENIED);
    netdisc_list_free(list);

    assert_status(netdisc_share_holders(nd, "Y:", 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 0);
    assert_int_equal(netdisc_list_failure_count(list), 1);
    netdisc_list_free(list);

    fake_hold(fake_named("blocking"), DOCS, 42, "vi", "/x");
    assert_status(netdisc_share_cancel(nd, "Y:", 0, 0, &err), ERROR_OPEN_FILES);
    assert_int_equal(netdisc_list_count(err->holders), 1);
    assert_int_equal(netdisc_list_failure_count(err->holders), 1);
    netdisc_error_free(err);

    /* Nobody was seen, but somebody may be there. */
    fake_script(fake_named("blocking"), &(fake_step){.slot = ND_SHARE_CANCEL,
                                                     .manner = FAKE_FAIL,
                                                     .status = NETDISC_ERROR_OPEN_FILES,
                                                     .lacks = "3 processes"});
    assert_status(netdisc_share_cancel(nd, "Y:", 0, 0, &err), ERROR_OPEN_FILES);
    assert_int_equal(netdisc_list_count(err->holders), 0);
    assert_string_equal(netdisc_list_failure(err->holders, 0)->message, "3 processes");
    netdisc_error_free(err);
    netdisc_close(nd);
}

/* ---- Resolving and adding ------------------------------------------------------------------- */

static void test_resolve(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_list *list;
    netdisc_error *err = NULL;

    fake_add_share(a, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(a, "Y:", "\\\\server\\old", NETDISC_STATE_REMEMBERED);
    assert_status(netdisc_share_resolve(nd, "z:", 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_string_equal(netdisc_list_share(list, 0)->remote, DOCS);
    netdisc_list_free(list);
    assert_error(netdisc_share_resolve(nd, "Y:", 0, 0, &list, &err), err, ERROR_CONNECTION_UNAVAIL,
                 "\\\\server\\old");
    assert_error(netdisc_share_resolve(nd, "X:", 0, 0, &list, &err), err, ERROR_NOT_CONNECTED, "X:");
    assert_error(netdisc_share_resolve(nd, DOCS, 0, 0, &list, &err), err, ERROR_BAD_DEVICE, NULL);
    netdisc_close(nd);
}

static netdisc_status add(netdisc *nd, const char *local, const char *remote, const char *provider,
                          uint32_t flags, netdisc_error **err)
{
    netdisc_share_spec spec = {
        .size = sizeof spec, .local = local, .remote = remote, .provider = provider};

    return netdisc_share_add(nd, &spec, flags, 0, err);
}

static void test_add_takes_the_first_that_can(void **state)
{
    (void)state;
    fake *first = fake_named("event");
    fake *second = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");
    netdisc_error *err = NULL;

    assert_status(add(nd, "Z:", DOCS, NULL, 0, NULL), NO_ERROR);
    assert_true(fake_is_up(first, "Z:"));
    assert_status(add(nd, "Y:", DOCS, "blocking", 0, NULL), NO_ERROR);
    assert_true(fake_is_up(second, "Y:"));
    fail_slot(first, ND_SHARE_ADD, NETDISC_ERROR_NOT_SUPPORTED);
    assert_status(add(nd, NULL, DOCS, NULL, 0, NULL), NO_ERROR);
    assert_true(fake_is_up(second, DOCS));
    fake_script(first, &(fake_step){.slot = ND_SHARE_ADD,
                                    .manner = FAKE_FAIL,
                                    .status = NETDISC_ERROR_NOT_SUPPORTED,
                                    .why.message = "no worker"});
    fake_script(second, &(fake_step){.slot = ND_SHARE_ADD,
                                     .manner = FAKE_FAIL,
                                     .status = NETDISC_ERROR_NOT_SUPPORTED,
                                     .why.message = "no letters"});
    assert_error(add(nd, NULL, "//s/x", NULL, 0, &err), err, ERROR_NOT_SUPPORTED,
                 "no worker; no letters");
    fail_slot(first, ND_SHARE_ADD, NETDISC_ERROR_LOGON_FAILURE);
    assert_error(add(nd, NULL, "//s/x", NULL, 0, &err), err, ERROR_LOGON_FAILURE, NULL);
    netdisc_close(nd);
}

static void test_add_refuses_a_local_name_in_use(void **state)
{
    (void)state;
    fake *other = fake_named("blocking");
    netdisc *nd = unit_open("event,blocking");
    netdisc_error *err = NULL;

    fake_add_share(other, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(other, "Y:", "\\\\server\\old", NETDISC_STATE_REMEMBERED);
    assert_error(add(nd, "Z:", "//s/x", NULL, 0, &err), err, ERROR_ALREADY_ASSIGNED, DOCS);
    assert_error(add(nd, "Y:", "//s/x", NULL, NETDISC_UPDATE_PROFILE, &err), err,
                 ERROR_DEVICE_ALREADY_REMEMBERED, "\\\\server\\old");
    assert_int_equal(fake_look(fake_named("event")).calls[ND_SHARE_ADD], 0);
    /* Whether it is free must be known. */
    fail_slot(fake_named("event"), ND_SHARE_FIND, NETDISC_ERROR_ACCESS_DENIED);
    assert_status(add(nd, "X:", "//s/x", NULL, 0, NULL), ERROR_ACCESS_DENIED);
    fail_slot(fake_named("event"), ND_SHARE_FIND, NETDISC_ERROR_NOT_SUPPORTED);
    assert_status(add(nd, "Y:", "//SERVER/OLD", NULL, NETDISC_UPDATE_PROFILE, NULL), NO_ERROR);
    netdisc_close(nd);
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static void test_lists_merge_in_precedence(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking");
    netdisc_list *list;

    fake_add_share(fake_named("blocking"), "Y:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(fake_named("event"), "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_script(fake_named("event"), &(fake_step){.slot = ND_SHARE_LIST, .delay_ms = 50});
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 2);
    assert_string_equal(netdisc_list_share(list, 0)->local, "Z:");
    assert_string_equal(netdisc_list_share(list, 0)->provider, "event");
    assert_string_equal(netdisc_list_share(list, 1)->local, "Y:");
    assert_int_equal(netdisc_list_failure_count(list), 0);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_lists_of_any_length(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 7, 8, 9, 4000};

    for (size_t i = 0; i < ND_ARRAY_LENGTH(lengths); i++) {
        fake_reset();
        fake_add_many_shares(fake_named("event"), lengths[i]);
        fake_add_many_shares(fake_named("blocking"), lengths[i]);

        netdisc *nd = unit_open("event,blocking");
        netdisc_list *list;

        assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
        assert_int_equal(netdisc_list_count(list), 2 * lengths[i]);
        assert_null(netdisc_list_share(list, 2 * lengths[i]));
        netdisc_list_free(list);
        netdisc_close(nd);
    }
}

static void test_a_list_without_one_provider_is_partial(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,event2,blocking");
    netdisc_list *list;

    fake_add_share(fake_named("blocking"), "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fail_slot(fake_named("event"), ND_SHARE_LIST, NETDISC_ERROR_ACCESS_DENIED);
    fail_slot(fake_named("event2"), ND_SHARE_LIST, NETDISC_ERROR_NOT_SUPPORTED);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_int_equal(netdisc_list_failure_count(list), 1);
    assert_status(netdisc_list_failure(list, 0)->status, ERROR_ACCESS_DENIED);
    assert_string_equal(netdisc_list_failure(list, 0)->provider, "event");
    assert_null(netdisc_list_failure(list, 1));
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_a_hanging_provider_costs_its_share(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking");
    netdisc_list *list;

    fake_add_share(fake_named("event"), "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_script(fake_named("blocking"), &(fake_step){.slot = ND_SHARE_LIST, .manner = FAKE_NEVER});
    assert_status(netdisc_share_list(nd, 0, 600, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_int_equal(netdisc_list_failure_count(list), 1);
    assert_status(netdisc_list_failure(list, 0)->status, ERROR_TIMEOUT);
    assert_string_equal(netdisc_list_failure(list, 0)->provider, "blocking");
    assert_non_null(strstr(netdisc_list_failure(list, 0)->message, "blocking did not answer"));
    netdisc_list_free(list);
    fake_release(fake_named("blocking"));
    netdisc_close(nd);
}

static void test_a_list_that_nobody_could_give_fails(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking");
    netdisc_list *list;
    netdisc_error *err = NULL;

    fail_slot(fake_named("event"), ND_SHARE_LIST, NETDISC_ERROR_NOT_SUPPORTED);
    fail_slot(fake_named("blocking"), ND_SHARE_LIST, NETDISC_ERROR_SERVICE_NOT_ACTIVE);
    assert_error(netdisc_share_list(nd, 0, 0, &list, &err), err, ERROR_SERVICE_NOT_ACTIVE, NULL);
    assert_null(list);
    fail_slot(fake_named("blocking"), ND_SHARE_LIST, NETDISC_ERROR_NOT_SUPPORTED);
    assert_error(netdisc_share_list(nd, 0, 0, &list, &err), err, ERROR_NOT_SUPPORTED,
                 "no provider for shares");
    netdisc_close(nd);
}

static void test_active_connections_come_first(void **state)
{
    (void)state;
    fake *a = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_list *list;

    fake_add_connection(a, UUID_A, "one", NETDISC_STATE_DISCONNECTED);
    fake_add_connection(a, UUID_A, "two", NETDISC_STATE_CONNECTED);
    fake_add_connection(a, UUID_A, "three", NETDISC_STATE_DISCONNECTED);
    fake_add_connection(a, UUID_A, "four", NETDISC_STATE_CONNECTING);
    assert_status(netdisc_connection_list(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_string_equal(netdisc_list_connection(list, 0)->name, "two");
    assert_string_equal(netdisc_list_connection(list, 1)->name, "four");
    assert_string_equal(netdisc_list_connection(list, 2)->name, "one");
    assert_string_equal(netdisc_list_connection(list, 3)->name, "three");
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_backends_says_what_is_missing(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,blocking,nowhere");
    netdisc_list *list;

    fail_slot(fake_named("event"), ND_PROBE, NETDISC_ERROR_SERVICE_NOT_ACTIVE);
    fake_script_open(fake_named("blocking"), NETDISC_ERROR_MOD_NOT_FOUND, 0);
    assert_status(netdisc_backends(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 3);
    assert_status(netdisc_list_backend(list, 0)->status, ERROR_SERVICE_NOT_ACTIVE);
    assert_status(netdisc_list_backend(list, 1)->status, ERROR_MOD_NOT_FOUND);
    assert_string_equal(netdisc_list_backend(list, 1)->reason, "the script says so");
    assert_status(netdisc_list_backend(list, 2)->status, ERROR_NOT_SUPPORTED);
    assert_non_null(strstr(netdisc_list_backend(list, 2)->reason, "nowhere"));
    assert_int_equal(netdisc_list_backend(list, 2)->kinds, 0);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_backends_tells_of_one_that_hangs(void **state)
{
    (void)state;
    netdisc *nd = unit_open("blocking");
    netdisc_list *list;

    fake_script(fake_named("blocking"), &(fake_step){.slot = ND_PROBE, .manner = FAKE_NEVER});
    assert_status(netdisc_backends(nd, 0, 400, &list, NULL), NO_ERROR);
    assert_status(netdisc_list_backend(list, 0)->status, ERROR_TIMEOUT);
    netdisc_list_free(list);
    fake_release(fake_named("blocking"));
    netdisc_close(nd);
}

static void test_a_sparse_provider_is_asked_what_it_can(void **state)
{
    (void)state;
    enum { CALLS = 2 * ND_BLOCKING_CALLS_MAX };
    netdisc *nd = unit_open("sparse");
    netdisc_op *ops[CALLS];
    netdisc_op *probe;
    netdisc_list *list;

    /* More calls than there are places wait for it to open, and one of them it has no slot for. */
    fake_script_open(fake_named("sparse"), NETDISC_NO_ERROR, 100);
    for (size_t i = 0; i < CALLS; i++)
        assert_status(netdisc_share_list_start(nd, 0, 0, &ops[i], NULL), NO_ERROR);
    assert_status(netdisc_backends_start(nd, 0, 0, &probe, NULL), NO_ERROR);
    for (size_t i = 0; i < CALLS; i++) {
        assert_status(netdisc_op_wait(ops[i], -1), NO_ERROR);
        netdisc_op_free(ops[i]);
    }
    assert_status(netdisc_op_wait(probe, -1), NO_ERROR);
    assert_status(netdisc_op_list(probe, &list), NO_ERROR);
    assert_status(netdisc_list_backend(list, 0)->status, NO_ERROR);
    assert_int_equal(netdisc_list_backend(list, 0)->kinds, NETDISC_SHARE);
    netdisc_list_free(list);
    netdisc_op_free(probe);
    cancel_gives(nd, "Z:", 0, NETDISC_ERROR_NOT_SUPPORTED, "sparse cannot do this");
    netdisc_close(nd);
}

static void test_a_provider_that_could_not_open_is_tried_again(void **state)
{
    (void)state;
    netdisc *nd = unit_open("blocking");
    netdisc_list *list;

    fake_script_open(fake_named("blocking"), NETDISC_ERROR_SERVICE_NOT_ACTIVE, 0);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), ERROR_SERVICE_NOT_ACTIVE);
    fake_script_open(fake_named("blocking"), NETDISC_NO_ERROR, 0);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    netdisc_list_free(list);
    assert_int_equal(fake_look(fake_named("blocking")).opened, 2);
    netdisc_close(nd);
    assert_int_equal(fake_look(fake_named("blocking")).closed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fakes(test_the_first_owner_of_a_local_name_is_asked),
        with_fakes(test_the_selection_is_the_precedence),
        with_fakes(test_not_connected_hides_no_failure),
        with_fakes(test_the_first_of_several_failures_counts),
        with_fakes(test_who_is_not_there_is_named_when_nothing_is_found),
        with_fakes(test_an_owner_is_used_though_another_failed),
        with_fakes(test_absent_providers_are_passed_over),
        with_fakes(test_a_translated_not_supported_is_a_failure),
        with_fakes(test_a_hanging_later_provider_does_not_delay_the_owner),
        with_fakes(test_a_hanging_earlier_provider_is_passed_over_in_time),
        with_fakes(test_a_remote_name_spares_what_has_a_local_name),
        with_fakes(test_all_takes_local_names_and_whole_servers),
        with_fakes(test_one_failure_among_several_ends_is_told),
        with_fakes(test_remembered_mappings_are_forgotten_only_when_told),
        with_fakes(test_idle_and_unknown_are_told_apart),
        with_fakes(test_a_provider_may_say_what_it_is_instead),
        with_fakes(test_up_beats_remembered),
        with_fakes(test_remembered_elsewhere_hides_no_failure),
        with_fakes(test_a_doubt_about_a_remote_name_is_no_success),
        with_fakes(test_ambiguous_connections),
        with_fakes(test_one_provider_connects),
        with_fakes(test_a_profile_active_twice_is_ended_twice),
        with_fakes(test_the_only_wlan),
        with_fakes(test_a_lie_is_found_out),
        with_fakes(test_another_of_the_same_name_is_not_mistaken_for_it),
        with_fakes(test_what_cannot_be_verified_is_no_success),
        with_fakes(test_a_native_not_found_proves_nothing),
        with_fakes(test_gone_in_between),
        with_fakes(test_every_documented_code_comes_through),
        with_fakes(test_a_refusal_names_the_holders),
        with_fakes(test_holders_are_asked_for_when_not_given),
        with_fakes(test_share_holders),
        with_fakes(test_holders_of_several_owners),
        with_fakes(test_an_answer_that_is_not_whole),
        with_fakes(test_resolve),
        with_fakes(test_add_takes_the_first_that_can),
        with_fakes(test_add_refuses_a_local_name_in_use),
        with_fakes(test_lists_merge_in_precedence),
        with_fakes(test_lists_of_any_length),
        with_fakes(test_a_list_without_one_provider_is_partial),
        with_fakes(test_a_hanging_provider_costs_its_share),
        with_fakes(test_a_list_that_nobody_could_give_fails),
        with_fakes(test_active_connections_come_first),
        with_fakes(test_backends_says_what_is_missing),
        with_fakes(test_backends_tells_of_one_that_hangs),
        with_fakes(test_a_sparse_provider_is_asked_what_it_can),
        with_fakes(test_a_provider_that_could_not_open_is_tried_again),
    };

    return cmocka_run_group_tests_name("router", tests, NULL, unit_clear);
}
