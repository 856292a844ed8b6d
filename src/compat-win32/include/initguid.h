/* SPDX-License-Identifier: MIT */
/* From here on DEFINE_GUID defines. */
#ifndef NETDISC_WIN32_INITGUID_H
#define NETDISC_WIN32_INITGUID_H

#ifndef INITGUID
#define INITGUID
#endif

#include "guiddef.h"

#endif
