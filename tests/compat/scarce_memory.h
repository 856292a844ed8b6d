/* SPDX-License-Identifier: MIT */
/* For programs on libnetdisc-win32 built with its memory from here: each allocation can be made to fail. */
#ifndef SCARCE_MEMORY_H
#define SCARCE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Of the allocations from here on the one of this number fails, from 1; 0: none. From any thread. */
void scarce_from_here(long number);

/* Whether it came to that. */
bool scarce_has_failed(void);

#endif
