/* SPDX-License-Identifier: MIT */
/*
 * That a share is connected or disconnected Windows tells to windows, and to nobody where it has no letter.
 * What it tells to whoever asks is that a mapping is remembered or forgotten, and that the network has changed;
 * for the rest it is looked now and then.
 */
#include "address_changes.h"
#include "mpr.h"

#include <stdlib.h>

enum { PERIOD_MS = 2000 };

struct nd_mpr_sources {
    nd_address_changes *addresses; /* NULL: they are not told of */
    HANDLE profile_event;          /* NULL: could not be made */
    HKEY profile;                  /* NULL: nothing is remembered yet */
    bool profile_asked;            /* to be told of the next change */
};

/* What is remembered; the key is made by Windows with the first mapping. */
static bool ask_for_profile(nd_mpr_sources *from)
{
    const DWORD changes = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET;

    if (!from->profile && RegOpenKeyExW(HKEY_CURRENT_USER, L"Network", 0, KEY_NOTIFY, &from->profile)) {
        from->profile = NULL;
        return false;
    }
    if (!RegNotifyChangeKeyValue(from->profile, TRUE, changes, from->profile_event, TRUE))
        return true;
    RegCloseKey(from->profile);
    from->profile = NULL;
    return false;
}

static size_t begin(void *state, HANDLE events[ND_WATCH_EVENTS])
{
    nd_mpr *mpr = state;
    nd_mpr_sources *from = calloc(1, sizeof *from);
    size_t count = 0;

    mpr->sources = from;
    if (!from)
        return 0;
    from->profile_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    from->addresses = nd_address_changes_new();
    if (from->profile_event)
        events[count++] = from->profile_event;
    if (from->addresses)
        events[count++] = nd_address_changes_event(from->addresses);
    return count;
}

/* Each tells of one change. */
static void arm(void *state, const HANDLE *events, size_t count)
{
    nd_mpr_sources *from = ((nd_mpr *)state)->sources;

    (void)events;
    (void)count;
    if (!from)
        return;
    nd_address_changes_ask(from->addresses);
    if (!from->profile_event ||
        (from->profile_asked && WaitForSingleObject(from->profile_event, 0) != WAIT_OBJECT_0))
        return;
    ResetEvent(from->profile_event);
    from->profile_asked = ask_for_profile(from);
}

static netdisc_status look(void *state, nd_picture *picture, nd_trouble *why)
{
    return nd_mpr_shares(state, NULL, NULL, nd_picture_take, picture, why);
}

static void end(void *state, const HANDLE *events, size_t count)
{
    nd_mpr *mpr = state;
    nd_mpr_sources *from = mpr->sources;

    (void)events;
    (void)count;
    mpr->sources = NULL;
    if (!from)
        return;
    nd_address_changes_free(from->addresses);
    if (from->profile)
        RegCloseKey(from->profile);
    if (from->profile_event)
        CloseHandle(from->profile_event);
    free(from);
}

const nd_look nd_mpr_look = {
    .sort = ND_SORT_SHARE,
    .period_ms = PERIOD_MS,
    .begin = begin,
    .arm = arm,
    .look = look,
    .end = end,
};
