/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "system.h"

enum { QUIET_MS = 400 };

/* One byte more than the library takes, its line's end, and NUL. */
enum { SECRET_SIZE = 1026 };

/* ---- A context ------------------------------------------------------------------------------ */

static void print_log(void *data, netdisc_log_level level, const char *message)
{
    static const char *const words[] = {"debug", "info", "warning"};
    text out = {0};

    (void)data;
    text_addf(&out, "netdisc: %s: ", words[level]);
    text_add_shown(&out, message);
    text_add(&out, "\n");
    text_write(&out, stderr);
    text_free(&out);
}

netdisc *run_open(const request *it)
{
    netdisc_options given = {
        .size = sizeof given,
        .log = is_given(it, BIT(VERBOSE)) ? print_log : NULL,
        .providers = it->values[OPTION_PROVIDERS],
        .module_directory = it->values[OPTION_MODULES],
    };
    netdisc *nd = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_open(&nd, &given, &err);

    if (status)
        report(it, &(outcome){.status = status, .error = err});
    netdisc_error_free(err);
    return nd;
}

/* ---- Waiting -------------------------------------------------------------------------------- */

typedef struct spinner {
    bool there;
    int64_t begin;
    size_t turn;
} spinner;

static void spin(spinner *self)
{
    static const char wheel[] = "|/-\\";
    int64_t elapsed = system_now_ms() - self->begin;

    if (!self->there || elapsed < QUIET_MS)
        return;
    fprintf(stderr, "\r%c %d.%d s", wheel[self->turn++ % (sizeof wheel - 1)], (int)(elapsed / 1000),
            (int)(elapsed / 100 % 10));
    fflush(stderr);
}

static void wipe_line(FILE *stream)
{
    if (!system_takes_escapes(stream))
        return;
    fputs("\r\x1b[K", stream);
    fflush(stream);
}

/* The question of a prompt is asked in netdisc_dispatch(). */
static void await(netdisc *nd, netdisc_op *op)
{
    spinner wheel = {.there = system_takes_escapes(stderr), .begin = system_now_ms()};
    bool ended = false;

    while (netdisc_op_wait(op, TICK_MS) == NETDISC_WAIT_TIMEOUT) {
        if (system_interrupted() && !ended) {
            netdisc_op_cancel(op);
            ended = true;
        }
        spin(&wheel);
        netdisc_dispatch(nd, 0);
    }
    if (wheel.turn)
        wipe_line(stderr);
}

outcome run_wait(netdisc *nd, netdisc_status status, netdisc_op *op, netdisc_error *err)
{
    outcome result = {.status = status, .error = err, .op = op, .refusal = err};

    if (!op)
        return result;
    await(nd, op);
    result.status = netdisc_op_wait(op, 0);
    result.error = netdisc_op_error(op);
    result.note = netdisc_op_note(op);
    if (!result.status)
        result.status = netdisc_op_list(op, &result.items);
    return result;
}

void outcome_free(outcome *self)
{
    netdisc_list_free(self->items);
    netdisc_op_free(self->op);
    netdisc_error_free(self->refusal);
    *self = (outcome){.status = NETDISC_NO_ERROR};
}

int run_exit(netdisc_status status)
{
    if (!status)
        return EXIT_DONE;
    return status == NETDISC_ERROR_CANCELLED || status == NETDISC_DISMISSED ? EXIT_CANCELLED
                                                                            : EXIT_FAILED;
}

/* ---- Asking the user ------------------------------------------------------------------------ */

/* A line without its end; false at the end of what there is, or if it is too long or has a NUL, or Ctrl-C
 * came. */
static bool read_line(char *out, size_t size)
{
    size_t length = 0;
    int character = EOF;

    while (length + 1 < size && (character = system_read_byte()) != EOF && character != '\n')
        out[length++] = (char)character;
    out[length] = 0;
    if (length && out[length - 1] == '\r')
        out[--length] = 0;
    return strlen(out) == length &&
           (character == '\n' || (character == EOF && length && !system_interrupted()));
}

bool can_ask(void)
{
    return system_is_terminal(stdin) && system_is_terminal(stderr);
}

netdisc_answer ask_at_terminal(void *data, netdisc_op *op, const netdisc_question *question)
{
    char line[16];

    (void)data;
    (void)op;
    if (question->kind != NETDISC_QUESTION_FORCE)
        return NETDISC_ANSWER_NO; /* it is told in the end */
    wipe_line(stderr);
    system_forget_typed(); /* it was no answer to this */
    report_failure(question->error);
    fputs("Disconnect all the same? What is not saved may be lost. [y/N] ", stderr);
    fflush(stderr);
    if (!read_line(line, sizeof line)) {
        system_forget_typed();
        fputc('\n', stderr);
        return NETDISC_ANSWER_DISMISSED;
    }
    for (char *each = line; *each; each++)
        *each = (char)(*each >= 'A' && *each <= 'Z' ? *each - 'A' + 'a' : *each);
    return strcmp(line, "y") == 0 || strcmp(line, "yes") == 0 ? NETDISC_ANSWER_YES : NETDISC_ANSWER_NO;
}

void wipe_free(char *secret)
{
    volatile char *each = secret;

    for (size_t i = 0; secret && i < SECRET_SIZE; i++)
        each[i] = 0;
    free(secret);
}

char *read_password(void)
{
    char *secret = need(calloc(1, SECRET_SIZE));
    bool typed = system_is_terminal(stdin);
    bool read;

    if (typed) {
        system_echo(false);
        fputs("Password: ", stderr);
        fflush(stderr);
    }
    read = read_line(secret, SECRET_SIZE);
    if (typed) {
        system_echo(true);
        fputc('\n', stderr);
    }
    if (read)
        return secret;
    wipe_free(secret);
    return NULL;
}
