/* SPDX-License-Identifier: MIT */
/*
 * Operations and events in one thread, with WaitForMultipleObjects.
 *
 * usage: windows_wait [MODULE_DIR]
 *
 * Watches everything on this machine and lists the shares. With MODULE_DIR, the absolute path of where
 * netdisc-fake.dll is, it does so on the fake provider. Ends when the list has come and half a second has
 * passed without an event. Exits 0 whatever the machine's own providers answer, but 1 when the list fails on
 * the fake one.
 */
#include <stdbool.h>
#include <stdio.h>

#include <windows.h>

#include <netdisc.h>

enum { QUIET_MS = 500 };

static void print_failure(const char *what, const netdisc_error *err)
{
    printf("%-8s %s (%u): %s\n", what, netdisc_status_name(err->status), (unsigned)err->status,
           err->message);
}

static void listed(void *data, netdisc_op *op)
{
    HANDLE done = data;
    netdisc_list *list = NULL;

    if (netdisc_op_error(op))
        print_failure("share", netdisc_op_error(op));
    netdisc_op_list(op, &list);
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_share *share = netdisc_list_share(list, i);

        printf("%-8s %-4s %-20s %s\n", "share", share->local ? share->local : "-", share->remote,
               netdisc_state_name(share->state));
    }
    netdisc_list_free(list);
    SetEvent(done);
}

static void changed(void *data, const netdisc_event *event)
{
    (void)data;
    if (event->type == NETDISC_EVENT_READY)
        printf("%-8s %s\n", "ready", event->provider);
    else if (event->type == NETDISC_EVENT_LOST)
        printf("%-8s %s: %s\n", "lost", event->provider, event->reason ? event->reason : "?");
    else if (event->share)
        printf("%-8s %s: %s\n", "change", event->share->remote, netdisc_state_name(event->state));
}

/* The library's handle stands beside the program's own, here the event that the list has come. */
static int loop(netdisc *nd, HANDLE done)
{
    intptr_t handle = 0;
    netdisc_status status = netdisc_pollable(nd, &handle);
    bool listing = true;

    if (status) {
        printf("%-8s %s\n", "loop", netdisc_status_text(status));
        return 1;
    }

    HANDLE handles[] = {(HANDLE)handle, done};

    for (;;) {
        switch (WaitForMultipleObjects(2, handles, FALSE, listing ? INFINITE : QUIET_MS)) {
        case WAIT_OBJECT_0:
            netdisc_dispatch(nd, 0);
            break;
        case WAIT_OBJECT_0 + 1: /* resets itself */
            listing = false;
            break;
        case WAIT_TIMEOUT:
            return 0;
        default:
            return 1;
        }
    }
}

int main(int argc, char **argv)
{
    netdisc_options options = {.size = sizeof options};
    netdisc_error *err = NULL;
    netdisc_watch *watch = NULL;
    netdisc_op *op = NULL;
    netdisc *nd = NULL;
    HANDLE done = CreateEventW(NULL, FALSE, FALSE, NULL);

    if (argc > 1) {
        options.providers = "fake";
        options.module_directory = argv[1];
    }
    if (!done || netdisc_open(&nd, &options, &err)) {
        if (err)
            print_failure("open", err);
        netdisc_error_free(err);
        return 1;
    }
    if (netdisc_watch_start(nd, NETDISC_ALL_KINDS, changed, NULL, &watch, &err))
        print_failure("watch", err);
    netdisc_error_free(err);
    if (netdisc_share_list_start(nd, 0, 0, &op, &err))
        print_failure("share", err);
    netdisc_error_free(err);
    if (!op || netdisc_op_on_complete(op, listed, done))
        SetEvent(done);

    int result = loop(nd, done);

    if (argc > 1 && netdisc_op_wait(op, 0) != NETDISC_NO_ERROR)
        result = 1;
    netdisc_op_free(op);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    CloseHandle(done);
    return result;
}
