/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "system.h"

void complain(const char *format, ...)
{
    va_list arguments;

    fputs("netdisc: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int report_write(text *out, int status)
{
    if (text_write(out, stdout))
        return status;
    if (system_interrupted())
        return EXIT_CANCELLED;
    complain("standard output: %s", strerror(errno));
    return EXIT_FAILED;
}

/* ---- Colours -------------------------------------------------------------------------------- */

#define RED   "\x1b[31m"
#define GREEN "\x1b[32m"
#define BOLD  "\x1b[1m"
#define PLAIN "\x1b[0m"

static bool wants_colour(FILE *stream)
{
    const char *none = getenv("NO_COLOR");

    return !(none && *none) && system_takes_escapes(stream);
}

static const char *colour_of(const char *value)
{
    static const struct {
        const char *value, *colour;
    } rows[] = {{"connected", GREEN}, {"usable", GREEN}, {"lost", RED}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].value, value) == 0)
            return rows[i].colour;
    return NULL;
}

static void add_coloured(text *out, const char *value, const char *colour)
{
    text_addf(out, "%s%s%s", colour ? colour : "", value, colour ? PLAIN : "");
}

/* ---- Tables --------------------------------------------------------------------------------- */

static size_t width_of(const char *shown)
{
    size_t width = 0;
    uint32_t character;

    for (size_t length; (length = text_character(shown, &character)); shown += length)
        width += system_width(character);
    return width;
}

typedef struct table {
    const item_sort *sort;
    const netdisc_list *list;
    size_t rows, columns;
    const field **fields; /* of the columns */
    text *cells;          /* row by row; the first are the titles */
    size_t *widths;
} table;

/* A column in which nothing stands is left out. */
static void drop_empty_columns(table *self)
{
    for (size_t column = 0; column < self->columns; column++) {
        bool empty = self->rows > 1;

        for (size_t row = 1; row < self->rows && empty; row++)
            empty = !self->cells[row * self->columns + column].length;
        if (empty)
            self->widths[column] = 0;
    }
}

static void fill(table *self)
{
    for (size_t row = 0; row < self->rows; row++) {
        for (size_t column = 0; column < self->columns; column++) {
            text *cell = &self->cells[row * self->columns + column];
            const field *one = self->fields[column];
            size_t width;

            if (row == 0)
                text_add(cell, one->title);
            else
                field_show(cell, one, self->sort->at(self->list, row - 1));
            width = cell->data ? width_of(cell->data) : 0;
            if (width > self->widths[column])
                self->widths[column] = width;
        }
    }
    drop_empty_columns(self);
}

static void add_row(text *out, const table *self, size_t row, bool coloured)
{
    size_t blanks = 0;

    for (size_t column = 0; column < self->columns; column++) {
        const text *cell = &self->cells[row * self->columns + column];
        const char *shown = cell->data ? cell->data : "";

        if (!self->widths[column])
            continue;
        text_addf(out, "%*s", *shown ? (int)blanks : 0, "");
        blanks = (*shown ? 0 : blanks) + self->widths[column] - width_of(shown) + 2;
        add_coloured(out, shown, !coloured ? NULL : row ? colour_of(shown) : BOLD);
    }
    text_add(out, "\n");
}

void report_table(text *out, FILE *stream, const item_sort *sort, const netdisc_list *list)
{
    table self = {.sort = sort, .list = list, .rows = netdisc_list_count(list) + 1};
    bool coloured = wants_colour(stream);

    self.fields = need(calloc(sort->count, sizeof *self.fields));
    for (size_t i = 0; i < sort->count; i++)
        if (sort->fields[i].title)
            self.fields[self.columns++] = &sort->fields[i];
    self.widths = need(calloc(self.columns, sizeof *self.widths));
    self.cells = need(calloc(self.rows * self.columns, sizeof *self.cells));
    fill(&self);
    for (size_t row = 0; row < self.rows; row++)
        add_row(out, &self, row, coloured);
    for (size_t i = 0; i < self.rows * self.columns; i++)
        text_free(&self.cells[i]);
    free(self.cells);
    free(self.widths);
    free(self.fields);
}

/* ---- Failures ------------------------------------------------------------------------------- */

static void add_status(text *out, netdisc_status status)
{
    add_coloured(out, netdisc_status_name(status), wants_colour(stderr) ? RED : NULL);
    text_addf(out, " (%d): ", (int32_t)status);
}

/* As these are written by those who gave them. */
static bool is_hexadecimal(const char *domain)
{
    return strcmp(domain, "ntstatus") == 0 || strcmp(domain, "hresult") == 0;
}

static void add_native(text *out, const netdisc_error *error)
{
    if (!error->native_domain)
        return;
    text_add(out, "  ");
    if (error->provider)
        text_addf(out, "%s: ", error->provider);
    text_addf(out, is_hexadecimal(error->native_domain) ? "%s 0x%llX" : "%s %lld", error->native_domain,
              (long long)error->native_code);
    if (error->native_name) {
        text_add(out, " ");
        text_add_shown(out, error->native_name);
    }
    text_add(out, "\n");
}

void report_failure(const netdisc_error *error)
{
    text out = {0};

    text_add(&out, "netdisc: ");
    add_status(&out, error->status);
    text_add_shown(&out, error->message);
    text_add(&out, "\n");
    add_native(&out, error);
    if (netdisc_list_count(error->holders))
        report_table(&out, stderr, &sort_holder, error->holders);
    for (size_t i = 0; i < netdisc_list_failure_count(error->holders); i++) {
        text_add(&out, "  ");
        text_add_shown(&out, netdisc_list_failure(error->holders, i)->message);
        text_add(&out, "\n");
    }
    text_write(&out, stderr);
    text_free(&out);
}

void report_gaps(const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_failure_count(list); i++) {
        complain("the list is not whole:");
        report_failure(netdisc_list_failure(list, i));
    }
}

/* ---- To a person ---------------------------------------------------------------------------- */

void report_made(text *out, const item_sort *sort, const void *item)
{
    const char *path = sort->path ? sort->path(item) : NULL;

    sort->describe(out, item);
    text_addf(out, " %s", sort->made);
    if (path) {
        text_add(out, ", its files are at ");
        text_add_shown(out, path);
    }
    text_add(out, "\n");
}

static void add_change(text *out, const request *it, const void *item)
{
    const item_sort *sort = it->verb->sort;
    bool made = it->verb->told == TOLD_MADE;

    if (made && !is_given(it, BIT(NO_WAIT))) {
        report_made(out, sort, item);
        return;
    }
    sort->describe(out, item);
    text_addf(out, " %s\n",
              !is_given(it, BIT(NO_WAIT)) ? sort->ended
              : made                      ? "is to be connected"
                                          : "is to be ended");
}

static void add_changes(text *out, const request *it, const netdisc_list *items)
{
    for (size_t i = 0; i < netdisc_list_count(items); i++)
        add_change(out, it, it->verb->sort->at(items, i));
    if (!netdisc_list_count(items))
        text_add(out,
                 it->verb->told == TOLD_MADE ? "nothing was to be done\n" : "it was not connected\n");
}

/* One that has no path is reached by its name. */
static void add_path(text *out, const netdisc_list *items)
{
    const netdisc_share *share = netdisc_list_share(items, 0);
    const char *path = share && share->path ? share->path : share ? share->remote : "";

    if (system_is_terminal(stdout))
        text_add_shown(out, path);
    else
        text_add(out, path);
    text_add(out, "\n");
}

static int tell(const request *it, const outcome *result)
{
    text out = {0};
    int end = run_exit(result->status);

    if (result->status)
        report_failure(result->error);
    else if (it->verb->told == TOLD_PATH)
        add_path(&out, result->items);
    else if (it->verb->told != TOLD_TABLE)
        add_changes(&out, it, result->items);
    else if (netdisc_list_count(result->items))
        report_table(&out, stdout, it->verb->sort, result->items);
    else
        fprintf(stderr, "no %s\n", it->verb->sort->none);
    end = report_write(&out, end);
    report_gaps(result->items);
    if (result->note) {
        text_add_shown(&out, result->note);
        text_add(&out, "\n");
        text_write(&out, stderr);
    }
    text_free(&out);
    return end;
}

/* ---- As JSON -------------------------------------------------------------------------------- */

static void add_error(text *out, netdisc_status status, const netdisc_error *error)
{
    json_number(out, "status", status);
    json_string(out, "name", netdisc_status_name(status));
    json_string(out, "message", error ? error->message : status ? netdisc_status_text(status) : NULL);
    json_string(out, "provider", error ? error->provider : NULL);
    json_string(out, "native_domain", error ? error->native_domain : NULL);
    if (error && error->native_domain)
        json_number(out, "native_code", error->native_code);
    else
        json_null(out, "native_code");
    json_string(out, "native_name", error ? error->native_name : NULL);
}

static void add_items(text *out, const item_sort *sort, const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++)
        item_json(out, NULL, sort, sort->at(list, i));
}

void report_json_open(text *out, const outcome *result)
{
    json_begin(out, NULL, '{');
    add_error(out, result->status, result->error);
    json_string(out, "note", result->note);
    json_begin(out, "holders", '[');
    add_items(out, &sort_holder, result->error ? result->error->holders : NULL);
    json_end(out, ']');
    json_begin(out, "items", '[');
}

void report_json_failure(text *out, netdisc_status status, const netdisc_error *error)
{
    json_begin(out, NULL, '{');
    add_error(out, status, error);
    json_end(out, '}');
}

int report_json_close(text *out, const text *failures, netdisc_status status)
{
    json_end(out, ']');
    json_bool(out, "partial", failures->length > 0);
    json_begin(out, "failures", '[');
    text_add(out, failures->data ? failures->data : "");
    json_end(out, ']');
    json_end(out, '}');
    text_add(out, "\n");
    return report_write(out, run_exit(status));
}

static int tell_json(const request *it, const outcome *result)
{
    const netdisc_list *holders = result->error ? result->error->holders : NULL;
    const netdisc_list *seen = result->items ? result->items : holders;
    text out = {0};
    text failures = {0};
    int end;

    report_json_open(&out, result);
    if (it->verb->sort)
        add_items(&out, it->verb->sort, result->items);
    for (size_t i = 0; i < netdisc_list_failure_count(seen); i++) {
        const netdisc_error *each = netdisc_list_failure(seen, i);

        report_json_failure(&failures, each->status, each);
    }
    end = report_json_close(&out, &failures, result->status);
    text_free(&failures);
    text_free(&out);
    return end;
}

int report(const request *it, const outcome *result)
{
    return is_given(it, BIT(JSON)) ? tell_json(it, result) : tell(it, result);
}
