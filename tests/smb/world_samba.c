/* SPDX-License-Identifier: MIT */
/* The world's Samba servers. */
#define _GNU_SOURCE
#include "world_samba.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world_smb.h"

enum { FULL_CLIENTS = 8 };

typedef struct share {
    const char *name;
    const char *directory;
    const char *options;
} share;

#define GUEST "guest ok = yes\n"

static const share shares[] = {
    {"guest", "guest", GUEST "read only = no\n"},
    {"private", "private", "valid users = alice tester\nread only = no\n"},
    {"denied", "denied", "valid users = bob\n"},
    {"readonly", "readonly", GUEST "read only = yes\n"},
    {"encrypted", "encrypted",
     "valid users = alice tester\nread only = no\nserver smb encrypt = required\n"},
    {"with space", "with-space", GUEST "read only = no\n"},
    {"per%cent", "percent", GUEST "read only = no\n"},
    {"ha#sh", "hash", GUEST "read only = no\n"},
    {"Größe", "groesse", GUEST "read only = no\n"},
    {"many", "many", GUEST "read only = no\n"},
    {"big", "big", GUEST "read only = no\n"},
    {"tree", "tree", GUEST "read only = no\nmsdfs root = yes\n"},
};
enum { SHARES = sizeof shares / sizeof *shares };

static struct server {
    const char *name;
    int port;
    pid_t pid;
    bool stopped;
} servers[WORLD_SERVERS] = {
    [WORLD_SMB] = {.name = "here", .port = WORLD_SMB_PORT},
    [WORLD_OTHER] = {.name = "there", .port = WORLD_OTHER_PORT},
};

static int silent = -1;

/* ---- Places --------------------------------------------------------------------------------- */

static const char *place(world_server which, const char *what)
{
    static char paths[4][WORLD_PATH];
    static unsigned last;
    char *path = paths[last++ % 4];

    snprintf(path, WORLD_PATH, WORLD_RUN "/%s/%s", servers[which].name, what);
    return path;
}

static const char *directory_of(const char *name)
{
    for (size_t i = 0; i < SHARES; i++)
        if (strcmp(shares[i].name, name) == 0)
            return shares[i].directory;
    bed_die("there is no share %s", name);
}

const char *world_file(world_server which, const char *name, const char *file)
{
    char path[WORLD_PATH / 2];

    snprintf(path, sizeof path, "shares/%s%s%s", directory_of(name), file[0] ? "/" : "", file);
    return place(which, path);
}

/* ---- Configuration -------------------------------------------------------------------------- */

/* Who the server runs as, if not root. */
static bool is_users(world_server which)
{
    return which == WORLD_OTHER && world_is_user();
}

static void write_directories(FILE *file, world_server which)
{
    static const char *const kinds[] = {"private dir",     "state directory", "lock directory",
                                        "cache directory", "pid directory",   "ncalrpc dir"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *path = place(which, kinds[i]);

        bed_make_directory(path);
        fprintf(file, "%s = %s\n", kinds[i], path);
    }
    fprintf(file, "log file = %s\n", place(which, "log"));
}

static void write_config(world_server which)
{
    const char *path = place(which, "smb.conf");
    FILE *file = bed_create(path, 0644);

    fprintf(file,
            "[global]\nsmb ports = %d\ninterfaces = 127.0.0.1/8\nbind interfaces only = yes\n"
            "disable netbios = yes\nload printers = no\nusershare max shares = 0\n"
            "map to guest = Bad User\nserver role = standalone server\n"
            /* What a guest has made is otherwise nobody's to write. */
            "force create mode = 0666\nforce directory mode = 0777\n",
            servers[which].port);
    write_directories(file, which);
    if (is_users(which))
        fprintf(file, "guest account = tester\nusername map = %s\n", place(which, "users"));
    else
        fprintf(file, "guest account = nobody\n");
    for (size_t i = 0; i < SHARES; i++)
        fprintf(file, "[%s]\npath = %s\n%s", shares[i].name, world_file(which, shares[i].name, ""),
                shares[i].options);
    bed_finish(file, path);
    bed_write_file(place(which, "users"), 0644, "!tester = alice bob\n");
}

static void add_user(world_server which, const char *name)
{
    world_sh("pdbedit -s %s -a -t -u %s <" WORLD_RUN "/password >/dev/null", place(which, "smb.conf"),
             name);
}

static void add_users(world_server which)
{
    if (is_users(which)) {
        add_user(which, "tester");
        return;
    }
    add_user(which, "alice");
    add_user(which, "bob");
    add_user(which, "disabled");
    world_sh("pdbedit -s %s -u disabled -c '[D]' >/dev/null", place(which, "smb.conf"));
}

/* ---- Sockets -------------------------------------------------------------------------------- */

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static int listen_at(int port, int waiting)
{
    struct sockaddr_in address = address_of(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    bed_check(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                  listen(fd, waiting) == 0,
              "a listening socket");
    return fd;
}

/* One whose queue is full: whoever else connects waits. */
static void fill(int port)
{
    struct sockaddr_in address = address_of(port);

    listen_at(port, 0);
    for (int i = 0; i < FULL_CLIENTS; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        bed_check(fd >= 0, "a socket");
        connect(fd, (struct sockaddr *)&address, sizeof address);
    }
}

static bool is_reachable(const void *data)
{
    struct sockaddr_in address = address_of(*(const int *)data);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;

    close(fd);
    return good;
}

/* ---- Running -------------------------------------------------------------------------------- */

void world_prepare_servers(void)
{
    bed_write_file(WORLD_RUN "/password", 0600, WORLD_PASSWORD "\n" WORLD_PASSWORD "\n");
    for (int which = 0; which < WORLD_SERVERS; which++) {
        bed_make_directory(place((world_server)which, ""));
        bed_make_directory(place((world_server)which, "shares"));
        for (size_t i = 0; i < SHARES; i++)
            bed_make_directory(world_file((world_server)which, shares[i].name, ""));
        write_config((world_server)which);
        bed_write_file(place((world_server)which, "output"), 0666, "");
        bed_check(chmod(place((world_server)which, "output"), 0666) == 0, "the server's log");
        add_users((world_server)which);
        if (is_users((world_server)which))
            world_sh("chown -R tester:tester " WORLD_RUN "/%s", servers[which].name);
    }
    silent = listen_at(WORLD_SILENT_PORT, 128);
    fill(WORLD_FULL_PORT);
}

void world_start(world_server which)
{
    struct server *self = &servers[which];
    const char *argv[] = {"smbd",         "-F", "--no-process-group",      "--debug-stdout",
                          "--configfile", "",   "--option=max log size=0", NULL};
    int log = open(place(which, "output"), O_WRONLY | O_APPEND | O_CLOEXEC);

    bed_check(log >= 0, "the server's log");
    argv[5] = place(which, "smb.conf");
    if (self->pid)
        bed_die("the server %s runs already", self->name);
    self->pid = is_users(which) ? bed_spawn(argv, -1, log) : bed_spawn_as_root(argv, -1, log);
    close(log);
    if (!world_wait(is_reachable, &self->port, WORLD_MS))
        bed_die("the server %s did not start", self->name);
}

void world_kill(world_server which)
{
    struct server *self = &servers[which];

    if (!self->pid)
        return;
    bed_kill(self->pid);
    self->pid = 0;
    self->stopped = false;
}

void world_signal(world_server which, int number)
{
    bed_signal(servers[which].pid, number);
    servers[which].stopped = number == SIGSTOP || (servers[which].stopped && number != SIGCONT);
}

bool world_is_server(pid_t group)
{
    for (int which = 0; which < WORLD_SERVERS; which++)
        if (servers[which].pid && servers[which].pid == group)
            return true;
    return false;
}

void world_close_share(world_server which, const char *name)
{
    world_sh("smbcontrol -s %s smbd close-share '%s'", place(which, "smb.conf"), name);
}

void world_print_logs(void)
{
    for (int which = 0; which < WORLD_SERVERS; which++)
        bed_print_end(place((world_server)which, "output"), servers[which].name);
}

/* ---- Files ---------------------------------------------------------------------------------- */

static void make_shares(world_server which)
{
    char script[4096] = "";
    size_t length = 0;

    for (size_t i = 0; i < SHARES; i++)
        length += (size_t)snprintf(script + length, sizeof script - length,
                                   "echo 'hello from %s/%s' >%s/hello; ", servers[which].name,
                                   shares[i].name, shares[i].directory);
    world_sh("cd %s; d=$(echo *); rm -rf *; mkdir -m 777 $d;"
             " %s chmod 666 */hello",
             place(which, "shares"), script);
}

void world_reset_servers(void)
{
    for (int i = 0; i < WORLD_SERVERS; i++) {
        world_server which = (world_server)i;

        if (servers[i].stopped || (servers[i].pid && waitpid(servers[i].pid, NULL, WNOHANG) != 0))
            world_kill(which);
        make_shares(which);
        if (!servers[i].pid)
            world_start(which);
    }
}

void world_put(world_server which, const char *name, const char *file, const char *text)
{
    const char *path = world_file(which, name, file);

    bed_write_file(path, 0666, text);
    bed_check(chmod(path, 0666) == 0, path);
}

void world_put_many(const char *name, size_t count)
{
    char file[32];

    for (size_t i = 0; i < count; i++) {
        snprintf(file, sizeof file, "file%04zu", i);
        world_put(WORLD_SMB, name, file, file);
    }
}

void world_put_big(const char *name, const char *file, off_t size)
{
    world_put(WORLD_SMB, name, file, "");
    bed_check(truncate(world_file(WORLD_SMB, name, file), size) == 0, file);
}

/* ---- What a server says --------------------------------------------------------------------- */

/* Runs smbstatus, and counts the lines that are meant. */
static size_t count_lines(world_server which, const char *option,
                          bool (*is_meant)(const char *line, const char *name), const char *name)
{
    /* It works as root only, of whom the files must be, too. */
    const char *argv[] = {"unshare", "-r", "smbstatus", "-s", place(which, "smb.conf"), option, NULL};
    char line[1024];
    size_t count = 0;
    int ends[2];
    FILE *output;
    pid_t pid;

    bed_check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    pid = is_users(which) ? bed_spawn(argv, -1, ends[1]) : bed_spawn_as_root(argv + 2, -1, ends[1]);
    close(ends[1]);
    output = fdopen(ends[0], "r");
    bed_check(output, "smbstatus");
    while (fgets(line, sizeof line, output))
        count += is_meant(line, name);
    fclose(output);
    int st = bed_wait(pid);
    if (st)
        bed_die("smbstatus failed %x", st);
    return count;
}

/* "NAME   PID   MACHINE ..." */
static bool is_tree_connect(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(line, name, length) != 0 || line[length] != ' ')
        return false;
    line += length;
    while (*line == ' ')
        line++;
    return isdigit((unsigned char)*line);
}

/* "PID  USER ... PATH-OF-THE-SHARE   FILE ..." */
static bool is_open_file(const char *line, const char *path)
{
    const char *found = strstr(line, path);

    return isdigit((unsigned char)*line) && found && found[strlen(path)] == ' ';
}

size_t world_tree_connects(world_server which, const char *name)
{
    return count_lines(which, "--shares", is_tree_connect, name);
}

size_t world_open_files(world_server which, const char *name)
{
    char path[WORLD_PATH];

    snprintf(path, sizeof path, "%s", world_file(which, name, ""));
    return count_lines(which, "--locks", is_open_file, path);
}

typedef struct expectation {
    size_t (*count)(world_server which, const char *name);
    world_server which;
    const char *name;
    size_t expected;
} expectation;

static bool is_met(const void *data)
{
    const expectation *it = data;

    return it->count(it->which, it->name) == it->expected;
}

bool world_wait_tree_connects(world_server which, const char *name, size_t count)
{
    const expectation it = {world_tree_connects, which, name, count};

    return world_wait(is_met, &it, WORLD_MS / 2);
}

bool world_wait_open_files(world_server which, const char *name, size_t count)
{
    const expectation it = {world_open_files, which, name, count};

    return world_wait(is_met, &it, WORLD_MS / 2);
}
