/* SPDX-License-Identifier: MIT */
/*
 * The provider "wlanapi": WLAN interfaces, by the WLAN AutoConfig service.
 *
 *   wlan.c             opening, the slots, the watch
 *   wlan_service.c     the handle to the service, and what it says when something failed
 *   wlan_news.c        what the service tells of its interfaces, and what it means
 *   wlan_interfaces.c  what there is
 *   wlan_end.c         disconnecting
 *   wlan_connect.c     connecting
 *   wlan_profile.c     the profile to connect with: found, made or changed
 *   wlan_xml.c         the text of a profile
 *   wlan_reasons.c     why a connection could not be made
 */
#ifndef ND_WIN32_WLAN_H
#define ND_WIN32_WLAN_H

#include "watching.h"
#include "win32.h"

#include <string.h>
#include <wlanapi.h>

/* All are as old as wlanapi.dll itself. */
#define ND_WLAN_FUNCTIONS(XX)                                                                           \
    XX(WlanCloseHandle)                                                                                 \
    XX(WlanConnect)                                                                                     \
    XX(WlanDeleteProfile)                                                                               \
    XX(WlanDisconnect)                                                                                  \
    XX(WlanEnumInterfaces)                                                                              \
    XX(WlanFreeMemory)                                                                                  \
    XX(WlanGetAvailableNetworkList)                                                                     \
    XX(WlanGetProfile)                                                                                  \
    XX(WlanGetProfileList)                                                                              \
    XX(WlanOpenHandle)                                                                                  \
    XX(WlanQueryInterface)                                                                              \
    XX(WlanReasonCodeToString)                                                                          \
    XX(WlanRegisterNotification)                                                                        \
    XX(WlanSetProfile)

typedef struct nd_wlan_api {
    ND_WLAN_FUNCTIONS(ND_FUNCTION_MEMBER)
} nd_wlan_api;

typedef struct nd_wlan_session nd_wlan_session;
typedef struct nd_wlan_teller nd_wlan_teller;

/* The provider's state. */
typedef struct nd_wlan {
    const nd_host *host;
    nd_wlan_api call;
    nd_patience patience; /* raised with all news */
    SRWLOCK lock;         /* guards the rest; never held in a call to the service */
    nd_wlan_session *session;
    uint32_t serial; /* of the last session; 0: there was none */
    bool told;       /* it has promised to tell */
    nd_wlan_teller *tellers;
    nd_watching *watching;
} nd_wlan;

/* ---- wlan_service.c ------------------------------------------------------------------------- */

/* A call to the service. It must bear being made twice. */
typedef DWORD nd_wlan_ask(const nd_wlan_api *call, HANDLE handle, void *question);

/* Makes the call by the handle that there is. Where the handle is lost, as after a restart of the service,
 * once more by a new one. */
DWORD nd_wlan_do(nd_wlan *wlan, nd_wlan_ask *ask, void *question);
/* Lets go of the handle. After that nothing is told any more. */
void nd_wlan_hang_up(nd_wlan *wlan);
/* Says why a call failed with this code; gives the status. */
netdisc_status nd_wlan_trouble(nd_trouble *why, DWORD code, const char *format, ...) ND_PRINTF(3, 4);

/* ---- wlan_news.c ---------------------------------------------------------------------------- */

/* What has been told of an interface. Numbers only grow: what counts is whether they have. */
typedef struct nd_wlan_news {
    uint32_t serial;    /* the session: news of another are of another life of the service */
    bool told;          /* there will be news: the service has promised it */
    uint32_t ended;     /* connections that ended */
    uint32_t started;   /* connections that have been begun */
    uint32_t completed; /* connections that have been made, or could not be */
    uint32_t begun;     /* how many had been begun when the last was */
    DWORD reason;       /* why the last could not; 0: it was made */
    bool over;          /* it has ended since */
    WCHAR profile[WLAN_MAX_NAME_LENGTH]; /* with what */
} nd_wlan_news;

/* Up to now, since it was first asked for. False: no memory. */
bool nd_wlan_news_of(nd_wlan *wlan, const GUID *guid, nd_wlan_news *news);
/* What the service calls. */
void nd_wlan_hear(nd_wlan *wlan, const WLAN_NOTIFICATION_DATA *what);
void nd_wlan_forget_news(nd_wlan *wlan);

/* ---- wlan_interfaces.c ---------------------------------------------------------------------- */

/* Where interfaces go. */
typedef struct nd_wlan_sink {
    void *to;
    void (*add)(void *to, const nd_item *item);
    /* What cannot be known of one; may be NULL. */
    void (*lacks)(void *to, netdisc_status status, const nd_trouble *why);
} nd_wlan_sink;

/* All that there are, or those that `target` names unless it is NULL. */
netdisc_status nd_wlan_interfaces(nd_wlan *wlan, const nd_name *target, const nd_wlan_sink *sink,
                                  nd_trouble *why);
/* For a call. */
nd_wlan_sink nd_wlan_sink_of(nd_call *call);

/* How an interface is now. */
typedef struct nd_wlan_condition {
    bool there;
    netdisc_state state;
    bool known; /* the profile and the SSID: of one that is connected, and may be known */
    WCHAR profile[WLAN_MAX_NAME_LENGTH];
    DOT11_SSID ssid;
} nd_wlan_condition;

netdisc_status nd_wlan_look_at(nd_wlan *wlan, const GUID *guid, nd_wlan_condition *condition,
                               nd_trouble *why);
/* For people: what is not UTF-8, and NUL, become U+FFFD. NULL: no memory. */
WCHAR *nd_wlan_ssid_text(const DOT11_SSID *ssid);

static inline bool nd_wlan_same_ssid(const DOT11_SSID *a, const DOT11_SSID *b)
{
    return a->uSSIDLength == b->uSSIDLength && memcmp(a->ucSSID, b->ucSSID, a->uSSIDLength) == 0;
}

/* Of a spec that names a network. */
static inline DOT11_SSID nd_wlan_ssid_of(const netdisc_wlan_spec *spec)
{
    DOT11_SSID ssid = {.uSSIDLength = (ULONG)spec->ssid_length};

    memcpy(ssid.ucSSID, spec->ssid_bytes, spec->ssid_length);
    return ssid;
}

/* ---- wlan_end.c, wlan_connect.c: the slots of these names ----------------------------------- */

void nd_wlan_disconnect(void *state, nd_call *call);
void nd_wlan_connect(void *state, nd_call *call);

/* The time until it is looked again where nothing is told; doubles from the first to the most. */
enum { ND_WLAN_FIRST_MS = 50, ND_WLAN_MOST_MS = 1000 };
static inline DWORD nd_wlan_longer(DWORD ms)
{
    return 2 * ms < ND_WLAN_MOST_MS ? 2 * ms : ND_WLAN_MOST_MS;
}

/* ---- wlan_profile.c ------------------------------------------------------------------------- */

/* The profile to connect with. Zeroed: none yet. */
typedef struct nd_wlan_profile {
    WCHAR name[WLAN_MAX_NAME_LENGTH];
    bool made;     /* for this connection */
    WCHAR *before; /* its text, when its key has been replaced; else NULL */
    DWORD flags;   /* where it is kept */
} nd_wlan_profile;

/* Where it is to be used, and for whom. */
typedef struct nd_wlan_place {
    nd_wlan *wlan;
    const GUID *guid;
    const char *device; /* its name, for messages */
    const nd_request *request;
} nd_wlan_place;

/* The one that the request names, or that knows its network, or a new one; with its passphrase, if any. */
netdisc_status nd_wlan_profile_get(const nd_wlan_place *place, nd_wlan_profile *profile,
                                   nd_trouble *why);
/* It could not be connected: leaves things as they were. */
void nd_wlan_profile_undo(const nd_wlan_place *place, nd_wlan_profile *profile);
void nd_wlan_profile_clear(nd_wlan_profile *profile);

/* ---- wlan_xml.c ----------------------------------------------------------------------------- */

typedef struct nd_wlan_security {
    const WCHAR *authentication;
    const WCHAR *encryption;
} nd_wlan_security;

/* Whether it can be the key of a network: 8 to 63 characters of ASCII, or 64 hexadecimal digits. */
bool nd_wlan_can_be_key(const char *key);
/* A profile, to be freed with nd_wide_wipe(). `key` NULL: without. NULL: no memory. */
WCHAR *nd_wlan_xml_new(const WCHAR *name, const DOT11_SSID *ssid, const nd_wlan_security *security,
                       const char *key);
/* The same with another key; of one that takes a key. */
WCHAR *nd_wlan_xml_with_key(const WCHAR *xml, const char *key);
bool nd_wlan_xml_takes_key(const WCHAR *xml);
bool nd_wlan_xml_is_for(const WCHAR *xml, const DOT11_SSID *ssid);

/* ---- wlan_reasons.c ------------------------------------------------------------------------- */

/* The reasons of a connection that say nothing where an attempt has one: it has been seen to fail in
 * reach of the network. */
#define ND_WLAN_REASON_UNKNOWN       0x10001
#define ND_WLAN_REASON_NOT_AVAILABLE 0x2800b

/* Says why by a reason of the service's; its text is the message's end, and its number the native code of
 * the domain "wlan". Gives the status. */
netdisc_status nd_wlan_reason_trouble(const nd_wlan *wlan, nd_trouble *why, DWORD reason,
                                      const char *format, ...) ND_PRINTF(4, 5);

#endif
