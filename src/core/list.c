/* SPDX-License-Identifier: MIT */
#include "list.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct netdisc_list {
    atomic_size_t refs;
    nd_sort sort;
    nd_item **items;
    size_t count;
    size_t capacity;
    netdisc_error **failures;
    size_t failure_count;
};

/* ---- Items ---------------------------------------------------------------------------------- */

enum { STRINGS_MAX = 8 };

typedef struct string_field {
    size_t offset;
    bool always;
} string_field;

/* The strings of each sort, by their place in nd_item. */
#define FIELD(sort, name)                                                                               \
    {                                                                                                   \
        offsetof(nd_item, as.sort.name), false                                                          \
    }
#define ALWAYS(sort, name)                                                                              \
    {                                                                                                   \
        offsetof(nd_item, as.sort.name), true                                                           \
    }

static const string_field string_fields[ND_SORTS][STRINGS_MAX] = {
    [ND_SORT_SHARE] = {ALWAYS(share, provider), FIELD(share, local), ALWAYS(share, remote),
                       FIELD(share, path), FIELD(share, user)},
    [ND_SORT_WLAN] = {ALWAYS(wlan, provider), ALWAYS(wlan, uuid), ALWAYS(wlan, name), FIELD(wlan, ssid),
                      FIELD(wlan, bssid), FIELD(wlan, profile), FIELD(wlan, driver)},
    [ND_SORT_CONNECTION] = {ALWAYS(connection, provider), ALWAYS(connection, uuid),
                            ALWAYS(connection, name), ALWAYS(connection, type),
                            FIELD(connection, device)},
    [ND_SORT_HOLDER] = {ALWAYS(holder, provider), FIELD(holder, program), ALWAYS(holder, what),
                        FIELD(holder, path)},
    [ND_SORT_BACKEND] = {ALWAYS(backend, provider), FIELD(backend, module), FIELD(backend, reason)},
};

static const char **string_of(nd_item *item, const string_field *field)
{
    return (const char **)((char *)item + field->offset);
}

static size_t string_room(const char *text)
{
    return text ? strlen(text) + 1 : 1;
}

static const char *put_bytes(char **at, const void *bytes, size_t length)
{
    char *copy = *at;

    memcpy(copy, bytes, length);
    *at += length;
    return copy;
}

nd_item *nd_item_copy(const nd_item *item, const char *provider)
{
    nd_item from = *item;
    const string_field *fields = string_fields[item->sort];
    size_t count = 0;

    /* `provider` is the first member of every sort. */
    *string_of(&from, &fields[0]) = provider;

    size_t size = sizeof from + string_room(item->key);

    for (; count < STRINGS_MAX && fields[count].offset; count++)
        size += string_room(*string_of(&from, &fields[count]));
    if (item->sort == ND_SORT_WLAN)
        size += item->as.wlan.ssid_length;

    nd_item *copy = nd_alloc(1, size);

    if (!copy)
        return NULL;

    char *at = (char *)(copy + 1);

    *copy = from;
    copy->key = put_bytes(&at, item->key ? item->key : "", string_room(item->key));
    for (size_t i = 0; i < count; i++) {
        const char **text = string_of(copy, &fields[i]);

        if (!*text && fields[i].always)
            *text = "";
        if (*text)
            *text = put_bytes(&at, *text, string_room(*text));
    }
    if (item->sort == ND_SORT_WLAN)
        copy->as.wlan.ssid_bytes =
            item->as.wlan.ssid_length
                ? (const uint8_t *)put_bytes(&at, item->as.wlan.ssid_bytes, item->as.wlan.ssid_length)
                : NULL;
    return copy;
}

netdisc_state nd_item_state(const nd_item *item)
{
    switch (item->sort) {
    case ND_SORT_SHARE:
        return item->as.share.state;
    case ND_SORT_WLAN:
        return item->as.wlan.state;
    case ND_SORT_CONNECTION:
        return item->as.connection.state;
    default:
        return NETDISC_STATE_UNKNOWN;
    }
}

bool nd_item_is_up(const nd_item *item)
{
    netdisc_state state = nd_item_state(item);

    return state != NETDISC_STATE_DISCONNECTED && state != NETDISC_STATE_REMEMBERED;
}

const char *nd_item_title(const nd_item *item)
{
    switch (item->sort) {
    case ND_SORT_SHARE:
        return item->as.share.local ? item->as.share.local : item->as.share.remote;
    case ND_SORT_WLAN:
        return item->as.wlan.name;
    case ND_SORT_CONNECTION:
        return item->as.connection.name;
    default:
        return item->key;
    }
}

const char *nd_item_uuid(const nd_item *item)
{
    switch (item->sort) {
    case ND_SORT_WLAN:
        return item->as.wlan.uuid;
    case ND_SORT_CONNECTION:
        return item->as.connection.uuid;
    default:
        return item->key;
    }
}

const char *nd_item_provider(const nd_item *item)
{
    return *string_of((nd_item *)item, &string_fields[item->sort][0]);
}

bool nd_item_is_of(const nd_item *item, const char *provider)
{
    return strcmp(nd_item_provider(item), provider) == 0;
}

const char *netdisc_state_name(netdisc_state state)
{
    static const char *const names[] = {
        [NETDISC_STATE_UNKNOWN] = "unknown",
        [NETDISC_STATE_DISCONNECTED] = "disconnected",
        [NETDISC_STATE_REMEMBERED] = "remembered",
        [NETDISC_STATE_CONNECTING] = "connecting",
        [NETDISC_STATE_CONNECTED] = "connected",
        [NETDISC_STATE_DISCONNECTING] = "disconnecting",
        [NETDISC_STATE_LOST] = "lost",
    };
    size_t index = (size_t)state;

    return index < sizeof names / sizeof *names ? names[index] : names[NETDISC_STATE_UNKNOWN];
}

/* ---- Lists ---------------------------------------------------------------------------------- */

netdisc_list *nd_list_new(nd_sort sort)
{
    netdisc_list *list = nd_alloc(1, sizeof *list);

    if (!list)
        return NULL;
    atomic_init(&list->refs, 1);
    list->sort = sort;
    return list;
}

/* The first reference is the library's own, so none of these is ever freed. */
netdisc_list *nd_list_empty(nd_sort sort)
{
    static netdisc_list empty[ND_SORTS] = {
        [ND_SORT_SHARE] = {.refs = 1, .sort = ND_SORT_SHARE},
        [ND_SORT_WLAN] = {.refs = 1, .sort = ND_SORT_WLAN},
        [ND_SORT_CONNECTION] = {.refs = 1, .sort = ND_SORT_CONNECTION},
        [ND_SORT_HOLDER] = {.refs = 1, .sort = ND_SORT_HOLDER},
        [ND_SORT_BACKEND] = {.refs = 1, .sort = ND_SORT_BACKEND},
    };

    return &empty[sort];
}

netdisc_list *nd_list_ref(netdisc_list *list)
{
    if (list)
        atomic_fetch_add(&list->refs, 1);
    return list;
}

void netdisc_list_free(netdisc_list *list)
{
    if (!list || atomic_fetch_sub(&list->refs, 1) != 1)
        return;
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    for (size_t i = 0; i < list->failure_count; i++)
        netdisc_error_free(list->failures[i]);
    free(list->items);
    free(list->failures);
    free(list);
}

static bool reserve(netdisc_list *list, size_t more)
{
    size_t needed = list->count + more;

    if (needed <= list->capacity)
        return true;

    size_t capacity = needed < 8 ? 8 : needed + needed / 2;
    nd_item **items = nd_alloc(capacity, sizeof *items);

    if (!items)
        return false;
    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    free(list->items);
    list->items = items;
    list->capacity = capacity;
    return true;
}

bool nd_list_add(netdisc_list *list, const nd_item *item, const char *provider)
{
    if (!reserve(list, 1))
        return false;

    nd_item *copy = nd_item_copy(item, provider);

    if (!copy)
        return false;
    list->items[list->count++] = copy;
    return true;
}

static bool move_failures(netdisc_list *list, netdisc_list *from)
{
    size_t count = list->failure_count + from->failure_count;
    netdisc_error **failures = nd_alloc(count, sizeof *failures);

    if (!failures)
        return false;
    for (size_t i = 0; i < count; i++)
        failures[i] =
            i < list->failure_count ? list->failures[i] : from->failures[i - list->failure_count];
    free(list->failures);
    list->failures = failures;
    list->failure_count = count;
    from->failure_count = 0;
    return true;
}

bool nd_list_move(netdisc_list *list, netdisc_list *from)
{
    if (!reserve(list, from->count) || (from->failure_count && !move_failures(list, from)))
        return false;
    if (from->count)
        memcpy(list->items + list->count, from->items, from->count * sizeof *from->items);
    list->count += from->count;
    from->count = 0;
    return true;
}

bool nd_list_says_nothing(const netdisc_list *list)
{
    return netdisc_list_count(list) == 0 && netdisc_list_failure_count(list) == 0;
}

bool nd_list_add_failure(netdisc_list *list, netdisc_error *err)
{
    netdisc_error **failures = nd_alloc(list->failure_count + 1, sizeof *failures);

    if (!failures) {
        netdisc_error_free(err);
        return false;
    }
    for (size_t i = 0; i < list->failure_count; i++)
        failures[i] = list->failures[i];
    failures[list->failure_count++] = err;
    free(list->failures);
    list->failures = failures;
    return true;
}

bool nd_list_put_active_first(netdisc_list *list)
{
    nd_item **sorted = nd_alloc(list->count, sizeof *sorted);
    size_t at = 0;

    if (!sorted)
        return false;
    for (int up = 1; up >= 0; up--)
        for (size_t i = 0; i < list->count; i++)
            if (nd_item_is_up(list->items[i]) == up)
                sorted[at++] = list->items[i];
    free(list->items);
    list->items = sorted;
    list->capacity = list->count;
    return true;
}

const nd_item *nd_list_first_up(const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++)
        if (nd_item_is_up(list->items[i]))
            return list->items[i];
    return NULL;
}

const nd_item *nd_list_item(const netdisc_list *list, size_t index)
{
    return index < netdisc_list_count(list) ? list->items[index] : NULL;
}

size_t netdisc_list_count(const netdisc_list *list)
{
    return list ? list->count : 0;
}

static const nd_item *item_of_sort(const netdisc_list *list, size_t index, nd_sort sort)
{
    return list && list->sort == sort ? nd_list_item(list, index) : NULL;
}

const netdisc_share *netdisc_list_share(const netdisc_list *list, size_t index)
{
    const nd_item *item = item_of_sort(list, index, ND_SORT_SHARE);

    return item ? &item->as.share : NULL;
}

const netdisc_wlan *netdisc_list_wlan(const netdisc_list *list, size_t index)
{
    const nd_item *item = item_of_sort(list, index, ND_SORT_WLAN);

    return item ? &item->as.wlan : NULL;
}

const netdisc_connection *netdisc_list_connection(const netdisc_list *list, size_t index)
{
    const nd_item *item = item_of_sort(list, index, ND_SORT_CONNECTION);

    return item ? &item->as.connection : NULL;
}

const netdisc_holder *netdisc_list_holder(const netdisc_list *list, size_t index)
{
    const nd_item *item = item_of_sort(list, index, ND_SORT_HOLDER);

    return item ? &item->as.holder : NULL;
}

const netdisc_backend *netdisc_list_backend(const netdisc_list *list, size_t index)
{
    const nd_item *item = item_of_sort(list, index, ND_SORT_BACKEND);

    return item ? &item->as.backend : NULL;
}

size_t netdisc_list_failure_count(const netdisc_list *list)
{
    return list ? list->failure_count : 0;
}

const netdisc_error *netdisc_list_failure(const netdisc_list *list, size_t index)
{
    return index < netdisc_list_failure_count(list) ? list->failures[index] : NULL;
}
