/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "wnet.h"

static const nw_code codes[] = {
    {NETDISC_ERROR_NOT_SUPPORTED, ERROR_NO_NETWORK},
    {NETDISC_ERROR_SERVICE_NOT_ACTIVE, ERROR_NO_NETWORK},
    {0},
};

/* What there was when it was opened. */
typedef struct enumeration {
    nw_object object;
    pthread_mutex_t lock;
    netdisc_list *list;
    DWORD scope;
    size_t next;
    size_t count;
    const netdisc_share *items[];
} enumeration;

static void destroy(void *object)
{
    enumeration *it = object;

    netdisc_list_free(it->list);
    pthread_mutex_destroy(&it->lock);
    free(it);
}

static const nw_kind enumeration_kind = {destroy};

/* ---- WNetOpenEnum ---------------------------------------------------------------------------- */

static bool is_connected(netdisc_state state)
{
    return state == NETDISC_STATE_CONNECTED || state == NETDISC_STATE_DISCONNECTING ||
           state == NETDISC_STATE_LOST;
}

static bool is_in(DWORD scope, const netdisc_share *share)
{
    if (scope == RESOURCE_CONNECTED)
        return is_connected(share->state);
    return share->remembered == NETDISC_YES || share->state == NETDISC_STATE_REMEMBERED;
}

/* Takes the list. Shares are disks: of printers there are none. */
static enumeration *make(netdisc_list *list, DWORD scope, DWORD type)
{
    size_t count = netdisc_list_count(list);
    enumeration *it = calloc(1, sizeof *it + count * sizeof it->items[0]);

    if (!it) {
        netdisc_list_free(list);
        return NULL;
    }
    pthread_mutex_init(&it->lock, NULL);
    it->list = list;
    it->scope = scope;
    for (size_t i = 0; i < count; i++) {
        const netdisc_share *share = netdisc_list_share(list, i);

        if (type != RESOURCETYPE_PRINT && is_in(scope, share))
            it->items[it->count++] = share;
    }
    return it;
}

static DWORD open_list(DWORD scope, DWORD type, HANDLE *out)
{
    netdisc_error *err = NULL;
    netdisc_list *list = NULL;
    enumeration *it = NULL;
    DWORD status;
    netdisc *nd = nw_enter(&status);

    if (nd) {
        status = netdisc_share_list(nd, 0, 0, &list, &err);
        nw_leave();
    }
    if (status)
        return nw_wnet_ends(status, err, codes);
    it = make(list, scope, type);
    if (it && nw_handle_open(&it->object, &enumeration_kind, out))
        return NO_ERROR;
    if (it)
        destroy(it);
    return nw_ends(ERROR_NOT_ENOUGH_MEMORY);
}

static DWORD open_enum(DWORD scope, DWORD type, bool has_resource, DWORD resource_usage, HANDLE *out)
{
    bool browses = scope == RESOURCE_GLOBALNET;

    if (!out)
        return nw_ends(ERROR_INVALID_ADDRESS);
    *out = NULL;
    if (!browses && scope != RESOURCE_CONNECTED && scope != RESOURCE_REMEMBERED &&
        scope != RESOURCE_CONTEXT)
        return nw_ends(ERROR_INVALID_PARAMETER);
    if (type & ~(DWORD)(RESOURCETYPE_DISK | RESOURCETYPE_PRINT))
        return nw_ends(ERROR_INVALID_PARAMETER);
    if (has_resource && !browses)
        return nw_ends(ERROR_INVALID_PARAMETER);
    if (has_resource && !(resource_usage & RESOURCEUSAGE_CONTAINER))
        return nw_ends(ERROR_NOT_CONTAINER);
    /* No provider shows what there is beyond the user's own connections. */
    if (browses || scope == RESOURCE_CONTEXT)
        return nw_ends(ERROR_NO_NETWORK);
    return open_list(scope, type, out);
}

DWORD WINAPI WNetOpenEnumA(DWORD dwScope, DWORD dwType, DWORD dwUsage, LPNETRESOURCEA lpNetResource,
                           LPHANDLE lphEnum)
{
    (void)dwUsage; /* counts for what cannot be had here only */
    return open_enum(dwScope, dwType, lpNetResource != NULL, lpNetResource ? lpNetResource->dwUsage : 0,
                     lphEnum);
}

DWORD WINAPI WNetOpenEnumW(DWORD dwScope, DWORD dwType, DWORD dwUsage, LPNETRESOURCEW lpNetResource,
                           LPHANDLE lphEnum)
{
    (void)dwUsage;
    return open_enum(dwScope, dwType, lpNetResource != NULL, lpNetResource ? lpNetResource->dwUsage : 0,
                     lphEnum);
}

/* ---- WNetEnumResource ------------------------------------------------------------------------ */

/* A NETRESOURCE of either kind, which is not written in its place: that need not be aligned. */
typedef struct resource {
    DWORD scope;
    DWORD type;
    DWORD display_type;
    DWORD usage;
    void *local;
    void *remote;
    void *comment;
    void *provider;
} resource;

_Static_assert(sizeof(resource) == sizeof(NETRESOURCEA) && sizeof(resource) == sizeof(NETRESOURCEW) &&
                   offsetof(resource, provider) == offsetof(NETRESOURCEA, lpProvider) &&
                   offsetof(resource, provider) == offsetof(NETRESOURCEW, lpProvider),
               "a NETRESOURCE");

/* The program's buffer: resources from its front, their strings from its end. */
typedef struct packing {
    const nw_form *form;
    char *buffer;
    size_t front;
    size_t end;
} packing;

enum { STRINGS = 4 };

/* Puts a string at the end, where there is room for it. */
static void *put_string(packing *to, const void *text)
{
    size_t size = text ? nw_form_size(to->form, text) : 0;

    if (!text)
        return NULL;
    to->end -= size;
    return memcpy(to->buffer + to->end, text, size);
}

static DWORD put_resource(packing *to, DWORD scope, void *const strings[STRINGS], size_t *needed)
{
    resource made = {
        .scope = scope, .type = RESOURCETYPE_DISK, .display_type = RESOURCEDISPLAYTYPE_SHARE};

    *needed = sizeof made;
    for (size_t i = 0; i < STRINGS; i++)
        *needed += strings[i] ? nw_form_size(to->form, strings[i]) : 0;
    if (to->end - to->front < *needed)
        return ERROR_MORE_DATA;
    made.local = put_string(to, strings[0]);
    made.remote = put_string(to, strings[1]);
    made.comment = put_string(to, strings[2]);
    made.provider = put_string(to, strings[3]);
    memcpy(to->buffer + to->front, &made, sizeof made);
    to->front += sizeof made;
    return NO_ERROR;
}

static DWORD pack(packing *to, DWORD scope, const netdisc_share *share, size_t *needed)
{
    const char *texts[STRINGS] = {share->local, share->remote, "", share->provider};
    void *strings[STRINGS] = {NULL};
    DWORD status = NO_ERROR;

    for (size_t i = 0; i < STRINGS; i++) {
        strings[i] = texts[i] ? to->form->from_utf8(texts[i]) : NULL;
        if (texts[i] && !strings[i])
            status = ERROR_NOT_ENOUGH_MEMORY;
    }
    if (!status)
        status = put_resource(to, scope, strings, needed);
    for (size_t i = 0; i < STRINGS; i++)
        free(strings[i]);
    return status;
}

/* Locked. What fits; the code is that of the first that did not. */
static DWORD fill(enumeration *it, packing *to, LPDWORD count, LPDWORD size)
{
    DWORD status = NO_ERROR, taken = 0;
    size_t needed = 0;

    if (it->next == it->count)
        return ERROR_NO_MORE_ITEMS;
    while (!status && taken < *count && it->next < it->count) {
        status = pack(to, it->scope, it->items[it->next], &needed);
        if (!status) {
            it->next++;
            taken++;
        }
    }
    if (status == ERROR_MORE_DATA && taken == 0)
        *size = (DWORD)needed;
    if (status && taken == 0)
        return status;
    *count = taken;
    return NO_ERROR;
}

static DWORD enum_resource(const nw_form *form, HANDLE handle, LPDWORD count, LPVOID buffer,
                           LPDWORD size)
{
    enumeration *it = nw_handle_use(handle, &enumeration_kind);
    DWORD status = ERROR_INVALID_ADDRESS;

    if (!it)
        return nw_ends(ERROR_INVALID_HANDLE);
    if (count && buffer && size) {
        packing to = {.form = form, .buffer = buffer, .end = *size - *size % form->unit};

        pthread_mutex_lock(&it->lock);
        status = fill(it, &to, count, size);
        pthread_mutex_unlock(&it->lock);
    }
    nw_object_release(it);
    return nw_ends(status);
}

DWORD WINAPI WNetEnumResourceA(HANDLE hEnum, LPDWORD lpcCount, LPVOID lpBuffer, LPDWORD lpBufferSize)
{
    return enum_resource(&nw_form_ansi, hEnum, lpcCount, lpBuffer, lpBufferSize);
}

DWORD WINAPI WNetEnumResourceW(HANDLE hEnum, LPDWORD lpcCount, LPVOID lpBuffer, LPDWORD lpBufferSize)
{
    return enum_resource(&nw_form_wide, hEnum, lpcCount, lpBuffer, lpBufferSize);
}

DWORD WINAPI WNetCloseEnum(HANDLE hEnum)
{
    enumeration *it = nw_handle_close(hEnum, &enumeration_kind);

    if (!it)
        return nw_ends(ERROR_INVALID_HANDLE);
    nw_object_release(it);
    return NO_ERROR;
}
