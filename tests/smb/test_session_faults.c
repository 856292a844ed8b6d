/* SPDX-License-Identifier: MIT */
/* When a worker, a server, the runtime directory or what a mapping is made of is not as it should be. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "test_smb.h"

enum { DEADLINE_MS = 8000, CLOSE_MS = 1000 + SLACK_MS };

static pid_t only_worker(void)
{
    pid_t worker = 0;

    assert_int_equal(world_workers(&worker, 1), 1);
    return worker;
}

static void kill_worker(void)
{
    pid_t worker = only_worker();

    assert_int_equal(kill(worker, SIGKILL), 0);
    assert_true(world_wait_gone(worker));
}

/* Within the deadline, and a bit. */
static netdisc_status cancel_in_time(netdisc *nd, const char *name, uint32_t flags, netdisc_error **err)
{
    int64_t begun = bed_now_ms();
    netdisc_status status = netdisc_share_cancel(nd, name, flags, DEADLINE_MS, err);

    assert_in_range(bed_now_ms() - begun, 0, DEADLINE_MS + SLACK_MS);
    return status;
}

static void must_cancel_in_time(netdisc *nd, const char *name, uint32_t flags)
{
    netdisc_error *err = NULL;

    assert_done(cancel_in_time(nd, name, flags, &err), err);
}

/* Z: can be made, works, and can be ended. */
static void assert_usable(netdisc *nd)
{
    add_guest(nd, "Z:", GUEST);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
}

/* ---- The worker ----------------------------------------------------------------------------- */

static void test_killed_worker(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_guest(nd, "Z:", GUEST);
    kill_worker();
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));
    /* The list finds it, and cleans up. */
    assert_int_equal(listed(nd), 0);
    assert_nothing_left();
    assert_usable(nd);
    netdisc_close(nd);
}

static void test_killed_worker_and_no_list(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_guest(nd, "Z:", GUEST);
    kill_worker();
    assert_error(cancel(nd, "Z:", 0, &err), err, ERROR_NOT_CONNECTED, NULL);
    add_guest(nd, "Z:", GUEST);
    kill_worker();
    assert_usable(nd);
    add_guest(nd, NULL, GUEST);
    kill_worker();
    add_guest(nd, NULL, GUEST);
    must_cancel(nd, GUEST, 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_killed_worker_of_one_of_two(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_guest(nd, "Z:", GUEST);
    kill_worker();
    add_guest(nd, "Y:", AT "\\many");
    assert_int_equal(listed(nd), 1);
    assert_works(nd, "Y:", WORLD_SMB, "many");
    must_cancel(nd, "Y:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_killed_worker_with_a_holder(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    world_holder holder;
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "hello", path);
    holder = world_hold("write", path);
    kill_worker();
    assert_int_equal(listed(nd), 0);
    assert_nothing_left();
    assert_int_not_equal(world_holder_do(&holder, 'w'), 0);
    assert_usable(nd);
    world_release(&holder);
    netdisc_close(nd);
}

static void test_stopped_worker(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    pid_t worker;

    add_guest(nd, "Z:", GUEST);
    worker = only_worker();
    assert_int_equal(kill(worker, SIGSTOP), 0);
    /* It does not stop the others. */
    add_guest(nd, "Y:", AT "\\many");
    assert_int_equal(listed(nd), 2);
    must_cancel_in_time(nd, "Y:", 0);
    /* Nobody holds it, so it may be killed. */
    must_cancel_in_time(nd, "Z:", 0);
    assert_nothing_left();
    assert_usable(nd);
    netdisc_close(nd);
}

static void test_stopped_worker_with_a_holder(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    world_holder holder;
    char path[WORLD_PATH];
    pid_t worker;

    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "hello", path);
    holder = world_hold("file", path);
    worker = only_worker();
    assert_int_equal(kill(worker, SIGSTOP), 0);
    assert_status(cancel_in_time(nd, "Z:", 0, &err), ERROR_OPEN_FILES);
    assert_non_null(err);
    assert_holder(err->holders, holder.pid, "file", path);
    netdisc_error_free(err);
    /* What it was told it no longer does when it goes on, nor once nobody holds it. */
    assert_int_equal(kill(worker, SIGCONT), 0);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    assert_int_equal(world_holder_do(&holder, 'r'), 0);
    world_release(&holder);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    holder = world_hold("file", path);
    assert_int_equal(kill(worker, SIGSTOP), 0);
    must_cancel_in_time(nd, "Z:", NETDISC_FORCE);
    assert_nothing_left();
    world_release(&holder);
    assert_usable(nd);
    netdisc_close(nd);
}

/* Without a holder, the order is in the worker's socket when it goes on after the deadline. */
static void test_stopped_worker_goes_on(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = NULL;
    pid_t worker;

    add_guest(nd, "Z:", GUEST);
    worker = only_worker();
    assert_int_equal(kill(worker, SIGSTOP), 0);
    assert_status(netdisc_share_cancel_start(nd, "Z:", 0, DEADLINE_MS, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, 300), WAIT_TIMEOUT);
    assert_int_equal(kill(worker, SIGCONT), 0);
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    netdisc_op_free(op);
    assert_nothing_left();
    netdisc_close(nd);
}

/* Programs that talk nonsense to it, or nothing. */
static void test_nonsense_to_a_worker(void **state)
{
    (void)state;
    enum { TALKERS = 40 };
    static const char *const nonsense[] = {"", "n", "nonsense nonsense nonsense nonsense",
                                           "ndsm\xff\xff\x01\x01\xff\xff\xff\xff", "ndsm\x01"};
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = WORLD_RUNTIME "/netdisc/Z/socket"};
    netdisc *nd = world_context();
    int talkers[TALKERS];

    add_guest(nd, "Z:", GUEST);
    for (size_t i = 0; i < TALKERS; i++) {
        const char *text = nonsense[i % (sizeof nonsense / sizeof *nonsense)];

        talkers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(talkers[i] >= 0);
        if (connect(talkers[i], (struct sockaddr *)&address, sizeof address) == 0 && text[0])
            assert_true(send(talkers[i], text, strlen(text), MSG_NOSIGNAL) > 0 || errno == EPIPE);
    }
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel_in_time(nd, "Z:", 0);
    for (size_t i = 0; i < TALKERS; i++)
        close(talkers[i]);
    assert_nothing_left();
    netdisc_close(nd);
}

/* ---- The server ----------------------------------------------------------------------------- */

static void test_killed_server(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    world_holder holder;
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    add_guest(nd, "Y:", AT "\\many");
    resolve(nd, "Y:", "hello", path);
    holder = world_hold("file", path);
    world_kill(WORLD_SMB);
    must_cancel_in_time(nd, "Z:", 0);
    assert_status(cancel_in_time(nd, "Y:", 0, NULL), ERROR_OPEN_FILES);
    must_cancel_in_time(nd, "Y:", NETDISC_FORCE);
    assert_nothing_left();
    world_release(&holder);
    netdisc_close(nd);
}

static void test_frozen_server(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_guest(nd, "Z:", GUEST);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    add_guest(nd, NULL, GUEST);
    world_signal(WORLD_SMB, SIGSTOP);
    assert_int_equal(listed(nd), 2);
    must_cancel_in_time(nd, "Z:", 0);
    must_cancel_in_time(nd, GUEST, NETDISC_FORCE);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_frozen_server_and_a_reader(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    world_holder holder;
    char path[WORLD_PATH];

    world_put_big("big", "zeros", 64 << 20);
    add_guest(nd, "Z:", AT "\\big");
    add_guest(nd, "Y:", OTHER);
    resolve(nd, "Z:", "zeros", path);
    holder = world_hold("file", path);
    assert_int_equal(world_holder_do(&holder, 'r'), 0);
    world_signal(WORLD_SMB, SIGSTOP);
    for (int i = 0; i < 64; i++)
        world_holder_begin(&holder, 'r');
    while (world_holder_result(&holder, 500) >= 0)
        continue;
    /* It is blocked now. */
    assert_works(nd, "Y:", WORLD_OTHER, "guest");
    assert_status(cancel_in_time(nd, "Z:", 0, NULL), ERROR_OPEN_FILES);
    must_cancel_in_time(nd, "Z:", NETDISC_FORCE);
    assert_int_equal(world_mounts(WORLD_RUNTIME), 1);
    assert_int_not_equal(world_holder_result(&holder, WORLD_MS), -1);
    world_signal(WORLD_SMB, SIGCONT);
    assert_true(world_wait_tree_connects(WORLD_SMB, "big", 0));
    must_cancel(nd, "Y:", 0);
    assert_nothing_left();
    world_release(&holder);
    netdisc_close(nd);
}

/* The worker writes it down after the access that found it. */
static bool is_connected(const void *nd)
{
    return listed_state((netdisc *)nd, "Z:") == NETDISC_STATE_CONNECTED;
}

static void test_restarted_server(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    world_holder holder;
    char path[WORLD_PATH];

    add_alice(nd, "Z:", PRIVATE);
    resolve(nd, "Z:", "hello", path);
    holder = world_hold("write", path);
    for (int i = 0; i < 2; i++) {
        world_kill(WORLD_SMB);
        if (i == 1)
            run("cat", path, NULL);
        world_start(WORLD_SMB);
        assert_works(nd, "Z:", WORLD_SMB, "private");
    }
    assert_true(world_wait(is_connected, nd, WORLD_MS));
    world_release(&holder);
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_share_closed_by_its_admin(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    world_holder holder;
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "hello", path);
    holder = world_hold("write", path);
    assert_true(world_wait_open_files(WORLD_SMB, "guest", 1));
    world_close_share(WORLD_SMB, "guest");
    assert_true(world_wait_open_files(WORLD_SMB, "guest", 0));
    assert_int_not_equal(world_holder_do(&holder, 'w'), 0);
    /* It is still open here. */
    assert_status(cancel_in_time(nd, "Z:", 0, NULL), ERROR_OPEN_FILES);
    world_release(&holder);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel_in_time(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

/* ---- The runtime directory ------------------------------------------------------------------ */

/* Nothing is made, and the detail says why. */
static void assert_refuses(const char *what)
{
    netdisc *nd = world_context();
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = add_spec(nd, as_guest("Z:", GUEST), &err);

    if (!status || !err || strlen(err->message) < 10)
        fail_msg("%s: %s, \"%s\"", what, netdisc_status_name(status), err ? err->message : "");
    netdisc_error_free(err);
    /* Nor is anything hidden. */
    status = netdisc_share_list(nd, 0, 0, &items, NULL);
    assert_int_equal(netdisc_list_count(items), 0);
    netdisc_list_free(items);
    assert_int_not_equal(cancel(nd, "Z:", 0, NULL), NETDISC_NO_ERROR);
    netdisc_close(nd);
    assert_true(world_wait_workers(0));
    assert_int_equal(world_mounts(WORLD_RUNTIME), 0);
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));
}

static void test_hostile_directory(void **state)
{
    /* $U is the user, $D the directory of which "netdisc" is one. */
    static const struct {
        const char *what;
        const char *script;
    } cases[] = {
        {"a link",
         "mkdir -m 700 /tmp/elsewhere; chown $U /tmp/elsewhere; ln -s /tmp/elsewhere $D/netdisc"},
        {"another user's", "mkdir -m 700 $D/netdisc; chown 3002 $D/netdisc"},
        {"open to all", "mkdir $D/netdisc; chmod 777 $D/netdisc; chown $U $D/netdisc"},
        {"a file", "touch $D/netdisc; chown $U $D/netdisc"},
        {"above it open to all", "chmod 777 $D"},
        {"above it another user's", "chown 3002 $D; chmod 777 $D"},
        {"above it a link to nowhere", "rmdir $D; ln -s /nowhere $D"},
        {"not there", "rmdir $D"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_reset(state);
        world_sh("U=%d; D=" WORLD_RUNTIME "; %s", world_is_user() ? WORLD_UID : 0, cases[i].script);
        assert_refuses(cases[i].what);
        world_sh("rm -rf /tmp/elsewhere");
    }
}

static void test_path_of_directory(void **state)
{
    (void)state;
    static const char *const paths[] = {"relative", "/nowhere/at/all", "."};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        setenv("XDG_RUNTIME_DIR", paths[i], 1);
        assert_refuses(paths[i]);
    }
}

/* The kernel lists what is mounted by another name. */
static void test_directory_by_another_name(void **state)
{
    (void)state;
    static const char *const names[] = {WORLD_RUN "/home/link/user", WORLD_RUN "//./user/"};
    world_holder holder;
    char path[WORLD_PATH];

    assert_int_equal(symlink(WORLD_RUN, WORLD_RUN "/home/link"), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        netdisc *nd;

        setenv("XDG_RUNTIME_DIR", names[i], 1);
        nd = world_context();
        add_guest(nd, "Z:", GUEST);
        resolve(nd, "Z:", "", path);
        holder = world_hold("directory", path);
        assert_int_not_equal(cancel(nd, "Z:", 0, NULL), NETDISC_NO_ERROR);
        world_release(&holder);
        must_cancel(nd, "Z:", 0);
        assert_int_equal(world_mounts(WORLD_RUN), 0);
        add_guest(nd, "Z:", GUEST);
        must_cancel(nd, "Z:", NETDISC_FORCE);
        assert_int_equal(world_mounts(WORLD_RUN), 0);
        netdisc_close(nd);
    }
    setenv("XDG_RUNTIME_DIR", WORLD_RUNTIME, 1);
    assert_int_equal(unlink(WORLD_RUN "/home/link"), 0);
    assert_nothing_left();
}

static void test_no_runtime_directory(void **state)
{
    unsigned uid = world_is_user() ? WORLD_UID : 0;
    netdisc *nd = world_context();
    char place[64];
    char path[WORLD_PATH];

    snprintf(place, sizeof place, "/tmp/netdisc-%u", uid);
    unsetenv("XDG_RUNTIME_DIR");
    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "hello", path);
    assert_int_equal(strncmp(path, place, strlen(place)), 0);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    assert_int_equal(world_mounts(place), 1);
    must_cancel(nd, "Z:", 0);
    assert_int_equal(world_mounts(place), 0);
    assert_true(world_wait_workers(0));
    netdisc_close(nd);

    world_reset(state);
    unsetenv("XDG_RUNTIME_DIR");
    world_sh("mkdir -m 700 /tmp/elsewhere; chown %u /tmp/elsewhere; ln -s elsewhere %s", uid, place);
    assert_refuses("a link in /tmp");
    world_sh("rm -rf /tmp/elsewhere %s; mkdir -m 700 %s; chown 3002 %s", place, place, place);
    assert_refuses("another user's in /tmp");
    world_sh("chown %u %s; chmod 755 %s", uid, place, place);
    assert_refuses("readable in /tmp");
}

static void test_read_only_directory(void **state)
{
    (void)state;
    char options[64];
    netdisc *nd;

    snprintf(options, sizeof options, "mode=0700,uid=%d", world_is_user() ? WORLD_UID : 0);
    world_mount_tmpfs(WORLD_RUNTIME, options);
    world_sh("mount -o remount,ro " WORLD_RUNTIME);
    nd = world_context();
    assert_int_not_equal(add_spec(nd, as_guest("Z:", GUEST), NULL), NETDISC_NO_ERROR);
    assert_true(world_wait_workers(0));
    assert_int_equal(world_mounts(WORLD_RUNTIME), 1);
    world_unmount(WORLD_RUNTIME);
    assert_usable(nd);
    netdisc_close(nd);
}

static void test_full_disk(void **state)
{
    (void)state;
    char options[64];
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    netdisc_status status;

    snprintf(options, sizeof options, "mode=0700,uid=%d,size=64k", world_is_user() ? WORLD_UID : 0);
    world_mount_tmpfs(WORLD_RUNTIME, options);
    world_sh("dd if=/dev/zero of=" WORLD_RUNTIME "/fill bs=4k 2>/dev/null || true");
    status = add_spec(nd, as_guest("Z:", GUEST), &err);
    if (status != NETDISC_ERROR_DISK_FULL)
        fail_msg("%s: %s", netdisc_status_name(status), err ? err->message : "");
    netdisc_error_free(err);
    assert_true(world_wait_workers(0));
    assert_int_equal(world_mounts(WORLD_RUNTIME), 1);
    assert_int_equal(listed(nd), 0);
    world_sh("rm " WORLD_RUNTIME "/fill");
    add_guest(nd, "Z:", GUEST);
    must_cancel(nd, "Z:", 0);
    world_unmount(WORLD_RUNTIME);
    assert_usable(nd);
    netdisc_close(nd);
}

/* ---- What it takes -------------------------------------------------------------------------- */

static void test_no_fuse(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_share_spec spec = as_guest("Z:", GUEST);
    netdisc_op *op = NULL;
    netdisc_list *items = NULL;

    world_bind("/dev/null", "/dev/fuse");
    assert_status(netdisc_share_add_start(nd, &spec, 0, 0, &op, NULL), NO_ERROR);
    if (netdisc_op_wait(op, WORLD_MS))
        fail_msg("%s", netdisc_op_error(op)->message);
    assert_non_null(netdisc_op_note(op));
    assert_non_null(strstr(netdisc_op_note(op), "without files"));
    assert_status(netdisc_op_list(op, &items), NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 1);
    assert_null(netdisc_list_share(items, 0)->path);
    netdisc_list_free(items);
    netdisc_op_free(op);
    assert_int_equal(listed_state(nd, "Z:"), NETDISC_STATE_CONNECTED);
    assert_int_equal(world_tree_connects(WORLD_SMB, "guest"), 1);
    assert_int_equal(world_mounts(WORLD_RUNTIME), 0);
    must_cancel(nd, "Z:", 0);
    assert_int_equal(world_tree_connects(WORLD_SMB, "guest"), 0);
    assert_nothing_left();
    /* A mount point where nothing is to be seen is no mapping. */
    assert_int_equal(mkdir(WORLD_RUN "/home/m", 0755), 0);
    assert_int_not_equal(add_spec(nd, as_guest(WORLD_RUN "/home/m", GUEST), NULL), NETDISC_NO_ERROR);
    assert_nothing_left();
    world_unmount("/dev/fuse");
    assert_usable(nd);
    netdisc_close(nd);
}

static void test_no_worker(void **state)
{
    (void)state;
    static const char *const providers[] = {"session", "cifs,session", ""};

    setenv("NETDISC_SMB_WORKER", "/nowhere/netdisc-smb", 1);
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
        netdisc_options options = world_options(providers[i]);
        netdisc_error *err = NULL;
        netdisc *nd = NULL;

        assert_status(netdisc_open(&nd, &options, NULL), NO_ERROR);
        assert_error(add_spec(nd, as_guest("Z:", GUEST), &err), err, ERROR_NOT_SUPPORTED,
                     "/nowhere/netdisc-smb");
        netdisc_close(nd);
    }
}

static const char *worker_that_does(const char *what)
{
    static const char name[] = WORLD_RUN "/home/worker";
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", what);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(name, 0755), 0);
    return name;
}

static void assert_backend(netdisc *nd, netdisc_status status, const char *part)
{
    netdisc_list *list = NULL;
    const netdisc_backend *backend;

    assert_status(netdisc_backends(nd, 0, 0, &list, NULL), NO_ERROR);
    backend = netdisc_list_backend(list, 0);
    assert_int_equal(backend->status, status);
    assert_non_null(strstr(backend->reason, part));
    netdisc_list_free(list);
}

static void test_worker_without_its_libraries(void **state)
{
    (void)state;
    netdisc_options options = world_options("session");
    netdisc_error *err = NULL;
    netdisc *nd = NULL;

    assert_status(netdisc_open(&nd, &options, NULL), NO_ERROR);
    /* The end of a program that the loader refuses to load. */
    setenv("NETDISC_SMB_WORKER", worker_that_does("exit 127"), 1);
    assert_error(add_spec(nd, as_guest("Z:", GUEST), &err), err, ERROR_NOT_SUPPORTED, "libsmbclient");
    assert_backend(nd, NETDISC_ERROR_NOT_SUPPORTED, "libsmbclient");
    netdisc_close(nd);
    assert_nothing_left();
}

static void test_worker_that_hangs(void **state)
{
    (void)state;
    netdisc_options options = world_options("session");
    netdisc *nd = NULL;

    assert_status(netdisc_open(&nd, &options, NULL), NO_ERROR);
    setenv("NETDISC_SMB_WORKER", worker_that_does("exec sleep 60"), 1);
    assert_backend(nd, NETDISC_ERROR_SEM_TIMEOUT, "did nothing");
    netdisc_close(nd);
    assert_nothing_left();
}

static void test_worker_that_is_none(void **state)
{
    (void)state;
    static const char *const workers[] = {"/bin/false", "/bin/true", "/bin/cat", "/dev/null", "/"};
    netdisc *nd = world_context();

    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        netdisc_share_spec spec = as_guest("Z:", GUEST);
        int64_t begun = bed_now_ms();
        netdisc_error *err = NULL;

        setenv("NETDISC_SMB_WORKER", workers[i], 1);
        assert_int_not_equal(netdisc_share_add(nd, &spec, 0, 2000, &err), NETDISC_NO_ERROR);
        assert_non_null(err);
        assert_in_range(bed_now_ms() - begun, 0, 2000 + SLACK_MS);
        netdisc_error_free(err);
        assert_int_equal(listed(nd), 0);
    }
    netdisc_close(nd);
    assert_nothing_left();
}

static void test_no_descriptors(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    struct rlimit before;
    struct rlimit few;

    assert_usable(nd);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    for (rlim_t most = 3; most < 24; most++) {
        netdisc_share_spec spec = as_guest("Z:", GUEST);
        netdisc_status status;

        few.rlim_cur = most;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        status = netdisc_share_add(nd, &spec, 0, 0, NULL);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        if (!status)
            must_cancel(nd, "Z:", 0);
        assert_nothing_left();
    }
    assert_usable(nd);
    netdisc_close(nd);
}

/* ---- Deadlines, cancels, ends --------------------------------------------------------------- */

static void test_deadline_of_a_moment(void **state)
{
    (void)state;
    enum { MOMENTS = 30 };
    netdisc *nd = world_context();

    for (int i = 0; i < MOMENTS; i++) {
        netdisc_share_spec spec = as_guest("Z:", GUEST);
        netdisc_status status = netdisc_share_add(nd, &spec, 0, 1 + i * 2, NULL);

        if (status && status != NETDISC_ERROR_TIMEOUT && status != NETDISC_ERROR_ALREADY_ASSIGNED)
            fail_msg("%d ms: %s", 1 + i * 2, netdisc_status_name(status));
        if (!status)
            assert_works(nd, "Z:", WORLD_SMB, "guest");
        if (!status)
            must_cancel(nd, "Z:", 0);
    }
    /* One that was kept in the very moment of its deadline is a mapping as any other. */
    must_cancel(nd, "Z:", NETDISC_IF_CONNECTED);
    assert_nothing_left();
    for (int i = 0; i < MOMENTS; i++) {
        netdisc_status status;

        add_guest(nd, "Z:", GUEST);
        status = netdisc_share_cancel(nd, "Z:", 0, 1 + i / 3, NULL);
        if (status && status != NETDISC_ERROR_TIMEOUT)
            fail_msg("%s", netdisc_status_name(status));
        /* Ended or not, one that was given up can be ended for good. */
        if (!status)
            assert_int_equal(listed(nd), 0);
        must_cancel(nd, "Z:", NETDISC_IF_CONNECTED);
        assert_int_equal(listed(nd), 0);
    }
    assert_nothing_left();
    netdisc_close(nd);
}

static netdisc_op *begin_silent(netdisc *nd)
{
    netdisc_share_spec spec = as_guest("Z:", SILENT);
    netdisc_op *op = NULL;

    assert_status(netdisc_share_add_start(nd, &spec, 0, -1, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, 400), WAIT_TIMEOUT);
    assert_int_equal(world_workers(NULL, 0), 1);
    return op;
}

static void test_cancelled_while_connecting(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = begin_silent(nd);

    netdisc_op_cancel(op);
    assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
    netdisc_op_free(op);
    /* The letter is free at once. */
    assert_usable(nd);
    netdisc_close(nd);
    assert_nothing_left();
}

static void test_closed_while_connecting(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = begin_silent(nd);
    int64_t begun = bed_now_ms();

    netdisc_close(nd);
    assert_in_range(bed_now_ms() - begun, 0, CLOSE_MS);
    assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
    netdisc_op_free(op);
    assert_nothing_left();
}

/* With its whole process group. */
static void test_maker_is_killed(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char line;
    int said[2];
    pid_t pid;

    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    pid = world_make("stays", "Z:", GUEST, -1, said[1]);
    close(said[1]);
    assert_int_equal(read(said[0], &line, 1), 1);
    close(said[0]);
    bed_kill(pid);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_maker_is_killed_while_connecting(void **state)
{
    (void)state;
    pid_t pid = world_make("stays", "Z:", SILENT, -1, -1);

    assert_true(world_wait_workers(1));
    bed_kill(pid);
    assert_nothing_left();
}

/* A host that takes no notice of its children. */
static void test_children_ignored(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    signal(SIGCHLD, SIG_IGN);
    add_guest(nd, "Z:", GUEST);
    must_cancel(nd, "Z:", 0);
    signal(SIGCHLD, SIG_DFL);
    assert_nothing_left();
    netdisc_close(nd);
}

/* ---- Many rounds, fork ---------------------------------------------------------------------- */

static size_t entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void test_rounds_leave_nothing_behind(void **state)
{
    (void)state;
    enum { ROUNDS = 200 };
    netdisc *nd = world_context();
    size_t descriptors = 0;
    size_t threads = 0;

    for (int i = 0; i < ROUNDS; i++) {
        add_guest(nd, i % 2 ? NULL : "Z:", GUEST);
        must_cancel(nd, i % 2 ? GUEST : "Z:", i % 3 ? 0 : NETDISC_FORCE);
        assert_status(add_spec(nd, as_guest("Z:", AT "\\nowhere"), NULL), ERROR_BAD_NET_NAME);
        if (i == 10) {
            descriptors = entries("/proc/self/fd");
            threads = entries("/proc/self/task");
        }
    }
    assert_int_equal(entries("/proc/self/fd"), descriptors);
    assert_in_range(entries("/proc/self/task"), 0, threads + 2);
    assert_nothing_left();
    netdisc_close(nd);
}

static void check_in_child(netdisc *nd, netdisc_op *op)
{
    netdisc_list *items = NULL;
    netdisc_share_spec spec = as_guest("Y:", GUEST);

    alarm(WORLD_MS / 1000);
    if (netdisc_share_list(nd, 0, 0, &items, NULL) != NETDISC_ERROR_INVALID_HANDLE ||
        netdisc_share_add(nd, &spec, 0, 0, NULL) != NETDISC_ERROR_INVALID_HANDLE ||
        cancel(nd, "Z:", 0, NULL) != NETDISC_ERROR_INVALID_HANDLE ||
        netdisc_op_wait(op, -1) != NETDISC_ERROR_INVALID_HANDLE)
        _exit(1);
    netdisc_op_free(op);
    netdisc_close(nd);
    /* Another program, for a memory checker would miss what was on the stacks of the threads that are
     * gone. */
    execlp("true", "true", (char *)NULL);
    _exit(1);
}

static void test_after_fork(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;
    pid_t child;

    add_guest(nd, "Y:", GUEST);
    op = NULL;
    assert_status(netdisc_share_list_start(nd, 0, 0, &op, NULL), NO_ERROR);
    fflush(stdout);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        check_in_child(nd, op);
    assert_int_equal(bed_wait(child), 0);
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    netdisc_op_free(op);
    assert_works(nd, "Y:", WORLD_SMB, "guest");
    must_cancel(nd, "Y:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_killed_worker),
        in_world(test_killed_worker_and_no_list),
        in_world(test_killed_worker_of_one_of_two),
        in_world(test_killed_worker_with_a_holder),
        in_world(test_stopped_worker),
        in_world(test_stopped_worker_with_a_holder),
        in_world(test_stopped_worker_goes_on),
        in_world(test_nonsense_to_a_worker),
        in_world(test_killed_server),
        in_world(test_frozen_server),
        in_world(test_frozen_server_and_a_reader),
        in_world(test_restarted_server),
        in_world(test_share_closed_by_its_admin),
        in_world(test_hostile_directory),
        in_world(test_path_of_directory),
        in_world(test_directory_by_another_name),
        in_world(test_no_runtime_directory),
        in_world(test_read_only_directory),
        in_world(test_full_disk),
        in_world(test_no_fuse),
        in_world(test_no_worker),
        in_world(test_worker_without_its_libraries),
        in_world(test_worker_that_hangs),
        in_world(test_worker_that_is_none),
        in_world(test_no_descriptors),
        in_world(test_deadline_of_a_moment),
        in_world(test_cancelled_while_connecting),
        in_world(test_closed_while_connecting),
        in_world(test_maker_is_killed),
        in_world(test_maker_is_killed_while_connecting),
        in_world(test_children_ignored),
        in_world(test_rounds_leave_nothing_behind),
        in_world(test_after_fork),
    };

    begin(argc, argv);
    return world_end(cmocka_run_group_tests_name("session-faults", tests, NULL, NULL));
}
