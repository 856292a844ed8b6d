/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "stage.h"

#include <signal.h>
#include <sys/wait.h>

#include "bed.h"

/* The script has begun without these being blocked; one that ended before they were is seen first. */
int stage_play(const char *const *script)
{
    sigset_t signals;
    pid_t pid = bed_spawn(script, -1, -1);
    int status = 0;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        int number = 0;

        sigwait(&signals, &number);
        if (number == SIGCHLD)
            continue;
        bed_kill(pid);
        return 128 + number;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
