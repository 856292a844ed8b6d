/* SPDX-License-Identifier: MIT */
/* Prints a line for each provider: its name, the status' name, and what is missing. */
#include <netdisc.h>
#include <stdio.h>

static void print_backends(const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_backend *backend = netdisc_list_backend(list, i);

        printf("%s: %s: %s\n", backend->provider, netdisc_status_name(backend->status),
               backend->reason ? backend->reason : "usable");
    }
}

int main(void)
{
    netdisc *nd = NULL;
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_open(&nd, NULL, &err);

    if (!status)
        status = netdisc_backends(nd, 0, 0, &list, &err);
    if (status)
        printf("%s: %s\n", netdisc_status_name(status), err->message);
    else
        print_backends(list);
    netdisc_list_free(list);
    netdisc_error_free(err);
    netdisc_close(nd);
    return status != NETDISC_NO_ERROR;
}
