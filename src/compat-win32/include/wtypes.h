/* SPDX-License-Identifier: MIT */
/* Code for WLAN includes it; what it needs of it is in these. */
#ifndef NETDISC_WIN32_WTYPES_H
#define NETDISC_WIN32_WTYPES_H

#include "guiddef.h"
#include "windef.h"

#endif
