/* SPDX-License-Identifier: MIT */
/*
 * The handle to the service: one, which all slots use. When it is lost the next call opens another, and the
 * last who is still in a call with the old one closes that.
 */
#include "wlan.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLIENT_VERSION = 2, SOURCES = WLAN_NOTIFICATION_SOURCE_ACM | WLAN_NOTIFICATION_SOURCE_MSM };

/* ERROR_NDIS_DOT11_POWER_STATE_INVALID, which is not in every winerror.h. */
#define RADIO_IS_OFF 0x80342002

struct nd_wlan_session {
    HANDLE handle;
    uint32_t serial;
    size_t users;  /* those in a call, and the provider's state while it is the present one */
    SRWLOCK lock;  /* guards what follows */
    nd_wlan *wlan; /* whom to tell; NULL: nobody any more */
};

static void CALLBACK hear(PWLAN_NOTIFICATION_DATA what, PVOID context)
{
    nd_wlan_session *session = context;

    AcquireSRWLockShared(&session->lock);
    if (session->wlan && what)
        nd_wlan_hear(session->wlan, what);
    ReleaseSRWLockShared(&session->lock);
}

/* ---- Opening and closing -------------------------------------------------------------------- */

/* The service waits for a callback that is under way before it closes a handle. Where it could not close,
 * one may still come: the session is left to it, for good. */
static void close_session(const nd_wlan_api *call, nd_wlan_session *session)
{
    DWORD code = call->WlanCloseHandle(session->handle, NULL);

    AcquireSRWLockExclusive(&session->lock);
    session->wlan = NULL;
    ReleaseSRWLockExclusive(&session->lock);
    if (!code)
        free(session);
}

static DWORD open_session(nd_wlan *wlan, nd_wlan_session **out)
{
    nd_wlan_session *session = calloc(1, sizeof *session);
    DWORD version;

    if (!session)
        return ERROR_NOT_ENOUGH_MEMORY;
    InitializeSRWLock(&session->lock);
    session->wlan = wlan;
    session->users = 1;

    DWORD code = wlan->call.WlanOpenHandle(CLIENT_VERSION, NULL, &version, &session->handle);

    if (code)
        free(session);
    else
        *out = session;
    return code;
}

/* Without notifications it is asked again and again. */
static bool ask_to_be_told(nd_wlan *wlan, nd_wlan_session *session)
{
    return wlan->call.WlanRegisterNotification(session->handle, SOURCES, FALSE, hear, session, NULL,
                                               NULL) == ERROR_SUCCESS;
}

/* ---- Sharing it ----------------------------------------------------------------------------- */

static nd_wlan_session *present_session(nd_wlan *wlan)
{
    AcquireSRWLockExclusive(&wlan->lock);
    nd_wlan_session *session = wlan->session;

    if (session)
        session->users++;
    ReleaseSRWLockExclusive(&wlan->lock);
    return session;
}

static void leave(nd_wlan *wlan, nd_wlan_session *session)
{
    AcquireSRWLockExclusive(&wlan->lock);
    bool last = --session->users == 0;
    ReleaseSRWLockExclusive(&wlan->lock);

    if (last)
        close_session(&wlan->call, session);
}

/* Makes it the present one, unless another thread was faster. */
static nd_wlan_session *install(nd_wlan *wlan, nd_wlan_session *made, bool is_told)
{
    AcquireSRWLockExclusive(&wlan->lock);
    bool first = !wlan->session;

    if (first) {
        wlan->session = made;
        wlan->told = is_told;
        made->serial = ++wlan->serial;
    }
    wlan->session->users++;
    nd_wlan_session *session = wlan->session;
    ReleaseSRWLockExclusive(&wlan->lock);

    if (!first)
        close_session(&wlan->call, made);
    return session;
}

static DWORD enter(nd_wlan *wlan, nd_wlan_session **session)
{
    nd_wlan_session *made = NULL;

    *session = present_session(wlan);
    if (*session)
        return ERROR_SUCCESS;

    DWORD code = open_session(wlan, &made);

    if (!code)
        *session = install(wlan, made, ask_to_be_told(wlan, made));
    return code;
}

/* It is not to be used any more. */
static void drop(nd_wlan *wlan, nd_wlan_session *session)
{
    AcquireSRWLockExclusive(&wlan->lock);
    bool present = session && wlan->session == session;

    if (present)
        wlan->session = NULL;
    ReleaseSRWLockExclusive(&wlan->lock);

    if (present)
        leave(wlan, session);
}

void nd_wlan_hang_up(nd_wlan *wlan)
{
    drop(wlan, wlan->session);
}

/* ---- Calling -------------------------------------------------------------------------------- */

/* What says that the handle is of no more use, though the service may be. */
static bool is_lost(DWORD code)
{
    static const DWORD lost[] = {
        ERROR_INVALID_HANDLE,     ERROR_SERVICE_NOT_ACTIVE, RPC_S_INVALID_BINDING,
        RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED,        RPC_S_CALL_FAILED_DNE,
        RPC_S_UNKNOWN_IF,         RPC_S_COMM_FAILURE,       EPT_S_NOT_REGISTERED,
        RPC_X_SS_IN_NULL_CONTEXT, RPC_X_SS_CONTEXT_DAMAGED,
    };

    for (size_t i = 0; i < ND_COUNT(lost); i++)
        if (code == lost[i])
            return true;
    return false;
}

DWORD nd_wlan_do(nd_wlan *wlan, nd_wlan_ask *ask, void *question)
{
    DWORD code = ERROR_SUCCESS;

    for (int tries = 0; tries < 2; tries++) {
        nd_wlan_session *session;

        code = enter(wlan, &session);
        if (code)
            return code;
        code = ask(&wlan->call, session->handle, question);
        if (is_lost(code))
            drop(wlan, session);
        leave(wlan, session);
        if (!is_lost(code))
            return code;
    }
    return code;
}

/* ---- What it says --------------------------------------------------------------------------- */

netdisc_status nd_wlan_trouble(nd_trouble *why, DWORD code, const char *format, ...)
{
    char about[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(about, sizeof about, format, arguments);
    va_end(arguments);
    switch (code) {
    case ERROR_SERVICE_DOES_NOT_EXIST:
        return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                              "the WLAN AutoConfig service (WlanSvc) is not installed");
    case ERROR_SERVICE_NOT_ACTIVE:
    case ERROR_SERVICE_DISABLED:
        return nd_trouble_win32(why, NETDISC_ERROR_SERVICE_NOT_ACTIVE, code,
                                "%s: the WLAN AutoConfig service (WlanSvc) is not running", about);
    case ERROR_ACCESS_DENIED:
        return nd_trouble_win32(
            why, 0, code,
            "%s: perhaps the right to execute a profile of all users is missing, or, "
            "on Windows 11, the permission to know the location (Settings, Privacy "
            "& security, Location)",
            about);
    case RADIO_IS_OFF:
        return nd_trouble_win32(why, NETDISC_ERROR_NOT_READY, code, "%s: its radio is switched off",
                                about);
    default:
        return nd_trouble_win32(why, 0, code, "%s", about);
    }
}
