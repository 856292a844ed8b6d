/* SPDX-License-Identifier: MIT */
/*
 * What the tests of libnetdisc-win32 share: the fake provider as the process's context, and short checks.
 *
 * A process has one context, so every test that calls world() runs in a process of its own: see apart().
 * The program is run with NETDISC_TEST_FAKE, the directory of the fake module.
 */
#ifndef COMPAT_WORLD_H
#define COMPAT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netdisc-win32.h"
#include "windows.h"

#include "../verdicts.h"

/* A file without a name, by which it is opened again. */
static inline int nameless_file(char path[64])
{
    int file = memfd_create("netdisc", 0);

    assert_true(file >= 0);
    snprintf(path, 64, "/proc/self/fd/%d", file);
    return file;
}

static int world_journal;

/* The context is the fake provider with this script: see fake_script.h. */
static inline void world(const char *script)
{
    netdisc_options options = {
        .size = sizeof options, .providers = "fake", .module_directory = getenv("NETDISC_TEST_FAKE")};
    char path[64], journal[64];
    int file = nameless_file(path);

    world_journal = nameless_file(journal);
    assert_true(dprintf(file, "%s\njournal path=%s\n", script, journal) > 0);
    assert_int_equal(setenv("NETDISC_FAKE_SCRIPT", path, 1), 0);
    assert_status(netdisc_win32_configure(&options), NO_ERROR);
}

/* Whether the provider has had a call that has this in its line: see fake_module.c. */
static inline bool was_called(const char *words)
{
    char text[16384];
    ssize_t length = pread(world_journal, text, sizeof text - 1, 0);

    assert_true(length >= 0);
    text[length] = '\0';
    return strstr(text, words) != NULL;
}

typedef struct apart_test {
    const char *name;
    CMUnitTestFunction function;
} apart_test;

/* In the child: what the test says goes where it is read by people, for the plan is the parent's. There is
 * nobody to ask. */
static inline int run_here(const apart_test *test)
{
    const struct CMUnitTest tests[] = {{test->name, test->function, NULL, NULL, NULL}};

    dup2(STDERR_FILENO, STDOUT_FILENO);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    return cmocka_run_group_tests_name("apart", tests, NULL, NULL);
}

static inline void run_apart(void **state)
{
    const apart_test *test = *state;
    pid_t child, ended;
    int status = 0;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        exit(run_here(test));
    do
        ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    assert_int_equal(ended, child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s failed, wait status 0x%x", test->name, (unsigned)status);
}

/* For a table of struct CMUnitTest: the test in a process of its own. */
#define apart(function)                                                                                 \
    {                                                                                                   \
#function, run_apart, NULL, NULL, &(apart_test)                                                 \
        {                                                                                               \
#function, function                                                                         \
        }                                                                                               \
    }

/* ---- Checks ---------------------------------------------------------------------------------- */

/* As a function of Windows': the code, and that GetLastError() has it; success leaves it alone. */
static inline void check_ends(DWORD status, DWORD before, netdisc_status expected, const char *file,
                              int line)
{
    DWORD last = GetLastError();

    if (status != expected)
        print_error("expected %s, got %s (%u)\n", netdisc_status_name(expected),
                    netdisc_status_name(status), (unsigned)status);
    if (last != (expected ? expected : before))
        print_error("expected GetLastError() of %s, got %s (%u)\n",
                    netdisc_status_name(expected ? expected : before), netdisc_status_name(last),
                    (unsigned)last);
    if (status != expected || last != (expected ? expected : before))
        _fail(file, line);
}

/* No function gives it. */
enum { UNTOUCHED = 0x20000000 };

/* assert_ends(WNetCancelConnection2W(...), ERROR_OPEN_FILES) */
#define assert_ends(call, expected)                                                                     \
    do {                                                                                                \
        DWORD status_of_call;                                                                           \
                                                                                                        \
        SetLastError(UNTOUCHED);                                                                        \
        status_of_call = (call);                                                                        \
        check_ends(status_of_call, UNTOUCHED, (DWORD)(expected), __FILE__, __LINE__);                   \
    } while (0)

/* With "?" for what is not ASCII, for messages and comparisons with names. */
static inline const char *narrow(const WCHAR *text, char *out, size_t size)
{
    size_t i = 0;

    for (; text && text[i] && i + 1 < size; i++)
        out[i] = text[i] < 0x80 ? (char)text[i] : '?';
    out[i] = '\0';
    return out;
}

static inline bool same_wide(const WCHAR *one, const WCHAR *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

static inline void check_wide(const WCHAR *text, const WCHAR *expected, const char *file, int line)
{
    char got[256], wanted[256];

    if (text && same_wide(text, expected))
        return;
    print_error("expected \"%s\"\n     got \"%s\"\n", narrow(expected, wanted, sizeof wanted),
                text ? narrow(text, got, sizeof got) : "(NULL)");
    _fail(file, line);
}

/* assert_wide(text, u"\\\\server\\share") */
#define assert_wide(text, expected) check_wide(text, expected, __FILE__, __LINE__)

#endif
