/* SPDX-License-Identifier: MIT */
/* Ending: the service hangs up behind the back of whoever asks, so it is looked at until it has. A connection
 * that several programs have dialled stays until the last of them hangs up. */
#include "nd_ras.h"

enum { FIRST_PAUSE_MS = 10, LAST_PAUSE_MS = 500 };

static netdisc_status gone_already(nd_trouble *why, const char *name)
{
    return nd_trouble_say(why, NETDISC_ERROR_NOT_CONNECTED, "\"%s\" has ended by itself", name);
}

static netdisc_status see_it_end(nd_ras *ras, nd_call *call, HRASCONN connection, nd_trouble *why)
{
    DWORD ms = FIRST_PAUSE_MS;

    nd_note(call, "Windows accepted the hang-up, but the connection is still there; another program "
                  "may hold it, too");
    do {
        bool there;
        netdisc_status status = nd_ras_is_there(ras, connection, &there, why);

        if (status)
            return status;
        if (!there) {
            nd_note(call, NULL);
            return NETDISC_NO_ERROR;
        }
        ms = ms < LAST_PAUSE_MS / 2 ? ms * 2 : LAST_PAUSE_MS;
    } while (nd_patience_pause(&ras->patience, call, ms));
    return nd_trouble_say(why, NETDISC_ERROR_TIMEOUT, "the caller has given up");
}

static netdisc_status hang_up(nd_ras *ras, nd_call *call, const nd_item *item, HRASCONN connection,
                              nd_trouble *why)
{
    const char *name = item->as.connection.name;
    DWORD code = ras->call.RasHangUpW(connection);

    if (code == ERROR_INVALID_HANDLE || code == ERROR_NO_CONNECTION)
        return gone_already(why, name);
    if (code != NO_ERROR)
        return nd_ras_trouble(ras, why, code, "\"%s\" cannot be hung up", name);
    return call->flags & NETDISC_NO_WAIT ? NETDISC_NO_ERROR : see_it_end(ras, call, connection, why);
}

/* Each of the items; the first failure counts. */
void nd_ras_disconnect(void *state, nd_call *call)
{
    nd_ras_entries entries;
    nd_trouble first;
    netdisc_status status = nd_ras_read(state, &entries, &first);
    bool known = !status;

    for (size_t i = 0; known && i < call->item_count; i++) {
        const nd_item *item = call->items[i];
        const nd_ras_entry *entry = nd_ras_find(&entries, item->key);
        nd_trouble why;
        netdisc_status became = entry && entry->active ? hang_up(state, call, item, entry->active, &why)
                                                       : gone_already(&why, item->as.connection.name);

        if (became && !status) {
            status = became;
            first = why;
        }
    }
    nd_ras_clear(&entries);
    nd_trouble_finish(call, status, &first);
}
