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

enum { ARGUMENTS = 32, WAITERS = 256 };

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
static int gate = -1;

static void end_all(void)
{
    if (getpid() != owner)
        return;
    for (int which = WORLD_DAEMONS - 1; which >= 0; which--)
        world_kill((world_daemon)which);
}

/* ---- Processes ------------------------------------------------------------------------------ */

static void print_log(void)
{
    bed_print_end(NM_LOG, "NetworkManager's log");
}

static void launch(world_daemon which, const char *const *argv, int for_child)
{
    const char *path = which == WORLD_NM ? NM_LOG : "/dev/null";
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    bed_check(log >= 0, path);
    if (daemons[which])
        bed_die("%s runs already", argv[0]);
    daemons[which] = bed_spawn(argv, for_child, log);
    close(log);
}

pid_t world_pid(world_daemon which)
{
    return daemons[which];
}

void world_signal(world_daemon which, int number)
{
    bed_check(daemons[which] && kill(daemons[which], number) == 0, "a signal to a daemon");
}

void world_kill(world_daemon which)
{
    pid_t pid = daemons[which];

    if (!pid)
        return;
    daemons[which] = 0;
    bed_kill(pid);
}

/* ---- Daemons -------------------------------------------------------------------------------- */

/* Waits for the line that a daemon prints when it serves. */
static void await_line(int fd, const char *who)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    char address[256];
    int ready = poll(&readable, 1, WORLD_MS);

    if (ready != 1 || read(fd, address, sizeof address) <= 0)
        bed_die("%s did not start", who);
    close(fd);
}

void world_start_bus_with(const char *elements)
{
    static const char *const argv[] = {
        "dbus-daemon", "--config-file=" BUS_CONFIG, "--nofork",     "--nopidfile",
        "--nosyslog",  "--print-address=3",         (const char *)0};
    int ends[2];
    FILE *file = bed_create(BUS_CONFIG, 0644);

    fprintf(file, bus_config, elements);
    bed_finish(file, BUS_CONFIG);
    unlink(BUS_SOCKET);
    bed_check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    launch(WORLD_BUS, argv, ends[1]);
    close(ends[1]);
    await_line(ends[0], argv[0]);
}

void world_set_polkit(const char *use)
{
    static const char path[] = CONFIG "/NetworkManager.conf";
    FILE *file = bed_create(path, 0644);

    fprintf(file, nm_config, use);
    bed_finish(file, path);
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
        bed_die("nm-dispatcher did not start");
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
            bed_die("NetworkManager did not complete its startup");
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
    bed_make_directory(path);
    snprintf(path, sizeof path, CONFIG "/dispatcher.d/%s.d/10-gate", when);
    /* When this program ends the other end of the pipe is gone, and so the script ends, too. */
    bed_write_file(path, 0755, "#!/bin/sh\nread -r line <" GATE "\nexit 0\n");
}

void world_install_gate(void)
{
    bed_make_directory(CONFIG "/dispatcher.d");
    write_gate_script("pre-up");
    write_gate_script("pre-down");
    bed_check(mkfifo(GATE, 0600) == 0, GATE);
    gate = open(GATE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    bed_check(gate >= 0, GATE);
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
    bed_check(write(gate, lines, sizeof lines) > 0, GATE);
}

static void remove_gate(void)
{
    if (gate >= 0)
        close(gate);
    gate = -1;
    unlink(GATE);
}

/* ---- Namespaces ----------------------------------------------------------------------------- */

/* What belongs to one life of NetworkManager; `/sys` read-only, as without udev it would wait for
 * that. */
static const char *const places[] = {"/sys", "/run/NetworkManager", "/var/lib/NetworkManager", CONFIG};

static bool mount_places(void)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!(i == 0 ? bed_mount_over("sysfs", places[i], MS_RDONLY)
                     : bed_mount_over("tmpfs", places[i], 0)))
            return false;
    bed_make_directory(PROFILES);
    if (chmod(PROFILES, 0700))
        return false;
    world_set_polkit("root-only");
    return true;
}

const char *world_try_enter(void)
{
    static const char *const programs[] = {"NetworkManager", "dbus-daemon", "ip", NULL};
    const char *why = bed_find_programs(programs);

    if (!why)
        why = bed_enter(CLONE_NEWUTS);
    if (why)
        return why;
    bed_make_directory(RUN);
    bed_make_directory("/run/NetworkManager");
    if (!mount_places())
        return bed_because("mounts are not allowed");
    owner = getpid();
    atexit(end_all);
    bed_on_death(print_log, end_all);
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
    return !bed_in_user_namespace();
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
        bed_die("not in the world");
    kill_all();
    unlink(NM_LOG);
    bed_check(bed_enter_network(0), "a network namespace");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        bed_check(umount2(places[i], MNT_DETACH) == 0, places[i]);
    bed_check(mount_places(), "the mounts of NetworkManager");
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
    if (bed_wait(bed_spawn(argv, -1, -1)) != 0)
        bed_die("ip %s: failed", command);
}

void world_veth(const char *name)
{
    world_ip("link add %s type veth peer name %sp", name, name);
    world_ip("link set %sp up", name);
    if (daemons[WORLD_NM] && !world_wait_device(name, 30))
        bed_die("%s: not disconnected, but %u", name, world_device_state(name));
}

void world_tap(const char *name)
{
    world_ip("tuntap add %s mode tap", name);
    world_ip("addr add 10.77.0.1/24 dev %s", name);
    world_ip("link set %s up", name);
    if (daemons[WORLD_NM] && !world_wait_device(name, 100))
        bed_die("%s: not connected externally, but %u", name, world_device_state(name));
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
    file = bed_create(path, 0600);
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
    bed_finish(file, path);
}

void world_add(const world_profile *profile)
{
    char path[WORLD_PATH];
    char arguments[2 * WORLD_PATH];

    world_write(profile);
    profile_path(path, profile->uuid);
    snprintf(arguments, sizeof arguments, "(['%s'],)", path);
    if (!world_call("/Settings", "Settings", "LoadConnections", arguments))
        bed_die("%s was not loaded", path);
}

void world_add_plain(const char *name, const char *uuid, const char *device)
{
    world_add(&(world_profile){.name = name, .uuid = uuid, .device = device});
}

void world_load(void)
{
    if (!world_call("/Settings", "Settings", "ReloadConnections", "()"))
        bed_die("the profiles were not loaded");
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
        bed_die("no context");
    return nd;
}
