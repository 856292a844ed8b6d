/* SPDX-License-Identifier: MIT */
#include "win32.h"

const nd_provider nd_wlan_provider = {.name = "wlanapi", .blocking = true};
