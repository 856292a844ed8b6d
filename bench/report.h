/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: medians; figures and comparisons as text for people, as JSON for programs and as
 * rows of a table for documents, which bench/run puts together. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum { REPORT_NAME = 64 };

/* What a goal is for. */
typedef enum goal_of {
    GOAL_NONE,
    GOAL_AT_MOST,       /* ours */
    GOAL_MORE_AT_MOST,  /* ours without theirs */
    GOAL_TIMES_AT_MOST, /* ours by theirs */
    GOAL_TIMES_AT_LEAST
} goal_of;

typedef struct comparison {
    char what[REPORT_NAME];
    const char *unit;
    double ours;
    const char *peer; /* NULL: there is none */
    double theirs;
    double floor; /* what it takes in any case; 0: not known */
    goal_of goal_of;
    double goal;
} comparison;

typedef struct report {
    const char *title;
    bool quick;       /* --quick: only to see that it works */
    bool table;       /* --table: the comparisons, as rows of a table in Markdown */
    const char *json; /* --json FILE: "-" for standard output */
    struct {
        char name[REPORT_NAME];
        double value;
        char unit[16];
    } rows[48];
    size_t count;
    comparison comparisons[16];
    size_t compared;
} report;

/* Reads the arguments; ends the program when they are not understood. */
void report_begin(report *self, const char *title, int argc, char **argv);
void report_add(report *self, const char *name, double value, const char *unit);
void report_compare(report *self, const comparison *it);
/* Prints; the program's exit status. */
int report_end(const report *self);

/* Sorts the samples. */
double median(double *samples, size_t count);
double now_us(void);

#endif
