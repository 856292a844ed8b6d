/* SPDX-License-Identifier: MIT */
/*
 * What the worlds of the tests are made of: namespaces, mounts, processes, files.
 *
 * What goes wrong here ends the program with a message: the bed of the test is broken, not what is
 * tested. Everything is for the main thread.
 */
#ifndef BED_H
#define BED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* ---- When it goes wrong --------------------------------------------------------------------- */

/* What else is to be printed when the program dies, and how it ends what it has started. */
void bed_on_death(void (*print_log)(void), void (*end_all)(void));

_Noreturn void bed_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Dies with the errno unless it is good. */
void bed_check(bool good, const char *what);

/* Prints the last lines of a file, as comments. */
void bed_print_end(const char *path, const char *name);

/* ---- Files ---------------------------------------------------------------------------------- */

FILE *bed_create(const char *path, mode_t mode);
void bed_finish(FILE *file, const char *path);
void bed_write_file(const char *path, mode_t mode, const char *text);
/* One that is there already is fine. */
void bed_make_directory(const char *path);

/* Closes it unless it cannot be opened or written as a whole. */
bool bed_write_proc(const char *path, const char *text);

/* ---- Processes ------------------------------------------------------------------------------ */

enum { BED_FD_FOR_CHILD = 3 };

/* `for_child` becomes its descriptor 3 and `log` takes what it prints; either may be -1. In a group of
 * its own, so that it can be ended with what it starts; dies with this program whatever happens to
 * that. */
pid_t bed_spawn(const char *const *argv, int for_child, int log);
/* The same with root's rights, by that program where the test has given them up. */
pid_t bed_spawn_as_root(const char *const *argv, int for_child, int log);
/* A setuid copy of root.c, from now on. */
void bed_give_up_root(const char *program);
/* To the end of a process; its status as of waitpid(). */
int bed_wait(pid_t pid);
/* To a process that was spawned, and its group. */
void bed_signal(pid_t pid, int number);
/* Kills it, stopped or not, and its group; and waits for it. */
void bed_kill(pid_t pid);

/* ---- Namespaces ----------------------------------------------------------------------------- */

/* NULL, or which of these programs, ended by NULL, is not installed. Looks where an ordinary user does
 * not look, and has PATH so from then on. */
const char *bed_find_programs(const char *const *programs);

/* Enters a new network, where there is nothing but a loopback interface that is down, new mounts, a
 * private /run, and `more` (CLONE_NEWUTS ...); as root in a user namespace where it is not root already.
 * NULL, or why that cannot be here. */
const char *bed_enter(int more);
/* The network alone, anew. */
bool bed_enter_network(int more);
bool bed_in_user_namespace(void);

/* Lazily, with root's rights. */
bool bed_unmount(const char *path);

/* sysfs, or a tmpfs that others cannot write. */
bool bed_mount_over(const char *type, const char *path, unsigned long flags);

/* Says why by errno; valid until the next call. */
const char *bed_because(const char *what);

/* ---- Time ----------------------------------------------------------------------------------- */

int64_t bed_now_ms(void);

#endif
