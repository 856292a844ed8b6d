/* SPDX-License-Identifier: MIT */
/* Modules that must be refused, one for each ODD_ definition. */
#include "../../src/core/provider.h"

static void cancel(void *state, nd_call *call)
{
    (void)state;
    nd_finish(call, NETDISC_NO_ERROR, NULL);
}

static const nd_provider provider = {
    .name = ODD_PROVIDER,
    .slots = {[ND_SHARE_CANCEL] = cancel},
};

static const nd_provider *const providers[] = {&provider, NULL};

extern ND_MODULE_EXPORT const nd_backend ODD_SYMBOL;

const nd_backend ODD_SYMBOL = {.abi = ODD_ABI, .providers = providers};
