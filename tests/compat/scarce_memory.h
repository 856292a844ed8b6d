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

/* Of the next block of this size, which nothing else has, whether its first `length` bytes are zeros when it is
 * freed: see scarce_was_wiped(). */
void scarce_expect_secret(size_t size, size_t length);
bool scarce_was_wiped(void);

#endif
