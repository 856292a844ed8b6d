/* SPDX-License-Identifier: MIT */
/*
 * The user's live mappings, as directories in $XDG_RUNTIME_DIR/netdisc (or /tmp/netdisc-UID where that
 * variable is not set):
 *
 *   Z/             the mapping of Z:; "mount-HASH" for a mount point, "share-HASH" without a local name
 *     lock         locked (fcntl, exclusive) by the worker as long as it lives
 *     info         an ND_MESSAGE_INFO; replaced as a whole, by rename
 *     socket       the control socket
 *     files        the share's files, by FUSE, unless they are mounted elsewhere
 *   .new-XXXXXXXX  a mapping being put together: it is locked before it gets its name, so whoever finds a
 *                  name finds a worker, or what a dead one has left
 *
 * A name belongs to who has renamed a directory to it, which only one can. Everything is reached from an
 * open descriptor of the directory; no symbolic link is followed, nothing of another user is trusted.
 *
 * Functions return 0 or an errno, unless they say otherwise. No GLib here, for both programs use it.
 */
#ifndef ND_SMB_RUNDIR_H
#define ND_SMB_RUNDIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "message.h"

enum { ND_MAPPING_NAME = 32 /* bytes, with the NUL */ };

typedef struct nd_rundir {
    int fd;
    char *path; /* absolute, as the kernel names it */
} nd_rundir;

/*
 * ENOENT: there is none, and `create` is false; so there is no mapping. `*why` (may be NULL) is a static
 * sentence where the directory, or XDG_RUNTIME_DIR, cannot be trusted: EPERM of another user, or others
 * may write (XDG_RUNTIME_DIR) or reach (ours) it; ENOTDIR or ELOOP not a directory; EINVAL not an
 * absolute path.
 */
int nd_rundir_open(nd_rundir *out, bool create, const char **why);
void nd_rundir_close(nd_rundir *dir);

/* The name of the directory of a mapping: of its local name, "Z:" or a mount point; where that is NULL,
 * of its remote name, whatever the case of its ASCII letters. Both are normal forms. */
void nd_mapping_name(char name[ND_MAPPING_NAME], const char *local, const char *remote);

/* Calls `see` for every mapping, live or not, without the dot-files; until it returns false. */
int nd_mapping_each(const nd_rundir *dir, bool (*see)(void *data, const char *name), void *data);

/* The worker's process, 0: it is dead. -1 and errno: ENOENT there is no such mapping, or what is left of
 * it is being removed; EPERM not the user's; EREMOTE it lives, in another PID namespace. Does not wait.
 * Never for a mapping that this process holds: looking at its lock would lose it. */
pid_t nd_mapping_worker(const nd_rundir *dir, const char *name);

/* ENOENT, EPERM as above, EPROTO, EPROTONOSUPPORT. */
int nd_mapping_read(const nd_rundir *dir, const char *name, nd_message *info);

/* Connects to the control socket, and checks that the other side is of the same user. ECONNREFUSED: the
 * worker is dead. EAGAIN: it accepts nothing, or does not listen. Does not wait; the socket is
 * non-blocking. Never for a mapping that this process holds, as above. */
int nd_mapping_call(const nd_rundir *dir, const char *name, int *out);

/* EPERM: the other side is of another user. */
int nd_mapping_check_peer(int fd, bool or_root);

/* The place of a file of the mapping, "files" or NULL for the mapping itself; to be freed. */
char *nd_mapping_path(const nd_rundir *dir, const char *name, const char *file);

/* ---- For the worker ------------------------------------------------------------------------- */

/* A mapping of one's own: locked as long as the process lives and `lock` is open (and no other
 * descriptor of the same file is closed by this process). A child does not inherit the lock: claim after
 * fork(). */
typedef struct nd_claim {
    nd_rundir dir;
    char name[ND_MAPPING_NAME];
    int fd; /* its directory */
    int lock;
} nd_claim;

/* Makes the mapping with this information, with an empty directory "files", and takes the name. EEXIST:
 * somebody has it, live or dead. */
int nd_mapping_claim(nd_claim *out, const char *name, const nd_message *info, const char **why);
/* Takes over what a dead worker has left, to remove it. EBUSY: it is alive, or another process removes
 * it. ENOENT: it is gone. */
int nd_mapping_take_over(nd_claim *out, const char *name, const char **why);
/* Replaces the information. EINVAL: it is not an ND_MESSAGE_INFO, or has a password. */
int nd_mapping_write(const nd_claim *claim, const nd_message *info);
/* The control socket, listening, non-blocking, close-on-exec. */
int nd_mapping_listen(const nd_claim *claim, int *out);
/* Removes all of it, the name last, and closes what `claim` holds, also when it fails: EBUSY something
 * is mounted on "files", ENOTEMPTY there are files of others, or another process has begun to remove it
 * as well. What is then left counts as a dead one's. */
int nd_mapping_remove(nd_claim *claim);
/* Removes what has been left of mappings being put together by programs that have died. Not while this
 * process makes one in another thread. */
void nd_mapping_sweep(const nd_rundir *dir);

#endif
