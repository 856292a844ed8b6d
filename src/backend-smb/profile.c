/* SPDX-License-Identifier: MIT */
#include "profile.h"
