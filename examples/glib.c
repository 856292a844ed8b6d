/* SPDX-License-Identifier: MIT */
/* Operations and events in a GLib main loop: lists the WLAN interfaces, and what changes, until Enter. */
#include <glib-unix.h>
#include <netdisc.h>

static void listed(void *data, netdisc_op *op)
{
    netdisc_list *list = NULL;

    (void)data;
    if (netdisc_op_list(op, &list))
        g_printerr("list: %s\n", netdisc_op_error(op)->message);
    for (gsize i = 0; i < netdisc_list_count(list); i++)
        g_print("wlan %s: %s\n", netdisc_list_wlan(list, i)->name,
                netdisc_state_name(netdisc_list_wlan(list, i)->state));
    netdisc_list_free(list);
}

/* Where a provider is ready, or events were lost, only a list says what there is. */
static void seen(void *nd, const netdisc_event *event)
{
    netdisc_op *op = NULL;

    if (event->wlan)
        g_print("event %s: %s\n", event->wlan->name, netdisc_state_name(event->state));
    else if (event->type == NETDISC_EVENT_LOST)
        g_print("lost %s: %s\n", event->provider, netdisc_status_text(event->status));
    else if (netdisc_wlan_list_start(nd, 0, 0, &op, NULL) || netdisc_op_on_complete(op, listed, NULL))
        g_printerr("list: not enough memory\n");
    netdisc_op_free(op); /* it runs on */
}

static gboolean ready(gint fd, GIOCondition condition, gpointer data)
{
    if (fd == 0)
        g_main_loop_quit(data);
    else if (condition)
        netdisc_dispatch(data, 0);
    return G_SOURCE_CONTINUE;
}

int main(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    netdisc *nd = NULL;
    netdisc_watch *watch = NULL;
    netdisc_error *err = NULL;
    intptr_t handle = -1;

    if (netdisc_open(&nd, NULL, &err) || netdisc_watch_start(nd, NETDISC_WLAN, seen, nd, &watch, &err) ||
        netdisc_pollable(nd, &handle))
        g_printerr("%s\n", err ? err->message : "there is no handle to wait on");
    else if (g_unix_fd_add(0, G_IO_IN, ready, loop) && g_unix_fd_add((gint)handle, G_IO_IN, ready, nd))
        g_main_loop_run(loop);
    netdisc_error_free(err);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    return handle < 0;
}
