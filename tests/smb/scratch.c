/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[64];

static void check(bool property, const char *what)
{
    if (property)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    abort();
}

const char *scratch_make(void)
{
    snprintf(scratch, sizeof scratch, "/tmp/netdisc-scratch-XXXXXX");
    check(mkdtemp(scratch) != NULL, scratch);
    return scratch;
}

static int remove_one(const char *path, const struct stat *it, int type, struct FTW *walk)
{
    (void)it;
    (void)type;
    (void)walk;
    remove(path);
    return 0;
}

void scratch_remove(void)
{
    nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

const char *scratch_path(const char *format, ...)
{
    static char paths[16][512];
    static unsigned next;
    char *path = paths[next++ % 16];
    int length = snprintf(path, sizeof paths[0], "%s/", scratch);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(path + length, sizeof paths[0] - (size_t)length, format, arguments);
    va_end(arguments);
    return path;
}

void scratch_write(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size, path);
    close(fd);
}

int scratch_count(const char *directory)
{
    DIR *entries = opendir(directory);
    int count = -2; /* . and .. */

    if (!entries)
        return -1;
    while (readdir(entries))
        count++;
    closedir(entries);
    return count;
}

/* ---- Processes ------------------------------------------------------------------------------ */

pid_t scratch_start(int (*act)(void *data), void *data)
{
    pid_t child = fork();

    check(child >= 0, "fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(act(data));
    }
    return child;
}

static int wait_for(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        check(errno == EINTR, "waitpid");
    return status;
}

int scratch_end(pid_t child)
{
    int status = wait_for(child);

    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int scratch_run(int (*act)(void *data), void *data)
{
    return scratch_end(scratch_start(act, data));
}

typedef struct traced {
    int (*act)(void *data);
    void *data;
} traced;

static int be_traced(void *data)
{
    const traced *it = data;

    check(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "ptrace");
    raise(SIGSTOP);
    return it->act(it->data);
}

bool scratch_killed_at(int n, int (*act)(void *data), void *data)
{
    traced it = {act, data};
    pid_t child = scratch_start(be_traced, &it);

    check(WIFSTOPPED(wait_for(child)), "a child that is traced");
    for (int i = 0; i < n; i++) {
        check(ptrace(PTRACE_SYSCALL, child, NULL, NULL) == 0, "ptrace");
        if (!WIFSTOPPED(wait_for(child)))
            return false;
    }
    kill(child, SIGKILL);
    wait_for(child);
    return true;
}

/* ---- Mounts --------------------------------------------------------------------------------- */

static bool write_line(const char *file, const char *line)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line);

    if (fd >= 0)
        close(fd);
    return done;
}

static bool map_id(const char *file, unsigned id)
{
    char line[32];

    snprintf(line, sizeof line, "%u %u 1", id, id);
    return write_line(file, line);
}

static bool enter_namespaces(void)
{
    unsigned user = geteuid();
    unsigned group = getegid();

    if (user == 0)
        return unshare(CLONE_NEWNS) == 0;
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && map_id("/proc/self/uid_map", user) &&
           write_line("/proc/self/setgroups", "deny") && map_id("/proc/self/gid_map", group);
}

bool scratch_own_mounts(void)
{
    return enter_namespaces() && mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
}
