/* SPDX-License-Identifier: MIT */
#include "message.h"
