/* SPDX-License-Identifier: MIT */
/*
 * What takes root's rights, for a test that has given them up: a setuid copy of this, in its own mount
 * namespace.
 *
 *   root run PROGRAM ARGUMENT...
 *   root signal NUMBER PID     to a process and its group
 *   root unmount PATH          lazily, and without a look at what is mounted
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 3 || setresgid(0, 0, 0) || setresuid(0, 0, 0))
        return 127;
    if (strcmp(argv[1], "signal") == 0 && argc == 4) {
        int number = atoi(argv[2]);
        pid_t pid = (pid_t)atol(argv[3]);

        kill(-pid, number);
        kill(pid, number);
        return 0;
    }
    if (strcmp(argv[1], "unmount") == 0)
        return umount2(argv[2], MNT_DETACH) != 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(argv[2], argv + 2);
    return 127;
}
