/* SPDX-License-Identifier: MIT */
/*
 * Operations and events in one thread, with poll(2).
 *
 * usage: poll [MODULE_DIR]
 *
 * Watches everything on this machine and lists the shares. With MODULE_DIR, the absolute path of where
 * libnetdisc-fake.so is, it does so on the fake provider, and then drops the WLAN interface there, for a
 * change to be seen. Ends when no operation runs and half a second has passed without an event. Exits 0
 * whatever the machine's own providers answer, but 1 when something fails on the fake one.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>

#include <netdisc.h>

enum { QUIET_MS = 500 };

typedef struct app {
    netdisc *nd;
    bool on_fake;
    int running;   /* operations */
    int succeeded; /* likewise */
} app;

static void print_failure(const char *what, const netdisc_error *err)
{
    printf("%-8s %s (%u): %s\n", what, netdisc_status_name(err->status), (unsigned)err->status,
           err->message);
}

/* Has `fn` called when the operation is done. It is given back at once: it runs on without a handle. */
static void follow(app *self, const char *what, netdisc_op *op, netdisc_op_fn fn, netdisc_error *err)
{
    if (op && netdisc_op_on_complete(op, fn, self) == NETDISC_NO_ERROR)
        self->running++;
    if (err)
        print_failure(what, err);
    netdisc_error_free(err);
    netdisc_op_free(op);
}

static void dropped(void *data, netdisc_op *op)
{
    app *self = data;

    self->running--;
    if (netdisc_op_error(op)) {
        print_failure("drop", netdisc_op_error(op));
        return;
    }
    printf("%-8s done\n", "drop");
    self->succeeded++;
}

static void listed(void *data, netdisc_op *op)
{
    app *self = data;
    netdisc_list *list = NULL;

    self->running--;
    if (netdisc_op_error(op))
        print_failure("share", netdisc_op_error(op));
    else if (netdisc_op_list(op, &list) == NETDISC_NO_ERROR)
        self->succeeded++;
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_share *share = netdisc_list_share(list, i);

        printf("%-8s %-4s %-20s %s\n", "share", share->local ? share->local : "-", share->remote,
               netdisc_state_name(share->state));
    }
    netdisc_list_free(list);
    if (!self->on_fake)
        return;

    netdisc_op *drop = NULL;
    netdisc_error *err = NULL;

    netdisc_wlan_disconnect_start(self->nd, NULL, 0, 0, &drop, &err);
    follow(self, "drop", drop, dropped, err);
}

static void list_shares(app *self)
{
    netdisc_op *op = NULL;
    netdisc_error *err = NULL;

    netdisc_share_list_start(self->nd, 0, 0, &op, &err);
    follow(self, "share", op, listed, err);
}

static void changed(void *data, const netdisc_event *event)
{
    app *self = data;

    switch (event->type) {
    case NETDISC_EVENT_READY:
    case NETDISC_EVENT_OVERRUN:
        printf("%-8s %s\n", "ready", event->provider ? event->provider : "again");
        if (event->kind & NETDISC_SHARE)
            list_shares(self);
        break;
    case NETDISC_EVENT_LOST:
        printf("%-8s %s: %s\n", "lost", event->provider, event->reason ? event->reason : "?");
        break;
    default:
        if (event->wlan)
            printf("%-8s %s: %s, then %s\n", "change", event->wlan->name,
                   netdisc_state_name(event->old_state), netdisc_state_name(event->state));
    }
}

static int loop(app *self)
{
    intptr_t handle = -1;
    netdisc_status status = netdisc_pollable(self->nd, &handle);

    if (status) {
        printf("%-8s %s\n", "loop", netdisc_status_text(status));
        return 1;
    }

    struct pollfd ready = {.fd = (int)handle, .events = POLLIN};

    for (;;) {
        int count = poll(&ready, 1, self->running ? -1 : QUIET_MS);

        if (count == 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return 1;
        if (count > 0)
            netdisc_dispatch(self->nd, 0);
    }
}

int main(int argc, char **argv)
{
    netdisc_options options = {.size = sizeof options};
    netdisc_watch *watch = NULL;
    netdisc_error *err = NULL;
    app self = {.on_fake = argc > 1};

    if (self.on_fake) {
        options.providers = "fake";
        options.module_directory = argv[1];
    }
    if (netdisc_open(&self.nd, &options, &err)) {
        print_failure("open", err);
        netdisc_error_free(err);
        return 1;
    }
    if (netdisc_watch_start(self.nd, NETDISC_ALL_KINDS, changed, &self, &watch, &err))
        print_failure("watch", err);
    netdisc_error_free(err);

    int result = loop(&self);

    netdisc_watch_stop(watch);
    netdisc_close(self.nd);
    return self.on_fake && self.succeeded < 2 ? 1 : result;
}
