/* SPDX-License-Identifier: MIT */
/*
 * What it costs a program to be linked to netdisc and do nothing: the same empty program without, with the
 * shared and with the static library, started in turn.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "report.h"

#ifndef BENCH_DIRECTORY
#error "BENCH_DIRECTORY is set by the build"
#endif

extern char **environ;

enum { ROUNDS = 301, QUICK_ROUNDS = 3, PROGRAMS = 3 };

static const struct {
    const char *name;
    const char *path;
} programs[PROGRAMS] = {
    {"without netdisc", BENCH_DIRECTORY "/empty"},
    {"linked to libnetdisc.so", BENCH_DIRECTORY "/empty_shared"},
    {"linked to libnetdisc.a", BENCH_DIRECTORY "/empty_static"},
};

static double start_ms(const char *path)
{
    char *arguments[] = {(char *)path, NULL};
    double begun = now_us();
    pid_t child;
    int status;

    if (posix_spawn(&child, path, NULL, NULL, arguments, environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "%s does not run\n", path);
        exit(1);
    }
    return (now_us() - begun) / 1000;
}

static double resident_mb(const char *path)
{
    char command[4096];
    long kilobytes = 0;

    snprintf(command, sizeof command, "'%s' resident", path);

    FILE *pipe = popen(command, "r");

    if (!pipe || fscanf(pipe, "%ld", &kilobytes) != 1 || pclose(pipe) != 0) {
        fprintf(stderr, "%s does not tell its size\n", path);
        exit(1);
    }
    return (double)kilobytes / 1024;
}

int main(int argc, char **argv)
{
    static double samples[PROGRAMS][ROUNDS];
    double times[PROGRAMS];
    double sizes[PROGRAMS];
    report figures;

    report_begin(&figures, "cost of linking", argc, argv);

    int rounds = figures.quick ? QUICK_ROUNDS : ROUNDS;

    for (int i = 0; i < rounds; i++)
        for (int j = 0; j < PROGRAMS; j++)
            samples[j][i] = start_ms(programs[j].path);
    for (int j = 0; j < PROGRAMS; j++) {
        char name[64];

        times[j] = median(samples[j], (size_t)rounds);
        sizes[j] = resident_mb(programs[j].path);
        snprintf(name, sizeof name, "start to end, %s", programs[j].name);
        report_add(&figures, name, times[j], "ms");
        snprintf(name, sizeof name, "resident, %s", programs[j].name);
        report_add(&figures, name, sizes[j], "MB");
    }
    report_compare(&figures, &(comparison){.what = "a program that does nothing: start to end",
                                           .unit = "ms",
                                           .ours = times[1],
                                           .peer = "not linked",
                                           .theirs = times[0],
                                           .goal_of = GOAL_MORE_AT_MOST,
                                           .goal = 0.3});
    report_compare(&figures, &(comparison){.what = "a program that does nothing: memory",
                                           .unit = "MB",
                                           .ours = sizes[1],
                                           .peer = "not linked",
                                           .theirs = sizes[0],
                                           .goal_of = GOAL_MORE_AT_MOST,
                                           .goal = 0.5});
    report_add(&figures, "more for the static library", times[2] - times[0], "ms");
    return report_end(&figures);
}
