/* SPDX-License-Identifier: MIT */
/* The script and the state of the double of rasapi32.dll. */
#ifndef DOUBLE_RASAPI32_H
#define DOUBLE_RASAPI32_H

#include <stdbool.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <ras.h>
#include <raserror.h>

enum { RAS_ENTRIES = 160, RAS_CONNECTIONS = 160 };

typedef struct ras_entry {
    GUID guid;
    WCHAR name[RAS_MaxEntryName + 1];
    WCHAR phonebook[MAX_PATH];
    DWORD type;
    WCHAR device_type[RAS_MaxDeviceType + 1];
    DWORD on_properties;
    DWORD on_parameters;
    bool has_password;
    DWORD on_dial;       /* what RasDial returns */
    DWORD dial_error;    /* what becomes of it */
    DWORD dial_ms;       /* INFINITE: nothing */
    bool drops;          /* it is disconnected, and no reason is given */
    bool silent;         /* the notifier is not called */
    bool fails_outright; /* on_dial comes without a connection */
    DWORD hang_up_ms;    /* of the connection that is made */
} ras_entry;

typedef struct ras_connection {
    HRASCONN handle; /* NULL: a free place */
    GUID guid;
    WCHAR name[RAS_MaxEntryName + 1];
    WCHAR phonebook[MAX_PATH];
    WCHAR device_type[RAS_MaxDeviceType + 1];
    WCHAR device[RAS_MaxDeviceName + 1];
    RASCONNSTATE state;
    DWORD error;
    DWORD on_status;
    DWORD on_hang_up;
    DWORD hang_up_ms; /* INFINITE: it never ends */
    bool unlisted;    /* while it is being hung up it is in no list */
    bool unknown;     /* likewise it has no status */
    unsigned dialled; /* how many hang-ups it takes, beyond the first */
    ULONGLONG ends_at;
} ras_connection;

typedef struct ras_state {
    CRITICAL_SECTION lock; /* the test makes it */
    ras_entry entries[RAS_ENTRIES];
    size_t entry_count;
    ras_connection connections[RAS_CONNECTIONS];
    UINT_PTR last_handle;
    DWORD on_enumerate;
    DWORD on_entries;
    unsigned grows; /* so often the list does not fit, although its size was asked for */
    HANDLE told;    /* the event to set when a connection comes or goes */
    HANDLE stuck;   /* what does not return waits for it */
    bool dial_hangs;
    bool hang_up_hangs;
    unsigned dials;
    const RASDIALPARAMSW *parameters; /* of the last dial; the caller's */
    unsigned hang_ups;
    RASDIALFUNC2 notifier;
    ULONG_PTR callback_id;
    LONG dialling; /* threads under way */
    WCHAR user[UNLEN + 1];
    WCHAR password[PWLEN + 1]; /* what it was dialled with */
} ras_state;

#endif
