/* SPDX-License-Identifier: MIT */
/*
 * Listing the shares of a machine with many mounts, as a whole process that prints them, against
 * findmnt: of everything, of the same mounts, and of none. In a mount namespace of its own, on tmpfs,
 * which the tests' module takes for shares.
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

enum { RUNS_MAX = 9 };

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_smb_list: %s\n", what);
    exit(1);
}

/* ---- The process that is measured ----------------------------------------------------------- */

static int print_shares(void)
{
    netdisc *nd = world_context();
    netdisc_list *shares = NULL;

    if (netdisc_share_list(nd, 0, 0, &shares, NULL))
        die("the shares cannot be listed");
    for (size_t i = 0; i < netdisc_list_count(shares); i++) {
        const netdisc_share *share = netdisc_list_share(shares, i);

        printf("%s %s\n", share->local, share->remote);
    }
    netdisc_list_free(shares);
    netdisc_close(nd);
    return 0;
}

/* ---- Measuring ------------------------------------------------------------------------------ */

static double run(char *const *argv)
{
    extern char **environ;
    posix_spawn_file_actions_t files;
    pid_t child;
    int status;
    double begun = now_us();

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child, argv[0], &files, NULL, argv, environ) || waitpid(child, &status, 0) < 0 ||
        !WIFEXITED(status) || WEXITSTATUS(status) == 127)
        die(argv[0]);
    posix_spawn_file_actions_destroy(&files);
    return now_us() - begun;
}

static double run_often(const report *figures, char *const *argv)
{
    double samples[RUNS_MAX];
    size_t runs = figures->quick ? 1 : RUNS_MAX;

    for (size_t i = 0; i < runs; i++)
        samples[i] = run(argv);
    return median(samples, runs) / 1000;
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

static double measure(report *figures, size_t count)
{
    static const struct {
        const char *name;
        char *argv[4];
    } rows[] = {
        {"findmnt", {(char *)"findmnt"}},
        {"findmnt -t tmpfs (all of them)", {(char *)"findmnt", (char *)"-t", (char *)"tmpfs"}},
        {"findmnt -t cifs (none of them)", {(char *)"findmnt", (char *)"-t", (char *)"cifs"}},
    };
    char name[64];

    mount_up_to(count);

    double ours = run_often(figures, (char *const[]){(char *)"/proc/self/exe", (char *)"--once", NULL});

    snprintf(name, sizeof name, "%zu mounts: netdisc", count);
    report_add(figures, name, ours, "ms");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double theirs = run_often(figures, rows[i].argv);

        snprintf(name, sizeof name, "%zu mounts: %s", count, rows[i].name);
        report_add(figures, name, theirs, "ms");
        snprintf(name, sizeof name, "%zu mounts: netdisc / %.*s", count, (int)strcspn(rows[i].name, "("),
                 rows[i].name);
        report_add(figures, name, ours / theirs, "x");
    }
    return ours;
}

int main(int argc, char **argv)
{
    report figures = {0};

    if (argc > 1 && strcmp(argv[1], "--once") == 0)
        return print_shares();
    setenv("NETDISC_TEST_MODULES", BENCH_MODULES, 0);
    report_begin(&figures, "Listing shares", argc, argv);
    world_enter();
    if (figures.quick) {
        measure(&figures, 100);
        return report_end(&figures);
    }

    double few = measure(&figures, 1000);
    double many = measure(&figures, 10000);

    report_add(&figures, "ten times the mounts", many / few, "x the time");
    return report_end(&figures);
}
