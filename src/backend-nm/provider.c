/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "errors.h"
#include "objects.h"

/* ---- The inbox: what other threads have for the loop ---------------------------------------- */

struct nd_nm_message {
    void (*run)(nd_nm *nm, const nd_nm_message *message);
    nd_call *call; /* a reference */
    uint32_t kinds;
    nd_nm_message *next;
};

typedef struct inbox_source {
    GSource source;
    nd_nm *nm;
} inbox_source;

static bool has_mail(nd_nm *nm)
{
    pthread_mutex_lock(&nm->lock);

    bool any = nm->inbox != NULL;

    pthread_mutex_unlock(&nm->lock);
    return any;
}

static nd_nm_message *take_mail(nd_nm *nm)
{
    pthread_mutex_lock(&nm->lock);

    nd_nm_message *first = nm->inbox;

    nm->inbox = NULL;
    nm->inbox_end = &nm->inbox;
    pthread_mutex_unlock(&nm->lock);
    return first;
}

static void free_message(nd_nm_message *message)
{
    if (message->call)
        nd_call_unref(message->call);
    g_free(message);
}

static gboolean inbox_prepare(GSource *source, int *timeout)
{
    *timeout = -1;
    return has_mail(((inbox_source *)source)->nm);
}

static gboolean inbox_check(GSource *source)
{
    return has_mail(((inbox_source *)source)->nm);
}

static gboolean inbox_dispatch(GSource *source, GSourceFunc unused, gpointer data)
{
    nd_nm *nm = ((inbox_source *)source)->nm;
    nd_nm_message *message = take_mail(nm);

    (void)unused;
    (void)data;
    while (message) {
        nd_nm_message *next = message->next;

        message->run(nm, message);
        free_message(message);
        message = next;
    }
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs inbox_functions = {inbox_prepare, inbox_check, inbox_dispatch, NULL, NULL, NULL};

static void post(nd_nm *nm, const nd_nm_message *content)
{
    nd_nm_message *message = g_new(nd_nm_message, 1);

    *message = *content;
    message->next = NULL;
    if (message->call)
        nd_call_ref(message->call);
    pthread_mutex_lock(&nm->lock);
    *nm->inbox_end = message;
    nm->inbox_end = &message->next;
    pthread_mutex_unlock(&nm->lock);
    g_main_context_wakeup(nm->context);
}

/* ---- Calls ---------------------------------------------------------------------------------- */

static void (*const beginnings[ND_SLOTS])(nd_nm_task *task) = {
    [ND_PROBE] = nd_nm_probe,
    [ND_WLAN_LIST] = nd_nm_list_wlans,
    [ND_WLAN_FIND] = nd_nm_find_wlans,
    [ND_WLAN_DISCONNECT] = nd_nm_disconnect_wlans,
    [ND_WLAN_CONNECT] = nd_nm_connect_wlan,
    [ND_CONNECTION_LIST] = nd_nm_list_connections,
    [ND_CONNECTION_FIND] = nd_nm_find_connections,
    [ND_CONNECTION_DISCONNECT] = nd_nm_disconnect_connections,
    [ND_CONNECTION_CONNECT] = nd_nm_connect_connection,
};

/* There is none, or it could not be told. */
static void answer_no_bus(nd_call *call, const GError *error)
{
    bool is_absent = nd_nm_bus_is_absent(error);
    char *message = nd_nm_bus_explain(error);
    nd_failure why = {.message = message};
    char *name = NULL;

    if (!is_absent)
        nd_nm_describe_error(error, &why, &name);
    nd_finish(call, is_absent ? NETDISC_ERROR_NOT_SUPPORTED : why.status, &why);
    g_free(message);
    g_free(name);
}

/* Whether what is to be acted on was found with the NetworkManager that is there now. */
static bool are_of_owner(const nd_nm *nm, const nd_call *call)
{
    bool all = true;

    for (size_t i = 0; i < call->item_count && all; i++) {
        nd_nm_key_parts key = nd_nm_split_key(call->items[i]->key);

        all = strcmp(key.owner, nm->owner) == 0;
        nd_nm_key_clear(&key);
    }
    return all;
}

static void begin_call(nd_nm *nm, const nd_nm_message *message)
{
    GError *error = NULL;

    /* Given up before it came here, or while an earlier one waited for the bus. */
    if (nd_abandoned(message->call))
        return;
    if (!nd_nm_bus_connect(nm, message->call, &error)) {
        answer_no_bus(message->call, error);
        g_error_free(error);
        return;
    }

    nd_nm_task *task = nd_nm_task_new(nm, message->call);

    if (!nm->owner)
        nd_nm_refuse(task, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "NetworkManager is not running");
    else if (!are_of_owner(nm, message->call))
        nd_nm_refuse(task, NETDISC_ERROR_REQUEST_ABORTED,
                     "NetworkManager has been started anew since it was asked");
    else
        beginnings[message->call->slot](task);
}

static void drop_call(nd_nm *nm, const nd_nm_message *message)
{
    nd_nm_drop(nm, message->call);
}

static void want_events(nd_nm *nm, const nd_nm_message *message)
{
    nd_nm_watch_want(nm->watch, message->kinds);
}

static void end_loop(nd_nm *nm, const nd_nm_message *message)
{
    (void)message;
    nm->ended = true;
}

/* NetworkManager's root answers: it is there, and has started. */
void nd_nm_probe(nd_nm_task *task)
{
    nd_nm_ask_property(task, NM_DBUS_PATH, NM_DBUS_INTERFACE, "Version", NULL);
    nd_nm_then(task, nd_nm_answer);
}

/* ---- The loop ------------------------------------------------------------------------------- */

/* Replies that are still under way come as cancelled, and find their tasks ended. */
static void wind_up(nd_nm *nm)
{
    nd_nm_watch_free(nm->watch);
    nd_nm_drop(nm, NULL);
    nd_nm_send(nm);
    while (nm->in_flight > 0)
        g_main_context_iteration(nm->context, TRUE);
    nd_nm_bus_close(nm);
    while (g_main_context_iteration(nm->context, FALSE))
        ;
}

static void *run_loop(void *data)
{
    nd_nm *nm = data;
    GSource *source = g_source_new(&inbox_functions, sizeof(inbox_source));

    ((inbox_source *)source)->nm = nm;
    g_source_attach(source, nm->context);
    g_main_context_push_thread_default(nm->context);
    while (!nm->ended)
        g_main_context_iteration(nm->context, TRUE);
    wind_up(nm);
    g_main_context_pop_thread_default(nm->context);
    g_source_destroy(source);
    g_source_unref(source);
    return NULL;
}

/* ---- Open and close ------------------------------------------------------------------------- */

static void free_nm(nd_nm *nm)
{
    for (nd_nm_message *message = nm->inbox, *next; message; message = next) {
        next = message->next;
        free_message(message);
    }
    g_hash_table_unref(nm->tasks);
    g_hash_table_unref(nm->seen_to_end);
    g_free(nm->subscriptions);
    g_object_unref(nm->closing);
    g_main_context_unref(nm->context);
    pthread_mutex_destroy(&nm->lock);
    g_free(nm);
}

/* GLib's threads are not in a child process that was forked off a user of it. */
static bool is_child_of_user(void)
{
    static _Atomic pid_t user;
    pid_t first = 0;

    return !atomic_compare_exchange_strong(&user, &first, getpid()) && first != getpid();
}

static netdisc_status open_nm(const nd_host *host, void **state, nd_failure *why)
{
    if (is_child_of_user()) {
        *why = (nd_failure){.message =
                                "NetworkManager was asked before this process was forked off, so that "
                                "it cannot be asked here"};
        return NETDISC_ERROR_NOT_SUPPORTED;
    }
    if (!nd_nm_has_descriptors()) {
        *why = (nd_failure){.message = "too many open files to ask NetworkManager"};
        return NETDISC_ERROR_TOO_MANY_OPEN_FILES;
    }
    nd_nm *nm = g_new0(nd_nm, 1);

    nm->host = host;
    nm->context = g_main_context_new();
    nm->closing = g_cancellable_new();
    nm->inbox_end = &nm->inbox;

    nm->tasks = g_hash_table_new(NULL, NULL);
    nm->seen_to_end = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    nm->watch = nd_nm_watch_new(nm);
    g_queue_init(&nm->unsent);
    pthread_mutex_init(&nm->lock, NULL);

    nm->thread = g_thread_try_new("netdisc-nm", run_loop, nm, NULL);
    if (!nm->thread) {
        *why = (nd_failure){.message = "no thread can be had for NetworkManager"};
        nd_nm_watch_free(nm->watch);
        free_nm(nm);
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }
    *state = nm;
    return NETDISC_NO_ERROR;
}

static void close_nm(void *state)
{
    nd_nm *nm = state;

    post(nm, &(nd_nm_message){.run = end_loop});
    g_cancellable_cancel(nm->closing);
    nd_nm_bus_hang_up(nm, NULL);
    g_thread_join(nm->thread);
    free_nm(nm);
}

static void start(void *state, nd_call *call)
{
    post(state, &(nd_nm_message){.run = begin_call, .call = call});
}

static void abandon(void *state, nd_call *call)
{
    post(state, &(nd_nm_message){.run = drop_call, .call = call});
    nd_nm_bus_hang_up(state, call);
}

static void watch(void *state, uint32_t kinds)
{
    post(state, &(nd_nm_message){.run = want_events, .kinds = kinds});
}

static const nd_provider provider = {
    .name = "nm",
    .open = open_nm,
    .close = close_nm,
    .abandon = abandon,
    .watch = watch,
    .slots =
        {
            [ND_PROBE] = start,
            [ND_WLAN_LIST] = start,
            [ND_WLAN_FIND] = start,
            [ND_WLAN_DISCONNECT] = start,
            [ND_WLAN_CONNECT] = start,
            [ND_CONNECTION_LIST] = start,
            [ND_CONNECTION_FIND] = start,
            [ND_CONNECTION_DISCONNECT] = start,
            [ND_CONNECTION_CONNECT] = start,
        },
};

static const nd_provider *const providers[] = {&provider, NULL};

extern ND_MODULE_EXPORT const nd_backend netdisc_backend_nm;
const nd_backend netdisc_backend_nm = {.abi = ND_PROVIDER_ABI, .providers = providers};
