/* SPDX-License-Identifier: MIT */
/* The process's one context: how it is set up, and the last error of a thread. */
#include "compat_world.h"

#include <pthread.h>

static void *set_another(void *data)
{
    DWORD *seen = data;

    seen[0] = GetLastError();
    SetLastError(ERROR_ACCESS_DENIED);
    seen[1] = GetLastError();
    return NULL;
}

static void test_the_last_error_is_a_threads_own(void **state)
{
    (void)state;
    DWORD seen[2] = {1, 1};
    pthread_t thread;

    SetLastError(ERROR_OPEN_FILES);
    assert_int_equal(pthread_create(&thread, NULL, set_another, seen), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(seen[0], NO_ERROR);
    assert_int_equal(seen[1], ERROR_ACCESS_DENIED);
    assert_int_equal(GetLastError(), ERROR_OPEN_FILES);
}

static void test_options_are_checked(void **state)
{
    (void)state;
    netdisc_options options = {.size = sizeof options - 1};

    assert_status(netdisc_win32_configure(NULL), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_win32_configure(&options), ERROR_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_error_is_a_threads_own),
        apart(test_options_are_checked),
    };

    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
