/* SPDX-License-Identifier: MIT */
/* The kernel's mounts of shares, through the public API, on file systems that need no server. */
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
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world_mounts.h"

#define DOCS    "//fileserver/docs"
#define REMOTE  "\\\\fileserver\\docs"
#define A       WORLD "/a"
#define PROFILE WORLD "/config/netdisc/shares"

enum { NOBODY = 65534, SOON_MS = 2000 };

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Asking --------------------------------------------------------------------------------- */

static netdisc_list *list(netdisc *nd)
{
    netdisc_list *items = NULL;

    assert_int_equal(netdisc_share_list(nd, 0, 0, &items, NULL), NETDISC_NO_ERROR);
    return items;
}

static const netdisc_share *find(const netdisc_list *items, const char *local)
{
    for (size_t i = 0; i < netdisc_list_count(items); i++) {
        const netdisc_share *share = netdisc_list_share(items, i);

        if (share->local && strcmp(share->local, local) == 0)
            return share;
    }
    return NULL;
}

static const netdisc_holder *find_holder(const netdisc_list *holders, pid_t pid, const char *what)
{
    for (size_t i = 0; i < netdisc_list_count(holders); i++) {
        const netdisc_holder *holder = netdisc_list_holder(holders, i);

        if (holder->pid == (uint64_t)pid && strcmp(holder->what, what) == 0)
            return holder;
    }
    return NULL;
}

static void expect_cancel(netdisc *nd, const char *name, uint32_t flags, netdisc_status expected)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_cancel(nd, name, flags, 0, &err);

    if (status != expected)
        print_error("%s: %s\n", netdisc_status_name(status), err ? err->message : "");
    netdisc_error_free(err);
    assert_int_equal(status, expected);
}

static void expect_message(netdisc *nd, const char *name, uint32_t flags, netdisc_status expected,
                           const char *part)
{
    netdisc_error *err = NULL;

    assert_int_equal(netdisc_share_cancel(nd, name, flags, 0, &err), expected);
    assert_non_null(err);
    if (!strstr(err->message, part))
        fail_msg("\"%s\" is not in: %s", part, err->message);
    netdisc_error_free(err);
}

static netdisc_status add(netdisc *nd, const char *local, const char *remote, const char *user,
                          uint32_t flags, netdisc_error **err)
{
    netdisc_share_spec spec = {.size = sizeof spec, .local = local, .remote = remote, .user = user};

    return netdisc_share_add(nd, &spec, flags, 0, err);
}

/* ---- Listing -------------------------------------------------------------------------------- */

static void test_a_mount_is_listed(void **state)
{
    (void)state;
    netdisc *nd;

    world_mount(DOCS "/below/that", "a");
    world_mount_plain("plain");
    nd = world_context();

    netdisc_list *items = list(nd);
    const netdisc_share *share = find(items, A);

    assert_non_null(share);
    assert_string_equal(share->provider, "cifs");
    assert_string_equal(share->remote, REMOTE);
    assert_string_equal(share->path, A);
    assert_null(share->user);
    assert_int_equal(share->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(share->remembered, NETDISC_NO);
    assert_int_equal(share->port, 0);
    assert_null(find(items, WORLD "/plain"));
    assert_int_equal(netdisc_list_failure_count(items), 0);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_any_name_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *source, *name, *remote;
    } rows[] = {
        {"//fileserver/with space", "with space", "\\\\fileserver\\with space"},
        {"//FileServer/100%20 #1", "100%20 #1", "\\\\fileserver\\100%20 #1"},
        {"//büro/Größe", "Größe", "\\\\büro\\Größe"},
        {"//fe80::1/v6", "v6", "\\\\[fe80::1]\\v6"},
        {"//fileserver/back", "back\\slash", "\\\\fileserver\\back"},
        {"no share", "odd", "no share"},
        {"//fileserver", "alone", "//fileserver"},
        {"//fileserver/a:b", "colon", "//fileserver/a:b"},
    };
    netdisc *nd = world_context();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        world_mount(rows[i].source, rows[i].name);

    netdisc_list *items = list(nd);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char point[256];

        snprintf(point, sizeof point, WORLD "/%s", rows[i].name);

        const netdisc_share *share = find(items, point);

        assert_non_null(share);
        assert_string_equal(share->remote, rows[i].remote);
        expect_cancel(nd, point, 0, NETDISC_NO_ERROR);
        assert_false(world_is_mounted(rows[i].name));
    }
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void test_many_mounts(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    netdisc *nd = world_context();
    netdisc_list *items = list(nd);
    size_t before = netdisc_list_count(items);

    netdisc_list_free(items);
    for (int i = 0; i < MANY; i++) {
        char source[64];
        char name[64];

        snprintf(source, sizeof source, "//fileserver/share%d", i);
        snprintf(name, sizeof name, "many%d", i);
        world_mount(source, name);
    }
    items = list(nd);
    assert_int_equal(netdisc_list_count(items), before + MANY);
    assert_string_equal(find(items, WORLD "/many1999")->remote, "\\\\fileserver\\share1999");
    netdisc_list_free(items);
    expect_cancel(nd, WORLD "/many1000", 0, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("many1000"));
    netdisc_close(nd);
}

/* Whatever comes and goes meanwhile, those that stay are in every list, once. */
static void test_mounts_that_never_rest(void **state)
{
    (void)state;
    enum { STAYING = 200, LISTS = 50 };
    netdisc *nd = world_context();

    for (int i = 0; i < STAYING; i++) {
        char name[64];

        snprintf(name, sizeof name, "staying%d", i);
        world_mount("//fileserver/staying", name);
    }

    pid_t restless = world_restless();

    for (int i = 0; i < LISTS; i++) {
        netdisc_list *items = list(nd);
        size_t staying = 0;

        for (size_t j = 0; j < netdisc_list_count(items); j++)
            staying += strstr(netdisc_list_share(items, j)->remote, "staying") != NULL;
        assert_int_equal(staying, STAYING);
        netdisc_list_free(items);
    }
    world_release(restless);
    netdisc_close(nd);
}

/* ---- Ending --------------------------------------------------------------------------------- */

static void test_a_mount_is_ended(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    expect_cancel(nd, A, 0, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("a"));
    expect_cancel(nd, A, 0, NETDISC_ERROR_NOT_CONNECTED);
    expect_cancel(nd, A, NETDISC_IF_CONNECTED, NETDISC_NO_ERROR);
    netdisc_close(nd);
}

static void test_what_is_no_share_is_left_alone(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount_plain("a");
    expect_cancel(nd, A, NETDISC_FORCE, NETDISC_ERROR_NOT_CONNECTED);
    assert_true(world_is_mounted("a"));
    netdisc_close(nd);
}

static void test_a_remote_name_spares_mounts(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    world_bind("a", "b");
    world_mount("//fileserver/other", "c");
    world_mount("//elsewhere/docs", "d");
    expect_message(nd, REMOTE, 0, NETDISC_ERROR_NOT_CONNECTED, "NETDISC_ALL");
    assert_true(world_is_mounted("a") && world_is_mounted("b"));
    expect_cancel(nd, "smb://FILESERVER/Docs", NETDISC_ALL, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("a") || world_is_mounted("b"));
    assert_true(world_is_mounted("c"));
    expect_cancel(nd, "\\\\fileserver", NETDISC_ALL, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("c"));
    assert_true(world_is_mounted("d"));
    netdisc_close(nd);
}

/* One of a bind mount and its original is ended, the other stays. */
static void test_a_local_name_ends_that_only(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    world_bind("a", "b");
    expect_cancel(nd, A, 0, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("a"));
    assert_true(world_is_mounted("b"));
    netdisc_close(nd);
}

/* ---- Holders -------------------------------------------------------------------------------- */

/* Refused without force, with the holder; the list of holders says the same. */
static void check_held(char how, const char *path, netdisc_status status, const char *what)
{
    pid_t holder = world_hold(how, path);
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    netdisc_list *holders = NULL;

    assert_int_equal(netdisc_share_cancel(nd, A, 0, 0, &err), status);
    assert_true(world_is_mounted("a"));
    assert_string_equal(err->native_name, "EBUSY");

    const netdisc_holder *found = find_holder(err->holders, holder, what);

    assert_non_null(found);
    assert_non_null(found->program);
    assert_string_equal(found->path, path);
    assert_int_equal(netdisc_share_holders(nd, A, 0, 0, &holders, NULL), NETDISC_NO_ERROR);
    assert_non_null(find_holder(holders, holder, what));
    netdisc_list_free(holders);
    netdisc_error_free(err);

    world_release(holder);
    expect_cancel(nd, A, 0, NETDISC_NO_ERROR);
    netdisc_close(nd);
}

static void test_an_open_file(void **state)
{
    (void)state;
    world_mount(DOCS, "a");
    check_held('f', A "/file name", NETDISC_ERROR_OPEN_FILES, "file");
}

static void test_an_open_directory(void **state)
{
    (void)state;
    world_mount(DOCS, "a");
    assert_int_equal(mkdir(A "/folder", 0755), 0);
    check_held('d', A "/folder", NETDISC_ERROR_OPEN_FILES, "directory");
}

static void test_a_working_directory(void **state)
{
    (void)state;
    world_mount(DOCS, "a");
    check_held('w', A, NETDISC_ERROR_DEVICE_IN_USE, "working directory");
}

static void test_a_root_directory(void **state)
{
    (void)state;
    world_mount(DOCS, "a");
    check_held('r', A, NETDISC_ERROR_DEVICE_IN_USE, "root directory");
}

static void test_a_mapping(void **state)
{
    (void)state;
    world_mount(DOCS, "a");
    check_held('m', A "/mapped", NETDISC_ERROR_OPEN_FILES, "mapping");
}

static void copy_program(const char *from, const char *to)
{
    static char bytes[1024 * 1024];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    ssize_t length;

    assert_true(in >= 0 && out >= 0);
    while ((length = read(in, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(out, bytes, (size_t)length), length);
    close(in);
    close(out);
}

static void test_a_running_program(void **state)
{
    (void)state;
    world_mount(DOCS, "a");
    copy_program("/bin/sleep", A "/sleep");
    check_held('x', A "/sleep", NETDISC_ERROR_OPEN_FILES, "program");
}

/* Its name begins with that of the mount point, but it is not below. */
static void test_a_neighbour_is_no_holder(void **state)
{
    (void)state;
    world_mount(DOCS, "a");
    world_mount(DOCS, "ab");

    pid_t holder = world_hold('w', WORLD "/ab");
    netdisc *nd = world_context();
    netdisc_list *holders = NULL;

    assert_int_equal(netdisc_share_holders(nd, A, 0, 0, &holders, NULL), NETDISC_NO_ERROR);
    assert_null(find_holder(holders, holder, "working directory"));
    netdisc_list_free(holders);
    expect_cancel(nd, A, 0, NETDISC_NO_ERROR);
    netdisc_close(nd);
}

static void check_mount_in_the_way(netdisc *nd, uint32_t flags, const char *path)
{
    netdisc_error *err = NULL;

    assert_int_equal(netdisc_share_cancel(nd, A, flags, 0, &err), NETDISC_ERROR_DEVICE_IN_USE);
    assert_non_null(err->holders);

    const netdisc_holder *holder = find_holder(err->holders, 0, "mount");

    assert_non_null(holder);
    assert_string_equal(holder->path, path);
    netdisc_error_free(err);
    assert_true(world_is_mounted("a"));
}

static void test_a_mount_below(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    world_mount_plain("a/below");
    check_mount_in_the_way(nd, 0, A "/below");
    check_mount_in_the_way(nd, NETDISC_FORCE, A "/below");
    netdisc_close(nd);
}

/* With force, too: what would be ended is the other. */
static void test_a_mount_on_top(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    world_mount_plain("a");
    check_mount_in_the_way(nd, 0, A);
    check_mount_in_the_way(nd, NETDISC_FORCE, A);
    assert_int_equal(umount2(A, 0), 0);
    expect_cancel(nd, A, 0, NETDISC_NO_ERROR);
    netdisc_close(nd);
}

static void test_a_mount_over_its_directory(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount_plain("dir");
    world_mount(DOCS, "dir/a");
    assert_int_equal(mount("over", WORLD "/dir", "ramfs", 0, NULL), 0);

    netdisc_error *err = NULL;

    assert_int_equal(netdisc_share_cancel(nd, WORLD "/dir/a", NETDISC_FORCE, 0, &err),
                     NETDISC_ERROR_DEVICE_IN_USE);
    assert_non_null(find_holder(err->holders, 0, "mount"));
    netdisc_error_free(err);
    assert_true(world_is_mounted("dir/a"));
    netdisc_close(nd);
}

static void test_two_shares_at_one_point(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    world_mount("//fileserver/top", "a");
    expect_cancel(nd, A, 0, NETDISC_NO_ERROR);

    netdisc_list *items = list(nd);

    assert_string_equal(find(items, A)->remote, REMOTE);
    netdisc_list_free(items);

    /* All of both, in the right order. */
    world_mount("//fileserver/top", "a");
    world_mount("//fileserver/nested", "a/nested");
    expect_cancel(nd, "\\\\fileserver", NETDISC_ALL, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("a"));
    netdisc_close(nd);
}

static void test_one_of_several_is_in_use(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    world_mount(DOCS, "b");
    world_mount(DOCS, "c");

    pid_t holder = world_hold('f', A "/file");

    expect_cancel(nd, REMOTE, NETDISC_ALL, NETDISC_ERROR_OPEN_FILES);
    assert_true(world_is_mounted("a") && world_is_mounted("b") && world_is_mounted("c"));
    world_release(holder);
    expect_cancel(nd, REMOTE, NETDISC_ALL, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("a") || world_is_mounted("b") || world_is_mounted("c"));
    netdisc_close(nd);
}

/* ---- Force ---------------------------------------------------------------------------------- */

static void force(netdisc *nd, const char *name, bool in_use)
{
    netdisc_op *op = NULL;
    int64_t begin = now_ms();

    assert_int_equal(netdisc_share_cancel_start(nd, name, NETDISC_FORCE, 0, &op, NULL),
                     NETDISC_NO_ERROR);
    assert_int_equal(netdisc_op_wait(op, -1), NETDISC_NO_ERROR);
    assert_true(now_ms() - begin < SOON_MS);
    if (in_use)
        assert_string_equal(netdisc_op_note(op), "detached; programs that hold files keep them");
    else
        assert_null(netdisc_op_note(op));
    netdisc_op_free(op);
}

static void test_force_detaches(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");

    int fd = open(A "/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    force(nd, A, true);
    assert_false(world_is_mounted("a"));
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);

    world_mount(DOCS, "a");
    force(nd, A, false);
    assert_false(world_is_mounted("a"));
    netdisc_close(nd);
}

/* ---- Servers that do not answer ------------------------------------------------------------- */

/* Its calls of the kernel run one at a time where it does not know that they may block, so that all of
 * the program hangs. */
static bool is_under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded && strstr(preloaded, "vgpreload");
}

/* Nothing touches the mount: it would hang, as whoever looks at it does. */
static void test_a_silent_server(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *holders = NULL;

    world_mount_silent(DOCS, "a");
    world_get_stuck(A);

    int64_t begin = now_ms();
    netdisc_list *items = list(nd);

    assert_non_null(find(items, A));
    netdisc_list_free(items);
    assert_int_equal(netdisc_share_resolve(nd, A, 0, 0, &items, NULL), NETDISC_NO_ERROR);
    netdisc_list_free(items);
    assert_int_equal(netdisc_share_holders(nd, A, 0, 0, &holders, NULL), NETDISC_NO_ERROR);
    netdisc_list_free(holders);
    assert_true(now_ms() - begin < SOON_MS);

    netdisc_op *op = NULL;

    assert_int_equal(netdisc_share_cancel_start(nd, A, NETDISC_FORCE, 0, &op, NULL), NETDISC_NO_ERROR);
    assert_int_equal(netdisc_op_wait(op, SOON_MS), NETDISC_NO_ERROR);
    netdisc_op_free(op);
    assert_false(world_is_mounted("a"));
    netdisc_close(nd);
}

/* The kernel must ask a server that is frozen before it finds the mount: umount2() blocks. */
static void test_an_unmount_that_blocks(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    pid_t server = world_mount_served("//fileserver/outer", "outer");

    assert_int_equal(mount(DOCS, WORLD "/outer/sub", "tmpfs", 0, NULL), 0);
    assert_int_equal(kill(server, SIGSTOP), 0);

    int64_t begin = now_ms();
    netdisc_error *err = NULL;

    assert_int_equal(netdisc_share_cancel(nd, WORLD "/outer/sub", 0, 500, &err), NETDISC_ERROR_TIMEOUT);
    netdisc_error_free(err);
    assert_true(now_ms() - begin < SOON_MS);

    begin = now_ms();
    netdisc_close(nd);
    assert_true(now_ms() - begin < 1000);
    assert_true(world_is_mounted("outer/sub"));
    kill(server, SIGCONT);
}

static void expect_timeout(netdisc *nd, const char *part)
{
    int64_t begin = now_ms();
    netdisc_error *err = NULL;

    assert_int_equal(netdisc_share_cancel(nd, A, 0, 500, &err), NETDISC_ERROR_TIMEOUT);
    assert_true(now_ms() - begin < SOON_MS);
    if (!strstr(err->message, part))
        fail_msg("\"%s\" is not in: %s", part, err->message);
    netdisc_error_free(err);
}

static void close_in_time(netdisc *nd)
{
    int64_t begin = now_ms();

    netdisc_close(nd);
    assert_true(now_ms() - begin < 1000);
}

/* A mount that nobody uses, and whose server is frozen: 0, it cannot be had here. */
static pid_t mount_frozen(void)
{
    pid_t server = world_mount_served_to_the_end("a");

    if (server)
        assert_int_equal(kill(server, SIGSTOP), 0);
    return server;
}

static void test_a_frozen_server_is_not_told(void **state)
{
    (void)state;
    pid_t server = mount_frozen();

    if (!server)
        skip();

    netdisc *nd = world_context();

    expect_timeout(nd, "it was unmounted, but its server has not answered yet");
    close_in_time(nd);
    world_release(server);
}

static void test_force_does_not_wait_for_a_frozen_server(void **state)
{
    (void)state;
    pid_t server = mount_frozen();

    if (!server)
        skip();

    netdisc *nd = world_context();

    force(nd, A, false);
    assert_false(world_is_mounted("a"));
    close_in_time(nd);
    world_release(server);
}

/* ---- Who may not ---------------------------------------------------------------------------- */

/* In a process that becomes another user once the module is there. What the test asserts, the child says
 * by its exit. */
static void as_user(uid_t real, uid_t effective, bool (*body)(netdisc *nd))
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        netdisc *nd = world_context();
        netdisc_list *items = NULL;
        bool good = netdisc_share_list(nd, 0, 0, &items, NULL) == NETDISC_NO_ERROR &&
                    setresgid(real, effective, effective) == 0 &&
                    setresuid(real, effective, effective) == 0 && body(nd);

        netdisc_list_free(items);
        netdisc_close(nd);
        fflush(NULL);
        _exit(good ? 0 : 1);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool is_refused(netdisc *nd, const char *name, uint32_t flags, netdisc_status expected,
                       const char *part)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_cancel(nd, name, flags, 0, &err);
    bool good = status == expected && err && strstr(err->message, part);

    if (!good)
        print_error("%s: %s\n", netdisc_status_name(status), err ? err->message : "");
    netdisc_error_free(err);
    return good;
}

static bool lacks_the_right(netdisc *nd)
{
    return is_refused(nd, A, 0, NETDISC_ERROR_ACCESS_DENIED, "needs CAP_SYS_ADMIN") &&
           is_refused(nd, A, NETDISC_FORCE, NETDISC_ERROR_ACCESS_DENIED, "needs CAP_SYS_ADMIN");
}

static bool is_told_of_umount(netdisc *nd)
{
    return is_refused(nd, A, 0, NETDISC_ERROR_ACCESS_DENIED, "option \"users\"");
}

/* The list of holders says that it is not whole, and why. */
static bool sees_not_all(netdisc *nd, const char *part)
{
    netdisc_list *holders = NULL;
    bool good = netdisc_share_holders(nd, A, 0, 0, &holders, NULL) == NETDISC_NO_ERROR &&
                netdisc_list_failure_count(holders) == 1;

    if (good) {
        const netdisc_error *failure = netdisc_list_failure(holders, 0);

        good = failure->status == NETDISC_ERROR_ACCESS_DENIED && strstr(failure->message, part);
    }
    netdisc_list_free(holders);
    return good;
}

static bool cannot_look_into_all(netdisc *nd)
{
    return sees_not_all(nd, "cannot be looked into");
}

static bool is_shown_not_all(netdisc *nd)
{
    return sees_not_all(nd, "hidepid");
}

static void need_users(void)
{
    if (!world_has_users())
        skip();
}

static void put_over(const char *path, const char *text)
{
    world_write(WORLD "/over", text);
    assert_int_equal(mount(WORLD "/over", path, "none", MS_BIND, NULL), 0);
}

static void test_an_ordinary_user(void **state)
{
    (void)state;
    need_users();
    world_mount(DOCS, "a");
    as_user(NOBODY, NOBODY, lacks_the_right);
    as_user(NOBODY, NOBODY, cannot_look_into_all);
    put_over("/etc/fstab", DOCS " " A " cifs users,noauto 0 0\n");
    as_user(NOBODY, NOBODY, is_told_of_umount);
    assert_int_equal(umount2("/etc/fstab", 0), 0);
    assert_true(world_is_mounted("a"));
}

static void test_hidden_processes(void **state)
{
    (void)state;
    need_users();
    world_mount(DOCS, "a");
    /* Not in a container that covers parts of /proc. */
    if (mount("proc", "/proc", "proc", 0, "hidepid=invisible"))
        skip();
    as_user(NOBODY, NOBODY, is_shown_not_all);
    assert_int_equal(umount2("/proc", 0), 0);
}

static bool may_end(netdisc *nd)
{
    return netdisc_share_cancel(nd, A, 0, 0, NULL) == NETDISC_NO_ERROR;
}

static bool may_not_end(netdisc *nd)
{
    return is_refused(nd, A, 0, NETDISC_ERROR_ACCESS_DENIED, "/etc/fstab") &&
           is_refused(nd, A, NETDISC_FORCE, NETDISC_ERROR_ACCESS_DENIED, "/etc/fstab");
}

/* A program that is setuid root does for its user what the program umount would. */
static void test_a_setuid_program(void **state)
{
    (void)state;
    static const struct {
        const char *fstab, *written_down;
        bool (*expected)(netdisc *nd);
    } rows[] = {
        {"", "", may_not_end},
        {DOCS " " A " tmpfs noauto 0 0\n", "", may_not_end},
        {DOCS " " A " tmpfs users,noauto 0 0\n", "", may_end},
        {"//fileserver/other " A " tmpfs users,noauto 0 0\n", "", may_not_end},
        {DOCS " " WORLD "/b tmpfs users,noauto 0 0\n", "", may_not_end},
        {DOCS " " A " tmpfs user,noauto 0 0\n", "", may_not_end},
        {DOCS " " A " tmpfs user,noauto 0 0\n", "SRC=" DOCS " TARGET=" A " ROOT=/ OPTS=user=daemon\n",
         may_not_end},
        {DOCS " " A " tmpfs user,noauto 0 0\n", "SRC=" DOCS " TARGET=" A " ROOT=/ OPTS=user=nobody\n",
         may_end},
    };

    need_users();
    mkdir("/run/mount", 0755);
    assert_int_equal(mount("mount", "/run/mount", "ramfs", 0, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_mount(DOCS, "a");
        put_over("/etc/fstab", rows[i].fstab);
        world_write("/run/mount/utab", rows[i].written_down);
        as_user(NOBODY, 0, rows[i].expected);
        assert_int_equal(world_is_mounted("a"), rows[i].expected == may_not_end);
        assert_int_equal(umount2("/etc/fstab", 0), 0);
        world_reset(NULL);
    }
    assert_int_equal(umount2("/run/mount", 0), 0);
}

static bool lacks_descriptors(netdisc *nd)
{
    struct rlimit before;
    struct rlimit none;
    netdisc_list *items = NULL;

    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);

    netdisc_status listed = netdisc_share_list(nd, 0, 0, &items, NULL);
    netdisc_status ended = netdisc_share_cancel(nd, A, 0, 0, NULL);

    setrlimit(RLIMIT_NOFILE, &before);
    netdisc_list_free(items);
    return listed == NETDISC_ERROR_TOO_MANY_OPEN_FILES && ended == NETDISC_ERROR_TOO_MANY_OPEN_FILES;
}

static void test_no_descriptors(void **state)
{
    (void)state;
    world_mount(DOCS, "a");
    as_user(0, 0, lacks_descriptors);
    assert_true(world_is_mounted("a"));
}

/* ---- Letters -------------------------------------------------------------------------------- */

static netdisc_status resolve(netdisc *nd, const char *local, char path[256])
{
    netdisc_list *items = NULL;
    netdisc_status status = netdisc_share_resolve(nd, local, 0, 0, &items, NULL);

    if (!status)
        snprintf(path, 256, "%s", netdisc_list_share(items, 0)->path);
    netdisc_list_free(items);
    return status;
}

static void expect_state(netdisc *nd, const char *local, netdisc_state state)
{
    netdisc_list *items = list(nd);
    const netdisc_share *share = find(items, local);

    assert_int_equal(share ? share->state : NETDISC_STATE_UNKNOWN, state);
    netdisc_list_free(items);
}

static void test_a_letter_is_tied(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char path[256];

    world_mount(DOCS, "a");
    assert_int_equal(add(nd, "Z:", REMOTE, NULL, NETDISC_UPDATE_PROFILE, NULL), NETDISC_NO_ERROR);
    expect_state(nd, "Z:", NETDISC_STATE_CONNECTED);
    expect_state(nd, A, NETDISC_STATE_UNKNOWN);
    assert_int_equal(resolve(nd, "z:", path), NETDISC_NO_ERROR);
    assert_string_equal(path, A);
    assert_int_equal(resolve(nd, A, path), NETDISC_NO_ERROR);
    assert_int_equal(add(nd, "Z:", REMOTE, NULL, NETDISC_UPDATE_PROFILE, NULL),
                     NETDISC_ERROR_ALREADY_ASSIGNED);
    /* It has one already. */
    assert_int_equal(add(nd, "Y:", REMOTE, NULL, NETDISC_UPDATE_PROFILE, NULL),
                     NETDISC_ERROR_NOT_SUPPORTED);

    expect_cancel(nd, "Z:", 0, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("a"));
    expect_state(nd, "Z:", NETDISC_STATE_REMEMBERED);
    assert_int_equal(resolve(nd, "Z:", path), NETDISC_ERROR_CONNECTION_UNAVAIL);
    expect_cancel(nd, "Z:", 0, NETDISC_ERROR_NOT_CONNECTED);

    /* Mounted again it is back; another share there is not it. */
    world_mount("//fileserver/other", "a");
    expect_state(nd, "Z:", NETDISC_STATE_REMEMBERED);
    expect_cancel(nd, A, 0, NETDISC_NO_ERROR);
    world_mount(DOCS, "a");
    expect_state(nd, "Z:", NETDISC_STATE_CONNECTED);

    expect_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_NO_ERROR);
    assert_false(world_is_mounted("a"));
    expect_state(nd, "Z:", NETDISC_STATE_UNKNOWN);
    expect_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_ERROR_NOT_CONNECTED);
    netdisc_close(nd);
}

static void test_what_is_remembered_is_forgotten(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    assert_int_equal(add(nd, "Z:", REMOTE, NULL, NETDISC_UPDATE_PROFILE, NULL), NETDISC_NO_ERROR);
    /* By its mount point, with the letter. */
    expect_cancel(nd, A, NETDISC_UPDATE_PROFILE, NETDISC_NO_ERROR);
    expect_state(nd, "Z:", NETDISC_STATE_UNKNOWN);

    world_mount(DOCS, "a");
    assert_int_equal(add(nd, "Z:", REMOTE, NULL, NETDISC_UPDATE_PROFILE, NULL), NETDISC_NO_ERROR);
    assert_int_equal(umount2(A, 0), 0);
    expect_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_NO_ERROR);
    expect_state(nd, "Z:", NETDISC_STATE_UNKNOWN);
    netdisc_close(nd);
}

/* What is in use is neither ended nor forgotten. */
static void test_a_refusal_forgets_nothing(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_mount(DOCS, "a");
    assert_int_equal(add(nd, "Z:", REMOTE, NULL, NETDISC_UPDATE_PROFILE, NULL), NETDISC_NO_ERROR);
    world_hold('f', A "/file");
    expect_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_ERROR_OPEN_FILES);
    expect_state(nd, "Z:", NETDISC_STATE_CONNECTED);
    netdisc_close(nd);
}

static void test_a_damaged_profile(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char path[256];

    world_mount(DOCS, "a");
    mkdir(WORLD "/config/netdisc", 0700);
    world_write(PROFILE, "this is no key file\n");
    chmod(PROFILE, 0600);

    netdisc_list *items = list(nd);

    assert_non_null(find(items, A));
    assert_int_equal(find(items, A)->remembered, NETDISC_UNKNOWN);
    assert_int_equal(netdisc_list_failure_count(items), 1);
    assert_int_equal(netdisc_list_failure(items, 0)->status, NETDISC_ERROR_BAD_PROFILE);
    netdisc_list_free(items);

    assert_int_equal(resolve(nd, "Z:", path), NETDISC_ERROR_BAD_PROFILE);
    assert_int_equal(resolve(nd, A, path), NETDISC_NO_ERROR);
    assert_int_equal(add(nd, NULL, REMOTE, NULL, 0, NULL), NETDISC_NO_ERROR);
    assert_int_equal(add(nd, "Z:", REMOTE, NULL, NETDISC_UPDATE_PROFILE, NULL),
                     NETDISC_ERROR_BAD_PROFILE);
    expect_cancel(nd, "Z:", 0, NETDISC_ERROR_BAD_PROFILE);
    expect_cancel(nd, A, 0, NETDISC_NO_ERROR);

    world_mount(DOCS, "a");
    expect_message(nd, A, NETDISC_UPDATE_PROFILE, NETDISC_ERROR_BAD_PROFILE, "unmounted");
    assert_false(world_is_mounted("a"));
    expect_cancel(nd, A, NETDISC_UPDATE_PROFILE, NETDISC_ERROR_BAD_PROFILE);
    netdisc_close(nd);
}

/* ---- Adding --------------------------------------------------------------------------------- */

static void expect_add(netdisc *nd, const char *local, const char *remote, const char *user,
                       const char *part)
{
    netdisc_error *err = NULL;

    assert_int_equal(add(nd, local, remote, user, 0, &err), NETDISC_ERROR_NOT_SUPPORTED);
    if (!strstr(err->message, part))
        fail_msg("\"%s\" is not in: %s", part, err->message);
    netdisc_error_free(err);
}

static void test_adding_finds_what_is_there(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_share_spec spec = {.size = sizeof spec, .remote = "//FILESERVER/DOCS", .password = "secret"};
    netdisc_op *op = NULL;
    netdisc_list *items = NULL;

    world_mount(DOCS, "a");
    assert_int_equal(netdisc_share_add_start(nd, &spec, 0, 0, &op, NULL), NETDISC_NO_ERROR);
    assert_int_equal(netdisc_op_wait(op, -1), NETDISC_NO_ERROR);
    assert_int_equal(netdisc_op_list(op, &items), NETDISC_NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 1);
    assert_string_equal(netdisc_list_share(items, 0)->path, A);
    netdisc_list_free(items);
    netdisc_op_free(op);

    expect_add(nd, NULL, "\\\\fileserver\\none", NULL, "no mount");
    expect_add(nd, NULL, REMOTE, "alice", "no mount");
    expect_add(nd, "Z:", REMOTE, NULL, "NETDISC_UPDATE_PROFILE");
    expect_add(nd, WORLD "/new", REMOTE, NULL, "not made by netdisc");
    netdisc_close(nd);
}

/* ---- Watching ------------------------------------------------------------------------------- */

typedef struct seen {
    netdisc_event_type type;
    char local[64];
    netdisc_state state;
    size_t count;
} seen;

static void see(void *data, const netdisc_event *event)
{
    seen *it = data;

    it->type = event->type;
    it->state = event->state;
    it->count++;
    snprintf(it->local, sizeof it->local, "%s",
             event->share && event->share->local ? event->share->local : "");
}

/* Waits for an event of that share; others may come before. */
static void await(netdisc *nd, seen *it, netdisc_event_type type, const char *local)
{
    int64_t until = now_ms() + 5000;

    do {
        size_t before = it->count;

        while (it->count == before && now_ms() < until)
            netdisc_dispatch(nd, 100);
        if (it->count > before && it->type == type && strcmp(it->local, local) == 0)
            return;
    } while (now_ms() < until);
    fail_msg("no event %d of %s", (int)type, local);
}

static void test_a_watch(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *watch = NULL;
    netdisc_watch *second = NULL;
    seen it = {0};
    seen other = {0};

    assert_int_equal(netdisc_watch_start(nd, NETDISC_SHARE, see, &it, &watch, NULL), NETDISC_NO_ERROR);
    await(nd, &it, NETDISC_EVENT_READY, "");
    world_mount(DOCS, "a");
    await(nd, &it, NETDISC_EVENT_ADDED, A);
    assert_int_equal(it.state, NETDISC_STATE_CONNECTED);
    world_mount_plain("plain");

    assert_int_equal(netdisc_watch_start(nd, NETDISC_SHARE, see, &other, &second, NULL),
                     NETDISC_NO_ERROR);
    await(nd, &other, NETDISC_EVENT_READY, "");
    netdisc_watch_stop(second);

    assert_int_equal(add(nd, "Z:", REMOTE, NULL, NETDISC_UPDATE_PROFILE, NULL), NETDISC_NO_ERROR);
    await(nd, &it, NETDISC_EVENT_CHANGED, "Z:");
    assert_int_equal(umount2(A, 0), 0);
    await(nd, &it, NETDISC_EVENT_ADDED, "Z:");
    assert_int_equal(it.state, NETDISC_STATE_REMEMBERED);
    expect_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE, NETDISC_NO_ERROR);
    await(nd, &it, NETDISC_EVENT_REMOVED, "Z:");
    netdisc_watch_stop(watch);

    int64_t begin = now_ms();

    netdisc_close(nd);
    assert_true(now_ms() - begin < 1000);
}

enum { BLOCKING_TESTS = 3 };

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_mount_is_listed, world_reset),
        cmocka_unit_test_setup(test_any_name_comes_back, world_reset),
        cmocka_unit_test_setup(test_many_mounts, world_reset),
        cmocka_unit_test_setup(test_mounts_that_never_rest, world_reset),
        cmocka_unit_test_setup(test_a_mount_is_ended, world_reset),
        cmocka_unit_test_setup(test_what_is_no_share_is_left_alone, world_reset),
        cmocka_unit_test_setup(test_a_remote_name_spares_mounts, world_reset),
        cmocka_unit_test_setup(test_a_local_name_ends_that_only, world_reset),
        cmocka_unit_test_setup(test_an_open_file, world_reset),
        cmocka_unit_test_setup(test_an_open_directory, world_reset),
        cmocka_unit_test_setup(test_a_working_directory, world_reset),
        cmocka_unit_test_setup(test_a_root_directory, world_reset),
        cmocka_unit_test_setup(test_a_mapping, world_reset),
        cmocka_unit_test_setup(test_a_running_program, world_reset),
        cmocka_unit_test_setup(test_a_neighbour_is_no_holder, world_reset),
        cmocka_unit_test_setup(test_a_mount_below, world_reset),
        cmocka_unit_test_setup(test_a_mount_on_top, world_reset),
        cmocka_unit_test_setup(test_a_mount_over_its_directory, world_reset),
        cmocka_unit_test_setup(test_two_shares_at_one_point, world_reset),
        cmocka_unit_test_setup(test_one_of_several_is_in_use, world_reset),
        cmocka_unit_test_setup(test_force_detaches, world_reset),
        cmocka_unit_test_setup(test_a_silent_server, world_reset),
        cmocka_unit_test_setup(test_an_ordinary_user, world_reset),
        cmocka_unit_test_setup(test_hidden_processes, world_reset),
        cmocka_unit_test_setup(test_a_setuid_program, world_reset),
        cmocka_unit_test_setup(test_no_descriptors, world_reset),
        cmocka_unit_test_setup(test_a_letter_is_tied, world_reset),
        cmocka_unit_test_setup(test_what_is_remembered_is_forgotten, world_reset),
        cmocka_unit_test_setup(test_a_refusal_forgets_nothing, world_reset),
        cmocka_unit_test_setup(test_a_damaged_profile, world_reset),
        cmocka_unit_test_setup(test_adding_finds_what_is_there, world_reset),
        cmocka_unit_test_setup(test_a_watch, world_reset),
        /* Not for valgrind, in which no other thread runs while one is in umount2(): */
        cmocka_unit_test_setup(test_an_unmount_that_blocks, world_reset),
        cmocka_unit_test_setup(test_a_frozen_server_is_not_told, world_reset),
        cmocka_unit_test_setup(test_force_does_not_wait_for_a_frozen_server, world_reset),
    };
    size_t count = sizeof tests / sizeof tests[0] - (is_under_valgrind() ? BLOCKING_TESTS : 0);

    world_enter();

    int result = _cmocka_run_group_tests("cifs", tests, count, NULL, NULL);

    world_reset(NULL);
    return result;
}
