/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "command.h"
#include "system.h"

static bool wants_password(const request *it)
{
    return is_given(it, BIT(PASSWORD_STDIN));
}

static int start_and_tell(const request *it)
{
    netdisc_op *op = NULL;
    netdisc_error *err = NULL;
    netdisc *nd = run_open(it);
    netdisc_status status;
    outcome result;
    int end;

    if (!nd)
        return EXIT_FAILED;
    status = it->verb->start(it, nd, &op, &err);
    result = run_wait(nd, status, op, err);
    end = report(it, &result);
    outcome_free(&result);
    netdisc_close(nd);
    return end;
}

static int tell_no_password(const request *it)
{
    netdisc_error why = {
        .status = NETDISC_ERROR_INVALID_DATA,
        .message = "no password came from standard input, or one that is too long or has a NUL",
    };

    if (system_interrupted())
        why = (netdisc_error){.status = NETDISC_ERROR_CANCELLED,
                              .message = "cancelled; nothing was begun"};
    return report(it, &(outcome){.status = why.status, .error = &why});
}

static int answer(request *it)
{
    int end;

    if (it->verb->run)
        return it->verb->run(it);
    if (wants_password(it))
        it->secret = read_password();
    if (it->secret || !wants_password(it))
        end = start_and_tell(it);
    else
        end = tell_no_password(it);
    wipe_free(it->secret);
    return end;
}

static int explain(const request *it)
{
    text out = {0};
    int end;

    if (is_given(it, BIT(VERSION)))
        text_addf(&out, "%s\n", netdisc_version());
    else
        help_add(&out, it->verb);
    end = report_write(&out, EXIT_DONE);
    text_free(&out);
    return end;
}

int main(int argc, char **argv)
{
    request it;

    system_begin(&argc, &argv);
    if (argc > 1 && strcmp(argv[1], "--complete") == 0)
        return complete((size_t)argc - 2, argv + 2);
    if (!parse(&it, argc, argv))
        return EXIT_USAGE;
    if (is_given(&it, BIT(VERSION) | BIT(HELP)))
        return explain(&it);
    return answer(&it);
}
