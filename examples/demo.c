/* SPDX-License-Identifier: MIT */
/*
 * What netdisc does, told step by step through the public API.
 *
 * usage: demo MODULE_DIR
 *
 * Runs on the fake provider (libnetdisc-fake.so in MODULE_DIR, an absolute path), so that nothing of
 * yours is touched. Exits 1 when a step does not end as it should, so it is a test as well.
 */
#include <stdbool.h>
#include <stdio.h>

#include <netdisc.h>

enum { EVENT_MS = 5000 };

typedef struct story {
    netdisc *nd;
    int steps;
    int failures; /* what was not as expected */
} story;

/* ---- Telling -------------------------------------------------------------------------------- */

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static void begin_step(story *self, const char *what, const char *call)
{
    printf("\n%2d  %s\n    %s\n", ++self->steps, what, call);
}

static void expect(story *self, bool right, const char *what)
{
    if (right)
        return;
    self->failures++;
    printf("    NOT AS EXPECTED: %s\n", what);
}

/* Prints how a verb ended, and frees its error. */
static void end_step(story *self, netdisc_status status, netdisc_status expected, netdisc_error *err)
{
    printf("    -> %s (%u)", netdisc_status_name(status), (unsigned)status);
    if (err)
        printf(": %s", err->message);
    printf("\n");
    expect(self, status == expected, netdisc_status_name(expected));
    netdisc_error_free(err);
}

static void print_holders(const netdisc_error *err)
{
    for (size_t i = 0; err && i < netdisc_list_count(err->holders); i++) {
        const netdisc_holder *holder = netdisc_list_holder(err->holders, i);

        printf("       held by %s, pid %llu: %s %s\n", or_dash(holder->program),
               (unsigned long long)holder->pid, holder->what, or_dash(holder->path));
    }
}

/* ---- Steps ---------------------------------------------------------------------------------- */

static void show_backends(story *self)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    begin_step(self, "What can be used here?", "netdisc_backends()");

    netdisc_status status = netdisc_backends(self->nd, 0, 0, &list, &err);

    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_backend *backend = netdisc_list_backend(list, i);

        printf("       %-6s%s%s%s  %s\n", backend->provider,
               backend->kinds & NETDISC_SHARE ? "  shares" : "",
               backend->kinds & NETDISC_WLAN ? "  wlan" : "",
               backend->kinds & NETDISC_CONNECTION ? "  connections" : "",
               backend->status ? or_dash(backend->reason) : "usable");
        expect(self, backend->status == NETDISC_NO_ERROR, "a usable provider");
    }
    expect(self, netdisc_list_count(list) == 1, "one provider");
    netdisc_list_free(list);
    end_step(self, status, NETDISC_NO_ERROR, err);
}

static void list_shares(story *self, size_t expected)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    begin_step(self, "Which shares are there?", "netdisc_share_list()");

    netdisc_status status = netdisc_share_list(self->nd, 0, 0, &list, &err);

    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_share *share = netdisc_list_share(list, i);

        printf("       %-4s%-22s%s\n", or_dash(share->local), share->remote,
               netdisc_state_name(share->state));
    }
    expect(self, netdisc_list_count(list) == expected, "another number of shares");
    netdisc_list_free(list);
    end_step(self, status, NETDISC_NO_ERROR, err);
}

static void cancel_in_use(story *self)
{
    netdisc_error *err = NULL;

    begin_step(self, "End Z:, while an editor has a file open on it.", "netdisc_share_cancel(\"Z:\")");

    netdisc_status status = netdisc_share_cancel(self->nd, "Z:", 0, 0, &err);

    print_holders(err);
    expect(self, err && netdisc_list_count(err->holders) == 1, "one holder, named");
    end_step(self, status, NETDISC_ERROR_OPEN_FILES, err);
}

/* The user's part: a real program shows a dialog here. */
static netdisc_answer ask(void *data, netdisc_op *op, const netdisc_question *question)
{
    int *asked = data;

    (void)op;
    if (question->kind == NETDISC_QUESTION_TOLD) {
        printf("       (told) %s: %s\n", question->name, question->error->message);
        return NETDISC_ANSWER_NO;
    }
    ++*asked;
    print_holders(question->error);
    printf("       %s is in use. Disconnect all the same?  yes\n", question->name);
    return NETDISC_ANSWER_YES;
}

static void disconnect_with_question(story *self)
{
    int asked = 0;
    netdisc_error *err = NULL;
    netdisc_disconnect what = {.size = sizeof what, .local = "Z:", .prompt = ask, .prompt_data = &asked};

    begin_step(self, "End it again, and ask the user where it is in use.",
               "netdisc_share_disconnect(\"Z:\", prompt)");

    netdisc_status status = netdisc_share_disconnect(self->nd, &what, 0, 0, &err);

    expect(self, asked == 1, "one question");
    end_step(self, status, NETDISC_NO_ERROR, err);
}

static void seen(void *data, const netdisc_event *event)
{
    bool *gone = data;

    if (event->type == NETDISC_EVENT_READY)
        printf("       the watch is ready\n");
    if (event->type != NETDISC_EVENT_CHANGED || !event->wlan)
        return;
    printf("       the watch sees %s: %s, then %s (%s)\n", event->wlan->name,
           netdisc_state_name(event->old_state), netdisc_state_name(event->state),
           or_dash(event->reason));
    *gone = event->state == NETDISC_STATE_DISCONNECTED;
}

static void drop_wlan(story *self)
{
    bool gone = false;
    netdisc_watch *watch = NULL;
    netdisc_error *err = NULL;

    begin_step(self, "Drop the WLAN interface, and see it go.",
               "netdisc_watch_start(), netdisc_wlan_disconnect(), netdisc_dispatch()");

    netdisc_status status = netdisc_watch_start(self->nd, NETDISC_WLAN, seen, &gone, &watch, &err);

    if (!status) {
        netdisc_dispatch(self->nd, EVENT_MS); /* READY */
        status = netdisc_wlan_disconnect(self->nd, NULL, 0, 0, &err);
    }
    while (!status && !gone && netdisc_dispatch(self->nd, EVENT_MS) == NETDISC_NO_ERROR)
        ;
    netdisc_watch_stop(watch);
    expect(self, gone, "an event that says it is disconnected");
    end_step(self, status, NETDISC_NO_ERROR, err);
}

static void end_connection(story *self, const char *what, const char *call, uint32_t flags,
                           netdisc_status expected)
{
    netdisc_error *err = NULL;

    begin_step(self, what, call);

    netdisc_status status = netdisc_connection_disconnect(self->nd, "Office VPN", flags, 0, &err);

    end_step(self, status, expected, err);
}

static void refuse_bad_name(story *self)
{
    netdisc_error *err = NULL;

    begin_step(self, "A malformed name is refused before a provider sees it.",
               "netdisc_share_cancel(\"Z\")");

    netdisc_status status = netdisc_share_cancel(self->nd, "Z", 0, 0, &err);

    end_step(self, status, NETDISC_ERROR_BAD_DEVICE, err);
}

static void tell(story *self)
{
    show_backends(self);
    list_shares(self, 3);
    cancel_in_use(self);
    disconnect_with_question(self);
    list_shares(self, 2);
    drop_wlan(self);
    end_connection(self, "End a named connection.", "netdisc_connection_disconnect(\"Office VPN\")", 0,
                   NETDISC_NO_ERROR);
    end_connection(self, "End it once more.", "netdisc_connection_disconnect(\"Office VPN\")", 0,
                   NETDISC_ERROR_NOT_CONNECTED);
    end_connection(self, "Once more, where gone already will do.",
                   "netdisc_connection_disconnect(\"Office VPN\", NETDISC_IF_CONNECTED)",
                   NETDISC_IF_CONNECTED, NETDISC_NO_ERROR);
    refuse_bad_name(self);
}

int main(int argc, char **argv)
{
    story self = {0};
    netdisc_options options = {.size = sizeof options, .providers = "fake"};
    netdisc_error *err = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: demo MODULE_DIR\n");
        return 2;
    }
    options.module_directory = argv[1];
    if (netdisc_open(&self.nd, &options, &err)) {
        fprintf(stderr, "%s\n", err->message);
        netdisc_error_free(err);
        return 1;
    }
    printf("netdisc %s, on the FAKE provider: a small world in memory, made for this demo.\n"
           "Nothing on this machine is looked at or changed.\n",
           netdisc_version());
    tell(&self);
    netdisc_close(self.nd);
    if (self.failures)
        printf("\n%d steps, %d things not as expected\n", self.steps, self.failures);
    else
        printf("\n%d steps, each as expected\n", self.steps);
    return self.failures != 0;
}
