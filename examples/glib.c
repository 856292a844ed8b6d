/* SPDX-License-Identifier: MIT */
/*
 * Operations and events in a GLib main loop: the pollable handle is one more source.
 *
 * usage: glib [MODULE_DIR]
 *
 * Watches for a second and lists the WLAN interfaces, on this machine's own providers; with MODULE_DIR, the
 * absolute path of where libnetdisc-fake.so is, on the fake provider. Exits 0 whatever the machine's own
 * providers answer, but 1 when on the fake one the list fails or no event comes.
 */
#include <glib-unix.h>
#include <glib.h>
#include <stdbool.h>

#include <netdisc.h>

enum { WATCH_MS = 1000 };

static void print_failure(const char *what, const netdisc_error *err)
{
    g_print("%-8s %s (%u): %s\n", what, netdisc_status_name(err->status), (guint)err->status,
            err->message);
}

static gboolean dispatch(gint fd, GIOCondition condition, gpointer nd)
{
    (void)fd;
    (void)condition;
    netdisc_dispatch(nd, 0);
    return G_SOURCE_CONTINUE;
}

static gboolean quit(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static void listed(void *data, netdisc_op *op)
{
    netdisc_list *list = NULL;

    (void)data;
    if (netdisc_op_error(op))
        print_failure("wlan", netdisc_op_error(op));
    netdisc_op_list(op, &list);
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_wlan *wlan = netdisc_list_wlan(list, i);

        g_print("%-8s %s: %s, %s\n", "wlan", wlan->name, netdisc_state_name(wlan->state),
                wlan->ssid ? wlan->ssid : "no network");
    }
    netdisc_list_free(list);
}

static void changed(void *data, const netdisc_event *event)
{
    bool *ready = data;

    *ready = *ready || event->type == NETDISC_EVENT_READY;
    if (event->type == NETDISC_EVENT_READY)
        g_print("%-8s %s\n", "ready", event->provider);
    else if (event->type == NETDISC_EVENT_LOST)
        g_print("%-8s %s: %s\n", "lost", event->provider, event->reason ? event->reason : "?");
    else if (event->wlan)
        g_print("%-8s %s: %s\n", "change", event->wlan->name, netdisc_state_name(event->state));
}

/* Whether the list and an event came. */
static bool run(netdisc *nd, intptr_t handle)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    netdisc_watch *watch = NULL;
    netdisc_op *op = NULL;
    netdisc_error *err = NULL;
    bool ready = false;

    if (netdisc_watch_start(nd, NETDISC_WLAN, changed, &ready, &watch, &err))
        print_failure("watch", err);
    netdisc_error_free(err);
    if (netdisc_wlan_list_start(nd, 0, 0, &op, &err))
        print_failure("wlan", err);
    else
        netdisc_op_on_complete(op, listed, NULL);
    netdisc_error_free(err);

    guint source = g_unix_fd_add((gint)handle, G_IO_IN, dispatch, nd);

    g_timeout_add(WATCH_MS, quit, loop);
    g_main_loop_run(loop);
    g_source_remove(source);
    netdisc_watch_stop(watch);

    bool listed_all = netdisc_op_wait(op, 0) == NETDISC_NO_ERROR;

    netdisc_op_free(op);
    return listed_all && ready;
}

int main(int argc, char **argv)
{
    netdisc_options options = {.size = sizeof options};
    netdisc_error *err = NULL;
    netdisc *nd = NULL;
    intptr_t handle = -1;

    if (argc > 1) {
        options.providers = "fake";
        options.module_directory = argv[1];
    }
    if (netdisc_open(&nd, &options, &err)) {
        print_failure("open", err);
        netdisc_error_free(err);
        return 1;
    }

    netdisc_status status = netdisc_pollable(nd, &handle);
    bool failed = status != NETDISC_NO_ERROR;

    if (failed)
        g_print("%-8s %s\n", "loop", netdisc_status_text(status));
    else
        failed = !run(nd, handle) && argc > 1;
    netdisc_close(nd);
    return failed;
}
