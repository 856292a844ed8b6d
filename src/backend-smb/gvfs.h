/* SPDX-License-Identifier: MIT */
/*
 * The provider "gvfs": the smb mounts of the user's desktop session, over the D-Bus interfaces that
 * GIO's own client side uses. That client side itself would end the host with the session bus.
 *
 *   gvfs.c          the provider, and what each slot does
 *   gvfs_bus.c      a connection of our own, and one question
 *   gvfs_mounts.c   what is mounted
 *   gvfs_desk.c     the object that GVfs asks for passwords, and tells who is in the way
 *   gvfs_end.c      unmounting
 *   gvfs_make.c     mounting
 *   gvfs_holders.c  who has something open; gvfs_streams.c through GIO, not FUSE
 *   gvfs_watch.c    the thread that looks again
 */
#ifndef ND_SMB_GVFS_H
#define ND_SMB_GVFS_H

#include <gio/gio.h>
#include <pthread.h>

#include "holders.h"
#include "smb.h"

#define ND_GVFS_DAEMON          "org.gtk.vfs.Daemon"
#define ND_GVFS_TRACKER         "org.gtk.vfs.MountTracker"
#define ND_GVFS_TRACKER_PATH    "/org/gtk/vfs/mounttracker"
#define ND_GVFS_MOUNT           "org.gtk.vfs.Mount"
#define ND_GVFS_BUS             "org.freedesktop.DBus"
#define ND_GVFS_BUS_PATH        "/org/freedesktop/DBus"
#define ND_GVFS_MOUNT_TYPE      "(sossssssbay(aya{sv})ay)"
#define ND_GVFS_MOUNT_SPEC_TYPE "(aya{sv})"

typedef struct nd_gvfs_talk nd_gvfs_talk;
typedef struct nd_gvfs_watch nd_gvfs_watch;

typedef struct nd_gvfs {
    const nd_host *host;
    pthread_mutex_t lock;
    GDBusConnection *connection; /* under the lock; may have ended; NULL: none yet */
    nd_gvfs_talk *talks;         /* under the lock: those under way */
    nd_gvfs_watch *watch;        /* of nd_gvfs_watch_want() alone */
} nd_gvfs;

/* ---- gvfs_bus.c ----------------------------------------------------------------------------- */

/* What one thread says to the bus: a slot for its call, or the watch. What is heard meanwhile comes
 * through its context, which is the thread's default until the end. */
struct nd_gvfs_talk {
    nd_gvfs *gvfs;
    nd_call *call; /* NULL: the watch */
    GMainContext *context;
    GCancellable *cancellable; /* ends everything that waits */
    GDBusConnection *connection;
    nd_trouble why; /* why it failed */
    nd_gvfs_talk *next;
};

/* Connects, or takes the connection that is there. Whatever it returns, nd_gvfs_talk_end() is to follow.
 * ERROR_NOT_SUPPORTED with nothing native: there is no session bus. */
netdisc_status nd_gvfs_talk_begin(nd_gvfs_talk *talk, nd_gvfs *gvfs, nd_call *call);
/* The same for a talk without a call, that has a connection for itself. */
netdisc_status nd_gvfs_talk_alone(nd_gvfs_talk *talk, nd_gvfs *gvfs, GCancellable *cancellable,
                                  GMainContext *context);
void nd_gvfs_talk_end(nd_gvfs_talk *talk);
/* Are there some left for GLib, which ends the program where there are none? */
bool nd_gvfs_has_descriptors(void);
/* Ends the talk of that call. */
void nd_gvfs_talk_abandon(nd_gvfs *gvfs, const nd_call *call);

typedef struct nd_gvfs_question {
    const char *to; /* a name on the bus; well-known ones are started, unless they are the bus */
    const char *path;
    const char *interface;
    const char *method;
    GVariant *arguments;
    const char *reply_type;
    int timeout_ms; /* 0: that of the talk */
} nd_gvfs_question;

/* Asks without waiting: `*answer` is filled in when its time comes, which must be waited for. */
typedef struct nd_gvfs_answer {
    bool there;
    GVariant *reply; /* NULL: see the error */
    GError *error;
} nd_gvfs_answer;

void nd_gvfs_ask_later(nd_gvfs_talk *talk, const nd_gvfs_question *question, nd_gvfs_answer *answer);
void nd_gvfs_await(nd_gvfs_talk *talk, const nd_gvfs_answer *answer);
void nd_gvfs_answer_clear(nd_gvfs_answer *answer);
/* Asks and waits. NULL: no answer. */
GVariant *nd_gvfs_ask(nd_gvfs_talk *talk, const nd_gvfs_question *question, GError **error);

/* Waits while hearing what comes; false: the talk was ended. */
bool nd_gvfs_pause(nd_gvfs_talk *talk, guint ms);

/* A text of others for a message: valid UTF-8 that a message has room for; to be freed. */
char *nd_gvfs_text(const char *text);

/* Is it GVfs' own error of that GIOErrorEnum? */
bool nd_gvfs_said(const GError *error, GIOErrorEnum code);
/* Is the one asked not on the bus (any more)? */
bool nd_gvfs_is_gone(const GError *error);
/* Says in talk->why what an error stands for, after "<what>: ". */
netdisc_status nd_gvfs_fail(nd_gvfs_talk *talk, const GError *error, const char *what);

/* The unique name of gvfsd, to be freed; NULL with NO_ERROR: it is not running. Never starts it. */
netdisc_status nd_gvfs_tracker(nd_gvfs_talk *talk, char **out);
/* The process that has that unique name; 0: not known. */
pid_t nd_gvfs_pid_of(nd_gvfs_talk *talk, const char *sender);

/* ---- gvfs_mounts.c -------------------------------------------------------------------------- */

typedef struct nd_gvfs_mount {
    const nd_host *host;
    char *key;
    char *sender; /* its unique name on the bus */
    char *object;
    char *path; /* by FUSE; NULL: not there */
    char *user; /* NULL: GVfs does not say */
    char *domain;
    char *title;  /* as GVfs calls it */
    nd_name name; /* ND_FORM_NONE: it has a name that netdisc's names cannot say */
} nd_gvfs_mount;

/* The smb mounts, an array of nd_gvfs_mount; NULL: talk->why. Empty where gvfsd does not run. */
GPtrArray *nd_gvfs_mounts(nd_gvfs_talk *talk);
/* As an item that borrows from it. */
nd_item nd_gvfs_item(const nd_gvfs_mount *mount);
/* That of the key; NULL: it is gone. */
const nd_gvfs_mount *nd_gvfs_mount_of(const GPtrArray *mounts, const char *key);

/* ---- gvfs_desk.c ---------------------------------------------------------------------------- */

typedef enum nd_gvfs_refusal {
    ND_GVFS_NOT_ASKED = 0, /* or answered */
    ND_GVFS_WRONG,         /* what was answered was not taken, and it was asked again */
    ND_GVFS_NOTHING_GIVEN, /* a password is needed, and there is none */
    ND_GVFS_NO_GUESTS,
    ND_GVFS_QUESTION /* something else was asked, which nobody is there to answer */
} nd_gvfs_refusal;

typedef struct nd_gvfs_desk {
    nd_gvfs_talk *talk;
    const netdisc_share_spec *spec; /* NULL: when unmounting */
    char path[64];                  /* that nobody can guess: who knows it may ask for the password */
    guint registration;
    bool answered;
    nd_gvfs_refusal refusal;
    char *question; /* for ND_GVFS_QUESTION */
    GArray *pids;   /* GPid: who is in the way */
} nd_gvfs_desk;

netdisc_status nd_gvfs_desk_open(nd_gvfs_desk *desk, nd_gvfs_talk *talk, const netdisc_share_spec *spec);
/* What a method of GVfs wants to know of it. Floating. */
GVariant *nd_gvfs_desk_source(const nd_gvfs_desk *desk);
void nd_gvfs_desk_close(nd_gvfs_desk *desk);
/* As whom it is to be; NULL: as nobody, or as GVfs does by itself. */
const char *nd_gvfs_user(const netdisc_share_spec *spec);
const char *nd_gvfs_domain(const netdisc_share_spec *spec);

/* ---- gvfs_end.c, gvfs_make.c ---------------------------------------------------------------- */

netdisc_status nd_gvfs_cancel(nd_gvfs_talk *talk);
netdisc_status nd_gvfs_add(nd_gvfs_talk *talk);

/* ---- gvfs_holders.c, gvfs_streams.c --------------------------------------------------------- */

/* Adds those who have something open on the mount to the answer. */
void nd_gvfs_holders(nd_gvfs_talk *talk, const nd_gvfs_mount *mount, nd_holders *seen);
/* Says that some could not be looked into, if so. */
void nd_gvfs_holders_tell(nd_gvfs_talk *talk, const nd_holders *seen);
/* Adds one who GVfs says is in the way. */
void nd_gvfs_holder_said(nd_gvfs_talk *talk, pid_t pid);

/* The streams that programs have open with a process of GVfs: a set of the inodes (guint64) of their
 * ends of the sockets. NULL: cannot be told. */
GHashTable *nd_gvfs_streams(pid_t backend);

/* ---- gvfs_watch.c --------------------------------------------------------------------------- */

void nd_gvfs_watch_want(nd_gvfs *gvfs, bool wanted);

#endif
