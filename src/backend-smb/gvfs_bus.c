/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gvfs.h"

enum { TEXT_MAX = 100 /* characters */ };

char *nd_gvfs_text(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    char *start = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), TEXT_MAX));

    g_free(valid);
    return start;
}

/* ---- Where the bus is ----------------------------------------------------------------------- */

/* Others would start a program. */
static bool is_kind_for_us(const char *address)
{
    static const char *const kinds[] = {"unix:", "tcp:", "nonce-tcp:"};

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_prefix(address, kinds[i]))
            return true;
    return false;
}

/* Those of the addresses that may be used, "" for none. */
static char *only_for_us(const char *addresses)
{
    char **all = g_strsplit(addresses, ";", -1);
    GString *good = g_string_new(NULL);

    for (char **each = all; *each; each++) {
        if (is_kind_for_us(*each))
            g_string_append_printf(good, "%s%s", good->len ? ";" : "", *each);
    }
    g_strfreev(all);
    return g_string_free(good, FALSE);
}

static char *address_in_runtime_directory(void)
{
    const char *directory = secure_getenv("XDG_RUNTIME_DIR");
    struct stat found;

    if (!directory || *directory != '/')
        return NULL;

    char *path = g_build_filename(directory, "bus", NULL);
    char *escaped = g_dbus_address_escape_value(path);
    char *address = stat(path, &found) == 0 ? g_strconcat("unix:path=", escaped, NULL) : NULL;

    g_free(escaped);
    g_free(path);
    return address;
}

static void say_no_address(nd_trouble *why, const char *given)
{
    char *shown = nd_gvfs_text(given);

    if (*shown)
        nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                       "there is no session bus: DBUS_SESSION_BUS_ADDRESS, \"%s\", is not of a bus that "
                       "runs already",
                       shown);
    else
        nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                       "there is no session bus: neither DBUS_SESSION_BUS_ADDRESS nor "
                       "$XDG_RUNTIME_DIR/bus is there");
    g_free(shown);
}

/* As g_dbus_address_get_for_bus_sync() would, which starts a bus where there is none. */
static char *find_address(nd_trouble *why)
{
    const char *given = secure_getenv("DBUS_SESSION_BUS_ADDRESS");
    char *address = given && *given ? only_for_us(given) : address_in_runtime_directory();

    if (address && *address)
        return address;
    g_free(address);
    say_no_address(why, given ? given : "");
    return NULL;
}

/* ---- The connection ------------------------------------------------------------------------- */

/* GLib ends the program where it finds none left for what it opens itself. */
bool nd_gvfs_has_descriptors(void)
{
    enum { NEEDED = 8 };
    int probes[NEEDED];
    size_t count = 0;

    while (count < NEEDED && (probes[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
        count++;
    for (size_t i = 0; i < count; i++)
        close(probes[i]);
    return count == NEEDED;
}

static netdisc_status cannot_connect(nd_trouble *why, const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return nd_trouble_say(why, NETDISC_ERROR_CANCELLED,
                              "given up while connecting to the session bus");
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES))
        return nd_trouble_say(why, NETDISC_ERROR_TOO_MANY_OPEN_FILES, "the session bus: %s",
                              error->message);
    return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED, "there is no session bus: %s",
                          error->message);
}

typedef struct dialling {
    GDBusConnection *connection;
    GError *error;
    bool there;
} dialling;

static void dialled(GObject *source, GAsyncResult *result, gpointer data)
{
    dialling *self = data;

    (void)source;
    self->connection = g_dbus_connection_new_for_address_finish(result, &self->error);
    self->there = true;
}

/* A connection of our own: that which a program shares ends it when the bus does. */
static netdisc_status dial(nd_gvfs_talk *talk)
{
    dialling self = {.there = false};
    netdisc_status status = NETDISC_NO_ERROR;
    char *address = find_address(&talk->why);

    if (!address)
        return NETDISC_ERROR_NOT_SUPPORTED;
    g_dbus_connection_new_for_address(address,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, talk->cancellable, dialled, &self);
    while (!self.there)
        g_main_context_iteration(talk->context, TRUE);
    talk->connection = self.connection;
    if (!talk->connection)
        status = cannot_connect(&talk->why, self.error);
    g_clear_error(&self.error);
    g_free(address);
    return status;
}

/* GLib tells when its thread came to read the end, and the socket at once. */
static bool is_alive(GDBusConnection *connection)
{
    GIOStream *stream = g_dbus_connection_get_stream(connection);
    GSocket *socket = g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream));

    return !g_dbus_connection_is_closed(connection) &&
           !(g_socket_condition_check(socket, G_IO_HUP | G_IO_ERR) & (G_IO_HUP | G_IO_ERR));
}

static GDBusConnection *take_connection(nd_gvfs *gvfs)
{
    GDBusConnection *connection = NULL;

    pthread_mutex_lock(&gvfs->lock);
    if (gvfs->connection && is_alive(gvfs->connection))
        connection = g_object_ref(gvfs->connection);
    pthread_mutex_unlock(&gvfs->lock);
    return connection;
}

/* Of two that connect at a time both are used, and the later is kept. */
static void keep_connection(nd_gvfs *gvfs, GDBusConnection *connection)
{
    GDBusConnection *old;

    pthread_mutex_lock(&gvfs->lock);
    old = gvfs->connection;
    gvfs->connection = g_object_ref(connection);
    pthread_mutex_unlock(&gvfs->lock);
    g_clear_object(&old);
}

/* ---- A talk --------------------------------------------------------------------------------- */

static void put_in_list(nd_gvfs_talk *talk)
{
    nd_gvfs *gvfs = talk->gvfs;

    pthread_mutex_lock(&gvfs->lock);
    talk->next = gvfs->talks;
    gvfs->talks = talk;
    pthread_mutex_unlock(&gvfs->lock);
    /* It may have been given up before there was something to end. */
    if (nd_abandoned(talk->call))
        g_cancellable_cancel(talk->cancellable);
}

static void take_from_list(nd_gvfs_talk *talk)
{
    nd_gvfs_talk **link;

    pthread_mutex_lock(&talk->gvfs->lock);
    for (link = &talk->gvfs->talks; *link && *link != talk; link = &(*link)->next)
        continue;
    if (*link)
        *link = talk->next;
    pthread_mutex_unlock(&talk->gvfs->lock);
}

static netdisc_status begin(nd_gvfs_talk *talk)
{
    if (!nd_gvfs_has_descriptors())
        return nd_trouble_say(&talk->why, NETDISC_ERROR_TOO_MANY_OPEN_FILES,
                              "too many open files to connect to the session bus");
    if (!talk->context)
        talk->context = g_main_context_new();
    g_main_context_push_thread_default(talk->context);
    return NETDISC_NO_ERROR;
}

netdisc_status nd_gvfs_talk_begin(nd_gvfs_talk *talk, nd_gvfs *gvfs, nd_call *call)
{
    netdisc_status status;

    *talk = (nd_gvfs_talk){.gvfs = gvfs, .call = call, .cancellable = g_cancellable_new()};
    put_in_list(talk);
    status = begin(talk);
    if (status)
        return status;
    talk->connection = take_connection(gvfs);
    if (talk->connection)
        return NETDISC_NO_ERROR;
    status = dial(talk);
    if (!status)
        keep_connection(gvfs, talk->connection);
    return status;
}

netdisc_status nd_gvfs_talk_alone(nd_gvfs_talk *talk, nd_gvfs *gvfs, GCancellable *cancellable,
                                  GMainContext *context)
{
    netdisc_status status;

    *talk = (nd_gvfs_talk){
        .gvfs = gvfs,
        .cancellable = g_object_ref(cancellable),
        .context = g_main_context_ref(context),
    };
    status = begin(talk);
    return status ? status : dial(talk);
}

void nd_gvfs_talk_end(nd_gvfs_talk *talk)
{
    take_from_list(talk);
    if (talk->context && g_main_context_get_thread_default() == talk->context)
        g_main_context_pop_thread_default(talk->context);
    g_clear_object(&talk->connection);
    g_clear_object(&talk->cancellable);
    g_clear_pointer(&talk->context, g_main_context_unref);
}

/* The cancellable calls others, so not under the lock. */
void nd_gvfs_talk_abandon(nd_gvfs *gvfs, const nd_call *call)
{
    GCancellable *cancellable = NULL;

    pthread_mutex_lock(&gvfs->lock);
    for (const nd_gvfs_talk *each = gvfs->talks; each; each = each->next)
        if (each->call == call)
            cancellable = g_object_ref(each->cancellable);
    pthread_mutex_unlock(&gvfs->lock);
    if (!cancellable)
        return;
    g_cancellable_cancel(cancellable);
    g_object_unref(cancellable);
}

/* ---- A question ----------------------------------------------------------------------------- */

static void answered(GObject *connection, GAsyncResult *result, gpointer data)
{
    nd_gvfs_answer *answer = data;

    answer->reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &answer->error);
    answer->there = true;
}

void nd_gvfs_ask_later(nd_gvfs_talk *talk, const nd_gvfs_question *question, nd_gvfs_answer *answer)
{
    *answer = (nd_gvfs_answer){.there = false};
    g_dbus_connection_call(
        talk->connection, question->to, question->path, question->interface, question->method,
        question->arguments, (const GVariantType *)question->reply_type, G_DBUS_CALL_FLAGS_NONE,
        question->timeout_ms ? question->timeout_ms : G_MAXINT, talk->cancellable, answered, answer);
}

void nd_gvfs_await(nd_gvfs_talk *talk, const nd_gvfs_answer *answer)
{
    while (!answer->there)
        g_main_context_iteration(talk->context, TRUE);
}

void nd_gvfs_answer_clear(nd_gvfs_answer *answer)
{
    g_clear_pointer(&answer->reply, g_variant_unref);
    g_clear_error(&answer->error);
}

GVariant *nd_gvfs_ask(nd_gvfs_talk *talk, const nd_gvfs_question *question, GError **error)
{
    nd_gvfs_answer answer;

    nd_gvfs_ask_later(talk, question, &answer);
    nd_gvfs_await(talk, &answer);
    if (answer.error)
        g_propagate_error(error, answer.error);
    return answer.reply;
}

static gboolean is_over(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

static void wake(GCancellable *cancellable, gpointer context)
{
    (void)cancellable;
    g_main_context_wakeup(context);
}

/* Not by a source of the cancellable, which GLib loses where it is cancelled at the wrong moment. */
bool nd_gvfs_pause(nd_gvfs_talk *talk, guint ms)
{
    GSource *timer = g_timeout_source_new(ms);
    gulong handler = g_cancellable_connect(talk->cancellable, G_CALLBACK(wake), talk->context, NULL);
    bool over = false;

    g_source_set_callback(timer, is_over, &over, NULL);
    g_source_attach(timer, talk->context);
    while (!over && !g_cancellable_is_cancelled(talk->cancellable))
        g_main_context_iteration(talk->context, TRUE);
    g_cancellable_disconnect(talk->cancellable, handler);
    g_source_destroy(timer);
    g_source_unref(timer);
    return !g_cancellable_is_cancelled(talk->cancellable);
}

/* ---- Errors --------------------------------------------------------------------------------- */

typedef struct error_row {
    GIOErrorEnum code;
    netdisc_status status;
} error_row;

/* What GVfs means by them; the rest is as the core has it. */
static const error_row errors[] = {
    {G_IO_ERROR_FAILED, NETDISC_ERROR_EXTENDED_ERROR}, /* the text is all there is */
    {G_IO_ERROR_NOT_SUPPORTED, NETDISC_ERROR_NO_NETWORK},
    {G_IO_ERROR_NOT_MOUNTED, NETDISC_ERROR_NOT_CONNECTED},
    {G_IO_ERROR_ALREADY_MOUNTED, NETDISC_ERROR_ALREADY_ASSIGNED},
    {G_IO_ERROR_TIMED_OUT, NETDISC_ERROR_SEM_TIMEOUT},
    {G_IO_ERROR_BUSY, NETDISC_ERROR_OPEN_FILES},
    {G_IO_ERROR_HOST_NOT_FOUND, NETDISC_ERROR_BAD_NETPATH},
    {G_IO_ERROR_HOST_UNREACHABLE, NETDISC_ERROR_BAD_NETPATH},
    {G_IO_ERROR_NETWORK_UNREACHABLE, NETDISC_ERROR_BAD_NETPATH},
    {G_IO_ERROR_CONNECTION_REFUSED, NETDISC_ERROR_BAD_NETPATH},
};

/* What GLib itself says of the connection. */
static const error_row local_errors[] = {
    {G_IO_ERROR_CLOSED, NETDISC_ERROR_CONNECTION_ABORTED},
    {G_IO_ERROR_CANCELLED, NETDISC_ERROR_CANCELLED},
    {G_IO_ERROR_TIMED_OUT, NETDISC_ERROR_TIMEOUT},
    {G_IO_ERROR_INVALID_ARGUMENT, NETDISC_ERROR_EXTENDED_ERROR}, /* an answer of another shape */
};

static netdisc_status status_in(const error_row *rows, size_t count, int code)
{
    for (size_t i = 0; i < count; i++)
        if ((int)rows[i].code == code)
            return rows[i].status;
    return NETDISC_NO_ERROR;
}

bool nd_gvfs_said(const GError *error, GIOErrorEnum code)
{
    return g_error_matches(error, G_IO_ERROR, (int)code) && g_dbus_error_is_remote_error(error);
}

bool nd_gvfs_is_gone(const GError *error)
{
    return g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN);
}

static void say_native(nd_trouble *why, const GError *error)
{
    bool remote = g_dbus_error_is_remote_error(error);
    char *name;

    if (error->domain == G_IO_ERROR) {
        why->native_domain = "gio";
        why->native_code = error->code;
        why->status = remote ? status_in(errors, G_N_ELEMENTS(errors), error->code)
                             : status_in(local_errors, G_N_ELEMENTS(local_errors), error->code);
        return;
    }
    name = g_dbus_error_get_remote_error(error);
    why->status = name ? NETDISC_NO_ERROR : NETDISC_ERROR_EXTENDED_ERROR;
    why->native_domain = name ? "dbus" : NULL;
    g_strlcpy(why->native_name, name ? name : "", sizeof why->native_name);
    g_free(name);
}

netdisc_status nd_gvfs_fail(nd_gvfs_talk *talk, const GError *error, const char *what)
{
    GError *bare = g_error_copy(error);
    char *text;

    g_dbus_error_strip_remote_error(bare);
    text = nd_gvfs_text(bare->message);
    nd_trouble_say(&talk->why, NETDISC_NO_ERROR, "%s: %s", what, text);
    g_free(text);
    g_error_free(bare);
    say_native(&talk->why, error);
    return talk->why.status ? talk->why.status : NETDISC_ERROR_GEN_FAILURE;
}

/* ---- Questions to the bus ------------------------------------------------------------------- */

netdisc_status nd_gvfs_tracker(nd_gvfs_talk *talk, char **out)
{
    GError *error = NULL;
    netdisc_status status = NETDISC_NO_ERROR;
    GVariant *reply = nd_gvfs_ask(talk,
                                  &(nd_gvfs_question){
                                      .to = ND_GVFS_BUS,
                                      .path = ND_GVFS_BUS_PATH,
                                      .interface = ND_GVFS_BUS,
                                      .method = "GetNameOwner",
                                      .arguments = g_variant_new("(s)", ND_GVFS_DAEMON),
                                      .reply_type = "(s)",
                                  },
                                  &error);

    *out = NULL;
    if (reply)
        g_variant_get(reply, "(s)", out);
    else if (!nd_gvfs_is_gone(error))
        status = nd_gvfs_fail(talk, error, "the session bus");
    g_clear_pointer(&reply, g_variant_unref);
    g_clear_error(&error);
    return status;
}

pid_t nd_gvfs_pid_of(nd_gvfs_talk *talk, const char *sender)
{
    guint32 pid = 0;
    GVariant *reply = nd_gvfs_ask(talk,
                                  &(nd_gvfs_question){
                                      .to = ND_GVFS_BUS,
                                      .path = ND_GVFS_BUS_PATH,
                                      .interface = ND_GVFS_BUS,
                                      .method = "GetConnectionUnixProcessID",
                                      .arguments = g_variant_new("(s)", sender),
                                      .reply_type = "(u)",
                                  },
                                  NULL);

    if (!reply)
        return 0;
    g_variant_get(reply, "(u)", &pid);
    g_variant_unref(reply);
    return pid <= G_MAXINT ? (pid_t)pid : 0;
}
