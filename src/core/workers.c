/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core.h"

/* A thread of the pool. Freed by whoever joins it, or by itself once it is left behind. */
struct nd_worker {
    netdisc *nd;
    nd_thread thread;
    bool ended;
    bool left_behind;
    nd_worker *next;
};

bool nd_workers_init(netdisc *nd)
{
    nd_workers *workers = &nd->workers;

    workers->end = &workers->first;
    if (!nd_cond_init(&workers->work))
        return false;
    if (!nd_cond_init(&workers->ended)) {
        nd_cond_destroy(&workers->work);
        return false;
    }
    return true;
}

void nd_workers_destroy(netdisc *nd)
{
    nd_cond_destroy(&nd->workers.work);
    nd_cond_destroy(&nd->workers.ended);
}

/* Locked. Waits for a job. NULL: the context is closed and nothing is left to do, or it was idle long. */
static nd_job *next_job(netdisc *nd)
{
    nd_workers *workers = &nd->workers;
    int64_t retires = nd_now() + (int64_t)ND_IDLE_WORKER_MS * ND_NS_PER_MS;

    while (!workers->first) {
        if ((nd->closing && nd->open_instances == 0) || nd_now() >= retires)
            return NULL;
        nd_cond_wait(&workers->work, &nd->lock, retires);
    }

    nd_job *job = workers->first;

    workers->first = job->next;
    if (!workers->first)
        workers->end = &workers->first;
    workers->queued--;
    return job;
}

static void work(void *data)
{
    nd_worker *worker = data;
    netdisc *nd = worker->nd;
    nd_todo todo;
    nd_job *job;

    nd_lock(nd, &todo);
    while ((job = next_job(nd))) {
        nd->workers.available--;
        nd_unlock(nd, &todo);
        job->run(job);
        nd_lock(nd, &todo);
        nd->workers.available++;
    }
    nd->workers.available--;
    worker->ended = true;
    nd_cond_broadcast(&nd->workers.ended);
    if (worker->left_behind) {
        nd->refs--;
        free(worker);
    }
    nd_unlock(nd, &todo);
}

/* Locked. A worker that has ended no longer needs the lock, so joining it here takes no time. */
static void join_ended(netdisc *nd)
{
    nd_worker **link = &nd->workers.all;

    while (*link) {
        nd_worker *worker = *link;

        if (!worker->ended) {
            link = &worker->next;
            continue;
        }
        *link = worker->next;
        nd_thread_join(worker->thread);
        free(worker);
        nd->refs--;
    }
}

static bool start_worker(netdisc *nd)
{
    nd_worker *worker = nd_alloc(1, sizeof *worker);

    if (!worker)
        return false;
    worker->nd = nd;
    if (!nd_thread_start(&worker->thread, work, worker)) {
        free(worker);
        return false;
    }
    nd->workers.available++;
    nd->refs++;
    if (nd->workers.left_behind) {
        worker->left_behind = true;
        nd_thread_detach(worker->thread);
    } else {
        worker->next = nd->workers.all;
        nd->workers.all = worker;
    }
    return true;
}

bool nd_workers_submit(netdisc *nd, nd_job *job)
{
    nd_workers *workers = &nd->workers;

    if (workers->available > workers->queued) {
        nd_cond_signal(&workers->work);
    } else {
        join_ended(nd);
        if (!start_worker(nd))
            return false;
    }
    job->next = NULL;
    *workers->end = job;
    workers->end = &job->next;
    workers->queued++;
    return true;
}

bool nd_workers_all_ended(const netdisc *nd)
{
    for (const nd_worker *worker = nd->workers.all; worker; worker = worker->next)
        if (!worker->ended)
            return false;
    return true;
}

/* Those that have not ended sit in a call that does not return. They free what they hold when it does. */
void nd_workers_let_go(netdisc *nd)
{
    join_ended(nd);
    nd->workers.left_behind = true;
    if (!nd->workers.all)
        return;
    nd_pin_library();
    for (nd_worker *worker = nd->workers.all; worker; worker = worker->next) {
        nd_thread_detach(worker->thread);
        worker->left_behind = true;
    }
    nd->workers.all = NULL;
}
