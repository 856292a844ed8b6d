/* SPDX-License-Identifier: MIT */
/* Prints docs/errors.md, from the library's table of codes and the command's advice. */
#include <netdisc.h>
#include <stdio.h>
#include <string.h>

#include "advice.h"

static const char head[] = "# Errors, and what to do about them\n"
                           "\n"
                           "Every code that has a name, from `NETDISC_STATUS_MAP` in `netdisc.h`. In C "
                           "the constants have `NETDISC_`\n"
                           "before their names. `netdisc error CODE` prints a row of this page; the "
                           "program `docs/errors.c` prints all\n"
                           "of it, and a test compares.\n"
                           "\n"
                           "Read the message first: it says which name, which server, which permission. "
                           "Below it is the native code\n"
                           "with its name, and the holders where something is in use: `netdisc_error` "
                           "has all of them, and so has\n"
                           "`--json`. Which errors a function can give, and when, is in its manual page "
                           "and in `netdisc.h`. A code that\n"
                           "is not here is one of Windows' own, passed on as it came. "
                           "`NETDISC_DISMISSED` (4294967295, -1 on Windows)\n"
                           "is no error: a question was dismissed without an answer.\n"
                           "\n"
                           "| Code | Name | Text | What to do |\n"
                           "|---:|---|---|---|\n";

/* What Markdown would take for its own. */
static void print_plain(const char *text)
{
    for (; *text; text++) {
        if (strchr("\\|<>*_`", *text))
            putchar('\\');
        putchar(*text);
    }
}

int main(void)
{
    fputs(head, stdout);
    for (size_t i = 0; i < netdisc_status_count(); i++) {
        netdisc_status status = netdisc_status_at(i);

        printf("| %u | `%s` | ", (unsigned)status, netdisc_status_name(status));
        print_plain(netdisc_status_text(status));
        fputs(" | ", stdout);
        print_plain(advice_for(status));
        fputs(" |\n", stdout);
    }
    return ferror(stdout) != 0;
}
