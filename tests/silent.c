/* SPDX-License-Identifier: MIT */
/* A test program that ends too early, as if all were well. */
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>

/* Wine has only a stub of it, which ends the process with exit status 0. */
static void call_what_wine_lacks(void)
{
    HMODULE library = LoadLibraryA("wlanapi.dll");
    FARPROC function = library ? GetProcAddress(library, "WlanDisconnect") : NULL;

    if (function)
        function();
}
#endif

int main(int argc, char **argv)
{
    const char *way = argc == 2 ? argv[1] : "";

    if (strcmp(way, "before-its-plan") == 0)
        return 0;
    printf("1..2\nok 1 - the first\n");
    fflush(stdout);
    if (strcmp(way, "half-way") == 0)
        return 0;
#ifdef _WIN32
    call_what_wine_lacks();
#endif
    printf("ok 2 - the second\n");
    return 0;
}
