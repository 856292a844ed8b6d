/* SPDX-License-Identifier: MIT */
/* Between the two parts of the world. */
#ifndef WORLD_NM_H
#define WORLD_NM_H

#include <stdbool.h>

/* Waits until NetworkManager says that its startup is complete. */
bool world_nm_await_startup(void);

/* Closes what is open to the bus. */
void world_nm_forget(void);

#endif
