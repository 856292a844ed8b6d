/* SPDX-License-Identifier: MIT */
#define UNICODE
#include "network_provider.h"

#include <npapi.h>
#include <stdlib.h>
#include <winnetwk.h>

extern __declspec(dllexport) network_provider network_provider_state;
network_provider network_provider_state;

static network_provider *const self = &network_provider_state;

#define EXPORT __declspec(dllexport)

EXPORT DWORD WINAPI NPGetCaps(DWORD index)
{
    switch (index) {
    case WNNC_SPEC_VERSION:
        return WNNC_SPEC_VERSION51;
    case WNNC_NET_TYPE:
        return 0x00470000;
    case WNNC_CONNECTION:
        return WNNC_CON_ADDCONNECTION | WNNC_CON_CANCELCONNECTION | WNNC_CON_ADDCONNECTION3;
    case WNNC_ENUMERATION:
        return WNNC_ENUM_GLOBAL | WNNC_ENUM_LOCAL | WNNC_ENUM_CONTEXT;
    case WNNC_START:
        return WNNC_WAIT_FOR_START;
    default:
        return 0;
    }
}

static void lock(void)
{
    EnterCriticalSection(&self->lock);
}

static void unlock(void)
{
    LeaveCriticalSection(&self->lock);
}

static void copy(WCHAR *to, const WCHAR *from)
{
    lstrcpynW(to, from ? from : L"", NP_NAME);
}

/* ---- The script ----------------------------------------------------------------------------- */

static void wait_at_gate(const HANDLE *where)
{
    lock();

    HANDLE gate = *where;

    unlock();
    if (gate)
        WaitForSingleObject(gate, INFINITE);
}

static void has_passed(const np_script *script)
{
    if (script->passed)
        SetEvent(script->passed);
}

/* With the lock held. */
static DWORD scripted(np_script *script, const WCHAR *name)
{
    if (script->busy) {
        if (script->busy != UINT_MAX)
            script->busy--;
        return WN_FUNCTION_BUSY;
    }
    return !*script->only || lstrcmpiW(script->only, name) == 0 ? script->code : WN_SUCCESS;
}

/* ---- What is kept --------------------------------------------------------------------------- */

static HANDLE open_kept(DWORD access, DWORD disposition)
{
    WCHAR path[MAX_PATH + 16];

    wsprintfW(path, L"%s\\mappings", self->directory);
    return CreateFileW(path, access, 0, NULL, disposition, 0, NULL);
}

static void load(void)
{
    DWORD size = GetEnvironmentVariableW(L"NETDISC_TEST_NETWORK", self->directory, MAX_PATH);
    HANDLE file;

    if (size == 0 || size >= MAX_PATH)
        return;
    file = open_kept(GENERIC_READ, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE)
        return;
    if (ReadFile(file, self->mappings, sizeof self->mappings, &size, NULL))
        self->count = size / sizeof *self->mappings;
    CloseHandle(file);
}

/* With the lock held. */
static void keep(void)
{
    DWORD size = (DWORD)(self->count * sizeof *self->mappings);
    HANDLE file;

    if (!*self->directory)
        return;
    file = open_kept(GENERIC_WRITE, CREATE_ALWAYS);
    if (file == INVALID_HANDLE_VALUE || !WriteFile(file, self->mappings, size, &size, NULL))
        abort();
    CloseHandle(file);
}

static DWORD in_use(void)
{
    WCHAR path[MAX_PATH + 16];

    if (!*self->directory)
        return self->in_use;
    wsprintfW(path, L"%s\\in-use", self->directory);
    return GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES ? WN_SUCCESS : WN_OPEN_FILES;
}

/* ---- Connecting ----------------------------------------------------------------------------- */

static DWORD add_mapping(const np_seen *wanted)
{
    if (self->count == NP_MAPPINGS)
        return WN_OUT_OF_MEMORY;
    for (size_t i = 0; i < self->count; i++)
        if (*wanted->local && lstrcmpiW(self->mappings[i].local, wanted->local) == 0)
            return WN_ALREADY_CONNECTED;

    np_mapping *mapping = &self->mappings[self->count++];

    copy(mapping->local, wanted->local);
    copy(mapping->remote, wanted->remote);
    mapping->type = RESOURCETYPE_DISK;
    keep();
    return WN_SUCCESS;
}

EXPORT DWORD WINAPI NPAddConnection3(HWND window, LPNETRESOURCEW resource, LPWSTR password, LPWSTR user,
                                     DWORD flags)
{
    np_seen *seen = &self->added;

    (void)window;
    lock();
    seen->calls++;
    copy(seen->local, resource->lpLocalName);
    copy(seen->remote, resource->lpRemoteName);
    copy(seen->user, user);
    copy(seen->password, password);
    seen->has_user = user != NULL;
    seen->has_password = password != NULL;
    seen->type = resource->dwType;
    seen->flags = flags;

    np_seen wanted = *seen;

    unlock();
    wait_at_gate(&self->add.gate);
    lock();

    DWORD code = scripted(&self->add, wanted.remote);

    if (!code && !self->add.lies)
        code = add_mapping(&wanted);
    has_passed(&self->add);
    unlock();
    return code;
}

EXPORT DWORD WINAPI NPAddConnection(LPNETRESOURCEW resource, LPWSTR password, LPWSTR user)
{
    return NPAddConnection3(NULL, resource, password, user, 0);
}

/* ---- Disconnecting -------------------------------------------------------------------------- */

/* By its local name, or by the remote one if it has no local name. */
static np_mapping *named(const WCHAR *name)
{
    for (size_t i = 0; i < self->count; i++) {
        np_mapping *mapping = &self->mappings[i];

        if (lstrcmpiW(*mapping->local ? mapping->local : mapping->remote, name) == 0)
            return mapping;
    }
    return NULL;
}

static void forget(const WCHAR *local)
{
    WCHAR key[] = L"Network\\?";

    key[ARRAYSIZE(key) - 2] = local[0];
    RegDeleteKeyW(HKEY_CURRENT_USER, key);
}

static DWORD cancel_mapping(const WCHAR *name, BOOL force)
{
    np_mapping *mapping = named(name);

    if (!mapping && self->forgets)
        forget(name);
    if (!mapping)
        return WN_NOT_CONNECTED;
    if (in_use() && !force)
        return in_use();
    *mapping = self->mappings[--self->count];
    keep();
    return WN_SUCCESS;
}

EXPORT DWORD WINAPI NPCancelConnection(LPWSTR name, WINBOOL force)
{
    lock();
    self->cancelled.calls++;
    self->cancelled.force = force;
    copy(self->cancelled.local, name);
    unlock();
    wait_at_gate(&self->cancel.gate);
    lock();

    DWORD code = scripted(&self->cancel, name);

    if (!code && !self->cancel.lies)
        code = cancel_mapping(name, force);
    else if (self->cancel.does_it)
        cancel_mapping(name, force);
    has_passed(&self->cancel);
    unlock();
    return code;
}

/* ---- Enumerating ---------------------------------------------------------------------------- */

typedef struct enumeration {
    size_t next;
} enumeration;

EXPORT DWORD WINAPI NPOpenEnum(DWORD scope, DWORD type, DWORD usage, LPNETRESOURCEW resource,
                               LPHANDLE out)
{
    enumeration *one;

    (void)type;
    (void)usage;
    (void)resource;
    if (scope != RESOURCE_CONNECTED)
        return WN_NOT_SUPPORTED;
    one = calloc(1, sizeof *one);
    if (!one)
        return WN_OUT_OF_MEMORY;
    InterlockedIncrement(&self->enumerations);
    *out = one;
    return WN_SUCCESS;
}

typedef struct filling {
    NETRESOURCEW *next;
    char *end; /* strings are put before it */
} filling;

static WCHAR *put_text(filling *at, const WCHAR *text)
{
    size_t size = ((size_t)lstrlenW(text) + 1) * sizeof *text;

    at->end -= size;
    CopyMemory(at->end, text, size);
    return (WCHAR *)(void *)at->end;
}

static size_t size_of(const np_mapping *mapping)
{
    return sizeof(NETRESOURCEW) + ((size_t)lstrlenW(mapping->local) + (size_t)lstrlenW(mapping->remote) +
                                   (size_t)lstrlenW(NETWORK_PROVIDER_NAME) + 4) *
                                      sizeof(WCHAR);
}

static void put_mapping(filling *at, const np_mapping *mapping)
{
    *at->next = (NETRESOURCEW){
        .dwScope = RESOURCE_CONNECTED,
        .dwType = mapping->type,
        .lpLocalName = put_text(at, mapping->local),
        .lpRemoteName = put_text(at, mapping->remote),
        .lpComment = put_text(at, L""),
        .lpProvider = put_text(at, NETWORK_PROVIDER_NAME),
    };
    at->next++;
}

static DWORD fill(enumeration *one, DWORD *count, void *buffer, DWORD *size)
{
    filling at = {buffer, (char *)buffer + *size};
    DWORD most = self->at_once && self->at_once < *count ? (DWORD)self->at_once : *count;
    DWORD put = 0;

    if (one->next >= self->stuck_at && *size < self->least_room) {
        *size = self->least_room;
        return WN_MORE_DATA;
    }
    while (one->next < self->count && put < most) {
        const np_mapping *mapping = &self->mappings[one->next];

        if ((size_t)(at.end - (char *)at.next) < size_of(mapping))
            break;
        put_mapping(&at, mapping);
        one->next++;
        put++;
    }
    *count = put;
    if (put)
        return WN_SUCCESS;
    if (one->next == self->count)
        return WN_NO_MORE_ENTRIES;
    *size = (DWORD)size_of(&self->mappings[one->next]);
    return WN_MORE_DATA;
}

EXPORT DWORD WINAPI NPEnumResource(HANDLE handle, LPDWORD count, LPVOID buffer, LPDWORD size)
{
    wait_at_gate(&self->list_gate);
    lock();

    DWORD code = fill(handle, count, buffer, size);

    unlock();
    return code;
}

EXPORT DWORD WINAPI NPCloseEnum(HANDLE handle)
{
    InterlockedDecrement(&self->enumerations);
    free(handle);
    return WN_SUCCESS;
}

BOOL WINAPI DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved);

BOOL WINAPI DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved)
{
    (void)dll;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        InitializeCriticalSection(&self->lock);
        load();
    }
    return TRUE;
}
