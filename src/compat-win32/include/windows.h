/* SPDX-License-Identifier: MIT */
/* What a program that includes Windows' windows.h finds of it here: see docs/porting-windows-code.md. */
#ifndef NETDISC_WIN32_WINDOWS_H
#define NETDISC_WIN32_WINDOWS_H

#include "guiddef.h"
#include "windef.h"
#include "winerror.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The calling thread's. The functions of this library set it when they fail, to what they return; what
 * succeeds leaves it alone. */
NETDISC_WIN32_API DWORD WINAPI GetLastError(void);
NETDISC_WIN32_API VOID WINAPI SetLastError(DWORD code);

#ifdef __cplusplus
}
#endif

/* As on Windows. */
#include "winnetwk.h"
#ifndef WIN32_LEAN_AND_MEAN
#include "ole2.h"
#endif

#endif
