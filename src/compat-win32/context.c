/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

/* The one context, and what it is made with. */
static struct {
    pthread_mutex_t lock;
    netdisc_options options;
    netdisc *nd;
    size_t uses;
    bool ended;       /* the program is in exit() */
    atomic_int maker; /* the number of the process that makes, or has, the context; 0: none */
} process = {.lock = PTHREAD_MUTEX_INITIALIZER, .options = {.size = sizeof(netdisc_options)}};

/* Nor may a child take the lock: one of the parent's threads, which is not there, may have it. */
static bool is_inherited(void)
{
    int maker = atomic_load(&process.maker);

    return maker != 0 && maker != getpid();
}

/* At the end of the program. A thread that is in a call then keeps the context. */
static void end(void)
{
    netdisc *nd = NULL;

    if (is_inherited())
        return;
    pthread_mutex_lock(&process.lock);
    process.ended = true;
    if (process.uses == 0) {
        nd = process.nd;
        process.nd = NULL;
    }
    pthread_mutex_unlock(&process.lock);
    netdisc_close(nd);
}

/* Locked: netdisc_open() starts and asks nothing. */
static DWORD make(void)
{
    static bool registered;
    DWORD status;

    if (process.ended)
        return ERROR_INVALID_HANDLE;
    if (!registered && atexit(end) != 0)
        return ERROR_NOT_ENOUGH_MEMORY;
    registered = true;
    atomic_store(&process.maker, getpid());
    status = netdisc_open(&process.nd, &process.options, NULL);
    if (status)
        atomic_store(&process.maker, 0);
    return status;
}

netdisc *nw_enter(DWORD *status)
{
    netdisc *nd;

    *status = ERROR_INVALID_HANDLE;
    if (is_inherited())
        return NULL;
    pthread_mutex_lock(&process.lock);
    *status = process.nd ? NO_ERROR : make();
    nd = process.nd;
    if (nd)
        process.uses++;
    pthread_mutex_unlock(&process.lock);
    return nd;
}

void nw_leave(void)
{
    pthread_mutex_lock(&process.lock);
    process.uses--;
    pthread_mutex_unlock(&process.lock);
}

static bool copy(const char *text, char **out)
{
    *out = text ? strdup(text) : NULL;
    return *out || !text;
}

netdisc_status netdisc_win32_configure(const netdisc_options *options)
{
    netdisc_status status = NETDISC_NO_ERROR;
    char *providers = NULL, *modules = NULL;

    if (!options || options->size != sizeof *options)
        return NETDISC_ERROR_INVALID_PARAMETER;
    if (is_inherited())
        return NETDISC_ERROR_INVALID_STATE;
    if (!copy(options->providers, &providers) || !copy(options->module_directory, &modules)) {
        free(providers);
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }

    pthread_mutex_lock(&process.lock);
    if (process.nd || process.ended) {
        status = NETDISC_ERROR_INVALID_STATE;
    } else {
        const char *old_providers = process.options.providers,
                   *old_modules = process.options.module_directory;

        process.options = *options;
        process.options.providers = providers;
        process.options.module_directory = modules;
        providers = (char *)(uintptr_t)old_providers;
        modules = (char *)(uintptr_t)old_modules;
    }
    pthread_mutex_unlock(&process.lock);
    free(providers);
    free(modules);
    return status;
}
