/* SPDX-License-Identifier: MIT */
/*
 * netdisc's provider "nm" against nmcli, on the real NetworkManager: a program that ends one connection and
 * waits until it is gone, and one that lists every connection. The floor is what the daemon itself takes, from
 * the request to its signal that the connection is gone, as a client sees it that is connected already.
 *
 * All are measured in turn, so that what the machine does meanwhile is the same for all, and what was measured
 * is looked at: the connection must be gone when a program says so, and both lists be the same.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>

#include "../tests/nm/world.h"
#include "report.h"

#define NM          "org.freedesktop.NetworkManager"
#define NM_PATH     "/org/freedesktop/NetworkManager"
#define NAME        "bench"
#define UUID        WORLD_UUID(be)
#define DEVICE      "bench0"
#define ONCE        BENCH_DIRECTORY "/nm_once"
#define DEACTIVATED 4
#define SKIPPED     77 /* as meson knows it */

/* NetworkManager is not idle at once when it says that a connection is up, or has been asked for anything. */
enum { ROUNDS = 21, QUICK_ROUNDS = 3, SETTLE_US = 30000 };

extern char **environ;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(world_end(1));
}

/* ---- The floor ------------------------------------------------------------------------------ */

static GDBusConnection *connect_to_bus(void)
{
    GError *error = NULL;
    GDBusConnection *bus = g_dbus_connection_new_for_address_sync(
        getenv("DBUS_SYSTEM_BUS_ADDRESS"),
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, NULL, &error);

    if (!bus)
        die("the bus", error->message);
    return bus;
}

static void disconnect_from_bus(GDBusConnection *bus)
{
    g_dbus_connection_close_sync(bus, NULL, NULL);
    g_object_unref(bus);
}

static GVariant *ask(GDBusConnection *bus, const char *path, const char *interface, const char *method)
{
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_sync(bus, NM, path, interface, method, NULL, NULL,
                                                  G_DBUS_CALL_FLAGS_NONE, WORLD_MS, NULL, &error);

    if (!reply)
        die(method, error->message);
    return reply;
}

static size_t count_profiles(GDBusConnection *bus)
{
    GVariant *reply = ask(bus, NM_PATH "/Settings", NM ".Settings", "ListConnections");
    GVariant *paths = g_variant_get_child_value(reply, 0);
    size_t count = g_variant_n_children(paths);

    g_variant_unref(paths);
    g_variant_unref(reply);
    return count;
}

static void on_state_changed(GDBusConnection *bus, const char *sender, const char *path,
                             const char *interface, const char *signal, GVariant *body, gpointer data)
{
    guint32 state;

    (void)bus, (void)sender, (void)path, (void)interface, (void)signal;
    g_variant_get_child(body, 0, "u", &state);
    if (state == DEACTIVATED)
        *(bool *)data = true;
}

static void on_reply(GObject *bus, GAsyncResult *result, gpointer data)
{
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, &error);

    if (!reply)
        die("DeactivateConnection", error->message);
    g_variant_unref(reply);
    *(bool *)data = true;
}

static double disconnect_by_signal(GDBusConnection *bus)
{
    const char *path = world_active_path(UUID);
    GVariant *arguments = g_variant_new("(o)", path);
    bool replied = false;
    bool gone = false;
    guint subscription = g_dbus_connection_signal_subscribe(
        bus, NULL, NM ".Connection.Active", "StateChanged", path, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
        on_state_changed, &gone, NULL);
    double begun;
    double taken;

    g_variant_unref(ask(bus, NM_PATH, "org.freedesktop.DBus.Peer", "Ping"));
    begun = now_us();
    g_dbus_connection_call(bus, NM, NM_PATH, NM, "DeactivateConnection", arguments, NULL,
                           G_DBUS_CALL_FLAGS_NONE, WORLD_MS, NULL, on_reply, &replied);
    while (!gone)
        g_main_context_iteration(NULL, TRUE);
    taken = now_us() - begun;
    while (!replied)
        g_main_context_iteration(NULL, TRUE);
    g_dbus_connection_signal_unsubscribe(bus, subscription);
    return taken;
}

/* ---- Programs ------------------------------------------------------------------------------- */

/* Runs a program to its end. It must succeed; what it printed is yours to free with g_free(). */
static double run(char *const *arguments, char **printed)
{
    posix_spawn_file_actions_t actions;
    GString *text = g_string_new(NULL);
    char buffer[65536];
    double begun = now_us();
    double taken;
    int ends[2];
    int status;
    pid_t child;
    ssize_t got;

    if (pipe2(ends, O_CLOEXEC) || posix_spawn_file_actions_init(&actions) ||
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) ||
        posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ))
        die(arguments[0], "cannot be started");
    close(ends[1]);
    while ((got = read(ends[0], buffer, sizeof buffer)) > 0)
        g_string_append_len(text, buffer, got);
    if (waitpid(child, &status, 0) != child || status != 0)
        die(arguments[0], "failed");
    taken = now_us() - begun;
    close(ends[0]);
    posix_spawn_file_actions_destroy(&actions);
    *printed = g_string_free(text, FALSE);
    return taken;
}

static double run_quietly(const char *program, const char *first, const char *second, const char *third)
{
    char *arguments[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)first, (char *)(uintptr_t)second,
                         (char *)(uintptr_t)third, NULL};
    char *printed;
    double taken = run(arguments, &printed);

    g_free(printed);
    return taken;
}

/* ---- What is measured ----------------------------------------------------------------------- */

typedef struct bed {
    GDBusConnection *bus;
    size_t profiles; /* as NetworkManager counts them: `lo` has one, too */
} bed;

static double once_disconnect(const bed *self)
{
    (void)self;
    return run_quietly(ONCE, "disconnect", NAME, NULL);
}

static double nmcli_disconnect(const bed *self)
{
    (void)self;
    return run_quietly("nmcli", "connection", "down", NAME);
}

static double daemon_disconnect(const bed *self)
{
    return disconnect_by_signal(self->bus);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What was printed, with the lines in order, as the two programs have different orders, and each between line
 * ends. */
static char *sort_lines(char *printed, size_t expected)
{
    char **lines = g_strsplit(printed, "\n", -1);
    size_t count = g_strv_length(lines);
    char *joined;
    char *sorted;

    qsort(lines, count, sizeof *lines, compare_lines);
    if (count != expected + 1) {
        char message[64];

        snprintf(message, sizeof message, "%zu connections of %zu", count ? count - 1 : 0, expected);
        die("a list", message);
    }
    joined = g_strjoinv("\n", lines);
    sorted = g_strconcat(joined, "\n", NULL);
    g_free(joined);
    g_strfreev(lines);
    g_free(printed);
    return sorted;
}

static void check_list(const bed *self, char *printed)
{
    static const char active[] = "\n" NAME ":" UUID ":802-3-ethernet:" DEVICE "\n";
    static char *first;
    static size_t first_profiles;
    char *sorted = sort_lines(printed, self->profiles);

    if (!strstr(sorted, active))
        die("a list", "the active connection is missing");
    if (first_profiles != self->profiles) {
        g_free(first);
        first = g_strdup(sorted);
        first_profiles = self->profiles;
    }
    if (strcmp(sorted, first) != 0)
        die("a list", "it is not as the one before");
    g_free(sorted);
}

static double once_list(const bed *self)
{
    char *arguments[] = {(char *)(uintptr_t)ONCE, (char *)(uintptr_t) "list", NULL};
    char *printed;
    double taken = run(arguments, &printed);

    check_list(self, printed);
    return taken;
}

static double nmcli_list(const bed *self)
{
    char *arguments[] = {(char *)(uintptr_t) "nmcli", (char *)(uintptr_t) "-t",
                         (char *)(uintptr_t) "connection", (char *)(uintptr_t) "show", NULL};
    char *printed;
    double taken = run(arguments, &printed);

    check_list(self, printed);
    return taken;
}

enum { DAEMON, ONCE_DOWN, NMCLI_DOWN, ONCE_LIST, NMCLI_LIST, WORKS };

static const struct {
    const char *name;
    double (*work)(const bed *self);
    bool ends; /* the connection, which must then be gone */
} works[WORKS] = {
    [DAEMON] = {"disconnect, the daemon alone", daemon_disconnect, true},
    [ONCE_DOWN] = {"disconnect, netdisc", once_disconnect, true},
    [NMCLI_DOWN] = {"disconnect, nmcli", nmcli_disconnect, true},
    [ONCE_LIST] = {"list, netdisc", once_list, false},
    [NMCLI_LIST] = {"list, nmcli", nmcli_list, false},
};

static double measure(const bed *self, int which)
{
    double taken;

    if (world_state(UUID) != WORLD_ACTIVATED)
        world_up(UUID, NULL);
    usleep(SETTLE_US);
    taken = works[which].work(self);
    if (works[which].ends && world_state(UUID) != WORLD_GONE)
        die(works[which].name, "the connection is still there");
    return taken;
}

/* Each in turn, and another one first in every round. */
static void measure_all(const bed *self, double medians[WORKS], size_t rounds)
{
    double samples[WORKS][ROUNDS];

    for (int which = 0; which < WORKS; which++)
        measure(self, which);
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < WORKS; i++) {
            size_t which = (round + i) % WORKS;

            samples[which][round] = measure(self, (int)which);
        }
    }
    for (int which = 0; which < WORKS; which++)
        medians[which] = median(samples[which], rounds);
}

static void begin(bed *self, size_t profiles)
{
    world_reset_bare(NULL);
    world_veth(DEVICE);
    world_write(&(world_profile){.name = NAME, .uuid = UUID, .device = DEVICE});
    for (size_t i = 1; i < profiles; i++) {
        char name[32];
        char uuid[48];

        snprintf(name, sizeof name, "other%zu", i);
        snprintf(uuid, sizeof uuid, "00000000-0000-4000-9000-%012zu", i);
        world_write(&(world_profile){.name = name, .uuid = uuid, .device = "elsewhere0"});
    }
    world_start(WORLD_NM);
    self->bus = connect_to_bus();
    self->profiles = count_profiles(self->bus);
    if (self->profiles < profiles || self->profiles > profiles + 1)
        die("NetworkManager", "it has not read the profiles that were written");
}

/* ---- Figures -------------------------------------------------------------------------------- */

typedef struct size_goal {
    size_t profiles;
    double disconnect; /* at most this against nmcli; 0: no goal */
    double list;
} size_goal;

static const size_goal sizes[] = {{1, 0.7, 0}, {100, 0, 0}, {1000, 0.1, 0.5}};
static const size_goal quick_sizes[] = {{1, 0.7, 0}, {20, 0, 0}};

static void add(report *figures, size_t profiles, const char *what, double goal, double value,
                const char *unit)
{
    char name[64];
    char tail[24] = "";

    if (goal > 0)
        snprintf(tail, sizeof tail, " (goal <= %.1f)", goal);
    snprintf(name, sizeof name, "%zu: %s%s", profiles, what, tail);
    report_add(figures, name, value, unit);
}

static void measure_size(report *figures, const size_goal *size, double medians[WORKS])
{
    bed self;

    begin(&self, size->profiles);
    measure_all(&self, medians, figures->quick ? QUICK_ROUNDS : ROUNDS);
    disconnect_from_bus(self.bus);
    for (int which = 0; which < WORKS; which++)
        add(figures, size->profiles, works[which].name, 0, medians[which] / 1000, "ms");
    add(figures, size->profiles, "disconnect, netdisc / nmcli", size->disconnect,
        medians[ONCE_DOWN] / medians[NMCLI_DOWN], "x");
    add(figures, size->profiles, "disconnect, netdisc / the daemon alone", 0,
        medians[ONCE_DOWN] / medians[DAEMON], "x");
    add(figures, size->profiles, "list, netdisc / nmcli", size->list,
        medians[ONCE_LIST] / medians[NMCLI_LIST], "x");
}

/* How much more it takes with most profiles than with fewest. */
static void compare_sizes(report *figures, const size_goal *fewest, const size_goal *most, int which,
                          const char *goal, double ratio)
{
    char name[64];

    snprintf(name, sizeof name, "%zu/%zu: %s%s", most->profiles, fewest->profiles, works[which].name,
             goal);
    report_add(figures, name, ratio, "x");
}

int main(int argc, char **argv)
{
    report figures;
    double medians[G_N_ELEMENTS(sizes)][WORKS];
    const size_goal *chosen;
    const char *why;
    size_t last;

    report_begin(&figures, "NetworkManager: netdisc against nmcli, by profiles", argc, argv);
    chosen = figures.quick ? quick_sizes : sizes;
    last = (figures.quick ? G_N_ELEMENTS(quick_sizes) : G_N_ELEMENTS(sizes)) - 1;
    why = world_try_enter();
    if (why) {
        printf("skipped: %s\n", why);
        return SKIPPED;
    }
    setenv("NETDISC_BENCH_MODULES", BENCH_MODULES, 0);
    for (size_t i = 0; i <= last; i++)
        measure_size(&figures, &chosen[i], medians[i]);
    for (int which = 0; which < WORKS; which++)
        compare_sizes(&figures, &chosen[0], &chosen[last], which, which == ONCE_DOWN ? " (goal: 1)" : "",
                      medians[last][which] / medians[0][which]);
    world_end(0);
    return report_end(&figures);
}
