/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "bed.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOG_LINES = 40, ARGUMENTS = 32 };

static void (*print_log_at_death)(void);
static void (*end_all_at_death)(void);
static const char *root_program;
static bool in_user_namespace;
static char reason[256];

/* ---- When it goes wrong --------------------------------------------------------------------- */

void bed_on_death(void (*print_log)(void), void (*end_all)(void))
{
    print_log_at_death = print_log;
    end_all_at_death = end_all;
}

void bed_die(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "# the world broke: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    if (print_log_at_death)
        print_log_at_death();
    if (end_all_at_death)
        end_all_at_death();
    _exit(1);
}

void bed_check(bool good, const char *what)
{
    if (!good)
        bed_die("%s: %s", what, strerror(errno));
}

void bed_print_end(const char *path, const char *name)
{
    char line[1024];
    long lines = 0;
    FILE *log = fopen(path, "re");

    if (!log)
        return;
    while (fgets(line, sizeof line, log))
        lines++;
    rewind(log);
    fprintf(stderr, "# %s:\n", name);
    while (fgets(line, sizeof line, log))
        if (lines-- <= LOG_LINES)
            fprintf(stderr, "# %s", line);
    fclose(log);
}

/* ---- Files ---------------------------------------------------------------------------------- */

FILE *bed_create(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *file;

    bed_check(fd >= 0, path);
    file = fdopen(fd, "w");
    bed_check(file, path);
    return file;
}

void bed_finish(FILE *file, const char *path)
{
    bed_check(fclose(file) == 0, path);
}

void bed_write_file(const char *path, mode_t mode, const char *text)
{
    FILE *file = bed_create(path, mode);

    fputs(text, file);
    bed_finish(file, path);
}

void bed_make_directory(const char *path)
{
    bed_check(mkdir(path, 0755) == 0 || errno == EEXIST, path);
}

bool bed_write_proc(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return good;
}

/* ---- Processes ------------------------------------------------------------------------------ */

pid_t bed_spawn(const char *const *argv, int for_child, int log)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    bed_check(pid >= 0, "fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || setpgid(0, 0))
        _exit(127);
    if (for_child >= 0 && (dup2(for_child, BED_FD_FOR_CHILD) < 0 || fcntl(BED_FD_FOR_CHILD, F_SETFD, 0)))
        _exit(127);
    if (log >= 0 && (dup2(log, 1) < 0 || dup2(log, 2) < 0))
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

void bed_give_up_root(const char *program)
{
    root_program = program;
}

pid_t bed_spawn_as_root(const char *const *argv, int for_child, int log)
{
    const char *longer[ARGUMENTS] = {root_program, "run"};
    size_t count = 2;

    if (!root_program)
        return bed_spawn(argv, for_child, log);
    for (size_t i = 0; argv[i]; i++) {
        if (count == ARGUMENTS - 1)
            bed_die("%s: too many arguments", argv[0]);
        longer[count++] = argv[i];
    }
    return bed_spawn(longer, for_child, log);
}

int bed_wait(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        bed_check(errno == EINTR, "waitpid");
    return status;
}

/* Its group is there once it has run, it itself from the beginning. */
void bed_signal(pid_t pid, int number)
{
    char numbers[2][24];
    const char *argv[] = {root_program, "signal", numbers[0], numbers[1], NULL};

    if (!root_program) {
        kill(-pid, number);
        kill(pid, number);
        return;
    }
    snprintf(numbers[0], sizeof *numbers, "%d", number);
    snprintf(numbers[1], sizeof *numbers, "%ld", (long)pid);
    bed_wait(bed_spawn(argv, -1, -1));
}

void bed_kill(pid_t pid)
{
    bed_signal(pid, SIGKILL);
    bed_wait(pid);
}

/* ---- Namespaces ----------------------------------------------------------------------------- */

static bool find_program(const char *name)
{
    const char *path = getenv("PATH");
    char file[512];

    while (path && *path) {
        size_t length = strcspn(path, ":");

        snprintf(file, sizeof file, "%.*s/%s", (int)length, path, name);
        if (access(file, X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

const char *bed_find_programs(const char *const *programs)
{
    char path[4096];

    snprintf(path, sizeof path, "%s:/usr/sbin:/sbin", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    setenv("PATH", path, 1);
    for (; *programs; programs++)
        if (!find_program(*programs)) {
            snprintf(reason, sizeof reason, "%s is not installed", *programs);
            return reason;
        }
    return NULL;
}

const char *bed_because(const char *what)
{
    snprintf(reason, sizeof reason, "%s: %s", what, strerror(errno));
    return reason;
}

/* An ordinary user is root in a user namespace. */
static bool map_user(uid_t uid, gid_t gid)
{
    char users[64];
    char groups[64];

    snprintf(users, sizeof users, "0 %u 1", (unsigned)uid);
    snprintf(groups, sizeof groups, "0 %u 1", (unsigned)gid);
    return bed_write_proc("/proc/self/uid_map", users) &&
           bed_write_proc("/proc/self/setgroups", "deny") &&
           bed_write_proc("/proc/self/gid_map", groups);
}

static bool network_namespace(char out[64])
{
    ssize_t length = readlink("/proc/thread-self/ns/net", out, 63);

    out[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* Only `lo` may be there. */
static bool is_empty_network(void)
{
    struct if_nameindex *links = if_nameindex();
    bool empty = links && links[0].if_index && strcmp(links[0].if_name, "lo") == 0 && !links[1].if_index;

    if_freenameindex(links);
    return empty;
}

bool bed_enter_network(int more)
{
    char before[64];
    char after[64];

    if (!network_namespace(before) || unshare(CLONE_NEWNET | more))
        return false;
    if (!network_namespace(after) || strcmp(before, after) == 0 || !is_empty_network())
        bed_die("this is not a fresh network namespace");
    return true;
}

bool bed_unmount(const char *path)
{
    const char *argv[] = {root_program, "unmount", path, NULL};

    return root_program ? bed_wait(bed_spawn(argv, -1, -1)) == 0 : umount2(path, MNT_DETACH) == 0;
}

bool bed_mount_over(const char *type, const char *path, unsigned long flags)
{
    return mount(type, path, type, flags, type[0] == 't' ? "mode=0755" : NULL) == 0;
}

const char *bed_enter(int more)
{
    uid_t uid = getuid();
    gid_t gid = getgid();

    in_user_namespace = geteuid() != 0;
    if (!bed_enter_network(CLONE_NEWNS | more | (in_user_namespace ? CLONE_NEWUSER : 0)))
        return bed_because("a network namespace is not allowed");
    if (in_user_namespace && !map_user(uid, gid))
        return bed_because("being root in a user namespace is not allowed");
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) || !bed_mount_over("tmpfs", "/run", 0))
        return bed_because("mounts are not allowed");
    return NULL;
}

bool bed_in_user_namespace(void)
{
    return in_user_namespace;
}

/* ---- Time ----------------------------------------------------------------------------------- */

int64_t bed_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
