/* SPDX-License-Identifier: MIT */
#include "patience.h"
