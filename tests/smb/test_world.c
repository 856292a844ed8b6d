/* SPDX-License-Identifier: MIT */
/* The world is what the tests take it for: Samba's own client sees it, smbstatus counts, holders
 * hold. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world_smb.h"

/* smbclient's exit status for one command, given the share and as whom. */
static int client(const char *port, const char *user, const char *share, const char *command)
{
    char place[128];
    const char *argv[] = {"smbclient", place, "-p", port, "-U", user, "-c", command, "-t", "3", NULL};

    snprintf(place, sizeof place, "//127.0.0.1/%s", share);
    return bed_wait(bed_spawn(argv, -1, open("/dev/null", 1)));
}

static void test_shares(void **state)
{
    (void)state;
    static const char *const open_to_all[] = {"guest", "readonly", "with space", "per%cent",
                                              "ha#sh", "Größe",    "many",       "big"};
    static const char *const ports[] = {"445", "4455"};
    static const char alice[] = "alice%" WORLD_PASSWORD;

    for (size_t port = 0; port < 2; port++) {
        for (size_t i = 0; i < sizeof open_to_all / sizeof *open_to_all; i++)
            assert_int_equal(client(ports[port], "%", open_to_all[i], "get hello /dev/null"), 0);
        assert_int_equal(client(ports[port], alice, "private", "get hello /dev/null"), 0);
        assert_int_equal(client(ports[port], alice, "encrypted", "get hello /dev/null"), 0);
        assert_int_not_equal(client(ports[port], "alice%wrong", "private", "ls"), 0);
        assert_int_not_equal(client(ports[port], "%", "private", "ls"), 0);
        assert_int_not_equal(client(ports[port], alice, "nowhere", "ls"), 0);
    }
    assert_int_not_equal(client("445", alice, "denied", "ls"), 0);
    assert_int_not_equal(client("445", "disabled%" WORLD_PASSWORD, "private", "ls"), 0);
    assert_int_not_equal(client("4456", "%", "guest", "ls"), 0);
    assert_int_equal(client("445", "%", "guest", "put /etc/passwd p"), 0);
    assert_int_not_equal(client("445", "%", "readonly", "put /etc/passwd p"), 0);
}

/* A client that stays until it is killed. */
static pid_t stay(const char *share, const char *command)
{
    char place[128];
    char line[256];
    const char *argv[] = {"sh", "-c", line, NULL};

    snprintf(place, sizeof place, "//127.0.0.1/%s", share);
    snprintf(line, sizeof line, "(echo '%s'; sleep 100) | smbclient '%s' -N", command, place);
    return bed_spawn(argv, -1, open("/dev/null", 1));
}

static void test_status(void **state)
{
    (void)state;
    static const char *const names[] = {"guest", "with space", "Größe", "per%cent", "ha#sh"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pid_t pid = stay(names[i], "open hello");

        assert_true(world_wait_tree_connects(WORLD_SMB, names[i], 1));
        assert_true(world_wait_open_files(WORLD_SMB, names[i], 1));
        assert_int_equal(world_tree_connects(WORLD_SMB, "private"), 0);
        assert_int_equal(world_open_files(WORLD_SMB, "private"), 0);
        assert_int_equal(world_tree_connects(WORLD_OTHER, names[i]), 0);
        bed_kill(pid);
        assert_true(world_wait_tree_connects(WORLD_SMB, names[i], 0));
        assert_true(world_wait_open_files(WORLD_SMB, names[i], 0));
    }
}

static void test_close_share(void **state)
{
    (void)state;
    pid_t pid = stay("guest", "open hello");

    assert_true(world_wait_open_files(WORLD_SMB, "guest", 1));
    world_close_share(WORLD_SMB, "guest");
    assert_true(world_wait_open_files(WORLD_SMB, "guest", 0));
    bed_kill(pid);
}

static void test_servers_stop_and_start(void **state)
{
    (void)state;
    world_signal(WORLD_SMB, SIGSTOP);
    assert_int_not_equal(client("445", "%", "guest", "ls"), 0);
    world_signal(WORLD_SMB, SIGCONT);
    assert_int_equal(client("445", "%", "guest", "ls"), 0);
    world_kill(WORLD_SMB);
    assert_int_not_equal(client("445", "%", "guest", "ls"), 0);
    world_start(WORLD_SMB);
    assert_int_equal(client("445", "%", "guest", "ls"), 0);
    world_signal(WORLD_OTHER, SIGSTOP);
    /* The next test has it running. */
}

static void test_holders(void **state)
{
    (void)state;
    static const char *const whats[] = {"file", "write", "directory", "cwd", "map"};
    const char *path = world_file(WORLD_SMB, "guest", "hello");

    for (size_t i = 0; i < sizeof whats / sizeof *whats; i++) {
        bool wants_file = i != 2 && i != 3;
        world_holder holder = world_hold(whats[i], wants_file ? path : WORLD_RUN);

        assert_int_equal(kill(holder.pid, 0), 0);
        if (i == 1)
            assert_int_equal(world_holder_do(&holder, 'w'), 0);
        if (i == 0)
            assert_int_equal(world_holder_do(&holder, 'r'), 0);
        if (i == 0)
            assert_int_equal(world_holder_do(&holder, 'w'), EBADF);
        world_release(&holder);
        assert_int_equal(holder.pid, 0);
    }
}

static void test_mounts(void **state)
{
    (void)state;
    assert_int_equal(world_mounts(WORLD_RUNTIME), 0);
    world_mount_tmpfs(WORLD_RUNTIME, "size=64k");
    assert_int_equal(world_mounts(WORLD_RUNTIME), 1);
    assert_non_null(world_left_over());
    world_unmount(WORLD_RUNTIME);
    assert_null(world_left_over());
}

/* Strays of a test are gone in the next. */
static void test_nothing_is_left(void **state)
{
    static const char *const argv[] = {"sh", "-c", "sleep 100 & exec sleep 100", NULL};

    (void)state;
    pid_t pid = bed_spawn(argv, -1, -1);

    world_mount_tmpfs(WORLD_CONFIG, "size=64k");
    world_reset(NULL);
    assert_int_equal(world_mounts(WORLD_CONFIG), 0);
    assert_int_not_equal(kill(pid, 0), 0);
    assert_int_equal(geteuid(), world_is_user() ? WORLD_UID : 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_shares, world_reset),
        cmocka_unit_test_setup(test_status, world_reset),
        cmocka_unit_test_setup(test_close_share, world_reset),
        cmocka_unit_test_setup(test_servers_stop_and_start, world_reset),
        cmocka_unit_test_setup(test_holders, world_reset),
        cmocka_unit_test_setup(test_mounts, world_reset),
        cmocka_unit_test_setup(test_nothing_is_left, world_reset),
    };

    world_enter(argc, argv);
    return world_end(cmocka_run_group_tests_name("world", tests, NULL, NULL));
}
