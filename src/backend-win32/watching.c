/* SPDX-License-Identifier: MIT */
#include "watching.h"

#include <process.h>
#include <stdlib.h>

struct nd_watching {
    const nd_host *host;
    const nd_look *look;
    void *state;
    HANDLE wake;   /* set to have the thread look at the rest */
    HANDLE thread; /* NULL: not started; by the slot, of which one runs at a time */
    volatile LONG ended;
    volatile LONG wanted;
    volatile LONG again; /* a watch has come since */
};

enum { WAKE, EVENTS };

typedef struct waiting {
    HANDLE handles[EVENTS + ND_WATCH_EVENTS];
    DWORD count;
} waiting;

static bool is_set(volatile LONG *flag)
{
    return InterlockedCompareExchange(flag, 0, 0) != 0;
}

/* ---- The thread ----------------------------------------------------------------------------- */

static uint32_t kind_of(nd_sort sort)
{
    static const uint32_t kinds[] = {
        [ND_SORT_SHARE] = NETDISC_SHARE,
        [ND_SORT_WLAN] = NETDISC_WLAN,
        [ND_SORT_CONNECTION] = NETDISC_CONNECTION,
    };

    return kinds[sort];
}

static void lose(const nd_watching *watching, const char *reason)
{
    nd_emit(watching->host, &(nd_event){
                                .type = NETDISC_EVENT_LOST,
                                .kinds = kind_of(watching->look->sort),
                                .status = NETDISC_ERROR_NOT_ENOUGH_MEMORY,
                                .reason = reason,
                            });
}

static void look_and_wait(nd_watching *watching, const waiting *wait, nd_picture *picture)
{
    const nd_look *look = watching->look;
    nd_trouble why = {0};

    if (look->arm)
        look->arm(watching->state, wait->handles + EVENTS, wait->count - EVENTS);

    bool again = InterlockedExchange(&watching->again, 0) != 0;
    netdisc_status status = look->look(watching->state, picture, &why);

    if (status)
        nd_picture_lost(picture, status, *why.message ? why.message : netdisc_status_text(status));
    else
        nd_picture_done(picture);
    if (again && !status)
        nd_picture_again(picture);
    WaitForMultipleObjects(wait->count, wait->handles, FALSE, look->period_ms);
}

/* For as long as somebody wants to know. */
static void watch(nd_watching *watching)
{
    const nd_look *look = watching->look;
    waiting wait = {.handles = {watching->wake}, .count = EVENTS};
    nd_picture *picture = nd_picture_new(watching->host, look->sort);

    if (!picture) {
        lose(watching, "not enough memory to watch");
        WaitForSingleObject(watching->wake, look->period_ms);
        return;
    }
    /* The first READY of the new picture is for those that are here. */
    InterlockedExchange(&watching->again, 0);
    if (look->begin)
        wait.count += (DWORD)look->begin(watching->state, wait.handles + EVENTS);
    while (is_set(&watching->wanted) && !is_set(&watching->ended))
        look_and_wait(watching, &wait, picture);
    if (look->end)
        look->end(watching->state, wait.handles + EVENTS, wait.count - EVENTS);
    nd_picture_free(picture);
}

static unsigned __stdcall run(void *data)
{
    nd_watching *watching = data;

    while (!is_set(&watching->ended)) {
        if (is_set(&watching->wanted))
            watch(watching);
        else
            WaitForSingleObject(watching->wake, INFINITE);
    }
    return 0;
}

/* ---- From outside --------------------------------------------------------------------------- */

nd_watching *nd_watching_new(const nd_host *host, const nd_look *look, void *state)
{
    nd_watching *watching = calloc(1, sizeof *watching);

    if (!watching)
        return NULL;
    watching->host = host;
    watching->look = look;
    watching->state = state;
    watching->wake = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!watching->wake) {
        free(watching);
        return NULL;
    }
    return watching;
}

void nd_watching_set(nd_watching *watching, bool wanted)
{
    if (wanted && !watching->thread) {
        watching->thread = (HANDLE)_beginthreadex(NULL, 0, run, watching, 0, NULL);
        if (!watching->thread) {
            lose(watching, "no thread can be had to watch");
            return;
        }
    }
    if (wanted)
        InterlockedExchange(&watching->again, 1);
    InterlockedExchange(&watching->wanted, wanted);
    SetEvent(watching->wake);
}

void nd_watching_poke(nd_watching *watching)
{
    if (watching)
        SetEvent(watching->wake);
}

void nd_watching_free(nd_watching *watching)
{
    if (!watching)
        return;
    InterlockedExchange(&watching->ended, 1);
    SetEvent(watching->wake);
    if (watching->thread) {
        WaitForSingleObject(watching->thread, INFINITE);
        CloseHandle(watching->thread);
    }
    CloseHandle(watching->wake);
    free(watching);
}
