/* SPDX-License-Identifier: MIT */
/*
 * The real NetworkManager in a world of its own: network, mounts, bus. Nothing of the machine's is
 * touched, and nothing outlives the program.
 *
 * See bed.h for what happens when it goes wrong. Everything is for the main thread. Waits have a deadline
 * of WORLD_MS, and go by NetworkManager's signals.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bed.h"
#include "netdisc.h"

enum { WORLD_MS = 20000, WORLD_PATH = 128 };

/* A deadline by which NetworkManager has accepted a request, also where the machine has much else to do. */
enum { WORLD_ACCEPTED_MS = 3000 };

/* A profile's UUID from two digits or letters a to f. */
#define WORLD_UUID(nn) "00000000-0000-4000-8000-0000000000" #nn

/* ---- The world ------------------------------------------------------------------------------ */

/* Makes and enters a world in which nothing runs. NULL, or why that cannot be here. Once, before any
 * thread. */
const char *world_try_enter(void);

/* The same for a test program: prints a TAP skip with the reason and exits where it cannot be. */
void world_enter(void);

/* Ends the daemons and begins anew with nothing but `lo` and a bus; world_reset() also starts
 * NetworkManager. Both are setup functions of cmocka's, too, for which they return 0. */
int world_reset_bare(void **state);
int world_reset(void **state);

/* Ends the daemons; where `result` is not 0, prints the end of NetworkManager's log. Returns `result`. */
int world_end(int result);

/* Whether the world has users besides root; not so where it was made by an ordinary user. */
bool world_has_users(void);

/* ---- Daemons -------------------------------------------------------------------------------- */

typedef enum world_daemon { WORLD_BUS, WORLD_NM, WORLD_DISPATCHER, WORLD_DAEMONS } world_daemon;

/* Starts a daemon and waits until it serves: NetworkManager until its startup is complete. */
void world_start(world_daemon which);

/* The bus with these elements added to its configuration: limits, policies. */
void world_start_bus_with(const char *elements);

/* Who may do what, from NetworkManager's next start on: "root-only", which it is after a reset;
 * "true": what polkit says, which is not there; "false": everyone. */
void world_set_polkit(const char *use);

/* Starts NetworkManager and does not wait. */
void world_launch_nm(void);

/* Waits until somebody owns the name on the bus, and says whether. */
bool world_await_name(const char *name);

void world_signal(world_daemon which, int number);

/* Kills a daemon, stopped or not, and all that it started. Nothing, where it does not run. */
void world_kill(world_daemon which);

/* 0: it does not run. */
pid_t world_pid(world_daemon which);

/* ---- The gate: a script at which what NetworkManager brings up or down waits ---------------- */

/* With nm-dispatcher, and scripts for pre-up and pre-down. Before NetworkManager is started; the gate
 * is open. */
void world_install_gate(void);
void world_close_gate(void);
/* Lets those pass who wait, and those to come. */
void world_open_gate(void);

/* ---- Links ---------------------------------------------------------------------------------- */

/* ip with these arguments, divided by blanks. */
void world_ip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A pair NAME and NAMEp, the latter up and so the former with a carrier; waits until NetworkManager,
 * if it runs, has NAME as disconnected. */
void world_veth(const char *name);

/* A tap with the address 10.77.0.1/24, up; waits until NetworkManager shows it as connected
 * externally. */
void world_tap(const char *name);

/* ---- Profiles ------------------------------------------------------------------------------- */

typedef struct world_profile {
    const char *name;
    const char *uuid;
    const char *device;   /* NULL: any */
    const char *type;     /* NULL: ethernet */
    const char *settings; /* more lines of [connection] */
    const char *ipv4;     /* the lines of [ipv4]; NULL: a fixed address */
    const char *sections; /* further sections */
    bool autoconnect;
} world_profile;

/* Writes or rewrites a profile's file. world_add() also has NetworkManager load it. */
void world_write(const world_profile *profile);
void world_add(const world_profile *profile);
/* The usual: a profile of this name for an Ethernet device. */
void world_add_plain(const char *name, const char *uuid, const char *device);
/* Has NetworkManager read all that was written. */
void world_load(void);
void world_delete(const char *uuid);

/* For [ipv4]: none, which what has no carrier needs so as not to wait for one; an activation that
 * waits for an answer that never comes, and one that gives up after 1 s. */
#define WORLD_IPV4_NONE  "method=disabled\n"
#define WORLD_IPV4_HANGS "method=auto\nmay-fail=false\ndhcp-timeout=2147483647\n"
#define WORLD_IPV4_FAILS "method=auto\nmay-fail=false\ndhcp-timeout=1\n"

/* ---- Acts ----------------------------------------------------------------------------------- */

/* Has NetworkManager activate a profile; `device` NULL: of its choice. world_up() waits until it is. */
void world_begin_up(const char *uuid, const char *device);
void world_up(const char *uuid, const char *device);

/* Deactivates a profile: its first activation; world_down() each one, and waits until it is gone. */
void world_begin_down(const char *uuid);
void world_down(const char *uuid);
/* Disconnects a device, and does not wait. */
void world_begin_down_on(const char *device);

/* ---- What NetworkManager says, now ---------------------------------------------------------- */

/* The states of an active connection, by NetworkManager's numbers. */
enum {
    WORLD_GONE = 0, /* there is none, or it is deactivated */
    WORLD_ACTIVATING = 1,
    WORLD_ACTIVATED = 2,
    WORLD_DEACTIVATING = 3
};

/* The state of a profile's first activation. */
unsigned world_state(const char *uuid);
/* How many activations it has that are not gone. */
size_t world_count(const char *uuid);
/* The object path of its first activation, "" for none. Valid until the next call. */
const char *world_active_path(const char *uuid);
/* The state of a device by NetworkManager's numbers (30: disconnected, 100: activated), 0: no such
 * device. */
unsigned world_device_state(const char *device);

/* Waits until it is so, and says whether it is. */
bool world_wait(bool (*is_so)(const void *data), const void *data);
bool world_wait_state(const char *uuid, unsigned state);
bool world_wait_device(const char *device, unsigned state);

/* Calls a method of NetworkManager's and returns whether that succeeded: `path` below
 * /org/freedesktop/NetworkManager, `arguments` in GVariant's text format. */
bool world_call(const char *path, const char *interface, const char *method, const char *arguments);

/* ---- netdisc in it -------------------------------------------------------------------------- */

/* Options for a context with the provider "nm" alone, from the module that is tested. */
netdisc_options world_options(void);
netdisc *world_context(void);

#endif
