/* SPDX-License-Identifier: MIT */
/* Tells the library where the modules of the build are, before the program's main(), which knows nothing of it. */
#include <stdlib.h>

#include <netdisc-win32.h>

__attribute__((constructor)) static void use_modules_of_build(void)
{
    netdisc_options options = {.size = sizeof options,
                               .module_directory = getenv("NETDISC_TEST_MODULES")};

    if (netdisc_win32_configure(&options))
        abort();
}
