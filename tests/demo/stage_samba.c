/* SPDX-License-Identifier: MIT */
/*
 * Plays a script beside a Samba server that is started for it alone, in namespaces of its own.
 *
 * usage: stage_samba WORKER SCRIPT [ARGUMENT...]     WORKER: the program netdisc-smb
 *
 * Exits as the script does; with 77, and the reason in a line, where there can be no such server; with 1 where
 * a mapping is left.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stage.h"
#include "world_smb.h"

static const char *enter(const char *worker)
{
    const char *why;

    setenv("NETDISC_SMB_WORKER", worker, 1);
    why = world_try_enter(false);
    if (!why && access("/dev/fuse", R_OK | W_OK))
        why = "/dev/fuse is not there";
    return why;
}

int main(int argc, char **argv)
{
    const char *why;
    int status;

    if (argc < 3) {
        fprintf(stderr, "usage: stage_samba WORKER SCRIPT [ARGUMENT...]\n");
        return 2;
    }
    why = enter(argv[1]);
    if (why) {
        printf("A Samba server cannot be started for this alone: %s\n", why);
        return STAGE_NOT_HERE;
    }
    world_reset(NULL);
    status = stage_play((const char *const *)argv + 2);
    why = status ? NULL : world_left_over();
    if (why)
        fprintf(stderr, "Left behind: %s\n", why);
    status = why ? 1 : status;
    world_end(status == 1); /* then with the logs */
    return status;
}
