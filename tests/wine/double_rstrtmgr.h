/* SPDX-License-Identifier: MIT */
/* A stand-in for rstrtmgr.dll: who uses a file is scripted. */
#ifndef DOUBLE_RSTRTMGR_H
#define DOUBLE_RSTRTMGR_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <restartmanager.h>

enum { RSTRTMGR_PROCESSES = 64, RSTRTMGR_PATH = 128 };

typedef struct rstrtmgr_double {
    RM_PROCESS_INFO processes[RSTRTMGR_PROCESSES];
    UINT count;
    UINT grows; /* so many more each time that the list did not fit */

    /* What these answer; 0: what they do. */
    DWORD start_code;
    DWORD register_code;
    DWORD list_code;
    HANDLE gate; /* waited for before the list is given; NULL: not at all */

    volatile LONG sessions; /* open now */
    LONG started;           /* ever */
    UINT lists;             /* times that the list was asked for */
    WCHAR registered[RSTRTMGR_PATH];
} rstrtmgr_double;

#endif
