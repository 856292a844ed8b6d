/* SPDX-License-Identifier: MIT */
#include "holders.h"
