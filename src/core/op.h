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

#endif
