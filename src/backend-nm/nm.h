/* SPDX-License-Identifier: MIT */
/*
 * The provider "nm": WLAN interfaces and named connections through NetworkManager.
 *
 *   provider.c     the contract's side: open and close, and calls handed over to the loop
 *   bus.c          the private connection: who owns NetworkManager's name, and its signals
 *   task.c         a call being worked on: questions to NetworkManager, and the answer to the core
 *   objects.c      what NetworkManager says of an object, as a struct, and that as an item
 *   search.h       looking for them: connections.c, devices.c for Wi-Fi, network.c for what is on the air
 *   ends.c         disconnecting either, and seeing the end
 *   activation.c   connecting either, and seeing it up, or why not
 *   wlan_connect.c which profile a network is connected with, or a new one
 *   settings.c     profiles of Wi-Fi networks, built and checked by libnm
 *   watch.c        a picture of what there is, and the signals that keep it up
 *   changes.c      what each signal changes in it, and the event that this makes
 *   errors.c, reasons.c, uuid.c   tables of NetworkManager's errors and reasons; GUIDs of devices
 *
 * One thread with a GMainContext of its own does everything. What comes from other threads comes through
 * the inbox of provider.c; all else here runs on the loop's thread and has no lock.
 */
#ifndef ND_NM_H
#define ND_NM_H

#include <NetworkManager.h>
#include <gio/gio.h>
#include <pthread.h>

#include "provider.h"

#define ND_NM_PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"
#define ND_NM_NO_PATH              "/" /* how NetworkManager writes that there is none */

typedef struct nd_nm nd_nm;
typedef struct nd_nm_task nd_nm_task;
typedef struct nd_nm_watch nd_nm_watch;
typedef struct nd_nm_message nd_nm_message;

struct nd_nm {
    const nd_host *host;
    GThread *thread;
    GMainContext *context;
    GCancellable *closing; /* ends all calls under way */

    pthread_mutex_t lock; /* of the next four */
    nd_nm_message *inbox;
    nd_nm_message **inbox_end;
    GCancellable *dial;       /* ends connecting to the bus, which blocks the loop; NULL: nobody does */
    const nd_call *dial_call; /* for whom; NULL: for the watch */

    /* Of the loop's thread. */
    bool ended;
    GDBusConnection *connection; /* NULL: not connected to the bus */
    char *owner; /* the unique name that owns NetworkManager's; NULL: it is not running */
    guint owner_subscription;
    guint *subscriptions;    /* of the owner's signals, a row each */
    uint64_t heard;          /* signals, counted */
    GHashTable *tasks;       /* a set */
    GHashTable *seen_to_end; /* paths of activations, until they are looked for: none of
                              them comes again as long as the owner lives */
    GQueue unsent;
    unsigned in_flight;
    unsigned scans; /* tasks that wait for one */
    nd_nm_watch *watch;
};

/* ---- bus.c ---------------------------------------------------------------------------------- */

typedef enum nd_nm_signal_kind {
    ND_NM_ACTIVE_STATE,    /* state, reason */
    ND_NM_DEVICE_STATE,    /* state, old, reason */
    ND_NM_OBJECT_ADDED,    /* interfaces */
    ND_NM_OBJECT_REMOVED,  /* */
    ND_NM_PROPERTIES,      /* interface, properties */
    ND_NM_PROFILE_ADDED,   /* path is the profile's in this and the next */
    ND_NM_PROFILE_REMOVED, /* */
    ND_NM_PROFILE_UPDATED,
} nd_nm_signal_kind;

/* A signal of NetworkManager; `body` is as it came. */
typedef struct nd_nm_signal {
    nd_nm_signal_kind kind;
    const char *path;
    GVariant *body;
    uint64_t number; /* in the order of nm->heard */
    uint32_t state;
    uint32_t old;
    uint32_t reason;
} nd_nm_signal;

/* Connects to the bus and looks who owns the name, where that is to be done; for a call, or NULL.
 * Blocks, until nd_nm_bus_hang_up(). False: it cannot be had. */
bool nd_nm_bus_connect(nd_nm *nm, const nd_call *call, GError **error);
/* Whether GLib can open what it needs. */
bool nd_nm_has_descriptors(void);
/* Whether there is no bus, rather than one that cannot be used now; and that in words, to be freed. */
bool nd_nm_bus_is_absent(const GError *error);
char *nd_nm_bus_explain(const GError *error);
/* From any thread: ends connecting for this call, which is given up, or for the watch; NULL: for
 * anybody, for good. */
void nd_nm_bus_hang_up(nd_nm *nm, const nd_call *call);
/* Which signals are needed has changed. */
void nd_nm_bus_subscribe(nd_nm *nm);
void nd_nm_bus_close(nd_nm *nm);

/* ---- task.c --------------------------------------------------------------------------------- */

typedef struct nd_nm_question nd_nm_question;

typedef void (*nd_nm_step)(nd_nm_task *task);
/* The reply is a tuple, borrowed. */
typedef void (*nd_nm_reply)(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply);
/* True: the failure is dealt with, and does not fail the task. */
typedef bool (*nd_nm_forgive)(nd_nm_task *task, const nd_nm_question *asked, const GError *error);

/* Something that is done with several questions: a call of the core, or the first look of a watch. It
 * asks what can be asked at once, and goes on with the next step when all is answered; the first
 * failure that is not forgiven ends it. Answering ends it, too. */
struct nd_nm_task {
    nd_nm *nm;
    nd_call *call; /* NULL: the watch's */
    char *owner;   /* the NetworkManager that is asked, from the first question to the last */
    unsigned references;
    unsigned pending;
    bool accepted; /* what was asked for has begun */
    bool ended;
    nd_nm_step next;
    const char *method;                                       /* the last that was answered */
    void (*failed)(nd_nm_task *task, const GError *error);    /* NULL: the call is answered */
    void (*notice)(nd_nm_task *task, const nd_nm_signal *it); /* signals; may be NULL */
    void *data;
    GDestroyNotify free_data;
};

/* Of a reference; it ends by nd_nm_answer(), nd_nm_fail() or nd_nm_task_end(). */
nd_nm_task *nd_nm_task_new(nd_nm *nm, nd_call *call);
void nd_nm_task_end(nd_nm_task *task);
/* Gives the task its data, in place of what it had. */
void nd_nm_task_take(nd_nm_task *task, void *data, GDestroyNotify free_data);
/* Drops the task of a call that was given up; NULL: every task. */
void nd_nm_drop(nd_nm *nm, const nd_call *call);
/* Nothing more will be heard: ends the tasks that wait for a signal or have questions that were not
 * sent. Those that were are answered by the bus, which knows how far they came. */
void nd_nm_fail_all(nd_nm *nm, netdisc_status status, const char *message);
void nd_nm_notice_all(nd_nm *nm, const nd_nm_signal *it);

struct nd_nm_question {
    const char *path;
    const char *interface; /* static, as the next two */
    const char *method;
    const char *reply_type; /* a reply of another type is a failure */
    GVariant *arguments;    /* floating, or NULL */
    nd_nm_reply on_reply;   /* may be NULL */
    nd_nm_forgive forgive;  /* may be NULL */
    void *data;             /* for both; lives as long as the task */
};

/* Puts a question in line, for nd_nm_then() or nd_nm_send(); at most 64 are under way at a time. */
void nd_nm_ask(nd_nm_task *task, const nd_nm_question *question);
/* One property of an interface of an object; that the object has vanished is forgiven, but for the
 * roots. */
void nd_nm_ask_property(nd_nm_task *task, const char *path, const char *interface, const char *name,
                        nd_nm_reply on_reply);
/* The reply is that of Properties.GetAll; that the object has vanished is forgiven. */
void nd_nm_ask_all(nd_nm_task *task, const char *path, const char *interface, nd_nm_reply on_reply);
/* Sends what may be sent, and drops what ended tasks had to send. */
void nd_nm_send(nd_nm *nm);
/* When all that was asked is answered. */
void nd_nm_then(nd_nm_task *task, nd_nm_step next);

/* Asks about every path of a reply that is a list of them. */
void nd_nm_ask_each(nd_nm_task *task, GVariant *reply, void (*ask)(nd_nm_task *task, const char *path));

/* What a reply of one value holds, out of its variant if it is in one; to be unreferenced. */
GVariant *nd_nm_value(GVariant *reply);

/* The object is not there (any more). */
bool nd_nm_vanished(nd_nm_task *task, const nd_nm_question *asked, const GError *error);
bool nd_nm_is_error(const GError *error, const char *name);

/* Answers the call with success, in words of our own, or with what NetworkManager or the bus said. */
void nd_nm_answer(nd_nm_task *task);
void nd_nm_refuse(nd_nm_task *task, netdisc_status status, const char *format, ...) G_GNUC_PRINTF(3, 4);
void nd_nm_fail(nd_nm_task *task, const GError *error);
/* What an error says, and who says it; to be freed. */
char *nd_nm_explain(const nd_nm_task *task, const GError *error);
/* NetworkManager has answered what cannot be understood. */
void nd_nm_fail_odd(nd_nm_task *task);
/* From here on the core says so where the call is given up. */
void nd_nm_accepted(nd_nm_task *task);

/* ---- What calls do -------------------------------------------------------------------------- */

void nd_nm_probe(nd_nm_task *task);
void nd_nm_list_connections(nd_nm_task *task);
void nd_nm_find_connections(nd_nm_task *task);
void nd_nm_list_wlans(nd_nm_task *task);
void nd_nm_find_wlans(nd_nm_task *task);
void nd_nm_disconnect_connections(nd_nm_task *task);
void nd_nm_disconnect_wlans(nd_nm_task *task);
void nd_nm_connect_connection(nd_nm_task *task);
void nd_nm_connect_wlan(nd_nm_task *task);

/* ---- watch.c -------------------------------------------------------------------------------- */

nd_nm_watch *nd_nm_watch_new(nd_nm *nm);
void nd_nm_watch_free(nd_nm_watch *watch);
/* What the core wants events of. */
void nd_nm_watch_want(nd_nm_watch *watch, uint32_t kinds);
bool nd_nm_is_watched(const nd_nm_watch *watch);
void nd_nm_watch_notice(nd_nm_watch *watch, const nd_nm_signal *it);
/* Takes the picture, if it is wanted: at any time; when NetworkManager has come. */
void nd_nm_watch_look(nd_nm_watch *watch);
void nd_nm_watch_begin(nd_nm_watch *watch);
/* It is of no use any more: NetworkManager or the bus has gone. */
void nd_nm_watch_lose(nd_nm_watch *watch, netdisc_status status, const char *reason);

#endif
