/* SPDX-License-Identifier: MIT */
/*
 * The command netdisc on a machine with many mounts, each time as a whole process: listing the shares against
 * findmnt, of everything, of the same mounts, and of none; and ending one against umount. In a mount namespace
 * of its own, on tmpfs, which the tests' module takes for shares.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"
#include "world_mounts.h"

/* The kernel's mounts alone. */
#define OPTIONS "--providers", "cifs", "--modules", BENCH_MODULES

#define GOAL 0.5 /* of findmnt's time, with so many */

enum { GOAL_FROM = 10000 };
enum { RUNS_MAX = 9, WORDS = 10 };

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_smb_list: %s\n", what);
    exit(1);
}

/* ---- Measuring ------------------------------------------------------------------------------ */

/* As a whole process, in ms. It may end with that status, if not with 0. */
static double run(const char *const *argv, int other)
{
    extern char **environ;
    posix_spawn_file_actions_t files;
    pid_t child;
    int status;
    double begun = now_us();

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    if (posix_spawnp(&child, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ) ||
        waitpid(child, &status, 0) < 0 || !WIFEXITED(status) ||
        (WEXITSTATUS(status) && WEXITSTATUS(status) != other))
        die(argv[0]);
    posix_spawn_file_actions_destroy(&files);
    return (now_us() - begun) / 1000;
}

/* ---- Listing -------------------------------------------------------------------------------- */

static double run_often(const report *figures, const char *const *argv, int other)
{
    double samples[RUNS_MAX];
    size_t runs = figures->quick ? 1 : RUNS_MAX;

    for (size_t i = 0; i < runs; i++)
        samples[i] = run(argv, other);
    return median(samples, runs);
}

static void mount_up_to(size_t count)
{
    static size_t mounted;

    for (; mounted < count; mounted++) {
        char source[64];
        char name[64];

        snprintf(source, sizeof source, "//fileserver/share%zu", mounted);
        snprintf(name, sizeof name, "share%zu", mounted);
        world_mount(source, name);
    }
}

static double measure_list(report *figures, size_t count)
{
    static const char *const ours_argv[] = {BENCH_COMMAND, "share", "list", OPTIONS, NULL};
    static const struct {
        const char *name;
        const char *argv[WORDS];
        goal_of goal_of;
        int other; /* with nothing to list */
    } rows[] = {
        {"findmnt", {"findmnt"}, GOAL_TIMES_AT_MOST, 0},
        {"findmnt -t tmpfs, all of them", {"findmnt", "-t", "tmpfs"}, GOAL_NONE, 0},
        {"findmnt -t cifs, none of them", {"findmnt", "-t", "cifs"}, GOAL_NONE, 1},
    };

    mount_up_to(count);

    double ours = run_often(figures, ours_argv, 0);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        comparison it = {
            .unit = "ms", .ours = ours, .peer = rows[i].name, .goal_of = rows[i].goal_of, .goal = GOAL};

        if (count < GOAL_FROM)
            it.goal_of = GOAL_NONE;
        it.theirs = run_often(figures, rows[i].argv, rows[i].other);
        snprintf(it.what, sizeof it.what, "share list, %zu mounts", count);
        report_compare(figures, &it);
    }
    return ours;
}

/* ---- Ending one ----------------------------------------------------------------------------- */

static void measure_end(report *figures, size_t count)
{
    static const char *const ours_argv[] = {BENCH_COMMAND, "share", "cancel",
                                            WORLD "/one",  OPTIONS, NULL};
    static const char *const their_argv[] = {"umount", WORLD "/one", NULL};
    double ours[RUNS_MAX];
    double theirs[RUNS_MAX];
    size_t runs = figures->quick ? 1 : RUNS_MAX;
    comparison it = {.unit = "ms", .peer = "umount"};

    for (size_t i = 0; i < runs; i++) {
        world_mount("//fileserver/one", "one");
        ours[i] = run(ours_argv, 0);
        if (world_is_mounted("one"))
            die("it is still mounted");
        world_mount("//fileserver/one", "one");
        theirs[i] = run(their_argv, 0);
    }
    it.ours = median(ours, runs);
    it.theirs = median(theirs, runs);
    snprintf(it.what, sizeof it.what, "share cancel, of one of %zu mounts", count);
    report_compare(figures, &it);
}

int main(int argc, char **argv)
{
    report figures = {0};

    setenv("NETDISC_TEST_MODULES", BENCH_MODULES, 0);
    report_begin(&figures, "The kernel's mounts: netdisc against findmnt and umount", argc, argv);
    world_enter();
    if (figures.quick) {
        measure_list(&figures, 100);
        measure_end(&figures, 100);
        return report_end(&figures);
    }

    double few = measure_list(&figures, 1000);

    measure_end(&figures, 1000);

    double many = measure_list(&figures, 10000);

    report_add(&figures, "ten times the mounts", many / few, "x the time");
    return report_end(&figures);
}
