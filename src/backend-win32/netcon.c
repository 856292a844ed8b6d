/* SPDX-License-Identifier: MIT */
#include "win32.h"

const nd_provider nd_netcon_provider = {.name = "netcon", .blocking = true};
