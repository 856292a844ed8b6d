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
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            self->json = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--quick] [--json FILE]\n", argv[0]);
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
    fprintf(file, "\n]}\n");
    return to_stdout ? 0 : fclose(file) != 0;
}

int report_end(const report *self)
{
    printf("%s\n", self->title);
    for (size_t i = 0; i < self->count; i++)
        printf("  %-52s %12.3f %s\n", self->rows[i].name, self->rows[i].value, self->rows[i].unit);
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
