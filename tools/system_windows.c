/* SPDX-License-Identifier: MIT */
#include "system.h"

#include <windows.h>

#include <io.h>
#include <shellapi.h>
#include <stdlib.h>
#include <time.h>

#include "text.h"

static volatile LONG interrupted;

static BOOL WINAPI interrupt(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        return FALSE;
    return InterlockedExchange(&interrupted, 1) == 0;
}

static UINT code_page;

static void restore_code_page(void)
{
    SetConsoleOutputCP(code_page);
}

static char *utf8(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *out = need(malloc(size > 0 ? (size_t)size : 1));

    *out = 0;
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, out, size, NULL, NULL);
    return out;
}

/* Not what the runtime library made of the command line: it knows no UTF-8, and expands wildcards. */
static void take_arguments(int *argc, char ***argv)
{
    int count = 0;
    wchar_t **wide = need(CommandLineToArgvW(GetCommandLineW(), &count));
    char **all = need(calloc((size_t)count + 1, sizeof *all));

    for (int i = 0; i < count; i++)
        all[i] = utf8(wide[i]);
    LocalFree(wide);
    *argc = count;
    *argv = all;
}

void system_begin(int *argc, char ***argv)
{
    setvbuf(stdin, NULL, _IONBF, 0); /* no copy of a password is left behind */
    SetConsoleCtrlHandler(interrupt, TRUE);
    code_page = GetConsoleOutputCP();
    if (code_page && SetConsoleOutputCP(CP_UTF8))
        atexit(restore_code_page);
    take_arguments(argc, argv);
}

bool system_interrupted(void)
{
    return interrupted != 0;
}

bool system_is_terminal(FILE *stream)
{
    DWORD mode;

    /* NUL is a character device as well. */
    return GetConsoleMode((HANDLE)_get_osfhandle(_fileno(stream)), &mode);
}

bool system_takes_escapes(FILE *stream)
{
    HANDLE handle = (HANDLE)_get_osfhandle(_fileno(stream));
    DWORD mode;

    return GetConsoleMode(handle, &mode) &&
           SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

/* The console has no question for it; its wide characters are those of East Asia. */
size_t system_width(uint32_t character)
{
    return (character >= 0x1100 && character <= 0x115f) ||
                   (character >= 0x2e80 && character <= 0xa4cf) ||
                   (character >= 0xac00 && character <= 0xd7a3) ||
                   (character >= 0xf900 && character <= 0xfaff) ||
                   (character >= 0xff00 && character <= 0xff60) ||
                   (character >= 0x1f300 && character <= 0x1faff)
               ? 2
               : 1;
}

int system_read_byte(void)
{
    return fgetc(stdin);
}

void system_forget_typed(void)
{
    FlushConsoleInputBuffer(GetStdHandle(STD_INPUT_HANDLE));
}

void system_echo(bool on)
{
    static DWORD usual;
    HANDLE handle = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode;

    if (!GetConsoleMode(handle, &mode))
        return;
    if (!on)
        usual = mode;
    SetConsoleMode(handle, on ? usual : usual & ~(DWORD)ENABLE_ECHO_INPUT);
}

int64_t system_now_ms(void)
{
    return (int64_t)GetTickCount64();
}

void system_time_text(char *out, size_t size, bool iso)
{
    time_t now = time(NULL);
    struct tm *parts = iso ? gmtime(&now) : localtime(&now);

    strftime(out, size, iso ? "%Y-%m-%dT%H:%M:%SZ" : "%H:%M:%S", parts);
}
