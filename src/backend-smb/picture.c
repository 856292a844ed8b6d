/* SPDX-License-Identifier: MIT */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

/* A share as it was: the item, and its strings behind it. */
typedef struct entry {
    nd_item item;
    char text[];
} entry;

typedef struct entries {
    entry **all; /* once done: by their keys */
    size_t count;
    size_t room;
} entries;

struct nd_picture {
    const nd_host *host;
    entries now;
    entries next;    /* being put together */
    bool ready;      /* READY has been told, and LOST not since */
    bool lost;       /* LOST has been told */
    bool incomplete; /* there was no memory for all of `next` */
};

static void clear(entries *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->all[i]);
    free(list->all);
    *list = (entries){0};
}

nd_picture *nd_picture_new(const nd_host *host)
{
    nd_picture *picture = calloc(1, sizeof *picture);

    if (picture)
        picture->host = host;
    return picture;
}

void nd_picture_free(nd_picture *picture)
{
    if (!picture)
        return;
    clear(&picture->now);
    clear(&picture->next);
    free(picture);
}

/* ---- Copies --------------------------------------------------------------------------------- */

enum { TEXTS = 5 };

static void list_texts(nd_item *item, const char **texts[TEXTS])
{
    texts[0] = &item->key;
    texts[1] = &item->as.share.local;
    texts[2] = &item->as.share.remote;
    texts[3] = &item->as.share.path;
    texts[4] = &item->as.share.user;
}

/* NULL: no memory. */
static entry *copy(const nd_item *item)
{
    nd_item from = *item;
    const char **texts[TEXTS];
    size_t size = sizeof(entry);

    /* The core fills it in. */
    from.as.share.provider = NULL;
    list_texts(&from, texts);
    for (size_t i = 0; i < TEXTS; i++)
        size += *texts[i] ? strlen(*texts[i]) + 1 : 0;

    entry *made = malloc(size);

    if (!made)
        return NULL;
    made->item = from;
    list_texts(&made->item, texts);

    char *at = made->text;

    for (size_t i = 0; i < TEXTS; i++) {
        if (!*texts[i])
            continue;

        size_t length = strlen(*texts[i]) + 1;

        memcpy(at, *texts[i], length);
        *texts[i] = at;
        at += length;
    }
    return made;
}

static bool has_room(entries *list)
{
    if (list->count < list->room)
        return true;

    size_t room = list->room ? 2 * list->room : 16;
    entry **all = reallocarray(list->all, room, sizeof *all);

    if (!all)
        return false;
    list->all = all;
    list->room = room;
    return true;
}

bool nd_picture_add(nd_picture *picture, const nd_item *item)
{
    entry *made = has_room(&picture->next) ? copy(item) : NULL;

    if (made)
        picture->next.all[picture->next.count++] = made;
    else
        picture->incomplete = true;
    return made != NULL;
}

/* ---- The difference ------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const entry *const *first = a;
    const entry *const *second = b;

    return strcmp((*first)->item.key, (*second)->item.key);
}

static const entry *find(const entries *list, const entry *like)
{
    entry **found = list->count ? bsearch(&like, list->all, list->count, sizeof like, by_key) : NULL;

    return found ? *found : NULL;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool has_changed(const netdisc_share *from, const netdisc_share *to)
{
    return from->state != to->state || from->remembered != to->remembered ||
           !same(from->local, to->local) || !same(from->path, to->path) || !same(from->user, to->user);
}

/* `before` is what there was of it; NULL: nothing. */
static void emit_item(const nd_picture *picture, netdisc_event_type type, const entry *what,
                      const entry *before)
{
    nd_emit(picture->host, &(nd_event){
                               .type = type,
                               .item = &what->item,
                               .old_state = before ? before->item.as.share.state : NETDISC_STATE_UNKNOWN,
                           });
}

/* What has gone first: its local name may have been taken over. */
static void emit_difference(const nd_picture *picture)
{
    const entries *now = &picture->now;
    const entries *next = &picture->next;

    for (size_t i = 0; i < now->count; i++)
        if (!find(next, now->all[i]))
            emit_item(picture, NETDISC_EVENT_REMOVED, now->all[i], now->all[i]);
    for (size_t i = 0; i < next->count; i++) {
        const entry *what = next->all[i];
        const entry *before = find(now, what);

        if (!before)
            emit_item(picture, NETDISC_EVENT_ADDED, what, NULL);
        else if (has_changed(&before->item.as.share, &what->item.as.share))
            emit_item(picture, NETDISC_EVENT_CHANGED, what, before);
    }
}

static void emit_all(const nd_picture *picture, netdisc_event_type type)
{
    nd_emit(picture->host, &(nd_event){.type = type, .kinds = NETDISC_SHARE});
}

/* There was no memory: whoever waits for the first READY must not wait for ever. */
static void give_up(nd_picture *picture)
{
    if (!picture->ready) {
        nd_picture_lost(picture, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "not enough memory to look");
        return;
    }
    picture->incomplete = false;
    clear(&picture->next);
    emit_all(picture, NETDISC_EVENT_OVERRUN);
}

void nd_picture_done(nd_picture *picture)
{
    if (picture->incomplete) {
        give_up(picture);
        return;
    }
    if (picture->next.count)
        qsort(picture->next.all, picture->next.count, sizeof *picture->next.all, by_key);
    if (picture->ready)
        emit_difference(picture);
    clear(&picture->now);
    picture->now = picture->next;
    picture->next = (entries){0};
    if (picture->ready)
        return;
    picture->ready = true;
    picture->lost = false;
    emit_all(picture, NETDISC_EVENT_READY);
}

void nd_picture_again(nd_picture *picture)
{
    if (picture->ready)
        emit_all(picture, NETDISC_EVENT_READY);
}

void nd_picture_lost(nd_picture *picture, netdisc_status status, const char *reason)
{
    picture->incomplete = false;
    clear(&picture->next);
    if (picture->lost)
        return;
    picture->ready = false;
    picture->lost = true;
    nd_emit(picture->host, &(nd_event){
                               .type = NETDISC_EVENT_LOST,
                               .kinds = NETDISC_SHARE,
                               .status = status,
                               .reason = reason,
                           });
}
