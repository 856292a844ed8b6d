/* SPDX-License-Identifier: MIT */
/*
 * What the core needs of an operating system, one file a platform. Nothing here touches the process's
 * signal handlers, environment, locale or working directory.
 */
#ifndef ND_PLATFORM_H
#define ND_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "netdisc.h"

#ifdef _WIN32
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
typedef SRWLOCK nd_mutex;
typedef CONDITION_VARIABLE nd_cond;
typedef HANDLE nd_thread;
#else
#include <pthread.h>
typedef pthread_mutex_t nd_mutex;
typedef pthread_cond_t nd_cond;
typedef pthread_t nd_thread;
#endif

bool nd_mutex_init(nd_mutex *mutex);
void nd_mutex_destroy(nd_mutex *mutex);
void nd_mutex_lock(nd_mutex *mutex);
void nd_mutex_unlock(nd_mutex *mutex);

bool nd_cond_init(nd_cond *cond);
void nd_cond_destroy(nd_cond *cond);
void nd_cond_broadcast(nd_cond *cond);
void nd_cond_signal(nd_cond *cond);
/* Waits until woken or `until` (nd_now(); ND_NEVER: for ever); may wake without a reason. */
void nd_cond_wait(nd_cond *cond, nd_mutex *mutex, int64_t until);

/* A thread that receives no signals. Ended by nd_thread_join() or nd_thread_detach(). */
bool nd_thread_start(nd_thread *thread, void (*run)(void *), void *data);
void nd_thread_join(nd_thread thread);
void nd_thread_detach(nd_thread thread);
/* A number for the calling thread that no other living thread has; never 0. */
uint64_t nd_thread_self(void);

/* A monotonic clock in nanoseconds. */
#define ND_NEVER INT64_MAX
int64_t nd_now(void);

/* The process: another number after fork(). Cheap. */
uint64_t nd_process(void);

/* A handle that poll() (on Windows, WaitForMultipleObjects) finds ready while it is set. */
typedef intptr_t nd_wakeup;
#define ND_WAKEUP_NONE ((nd_wakeup)-1)
netdisc_status nd_wakeup_open(nd_wakeup *wakeup);
void nd_wakeup_set(nd_wakeup wakeup);
void nd_wakeup_clear(nd_wakeup wakeup);
void nd_wakeup_close(nd_wakeup wakeup);
/* Waits until it is set, or `until`. Where there are windows, those of the calling thread get their messages
 * meanwhile, and what they do with them may call the library: no lock may be held. That the program is to
 * quit does not end the wait; it is told so afterwards. */
void nd_wakeup_wait(nd_wakeup wakeup, int64_t until);

/* The environment, but not in a program that runs with more rights than its caller. `*value` is NULL when
 * it is unset, and otherwise to be freed. False: no memory. */
bool nd_environment(const char *name, char **value);

/* Opens the module at an absolute path, for good: modules are never closed. NULL: `*why` says what the
 * system said, to be freed. */
void *nd_module_open(const char *path, char **why);
void *nd_module_symbol(void *module, const char *name);
/* The file name of the module NAME, "libnetdisc-%s.so", and what divides a path. */
extern const char nd_module_pattern[];
bool nd_path_is_absolute(const char *path);

/* Keeps the library's code mapped from here on, because a thread was left behind in it. */
void nd_pin_library(void);

#endif
