/* SPDX-License-Identifier: MIT */
/*
 * Runs a program beside a double of NetworkManager that has a WLAN interface, and a profile "lab" for the network
 * "labnet"; see wifi_world.h.
 *
 * usage: stage_wireless PROGRAM [ARGUMENT...]
 *
 * Exits as the program does; with 77, and the reason in a line, where there can be no such world.
 */
#include <stdio.h>

#include "../demo/stage.h"
#include "wifi_world.h"

int main(int argc, char **argv)
{
    const char *why;
    int status;

    if (argc < 2) {
        fprintf(stderr, "usage: stage_wireless PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    why = world_try_enter();
    if (why) {
        printf("NetworkManager cannot be doubled here: %s\n", why);
        return STAGE_NOT_HERE;
    }
    wifi_reset(NULL);
    wifi_add_lab(WORLD_UUID(01));
    status = stage_play((const char *const *)argv + 1);
    wifi_end();
    return world_end(status);
}
