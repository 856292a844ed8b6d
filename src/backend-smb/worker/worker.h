/* SPDX-License-Identifier: MIT */
/*
 * The program netdisc-smb: one process holds one mapping, from CONNECT to CANCEL (message.h).
 *
 *   main.c     the life of a worker
 *   server.c   the share, by libsmbclient
 *   files.c    the share as a file system, by FUSE
 *   mount.c    mounting and unmounting it
 *   control.c  the other thread: whoever asks the worker to end
 *   secret.c   the password: in memory, in the keyring
 *   cleanup.c  what dead workers have left
 *
 * Two threads. The main thread connects, serves and leaves, and alone enters libsmbclient, which cannot
 * be interrupted: so it needs no lock, and may be stuck for as long as the server likes. The control
 * thread answers for it meanwhile, and gets it out by cutting the connection under it.
 */
#ifndef ND_SMB_WORKER_H
#define ND_SMB_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <time.h>

#include "message.h"
#include "netdisc.h"
#include "rundir.h"

enum { ND_MOUNT_DEVICE = 32 /* bytes of "major:minor" */ };

/* Why something failed, as ND_MESSAGE_FAILED has it. */
typedef struct nd_failure {
    netdisc_status status;     /* 0: to be taken from the native code */
    const char *native_domain; /* static; NULL: nothing native */
    int64_t native_code;
    const char *native_name; /* static; NULL: unknown */
    char text[512];
} nd_failure;

/* Always false, to be returned. */
bool nd_failure_say(nd_failure *why, netdisc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* With an errno, and its text behind the sentence. */
bool nd_failure_errno(nd_failure *why, netdisc_status status, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The message borrows from `why`. */
void nd_failure_put(nd_message *message, const nd_failure *why);

/* ---- main.c --------------------------------------------------------------------------------- */

/* How far the main thread has come. */
typedef enum nd_stage {
    ND_STAGE_CONNECTING, /* nothing to be undone but the mapping itself */
    ND_STAGE_MOUNTING,
    ND_STAGE_SERVING,
    ND_STAGE_LEAVING, /* the file system has ended */
    ND_STAGE_LEFT     /* so has the connection to the server */
} nd_stage;

typedef struct nd_worker {
    nd_claim claim;
    nd_message info; /* the main thread's until it serves, then the control thread's */
    const char *id;
    char *mount; /* where the files are mounted; NULL: nowhere */
    char device[ND_MOUNT_DEVICE];
    int listener;
    int wake_control; /* eventfd */
    int signals;      /* signalfd */
} nd_worker;

extern nd_worker nd_self;

nd_stage nd_stage_now(void);
/* Waits for a stage, or a later one; false: not by then. */
bool nd_stage_wait(nd_stage stage, int64_t deadline);
/* Removes the mapping and ends the process, answering CANCELLED to `answer_to` unless it is -1. */
_Noreturn void nd_worker_end(int answer_to);
/* The same, while the main thread may be anywhere before ND_STAGE_MOUNTING; returns if it is not. */
void nd_worker_end_connecting(int answer_to);
/* Something has changed that the control thread looks at. */
void nd_worker_notice(void);

/* ---- server.c ------------------------------------------------------------------------------- */

typedef struct nd_file nd_file;
typedef bool (*nd_server_entry)(void *data, const char *name, const struct stat *what);

bool nd_server_connect(const nd_message *request, nd_failure *why);
/* Closes what is open and leaves. The main thread's, as is all of the next group. */
void nd_server_leave(void);

/* Paths begin with '/'. These return 0 or a negative errno, or how much was read or written. */
int nd_server_stat(const char *path, struct stat *out);
int nd_server_stat_file(nd_file *file, struct stat *out);
int nd_server_list(const char *path, nd_server_entry entry, void *data);
int nd_server_open(const char *path, int flags, nd_file **out);
void nd_server_close(nd_file *file);
int nd_server_read(nd_file *file, void *bytes, size_t size, off_t offset);
int nd_server_write(nd_file *file, const void *bytes, size_t size, off_t offset);
int nd_server_truncate(nd_file *file, off_t size);
int nd_server_make_directory(const char *path);
int nd_server_remove_directory(const char *path);
int nd_server_remove(const char *path);
int nd_server_rename(const char *from, const char *to);
/* UTIME_OMIT leaves one as it is. */
int nd_server_set_times(const char *path, const struct timespec times[2]);
int nd_server_set_writable(const char *path, bool writable);
int nd_server_space(struct statvfs *out);

/* Any thread's. */
void nd_server_refuse(void);         /* from now on every operation fails */
void nd_server_cut(void);            /* so does what is waiting for the server */
int nd_server_socket(void);          /* -1: not connected. To be looked at only, for it may be closed */
void nd_server_note_lost(void);      /* until an operation succeeds */
netdisc_state nd_server_state(void); /* connected or lost */

/* ---- files.c -------------------------------------------------------------------------------- */

int nd_files_prepare(void); /* before all else; 0 or an errno */
/* `source`: what is to be seen in lists of mounts. */
bool nd_files_mount(const char *place, const char *source, nd_failure *why);
/* Serves the files, if mounted, until it is unmounted or nd_files_stop(). */
void nd_files_serve(void);
/* Ends the file system's side: who still has files open gets errors. */
void nd_files_abort(void);

/* Any thread's. */
void nd_files_stop(void);
unsigned nd_files_open(void); /* files and directories that programs have open */
/* Waits until all has been answered that programs had asked before; false: not by then. */
bool nd_files_settle(int64_t deadline);

/* ---- mount.c -------------------------------------------------------------------------------- */

#define ND_MOUNT_TYPE "fuse.netdisc-smb"

/* Whether a mount of ours is at this very place, on top. Its device, "major:minor", or that of what is
 * there instead; "": nothing, "?": that cannot be told. */
bool nd_mount_find(const char *place, char device[ND_MOUNT_DEVICE]);
/* Whether a mount point of the user's can be mounted on; `*place` is its path without links. */
bool nd_mount_check(const char *local, char **place, nd_failure *why);
/* `device` "": it was not seen when it was mounted, so it is tried. 0: it is not there, or no longer; or an
 * errno. EBUSY: it is in use, or something else is mounted over it, which is not touched. */
int nd_unmount(const char *place, const char *device, bool lazily);

/* ---- control.c ------------------------------------------------------------------------------ */

int nd_control_start(void);

/* ---- secret.c ------------------------------------------------------------------------------- */

/* Keeps a copy, for libsmbclient asks again whenever it reconnects: locked in memory, in no core file,
 * wiped by nd_secret_wipe(). 0 or an errno. */
int nd_secret_keep(const char *text);
const char *nd_secret(void); /* "" if none */
void nd_secret_wipe(void);
/* To be called while there is one thread, if the password is to be found in the keyring, or to be saved.
 * Then one of these, which take two seconds at most. */
void nd_keyring_begin(const nd_message *request);
void nd_keyring_find(void);        /* it becomes the secret, unless there is one */
const char *nd_keyring_save(void); /* NULL, or why the secret is not in the keyring now */

/* ---- cleanup.c ------------------------------------------------------------------------------ */

/* `name` NULL: all of them. */
void nd_clean_up(const char *name);
/* Unmounts what the mapping serves, whose worker lives but does not answer; unless somebody uses it. */
bool nd_unmount_idle(const char *name, const char *id, nd_failure *why);

#endif
