/* SPDX-License-Identifier: MIT */
/* What is mounted, from /proc/self/mountinfo. Reading it touches no file system. */
#ifndef ND_SMB_MOUNTS_H
#define ND_SMB_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "smb.h"

typedef struct nd_mount {
    int id;
    int parent;
    unsigned major;
    unsigned minor;
    const char *type;
    const char *source;  /* "//server/share/below" */
    const char *point;   /* decoded */
    const char *options; /* of the superblock: "rw,vers=3.1.1,username=alice" */
} nd_mount;

typedef struct nd_mounts nd_mounts;

/* Reads those that `wanted` says (NULL: all), in the kernel's order. */
netdisc_status nd_mounts_read(nd_mounts **out, bool (*wanted)(const char *type), nd_trouble *why);
/* The same from a text of `size` bytes: for tests. NULL: no memory. Malformed lines are passed over. */
nd_mounts *nd_mounts_parse(const char *text, size_t size, bool (*wanted)(const char *type));
void nd_mounts_free(nd_mounts *mounts);

size_t nd_mounts_count(const nd_mounts *mounts);
const nd_mount *nd_mounts_get(const nd_mounts *mounts, size_t index);
/* What a program sees at that point: of mounts on top of each other, the last. NULL: nothing is mounted
 * there. */
const nd_mount *nd_mounts_at(const nd_mounts *mounts, const char *point);
/* The first of those that are mounted on this one, or on its directories; NULL: none is. */
const nd_mount *nd_mounts_below(const nd_mounts *mounts, const nd_mount *mount);
const nd_mount *nd_mounts_by_id(const nd_mounts *mounts, int id);
/* The mount that hides this one, for it stands on top of it, or over a directory on the way to it. NULL:
 * none; that needs all mounts to have been read. */
const nd_mount *nd_mounts_over(const nd_mounts *mounts, const nd_mount *mount);
/* `path` is the mount point, or below. */
bool nd_is_below(const char *path, const char *point);
/* The value of an option, "alice" of "username"; to be freed. NULL: it is not there, or no memory. */
char *nd_mount_option(const nd_mount *mount, const char *name);

/* types.c: the file systems that are kernel mounts of shares. The tests have a types.c of their own. */
bool nd_is_share_type(const char *type);

#endif
