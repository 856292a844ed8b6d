/* SPDX-License-Identifier: MIT */
/*
 * Real Samba servers in a world of their own: network, processes, mounts, users. Nothing of the
 * machine's is touched, and nothing outlives the program. See bed.h for what happens when it goes wrong;
 * everything is for the main thread, and waits have a deadline of WORLD_MS.
 *
 * The program acts as root or, begun with --user, as an ordinary user; the servers and what is done to
 * them are root's in any case, but for WORLD_OTHER, which is then that user's.
 */
#ifndef WORLD_SMB_H
#define WORLD_SMB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bed.h"
#include "netdisc.h"

enum { WORLD_MS = 20000, WORLD_PATH = 512 };

/* ---- The world ------------------------------------------------------------------------------ */

#define WORLD_RUN     "/run/netdisc-world"
#define WORLD_RUNTIME WORLD_RUN "/user"   /* XDG_RUNTIME_DIR */
#define WORLD_CONFIG  WORLD_RUN "/config" /* XDG_CONFIG_HOME */

enum { WORLD_UID = 3000 }; /* of the ordinary user */

/* Makes and enters a world in which nothing runs, as root or not. NULL, or why that cannot be here.
 * Once, before any thread: it goes on in a process of its own, whose end is the program's. */
const char *world_try_enter(bool as_user);

/* The same for a test program, with "--user" as the ordinary user: prints a TAP skip with the reason and
 * exits where it cannot be. */
void world_enter(int argc, char **argv);

bool world_is_user(void);

/* Ends what tests have left, and begins anew: with both servers, the files of the shares as they were,
 * and nothing in the user's directories. A setup function of cmocka's, too, for which it returns 0. */
int world_reset(void **state);

/* Ends the servers; where `result` is not 0, prints the end of their logs. Returns `result`. */
int world_end(int result);

/* NULL, or what is still there of mappings: a worker, a mount, a file in the runtime directory. Waits
 * for it to go. */
const char *world_left_over(void);

/* ---- Servers -------------------------------------------------------------------------------- */

typedef enum world_server { WORLD_SMB, WORLD_OTHER, WORLD_SERVERS } world_server;

/* Both are at 127.0.0.1, which is also "here" and "there". What else is at a port: nobody; a socket that
 * accepts and never answers; one that does not even accept. */
enum {
    WORLD_SMB_PORT = 445,
    WORLD_OTHER_PORT = 4455,
    WORLD_CLOSED_PORT = 4456,
    WORLD_SILENT_PORT = 4457,
    WORLD_FULL_PORT = 4458
};

/* Users: alice, bob, and "disabled", whose account is. */
#define WORLD_PASSWORD "Secret 5%#ä"

/*
 * Shares: guest, private (alice), denied (bob), readonly, encrypted (alice), "with space", "per%cent",
 * "ha#sh", "Größe", many, big, tree (in which there may be links of DFS). All but private, denied and encrypted are open to guests. WORLD_OTHER has
 * them, too, with other files. In each is a file "hello" with the text "hello from SERVER/SHARE\n",
 * SERVER being "here" or "there".
 */

void world_start(world_server which);
/* Kills a server, stopped or not, and what serves its connections. Nothing, where it does not run. */
void world_kill(world_server which);
/* To a server and what serves its connections. */
void world_signal(world_server which, int number);
/* Closes a share, as an administrator does, for everybody. */
void world_close_share(world_server which, const char *share);

/* The server's own place of a file in a share; valid until the next call but three. */
const char *world_file(world_server which, const char *share, const char *name);
/* Writes one that everybody may write. */
void world_put(world_server which, const char *share, const char *name, const char *text);
/* Files "file0000" ...; and one of this size, with nothing in it. */
void world_put_many(const char *share, size_t count);
void world_put_big(const char *share, const char *name, off_t size);

/* What the server says now: tree connects to a share, open files and directories in it. */
size_t world_tree_connects(world_server which, const char *share);
size_t world_open_files(world_server which, const char *share);
/* Waits until it is so many, and says whether. */
bool world_wait_tree_connects(world_server which, const char *share, size_t count);
bool world_wait_open_files(world_server which, const char *share, size_t count);

/* ---- The machine ---------------------------------------------------------------------------- */

/* Waits until it is so, and says whether it is. */
bool world_wait(bool (*is_so)(const void *data), const void *data, int timeout_ms);

/* How many mounts there are at or below a place. */
size_t world_mounts(const char *path);
/* As root: a tmpfs with options, a file or directory over another, neither. */
void world_mount_tmpfs(const char *path, const char *options);
void world_bind(const char *from, const char *to);
void world_unmount(const char *path);
/* As root: sh with this script. */
void world_sh(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The worker processes, as far as they fit; how many there are. */
size_t world_workers(pid_t *out, size_t room);
/* Waits until there are so many, and says whether. */
bool world_wait_workers(size_t count);
bool world_wait_gone(pid_t pid);

/* ---- Holders -------------------------------------------------------------------------------- */

#define WORLD_HOLDER "holder" /* its program's name */

typedef struct world_holder {
    pid_t pid;
    int in;
    int out;
} world_holder;

/* Starts a program that holds something, see holder.c, and waits until it does. */
world_holder world_hold(const char *what, const char *path);
/* Has it do something, and gives the errno; world_holder_begin() does not wait, and
 * world_holder_result() waits: -1 when it has not been done in time, or the holder is gone. */
int world_holder_do(const world_holder *holder, char command);
void world_holder_begin(const world_holder *holder, char command);
int world_holder_result(const world_holder *holder, int timeout_ms);
/* Ends it. */
void world_release(world_holder *holder);

/* ---- netdisc in it -------------------------------------------------------------------------- */

/* Options for a context with these providers alone, from the module that is tested; NULL: "session". */
netdisc_options world_options(const char *providers);
netdisc *world_context(void);

/* Another program that adds a mapping, as a guest: see maker.c. Its descriptor 3 and what it prints to;
 * -1. */
pid_t world_make(const char *how, const char *local, const char *remote, int gate, int out);

#endif
