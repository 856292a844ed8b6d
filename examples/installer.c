/* SPDX-License-Identifier: MIT */
/*
 * An installer that takes a mapping away for good: what is connected is ended, what is remembered forgotten.
 * Where the mapping is in use it says by whom, and changes nothing.
 *
 * usage: installer [DRIVE]     Z: where it is not given
 */
#include <netdisc.h>
#include <stdio.h>

static void print_holders(const netdisc_list *holders)
{
    for (size_t i = 0; i < netdisc_list_count(holders); i++) {
        const netdisc_holder *holder = netdisc_list_holder(holders, i);

        fprintf(stderr, "  close %s (pid %llu): %s %s\n",
                holder->program ? holder->program : "a program", (unsigned long long)holder->pid,
                holder->what, holder->path ? holder->path : "");
    }
}

static void explain(const netdisc_error *err)
{
    fprintf(stderr, "%s (%u): %s\n", netdisc_status_name(err->status), (unsigned)err->status,
            err->message);
    print_holders(err->holders);
}

int main(int argc, char **argv)
{
    const char *drive = argc > 1 ? argv[1] : "Z:";
    netdisc *nd = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_open(&nd, NULL, &err);

    if (!status)
        status = netdisc_share_cancel(nd, drive, NETDISC_UPDATE_PROFILE | NETDISC_IF_CONNECTED, 0, &err);
    if (status)
        explain(err);
    else
        printf("%s is free\n", drive);
    netdisc_error_free(err);
    netdisc_close(nd);
    return status != NETDISC_NO_ERROR;
}
