/* SPDX-License-Identifier: MIT */
#include "patience.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct waiter {
    const nd_call *call;
    int fd;
    struct waiter *next;
} waiter;

struct nd_patience {
    pthread_mutex_t lock;
    waiter *first;
};

nd_patience *nd_patience_new(void)
{
    nd_patience *self = calloc(1, sizeof *self);

    if (self && pthread_mutex_init(&self->lock, NULL) != 0) {
        free(self);
        self = NULL;
    }
    return self;
}

static void free_waiter(waiter *one)
{
    close(one->fd);
    free(one);
}

void nd_patience_free(nd_patience *patience)
{
    if (!patience)
        return;
    while (patience->first) {
        waiter *one = patience->first;

        patience->first = one->next;
        free_waiter(one);
    }
    pthread_mutex_destroy(&patience->lock);
    free(patience);
}

static waiter *new_waiter(const nd_call *call)
{
    waiter *one = calloc(1, sizeof *one);

    if (!one)
        return NULL;
    one->call = call;
    one->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (one->fd < 0) {
        free(one);
        return NULL;
    }
    return one;
}

int nd_patience_begin(nd_patience *patience, nd_call *call)
{
    waiter *one = new_waiter(call);

    if (!one)
        return -1;

    int fd = one->fd;

    pthread_mutex_lock(&patience->lock);
    one->next = patience->first;
    patience->first = one;
    pthread_mutex_unlock(&patience->lock);

    /* The abandon may have come before there was anything to wake. */
    if (nd_abandoned(call))
        eventfd_write(fd, 1);
    return fd;
}

void nd_patience_end(nd_patience *patience, nd_call *call)
{
    waiter *one = NULL;

    pthread_mutex_lock(&patience->lock);
    for (waiter **at = &patience->first; *at; at = &(*at)->next) {
        if ((*at)->call != call)
            continue;
        one = *at;
        *at = one->next;
        break;
    }
    pthread_mutex_unlock(&patience->lock);
    if (one)
        free_waiter(one);
}

void nd_patience_abandon(nd_patience *patience, const nd_call *call)
{
    pthread_mutex_lock(&patience->lock);
    for (const waiter *one = patience->first; one; one = one->next)
        if (one->call == call)
            eventfd_write(one->fd, 1);
    pthread_mutex_unlock(&patience->lock);
}
