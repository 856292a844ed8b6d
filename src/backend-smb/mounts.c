/* SPDX-License-Identifier: MIT */
#include "mounts.h"
