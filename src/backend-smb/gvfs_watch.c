/* SPDX-License-Identifier: MIT */
/*
 * A thread that looks again whenever GVfs tells of a mount, or gvfsd comes or goes; and that tries again
 * where there is no bus, or no answer.
 */
#include <string.h>

#include "gvfs.h"
#include "picture.h"

enum { PATIENCE_MS = 10000, FIRST_PAUSE_MS = 1000, LAST_PAUSE_MS = 32000 };

struct nd_gvfs_watch {
    nd_gvfs *gvfs;
    pthread_t thread;
    GMainContext *context;
    GCancellable *closing;
    nd_picture *picture;
    gint asked; /* atomic: somebody wants READY again */
    bool changed;
};

/* ---- What is heard -------------------------------------------------------------------------- */

typedef struct signal_row {
    const char *sender; /* NULL: whoever; it only makes it look again */
    const char *interface;
    const char *member;
    const char *path;
    const char *about;
} signal_row;

static const signal_row heard_of[] = {
    {ND_GVFS_BUS, ND_GVFS_BUS, "NameOwnerChanged", ND_GVFS_BUS_PATH, ND_GVFS_DAEMON},
    {NULL, ND_GVFS_TRACKER, "Mounted", ND_GVFS_TRACKER_PATH, NULL},
    {NULL, ND_GVFS_TRACKER, "Unmounted", ND_GVFS_TRACKER_PATH, NULL},
};

enum { SIGNALS = G_N_ELEMENTS(heard_of) };

static void heard(GDBusConnection *connection, const char *sender, const char *path,
                  const char *interface, const char *member, GVariant *body, void *data)
{
    nd_gvfs_watch *self = data;

    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    (void)member;
    (void)body;
    self->changed = true;
}

static void subscribe(nd_gvfs_watch *self, GDBusConnection *connection, guint ids[SIGNALS])
{
    for (size_t i = 0; i < SIGNALS; i++)
        ids[i] = g_dbus_connection_signal_subscribe(
            connection, heard_of[i].sender, heard_of[i].interface, heard_of[i].member, heard_of[i].path,
            heard_of[i].about, G_DBUS_SIGNAL_FLAGS_NONE, heard, self, NULL);
}

static void unsubscribe(GDBusConnection *connection, const guint ids[SIGNALS])
{
    for (size_t i = 0; i < SIGNALS; i++)
        g_dbus_connection_signal_unsubscribe(connection, ids[i]);
}

/* ---- Looking -------------------------------------------------------------------------------- */

typedef struct attempt {
    nd_gvfs_watch *watch;
    GCancellable *end;
    GSource *timer; /* NULL: nothing is waited for */
    bool late;
} attempt;

static gboolean is_late(gpointer data)
{
    attempt *self = data;

    self->late = true;
    g_cancellable_cancel(self->end);
    return G_SOURCE_REMOVE;
}

static void arm(attempt *self)
{
    self->timer = g_timeout_source_new(PATIENCE_MS);
    g_source_set_callback(self->timer, is_late, self, NULL);
    g_source_attach(self->timer, self->watch->context);
}

static void disarm(attempt *self)
{
    g_source_destroy(self->timer);
    g_clear_pointer(&self->timer, g_source_unref);
}

static void fill(nd_picture *picture, const GPtrArray *mounts)
{
    for (guint i = 0; i < mounts->len; i++) {
        const nd_gvfs_mount *mount = mounts->pdata[i];
        nd_item item = nd_gvfs_item(mount);

        if (mount->name.form == ND_FORM_REMOTE)
            nd_picture_add(picture, &item);
    }
    nd_picture_done(picture);
}

static bool look(attempt *self, nd_gvfs_talk *talk)
{
    GPtrArray *mounts;

    self->watch->changed = false;
    arm(self);
    mounts = nd_gvfs_mounts(talk);
    disarm(self);
    if (!mounts)
        return false;
    fill(self->watch->picture, mounts);
    g_ptr_array_unref(mounts);
    return true;
}

static bool was_asked(nd_gvfs_watch *self)
{
    return g_atomic_int_compare_and_exchange(&self->asked, 1, 0);
}

static bool is_closing(const nd_gvfs_watch *self)
{
    return g_cancellable_is_cancelled(self->closing);
}

/* The core tells it to watches that come later, too. */
static void lose(nd_gvfs_watch *self, const nd_trouble *why, bool late)
{
    if (is_closing(self))
        return;
    if (late)
        nd_picture_lost(self->picture, NETDISC_ERROR_TIMEOUT,
                        "GVfs, or the session bus, does not answer");
    else
        nd_picture_lost(self->picture, why->status ? why->status : NETDISC_ERROR_GEN_FAILURE,
                        why->message);
}

/* ---- Following ------------------------------------------------------------------------------ */

/* Until something goes wrong. False: it did from the beginning. */
static bool follow(attempt *self, nd_gvfs_talk *talk)
{
    nd_gvfs_watch *watch = self->watch;

    was_asked(watch); /* the first look answers them all */
    if (!look(self, talk))
        return false;
    while (!g_cancellable_is_cancelled(self->end)) {
        if (was_asked(watch))
            nd_picture_again(watch->picture);
        if (watch->changed && !look(self, talk))
            return true;
        g_main_context_iteration(watch->context, TRUE);
    }
    nd_trouble_say(&talk->why, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "the session bus has ended");
    return true;
}

static void ended(GDBusConnection *connection, gboolean vanished, GError *error, gpointer data)
{
    (void)connection;
    (void)vanished;
    (void)error;
    g_cancellable_cancel(data);
}

static bool connect_and_follow(attempt *self, nd_gvfs_talk *talk)
{
    guint ids[SIGNALS];
    gulong handler;
    bool good;

    arm(self);
    good = !nd_gvfs_talk_alone(talk, self->watch->gvfs, self->end, self->watch->context);
    disarm(self);
    if (!good)
        return false;
    handler = g_signal_connect(talk->connection, "closed", G_CALLBACK(ended), self->end);
    subscribe(self->watch, talk->connection, ids);
    good = follow(self, talk);
    unsubscribe(talk->connection, ids);
    g_signal_handler_disconnect(talk->connection, handler);
    return good;
}

static void end_it(GCancellable *closing, gpointer end)
{
    (void)closing;
    g_cancellable_cancel(end);
}

static bool try_once(nd_gvfs_watch *self)
{
    attempt now = {.watch = self, .end = g_cancellable_new()};
    gulong handler = g_cancellable_connect(self->closing, G_CALLBACK(end_it), now.end, NULL);
    nd_gvfs_talk talk;
    bool good = connect_and_follow(&now, &talk);

    g_cancellable_disconnect(self->closing, handler);
    lose(self, &talk.why, now.late);
    nd_gvfs_talk_end(&talk);
    g_object_unref(now.end);
    return good;
}

static gboolean is_over(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

static void rest(nd_gvfs_watch *self, guint ms)
{
    GSource *timer = g_timeout_source_new(ms);
    bool over = false;

    g_source_set_callback(timer, is_over, &over, NULL);
    g_source_attach(timer, self->context);
    while (!over && !is_closing(self))
        g_main_context_iteration(self->context, TRUE);
    g_source_destroy(timer);
    g_source_unref(timer);
}

static void *watch(void *data)
{
    nd_gvfs_watch *self = data;
    guint pause = FIRST_PAUSE_MS;

    while (!is_closing(self)) {
        if (try_once(self))
            pause = FIRST_PAUSE_MS;
        rest(self, pause);
        pause = MIN(pause * 2, LAST_PAUSE_MS);
    }
    return NULL;
}

/* ---- The thread ----------------------------------------------------------------------------- */

static void watch_free(nd_gvfs_watch *self)
{
    nd_picture_free(self->picture);
    g_clear_object(&self->closing);
    g_clear_pointer(&self->context, g_main_context_unref);
    g_free(self);
}

static nd_gvfs_watch *start(nd_gvfs *gvfs)
{
    nd_gvfs_watch *self;

    if (!nd_gvfs_has_descriptors())
        return NULL;
    self = g_new0(nd_gvfs_watch, 1);
    self->gvfs = gvfs;
    self->context = g_main_context_new();
    self->closing = g_cancellable_new();
    self->picture = nd_picture_new(gvfs->host, ND_SORT_SHARE);
    /* The core's workers, and so the threads that they start, block all signals. */
    if (self->picture && pthread_create(&self->thread, NULL, watch, self) == 0)
        return self;
    watch_free(self);
    return NULL;
}

static void stop(nd_gvfs_watch *self)
{
    g_cancellable_cancel(self->closing);
    g_main_context_wakeup(self->context);
    pthread_join(self->thread, NULL);
    watch_free(self);
}

void nd_gvfs_watch_want(nd_gvfs *gvfs, bool wanted)
{
    if (!wanted) {
        g_clear_pointer(&gvfs->watch, stop);
        return;
    }
    if (gvfs->watch) {
        g_atomic_int_set(&gvfs->watch->asked, 1);
        g_main_context_wakeup(gvfs->watch->context);
        return;
    }
    gvfs->watch = start(gvfs);
    if (!gvfs->watch)
        nd_emit(gvfs->host, &(nd_event){
                                .type = NETDISC_EVENT_LOST,
                                .kinds = NETDISC_SHARE,
                                .status = NETDISC_ERROR_NOT_ENOUGH_MEMORY,
                                .reason = "no thread, or no descriptors, to watch with",
                            });
}
