/* SPDX-License-Identifier: MIT */
#include "smb.h"

const nd_provider nd_session_provider = {.name = "session", .blocking = true};
