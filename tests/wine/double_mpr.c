/* SPDX-License-Identifier: MIT */
#include "double_mpr.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <winnetwk.h>

#define EXPORT __declspec(dllexport)

extern EXPORT mpr_double mpr_script;
EXPORT mpr_double mpr_script = {.lock = SRWLOCK_INIT};

enum { OWNER_PATIENCE_MS = 3000 };

static void lock(void)
{
    AcquireSRWLockExclusive(&mpr_script.lock);
}

/* What is answered, and remembered for WNetGetLastErrorW. */
static DWORD unlock(DWORD code)
{
    if (code == ERROR_EXTENDED_ERROR)
        mpr_script.error_thread = GetCurrentThreadId();
    ReleaseSRWLockExclusive(&mpr_script.lock);
    return code;
}

static void copy(WCHAR *field, const WCHAR *text)
{
    wcsncpy(field, text, MPR_NAME - 1);
    field[MPR_NAME - 1] = L'\0';
}

static mpr_share *find(const WCHAR *name)
{
    for (size_t i = 0; i < mpr_script.count; i++) {
        mpr_share *share = &mpr_script.shares[i];

        if (_wcsicmp(*share->local ? share->local : share->remote, name) == 0)
            return share;
    }
    return NULL;
}

static DWORD end(const WCHAR *name, bool forget)
{
    mpr_share *share = find(name);

    if (!share || !(share->connected || (forget && share->remembered)))
        return ERROR_NOT_CONNECTED;
    share->connected = false;
    if (forget)
        share->remembered = false;
    return NO_ERROR;
}

/* ---- Enumerating ---------------------------------------------------------------------------- */

typedef struct enumeration {
    DWORD scope;
    size_t next;
} enumeration;

EXPORT DWORD WINAPI WNetOpenEnumW(DWORD scope, DWORD type, DWORD usage, LPNETRESOURCEW from,
                                  LPHANDLE handle)
{
    (void)type;
    (void)usage;
    (void)from;
    lock();

    HANDLE gate = mpr_script.dialogs > 0 ? mpr_script.look_gate : NULL;

    unlock(NO_ERROR);
    if (gate)
        WaitForSingleObject(gate, INFINITE);
    lock();

    DWORD code = mpr_script.open_code;
    enumeration *it = code ? NULL : calloc(1, sizeof *it);

    if (it) {
        it->scope = scope;
        *handle = it;
    }
    return unlock(code);
}

EXPORT DWORD WINAPI WNetCloseEnum(HANDLE handle)
{
    free(handle);
    return NO_ERROR;
}

static bool is_in(const enumeration *it, const mpr_share *share)
{
    return it->scope == RESOURCE_CONNECTED ? share->connected : share->remembered;
}

typedef struct entry {
    NETRESOURCEW resource;
    WCHAR local[MPR_NAME];
    WCHAR remote[MPR_NAME];
} entry;

static void fill(entry *to, const mpr_share *share)
{
    memset(to, 0, sizeof *to);
    copy(to->local, share->local);
    copy(to->remote, share->remote);
    to->resource.dwType = RESOURCETYPE_DISK;
    to->resource.lpLocalName = *share->local ? to->local : NULL;
    to->resource.lpRemoteName = to->remote;
}

/* One at a time, as a provider may. */
EXPORT DWORD WINAPI WNetEnumResourceW(HANDLE handle, LPDWORD count, LPVOID buffer, LPDWORD size)
{
    enumeration *it = handle;
    DWORD code = ERROR_NO_MORE_ITEMS;

    lock();
    while (it->next < mpr_script.count && !is_in(it, &mpr_script.shares[it->next]))
        it->next++;
    if (it->next < mpr_script.count && *size < sizeof(entry)) {
        *size = sizeof(entry);
        code = ERROR_MORE_DATA;
    } else if (it->next < mpr_script.count) {
        fill(buffer, &mpr_script.shares[it->next++]);
        *count = 1;
        code = NO_ERROR;
    }
    return unlock(code);
}

/* ---- One share ------------------------------------------------------------------------------ */

/* With the lock held. */
static DWORD give_remote(const mpr_share *share, LPWSTR remote, LPDWORD length)
{
    DWORD needed = (DWORD)wcslen(share->remote) + 1;

    if (*length < needed) {
        *length = needed;
        return ERROR_MORE_DATA;
    }
    wcscpy(remote, share->remote);
    return share->connected ? NO_ERROR : ERROR_CONNECTION_UNAVAIL;
}

EXPORT DWORD WINAPI WNetGetConnectionW(LPCWSTR local, LPWSTR remote, LPDWORD length)
{
    DWORD code = ERROR_NOT_CONNECTED;

    lock();

    const mpr_share *share = find(local);

    if (share && (share->connected || share->remembered))
        code = give_remote(share, remote, length);
    return unlock(code);
}

EXPORT DWORD WINAPI WNetGetUserW(LPCWSTR name, LPWSTR user, LPDWORD length)
{
    (void)name;
    lock();
    if (!*mpr_script.user)
        return unlock(ERROR_NOT_CONNECTED);
    wcsncpy(user, mpr_script.user, *length);
    return unlock(NO_ERROR);
}

EXPORT DWORD WINAPI WNetAddConnection2W(LPNETRESOURCEW resource, LPCWSTR password, LPCWSTR user,
                                        DWORD flags)
{
    (void)password;
    (void)user;
    lock();
    if (mpr_script.add_code || mpr_script.count == MPR_SHARES)
        return unlock(mpr_script.add_code ? mpr_script.add_code : ERROR_NOT_ENOUGH_MEMORY);

    mpr_share *share = &mpr_script.shares[mpr_script.count++];

    copy(share->local, resource->lpLocalName ? resource->lpLocalName : L"");
    copy(share->remote, resource->lpRemoteName);
    share->connected = true;
    share->remembered = (flags & CONNECT_UPDATE_PROFILE) != 0;
    return unlock(NO_ERROR);
}

EXPORT DWORD WINAPI WNetCancelConnection2W(LPCWSTR name, DWORD flags, BOOL force)
{
    lock();
    if (mpr_script.cancel_code && !(force && mpr_script.cancel_code == ERROR_OPEN_FILES))
        return unlock(mpr_script.cancel_code);
    return unlock(end(name, flags & CONNECT_UPDATE_PROFILE));
}

static void give(WCHAR *to, DWORD room, const WCHAR *text)
{
    if (room == 0)
        return;
    wcsncpy(to, text, room - 1);
    to[room - 1] = L'\0';
}

EXPORT DWORD WINAPI WNetGetLastErrorW(LPDWORD error, LPWSTR text, DWORD text_room, LPWSTR name,
                                      DWORD name_room)
{
    lock();
    if (mpr_script.error_fails || !error)
        return unlock(error ? mpr_script.error_fails : ERROR_INVALID_ADDRESS);

    bool known = mpr_script.error_thread == GetCurrentThreadId();

    *error = known ? mpr_script.error_code : NO_ERROR;
    give(text, text_room, known ? mpr_script.error_text : L"");
    give(name, name_room, known ? mpr_script.error_provider : L"");
    return unlock(NO_ERROR);
}

/* ---- The dialog ----------------------------------------------------------------------------- */

static void keep_given(const DISCDLGSTRUCTW *dialog)
{
    mpr_dialog_given *given = &mpr_script.given;

    *given = (mpr_dialog_given){
        .size = dialog->cbStructure,
        .owner = dialog->hwndOwner,
        .has_local = dialog->lpLocalName != NULL,
        .has_remote = dialog->lpRemoteName != NULL,
        .flags = dialog->dwFlags,
        .thread = GetCurrentThreadId(),
    };
    if (given->has_local)
        copy(given->local, dialog->lpLocalName);
    if (given->has_remote)
        copy(given->remote, dialog->lpRemoteName);
}

/* As a dialog does when it disables its owner, but not for ever. */
static bool is_answered(HWND owner, UINT message)
{
    DWORD_PTR answer = 0;

    return SendMessageTimeoutW(owner, message, 0, 0, SMTO_NORMAL, OWNER_PATIENCE_MS, &answer) && answer;
}

static void be_open(HWND owner)
{
    lock();

    UINT message = mpr_script.message;
    HANDLE opened = mpr_script.opened;
    HANDLE answer = mpr_script.answer;

    unlock(NO_ERROR);
    if (opened)
        SetEvent(opened);

    bool answered = message && is_answered(owner, message);

    if (answer)
        WaitForSingleObject(answer, INFINITE);
    lock();
    mpr_script.answered = answered;
    unlock(NO_ERROR);
}

EXPORT DWORD WINAPI WNetDisconnectDialog1W(LPDISCDLGSTRUCTW dialog)
{
    lock();
    mpr_script.dialogs++;
    keep_given(dialog);
    unlock(NO_ERROR);
    be_open(dialog->hwndOwner);

    lock();

    HANDLE over = mpr_script.over;
    DWORD code = mpr_script.dialog_code;

    if (!code && !mpr_script.lies)
        code = end(dialog->lpLocalName ? dialog->lpLocalName : dialog->lpRemoteName,
                   dialog->dwFlags & DISC_UPDATE_PROFILE);
    unlock(code);
    if (over)
        SetEvent(over);
    return code;
}

/* ---- The same in the code page: names in ASCII -------------------------------------------------- */

static WCHAR *wide(const char *text, WCHAR *out)
{
    if (!text)
        return NULL;
    MultiByteToWideChar(CP_ACP, 0, text, -1, out, MPR_NAME);
    return out;
}

EXPORT DWORD WINAPI WNetAddConnection2A(LPNETRESOURCEA resource, LPCSTR password, LPCSTR user,
                                        DWORD flags)
{
    WCHAR local[MPR_NAME], remote[MPR_NAME];
    NETRESOURCEW wanted = {.dwType = resource->dwType,
                           .lpLocalName = wide(resource->lpLocalName, local),
                           .lpRemoteName = wide(resource->lpRemoteName, remote)};

    (void)password;
    (void)user;
    return WNetAddConnection2W(&wanted, NULL, NULL, flags);
}

EXPORT DWORD WINAPI WNetGetConnectionA(LPCSTR local, LPSTR remote, LPDWORD length)
{
    WCHAR name[MPR_NAME], found[MPR_NAME];
    DWORD code = WNetGetConnectionW(wide(local, name), found, length);

    if (code == NO_ERROR)
        WideCharToMultiByte(CP_ACP, 0, found, -1, remote, (int)*length, NULL, NULL);
    return code;
}

EXPORT DWORD WINAPI WNetGetLastErrorA(LPDWORD error, LPSTR text, DWORD text_room, LPSTR name,
                                      DWORD name_room)
{
    WCHAR nothing[MPR_TEXT];
    DWORD code = WNetGetLastErrorW(error, nothing, MPR_TEXT, nothing, MPR_TEXT);

    if (text_room)
        *text = '\0';
    if (name_room)
        *name = '\0';
    return code;
}

EXPORT DWORD WINAPI WNetDisconnectDialog1A(LPDISCDLGSTRUCTA dialog)
{
    WCHAR local[MPR_NAME], remote[MPR_NAME];
    DISCDLGSTRUCTW wanted = {.cbStructure = sizeof wanted,
                             .hwndOwner = dialog->hwndOwner,
                             .lpLocalName = wide(dialog->lpLocalName, local),
                             .lpRemoteName = wide(dialog->lpRemoteName, remote),
                             .dwFlags = dialog->dwFlags};

    return WNetDisconnectDialog1W(&wanted);
}
