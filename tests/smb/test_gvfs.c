/* SPDX-License-Identifier: MIT */
/* The provider "gvfs" against the real GVfs, smbd and FUSE, in a session of its own. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gio/gio.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world_gvfs.h"

#define PUBLIC  "\\\\localhost\\public"
#define PRIVATE "\\\\localhost\\private"

enum { SHORT_MS = 1500, EVENTS = 64, MANY = 30 };

#define assert_status(status, expected)                                                                 \
    assert_string_equal(netdisc_status_name(status), netdisc_status_name(NETDISC_##expected))

static netdisc *nd;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int set_up(void **state)
{
    world_reset(state);
    nd = world_open("gvfs");
    return 0;
}

static int set_up_mounted(void **state)
{
    if (world_reset_mounted(state))
        return -1;
    nd = world_open("gvfs");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    netdisc_close(nd);
    nd = NULL;
    return 0;
}

/* ---- What there is -------------------------------------------------------------------------- */

static netdisc_list *list(netdisc *in)
{
    netdisc_list *out = NULL;

    assert_status(netdisc_share_list(in, 0, 0, &out, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_failure_count(out), 0);
    return out;
}

static size_t count_shares(void)
{
    netdisc_list *all = list(nd);
    size_t count = netdisc_list_count(all);

    netdisc_list_free(all);
    return count;
}

static netdisc_status cancel(const char *name, uint32_t flags, netdisc_error **err)
{
    return netdisc_share_cancel(nd, name, flags, 0, err);
}

static void check_refusal(netdisc_status got, netdisc_error *err, netdisc_status expected,
                          const char *text, const char *file, int line)
{
    if (got != expected || !err || (text && !strstr(err->message, text))) {
        print_error("expected %s \"%s\", got %s \"%s\"\n", netdisc_status_name(expected),
                    text ? text : "", netdisc_status_name(got), err ? err->message : "");
        _fail(file, line);
    }
    netdisc_error_free(err);
}

/* `call` may set `err`: it is evaluated first. */
#define assert_refused(call, err, expected, text)                                                       \
    do {                                                                                                \
        netdisc_status status_of_call = (call);                                                         \
        check_refusal(status_of_call, err, expected, text, __FILE__, __LINE__);                         \
    } while (0)

static const netdisc_holder *holder_of(const netdisc_list *holders, pid_t pid, const char *what)
{
    const netdisc_holder *one;

    for (size_t i = 0; (one = netdisc_list_holder(holders, i)); i++)
        if (one->pid == (uint64_t)pid && strcmp(one->what, what) == 0)
            return one;
    return NULL;
}

static netdisc_share_spec spec_of(const char *remote)
{
    return (netdisc_share_spec){.size = sizeof(netdisc_share_spec), .remote = remote};
}

static netdisc_status add(const netdisc_share_spec *spec, netdisc_error **err)
{
    return netdisc_share_add(nd, spec, 0, 0, err);
}

/* ---- Without GVfs --------------------------------------------------------------------------- */

static void no_bus(void **state)
{
    static const char *const addresses[] = {
        "unix:path=/run/netdisc/nobody",
        "autolaunch:", "unixexec:path=/bin/touch,argv1=/run/netdisc/started", "disabled:", ""};

    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        netdisc_list *out = NULL;
        netdisc_error *err = NULL;

        setenv("DBUS_SESSION_BUS_ADDRESS", addresses[i], 1);
        assert_refused(netdisc_share_list(nd, 0, 0, &out, &err), err, NETDISC_ERROR_NOT_SUPPORTED,
                       "session bus");
    }
    assert_int_not_equal(access("/run/netdisc/started", F_OK), 0);
    setenv("DBUS_SESSION_BUS_ADDRESS", WORLD_BUS, 1);
    assert_int_equal(count_shares(), 0);
}

static void no_bus_is_no_gap(void **state)
{
    netdisc *both = world_open("cifs,gvfs");
    netdisc_list *out = NULL;

    (void)state;
    setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/netdisc/nobody", 1);
    assert_status(netdisc_share_list(both, 0, 0, &out, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_failure_count(out), 0);
    netdisc_list_free(out);
    netdisc_close(both);
    setenv("DBUS_SESSION_BUS_ADDRESS", WORLD_BUS, 1);
}

static void no_gvfsd(void **state)
{
    netdisc_error *err = NULL;

    (void)state;
    assert_int_equal(count_shares(), 0);
    assert_refused(cancel(PUBLIC, 0, &err), err, NETDISC_ERROR_NOT_CONNECTED, NULL);
    assert_int_equal(world_find("gvfsd"), 0);
}

static void local_names_are_none(void **state)
{
    netdisc_share_spec spec = spec_of(PUBLIC);
    netdisc_error *err = NULL;

    (void)state;
    assert_refused(cancel("Z:", 0, &err), err, NETDISC_ERROR_NOT_CONNECTED, NULL);
    assert_refused(cancel(WORLD_PUBLIC, 0, &err), err, NETDISC_ERROR_NOT_CONNECTED, NULL);
    spec.local = "Z:";
    assert_refused(add(&spec, &err), err, NETDISC_ERROR_NOT_SUPPORTED, "local names");
    assert_int_equal(count_shares(), 1);
}

/* ---- Listing, finding ----------------------------------------------------------------------- */

static void lists(void **state)
{
    netdisc_list *all = list(nd);
    const netdisc_share *share = netdisc_list_share(all, 0);

    (void)state;
    assert_int_equal(netdisc_list_count(all), 1);
    assert_string_equal(share->provider, "gvfs");
    assert_string_equal(share->remote, PUBLIC);
    assert_string_equal(share->path, WORLD_PUBLIC);
    assert_null(share->local);
    assert_null(share->user);
    assert_int_equal(share->port, 0);
    assert_int_equal(share->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(share->remembered, NETDISC_NO);
    netdisc_list_free(all);
}

static void lists_ports_users_and_odd_names(void **state)
{
    netdisc_list *all;
    size_t seen = 0;
    const netdisc_share *share;

    (void)state;
    assert_int_equal(world_gio(NULL, "mount", "-a", "smb://localhost:4450/public"), 0);
    assert_int_equal(world_gio(NULL, "mount", "-a", "smb://localhost/odd%20%25%20name"), 0);
    assert_int_equal(world_gio("right\n", "mount", NULL, "smb://WG;bob@localhost/private"), 0);
    all = list(nd);
    assert_int_equal(netdisc_list_count(all), 3);
    for (size_t i = 0; (share = netdisc_list_share(all, i)); i++) {
        seen += strcmp(share->remote, "smb://localhost:4450/public") == 0 && share->port == 4450;
        seen += strcmp(share->remote, "\\\\localhost\\odd % name") == 0;
        seen += strcmp(share->remote, PRIVATE) == 0 && strcmp(share->user, "bob") == 0;
    }
    assert_int_equal(seen, 3);
    netdisc_list_free(all);
    assert_status(cancel("smb://LOCALHOST/Odd%20%25%20Name", 0, NULL), NO_ERROR);
    assert_status(cancel("\\\\localhost\\public", 0, NULL), ERROR_NOT_CONNECTED);
    assert_status(cancel("smb://localhost:4450/public", 0, NULL), NO_ERROR);
    assert_int_equal(count_shares(), 1);
}

static void every_spelling(void **state)
{
    static const char *const names[] = {"\\\\localhost\\public", "//LOCALHOST/Public",
                                        "smb://localhost/public", "smb://LocalHost:445/%70ublic"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(world_gio(NULL, "mount", "-a", "smb://localhost/public"), 0);
        assert_status(cancel(names[i], 0, NULL), NO_ERROR);
        assert_int_equal(count_shares(), 0);
    }
}

static void whole_server(void **state)
{
    (void)state;
    assert_int_equal(world_gio("right\n", "mount", NULL, "smb://WG;bob@localhost/private"), 0);
    assert_status(cancel("\\\\localhost", NETDISC_ALL, NULL), NO_ERROR);
    assert_int_equal(count_shares(), 0);
}

/* ---- In use --------------------------------------------------------------------------------- */

static void open_file(void **state)
{
    pid_t pid = world_open_file(WORLD_PUBLIC "/file");
    netdisc_error *err = NULL;
    netdisc_status status = cancel(PUBLIC, 0, &err);
    const netdisc_holder *holder = err ? holder_of(err->holders, pid, "file") : NULL;

    (void)state;
    assert_status(status, ERROR_OPEN_FILES);
    assert_non_null(holder);
    assert_string_equal(holder->path, WORLD_PUBLIC "/file");
    assert_non_null(holder->program);
    assert_int_equal(netdisc_list_count(err->holders), 1);
    netdisc_error_free(err);
    assert_int_equal(count_shares(), 1);
    assert_status(cancel(PUBLIC, NETDISC_FORCE, NULL), NO_ERROR);
    assert_int_equal(count_shares(), 0);
    world_release(pid);
}

static void closed_file(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        FILE *file = fopen(WORLD_PUBLIC "/file", "re");

        assert_non_null(file);
        fclose(file);
    }
    assert_status(cancel(PUBLIC, 0, NULL), NO_ERROR);
}

static void working_directory(void **state)
{
    pid_t pid = world_enter_directory(WORLD_PUBLIC);
    netdisc_error *err = NULL;
    netdisc_status status = cancel(PUBLIC, 0, &err);

    (void)state;
    assert_status(status, ERROR_DEVICE_IN_USE);
    assert_non_null(holder_of(err->holders, pid, "working directory"));
    netdisc_error_free(err);
    world_release(pid);
    assert_status(cancel(PUBLIC, 0, NULL), NO_ERROR);
}

static void mapped_file(void **state)
{
    pid_t pid = world_map_file(WORLD_PUBLIC "/file");
    netdisc_error *err = NULL;
    netdisc_status status = cancel(PUBLIC, 0, &err);

    (void)state;
    assert_status(status, ERROR_OPEN_FILES);
    assert_non_null(holder_of(err->holders, pid, "mapping"));
    netdisc_error_free(err);
    world_release(pid);
}

static void open_stream(void **state)
{
    pid_t pid = world_read_by_gio("smb://localhost/public/big");
    netdisc_error *err = NULL;
    netdisc_status status = cancel(PUBLIC, 0, &err);
    const netdisc_holder *holder = err ? holder_of(err->holders, pid, "file") : NULL;

    (void)state;
    assert_status(status, ERROR_OPEN_FILES);
    assert_non_null(holder);
    assert_string_equal(holder->program, "gio");
    netdisc_error_free(err);
    assert_status(cancel(PUBLIC, NETDISC_FORCE, NULL), NO_ERROR);
    world_release(pid);
}

static void another_mount_is_not_held(void **state)
{
    pid_t pid;

    (void)state;
    assert_int_equal(world_gio(NULL, "mount", "-a", "smb://localhost:4450/public"), 0);
    pid = world_open_file(WORLD_PUBLIC "/file");
    assert_status(cancel("smb://localhost:4450/public", 0, NULL), NO_ERROR);
    assert_int_equal(count_shares(), 1);
    world_release(pid);
}

static void holders(void **state)
{
    pid_t file = world_open_file(WORLD_PUBLIC "/file");
    pid_t directory = world_enter_directory(WORLD_PUBLIC);
    pid_t stream = world_read_by_gio("smb://localhost/public/big");
    netdisc_list *out = NULL;

    (void)state;
    assert_status(netdisc_share_holders(nd, PUBLIC, 0, 0, &out, NULL), NO_ERROR);
    assert_non_null(holder_of(out, file, "file"));
    assert_non_null(holder_of(out, directory, "working directory"));
    assert_non_null(holder_of(out, stream, "file"));
    assert_int_equal(netdisc_list_count(out), 3);
    assert_int_equal(netdisc_list_failure_count(out), 0);
    netdisc_list_free(out);
    world_release(file);
    world_release(directory);
    world_release(stream);
}

/* ---- Adding --------------------------------------------------------------------------------- */

static void adds_with_password(void **state)
{
    netdisc_share_spec spec = spec_of(PRIVATE);
    netdisc_error *err = NULL;
    netdisc_op *op = NULL;
    netdisc_list *made = NULL;

    (void)state;
    spec.user = "bob";
    spec.password = "wrong";
    assert_refused(add(&spec, &err), err, NETDISC_ERROR_LOGON_FAILURE, "wrong");
    spec.password = NULL;
    assert_refused(add(&spec, &err), err, NETDISC_ERROR_LOGON_FAILURE, "none was given");
    assert_int_equal(count_shares(), 0);
    spec.password = "right";
    assert_status(netdisc_share_add_start(nd, &spec, 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    assert_status(netdisc_op_list(op, &made), NO_ERROR);
    assert_int_equal(netdisc_list_count(made), 1);
    assert_string_equal(netdisc_list_share(made, 0)->remote, PRIVATE);
    assert_string_equal(netdisc_list_share(made, 0)->user, "bob");
    netdisc_list_free(made);
    netdisc_op_free(op);
    /* It is there already. */
    assert_status(add(&spec, NULL), NO_ERROR);
    assert_int_equal(count_shares(), 1);
    assert_status(cancel(PRIVATE, 0, NULL), NO_ERROR);
}

static void adds_as_guest(void **state)
{
    netdisc_share_spec spec = spec_of("//LOCALHOST/Public");

    (void)state;
    spec.auth = NETDISC_AUTH_GUEST;
    assert_status(add(&spec, NULL), NO_ERROR);
    world_await_file();
    spec.remote = PRIVATE;
    assert_status(add(&spec, NULL), ERROR_LOGON_FAILURE);
    assert_int_equal(count_shares(), 1);
    /* Another program sees the same mount. */
    assert_int_equal(world_gio(NULL, "mount", "-u", "smb://localhost/public"), 0);
    assert_int_equal(count_shares(), 0);
}

/* GIO's own names would have two s. */
static void adds_what_gio_cannot_name(void **state)
{
    netdisc_share_spec spec = spec_of("smb://localhost/STRA%C3%9FE");

    (void)state;
    spec.auth = NETDISC_AUTH_GUEST;
    assert_int_not_equal(world_gio(NULL, "mount", "-a", spec.remote), 0);
    assert_status(add(&spec, NULL), NO_ERROR);
    assert_int_equal(count_shares(), 1);
    assert_status(cancel("//localhost/stra\303\237e", 0, NULL), NO_ERROR);
}

static void cannot_add(void **state)
{
    static const char *const remotes[] = {"\\\\localhost\\nosuch", "smb://localhost:4451/public",
                                          "\\\\nosuch.invalid\\public"};

    (void)state;
    for (size_t i = 0; i < sizeof remotes / sizeof *remotes; i++) {
        netdisc_share_spec spec = spec_of(remotes[i]);
        netdisc_error *err = NULL;

        spec.auth = NETDISC_AUTH_GUEST;
        assert_status(add(&spec, &err), ERROR_EXTENDED_ERROR);
        assert_string_equal(err->native_domain, "gio");
        assert_string_equal(err->native_name, "G_IO_ERROR_FAILED");
        netdisc_error_free(err);
    }
}

/* ---- Faults --------------------------------------------------------------------------------- */

static void frozen_server(void **state)
{
    netdisc_error *err = NULL;
    int64_t begin;

    (void)state;
    world_signal_server(SIGSTOP);
    begin = now_ms();
    assert_int_equal(count_shares(), 1);
    assert_refused(netdisc_share_cancel(nd, PUBLIC, 0, SHORT_MS, &err), err, NETDISC_ERROR_TIMEOUT,
                   "GVfs was asked");
    assert_refused(netdisc_share_cancel(nd, PUBLIC, NETDISC_FORCE, SHORT_MS, &err), err,
                   NETDISC_ERROR_TIMEOUT, "GVfs was asked");
    assert_int_equal(count_shares(), 1);
    assert_in_range(now_ms() - begin, 2 * SHORT_MS, 4 * SHORT_MS);
    world_signal_server(SIGCONT);
    /* It goes when the server is back, and not before. */
    assert_status(netdisc_share_cancel(nd, PUBLIC, NETDISC_IF_CONNECTED, WORLD_MS, NULL), NO_ERROR);
    assert_int_equal(count_shares(), 0);
}

static void frozen_gvfsd(void **state)
{
    netdisc_list *out = NULL;
    netdisc_error *err = NULL;
    netdisc *both = world_open("cifs,gvfs");
    netdisc_status status;
    int64_t begin = now_ms();

    (void)state;
    world_signal_all("gvfsd", SIGSTOP);
    status = netdisc_share_list(nd, 0, SHORT_MS, &out, &err);
    assert_in_range(now_ms() - begin, 0, 3 * SHORT_MS);
    assert_refused(status, err, NETDISC_ERROR_TIMEOUT, NULL);
    assert_status(netdisc_share_list(both, 0, SHORT_MS, &out, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_failure_count(out), 1);
    netdisc_list_free(out);
    begin = now_ms();
    assert_status(netdisc_share_list(both, 0, 0, &out, NULL), NO_ERROR);
    assert_in_range(now_ms() - begin, 0, 6000);
    assert_int_equal(netdisc_list_failure(out, 0)->status, NETDISC_ERROR_TIMEOUT);
    netdisc_list_free(out);
    begin = now_ms();
    netdisc_close(both);
    assert_in_range(now_ms() - begin, 0, 1000);
    world_signal_all("gvfsd", SIGCONT);
    assert_int_equal(count_shares(), 1);
}

static void frozen_bus(void **state)
{
    netdisc_list *out = NULL;
    netdisc_error *err = NULL;
    int64_t begin = now_ms();

    (void)state;
    world_signal_bus(SIGSTOP);
    assert_refused(netdisc_share_list(nd, 0, SHORT_MS, &out, &err), err, NETDISC_ERROR_TIMEOUT, NULL);
    assert_in_range(now_ms() - begin, 0, 3 * SHORT_MS);
    begin = now_ms();
    netdisc_close(nd);
    assert_in_range(now_ms() - begin, 0, 1000);
    world_signal_bus(SIGCONT);
    nd = world_open("gvfs");
    assert_int_equal(count_shares(), 1);
}

static void killed_gvfsd(void **state)
{
    (void)state;
    assert_int_equal(count_shares(), 1);
    world_signal_all("gvfsd", SIGKILL);
    assert_int_equal(count_shares(), 0);
    assert_int_equal(world_find("gvfsd"), 0);
}

static void killed_backend(void **state)
{
    (void)state;
    assert_int_equal(count_shares(), 1);
    world_signal_all("gvfsd-smb", SIGKILL);
    assert_status(cancel(PUBLIC, NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    assert_int_equal(count_shares(), 0);
}

static void killed_bus(void **state)
{
    netdisc_list *out = NULL;

    (void)state;
    assert_int_equal(count_shares(), 1);
    world_kill_bus();
    assert_status(netdisc_share_list(nd, 0, 0, &out, NULL), ERROR_NOT_SUPPORTED);
    world_start_bus();
    assert_int_equal(count_shares(), 0);
    assert_int_equal(world_gio(NULL, "mount", "-a", "smb://localhost/public"), 0);
    assert_status(cancel(PUBLIC, 0, NULL), NO_ERROR);
}

typedef struct reader_gate {
    sem_t waits, open;
} reader_gate;

/* GLib reads all connections of a program in one thread, which waits here. */
static GDBusMessage *hold_reader(GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                                 gpointer data)
{
    reader_gate *gate = data;

    (void)connection;
    (void)incoming;
    sem_post(&gate->waits);
    sem_wait(&gate->open);
    return message;
}

/* That the bus is gone is known before GLib has read it. */
static void killed_bus_unread(void **state)
{
    GDBusConnection *ours = g_dbus_connection_new_for_address_sync(
        WORLD_BUS,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, NULL, NULL);
    netdisc_list *out = NULL;
    netdisc_status status;
    static reader_gate gate; /* for as long as the reader needs it */
    guint filter;

    (void)state;
    assert_non_null(ours);
    assert_int_equal(count_shares(), 1);
    sem_init(&gate.waits, 0, 0);
    sem_init(&gate.open, 0, 0);
    filter = g_dbus_connection_add_filter(ours, hold_reader, &gate, NULL);
    g_dbus_connection_call(ours, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId", NULL,
                           NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
    sem_wait(&gate.waits);
    world_kill_bus();
    status = netdisc_share_list(nd, 0, SHORT_MS, &out, NULL);
    g_dbus_connection_remove_filter(ours, filter);
    sem_post(&gate.open);
    g_object_unref(ours);
    assert_status(status, ERROR_NOT_SUPPORTED);
}

static void two_contexts(void **state)
{
    netdisc *other = world_open("gvfs");
    netdisc_list *all = list(other);

    (void)state;
    assert_int_equal(netdisc_list_count(all), 1);
    netdisc_list_free(all);
    assert_int_equal(count_shares(), 1);
    netdisc_close(other);
    assert_status(cancel(PUBLIC, 0, NULL), NO_ERROR);
}

static void forked(void **state)
{
    int status = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(count_shares(), 1);
    pid = fork();
    if (!pid) {
        netdisc_list *out = NULL;
        bool good = netdisc_share_list(nd, 0, 0, &out, NULL) == NETDISC_ERROR_INVALID_HANDLE;

        netdisc_close(nd);
        /* Not _exit(): the memory of threads that are not there is no leak. */
        execlp(good ? "true" : "false", "", (char *)NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(count_shares(), 1);
}

static void many_given_up(void **state)
{
    netdisc_op *ops[MANY];

    (void)state;
    world_signal_all("gvfsd", SIGSTOP);
    for (size_t i = 0; i < MANY; i++)
        assert_status(netdisc_share_list_start(nd, 0, -1, &ops[i], NULL), NO_ERROR);
    for (size_t i = 0; i < MANY; i++) {
        netdisc_op_cancel(ops[i]);
        assert_status(netdisc_op_wait(ops[i], 0), ERROR_CANCELLED);
        netdisc_op_free(ops[i]);
    }
    world_signal_all("gvfsd", SIGCONT);
    assert_int_equal(count_shares(), 1);
}

static void no_descriptors(void **state)
{
    struct rlimit before;
    struct rlimit none;
    netdisc_list *out = NULL;
    netdisc_error *err = NULL;

    (void)state;
    netdisc_list_free(list(nd));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_refused(netdisc_share_list(nd, 0, 0, &out, &err), err, NETDISC_ERROR_TOO_MANY_OPEN_FILES,
                   NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(count_shares(), 1);
}

/* ---- What the real one does not say --------------------------------------------------------- */

static void another_shape(void **state)
{
    netdisc_list *out = NULL;
    netdisc_error *err = NULL;

    (void)state;
    world_start_double("shape");
    assert_refused(netdisc_share_list(nd, 0, 0, &out, &err), err, NETDISC_ERROR_EXTENDED_ERROR, "(su)");
    assert_refused(cancel("//server/good", 0, &err), err, NETDISC_ERROR_EXTENDED_ERROR, "(su)");
}

static void odd_mounts(void **state)
{
    netdisc_list *out = NULL;

    (void)state;
    world_start_double("odd");
    assert_status(netdisc_share_list(nd, 0, 0, &out, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(out), 2);
    assert_string_equal(netdisc_list_share(out, 0)->remote, "\\\\server\\good");
    assert_null(netdisc_list_share(out, 0)->path);
    assert_null(netdisc_list_share(out, 0)->user);
    assert_int_equal(netdisc_list_failure_count(out), 4);
    netdisc_list_free(out);
}

static void shown_processes(void **state)
{
    netdisc_error *err = NULL;
    netdisc_status status;

    (void)state;
    world_start_double("processes");
    status = cancel("//server/good", 0, &err);
    assert_status(status, ERROR_OPEN_FILES);
    assert_int_equal(netdisc_list_count(err->holders), 2);
    assert_non_null(holder_of(err->holders, getpid(), "file"));
    assert_string_equal(err->native_name, "G_IO_ERROR_FAILED_HANDLED");
    netdisc_error_free(err);
}

static void refusals(void **state)
{
    netdisc_error *err = NULL;

    (void)state;
    world_start_double("busy");
    assert_refused(cancel("//server/good", 0, &err), err, NETDISC_ERROR_OPEN_FILES, "busy");
    world_reset(state);
    world_start_double("denied");
    assert_refused(cancel("//server/good", 0, &err), err, NETDISC_ERROR_ACCESS_DENIED, "Not yours");
    world_reset(state);
    world_start_double("question");
    assert_refused(cancel("//server/good", 0, &err), err, NETDISC_ERROR_CANCELLED, "Really?");
    world_reset(state);
    world_start_double("lies");
    assert_refused(cancel("//server/good", 0, &err), err, NETDISC_ERROR_BUSY, NULL);
}

/* What GVfs is told comes back in its text. */
static void what_is_answered(void **state)
{
    netdisc_share_spec spec = spec_of("//server/share");
    netdisc_error *err = NULL;

    (void)state;
    world_start_double("password");
    spec.user = "bob";
    spec.domain = "WG";
    spec.password = "pw";
    assert_refused(add(&spec, &err), err, NETDISC_ERROR_EXTENDED_ERROR,
                   "(true, false, 'pw', 'bob', 'WG', false, 0)");
    assert_refused(netdisc_share_add(nd, &spec, NETDISC_SAVE_PASSWORD, 0, &err), err,
                   NETDISC_ERROR_EXTENDED_ERROR, "(true, false, 'pw', 'bob', 'WG', false, 2)");
    spec.domain = NULL;
    assert_refused(add(&spec, &err), err, NETDISC_ERROR_EXTENDED_ERROR,
                   "(true, false, 'pw', 'bob', 'HERE', false, 0)");
    spec.auth = NETDISC_AUTH_GUEST;
    assert_refused(add(&spec, &err), err, NETDISC_ERROR_EXTENDED_ERROR,
                   "(true, false, '', '', '', true, 0)");
    spec.auth = NETDISC_AUTH_KERBEROS;
    assert_refused(add(&spec, &err), err, NETDISC_ERROR_LOGON_FAILURE, NULL);
    world_reset(state);
    world_start_double("guests");
    spec.auth = NETDISC_AUTH_GUEST;
    assert_refused(add(&spec, &err), err, NETDISC_ERROR_LOGON_FAILURE, "no guests");
}

/* ---- Watching ------------------------------------------------------------------------------- */

typedef struct seen {
    netdisc_event_type types[EVENTS];
    char remotes[EVENTS][64];
    size_t count;
} seen;

static void see(void *data, const netdisc_event *event)
{
    seen *self = data;

    assert_true(self->count < EVENTS);
    self->types[self->count] = event->type;
    snprintf(self->remotes[self->count], sizeof self->remotes[0], "%s",
             event->share ? event->share->remote : "");
    self->count++;
}

/* The next event, which must be that. */
static void expect(seen *self, netdisc_event_type type, const char *remote)
{
    int64_t deadline = now_ms() + WORLD_MS;

    while (!self->count && now_ms() < deadline)
        netdisc_dispatch(nd, 100);
    assert_int_not_equal(self->count, 0);
    assert_int_equal(self->types[0], type);
    assert_string_equal(self->remotes[0], remote);
    self->count--;
    memmove(self->types, self->types + 1, self->count * sizeof self->types[0]);
    memmove(self->remotes, self->remotes + 1, self->count * sizeof self->remotes[0]);
}

static netdisc_watch *watch(seen *self)
{
    netdisc_watch *out = NULL;

    *self = (seen){.count = 0};
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, see, self, &out, NULL), NO_ERROR);
    return out;
}

static void watches(void **state)
{
    seen one;
    seen two;
    netdisc_watch *first = watch(&one);
    netdisc_watch *second;

    (void)state;
    expect(&one, NETDISC_EVENT_READY, "");
    assert_int_equal(world_gio(NULL, "mount", "-a", "smb://localhost/public"), 0);
    expect(&one, NETDISC_EVENT_ADDED, PUBLIC);
    second = watch(&two);
    expect(&two, NETDISC_EVENT_READY, "");
    assert_status(cancel(PUBLIC, 0, NULL), NO_ERROR);
    expect(&two, NETDISC_EVENT_REMOVED, PUBLIC);
    netdisc_watch_stop(first);
    netdisc_watch_stop(second);
}

static void watch_outlives_the_bus(void **state)
{
    seen one;
    netdisc_watch *it = watch(&one);

    (void)state;
    expect(&one, NETDISC_EVENT_READY, "");
    world_kill_bus();
    expect(&one, NETDISC_EVENT_LOST, "");
    world_start_bus();
    expect(&one, NETDISC_EVENT_READY, "");
    assert_int_equal(world_gio(NULL, "mount", "-a", "smb://localhost/public"), 0);
    expect(&one, NETDISC_EVENT_ADDED, PUBLIC);
    world_signal_all("gvfsd", SIGKILL);
    expect(&one, NETDISC_EVENT_REMOVED, PUBLIC);
    netdisc_watch_stop(it);
}

static void watch_without_a_bus(void **state)
{
    seen one;
    seen two;
    netdisc_watch *first;
    netdisc_watch *second;

    (void)state;
    world_kill_bus();
    first = watch(&one);
    expect(&one, NETDISC_EVENT_LOST, "");
    second = watch(&two);
    expect(&two, NETDISC_EVENT_LOST, "");
    netdisc_watch_stop(second);
    world_start_bus();
    expect(&one, NETDISC_EVENT_READY, "");
    netdisc_watch_stop(first);
}

static void watch_of_a_frozen_gvfsd(void **state)
{
    seen one;
    netdisc_watch *it;

    (void)state;
    world_signal_all("gvfsd", SIGSTOP);
    it = watch(&one);
    expect(&one, NETDISC_EVENT_LOST, "");
    world_signal_all("gvfsd", SIGCONT);
    expect(&one, NETDISC_EVENT_READY, "");
    netdisc_watch_stop(it);
}

static void watch_of_a_frozen_bus(void **state)
{
    seen one;
    netdisc_watch *it;
    int64_t begin;

    (void)state;
    world_signal_bus(SIGSTOP);
    it = watch(&one);
    assert_status(netdisc_dispatch(nd, 200), WAIT_TIMEOUT);
    netdisc_watch_stop(it);
    begin = now_ms();
    netdisc_close(nd);
    assert_in_range(now_ms() - begin, 0, 1000);
    world_signal_bus(SIGCONT);
    nd = world_open("gvfs");
}

#define test(function)       cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define test_mount(function) cmocka_unit_test_setup_teardown(function, set_up_mounted, tear_down)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        test(no_bus),
        test(no_bus_is_no_gap),
        test(no_gvfsd),
        test_mount(local_names_are_none),
        test_mount(lists),
        test(lists_ports_users_and_odd_names),
        test(every_spelling),
        test_mount(whole_server),
        test_mount(open_file),
        test_mount(closed_file),
        test_mount(working_directory),
        test_mount(mapped_file),
        test_mount(open_stream),
        test_mount(another_mount_is_not_held),
        test_mount(holders),
        test(adds_with_password),
        test(adds_as_guest),
        test(adds_what_gio_cannot_name),
        test(cannot_add),
        test_mount(frozen_server),
        test_mount(frozen_gvfsd),
        test_mount(frozen_bus),
        test_mount(killed_gvfsd),
        test_mount(killed_backend),
        test_mount(killed_bus),
        test_mount(killed_bus_unread),
        test_mount(two_contexts),
        test_mount(forked),
        test_mount(many_given_up),
        test_mount(no_descriptors),
        test(another_shape),
        test(odd_mounts),
        test(shown_processes),
        test(refusals),
        test(what_is_answered),
        test(watches),
        test(watch_outlives_the_bus),
        test(watch_without_a_bus),
        test_mount(watch_of_a_frozen_gvfsd),
        test(watch_of_a_frozen_bus),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    world_enter();
    return cmocka_run_group_tests_name("gvfs", tests, NULL, NULL);
}
