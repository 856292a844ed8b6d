/* SPDX-License-Identifier: MIT */
/*
 * The backend "smb": share mappings on Linux, whoever made them.
 *
 *   backend.c    the three providers, in one module
 *   cifs.c       "cifs": the kernel's mounts
 *   shares.c       what mounts are as shares
 *   unmount.c      ending one, however long that takes
 *   cifs_watch.c   what becomes of them
 *   session.c    "session": netdisc's own, each held by a worker process, and the remembered ones; session.h
 *                  lists its files
 *   launch.c       starting a worker, and talking to one
 *   gvfs.c       "gvfs": the mounts of the user's desktop session
 *   mounts.c     what /proc/self/mountinfo says; types.c which file systems count as shares
 *   holders.c    who has something open on a mount, from /proc
 *   profile.c    remembered mappings, a key file
 *   patience.c   waiting in a slot until its caller gives up
 *   errno.c      the kernel's errors as trouble
 *   common/      what the worker uses, too: message.c, rundir.c
 *   worker/      the program netdisc-smb
 *
 * What it shares with the backend for Windows is in src/backend-kit. All three providers are blocking: their slots run on the core's worker threads, several at once.
 */
#ifndef ND_SMB_H
#define ND_SMB_H

#include "provider.h"
#include "trouble.h"

extern const nd_provider nd_cifs_provider;
extern const nd_provider nd_session_provider;
extern const nd_provider nd_gvfs_provider;

/* nd_trouble_native() of an errno, with its text. */
netdisc_status nd_trouble_errno(nd_trouble *why, netdisc_status status, int code, const char *format,
                                ...) ND_PRINTF(4, 5);

#endif
