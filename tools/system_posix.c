/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* What is begun in the background ignores the Ctrl-C that is meant for others, and goes on to. */
static void take_signal(int number, const struct sigaction *action)
{
    struct sigaction before;

    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, action, NULL);
}

/* What is opened later must not stand in for a standard stream that was closed: written to, it would fail. */
static void occupy_standard_streams(void)
{
    int descriptor;

    do
        descriptor = open("/dev/null", O_RDONLY);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

void system_begin(int *argc, char ***argv)
{
    /* A read that waits for the user is to end. */
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

    (void)argc;
    (void)argv;
    occupy_standard_streams();
    sigemptyset(&action.sa_mask);
    take_signal(SIGINT, &action);
    take_signal(SIGTERM, &action);
    take_signal(SIGHUP, &action);
    setlocale(LC_CTYPE, "C.UTF-8");
}

bool system_interrupted(void)
{
    return interrupted;
}

bool system_is_terminal(FILE *stream)
{
    return isatty(fileno(stream));
}

bool system_takes_escapes(FILE *stream)
{
    const char *kind = getenv("TERM");

    return system_is_terminal(stream) && kind && *kind && strcmp(kind, "dumb") != 0;
}

size_t system_width(uint32_t character)
{
    int width = wcwidth((wchar_t)character);

    return width < 0 ? 1 : (size_t)width;
}

/* Waits with the signals let in just there, so that none comes unseen between a look at the mark and the wait. */
static bool wait_for_input(void)
{
    sigset_t stops, usual;
    fd_set input;
    int ready = -1;

    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &stops, &usual);
    do {
        FD_ZERO(&input);
        FD_SET(STDIN_FILENO, &input);
        if (!interrupted)
            ready = pselect(STDIN_FILENO + 1, &input, NULL, NULL, NULL, &usual);
    } while (ready < 0 && errno == EINTR && !interrupted);
    pthread_sigmask(SIG_SETMASK, &usual, NULL);
    return ready > 0;
}

int system_read_byte(void)
{
    unsigned char byte;

    return wait_for_input() && read(STDIN_FILENO, &byte, 1) == 1 ? byte : EOF;
}

void system_forget_typed(void)
{
    tcflush(STDIN_FILENO, TCIFLUSH);
}

void system_echo(bool on)
{
    static struct termios usual;
    struct termios hidden;

    if (on) {
        tcsetattr(STDIN_FILENO, TCSADRAIN, &usual);
        return;
    }
    if (tcgetattr(STDIN_FILENO, &usual) != 0)
        return;
    hidden = usual;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    /* A program that is stopped or aborted could not turn it on again. */
    hidden.c_cc[VSUSP] = hidden.c_cc[VQUIT] = _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
}

int64_t system_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void system_time_text(char *out, size_t size, bool iso)
{
    time_t now = time(NULL);
    struct tm parts;

    if (iso)
        strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
    else
        strftime(out, size, "%H:%M:%S", localtime_r(&now, &parts));
}
