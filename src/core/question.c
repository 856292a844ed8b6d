/* SPDX-License-Identifier: MIT */
/* The dialogue with the user: the question whether to force, its answer, and the failure that is told. */
#include "op.h"

void nd_op_stop_clock(netdisc_op *op)
{
    if (op->clock_stands)
        return;
    op->time_left = op->deadline == ND_NEVER ? ND_NEVER : op->deadline - nd_now();
    op->deadline = ND_NEVER;
    op->phase_until = ND_NEVER;
    op->clock_stands = true;
}

void nd_op_start_clock(netdisc_op *op)
{
    if (!op->clock_stands)
        return;
    op->clock_stands = false;
    op->deadline = op->time_left == ND_NEVER ? ND_NEVER : nd_now() + op->time_left;
}

void nd_op_open_question(netdisc_op *op)
{
    op->phase = ND_PHASE_ASKING;
    nd_op_stop_clock(op);
    op->question = op->pending;
    op->pending = NULL;
    op->ask = true;
    nd_op_notify(op);
}

/* Locked. */
static void take_answer(netdisc_op *op, netdisc_answer answer, nd_todo *todo)
{
    netdisc_error *error;

    if (!op->answers)
        return;
    op->answers = false;
    if (answer == NETDISC_ANSWER_YES) {
        nd_op_start_clock(op);
        nd_router_force(op, todo);
        return;
    }
    if (answer == NETDISC_ANSWER_DISMISSED)
        error = nd_error_say(NETDISC_DISMISSED, "\"%s\": the question was dismissed", op->given_name);
    else
        error = nd_error_say(NETDISC_ERROR_CANCELLED, "\"%s\": the user chose not to disconnect",
                             op->given_name);
    nd_op_complete(op, error, todo);
}

static netdisc_answer prompt(netdisc_op *op, netdisc_question_kind kind, const netdisc_error *error)
{
    netdisc_question question = {.kind = kind, .name = op->given_name, .error = error};

    return op->prompt(op->prompt_data, op, &question);
}

void nd_put_question(netdisc_op *op)
{
    netdisc_answer answer = prompt(op, NETDISC_QUESTION_FORCE, op->question);

    if (answer == NETDISC_ANSWER_LATER)
        return;

    netdisc *nd = op->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    take_answer(op, answer, &todo);
    nd_unlock(nd, &todo);
}

void nd_tell_failure(netdisc_op *op)
{
    prompt(op, NETDISC_QUESTION_TOLD, op->error);
}

netdisc_status netdisc_op_answer(netdisc_op *op, netdisc_answer answer)
{
    netdisc_status status = nd_op_check(op);

    if (status)
        return status;
    if (answer != NETDISC_ANSWER_NO && answer != NETDISC_ANSWER_YES &&
        answer != NETDISC_ANSWER_DISMISSED)
        return NETDISC_ERROR_INVALID_PARAMETER;

    netdisc *nd = op->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    if (op->answers)
        take_answer(op, answer, &todo);
    else
        status = NETDISC_ERROR_INVALID_STATE;
    nd_unlock(nd, &todo);
    return status;
}
