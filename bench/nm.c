/* SPDX-License-Identifier: MIT */
/*
 * The command netdisc against nmcli, on the real NetworkManager, each as a whole process: one that ends a
 * connection and waits until it is gone, and one that lists every connection for a program. The floor is what the daemon itself takes, from
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
static double run(const char *const *arguments, char **printed)
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
        posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ))
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

/* ---- What is measured ----------------------------------------------------------------------- */

typedef struct bed {
    GDBusConnection *bus;
    size_t profiles; /* as NetworkManager counts them: `lo` has one, too */
} bed;

static double run_quietly(const char *const *arguments)
{
    char *printed;
    double taken = run(arguments, &printed);

    g_free(printed);
    return taken;
}

static double command_disconnect(const bed *self)
{
    static const char *const arguments[] = {BENCH_COMMAND, "connection",  "disconnect", NAME,
                                            "--modules",   BENCH_MODULES, NULL};

    (void)self;
    return run_quietly(arguments);
}

static double nmcli_disconnect(const bed *self)
{
    static const char *const arguments[] = {"nmcli", "connection", "down", NAME, NULL};

    (void)self;
    return run_quietly(arguments);
}

static double daemon_disconnect(const bed *self)
{
    return disconnect_by_signal(self->bus);
}

/* What the last of either printed; they are of one moment, for nothing changes the profiles. */
static char *command_list;
static char *nmcli_list;

static double keep_list(const char *const *arguments, char **list)
{
    g_free(*list);
    return run(arguments, list);
}

static double list_by_command(const bed *self)
{
    static const char *const arguments[] = {BENCH_COMMAND, "connection",  "list", "--json",
                                            "--modules",   BENCH_MODULES, NULL};

    (void)self;
    return keep_list(arguments, &command_list);
}

static double list_by_nmcli(const bed *self)
{
    static const char *const arguments[] = {"nmcli", "-t", "connection", "show", NULL};

    (void)self;
    return keep_list(arguments, &nmcli_list);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    while ((text = strstr(text, part))) {
        text += strlen(part);
        count++;
    }
    return count;
}

/* "NAME:UUID:TYPE:DEVICE", which here need no escapes; the latter is empty where it is not active. */
static void check_line(const char *line)
{
    char **fields = g_strsplit(line, ":", -1);
    char *device = *fields[3] ? g_strdup_printf("\"%s\"", fields[3]) : g_strdup("null");
    char *item = g_strdup_printf("{\"name\":\"%s\",\"uuid\":\"%s\",\"type\":\"%s\",\"device\":%s,",
                                 fields[0], fields[1], fields[2], device);

    if (!strstr(command_list, item))
        die("a list", line);
    g_free(item);
    g_free(device);
    g_strfreev(fields);
}

/* Both have all of them, and the same of each. */
static void check_lists(const bed *self)
{
    char **lines = g_strsplit(nmcli_list, "\n", -1);

    if (count_of(nmcli_list, "\n") != self->profiles ||
        count_of(command_list, "\"uuid\":") != self->profiles)
        die("a list", "some are missing");
    for (char **line = lines; *line && **line; line++)
        check_line(*line);
    g_strfreev(lines);
}

enum { DAEMON, NETDISC_DOWN, NMCLI_DOWN, NETDISC_LIST, NMCLI_LIST, WORKS };

static const struct {
    const char *name;
    double (*work)(const bed *self);
    bool ends; /* the connection, which must then be gone */
} works[WORKS] = {
    [DAEMON] = {"disconnect, the daemon alone", daemon_disconnect, true},
    [NETDISC_DOWN] = {"disconnect, netdisc", command_disconnect, true},
    [NMCLI_DOWN] = {"disconnect, nmcli", nmcli_disconnect, true},
    [NETDISC_LIST] = {"list, netdisc", list_by_command, false},
    [NMCLI_LIST] = {"list, nmcli", list_by_nmcli, false},
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
    check_lists(self);
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < WORKS; i++) {
            size_t which = (round + i) % WORKS;

            samples[which][round] = measure(self, (int)which);
        }
    }
    check_lists(self);
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

static void add(report *figures, size_t profiles, int which, double taken)
{
    char name[REPORT_NAME];

    snprintf(name, sizeof name, "%zu: %s", profiles, works[which].name);
    report_add(figures, name, taken, "ms");
}

/* A goal of 0 is none. */
static void compare(report *figures, const char *what, size_t profiles, double ours, double theirs,
                    double floor, double goal)
{
    comparison it = {.unit = "ms", .ours = ours, .peer = "nmcli", .theirs = theirs, .floor = floor};

    snprintf(it.what, sizeof it.what, "%s, %zu profile%s", what, profiles, profiles == 1 ? "" : "s");
    it.goal_of = goal > 0 ? GOAL_TIMES_AT_MOST : GOAL_NONE;
    it.goal = goal;
    report_compare(figures, &it);
}

static void measure_size(report *figures, const size_goal *size, double medians[WORKS])
{
    bed self;

    begin(&self, size->profiles);
    measure_all(&self, medians, figures->quick ? QUICK_ROUNDS : ROUNDS);
    disconnect_from_bus(self.bus);
    for (int which = 0; which < WORKS; which++) {
        medians[which] /= 1000;
        add(figures, size->profiles, which, medians[which]);
    }
    compare(figures, "connection disconnect", size->profiles, medians[NETDISC_DOWN], medians[NMCLI_DOWN],
            medians[DAEMON], size->disconnect);
    compare(figures, "connection list", size->profiles, medians[NETDISC_LIST], medians[NMCLI_LIST], 0,
            size->list);
}

/* How much more it takes with most profiles than with fewest. */
static void compare_sizes(report *figures, const size_goal *fewest, const size_goal *most, int which,
                          double ratio)
{
    char name[REPORT_NAME];

    snprintf(name, sizeof name, "%zu/%zu: %s", most->profiles, fewest->profiles, works[which].name);
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
    for (size_t i = 0; i <= last; i++)
        measure_size(&figures, &chosen[i], medians[i]);
    for (int which = 0; which < WORKS; which++)
        compare_sizes(&figures, &chosen[0], &chosen[last], which,
                      medians[last][which] / medians[0][which]);
    world_end(0);
    return report_end(&figures);
}
