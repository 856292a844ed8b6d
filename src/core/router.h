/* SPDX-License-Identifier: MIT */
/*
 * The parts of the router. Everything here is called with the lock held.
 *   router.c   the plans: which phase follows which
 *   phase.c    a phase: some instances are asked at once, until enough have answered or its time is over
 *   answers.c  what the answers of a phase amount to
 *   choose.c   which of the things found the verb is about
 */
#ifndef ND_ROUTER_H
#define ND_ROUTER_H

#include "core.h"

/* ---- phase.c -------------------------------------------------------------------------------- */

/* Who takes part in a phase. */
typedef bool (*nd_chooser)(const netdisc_op *op, const nd_instance *instance);

bool nd_serves_kind(const netdisc_op *op, const nd_instance *instance);
/* Owns one of op->chosen. */
bool nd_owns_chosen(const netdisc_op *op, const nd_instance *instance);

void nd_begin_phase(netdisc_op *op, nd_phase phase, nd_slot slot, nd_chooser takes_part, nd_todo *todo);

/* ---- router.c ------------------------------------------------------------------------------- */

/* What follows when a phase is over. */
void nd_router_go_on(netdisc_op *op, nd_todo *todo);

/* ---- answers.c ------------------------------------------------------------------------------ */

/* The provider is not there at all: by its own word, or the core's. */
bool nd_is_absent(const nd_asked *asked);
/* It could tell, and has nothing of the name. */
bool nd_knows_nothing(const nd_asked *asked);
bool nd_all_absent(const netdisc_op *op);
bool nd_any_succeeded(const netdisc_op *op);

/* Errors taken out of answers. */
netdisc_error *nd_want_of_memory(netdisc_op *op); /* whoever ran out of it; NULL: nobody */
netdisc_error *nd_take_error(nd_asked *asked);
/* The first failure of a provider that is there and could not tell; NULL: none. */
netdisc_error *nd_first_failure(netdisc_op *op);
/* The words of a provider that knows the name, but for something else; NULL: none. */
netdisc_error *nd_provider_explanation(netdisc_op *op);
/* Every provider that was asked said why it is not there. */
netdisc_error *nd_nobody_is_there(const netdisc_op *op);

/* The items of all answers; a failure only for want of memory. */
netdisc_error *nd_gather(netdisc_op *op, netdisc_list *list);
/* The same, with those who failed as the list's failures; and, for netdisc_backends(), what they say
 * about their providers. */
netdisc_error *nd_merge(netdisc_op *op, netdisc_list *list);
netdisc_error *nd_describe(netdisc_op *op, netdisc_list *list);

/* ---- choose.c ------------------------------------------------------------------------------- */

bool nd_names_local(const netdisc_op *op);
/* Remembered mappings are to go, too. */
bool nd_forgets(const netdisc_op *op);
/* All items found, in the order of precedence, out of the answers. NULL: no memory. */
netdisc_list *nd_collect(netdisc_op *op);
/* Puts what the verb acts on into op->chosen. `*nothing_to_do` without an error: it is as it should be. */
netdisc_error *nd_choose(netdisc_op *op, bool *nothing_to_do);
/* Things of the name were found, but none that is up. NULL: that is what was wanted, and all could tell. */
netdisc_error *nd_nothing_up(netdisc_op *op, const netdisc_list *found);

#endif
