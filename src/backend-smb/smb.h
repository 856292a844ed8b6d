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
 *   picture.c    what there was when it was last looked, for watches that are told the difference
 *   patience.c   waiting in a slot until its caller gives up
 *   trouble.c    why something failed, kept until it is answered
 *   common/      what the worker uses, too: message.c, rundir.c
 *   worker/      the program netdisc-smb
 *
 * All three providers are blocking: their slots run on the core's worker threads, several at once.
 */
#ifndef ND_SMB_H
#define ND_SMB_H

#include "provider.h"

#if defined(__GNUC__)
#define ND_SMB_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define ND_SMB_PRINTF(text, first)
#endif

extern const nd_provider nd_cifs_provider;
extern const nd_provider nd_session_provider;
extern const nd_provider nd_gvfs_provider;

/* ---- trouble.c ------------------------------------------------------------------------------ */

/* Why something failed; zeroed: nothing did. The last one said counts. */
typedef struct nd_trouble {
    netdisc_status status; /* 0 with a native domain: the core translates the code */
    char message[512];
    const char *native_domain; /* static; NULL: nothing native */
    int64_t native_code;
    char native_name[96];
} nd_trouble;

/* Gives its status, so that it can be returned. */
netdisc_status nd_trouble_say(nd_trouble *why, netdisc_status status, const char *format, ...)
    ND_SMB_PRINTF(3, 4);
/* With an errno as the native code; status 0: what the core makes of it (then returns ERROR_GEN_FAILURE,
 * so that it is never NO_ERROR). The message gets ": " and the text of the errno. */
netdisc_status nd_trouble_errno(nd_trouble *why, netdisc_status status, int code, const char *format,
                                ...) ND_SMB_PRINTF(4, 5);
/* Another message around it; the rest of it stays. */
void nd_trouble_reword(nd_trouble *why, const char *format, ...) ND_SMB_PRINTF(2, 3);
/* Answers the call: with the trouble if `status` is not NO_ERROR. */
void nd_trouble_finish(nd_call *call, netdisc_status status, const nd_trouble *why);
/* Adds it to an answer that is otherwise good: nd_lacks(). */
void nd_trouble_lacks(nd_call *call, netdisc_status status, const nd_trouble *why);

#endif
