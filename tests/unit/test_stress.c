/* SPDX-License-Identifier: MIT */
/*
 * Sixteen threads start, cancel, time out, wait, dispatch and watch on one context, while its providers
 * answer at once, late, twice, too late or never. Made for the sanitizers. NETDISC_STRESS_MS says for how
 * long; every callback asked for must have come exactly once.
 */
#include "unit.h"

#include <stdatomic.h>

enum { THREADS = 16, DEFAULT_MS = 1500 };

typedef struct stress {
    netdisc *nd;
    int64_t until;
    atomic_long asked_for;
    atomic_long called;
    atomic_long events;
    atomic_long done;
} stress;

typedef struct stress_thread {
    stress *shared;
    uint32_t random;
    nd_thread thread;
} stress_thread;

/* xorshift: repeatable, and without a lock. */
static uint32_t next_random(stress_thread *self)
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5;
    return self->random;
}

static void completed(void *data, netdisc_op *op)
{
    stress *shared = data;

    assert_true(netdisc_op_wait(op, 0) != NETDISC_WAIT_TIMEOUT);
    atomic_fetch_add(&shared->called, 1);
}

static void seen(void *data, const netdisc_event *event)
{
    (void)event;
    atomic_fetch_add(&((stress *)data)->events, 1);
}

static netdisc_op *start_something(stress_thread *self)
{
    netdisc *nd = self->shared->nd;
    uint32_t dice = next_random(self);
    int timeout_ms = (int)(dice >> 8) % 4 + 1;
    netdisc_op *op = NULL;

    static const netdisc_share_spec spec = {.size = sizeof spec, .remote = DOCS, .password = "secret"};

    switch (dice % 6) {
    case 0:
        netdisc_share_list_start(nd, 0, timeout_ms, &op, NULL);
        break;
    case 1:
        netdisc_share_cancel_start(nd, DOCS, NETDISC_FORCE, timeout_ms, &op, NULL);
        break;
    case 2:
        netdisc_connection_disconnect_start(nd, "Home", 0, timeout_ms, &op, NULL);
        break;
    case 3:
        netdisc_connection_connect_start(nd, "Home", 0, timeout_ms, &op, NULL);
        break;
    case 4:
        netdisc_share_add_start(nd, &spec, 0, timeout_ms, &op, NULL);
        break;
    default:
        netdisc_wlan_list_start(nd, 0, timeout_ms, &op, NULL);
    }
    assert_non_null(op);
    return op;
}

static void use_operation(stress_thread *self)
{
    stress *shared = self->shared;
    netdisc_op *op = start_something(self);
    uint32_t dice = next_random(self);

    if (dice & 1) {
        atomic_fetch_add(&shared->asked_for, 1);
        assert_status(netdisc_op_on_complete(op, completed, shared), NO_ERROR);
    }
    if (dice & 2)
        netdisc_op_cancel(op);
    if (dice & 4)
        netdisc_op_wait(op, (int)(dice >> 16) % 3);
    if (dice & 8) {
        netdisc_list *list = NULL;

        netdisc_op_list(op, &list);
        netdisc_list_free(list);
        netdisc_op_error(op);
    }
    netdisc_op_free(op);
    atomic_fetch_add(&shared->done, 1);
}

static void use_watch(stress_thread *self)
{
    netdisc_watch *watch = NULL;

    assert_status(
        netdisc_watch_start(self->shared->nd, NETDISC_ALL_KINDS, seen, self->shared, &watch, NULL),
        NO_ERROR);
    netdisc_dispatch(self->shared->nd, 1);
    netdisc_watch_stop(watch);
}

static void script_at_random(stress_thread *self)
{
    static const char *const names[] = {"event", "event2", "blocking"};
    static const nd_slot slots[] = {ND_SHARE_LIST, ND_SHARE_FIND, ND_CONNECTION_FIND,
                                    ND_CONNECTION_DISCONNECT, ND_WLAN_LIST};
    static const fake_manner manners[] = {FAKE_PROPERLY, FAKE_TWICE, FAKE_FAIL, FAKE_WHEN_TOO_LATE,
                                          FAKE_LIE};
    uint32_t dice = next_random(self);

    fake_script(fake_named(names[dice % 3]), &(fake_step){.slot = slots[(dice >> 4) % 5],
                                                          .manner = manners[(dice >> 8) % 5],
                                                          .status = NETDISC_ERROR_BUSY,
                                                          .delay_ms = (int)(dice >> 12) % 3});
}

static void run_stress(void *data)
{
    stress_thread *self = data;
    netdisc_list *list;

    while (nd_now() < self->shared->until) {
        uint32_t dice = next_random(self) % 16;

        if (dice == 0)
            use_watch(self);
        else if (dice == 1)
            script_at_random(self);
        else if (dice == 2 &&
                 netdisc_share_list(self->shared->nd, 0, 2, &list, NULL) == NETDISC_NO_ERROR)
            netdisc_list_free(list);
        else if (dice < 6)
            netdisc_dispatch(self->shared->nd, (int)dice % 2);
        else
            use_operation(self);
    }
}

static void test_stress(void **state)
{
    (void)state;
    const char *wanted = getenv("NETDISC_STRESS_MS");
    static stress_thread threads[THREADS];
    stress shared = {.nd = unit_open("event,event2,blocking")};

    fake_add_share(fake_named("event"), "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_add_connection(fake_named("event2"), UUID_A, "Home", NETDISC_STATE_CONNECTED);
    shared.until = nd_now() + (int64_t)(wanted ? atoi(wanted) : DEFAULT_MS) * ND_NS_PER_MS;
    for (uint32_t i = 0; i < THREADS; i++) {
        threads[i] = (stress_thread){.shared = &shared, .random = 2463534242U + i * 7919};
        assert_true(nd_thread_start(&threads[i].thread, run_stress, &threads[i]));
    }
    for (size_t i = 0; i < THREADS; i++)
        nd_thread_join(threads[i].thread);
    netdisc_close(shared.nd);

    assert_true(atomic_load(&shared.done) > 0);
    assert_true(atomic_load(&shared.asked_for) > 0);
    assert_int_equal(atomic_load(&shared.called), atomic_load(&shared.asked_for));
    print_message("# %ld operations, %ld callbacks, %ld events\n", atomic_load(&shared.done),
                  atomic_load(&shared.called), atomic_load(&shared.events));
}

/* A hundred operations in flight at once, from many threads, all answered. */
static void start_many(void *data)
{
    stress_thread *self = data;
    netdisc_op *ops[100];

    for (size_t i = 0; i < ND_ARRAY_LENGTH(ops); i++)
        assert_status(netdisc_share_list_start(self->shared->nd, 0, -1, &ops[i], NULL), NO_ERROR);
    for (size_t i = 0; i < ND_ARRAY_LENGTH(ops); i++) {
        assert_status(netdisc_op_wait(ops[i], -1), NO_ERROR);
        netdisc_op_free(ops[i]);
    }
}

static void test_many_in_flight(void **state)
{
    (void)state;
    static stress_thread threads[THREADS];
    stress shared = {.nd = unit_open("event,blocking")};

    fake_script(fake_named("event"), &(fake_step){.slot = ND_SHARE_LIST, .delay_ms = 20});
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = (stress_thread){.shared = &shared};
        assert_true(nd_thread_start(&threads[i].thread, start_many, &threads[i]));
    }
    for (size_t i = 0; i < THREADS; i++)
        nd_thread_join(threads[i].thread);
    netdisc_close(shared.nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fakes(test_stress),
        with_fakes(test_many_in_flight),
    };

    return cmocka_run_group_tests_name("stress", tests, NULL, unit_clear);
}
