/* SPDX-License-Identifier: MIT */
/*
 * What netdisc does with the real NetworkManager, told step by step through the public API.
 *
 * usage: demo_networkmanager [MODULE_DIR]
 *
 * MODULE_DIR is the absolute path of where libnetdisc-nm.so is, if it is not where it is installed. The
 * NetworkManager is started for this, in namespaces and on a bus of its own, so nothing on this machine
 * is looked at or changed. Where that cannot be, it says why and exits 77, as a skipped test. Exits 1
 * when a step does not end as it should, so it is a test as well.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <netdisc.h>

/* The tests' world_...() is what happens around netdisc. */
#include "world.h"

#define OFFICE   WORLD_UUID(01)
#define FALLBACK WORLD_UUID(02)
#define HOME     WORLD_UUID(03)
#define HOME_TOO WORLD_UUID(04)
#define BACKUP   WORLD_UUID(05)

enum { NOT_HERE = 77 };

/* SLACK_MS: how much later is still in time, on a busy machine. */
enum { FROZEN_MS = 300, CLOSE_MS = 1000, SLACK_MS = 1500, EVENT_MS = 5000, LINE = 256 };

typedef struct story {
    netdisc *nd;
    netdisc_options options;
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

/* Prints how a verb ended, and what was seen then. */
static void end_step(story *self, netdisc_status status, netdisc_status expected,
                     const netdisc_error *err, const char *seen)
{
    printf("    -> %s (%u)%s%s%s\n", netdisc_status_name(status), (unsigned)status, seen,
           err ? ": " : "", err ? err->message : "");
    expect(self, status == expected, netdisc_status_name(expected));
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Looking -------------------------------------------------------------------------------- */

typedef netdisc_status (*list_fn)(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_list **out,
                                  netdisc_error **err);

static void print_backend(story *self, const netdisc_backend *it)
{
    printf("       %s:%s%s, %s\n", it->provider, it->kinds & NETDISC_WLAN ? " wlan" : "",
           it->kinds & NETDISC_CONNECTION ? " connections" : "",
           it->status ? or_dash(it->reason) : "usable");
    expect(self, it->status == NETDISC_NO_ERROR, "a usable provider");
}

static void print_connection(const netdisc_connection *it)
{
    printf("       %-10s%-16s%-6s%s%s%s\n", it->name, it->type, or_dash(it->device),
           netdisc_state_name(it->state), it->autoconnect == NETDISC_YES ? ", autoconnect" : "",
           it->external == NETDISC_YES ? ", external" : "");
}

static void show_list(story *self, const char *what, const char *call, list_fn fn, size_t expected)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;
    char seen[LINE];

    begin_step(self, what, call);

    netdisc_status status = fn(self->nd, 0, 0, &list, &err);

    for (size_t i = 0; i < netdisc_list_count(list); i++)
        if (netdisc_list_backend(list, i))
            print_backend(self, netdisc_list_backend(list, i));
        else if (netdisc_list_connection(list, i))
            print_connection(netdisc_list_connection(list, i));
    snprintf(seen, sizeof seen, ", %zu in the list", netdisc_list_count(list));
    end_step(self, status, NETDISC_NO_ERROR, err, seen);
    expect(self, netdisc_list_count(list) == expected, "another number of them");
    expect(self, netdisc_list_failure_count(list) == 0, "a whole list");
    netdisc_error_free(err);
    netdisc_list_free(list);
}

/* ---- Ending --------------------------------------------------------------------------------- */

/* What is active, as NetworkManager's own client has it: each NAME:DEVICE. */
static void ask_nmcli(story *self, char out[LINE])
{
    FILE *nmcli = popen("LC_ALL=C nmcli -t -f NAME,DEVICE connection show --active", "r");
    size_t length = nmcli ? fread(out, 1, LINE - 1, nmcli) : 0;

    expect(self, nmcli && pclose(nmcli) == 0, "an answer from nmcli");
    out[length] = '\0';
    for (char *end = out; (end = strchr(end, '\n'));)
        *end = end[1] ? ' ' : '\0';
}

static void end_connection(story *self, const char *what, const char *name, int timeout_ms,
                           netdisc_status expected)
{
    netdisc_error *err = NULL;
    char line[LINE];
    char active[LINE] = "";
    char seen[2 * LINE];

    snprintf(line, sizeof line, "netdisc_connection_disconnect(\"%s\")", name);
    begin_step(self, what, line);

    int64_t begun = now_ms();
    netdisc_status status = netdisc_connection_disconnect(self->nd, name, 0, timeout_ms, &err);
    int took = (int)(now_ms() - begun);

    if (!status)
        ask_nmcli(self, active);
    snprintf(seen, sizeof seen, " after %d ms%s%s", took,
             status ? "" : "; active in nmcli -t: ", active);
    end_step(self, status, expected, err, seen);
    snprintf(line, sizeof line, "%s:", name);
    expect(self, !strstr(active, line), "gone for nmcli, too");
    expect(self, !timeout_ms || took < timeout_ms + SLACK_MS, "in time");
    if (err && expected == NETDISC_ERROR_DUP_NAME)
        expect(self, strstr(err->message, HOME) && strstr(err->message, HOME_TOO), "both UUIDs");
    netdisc_error_free(err);
}

/* ---- Closing -------------------------------------------------------------------------------- */

static void freeze(void)
{
    world_signal(WORLD_NM, SIGSTOP);
    waitpid(world_pid(WORLD_NM), NULL, WUNTRACED);
}

static void close_meanwhile(story *self)
{
    netdisc *nd = NULL;
    netdisc_op *op = NULL;
    char seen[LINE];

    begin_step(self, "Another context is closed while it waits for the frozen one without a deadline.",
               "netdisc_connection_list_start(no deadline), netdisc_op_wait(300 ms), netdisc_close()");

    netdisc_status status = netdisc_open(&nd, &self->options, NULL);

    if (!status)
        status = netdisc_connection_list_start(nd, 0, -1, &op, NULL);
    if (!status)
        status = netdisc_op_wait(op, FROZEN_MS);
    expect(self, status == NETDISC_WAIT_TIMEOUT, "under way until it is closed");

    int64_t begun = now_ms();
    netdisc_close(nd);
    int took = (int)(now_ms() - begun);

    snprintf(seen, sizeof seen, ", the close took %d ms", took);
    expect(self, took < CLOSE_MS + SLACK_MS, "a quick close");
    end_step(self, netdisc_op_wait(op, 0), NETDISC_ERROR_CANCELLED, netdisc_op_error(op), seen);
    netdisc_op_free(op);
}

/* ---- Watching ------------------------------------------------------------------------------- */

typedef struct sight {
    bool ready;
    netdisc_state office;
    bool has_reason;
} sight;

static void see(void *data, const netdisc_event *event)
{
    sight *self = data;
    const netdisc_connection *it = event->connection;

    if (event->type == NETDISC_EVENT_READY)
        self->ready = true;
    if (event->type != NETDISC_EVENT_CHANGED || !it)
        return;
    printf("       the watch sees %s: %s, then %s (%s)\n", it->name,
           netdisc_state_name(event->old_state), netdisc_state_name(event->state),
           or_dash(event->reason));
    if (strcmp(it->uuid, OFFICE) != 0)
        return;
    self->office = event->state;
    self->has_reason = event->reason;
}

static bool await(story *self, const sight *it, netdisc_state office)
{
    while (!it->ready || it->office != office)
        if (netdisc_dispatch(self->nd, EVENT_MS))
            return false;
    return true;
}

static netdisc_status up_and_down(story *self, const sight *it, netdisc_error **err)
{
    expect(self, await(self, it, NETDISC_STATE_UNKNOWN), "a watch that is ready");

    netdisc_status status = netdisc_connection_connect(self->nd, "Office", 0, 0, err);

    if (status)
        return status;
    expect(self, await(self, it, NETDISC_STATE_CONNECTED), "an event: connected");
    status = netdisc_connection_disconnect(self->nd, "Office", 0, 0, err);
    if (!status)
        expect(self, await(self, it, NETDISC_STATE_DISCONNECTED), "an event: disconnected");
    return status;
}

static void watch_office(story *self)
{
    sight it = {.office = NETDISC_STATE_UNKNOWN};
    netdisc_watch *watch = NULL;
    netdisc_error *err = NULL;

    begin_step(
        self, "Connect Office, which takes its device back, and end it again.",
        "netdisc_watch_start(), netdisc_connection_connect(), ..._disconnect(), netdisc_dispatch()");

    netdisc_status status = netdisc_watch_start(self->nd, NETDISC_CONNECTION, see, &it, &watch, &err);

    if (!status)
        status = up_and_down(self, &it, &err);
    expect(self, it.has_reason, "a reason why Office ended");
    netdisc_watch_stop(watch);
    end_step(self, status, NETDISC_NO_ERROR, err, "");
    netdisc_error_free(err);
}

/* ---- The story ------------------------------------------------------------------------------ */

/* Fallback is to come up by itself, but Office has its device. */
static void make_world(void)
{
    static const world_profile profiles[] = {
        {.name = "Office", .uuid = OFFICE, .device = "eth0"},
        {.name = "Home", .uuid = HOME, .device = "eth1"},
        {.name = "Home", .uuid = HOME_TOO, .device = "eth2"},
        {.name = "Backup", .uuid = BACKUP, .device = "eth3"},
    };

    world_reset(NULL);
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        world_veth(profiles[i].device);
        world_add(&profiles[i]);
        world_up(profiles[i].uuid, NULL);
    }
    world_add(
        &(world_profile){.name = "Fallback", .uuid = FALLBACK, .device = "eth0", .autoconnect = true});
}

static void tell(story *self)
{
    show_list(self, "What can be used here?", "netdisc_backends()", netdisc_backends, 1);
    show_list(self, "Which connections are there?", "netdisc_connection_list()", netdisc_connection_list,
              6);
    end_connection(self, "End Office. Fallback has waited for its device, and may take it.", "Office", 0,
                   NETDISC_NO_ERROR);
    end_connection(self, "Two that are active have this name.", "Home", 0, NETDISC_ERROR_DUP_NAME);
    end_connection(self, "Nothing has this name.", "Nowhere", 0, NETDISC_ERROR_NOT_FOUND);
    end_connection(self, "The loopback interface is not for ending.", "lo", 0,
                   NETDISC_ERROR_ACCESS_DENIED);
    freeze();
    end_connection(self, "NetworkManager is frozen (SIGSTOP). A deadline of 300 ms is kept.", "Backup",
                   FROZEN_MS, NETDISC_ERROR_TIMEOUT);
    close_meanwhile(self);
    world_signal(WORLD_NM, SIGCONT);
    end_connection(self, "NetworkManager goes on (SIGCONT), and so does the first context.", "Backup", 0,
                   NETDISC_NO_ERROR);
    watch_office(self);
    show_list(self,
              "Which WLAN interfaces are there? None: a network namespace has no radio of its own.",
              "netdisc_wlan_list()", netdisc_wlan_list, 0);
}

int main(int argc, char **argv)
{
    story self = {.options = {.size = sizeof self.options, .providers = "nm"}};
    netdisc_error *err = NULL;
    const char *obstacle = world_try_enter();

    if (obstacle) {
        printf("The real NetworkManager is not shown, as none can be started for this alone: %s\n",
               obstacle);
        return NOT_HERE;
    }
    self.options.module_directory = argc > 1 ? argv[1] : NULL;
    if (netdisc_open(&self.nd, &self.options, &err)) {
        fprintf(stderr, "%s\n", err->message);
        netdisc_error_free(err);
        return 1;
    }
    make_world();
    printf("netdisc %s, on a REAL NetworkManager, started for this demo in a network and on a bus of "
           "its own.\n"
           "Nothing on this machine is looked at or changed.\n",
           netdisc_version());
    tell(&self);
    netdisc_close(self.nd);
    if (self.failures)
        printf("\n%d steps, %d things not as expected\n", self.steps, self.failures);
    else
        printf("\n%d steps, each as expected\n", self.steps);
    return world_end(self.failures != 0);
}
