/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's mounts are as shares. A remembered mapping of the provider "cifs" ties a drive
 * letter to a mount point: while that share is mounted there, the letter is the mount's local name, and
 * otherwise the mapping is an item by itself, which is not connected.
 */
#ifndef ND_SMB_SHARES_H
#define ND_SMB_SHARES_H

#include "mounts.h"
#include "profile.h"

typedef struct nd_share {
    const nd_mount *mount;
    const nd_remembered *tie;    /* NULL: there is none */
    nd_name remote;              /* ND_FORM_NONE: the source is not the name of a share */
    netdisc_tristate remembered; /* unknown where the profile cannot be read */
    unsigned port;               /* 0: the usual one */
    char *point;                 /* these are for people, and so UTF-8 */
    char *source;
    char *user;
    char key[64];
} nd_share;

typedef struct nd_shares {
    const nd_host *host;
    nd_mounts *mounts;   /* those of shares */
    nd_profile *profile; /* NULL: it cannot be read, and this is why: */
    netdisc_status profile_status;
    nd_trouble profile_why;
    const nd_mount **ties; /* for each that is remembered, its mount; NULL: there is none, or not ours */
} nd_shares;

/* A profile that cannot be read is no failure. To be cleared in any case. */
netdisc_status nd_shares_read(const nd_host *host, nd_shares *out, nd_trouble *why);
void nd_shares_clear(nd_shares *it);

/* One mount of them; its strings are its own, but for the tie. */
void nd_shares_get(const nd_shares *it, const nd_mount *mount, nd_share *out);
nd_item nd_share_item(const nd_share *it);
void nd_share_clear(const nd_host *host, nd_share *it);

typedef void (*nd_share_fn)(void *to, const nd_item *item);

/* Gives those that `target` names, NULL: all, and what is remembered and not mounted. */
void nd_shares_each(const nd_shares *it, const nd_name *target, nd_share_fn add, void *to);

/* The mount that such an item is of; NULL: it is gone, or never was. */
const nd_mount *nd_share_mount(const nd_mounts *all, const nd_item *item);

#endif
