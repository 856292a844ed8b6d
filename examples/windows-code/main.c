/* SPDX-License-Identifier: MIT */
/* usage: windows-code map|list|unmap|dialog|wireless|connections|objects */
#include "windows_code.h"

#include <string.h>

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*act)(void);
    } acts[] = {
        {"map", map_share},          {"list", list_shares},      {"unmap", unmap_share},
        {"dialog", ask_about_share}, {"wireless", use_wireless}, {"connections", use_connections},
        {"objects", use_objects},
    };

    for (size_t i = 0; argc > 1 && i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(acts[i].name, argv[1]) != 0)
            continue;
        acts[i].act();
        return 0;
    }
    fputs("usage: windows-code map|list|unmap|dialog|wireless|connections|objects\n", stderr);
    return 2;
}
