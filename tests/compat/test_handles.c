/* SPDX-License-Identifier: MIT */
/* The table of handles: bogus, closed and of another kind, and many threads at one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "compat.h"

typedef struct thing {
    nw_object object;
    atomic_bool alive;
} thing;

static atomic_int destroyed;

static void destroy(void *object)
{
    thing *it = object;

    assert_true(atomic_exchange(&it->alive, false));
    atomic_fetch_add(&destroyed, 1);
    free(it);
}

static const nw_kind things = {destroy};
static const nw_kind others = {destroy};

static HANDLE make(const nw_kind *kind)
{
    thing *it = calloc(1, sizeof *it);
    HANDLE handle = NULL;

    assert_non_null(it);
    atomic_store(&it->alive, true);
    assert_true(nw_handle_open(&it->object, kind, &handle));
    assert_non_null(handle);
    assert_ptr_not_equal(handle, INVALID_HANDLE_VALUE);
    return handle;
}

static bool is_there(HANDLE handle, const nw_kind *kind)
{
    thing *it = nw_handle_use(handle, kind);

    if (it)
        assert_true(atomic_load(&it->alive));
    nw_object_release(it);
    return it != NULL;
}

static bool end(HANDLE handle)
{
    thing *it = nw_handle_close(handle, &things);

    nw_object_release(it);
    return it != NULL;
}

static void test_a_handle_from_open_to_close(void **state)
{
    (void)state;
    int before = atomic_load(&destroyed);
    HANDLE handle = make(&things);

    assert_true(is_there(handle, &things));
    assert_int_equal(atomic_load(&destroyed), before);
    assert_true(end(handle));
    assert_int_equal(atomic_load(&destroyed), before + 1);
    assert_false(is_there(handle, &things));
    assert_false(end(handle));
}

static void test_bogus_handles(void **state)
{
    (void)state;
    HANDLE handle = make(&things);
    uintptr_t number = (uintptr_t)handle;

    assert_false(is_there(NULL, &things));
    assert_false(is_there(INVALID_HANDLE_VALUE, &things));
    assert_false(is_there(&handle, &things));
    for (unsigned bit = 0; bit < sizeof number * 8; bit++)
        assert_false(is_there((HANDLE)(number ^ (uintptr_t)1 << bit), &things));
    assert_false(is_there(handle, &others));
    assert_null(nw_handle_close(handle, &others));
    assert_true(end(handle));
}

/* A slot that is taken again does not bring back who had it. */
static void test_closed_handles_stay_closed(void **state)
{
    (void)state;
    enum { TIMES = 3000 };
    static HANDLE closed[TIMES];

    for (int i = 0; i < TIMES; i++) {
        closed[i] = make(&things);
        assert_true(end(closed[i]));
    }
    HANDLE live = make(&things);

    for (int i = 0; i < TIMES; i++)
        assert_false(is_there(closed[i], &things));
    assert_true(end(live));
}

/* What is in use when it is closed lives until it is released. */
static void test_it_lives_while_it_is_used(void **state)
{
    (void)state;
    int before = atomic_load(&destroyed);
    HANDLE handle = make(&things);
    thing *used = nw_handle_use(handle, &things);

    assert_true(end(handle));
    assert_false(is_there(handle, &things));
    assert_true(atomic_load(&used->alive));
    assert_int_equal(atomic_load(&destroyed), before);
    nw_object_release(used);
    assert_int_equal(atomic_load(&destroyed), before + 1);
    nw_object_release(NULL);
}

/* There is an end to them, and one that is closed makes room. */
static void test_as_many_as_there_can_be(void **state)
{
    (void)state;
    enum { MOST = 4096 };
    static HANDLE handles[MOST];
    thing one_more = {0};
    HANDLE none;

    for (int i = 0; i < MOST; i++)
        handles[i] = make(&things);
    assert_false(nw_handle_open(&one_more.object, &things, &none));
    assert_true(end(handles[17]));
    handles[17] = make(&things);
    for (int i = 0; i < MOST; i++)
        assert_true(end(handles[i]));
}

/* ---- Threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 300 };

static HANDLE shared[ROUNDS];
static pthread_barrier_t barrier;

typedef struct worker {
    pthread_t thread;
    int closed;
} worker;

static void *use_and_close(void *data)
{
    worker *it = data;

    pthread_barrier_wait(&barrier);
    for (int i = 0; i < ROUNDS; i++) {
        HANDLE own = make(&things);

        is_there(shared[i], &things);
        it->closed += end(shared[i]);
        assert_true(is_there(own, &things));
        assert_true(end(own));
    }
    return NULL;
}

static void test_one_of_many_closes_it(void **state)
{
    (void)state;
    worker workers[THREADS] = {0};
    int before = atomic_load(&destroyed), closed = 0;

    for (int i = 0; i < ROUNDS; i++)
        shared[i] = make(&things);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, use_and_close, &workers[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        closed += workers[i].closed;
    }
    pthread_barrier_destroy(&barrier);
    assert_int_equal(closed, ROUNDS);
    assert_int_equal(atomic_load(&destroyed) - before, ROUNDS + THREADS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_handle_from_open_to_close),
        cmocka_unit_test(test_bogus_handles),
        cmocka_unit_test(test_closed_handles_stay_closed),
        cmocka_unit_test(test_it_lives_while_it_is_used),
        cmocka_unit_test(test_as_many_as_there_can_be),
        cmocka_unit_test(test_one_of_many_closes_it),
    };

    return cmocka_run_group_tests_name("handles", tests, NULL, NULL);
}
