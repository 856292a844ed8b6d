/* SPDX-License-Identifier: MIT */
/*
 * Plays a script beside a NetworkManager that is started for it alone, in namespaces and on a bus of its own:
 * with the connections "Office" and "Backup", which are up, and NM_PID in the environment.
 *
 * usage: stage_networkmanager SCRIPT [ARGUMENT...]
 *
 * Exits as the script does; with 77, and the reason in a line, where there can be no such NetworkManager.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "stage.h"
#include "world.h"

static void fill(void)
{
    static const world_profile profiles[] = {
        {.name = "Office", .uuid = WORLD_UUID(01), .device = "eth0", .autoconnect = true},
        {.name = "Backup", .uuid = WORLD_UUID(02), .device = "eth1"},
    };
    char pid[24];

    world_reset(NULL);
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        world_veth(profiles[i].device);
        world_add(&profiles[i]);
        world_up(profiles[i].uuid, NULL);
    }
    snprintf(pid, sizeof pid, "%ld", (long)world_pid(WORLD_NM));
    setenv("NM_PID", pid, 1);
}

int main(int argc, char **argv)
{
    const char *why;
    int status;

    if (argc < 2) {
        fprintf(stderr, "usage: stage_networkmanager SCRIPT [ARGUMENT...]\n");
        return 2;
    }
    why = world_try_enter();
    if (why) {
        printf("NetworkManager cannot be started for this alone: %s\n", why);
        return STAGE_NOT_HERE;
    }
    fill();
    status = stage_play((const char *const *)argv + 1);
    world_end(status == 1); /* then with the log */
    return status;
}
