/* SPDX-License-Identifier: MIT */
/*
 * The other thread: it hears of the backend that has started the worker, of clients of the control
 * socket, of signals, of a server that hangs up. While it ends the mapping, a few seconds at most,
 * others wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker.h"

enum {
    CLIENTS = 16,
    REQUEST_MAX = 1024, /* a CANCEL is far shorter */
    CLIENT_MS = 5000,   /* for what a client has to say */
    STUCK_MS = 500,     /* then the server counts as frozen */
    FORCED_MS = 2000,   /* the most for leaving a server in good order */
    CUTTING_MS = 1000,
    CUT_AGAIN_MS = 20, /* libsmbclient may connect again */
    MOUNTING_MS = 10000
};

typedef struct client {
    int fd; /* -1: a free place */
    int64_t deadline;
    size_t used;
    unsigned char bytes[REQUEST_MAX];
} client;

static struct {
    client clients[CLIENTS];
    bool kept;
    netdisc_state state; /* as it is written down */
} control = {.state = NETDISC_STATE_CONNECTED};

/* ---- Ending the mapping --------------------------------------------------------------------- */

/* Waits for the main thread to have left the server; no longer than `patience`, then by cutting it off.
 * If not even that helps, it is where there is no connection, and the end of the process is the end of
 * it. */
static void await_leaving(int patience)
{
    bool left = nd_stage_wait(ND_STAGE_LEFT, nd_clock_ms() + patience);

    for (int rest = CUTTING_MS; !left && rest > 0; rest -= CUT_AGAIN_MS) {
        nd_server_cut();
        left = nd_stage_wait(ND_STAGE_LEFT, nd_clock_ms() + CUT_AGAIN_MS);
    }
}

static bool say_open(nd_failure *why)
{
    unsigned count = nd_files_open();

    return nd_failure_say(why, NETDISC_ERROR_OPEN_FILES, "%u file%s open on %s", count,
                          count == 1 ? " is" : "s are", nd_self.info.fields[ND_FIELD_REMOTE]);
}

/* What programs have closed is still on its way to the file system: it is open until that has been
 * served. A server that does not answer is cut off, unless that would hurt who has files open. */
static bool is_idle(nd_failure *why)
{
    bool settled = nd_files_settle(nd_clock_ms() + STUCK_MS);

    if (nd_files_open() > 0)
        return say_open(why);
    for (int left = STUCK_MS; !settled && left > 0; left -= CUT_AGAIN_MS) {
        nd_server_cut();
        settled = nd_files_settle(nd_clock_ms() + CUT_AGAIN_MS);
    }
    if (nd_files_open() > 0)
        return say_open(why);
    return settled || nd_failure_say(why, NETDISC_ERROR_BUSY, "%s does not answer, and is being used",
                                     nd_self.info.fields[ND_FIELD_REMOTE]);
}

static bool unmount(bool lazily, nd_failure *why)
{
    int code = nd_self.mount ? nd_unmount(nd_self.mount, nd_self.device, lazily) : 0;

    if (code == 0)
        return true;
    return nd_failure_errno(why, code == EBUSY ? NETDISC_ERROR_BUSY : 0, code, "%s cannot be unmounted",
                            nd_self.mount);
}

static bool end_gently(nd_failure *why)
{
    if (!is_idle(why) || !unmount(false, why))
        return false;
    nd_files_stop();
    await_leaving(STUCK_MS);
    return true;
}

static bool end_by_force(int patience, nd_failure *why)
{
    nd_server_refuse();
    nd_files_stop();
    await_leaving(patience);
    return unmount(true, why);
}

static bool is_serving(void)
{
    return nd_stage_wait(ND_STAGE_SERVING, nd_clock_ms() + MOUNTING_MS);
}

/* Something is mounted over the files: the mapping stays, as a dead worker's, until that is gone. */
static _Noreturn void leave_remains(void)
{
    nd_secret_wipe();
    _exit(1);
}

/* Signals, and a backend that has gone before it said KEEP. */
static _Noreturn void give_up(void)
{
    nd_failure why;

    nd_worker_end_connecting(-1);
    if (is_serving() && !end_by_force(FORCED_MS, &why))
        leave_remains();
    nd_worker_end(-1);
}

/* ---- Clients -------------------------------------------------------------------------------- */

static void drop(client *it)
{
    close(it->fd);
    it->fd = -1;
}

static void refuse(client *it, const nd_failure *why)
{
    nd_message answer;

    nd_message_init(&answer, ND_MESSAGE_FAILED);
    nd_failure_put(&answer, why);
    nd_message_send(it->fd, &answer, CUT_AGAIN_MS, -1);
    nd_message_clear(&answer);
}

static int forced_patience(const nd_message *request)
{
    int64_t timeout = nd_message_number(request, ND_FIELD_TIMEOUT, 0);

    return timeout > 0 && timeout < 3 * (int64_t)FORCED_MS ? (int)timeout / 3 : FORCED_MS;
}

static void cancel(client *it, const nd_message *request)
{
    const char *id = request->fields[ND_FIELD_ID], *remote = nd_self.info.fields[ND_FIELD_REMOTE];
    bool by_force = nd_message_number(request, ND_FIELD_FORCE, 0) == 1;
    nd_failure why = {0};

    if (!id || strcmp(id, nd_self.id) != 0) {
        nd_failure_say(&why, NETDISC_ERROR_NOT_CONNECTED,
                       "this mapping has ended, and there is another one");
        refuse(it, &why);
        return;
    }
    nd_worker_end_connecting(it->fd);
    if (!is_serving()) {
        nd_failure_say(&why, NETDISC_ERROR_BUSY, "%s is still being mounted", remote);
        refuse(it, &why);
        return;
    }
    if (by_force ? end_by_force(forced_patience(request), &why) : end_gently(&why))
        nd_worker_end(it->fd);
    refuse(it, &why);
    if (by_force)
        leave_remains();
}

/* A client that has been told something else meanwhile, or has given up, is gone: what it asked for is
 * not done behind its back. */
static bool still_waits(const client *it)
{
    struct pollfd on = {.fd = it->fd, .events = POLLRDHUP};

    return poll(&on, 1, 0) == 0;
}

/* Whether to go on hearing it. */
static bool hear(client *it)
{
    ssize_t got = recv(it->fd, it->bytes + it->used, sizeof it->bytes - it->used, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0)
        return false;
    it->used += (size_t)got;

    size_t length = nd_message_length(it->bytes, it->used);
    nd_message request;

    if (length <= sizeof it->bytes && (!length || it->used < length))
        return true;
    if (length > it->used || nd_message_decode(it->bytes, length, &request))
        return false;
    if (request.type == ND_MESSAGE_CANCEL && still_waits(it))
        cancel(it, &request);
    nd_message_clear(&request);
    return false;
}

static client *free_place(void)
{
    for (size_t i = 0; i < CLIENTS; i++)
        if (control.clients[i].fd < 0)
            return &control.clients[i];
    return NULL;
}

static void let_in(void)
{
    client *place = free_place();
    int fd = place ? accept4(nd_self.listener, NULL, NULL, SOCK_CLOEXEC) : -1;

    if (fd < 0)
        return;
    if (nd_mapping_check_peer(fd, true)) {
        close(fd);
        return;
    }
    place->fd = fd;
    place->used = 0;
    place->deadline = nd_clock_ms() + CLIENT_MS;
}

/* ---- Everything else ------------------------------------------------------------------------ */

static void hear_backend(void)
{
    nd_message message;
    int code = nd_message_receive(0, &message, STUCK_MS, -1);

    if (code)
        give_up();
    control.kept = message.type == ND_MESSAGE_KEEP;
    nd_message_clear(&message);
    if (!control.kept)
        give_up();

    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, 0);
        close(null);
    } else {
        close(0);
    }
}

static void write_state(void)
{
    netdisc_state now = nd_server_state();

    if (nd_stage_now() != ND_STAGE_SERVING || now == control.state)
        return;
    nd_message_put_number(&nd_self.info, ND_FIELD_STATE, now);
    if (nd_mapping_write(&nd_self.claim, &nd_self.info) == 0)
        control.state = now;
}

/* The file system has ended without us: somebody else has unmounted it. */
static _Noreturn void follow(void)
{
    await_leaving(STUCK_MS);
    nd_worker_end(-1);
}

enum { WAKE, SIGNALS, BACKEND, LISTENER, SERVER, FIRST_CLIENT, WATCHED = FIRST_CLIENT + CLIENTS };

/* How long to wait at most, for the clients that have not said all. */
static int watch_all(struct pollfd on[WATCHED])
{
    int64_t next = -1;
    int server = nd_server_state() == NETDISC_STATE_CONNECTED && nd_stage_now() == ND_STAGE_SERVING
                     ? nd_server_socket()
                     : -1;

    on[WAKE] = (struct pollfd){.fd = nd_self.wake_control, .events = POLLIN};
    on[SIGNALS] = (struct pollfd){.fd = nd_self.signals, .events = POLLIN};
    on[BACKEND] = (struct pollfd){.fd = control.kept ? -1 : 0, .events = POLLIN};
    on[LISTENER] = (struct pollfd){.fd = free_place() ? nd_self.listener : -1, .events = POLLIN};
    on[SERVER] = (struct pollfd){.fd = server, .events = POLLRDHUP};
    for (size_t i = 0; i < CLIENTS; i++) {
        const client *it = &control.clients[i];

        on[FIRST_CLIENT + i] = (struct pollfd){.fd = it->fd, .events = POLLIN};
        if (it->fd >= 0 && (next < 0 || it->deadline < next))
            next = it->deadline;
    }
    return nd_left_ms(next);
}

static void see(const struct pollfd on[WATCHED])
{
    eventfd_t unused;

    if (on[WAKE].revents)
        eventfd_read(nd_self.wake_control, &unused);
    if (on[SIGNALS].revents)
        give_up();
    if (on[BACKEND].revents)
        hear_backend();
    /* libsmbclient may have connected anew meanwhile. */
    if (on[SERVER].revents && on[SERVER].fd == nd_server_socket())
        nd_server_note_lost();
    for (size_t i = 0; i < CLIENTS; i++) {
        client *it = &control.clients[i];

        if (it->fd >= 0 && on[FIRST_CLIENT + i].revents && !hear(it))
            drop(it);
        else if (it->fd >= 0 && nd_clock_ms() >= it->deadline)
            drop(it);
    }
    if (on[LISTENER].revents)
        let_in();
}

static void *run(void *unused)
{
    struct pollfd on[WATCHED];

    for (;;) {
        if (nd_stage_now() >= ND_STAGE_LEAVING)
            follow();
        write_state();

        int wait = watch_all(on);

        if (poll(on, WATCHED, wait) >= 0)
            see(on);
        else if (errno != EINTR)
            give_up();
    }
    return unused;
}

int nd_control_start(void)
{
    pthread_t thread;

    for (size_t i = 0; i < CLIENTS; i++)
        control.clients[i].fd = -1;

    int code = pthread_create(&thread, NULL, run, NULL);

    return code ? code : pthread_detach(thread);
}
