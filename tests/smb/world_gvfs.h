/* SPDX-License-Identifier: MIT */
/*
 * A desktop session in namespaces of its own: a session bus that starts the real GVfs, and a real smbd
 * on loopback. All of it ends with the test program, whatever happens to that.
 */
#ifndef WORLD_GVFS_H
#define WORLD_GVFS_H

#include <stdbool.h>
#include <sys/types.h>

#include <netdisc.h>

#define WORLD_BUS     "unix:path=/run/netdisc/bus"
#define WORLD_RUNTIME "/run/netdisc/user"
#define WORLD_FUSE    WORLD_RUNTIME "/gvfs"
#define WORLD_PUBLIC  WORLD_FUSE "/smb-share:server=localhost,share=public"

enum { WORLD_MS = 20000 };

/* Before anything else. Where it is not allowed, the program ends as a skipped test. */
void world_enter(void);
__attribute__((format(printf, 1, 2), noreturn)) void world_die(const char *format, ...);

/* cmocka setups: a bus and no GVfs yet, smbd runs; or with smb://localhost/public mounted. */
int world_reset(void **state);
int world_reset_mounted(void **state);

/* FUSE has it a little later than GVfs. */
void world_await_file(void);

void world_start_bus(void);
void world_kill_bus(void);
void world_signal_bus(int number);
/* To smbd, with all that it has started. */
void world_signal_server(int number);
/* The first process of that name; 0: there is none. */
pid_t world_find(const char *program);
/* To all of a name; waits until they have stopped, or ended. */
void world_signal_all(const char *program, int number);

/* Runs `gio` with these arguments (at most three) and an input; its exit status. */
int world_gio(const char *input, const char *command, const char *option, const char *name);

/* The double in gvfsd's place, which behaves so. The next reset ends it. */
void world_start_double(const char *behaviour);

/* A process that has something open until world_release(). */
pid_t world_open_file(const char *path);
pid_t world_enter_directory(const char *path);
pid_t world_map_file(const char *path);
pid_t world_read_by_gio(const char *name); /* has begun to read it, and waits */
void world_release(pid_t pid);

bool world_wait_until(bool (*condition)(void *data), void *data);

/* The provider "gvfs" alone, or those. */
netdisc *world_open(const char *providers);

#endif
