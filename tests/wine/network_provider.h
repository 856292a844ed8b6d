/* SPDX-License-Identifier: MIT */
/*
 * A network provider of our own, for Wine's mpr: a few mappings in memory. Unscripted it does what a good
 * provider does; the script makes it refuse, lie, be busy or never return. One for a process.
 *
 * A test registers it and reaches it with network_provider_get().
 *
 * Where the environment variable NETDISC_TEST_NETWORK names a directory, the mappings are kept there, for the
 * next process; and while there is a file "in-use" in it, a cancel without force finds open files.
 */
#ifndef NETWORK_PROVIDER_H
#define NETWORK_PROVIDER_H

#include <stdbool.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define NETWORK_PROVIDER_DLL  "network_provider.dll"
#define NETWORK_PROVIDER_NAME L"Test Network"

enum { NP_MAPPINGS = 64, NP_NAME = 512 };

typedef struct np_mapping {
    WCHAR local[NP_NAME]; /* "": none */
    WCHAR remote[NP_NAME];
    DWORD type;
} np_mapping;

/* What a function is to do. */
typedef struct np_script {
    unsigned busy;       /* so often WN_FUNCTION_BUSY first */
    DWORD code;          /* then this; NO_ERROR: what a good provider does */
    bool lies;           /* success, and does nothing */
    bool does_it;        /* whatever it says; for a cancel */
    WCHAR only[NP_NAME]; /* the code is for this local or remote name alone; "": for all */
    HANDLE gate;         /* waits for it before anything else; NULL: does not */
    HANDLE passed;       /* set when it has returned from the gate and done its work */
} np_script;

/* With which arguments a function was last called. */
typedef struct np_seen {
    unsigned calls;
    WCHAR local[NP_NAME]; /* of an add; of a cancel the name */
    WCHAR remote[NP_NAME];
    WCHAR user[NP_NAME];
    WCHAR password[NP_NAME];
    bool has_user;
    bool has_password;
    DWORD type;
    DWORD flags;
    BOOL force;
} np_seen;

typedef struct network_provider {
    CRITICAL_SECTION lock;
    np_mapping mappings[NP_MAPPINGS];
    size_t count;
    size_t at_once;   /* entries that an enumeration gives in one go; 0: what fits */
    DWORD least_room; /* bytes that it must have for the entries from `stuck_at` on */
    size_t stuck_at;
    HANDLE list_gate; /* an enumeration waits for it; NULL: does not */
    DWORD in_use;     /* a cancel without force is refused with it; 0: it is not in use */
    bool forgets; /* a cancel of a letter that is not connected deletes what HKCU\Network has for it */
    np_script add;
    np_script cancel;
    np_seen added;
    np_seen cancelled;
    LONG enumerations;         /* that are open */
    WCHAR directory[MAX_PATH]; /* "": nothing is kept */
} network_provider;

#endif
