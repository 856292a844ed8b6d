/* SPDX-License-Identifier: MIT */
/* An event that is set when an address of this machine has come or gone: for a nd_look, on the watch's thread
 * alone. */
#ifndef ND_WIN32_ADDRESS_CHANGES_H
#define ND_WIN32_ADDRESS_CHANGES_H

#include "win32.h"

typedef struct nd_address_changes nd_address_changes;

/* NULL: this system does not tell, or no memory. */
nd_address_changes *nd_address_changes_new(void);
HANDLE nd_address_changes_event(const nd_address_changes *changes);
/* The system tells of one change each time that it is asked. Where it is asked already, nothing happens. NULL
 * is allowed. */
void nd_address_changes_ask(nd_address_changes *changes);
/* Closes the event, too. NULL is allowed. */
void nd_address_changes_free(nd_address_changes *changes);

#endif
