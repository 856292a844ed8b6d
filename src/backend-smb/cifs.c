/* SPDX-License-Identifier: MIT */
#include "smb.h"

const nd_provider nd_cifs_provider = {.name = "cifs", .blocking = true};
