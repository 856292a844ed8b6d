/* SPDX-License-Identifier: MIT */
/* The world: namespaces, mounts, daemons, links, files. */
#define _GNU_SOURCE
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world_nm.h"

#define RUN        "/run/netdisc"
#define BUS_SOCKET RUN "/bus"
#define BUS_CONFIG RUN "/bus.conf"
#define NM_LOG     RUN "/NetworkManager.log"
#define GATE       RUN "/gate"
#define CONFIG     "/etc/NetworkManager"
#define PROFILES   CONFIG "/system-connections"

enum { ARGUMENTS = 32, FD_FOR_CHILD = 3, LOG_LINES = 40, WAITERS = 256 };

static const char bus_config[] =
    "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN'\n"
    " 'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>\n"
    "<busconfig><type>system</type><listen>unix:path=" BUS_SOCKET "</listen><auth>EXTERNAL</auth>\n"
    "<policy context='default'><allow user='*'/><deny own='*'/><deny send_type='method_call'/>\n"
    "<allow send_type='signal'/><allow send_requested_reply='true' send_type='method_return'/>\n"
    "<allow send_requested_reply='true' send_type='error'/><allow receive_type='method_call'/>\n"
    "<allow receive_type='method_return'/><allow receive_type='error'/><allow receive_type='signal'/>\n"
    "<allow send_destination='org.freedesktop.DBus'/></policy>\n"
    "<policy user='root'><allow own='*'/><allow send_type='method_call'/></policy>\n"
    /* With NetworkManager's own policy, and the limits in it. */
    "<include>/usr/share/dbus-1/system.d/org.freedesktop.NetworkManager.conf</include>\n"
    "%s</busconfig>\n";

static const char nm_config[] =
    "[main]\nplugins=keyfile\ndns=none\nrc-manager=unmanaged\nno-auto-default=*\n"
    "hostname-mode=none\nauth-polkit=%s\n[logging]\nlevel=INFO\n";

/* What is started below these is told apart from what others start. */
static pid_t owner;
static pid_t daemons[WORLD_DAEMONS];
static bool in_user_namespace;
static int gate = -1;

static void end_all(void)
{
    if (getpid() != owner)
        return;
    for (int which = WORLD_DAEMONS - 1; which >= 0; which--)
        world_kill((world_daemon)which);
}

/* ---- When it goes wrong --------------------------------------------------------------------- */

static void print_log(void)
{
    char line[1024];
    long lines = 0;
    FILE *log = fopen(NM_LOG, "re");

    if (!log)
        return;
    while (fgets(line, sizeof line, log))
        lines++;
    rewind(log);
    fprintf(stderr, "# NetworkManager's log:\n");
    while (fgets(line, sizeof line, log))
        if (lines-- <= LOG_LINES)
            fprintf(stderr, "# %s", line);
    fclose(log);
}

void world_die(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "# the world broke: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    print_log();
    end_all();
    _exit(1);
}

static void check(bool good, const char *what)
{
    if (!good)
        world_die("%s: %s", what, strerror(errno));
}

/* ---- Files ---------------------------------------------------------------------------------- */

static FILE *create(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *file;

    check(fd >= 0, path);
    file = fdopen(fd, "w");
    check(file, path);
    return file;
}

static void finish(FILE *file, const char *path)
{
    check(fclose(file) == 0, path);
}

static void write_file(const char *path, mode_t mode, const char *text)
{
    FILE *file = create(path, mode);

    fputs(text, file);
    finish(file, path);
}

static void make_directory(const char *path)
{
    check(mkdir(path, 0755) == 0 || errno == EEXIST, path);
}

/* ---- Processes ------------------------------------------------------------------------------ */

/* `for_child` becomes its descriptor 3 and `log` takes what it prints; either may be -1. In a group of
 * its own, so that it can be ended with what it starts; dies with this program whatever happens to
 * that. */
static pid_t spawn(const char *const *argv, int for_child, int log)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    check(pid >= 0, "fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || setpgid(0, 0))
        _exit(127);
    if (for_child >= 0 && (dup2(for_child, FD_FOR_CHILD) < 0 || fcntl(FD_FOR_CHILD, F_SETFD, 0)))
        _exit(127);
    if (log >= 0 && (dup2(log, 1) < 0 || dup2(log, 2) < 0))
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        check(errno == EINTR, "waitpid");
    return status;
}

static void launch(world_daemon which, const char *const *argv, int for_child)
{
    const char *path = which == WORLD_NM ? NM_LOG : "/dev/null";
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    check(log >= 0, path);
    if (daemons[which])
        world_die("%s runs already", argv[0]);
    daemons[which] = spawn(argv, for_child, log);
    close(log);
}

pid_t world_pid(world_daemon which)
{
    return daemons[which];
}

void world_signal(world_daemon which, int number)
{
    check(daemons[which] && kill(daemons[which], number) == 0, "a signal to a daemon");
}

void world_kill(world_daemon which)
{
    pid_t pid = daemons[which];

    if (!pid)
        return;
    daemons[which] = 0;
    /* Its group is there once it has run, it itself from the beginning. */
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    wait_for(pid);
}

/* ---- Daemons -------------------------------------------------------------------------------- */

/* Waits for the line that a daemon prints when it serves. */
static void await_line(int fd, const char *who)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    char address[256];
    int ready = poll(&readable, 1, WORLD_MS);

    if (ready != 1 || read(fd, address, sizeof address) <= 0)
        world_die("%s did not start", who);
    close(fd);
}

void world_start_bus_with(const char *elements)
{
    static const char *const argv[] = {
        "dbus-daemon", "--config-file=" BUS_CONFIG, "--nofork",     "--nopidfile",
        "--nosyslog",  "--print-address=3",         (const char *)0};
    int ends[2];
    FILE *file = create(BUS_CONFIG, 0644);

    fprintf(file, bus_config, elements);
    finish(file, BUS_CONFIG);
    unlink(BUS_SOCKET);
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    launch(WORLD_BUS, argv, ends[1]);
    close(ends[1]);
    await_line(ends[0], argv[0]);
}

void world_set_polkit(const char *use)
{
    static const char path[] = CONFIG "/NetworkManager.conf";
    FILE *file = create(path, 0644);

    fprintf(file, nm_config, use);
    finish(file, path);
}

void world_launch_nm(void)
{
    static const char *const argv[] = {"NetworkManager", "--debug", NULL};

    launch(WORLD_NM, argv, -1);
}

static void start_dispatcher(void)
{
    const char *argv[] = {"/usr/libexec/nm-dispatcher", "--persist", "--debug", NULL};

    if (access(argv[0], X_OK))
        argv[0] = "/usr/lib/NetworkManager/nm-dispatcher";
    launch(WORLD_DISPATCHER, argv, -1);
    if (!world_await_name("org.freedesktop.nm_dispatcher"))
        world_die("nm-dispatcher did not start");
}

void world_start(world_daemon which)
{
    switch (which) {
    case WORLD_BUS:
        world_start_bus_with("");
        break;
    case WORLD_NM:
        world_launch_nm();
        if (!world_nm_await_startup())
            world_die("NetworkManager did not complete its startup");
        break;
    default:
        start_dispatcher();
    }
}

/* ---- The gate ------------------------------------------------------------------------------- */

static void write_gate_script(const char *when)
{
    char path[WORLD_PATH];

    snprintf(path, sizeof path, CONFIG "/dispatcher.d/%s.d", when);
    make_directory(path);
    snprintf(path, sizeof path, CONFIG "/dispatcher.d/%s.d/10-gate", when);
    /* When this program ends the other end of the pipe is gone, and so the script ends, too. */
    write_file(path, 0755, "#!/bin/sh\nread -r line <" GATE "\nexit 0\n");
}

void world_install_gate(void)
{
    make_directory(CONFIG "/dispatcher.d");
    write_gate_script("pre-up");
    write_gate_script("pre-down");
    check(mkfifo(GATE, 0600) == 0, GATE);
    gate = open(GATE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    check(gate >= 0, GATE);
    world_open_gate();
    world_start(WORLD_DISPATCHER);
}

void world_close_gate(void)
{
    char lines[WAITERS];

    while (read(gate, lines, sizeof lines) > 0)
        continue;
}

void world_open_gate(void)
{
    char lines[WAITERS];

    memset(lines, '\n', sizeof lines);
    check(write(gate, lines, sizeof lines) > 0, GATE);
}

static void remove_gate(void)
{
    if (gate >= 0)
        close(gate);
    gate = -1;
    unlink(GATE);
}

/* ---- Namespaces ----------------------------------------------------------------------------- */

static char reason[256];

static const char *because(const char *what)
{
    snprintf(reason, sizeof reason, "%s: %s", what, strerror(errno));
    return reason;
}

static bool write_proc(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return good;
}

/* An ordinary user is root in a user namespace. */
static bool map_user(uid_t uid, gid_t gid)
{
    char users[64];
    char groups[64];

    snprintf(users, sizeof users, "0 %u 1", (unsigned)uid);
    snprintf(groups, sizeof groups, "0 %u 1", (unsigned)gid);
    return write_proc("/proc/self/uid_map", users) && write_proc("/proc/self/setgroups", "deny") &&
           write_proc("/proc/self/gid_map", groups);
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

static bool enter_network(int more)
{
    char before[64];
    char after[64];

    if (!network_namespace(before) || unshare(CLONE_NEWNET | more))
        return false;
    if (!network_namespace(after) || strcmp(before, after) == 0 || !is_empty_network())
        world_die("this is not a fresh network namespace");
    return true;
}

static bool mount_over(const char *type, const char *path, unsigned long flags)
{
    return mount(type, path, type, flags, type[0] == 't' ? "mode=0755" : NULL) == 0;
}

/* What belongs to one life of NetworkManager; `/sys` read-only, as without udev it would wait for
 * that. */
static const char *const places[] = {"/sys", "/run/NetworkManager", "/var/lib/NetworkManager", CONFIG};

static bool mount_places(void)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!(i == 0 ? mount_over("sysfs", places[i], MS_RDONLY) : mount_over("tmpfs", places[i], 0)))
            return false;
    make_directory(PROFILES);
    if (chmod(PROFILES, 0700))
        return false;
    world_set_polkit("root-only");
    return true;
}

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

static const char *find_programs(void)
{
    static const char *const programs[] = {"NetworkManager", "dbus-daemon", "ip"};
    char path[4096];

    /* Where an ordinary user does not look. */
    snprintf(path, sizeof path, "%s:/usr/sbin:/sbin", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    setenv("PATH", path, 1);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (!find_program(programs[i])) {
            snprintf(reason, sizeof reason, "%s is not installed", programs[i]);
            return reason;
        }
    return NULL;
}

const char *world_try_enter(void)
{
    uid_t uid = getuid();
    gid_t gid = getgid();

    if (find_programs())
        return reason;
    in_user_namespace = geteuid() != 0;
    if (!enter_network(CLONE_NEWNS | CLONE_NEWUTS | (in_user_namespace ? CLONE_NEWUSER : 0)))
        return because("a network namespace is not allowed");
    if (in_user_namespace && !map_user(uid, gid))
        return because("being root in a user namespace is not allowed");
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) || !mount_over("tmpfs", "/run", 0))
        return because("mounts are not allowed");
    make_directory(RUN);
    make_directory("/run/NetworkManager");
    if (!mount_places())
        return because("mounts are not allowed");
    owner = getpid();
    atexit(end_all);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" BUS_SOCKET, 1);
    return NULL;
}

void world_enter(void)
{
    const char *why = world_try_enter();

    if (!why)
        return;
    printf("1..0 # SKIP %s\n", why);
    exit(0);
}

bool world_has_users(void)
{
    return !in_user_namespace;
}

static void kill_all(void)
{
    world_nm_forget();
    remove_gate();
    end_all();
}

int world_reset_bare(void **state)
{
    (void)state;
    if (getpid() != owner)
        world_die("not in the world");
    kill_all();
    unlink(NM_LOG);
    check(enter_network(0), "a network namespace");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        check(umount2(places[i], MNT_DETACH) == 0, places[i]);
    check(mount_places(), "the mounts of NetworkManager");
    world_ip("link set lo up");
    world_start(WORLD_BUS);
    return 0;
}

int world_reset(void **state)
{
    world_reset_bare(state);
    world_start(WORLD_NM);
    return 0;
}

int world_end(int result)
{
    if (result)
        print_log();
    kill_all();
    return result;
}

/* ---- Links ---------------------------------------------------------------------------------- */

void world_ip(const char *format, ...)
{
    const char *argv[ARGUMENTS] = {"ip"};
    char words[512];
    char command[512];
    size_t count = 1;
    char *rest = NULL;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    memcpy(command, words, sizeof command);
    for (char *word = strtok_r(words, " ", &rest); word && count < ARGUMENTS - 1;
         word = strtok_r(NULL, " ", &rest))
        argv[count++] = word;
    if (wait_for(spawn(argv, -1, -1)) != 0)
        world_die("ip %s: failed", command);
}

void world_veth(const char *name)
{
    world_ip("link add %s type veth peer name %sp", name, name);
    world_ip("link set %sp up", name);
    if (daemons[WORLD_NM] && !world_wait_device(name, 30))
        world_die("%s: not disconnected, but %u", name, world_device_state(name));
}

void world_tap(const char *name)
{
    world_ip("tuntap add %s mode tap", name);
    world_ip("addr add 10.77.0.1/24 dev %s", name);
    world_ip("link set %s up", name);
    if (daemons[WORLD_NM] && !world_wait_device(name, 100))
        world_die("%s: not connected externally, but %u", name, world_device_state(name));
}

/* ---- Profiles ------------------------------------------------------------------------------- */

static void profile_path(char out[WORLD_PATH], const char *uuid)
{
    snprintf(out, WORLD_PATH, PROFILES "/%s.nmconnection", uuid);
}

void world_write(const world_profile *profile)
{
    static unsigned written;
    char path[WORLD_PATH];
    FILE *file;

    profile_path(path, profile->uuid);
    file = create(path, 0600);
    fprintf(file, "[connection]\nid=%s\nuuid=%s\ntype=%s\nautoconnect=%s\n", profile->name,
            profile->uuid, profile->type ? profile->type : "ethernet",
            profile->autoconnect ? "true" : "false");
    if (profile->device)
        fprintf(file, "interface-name=%s\n", profile->device);
    fprintf(file, "%s\n[ipv4]\n", profile->settings ? profile->settings : "");
    written++;
    if (profile->ipv4)
        fputs(profile->ipv4, file);
    else
        fprintf(file, "method=manual\naddress1=10.%u.%u.2/24\n", 100 + written / 256 % 100,
                written % 256);
    fprintf(file, "[ipv6]\nmethod=disabled\n%s\n", profile->sections ? profile->sections : "");
    finish(file, path);
}

void world_add(const world_profile *profile)
{
    char path[WORLD_PATH];
    char arguments[2 * WORLD_PATH];

    world_write(profile);
    profile_path(path, profile->uuid);
    snprintf(arguments, sizeof arguments, "(['%s'],)", path);
    if (!world_call("/Settings", "Settings", "LoadConnections", arguments))
        world_die("%s was not loaded", path);
}

void world_add_plain(const char *name, const char *uuid, const char *device)
{
    world_add(&(world_profile){.name = name, .uuid = uuid, .device = device});
}

void world_load(void)
{
    if (!world_call("/Settings", "Settings", "ReloadConnections", "()"))
        world_die("the profiles were not loaded");
}

/* ---- netdisc -------------------------------------------------------------------------------- */

netdisc_options world_options(void)
{
    return (netdisc_options){
        .size = sizeof(netdisc_options),
        .providers = "nm",
        .module_directory = getenv("NETDISC_TEST_MODULES"),
    };
}

netdisc *world_context(void)
{
    netdisc_options options = world_options();
    netdisc *nd = NULL;

    if (netdisc_open(&nd, &options, NULL) != NETDISC_NO_ERROR)
        world_die("no context");
    return nd;
}
