/* SPDX-License-Identifier: MIT */
#include "nd_ras.h"

#include <stdio.h>
#include <stdlib.h>

/* A list may grow between being measured and being read. */
enum { TRIES = 8, GUESS = 16, MOST_BYTES = 64 << 20 };

static netdisc_status no_memory(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY,
                          "no memory for the remote access connections");
}

/* ---- Lists of the service ------------------------------------------------------------------- */

typedef DWORD list_reader(const nd_ras *ras, void *list, DWORD *size, DWORD *count);

static DWORD read_entries(const nd_ras *ras, void *list, DWORD *size, DWORD *count)
{
    return ras->call.RasEnumEntriesW(NULL, NULL, list, size, count);
}

static DWORD read_connections(const nd_ras *ras, void *list, DWORD *size, DWORD *count)
{
    return ras->call.RasEnumConnectionsW(list, size, count);
}

/* The size of what is in the list stands at its beginning, as that of each. */
static DWORD read_into(const nd_ras *ras, list_reader *reader, void **list, DWORD each, DWORD *size,
                       DWORD *count)
{
    void *room = *size >= each && *size <= MOST_BYTES ? calloc(1, *size) : NULL;
    DWORD had = *size;
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;

    *count = 0;
    if (room) {
        memcpy(room, &each, sizeof each);
        code = reader(ras, room, size, count);
    }
    if (code == NO_ERROR && *count > had / each)
        code = ERROR_INVALID_DATA;
    if (code == NO_ERROR)
        *list = room;
    else
        free(room);
    return code;
}

/* To be freed. */
static DWORD read_list(const nd_ras *ras, list_reader *reader, void **list, DWORD each, DWORD *count)
{
    DWORD size = each * GUESS;
    DWORD code = ERROR_BUFFER_TOO_SMALL;

    *list = NULL;
    for (int i = 0; i < TRIES && code == ERROR_BUFFER_TOO_SMALL; i++) {
        DWORD had = size;

        code = read_into(ras, reader, list, each, &size, count);
        /* One that says no better size gets twice as much. */
        if (code == ERROR_BUFFER_TOO_SMALL && size <= had)
            size = had * 2;
    }
    return code;
}

/* ---- Entries -------------------------------------------------------------------------------- */

static bool same_guid(const GUID *a, const GUID *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool is_nil(const GUID *guid)
{
    static const GUID nil;

    return same_guid(guid, &nil);
}

static uint64_t hash(uint64_t from, const WCHAR *text)
{
    const uint64_t prime = 0x100000001b3;

    do {
        from = (from ^ (*text & 0xff)) * prime;
        from = (from ^ (*text >> 8)) * prime;
    } while (*text++);
    return from;
}

/* Every connection has a UUID, but not every old entry has a GUID, and one that was copied with its phone
 * book shares it. It gets one of version 8, which is free
 * for such a use (RFC 9562): of two FNV-1a hashes of its phone book and its name. It stays until either is
 * changed. */
static GUID guid_of_name(const WCHAR *phonebook, const WCHAR *name)
{
    uint64_t halves[2] = {hash(hash(0xcbf29ce484222325, phonebook), name),
                          hash(hash(0x9ae16a3b2f90404f, phonebook), name)};
    GUID guid;

    memcpy(&guid, halves, sizeof guid);
    guid.Data3 = (unsigned short)((guid.Data3 & 0x0fff) | 0x8000);
    guid.Data4[0] = (unsigned char)((guid.Data4[0] & 0x3f) | 0x80);
    return guid;
}

static void copy_text(WCHAR *to, size_t room, const WCHAR *from, size_t from_room)
{
    size_t length = wcsnlen(from, from_room < room - 1 ? from_room : room - 1);

    memcpy(to, from, length * sizeof *to);
    to[length] = L'\0';
}

#define COPY_TEXT(to, from) copy_text(to, ND_COUNT(to), from, ND_COUNT(from))

static bool is_device(const WCHAR *type, const WCHAR *wanted)
{
    return CompareStringOrdinal(type, -1, wanted, -1, TRUE) == CSTR_EQUAL;
}

static netdisc_tristate is_vpn(const WCHAR device_type[RAS_MaxDeviceType + 1])
{
    if (!*device_type)
        return NETDISC_UNKNOWN;
    return is_device(device_type, L"vpn") ? NETDISC_YES : NETDISC_NO;
}

static void take_properties(nd_ras_entry *entry, const RASENTRYW *properties)
{
    WCHAR type[RAS_MaxDeviceType + 1];

    COPY_TEXT(type, properties->szDeviceType);
    entry->guid = properties->guidId;
    entry->vpn = properties->dwType == RASET_Vpn ? NETDISC_YES : is_vpn(type);
}

/* What the system's own version of the struct takes, and the numbers behind it, is asked for first. */
static DWORD read_properties(const nd_ras *ras, nd_ras_entry *entry)
{
    DWORD size = 0;
    DWORD code;

    ras->call.RasGetEntryPropertiesW(entry->phonebook, entry->name, NULL, &size, NULL, NULL);
    if (size < sizeof(RASENTRYW))
        size = sizeof(RASENTRYW);

    RASENTRYW *properties = size <= MOST_BYTES ? calloc(1, size) : NULL;

    if (!properties)
        return ERROR_NOT_ENOUGH_MEMORY;
    properties->dwSize = sizeof *properties;
    code =
        ras->call.RasGetEntryPropertiesW(entry->phonebook, entry->name, properties, &size, NULL, NULL);
    if (code == NO_ERROR)
        take_properties(entry, properties);
    free(properties);
    return code;
}

static void give_guid(nd_ras_entry *entry)
{
    entry->is_made = entry->is_made || is_nil(&entry->guid);
    if (entry->is_made)
        entry->guid = guid_of_name(entry->phonebook, entry->name);
}

/* An entry that keeps its properties to itself is there all the same, if it is still there. False: no
 * memory. */
static bool take_entry(const nd_ras *ras, nd_ras_entries *entries, const RASENTRYNAMEW *name)
{
    nd_ras_entry *entry = &entries->all[entries->count];

    *entry = (nd_ras_entry){.vpn = NETDISC_UNKNOWN, .state = NETDISC_STATE_DISCONNECTED};
    COPY_TEXT(entry->name, name->szEntryName);
    COPY_TEXT(entry->phonebook, name->szPhonebookPath);

    DWORD code = read_properties(ras, entry);

    if (code == ERROR_CANNOT_FIND_PHONEBOOK_ENTRY || code == ERROR_NOT_ENOUGH_MEMORY)
        return code != ERROR_NOT_ENOUGH_MEMORY;
    entries->count++;
    return true;
}

static bool is_alone(const nd_ras_entries *entries, const nd_ras_entry *entry)
{
    for (size_t i = 0; i < entries->count; i++)
        if (&entries->all[i] != entry && same_guid(&entries->all[i].guid, &entry->guid))
            return false;
    return true;
}

/* Once all are there. What has the GUID of another is told from it by its name. */
static void give_guids(nd_ras_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        entries->all[i].is_made = !is_alone(entries, &entries->all[i]);
    for (size_t i = 0; i < entries->count; i++)
        give_guid(&entries->all[i]);
}

/* ---- What is active ------------------------------------------------------------------------- */

static netdisc_state state_of(RASCONNSTATE state)
{
    if (state == RASCS_Connected)
        return NETDISC_STATE_CONNECTED;
    return state == RASCS_Disconnected ? NETDISC_STATE_DISCONNECTED : NETDISC_STATE_CONNECTING;
}

bool nd_ras_is_ended(DWORD code)
{
    return code == ERROR_INVALID_HANDLE || code == ERROR_NO_CONNECTION;
}

/* DISCONNECTED: it has just ended. */
static netdisc_state ask_state(const nd_ras *ras, HRASCONN connection)
{
    RASCONNSTATUSW status = {.dwSize = sizeof status};
    DWORD code = ras->call.RasGetConnectStatusW(connection, &status);

    if (nd_ras_is_ended(code))
        return NETDISC_STATE_DISCONNECTED;
    return code == NO_ERROR ? state_of(status.rasconnstate) : NETDISC_STATE_UNKNOWN;
}

static bool same_text(const WCHAR *a, const WCHAR *b)
{
    return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

/* A connection that was made without an entry, or whose entry has been removed, is one of its own. */
static nd_ras_entry entry_of(const RASCONNW *connection)
{
    WCHAR type[RAS_MaxDeviceType + 1];
    nd_ras_entry entry = {.guid = connection->guidEntry, .active = connection->hrasconn};

    COPY_TEXT(type, connection->szDeviceType);
    COPY_TEXT(entry.name, connection->szEntryName);
    COPY_TEXT(entry.phonebook, connection->szPhonebook);
    COPY_TEXT(entry.device, connection->szDeviceName);
    entry.vpn = is_vpn(type);
    give_guid(&entry);
    return entry;
}

/* By the GUID, or, where one of them has none, by what a GUID would be made of. */
static bool is_of_entry(const nd_ras_entry *entry, const nd_ras_entry *connection)
{
    if (entry->is_made || connection->is_made)
        return same_text(entry->name, connection->name) &&
               same_text(entry->phonebook, connection->phonebook);
    return same_guid(&entry->guid, &connection->guid);
}

/* NULL: it has none. */
static nd_ras_entry *find_entry(nd_ras_entries *entries, const nd_ras_entry *connection)
{
    for (size_t i = 0; i < entries->count; i++)
        if (is_of_entry(&entries->all[i], connection))
            return &entries->all[i];
    return NULL;
}

static void take_connection(const nd_ras *ras, nd_ras_entries *entries, const RASCONNW *from)
{
    nd_ras_entry connection = entry_of(from);
    nd_ras_entry *entry = find_entry(entries, &connection);

    connection.state = ask_state(ras, connection.active);
    /* What has ended is its entry again, and nothing where there is none. */
    if (connection.state == NETDISC_STATE_DISCONNECTED)
        return;
    if (entry) {
        connection.guid = entry->guid;
        connection.is_made = entry->is_made;
        memcpy(connection.name, entry->name, sizeof entry->name);
        connection.vpn = entry->vpn != NETDISC_UNKNOWN ? entry->vpn : connection.vpn;
        connection.further = entry->active != NULL;
    }
    if (entry && !entry->active)
        *entry = connection;
    else
        entries->all[entries->count++] = connection;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static netdisc_status put_together(const nd_ras *ras, nd_ras_entries *entries,
                                   const RASENTRYNAMEW *names, DWORD name_count,
                                   const RASCONNW *connections, DWORD connection_count, nd_trouble *why)
{
    entries->all = calloc((size_t)name_count + connection_count + 1, sizeof *entries->all);
    if (!entries->all)
        return no_memory(why);
    for (DWORD i = 0; i < name_count; i++)
        if (!take_entry(ras, entries, &names[i]))
            return no_memory(why);
    give_guids(entries);
    for (DWORD i = 0; i < connection_count; i++)
        take_connection(ras, entries, &connections[i]);
    return NETDISC_NO_ERROR;
}

/* What is active is enough where the phone books cannot be read. */
netdisc_status nd_ras_read(const nd_ras *ras, nd_ras_entries *entries, nd_trouble *why)
{
    void *connections;
    void *names;
    DWORD connection_count = 0;
    DWORD name_count = 0;
    DWORD code = read_list(ras, read_connections, &connections, sizeof(RASCONNW), &connection_count);

    *entries = (nd_ras_entries){0};
    if (code != NO_ERROR)
        return nd_ras_trouble(ras, why, code, "the remote access connections cannot be listed");
    code = read_list(ras, read_entries, &names, sizeof(RASENTRYNAMEW), &name_count);
    if (code != NO_ERROR) {
        name_count = 0;
        nd_ras_trouble(ras, &entries->unseen, code, "the phone books cannot be read");
    }

    netdisc_status status =
        put_together(ras, entries, names, name_count, connections, connection_count, why);

    free(names);
    free(connections);
    return status;
}

netdisc_status nd_ras_is_there(const nd_ras *ras, HRASCONN connection, bool *there, nd_trouble *why)
{
    RASCONNSTATUSW status = {.dwSize = sizeof status};
    void *list;
    DWORD count = 0;

    *there = !nd_ras_is_ended(ras->call.RasGetConnectStatusW(connection, &status));

    DWORD code = read_list(ras, read_connections, &list, sizeof(RASCONNW), &count);

    if (code != NO_ERROR)
        return nd_ras_trouble(ras, why, code, "the remote access connections cannot be listed");
    for (DWORD i = 0; i < count; i++)
        *there = *there || ((const RASCONNW *)list)[i].hrasconn == connection;
    free(list);
    return NETDISC_NO_ERROR;
}

void nd_ras_clear(nd_ras_entries *entries)
{
    free(entries->all);
    *entries = (nd_ras_entries){0};
}

void nd_ras_key(const nd_ras_entry *entry, char key[ND_RAS_KEY])
{
    char guid[ND_GUID_TEXT];

    nd_guid_text(&entry->guid, guid);
    if (entry->active)
        snprintf(key, ND_RAS_KEY, "%s/%llx", guid, (unsigned long long)(uintptr_t)entry->active);
    else
        snprintf(key, ND_RAS_KEY, "%s", guid);
}

const nd_ras_entry *nd_ras_find(const nd_ras_entries *entries, const char *key)
{
    char own[ND_RAS_KEY];

    for (size_t i = 0; i < entries->count; i++) {
        nd_ras_key(&entries->all[i], own);
        if (strcmp(own, key) == 0)
            return &entries->all[i];
    }
    return NULL;
}
