/* SPDX-License-Identifier: MIT */
/* Contexts: options, handles that cannot be used, what a context does to its host, and its end. */
#ifndef _WIN32
#define _GNU_SOURCE
#endif
#include "unit.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

static void open_bad(const netdisc_options *options, netdisc_status expected, const char *text)
{
    netdisc *nd = (netdisc *)(uintptr_t)1;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_open(&nd, options, &err);

    assert_null(nd);
    check_error(status, err, expected, text, __FILE__, __LINE__);
    assert_int_equal(netdisc_open(&nd, options, NULL), expected);
}

static void test_options_are_checked(void **state)
{
    (void)state;
    netdisc_options good = {.size = sizeof good};
    netdisc_options options = good;

    options.size = sizeof options - 1;
    open_bad(&options, NETDISC_ERROR_INVALID_PARAMETER, "size");
    options.size = 0;
    open_bad(&options, NETDISC_ERROR_INVALID_PARAMETER, "size");
    options = good;
    options.default_timeout_ms = -2;
    open_bad(&options, NETDISC_ERROR_INVALID_PARAMETER, "timeout");
    options = good;
    options.module_directory = "relative";
    open_bad(&options, NETDISC_ERROR_INVALID_PARAMETER, "directory");
    options.module_directory = "/tmp/\n";
    open_bad(&options, NETDISC_ERROR_INVALID_PARAMETER, "directory");
    assert_int_equal(netdisc_open(NULL, NULL, NULL), NETDISC_ERROR_INVALID_PARAMETER);
}

static void test_provider_lists_are_checked(void **state)
{
    (void)state;
    static const char *const bad[] = {",",
                                      "a,",
                                      ",a",
                                      "a,,b",
                                      "a b",
                                      "A",
                                      "../x",
                                      "a/b",
                                      "a.so",
                                      " a",
                                      "a-very-long-name-that-goes-on-and-on-and-on"};

    for (size_t i = 0; i < ND_ARRAY_LENGTH(bad); i++) {
        netdisc_options options = {.size = sizeof options, .providers = bad[i]};

        open_bad(&options, NETDISC_ERROR_BAD_PROVIDER, "malformed");
    }
}

static void test_null_and_foreign_handles(void **state)
{
    (void)state;
    static uint64_t foreign[64];
    netdisc *other = (netdisc *)foreign;
    netdisc_list *list = (netdisc_list *)foreign;
    netdisc_error *err = NULL;
    intptr_t handle;

    assert_status(netdisc_dispatch(NULL, 0), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_pollable(NULL, &handle), ERROR_INVALID_PARAMETER);
    assert_error(netdisc_share_list(NULL, 0, 0, &list, &err), err, ERROR_INVALID_PARAMETER, "NULL");
    assert_null(list);
    assert_status(netdisc_dispatch(other, 0), ERROR_INVALID_HANDLE);
    assert_status(netdisc_pollable(other, &handle), ERROR_INVALID_HANDLE);
    assert_error(netdisc_share_list(other, 0, 0, &list, &err), err, ERROR_INVALID_HANDLE, "foreign");
    netdisc_close(other);
    netdisc_close(NULL);
    netdisc_op_free(NULL);
    netdisc_op_free((netdisc_op *)foreign);
    netdisc_op_cancel(NULL);
    netdisc_watch_stop(NULL);
    netdisc_watch_stop((netdisc_watch *)foreign);
    netdisc_list_free(NULL);
    netdisc_error_free(NULL);
    assert_status(netdisc_op_wait(NULL, 0), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_op_wait((netdisc_op *)foreign, 0), ERROR_INVALID_HANDLE);
    assert_status(netdisc_op_answer(NULL, NETDISC_ANSWER_NO), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_op_list(NULL, &list), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_op_on_complete(NULL, NULL, NULL), ERROR_INVALID_PARAMETER);
    assert_null(netdisc_op_error(NULL));
    assert_null(netdisc_op_note(NULL));
    assert_int_equal(netdisc_list_count(NULL), 0);
    assert_int_equal(netdisc_list_failure_count(NULL), 0);
    assert_null(netdisc_list_share(NULL, 0));
}

static void test_closed_context_is_told(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_list *list;
    netdisc_watch *watch;
    netdisc_op *op;
    intptr_t handle;

    /* The operation keeps the memory, so that looking at the closed handle is allowed here. */
    assert_status(netdisc_share_list_start(nd, 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    netdisc_close(nd);
    netdisc_close(nd);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), ERROR_INVALID_HANDLE);
    assert_status(netdisc_dispatch(nd, 0), ERROR_INVALID_HANDLE);
    assert_status(netdisc_pollable(nd, &handle), ERROR_INVALID_HANDLE);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, NULL, NULL, &watch, NULL),
                  ERROR_INVALID_HANDLE);
    assert_status(netdisc_op_wait(op, 0), NO_ERROR);
    assert_status(netdisc_op_list(op, &list), NO_ERROR);
    netdisc_list_free(list);
    netdisc_op_free(op);
}

static void test_version(void **state)
{
    (void)state;
    char version[32];

    snprintf(version, sizeof version, "%d.%d.%d", NETDISC_VERSION_MAJOR, NETDISC_VERSION_MINOR,
             NETDISC_VERSION_MICRO);
    assert_string_equal(netdisc_version(), version);
}

static void set_environment(const char *value)
{
#ifdef _WIN32
    SetEnvironmentVariableA("NETDISC_PROVIDERS", value);
#else
    if (value)
        setenv("NETDISC_PROVIDERS", value, 1);
    else
        unsetenv("NETDISC_PROVIDERS");
#endif
}

static void count_providers(const netdisc_options *options, size_t expected, const char *first)
{
    netdisc *nd;
    netdisc_list *list;

    assert_int_equal(nd_open_with(unit_registrations, &nd, options, NULL), NETDISC_NO_ERROR);
    assert_status(netdisc_backends(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), expected);
    assert_string_equal(netdisc_list_backend(list, 0)->provider, first);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_who_chooses_the_providers(void **state)
{
    (void)state;
    netdisc_options options = {.size = sizeof options};
    netdisc *nd;

    set_environment(NULL);
    count_providers(NULL, 5, "event");
    set_environment("");
    count_providers(NULL, 5, "event");
    set_environment("blocking,event");
    count_providers(&options, 2, "blocking");
    options.providers = "event2,event2";
    count_providers(&options, 1, "event2");
    set_environment("not a name");
    assert_int_equal(netdisc_open(&nd, NULL, NULL), NETDISC_ERROR_BAD_PROVIDER);
    set_environment(NULL);
}

/* ---- The host ------------------------------------------------------------------------------- */

#ifdef __linux__
static void test_starts_and_leaves_nothing(void **state)
{
    (void)state;
    size_t threads = unit_entries("/proc/self/task");
    size_t descriptors = unit_entries("/proc/self/fd");
    netdisc *nd = unit_open("event,blocking");
    netdisc_list *list;
    intptr_t handle;

    assert_int_equal(unit_entries("/proc/self/task"), threads);
    assert_int_equal(unit_entries("/proc/self/fd"), descriptors);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_status(netdisc_pollable(nd, &handle), NO_ERROR);
    assert_true(unit_entries("/proc/self/task") > threads);
    assert_true(unit_entries("/proc/self/fd") > descriptors);
    netdisc_list_free(list);
    netdisc_close(nd);
    assert_int_equal(unit_entries("/proc/self/task"), threads);
    assert_int_equal(unit_entries("/proc/self/fd"), descriptors);
}

static void check_in_child(netdisc *nd, netdisc_op *op, netdisc_watch *watch)
{
    netdisc_list *list;

    alarm(20);
    if (netdisc_share_list(nd, 0, 0, &list, NULL) != NETDISC_ERROR_INVALID_HANDLE ||
        netdisc_dispatch(nd, -1) != NETDISC_ERROR_INVALID_HANDLE ||
        netdisc_op_wait(op, -1) != NETDISC_ERROR_INVALID_HANDLE)
        _exit(1);
    netdisc_op_cancel(op);
    netdisc_op_free(op);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    /* Another program, for a memory checker would miss what was on the stacks of the threads that are
     * gone. */
    execlp("true", "true", (char *)NULL);
    _exit(1);
}

static void ignore_event(void *data, const netdisc_event *event)
{
    (void)data;
    (void)event;
}

static void test_child_is_told_and_does_not_hang(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_op *op;
    netdisc_watch *watch;
    int status;

    fake_script(fake_named("event"), &(fake_step){.slot = ND_SHARE_LIST, .manner = FAKE_NEVER});
    assert_status(netdisc_share_list_start(nd, 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, ignore_event, NULL, &watch, NULL), NO_ERROR);
    nd_mutex_lock(&nd->lock); /* as if another thread were in it */

    pid_t child = fork();

    if (child == 0)
        check_in_child(nd, op, watch);
    nd_mutex_unlock(&nd->lock);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    netdisc_op_cancel(op);
    assert_status(netdisc_op_wait(op, -1), ERROR_CANCELLED);
    netdisc_op_free(op);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
}

static volatile sig_atomic_t handled;

static void on_signal(int number)
{
    (void)number;
    handled++;
}

/* While the program has a signal blocked, no thread of the library may take it. */
static void test_signals_stay_with_the_host(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before;
    sigset_t usr1;
    sigset_t mask;
    sigset_t pending;
    netdisc *nd = unit_open("event,blocking");
    netdisc_list *list;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigaction(SIGUSR1, &action, &before);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    netdisc_list_free(list);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGUSR1));

    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    netdisc_list_free(list);
    sigpending(&pending);
    assert_true(sigismember(&pending, SIGUSR1));
    assert_int_equal(handled, 0);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    assert_int_equal(handled, 1);
    netdisc_close(nd);
    sigaction(SIGUSR1, &before, NULL);
}
#endif

/* ---- The end -------------------------------------------------------------------------------- */

enum { GENEROUS_MS = 3000 }; /* it waits 1 s, and the machine may be busy */

static void test_close_leaves_a_stuck_call_behind(void **state)
{
    (void)state;
    fake *blocking = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_op *op;

    fake_script(blocking, &(fake_step){.slot = ND_SHARE_LIST, .manner = FAKE_NEVER});
    assert_status(netdisc_share_list_start(nd, 0, -1, &op, NULL), NO_ERROR);
    assert_true(fake_wait_stuck(blocking, 1));

    int64_t begun = nd_now();

    netdisc_close(nd);
    assert_true(nd_now() - begun < (int64_t)GENEROUS_MS * ND_NS_PER_MS);
    assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
    assert_int_equal(fake_look(blocking).closed, 0);
    netdisc_op_free(op);

    /* When it comes back at last, it finds its memory, and the provider is closed after all. */
    fake_release(blocking);
    assert_true(fake_wait_closed(blocking, 1));
}

static void test_close_while_a_provider_opens(void **state)
{
    (void)state;
    fake *blocking = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_op *op;

    fake_script_open(blocking, NETDISC_NO_ERROR, 200);
    assert_status(netdisc_share_list_start(nd, 0, 0, &op, NULL), NO_ERROR);
    netdisc_close(nd);
    assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
    assert_int_equal(fake_look(blocking).closed, 1);
    assert_int_equal(fake_look(blocking).calls[ND_SHARE_LIST], 0);
    netdisc_op_free(op);
}

static void test_close_tells_a_blocking_call(void **state)
{
    (void)state;
    fake *blocking = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_op *op;

    fake_script(blocking, &(fake_step){.slot = ND_SHARE_LIST, .manner = FAKE_WHEN_TOO_LATE});
    assert_status(netdisc_share_list_start(nd, 0, -1, &op, NULL), NO_ERROR);
    assert_true(fake_wait_stuck(blocking, 1));
    netdisc_close(nd);
    /* It was told, or saw it first: either way it came back, and the provider could be closed. */
    assert_int_equal(fake_look(blocking).closed, 1);
    netdisc_op_free(op);
}

static void test_close_leaves_a_stuck_open_behind(void **state)
{
    (void)state;
    fake *blocking = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_op *op;

    fake_script_open(blocking, NETDISC_NO_ERROR, -1);
    assert_status(netdisc_share_list_start(nd, 0, -1, &op, NULL), NO_ERROR);
    assert_true(fake_wait_opened(blocking, 1));
    netdisc_close(nd);
    netdisc_op_free(op);
    fake_release(blocking);
    assert_true(fake_wait_closed(blocking, 1));
}

static char logged[2048];

static void keep_log(void *data, netdisc_log_level level, const char *message)
{
    (void)level;
    assert_ptr_equal(data, logged);
    strncat(logged, message, sizeof logged - strlen(logged) - 1);
}

static void test_log(void **state)
{
    (void)state;
    netdisc_options options = {
        .size = sizeof options, .providers = "event", .log = keep_log, .log_data = logged};
    netdisc *nd;
    netdisc_list *list;

    fake_script_open(fake_named("event"), NETDISC_ERROR_ACCESS_DENIED, 0);
    assert_int_equal(nd_open_with(unit_registrations, &nd, &options, NULL), NETDISC_NO_ERROR);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), ERROR_ACCESS_DENIED);
    netdisc_close(nd);
    assert_non_null(strstr(logged, "event cannot be used: the script says so"));
}

static void ignore_change(void *data, const netdisc_event *event)
{
    (void)data;
    (void)event;
}

static void test_providers_log(void **state)
{
    (void)state;
    netdisc_options options = {
        .size = sizeof options, .providers = "event", .log = keep_log, .log_data = logged};
    netdisc *nd;
    netdisc_watch *watch;

    logged[0] = '\0';
    assert_int_equal(nd_open_with(unit_registrations, &nd, &options, NULL), NETDISC_NO_ERROR);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, ignore_change, NULL, &watch, NULL), NO_ERROR);
    assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    assert_non_null(strstr(logged, "event: told what to watch"));
}

static void test_no_log_after_close(void **state)
{
    (void)state;
    fake *blocking = fake_named("blocking");
    netdisc_options options = {
        .size = sizeof options, .providers = "blocking", .log = keep_log, .log_data = logged};
    netdisc *nd;
    netdisc_op *op;

    assert_int_equal(nd_open_with(unit_registrations, &nd, &options, NULL), NETDISC_NO_ERROR);
    fake_script(blocking, &(fake_step){.slot = ND_SHARE_LIST, .manner = FAKE_NEVER});
    assert_status(netdisc_share_list_start(nd, 0, -1, &op, NULL), NO_ERROR);
    assert_true(fake_wait_stuck(blocking, 1));
    netdisc_close(nd);
    netdisc_op_free(op);
    logged[0] = '\0';
    fake_release(blocking);
    assert_true(fake_wait_closed(blocking, 1));
    assert_string_equal(logged, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fakes(test_options_are_checked),
        with_fakes(test_provider_lists_are_checked),
        with_fakes(test_null_and_foreign_handles),
        with_fakes(test_closed_context_is_told),
        with_fakes(test_version),
        with_fakes(test_who_chooses_the_providers),
#ifdef __linux__
        with_fakes(test_starts_and_leaves_nothing),
        with_fakes(test_child_is_told_and_does_not_hang),
        with_fakes(test_signals_stay_with_the_host),
#endif
        with_fakes(test_close_leaves_a_stuck_call_behind),
        with_fakes(test_close_while_a_provider_opens),
        with_fakes(test_close_tells_a_blocking_call),
        with_fakes(test_close_leaves_a_stuck_open_behind),
        with_fakes(test_log),
        with_fakes(test_providers_log),
        with_fakes(test_no_log_after_close),
    };

    return cmocka_run_group_tests_name("context", tests, NULL, unit_clear);
}
