/* SPDX-License-Identifier: MIT */
/* What the WLAN service tells of, for whoever waits for it. */
#include "windows_code.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static DWORD last;

VOID WINAPI be_notified(PWLAN_NOTIFICATION_DATA what, PVOID context)
{
    (void)context;
    pthread_mutex_lock(&lock);
    last = what->NotificationCode;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

void await_notification(DWORD code)
{
    pthread_mutex_lock(&lock);
    while (last != code)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}
