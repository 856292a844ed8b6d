/* SPDX-License-Identifier: MIT */
#ifndef NETDISC_WIN32_OBJBASE_H
#define NETDISC_WIN32_OBJBASE_H

#include "combaseapi.h"
#include "windows.h"

typedef enum tagCOINIT {
    COINIT_MULTITHREADED = 0x0,
    COINIT_APARTMENTTHREADED = 0x2,
    COINIT_DISABLE_OLE1DDE = 0x4,
    COINIT_SPEED_OVER_MEMORY = 0x8
} COINIT;

#ifdef __cplusplus
extern "C" {
#endif

/* CoInitializeEx() with COINIT_APARTMENTTHREADED. */
NETDISC_WIN32_API HRESULT WINAPI CoInitialize(LPVOID pvReserved);

#ifdef __cplusplus
}
#endif

#endif
