/* SPDX-License-Identifier: MIT */
/*
 * What a program of a few lines does with shares through netdisc's public API: one verb, and the end.
 *
 *   smb_once add LOCAL REMOTE     as a guest
 *   smb_once cancel NAME
 *
 * NETDISC_BENCH_MODULES: where the provider's module is, if it is not where netdisc is installed to
 * look.
 */
#include <netdisc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static netdisc_status add(netdisc *nd, const char *local, const char *remote, netdisc_error **err)
{
    netdisc_share_spec spec = {
        .size = sizeof spec, .local = local, .remote = remote, .auth = NETDISC_AUTH_GUEST};

    return netdisc_share_add(nd, &spec, 0, 0, err);
}

static netdisc_status run(netdisc *nd, int argc, char **argv, netdisc_error **err)
{
    if (argc == 4 && strcmp(argv[1], "add") == 0)
        return add(nd, argv[2], argv[3], err);
    if (argc == 3 && strcmp(argv[1], "cancel") == 0)
        return netdisc_share_cancel(nd, argv[2], 0, 0, err);
    return NETDISC_ERROR_INVALID_PARAMETER;
}

int main(int argc, char **argv)
{
    netdisc_options options = {
        .size = sizeof options,
        .providers = "session",
        .module_directory = getenv("NETDISC_BENCH_MODULES"),
    };
    netdisc_error *err = NULL;
    netdisc *nd;
    netdisc_status status = netdisc_open(&nd, &options, &err);

    if (!status)
        status = run(nd, argc, argv, &err);
    if (status)
        fprintf(stderr, "smb_once: %s\n", err ? err->message : netdisc_status_text(status));
    netdisc_error_free(err);
    netdisc_close(nd);
    return status != NETDISC_NO_ERROR;
}
