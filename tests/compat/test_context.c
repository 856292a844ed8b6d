/* SPDX-License-Identifier: MIT */
/* The process's one context: how it is set up, and the last error of a thread. */
#include "compat_world.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>

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

#define Z "share local=Z: remote=\\\\server\\docs state=connected\n"

static void test_options_are_for_what_has_not_begun(void **state)
{
    (void)state;
    netdisc_options options = {.size = sizeof options};

    world(Z);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
    assert_status(netdisc_win32_configure(&options), ERROR_INVALID_STATE);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_NOT_CONNECTED);
}

/* The last counts, and what it points to may go. */
static void test_options_are_copied(void **state)
{
    (void)state;
    char providers[] = "fake", modules[512];
    netdisc_options options = {
        .size = sizeof options, .providers = providers, .module_directory = modules};

    world(Z);
    snprintf(modules, sizeof modules, "%s", getenv("NETDISC_TEST_FAKE"));
    assert_status(
        netdisc_win32_configure(&(netdisc_options){.size = sizeof options, .providers = "none"}),
        NO_ERROR);
    assert_status(netdisc_win32_configure(&options), NO_ERROR);
    memset(providers, 'x', sizeof providers - 1);
    memset(modules, 'x', sizeof modules - 1);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
}

/* What is wrong with the options is said by the first call, and by the next. */
static void test_options_that_are_refused(void **state)
{
    (void)state;
    netdisc_options options = {.size = sizeof options, .providers = "not a name"};

    assert_status(netdisc_win32_configure(&options), NO_ERROR);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_BAD_PROVIDER);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_BAD_PROVIDER);
    world(Z);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
}

/* ---- Forks and the end ----------------------------------------------------------------------- */

enum { THREADS = 3, FORKS = 20, DEADLINE_S = 20 };

/* Killed where all was well: whoever looks for leaks would find what the parent's threads have. */
static void end_child(bool good)
{
    if (good)
        raise(SIGKILL);
    _exit(1);
}

static void check_child(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void test_a_forked_child_has_none(void **state)
{
    (void)state;
    pid_t child;

    world(Z);
    assert_ends(WNetCancelConnection2W(u"Y:", 0, FALSE), ERROR_NOT_CONNECTED);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        end_child(WNetCancelConnection2W(u"Z:", 0, FALSE) == ERROR_INVALID_HANDLE);
    check_child(child);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), NO_ERROR);
}

static atomic_bool over;

static void *keep_the_table_busy(void *data)
{
    while (!atomic_load(&over))
        WNetCloseEnum(INVALID_HANDLE_VALUE);
    return data;
}

static void use_in_a_child(HANDLE handle)
{
    DWORD count = 1, size = 0;
    char none;
    HANDLE other;

    alarm(DEADLINE_S);
    end_child(WNetEnumResourceW(handle, &count, &none, &size) == ERROR_MORE_DATA &&
              WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_ANY, 0, NULL, &other) ==
                  ERROR_INVALID_HANDLE &&
              WNetCloseEnum(handle) == NO_ERROR);
}

/* Whatever the parent's other threads were doing at the time. */
static void test_a_forked_child_waits_for_nobody(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    HANDLE handle;

    world(Z);
    assert_ends(WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_ANY, 0, NULL, &handle), NO_ERROR);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, keep_the_table_busy, NULL), 0);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            use_in_a_child(handle);
        check_child(child);
    }
    atomic_store(&over, true);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_ends(WNetCloseEnum(handle), NO_ERROR);
}

static sem_t opening, may_open;
static bool held;

/* Instead of the library's, which it calls when it may. */
netdisc_status netdisc_open(netdisc **out, const netdisc_options *options, netdisc_error **err)
{
    void *symbol = dlsym(RTLD_NEXT, "netdisc_open");
    netdisc_status (*theirs)(netdisc **, const netdisc_options *, netdisc_error **);

    memcpy(&theirs, &symbol, sizeof theirs);
    if (held) {
        sem_post(&opening);
        sem_wait(&may_open);
    }
    return theirs(out, options, err);
}

static void *make_it(void *data)
{
    DWORD *status = data;

    *status = WNetCancelConnection2W(u"Z:", 0, FALSE);
    return NULL;
}

static pid_t parent;

/* Registered before the library's. */
static void end_a_child(void)
{
    if (getpid() != parent)
        end_child(true);
}

/* Its parent's thread has the lock, and is not there to give it back: neither a call nor exit() waits. */
static void live_as_a_child(void)
{
    netdisc_options options = {.size = sizeof options};

    alarm(DEADLINE_S);
    if (WNetCancelConnection2W(u"Z:", 0, FALSE) != ERROR_INVALID_HANDLE ||
        netdisc_win32_configure(&options) != NETDISC_ERROR_INVALID_STATE)
        _exit(1);
    exit(1);
}

static void test_a_child_forked_while_it_is_made(void **state)
{
    (void)state;
    DWORD made = UNTOUCHED;
    pthread_t thread;
    pid_t child;

    parent = getpid();
    assert_int_equal(atexit(end_a_child), 0);
    world(Z);
    sem_init(&opening, 0, 0);
    sem_init(&may_open, 0, 0);
    held = true;
    assert_int_equal(pthread_create(&thread, NULL, make_it, &made), 0);
    sem_wait(&opening);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        live_as_a_child();
    check_child(child);
    sem_post(&may_open);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(made, NO_ERROR);
}

/* Registered before the context is made, so that it runs when that has ended. */
static void call_at_the_end(void)
{
    if (WNetCancelConnection2W(u"Z:", 0, FALSE) != ERROR_INVALID_HANDLE ||
        netdisc_win32_configure(&(netdisc_options){.size = sizeof(netdisc_options)}) !=
            NETDISC_ERROR_INVALID_STATE)
        _exit(1);
}

static void test_after_the_end_there_is_none(void **state)
{
    (void)state;
    assert_int_equal(atexit(call_at_the_end), 0);
    world(Z);
    assert_ends(WNetCancelConnection2W(u"Y:", 0, FALSE), ERROR_NOT_CONNECTED);
}

static void *cancel(void *data)
{
    (void)data;
    WNetCancelConnection2W(u"Z:", 0, FALSE);
    return NULL;
}

/* The program ends, and nothing is pulled away below the thread. */
static void test_the_end_with_a_thread_in_a_call(void **state)
{
    (void)state;
    pthread_t thread;

    world(Z "step slot=share.cancel manner=never\n");
    assert_int_equal(pthread_create(&thread, NULL, cancel, NULL), 0);
    assert_int_equal(pthread_detach(thread), 0);
    for (int i = 0; !was_called("share.cancel"); i++) {
        assert_true(i < 2000);
        usleep(10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_error_is_a_threads_own),
        apart(test_options_are_checked),
        apart(test_options_are_for_what_has_not_begun),
        apart(test_options_are_copied),
        apart(test_options_that_are_refused),
        apart(test_a_forked_child_has_none),
        apart(test_a_forked_child_waits_for_nobody),
        apart(test_a_child_forked_while_it_is_made),
        apart(test_after_the_end_there_is_none),
        apart(test_the_end_with_a_thread_in_a_call),
    };

    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
