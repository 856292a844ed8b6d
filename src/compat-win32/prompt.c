/* SPDX-License-Identifier: MIT */
/* Who is asked before something is forced: whom the program has set, or the user at the terminal. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "wnet.h"

enum { ANSWER_MAX = 16 };

static struct {
    pthread_mutex_t lock;
    netdisc_prompt_fn fn; /* NULL: the terminal */
    void *data;
} prompt = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* One question at a time. */
static pthread_mutex_t terminal = PTHREAD_MUTEX_INITIALIZER;

/* Controls, ends of lines, and the marks that turn the direction of what follows. */
static bool steers(WCHAR unit)
{
    static const struct {
        WCHAR first, last;
    } ranges[] = {{0, 0x1F},        {0x7F, 0x9F},     {0x61C, 0x61C},  {0x200E, 0x200F},
                  {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}};

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (unit >= ranges[i].first && unit <= ranges[i].last)
            return true;
    return false;
}

/* Prints what came from elsewhere, with nothing in it that a terminal would obey. */
static void show(const char *text)
{
    WCHAR *units = nw_wide_from_utf8(text);
    char *harmless, *shown;

    for (WCHAR *at = units; at && *at; at++)
        if (steers(*at))
            *at = '?';
    harmless = units ? nw_utf8_from_wide(units) : NULL;
    shown = harmless ? nw_ansi_from_utf8(harmless) : NULL;
    if (shown)
        fputs(shown, stderr);
    free(units);
    free(harmless);
    free(shown);
}

static void show_failure(const netdisc_error *error)
{
    const netdisc_holder *holder;

    show(error->message);
    fputc('\n', stderr);
    for (size_t i = 0; (holder = netdisc_list_holder(error->holders, i)); i++) {
        fputs("  ", stderr);
        show(holder->program ? holder->program : "?");
        fprintf(stderr, " (%llu) ", (unsigned long long)holder->pid);
        show(holder->path ? holder->path : holder->what);
        fputc('\n', stderr);
    }
}

/* Past whatever stdio has: what the program reads later stays where it is. */
static bool read_byte(char *out)
{
    ssize_t length;

    do
        length = read(STDIN_FILENO, out, 1);
    while (length < 0 && errno == EINTR);
    return length == 1;
}

/* A line, cut off where it is too long to be an answer. False: the input ended. */
static bool read_line(char *out, size_t size)
{
    size_t length = 0;
    char byte;

    while (read_byte(&byte)) {
        if (byte == '\n') {
            out[length] = '\0';
            return true;
        }
        if (length + 1 < size)
            out[length++] = byte;
    }
    return false;
}

static netdisc_answer ask(const netdisc_error *error)
{
    char line[ANSWER_MAX];

    tcflush(STDIN_FILENO, TCIFLUSH); /* it was no answer to this */
    show_failure(error);
    fputs("Disconnect all the same? What is not saved may be lost. [y/N] ", stderr);
    fflush(stderr);
    if (!read_line(line, sizeof line)) {
        fputc('\n', stderr);
        return NETDISC_ANSWER_DISMISSED;
    }
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0 ? NETDISC_ANSWER_YES
                                                                      : NETDISC_ANSWER_NO;
}

static netdisc_answer ask_at_terminal(void *data, netdisc_op *op, const netdisc_question *question)
{
    netdisc_answer answer = NETDISC_ANSWER_NO;

    (void)data;
    (void)op;
    pthread_mutex_lock(&terminal);
    if (question->kind == NETDISC_QUESTION_FORCE)
        answer = ask(question->error);
    else
        show_failure(question->error);
    pthread_mutex_unlock(&terminal);
    return answer;
}

netdisc_prompt_fn nw_prompt(void **data)
{
    netdisc_prompt_fn fn;

    pthread_mutex_lock(&prompt.lock);
    fn = prompt.fn;
    *data = prompt.data;
    pthread_mutex_unlock(&prompt.lock);
    if (fn)
        return fn;
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ? ask_at_terminal : NULL;
}

void netdisc_win32_set_prompt(netdisc_prompt_fn fn, void *data)
{
    pthread_mutex_lock(&prompt.lock);
    prompt.fn = fn;
    prompt.data = data;
    pthread_mutex_unlock(&prompt.lock);
}
