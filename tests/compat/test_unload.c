/* SPDX-License-Identifier: MIT */
/* A program that loads libnetdisc-win32 itself, and lets go of it while a callback of its own is running. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "netdisc-win32.h"
#include "wlanapi.h"

enum { WAIT_S = 20 };

static sem_t called, may_return;

static VOID WINAPI hear(PWLAN_NOTIFICATION_DATA what, PVOID context)
{
    (void)what;
    (void)context;
    sem_post(&called);
    sem_wait(&may_return);
}

static bool is_called(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    return sem_timedwait(&called, &until) == 0;
}

/* One that comes, is told as three notifications. */
static void write_script(void)
{
    static const char script[] = "watched\nwlan uuid=11111111-2222-3333-4444-555555555550 name=wlan0 "
                                 "state=connected ssid=cafe\n";
    char path[64];
    int file = memfd_create("netdisc", 0);

    assert_int_equal(write(file, script, sizeof script - 1), sizeof script - 1);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    assert_int_equal(setenv("NETDISC_FAKE_SCRIPT", path, 1), 0);
}

static void *function(void *library, const char *name)
{
    void *found = dlsym(library, name);

    assert_non_null(found);
    return found;
}

/* Its thread returns from the callback into what is still there. */
static void test_let_go_in_a_callback(void **state)
{
    (void)state;
    netdisc_options options = {
        .size = sizeof options, .providers = "fake", .module_directory = getenv("NETDISC_TEST_FAKE")};
    void *library = dlopen(getenv("NETDISC_TEST_WIN32"), RTLD_NOW);
    DWORD version;
    HANDLE handle;

    assert_non_null(library);
    write_script();

    __typeof(&netdisc_win32_configure) configure = function(library, "netdisc_win32_configure");
    __typeof(&WlanOpenHandle) open_handle = function(library, "WlanOpenHandle");
    __typeof(&WlanRegisterNotification) listen = function(library, "WlanRegisterNotification");

    assert_int_equal(configure(&options), NO_ERROR);
    assert_int_equal(open_handle(2, NULL, &version, &handle), NO_ERROR);
    assert_int_equal(listen(handle, WLAN_NOTIFICATION_SOURCE_ACM, FALSE, hear, NULL, NULL, NULL),
                     NO_ERROR);
    assert_true(is_called());
    assert_int_equal(dlclose(library), 0);
    sem_post(&may_return);
    assert_true(is_called());
    sem_post(&may_return);
    sem_post(&may_return);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_let_go_in_a_callback),
    };

    sem_init(&called, 0, 0);
    sem_init(&may_return, 0, 0);
    return cmocka_run_group_tests_name("unload", tests, NULL, NULL);
}
