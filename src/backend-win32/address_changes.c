/* SPDX-License-Identifier: MIT */
#include "address_changes.h"

#include <iphlpapi.h>
#include <stdlib.h>

#define IP_FUNCTIONS(XX)                                                                                \
    XX(CancelIPChangeNotify)                                                                            \
    XX(NotifyAddrChange)

enum { CANCEL_MS = 500 };

/* The event is reset by hand: it stays set from the end of a request to the next. */
struct nd_address_changes {
    struct {
        IP_FUNCTIONS(ND_FUNCTION_MEMBER)
    } call;
    OVERLAPPED request;
    bool asked;
};

static const char *const names[] = {IP_FUNCTIONS(ND_FUNCTION_NAME)};
static const nd_library library = ND_LIBRARY("iphlpapi.dll", names);

nd_address_changes *nd_address_changes_new(void)
{
    nd_address_changes *changes = calloc(1, sizeof *changes);
    nd_failure unused = {0};

    if (!changes)
        return NULL;
    if (!nd_library_load(&library, &changes->call, sizeof changes->call, &unused))
        changes->request.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (changes->request.hEvent)
        return changes;
    free(changes);
    return NULL;
}

HANDLE nd_address_changes_event(const nd_address_changes *changes)
{
    return changes->request.hEvent;
}

static bool is_told_within(const nd_address_changes *changes, DWORD ms)
{
    return WaitForSingleObject(changes->request.hEvent, ms) == WAIT_OBJECT_0;
}

void nd_address_changes_ask(nd_address_changes *changes)
{
    HANDLE of_the_system;

    if (!changes || (changes->asked && !is_told_within(changes, 0)))
        return;
    changes->request = (OVERLAPPED){.hEvent = changes->request.hEvent};
    ResetEvent(changes->request.hEvent);
    changes->asked =
        changes->call.NotifyAddrChange(&of_the_system, &changes->request) == ERROR_IO_PENDING;
}

/* Until it has told of the end of the request the system may write there. */
static bool is_over(nd_address_changes *changes)
{
    if (!changes->asked || is_told_within(changes, 0))
        return true;

    /* Refused, too, where it has come to its end just now. */
    bool cancelled = changes->call.CancelIPChangeNotify(&changes->request) != FALSE;

    return is_told_within(changes, cancelled ? CANCEL_MS : 0);
}

/* What the system cannot be kept from writing to is left to it. */
void nd_address_changes_free(nd_address_changes *changes)
{
    if (!changes || !is_over(changes))
        return;
    CloseHandle(changes->request.hEvent);
    free(changes);
}
