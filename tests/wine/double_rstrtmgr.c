/* SPDX-License-Identifier: MIT */
#include "double_rstrtmgr.h"

#include <string.h>
#include <wchar.h>

#define EXPORT __declspec(dllexport)

extern EXPORT rstrtmgr_double rstrtmgr_script;
EXPORT rstrtmgr_double rstrtmgr_script;

static const DWORD SESSION = 7;

EXPORT DWORD WINAPI RmStartSession(DWORD *session, DWORD flags, WCHAR key[])
{
    if (!session || flags || !key)
        return ERROR_BAD_ARGUMENTS;
    if (rstrtmgr_script.start_code)
        return rstrtmgr_script.start_code;
    for (size_t i = 0; i < CCH_RM_SESSION_KEY; i++)
        key[i] = L'0';
    key[CCH_RM_SESSION_KEY] = L'\0';
    InterlockedIncrement(&rstrtmgr_script.sessions);
    rstrtmgr_script.started++;
    *session = SESSION;
    return NO_ERROR;
}

EXPORT DWORD WINAPI RmEndSession(DWORD session)
{
    if (session != SESSION || rstrtmgr_script.sessions == 0)
        return ERROR_INVALID_HANDLE;
    InterlockedDecrement(&rstrtmgr_script.sessions);
    return NO_ERROR;
}

EXPORT DWORD WINAPI RmRegisterResources(DWORD session, UINT file_count, LPCWSTR files[],
                                        UINT process_count, RM_UNIQUE_PROCESS processes[],
                                        UINT service_count, LPCWSTR services[])
{
    (void)processes;
    (void)services;
    if (session != SESSION)
        return ERROR_INVALID_HANDLE;
    if (file_count != 1 || process_count || service_count)
        return ERROR_BAD_ARGUMENTS;
    if (rstrtmgr_script.register_code)
        return rstrtmgr_script.register_code;
    wcsncpy(rstrtmgr_script.registered, files[0], RSTRTMGR_PATH - 1);
    return NO_ERROR;
}

EXPORT DWORD WINAPI RmGetList(DWORD session, UINT *needed, UINT *count, RM_PROCESS_INFO processes[],
                              LPDWORD reasons)
{
    if (session != SESSION)
        return ERROR_INVALID_HANDLE;
    if (!needed || !count || !reasons)
        return ERROR_BAD_ARGUMENTS;
    rstrtmgr_script.lists++;
    if (rstrtmgr_script.gate)
        WaitForSingleObject(rstrtmgr_script.gate, INFINITE);
    if (rstrtmgr_script.list_code)
        return rstrtmgr_script.list_code;
    *needed = rstrtmgr_script.count;
    *reasons = RmRebootReasonNone;
    if (*count < rstrtmgr_script.count) {
        *count = 0;
        rstrtmgr_script.count += rstrtmgr_script.grows;
        return ERROR_MORE_DATA;
    }
    *count = rstrtmgr_script.count;
    memcpy(processes, rstrtmgr_script.processes, *count * sizeof *processes);
    return NO_ERROR;
}
