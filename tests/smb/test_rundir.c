/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rundir.h"
#include "scratch.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

enum { LONG_ENOUGH_MS = 20000, NOT_ALLOWED = 77 };

static int set_up(void **state)
{
    (void)state;
    return setenv("XDG_RUNTIME_DIR", scratch_make(), 1);
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove();
    return 0;
}

static nd_rundir open_it(void)
{
    nd_rundir dir;

    assert_int_equal(nd_rundir_open(&dir, true, NULL), 0);
    return dir;
}

static nd_message some_info(const char *text)
{
    nd_message info;

    nd_message_init(&info, ND_MESSAGE_INFO);
    nd_message_put(&info, ND_FIELD_ID, text);
    nd_message_put(&info, ND_FIELD_REMOTE, "\\\\server\\share");
    return info;
}

/* ---- Names ---------------------------------------------------------------------------------- */

static void test_names(void **state)
{
    static const struct {
        const char *local;
        const char *remote;
        const char *name;
    } names[] = {
        {"Z:", "\\\\server\\share", "Z"},           {"A:", NULL, "A"},
        {"foobar", NULL, "mount-85944171f73967e8"}, {"FOOBAR", NULL, "mount-ed91fadfa4bbf528"},
        {"/", NULL, "mount-af63a24c860189fe"},      {NULL, "foobar", "share-85944171f73967e8"},
        {NULL, "FooBar", "share-85944171f73967e8"}, {NULL, "", "share-cbf29ce484222325"},
    };
    char name[ND_MAPPING_NAME];

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        nd_mapping_name(name, names[i].local, names[i].remote);
        assert_string_equal(name, names[i].name);
    }
}

/* ---- The directory -------------------------------------------------------------------------- */

static void test_made_when_needed(void **state)
{
    const char *why = "";
    nd_rundir dir;
    struct stat it;

    (void)state;
    assert_int_equal(nd_rundir_open(&dir, false, &why), ENOENT);
    assert_null(why);
    assert_null(dir.path);
    assert_int_equal(dir.fd, -1);
    assert_int_equal(nd_rundir_open(&dir, true, &why), 0);
    assert_string_equal(dir.path, scratch_path("netdisc"));
    assert_int_equal(stat(dir.path, &it), 0);
    assert_int_equal(it.st_mode, S_IFDIR | 0700);
    assert_int_equal(fcntl(dir.fd, F_GETFD), FD_CLOEXEC);
    nd_rundir_close(&dir);
    assert_int_equal(nd_rundir_open(&dir, false, &why), 0);

    char *path = nd_mapping_path(&dir, "Z", "files");

    assert_string_equal(path, scratch_path("netdisc/Z/files"));
    free(path);
    path = nd_mapping_path(&dir, "Z", NULL);
    assert_string_equal(path, scratch_path("netdisc/Z"));
    free(path);
    nd_rundir_close(&dir);
}

/* Whatever is wrong with the directory, it is refused, and nothing is made in it. */
static void assert_refused(const char *runtime, int error)
{
    for (int create = 0; create < 2; create++) {
        const char *why = NULL;
        nd_rundir dir;

        assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime, 1), 0);
        assert_int_equal(nd_rundir_open(&dir, create, &why), error);
        assert_true((why != NULL) == (error != ENOENT));
        assert_null(dir.path);
        assert_int_equal(dir.fd, -1);
    }
}

static void test_hostile_runtime_directory(void **state)
{
    const char *good = scratch_path("good");
    const char *link = scratch_path("link");

    (void)state;
    assert_int_equal(mkdir(good, 0700), 0);
    assert_int_equal(symlink("good", link), 0);
    scratch_write(scratch_path("file"), "", 0);

    assert_refused("relative", EINVAL);
    assert_refused(".", EINVAL);
    assert_refused(scratch_path("missing"), ENOENT);
    assert_refused(scratch_path("file"), ENOTDIR);
    assert_refused(scratch_path("link"), ENOTDIR);
    assert_refused(scratch_path("link//"), ENOTDIR);
    assert_int_equal(chmod(good, 0777), 0);
    assert_refused(good, EPERM);
    assert_int_equal(chmod(good, 01777), 0);
    assert_refused(good, EPERM);
    assert_int_equal(chmod(good, 0720), 0);
    assert_refused(good, EPERM);
    assert_int_equal(chmod(good, 0755), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(good, SCRATCH_NOBODY, 0), 0);
        assert_refused(good, EPERM);
        assert_int_equal(chown(good, 0, 0), 0);
    }
    assert_int_equal(scratch_count(good), 0);

    nd_rundir dir;

    assert_int_equal(setenv("XDG_RUNTIME_DIR", scratch_path("good//"), 1), 0);
    assert_int_equal(nd_rundir_open(&dir, true, NULL), 0);
    assert_string_equal(dir.path, scratch_path("good/netdisc"));
    nd_rundir_close(&dir);
}

static void test_hostile_directory(void **state)
{
    const char *runtime = scratch_path(".");
    const char *ours = scratch_path("netdisc");

    (void)state;
    assert_int_equal(symlink("missing", ours), 0);
    assert_refused(runtime, ENOTDIR);
    assert_int_equal(unlink(ours), 0);
    assert_int_equal(symlink(".", ours), 0);
    assert_refused(runtime, ENOTDIR);
    assert_int_equal(unlink(ours), 0);
    scratch_write(ours, "", 0);
    assert_refused(runtime, ENOTDIR);
    assert_int_equal(unlink(ours), 0);
    assert_int_equal(mkdir(ours, 0700), 0);
    assert_int_equal(chmod(ours, 0701), 0);
    assert_refused(runtime, EPERM);
    assert_int_equal(chmod(ours, 0777), 0);
    assert_refused(runtime, EPERM);
    assert_int_equal(chmod(ours, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(ours, SCRATCH_NOBODY, 0), 0);
        assert_refused(runtime, EPERM);
    }
}

static bool opens_as(const char *expected, int error)
{
    nd_rundir dir;
    const char *why;
    int result = nd_rundir_open(&dir, true, &why);
    bool good = result == error && (error || strcmp(dir.path, expected) == 0);

    nd_rundir_close(&dir);
    return good;
}

/* In a /tmp of its own. */
static int without_runtime_directory(void *data)
{
    char ours[64];

    (void)data;
    snprintf(ours, sizeof ours, "/tmp/netdisc-%u", (unsigned)geteuid());
    if (!scratch_own_mounts() || mount("none", "/tmp", "tmpfs", 0, "mode=1777") < 0)
        return NOT_ALLOWED;
    unsetenv("XDG_RUNTIME_DIR");
    if (!opens_as(ours, 0))
        return 1;
    setenv("XDG_RUNTIME_DIR", "", 1);
    if (!opens_as(ours, 0))
        return 2;
    if (chmod(ours, 0755) < 0 || !opens_as(ours, EPERM))
        return 3;
    if (rmdir(ours) < 0 || symlink("/tmp", ours) < 0 || !opens_as(ours, ENOTDIR))
        return 4;
    return 0;
}

static void test_without_runtime_directory(void **state)
{
    (void)state;

    int result = scratch_run(without_runtime_directory, NULL);

    if (result == NOT_ALLOWED)
        skip();
    assert_int_equal(result, 0);
}

/* ---- Workers -------------------------------------------------------------------------------- */

/* A process that has a mapping until it is killed. */
typedef struct worker {
    const char *name;
    bool listens;
    void (*then)(const nd_claim *claim);
    int ready[2];
    pid_t pid;
} worker;

static int work(void *data)
{
    const worker *self = data;
    nd_message info = some_info("first");
    static nd_claim claim; /* held until the process ends */
    int listening;

    if (nd_mapping_claim(&claim, self->name, &info, NULL) != 0 ||
        (self->listens && nd_mapping_listen(&claim, &listening) != 0))
        return 1;
    if (write(self->ready[1], "", 1) != 1)
        return 1;
    if (self->then)
        self->then(&claim);
    for (;;)
        pause();
}

static worker start_worker(const char *name, bool listens, void (*then)(const nd_claim *claim))
{
    worker self = {name, listens, then, {-1, -1}, 0};

    assert_int_equal(pipe2(self.ready, O_CLOEXEC), 0);
    self.pid = scratch_start(work, &self);
    close(self.ready[1]);

    struct pollfd ready = {self.ready[0], POLLIN, 0};
    char byte;

    assert_int_equal(poll(&ready, 1, LONG_ENOUGH_MS), 1);
    assert_int_equal(read(self.ready[0], &byte, 1), 1);
    close(self.ready[0]);
    return self;
}

static void kill_worker(const worker *self)
{
    kill(self->pid, SIGKILL);
    assert_int_equal(scratch_end(self->pid), -1);
}

static bool note_name(void *data, const char *name)
{
    char *names = data;

    strcat(names, name);
    strcat(names, " ");
    return true;
}

static void assert_names(const nd_rundir *dir, const char *expected)
{
    char names[256] = "";

    assert_int_equal(nd_mapping_each(dir, note_name, names), 0);
    assert_string_equal(names, expected);
}

static void assert_info(const nd_rundir *dir, const char *name, const char *id)
{
    nd_message info;

    assert_int_equal(nd_mapping_read(dir, name, &info), 0);
    assert_string_equal(info.fields[ND_FIELD_ID], id);
    nd_message_clear(&info);
}

static void assert_no_mapping(const nd_rundir *dir, const char *name)
{
    nd_message info;
    nd_claim claim;
    int fd;

    errno = 0;
    assert_int_equal(nd_mapping_worker(dir, name), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(nd_mapping_read(dir, name, &info), ENOENT);
    assert_int_equal(nd_mapping_call(dir, name, &fd), ENOENT);
    assert_int_equal(nd_mapping_take_over(&claim, name, NULL), ENOENT);
}

static void remove_leftover(const char *name)
{
    nd_claim claim;

    assert_int_equal(nd_mapping_take_over(&claim, name, NULL), 0);
    assert_int_equal(nd_mapping_remove(&claim), 0);
}

static void test_life_of_a_mapping(void **state)
{
    nd_rundir dir = open_it();
    nd_message info = some_info("second");
    nd_claim claim;
    int fd;

    (void)state;
    assert_no_mapping(&dir, "Z");

    worker it = start_worker("Z", true, NULL);

    assert_names(&dir, "Z ");
    assert_int_equal(nd_mapping_worker(&dir, "Z"), it.pid);
    assert_info(&dir, "Z", "first");
    assert_int_equal(scratch_count(scratch_path("netdisc/Z/files")), 0);
    assert_int_equal(nd_mapping_claim(&claim, "Z", &info, NULL), EEXIST);
    assert_int_equal(nd_mapping_take_over(&claim, "Z", NULL), EBUSY);
    assert_int_equal(scratch_count(dir.path), 1);
    assert_int_equal(nd_mapping_call(&dir, "Z", &fd), 0);
    close(fd);

    kill_worker(&it);
    assert_names(&dir, "Z ");
    assert_int_equal(nd_mapping_worker(&dir, "Z"), 0);
    assert_info(&dir, "Z", "first");
    assert_int_equal(nd_mapping_call(&dir, "Z", &fd), ECONNREFUSED);
    assert_int_equal(fd, -1);
    assert_int_equal(nd_mapping_claim(&claim, "Z", &info, NULL), EEXIST);
    remove_leftover("Z");
    assert_no_mapping(&dir, "Z");
    assert_int_equal(scratch_count(dir.path), 0);

    assert_int_equal(nd_mapping_claim(&claim, "Z", &info, NULL), 0);
    assert_info(&dir, "Z", "second");
    assert_int_equal(nd_mapping_remove(&claim), 0);
    assert_int_equal(claim.fd, -1);
    assert_int_equal(scratch_count(dir.path), 0);
    nd_rundir_close(&dir);
}

static void test_names_that_are_none(void **state)
{
    static const char *const names[] = {
        "", ".", "..", "../x", "a b", "x.y", "12345678901234567890123456789012"};
    nd_rundir dir = open_it();
    nd_message info = some_info("");
    nd_claim claim;
    int fd;

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(nd_mapping_worker(&dir, names[i]), -1);
        assert_int_equal(nd_mapping_read(&dir, names[i], &info), EINVAL);
        assert_int_equal(nd_mapping_call(&dir, names[i], &fd), EINVAL);
        assert_int_equal(nd_mapping_take_over(&claim, names[i], NULL), EINVAL);
        info = some_info("");
        assert_int_equal(nd_mapping_claim(&claim, names[i], &info, NULL), EINVAL);
    }
    assert_int_equal(mkdir(scratch_path("netdisc/.hidden"), 0700), 0);
    assert_int_equal(mkdir(scratch_path("netdisc/x.y"), 0700), 0);
    scratch_write(scratch_path("netdisc/file"), "", 0);
    assert_int_equal(symlink(".hidden", scratch_path("netdisc/link")), 0);
    assert_names(&dir, "");
    nd_rundir_close(&dir);
}

static void test_hostile_mapping(void **state)
{
    nd_rundir dir = open_it();
    nd_message info;
    nd_claim claim;
    int fd;

    (void)state;
    assert_int_equal(mkdir(scratch_path("netdisc/Z"), 0700), 0);
    assert_int_equal(chmod(scratch_path("netdisc/Z"), 0750), 0);
    assert_int_equal(symlink("Z", scratch_path("netdisc/Y")), 0);
    errno = 0;
    assert_int_equal(nd_mapping_worker(&dir, "Z"), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(nd_mapping_read(&dir, "Z", &info), EPERM);
    assert_int_equal(nd_mapping_call(&dir, "Z", &fd), EPERM);
    assert_int_equal(nd_mapping_take_over(&claim, "Z", NULL), EPERM);
    assert_int_equal(nd_mapping_read(&dir, "Y", &info), ENOTDIR);
    assert_int_equal(nd_mapping_take_over(&claim, "Y", NULL), ENOTDIR);
    assert_int_equal(scratch_count(scratch_path("netdisc/Z")), 0);
    nd_rundir_close(&dir);
}

/* ---- Information ---------------------------------------------------------------------------- */

static void test_damaged_information(void **state)
{
    static const char other_type[] = "ndsm\1\0\6\0\0\0\0";
    static const char other_version[] = "ndsm\2\0\6\0\0\0\0";
    static char long_one[ND_MESSAGE_MAX + 1];
    static const struct {
        const char *bytes;
        size_t size;
        int error;
    } damaged[] = {
        {"", 0, EPROTO},
        {"garbage and more", 16, EPROTO},
        {long_one, sizeof long_one, EPROTO},
        {other_type, sizeof other_type, EPROTO},
        {other_version, sizeof other_version, EPROTONOSUPPORT},
    };
    nd_rundir dir = open_it();
    const char *file = scratch_path("netdisc/Z/info");
    nd_message info;

    (void)state;
    assert_int_equal(mkdir(scratch_path("netdisc/Z"), 0700), 0);
    assert_int_equal(nd_mapping_read(&dir, "Z", &info), ENOENT);
    for (size_t i = 0; i < COUNT(damaged); i++) {
        scratch_write(file, damaged[i].bytes, damaged[i].size);
        assert_int_equal(nd_mapping_read(&dir, "Z", &info), damaged[i].error);
        assert_null(info.storage);
    }
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkfifo(file, 0600), 0);
    assert_int_equal(nd_mapping_read(&dir, "Z", &info), EPROTO);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(symlink("/dev/zero", file), 0);
    assert_int_equal(nd_mapping_read(&dir, "Z", &info), ELOOP);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_equal(nd_mapping_read(&dir, "Z", &info), EPROTO);
    nd_rundir_close(&dir);
}

static void rewrite(const nd_claim *claim)
{
    static char text[40000];

    for (unsigned i = 0;; i++) {
        memset(text, 'a' + (int)(i % 26), 20000 + i % 20000);
        text[20000 + i % 20000] = '\0';

        nd_message info = some_info(text);

        if (nd_mapping_write(claim, &info) != 0)
            _exit(1);
    }
}

/* Whoever reads sees one information or the other. */
static void test_replaced_as_a_whole(void **state)
{
    nd_rundir dir = open_it();
    worker it = start_worker("Z", false, rewrite);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        nd_message info;

        assert_int_equal(nd_mapping_read(&dir, "Z", &info), 0);

        const char *id = info.fields[ND_FIELD_ID];
        char first[2] = {*id, '\0'};

        assert_true(strcmp(id, "first") == 0 || strspn(id, first) == strlen(id));
        nd_message_clear(&info);
    }
    kill_worker(&it);
    remove_leftover("Z");
    assert_int_equal(scratch_count(dir.path), 0);
    nd_rundir_close(&dir);
}

static void test_no_password_in_it(void **state)
{
    nd_message info = some_info("");
    nd_message other;
    nd_claim claim;

    (void)state;
    nd_message_put(&info, ND_FIELD_PASSWORD, "secret");
    assert_int_equal(nd_mapping_claim(&claim, "Z", &info, NULL), EINVAL);
    nd_message_init(&other, ND_MESSAGE_CONNECT);
    assert_int_equal(nd_mapping_claim(&claim, "Z", &other, NULL), EINVAL);
    assert_int_equal(scratch_count(scratch_path("netdisc")), 0);
}

/* ---- The control socket --------------------------------------------------------------------- */

static void test_call(void **state)
{
    char deep[256];
    nd_message message;
    nd_message received;
    int listening;
    int here;

    (void)state;
    snprintf(deep, sizeof deep, "%s", scratch_path("%0150d", 0));
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", deep, 1), 0);

    nd_rundir dir = open_it();
    nd_message info = some_info("");
    nd_claim claim;

    assert_int_equal(nd_mapping_claim(&claim, "Z", &info, NULL), 0);
    assert_int_equal(nd_mapping_listen(&claim, &listening), 0);
    assert_int_equal(fcntl(listening, F_GETFD), FD_CLOEXEC);
    assert_int_equal(nd_mapping_call(&dir, "Z", &here), 0);
    assert_int_equal(fcntl(here, F_GETFD), FD_CLOEXEC);

    int there = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

    nd_message_init(&message, ND_MESSAGE_CANCEL);
    nd_message_put(&message, ND_FIELD_ID, "one");
    assert_int_equal(nd_message_send(here, &message, LONG_ENOUGH_MS, -1), 0);
    assert_int_equal(nd_message_receive(there, &received, LONG_ENOUGH_MS, -1), 0);
    assert_string_equal(received.fields[ND_FIELD_ID], "one");
    nd_message_clear(&received);
    close(here);
    close(there);
    close(listening);
    assert_int_equal(nd_mapping_remove(&claim), 0);
    nd_rundir_close(&dir);
}

/* A worker that is stopped, or does not listen, is not taken for a dead one, and not waited for. */
static void test_call_is_not_accepted(void **state)
{
    nd_rundir dir = open_it();
    worker deaf = start_worker("Y", false, NULL);
    worker stopped = start_worker("Z", true, NULL);
    int fds[64];
    size_t count = 0;
    int fd;

    (void)state;
    assert_int_equal(nd_mapping_call(&dir, "Y", &fd), EAGAIN);
    assert_int_equal(fd, -1);
    kill(stopped.pid, SIGSTOP);
    while (count < COUNT(fds) && nd_mapping_call(&dir, "Z", &fds[count]) == 0)
        count++;
    assert_in_range(count, 1, COUNT(fds) - 1);
    assert_int_equal(nd_mapping_call(&dir, "Z", &fd), EAGAIN);
    while (count > 0)
        close(fds[--count]);
    kill_worker(&deaf);
    kill_worker(&stopped);
    assert_int_equal(nd_mapping_call(&dir, "Y", &fd), ECONNREFUSED);
    assert_int_equal(nd_mapping_call(&dir, "Z", &fd), ECONNREFUSED);
    nd_rundir_close(&dir);
}

/* One who listens there as another user is not talked to. */
static int listen_as_nobody(void *data)
{
    nd_message info = some_info("");
    nd_claim claim;
    int listening;
    const int *ready = data;

    if (nd_mapping_claim(&claim, "Z", &info, NULL) != 0 || fchown(claim.fd, SCRATCH_NOBODY, 0) < 0 ||
        setegid(SCRATCH_NOBODY) < 0 || seteuid(SCRATCH_NOBODY) < 0 ||
        nd_mapping_listen(&claim, &listening) != 0 || seteuid(0) < 0 || fchown(claim.fd, 0, 0) < 0 ||
        write(*ready, "", 1) != 1)
        return 1;
    pause();
    return 0;
}

static void test_call_of_another_user(void **state)
{
    int ready[2];
    char byte;
    int fd;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);

    nd_rundir dir = open_it();

    assert_int_equal(chmod(scratch_path("."), 0711), 0);

    pid_t child = scratch_start(listen_as_nobody, &ready[1]);

    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_int_equal(nd_mapping_call(&dir, "Z", &fd), EPERM);
    assert_int_equal(fd, -1);
    kill(child, SIGKILL);
    scratch_end(child);
    nd_rundir_close(&dir);
}

/* ---- Many at once --------------------------------------------------------------------------- */

enum { WON = 0, LOST = 10, STRANGE = 11, MANY = 24, ROUNDS = 10, TURNS = 60 };

typedef struct arena {
    _Atomic int holders;
    _Atomic int most;
    int start[2];
} arena;

static int race_for_it(void *data)
{
    const arena *shared = data;
    nd_message info = some_info("");
    static nd_claim claim; /* held until the process ends */
    char byte;

    close(shared->start[1]);
    if (read(shared->start[0], &byte, 1) != 0)
        return STRANGE;

    int error = nd_mapping_claim(&claim, "Z", &info, NULL);

    return error == 0 ? WON : error == EEXIST ? LOST : STRANGE;
}

static int race_to_clean(void *data)
{
    const arena *shared = data;
    nd_claim claim;
    char byte;

    close(shared->start[1]);
    if (read(shared->start[0], &byte, 1) != 0)
        return STRANGE;

    int error = nd_mapping_take_over(&claim, "Z", NULL);

    if (error)
        return error == EBUSY || error == ENOENT ? LOST : STRANGE;
    return nd_mapping_remove(&claim) == 0 ? WON : STRANGE;
}

static int winners(int (*race)(void *data), arena *shared)
{
    pid_t children[MANY];
    int won = 0;

    assert_int_equal(pipe2(shared->start, O_CLOEXEC), 0);
    for (int i = 0; i < MANY; i++)
        children[i] = scratch_start(race, shared);
    close(shared->start[0]);
    close(shared->start[1]);
    for (int i = 0; i < MANY; i++) {
        int result = scratch_end(children[i]);

        assert_true(result == WON || result == LOST);
        won += result == WON;
    }
    return won;
}

static void test_one_wins(void **state)
{
    nd_rundir dir = open_it();
    arena shared = {0};

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(winners(race_for_it, &shared), 1);
        assert_names(&dir, "Z ");
        assert_int_equal(scratch_count(dir.path), 1);
        assert_true(winners(race_to_clean, &shared) >= 1);
        assert_int_equal(scratch_count(dir.path), 0);
    }
    nd_rundir_close(&dir);
}

static int claim_and_clean(void *data)
{
    arena *shared = data;
    nd_message info = some_info("");
    nd_claim claim;

    for (int i = 0; i < TURNS; i++) {
        int error = nd_mapping_claim(&claim, "Z", &info, NULL);

        if (error == EEXIST)
            error = nd_mapping_take_over(&claim, "Z", NULL);
        if (error == EBUSY || error == ENOENT || error == EAGAIN)
            continue;
        if (error)
            return STRANGE;

        int holders = atomic_fetch_add(&shared->holders, 1) + 1;

        if (holders > atomic_load(&shared->most))
            atomic_store(&shared->most, holders);
        atomic_fetch_sub(&shared->holders, 1);
        error = nd_mapping_remove(&claim);
        if (error && error != ENOTEMPTY) /* another has begun to remove it as well */
            return STRANGE;
    }
    return WON;
}

/* However often it changes hands, it is in one at a time. */
static void test_never_two_holders(void **state)
{
    nd_rundir dir = open_it();
    arena *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t children[4];

    (void)state;
    assert_true(shared != MAP_FAILED);
    for (size_t i = 0; i < COUNT(children); i++)
        children[i] = scratch_start(claim_and_clean, shared);
    for (size_t i = 0; i < COUNT(children); i++)
        assert_int_equal(scratch_end(children[i]), WON);
    assert_int_equal(shared->most, 1);
    assert_int_equal(scratch_count(dir.path), 0);
    munmap(shared, sizeof *shared);
    nd_rundir_close(&dir);
}

/* ---- Killed anywhere ------------------------------------------------------------------------ */

static int make_one(void *data)
{
    nd_message info = some_info("first");
    static nd_claim claim; /* held until the process ends */

    (void)data;
    return nd_mapping_claim(&claim, "Z", &info, NULL);
}

static int make_and_remove(void *data)
{
    nd_message info = some_info("first");
    nd_claim claim;
    int listening;

    (void)data;
    return nd_mapping_claim(&claim, "Z", &info, NULL) || nd_mapping_listen(&claim, &listening) ||
           nd_mapping_write(&claim, &info) || nd_mapping_remove(&claim);
}

static int make_nothing_of_it(void *data)
{
    nd_claim claim;

    (void)data;
    return nd_mapping_take_over(&claim, "Z", NULL) || nd_mapping_remove(&claim);
}

/* As if two minutes had passed. */
static void age_unfinished(const nd_rundir *dir)
{
    static const struct timespec old[2] = {{.tv_sec = 0}, {.tv_sec = 0}};
    DIR *entries = opendir(dir->path);
    const struct dirent *entry;

    assert_non_null(entries);
    while ((entry = readdir(entries)))
        if (strncmp(entry->d_name, ".new-", 5) == 0)
            assert_int_equal(utimensat(dir->fd, entry->d_name, old, AT_SYMLINK_NOFOLLOW), 0);
    closedir(entries);
}

/* What is left is a dead mapping, or none, and can be removed. */
static void assert_recovers(const nd_rundir *dir)
{
    errno = 0;

    pid_t left = nd_mapping_worker(dir, "Z");

    assert_true(left == 0 || errno == ENOENT);
    if (left == 0)
        remove_leftover("Z");
    nd_mapping_sweep(dir);
    if (scratch_count(dir->path) > 0) {
        age_unfinished(dir);
        nd_mapping_sweep(dir);
    }
    assert_int_equal(scratch_count(dir->path), 0);
}

static void test_killed_while_it_is_made(void **state)
{
    nd_rundir dir = open_it();
    bool named = false;
    int stops = 0;

    (void)state;
    for (; scratch_killed_at(stops, make_one, NULL); stops++) {
        if (nd_mapping_worker(&dir, "Z") == 0) {
            assert_info(&dir, "Z", "first");
            named = true;
        }
        assert_recovers(&dir);
    }
    assert_true(named && stops > 20);
    assert_recovers(&dir);
    nd_rundir_close(&dir);
}

static void test_killed_while_it_is_removed(void **state)
{
    nd_rundir dir = open_it();

    (void)state;
    assert_int_equal(scratch_run(make_and_remove, NULL), 0);
    for (int stops = 0; scratch_killed_at(stops, make_and_remove, NULL); stops++)
        assert_recovers(&dir);
    assert_int_equal(scratch_count(dir.path), 0);
    nd_rundir_close(&dir);
}

static void test_killed_while_cleaning_up(void **state)
{
    nd_rundir dir = open_it();
    int stops = 0;
    bool ended = false;

    (void)state;
    while (!ended) {
        assert_int_equal(scratch_run(make_one, NULL), 0);
        ended = !scratch_killed_at(stops++, make_nothing_of_it, NULL);
        assert_recovers(&dir);
    }
    assert_true(stops > 20);
    nd_rundir_close(&dir);
}

static bool limit_descriptors(rlim_t count)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return false;
    limit.rlim_cur = count;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* With one descriptor more each time; what has failed has left nothing behind. */
static int with_few_descriptors(void *data)
{
    enum { PLENTY = 256 };
    int (*act)(void *data) = *(int (**)(void *data))data;
    int before = scratch_count("/proc/self/fd");
    int first = dup(STDIN_FILENO);
    int error = EMFILE;

    close(first);
    for (int more = 0; error && more < PLENTY - first; more++) {
        int left = scratch_count(scratch_path("netdisc"));

        if (!limit_descriptors((rlim_t)(first + more)))
            return 1;
        error = act(NULL);
        if (!limit_descriptors(PLENTY) || (error && error != EMFILE))
            return 2;
        if (error && scratch_count(scratch_path("netdisc")) != left)
            return 3;
        if (error && scratch_count("/proc/self/fd") != before)
            return 4;
    }
    return error ? 5 : 0;
}

static int clean_up_in(void *data)
{
    nd_claim claim;
    int error = nd_mapping_take_over(&claim, "Z", NULL);

    (void)data;
    return error ? error : nd_mapping_remove(&claim);
}

static void test_few_descriptors(void **state)
{
    int (*make)(void *data) = make_one;
    int (*clean_up)(void *data) = clean_up_in;
    nd_rundir dir = open_it();

    (void)state;
    assert_int_equal(scratch_run(with_few_descriptors, &make), 0);
    assert_info(&dir, "Z", "first");
    assert_int_equal(scratch_run(with_few_descriptors, &clean_up), 0);
    assert_int_equal(scratch_count(dir.path), 0);
    nd_rundir_close(&dir);
}

/* ---- Leftovers ------------------------------------------------------------------------------ */

/* A mapping that is only just being made is left alone, and one that lives, however old. */
static void test_sweep_spares(void **state)
{
    nd_rundir dir = open_it();
    worker it = start_worker("Z", false, NULL);

    (void)state;
    assert_int_equal(mkdir(scratch_path("netdisc/.new-00000001"), 0700), 0);
    assert_int_equal(mkdir(scratch_path("netdisc/other"), 0700), 0);
    scratch_write(scratch_path("netdisc/.new-00000002"), "", 0);
    nd_mapping_sweep(&dir);
    assert_int_equal(scratch_count(dir.path), 4);
    assert_int_equal(rename(scratch_path("netdisc/Z"), scratch_path("netdisc/.new-00000003")), 0);
    age_unfinished(&dir);
    nd_mapping_sweep(&dir);
    assert_int_equal(access(scratch_path("netdisc/.new-00000001"), F_OK), -1);
    assert_int_equal(access(scratch_path("netdisc/.new-00000003/info"), F_OK), 0);
    assert_int_equal(scratch_count(dir.path), 3);
    kill_worker(&it);
    nd_mapping_sweep(&dir);
    assert_int_equal(scratch_count(dir.path), 2);
    nd_rundir_close(&dir);
}

static void test_files_of_others(void **state)
{
    nd_rundir dir = open_it();
    nd_claim claim;

    (void)state;
    assert_int_equal(scratch_run(make_one, NULL), 0);
    scratch_write(scratch_path("netdisc/Z/mine"), "x", 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(nd_mapping_take_over(&claim, "Z", NULL), 0);
        assert_int_equal(nd_mapping_remove(&claim), ENOTEMPTY);
        assert_int_equal(nd_mapping_worker(&dir, "Z"), 0);
        assert_int_equal(access(scratch_path("netdisc/Z/mine"), F_OK), 0);
    }
    assert_int_equal(unlink(scratch_path("netdisc/Z/mine")), 0);

    /* What is below "files" is nobody's to remove. */
    assert_int_equal(mkdir(scratch_path("netdisc/Z/files"), 0700), 0);
    scratch_write(scratch_path("netdisc/Z/files/mine"), "x", 1);
    assert_int_equal(nd_mapping_take_over(&claim, "Z", NULL), 0);
    assert_int_equal(nd_mapping_remove(&claim), ENOTEMPTY);
    assert_int_equal(access(scratch_path("netdisc/Z/files/mine"), F_OK), 0);
    nd_rundir_close(&dir);
}

static int remove_what_is_mounted(void *data)
{
    const char *files = scratch_path("netdisc/Z/files");
    nd_message info = some_info("");
    nd_claim claim;

    (void)data;
    if (!scratch_own_mounts())
        return NOT_ALLOWED;
    if (nd_mapping_claim(&claim, "Z", &info, NULL) || mount("none", files, "tmpfs", 0, NULL) < 0)
        return 1;
    if (nd_mapping_remove(&claim) != EBUSY || access(scratch_path("netdisc/Z/lock"), F_OK) < 0)
        return 2;
    if (umount(files) < 0 || nd_mapping_take_over(&claim, "Z", NULL) || nd_mapping_remove(&claim))
        return 3;
    return scratch_count(scratch_path("netdisc"));
}

static void test_mounted(void **state)
{
    (void)state;

    int result = scratch_run(remove_what_is_mounted, NULL);

    if (result == NOT_ALLOWED)
        skip();
    assert_int_equal(result, 0);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        IN_SCRATCH(test_made_when_needed),
        IN_SCRATCH(test_hostile_runtime_directory),
        IN_SCRATCH(test_hostile_directory),
        IN_SCRATCH(test_without_runtime_directory),
        IN_SCRATCH(test_life_of_a_mapping),
        IN_SCRATCH(test_names_that_are_none),
        IN_SCRATCH(test_hostile_mapping),
        IN_SCRATCH(test_damaged_information),
        IN_SCRATCH(test_replaced_as_a_whole),
        IN_SCRATCH(test_no_password_in_it),
        IN_SCRATCH(test_call),
        IN_SCRATCH(test_call_is_not_accepted),
        IN_SCRATCH(test_call_of_another_user),
        IN_SCRATCH(test_one_wins),
        IN_SCRATCH(test_never_two_holders),
        IN_SCRATCH(test_killed_while_it_is_made),
        IN_SCRATCH(test_killed_while_it_is_removed),
        IN_SCRATCH(test_killed_while_cleaning_up),
        IN_SCRATCH(test_few_descriptors),
        IN_SCRATCH(test_sweep_spares),
        IN_SCRATCH(test_files_of_others),
        IN_SCRATCH(test_mounted),
    };

    return cmocka_run_group_tests_name("smb-rundir", tests, NULL, NULL);
}
