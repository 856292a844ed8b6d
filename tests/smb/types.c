/* SPDX-License-Identifier: MIT */
/* The tests' idea of which file systems are shares: those that can be mounted without a server, too. */
#include <string.h>

#include "mounts.h"

bool nd_is_share_type(const char *type)
{
    static const char *const types[] = {"cifs", "smb3", "tmpfs", "fuse.netdisc-test"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}
