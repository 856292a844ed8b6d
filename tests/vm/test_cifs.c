/* SPDX-License-Identifier: MIT */
/* The kernel's own mounts of shares of a real Samba, which only a machine with cifs can have. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "test_smb.h"

/* Where the world removes what is left mounted. */
#define HOME     WORLD_RUN "/home"
#define A        HOME "/a"
#define B        HOME "/b"
#define DETACHED "detached; programs that hold files keep them"
#define UNHEARD  "it was unmounted, but its server has not answered yet"
#define LINK     A "/link"

enum { ALICE_UID = 3001 };
enum { SOON_MS = 3000, CLOSE_MS = 2000, BRIEF_MS = 1000, STUCK_MS = 500 };

/* ---- The machine ---------------------------------------------------------------------------- */

/* closetimeo=0: what a program closes is closed. By default Linux 6.1 does it a second later, and breaks in an
 * unmount if the server froze and died meanwhile ("Busy inodes after unmount"). */
static void mount_type(const char *type, const char *options, const char *share, const char *point)
{
    world_sh(
        "mkdir -p '%s'; PASSWD='%s' mount -t %s -o 'vers=3.1.1,closetimeo=0,%s' '//127.0.0.1/%s' '%s'",
        point, WORLD_PASSWORD, type, options, share, point);
}

static void mount_share(const char *share, const char *point)
{
    mount_type("cifs", "guest", share, point);
}

static netdisc *context(void)
{
    netdisc_options options = world_options("cifs");
    netdisc *nd = NULL;

    assert_int_equal(netdisc_open(&nd, &options, NULL), NETDISC_NO_ERROR);
    return nd;
}

static void freeze(void)
{
    world_signal(WORLD_SMB, SIGSTOP);
}

/* A server that was stopped must not keep the next test from beginning; and what is mounted in a share that
 * is dead goes with that only. */
static int kill_server(void **state)
{
    (void)state;
    world_kill(WORLD_SMB);
    bed_unmount(A);
    return 0;
}

static bool is_forgotten(const void *data)
{
    FILE *file = fopen("/proc/fs/cifs/DebugData", "re");
    char line[256];
    bool any = false;

    (void)data;
    while (file && !any && fgets(line, sizeof line, file))
        any = strstr(line, "ConnectionId") != NULL;
    if (file)
        fclose(file);
    return !any;
}

/* The kernel would take up a connection that it still has, and that is dead. */
static int begin_anew(void **state)
{
    world_reset(state);
    if (!world_wait(is_forgotten, NULL, WORLD_MS))
        bed_die("the kernel still has a connection of an earlier test");
    return 0;
}

/* A process that will not come back from the server. */
static void get_stuck(const world_holder *holder, char command)
{
    world_holder_begin(holder, command);
    assert_int_equal(world_holder_result(holder, STUCK_MS), -1);
}

/* ---- What is measured ----------------------------------------------------------------------- */

static void assert_in_time(int64_t begin, int limit_ms, const char *what)
{
    int64_t took = bed_now_ms() - begin;

    print_message("# %s: %d ms\n", what, (int)took);
    if (took > limit_ms)
        fail_msg("%s took %d ms, and not %d", what, (int)took, limit_ms);
}

static void close_in_time(netdisc *nd)
{
    int64_t begin = bed_now_ms();

    netdisc_close(nd);
    assert_in_time(begin, CLOSE_MS, "netdisc_close()");
}

/* With what it says of its success; NULL: nothing. */
static void end_noting(netdisc *nd, const char *name, uint32_t flags, const char *note)
{
    netdisc_op *op = NULL;
    int64_t begin = bed_now_ms();

    assert_int_equal(netdisc_share_cancel_start(nd, name, flags, 0, &op, NULL), NETDISC_NO_ERROR);

    netdisc_status status = netdisc_op_wait(op, -1);

    if (status)
        print_error("%s\n", netdisc_op_error(op)->message);
    assert_status(status, NO_ERROR);
    assert_in_time(begin, SOON_MS, "cancel");
    if (note)
        assert_string_equal(netdisc_op_note(op), note);
    else
        assert_null(netdisc_op_note(op));
    netdisc_op_free(op);
}

static void force(netdisc *nd, const char *name, uint32_t flags, const char *note)
{
    end_noting(nd, name, NETDISC_FORCE | flags, note);
}

static void check_holder(const netdisc_list *holders, pid_t pid, const char *what, const char *path)
{
    const netdisc_holder *holder = netdisc_list_holder(holders, 0);

    assert_int_equal(netdisc_list_count(holders), 1);
    assert_int_equal(holder->pid, pid);
    assert_string_equal(holder->provider, "cifs");
    assert_string_equal(holder->program, WORLD_HOLDER);
    assert_string_equal(holder->what, what);
    assert_string_equal(holder->path, path);
}

/* ---- Listing and ending --------------------------------------------------------------------- */

static void test_a_mount_is_listed(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_share("guest", A);
    mount_type("cifs", "username=alice", "private", B);

    netdisc_list *items = list(nd);
    const netdisc_share *share = find_local(items, A);
    const netdisc_share *other = find_local(items, B);

    assert_int_equal(netdisc_list_count(items), 2);
    assert_non_null(share);
    assert_string_equal(share->provider, "cifs");
    assert_string_equal(share->remote, GUEST);
    assert_string_equal(share->path, A);
    assert_null(share->user);
    assert_int_equal(share->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(share->remembered, NETDISC_NO);
    assert_non_null(other);
    assert_string_equal(other->remote, PRIVATE);
    assert_string_equal(other->user, "alice");
    netdisc_list_free(items);
    assert_works(nd, A, WORLD_SMB, "guest");
    assert_works(nd, B, WORLD_SMB, "private");
    netdisc_close(nd);
}

static void test_a_mount_is_ended(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_share("guest", A);
    assert_int_equal(world_tree_connects(WORLD_SMB, "guest"), 1);
    end_noting(nd, A, 0, NULL);
    assert_int_equal(world_mounts(A), 0);
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));

    netdisc_error *err = NULL;

    assert_error(cancel(nd, A, 0, &err), err, ERROR_NOT_CONNECTED, NULL);
    netdisc_close(nd);
}

static void test_the_other_type(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_type("smb3", "guest", "guest", A);
    assert_works(nd, A, WORLD_SMB, "guest");
    must_cancel(nd, A, 0);
    assert_int_equal(world_mounts(A), 0);
    netdisc_close(nd);
}

/* The kernel does not tell it. */
static void test_the_port_is_not_seen(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_type("cifs", "guest,port=4455", "guest", A);

    netdisc_list *items = list(nd);

    assert_string_equal(find_local(items, A)->remote, GUEST);
    assert_int_equal(find_local(items, A)->port, 0);
    netdisc_list_free(items);
    assert_works(nd, A, WORLD_OTHER, "guest");
    assert_error(cancel(nd, OTHER, NETDISC_ALL, &err), err, ERROR_NOT_CONNECTED, NULL);
    must_cancel(nd, A, 0);
    netdisc_close(nd);
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *source, *share, *point, *remote;
    } rows[] = {
        {"with space", "with space", HOME "/with space", AT "\\with space"},
        {"with space", "with space", HOME "/ two  of them ", AT "\\with space"},
        {"per%cent", "per%cent", HOME "/per%cent", AT "\\per%cent"},
        {"ha#sh", "ha#sh", HOME "/ha#sh", AT "\\ha#sh"},
        {"Größe", "Größe", HOME "/Größe", AT "\\Größe"},
        {"guest", "guest", HOME "/back\\slash", GUEST},
    };
    netdisc *nd = context();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mount_share(rows[i].source, rows[i].point);

        netdisc_list *items = list(nd);
        const netdisc_share *share = find_local(items, rows[i].point);

        assert_non_null(share);
        assert_string_equal(share->remote, rows[i].remote);
        netdisc_list_free(items);
        assert_works(nd, rows[i].point, WORLD_SMB, rows[i].share);
        must_cancel(nd, rows[i].point, 0);
        assert_int_equal(listed(nd), 0);
        assert_int_equal(world_mounts(HOME), 0);
    }
    netdisc_close(nd);
}

static void test_a_directory_of_a_share(void **state)
{
    (void)state;
    netdisc *nd = context();

    world_sh("mkdir '%s'", world_file(WORLD_SMB, "guest", "a folder"));
    mount_share("guest/a folder", A);

    netdisc_list *items = list(nd);

    assert_string_equal(find_local(items, A)->remote, GUEST);
    netdisc_list_free(items);
    must_cancel(nd, GUEST, NETDISC_ALL);
    assert_int_equal(world_mounts(A), 0);
    netdisc_close(nd);
}

static void test_a_remote_name_spares_mounts(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_share("guest", A);
    mount_share("many", B);
    assert_error(cancel(nd, GUEST, 0, &err), err, ERROR_NOT_CONNECTED, "NETDISC_ALL");
    assert_error(cancel(nd, GUEST, NETDISC_FORCE, &err), err, ERROR_NOT_CONNECTED, "NETDISC_ALL");
    assert_works(nd, A, WORLD_SMB, "guest");
    must_cancel(nd, "smb://127.0.0.1/Guest", NETDISC_ALL);
    assert_int_equal(world_mounts(A), 0);
    assert_works(nd, B, WORLD_SMB, "many");

    mount_share("guest", A);
    must_cancel(nd, AT, NETDISC_ALL);
    assert_int_equal(world_mounts(HOME), 0);
    netdisc_close(nd);
}

static void test_a_letter_is_tied(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_share_spec spec = {.size = sizeof spec, .local = "Z:", .remote = GUEST};
    netdisc_error *err = NULL;

    mount_share("guest", A);
    assert_done(netdisc_share_add(nd, &spec, NETDISC_UPDATE_PROFILE, 0, &err), err);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, "Z:", 0);
    assert_int_equal(world_mounts(A), 0);
    assert_int_equal(listed_state(nd, "Z:"), NETDISC_STATE_REMEMBERED);
    netdisc_close(nd);
}

/* ---- In use --------------------------------------------------------------------------------- */

static void check_held(const char *how, const char *path, netdisc_status expected, const char *what)
{
    netdisc *nd = context();
    netdisc_error *err = NULL;
    netdisc_list *holders = NULL;

    mount_share("guest", A);

    world_holder holder = world_hold(how, path);

    assert_int_equal(cancel(nd, A, 0, &err), expected);
    assert_string_equal(err->native_name, "EBUSY");
    check_holder(err->holders, holder.pid, what, path);
    netdisc_error_free(err);
    err = NULL;
    assert_done(netdisc_share_holders(nd, A, 0, 0, &holders, &err), err);
    check_holder(holders, holder.pid, what, path);
    netdisc_list_free(holders);
    assert_works(nd, A, WORLD_SMB, "guest");

    force(nd, A, 0, DETACHED);
    assert_int_equal(world_mounts(A), 0);
    world_release(&holder);
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));

    mount_share("guest", A);
    holder = world_hold(how, path);
    world_release(&holder);
    must_cancel(nd, A, 0);
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));
    netdisc_close(nd);
}

static void test_an_open_file(void **state)
{
    (void)state;
    check_held("write", A "/hello", NETDISC_ERROR_OPEN_FILES, "file");
}

static void test_an_open_directory(void **state)
{
    (void)state;
    world_sh("mkdir '%s'", world_file(WORLD_SMB, "guest", "folder"));
    check_held("directory", A "/folder", NETDISC_ERROR_OPEN_FILES, "file");
}

static void test_a_mapping(void **state)
{
    (void)state;
    check_held("map", A "/hello", NETDISC_ERROR_OPEN_FILES, "mapping");
}

static void test_a_working_directory(void **state)
{
    (void)state;
    check_held("cwd", A, NETDISC_ERROR_DEVICE_IN_USE, "working directory");
}

static void test_a_root_directory(void **state)
{
    (void)state;
    check_held("root", A, NETDISC_ERROR_DEVICE_IN_USE, "root directory");
}

static void test_force_leaves_nothing(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_share("guest", A);
    force(nd, A, 0, NULL);
    assert_int_equal(world_mounts(A), 0);
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));
    netdisc_close(nd);
}

/* What is written through it still arrives. */
static void test_a_file_outlives_force(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_share("guest", A);

    world_holder holder = world_hold("write", A "/hello");

    force(nd, A, 0, DETACHED);
    assert_int_equal(world_mounts(A), 0);
    assert_int_equal(world_holder_do(&holder, 'w'), 0);
    world_sh("grep -q ^held '%s'", world_file(WORLD_SMB, "guest", "hello"));
    world_release(&holder);
    assert_true(world_wait_open_files(WORLD_SMB, "guest", 0));
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));
    netdisc_close(nd);
}

/* ---- Several at one place ------------------------------------------------------------------- */

static void test_stacked_mounts(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_share("guest", A);
    mount_share("many", A);
    assert_int_equal(world_mounts(A), 2);
    assert_error(cancel(nd, GUEST, NETDISC_ALL, &err), err, ERROR_DEVICE_IN_USE, "is over");
    assert_error(cancel(nd, GUEST, NETDISC_ALL | NETDISC_FORCE, &err), err, ERROR_DEVICE_IN_USE,
                 "is over");
    assert_works(nd, A, WORLD_SMB, "many");
    must_cancel(nd, A, 0);
    assert_works(nd, A, WORLD_SMB, "guest");

    mount_share("many", A);
    force(nd, A, 0, NULL);
    assert_works(nd, A, WORLD_SMB, "guest");

    mount_share("many", A);
    must_cancel(nd, AT, NETDISC_ALL);
    assert_int_equal(world_mounts(A), 0);
    netdisc_close(nd);
}

static void test_a_share_on_a_share(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_share("guest", A);
    mount_share("many", A "/below");
    assert_error(cancel(nd, A, 0, &err), err, ERROR_DEVICE_IN_USE, NULL);
    assert_error(cancel(nd, A, NETDISC_FORCE, &err), err, ERROR_DEVICE_IN_USE, "is below");
    assert_works(nd, A "/below", WORLD_SMB, "many");
    must_cancel(nd, AT, NETDISC_ALL);
    assert_int_equal(world_mounts(A), 0);
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));
    assert_true(world_wait_tree_connects(WORLD_SMB, "many", 0));
    netdisc_close(nd);
}

/* To the kernel one share is one file system, wherever it is mounted. */
static void test_force_spares_another_mount_of_the_share(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_share("guest", A);
    mount_share("guest", B);

    world_holder holder = world_hold("write", B "/hello");

    force(nd, A, 0, NULL);
    assert_int_equal(world_mounts(A), 0);
    assert_int_equal(world_holder_do(&holder, 'w'), 0);
    assert_works(nd, B, WORLD_SMB, "guest");
    world_release(&holder);
    must_cancel(nd, B, 0);
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));
    netdisc_close(nd);
}

/* ---- Links of DFS --------------------------------------------------------------------------- */

/* Whoever looks at the link has the kernel mount what it leads to. */
static void mount_tree(void)
{
    world_sh("ln -s 'msdfs:127.0.0.1\\many' '%s'", world_file(WORLD_SMB, "tree", "link"));
    mount_share("tree", A);
    assert_true(is_same(LINK "/hello", world_file(WORLD_SMB, "many", "hello")));
    assert_int_equal(world_mounts(LINK), 1);
}

static void test_a_link_goes_with_its_share(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_tree();
    assert_int_equal(listed(nd), 2);
    must_cancel(nd, A, 0);
    assert_int_equal(world_mounts(A), 0);

    begin_anew(NULL);
    mount_tree();
    force(nd, A, 0, NULL);
    assert_int_equal(world_mounts(A), 0);

    begin_anew(NULL);
    mount_tree();
    must_cancel(nd, AT, NETDISC_ALL);
    assert_int_equal(world_mounts(A), 0);
    netdisc_close(nd);
}

static void test_a_link_and_an_open_file(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_tree();

    world_holder holder = world_hold("file", A "/hello");

    force(nd, A, 0, DETACHED);
    assert_int_equal(world_mounts(A), 0);
    world_release(&holder);
    netdisc_close(nd);
}

static void test_a_link_in_use(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_tree();

    world_holder holder = world_hold("file", LINK "/hello");

    assert_error(cancel(nd, A, 0, &err), err, ERROR_DEVICE_IN_USE, NULL);
    assert_error(cancel(nd, A, NETDISC_FORCE, &err), err, ERROR_DEVICE_IN_USE, "is below");
    assert_int_equal(world_mounts(A), 2);
    assert_int_equal(cancel(nd, LINK, 0, &err), NETDISC_ERROR_OPEN_FILES);
    check_holder(err->holders, holder.pid, "file", LINK "/hello");
    netdisc_error_free(err);
    force(nd, LINK, 0, DETACHED);
    force(nd, A, 0, NULL);
    assert_int_equal(world_mounts(A), 0);
    world_release(&holder);
    netdisc_close(nd);
}

/* ---- Servers that do not answer ------------------------------------------------------------- */

/* What asks about mounts asks no server. */
static void check_questions(netdisc *nd, size_t holders)
{
    int64_t begin = bed_now_ms();
    char path[WORLD_PATH];
    netdisc_list *found = NULL;
    netdisc_error *err = NULL;

    assert_int_equal(listed_state(nd, A), NETDISC_STATE_CONNECTED);
    resolve(nd, A, "", path);
    assert_string_equal(path, A);
    assert_done(netdisc_share_holders(nd, A, 0, 0, &found, &err), err);
    assert_int_equal(netdisc_list_count(found), holders);
    netdisc_list_free(found);
    assert_error(cancel(nd, GUEST, 0, &err), err, ERROR_NOT_CONNECTED, "NETDISC_ALL");
    assert_in_time(begin, SOON_MS, "list, resolve, holders and find");
}

/* The kernel waits for the server, and says so to nobody. */
static void test_frozen(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_share("guest", A);
    freeze();
    check_questions(nd, 0);

    int64_t begin = bed_now_ms();

    assert_error(netdisc_share_cancel(nd, A, 0, BRIEF_MS, &err), err, ERROR_TIMEOUT, UNHEARD);
    assert_in_time(begin, BRIEF_MS + SOON_MS, "cancel with a timeout of one second");
    assert_int_equal(world_mounts(A), 0);
    assert_int_equal(listed(nd), 0);
    close_in_time(nd);
}

static void test_frozen_and_forced(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_share("guest", A);
    mount_share("many", B);
    freeze();
    check_questions(nd, 0);
    force(nd, A, 0, NULL);
    assert_int_equal(world_mounts(A), 0);
    force(nd, AT, NETDISC_ALL, NULL);
    assert_int_equal(world_mounts(HOME), 0);
    close_in_time(nd);
}

static void check_stuck(const char *how, char command)
{
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_share("guest", A);

    world_holder holder = world_hold(how, A "/hello");

    freeze();
    get_stuck(&holder, command);
    check_questions(nd, 1);

    int64_t begin = bed_now_ms();

    assert_int_equal(cancel(nd, A, 0, &err), NETDISC_ERROR_OPEN_FILES);
    assert_in_time(begin, SOON_MS, "cancel of what is in use");
    netdisc_error_free(err);
    force(nd, A, 0, DETACHED);
    assert_int_equal(world_mounts(A), 0);
    close_in_time(nd);

    /* And whoever waited gets what was asked for. */
    world_signal(WORLD_SMB, SIGCONT);
    assert_int_equal(world_holder_result(&holder, WORLD_MS), 0);
    world_release(&holder);
}

static void test_frozen_with_a_reader(void **state)
{
    (void)state;
    check_stuck("file", 'r');
}

static void test_frozen_with_a_mapping(void **state)
{
    (void)state;
    check_stuck("map", 'm');
}

static void test_killed(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_share("guest", A);
    mount_share("many", B);
    world_kill(WORLD_SMB);
    check_questions(nd, 0);

    int64_t begin = bed_now_ms();

    must_cancel(nd, A, 0);
    assert_in_time(begin, SOON_MS, "cancel");
    assert_int_equal(world_mounts(A), 0);
    force(nd, B, 0, NULL);
    assert_int_equal(world_mounts(B), 0);
    close_in_time(nd);
}

static void test_killed_in_use(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_share("guest", A);

    world_holder holder = world_hold("file", A "/hello");

    world_kill(WORLD_SMB);
    world_holder_begin(&holder, 'r');
    check_questions(nd, 1);
    assert_int_equal(cancel(nd, A, 0, &err), NETDISC_ERROR_OPEN_FILES);
    check_holder(err->holders, holder.pid, "file", A "/hello");
    netdisc_error_free(err);
    force(nd, A, 0, DETACHED);
    assert_int_equal(world_mounts(A), 0);
    close_in_time(nd);
    world_release(&holder);
}

static void test_frozen_with_a_link(void **state)
{
    (void)state;
    netdisc *nd = context();

    mount_tree();
    freeze();
    force(nd, A, 0, NULL);
    assert_int_equal(world_mounts(A), 0);
    close_in_time(nd);
}

static bool must_ask(const void *look)
{
    return run("sh", "-c", look) != 0;
}

/* The kernel has to ask for the mount point, which is the server's, once it trusts its memory no more. */
static void test_frozen_below(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_error *err = NULL;

    mount_share("guest", A);
    mount_share("many", A "/below");
    freeze();
    assert_true(world_wait(must_ask, "timeout -s KILL 0.5 stat " A "/below", WORLD_MS));

    int64_t begin = bed_now_ms();

    assert_error(netdisc_share_cancel(nd, A "/below", NETDISC_FORCE, BRIEF_MS, &err), err, ERROR_TIMEOUT,
                 NULL);
    assert_in_time(begin, BRIEF_MS + SOON_MS, "force, with a timeout of one second");
    close_in_time(nd);
}

/* ---- Other programs ------------------------------------------------------------------------- */

/* In a program of its own, of that user; whether all went well by its exit. */
static pid_t start_as(uid_t real, uid_t effective, bool (*body)(netdisc *nd))
{
    fflush(NULL);

    pid_t child = fork();

    assert_true(child >= 0);
    if (child)
        return child;

    netdisc *nd = context();
    bool good = setresgid(real, effective, effective) == 0 &&
                setresuid(real, effective, effective) == 0 && body(nd);

    netdisc_close(nd);
    fflush(NULL);
    _exit(good ? 0 : 1);
}

static void check_ends_well(pid_t child)
{
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};

    assert_true(end.fd >= 0);
    if (poll(&end, 1, WORLD_MS) != 1)
        fail_msg("the program does not end");
    close(end.fd);

    int status = bed_wait(child);

    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void as_user(uid_t real, uid_t effective, bool (*body)(netdisc *nd))
{
    check_ends_well(start_as(real, effective, body));
}

static bool force_one(netdisc *nd)
{
    return netdisc_share_cancel(nd, A, NETDISC_FORCE, 0, NULL) == NETDISC_NO_ERROR;
}

/* A thread that the kernel keeps does not keep the program. */
static void test_a_program_ends(void **state)
{
    (void)state;
    mount_share("guest", A);
    freeze();

    int64_t begin = bed_now_ms();

    as_user(0, 0, force_one);
    assert_in_time(begin, SOON_MS, "a whole program");
    assert_int_equal(world_mounts(A), 0);
}

/* ---- An ordinary user ----------------------------------------------------------------------- */

static bool is_refused(netdisc *nd, uint32_t flags, const char *part)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_cancel(nd, A, flags, 0, &err);
    bool good = status == NETDISC_ERROR_ACCESS_DENIED && err && strstr(err->message, part);

    if (!good)
        print_error("%s: %s\n", netdisc_status_name(status), err ? err->message : "");
    netdisc_error_free(err);
    return good;
}

static bool sees_the_mount(netdisc *nd)
{
    netdisc_list *items = NULL;
    bool good = netdisc_share_resolve(nd, A, 0, 0, &items, NULL) == NETDISC_NO_ERROR &&
                strcmp(netdisc_list_share(items, 0)->remote, GUEST) == 0;

    netdisc_list_free(items);
    return good;
}

static bool is_told_what_it_takes(netdisc *nd)
{
    return sees_the_mount(nd) && is_refused(nd, 0, "needs CAP_SYS_ADMIN") &&
           is_refused(nd, NETDISC_FORCE, "needs CAP_SYS_ADMIN");
}

static bool is_told_of_umount(netdisc *nd)
{
    return sees_the_mount(nd) && is_refused(nd, 0, "option \"user\"") &&
           is_refused(nd, NETDISC_FORCE, "option \"user\"");
}

static bool is_told_of_fstab(netdisc *nd)
{
    return is_refused(nd, 0, "/etc/fstab") && is_refused(nd, NETDISC_FORCE, "/etc/fstab");
}

static bool may_end(netdisc *nd)
{
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_cancel(nd, A, 0, 0, &err);

    if (status)
        print_error("%s: %s\n", netdisc_status_name(status), err ? err->message : "");
    netdisc_error_free(err);
    return status == NETDISC_NO_ERROR;
}

#define BY_TESTER "setpriv --reuid=3000 --regid=3000 --clear-groups "

/* Everybody may get there, and the mount point is the tester's. */
static void prepare_fstab(const char *options)
{
    world_sh("chmod 755 " HOME "; mkdir -p " A "; chown 3000:3000 " A);
    world_sh("echo '//127.0.0.1/guest " A " cifs %s 0 0' >/etc/fstab", options);
}

static void test_an_ordinary_user(void **state)
{
    (void)state;
    prepare_fstab("guest,noauto");
    mount_share("guest", A);
    as_user(WORLD_UID, WORLD_UID, is_told_what_it_takes);
    as_user(WORLD_UID, 0, is_told_of_fstab);
    assert_int_equal(world_mounts(A), 1);
}

/* netdisc in a setuid program allows what the program umount does. */
static void test_a_users_mount(void **state)
{
    (void)state;
    prepare_fstab("guest,user,noauto");
    world_sh(BY_TESTER "mount " A);
    as_user(WORLD_UID, WORLD_UID, is_told_of_umount);
    as_user(ALICE_UID, 0, is_told_of_fstab);
    assert_int_equal(world_mounts(A), 1);
    world_sh(BY_TESTER "umount " A);
    assert_int_equal(world_mounts(A), 0);

    world_sh(BY_TESTER "mount " A "; grep -q " A " /run/mount/utab");
    as_user(WORLD_UID, 0, may_end);
    assert_int_equal(world_mounts(A), 0);
    world_sh("! grep -q " A " /run/mount/utab");
}

/* The option "user" is for who has mounted it, "users" for everybody. */
static void test_roots_mount(void **state)
{
    (void)state;
    prepare_fstab("guest,user,noauto");
    world_sh("mount " A "; ! " BY_TESTER "umount " A " 2>/dev/null");
    as_user(WORLD_UID, 0, is_told_of_fstab);
    assert_int_equal(world_mounts(A), 1);

    prepare_fstab("guest,users,noauto");
    as_user(WORLD_UID, 0, may_end);
    assert_int_equal(world_mounts(A), 0);
    world_sh("mount " A "; " BY_TESTER "umount " A);
}

/* ---- Watching ------------------------------------------------------------------------------- */

typedef struct seen {
    netdisc_event_type type;
    char local[64];
    size_t count;
} seen;

static void see(void *data, const netdisc_event *event)
{
    seen *it = data;

    it->type = event->type;
    it->count++;
    snprintf(it->local, sizeof it->local, "%s",
             event->share && event->share->local ? event->share->local : "");
}

/* The next event is this one. */
static void await(netdisc *nd, seen *it, netdisc_event_type type, const char *local)
{
    int64_t until = bed_now_ms() + WORLD_MS;
    size_t before = it->count;

    while (it->count == before && bed_now_ms() < until)
        netdisc_dispatch(nd, 100);
    assert_int_equal(it->count, before + 1);
    assert_int_equal(it->type, type);
    assert_string_equal(it->local, local);
}

static void test_a_watch(void **state)
{
    (void)state;
    netdisc *nd = context();
    netdisc_watch *watch = NULL;
    seen it = {0};

    assert_int_equal(netdisc_watch_start(nd, NETDISC_SHARE, see, &it, &watch, NULL), NETDISC_NO_ERROR);
    await(nd, &it, NETDISC_EVENT_READY, "");
    mount_share("guest", A);
    await(nd, &it, NETDISC_EVENT_ADDED, A);
    mount_share("with space", HOME "/b c");
    await(nd, &it, NETDISC_EVENT_ADDED, HOME "/b c");
    world_sh("umount " A);
    await(nd, &it, NETDISC_EVENT_REMOVED, A);
    freeze();
    force(nd, HOME "/b c", 0, NULL);
    await(nd, &it, NETDISC_EVENT_REMOVED, HOME "/b c");
    netdisc_watch_stop(watch);
    close_in_time(nd);
}

/* ---- The tests ------------------------------------------------------------------------------ */

#define anew(function)           cmocka_unit_test_setup(function, begin_anew)
#define without_answer(function) cmocka_unit_test_setup_teardown(function, begin_anew, kill_server)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        anew(test_a_mount_is_listed),
        anew(test_a_mount_is_ended),
        anew(test_the_other_type),
        anew(test_the_port_is_not_seen),
        anew(test_names),
        anew(test_a_directory_of_a_share),
        anew(test_a_remote_name_spares_mounts),
        anew(test_a_letter_is_tied),
        anew(test_an_open_file),
        anew(test_an_open_directory),
        anew(test_a_mapping),
        anew(test_a_working_directory),
        anew(test_a_root_directory),
        anew(test_force_leaves_nothing),
        anew(test_a_file_outlives_force),
        anew(test_stacked_mounts),
        anew(test_a_share_on_a_share),
        anew(test_force_spares_another_mount_of_the_share),
        anew(test_a_link_goes_with_its_share),
        anew(test_a_link_and_an_open_file),
        anew(test_a_link_in_use),
        without_answer(test_frozen),
        without_answer(test_frozen_and_forced),
        without_answer(test_frozen_with_a_reader),
        without_answer(test_frozen_with_a_mapping),
        without_answer(test_frozen_below),
        without_answer(test_frozen_with_a_link),
        without_answer(test_killed),
        without_answer(test_killed_in_use),
        without_answer(test_a_program_ends),
        anew(test_an_ordinary_user),
        anew(test_a_users_mount),
        anew(test_roots_mount),
        without_answer(test_a_watch),
    };

    begin(argc, argv);
    return world_end(
        _cmocka_run_group_tests("cifs in a machine", tests, sizeof tests / sizeof *tests, NULL, NULL));
}
