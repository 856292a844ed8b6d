/* SPDX-License-Identifier: MIT */
#include "mpr.h"

void nd_mpr_dialog(void *state, nd_call *call)
{
    (void)state;
    nd_finish(call, NETDISC_ERROR_CALL_NOT_IMPLEMENTED, NULL);
}
