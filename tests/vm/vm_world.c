/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "vm_world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define GUEST "/vm/guest.sh"

void vm_enter(void)
{
    if (access("/job/command", F_OK) == 0)
        return;
    puts("1..0 # SKIP for the test machine: tests/vm/run");
    exit(0);
}

void vm_do(const char *format, ...)
{
    char words[256];
    char command[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    snprintf(command, sizeof command, GUEST " %s", words);
    fflush(NULL);
    if (system(command) != 0)
        bed_die("%s failed", command);
}

netdisc *vm_context(const char *providers)
{
    netdisc_options options = {
        .size = sizeof options,
        .providers = providers,
        .module_directory = getenv("NETDISC_TEST_MODULES"),
    };
    netdisc *nd = NULL;

    if (netdisc_open(&nd, &options, NULL) != NETDISC_NO_ERROR)
        bed_die("no context");
    return nd;
}

int vm_as_user(const char *argument)
{
    char self[512];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *argv[] = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", self, argument,
                          NULL};
    int status;

    bed_check(length > 0, "readlink");
    self[length] = '\0';
    fflush(NULL);
    status = bed_wait(bed_spawn(argv, -1, -1));
    if (!WIFEXITED(status))
        bed_die("%s as a user: status %d", argument, status);
    return WEXITSTATUS(status);
}
