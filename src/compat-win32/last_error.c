/* SPDX-License-Identifier: MIT */
#include "compat.h"

static _Thread_local DWORD last_error;

DWORD WINAPI GetLastError(void)
{
    return last_error;
}

VOID WINAPI SetLastError(DWORD code)
{
    last_error = code;
}

DWORD nw_ends(DWORD status)
{
    if (status != NO_ERROR)
        last_error = status;
    return status;
}
