/* SPDX-License-Identifier: MIT */
/* When NetworkManager, or the bus, is not there, does not answer, goes away, refuses or lies. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <gio/gio.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_nm.h"

/* A deadline that is kept, and how much later is still kept on a busy machine. */
enum { DEADLINE_MS = 200, SLACK_MS = 5000, CLOSE_MS = 1000 + SLACK_MS };

static void make_up(void)
{
    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    world_up(ONE, NULL);
}

static void make_gated(void)
{
    world_install_gate();
    world_start(WORLD_NM);
    make_up();
    world_close_gate();
}

static netdisc_status verb_list(netdisc *nd, int timeout_ms, netdisc_error **err)
{
    netdisc_list *items = NULL;
    netdisc_status status = netdisc_connection_list(nd, 0, timeout_ms, &items, err);

    netdisc_list_free(items);
    return status;
}

static netdisc_status verb_wlan_list(netdisc *nd, int timeout_ms, netdisc_error **err)
{
    netdisc_list *items = NULL;
    netdisc_status status = netdisc_wlan_list(nd, 0, timeout_ms, &items, err);

    netdisc_list_free(items);
    return status;
}

static netdisc_status verb_disconnect(netdisc *nd, int timeout_ms, netdisc_error **err)
{
    return netdisc_connection_disconnect(nd, "one", 0, timeout_ms, err);
}

static netdisc_status verb_disconnect_uuid(netdisc *nd, int timeout_ms, netdisc_error **err)
{
    return netdisc_connection_disconnect(nd, ONE, NETDISC_IF_CONNECTED, timeout_ms, err);
}

static netdisc_status verb_connect(netdisc *nd, int timeout_ms, netdisc_error **err)
{
    return netdisc_connection_connect(nd, "one", 0, timeout_ms, err);
}

static netdisc_status verb_wlan_disconnect(netdisc *nd, int timeout_ms, netdisc_error **err)
{
    return netdisc_wlan_disconnect(nd, "nv0", 0, timeout_ms, err);
}

typedef netdisc_status (*verb_fn)(netdisc *nd, int timeout_ms, netdisc_error **err);

static const verb_fn verbs[] = {
    verb_list, verb_wlan_list, verb_disconnect, verb_disconnect_uuid, verb_connect, verb_wlan_disconnect,
    NULL};

/* Every verb fails in the same way, at once. */
static void check_all_fail(netdisc *nd, netdisc_status expected, const char *text)
{
    for (const verb_fn *verb = verbs; *verb; verb++) {
        int64_t begun = bed_now_ms();
        netdisc_error *err = NULL;
        netdisc_status status = (*verb)(nd, 0, &err);

        check_error(status, err, expected, text, __FILE__, __LINE__);
        assert_in_range(bed_now_ms() - begun, 0, SLACK_MS);
    }
}

/* Every verb of the context works, with a profile that is up. */
static void check_works(netdisc *nd)
{
    netdisc_list *items = list(nd);

    assert_non_null(find_item(items, ONE, 0));
    assert_int_equal(find_item(items, ONE, 0)->state, NETDISC_STATE_CONNECTED);
    netdisc_list_free(items);
    assert_status(disconnect(nd, "one", 0, NULL), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    assert_status(netdisc_connection_connect(nd, ONE, 0, 0, NULL), NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
}

static netdisc_status usable(netdisc *nd, char reason[256])
{
    netdisc_list *items = NULL;
    const netdisc_backend *backend;
    netdisc_status status;

    assert_status(netdisc_backends(nd, 0, 2000, &items, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(items), 1);
    backend = netdisc_list_backend(items, 0);
    snprintf(reason, 256, "%s", backend->reason ? backend->reason : "");
    status = backend->status;
    netdisc_list_free(items);
    return status;
}

static void close_quickly(netdisc *nd)
{
    int64_t begun = bed_now_ms();

    netdisc_close(nd);
    assert_in_range(bed_now_ms() - begun, 0, CLOSE_MS);
}

static size_t entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* The last descriptors are closed by GLib's thread, when it comes to that. */
static void assert_entries(const char *path, size_t most)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    int64_t until = bed_now_ms() + SLACK_MS;

    while (entries(path) > most && bed_now_ms() < until)
        nanosleep(&moment, NULL);
    assert_in_range(entries(path), 0, most);
}

/* ---- Not there ------------------------------------------------------------------------------ */

static void test_not_running(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char reason[256];

    check_all_fail(nd, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "NetworkManager");
    assert_status(usable(nd, reason), ERROR_SERVICE_NOT_ACTIVE);
    assert_non_null(strstr(reason, "NetworkManager"));
    world_start(WORLD_NM);
    make_up();
    check_works(nd);
    assert_status(usable(nd, reason), NO_ERROR);
    netdisc_close(nd);
}

static void test_no_bus(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char reason[256];

    world_kill(WORLD_BUS);
    check_all_fail(nd, NETDISC_ERROR_NOT_SUPPORTED, "bus");
    assert_status(usable(nd, reason), ERROR_NOT_SUPPORTED);
    assert_non_null(strstr(reason, "bus"));
    /* Not even a socket. */
    assert_int_equal(unlink(strchr(getenv("DBUS_SYSTEM_BUS_ADDRESS"), '=') + 1), 0);
    check_all_fail(nd, NETDISC_ERROR_NOT_SUPPORTED, "bus");
    world_start(WORLD_BUS);
    world_start(WORLD_NM);
    make_up();
    check_works(nd);
    netdisc_close(nd);
}

/* ---- Does not answer ------------------------------------------------------------------------ */

/* Every verb keeps its deadline, and its message says who did not answer. */
static void check_all_time_out(netdisc *nd)
{
    for (const verb_fn *verb = verbs; *verb; verb++) {
        int64_t begun = bed_now_ms();
        netdisc_error *err = NULL;

        assert_error((*verb)(nd, DEADLINE_MS, &err), err, ERROR_TIMEOUT, "nm");
        assert_in_range(bed_now_ms() - begun, DEADLINE_MS, DEADLINE_MS + SLACK_MS);
    }
}

static void test_stopped(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc *other = world_context();
    char reason[256];

    make_up();
    check_works(nd);
    world_signal(WORLD_NM, SIGSTOP);
    check_all_time_out(nd);
    assert_status(usable(nd, reason), ERROR_TIMEOUT);
    /* One that knew it before and one that did not. */
    check_all_time_out(other);
    close_quickly(other);
    world_signal(WORLD_NM, SIGCONT);
    /* What was given up before it was asked for does not happen. */
    check_works(nd);
    netdisc_close(nd);
}

static void test_closed_while_stopped(void **state)
{
    (void)state;
    enum { MANY = 20 };
    netdisc *nd = world_context();
    netdisc_op *ops[MANY];

    make_up();
    check_works(nd);
    world_signal(WORLD_NM, SIGSTOP);
    for (size_t i = 0; i < MANY; i++)
        assert_status(netdisc_connection_list_start(nd, 0, -1, &ops[i], NULL), NO_ERROR);
    assert_status(netdisc_op_wait(ops[0], 100), WAIT_TIMEOUT);
    close_quickly(nd);
    for (size_t i = 0; i < MANY; i++)
        assert_op_error(ops[i], ERROR_CANCELLED, NULL);
}

static void test_stopped_after_it_accepted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated();
    op = start_disconnect(nd, "one", 0, 1000);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    world_signal(WORLD_NM, SIGSTOP);
    assert_op_error(op, ERROR_TIMEOUT, "NetworkManager accepted");
    world_signal(WORLD_NM, SIGCONT);
    world_open_gate();
    assert_true(world_wait_state(ONE, WORLD_GONE));
    netdisc_close(nd);
}

static void test_the_bus_is_stopped(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc *late = world_context();
    netdisc *closed[] = {world_context(), world_context()};
    size_t threads;

    make_up();
    check_works(nd);
    threads = entries("/proc/self/task");
    check_works(closed[0]);
    world_signal(WORLD_BUS, SIGSTOP);
    /* One that knew the bus before and one that did not. Neither leaves a thread behind. */
    for (size_t i = 0; i < 2; i++) {
        netdisc_error *err = NULL;

        assert_error(verb_list(closed[i], DEADLINE_MS, &err), err, ERROR_TIMEOUT, "nm");
        close_quickly(closed[i]);
    }
    assert_entries("/proc/self/task", threads);
    check_all_time_out(nd);
    check_all_time_out(late);
    world_signal(WORLD_BUS, SIGCONT);
    check_works(nd);
    check_works(late);
    netdisc_close(late);
    netdisc_close(nd);
}

/* ---- Goes away ------------------------------------------------------------------------------ */

/* The error of an operation that an end of the daemon or the bus ended: prompt, and as it is
 * documented. */
static void check_aborted(netdisc_op *op, netdisc_status expected, const char *text, const char *file,
                          int line)
{
    int64_t begun = bed_now_ms();

    netdisc_op_wait(op, WORLD_MS);
    assert_in_range(bed_now_ms() - begun, 0, SLACK_MS);
    check_op_error(op, expected, text, file, line);
}

#define assert_aborted(op, expected, text)                                                              \
    check_aborted(op, NETDISC_##expected, text, __FILE__, __LINE__)

static void test_killed_while_asked(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *ops[2];

    make_up();
    check_works(nd);
    world_signal(WORLD_NM, SIGSTOP);
    assert_status(netdisc_connection_list_start(nd, 0, 0, &ops[0], NULL), NO_ERROR);
    ops[1] = start_disconnect(nd, "one", 0, 0);
    assert_status(netdisc_op_wait(ops[1], 100), WAIT_TIMEOUT);
    world_kill(WORLD_NM);
    assert_aborted(ops[0], ERROR_REQUEST_ABORTED, "NetworkManager has ended");
    assert_aborted(ops[1], ERROR_REQUEST_ABORTED, "NetworkManager has ended");
    check_all_fail(nd, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "NetworkManager");
    netdisc_close(nd);
}

static void test_killed_after_it_accepted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated();
    op = start_disconnect(nd, "one", 0, 0);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    world_kill(WORLD_NM);
    assert_aborted(op, ERROR_REQUEST_ABORTED, "accepted");
    netdisc_close(nd);
}

static void test_killed_while_connecting(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    world_veth("nv0");
    world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .ipv4 = WORLD_IPV4_HANGS});
    assert_status(netdisc_connection_connect_start(nd, "one", 0, 0, &op, NULL), NO_ERROR);
    assert_true(world_wait_state(ONE, WORLD_ACTIVATING));
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    world_kill(WORLD_NM);
    assert_aborted(op, ERROR_REQUEST_ABORTED, "accepted");
    netdisc_close(nd);
}

static void test_restarted(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_up();
    for (int i = 0; i < 3; i++) {
        check_works(nd);
        world_kill(WORLD_NM);
        /* With and without a verb in between. */
        if (i == 1)
            check_all_fail(nd, NETDISC_ERROR_SERVICE_NOT_ACTIVE, NULL);
        world_start(WORLD_NM);
        assert_true(world_wait_device("nv0", 100));
        if (world_state(ONE) != WORLD_ACTIVATED)
            world_up(ONE, NULL);
    }
    check_works(nd);
    netdisc_close(nd);
}

static void restart_bus(void)
{
    world_kill(WORLD_NM);
    world_start(WORLD_BUS);
    world_start(WORLD_NM);
    if (world_state(ONE) != WORLD_ACTIVATED)
        world_up(ONE, NULL);
}

static void test_the_bus_is_killed(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    make_up();
    check_works(nd);
    world_kill(WORLD_BUS);
    for (const verb_fn *verb = verbs; *verb; verb++) {
        int64_t begun = bed_now_ms();

        assert_int_not_equal((*verb)(nd, 0, NULL), NETDISC_NO_ERROR);
        assert_in_range(bed_now_ms() - begun, 0, SLACK_MS);
    }
    restart_bus();
    check_works(nd);
    /* Without a verb in between. */
    world_kill(WORLD_BUS);
    restart_bus();
    check_works(nd);
    netdisc_close(nd);
}

static void test_the_bus_is_killed_while_asked(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *ops[2];

    make_up();
    check_works(nd);
    world_signal(WORLD_NM, SIGSTOP);
    assert_status(netdisc_connection_list_start(nd, 0, 0, &ops[0], NULL), NO_ERROR);
    ops[1] = start_disconnect(nd, "one", 0, 0);
    assert_status(netdisc_op_wait(ops[1], 100), WAIT_TIMEOUT);
    world_kill(WORLD_BUS);
    assert_aborted(ops[0], ERROR_CONNECTION_ABORTED, "system bus");
    assert_aborted(ops[1], ERROR_CONNECTION_ABORTED, "system bus");
    netdisc_close(nd);
}

static void test_the_bus_is_killed_after_it_accepted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op;

    make_gated();
    op = start_disconnect(nd, "one", 0, 0);
    assert_true(world_wait_state(ONE, WORLD_DEACTIVATING));
    assert_status(netdisc_op_wait(op, 200), WAIT_TIMEOUT);
    world_kill(WORLD_BUS);
    assert_aborted(op, ERROR_CONNECTION_ABORTED, "accepted");
    netdisc_close(nd);
}

/* ---- Refuses -------------------------------------------------------------------------------- */

enum { ORDINARY_USER = 65534 };

typedef enum request { ASK_LIST, ASK_DISCONNECT, ASK_CONNECT, ASK_WLAN_LIST } request;

typedef struct answer {
    netdisc_status status;
    size_t items;
    char message[256];
    char native_name[128];
} answer;

typedef struct question {
    request what;
    char name[64];
} question;

/* A process that acts as an ordinary user, made when there was one thread. */
static int ordinary_user = -1;

static answer act(const question *asked)
{
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    netdisc_list *items = NULL;
    answer out = {0};

    if (asked->what == ASK_LIST)
        out.status = netdisc_connection_list(nd, 0, 0, &items, &err);
    else if (asked->what == ASK_WLAN_LIST)
        out.status = netdisc_wlan_list(nd, 0, 0, &items, &err);
    else if (asked->what == ASK_DISCONNECT)
        out.status = netdisc_connection_disconnect(nd, asked->name, 0, 0, &err);
    else
        out.status = netdisc_connection_connect(nd, asked->name, 0, 0, &err);
    out.items = netdisc_list_count(items);
    snprintf(out.message, sizeof out.message, "%s", err ? err->message : "");
    snprintf(out.native_name, sizeof out.native_name, "%s",
             err && err->native_name ? err->native_name : "");
    netdisc_list_free(items);
    netdisc_error_free(err);
    netdisc_close(nd);
    return out;
}

/* Loads the module while it can certainly be read, then gives up its rights. */
static void become_ordinary(void)
{
    netdisc *nd = world_context();
    netdisc_list *items = NULL;

    netdisc_backends(nd, 0, 0, &items, NULL);
    netdisc_list_free(items);
    netdisc_close(nd);
    if (setgroups(0, NULL) || setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) ||
        setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER))
        _exit(1);
}

static void run_ordinary_user(int socket)
{
    question asked;

    become_ordinary();
    /* Ends when the other end is closed. */
    while (read(socket, &asked, sizeof asked) == (ssize_t)sizeof asked) {
        answer out = act(&asked);

        if (write(socket, &out, sizeof out) != (ssize_t)sizeof out)
            break;
    }
    _exit(0);
}

static void start_ordinary_user(void)
{
    int ends[2];
    pid_t child;

    if (!world_has_users())
        return;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) || (child = fork()) < 0)
        bed_die("no process for an ordinary user");
    if (child == 0) {
        close(ends[0]);
        run_ordinary_user(ends[1]);
    }
    close(ends[1]);
    ordinary_user = ends[0];
}

static answer ask_ordinary_user(request what, const char *name)
{
    question asked = {.what = what};
    answer out = {0};

    snprintf(asked.name, sizeof asked.name, "%s", name);
    assert_int_equal(write(ordinary_user, &asked, sizeof asked), sizeof asked);
    assert_int_equal(read(ordinary_user, &out, sizeof out), sizeof out);
    return out;
}

static void assert_denied(const answer *got)
{
    assert_status(got->status, ERROR_ACCESS_DENIED);
    assert_string_equal(got->native_name, "org.freedesktop.NetworkManager.PermissionDenied");
    if (!strstr(got->message, NETWORK_CONTROL))
        fail_msg("%s", got->message);
}

/* Without polkit, and with it configured but not running. */
static void test_an_ordinary_user_may_not(void **state)
{
    (void)state;
    static const char *const uses[] = {"root-only", "true"};

    if (ordinary_user < 0)
        skip();
    for (size_t i = 0; i < 2; i++) {
        answer got;

        world_reset_bare(state);
        world_set_polkit(uses[i]);
        world_start(WORLD_NM);
        make_up();
        world_veth("nv1");
        world_add_plain("two", TWO, "nv1");
        got = ask_ordinary_user(ASK_DISCONNECT, "one");
        assert_denied(&got);
        assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
        got = ask_ordinary_user(ASK_CONNECT, "two");
        assert_denied(&got);
        assert_int_equal(world_state(TWO), WORLD_GONE);
        /* What needs no permission is told all the same. */
        assert_status(ask_ordinary_user(ASK_DISCONNECT, "two").status, ERROR_NOT_CONNECTED);
        assert_status(ask_ordinary_user(ASK_DISCONNECT, "nope").status, ERROR_NOT_FOUND);
        assert_status(ask_ordinary_user(ASK_CONNECT, "one").status, NO_ERROR);
        assert_status(ask_ordinary_user(ASK_WLAN_LIST, "").status, NO_ERROR);
    }
}

/* As it would be with a polkit that allows it. */
static void test_an_ordinary_user_may(void **state)
{
    (void)state;
    if (ordinary_user < 0)
        skip();
    world_set_polkit("false");
    world_start(WORLD_NM);
    make_up();
    assert_status(ask_ordinary_user(ASK_DISCONNECT, "one").status, NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_GONE);
    assert_status(ask_ordinary_user(ASK_CONNECT, "one").status, NO_ERROR);
    assert_int_equal(world_state(ONE), WORLD_ACTIVATED);
}

static void test_an_ordinary_user_lists_what_is_visible(void **state)
{
    (void)state;
    answer got;

    if (ordinary_user < 0)
        skip();
    make_up();
    world_add(&(world_profile){
        .name = "private", .uuid = TWO, .device = "zz0", .settings = "permissions=user:root:;\n"});
    got = ask_ordinary_user(ASK_LIST, "");
    assert_string_equal(got.message, "");
    assert_status(got.status, NO_ERROR);
    /* It and `lo`. */
    assert_int_equal(got.items, 2);
    assert_status(ask_ordinary_user(ASK_DISCONNECT, "private").status, ERROR_NOT_FOUND);
    /* Of that NetworkManager says who may not. */
    got = ask_ordinary_user(ASK_DISCONNECT, TWO);
    assert_status(got.status, ERROR_ACCESS_DENIED);
    assert_non_null(strstr(got.message, "65534"));
}

static void test_the_bus_refuses(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    world_kill(WORLD_BUS);
    world_start_bus_with("<policy context='mandatory'>"
                         "<deny send_destination='org.freedesktop.NetworkManager'/></policy>");
    world_launch_nm();
    assert_true(world_await_name("org.freedesktop.NetworkManager"));
    check_all_fail(nd, NETDISC_ERROR_ACCESS_DENIED, NULL);
    netdisc_close(nd);
}

/* ---- Lies ----------------------------------------------------------------------------------- */

/* Answers every call with something of the wrong type. */
static GDBusMessage *lie(GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                         void *data)
{
    GVariant *const *body = data;
    GDBusMessage *reply;

    if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    reply = g_dbus_message_new_method_reply(message);
    g_dbus_message_set_body(reply, *body);
    g_dbus_connection_send_message(connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref(reply);
    g_object_unref(message);
    return NULL;
}

static GDBusConnection *own_its_name(GVariant **body)
{
    GDBusConnection *liar = g_dbus_connection_new_for_address_sync(
        getenv("DBUS_SYSTEM_BUS_ADDRESS"),
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, NULL, NULL);
    GVariant *reply;

    assert_non_null(liar);
    g_dbus_connection_add_filter(liar, lie, body, NULL);
    reply = g_dbus_connection_call_sync(liar, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus", "RequestName",
                                        g_variant_new("(su)", "org.freedesktop.NetworkManager", 0), NULL,
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    assert_non_null(reply);
    g_variant_unref(reply);
    return liar;
}

/* Another program has NetworkManager's name, and answers nonsense. */
static void test_nonsense(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "()",
        "(1,)",
        "('x', 'y')",
        "(<'x'>,)",
        "(<['/nowhere', '/org/freedesktop/NetworkManager/Nonsense']>,)",
        "(<[objectpath '/nowhere', '/org/freedesktop/NetworkManager/ActiveConnection/1']>,)",
        "({'State': <'x'>, 'Uuid': <5>, 'Id': <@as []>, 'Devices': <'/'>, 'connection': <1>},)",
        "({'connection': {'id': <1>, 'uuid': <'no uuid'>, 'type': <@ay []>}},)",
        "([objectpath '/a', '/b'],)",
        "(objectpath '/a',)",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        GVariant *body = g_variant_parse(NULL, bodies[i], NULL, NULL, NULL);
        netdisc *nd = world_context();
        GDBusConnection *liar;

        assert_non_null(body);
        liar = own_its_name(&body);
        for (const verb_fn *verb = verbs; *verb; verb++) {
            int64_t begun = bed_now_ms();
            netdisc_error *err = NULL;
            netdisc_status status = (*verb)(nd, DEADLINE_MS, &err);

            /* An answer that could be one may be taken for an empty list. */
            assert_true(status == NETDISC_NO_ERROR || err);
            if (*verb == verb_disconnect || *verb == verb_connect)
                assert_int_not_equal(status, NETDISC_NO_ERROR);
            netdisc_error_free(err);
            assert_in_range(bed_now_ms() - begun, 0, DEADLINE_MS + SLACK_MS);
        }
        close_quickly(nd);
        g_dbus_connection_close_sync(liar, NULL, NULL);
        g_object_unref(liar);
        g_variant_unref(body);
    }
}

/* ---- Bad names, many rounds, fork ----------------------------------------------------------- */

static void test_names_that_no_connection_has(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    char name[1100];

    assert_error(disconnect(nd, "", 0, &err), err, ERROR_INVALID_PARAMETER, NULL);
    assert_error(disconnect(nd, NULL, 0, &err), err, ERROR_INVALID_PARAMETER, NULL);
    memset(name, 'x', sizeof name);
    name[1024] = '\0';
    assert_error(disconnect(nd, name, 0, &err), err, ERROR_FILENAME_EXCED_RANGE, NULL);
    name[1023] = '\0';
    assert_error(disconnect(nd, name, 0, &err), err, ERROR_NOT_FOUND, NULL);
    netdisc_close(nd);
}

static void one_round(int which)
{
    netdisc *nd = world_context();

    if (which % 4 == 0)
        netdisc_list_free(list(nd));
    else if (which % 4 == 1)
        assert_status(disconnect(nd, "two", 0, NULL), ERROR_NOT_CONNECTED);
    else if (which % 4 == 2)
        assert_status(netdisc_connection_connect(nd, "one", 0, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

static void test_rounds_leave_nothing_behind(void **state)
{
    (void)state;
    enum { ROUNDS = 200 };
    size_t descriptors;
    size_t threads;

    make_up();
    world_add_plain("two", TWO, "zz0");
    for (int i = 0; i < 4; i++)
        one_round(i);
    descriptors = entries("/proc/self/fd");
    threads = entries("/proc/self/task");
    for (int i = 0; i < ROUNDS; i++)
        one_round(i);
    assert_entries("/proc/self/fd", descriptors);
    assert_entries("/proc/self/task", threads);
}

static void test_many_operations_at_once(void **state)
{
    (void)state;
    enum { MANY = 200 };
    netdisc *nd = world_context();
    netdisc_op *ops[MANY];

    make_up();
    for (size_t i = 0; i < MANY; i++)
        assert_status(netdisc_connection_list_start(nd, 0, 0, &ops[i], NULL), NO_ERROR);
    for (size_t i = 0; i < MANY; i++) {
        netdisc_list *items = NULL;

        assert_status(netdisc_op_wait(ops[i], WORLD_MS), NO_ERROR);
        assert_status(netdisc_op_list(ops[i], &items), NO_ERROR);
        assert_int_equal(netdisc_list_count(items), 2);
        netdisc_list_free(items);
        netdisc_op_free(ops[i]);
    }
    netdisc_close(nd);
}

/* In a child, with what it inherited. */
static void check_in_child(netdisc *nd, netdisc_op *op)
{
    netdisc_list *items = NULL;

    alarm(WORLD_MS / 1000);
    if (netdisc_connection_list(nd, 0, 0, &items, NULL) != NETDISC_ERROR_INVALID_HANDLE ||
        disconnect(nd, "one", 0, NULL) != NETDISC_ERROR_INVALID_HANDLE ||
        netdisc_op_wait(op, -1) != NETDISC_ERROR_INVALID_HANDLE ||
        netdisc_dispatch(nd, -1) != NETDISC_ERROR_INVALID_HANDLE)
        _exit(1);
    netdisc_op_free(op);
    netdisc_close(nd);
    /* Another program, for a memory checker would miss what was on the stacks of the threads that are
     * gone. */
    execlp("true", "true", (char *)NULL);
    _exit(1);
}

static void test_after_fork(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_op *op = NULL;
    pid_t child;
    int status = 0;

    make_up();
    check_works(nd);
    assert_status(netdisc_connection_list_start(nd, 0, 0, &op, NULL), NO_ERROR);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        check_in_child(nd, op);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    /* The parent's is as it was. */
    assert_status(netdisc_op_wait(op, WORLD_MS), NO_ERROR);
    check_works(nd);
    netdisc_op_free(op);
    netdisc_close(nd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_bare_world(test_not_running),
        in_bare_world(test_no_bus),
        in_world(test_stopped),
        in_world(test_closed_while_stopped),
        in_bare_world(test_stopped_after_it_accepted),
        in_world(test_the_bus_is_stopped),
        in_world(test_killed_while_asked),
        in_bare_world(test_killed_after_it_accepted),
        in_world(test_killed_while_connecting),
        in_world(test_restarted),
        in_world(test_the_bus_is_killed),
        in_world(test_the_bus_is_killed_while_asked),
        in_bare_world(test_the_bus_is_killed_after_it_accepted),
        in_bare_world(test_an_ordinary_user_may_not),
        in_bare_world(test_an_ordinary_user_may),
        in_world(test_an_ordinary_user_lists_what_is_visible),
        in_bare_world(test_the_bus_refuses),
        in_bare_world(test_nonsense),
        in_world(test_names_that_no_connection_has),
        in_world(test_rounds_leave_nothing_behind),
        in_world(test_many_operations_at_once),
        in_world(test_after_fork),
    };

    begin(argc, argv);
    start_ordinary_user();
    return world_end(cmocka_run_group_tests_name("faults", tests, NULL, NULL));
}
