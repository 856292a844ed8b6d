/* SPDX-License-Identifier: MIT */
/* The smallest complete provider: one named connection, which can be found, listed and ended. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "provider.h"

#define UUID "5f0c1d6e-3b7a-4c58-9e21-84d6a0b7f3c2"
#define NAME "Example link"

typedef struct world {
    atomic_bool up;
} world;

static netdisc_status open_world(const nd_host *host, void **state, nd_failure *why)
{
    world *self = calloc(1, sizeof *self);

    if (!self)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY; /* `why` could say more */
    atomic_init(&self->up, true);
    *state = self;
    (void)host;
    (void)why;
    return NETDISC_NO_ERROR;
}

static void add_link(world *self, nd_call *call)
{
    nd_item item = {.sort = ND_SORT_CONNECTION, .key = "1"};

    item.as.connection.uuid = UUID;
    item.as.connection.name = NAME;
    item.as.connection.type = "example";
    item.as.connection.state =
        atomic_load(&self->up) ? NETDISC_STATE_CONNECTED : NETDISC_STATE_DISCONNECTED;
    nd_add(call, &item);
}

static void list(void *state, nd_call *call)
{
    add_link(state, call);
    nd_finish(call, NETDISC_NO_ERROR, NULL);
}

static void find(void *state, nd_call *call)
{
    const nd_name *target = &call->request->target;

    if (strcmp(target->text, target->form == ND_FORM_UUID ? UUID : NAME) == 0)
        add_link(state, call);
    nd_finish(call, NETDISC_NO_ERROR, NULL); /* finding nothing is no failure */
}

static void disconnect(void *state, nd_call *call)
{
    world *self = state;
    bool was_up = atomic_exchange(&self->up, false);

    nd_finish(call, was_up ? NETDISC_NO_ERROR : NETDISC_ERROR_NOT_CONNECTED, NULL);
}

static const nd_provider minimal = {
    .name = "minimal",
    .blocking = true,
    .open = open_world,
    .close = free,
    .slots[ND_CONNECTION_LIST] = list,
    .slots[ND_CONNECTION_FIND] = find,
    .slots[ND_CONNECTION_DISCONNECT] = disconnect,
};

static const nd_provider *const providers[] = {&minimal, NULL};

extern ND_MODULE_EXPORT const nd_backend netdisc_backend_minimal;
const nd_backend netdisc_backend_minimal = {.abi = ND_PROVIDER_ABI, .providers = providers};
