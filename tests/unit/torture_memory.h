/* SPDX-License-Identifier: MIT */
/* Stands before src/core/memory.c when it is compiled for the torture test: all memory of the core comes
 * from there, so all of it can be made to run out; and what it frees itself can be looked at. */
#ifndef TORTURE_MEMORY_H
#define TORTURE_MEMORY_H

#include <stdlib.h>

void *torture_malloc(size_t size);
void *torture_calloc(size_t count, size_t size);
void *torture_realloc(void *block, size_t size);
void torture_free(void *block);

#define malloc  torture_malloc
#define calloc  torture_calloc
#define realloc torture_realloc
#define free    torture_free

#endif
