/* SPDX-License-Identifier: MIT */
/* Operations and events in one thread, with WaitForMultipleObjects: lists the shares, and what changes. */
#include <stdio.h>
#include <windows.h>

#include <netdisc.h>

static void listed(void *done, netdisc_op *op)
{
    netdisc_list *list = NULL;

    if (netdisc_op_list(op, &list))
        fprintf(stderr, "list: %s\n", netdisc_op_error(op)->message);
    for (size_t i = 0; i < netdisc_list_count(list); i++)
        printf("share %s: %s\n", netdisc_list_share(list, i)->remote,
               netdisc_state_name(netdisc_list_share(list, i)->state));
    netdisc_list_free(list);
    SetEvent(done);
}

static void changed(void *data, const netdisc_event *event)
{
    (void)data;
    if (event->share)
        printf("event %s: %s\n", event->share->remote, netdisc_state_name(event->state));
    else if (event->type == NETDISC_EVENT_LOST)
        printf("lost %s: %s\n", event->provider, netdisc_status_text(event->status));
}

int main(void)
{
    HANDLE done = CreateEventW(NULL, FALSE, FALSE, NULL); /* the program's own, beside the library's */
    netdisc *nd = NULL;
    netdisc_watch *watch = NULL;
    netdisc_op *op = NULL;
    netdisc_error *err = NULL;
    intptr_t handle = 0;

    if (done && !netdisc_open(&nd, NULL, &err) &&
        !netdisc_watch_start(nd, NETDISC_SHARE, changed, NULL, &watch, &err) &&
        !netdisc_share_list_start(nd, 0, 0, &op, &err) && !netdisc_op_on_complete(op, listed, done) &&
        !netdisc_pollable(nd, &handle))
        while (WaitForMultipleObjects(2, (HANDLE[]){(HANDLE)handle, done}, FALSE, INFINITE) == 0)
            netdisc_dispatch(nd, 0);
    if (!handle)
        fprintf(stderr, "%s\n", err ? err->message : "there is no handle to wait on");
    netdisc_error_free(err);
    netdisc_op_free(op);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    if (done)
        CloseHandle(done);
    return !handle;
}
