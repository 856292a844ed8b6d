/* SPDX-License-Identifier: MIT */
/* Operations and events in one thread, with poll(2): lists the shares, and what changes, until Enter. */
#include <errno.h>
#include <netdisc.h>
#include <poll.h>
#include <stdio.h>

static void listed(void *data, netdisc_op *op)
{
    netdisc_list *list = NULL;

    (void)data;
    if (netdisc_op_list(op, &list))
        fprintf(stderr, "list: %s\n", netdisc_op_error(op)->message);
    for (size_t i = 0; i < netdisc_list_count(list); i++)
        printf("share %s: %s\n", netdisc_list_share(list, i)->remote,
               netdisc_state_name(netdisc_list_share(list, i)->state));
    netdisc_list_free(list);
}

/* Where a provider is ready, or events were lost, only a list says what there is. */
static void changed(void *nd, const netdisc_event *event)
{
    netdisc_op *op = NULL;

    if (event->share)
        printf("event %s: %s\n", event->share->remote, netdisc_state_name(event->state));
    else if (event->type == NETDISC_EVENT_LOST)
        printf("lost %s: %s\n", event->provider, netdisc_status_text(event->status));
    else if (netdisc_share_list_start(nd, 0, 0, &op, NULL) || netdisc_op_on_complete(op, listed, NULL))
        fprintf(stderr, "list: not enough memory\n");
    netdisc_op_free(op); /* it runs on */
}

int main(void)
{
    netdisc *nd = NULL;
    netdisc_watch *watch = NULL;
    netdisc_error *err = NULL;
    intptr_t handle = -1;

    setvbuf(stdout, NULL, _IOLBF, 0); /* at once, into a pipe, too */
    if (netdisc_open(&nd, NULL, &err) ||
        netdisc_watch_start(nd, NETDISC_SHARE, changed, nd, &watch, &err) ||
        netdisc_pollable(nd, &handle))
        fprintf(stderr, "%s\n", err ? err->message : "there is no handle to wait on");

    struct pollfd files[] = {{.fd = 0, .events = POLLIN}, {.fd = (int)handle, .events = POLLIN}};

    while (handle >= 0 && (poll(files, 2, -1) > 0 || errno == EINTR) && !files[0].revents)
        netdisc_dispatch(nd, 0);
    netdisc_error_free(err);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    return handle < 0;
}
