/* SPDX-License-Identifier: MIT */
/*
 * The command netdisc, with the provider "session", against GVfs and smbclient, on a real Samba server: to make a
 * mapping of a share, as a whole process, to read a large file through it, and to end it again.
 *
 * In each round a mapping is made and ended, and another is read from, by each in turn, another one
 * first every time; so what the machine does meanwhile is the same for all, and nothing that was read is
 * in a cache. What was measured is looked at: the server's tree connect must be there, and then gone.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tests/smb/world_smb.h"
#include "report.h"

#define SHARE   "big"
#define FILE_   "zeros"
#define REMOTE  "\\\\127.0.0.1\\" SHARE
#define URL     "smb://127.0.0.1/" SHARE
#define MAPPED  WORLD_RUNTIME "/netdisc/Z/files/" FILE_
#define MOUNTED WORLD_RUNTIME "/gvfs/smb-share:server=127.0.0.1,share=" SHARE "/" FILE_

enum { SKIPPED = 77, ROUNDS = 15, QUICK_ROUNDS = 2 };
enum { READ_MB = 256, QUICK_READ_MB = 16, BLOCK = 128 * 1024 };

/* ---- Programs ------------------------------------------------------------------------------- */

static int null = -1;

/* Runs a program to its end, which must be good; in ms. */
static double run(const char *const *argv)
{
    double begun = now_us();
    int status = bed_wait(bed_spawn(argv, -1, null));

    if (status)
        bed_die("%s %s: status %d", argv[0], argv[1], status);
    return (now_us() - begun) / 1000;
}

/* For GVfs, which the bus starts. */
static void start_bus(void)
{
    static const char *const argv[] = {"dbus-daemon", "--session", "--nofork", "--print-address=3",
                                       NULL};
    char address[512];
    int ends[2];
    struct pollfd readable = {.events = POLLIN};
    ssize_t length = 0;

    bed_check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    bed_spawn(argv, ends[1], null);
    close(ends[1]);
    readable.fd = ends[0];
    if (poll(&readable, 1, WORLD_MS) == 1)
        length = read(ends[0], address, sizeof address - 1);
    close(ends[0]);
    if (length <= 0)
        bed_die("the session bus did not start");
    address[strcspn(address, "\n")] = '\0';
    address[length] = '\0';
    setenv("DBUS_SESSION_BUS_ADDRESS", address, 1);
}

/* ---- What is measured ----------------------------------------------------------------------- */

static bool exists(const void *path)
{
    return access(path, R_OK) == 0;
}

/* In MB/s. */
static double read_all(const char *path, size_t megabytes)
{
    static char block[BLOCK];
    size_t total = 0;
    ssize_t count;
    double begun;
    int fd;

    if (!world_wait(exists, path, WORLD_MS))
        bed_die("%s is not there", path);
    begun = now_us();
    fd = open(path, O_RDONLY | O_CLOEXEC);
    bed_check(fd >= 0, path);
    while ((count = read(fd, block, sizeof block)) > 0)
        total += (size_t)count;
    if (count < 0 || total != megabytes << 20)
        bed_die("%s: %zu bytes were read", path, total);
    close(fd);
    return (double)megabytes * 1e6 / (now_us() - begun);
}

static void expect_tree_connects(size_t count, const char *who)
{
    if (world_tree_connects(WORLD_SMB, SHARE) != count)
        bed_die("%s: the server has %zu tree connects", who, world_tree_connects(WORLD_SMB, SHARE));
}

/* Kinds of figures of one way to do it. */
enum { MAKE, READ, END, KINDS };
typedef double figures_of_one[KINDS];

static void use_netdisc(figures_of_one out, size_t megabytes)
{
    const char *modules = world_options(NULL).module_directory;
    const char *const add[] = {BENCH_COMMAND, "share",     "add",   "Z:", REMOTE,
                               "--guest",     "--modules", modules, NULL};
    const char *const cancel[] = {BENCH_COMMAND, "share", "cancel", "Z:", "--modules", modules, NULL};

    out[MAKE] = run(add);
    expect_tree_connects(1, "netdisc");
    out[END] = run(cancel);
    expect_tree_connects(0, "netdisc");
    run(add);
    out[READ] = read_all(MAPPED, megabytes);
    run(cancel);
}

static void use_gvfs(figures_of_one out, size_t megabytes)
{
    static const char *const mount[] = {"gio", "mount", "-a", URL, NULL};
    static const char *const unmount[] = {"gio", "mount", "-u", URL, NULL};

    for (int idle = 1; idle >= 0; idle--) {
        double took = run(mount);

        if (idle)
            out[MAKE] = took;
        else
            out[READ] = read_all(MOUNTED, megabytes);
        took = run(unmount);
        if (idle)
            out[END] = took;
        /* Its daemon ends a moment later. */
        if (!world_wait_tree_connects(WORLD_SMB, SHARE, 0))
            bed_die("GVfs: the server still has a tree connect");
    }
}

static void use_smbclient(figures_of_one out, size_t megabytes)
{
    static const char *const argv[] = {"smbclient", "-N", "//127.0.0.1/" SHARE, "-c", "quit", NULL};

    (void)megabytes;
    out[MAKE] = run(argv);
    out[READ] = out[END] = 0;
}

enum { NETDISC, GVFS, SMBCLIENT, WAYS };

static void (*const ways[WAYS])(figures_of_one out, size_t megabytes) = {
    [NETDISC] = use_netdisc,
    [GVFS] = use_gvfs,
    [SMBCLIENT] = use_smbclient,
};

typedef double medians[WAYS][KINDS];

static void measure(medians out, size_t rounds, size_t megabytes)
{
    static double samples[WAYS][KINDS][ROUNDS];
    figures_of_one one;

    for (int way = 0; way < WAYS; way++)
        ways[way](one, megabytes);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < WAYS; i++) {
            size_t way = (round + i) % WAYS;

            ways[way](one, megabytes);
            for (size_t kind = 0; kind < KINDS; kind++)
                samples[way][kind][round] = one[kind];
        }
    for (size_t way = 0; way < WAYS; way++)
        for (size_t kind = 0; kind < KINDS; kind++)
            out[way][kind] = median(samples[way][kind], rounds);
}

static void compare(report *figures, const medians all, const char *what, int kind, const char *peer,
                    int way, goal_of what_for, double goal)
{
    comparison it = {.unit = kind == READ ? "MB/s" : "ms",
                     .ours = all[NETDISC][kind],
                     .peer = peer,
                     .theirs = all[way][kind],
                     .goal_of = what_for,
                     .goal = goal};

    snprintf(it.what, sizeof it.what, "%s", what);
    report_compare(figures, &it);
}

static void tell(report *figures, const medians all, size_t megabytes)
{
    char name[REPORT_NAME];

    compare(figures, all, "share add", MAKE, "gio mount", GVFS, GOAL_NONE, 0);
    compare(figures, all, "share add", MAKE, "smbclient -c quit", SMBCLIENT, GOAL_NONE, 0);
    compare(figures, all, "share cancel, of a session", END, "gio mount -u", GVFS, GOAL_TIMES_AT_MOST,
            0.5);
    snprintf(name, sizeof name, "%zu MB read through a session", megabytes);
    compare(figures, all, name, READ, "GVfs", GVFS, GOAL_TIMES_AT_LEAST, 1);
}

static const char *prepare(void)
{
    static const char *const programs[] = {"gio", "dbus-daemon", "smbclient", NULL};
    const char *why = bed_find_programs(programs);

    setenv("NETDISC_TEST_MODULES", BENCH_MODULES, 0);
    setenv("NETDISC_SMB_WORKER", BENCH_WORKER, 0);
    if (!why)
        why = world_try_enter(false);
    if (why)
        return why;
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bed_check(null >= 0, "/dev/null");
    world_reset(NULL);
    start_bus();
    return NULL;
}

int main(int argc, char **argv)
{
    report figures;
    medians all;
    size_t megabytes;
    const char *why;

    report_begin(&figures, "Shares: netdisc against GVfs and smbclient", argc, argv);
    megabytes = figures.quick ? QUICK_READ_MB : READ_MB;
    why = prepare();
    if (why) {
        printf("skipped: %s\n", why);
        return SKIPPED;
    }
    world_put_big(SHARE, FILE_, (off_t)megabytes << 20);
    measure(all, figures.quick ? QUICK_ROUNDS : ROUNDS, megabytes);
    tell(&figures, all, megabytes);
    world_end(0);
    return report_end(&figures);
}
