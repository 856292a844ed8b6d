/* SPDX-License-Identifier: MIT */
/* How the public verbs reach the operations. */
#ifndef ND_OP_H
#define ND_OP_H

#include "core.h"

/* The synchronous form: `out` may be NULL where the verb gives no list. */
netdisc_status nd_run(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments, uint32_t flags,
                      int timeout_ms, netdisc_list **out, netdisc_error **err);
/* The _start form. */
netdisc_status nd_start(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments, uint32_t flags,
                        int timeout_ms, netdisc_op **out, netdisc_error **err);

/* Whether a handle can be used: not NULL, ours, not inherited through fork. */
netdisc_status nd_op_check(const netdisc_op *op);
/* Locked. Callbacks are due: a synchronous verb makes its own. */
void nd_op_notify(netdisc_op *op);

/* question.c. Without the lock, with a reference: put the open question; tell op->error. */
void nd_put_question(netdisc_op *op);
void nd_tell_failure(netdisc_op *op);

#endif
