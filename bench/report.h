/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: medians, and figures as a table for people and as JSON for programs. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct report {
    const char *title;
    bool quick;       /* --quick: only to see that it works */
    const char *json; /* --json FILE: "-" for standard output */
    struct {
        char name[64];
        double value;
        char unit[16];
    } rows[48];
    size_t count;
} report;

/* Reads the arguments; ends the program when they are not understood. */
void report_begin(report *self, const char *title, int argc, char **argv);
void report_add(report *self, const char *name, double value, const char *unit);
/* Prints; the program's exit status. */
int report_end(const report *self);

/* Sorts the samples. */
double median(double *samples, size_t count);
double now_us(void);

#endif
