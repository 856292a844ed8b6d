/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "errors.h"
#include "nm.h"

/* More calls than the bus lets wait for replies are answered with errors that look like
 * NetworkManager's. */
enum { MOST_IN_FLIGHT = 64 };

typedef struct wire_call {
    nd_nm_task *task; /* a reference */
    nd_nm_question question;
    char *path; /* the question's */
} wire_call;

/* ---- Life ----------------------------------------------------------------------------------- */

nd_nm_task *nd_nm_task_new(nd_nm *nm, nd_call *call)
{
    nd_nm_task *task = g_new0(nd_nm_task, 1);

    task->nm = nm;
    task->call = call;
    task->references = 1;
    task->owner = g_strdup(nm->owner);
    if (call)
        nd_call_ref(call);
    g_hash_table_add(nm->tasks, task);
    return task;
}

void nd_nm_task_take(nd_nm_task *task, void *data, GDestroyNotify free_data)
{
    if (task->free_data)
        task->free_data(task->data);
    task->data = data;
    task->free_data = free_data;
}

static void unref_task(nd_nm_task *task)
{
    if (--task->references > 0)
        return;
    nd_nm_task_take(task, NULL, NULL);
    if (task->call)
        nd_call_unref(task->call);
    g_free(task->owner);
    g_free(task);
}

void nd_nm_task_end(nd_nm_task *task)
{
    if (task->ended)
        return;
    task->ended = true;
    g_hash_table_remove(task->nm->tasks, task);
    unref_task(task);
}

/* The tasks as they are now, each with a reference: what is done with one may end others. */
static GPtrArray *all_tasks(nd_nm *nm)
{
    GPtrArray *tasks = g_ptr_array_new_with_free_func((GDestroyNotify)unref_task);
    GHashTableIter iterator;
    void *key;

    g_hash_table_iter_init(&iterator, nm->tasks);
    while (g_hash_table_iter_next(&iterator, &key, NULL)) {
        nd_nm_task *task = key;

        task->references++;
        g_ptr_array_add(tasks, task);
    }
    return tasks;
}

void nd_nm_drop(nd_nm *nm, const nd_call *call)
{
    GPtrArray *tasks = all_tasks(nm);

    for (guint i = 0; i < tasks->len; i++) {
        nd_nm_task *task = tasks->pdata[i];

        if (!call || task->call == call)
            nd_nm_task_end(task);
    }
    g_ptr_array_unref(tasks);
}

void nd_nm_notice_all(nd_nm *nm, const nd_nm_signal *it)
{
    GPtrArray *tasks = all_tasks(nm);

    for (guint i = 0; i < tasks->len; i++) {
        nd_nm_task *task = tasks->pdata[i];

        if (task->notice && !task->ended)
            task->notice(task, it);
    }
    g_ptr_array_unref(tasks);
}

/* ---- Asking --------------------------------------------------------------------------------- */

static void free_wire_call(wire_call *wire)
{
    if (wire->question.arguments)
        g_variant_unref(wire->question.arguments);
    g_free(wire->path);
    unref_task(wire->task);
    g_free(wire);
}

static void failed(nd_nm_task *task, const GError *error)
{
    if (task->failed)
        task->failed(task, error);
    else
        nd_nm_fail(task, error);
}

/* NetworkManager owns its name before it has its objects; then it knows no method of its root. */
static bool is_starting(const wire_call *wire, const GError *error)
{
    return (strcmp(wire->path, NM_DBUS_PATH) == 0 || strcmp(wire->path, NM_DBUS_PATH_SETTINGS) == 0) &&
           nd_nm_vanished(wire->task, &wire->question, error);
}

static void settle(const wire_call *wire, GVariant *reply, const GError *error)
{
    nd_nm_task *task = wire->task;

    task->method = wire->question.method;
    if (reply) {
        if (wire->question.on_reply)
            wire->question.on_reply(task, &wire->question, reply);
    } else if (is_starting(wire, error)) {
        GError *starting = g_dbus_error_new_for_dbus_error("org.freedesktop.DBus.Error.NameHasNoOwner",
                                                           "it is starting");

        failed(task, starting);
        g_error_free(starting);
    } else if (!wire->question.forgive || !wire->question.forgive(task, &wire->question, error)) {
        failed(task, error);
    }
}

static void go_on(nd_nm_task *task)
{
    if (task->pending == 0 && !task->ended && task->next) {
        nd_nm_step next = task->next;

        task->next = NULL;
        next(task);
    }
}

static const char *so_far(const nd_nm_task *task)
{
    return task->accepted ? ", after it had accepted the request" : "";
}

/* Its NetworkManager has ended; another one would not know what this is about. */
static void outlive(nd_nm_task *task, const GError *error)
{
    if (error)
        failed(task, error);
    else if (task->call)
        nd_nm_refuse(task, NETDISC_ERROR_REQUEST_ABORTED, "NetworkManager has ended%s", so_far(task));
}

static void replied(GObject *connection, GAsyncResult *result, void *data)
{
    wire_call *wire = data;
    nd_nm_task *task = wire->task;
    nd_nm *nm = task->nm;
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);

    nm->in_flight--;
    task->pending--;
    if (!task->ended && g_strcmp0(task->owner, nm->owner) != 0)
        outlive(task, error);
    else if (!task->ended)
        settle(wire, reply, error);
    go_on(task);
    free_wire_call(wire);
    g_clear_error(&error);
    if (reply)
        g_variant_unref(reply);
    nd_nm_send(nm);
}

void nd_nm_send(nd_nm *nm)
{
    while (nm->in_flight < MOST_IN_FLIGHT && !g_queue_is_empty(&nm->unsent)) {
        wire_call *wire = g_queue_pop_head(&nm->unsent);
        const nd_nm_question *question = &wire->question;

        if (wire->task->ended) {
            free_wire_call(wire);
            continue;
        }
        nm->in_flight++;
        /* To the owner, so that none is started by it. The core keeps the deadline; what has been
         * given up by it keeps its place until the reply, for the bus counts it, too. */
        g_dbus_connection_call(nm->connection, wire->task->owner, wire->path, question->interface,
                               question->method, question->arguments,
                               (const GVariantType *)question->reply_type,
                               G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, nm->closing, replied, wire);
    }
}

void nd_nm_ask(nd_nm_task *task, const nd_nm_question *question)
{
    wire_call *wire = g_new0(wire_call, 1);

    wire->task = task;
    wire->question = *question;
    wire->path = g_strdup(question->path);
    wire->question.path = wire->path;
    if (question->arguments)
        g_variant_ref_sink(question->arguments);
    task->references++;
    task->pending++;
    g_queue_push_tail(&task->nm->unsent, wire);
}

void nd_nm_ask_property(nd_nm_task *task, const char *path, const char *interface, const char *name,
                        nd_nm_reply on_reply)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = path,
                        .interface = ND_NM_PROPERTIES_INTERFACE,
                        .method = "Get",
                        .reply_type = "(v)",
                        .arguments = g_variant_new("(ss)", interface, name),
                        .on_reply = on_reply,
                        .forgive = nd_nm_vanished,
                    });
}

void nd_nm_ask_all(nd_nm_task *task, const char *path, const char *interface, nd_nm_reply on_reply)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = path,
                        .interface = ND_NM_PROPERTIES_INTERFACE,
                        .method = "GetAll",
                        .reply_type = "(a{sv})",
                        .arguments = g_variant_new("(s)", interface),
                        .on_reply = on_reply,
                        .forgive = nd_nm_vanished,
                    });
}

void nd_nm_then(nd_nm_task *task, nd_nm_step next)
{
    if (task->ended)
        return;
    task->next = next;
    if (task->pending > 0)
        nd_nm_send(task->nm);
    else
        go_on(task);
}

void nd_nm_ask_each(nd_nm_task *task, GVariant *reply, void (*ask)(nd_nm_task *task, const char *path))
{
    GVariantIter *paths;
    const char *path;

    g_variant_get(reply, "(ao)", &paths);
    while (g_variant_iter_next(paths, "&o", &path))
        ask(task, path);
    g_variant_iter_free(paths);
}

GVariant *nd_nm_value(GVariant *reply)
{
    GVariant *value = g_variant_get_child_value(reply, 0);

    if (!g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT))
        return value;

    GVariant *inner = g_variant_get_variant(value);

    g_variant_unref(value);
    return inner;
}

bool nd_nm_is_error(const GError *error, const char *name)
{
    char *remote = g_dbus_error_get_remote_error(error);
    bool same = remote && strcmp(remote, name) == 0;

    g_free(remote);
    return same;
}

bool nd_nm_vanished(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    (void)task;
    (void)asked;
    return nd_nm_is_error(error, "org.freedesktop.DBus.Error.UnknownMethod") ||
           nd_nm_is_error(error, "org.freedesktop.DBus.Error.UnknownObject");
}

/* ---- Answering ------------------------------------------------------------------------------ */

void nd_nm_answer(nd_nm_task *task)
{
    if (task->ended)
        return;
    /* That it was accepted is news only where nobody waited for more. */
    if (!(task->call->flags & NETDISC_NO_WAIT))
        nd_note(task->call, NULL);
    nd_finish(task->call, NETDISC_NO_ERROR, NULL);
    nd_nm_task_end(task);
}

void nd_nm_refuse(nd_nm_task *task, netdisc_status status, const char *format, ...)
{
    if (task->ended)
        return;

    va_list arguments;

    va_start(arguments, format);

    char *message = g_strdup_vprintf(format, arguments);

    va_end(arguments);
    nd_finish(task->call, status, &(nd_failure){.message = message});
    g_free(message);
    nd_nm_task_end(task);
}

#define CONTROL NM_DBUS_INTERFACE ".network-control"
#define MODIFY  NM_DBUS_INTERFACE ".settings.modify.system"
#define SCAN    NM_DBUS_INTERFACE ".wifi.scan"

/* NetworkManager says that something is not allowed, but not what would allow it. */
static const char *permission_for(const char *method)
{
    static const struct {
        const char *method;
        const char *permission;
    } needs[] = {
        {"ActivateConnection", CONTROL},
        {"AddAndActivateConnection2", CONTROL " or " MODIFY},
        {"DeactivateConnection", CONTROL},
        {"Disconnect", CONTROL},
        {"GetSecrets", MODIFY},
        {"RequestScan", SCAN},
        {"Update2", MODIFY},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
        if (strcmp(needs[i].method, method) == 0)
            return needs[i].permission;
    return NULL;
}

static bool is_denial(const GError *error)
{
    char *remote = g_dbus_error_get_remote_error(error);
    bool denied = remote && g_str_has_prefix(remote, NM_DBUS_INTERFACE) &&
                  g_str_has_suffix(remote, ".PermissionDenied");

    g_free(remote);
    return denied;
}

char *nd_nm_explain(const nd_nm_task *task, const GError *error)
{
    const char *permission = task->method && is_denial(error) ? permission_for(task->method) : NULL;
    GError *bare = g_error_copy(error);
    char *message;

    g_dbus_error_strip_remote_error(bare);
    if (nd_nm_is_error(error, "org.freedesktop.DBus.Error.NoReply"))
        message = g_strconcat("NetworkManager has ended without an answer", so_far(task), NULL);
    else if (nd_nm_is_error(error, "org.freedesktop.DBus.Error.ServiceUnknown"))
        message = g_strconcat("NetworkManager is not running any more", so_far(task), NULL);
    else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
        message = g_strdup(bare->message);
    else if (!g_dbus_error_is_remote_error(error))
        message = g_strconcat("the system bus: ", bare->message, so_far(task), NULL);
    else if (permission)
        message = g_strdup_printf("NetworkManager refused: %s (the permission %s is missing)",
                                  bare->message, permission);
    else
        message = g_strdup_printf("NetworkManager: %s", bare->message);
    g_error_free(bare);
    return message;
}

void nd_nm_fail(nd_nm_task *task, const GError *error)
{
    if (task->ended)
        return;

    nd_failure why = {0};
    char *name = NULL;
    char *message = nd_nm_explain(task, error);

    nd_nm_describe_error(error, &why, &name);
    why.message = message;
    nd_finish(task->call, why.status, &why);
    g_free(message);
    g_free(name);
    nd_nm_task_end(task);
}

void nd_nm_fail_odd(nd_nm_task *task)
{
    GError *odd = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                      "NetworkManager's answer cannot be understood");

    failed(task, odd);
    g_error_free(odd);
}

void nd_nm_accepted(nd_nm_task *task)
{
    task->accepted = true;
    nd_note(task->call, "NetworkManager accepted the request");
}

/* ---- Nobody is there to answer --------------------------------------------------------------- */

static void fail_one(nd_nm_task *task, netdisc_status status, const char *message)
{
    if (task->call)
        nd_nm_refuse(task, status, "%s%s", message, so_far(task));
}

void nd_nm_fail_all(nd_nm *nm, netdisc_status status, const char *message)
{
    GPtrArray *tasks = all_tasks(nm);

    for (wire_call *wire; (wire = g_queue_pop_head(&nm->unsent));) {
        fail_one(wire->task, status, message);
        free_wire_call(wire);
    }
    for (guint i = 0; i < tasks->len; i++) {
        nd_nm_task *task = tasks->pdata[i];

        if (task->pending == 0)
            fail_one(task, status, message);
    }
    g_ptr_array_unref(tasks);
}
