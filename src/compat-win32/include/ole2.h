/* SPDX-License-Identifier: MIT */
#ifndef NETDISC_WIN32_OLE2_H
#define NETDISC_WIN32_OLE2_H

#include "objbase.h"

#endif
