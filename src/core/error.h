/* SPDX-License-Identifier: MIT */
/*
 * Details of failures. None of these gives NULL: when there is no memory for the detail, the failure
 * itself becomes ERROR_NOT_ENOUGH_MEMORY. So an error's own status is always the one that counts.
 */
#ifndef ND_ERROR_H
#define ND_ERROR_H

#include "memory.h"
#include "netdisc.h"
#include "provider.h"

/* The immutable error for want of memory; freeing it does nothing. */
netdisc_error *nd_error_no_memory(void);

/* From what a provider said. `provider` may be NULL; `holders` is taken, and may be NULL. */
netdisc_error *nd_error_from_failure(netdisc_status status, const nd_failure *why, const char *provider,
                                     netdisc_list *holders);

/* The core's own words. */
netdisc_error *nd_error_say(netdisc_status status, const char *format, ...) ND_PRINTF(2, 3);

/* The same with `text` as the message; takes it. */
netdisc_error *nd_error_of_text(netdisc_status status, nd_text *text);

/* The core's own words about a provider. */
netdisc_error *nd_error_about(const char *provider, netdisc_status status, const char *format, ...)
    ND_PRINTF(3, 4);

/* Another message around an error, whose provider and native detail are kept; takes `err`. */
netdisc_error *nd_error_reword(netdisc_error *err, netdisc_status status, const char *format, ...)
    ND_PRINTF(3, 4);

netdisc_error *nd_error_copy(const netdisc_error *err);

/* Somebody holds it: what a question and a list of holders are about. */
bool nd_is_in_use(netdisc_status status);

/* The status that a failure stands for: its own, or that of its native code; never NO_ERROR. */
netdisc_status nd_failure_status(netdisc_status status, const nd_failure *why);

#endif
