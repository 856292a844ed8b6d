/* SPDX-License-Identifier: MIT */
/*
 * A wlanapi.dll with interfaces, networks and profiles of its own, and a service that can be stopped,
 * started anew, slow, deaf or stuck. The test has the same DLL as the library, and finds in it `wlan_double_state`.
 *
 * What the service does takes `delay_ms`, on a thread of its own, which then tells it to all who asked to be
 * told; WlanCloseHandle() waits for them, as Windows' does.
 *
 * Where the environment variable NETDISC_TEST_WLAN is set, there is an interface from the beginning, and a profile
 * "lab" for the one network "labnet".
 */
#ifndef DOUBLE_WLANAPI_H
#define DOUBLE_WLANAPI_H

#include <stdbool.h>

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <wlanapi.h>

typedef enum wlan_function {
    WLAN_OPEN,
    WLAN_CLOSE,
    WLAN_ENUM,
    WLAN_QUERY,
    WLAN_REGISTER,
    WLAN_DISCONNECT,
    WLAN_CONNECT,
    WLAN_LIST_PROFILES,
    WLAN_GET_PROFILE,
    WLAN_SET_PROFILE,
    WLAN_DELETE_PROFILE,
    WLAN_LIST_NETWORKS,
    WLAN_REASON,
    WLAN_COUNT
} wlan_function;

enum { WLAN_INTERFACES = 4, WLAN_NETWORKS = 4, WLAN_PROFILES = 8, WLAN_HANDLES = 4096, WLAN_XML = 4096 };

typedef struct wlan_interface {
    GUID guid;
    WCHAR description[WLAN_MAX_NAME_LENGTH];
    WLAN_INTERFACE_STATE state;
    WCHAR profile[WLAN_MAX_NAME_LENGTH];
    DOT11_SSID ssid;
    DOT11_MAC_ADDRESS bssid;
    WLAN_SIGNAL_QUALITY signal;
} wlan_interface;

/* In the air. */
typedef struct wlan_network {
    DOT11_SSID ssid;
    DWORD algorithm;
    DWORD cipher;
    bool secured;
    WCHAR key[65];
} wlan_network;

typedef struct wlan_profile {
    WCHAR name[WLAN_MAX_NAME_LENGTH];
    DWORD flags;
    WCHAR xml[WLAN_XML]; /* with the key encrypted, of a kind */
    WCHAR key[65];
} wlan_profile;

typedef struct wlan_double {
    CRITICAL_SECTION lock; /* for all that follows */

    wlan_interface interfaces[WLAN_INTERFACES];
    DWORD interface_count;
    wlan_network networks[WLAN_NETWORKS];
    DWORD network_count;
    wlan_profile profiles[WLAN_PROFILES];
    DWORD profile_count;

    DWORD fails[WLAN_COUNT];    /* what a function answers, unless 0 */
    int fail_count[WLAN_COUNT]; /* for how many calls; 0: all */
    bool hangs[WLAN_COUNT];     /* until `release` is set */
    HANDLE release;
    DWORD delay_ms;
    DWORD slow_ms;        /* a callback that has begun takes so long */
    DWORD claims;         /* how many interfaces its list has, unless 0 */
    bool stopped;         /* the service is */
    bool deaf;            /* it accepts a request, and does nothing */
    bool slow_to_show;    /* what has been begun is not seen until it is done */
    bool comes_back;      /* after a disconnect it connects by itself, to the same network */
    DWORD connect_reason; /* why connecting fails; 0: by itself */
    DWORD vague;          /* what a connection that failed says when its attempts have the reason */
    bool short_answer;    /* it says less of a connection than it should */
    bool mute;            /* it promises to tell, and does not */
    bool discreet;        /* it does not tell of which profile it tells */
    DWORD set_reason;     /* why a profile is not accepted */

    unsigned calls[WLAN_COUNT];
    unsigned stuck;        /* calls that hang */
    unsigned handles_open; /* of the present life of the service */
    unsigned notified;     /* callbacks that have been called */
    unsigned late;         /* callbacks called for a handle that is closed: none, ever */
    int memory_out;
    WCHAR set_xml[WLAN_XML]; /* as it was given last */
    DWORD set_flags;
    WCHAR connected_profile[WLAN_MAX_NAME_LENGTH]; /* of the last WlanConnect() */
    GUID disconnected_guid;                        /* of the last WlanDisconnect() */

    void (*reset)(void);   /* as when it was loaded; waits for what is under way */
    void (*restart)(void); /* handles that are open are void from now on */
    void (*tell)(DWORD index, DWORD code, DWORD reason);        /* a notification of the ACM, now */
    void (*tell_msm)(DWORD index, DWORD code);                  /* one of the MSM */
    void (*set_state)(DWORD index, WLAN_INTERFACE_STATE state); /* and tells it */
    void (*add_profile)(const WCHAR *name, const WCHAR *ssid, const WCHAR *key);
} wlan_double;

#endif
