/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <netdisc.h>

int main(int argc, char **argv)
{
    netdisc *nd = NULL;
    netdisc_error *err = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: cancel SHARE\n");
        return 2;
    }
    netdisc_status status = netdisc_open(&nd, NULL, &err);
    if (!status)
        status = netdisc_share_cancel(nd, argv[1], 0, 0, &err);
    if (status)
        fprintf(stderr, "%s (%u): %s\n", netdisc_status_name(status), (unsigned)status, err->message);
    for (size_t i = 0; err && i < netdisc_list_count(err->holders); i++) {
        const netdisc_holder *holder = netdisc_list_holder(err->holders, i);
        fprintf(stderr, "  held by pid %llu, %s: %s\n", (unsigned long long)holder->pid,
                holder->program ? holder->program : "?", holder->path ? holder->path : holder->what);
    }
    netdisc_error_free(err);
    netdisc_close(nd);
    return status != NETDISC_NO_ERROR;
}
