/* SPDX-License-Identifier: MIT */
/*
 * The mappings that are remembered, with NETDISC_UPDATE_PROFILE: a key file "shares" in
 * $XDG_CONFIG_HOME/netdisc (or ~/.config/netdisc), mode 0600, a group for each local name. Never a
 * password.
 *
 *   [netdisc]        Version=1
 *   [Z:]             Remote=\\server\share, Provider=session or cifs, User=, Domain=, Auth=, MountPoint=
 *
 * In the name of a group, "%", "[", "]" and control characters are written as %XX. Writers take turns by
 * a lock on a file beside it, and replace the file as a whole. What cannot be read as such is never
 * overwritten. Every function may be called from any thread, and may block on the disk.
 *
 * ERROR_BAD_PROFILE          it is damaged: not a key file, not UTF-8, too large, an unknown version, a
 *                            malformed name
 * ERROR_CANNOT_OPEN_PROFILE  it, or its directory, cannot be opened: no permission, a directory, a symbolic
 *                            link, of another user, or others may write; the errno is in the detail
 * ERROR_DISK_FULL            what there was is as it was
 * and what the errno of another failed write stands for, ETIMEDOUT where another writer has stopped half-way:
 * then the errno is in nd_trouble, and no status.
 */
#ifndef ND_SMB_PROFILE_H
#define ND_SMB_PROFILE_H

#include "smb.h"

typedef struct nd_remembered {
    const char *local; /* the key: "Z:" or a mount point, normal form */
    const char *remote;
    const char *provider; /* "session", "cifs" */
    const char *user;     /* NULL where there is none; so are the next two */
    const char *domain;
    const char *mount_point; /* of the kernel's mount that the letter stands for */
    netdisc_auth auth;
} nd_remembered;

typedef struct nd_profile nd_profile;

enum { ND_PROFILE_MAX = 1 << 20 /* bytes */ };

/* No file is an empty profile. */
netdisc_status nd_profile_read(const nd_host *host, nd_profile **out, nd_trouble *why);
/* What stands in a file. `*out` is NULL unless it returns NO_ERROR; so it is there. */
netdisc_status nd_profile_parse(const nd_host *host, const char *text, size_t size, nd_profile **out,
                                nd_trouble *why);
void nd_profile_free(nd_profile *profile);
/* NULL, one that could not be read, has none. */
size_t nd_profile_count(const nd_profile *profile);
const nd_remembered *nd_profile_get(const nd_profile *profile, size_t index);
/* NULL: not remembered. */
const nd_remembered *nd_profile_find(const nd_profile *profile, const char *local);

/* Adds or replaces. ERROR_INVALID_PARAMETER: it could not be read again (a malformed name, not
 * UTF-8). */
netdisc_status nd_profile_remember(const nd_host *host, const nd_remembered *what, nd_trouble *why);
/* NO_ERROR also when it is not there. */
netdisc_status nd_profile_forget(const nd_host *host, const char *local, nd_trouble *why);

/* The directory that it is in, which may not exist; to be freed, NULL: no memory, or no home. For
 * watches. */
char *nd_profile_directory(void);

#endif
