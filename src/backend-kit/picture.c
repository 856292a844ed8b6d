/* SPDX-License-Identifier: MIT */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

/* A thing as it was: the item, and its strings behind it. */
typedef struct entry {
    nd_item item;
    char text[];
} entry;

typedef struct entries {
    entry **all; /* once done: by their keys */
    size_t count;
    size_t room;
} entries;

/* What there is of a sort, by where it is in an item. A list of texts ends with 0. */
typedef struct sort_layout {
    uint32_t kind;
    size_t state;
    size_t texts[8];
    size_t tristates[4];
} sort_layout;

#define SHARE(member)      offsetof(nd_item, as.share.member)
#define WLAN(member)       offsetof(nd_item, as.wlan.member)
#define CONNECTION(member) offsetof(nd_item, as.connection.member)

static const sort_layout layouts[] = {
    [ND_SORT_SHARE] = {NETDISC_SHARE,
                       SHARE(state),
                       {SHARE(local), SHARE(remote), SHARE(path), SHARE(user)},
                       {SHARE(remembered)}},
    [ND_SORT_WLAN] = {NETDISC_WLAN,
                      WLAN(state),
                      {WLAN(uuid), WLAN(name), WLAN(ssid), WLAN(bssid), WLAN(profile), WLAN(driver)},
                      {0}},
    [ND_SORT_CONNECTION] = {NETDISC_CONNECTION,
                            CONNECTION(state),
                            {CONNECTION(uuid), CONNECTION(name), CONNECTION(type), CONNECTION(device)},
                            {CONNECTION(autoconnect), CONNECTION(external), CONNECTION(vpn)}},
};

struct nd_picture {
    const nd_host *host;
    const sort_layout *layout;
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

nd_picture *nd_picture_new(const nd_host *host, nd_sort sort)
{
    nd_picture *picture = calloc(1, sizeof *picture);

    if (!picture)
        return NULL;
    picture->host = host;
    picture->layout = &layouts[sort];
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

static const char **text_at(nd_item *item, size_t offset)
{
    return (const char **)(void *)((char *)item + offset);
}

static const char *text_of(const nd_item *item, size_t offset)
{
    return *(const char *const *)(const void *)((const char *)item + offset);
}

static size_t bytes_of(const nd_item *item)
{
    return item->sort == ND_SORT_WLAN && item->as.wlan.ssid_bytes ? item->as.wlan.ssid_length : 0;
}

static size_t room_for(const sort_layout *layout, const nd_item *item)
{
    size_t size = strlen(item->key) + 1 + bytes_of(item);

    for (const size_t *offset = layout->texts; *offset; offset++)
        size += text_of(item, *offset) ? strlen(text_of(item, *offset)) + 1 : 0;
    return size;
}

/* Where the next goes. */
static char *put(char *at, const void *from, size_t length)
{
    memcpy(at, from, length);
    return at + length;
}

static char *put_text(char *at, const char **text)
{
    const char *from = *text;

    if (!from)
        return at;
    *text = at;
    return put(at, from, strlen(from) + 1);
}

/* NULL: no memory. */
static entry *copy(const sort_layout *layout, const nd_item *item)
{
    entry *made = malloc(sizeof *made + room_for(layout, item));

    if (!made)
        return NULL;
    made->item = *item;

    char *at = put_text(made->text, &made->item.key);

    for (const size_t *offset = layout->texts; *offset; offset++)
        at = put_text(at, text_at(&made->item, *offset));
    if (bytes_of(item) > 0) {
        made->item.as.wlan.ssid_bytes = (const uint8_t *)at;
        put(at, item->as.wlan.ssid_bytes, bytes_of(item));
    }
    return made;
}

static bool has_room(entries *list)
{
    if (list->count < list->room)
        return true;

    size_t room = list->room ? 2 * list->room : 16;
    entry **all = room > SIZE_MAX / sizeof *all ? NULL : realloc(list->all, room * sizeof *all);

    if (!all)
        return false;
    list->all = all;
    list->room = room;
    return true;
}

bool nd_picture_add(nd_picture *picture, const nd_item *item)
{
    entry *made = has_room(&picture->next) ? copy(picture->layout, item) : NULL;

    if (made)
        picture->next.all[picture->next.count++] = made;
    else
        picture->incomplete = true;
    return made != NULL;
}

void nd_picture_take(void *picture, const nd_item *item)
{
    nd_picture_add(picture, item);
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

static netdisc_tristate tristate_of(const nd_item *item, size_t offset)
{
    return *(const netdisc_tristate *)(const void *)((const char *)item + offset);
}

static netdisc_state state_of(const sort_layout *layout, const nd_item *item)
{
    return *(const netdisc_state *)(const void *)((const char *)item + layout->state);
}

static bool has_changed(const sort_layout *layout, const nd_item *from, const nd_item *to)
{
    for (const size_t *offset = layout->texts; *offset; offset++)
        if (!same(text_of(from, *offset), text_of(to, *offset)))
            return true;
    for (const size_t *offset = layout->tristates; *offset; offset++)
        if (tristate_of(from, *offset) != tristate_of(to, *offset))
            return true;
    return state_of(layout, from) != state_of(layout, to);
}

/* `before` is what there was of it; NULL: nothing. */
static void emit_item(const nd_picture *picture, netdisc_event_type type, const entry *what,
                      const entry *before)
{
    nd_emit(picture->host,
            &(nd_event){
                .type = type,
                .item = &what->item,
                .old_state = before ? state_of(picture->layout, &before->item) : NETDISC_STATE_UNKNOWN,
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
        else if (has_changed(picture->layout, &before->item, &what->item))
            emit_item(picture, NETDISC_EVENT_CHANGED, what, before);
    }
}

static void emit_all(const nd_picture *picture, netdisc_event_type type)
{
    nd_emit(picture->host, &(nd_event){.type = type, .kinds = picture->layout->kind});
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
                               .kinds = picture->layout->kind,
                               .status = status,
                               .reason = reason,
                           });
}
