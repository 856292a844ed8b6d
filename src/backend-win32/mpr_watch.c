/* SPDX-License-Identifier: MIT */
/*
 * That a share is connected or disconnected Windows tells to windows, and to nobody where it has no letter.
 * What it tells to whoever asks is that a mapping is remembered or forgotten, and that the network has changed;
 * for the rest it is looked now and then.
 */
#include "mpr.h"

#include <iphlpapi.h>
#include <stdlib.h>

#define IP_FUNCTIONS(XX)                                                                                \
    XX(CancelIPChangeNotify)                                                                            \
    XX(NotifyAddrChange)

enum { PERIOD_MS = 2000, CANCEL_MS = 500 };

enum { PROFILE, NETWORK, SOURCES };

struct nd_mpr_sources {
    struct {
        IP_FUNCTIONS(ND_FUNCTION_MEMBER)
    } ip;
    bool has_ip;
    bool armed[SOURCES];
    HKEY profile; /* NULL: nothing is remembered yet */
    OVERLAPPED network;
};

static const char *const names[] = {IP_FUNCTIONS(ND_FUNCTION_NAME)};
static const nd_library library = ND_LIBRARY("iphlpapi.dll", names);

/* What is remembered; the key is made by Windows with the first mapping. */
static bool arm_profile(nd_mpr_sources *from, HANDLE event)
{
    const DWORD changes = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET;

    if (!from->profile && RegOpenKeyExW(HKEY_CURRENT_USER, L"Network", 0, KEY_NOTIFY, &from->profile)) {
        from->profile = NULL;
        return false;
    }
    if (!RegNotifyChangeKeyValue(from->profile, TRUE, changes, event, TRUE))
        return true;
    RegCloseKey(from->profile);
    from->profile = NULL;
    return false;
}

static bool arm_network(nd_mpr_sources *from, HANDLE event)
{
    HANDLE unused;

    if (!from->has_ip)
        return false;
    from->network = (OVERLAPPED){.hEvent = event};
    return from->ip.NotifyAddrChange(&unused, &from->network) == ERROR_IO_PENDING;
}

static bool (*const arm_source[])(nd_mpr_sources *from, HANDLE event) = {
    [PROFILE] = arm_profile,
    [NETWORK] = arm_network,
};

static size_t begin(void *state, HANDLE events[ND_WATCH_EVENTS])
{
    nd_mpr *mpr = state;
    nd_failure unused = {0};
    size_t count = 0;

    mpr->sources = calloc(1, sizeof *mpr->sources);
    if (!mpr->sources)
        return 0;
    mpr->sources->has_ip =
        !nd_library_load(&library, &mpr->sources->ip, sizeof mpr->sources->ip, &unused);
    while (count < SOURCES && (events[count] = CreateEventW(NULL, TRUE, FALSE, NULL)) != NULL)
        count++;
    return count;
}

/* Each tells of one change. */
static void arm(void *state, const HANDLE *events, size_t count)
{
    nd_mpr_sources *from = ((nd_mpr *)state)->sources;

    for (size_t i = 0; i < count; i++) {
        if (from->armed[i] && WaitForSingleObject(events[i], 0) != WAIT_OBJECT_0)
            continue;
        ResetEvent(events[i]);
        from->armed[i] = arm_source[i](from, events[i]);
    }
}

static void put(void *picture, const nd_item *item)
{
    nd_picture_add(picture, item);
}

static netdisc_status look(void *state, nd_picture *picture, nd_trouble *why)
{
    return nd_mpr_shares(state, NULL, NULL, put, picture, why);
}

/* The system may write there until it has told of the end of it. False: it has not, and what it may write to
 * is to be left to it. */
static bool disarm_network(nd_mpr_sources *from, HANDLE event)
{
    if (!from->armed[NETWORK] || WaitForSingleObject(event, 0) == WAIT_OBJECT_0)
        return true;
    return from->ip.CancelIPChangeNotify(&from->network) &&
           WaitForSingleObject(event, CANCEL_MS) == WAIT_OBJECT_0;
}

static void end(void *state, const HANDLE *events, size_t count)
{
    nd_mpr *mpr = state;
    nd_mpr_sources *from = mpr->sources;
    bool is_over = count <= NETWORK || disarm_network(from, events[NETWORK]);

    mpr->sources = NULL;
    if (!from)
        return;
    if (from->profile)
        RegCloseKey(from->profile);
    for (size_t i = 0; i < count; i++)
        if (i != NETWORK || is_over)
            CloseHandle(events[i]);
    if (is_over)
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
