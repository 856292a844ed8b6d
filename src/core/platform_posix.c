/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* secure_getenv, pthread_attr_setsigmask_np */
#endif
#include "platform.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"

enum { NS_PER_S = 1000000000, NS_PER_MS = 1000000 };

/* A program linked with -static has no loader: there these are NULL. dlopen() is reached through dlsym(),
 * for naming it makes glibc's linker warn. */
#pragma weak dlsym
#pragma weak dlerror

const char nd_module_pattern[] = "libnetdisc-%s.so";

bool nd_mutex_init(nd_mutex *mutex)
{
    return pthread_mutex_init(mutex, NULL) == 0;
}

void nd_mutex_destroy(nd_mutex *mutex)
{
    pthread_mutex_destroy(mutex);
}

void nd_mutex_lock(nd_mutex *mutex)
{
    pthread_mutex_lock(mutex);
}

void nd_mutex_unlock(nd_mutex *mutex)
{
    pthread_mutex_unlock(mutex);
}

bool nd_cond_init(nd_cond *cond)
{
    pthread_condattr_t attributes;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);

    bool done = pthread_cond_init(cond, &attributes) == 0;

    pthread_condattr_destroy(&attributes);
    return done;
}

void nd_cond_destroy(nd_cond *cond)
{
    pthread_cond_destroy(cond);
}

void nd_cond_broadcast(nd_cond *cond)
{
    pthread_cond_broadcast(cond);
}

void nd_cond_signal(nd_cond *cond)
{
    pthread_cond_signal(cond);
}

void nd_cond_wait(nd_cond *cond, nd_mutex *mutex, int64_t until)
{
    if (until == ND_NEVER) {
        pthread_cond_wait(cond, mutex);
        return;
    }

    struct timespec at = {.tv_sec = (time_t)(until / NS_PER_S), .tv_nsec = (long)(until % NS_PER_S)};

    pthread_cond_timedwait(cond, mutex, &at);
}

typedef struct thread_start {
    void (*run)(void *);
    void *data;
} thread_start;

/* What the hardware raises stays unblocked: blocked, it would end the process without a report. */
static void fill_with_asynchronous_signals(sigset_t *set)
{
    static const int synchronous[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};

    sigfillset(set);
    for (size_t i = 0; i < sizeof synchronous / sizeof *synchronous; i++)
        sigdelset(set, synchronous[i]);
}

static void *run_thread(void *data)
{
    thread_start start = *(thread_start *)data;
    sigset_t blocked;

    fill_with_asynchronous_signals(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    free(data);
    start.run(start.data);
    return NULL;
}

/* The host's signals are the host's: its handlers must not run on our threads, and its own mask is not
 * touched. Where the mask cannot be given to a new thread, the thread sets it as the first thing it does. */
static int start_without_signals(nd_thread *thread, thread_start *start)
{
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);

    if (failure)
        return failure;
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
    sigset_t blocked;

    fill_with_asynchronous_signals(&blocked);
    failure = pthread_attr_setsigmask_np(&attributes, &blocked);
#endif
    if (!failure)
        failure = pthread_create(thread, &attributes, run_thread, start);
    pthread_attr_destroy(&attributes);
    return failure;
}

bool nd_thread_start(nd_thread *thread, void (*run)(void *), void *data)
{
    thread_start *start = nd_alloc(1, sizeof *start);

    if (!start)
        return false;
    *start = (thread_start){run, data};
    if (start_without_signals(thread, start) == 0)
        return true;
    free(start);
    return false;
}

void nd_thread_join(nd_thread thread)
{
    pthread_join(thread, NULL);
}

void nd_thread_detach(nd_thread thread)
{
    pthread_detach(thread);
}

uint64_t nd_thread_self(void)
{
    static _Thread_local char mark;

    return (uint64_t)(uintptr_t)&mark;
}

int64_t nd_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

uint64_t nd_process(void)
{
    return (uint64_t)getpid();
}

netdisc_status nd_wakeup_open(nd_wakeup *wakeup)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (fd < 0)
        return errno == ENOMEM ? NETDISC_ERROR_NOT_ENOUGH_MEMORY : NETDISC_ERROR_TOO_MANY_OPEN_FILES;
    *wakeup = fd;
    return NETDISC_NO_ERROR;
}

/* The counter is 0 or 1 and the descriptor does not block: neither call can fail or wait. */
void nd_wakeup_set(nd_wakeup wakeup)
{
    eventfd_write((int)wakeup, 1);
}

void nd_wakeup_clear(nd_wakeup wakeup)
{
    eventfd_t count;

    eventfd_read((int)wakeup, &count);
}

void nd_wakeup_close(nd_wakeup wakeup)
{
    close((int)wakeup);
}

/* Rounded up, so that a deadline is never met early; INT_MAX at most, then it is waited again. */
static int milliseconds_until(int64_t until)
{
    int64_t left = until - nd_now();

    if (until == ND_NEVER)
        return -1;
    if (left <= 0)
        return 0;
    left = (left - 1) / NS_PER_MS + 1;
    return left < INT_MAX ? (int)left : INT_MAX;
}

void nd_wakeup_wait(nd_wakeup wakeup, int64_t until)
{
    struct pollfd it = {.fd = (int)wakeup, .events = POLLIN};

    while (poll(&it, 1, milliseconds_until(until)) <= 0 && nd_now() < until)
        continue;
}

bool nd_environment(const char *name, char **value)
{
    const char *text = secure_getenv(name);

    *value = text ? nd_strdup(text) : NULL;
    return *value || !text;
}

/* The loader names what it could not open: the module, or a library that the module needs. */
static char *why_not_open(const char *path, const char *said)
{
    struct stat file;

    if (stat(path, &file) != 0 && errno == ENOENT)
        return nd_format("%s is not installed", path);
    if (said && strncmp(said, path, strlen(path)) == 0)
        return nd_strdup(said);
    return nd_format("%s cannot be opened: %s", path, said ? said : "the loader gave no reason");
}

void *nd_module_open(const char *path, char **why)
{
    void *(*open_module)(const char *, int) = NULL;
    void *found = dlsym ? dlsym(RTLD_DEFAULT, "dlopen") : NULL;

    memcpy(&open_module, &found, sizeof found);
    *why = NULL;
    if (!open_module || !dlerror) {
        *why = nd_format("%s cannot be opened: the program is linked statically", path);
        return NULL;
    }

    void *module = open_module(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    if (!module)
        *why = why_not_open(path, dlerror());
    return module;
}

void *nd_module_symbol(void *module, const char *name)
{
    return dlsym(module, name);
}

bool nd_path_is_absolute(const char *path)
{
    return path[0] == '/';
}

/* The library is linked with -z nodelete. */
void nd_pin_library(void)
{
}
