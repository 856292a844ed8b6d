/* SPDX-License-Identifier: MIT */
/*
 * A VPN client's "disconnect": ends a connection by its name, or its UUID where two have the name.
 *
 * usage: vpn_client [NAME|UUID]     "Office VPN" where it is not given
 */
#include <netdisc.h>
#include <stdio.h>

enum { TIMEOUT_MS = 10000 };

static void print_ended(netdisc_op *op)
{
    netdisc_list *ended = NULL;

    netdisc_op_list(op, &ended);
    for (size_t i = 0; i < netdisc_list_count(ended); i++) {
        const netdisc_connection *it = netdisc_list_connection(ended, i);

        printf("%s (%s) is down\n", it->name, it->uuid);
    }
    if (netdisc_op_note(op))
        printf("%s\n", netdisc_op_note(op));
    netdisc_list_free(ended);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "Office VPN";
    netdisc *nd = NULL;
    netdisc_op *op = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_open(&nd, NULL, &err);

    if (!status)
        status = netdisc_connection_disconnect_start(nd, name, 0, TIMEOUT_MS, &op, &err);
    if (!status)
        status = netdisc_op_wait(op, -1);
    if (!status)
        print_ended(op);
    else if (status == NETDISC_ERROR_NOT_CONNECTED)
        printf("%s is down already\n", name);
    else
        fprintf(stderr, "%s (%u): %s\n", netdisc_status_name(status), (unsigned)status,
                err ? err->message : netdisc_op_error(op)->message);
    netdisc_op_free(op);
    netdisc_error_free(err);
    netdisc_close(nd);
    return status && status != NETDISC_ERROR_NOT_CONNECTED;
}
