/* SPDX-License-Identifier: MIT */
/*
 * What a program of a few lines does with NetworkManager through netdisc's public API: one verb, and the end.
 *
 *   nm_once list               every named connection, as `nmcli --terse connection show` prints them
 *   nm_once disconnect NAME
 *
 * NETDISC_BENCH_MODULES: where the provider's module is, if it is not where netdisc is installed to look.
 */
#include <netdisc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static netdisc_status print_connections(const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_connection *item = netdisc_list_connection(list, i);

        printf("%s:%s:%s:%s\n", item->name, item->uuid, item->type, item->device ? item->device : "");
    }
    return netdisc_list_failure_count(list) ? netdisc_list_failure(list, 0)->status : NETDISC_NO_ERROR;
}

static netdisc_status list_connections(netdisc *nd, netdisc_error **err)
{
    netdisc_list *list;
    netdisc_status status = netdisc_connection_list(nd, 0, 0, &list, err);

    if (!status)
        status = print_connections(list);
    netdisc_list_free(list);
    return status;
}

static netdisc_status run(netdisc *nd, int argc, char **argv, netdisc_error **err)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return list_connections(nd, err);
    if (argc == 3 && strcmp(argv[1], "disconnect") == 0)
        return netdisc_connection_disconnect(nd, argv[2], 0, 0, err);
    return NETDISC_ERROR_INVALID_PARAMETER;
}

int main(int argc, char **argv)
{
    netdisc_options options = {
        .size = sizeof options,
        .providers = "nm",
        .module_directory = getenv("NETDISC_BENCH_MODULES"),
    };
    netdisc_error *err = NULL;
    netdisc *nd;
    netdisc_status status = netdisc_open(&nd, &options, &err);

    if (!status)
        status = run(nd, argc, argv, &err);
    if (status)
        fprintf(stderr, "nm_once: %s\n", err ? err->message : netdisc_status_text(status));
    netdisc_error_free(err);
    netdisc_close(nd);
    return status != NETDISC_NO_ERROR;
}
