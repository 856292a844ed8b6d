/* SPDX-License-Identifier: MIT */
#include "mpr.h"

#include <stdlib.h>

static const char *const names[] = {ND_MPR_FUNCTIONS(ND_FUNCTION_NAME)};
static const nd_library library = ND_LIBRARY("mpr.dll", names);

static netdisc_status open_mpr(const nd_host *host, void **state, nd_failure *why)
{
    nd_mpr *mpr = calloc(1, sizeof *mpr);

    if (!mpr)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    mpr->host = host;
    nd_patience_init(&mpr->patience);

    netdisc_status status = nd_library_load(&library, &mpr->call, sizeof mpr->call, why);

    if (status)
        free(mpr);
    else
        *state = mpr;
    return status;
}

const nd_provider nd_mpr_provider = {
    .name = "mpr",
    .blocking = true,
    .open = open_mpr,
    .close = free,
};
