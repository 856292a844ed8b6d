/* SPDX-License-Identifier: MIT */
/* The world: its processes, users, places; what is done to the machine. */
#define _GNU_SOURCE
#include "world_smb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world_samba.h"

#define BIN    WORLD_RUN "/bin"
#define ROOT   BIN "/root"
#define MAKER  BIN "/maker"
#define HOLDER BIN "/" WORLD_HOLDER
#define WORKER BIN "/netdisc-smb"
#define MODULE "libnetdisc-smb.so"

enum { NAP_NS = 5000000, LEFT_MS = 5000, PROCESSES = 512 };

static bool as_ordinary_user;
static char modules[WORLD_PATH];

/* ---- Waiting -------------------------------------------------------------------------------- */

bool world_wait(bool (*is_so)(const void *data), const void *data, int timeout_ms)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    int64_t until = bed_now_ms() + timeout_ms;

    while (!is_so(data)) {
        if (bed_now_ms() > until)
            return false;
        nanosleep(&nap, NULL);
    }
    return true;
}

/* ---- Processes ------------------------------------------------------------------------------ */

/* The first one of a process namespace: all others end with it, and those that nobody waits for are its.
 * It does nothing that a checker of memory or threads could care about. */
static _Noreturn void be_first_process(void)
{
    sigset_t all;

    sigfillset(&all);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (;;)
        if (syscall(SYS_wait4, -1, NULL, 0, NULL) < 0) {
            const struct timespec nap = {.tv_nsec = NAP_NS};

            syscall(SYS_nanosleep, &nap, NULL);
        }
}

static _Noreturn void end_as(pid_t child, pid_t first)
{
    int status = bed_wait(child);

    kill(first, SIGKILL);
    bed_wait(first);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static bool join_processes_of(pid_t first)
{
    char path[64];
    int fd;
    bool good;

    snprintf(path, sizeof path, "/proc/%ld/ns/pid", (long)first);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    good = fd >= 0 && setns(fd, CLONE_NEWPID) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

/* Goes on in a child with processes of its own; the parent ends as the child does. Not unshare(), which
 * a checker of threads has made impossible by having one. */
static const char *enter_processes(void)
{
    pid_t first = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
    pid_t child;

    if (first == 0)
        be_first_process();
    if (first < 0 || !join_processes_of(first))
        return bed_because("a process namespace is not allowed");
    fflush(stdout);
    child = fork();
    bed_check(child >= 0, "fork");
    if (child > 0)
        end_as(child, first);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return NULL;
}

/* The name of a process, "" if it is gone or dead. */
static void process_name(pid_t pid, char out[64])
{
    char path[64];
    char line[256];
    FILE *file;
    size_t length;
    char *end;

    out[0] = '\0';
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    file = fopen(path, "re");
    if (!file)
        return;
    length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = '\0';
    end = strrchr(line, ')');
    if (end && end[1] && end[2] != 'Z' && end[2] != 'X' && strchr(line, '('))
        snprintf(out, 64, "%.*s", (int)(end - strchr(line, '(') - 1), strchr(line, '(') + 1);
}

static size_t each_process(bool (*is_meant)(pid_t pid), pid_t *out, size_t room)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    size_t count = 0;

    bed_check(directory, "/proc");
    while ((entry = readdir(directory))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 0 && is_meant(pid) && count++ < room)
            out[count - 1] = pid;
    }
    closedir(directory);
    return count;
}

static bool is_worker(pid_t pid)
{
    char name[64];

    process_name(pid, name);
    return strcmp(name, "netdisc-smb") == 0;
}

size_t world_workers(pid_t *out, size_t room)
{
    return each_process(is_worker, out, room);
}

static bool has_workers(const void *data)
{
    return world_workers(NULL, 0) == *(const size_t *)data;
}

bool world_wait_workers(size_t count)
{
    return world_wait(has_workers, &count, WORLD_MS);
}

/* Not only its first thread: a lock is held until the last has ended. */
static bool is_gone(const void *data)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%ld", (long)*(const pid_t *)data);
    return access(path, F_OK) != 0;
}

bool world_wait_gone(pid_t pid)
{
    return world_wait(is_gone, &pid, WORLD_MS);
}

static bool is_stray(pid_t pid)
{
    char name[64];

    process_name(pid, name);
    return pid > 1 && pid != getpid() && name[0] && !world_is_server(getpgid(pid));
}

static bool kill_strays(const void *data)
{
    pid_t strays[PROCESSES];
    size_t count = each_process(is_stray, strays, PROCESSES);

    (void)data;
    for (size_t i = 0; i < count && i < PROCESSES; i++)
        bed_signal(strays[i], SIGKILL);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    return count == 0;
}

/* ---- Mounts --------------------------------------------------------------------------------- */

/* The place of the last mount at or below a path, and how many there are. */
static size_t find_mounts(const char *path, char last[WORLD_PATH])
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    size_t length = strlen(path);
    size_t count = 0;
    char line[4096];
    char place[WORLD_PATH];

    bed_check(file, "mountinfo");
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%*s %*s %*s %*s %511s", place) != 1 || strncmp(place, path, length) != 0 ||
            (place[length] && place[length] != '/'))
            continue;
        count++;
        if (last)
            memcpy(last, place, sizeof place);
    }
    fclose(file);
    return count;
}

size_t world_mounts(const char *path)
{
    return find_mounts(path, NULL);
}

void world_mount_tmpfs(const char *path, const char *options)
{
    world_sh("mount -t tmpfs -o '%s' tmpfs '%s'", options ? options : "mode=0755", path);
}

void world_bind(const char *from, const char *to)
{
    world_sh("mount --bind '%s' '%s'", from, to);
}

void world_unmount(const char *path)
{
    if (!bed_unmount(path))
        bed_die("%s could not be unmounted", path);
}

/* In mountinfo a blank is \040. */
static void decode(char *text)
{
    char *to = text;
    unsigned code;

    for (; *text; to++)
        if (text[0] == '\\' && sscanf(text + 1, "%3o", &code) == 1) {
            *to = (char)code;
            text += 4;
        } else {
            *to = *text++;
        }
    *to = '\0';
}

static void unmount_below(const char *path)
{
    char place[WORLD_PATH];

    while (find_mounts(path, place) > 0) {
        decode(place);
        world_unmount(place);
    }
}

void world_sh(const char *format, ...)
{
    char script[4096];
    const char *argv[] = {"sh", "-ec", script, NULL};
    va_list arguments;
    int status;

    va_start(arguments, format);
    vsnprintf(script, sizeof script, format, arguments);
    va_end(arguments);
    status = bed_wait(bed_spawn_as_root(argv, -1, -1));
    if (status)
        bed_die("status %d: sh -c '%s'", status, script);
}

/* ---- Holders -------------------------------------------------------------------------------- */

world_holder world_hold(const char *what, const char *path)
{
    /* The descriptor for the child is its input. */
    const char *argv[] = {"sh", "-c", "exec \"$0\" \"$1\" \"$2\" <&3 3<&-", HOLDER, what, path, NULL};
    world_holder self;
    int in[2];
    int out[2];
    int result;

    bed_check(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "pipe");
    self = (world_holder){bed_spawn(argv, in[0], out[1]), in[1], out[0]};
    close(in[0]);
    close(out[1]);
    result = world_holder_result(&self, WORLD_MS);
    if (result)
        bed_die("%s is not held (%s): %s", path, what, result < 0 ? "nothing" : strerror(result));
    return self;
}

void world_holder_begin(const world_holder *holder, char command)
{
    bed_check(write(holder->in, &command, 1) == 1, "a holder");
}

int world_holder_result(const world_holder *holder, int timeout_ms)
{
    struct pollfd readable = {.fd = holder->out, .events = POLLIN};
    char line[32];
    ssize_t length;

    if (poll(&readable, 1, timeout_ms) != 1)
        return -1;
    length = read(holder->out, line, sizeof line - 1);
    if (length <= 0)
        return -1;
    line[length] = '\0';
    return (int)strtol(line, NULL, 10);
}

int world_holder_do(const world_holder *holder, char command)
{
    world_holder_begin(holder, command);
    return world_holder_result(holder, WORLD_MS);
}

void world_release(world_holder *holder)
{
    close(holder->in);
    bed_kill(holder->pid);
    close(holder->out);
    *holder = (world_holder){0, -1, -1};
}

/* ---- Other programs that use netdisc --------------------------------------------------------- */

pid_t world_make(const char *how, const char *local, const char *remote, int gate, int out)
{
    const char *argv[] = {MAKER, how, local, remote, NULL};

    return bed_spawn(argv, gate, out);
}

/* ---- The user's places ---------------------------------------------------------------------- */

static uid_t user(void)
{
    return as_ordinary_user ? WORLD_UID : 0;
}

static void reset_places(void)
{
    static const char *const places[] = {"/dev/fuse", WORLD_RUNTIME, WORLD_CONFIG, WORLD_RUN "/home"};
    char fallback[64];

    snprintf(fallback, sizeof fallback, "/tmp/netdisc-%u", (unsigned)user());
    unmount_below(fallback);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        unmount_below(places[i]);
    world_sh("cd " WORLD_RUN "; rm -rf %s user config home; mkdir -m 700 user config home; "
             "chown %u:%u user config home",
             fallback, (unsigned)user(), (unsigned)user());
    setenv("XDG_RUNTIME_DIR", WORLD_RUNTIME, 1);
    setenv("XDG_CONFIG_HOME", WORLD_CONFIG, 1);
    setenv("HOME", WORLD_RUN "/home", 1);
    setenv("NETDISC_SMB_WORKER", WORKER, 1);
}

/* Names of mappings, and what is put together for one. */
static bool is_runtime_empty(void)
{
    DIR *directory = opendir(WORLD_RUNTIME "/netdisc");
    struct dirent *entry;
    bool empty = true;

    if (!directory)
        return errno == ENOENT;
    while (empty && (entry = readdir(directory)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(directory);
    return empty;
}

static const char *left_over(void)
{
    if (world_workers(NULL, 0))
        return "a worker is still there";
    if (world_mounts(WORLD_RUNTIME))
        return "something is still mounted";
    return is_runtime_empty() ? NULL : "something is still in the runtime directory";
}

static bool is_nothing_left(const void *data)
{
    (void)data;
    return left_over() == NULL;
}

const char *world_left_over(void)
{
    world_wait(is_nothing_left, NULL, LEFT_MS);
    return left_over();
}

/* ---- Entering ------------------------------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
    char buffer[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    ssize_t count;

    bed_check(in >= 0, from);
    bed_check(out >= 0 && fchmod(out, 0755) == 0, to);
    while ((count = read(in, buffer, sizeof buffer)) > 0)
        bed_check(write(out, buffer, (size_t)count) == count, to);
    bed_check(count == 0, from);
    close(in);
    close(out);
}

/* A copy, for the ordinary user may not get to where it was built. */
static void copy_programs(const char *worker)
{
    const char *directory = getenv("NETDISC_TEST_MODULES");
    char module[WORLD_PATH];

    bed_make_directory(BIN);
    copy_file(WORLD_HOLDER_PROGRAM, HOLDER);
    copy_file(WORLD_MAKER_PROGRAM, MAKER);
    copy_file(WORLD_ROOT_PROGRAM, ROOT);
    copy_file(worker, WORKER);
    if (!directory)
        return;
    snprintf(module, sizeof module, "%s/" MODULE, directory);
    copy_file(module, BIN "/" MODULE);
    snprintf(modules, sizeof modules, "%s", BIN);
    setenv("WORLD_MODULES", BIN, 1);
}

/* An empty /tmp, but for the directory in it that the program is in. */
static bool mount_tmp(void)
{
    char program[WORLD_PATH] = "";
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *end;
    char from[64];
    int kept = -1;

    if (length < 0)
        return false;
    end = strncmp(program, "/tmp/", 5) == 0 ? strchr(program + 5, '/') : NULL;
    if (end) {
        *end = '\0';
        kept = open(program, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777"))
        return false;
    if (kept < 0)
        return true;
    bed_make_directory(program);
    snprintf(from, sizeof from, "/proc/self/fd/%d", kept);
    bed_check(mount(from, program, "none", MS_BIND | MS_REC, NULL) == 0, program);
    close(kept);
    return true;
}

static bool put_over(const char *path, const char *text)
{
    char ours[WORLD_PATH];

    snprintf(ours, sizeof ours, WORLD_RUN "/etc%s", strrchr(path, '/'));
    bed_write_file(ours, 0644, text);
    return access(path, F_OK) || mount(ours, path, "none", MS_BIND, NULL) == 0;
}

/* Users, and no name service but files. */
static bool mount_etc(void)
{
    bed_make_directory(WORLD_RUN "/etc");
    return put_over("/etc/passwd", "root:x:0:0:root:" WORLD_RUN "/home:/bin/sh\n"
                                   "tester:x:3000:3000::" WORLD_RUN "/home:/bin/sh\n"
                                   "alice:x:3001:3001::/:/bin/false\n"
                                   "bob:x:3002:3002::/:/bin/false\n"
                                   "disabled:x:3003:3003::/:/bin/false\n"
                                   "nobody:x:65534:65534::/:/bin/false\n") &&
           put_over("/etc/group", "root:x:0:\ntester:x:3000:\nalice:x:3001:\nbob:x:3002:\n"
                                  "disabled:x:3003:\nnogroup:x:65534:\n") &&
           put_over("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n") &&
           put_over("/etc/hosts", "127.0.0.1 localhost here there\n") &&
           put_over("/etc/samba/smb.conf", "[global]\n");
}

/* What still takes root's rights is done by a setuid program. */
static void become_user(void)
{
    bed_check(chmod(ROOT, 04755) == 0, ROOT);
    bed_give_up_root(ROOT);
    bed_check(setgroups(0, NULL) == 0 && setresgid(WORLD_UID, WORLD_UID, WORLD_UID) == 0 &&
                  setresuid(WORLD_UID, WORLD_UID, WORLD_UID) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0,
              "becoming an ordinary user");
}

static const char *look_for_what_it_takes(const char *worker)
{
    static const char *const programs[] = {"smbd", "smbstatus", "smbcontrol", "pdbedit",
                                           "ip",   "sh",        NULL};

    if (geteuid() != 0)
        return "it takes root: the server has several users";
    if (!worker || access(worker, X_OK))
        return "the worker program netdisc-smb has not been built";
    return bed_find_programs(programs);
}

const char *world_try_enter(bool as_user)
{
    const char *worker = getenv("NETDISC_SMB_WORKER");
    const char *why = look_for_what_it_takes(worker);

    if (!why)
        why = enter_processes();
    if (!why)
        why = bed_enter(CLONE_NEWUTS);
    if (!why && mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
        why = bed_because("/proc cannot be mounted");
    if (why)
        return why;
    bed_make_directory(WORLD_RUN);
    copy_programs(worker);
    if (!mount_tmp() || !mount_etc())
        return bed_because("mounts are not allowed");
    as_ordinary_user = as_user;
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    world_sh("ip link set lo up");
    world_prepare_servers();
    if (as_user)
        become_user();
    return NULL;
}

void world_enter(int argc, char **argv)
{
    bool as_user = argc > 1 && strcmp(argv[1], "--user") == 0;
    const char *why = world_try_enter(as_user);

    if (why) {
        printf("1..0 # SKIP %s\n", why);
        exit(0);
    }
}

bool world_is_user(void)
{
    return as_ordinary_user;
}

int world_reset(void **state)
{
    (void)state;
    if (!world_wait(kill_strays, NULL, WORLD_MS))
        bed_die("there are still processes of an earlier test");
    reset_places();
    world_reset_servers();
    return 0;
}

int world_end(int result)
{
    if (result)
        world_print_logs();
    world_kill(WORLD_SMB);
    world_kill(WORLD_OTHER);
    return result;
}

/* ---- netdisc -------------------------------------------------------------------------------- */

netdisc_options world_options(const char *providers)
{
    return (netdisc_options){
        .size = sizeof(netdisc_options),
        .providers = providers ? providers : "session",
        .module_directory = modules[0] ? modules : NULL,
    };
}

netdisc *world_context(void)
{
    netdisc_options options = world_options(NULL);
    netdisc *nd = NULL;

    if (netdisc_open(&nd, &options, NULL) != NETDISC_NO_ERROR)
        bed_die("no context");
    return nd;
}
