/* SPDX-License-Identifier: MIT */
/* Reports what becomes of the kernel's mounts of shares, from a thread of its own. */
#ifndef ND_SMB_CIFS_WATCH_H
#define ND_SMB_CIFS_WATCH_H

#include "smb.h"

typedef struct nd_cifs_watch nd_cifs_watch;

/* READY comes from the thread; NULL: there is none, and LOST has been told. */
nd_cifs_watch *nd_cifs_watch_begin(const nd_host *host);
/* READY once more. */
void nd_cifs_watch_again(nd_cifs_watch *watch);
/* Ends the thread, and waits for that; NULL is allowed. */
void nd_cifs_watch_end(nd_cifs_watch *watch);

#endif
