/* SPDX-License-Identifier: MIT */
/* Ending a mount of the kernel, which may block as long as its server does not answer. */
#ifndef ND_SMB_UNMOUNT_H
#define ND_SMB_UNMOUNT_H

#include "mounts.h"

/*
 * `wake` becomes readable when the caller gives up. With `force` what is open does not matter: it is
 * taken out of sight at once, and `*detached` says that it was in use then.
 *
 * 0: it is gone. EBUSY: it is in use. EPERM: not allowed to this process, or, in a setuid program, to
 * its user. EINVAL or ENOENT: nothing is mounted there. ECANCELED: the caller has given up; it may still
 * end. EEXIST: the kernel said that it has ended it, but it is there. Or what the system had not enough
 * of.
 */
int nd_unmount(nd_call *call, int wake, const nd_mount *mount, bool force, bool *detached);

/* The very same mount is still there. 0, ENOENT, or why that cannot be told. */
int nd_unmount_check(const nd_mount *mount);

/* What /etc/fstab lets ordinary users do: unmount it by the program umount. The option that does so,
 * "user"; NULL: nothing. */
const char *nd_unmount_fstab_option(const nd_mount *mount);

#endif
