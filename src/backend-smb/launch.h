/* SPDX-License-Identifier: MIT */
/* Starting a worker, and talking to one. */
#ifndef ND_SMB_LAUNCH_H
#define ND_SMB_LAUNCH_H

#include "smb.h"

#endif
