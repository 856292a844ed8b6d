/* SPDX-License-Identifier: MIT */
#include "smb.h"

static const nd_provider *const providers[] = {
    &nd_cifs_provider,
    &nd_session_provider,
    &nd_gvfs_provider,
    NULL,
};

extern ND_MODULE_EXPORT const nd_backend netdisc_backend_smb;

const nd_backend netdisc_backend_smb = {
    .abi = ND_PROVIDER_ABI,
    .providers = providers,
};
