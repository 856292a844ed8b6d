/* SPDX-License-Identifier: MIT */
#include <netdisc.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    netdisc *nd = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_open(&nd, NULL, &err);
    if (!status)
        status = netdisc_share_cancel(nd, argc > 1 ? argv[1] : NULL, 0, 0, &err);
    if (status)
        fprintf(stderr, "%s: %s\n", netdisc_status_name(status), err->message);
    netdisc_error_free(err);
    netdisc_close(nd);
    return status != NETDISC_NO_ERROR;
}
