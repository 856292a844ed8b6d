/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#include "system.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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

void system_begin(int *argc, char ***argv)
{
    /* A read that waits for the user is to end. */
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

    (void)argc;
    (void)argv;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
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

void system_echo(bool on)
{
    struct termios modes;

    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    modes.c_lflag = on ? modes.c_lflag | (tcflag_t)ECHO : modes.c_lflag & ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes);
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
