/* SPDX-License-Identifier: MIT */
#ifndef MANAGER_H
#define MANAGER_H

#include <objbase.h>

#include <netcon.h>

INetConnectionManager *begin_manager(void);
void end_manager(INetConnectionManager *manager);

#endif
