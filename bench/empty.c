/* SPDX-License-Identifier: MIT */
/* A program that does nothing, built without netdisc and, as a twin, linked to it. With an argument it
 * prints how many kilobytes it is resident with. */
#include <stdio.h>
#include <unistd.h>

#ifdef EMPTY_LINKED
#include <netdisc.h>

/* Keeps the library among those needed, without a call. */
const char *(*volatile netdisc_is_linked)(void) = netdisc_version;
#endif

int main(int argc, char **argv)
{
    (void)argv;
    if (argc < 2)
        return 0;

    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        return 1;
    fclose(file);
    printf("%ld\n", pages * sysconf(_SC_PAGESIZE) / 1024);
    return 0;
}
