/* SPDX-License-Identifier: MIT */
#include "platform.h"

#include <process.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { NS_PER_MS = 1000000 };

const char nd_module_pattern[] = "netdisc-%s.dll";

bool nd_mutex_init(nd_mutex *mutex)
{
    InitializeSRWLock(mutex);
    return true;
}

void nd_mutex_destroy(nd_mutex *mutex)
{
    (void)mutex;
}

void nd_mutex_lock(nd_mutex *mutex)
{
    AcquireSRWLockExclusive(mutex);
}

void nd_mutex_unlock(nd_mutex *mutex)
{
    ReleaseSRWLockExclusive(mutex);
}

bool nd_cond_init(nd_cond *cond)
{
    InitializeConditionVariable(cond);
    return true;
}

void nd_cond_destroy(nd_cond *cond)
{
    (void)cond;
}

void nd_cond_broadcast(nd_cond *cond)
{
    WakeAllConditionVariable(cond);
}

void nd_cond_signal(nd_cond *cond)
{
    WakeConditionVariable(cond);
}

/* Rounded up, so that a deadline is never met early; INFINITE - 1 at most, then the caller looks again. */
static DWORD milliseconds_until(int64_t until)
{
    int64_t left = until - nd_now();

    if (until == ND_NEVER)
        return INFINITE;
    if (left <= 0)
        return 0;
    left = (left - 1) / NS_PER_MS + 1;
    return left < INFINITE ? (DWORD)left : INFINITE - 1;
}

void nd_cond_wait(nd_cond *cond, nd_mutex *mutex, int64_t until)
{
    SleepConditionVariableSRW(cond, mutex, milliseconds_until(until), 0);
}

typedef struct thread_start {
    void (*run)(void *);
    void *data;
} thread_start;

static unsigned __stdcall run_thread(void *data)
{
    thread_start start = *(thread_start *)data;

    free(data);
    start.run(start.data);
    return 0;
}

bool nd_thread_start(nd_thread *thread, void (*run)(void *), void *data)
{
    thread_start *start = nd_alloc(1, sizeof *start);

    if (!start)
        return false;
    *start = (thread_start){run, data};
    *thread = (HANDLE)_beginthreadex(NULL, 0, run_thread, start, 0, NULL);
    if (!*thread)
        free(start);
    return *thread != NULL;
}

void nd_thread_join(nd_thread thread)
{
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

void nd_thread_detach(nd_thread thread)
{
    CloseHandle(thread);
}

uint64_t nd_thread_self(void)
{
    return GetCurrentThreadId();
}

int64_t nd_now(void)
{
    LARGE_INTEGER frequency;
    LARGE_INTEGER count;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&count);

    int64_t seconds = count.QuadPart / frequency.QuadPart;
    int64_t rest = count.QuadPart % frequency.QuadPart;

    return seconds * 1000000000 + rest * 1000000000 / frequency.QuadPart;
}

uint64_t nd_process(void)
{
    return GetCurrentProcessId();
}

netdisc_status nd_wakeup_open(nd_wakeup *wakeup)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    if (!event)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    *wakeup = (nd_wakeup)event;
    return NETDISC_NO_ERROR;
}

void nd_wakeup_set(nd_wakeup wakeup)
{
    SetEvent((HANDLE)wakeup);
}

void nd_wakeup_clear(nd_wakeup wakeup)
{
    ResetEvent((HANDLE)wakeup);
}

void nd_wakeup_close(nd_wakeup wakeup)
{
    CloseHandle((HANDLE)wakeup);
}

/* Of user32.dll, which a program without windows need not have. */
typedef struct messages {
    __typeof__(MsgWaitForMultipleObjectsEx) *wait;
    __typeof__(PeekMessageW) *peek;
    __typeof__(TranslateMessage) *translate;
    __typeof__(DispatchMessageW) *dispatch;
    __typeof__(PostQuitMessage) *quit;
} messages;

/* False: it is not loaded, so this thread has no window. */
static bool find_messages(messages *functions)
{
    static const char *const names[] = {"MsgWaitForMultipleObjectsEx", "PeekMessageW",
                                        "TranslateMessage", "DispatchMessageW", "PostQuitMessage"};
    HMODULE user = GetModuleHandleW(L"user32.dll");
    FARPROC found[sizeof names / sizeof *names];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        found[i] = user ? GetProcAddress(user, names[i]) : NULL;
        if (!found[i])
            return false;
    }
    memcpy(functions, found, sizeof *functions);
    return true;
}

static bool waits_for_message(const messages *functions, HANDLE event, int64_t until)
{
    DWORD which =
        functions->wait(1, &event, milliseconds_until(until), QS_ALLINPUT, MWMO_INPUTAVAILABLE);

    return which != WAIT_OBJECT_0 && which != WAIT_FAILED && nd_now() < until;
}

static void wait_with_messages(const messages *functions, HANDLE event, int64_t until)
{
    bool quits = false;
    WPARAM quits_with = 0;
    MSG message;

    while (waits_for_message(functions, event, until)) {
        if (!functions->peek(&message, NULL, 0, 0, PM_REMOVE))
            continue;
        if (message.message == WM_QUIT) {
            quits = true;
            quits_with = message.wParam;
            continue;
        }
        functions->translate(&message);
        functions->dispatch(&message);
    }
    if (quits)
        functions->quit((int)quits_with);
}

void nd_wakeup_wait(nd_wakeup wakeup, int64_t until)
{
    messages functions;

    if (find_messages(&functions))
        wait_with_messages(&functions, (HANDLE)wakeup, until);
    else
        WaitForSingleObject((HANDLE)wakeup, milliseconds_until(until));
}

static WCHAR *wide(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    WCHAR *out = length > 0 ? nd_alloc((size_t)length, sizeof *out) : NULL;

    if (out)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out, length);
    return out;
}

static char *narrow(const WCHAR *text)
{
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *out = length > 0 ? nd_alloc((size_t)length, 1) : NULL;

    if (out)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, out, length, NULL, NULL);
    return out;
}

/* Windows has no setuid programs. */
bool nd_environment(const char *name, char **value)
{
    WCHAR *wide_name = wide(name);

    *value = NULL;
    if (!wide_name)
        return false;

    DWORD size = GetEnvironmentVariableW(wide_name, NULL, 0);
    WCHAR *wide_value = nd_alloc(size, sizeof *wide_value);

    if (size && wide_value && GetEnvironmentVariableW(wide_name, wide_value, size) < size)
        *value = narrow(wide_value);
    free(wide_name);
    free(wide_value);
    return size == 0 || *value;
}

void *nd_module_open(const char *path, char **why)
{
    WCHAR *wide_path = wide(path);
    HMODULE module = NULL;

    *why = NULL;
    for (WCHAR *at = wide_path; at && *at; at++)
        if (*at == L'/')
            *at = L'\\';
    if (wide_path)
        module = LoadLibraryExW(wide_path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!module) {
        DWORD code = GetLastError();

        *why = code == ERROR_MOD_NOT_FOUND
                   ? nd_format("%s is not installed, or needs a DLL that is not", path)
                   : nd_format("%s: Windows error %lu", path, (unsigned long)code);
    }
    free(wide_path);
    return module;
}

void *nd_module_symbol(void *module, const char *name)
{
    return (void *)(uintptr_t)GetProcAddress(module, name);
}

bool nd_path_is_absolute(const char *path)
{
    bool drive = path[0] && path[1] == ':' && (path[2] == '\\' || path[2] == '/');

    return drive || (path[0] == '\\' && path[1] == '\\');
}

void nd_pin_library(void)
{
    HMODULE library;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                       (LPCWSTR)(uintptr_t)nd_pin_library, &library);
}
