/* SPDX-License-Identifier: MIT */
#include "torture_memory.h"

#include "../../src/core/memory.c"
