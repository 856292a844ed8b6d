/* SPDX-License-Identifier: MIT */
/* Clients of WlanRegisterNotification, for tests: what they are told, one after the other. */
#ifndef COMPAT_WLAN_H
#define COMPAT_WLAN_H

#include "compat_world.h"

#include <pthread.h>
#include <time.h>

#include "wlanapi.h"

/* Shorter names. */
enum {
    ACM = WLAN_NOTIFICATION_SOURCE_ACM,
    START = wlan_notification_acm_connection_start,
    FAIL = wlan_notification_acm_connection_attempt_fail,
    COMPLETE = wlan_notification_acm_connection_complete,
    LEAVE = wlan_notification_acm_disconnecting,
    LEFT = wlan_notification_acm_disconnected,
    ARRIVAL = wlan_notification_acm_interface_arrival,
    REMOVAL = wlan_notification_acm_interface_removal
};

enum { WAIT_S = 20, TOLD_MAX = 64 };

/* ---- Who is told ----------------------------------------------------------------------------- */

typedef struct told_one {
    WLAN_NOTIFICATION_DATA what;
    WLAN_CONNECTION_NOTIFICATION_DATA network;
    pthread_t thread;
} told_one;

/* A client, and what its callback has been told. */
typedef struct ear {
    HANDLE handle;
    const GUID *guid;               /* of the interface that all is about */
    void (*then)(struct ear *self); /* called in the callback; may be NULL */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t count;
    size_t read;
    bool held; /* the callback waits while it is */
    bool inside;
    told_one told[TOLD_MAX];
} ear;

#define AN_EAR(of)                                                                                      \
    {                                                                                                   \
        .guid = &(of), .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER           \
    }

static inline struct timespec deadline(void)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += WAIT_S;
    return at;
}

/* Locked. */
static inline void take(ear *self, const WLAN_NOTIFICATION_DATA *what)
{
    told_one *at = &self->told[self->count++];

    if (self->count == TOLD_MAX)
        abort();
    at->what = *what;
    at->thread = pthread_self();
    if (what->dwDataSize == sizeof at->network)
        at->network = *(const WLAN_CONNECTION_NOTIFICATION_DATA *)what->pData;
}

static inline VOID WINAPI hear(PWLAN_NOTIFICATION_DATA what, PVOID context)
{
    ear *self = context;

    pthread_mutex_lock(&self->lock);
    take(self, what);
    self->inside = true;
    pthread_cond_broadcast(&self->changed);
    while (self->held)
        pthread_cond_wait(&self->changed, &self->lock);
    pthread_mutex_unlock(&self->lock);
    if (self->then)
        self->then(self);
    pthread_mutex_lock(&self->lock);
    self->inside = false;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

static inline void set_held(ear *self, bool held)
{
    pthread_mutex_lock(&self->lock);
    self->held = held;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

/* What is told next; NULL: nothing, in a long time. */
static inline const told_one *next(ear *self)
{
    struct timespec until = deadline();
    const told_one *at = NULL;
    int error = 0;

    pthread_mutex_lock(&self->lock);
    while (self->read == self->count && !error)
        error = pthread_cond_timedwait(&self->changed, &self->lock, &until);
    if (self->read < self->count)
        at = &self->told[self->read++];
    pthread_mutex_unlock(&self->lock);
    return at;
}

static inline const told_one *expect(ear *self, DWORD code)
{
    const told_one *at = next(self);

    if (!at)
        fail_msg("nothing was told where %u was expected", (unsigned)code);
    assert_int_equal(at->what.NotificationCode, code);
    assert_int_equal(at->what.NotificationSource, ACM);
    assert_memory_equal(&at->what.InterfaceGuid, self->guid, sizeof *self->guid);
    return at;
}

static inline const WLAN_CONNECTION_NOTIFICATION_DATA *expect_network(ear *self, DWORD code,
                                                                      WLAN_REASON_CODE reason)
{
    const told_one *at = expect(self, code);

    assert_int_equal(at->what.dwDataSize, sizeof at->network);
    assert_int_equal(at->network.wlanReasonCode, reason);
    return &at->network;
}

static inline void expect_interface(ear *self, DWORD code)
{
    const told_one *at = expect(self, code);

    assert_int_equal(at->what.dwDataSize, 0);
    assert_null(at->what.pData);
}

/* Its callback has returned. */
static inline void expect_outside(ear *self)
{
    struct timespec until = deadline();
    int error = 0;

    pthread_mutex_lock(&self->lock);
    while (self->inside && !error)
        error = pthread_cond_timedwait(&self->changed, &self->lock, &until);
    pthread_mutex_unlock(&self->lock);
    assert_int_equal(error, 0);
}

static inline size_t count_of(ear *self)
{
    pthread_mutex_lock(&self->lock);
    size_t count = self->count;
    pthread_mutex_unlock(&self->lock);
    return count;
}

/* ---- Short forms ----------------------------------------------------------------------------- */

static inline HANDLE open_handle(void)
{
    HANDLE handle = NULL;
    DWORD version = 0;

    assert_ends(WlanOpenHandle(2, NULL, &version, &handle), NO_ERROR);
    return handle;
}

static inline DWORD listen_to(ear *self, DWORD sources)
{
    return WlanRegisterNotification(self->handle, sources, FALSE, sources ? hear : NULL, self, NULL,
                                    NULL);
}

static inline void open_ear(ear *self)
{
    self->handle = open_handle();
    assert_ends(listen_to(self, ACM), NO_ERROR);
}

static inline void close_ear(ear *self)
{
    assert_ends(WlanCloseHandle(self->handle, NULL), NO_ERROR);
}

static inline WLAN_INTERFACE_STATE state_of(HANDLE handle, const GUID *guid)
{
    WLAN_INTERFACE_STATE *state = NULL;
    WLAN_INTERFACE_STATE value;
    DWORD size = 0;

    assert_ends(WlanQueryInterface(handle, guid, wlan_intf_opcode_interface_state, NULL, &size,
                                   (void **)&state, NULL),
                NO_ERROR);
    assert_int_equal(size, sizeof *state);
    value = *state;
    WlanFreeMemory(state);
    return value;
}

static inline WLAN_CONNECTION_PARAMETERS by_profile(const WCHAR *profile)
{
    return (WLAN_CONNECTION_PARAMETERS){
        .wlanConnectionMode = wlan_connection_mode_profile,
        .strProfile = profile,
        .dot11BssType = dot11_BSS_type_infrastructure,
    };
}

#endif
