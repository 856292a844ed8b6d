/* SPDX-License-Identifier: MIT */
#include "launch.h"
