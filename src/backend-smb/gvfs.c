/* SPDX-License-Identifier: MIT */
#include "smb.h"

const nd_provider nd_gvfs_provider = {.name = "gvfs", .blocking = true};
