/* SPDX-License-Identifier: MIT */
/* Windows code. It is compiled as it is for Windows, and for Linux with libnetdisc-win32. */
#ifndef WINDOWS_CODE_H
#define WINDOWS_CODE_H

#include <windows.h>
#include <wlanapi.h>

#include <stdio.h>

/* Prints a call and what it gave. DWORD is a long there, and an int here. */
#define SHOW(call)        printf("%s: %lu\n", #call, (unsigned long)(call))
#define SHOW_RESULT(call) printf("%s: 0x%08lX\n", #call, (unsigned long)(DWORD)(call))

/* For names in ASCII: wprintf() takes another wchar_t here. */
static inline void say(const WCHAR *text)
{
    while (*text)
        putchar((char)*text++);
}

void map_share(void);
void list_shares(void);
void unmap_share(void);
void ask_about_share(void);
void use_wireless(void);
void connect_and_disconnect(HANDLE client, const GUID *guid);
VOID WINAPI be_notified(PWLAN_NOTIFICATION_DATA what, PVOID context);
void await_notification(DWORD code);
void use_connections(void);
void use_objects(void);

#endif
