/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mounts.h"

bool nd_is_share_type(const char *type)
{
    return strcmp(type, "cifs") == 0 || strcmp(type, "smb3") == 0;
}
