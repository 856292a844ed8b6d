/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "patience.h"
#include "scratch.h"

enum { LONG_ENOUGH_MS = 10000, THREADS = 4, TURNS = 500 };

/* A call, and whether its caller has given up. */
typedef struct some_call {
    nd_call call;
    atomic_bool abandoned;
} some_call;

static bool is_abandoned(nd_call *call)
{
    return atomic_load(&((some_call *)call)->abandoned);
}

static const nd_host_functions functions = {.abandoned = is_abandoned};
static const nd_host host = {&functions};

static some_call new_call(void)
{
    return (some_call){.call = {.host = &host}};
}

static bool readable(int fd, int timeout_ms)
{
    struct pollfd it = {fd, POLLIN, 0};

    return poll(&it, 1, timeout_ms) == 1;
}

static void test_only_the_one_given_up(void **state)
{
    nd_patience *patience = nd_patience_new();
    some_call first = new_call();
    some_call second = new_call();
    int descriptors = scratch_count("/proc/self/fd");

    (void)state;
    int one = nd_patience_begin(patience, &first.call);
    int two = nd_patience_begin(patience, &second.call);

    assert_true(one >= 0 && two >= 0 && one != two);
    nd_patience_abandon(patience, &second.call);
    assert_true(readable(two, 0));
    assert_false(readable(one, 0));
    nd_patience_end(patience, &second.call);
    nd_patience_abandon(patience, &second.call);
    nd_patience_end(patience, &second.call);
    assert_false(readable(one, 0));
    nd_patience_abandon(patience, &first.call);
    nd_patience_abandon(patience, &first.call);
    assert_true(readable(one, 0));
    nd_patience_end(patience, &first.call);
    assert_int_equal(scratch_count("/proc/self/fd"), descriptors);
    nd_patience_free(patience);
}

static void test_given_up_before(void **state)
{
    nd_patience *patience = nd_patience_new();
    some_call call = new_call();

    (void)state;
    atomic_store(&call.abandoned, true);
    nd_patience_abandon(patience, &call.call);
    assert_true(readable(nd_patience_begin(patience, &call.call), 0));
    nd_patience_end(patience, &call.call);
    nd_patience_free(patience);
}

static void test_freed_while_waited_for(void **state)
{
    nd_patience *patience = nd_patience_new();
    some_call call = new_call();
    int descriptors = scratch_count("/proc/self/fd");

    (void)state;
    assert_false(readable(nd_patience_begin(patience, &call.call), 0));
    nd_patience_free(patience);
    assert_int_equal(scratch_count("/proc/self/fd"), descriptors);
    nd_patience_free(NULL);
}

typedef struct race {
    nd_patience *patience;
    some_call call;
} race;

static void *give_up(void *data)
{
    race *self = data;

    atomic_store(&self->call.abandoned, true);
    nd_patience_abandon(self->patience, &self->call.call);
    return NULL;
}

/* Whenever it is given up, it wakes. */
static void *wait_in_slots(void *data)
{
    for (int i = 0; i < TURNS; i++) {
        race self = {data, new_call()};
        pthread_t other;

        if (pthread_create(&other, NULL, give_up, &self) != 0)
            return NULL;

        bool woken = readable(nd_patience_begin(self.patience, &self.call.call), LONG_ENOUGH_MS);

        nd_patience_end(self.patience, &self.call.call);
        pthread_join(other, NULL);
        if (!woken)
            return NULL;
    }
    return data;
}

static void test_at_any_time(void **state)
{
    nd_patience *patience = nd_patience_new();
    pthread_t threads[THREADS];
    void *good;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_in_slots, patience), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_ptr_equal(good, patience);
    }
    nd_patience_free(patience);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_one_given_up),
        cmocka_unit_test(test_given_up_before),
        cmocka_unit_test(test_freed_while_waited_for),
        cmocka_unit_test(test_at_any_time),
    };

    return cmocka_run_group_tests_name("smb-patience", tests, NULL, NULL);
}
