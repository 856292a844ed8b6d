/* SPDX-License-Identifier: MIT */
/* Watches: readiness, order, fan-out, bounded queues, and their end. */
#include "unit.h"

enum { SEEN_MAX = 4096 };

typedef struct seen_event {
    netdisc_event_type type;
    uint32_t kind;
    netdisc_state old_state;
    netdisc_state state;
    netdisc_status status;
    char title[64];
    char reason[64];
    char provider[16];
} seen_event;

typedef struct watcher {
    seen_event events[SEEN_MAX];
    size_t count;
    netdisc_watch *stop_me;
    netdisc *close_me;
} watcher;

static watcher one;
static watcher two;

static void copy(char to[64], const char *from)
{
    snprintf(to, 64, "%s", from ? from : "");
}

static void see(void *data, const netdisc_event *event)
{
    watcher *self = data;
    seen_event *at = &self->events[self->count++];

    *at = (seen_event){.type = event->type,
                       .kind = event->kind,
                       .old_state = event->old_state,
                       .state = event->state,
                       .status = event->status};
    copy(at->reason, event->reason);
    snprintf(at->provider, sizeof at->provider, "%s", event->provider ? event->provider : "");
    if (event->share)
        copy(at->title, event->share->local);
    if (event->wlan)
        copy(at->title, event->wlan->name);
    if (event->connection)
        copy(at->title, event->connection->name);
    if (self->stop_me) {
        netdisc_watch_stop(self->stop_me);
        self->stop_me = NULL;
    }
    if (self->close_me)
        netdisc_close(self->close_me);
}

static int reset(void **state)
{
    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    return unit_reset(state);
}

static netdisc_watch *watch(netdisc *nd, uint32_t kinds, watcher *self)
{
    netdisc_watch *out = NULL;

    assert_status(netdisc_watch_start(nd, kinds, see, self, &out, NULL), NO_ERROR);
    return out;
}

static void dispatch_until(netdisc *nd, const watcher *self, size_t count)
{
    while (self->count < count)
        assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
}

static void test_readiness_then_changes_in_order(void **state)
{
    (void)state;
    fake *world = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_watch *w;

    fake_add_wlan(world, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    w = watch(nd, NETDISC_WLAN, &one);
    dispatch_until(nd, &one, 1);
    assert_int_equal(one.events[0].type, NETDISC_EVENT_READY);
    assert_int_equal(one.events[0].kind, NETDISC_WLAN);
    assert_string_equal(one.events[0].provider, "event");

    fake_change(world, "wlan0", NETDISC_STATE_DISCONNECTING, "the user asked");
    fake_change(world, "wlan0", NETDISC_STATE_DISCONNECTED, NULL);
    dispatch_until(nd, &one, 3);
    assert_int_equal(one.events[1].type, NETDISC_EVENT_CHANGED);
    assert_int_equal(one.events[1].old_state, NETDISC_STATE_CONNECTED);
    assert_int_equal(one.events[1].state, NETDISC_STATE_DISCONNECTING);
    assert_string_equal(one.events[1].reason, "the user asked");
    assert_string_equal(one.events[1].title, "wlan0");
    assert_int_equal(one.events[2].state, NETDISC_STATE_DISCONNECTED);
    netdisc_watch_stop(w);
    assert_true(fake_wait_watching(world, 0));
    netdisc_close(nd);
}

static void test_verbs_are_seen(void **state)
{
    (void)state;
    fake *world = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_share_spec spec = {.size = sizeof spec, .local = "Z:", .remote = DOCS};
    netdisc_watch *w = watch(nd, NETDISC_SHARE | NETDISC_CONNECTION, &one);

    fake_add_connection(world, UUID_A, "Home", NETDISC_STATE_CONNECTED);
    dispatch_until(nd, &one, 1);
    assert_status(netdisc_share_add(nd, &spec, 0, 0, NULL), NO_ERROR);
    assert_status(netdisc_share_cancel(nd, "Z:", 0, 0, NULL), NO_ERROR);
    assert_status(netdisc_connection_disconnect(nd, "Home", 0, 0, NULL), NO_ERROR);
    dispatch_until(nd, &one, 4);
    assert_int_equal(one.events[1].type, NETDISC_EVENT_ADDED);
    assert_string_equal(one.events[1].title, "Z:");
    assert_int_equal(one.events[2].type, NETDISC_EVENT_REMOVED);
    assert_int_equal(one.events[3].type, NETDISC_EVENT_CHANGED);
    assert_int_equal(one.events[3].kind, NETDISC_CONNECTION);
    netdisc_watch_stop(w);
    netdisc_close(nd);
}

static void test_each_watch_gets_its_kinds_and_readiness(void **state)
{
    (void)state;
    fake *world = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_watch *a;
    netdisc_watch *b;

    fake_add_wlan(world, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    fake_add_connection(world, UUID_B, "Home", NETDISC_STATE_CONNECTED);
    a = watch(nd, NETDISC_ALL_KINDS, &one);
    dispatch_until(nd, &one, 1);
    /* The second comes when the provider reports already, and is told so all the same. */
    b = watch(nd, NETDISC_WLAN, &two);
    dispatch_until(nd, &two, 1);
    assert_int_equal(two.events[0].type, NETDISC_EVENT_READY);
    assert_int_equal(two.events[0].kind, NETDISC_WLAN);
    fake_change(world, "wlan0", NETDISC_STATE_DISCONNECTED, NULL);
    fake_change(world, "Home", NETDISC_STATE_DISCONNECTED, NULL);
    dispatch_until(nd, &one, 3);
    dispatch_until(nd, &two, 2);
    assert_int_equal(one.count, 3);
    assert_int_equal(two.count, 2);
    assert_string_equal(two.events[1].title, "wlan0");
    netdisc_watch_stop(a);
    assert_true(fake_wait_watching(world, NETDISC_WLAN));
    netdisc_watch_stop(b);
    netdisc_close(nd);
}

static void test_a_full_queue_gives_one_overrun(void **state)
{
    (void)state;
    enum { QUEUE = 8 };
    netdisc_options options = {.size = sizeof options, .providers = "event", .watch_queue = QUEUE};
    fake *world = fake_named("event");
    netdisc *nd;
    netdisc_watch *w;

    assert_int_equal(nd_open_with(unit_registrations, &nd, &options, NULL), 0);
    fake_add_wlan(world, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    w = watch(nd, NETDISC_WLAN, &one);
    dispatch_until(nd, &one, 1);
    for (int i = 0; i < 50; i++)
        fake_change(world, "wlan0", i % 2 ? NETDISC_STATE_CONNECTED : NETDISC_STATE_DISCONNECTED, NULL);
    assert_status(netdisc_dispatch(nd, 0), NO_ERROR);
    assert_int_equal(one.count, 1 + QUEUE + 1);
    for (size_t i = 1; i <= QUEUE; i++)
        assert_int_equal(one.events[i].type, NETDISC_EVENT_CHANGED);
    assert_int_equal(one.events[QUEUE + 1].type, NETDISC_EVENT_OVERRUN);
    assert_int_equal(one.events[QUEUE + 1].kind, NETDISC_WLAN);
    assert_status(netdisc_dispatch(nd, 0), WAIT_TIMEOUT);
    fake_change(world, "wlan0", NETDISC_STATE_CONNECTED, NULL);
    dispatch_until(nd, &one, QUEUE + 3);
    assert_int_equal(one.events[QUEUE + 2].type, NETDISC_EVENT_CHANGED);
    netdisc_watch_stop(w);
    netdisc_close(nd);
}

static void test_who_cannot_report_is_lost(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event,nowhere");
    netdisc_watch *w;

    fake_script_open(fake_named("event"), NETDISC_ERROR_SERVICE_NOT_ACTIVE, 0);
    w = watch(nd, NETDISC_SHARE, &one);
    dispatch_until(nd, &one, 2);
    for (size_t i = 0; i < 2; i++) {
        bool event = strcmp(one.events[i].provider, "event") == 0;

        assert_int_equal(one.events[i].type, NETDISC_EVENT_LOST);
        assert_int_equal(one.events[i].status,
                         event ? NETDISC_ERROR_SERVICE_NOT_ACTIVE : NETDISC_ERROR_NOT_SUPPORTED);
        assert_true(one.events[i].reason[0]);
    }
    netdisc_watch_stop(w);
    netdisc_close(nd);
}

static void test_each_watch_is_told_of_a_loss_once(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_watch *a;
    netdisc_watch *b;
    netdisc_list *list;

    fake_script_open(fake_named("event"), NETDISC_ERROR_SERVICE_NOT_ACTIVE, 0);
    a = watch(nd, NETDISC_SHARE, &one);
    dispatch_until(nd, &one, 1);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), ERROR_SERVICE_NOT_ACTIVE);
    b = watch(nd, NETDISC_SHARE | NETDISC_WLAN, &two);
    dispatch_until(nd, &two, 1);
    assert_int_equal(two.events[0].type, NETDISC_EVENT_LOST);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), ERROR_SERVICE_NOT_ACTIVE);
    netdisc_dispatch(nd, 0);
    assert_int_equal(one.count, 1);

    /* And that it reports after all. */
    fake_script_open(fake_named("event"), NETDISC_NO_ERROR, 0);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    netdisc_list_free(list);
    dispatch_until(nd, &one, 2);
    assert_int_equal(one.events[1].type, NETDISC_EVENT_READY);
    netdisc_watch_stop(a);
    netdisc_watch_stop(b);
    netdisc_close(nd);
}

static void test_a_loss_of_all_kinds_is_told_of_any(void **state)
{
    (void)state;
    fake *world = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_watch *a = watch(nd, NETDISC_WLAN | NETDISC_CONNECTION, &one);
    netdisc_watch *b;

    dispatch_until(nd, &one, 1);
    fake_emit(world, NETDISC_EVENT_OVERRUN, NETDISC_WLAN, 0, "the bus was full");
    fake_emit(world, NETDISC_EVENT_LOST, NETDISC_ALL_KINDS, NETDISC_ERROR_SERVICE_NOT_ACTIVE,
              "it is gone");
    fake_emit(world, NETDISC_EVENT_LOST, NETDISC_ALL_KINDS, NETDISC_ERROR_SERVICE_NOT_ACTIVE,
              "still gone");
    dispatch_until(nd, &one, 3);
    assert_int_equal(one.events[1].type, NETDISC_EVENT_OVERRUN);
    assert_string_equal(one.events[1].provider, "event");
    assert_int_equal(one.events[2].type, NETDISC_EVENT_LOST);
    assert_string_equal(one.events[2].reason, "it is gone");

    b = watch(nd, NETDISC_CONNECTION, &two);
    dispatch_until(nd, &two, 1);
    assert_int_equal(two.events[0].type, NETDISC_EVENT_LOST);
    assert_status(netdisc_dispatch(nd, 0), WAIT_TIMEOUT);

    fake_emit(world, NETDISC_EVENT_READY, NETDISC_WLAN | NETDISC_CONNECTION, 0, NULL);
    dispatch_until(nd, &two, 2);
    dispatch_until(nd, &one, 4);
    assert_int_equal(one.events[3].type, NETDISC_EVENT_READY);
    netdisc_watch_stop(a);
    netdisc_watch_stop(b);
    netdisc_close(nd);
}

/* A callback that another thread is in, held up until the test lets it go. */
typedef struct slow_callback {
    netdisc *nd;
    nd_mutex lock;
    nd_cond changed;
    bool entered;
    bool let_go;
    bool left;
} slow_callback;

static void be_slow(void *data, const netdisc_event *event)
{
    slow_callback *self = data;

    (void)event;
    nd_mutex_lock(&self->lock);
    self->entered = true;
    nd_cond_broadcast(&self->changed);
    while (!self->let_go)
        nd_cond_wait(&self->changed, &self->lock, ND_NEVER);
    self->left = true;
    nd_mutex_unlock(&self->lock);
}

static void dispatch_once(void *data)
{
    netdisc_dispatch(((slow_callback *)data)->nd, 20000);
}

static void let_go_soon(void *data)
{
    slow_callback *self = data;

    nd_mutex_lock(&self->lock);
    nd_cond_wait(&self->changed, &self->lock, nd_now() + 100 * (int64_t)ND_NS_PER_MS);
    self->let_go = true;
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);
}

static void test_stop_waits_for_a_running_callback(void **state)
{
    (void)state;
    slow_callback self = {.nd = unit_open("event")};
    netdisc_watch *w;
    nd_thread threads[2];

    nd_mutex_init(&self.lock);
    nd_cond_init(&self.changed);
    assert_status(netdisc_watch_start(self.nd, NETDISC_WLAN, be_slow, &self, &w, NULL), NO_ERROR);
    assert_true(nd_thread_start(&threads[0], dispatch_once, &self));
    nd_mutex_lock(&self.lock);
    while (!self.entered)
        nd_cond_wait(&self.changed, &self.lock, ND_NEVER);
    nd_mutex_unlock(&self.lock);
    assert_true(nd_thread_start(&threads[1], let_go_soon, &self));
    netdisc_watch_stop(w);
    nd_mutex_lock(&self.lock);
    assert_true(self.left);
    nd_mutex_unlock(&self.lock);
    for (size_t i = 0; i < 2; i++)
        nd_thread_join(threads[i]);
    netdisc_close(self.nd);
    nd_cond_destroy(&self.changed);
    nd_mutex_destroy(&self.lock);
}

static void test_stopped_and_started_again(void **state)
{
    (void)state;
    static const char *const providers[] = {"event", "blocking"};

    for (size_t i = 0; i < ND_ARRAY_LENGTH(providers); i++) {
        netdisc *nd = unit_open(providers[i]);

        for (int round = 0; round < 50; round++) {
            one.count = 0;

            netdisc_watch *w = watch(nd, NETDISC_SHARE, &one);

            dispatch_until(nd, &one, 1);
            assert_int_equal(one.events[0].type, NETDISC_EVENT_READY);
            netdisc_watch_stop(w);
        }
        netdisc_close(nd);
    }
}

static void test_nothing_comes_before_ready(void **state)
{
    (void)state;
    fake *world = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_list *list;
    netdisc_watch *w;

    fake_add_wlan(world, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    assert_status(netdisc_wlan_list(nd, 0, 0, &list, NULL), NO_ERROR);
    netdisc_list_free(list);
    w = watch(nd, NETDISC_WLAN, &one);
    fake_change(world, "wlan0", NETDISC_STATE_DISCONNECTED, NULL);
    dispatch_until(nd, &one, 1);
    assert_int_equal(one.events[0].type, NETDISC_EVENT_READY);
    netdisc_watch_stop(w);
    netdisc_close(nd);
}

static void test_bad_input(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_watch *w = (netdisc_watch *)(uintptr_t)1;
    netdisc_error *err = NULL;

    assert_error(netdisc_watch_start(nd, 0, see, &one, &w, &err), err, ERROR_INVALID_PARAMETER, NULL);
    assert_null(w);
    assert_error(netdisc_watch_start(nd, 8, see, &one, &w, &err), err, ERROR_INVALID_PARAMETER, NULL);
    assert_error(netdisc_watch_start(nd, 1, NULL, &one, &w, &err), err, ERROR_INVALID_PARAMETER, NULL);
    assert_error(netdisc_watch_start(nd, 1, see, &one, NULL, &err), err, ERROR_INVALID_PARAMETER, NULL);
    assert_error(netdisc_watch_start(NULL, 1, see, &one, &w, &err), err, ERROR_INVALID_PARAMETER, NULL);
    netdisc_close(nd);

    static const nd_registration shares_only[] = {
        {.provider = "event", .builtin = &fake_backend, .kinds = NETDISC_SHARE}, {.provider = NULL}};

    assert_int_equal(nd_open_with(shares_only, &nd, NULL, NULL), 0);
    assert_error(netdisc_watch_start(nd, NETDISC_WLAN, see, &one, &w, &err), err, ERROR_NOT_SUPPORTED,
                 NULL);
    netdisc_close(nd);
}

static void test_stop_in_the_callback(void **state)
{
    (void)state;
    fake *world = fake_named("event");
    netdisc *nd = unit_open("event");

    fake_add_wlan(world, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    one.stop_me = watch(nd, NETDISC_WLAN, &one);
    dispatch_until(nd, &one, 1);
    fake_change(world, "wlan0", NETDISC_STATE_DISCONNECTED, NULL);
    assert_status(netdisc_dispatch(nd, 0), WAIT_TIMEOUT);
    assert_int_equal(one.count, 1);
    netdisc_close(nd);
}

static void test_close_in_the_callback(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_watch *w = watch(nd, NETDISC_WLAN, &one);

    one.close_me = nd;
    assert_status(netdisc_dispatch(nd, 20000), ERROR_INVALID_HANDLE);
    assert_int_equal(one.count, 1);
    netdisc_watch_stop(w);
}

static void test_undelivered_events_do_not_leak(void **state)
{
    (void)state;
    fake *world = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_watch *w;

    fake_add_wlan(world, UUID_A, "wlan0", NETDISC_STATE_CONNECTED);
    w = watch(nd, NETDISC_WLAN, &one);
    dispatch_until(nd, &one, 1);
    for (int i = 0; i < 5; i++)
        fake_change(world, "wlan0", NETDISC_STATE_DISCONNECTED, "reason");
    netdisc_close(nd);
    assert_int_equal(one.count, 1);
    netdisc_watch_stop(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_readiness_then_changes_in_order, reset),
        cmocka_unit_test_setup(test_verbs_are_seen, reset),
        cmocka_unit_test_setup(test_each_watch_gets_its_kinds_and_readiness, reset),
        cmocka_unit_test_setup(test_a_full_queue_gives_one_overrun, reset),
        cmocka_unit_test_setup(test_who_cannot_report_is_lost, reset),
        cmocka_unit_test_setup(test_each_watch_is_told_of_a_loss_once, reset),
        cmocka_unit_test_setup(test_a_loss_of_all_kinds_is_told_of_any, reset),
        cmocka_unit_test_setup(test_stop_waits_for_a_running_callback, reset),
        cmocka_unit_test_setup(test_stopped_and_started_again, reset),
        cmocka_unit_test_setup(test_nothing_comes_before_ready, reset),
        cmocka_unit_test_setup(test_bad_input, reset),
        cmocka_unit_test_setup(test_stop_in_the_callback, reset),
        cmocka_unit_test_setup(test_close_in_the_callback, reset),
        cmocka_unit_test_setup(test_undelivered_events_do_not_leak, reset),
    };

    return cmocka_run_group_tests_name("watch", tests, NULL, unit_clear);
}
