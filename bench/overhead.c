/* SPDX-License-Identifier: MIT */
/*
 * What the core itself costs, on the fake providers, which do nothing: a verb that is answered at once, a
 * verb that a blocking provider answers on another thread, and many operations in flight. The floor is
 * what two hand-overs between threads cost on this machine with nothing else in between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/core/core.h"
#include "../tests/fake/fake.h"
#include "report.h"

enum { BATCH = 200, BATCHES = 41, THREADS = 16, IN_FLIGHT = 100 };

static const nd_registration registrations[] = {
    {.provider = "event", .builtin = &fake_backend, .kinds = NETDISC_ALL_KINDS},
    {.provider = "blocking", .builtin = &fake_backend, .kinds = NETDISC_ALL_KINDS},
    {.provider = NULL},
};

static netdisc *open_on(const char *provider)
{
    netdisc_options options = {.size = sizeof options, .providers = provider};
    netdisc *nd;

    if (nd_open_with(registrations, &nd, &options, NULL))
        abort();
    return nd;
}

static void need(netdisc_status status)
{
    if (status) {
        fprintf(stderr, "%s\n", netdisc_status_name(status));
        abort();
    }
}

/* ---- The floor ------------------------------------------------------------------------------ */

typedef struct ping_pong {
    nd_mutex lock;
    nd_cond changed;
    int turn; /* 0: ours, 1: the other's, 2: the end */
} ping_pong;

static void answer_pings(void *data)
{
    ping_pong *self = data;

    nd_mutex_lock(&self->lock);
    while (self->turn != 2) {
        if (self->turn == 1) {
            self->turn = 0;
            nd_cond_broadcast(&self->changed);
        } else {
            nd_cond_wait(&self->changed, &self->lock, ND_NEVER);
        }
    }
    nd_mutex_unlock(&self->lock);
}

static void ping(void *data)
{
    ping_pong *self = data;

    nd_mutex_lock(&self->lock);
    self->turn = 1;
    nd_cond_broadcast(&self->changed);
    while (self->turn == 1)
        nd_cond_wait(&self->changed, &self->lock, ND_NEVER);
    nd_mutex_unlock(&self->lock);
}

/* ---- One at a time -------------------------------------------------------------------------- */

static void resolve(void *data)
{
    netdisc_list *list;

    need(netdisc_share_resolve(data, "Z:", 0, 0, &list, NULL));
    netdisc_list_free(list);
}

static void list_shares(void *data)
{
    netdisc_list *list;

    need(netdisc_share_list(data, 0, 0, &list, NULL));
    netdisc_list_free(list);
}

static void start_and_wait(void *data)
{
    netdisc_op *op;

    need(netdisc_share_list_start(data, 0, 0, &op, NULL));
    need(netdisc_op_wait(op, -1));
    netdisc_op_free(op);
}

static void on_complete(void *data, netdisc_op *op)
{
    *(bool *)data = true;
    netdisc_op_free(op);
}

static void start_and_dispatch(void *data)
{
    netdisc_op *op;
    bool done = false;

    need(netdisc_share_list_start(data, 0, 0, &op, NULL));
    need(netdisc_op_on_complete(op, on_complete, &done));
    while (!done)
        need(netdisc_dispatch(data, -1));
}

static void open_and_close(void *data)
{
    netdisc_close(open_on(data));
}

/* Microseconds for one, the median over batches. */
static double measure(void (*work)(void *), void *data, bool quick)
{
    double samples[BATCHES];
    int batches = quick ? 1 : BATCHES;

    work(data);
    for (int i = 0; i < batches; i++) {
        double begun = now_us();

        for (int j = 0; j < BATCH; j++)
            work(data);
        samples[i] = (now_us() - begun) / BATCH;
    }
    return median(samples, (size_t)batches);
}

/* ---- Many in flight ------------------------------------------------------------------------- */

typedef struct crowd {
    netdisc *nd;
    int operations;
    int in_flight;
} crowd;

/* Keeps a number of operations running, starting one whenever the eldest is done. */
static void keep_in_flight(void *data)
{
    const crowd *self = data;
    netdisc_op *ops[IN_FLIGHT] = {0};

    for (int i = 0; i < self->operations; i++) {
        netdisc_op **op = &ops[i % self->in_flight];

        if (*op)
            need(netdisc_op_wait(*op, -1));
        netdisc_op_free(*op);
        need(netdisc_share_list_start(self->nd, 0, -1, op, NULL));
    }
    for (int i = 0; i < self->in_flight; i++) {
        if (ops[i])
            need(netdisc_op_wait(ops[i], -1));
        netdisc_op_free(ops[i]);
    }
}

/* Operations in a millisecond, with IN_FLIGHT in flight from so many threads. */
static double throughput(netdisc *nd, int threads, int operations)
{
    nd_thread started[THREADS];
    crowd each = {.nd = nd, .operations = operations / threads, .in_flight = IN_FLIGHT / threads};
    double begun = now_us();

    for (int i = 0; i < threads; i++)
        if (!nd_thread_start(&started[i], keep_in_flight, &each))
            abort();
    for (int i = 0; i < threads; i++)
        nd_thread_join(started[i]);
    return each.operations * threads / (now_us() - begun) * 1000;
}

static void compare_crowds(report *figures, const char *provider, double many, double one)
{
    comparison it = {.unit = "ops/ms", .ours = many, .peer = "from 1 thread", .theirs = one};

    snprintf(it.what, sizeof it.what, "%d operations in flight, from %d threads%s", IN_FLIGHT, THREADS,
             strcmp(provider, "blocking") == 0 ? ", answered by others" : "");
    report_compare(figures, &it);
}

static void measure_crowds(report *figures, const char *provider)
{
    netdisc *nd = open_on(provider);
    int operations = figures->quick ? 1600 : 16000;
    double one[5];
    double many[5];
    char name[64];

    throughput(nd, 1, 1600);
    for (int i = 0; i < 5; i++) {
        one[i] = throughput(nd, 1, operations);
        many[i] = throughput(nd, THREADS, operations);
    }
    snprintf(name, sizeof name, "%s: %d in flight from 1 thread", provider, IN_FLIGHT);
    report_add(figures, name, median(one, 5), "ops/ms");
    snprintf(name, sizeof name, "%s: %d in flight from %d threads", provider, IN_FLIGHT, THREADS);
    report_add(figures, name, median(many, 5), "ops/ms");
    compare_crowds(figures, provider, median(many, 5), median(one, 5));
    netdisc_close(nd);
}

static void compare_verb(report *figures, const char *provider, double taken, double floor)
{
    comparison it = {.what = "a verb that is answered at once, the core's part",
                     .unit = "us",
                     .ours = taken,
                     .goal_of = GOAL_AT_MOST,
                     .goal = 20};

    if (strcmp(provider, "blocking") == 0)
        it = (comparison){.what = "a verb that another thread answers, the core's part",
                          .unit = "us",
                          .ours = taken,
                          .floor = floor};
    report_compare(figures, &it);
}

static void measure_verbs(report *figures, const char *provider, double floor)
{
    static const struct {
        const char *name;
        void (*work)(void *);
    } verbs[] = {
        {"share_resolve", resolve},
        {"share_list", list_shares},
        {"share_list_start, wait", start_and_wait},
        {"share_list_start, dispatch", start_and_dispatch},
    };
    netdisc *nd = open_on(provider);

    for (size_t i = 0; i < ND_ARRAY_LENGTH(verbs); i++) {
        char name[64];
        double taken = measure(verbs[i].work, nd, figures->quick);

        snprintf(name, sizeof name, "%s: %s", provider, verbs[i].name);
        report_add(figures, name, taken, "us");
        if (verbs[i].work == list_shares)
            compare_verb(figures, provider, taken, floor);
    }
    netdisc_close(nd);
}

static double measure_floor(report *figures)
{
    double taken;
    ping_pong floor = {.turn = 0};
    nd_thread other;

    if (!nd_mutex_init(&floor.lock) || !nd_cond_init(&floor.changed) ||
        !nd_thread_start(&other, answer_pings, &floor))
        abort();
    taken = measure(ping, &floor, figures->quick);
    report_add(figures, "floor: to another thread and back", taken, "us");
    nd_mutex_lock(&floor.lock);
    floor.turn = 2;
    nd_cond_broadcast(&floor.changed);
    nd_mutex_unlock(&floor.lock);
    nd_thread_join(other);
    return taken;
}

int main(int argc, char **argv)
{
    report figures;
    double floor;

    report_begin(&figures, "overhead of the core", argc, argv);
    fake_reset();
    fake_add_share(fake_named("event"), "Z:", "\\\\server\\docs", NETDISC_STATE_CONNECTED);
    fake_add_share(fake_named("blocking"), "Z:", "\\\\server\\docs", NETDISC_STATE_CONNECTED);
    floor = measure_floor(&figures);
    measure_verbs(&figures, "event", floor);
    measure_verbs(&figures, "blocking", floor);
    measure_crowds(&figures, "event");
    measure_crowds(&figures, "blocking");
    report_add(&figures, "netdisc_open and _close, nothing used",
               measure(open_and_close, (void *)(uintptr_t) "event", figures.quick), "us");
    fake_clear();
    return report_end(&figures);
}
