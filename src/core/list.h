/* SPDX-License-Identifier: MIT */
/* Lists of items: built by one thread, then immutable, shared by counted reference. */
#ifndef ND_LIST_H
#define ND_LIST_H

#include <stdbool.h>

#include "provider.h"

/* A deep copy in one block, freed with free(); NULL: no memory. Strings that are always there are empty
 * rather than NULL; `provider` is put in. */
nd_item *nd_item_copy(const nd_item *item, const char *provider);
netdisc_state nd_item_state(const nd_item *item);
/* Holds the device, the session or the mount: what a disconnect ends. */
bool nd_item_is_up(const nd_item *item);
/* What people call it: the local name or the remote, the interface, the connection. */
const char *nd_item_title(const nd_item *item);
const char *nd_item_uuid(const nd_item *item);
const char *nd_item_provider(const nd_item *item);
bool nd_item_is_of(const nd_item *item, const char *provider);

netdisc_list *nd_list_new(nd_sort sort);
/* One for all who need none of their own. */
netdisc_list *nd_list_empty(nd_sort sort);
/* NULL in, NULL out. */
netdisc_list *nd_list_ref(netdisc_list *list);
/* Each gives false, and changes nothing, when there is no memory. */
bool nd_list_add(netdisc_list *list, const nd_item *item, const char *provider);
/* Takes the items and failures of `from`, which is left empty. */
bool nd_list_move(netdisc_list *list, netdisc_list *from);
/* Neither an item nor a failure. */
bool nd_list_says_nothing(const netdisc_list *list);
/* Takes the error, also when it fails. */
bool nd_list_add_failure(netdisc_list *list, netdisc_error *err);
/* Stable: what is up comes first. */
bool nd_list_put_active_first(netdisc_list *list);

/* NULL: nothing is. */
const nd_item *nd_list_first_up(const netdisc_list *list);
const nd_item *nd_list_item(const netdisc_list *list, size_t index);

#endif
