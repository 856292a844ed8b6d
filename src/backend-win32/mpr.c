/* SPDX-License-Identifier: MIT */
#include "win32.h"

const nd_provider nd_mpr_provider = {.name = "mpr", .blocking = true};
