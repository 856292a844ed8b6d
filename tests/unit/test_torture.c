/* SPDX-License-Identifier: MIT */
/* Every allocation of every operation fails in turn: each ends in ERROR_NOT_ENOUGH_MEMORY, and nothing is
 * lost or left behind (the sanitizers and valgrind look at that). */
#include "unit.h"

#include <stdatomic.h>

/* Counts down to the allocation that fails; 0: none does any more. */
static atomic_long countdown;
static atomic_bool failed_one;

void *torture_malloc(size_t size);
void *torture_calloc(size_t count, size_t size);
void *torture_realloc(void *block, size_t size);
void torture_free(void *block);

static bool is_to_fail(void)
{
    long left = atomic_load(&countdown);

    while (left > 0)
        if (atomic_compare_exchange_weak(&countdown, &left, left - 1)) {
            if (left == 1)
                atomic_store(&failed_one, true);
            return left == 1;
        }
    return false;
}

void *torture_malloc(size_t size)
{
    return is_to_fail() ? NULL : malloc(size);
}

void *torture_calloc(size_t count, size_t size)
{
    return is_to_fail() ? NULL : calloc(count, size);
}

void *torture_realloc(void *block, size_t size)
{
    return is_to_fail() ? NULL : realloc(block, size);
}

/* A secret is known by its address. */
static char *secret;
static bool wiped;

void torture_free(void *block)
{
    if (block && block == secret) {
        wiped = true;
        for (size_t i = 0; i < strlen("open sesame"); i++)
            wiped = wiped && ((const char *)block)[i] == 0;
    }
    free(block);
}

static void test_secrets_are_wiped(void **state)
{
    (void)state;
    secret = nd_strdup("open sesame");
    nd_free_secret(secret);
    secret = NULL;
    assert_true(wiped);
}

/* As soon as the operation is done, not when the program has let go of it. */
static void test_operations_keep_no_secrets(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_share_spec spec = {.size = sizeof spec, .remote = "//s/x", .password = "open sesame"};
    netdisc_op *op;

    fake_script(fake_named("event"), &(fake_step){.slot = ND_SHARE_ADD, .delay_ms = 50});
    assert_status(netdisc_share_add_start(nd, &spec, 0, 0, &op, NULL), NO_ERROR);
    wiped = false;
    secret = (char *)op->share.password;
    assert_string_equal(secret, "open sesame");
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    netdisc_close(nd);
    assert_null(op->share.password);
    assert_true(wiped);
    secret = NULL;
    netdisc_op_free(op);
}

/* ---- Scenarios ------------------------------------------------------------------------------ */

typedef struct scenario {
    const char *name;
    /* The status that it ends with, on a fresh context over these providers. */
    netdisc_status (*run)(netdisc *nd, netdisc_error **err);
    netdisc_status unhindered;
} scenario;

static netdisc_status finish_op(netdisc_status status, netdisc_op *op)
{
    if (status)
        return status;
    status = netdisc_op_wait(op, -1);
    if (status)
        assert_int_equal(netdisc_op_error(op)->status, status);
    netdisc_op_free(op);
    return status;
}

#define FOR_LIST(call_name, ...)                                                                        \
    static netdisc_status run_##call_name(netdisc *nd, netdisc_error **err)                             \
    {                                                                                                   \
        netdisc_list *list = NULL;                                                                      \
        netdisc_status status = netdisc_##call_name(nd, __VA_ARGS__, 0, 0, &list, err);                 \
        netdisc_list_free(list);                                                                        \
        return status;                                                                                  \
    }                                                                                                   \
    static netdisc_status start_##call_name(netdisc *nd, netdisc_error **err)                           \
    {                                                                                                   \
        netdisc_op *op = NULL;                                                                          \
        netdisc_status status = netdisc_##call_name##_start(nd, __VA_ARGS__, 0, 0, &op, err);           \
        return finish_op(status, op);                                                                   \
    }

#define FOR_ALL(call_name)                                                                              \
    static netdisc_status run_##call_name(netdisc *nd, netdisc_error **err)                             \
    {                                                                                                   \
        netdisc_list *list = NULL;                                                                      \
        netdisc_status status = netdisc_##call_name(nd, 0, 0, &list, err);                              \
        netdisc_list_free(list);                                                                        \
        return status;                                                                                  \
    }                                                                                                   \
    static netdisc_status start_##call_name(netdisc *nd, netdisc_error **err)                           \
    {                                                                                                   \
        netdisc_op *op = NULL;                                                                          \
        netdisc_status status = netdisc_##call_name##_start(nd, 0, 0, &op, err);                        \
        return finish_op(status, op);                                                                   \
    }

#define FOR_ACTION(call_name, variant, ...)                                                             \
    static netdisc_status run_##call_name##variant(netdisc *nd, netdisc_error **err)                    \
    {                                                                                                   \
        return netdisc_##call_name(nd, __VA_ARGS__, 0, err);                                            \
    }                                                                                                   \
    static netdisc_status start_##call_name##variant(netdisc *nd, netdisc_error **err)                  \
    {                                                                                                   \
        netdisc_op *op = NULL;                                                                          \
        netdisc_status status = netdisc_##call_name##_start(nd, __VA_ARGS__, 0, &op, err);              \
        return finish_op(status, op);                                                                   \
    }

static netdisc_answer say_yes(void *data, netdisc_op *op, const netdisc_question *question)
{
    (void)data;
    (void)op;
    (void)question;
    return NETDISC_ANSWER_YES;
}

static netdisc_share_spec new_share = {.size = sizeof new_share,
                                       .local = "X:",
                                       .remote = "smb://[::1]:4450/new%20one",
                                       .user = "ada",
                                       .domain = "HOME",
                                       .password = "secret"};
static const netdisc_wlan_spec known_wlan = {
    .size = sizeof known_wlan, .device = UUID_A, .profile = "Home", .passphrase = "open sesame"};
static const netdisc_wlan_spec new_wlan = {.size = sizeof new_wlan, .ssid = "cafe"};
static const netdisc_disconnect held = {.size = sizeof held, .local = "Z:", .prompt = say_yes};
static const netdisc_disconnect free_share = {.size = sizeof free_share, .remote = "//server/music"};

FOR_ALL(share_list)
FOR_ALL(wlan_list)
FOR_ALL(connection_list)
FOR_ALL(backends)
FOR_LIST(share_holders, "Z:")
FOR_LIST(share_resolve, "Z:")
FOR_ACTION(share_add, , &new_share, 0)
FOR_ACTION(share_cancel, _forced, "z:", NETDISC_FORCE)
FOR_ACTION(share_cancel, _refused, "Z:", 0)
FOR_ACTION(share_cancel, _unknown, "//server/nothing", NETDISC_ALL)
FOR_ACTION(share_disconnect, , &free_share, 0)
FOR_ACTION(wlan_disconnect, , UUID_A, 0)
FOR_ACTION(wlan_connect, _known, &known_wlan, 0)
FOR_ACTION(wlan_connect, _new, &new_wlan, 0)
FOR_ACTION(connection_disconnect, , "Home", 0)
FOR_ACTION(connection_disconnect, _ambiguous, "Twice", 0)
FOR_ACTION(connection_connect, , "Home", 0)

static netdisc_status run_share_disconnect_held(netdisc *nd, netdisc_error **err)
{
    return netdisc_share_disconnect(nd, &held, 0, 0, err);
}

static void ignore_completion(void *data, netdisc_op *op)
{
    (void)data;
    (void)op;
}

static netdisc_status start_share_disconnect_held(netdisc *nd, netdisc_error **err)
{
    netdisc_op *op = NULL;
    netdisc_status status = netdisc_share_disconnect_start(nd, &held, 0, 0, &op, err);

    if (status)
        return status;
    assert_status(netdisc_op_on_complete(op, ignore_completion, NULL), NO_ERROR);
    while (netdisc_op_wait(op, 0) == NETDISC_WAIT_TIMEOUT)
        netdisc_dispatch(nd, 20000);
    return finish_op(NETDISC_NO_ERROR, op);
}

enum { LISTS = 8 }; /* they come first */

#define BOTH(name, result)                                                                              \
    {"run_" #name, run_##name, result},                                                                 \
    {                                                                                                   \
        "start_" #name, start_##name, result                                                            \
    }

static const scenario scenarios[] = {
    BOTH(share_list, 0),
    BOTH(wlan_list, 0),
    BOTH(connection_list, 0),
    BOTH(backends, 0),
    BOTH(share_holders, 0),
    BOTH(share_resolve, 0),
    BOTH(share_add, 0),
    BOTH(share_cancel_forced, 0),
    BOTH(share_cancel_refused, NETDISC_ERROR_OPEN_FILES),
    BOTH(share_cancel_unknown, NETDISC_ERROR_NOT_CONNECTED),
    BOTH(share_disconnect, 0),
    BOTH(share_disconnect_held, 0),
    BOTH(wlan_disconnect, 0),
    BOTH(wlan_connect_known, 0),
    BOTH(wlan_connect_new, 0),
    BOTH(connection_disconnect, 0),
    BOTH(connection_disconnect_ambiguous, NETDISC_ERROR_DUP_NAME),
    BOTH(connection_connect, 0),
};

static void make_world(fake *world)
{
    fake_add_share(world, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(world, NULL, "\\\\server\\music", NETDISC_STATE_CONNECTED);
    fake_hold(world, DOCS, 42, "vi", "/x");
    fake_add_wlan(world, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    fake_add_connection(world, UUID_A, "Home", NETDISC_STATE_CONNECTED);
    fake_add_connection(world, UUID_A, "Twice", NETDISC_STATE_CONNECTED);
    fake_add_connection(world, UUID_B, "Twice", NETDISC_STATE_CONNECTED);
}

/* One run with the nth allocation failing; false when there are fewer. */
static bool run_with_failure(const scenario *which, const char *providers, const char *world, long nth)
{
    netdisc_error *err = NULL;
    netdisc *nd;

    fake_reset();
    make_world(fake_named(world));
    nd = unit_open(providers);
    atomic_store(&failed_one, false);
    atomic_store(&countdown, nth);
    netdisc_status status = which->run(nd, &err);
    bool failed = atomic_load(&failed_one);
    atomic_store(&countdown, 0);
    netdisc_status expected = failed ? NETDISC_ERROR_NOT_ENOUGH_MEMORY : which->unhindered;

    if (status != expected)
        fail_msg("%s on %s, allocation %ld: %s, expected %s: %s", which->name, providers, nth,
                 netdisc_status_name(status), netdisc_status_name(expected), err ? err->message : "");
    if (err)
        assert_int_equal(err->status, status);
    netdisc_error_free(err);
    netdisc_close(nd);
    return failed;
}

static void torture(const char *providers, const char *world, size_t count)
{
    new_share.provider = world;
    for (size_t i = 0; i < count; i++)
        for (long nth = 1; run_with_failure(&scenarios[i], providers, world, nth); nth++)
            ;
}

static void test_event_driven(void **state)
{
    (void)state;
    torture("event", "event", ND_ARRAY_LENGTH(scenarios));
}

static void test_blocking(void **state)
{
    (void)state;
    torture("blocking", "blocking", ND_ARRAY_LENGTH(scenarios));
}

/* Only lists need an answer of everyone: elsewhere one may run out of memory and not be missed. */
static void test_two_providers(void **state)
{
    (void)state;
    torture("blocking,event", "blocking", LISTS);
}

/* ---- What is not an operation --------------------------------------------------------------- */

static void test_open(void **state)
{
    (void)state;
    netdisc_options options = {.size = sizeof options, .providers = "event,blocking,extra"};
    bool failed = true;

    for (long nth = 1; failed; nth++) {
        netdisc *nd = NULL;

        atomic_store(&failed_one, false);
        atomic_store(&countdown, nth);
        netdisc_status status = nd_open_with(unit_registrations, &nd, &options, NULL);
        failed = atomic_load(&failed_one);
        atomic_store(&countdown, 0);
        assert_int_equal(status, failed ? NETDISC_ERROR_NOT_ENOUGH_MEMORY : NETDISC_NO_ERROR);
        netdisc_close(nd);
    }
}

typedef struct watcher {
    bool ready;
    bool overrun;
    bool lost;
    bool changed;
} watcher;

static void see(void *data, const netdisc_event *event)
{
    watcher *self = data;

    self->ready |= event->type == NETDISC_EVENT_READY;
    self->overrun |= event->type == NETDISC_EVENT_OVERRUN;
    self->lost |= event->type == NETDISC_EVENT_LOST;
    self->changed |= event->type == NETDISC_EVENT_CHANGED;
}

/* A watch does not lose an event silently: it is there, or an overrun or a loss is. */
static bool watch_with_failure(const char *provider, long nth)
{
    netdisc *nd = unit_open(provider);
    fake *world = fake_named(provider);
    watcher seen = {0};
    netdisc_watch *watch = NULL;

    fake_reset();
    make_world(world);
    atomic_store(&failed_one, false);
    atomic_store(&countdown, nth);
    netdisc_status status = netdisc_watch_start(nd, NETDISC_WLAN, see, &seen, &watch, NULL);
    if (!status) {
        while (!seen.ready && !seen.overrun && !seen.lost)
            assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
        if (!seen.lost)
            fake_change(world, "wlan0", NETDISC_STATE_DISCONNECTED, "reason");
        netdisc_dispatch(nd, 0);
    }
    bool failed = atomic_load(&failed_one);
    atomic_store(&countdown, 0);

    if (status)
        assert_status(status, ERROR_NOT_ENOUGH_MEMORY);
    else
        assert_true(seen.lost || seen.overrun || (seen.ready && seen.changed));
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    return failed;
}

static void test_watch(void **state)
{
    (void)state;
    for (long nth = 1; watch_with_failure("event", nth); nth++)
        ;
    for (long nth = 1; watch_with_failure("blocking", nth); nth++)
        ;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fakes(test_secrets_are_wiped),
        with_fakes(test_operations_keep_no_secrets),
        with_fakes(test_open),
        with_fakes(test_event_driven),
        with_fakes(test_blocking),
        with_fakes(test_two_providers),
        with_fakes(test_watch),
    };

    return cmocka_run_group_tests_name("torture", tests, NULL, unit_clear);
}
