/* SPDX-License-Identifier: MIT */
/* The world of the tests that run in the test machine: guest.sh makes it. */
#ifndef VM_WORLD_H
#define VM_WORLD_H

#include <stdbool.h>

#include "bed.h"
#include "netdisc.h"

enum { WORLD_MS = 60000 };

/* Prints a TAP skip and exits where this is not the test machine. */
void vm_enter(void);

/* Calls a function of guest.sh, with arguments divided by blanks; dies if that fails. */
void vm_do(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* With this provider alone, or these, divided by commas; from the module that is tested. */
netdisc *vm_context(const char *providers);

/* Runs this program again as an ordinary user, with this argument; its exit status. */
int vm_as_user(const char *argument);

#endif
