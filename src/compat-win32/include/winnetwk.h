/* SPDX-License-Identifier: MIT */
#ifndef NETDISC_WIN32_WINNETWK_H
#define NETDISC_WIN32_WINNETWK_H

#include "windows.h"

#endif
