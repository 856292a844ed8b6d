/* SPDX-License-Identifier: MIT */
#include "wlan.h"

#include <stdlib.h>
#include <string.h>

/* Of an interface that has been asked after. */
struct nd_wlan_teller {
    nd_wlan_teller *next;
    GUID guid;
    nd_wlan_news news;
    DWORD attempt; /* why the last attempt of the present connection failed */
};

/* Of the media specific module; not in every wlanapi.h. The last are of no interest. */
enum { MSM_SIGNAL_QUALITY_CHANGE = 8, MSM_COUNT = 12 };

static nd_wlan_teller *find(const nd_wlan *wlan, const GUID *guid)
{
    nd_wlan_teller *teller = wlan->tellers;

    while (teller && memcmp(&teller->guid, guid, sizeof *guid) != 0)
        teller = teller->next;
    return teller;
}

static nd_wlan_teller *find_or_make(nd_wlan *wlan, const GUID *guid)
{
    nd_wlan_teller *teller = find(wlan, guid);

    if (teller)
        return teller;
    teller = calloc(1, sizeof *teller);
    if (!teller)
        return NULL;
    teller->guid = *guid;
    teller->next = wlan->tellers;
    wlan->tellers = teller;
    return teller;
}

bool nd_wlan_news_of(nd_wlan *wlan, const GUID *guid, nd_wlan_news *news)
{
    AcquireSRWLockExclusive(&wlan->lock);
    const nd_wlan_teller *teller = find_or_make(wlan, guid);

    if (teller) {
        *news = teller->news;
        news->serial = wlan->serial;
        news->told = wlan->told;
    }
    ReleaseSRWLockExclusive(&wlan->lock);
    return teller != NULL;
}

void nd_wlan_forget_news(nd_wlan *wlan)
{
    while (wlan->tellers) {
        nd_wlan_teller *teller = wlan->tellers;

        wlan->tellers = teller->next;
        free(teller);
    }
}

/* ---- Hearing -------------------------------------------------------------------------------- */

/* What comes with news of a connection; NULL: nothing that can be read. */
static const WLAN_CONNECTION_NOTIFICATION_DATA *details(const WLAN_NOTIFICATION_DATA *what)
{
    return what->dwDataSize >= offsetof(WLAN_CONNECTION_NOTIFICATION_DATA, strProfileXml) ? what->pData
                                                                                          : NULL;
}

/* A connection that fails has a reason, be it that of its last attempt. */
static DWORD reason_of(const nd_wlan_teller *teller, DWORD reason)
{
    bool vague = reason == ND_WLAN_REASON_UNKNOWN || reason == ND_WLAN_REASON_NOT_AVAILABLE;

    return vague && teller->attempt ? teller->attempt : reason;
}

static void complete(nd_wlan_teller *teller, const WLAN_CONNECTION_NOTIFICATION_DATA *it)
{
    if (!it)
        return;
    teller->news.completed++;
    teller->news.begun = teller->news.started;
    teller->news.over = false;
    teller->news.reason = reason_of(teller, it->wlanReasonCode);
    memcpy(teller->news.profile, it->strProfileName, sizeof teller->news.profile);
    teller->news.profile[ND_COUNT(teller->news.profile) - 1] = L'\0';
}

static void note(nd_wlan_teller *teller, const WLAN_NOTIFICATION_DATA *what)
{
    const WLAN_CONNECTION_NOTIFICATION_DATA *it = details(what);

    switch (what->NotificationCode) {
    case wlan_notification_acm_connection_start:
        teller->news.started++;
        teller->attempt = 0;
        break;
    case wlan_notification_acm_connection_attempt_fail:
        teller->attempt = it ? it->wlanReasonCode : 0;
        break;
    case wlan_notification_acm_connection_complete:
        complete(teller, it);
        break;
    case wlan_notification_acm_disconnected:
        teller->news.ended++;
        teller->news.over = true;
        break;
    default:
        break;
    }
}

static bool is_of_interest(const WLAN_NOTIFICATION_DATA *what)
{
    if (what->NotificationSource == WLAN_NOTIFICATION_SOURCE_ACM)
        return true;
    return what->NotificationSource == WLAN_NOTIFICATION_SOURCE_MSM &&
           what->NotificationCode < MSM_COUNT && what->NotificationCode != MSM_SIGNAL_QUALITY_CHANGE;
}

void nd_wlan_hear(nd_wlan *wlan, const WLAN_NOTIFICATION_DATA *what)
{
    if (!is_of_interest(what))
        return;

    AcquireSRWLockExclusive(&wlan->lock);
    nd_wlan_teller *teller = find(wlan, &what->InterfaceGuid);

    if (teller && what->NotificationSource == WLAN_NOTIFICATION_SOURCE_ACM)
        note(teller, what);
    nd_watching_poke(wlan->watching);
    ReleaseSRWLockExclusive(&wlan->lock);
    nd_patience_raise(&wlan->patience);
}
