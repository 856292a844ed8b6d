/* SPDX-License-Identifier: MIT */
/*
 * Handles are numbers: a slot of the table and how often that has been taken. So a handle that was closed, or
 * made up, is found to be none without looking at what it points to.
 */
#include <pthread.h>
#include <stdlib.h>

#include "compat.h"

enum { SLOT_BITS = 12, SLOTS_MAX = 1 << SLOT_BITS, FLAG_BITS = 2, SLOTS_STEP = 16 };

typedef struct slot {
    nw_object *object; /* NULL: it is free */
    uint16_t turn;     /* never 0 while it is taken */
} slot;

static struct {
    pthread_mutex_t lock;
    slot *slots;
    size_t count;
    size_t next; /* where to look first, so that a slot is taken again late */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static HANDLE handle_of(size_t index)
{
    return (HANDLE)(((uintptr_t)table.slots[index].turn << SLOT_BITS | index) << FLAG_BITS);
}

/* NULL: the handle is not in the table, or not of that kind. */
static slot *find(HANDLE handle, const nw_kind *kind)
{
    size_t index = (uintptr_t)handle >> FLAG_BITS & (SLOTS_MAX - 1);

    if (index >= table.count || !table.slots[index].object || handle_of(index) != handle)
        return NULL;
    return table.slots[index].object->kind == kind ? &table.slots[index] : NULL;
}

static void lock(void)
{
    pthread_mutex_lock(&table.lock);
}

static void unlock(void)
{
    pthread_mutex_unlock(&table.lock);
}

static bool grow(void)
{
    slot *grown;

    if (table.count == SLOTS_MAX)
        return false;
    grown = realloc(table.slots, (table.count + SLOTS_STEP) * sizeof *grown);
    if (!grown)
        return false;
    /* A child has the table whole, and not locked by a thread that it does not have. */
    if (table.count == 0 && pthread_atfork(lock, unlock, unlock) != 0) {
        free(grown);
        return false;
    }
    for (size_t i = 0; i < SLOTS_STEP; i++)
        grown[table.count + i] = (slot){0};
    table.slots = grown;
    table.next = table.count;
    table.count += SLOTS_STEP;
    return true;
}

/* The free slot that has been free for the longest, more or less; NULL: none. */
static slot *take(void)
{
    for (size_t i = 0; i < table.count; i++) {
        slot *at = &table.slots[(table.next + i) % table.count];

        if (at->object)
            continue;
        table.next = (size_t)(at - table.slots) + 1;
        return at;
    }
    return grow() ? &table.slots[table.next++] : NULL;
}

bool nw_handle_open(nw_object *object, const nw_kind *kind, HANDLE *out)
{
    slot *at;

    object->kind = kind;
    object->uses = 1;
    lock();
    at = take();
    if (at) {
        at->object = object;
        at->turn = at->turn == UINT16_MAX ? 1 : (uint16_t)(at->turn + 1);
        *out = handle_of((size_t)(at - table.slots));
    }
    unlock();
    return at != NULL;
}

void *nw_handle_use(HANDLE handle, const nw_kind *kind)
{
    nw_object *object = NULL;
    slot *at;

    lock();
    at = find(handle, kind);
    if (at) {
        object = at->object;
        object->uses++;
    }
    unlock();
    return object;
}

void *nw_handle_close(HANDLE handle, const nw_kind *kind)
{
    nw_object *object = NULL;
    slot *at;

    lock();
    at = find(handle, kind);
    if (at) {
        object = at->object;
        at->object = NULL;
    }
    unlock();
    return object;
}

void nw_object_release(void *released)
{
    nw_object *object = released;
    bool last;

    if (!object)
        return;
    lock();
    last = --object->uses == 0;
    unlock();
    if (last)
        object->kind->destroy(object);
}
