/* SPDX-License-Identifier: MIT */
/*
 * A backup agent: drops every session to its server, whoever's they are, then connects its own.
 *
 * usage: backup_agent [SERVER [SHARE [DRIVE]]]     \\nas \\nas\backup B: where they are not given
 */
#include <netdisc.h>
#include <stdio.h>

/* No NETDISC_FORCE: what somebody has open is not cut off for a backup. */
static netdisc_status drop_all(netdisc *nd, const char *server, netdisc_error **err)
{
    return netdisc_share_cancel(nd, server, NETDISC_ALL | NETDISC_IF_CONNECTED, 0, err);
}

/* As the user that the agent runs as. */
static netdisc_status connect_share(netdisc *nd, const char *drive, const char *share,
                                    netdisc_error **err)
{
    netdisc_share_spec spec = {.size = sizeof spec, .local = drive, .remote = share};

    return netdisc_share_add(nd, &spec, 0, 0, err);
}

/* The path to use: "B:\" on Windows, a directory on Linux. */
static netdisc_status print_path(netdisc *nd, const char *drive, netdisc_error **err)
{
    netdisc_list *list = NULL;
    netdisc_status status = netdisc_share_resolve(nd, drive, 0, 0, &list, err);
    const netdisc_share *it = netdisc_list_share(list, 0);

    if (it)
        printf("%s is at %s\n", it->remote, it->path ? it->path : drive);
    netdisc_list_free(list);
    return status;
}

int main(int argc, char **argv)
{
    const char *server = argc > 1 ? argv[1] : "\\\\nas";
    const char *share = argc > 2 ? argv[2] : "\\\\nas\\backup";
    const char *drive = argc > 3 ? argv[3] : "B:";
    netdisc *nd = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_open(&nd, NULL, &err);

    if (!status)
        status = drop_all(nd, server, &err);
    if (!status)
        status = connect_share(nd, drive, share, &err);
    if (!status)
        status = print_path(nd, drive, &err);
    if (status)
        fprintf(stderr, "%s (%u): %s\n", netdisc_status_name(status), (unsigned)status, err->message);
    netdisc_error_free(err);
    netdisc_close(nd);
    return status != NETDISC_NO_ERROR;
}
