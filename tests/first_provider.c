/* SPDX-License-Identifier: MIT */
/* For setuid.py: prints the provider that would be asked first. */
#include <netdisc.h>
#include <stdio.h>

int main(void)
{
    netdisc *nd = NULL;
    netdisc_list *list = NULL;

    if (netdisc_open(&nd, NULL, NULL) || netdisc_backends(nd, 0, 0, &list, NULL))
        return 1;
    puts(netdisc_list_backend(list, 0)->provider);
    netdisc_list_free(list);
    netdisc_close(nd);
    return 0;
}
