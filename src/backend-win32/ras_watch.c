/* SPDX-License-Identifier: MIT */
/* The service tells of connections; of what becomes of the phone books nothing does. */
#include "nd_ras.h"

enum { PERIOD_MS = 3000 };

static size_t begin(void *state, HANDLE events[ND_WATCH_EVENTS])
{
    nd_ras *ras = state;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);

    if (!event)
        return 0;
    /* If it does not tell, it is seen a little later. */
    ras->call.RasConnectionNotificationW((HRASCONN)INVALID_HANDLE_VALUE, event,
                                         RASCN_Connection | RASCN_Disconnection);
    events[0] = event;
    return 1;
}

/* To a watch an entry stays what it is when it is dialled: its key does not change then. */
static bool picture_entry(const nd_ras_entry *entry, nd_picture *picture)
{
    char guid[ND_GUID_TEXT];

    nd_guid_text(&entry->guid, guid);
    return nd_ras_item(entry, entry->further ? NULL : guid, nd_picture_take, picture);
}

static netdisc_status look(void *state, nd_picture *picture, nd_trouble *why)
{
    nd_ras_entries entries;
    netdisc_status status = nd_ras_read(state, &entries, why);
    bool has_memory = true;

    if (!status && entries.unseen.native_domain) {
        *why = entries.unseen;
        status = why->status ? why->status : NETDISC_ERROR_GEN_FAILURE;
    }
    for (size_t i = 0; !status && has_memory && i < entries.count; i++)
        has_memory = picture_entry(&entries.all[i], picture);
    nd_ras_clear(&entries);
    if (!has_memory)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "no memory for the connections");
    return status;
}

static void end(void *state, const HANDLE *events, size_t count)
{
    (void)state;
    if (count > 0)
        CloseHandle(events[0]);
}

const nd_look nd_ras_look = {
    .sort = ND_SORT_CONNECTION,
    .period_ms = PERIOD_MS,
    .begin = begin,
    .look = look,
    .end = end,
};
