/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

#ifndef ND_VERSION
#error "ND_VERSION is set by the build"
#endif

const char *netdisc_version(void)
{
    return ND_VERSION;
}

bool nd_inherited(const netdisc *nd)
{
    return nd->process != nd_process();
}

netdisc_status nd_check(const netdisc *nd)
{
    if (!nd)
        return NETDISC_ERROR_INVALID_PARAMETER;
    if (nd->magic != ND_CONTEXT_MAGIC || nd_inherited(nd))
        return NETDISC_ERROR_INVALID_HANDLE;
    return NETDISC_NO_ERROR;
}

void nd_log(netdisc *nd, netdisc_log_level level, const char *format, ...)
{
    char line[512];
    va_list arguments;
    nd_todo todo;

    nd_lock(nd, &todo);
    netdisc_log_fn log = nd->log;
    nd->logging += log != NULL;
    nd_unlock(nd, &todo);
    if (!log)
        return;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log(nd->log_data, level, line);

    nd_lock(nd, &todo);
    nd->logging--;
    nd_cond_broadcast(&nd->logged);
    nd_unlock(nd, &todo);
}

netdisc_status nd_give_error(netdisc_error *error, netdisc_error **err)
{
    netdisc_status status = error->status;

    if (err)
        *err = error;
    else
        netdisc_error_free(error);
    return status;
}

/* ---- The lock ------------------------------------------------------------------------------- */

static void destroy(netdisc *nd)
{
    for (size_t i = 0; i < nd->instance_count; i++) {
        nd_watch_forget_lost(nd->instances[i], NETDISC_ALL_KINDS);
        nd_instance_free(nd->instances[i]);
    }
    free(nd->instances);
    free(nd->module_directory);
    nd_delivery_destroy(nd);
    nd_workers_destroy(nd);
    nd_cond_destroy(&nd->timer_changed);
    nd_cond_destroy(&nd->logged);
    nd_mutex_destroy(&nd->lock);
    free(nd);
}

void nd_lock(netdisc *nd, nd_todo *todo)
{
    *todo = (nd_todo){.run_end = &todo->run};
    nd_mutex_lock(&nd->lock);
}

static void work_off(netdisc *nd, nd_todo *todo)
{
    if (todo->log)
        nd_log(nd, NETDISC_LOG_DEBUG, "%s", todo->log);
    while (todo->run) {
        nd_asked *asked = todo->run;

        todo->run = asked->next_run;
        nd_instance_run(asked);
    }
    while (todo->abandon) {
        nd_asked *asked = todo->abandon;

        todo->abandon = asked->next_abandon;
        nd_instance_abandon(asked);
    }
    while (todo->watch) {
        nd_instance *instance = todo->watch;

        todo->watch = instance->next_watch;
        nd_instance_tell_watch(instance);
    }
}

void nd_unlock(netdisc *nd, nd_todo *todo)
{
    bool work = todo->log || todo->run || todo->abandon || todo->watch;

    if (work)
        nd->refs++;

    bool last = nd->refs == 0;

    nd_mutex_unlock(&nd->lock);
    if (last)
        destroy(nd);
    if (!work)
        return;

    work_off(nd, todo);
    nd_lock(nd, todo);
    nd->refs--;
    nd_unlock(nd, todo);
}

/* ---- Open ----------------------------------------------------------------------------------- */

static netdisc_error *check_options(const netdisc_options *opt)
{
    if (!opt)
        return NULL;
    if (opt->size != sizeof *opt)
        return nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "netdisc_options.size is not its size");
    if (opt->default_timeout_ms < -1)
        return nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "the default timeout is below -1");
    if (opt->module_directory && (!nd_path_is_absolute(opt->module_directory) ||
                                  !nd_text_clean(opt->module_directory, strlen(opt->module_directory))))
        return nd_error_say(NETDISC_ERROR_INVALID_PARAMETER,
                            "the module directory is not an absolute path");
    return NULL;
}

static bool take_options(netdisc *nd, const netdisc_options *opt)
{
    const char *directory = opt && opt->module_directory ? opt->module_directory : ND_MODULE_DIR;

    nd->default_timeout_ms =
        opt && opt->default_timeout_ms ? opt->default_timeout_ms : ND_DEFAULT_TIMEOUT_MS;
    nd->watch_queue = opt && opt->watch_queue ? opt->watch_queue : ND_DEFAULT_WATCH_QUEUE;
    nd->log = opt ? opt->log : NULL;
    nd->log_data = opt ? opt->log_data : NULL;
    nd->module_directory = nd_strdup(directory);
    return nd->module_directory != NULL;
}

/* The program's choice, or else the user's, or else NULL. Wants freeing. */
static netdisc_error *chosen_providers(const netdisc_options *opt, char **list)
{
    const char *name = "NETDISC_PROVIDERS";

    if (opt && opt->providers) {
        *list = nd_strdup(opt->providers);
        return *list ? NULL : nd_error_no_memory();
    }
    return nd_environment(name, list) ? NULL : nd_error_no_memory();
}

static netdisc *new_context(void)
{
    netdisc *nd = nd_alloc(1, sizeof *nd);

    if (!nd)
        return NULL;
    if (!nd_mutex_init(&nd->lock))
        goto no_lock;
    if (!nd_cond_init(&nd->logged))
        goto no_log;
    if (!nd_cond_init(&nd->timer_changed))
        goto no_timer;
    if (!nd_workers_init(nd))
        goto no_workers;
    if (!nd_delivery_init(nd))
        goto no_delivery;
    nd->magic = ND_CONTEXT_MAGIC;
    nd->process = nd_process();
    nd->refs = 1;
    return nd;

no_delivery:
    nd_workers_destroy(nd);
no_workers:
    nd_cond_destroy(&nd->timer_changed);
no_timer:
    nd_cond_destroy(&nd->logged);
no_log:
    nd_mutex_destroy(&nd->lock);
no_lock:
    free(nd);
    return NULL;
}

netdisc_status nd_open_with(const nd_registration *registrations, netdisc **out,
                            const netdisc_options *opt, netdisc_error **err)
{
    if (err)
        *err = NULL;
    if (!out)
        return nd_give_error(nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "`out` is NULL"), err);
    *out = NULL;

    char *providers = NULL;
    netdisc *nd = NULL;
    netdisc_error *error = check_options(opt);

    if (!error)
        error = chosen_providers(opt, &providers);
    if (error)
        return nd_give_error(error, err);

    nd = new_context();
    if (!nd || !take_options(nd, opt))
        error = nd_error_no_memory();
    if (!error)
        error = nd_register(nd, registrations, providers);
    free(providers);
    if (error) {
        if (nd)
            destroy(nd);
        return nd_give_error(error, err);
    }
    *out = nd;
    return NETDISC_NO_ERROR;
}

netdisc_status netdisc_open(netdisc **out, const netdisc_options *opt, netdisc_error **err)
{
    return nd_open_with(nd_registrations, out, opt, err);
}

/* ---- Close ---------------------------------------------------------------------------------- */

static void cancel_all(netdisc *nd, nd_todo *todo)
{
    while (nd->running)
        nd_op_complete(nd->running, nd_error_say(NETDISC_ERROR_CANCELLED, "the context was closed"),
                       todo);
}

/* Waits for providers and workers to end, and closes here what no worker could be had for. */
static void end_threads(netdisc *nd, int64_t until)
{
    nd_todo todo;

    nd_lock(nd, &todo);
    while ((nd->open_instances > 0 || !nd_workers_all_ended(nd)) && nd_now() < until) {
        nd_instance *instance = nd_instance_left_open(nd);

        if (instance) {
            nd_unlock(nd, &todo);
            nd_instance_close_here(instance);
            nd_lock(nd, &todo);
        } else {
            nd_cond_wait(&nd->workers.ended, &nd->lock, until);
        }
    }
    nd_workers_let_go(nd);
    nd_unlock(nd, &todo);
}

/* Whatever is left behind must not call the program any more. */
static void end_log(netdisc *nd)
{
    nd_todo todo;

    nd_lock(nd, &todo);
    nd->log = NULL;
    while (nd->logging > 0)
        nd_cond_wait(&nd->logged, &nd->lock, ND_NEVER);
    nd_unlock(nd, &todo);
}

void netdisc_close(netdisc *nd)
{
    uint32_t open = ND_CONTEXT_MAGIC;

    if (!nd || nd_inherited(nd) || !atomic_compare_exchange_strong(&nd->magic, &open, 0))
        return;

    int64_t until = nd_now() + (int64_t)ND_CLOSE_WAIT_MS * ND_NS_PER_MS;
    nd_todo todo;

    nd_lock(nd, &todo);
    nd->closing = true;
    cancel_all(nd, &todo);
    nd_watch_close_all(nd);
    for (size_t i = 0; i < nd->instance_count; i++)
        nd_instance_close(nd->instances[i]);
    nd_cond_broadcast(&nd->timer_changed);
    nd_cond_broadcast(&nd->deliveries.filled);
    nd_cond_broadcast(&nd->workers.work);
    nd_unlock(nd, &todo);

    end_threads(nd, until);
    nd_delivery_run(nd);
    nd_delivery_wait(nd, NULL);
    end_log(nd);

    nd_lock(nd, &todo);
    nd->refs--;
    nd_unlock(nd, &todo);
}
