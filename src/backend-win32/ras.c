/* SPDX-License-Identifier: MIT */
#include "win32.h"

const nd_provider nd_ras_provider = {.name = "ras", .blocking = true};
