/* SPDX-License-Identifier: MIT */
/* Between the two parts of the world. */
#ifndef WORLD_SAMBA_H
#define WORLD_SAMBA_H

#include <stdbool.h>
#include <sys/types.h>

/* Once, as root. */
void world_prepare_servers(void);
/* Has both run, and their shares as they were. */
void world_reset_servers(void);
void world_print_logs(void);

/* Is this the process group of a server? */
bool world_is_server(pid_t group);

#endif
