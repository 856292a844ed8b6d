/* SPDX-License-Identifier: MIT */
/* What to do about an error: for the command, and for docs/errors.md. */
#ifndef ADVICE_H
#define ADVICE_H

#include <netdisc.h>

/* One sentence. NULL for a code that is not in NETDISC_STATUS_MAP. */
const char *advice_for(netdisc_status status);

#endif
