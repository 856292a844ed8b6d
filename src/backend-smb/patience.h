/* SPDX-License-Identifier: MIT */
/* Waiting in a slot for a descriptor, until the caller gives up. One per provider. */
#ifndef ND_SMB_PATIENCE_H
#define ND_SMB_PATIENCE_H

#include "smb.h"

typedef struct nd_patience nd_patience;

nd_patience *nd_patience_new(void); /* NULL: no memory */
void nd_patience_free(nd_patience *patience);

/* A descriptor that becomes readable when the call is given up, -1: none to be had. Belongs to the call
 * until nd_patience_end(), which each slot that began must call before it answers. */
int nd_patience_begin(nd_patience *patience, nd_call *call);
void nd_patience_end(nd_patience *patience, nd_call *call);
/* The provider's abandon(): wakes the slot of this call. */
void nd_patience_abandon(nd_patience *patience, const nd_call *call);

#endif
