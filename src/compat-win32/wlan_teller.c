/* SPDX-License-Identifier: MIT */
/*
 * One thread that delivers the context's events while some client wants to be told. It ends itself when nobody
 * does, and is joined before the next one begins or at the program's end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wlan.h"

/* As long as netdisc_close() waits: a callback that is stuck does not keep the program from its end. */
enum { LAST_MS = 1000 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool prepared;
    pid_t process; /* a child has no such thread */
    size_t users;
    bool running;
    bool joinable; /* it has run */
    bool exiting;  /* the program is in exit() */
    pthread_t thread;
    int events; /* the context's, to be polled */
    int wakeup; /* raised when there is another reason to look */
} teller = {.lock = PTHREAD_MUTEX_INITIALIZER, .wakeup = -1};

static _Thread_local bool is_teller;

/* ---- Time ------------------------------------------------------------------------------------ */

bool nw_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool good;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    good = pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return good;
}

struct timespec nw_deadline(int ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* ---- The thread ------------------------------------------------------------------------------ */

/* Locked. */
static void wake(void)
{
    if (teller.wakeup >= 0)
        eventfd_write(teller.wakeup, 1);
}

/* Whether it goes on. */
static bool is_wanted(void)
{
    pthread_mutex_lock(&teller.lock);
    bool wanted = teller.users > 0 && !teller.exiting;
    if (!wanted) {
        teller.running = false;
        teller.joinable = true;
        pthread_cond_broadcast(&teller.ended);
    }
    pthread_mutex_unlock(&teller.lock);
    return wanted;
}

static void *run(void *nd)
{
    struct pollfd polled[] = {{.fd = teller.events, .events = POLLIN},
                              {.fd = teller.wakeup, .events = POLLIN}};
    eventfd_t raised;

    is_teller = true;
    while (is_wanted()) {
        poll(polled, 2, -1);
        eventfd_read(teller.wakeup, &raised);
        netdisc_dispatch(nd, 0);
    }
    nw_leave();
    return NULL;
}

bool nw_teller_is_here(void)
{
    return is_teller;
}

/* ---- Its life -------------------------------------------------------------------------------- */

/* Locked. One that has run is past its last use of the lock. */
static void join(void)
{
    if (teller.joinable)
        pthread_join(teller.thread, NULL);
    teller.joinable = false;
}

/* At the program's end, before the context's. A thread whose callback is stuck, or which itself called exit(),
 * keeps the context. */
static void end(void)
{
    struct timespec until = nw_deadline(LAST_MS);

    if (teller.process != getpid() || nw_teller_is_here())
        return;
    pthread_mutex_lock(&teller.lock);
    teller.exiting = true;
    wake();
    while (teller.running && pthread_cond_timedwait(&teller.ended, &teller.lock, &until) != ETIMEDOUT)
        ;
    join();
    if (!teller.running) {
        close(teller.wakeup);
        teller.wakeup = -1;
    }
    pthread_mutex_unlock(&teller.lock);
}

/* Locked. Once. */
static DWORD prepare(void)
{
    if (teller.prepared)
        return NO_ERROR;
    if (teller.wakeup < 0)
        teller.wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (teller.wakeup < 0)
        return ERROR_TOO_MANY_OPEN_FILES;
    if (!nw_condition_init(&teller.ended))
        return ERROR_NOT_ENOUGH_MEMORY;
    teller.process = getpid();
    if (atexit(end) != 0) {
        pthread_cond_destroy(&teller.ended);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    teller.prepared = true;
    return NO_ERROR;
}

/* The program's signals are for its own threads; but what the hardware raises in a callback, blocked, would end
 * the process without a report. */
static void fill_with_asynchronous_signals(sigset_t *set)
{
    static const int synchronous[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};

    sigfillset(set);
    for (size_t i = 0; i < sizeof synchronous / sizeof *synchronous; i++)
        sigdelset(set, synchronous[i]);
}

/* Locked. */
static bool create(netdisc *nd)
{
    sigset_t blocked, before;

    fill_with_asynchronous_signals(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    teller.running = pthread_create(&teller.thread, NULL, run, nd) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return teller.running;
}

/* Locked. What it is begun with is the thread's then. */
static DWORD begin(netdisc *nd, int events)
{
    DWORD status = teller.exiting ? ERROR_INVALID_HANDLE : prepare();

    if (status)
        return status;
    join();
    teller.events = events;
    return create(nd) ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

DWORD nw_teller_start(netdisc *nd)
{
    bool begun = false;
    intptr_t events;
    DWORD status = netdisc_pollable(nd, &events);

    if (status)
        return status;
    if (!nw_enter(&status))
        return status;
    pthread_mutex_lock(&teller.lock);
    if (!teller.running) {
        status = begin(nd, (int)events);
        begun = !status;
    }
    if (!status)
        teller.users++;
    pthread_mutex_unlock(&teller.lock);
    if (!begun)
        nw_leave();
    return status;
}

void nw_teller_stop(void)
{
    pthread_mutex_lock(&teller.lock);
    if (--teller.users == 0)
        wake();
    pthread_mutex_unlock(&teller.lock);
}
