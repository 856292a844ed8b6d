/* SPDX-License-Identifier: MIT */
/*
 * Runs a command in the world of real Samba servers, as root, and ends as it does: inside COMMAND...
 *
 * WORLD_MODULES, for the command: where the provider's module is, if it is not built in.
 */
#include <stdio.h>
#include <sys/wait.h>

#include "world_smb.h"

int main(int argc, char **argv)
{
    const char *why = argc > 1 ? world_try_enter(false) : "no command";
    int status;

    if (why) {
        printf("1..0 # SKIP %s\n", why);
        return 0;
    }
    world_reset(NULL);
    status = bed_wait(bed_spawn((const char *const *)argv + 1, -1, -1));
    return world_end(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}
