/* SPDX-License-Identifier: MIT */
/*
 * What netdisc does with shares of a real Samba server, told step by step through the public API.
 *
 * usage: demo_shares WORKER [MODULE_DIR]
 *
 * WORKER is the absolute path of the program netdisc-smb, MODULE_DIR that of where libnetdisc-smb.so is,
 * if it is not where it is installed. The server is started for this, in namespaces of its own, so
 * nothing on this machine is looked at or changed. Where that cannot be, it says why and exits 77, as a
 * skipped test. Exits 1 when a step does not end as it should, so it is a test as well.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netdisc.h>

/* The tests' world_...() and bed_...() are what happens around netdisc. */
#include "world_smb.h"

#define PRIVATE "\\\\127.0.0.1\\private"

/* SLACK_MS: how much later is still in time, on a busy machine. */
enum { NOT_HERE = 77, FROZEN_MS = 8000, SLACK_MS = 3000, LINE = 1024 };

typedef struct story {
    netdisc *nd;
    int steps;
    int failures; /* what was not as expected */
    char path[WORLD_PATH];
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

static void print_holder(const netdisc_holder *it)
{
    printf("       held by %s (pid %llu): %s %s\n", or_dash(it->program), (unsigned long long)it->pid,
           it->what, or_dash(it->path));
}

/* Prints how a verb ended, and who was in the way. */
static void end_step(story *self, netdisc_status status, netdisc_status expected, netdisc_error *err)
{
    printf("    -> %s (%u)%s%s\n", netdisc_status_name(status), (unsigned)status, err ? ": " : "",
           err ? err->message : "");
    for (size_t i = 0; err && i < netdisc_list_count(err->holders); i++)
        print_holder(netdisc_list_holder(err->holders, i));
    expect(self, status == expected, netdisc_status_name(expected));
    netdisc_error_free(err);
}

/* As smbstatus has it. */
static void look_at_server(story *self, size_t tree_connects, size_t files)
{
    size_t trees = world_tree_connects(WORLD_SMB, "private");
    size_t open_files = world_open_files(WORLD_SMB, "private");

    printf("       the server has %zu tree connect(s) and %zu open file(s)\n", trees, open_files);
    expect(self, trees == tree_connects, "another number of tree connects");
    expect(self, open_files == files, "another number of open files");
}

/* ---- Steps ---------------------------------------------------------------------------------- */

static void print_share(const netdisc_share *it)
{
    printf("       %-4s%-24s%-12s%s%s%s\n", or_dash(it->local), it->remote,
           netdisc_state_name(it->state), it->user ? "as " : "", it->user ? it->user : "",
           it->remembered == NETDISC_YES ? ", remembered" : "");
    printf("           its files are in %s\n", or_dash(it->path));
}

static void show_list(story *self, const char *what, size_t expected)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    begin_step(self, what, "netdisc_share_list()");

    netdisc_status status = netdisc_share_list(self->nd, 0, 0, &list, &err);

    for (size_t i = 0; i < netdisc_list_count(list); i++)
        print_share(netdisc_list_share(list, i));
    printf("       %zu in the list\n", netdisc_list_count(list));
    expect(self, netdisc_list_count(list) == expected, "another number of them");
    expect(self, netdisc_list_failure_count(list) == 0, "a whole list");
    netdisc_list_free(list);
    end_step(self, status, NETDISC_NO_ERROR, err);
}

static void add(story *self, const char *what, const char *local, const char *password, uint32_t flags,
                netdisc_status expected)
{
    netdisc_share_spec spec = {
        .size = sizeof spec, .local = local, .remote = PRIVATE, .user = "alice", .password = password};
    netdisc_error *err = NULL;
    char call[LINE];

    snprintf(call, sizeof call, "netdisc_share_add(\"%s\", \"" PRIVATE "\", alice%s)", local,
             flags & NETDISC_UPDATE_PROFILE ? ", NETDISC_UPDATE_PROFILE" : "");
    begin_step(self, what, call);

    netdisc_status status = netdisc_share_add(self->nd, &spec, flags, 0, &err);

    end_step(self, status, expected, err);
}

static void cancel(story *self, const char *what, const char *name, uint32_t flags,
                   netdisc_status expected)
{
    netdisc_error *err = NULL;
    char call[LINE];

    snprintf(call, sizeof call, "netdisc_share_cancel(\"%s\"%s%s)", name,
             flags & NETDISC_FORCE ? ", NETDISC_FORCE" : "",
             flags & NETDISC_UPDATE_PROFILE ? ", NETDISC_UPDATE_PROFILE" : "");
    begin_step(self, what, call);

    int64_t begun = bed_now_ms();
    netdisc_status status = netdisc_share_cancel(self->nd, name, flags, FROZEN_MS, &err);
    int took = (int)(bed_now_ms() - begun);

    printf("       after %d ms\n", took);
    expect(self, took < FROZEN_MS + SLACK_MS, "in time");
    end_step(self, status, expected, err);
}

static void find_files(story *self)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    begin_step(self, "Where are its files? Any program can use them.", "netdisc_share_resolve(\"Z:\")");

    netdisc_status status = netdisc_share_resolve(self->nd, "Z:", 0, 0, &list, &err);
    const netdisc_share *it = netdisc_list_share(list, 0);

    snprintf(self->path, sizeof self->path, "%s/hello", it && it->path ? it->path : "/nowhere");
    printf("       %s\n", self->path);
    expect(self, access(self->path, R_OK) == 0, "a file there");
    netdisc_list_free(list);
    end_step(self, status, NETDISC_NO_ERROR, err);
}

/* `tail -f` has a file open until it is ended. */
static pid_t begin_tail(story *self)
{
    const char *argv[] = {"tail", "-f", self->path, NULL};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    pid_t pid = bed_spawn(argv, -1, null);

    close(null);
    printf("\n    Now another program has a file open: tail -f %s (pid %ld)\n", self->path, (long)pid);
    expect(self, world_wait_open_files(WORLD_SMB, "private", 1), "an open file at the server");
    return pid;
}

/* ---- The story ------------------------------------------------------------------------------ */

static void tell(story *self)
{
    pid_t tail;

    add(self, "The password is wrong.", "Z:", "wrong", 0, NETDISC_ERROR_LOGON_FAILURE);
    add(self, "It is right. The mapping will outlive this program.", "Z:", WORLD_PASSWORD, 0,
        NETDISC_NO_ERROR);
    add(self, "The letter is in use.", "Z:", WORLD_PASSWORD, 0, NETDISC_ERROR_ALREADY_ASSIGNED);
    show_list(self, "Which shares are there?", 1);
    find_files(self);
    tail = begin_tail(self);
    cancel(self, "A remote name ends only what has no local name.", PRIVATE, 0,
           NETDISC_ERROR_NOT_CONNECTED);
    cancel(self, "Files are open on it, so it is refused.", "Z:", 0, NETDISC_ERROR_OPEN_FILES);
    look_at_server(self, 1, 1);
    cancel(self, "Forced.", "Z:", NETDISC_FORCE, NETDISC_NO_ERROR);
    look_at_server(self, 0, 0);
    bed_kill(tail);
    cancel(self, "There is nothing more to end.", "Z:", 0, NETDISC_ERROR_NOT_CONNECTED);
    add(self, "Again, and to be remembered.", "Z:", WORLD_PASSWORD, NETDISC_UPDATE_PROFILE,
        NETDISC_NO_ERROR);
    world_signal(WORLD_SMB, SIGSTOP);
    cancel(self, "The server is frozen (SIGSTOP). It is ended all the same.", "Z:", 0, NETDISC_NO_ERROR);
    world_signal(WORLD_SMB, SIGCONT);
    show_list(self, "It is remembered still. Its password is not.", 1);
    cancel(self, "Until it is to be forgotten.", "Z:", NETDISC_UPDATE_PROFILE, NETDISC_NO_ERROR);
    show_list(self, "Nothing is left.", 0);
}

static const char *make_world(int argc, char **argv)
{
    const char *why;

    if (argc > 1)
        setenv("NETDISC_SMB_WORKER", argv[1], 1);
    if (argc > 2)
        setenv("NETDISC_TEST_MODULES", argv[2], 1);
    why = world_try_enter(false);
    if (!why && access("/dev/fuse", R_OK | W_OK))
        why = "/dev/fuse is not there";
    if (!why)
        world_reset(NULL);
    return why;
}

int main(int argc, char **argv)
{
    story self = {0};
    const char *obstacle = make_world(argc, argv);

    if (obstacle) {
        printf("A real Samba server is not shown, as none can be started for this alone: %s\n",
               obstacle);
        return NOT_HERE;
    }
    self.nd = world_context();
    printf("netdisc %s, with a REAL Samba server, started for this demo in namespaces of its own.\n"
           "Nothing on this machine is looked at or changed.\n",
           netdisc_version());
    tell(&self);
    netdisc_close(self.nd);
    expect(&self, world_left_over() == NULL, "nothing left behind");
    if (self.failures)
        printf("\n%d steps, %d things not as expected\n", self.steps, self.failures);
    else
        printf("\n%d steps, each as expected\n", self.steps);
    return world_end(self.failures != 0);
}
