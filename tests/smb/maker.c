/* SPDX-License-Identifier: MIT */
/*
 * Another program that makes a mapping, as a guest: maker HOW LOCAL REMOTE, where HOW is
 *
 *   ends      its exit status is the add's, as far as that fits
 *   waits     the same, but only begins when its descriptor 3 ends
 *   stays     prints a line when it has made it, and stays until it is killed
 *
 * WORLD_MODULES: where the provider's module is, if it is not built in.
 */
#include <netdisc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GATE = 3 };

int main(int argc, char **argv)
{
    netdisc_options options = {
        .size = sizeof options, .providers = "session", .module_directory = getenv("WORLD_MODULES")};
    netdisc_share_spec spec = {.size = sizeof spec, .auth = NETDISC_AUTH_GUEST};
    netdisc *nd = NULL;
    netdisc_status status;
    char nothing;

    if (argc != 4 || netdisc_open(&nd, &options, NULL))
        return 255;
    spec.local = argv[2];
    spec.remote = argv[3];
    if (strcmp(argv[1], "waits") == 0 && read(GATE, &nothing, 1) != 0)
        return 255;
    status = netdisc_share_add(nd, &spec, 0, -1, NULL);
    if (!status && strcmp(argv[1], "stays") == 0) {
        puts("made");
        fflush(stdout);
        pause();
    }
    netdisc_close(nd);
    return status < 255 ? (int)status : 254;
}
