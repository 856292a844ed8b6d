/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for mpr.dll, with shares of its own, in memory: for what Wine's has only stubs of, the dialog and
 * the extended error. Unless something else is scripted, each function does what is documented.
 */
#ifndef DOUBLE_MPR_H
#define DOUBLE_MPR_H

#include <stdbool.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

enum { MPR_SHARES = 8, MPR_NAME = 64, MPR_TEXT = 512 };

typedef struct mpr_share {
    WCHAR local[MPR_NAME]; /* "": none */
    WCHAR remote[MPR_NAME];
    bool connected;
    bool remembered;
} mpr_share;

/* What WNetDisconnectDialog1W was given. */
typedef struct mpr_dialog_given {
    DWORD size;
    HWND owner;
    bool has_local;
    bool has_remote;
    WCHAR local[MPR_NAME];
    WCHAR remote[MPR_NAME];
    DWORD flags;
    DWORD thread;
} mpr_dialog_given;

typedef struct mpr_double {
    SRWLOCK lock;
    mpr_share shares[MPR_SHARES];
    size_t count;
    WCHAR user[MPR_NAME]; /* as whom they are connected; "": not known */

    /* What these answer; 0: what they do. */
    DWORD open_code;
    DWORD add_code;
    DWORD cancel_code;
    DWORD dialog_code;

    /* The error behind 1208, for the thread that was given it. */
    DWORD error_code;
    WCHAR error_text[MPR_TEXT];
    WCHAR error_provider[MPR_TEXT];
    DWORD error_fails; /* WNetGetLastErrorW itself */
    DWORD error_thread;

    /* The dialog. */
    bool lies;        /* says success, and ends nothing */
    UINT message;     /* sent to the owner first; 0: none */
    HANDLE opened;    /* set once it is open; NULL: nobody waits for that */
    HANDLE answer;    /* waited for before it is over; NULL: not at all */
    HANDLE look_gate; /* waited for by who looks after a dialog; NULL: not at all */
    HANDLE over;      /* set when it has been closed; NULL: nobody waits for that */
    bool answered;    /* the owner took the message */
    size_t dialogs;   /* how many were begun */
    mpr_dialog_given given;
} mpr_double;

#endif
