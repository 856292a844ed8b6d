/* SPDX-License-Identifier: MIT */
/*
 * What it costs a program to be linked to netdisc and do nothing: the same empty program without, with the
 * shared and with the static library, started in turn. Goals: within 0.3 ms and 0.5 MB of the one without.
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
    report_add(&figures, "more for the shared library", times[1] - times[0], "ms");
    report_add(&figures, "more for the shared library, resident", sizes[1] - sizes[0], "MB");
    report_add(&figures, "more for the static library", times[2] - times[0], "ms");
    return report_end(&figures);
}
