/* SPDX-License-Identifier: MIT */
#include "win32.h"

static const nd_provider *const providers[] = {
    &nd_mpr_provider, &nd_wlan_provider, &nd_netcon_provider, &nd_ras_provider, NULL,
};

extern const nd_backend netdisc_backend_win32;
const nd_backend netdisc_backend_win32 = {.abi = ND_PROVIDER_ABI, .providers = providers};
