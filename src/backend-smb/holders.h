/* SPDX-License-Identifier: MIT */
/*
 * Who keeps a mount busy: processes with files or directories open on it, with their working or root
 * directory there, running a program or having a file mapped from it, and other mounts below it.
 * Everything comes from /proc; the mount itself is not touched, so a hung one does not matter.
 */
#ifndef ND_SMB_HOLDERS_H
#define ND_SMB_HOLDERS_H

#include <sys/types.h>

#include "mounts.h"

/* What has been seen, put together over several mounts. */
typedef struct nd_holders {
    size_t files;  /* holders of open files and directories, programs and mappings */
    size_t others; /* working and root directories, mounts below */
    size_t unseen; /* processes that cannot be looked into, being other users' */
    bool hidden;   /* there may be others' processes that are not even listed */
} nd_holders;

/* Adds the holders of a mount to the answer of `call` (NULL: only counts), but for the process `except`
 * (0: none). A process that ends meanwhile, or has ended, holds nothing. */
netdisc_status nd_holders_find(nd_call *call, const nd_mounts *all, const nd_mount *mount, pid_t except,
                               nd_holders *seen, nd_trouble *why);

/* Adds a mount that is in the way to the answer. */
void nd_holders_add_mount(nd_call *call, const nd_mount *mount);

/* Says with nd_lacks() that the picture is not whole, if so. */
void nd_holders_tell_unseen(nd_call *call, const nd_holders *seen);

/* The refusal: ERROR_OPEN_FILES, or ERROR_DEVICE_IN_USE where nothing but directories and mounts is in
 * the way. `otherwise`: where nobody was seen. */
netdisc_status nd_holders_status(const nd_holders *seen, netdisc_status otherwise);

/* What is there of a small file, as a text; false: nothing. */
bool nd_proc_read(int directory, const char *name, char *out, size_t size);

#endif
