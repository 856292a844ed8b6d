/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/core/platform.h"

void report_begin(report *self, const char *title, int argc, char **argv)
{
    *self = (report){.title = title};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            self->quick = true;
        } else if (strcmp(argv[i], "--table") == 0) {
            self->table = true;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            self->json = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--quick] [--table] [--json FILE]\n", argv[0]);
            exit(2);
        }
    }
}

void report_add(report *self, const char *name, double value, const char *unit)
{
    if (self->count == sizeof self->rows / sizeof *self->rows)
        abort();
    snprintf(self->rows[self->count].name, sizeof self->rows->name, "%s", name);
    snprintf(self->rows[self->count].unit, sizeof self->rows->unit, "%s", unit);
    self->rows[self->count++].value = value;
}

void report_compare(report *self, const comparison *it)
{
    if (self->compared == sizeof self->comparisons / sizeof *self->comparisons)
        abort();
    self->comparisons[self->compared++] = *it;
}

/* ---- Goals ---------------------------------------------------------------------------------- */

enum { FIGURE = 48, PEER = 96 };

/* Three digits of it are enough. */
static const char *figure(char out[FIGURE], double value, const char *unit)
{
    snprintf(out, FIGURE, "%.*f %s", value >= 100 ? 0 : value >= 10 ? 1 : 2, value, unit);
    return out;
}

static bool is_met(const comparison *it)
{
    switch (it->goal_of) {
    case GOAL_AT_MOST:
        return it->ours <= it->goal;
    case GOAL_MORE_AT_MOST:
        return it->ours - it->theirs <= it->goal;
    case GOAL_TIMES_AT_MOST:
        return it->ours / it->theirs <= it->goal;
    case GOAL_TIMES_AT_LEAST:
        return it->ours / it->theirs >= it->goal;
    default:
        return true;
    }
}

static const char *goal_text(char out[FIGURE], const comparison *it)
{
    static const char *const words[] = {
        [GOAL_AT_MOST] = "at most %g %s",
        [GOAL_MORE_AT_MOST] = "at most %g %s more",
        [GOAL_TIMES_AT_MOST] = "at most %gx",
        [GOAL_TIMES_AT_LEAST] = "at least %gx",
    };
    size_t length;

    if (it->goal_of == GOAL_NONE)
        return "";
    length = (size_t)snprintf(out, FIGURE, words[it->goal_of], it->goal, it->unit);
    snprintf(out + length, FIGURE - length, "%s", is_met(it) ? "" : ", missed");
    return out;
}

static const char *ratio_text(char out[FIGURE], const comparison *it)
{
    if (!it->peer)
        return "";
    snprintf(out, FIGURE, "%.2fx", it->ours / it->theirs);
    return out;
}

static const char *peer_text(char out[PEER], const comparison *it)
{
    char theirs[FIGURE];

    if (!it->peer)
        return "";
    snprintf(out, PEER, "%s %s", it->peer, figure(theirs, it->theirs, it->unit));
    return out;
}

static void print_comparison(const comparison *it, const char *format)
{
    char ours[FIGURE];
    char theirs[PEER];
    char ratio[FIGURE];
    char goal[FIGURE];
    char least[FIGURE];

    printf(format, it->what, figure(ours, it->ours, it->unit), peer_text(theirs, it),
           ratio_text(ratio, it), goal_text(goal, it),
           it->floor > 0 ? figure(least, it->floor, it->unit) : "");
}

/* ---- Printing ------------------------------------------------------------------------------- */

static int write_json(const report *self)
{
    bool to_stdout = strcmp(self->json, "-") == 0;
    FILE *file = to_stdout ? stdout : fopen(self->json, "w");

    if (!file) {
        perror(self->json);
        return 1;
    }
    fprintf(file, "{\"benchmark\": \"%s\", \"figures\": [", self->title);
    for (size_t i = 0; i < self->count; i++)
        fprintf(file, "%s\n  {\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\"}", i ? "," : "",
                self->rows[i].name, self->rows[i].value, self->rows[i].unit);
    fprintf(file, "\n], \"comparisons\": [");
    for (size_t i = 0; i < self->compared; i++) {
        const comparison *it = &self->comparisons[i];

        fprintf(file,
                "%s\n  {\"what\": \"%s\", \"unit\": \"%s\", \"netdisc\": %.4f, \"peer\": \"%s\", "
                "\"theirs\": %.4f, \"floor\": %.4f, \"goal\": %.4f, \"met\": %s}",
                i ? "," : "", it->what, it->unit, it->ours, it->peer ? it->peer : "", it->theirs,
                it->floor, it->goal, is_met(it) ? "true" : "false");
    }
    fprintf(file, "\n]}\n");
    return to_stdout ? 0 : fclose(file) != 0;
}

static void print_comparisons(const report *self, const char *format)
{
    for (size_t i = 0; i < self->compared; i++)
        print_comparison(&self->comparisons[i], format);
}

int report_end(const report *self)
{
    if (self->table) {
        print_comparisons(self, "| %s | %s | %s | %s | %s | %s |\n");
        return 0;
    }
    printf("%s\n", self->title);
    for (size_t i = 0; i < self->count; i++)
        printf("  %-52s %12.3f %s\n", self->rows[i].name, self->rows[i].value, self->rows[i].unit);
    print_comparisons(self, "  %-60s %-12s %-38s %-7s %-24s %s\n");
    return self->json ? write_json(self) : 0;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

double median(double *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, compare);
    return samples[count / 2];
}

double now_us(void)
{
    return (double)nd_now() / 1000;
}
