/* SPDX-License-Identifier: MIT */
#include "world_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What has been mounted there before is covered, but still in the list of mounts. */
#define BASE "/mnt"

enum { PROCESSES = 64, SERVERS = 16, PATH = 512, ROOT_NODE = FUSE_ROOT_ID, SUB_NODE = 2 };

static bool in_user_namespace;
static pid_t processes[PROCESSES];
static int servers[SERVERS];
static size_t server_count;

static _Noreturn void die(const char *what)
{
    printf("Bail out! %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(99);
}

static void check(bool good, const char *what)
{
    if (!good)
        die(what);
}

static void place(char out[PATH], const char *name)
{
    snprintf(out, PATH, WORLD "/%s", name);
}

void world_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    check(file && fputs(text, file) >= 0 && fclose(file) == 0, path);
}

/* ---- The namespace -------------------------------------------------------------------------- */

static bool write_proc(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return good;
}

/* An ordinary user is root in a user namespace. */
static bool enter_namespace(void)
{
    char users[64];
    char groups[64];

    snprintf(users, sizeof users, "0 %u 1", (unsigned)geteuid());
    snprintf(groups, sizeof groups, "0 %u 1", (unsigned)getegid());
    in_user_namespace = geteuid() != 0;
    if (!in_user_namespace)
        return unshare(CLONE_NEWNS) == 0;
    return unshare(CLONE_NEWNS | CLONE_NEWUSER) == 0 && write_proc("/proc/self/uid_map", users) &&
           write_proc("/proc/self/setgroups", "deny") && write_proc("/proc/self/gid_map", groups);
}

void world_enter(void)
{
    if (!enter_namespace() || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
        mount("world", BASE, "ramfs", 0, NULL)) {
        printf("1..0 # SKIP a mount namespace is not allowed: %s\n", strerror(errno));
        exit(0);
    }
    check(chmod(BASE, 0755) == 0 && mkdir(WORLD, 0755) == 0 && setenv("HOME", WORLD, 1) == 0, WORLD);
    check(setenv("XDG_CONFIG_HOME", WORLD "/config", 1) == 0, "the environment");
    check(mkdir(WORLD "/config", 0755) == 0, "the configuration");
}

bool world_has_users(void)
{
    return !in_user_namespace;
}

/* ---- Mounts --------------------------------------------------------------------------------- */

static void make_place(char out[PATH], const char *name)
{
    place(out, name);
    check(mkdir(out, 0755) == 0 || errno == EEXIST, out);
}

void world_mount(const char *source, const char *name)
{
    char path[PATH];

    make_place(path, name);
    check(mount(source, path, "tmpfs", 0, "mode=0777") == 0, path);
}

void world_mount_plain(const char *name)
{
    char path[PATH];

    make_place(path, name);
    check(mount("plain", path, "ramfs", 0, NULL) == 0, path);
}

void world_bind(const char *name, const char *other)
{
    char from[PATH];
    char to[PATH];

    place(from, name);
    make_place(to, other);
    check(mount(from, to, "none", MS_BIND, NULL) == 0, to);
}

/* Whether its field of mountinfo is there: no test of it may hang. */
bool world_is_mounted(const char *name)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char field[PATH];
    char *line = NULL;
    size_t room = 0;
    bool found = false;

    check(file != NULL, "mountinfo");
    snprintf(field, sizeof field, " " WORLD "/%s ", name);
    while (!found && getline(&line, &room, file) > 0)
        found = strstr(line, field) != NULL;
    free(line);
    fclose(file);
    return found;
}

/* The only escapes that the tests' names have. */
static void unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from;) {
        if (*from == '\\') {
            *to++ = (char)strtol((char[]){from[1], from[2], from[3], '\0'}, NULL, 8);
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

/* The first mount in WORLD. */
static bool find_any(char point[PATH])
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    bool found = false;

    check(file != NULL, "mountinfo");
    while (!found && fscanf(file, "%*s %*s %*s %*s %511s %*[^\n]", point) == 1)
        found = strncmp(point, WORLD "/", strlen(WORLD "/")) == 0;
    fclose(file);
    return found;
}

/* Each with all that is below. */
static void unmount_all(void)
{
    char point[PATH];

    while (find_any(point)) {
        unescape(point);
        check(umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW) == 0, point);
    }
}

/* ---- Holders -------------------------------------------------------------------------------- */

static pid_t launch(int *ready)
{
    int ends[2];
    pid_t parent = getpid();

    check(pipe2(ends, O_CLOEXEC) == 0, "a pipe");

    pid_t child = fork();

    check(child >= 0, "a process");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        close(ends[0]);
        *ready = ends[1];
        return 0;
    }
    close(ends[1]);
    *ready = ends[0];
    for (size_t i = 0; i < PROCESSES; i++)
        if (!processes[i]) {
            processes[i] = child;
            return child;
        }
    die("too many processes");
}

static void hold(char what, const char *path)
{
    char *const argv[] = {(char *)path, (char *)"600", NULL};
    int fd;

    switch (what) {
    case 'f':
        check(open(path, O_RDWR | O_CREAT, 0600) >= 0, path);
        break;
    case 'd':
        check(open(path, O_RDONLY | O_DIRECTORY) >= 0, path);
        break;
    case 'w':
        check(chdir(path) == 0, path);
        break;
    case 'r':
        check(chdir("/") == 0 && chroot(path) == 0, path);
        break;
    case 'm':
        fd = open(path, O_RDWR | O_CREAT, 0600);
        check(fd >= 0 && ftruncate(fd, 4096) == 0, path);
        check(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED, path);
        close(fd);
        break;
    default:
        execv(path, argv);
        die(path);
    }
}

/* Of a program that is run, "ready" is the end of the pipe. */
pid_t world_hold(char what, const char *path)
{
    int ready;
    char byte;
    pid_t child = launch(&ready);

    if (child == 0) {
        hold(what, path);
        check(write(ready, "r", 1) == 1, "the pipe");
        for (;;)
            pause();
    }

    ssize_t length = read(ready, &byte, 1);

    close(ready);
    check(length == (what == 'x' ? 0 : 1), path);
    return child;
}

void world_release(pid_t holder)
{
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    for (size_t i = 0; i < PROCESSES; i++)
        if (processes[i] == holder)
            processes[i] = 0;
}

pid_t world_restless(void)
{
    enum { AT_ONCE = 16 };
    int ready;
    pid_t child = launch(&ready);
    char path[PATH];

    if (child) {
        close(ready);
        return child;
    }
    for (unsigned i = 0;; i++) {
        snprintf(path, sizeof path, WORLD "/restless%u", i % AT_ONCE);
        umount2(path, MNT_DETACH);
        mkdir(path, 0755);
        if (mount("//fileserver/restless", path, "tmpfs", 0, NULL))
            _exit(1);
    }
}

static void release_all(void)
{
    for (size_t i = 0; i < PROCESSES; i++)
        if (processes[i])
            world_release(processes[i]);
}

/* ---- Servers -------------------------------------------------------------------------------- */

static int mount_fuse(const char *source, const char *name)
{
    char path[PATH];
    char options[128];
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    check(fd >= 0, "/dev/fuse");
    make_place(path, name);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
    check(mount(source, path, "fuse.netdisc-test", 0, options) == 0, path);
    return fd;
}

void world_mount_silent(const char *source, const char *name)
{
    check(server_count < SERVERS, "servers");
    servers[server_count++] = mount_fuse(source, name);
}

static struct fuse_attr directory_of(uint64_t node)
{
    return (struct fuse_attr){.ino = node, .mode = S_IFDIR | 0755, .nlink = 2};
}

/* Says nothing that may be kept: everything is asked again. */
static void answer(int fd, const struct fuse_in_header *asked, const char *argument)
{
    struct {
        struct fuse_out_header head;
        union {
            struct fuse_init_out init;
            struct fuse_attr_out attr;
            struct fuse_entry_out entry;
        } body;
    } out = {.head = {.unique = asked->unique}};
    size_t size = 0;

    switch (asked->opcode) {
    case FUSE_INIT:
        out.body.init = (struct fuse_init_out){
            .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096};
        size = sizeof out.body.init;
        break;
    case FUSE_GETATTR:
        out.body.attr.attr = directory_of(asked->nodeid);
        size = sizeof out.body.attr;
        break;
    case FUSE_LOOKUP:
        out.body.entry = (struct fuse_entry_out){.nodeid = SUB_NODE, .attr = directory_of(SUB_NODE)};
        size = sizeof out.body.entry;
        if (strcmp(argument, "sub") != 0)
            out.head.error = -ENOENT;
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
        return;
    default:
        out.head.error = -ENOSYS;
    }
    size = out.head.error ? 0 : size;
    out.head.len = (uint32_t)(sizeof out.head + size);
    check(write(fd, &out, out.head.len) >= 0 || errno == ENOENT, "an answer");
}

pid_t world_mount_served(const char *source, const char *name)
{
    int ready;
    int fd = mount_fuse(source, name);
    pid_t child = launch(&ready);

    close(ready);
    if (child) {
        close(fd);
        return child;
    }
    for (;;) {
        static char request[256 * 1024];
        ssize_t length = read(fd, request, sizeof request - 1);

        if (length < (ssize_t)sizeof(struct fuse_in_header))
            _exit(0);
        request[length] = '\0';
        answer(fd, (const struct fuse_in_header *)(const void *)request,
               request + sizeof(struct fuse_in_header));
    }
}

void world_get_stuck(const char *path)
{
    int ready;
    struct stat about;

    if (launch(&ready)) {
        close(ready);
        return;
    }
    stat(path, &about);
    _exit(0);
}

static void end_servers(void)
{
    while (server_count > 0)
        close(servers[--server_count]);
    release_all();
}

/* ---- A test --------------------------------------------------------------------------------- */

int world_reset(void **state)
{
    (void)state;
    end_servers();
    unmount_all();
    unlink(WORLD "/config/netdisc/shares");
    return 0;
}

netdisc *world_context(void)
{
    netdisc_options options = {
        .size = sizeof options,
        .providers = "cifs",
        .module_directory = getenv("NETDISC_TEST_MODULES"),
    };
    netdisc *nd = NULL;

    check(netdisc_open(&nd, &options, NULL) == NETDISC_NO_ERROR, "a context");
    return nd;
}
