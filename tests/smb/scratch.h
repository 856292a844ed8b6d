/* SPDX-License-Identifier: MIT */
/* A directory to be thrown away, and processes to try things in. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdbool.h>
#include <sys/types.h>

enum { SCRATCH_NOBODY = 65534 };

/* Private, and empty. The path is static. */
const char *scratch_make(void);
void scratch_remove(void);
/* A place in it; static, until it has been called 16 times more. */
const char *scratch_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
void scratch_write(const char *path, const void *bytes, size_t size);
/* How many entries a directory has, -1: it cannot be read. */
int scratch_count(const char *directory);

/* Runs `act` in a process that ends with this one; its result is the exit status. */
pid_t scratch_start(int (*act)(void *data), void *data);
/* -1: it was killed. */
int scratch_end(pid_t child);
/* Both. */
int scratch_run(int (*act)(void *data), void *data);
/* Runs `act` and kills it at the n-th stop that it makes at the beginning or the end of a system call.
 * False: it has ended before. */
bool scratch_killed_at(int n, int (*act)(void *data), void *data);

/* In a process of its own: mounts that nobody else sees, of which one may make some. False: not
 * allowed. */
bool scratch_own_mounts(void);

#endif
