/* SPDX-License-Identifier: MIT */
/* A remote access service that does as its script says. */
#include "double_rasapi32.h"

#include <stdio.h>
#include <stdlib.h>

#define EXPORT __declspec(dllexport)

extern EXPORT ras_state ras_double;
EXPORT ras_state ras_double;

enum { ERROR_SIZE = 632, ENTRY_ROOM = sizeof(RASENTRYW) + 64 };

static void copy(WCHAR *to, size_t room, const WCHAR *from)
{
    size_t length = wcsnlen(from, room - 1);

    memcpy(to, from, length * sizeof *to);
    to[length] = 0;
}

#define COPY(to, from) copy(to, sizeof(to) / sizeof *(to), from)

static void tell(void)
{
    if (ras_double.told)
        SetEvent(ras_double.told);
}

static void begin(void)
{
    EnterCriticalSection(&ras_double.lock);
    for (size_t i = 0; i < RAS_CONNECTIONS; i++) {
        ras_connection *connection = &ras_double.connections[i];

        if (connection->handle && connection->ends_at && GetTickCount64() >= connection->ends_at) {
            memset(connection, 0, sizeof *connection);
            tell();
        }
    }
}

static DWORD done(DWORD code)
{
    LeaveCriticalSection(&ras_double.lock);
    return code;
}

static ras_connection *connection_of(HRASCONN handle)
{
    for (size_t i = 0; handle && i < RAS_CONNECTIONS; i++)
        if (ras_double.connections[i].handle == handle)
            return &ras_double.connections[i];
    return NULL;
}

static ras_entry *entry_of(const WCHAR *phonebook, const WCHAR *name)
{
    for (size_t i = 0; i < ras_double.entry_count; i++) {
        ras_entry *entry = &ras_double.entries[i];

        if (wcscmp(entry->name, name) == 0 && (!phonebook || wcscmp(entry->phonebook, phonebook) == 0))
            return entry;
    }
    return NULL;
}

static bool is_listed(const ras_connection *connection)
{
    return connection->handle && !(connection->unlisted && connection->ends_at);
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static DWORD check_room(const DWORD *list, DWORD each, size_t count, DWORD *size)
{
    DWORD needed = (DWORD)count * each;
    DWORD had = *size;

    if (list && had >= each && *list != each)
        return ERROR_SIZE;
    *size = needed;
    if (!list || had < needed)
        return ERROR_BUFFER_TOO_SMALL;
    if (ras_double.grows == 0)
        return NO_ERROR;
    ras_double.grows--;
    return ERROR_BUFFER_TOO_SMALL;
}

EXPORT DWORD WINAPI RasEnumConnectionsW(LPRASCONNW list, LPDWORD size, LPDWORD count)
{
    size_t there = 0;
    DWORD code;

    begin();
    for (size_t i = 0; i < RAS_CONNECTIONS; i++)
        there += is_listed(&ras_double.connections[i]);
    code = ras_double.on_enumerate ? ras_double.on_enumerate
                                   : check_room((DWORD *)list, sizeof *list, there, size);
    *count = (DWORD)there;
    for (size_t i = 0; code == NO_ERROR && i < RAS_CONNECTIONS; i++) {
        const ras_connection *from = &ras_double.connections[i];

        if (!is_listed(from))
            continue;
        *list = (RASCONNW){.dwSize = sizeof *list, .hrasconn = from->handle, .guidEntry = from->guid};
        COPY(list->szEntryName, from->name);
        COPY(list->szPhonebook, from->phonebook);
        COPY(list->szDeviceType, from->device_type);
        COPY(list->szDeviceName, from->device);
        list++;
    }
    return done(code);
}

EXPORT DWORD WINAPI RasEnumEntriesW(LPCWSTR reserved, LPCWSTR phonebook, LPRASENTRYNAMEW list,
                                    LPDWORD size, LPDWORD count)
{
    DWORD code;

    if (reserved || phonebook)
        return ERROR_INVALID_PARAMETER;
    begin();
    code = ras_double.on_entries ? ras_double.on_entries
                                 : check_room((DWORD *)list, sizeof *list, ras_double.entry_count, size);
    *count = (DWORD)ras_double.entry_count;
    for (size_t i = 0; code == NO_ERROR && i < ras_double.entry_count; i++) {
        list[i] = (RASENTRYNAMEW){.dwSize = sizeof *list};
        COPY(list[i].szEntryName, ras_double.entries[i].name);
        COPY(list[i].szPhonebookPath, ras_double.entries[i].phonebook);
    }
    return done(code);
}

static DWORD give_properties(const ras_entry *entry, RASENTRYW *out, DWORD *size)
{
    DWORD had = *size;

    *size = ENTRY_ROOM;
    if (!out || had < ENTRY_ROOM)
        return ERROR_BUFFER_TOO_SMALL;
    if (out->dwSize != sizeof *out)
        return ERROR_SIZE;
    if (!entry)
        return ERROR_CANNOT_FIND_PHONEBOOK_ENTRY;
    if (entry->on_properties)
        return entry->on_properties;
    out->guidId = entry->guid;
    out->dwType = entry->type;
    COPY(out->szDeviceType, entry->device_type);
    return NO_ERROR;
}

EXPORT DWORD WINAPI RasGetEntryPropertiesW(LPCWSTR phonebook, LPCWSTR name, LPRASENTRYW out,
                                           LPDWORD size, LPBYTE device, LPDWORD device_size)
{
    if (device || device_size)
        return ERROR_INVALID_PARAMETER;
    begin();
    return done(give_properties(entry_of(phonebook, name), out, size));
}

EXPORT DWORD WINAPI RasGetConnectStatusW(HRASCONN handle, LPRASCONNSTATUSW out)
{
    const ras_connection *connection;

    if (out->dwSize != sizeof *out)
        return ERROR_SIZE;
    begin();
    connection = connection_of(handle);
    if (!connection || (connection->unknown && connection->ends_at))
        return done(ERROR_INVALID_HANDLE);
    out->rasconnstate = connection->state;
    out->dwError = connection->error;
    return done(connection->on_status);
}

/* ---- Hanging up ----------------------------------------------------------------------------- */

EXPORT DWORD WINAPI RasHangUpW(HRASCONN handle)
{
    ras_connection *connection;

    if (ras_double.hang_up_hangs)
        WaitForSingleObject(ras_double.stuck, INFINITE);
    begin();
    ras_double.hang_ups++;
    connection = connection_of(handle);
    if (!connection)
        return done(ERROR_INVALID_HANDLE);
    if (connection->on_hang_up)
        return done(connection->on_hang_up);
    if (connection->dialled > 0) {
        connection->dialled--;
        return done(NO_ERROR);
    }
    if (connection->hang_up_ms != INFINITE)
        connection->ends_at = GetTickCount64() + connection->hang_up_ms;
    return done(NO_ERROR);
}

/* ---- Dialling ------------------------------------------------------------------------------- */

typedef struct dialling {
    HRASCONN handle;
    ras_entry entry;
    RASDIALFUNC2 notifier;
    ULONG_PTR id;
} dialling;

static DWORD say(const dialling *dial, RASCONNSTATE state, DWORD error)
{
    return dial->entry.silent || dial->notifier(dial->id, 1, dial->handle, 0xCCCD, state, error, 0);
}

static DWORD WINAPI run(void *data)
{
    dialling *dial = data;
    bool ended;

    say(dial, RASCS_OpenPort, 0);
    say(dial, RASCS_ConnectDevice, 0);
    Sleep(dial->entry.dial_ms);
    begin();
    ras_connection *connection = connection_of(dial->handle);

    ended = !connection;
    if (connection) {
        connection->error = dial->entry.dial_error;
        ended = dial->entry.drops;
        connection->state = connection->error || ended ? RASCS_Disconnected : RASCS_Connected;
        tell();
    }
    done(NO_ERROR);
    if (!ended)
        say(dial, dial->entry.dial_error ? RASCS_Authenticate : RASCS_Connected, dial->entry.dial_error);
    free(dial);
    InterlockedDecrement(&ras_double.dialling);
    return 0;
}

static DWORD start(const ras_entry *entry, const ras_connection *connection)
{
    dialling *dial = calloc(1, sizeof *dial);
    HANDLE thread;

    if (!dial)
        return ERROR_NOT_ENOUGH_MEMORY;
    *dial = (dialling){connection->handle, *entry, ras_double.notifier, ras_double.callback_id};
    InterlockedIncrement(&ras_double.dialling);
    thread = CreateThread(NULL, 0, run, dial, 0, NULL);
    CloseHandle(thread);
    return NO_ERROR;
}

static ras_connection *make_connection(const ras_entry *entry)
{
    ras_connection *connection = ras_double.connections;

    while (connection->handle)
        connection++;
    *connection = (ras_connection){
        .handle = (HRASCONN)(++ras_double.last_handle + 0x1000),
        .guid = entry->guid,
        .state = RASCS_ConnectDevice,
        .error = PENDING,
        .hang_up_ms = entry->hang_up_ms,
    };
    COPY(connection->name, entry->name);
    COPY(connection->phonebook, entry->phonebook);
    COPY(connection->device_type, entry->device_type);
    COPY(connection->device, L"WAN Miniport");
    return connection;
}

EXPORT DWORD WINAPI RasDialW(LPRASDIALEXTENSIONS extensions, LPCWSTR phonebook,
                             LPRASDIALPARAMSW parameters, DWORD type, LPVOID notifier, LPHRASCONN out)
{
    const ras_entry *entry;
    ras_connection *connection;

    if (ras_double.dial_hangs)
        WaitForSingleObject(ras_double.stuck, INFINITE);
    if (extensions || type != 2 || !notifier || *out)
        return ERROR_INVALID_PARAMETER;
    if (parameters->dwSize != sizeof *parameters)
        return ERROR_SIZE;
    begin();
    entry = entry_of(phonebook, parameters->szEntryName);
    if (!entry)
        return done(ERROR_CANNOT_FIND_PHONEBOOK_ENTRY);
    ras_double.dials++;
    ras_double.parameters = parameters;
    ras_double.notifier = (RASDIALFUNC2)notifier;
    ras_double.callback_id = parameters->dwCallbackId;
    COPY(ras_double.user, parameters->szUserName);
    COPY(ras_double.password, parameters->szPassword);
    if (entry->on_dial && entry->fails_outright)
        return done(entry->on_dial);
    connection = make_connection(entry);
    *out = connection->handle;
    if (entry->on_dial)
        return done(entry->on_dial);
    /* It was up before the caller heard of it. */
    if (ras_double.dial_hangs) {
        connection->state = RASCS_Connected;
        return done(NO_ERROR);
    }
    return done(entry->dial_ms == INFINITE ? NO_ERROR : start(entry, connection));
}

EXPORT DWORD WINAPI RasGetEntryDialParamsW(LPCWSTR phonebook, LPRASDIALPARAMSW out, LPBOOL has_password)
{
    const ras_entry *entry;

    if (out->dwSize != sizeof *out)
        return ERROR_SIZE;
    begin();
    entry = entry_of(phonebook, out->szEntryName);
    if (!entry)
        return done(ERROR_CANNOT_FIND_PHONEBOOK_ENTRY);
    COPY(out->szUserName, L"somebody");
    COPY(out->szPassword, entry->has_password ? L"secret" : L"");
    *has_password = entry->has_password;
    return done(entry->on_parameters);
}

/* ---- The rest ------------------------------------------------------------------------------- */

EXPORT DWORD WINAPI RasConnectionNotificationW(HRASCONN handle, HANDLE event, DWORD flags)
{
    if (handle != (HRASCONN)INVALID_HANDLE_VALUE || flags != (RASCN_Connection | RASCN_Disconnection))
        return ERROR_INVALID_PARAMETER;
    begin();
    /* One of its own: the other side may close what is its. */
    if (!DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &ras_double.told, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return done(GetLastError());
    return done(NO_ERROR);
}

EXPORT DWORD WINAPI RasGetErrorStringW(UINT code, LPWSTR text, DWORD room)
{
    WCHAR all[64];

    if (code < RASBASE || code > 999)
        return ERROR_INVALID_PARAMETER;
    _snwprintf(all, 64, L"remote access says %u.\r\n", code);
    if (wcslen(all) >= room)
        return ERROR_INSUFFICIENT_BUFFER;
    wcscpy(text, all);
    return NO_ERROR;
}
