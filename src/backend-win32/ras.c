/* SPDX-License-Identifier: MIT */
#include "nd_ras.h"

#include <stdlib.h>

static const char *const names[] = {ND_RAS_FUNCTIONS(ND_FUNCTION_NAME)};
static const nd_library library = ND_LIBRARY("rasapi32.dll", names);

/* ---- Items ---------------------------------------------------------------------------------- */

bool nd_ras_item(const nd_ras_entry *entry, const char *key, nd_ras_add_item *add, void *to)
{
    char own_key[ND_RAS_KEY];
    char uuid[ND_GUID_TEXT];
    char *name = nd_narrow(entry->name);
    char *device = nd_narrow(entry->device);
    bool has_memory = name && device;

    nd_guid_text(&entry->guid, uuid);
    nd_ras_key(entry, own_key);

    nd_item item = {.sort = ND_SORT_CONNECTION, .key = key ? key : own_key};
    netdisc_connection *connection = &item.as.connection;

    connection->uuid = uuid;
    connection->name = name && *name ? name : uuid;
    connection->type = entry->vpn == NETDISC_YES ? "vpn" : "ras";
    connection->device = entry->active && device && *device ? device : NULL;
    connection->state = entry->state;
    connection->autoconnect = NETDISC_UNKNOWN;
    connection->vpn = entry->vpn;
    if (has_memory)
        add(to, &item);
    free(name);
    free(device);
    return has_memory;
}

/* ---- Looking -------------------------------------------------------------------------------- */

typedef struct looking {
    nd_call *call;
    const nd_name *target; /* NULL: everything */
    size_t count;
} looking;

static void add_if_wanted(void *to, const nd_item *item)
{
    looking *look = to;
    const nd_name *target = look->target;
    const netdisc_connection *connection = &item->as.connection;

    if (target &&
        strcmp(target->text, target->form == ND_FORM_UUID ? connection->uuid : connection->name) != 0)
        return;
    look->count++;
    nd_add(look->call, item);
}

static netdisc_status look_for(const nd_ras *ras, looking *look, nd_trouble *unseen, nd_trouble *why)
{
    nd_ras_entries entries;
    netdisc_status status = nd_ras_read(ras, &entries, why);
    bool has_memory = true;

    for (size_t i = 0; has_memory && i < entries.count; i++)
        has_memory = nd_ras_item(&entries.all[i], NULL, add_if_wanted, look);
    *unseen = entries.unseen;
    nd_ras_clear(&entries);
    if (!has_memory)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "no memory for the connections");
    return status;
}

static void list(void *state, nd_call *call)
{
    looking look = {.call = call};
    nd_trouble unseen;
    nd_trouble why;
    netdisc_status status = look_for(state, &look, &unseen, &why);

    if (!status && unseen.native_domain)
        nd_trouble_lacks(call, NETDISC_ERROR_GEN_FAILURE, &unseen);
    nd_trouble_finish(call, status, &why);
}

/* What could not be read may have it; but not what has just been acted on, which was seen. */
static void find(void *state, nd_call *call)
{
    looking look = {.call = call, .target = &call->request->target};
    nd_trouble unseen;
    nd_trouble why;
    netdisc_status status = look_for(state, &look, &unseen, &why);

    if (!status && look.count == 0 && call->item_count == 0 && unseen.native_domain) {
        nd_trouble_finish(call, NETDISC_ERROR_GEN_FAILURE, &unseen);
        return;
    }
    nd_trouble_finish(call, status, &why);
}

/* ---- The provider --------------------------------------------------------------------------- */

static void probe(void *state, nd_call *call)
{
    nd_ras_entries entries;
    nd_trouble why;
    netdisc_status status = nd_ras_read(state, &entries, &why);

    nd_ras_clear(&entries);
    nd_trouble_finish(call, status, &why);
}

static void give_up(void *state, nd_call *call)
{
    nd_ras *ras = state;

    (void)call;
    nd_patience_raise(&ras->patience);
}

static void watch(void *state, uint32_t kinds)
{
    nd_ras *ras = state;

    nd_watching_set(ras->watching, (kinds & NETDISC_CONNECTION) != 0);
}

static void close_ras(void *state)
{
    nd_ras *ras = state;

    nd_watching_free(ras->watching);
    free(ras);
}

static netdisc_status open_ras(const nd_host *host, void **state, nd_failure *why)
{
    nd_ras *ras = calloc(1, sizeof *ras);

    if (!ras)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    ras->host = host;
    nd_patience_init(&ras->patience);

    netdisc_status status = nd_library_load(&library, &ras->call, sizeof ras->call, why);

    if (!status) {
        ras->watching = nd_watching_new(host, &nd_ras_look, ras);
        status = ras->watching ? NETDISC_NO_ERROR : NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }
    if (status)
        free(ras);
    else
        *state = ras;
    return status;
}

const nd_provider nd_ras_provider = {
    .name = "ras",
    .blocking = true,
    .open = open_ras,
    .close = close_ras,
    .slots =
        {
            [ND_PROBE] = probe,
            [ND_CONNECTION_LIST] = list,
            [ND_CONNECTION_FIND] = find,
            [ND_CONNECTION_DISCONNECT] = nd_ras_disconnect,
            [ND_CONNECTION_CONNECT] = nd_ras_connect,
        },
    .abandon = give_up,
    .watch = watch,
};
