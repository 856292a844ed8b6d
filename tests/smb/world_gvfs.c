/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "world_gvfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROOT       "/run/netdisc"
#define BUS_SOCKET ROOT "/bus"
#define BUS_CONFIG ROOT "/bus.conf"
#define SERVICES   ROOT "/services"
#define SMB_CONFIG ROOT "/smb.conf"

enum { STEP_MS = 10 };

static const char bus_config[] =
    "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN'\n"
    " 'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>\n"
    "<busconfig><type>session</type><listen>unix:path=" BUS_SOCKET "</listen><auth>EXTERNAL</auth>\n"
    "<servicedir>" SERVICES "</servicedir><policy context='default'><allow send_destination='*'\n"
    " eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>\n";

static const char smb_config[] =
    "[global]\nsmb ports = 445 4450\ninterfaces = 127.0.0.1/8\nbind interfaces only = yes\n"
    "disable netbios = yes\nload printers = no\nusershare max shares = 0\nguest account = %1$s\n"
    "map to guest = Bad User\nusername map = " ROOT "/users\nprivate dir = " ROOT "/smb/private\n"
    "lock directory = " ROOT "/smb/lock\nstate directory = " ROOT "/smb/state\n"
    "cache directory = " ROOT "/smb/cache\npid directory = " ROOT "/smb/pid\n"
    "ncalrpc dir = " ROOT "/smb/ncalrpc\nlog file = " ROOT "/log/samba\n"
    "[public]\npath = " ROOT "/public\nguest ok = yes\nread only = no\n"
    "[odd %% name]\npath = " ROOT "/public\nguest ok = yes\nread only = yes\n"
    "[stra\303\237e]\npath = " ROOT "/public\nguest ok = yes\nread only = yes\n"
    "[private]\npath = " ROOT "/private\nread only = no\nvalid users = %1$s\n";

/* smbd will not be root where it cannot change its groups, which is so in a user namespace. */
enum { NOBODY = 65534 };

static bool in_user_namespace;
static pid_t bus;
static pid_t server;
static pid_t gvfs_double;

void world_die(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "# the world broke: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    _exit(1);
}

static void check(bool good, const char *what)
{
    if (!good)
        world_die("%s: %s", what, strerror(errno));
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    check(file, path);
    fputs(text, file);
    check(fclose(file) == 0, path);
}

static const char *server_user(void)
{
    return in_user_namespace ? "nobody" : "root";
}

/* With the user that smbd runs as. */
__attribute__((format(printf, 2, 0))) static void write_format(const char *path, const char *format)
{
    FILE *file = fopen(path, "we");

    check(file, path);
    fprintf(file, format, server_user());
    check(fclose(file) == 0, path);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool world_wait_until(bool (*condition)(void *data), void *data)
{
    int64_t deadline = now_ms() + WORLD_MS;

    while (!condition(data)) {
        if (now_ms() > deadline)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    return true;
}

/* ---- Processes ------------------------------------------------------------------------------ */

static bool write_proc(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return good;
}

/* In a new user namespace: one user and one group. */
static bool map_ids(unsigned inside, unsigned user, unsigned group)
{
    char users[64];
    char groups[64];

    snprintf(users, sizeof users, "%u %u 1", inside, user);
    snprintf(groups, sizeof groups, "%u %u 1", inside, group);
    return write_proc("/proc/self/uid_map", users) && write_proc("/proc/self/setgroups", "deny") &&
           write_proc("/proc/self/gid_map", groups);
}

static void become_nobody(void)
{
    if (!in_user_namespace)
        return;
    if (unshare(CLONE_NEWUSER) || !map_ids(NOBODY, 0, 0))
        _exit(127);
}

static void stay(void)
{
}

/* In a group of its own; dies with this program. */
static pid_t spawn_as(void (*become)(void), const char *const *argv, int input, int output)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    int null;

    check(pid >= 0, "fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (getppid() != parent || setpgid(0, 0) || dup2(input >= 0 ? input : null, 0) < 0 ||
        dup2(output >= 0 ? output : null, 1) < 0 || dup2(null, 2) < 0)
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    become();
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

static pid_t spawn(const char *const *argv, int input, int output)
{
    return spawn_as(stay, argv, input, output);
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        check(errno == EINTR, "waitpid");
    return status;
}

static void end(pid_t *pid)
{
    if (!*pid)
        return;
    kill(-*pid, SIGKILL);
    kill(*pid, SIGKILL);
    wait_for(*pid);
    *pid = 0;
}

static bool read_proc(long pid, const char *name, char *text, size_t size)
{
    char path[64];
    ssize_t length;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd >= 0 ? read(fd, text, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return length > 0;
}

static char state_of(long pid)
{
    char text[256];
    const char *after = read_proc(pid, "stat", text, sizeof text) ? strrchr(text, ')') : NULL;

    return after && after[1] ? after[2] : 'X';
}

/* Calls `see` for each that has begun with that name; the first that it likes. */
static pid_t find_process(const char *program, bool whole, bool (*likes)(pid_t pid, int data), int data)
{
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    pid_t found = 0;
    char name[64];

    check(all, "/proc");
    while (!found && (entry = readdir(all))) {
        long pid = isdigit((unsigned char)*entry->d_name) ? strtol(entry->d_name, NULL, 10) : 0;

        if (pid && read_proc(pid, "comm", name, sizeof name) && !strchr("ZX", state_of(pid)) &&
            (whole ? !strcmp(name, program) : !strncmp(name, program, strlen(program))) &&
            likes((pid_t)pid, data))
            found = (pid_t)pid;
    }
    closedir(all);
    return found;
}

static bool any(pid_t pid, int data)
{
    (void)pid;
    (void)data;
    return true;
}

pid_t world_find(const char *program)
{
    return find_process(program, true, any, 0);
}

static bool send_signal(pid_t pid, int number)
{
    kill(pid, number);
    return false;
}

static bool is_not_there_yet(pid_t pid, int number)
{
    return number == SIGKILL || (number == SIGSTOP && !strchr("tT", state_of(pid)));
}

typedef struct signalled {
    const char *program;
    bool whole;
    int number;
} signalled;

static bool has_arrived(void *data)
{
    const signalled *it = data;

    return !find_process(it->program, it->whole, is_not_there_yet, it->number);
}

static void signal_processes(const char *program, bool whole, int number)
{
    find_process(program, whole, send_signal, number);
    if (!world_wait_until(has_arrived, &(signalled){program, whole, number}))
        world_die("%s took no notice of signal %d", program, number);
}

void world_signal_all(const char *program, int number)
{
    signal_processes(program, true, number);
}

/* ---- Daemons -------------------------------------------------------------------------------- */

static void await_line(int fd, const char *who)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    char text[256];

    if (poll(&readable, 1, WORLD_MS) != 1 || read(fd, text, sizeof text) <= 0)
        world_die("%s did not start", who);
    close(fd);
}

void world_start_bus(void)
{
    static const char *const argv[] = {"dbus-daemon", "--config-file=" BUS_CONFIG, "--nofork",
                                       "--nopidfile", "--print-address=1",         NULL};
    int ends[2];

    unlink(BUS_SOCKET);
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    bus = spawn(argv, -1, ends[1]);
    close(ends[1]);
    await_line(ends[0], argv[0]);
}

void world_kill_bus(void)
{
    end(&bus);
}

void world_signal_bus(int number)
{
    check(bus && kill(bus, number) == 0, "a signal to the bus");
}

static bool accepts(void *data)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(445)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good;

    (void)data;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    good = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return good;
}

static void set_password(const char *user, const char *password)
{
    const char *argv[] = {"pdbedit", "-s", SMB_CONFIG, "-a", "-t", user, NULL};
    char text[128];
    int ends[2];

    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    snprintf(text, sizeof text, "%s\n%s\n", password, password);
    check(write(ends[1], text, strlen(text)) > 0, "a password");
    close(ends[1]);
    if (wait_for(spawn_as(become_nobody, argv, ends[0], -1)))
        world_die("pdbedit failed");
    close(ends[0]);
}

static void start_server(void)
{
    static const char *const argv[] = {"smbd",           "-F", "--no-process-group", "-s", SMB_CONFIG,
                                       "--debug-stdout", NULL};

    server = spawn_as(become_nobody, argv, -1, -1);
    if (!world_wait_until(accepts, NULL))
        world_die("smbd did not start");
}

void world_signal_server(int number)
{
    check(kill(-server, number) == 0, "a signal to smbd");
}

/* ---- Others in the session ------------------------------------------------------------------ */

int world_gio(const char *input, const char *command, const char *option, const char *name)
{
    const char *argv[] = {"gio", command, option ? option : name, option ? name : NULL, NULL};
    int ends[2];
    int status;

    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    if (input)
        check(write(ends[1], input, strlen(input)) > 0, "an input");
    close(ends[1]);
    status = wait_for(spawn(argv, ends[0], -1));
    close(ends[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void world_start_double(const char *behaviour)
{
    const char *argv[] = {getenv("NETDISC_TEST_GVFS_DOUBLE"), behaviour, NULL};
    int ends[2];

    if (!argv[0])
        world_die("NETDISC_TEST_GVFS_DOUBLE is not set");
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    gvfs_double = spawn(argv, -1, ends[1]);
    close(ends[1]);
    await_line(ends[0], argv[0]);
}

typedef bool take_fn(const char *path);

static bool take_file(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC) >= 0;
}

static bool take_directory(const char *path)
{
    return chdir(path) == 0;
}

static bool take_mapping(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED;

    close(fd);
    return good;
}

static pid_t take(take_fn *how, const char *path)
{
    int ends[2];
    pid_t parent = getpid();
    pid_t pid;

    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    pid = fork();
    check(pid >= 0, "fork");
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || !how(path) || write(ends[1], "\n", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    await_line(ends[0], path);
    return pid;
}

pid_t world_open_file(const char *path)
{
    return take(take_file, path);
}

pid_t world_enter_directory(const char *path)
{
    return take(take_directory, path);
}

pid_t world_map_file(const char *path)
{
    return take(take_mapping, path);
}

/* The other end of its output stays open unread: one for all, as nothing is to read it. */
pid_t world_read_by_gio(const char *name)
{
    const char *argv[] = {"gio", "cat", name, NULL};
    static int ends[2] = {-1, -1};
    struct pollfd readable;
    pid_t pid;

    if (ends[0] >= 0)
        close(ends[0]);
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    pid = spawn(argv, -1, ends[1]);
    close(ends[1]);
    readable = (struct pollfd){.fd = ends[0], .events = POLLIN};
    if (poll(&readable, 1, WORLD_MS) != 1 || !(readable.revents & POLLIN))
        world_die("gio did not begin to read %s", name);
    return pid;
}

void world_release(pid_t pid)
{
    kill(pid, SIGKILL);
    wait_for(pid);
}

netdisc *world_open(const char *providers)
{
    netdisc *nd = NULL;
    netdisc_options options = {
        .size = sizeof options,
        .providers = providers,
        .module_directory = getenv("NETDISC_TEST_MODULES"),
    };

    if (netdisc_open(&nd, &options, NULL))
        world_die("no context");
    return nd;
}

int world_reset(void **state)
{
    (void)state;
    setenv("DBUS_SESSION_BUS_ADDRESS", WORLD_BUS, 1);
    world_signal_server(SIGCONT);
    end(&gvfs_double);
    world_kill_bus();
    signal_processes("gvfs", false, SIGKILL);
    umount2(WORLD_FUSE, MNT_DETACH);
    world_start_bus();
    return 0;
}

static bool has_file(void *data)
{
    (void)data;
    return access(WORLD_PUBLIC "/file", R_OK) == 0;
}

void world_await_file(void)
{
    if (!world_wait_until(has_file, NULL))
        world_die("the share's files do not appear by FUSE");
}

int world_reset_mounted(void **state)
{
    world_reset(state);
    if (world_gio(NULL, "mount", "-a", "smb://localhost/public"))
        world_die("gio did not mount the share");
    world_await_file();
    return 0;
}

/* ---- Namespaces ----------------------------------------------------------------------------- */

static void skip(const char *what)
{
    printf("1..0 # SKIP %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(0);
}

static void raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    check(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0, "loopback");
    close(fd);
}

/* Ends with the program it is the first process for, and takes everything with it. */
static void run_first_process(void)
{
    pid_t pid = fork();
    int status;
    pid_t ended;

    check(pid >= 0, "fork");
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return;
    }
    do
        ended = waitpid(-1, &status, 0);
    while (ended != pid);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void enter_namespaces(void)
{
    uid_t uid = getuid();
    gid_t gid = getgid();
    pid_t pid;

    in_user_namespace = geteuid() != 0;

    if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | (in_user_namespace ? CLONE_NEWUSER : 0)) ||
        (in_user_namespace && !map_ids(0, uid, gid)))
        skip("namespaces are not allowed");
    pid = fork();
    check(pid >= 0, "fork");
    if (pid) {
        int status = wait_for(pid);

        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
        mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") || mount("proc", "/proc", "proc", 0, NULL))
        skip("mounts are not allowed");
    run_first_process();
}

/* Only GVfs is started: not the keyring of whoever runs the test, nor what watches its disks. */
static void link_services(void)
{
    static const char *const names[] = {"org.gtk.vfs.Daemon.service", "org.gtk.vfs.Metadata.service"};
    char from[128];
    char to[128];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(from, sizeof from, "/usr/share/dbus-1/services/%s", names[i]);
        snprintf(to, sizeof to, SERVICES "/%s", names[i]);
        if (access(from, R_OK))
            skip("GVfs is not installed");
        check(symlink(from, to) == 0, to);
    }
}

static void make_places(void)
{
    static const char *const places[] = {
        ROOT,
        WORLD_RUNTIME,
        ROOT "/home",
        ROOT "/log",
        SERVICES,
        ROOT "/public",
        ROOT "/private",
        ROOT "/smb",
        ROOT "/smb/private",
        ROOT "/smb/lock",
        ROOT "/smb/state",
        ROOT "/smb/cache",
        ROOT "/smb/pid",
        ROOT "/smb/ncalrpc",
    };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        check(mkdir(places[i], 0700) == 0, places[i]);
    check(chmod(ROOT, 0755) == 0 && chmod(ROOT "/smb/ncalrpc", 0755) == 0, ROOT);
    write_file(BUS_CONFIG, bus_config);
    write_format(SMB_CONFIG, smb_config);
    write_format(ROOT "/users", "!%1$s = alice bob\n");
    write_file(ROOT "/public/file", "hello\n");
    write_file(ROOT "/private/file", "secret\n");
    write_file(ROOT "/public/big", "");
    check(truncate(ROOT "/public/big", 64 << 20) == 0, "a big file");
}

void world_enter(void)
{
    char path[4096];

    /* Where an ordinary user does not look. */
    snprintf(path, sizeof path, "%s:/usr/sbin:/sbin", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    setenv("PATH", path, 1);
    enter_namespaces();
    if (in_user_namespace && !write_proc("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"))
        skip("ports below 1024 are not allowed");
    raise_loopback();
    make_places();
    link_services();
    setenv("XDG_RUNTIME_DIR", WORLD_RUNTIME, 1);
    setenv("HOME", ROOT "/home", 1);
    setenv("GIO_USE_VOLUME_MONITOR", "unix", 1);
    unsetenv("DISPLAY");
    set_password(server_user(), "right");
    start_server();
}
