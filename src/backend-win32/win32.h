/* SPDX-License-Identifier: MIT */
/*
 * The backend "win32": all three kinds, through the documented interfaces of Windows.
 *
 *   backend.c     the four providers
 *   mpr.c         "mpr": shares, as the system's network providers have them; mpr.h lists its files
 *   wlan.c        "wlanapi": WLAN interfaces; wlan.h lists its files
 *   netcon.c      "netcon": the connections of the Network Connections folder; nd_netcon.h lists its files
 *   ras.c         "ras": dial-up and VPN connections of the phone books; nd_ras.h lists its files
 *   library.c     the system's DLLs, loaded when they are first needed
 *   text.c        UTF-8 and UTF-16, GUIDs
 *   errors.c      Windows' errors as trouble
 *   patience.c    waiting in a slot until its caller gives up
 *   watching.c    a thread that looks again when the system says that something may have changed
 *   address_changes.c   for such a thread: that the machine's addresses have changed
 *
 * What it shares with the backend for shares on Linux is in src/backend-kit. All providers are blocking:
 * their slots run on the core's worker threads, several at once. No DLL but the system's is needed, and of
 * those none but kernel32, advapi32, ws2_32 and the C library before a verb is used.
 */
#ifndef ND_WIN32_H
#define ND_WIN32_H

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include "provider.h"
#include "trouble.h"

extern const nd_provider nd_mpr_provider;
extern const nd_provider nd_wlan_provider;
extern const nd_provider nd_netcon_provider;
extern const nd_provider nd_ras_provider;

/* ---- library.c ------------------------------------------------------------------------------ */

/*
 * Functions of a DLL, as a struct of pointers made from a list:
 *
 *     #define WLAN_FUNCTIONS(XX) XX(WlanOpenHandle) XX(WlanCloseHandle)
 *     typedef struct wlan_api { WLAN_FUNCTIONS(ND_FUNCTION_MEMBER) } wlan_api;
 *     static const char *const names[] = {WLAN_FUNCTIONS(ND_FUNCTION_NAME)};
 *     static const nd_library library = ND_LIBRARY("wlanapi.dll", names);
 *
 *     nd_library_load(&library, &api, sizeof api, &why)
 */
#define ND_FUNCTION_MEMBER(name) __typeof__(name) *name;
#define ND_FUNCTION_NAME(name)   #name,
#define ND_COUNT(array)          (sizeof(array) / sizeof((array)[0]))

typedef struct nd_library {
    const char *file;
    const char *const *names;
    size_t count;
    const char *absent;
    const char *lacking;
} nd_library;

#define ND_LIBRARY(file, names)                                                                         \
    {                                                                                                   \
        file, names, ND_COUNT(names), file " is not on this machine",                                   \
            "the " file " of this machine lacks a function that is needed"                              \
    }

/* Loads a DLL from the system's directory, for good, and finds the functions. ERROR_NOT_SUPPORTED, without
 * a native domain: the DLL or a function of it is not on this machine; `*why` says so, with strings that
 * live as long as the library: it may be that of the provider's open(). */
netdisc_status nd_library_load(const nd_library *library, void *functions, size_t size, nd_failure *why);

/* ---- text.c --------------------------------------------------------------------------------- */

/* UTF-8 that the core has found well-formed; to be freed. NULL: no memory. NULL is given for NULL, too. */
WCHAR *nd_wide(const char *text);
/* Into a field of `room` characters, its NUL included. False: it does not fit, and the field is empty. */
bool nd_wide_into(WCHAR *field, size_t room, const char *text);
/* For people: what is not well-formed becomes U+FFFD. To be freed. NULL: no memory, or `text` is NULL. */
char *nd_narrow(const WCHAR *text);
/* A field that need not end with a NUL: at most `room` characters. */
char *nd_narrow_field(const WCHAR *field, size_t room);
/* Whether every surrogate has its other half: only such a name can be given back to the system from
 * what nd_narrow() made of it. */
bool nd_wide_is_well_formed(const WCHAR *text);
/* What somebody else said, made fit for the end of a message: one line, without a full stop, that ends within
 * the room. */
void nd_wide_clause(WCHAR *text, size_t room);
/* Wipes and frees what nd_wide() gave. NULL is allowed. */
void nd_wide_wipe(WCHAR *text);

enum { ND_GUID_TEXT = 37 };
/* Canonical: lower case, without braces. */
void nd_guid_text(const GUID *guid, char text[ND_GUID_TEXT]);
bool nd_guid_parse(const char *text, GUID *guid);

/* ---- errors.c -------------------------------------------------------------------------------- */

/* nd_trouble_native() of a Win32 code, with the system's text for it: with status 0 the status is the code
 * (and that is returned). The native domain is "win32". */
netdisc_status nd_trouble_win32(nd_trouble *why, netdisc_status status, DWORD code, const char *format,
                                ...) ND_PRINTF(4, 5);
/* The same of an HRESULT ("hresult"); with status 0 as netdisc_status_from_hresult() has it. */
netdisc_status nd_trouble_hresult(nd_trouble *why, netdisc_status status, HRESULT code,
                                  const char *format, ...) ND_PRINTF(4, 5);

/* ---- patience.c ----------------------------------------------------------------------------- */

/* Where slots of a provider wait: for something to happen, for a time, or until their callers give up. */
typedef struct nd_patience {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
    uint64_t rounds; /* how often it was raised */
} nd_patience;

void nd_patience_init(nd_patience *patience);
/* Something has happened: wakes all that wait. For the provider's abandon(), too. */
void nd_patience_raise(nd_patience *patience);
/* The number of the present round, to be taken before it is looked whether there is something to wait for. */
uint64_t nd_patience_round(nd_patience *patience);
/* Waits until the round is over, `ms` have passed, or the caller gives up. False: it has given up. */
bool nd_patience_wait(nd_patience *patience, nd_call *call, uint64_t round, DWORD ms);
/* Waits for `ms`, or until the caller gives up, whatever happens. False: it has given up. */
bool nd_patience_pause(nd_patience *patience, nd_call *call, DWORD ms);

#endif
