/* SPDX-License-Identifier: MIT */
/*
 * A mount namespace of the test's own, in which WORLD is a directory to mount shares in: tmpfs and FUSE,
 * which the tests' module takes for shares. Failures of the world itself end the program.
 */
#ifndef WORLD_MOUNTS_H
#define WORLD_MOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "netdisc.h"

#define WORLD "/mnt/netdisc"

/* Skips the program where there can be no such namespace. */
void world_enter(void);
/* The users of this machine are there to be had: not so in a user namespace. */
bool world_has_users(void);
/* Nothing is mounted in WORLD, nobody holds anything, the profile is empty. */
int world_reset(void **state);

/* Makes WORLD/name, and mounts a share there. */
void world_mount(const char *source, const char *name);
void world_bind(const char *name, const char *other);
void world_mount_plain(const char *name); /* of a type that is no share */
bool world_is_mounted(const char *name);
void world_write(const char *path, const char *text);

/* A process that holds something of that path: 'f' an open file, 'd' an open directory, 'w' its working
 * directory, 'r' its root, 'm' a mapping, 'x' runs it as a program. Ends with the test. */
pid_t world_hold(char what, const char *path);
void world_release(pid_t holder);

/* A process that mounts and unmounts until it is released. */
pid_t world_restless(void);

/* A share whose server answers nothing at all; and one, for a directory "sub" to be mounted on, that
 * answers until it is frozen. */
void world_mount_silent(const char *source, const char *name);
pid_t world_mount_served(const char *source, const char *name);
/* One whose server must be told of its end, as that of the kernel's cifs must: it needs a block device
 * for that, which becomes its source. 0: that is not allowed here. */
pid_t world_mount_served_to_the_end(const char *name);
/* A process that looks at it, and so waits for the server. */
void world_get_stuck(const char *path);

netdisc *world_context(void);

#endif
