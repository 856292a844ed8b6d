/* SPDX-License-Identifier: MIT */
#include "mpr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* stands for what was not well-formed */

static const char *name_of(const nd_item *item)
{
    return item->as.share.local ? item->as.share.local : item->as.share.remote;
}

static bool is_down(const nd_item *item)
{
    return item->as.share.state == NETDISC_STATE_REMEMBERED;
}

/* What is remembered is forgotten by its local name only. */
static DWORD profile_flag(const nd_call *call, const nd_item *item)
{
    bool by_letter = call->request->target.form == ND_FORM_LETTER && item->as.share.local;

    return by_letter && call->flags & NETDISC_UPDATE_PROFILE ? CONNECT_UPDATE_PROFILE : 0;
}

DWORD nd_mpr_end(nd_mpr *mpr, nd_call *call, const WCHAR *name, DWORD flags, BOOL force)
{
    DWORD code;
    unsigned tries = 0;

    do
        code = mpr->call.WNetCancelConnection2W(name, flags, force);
    while (nd_mpr_tries_again(mpr, call, code, tries++));
    return code;
}

netdisc_status nd_mpr_check_names(const nd_call *call, nd_trouble *why)
{
    for (size_t i = 0; i < call->item_count; i++) {
        const char *name = name_of(call->items[i]);

        if (strstr(name, REPLACEMENT))
            return nd_trouble_say(why, NETDISC_ERROR_INVALID_NAME,
                                  "%s is not the whole name, which is malformed: netdisc cannot say to "
                                  "Windows what to disconnect",
                                  name);
    }
    return NETDISC_NO_ERROR;
}

/* How many of several were ended before; empty where that is plain. */
static const char *progress(const nd_call *call, size_t ended, char *text, size_t size)
{
    *text = '\0';
    if (call->item_count > 1)
        snprintf(text, size, " (%zu of %zu were, before it)", ended, call->item_count);
    return text;
}

static void see(void *data, const nd_item *item)
{
    bool *is_remembered = data;

    *is_remembered |= item->as.share.remembered == NETDISC_YES;
}

/* What is only remembered may be "not connected", and be forgotten all the same. */
static bool was_forgotten(nd_mpr *mpr, nd_call *call, const nd_item *item, DWORD code)
{
    bool is_remembered = false;
    nd_trouble unseen;

    if (code != ERROR_NOT_CONNECTED || !is_down(item))
        return false;
    return !nd_mpr_shares(mpr, call, &call->request->target, see, &is_remembered, &unseen) &&
           !is_remembered;
}

static void see_up(void *data, const nd_item *item)
{
    bool *is_up = data;

    *is_up |= !is_down(item);
}

/* What could not be forgotten may have been disconnected all the same. */
static const char *what_became(nd_mpr *mpr, nd_call *call, const nd_item *item, DWORD code)
{
    bool forgets = profile_flag(call, item) && code != ERROR_EXTENDED_ERROR;
    bool is_up = false;
    nd_trouble unseen;

    if (is_down(item))
        return "not forgotten";
    if (forgets && !nd_mpr_shares(mpr, call, &call->request->target, see_up, &is_up, &unseen) && !is_up)
        return "disconnected, but not forgotten";
    return "not disconnected";
}

static netdisc_status end_item(nd_mpr *mpr, nd_call *call, size_t index, size_t *ended, nd_trouble *why)
{
    const nd_item *item = call->items[index];
    WCHAR *name = nd_wide(name_of(item));
    char before[64];

    if (!name)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "there is no memory for a name");

    DWORD code = nd_mpr_end(mpr, call, name, profile_flag(call, item),
                            (call->flags & NETDISC_FORCE) ? TRUE : FALSE);

    free(name);
    nd_watching_poke(mpr->watching);
    if (!code || was_forgotten(mpr, call, item, code)) {
        (*ended)++;
        return NETDISC_NO_ERROR;
    }
    return nd_mpr_trouble(mpr, why, code, "%s was %s%s", name_of(item),
                          what_became(mpr, call, item, code),
                          progress(call, *ended, before, sizeof before));
}

/* One after the other, up to the first that fails; one that was gone before its turn is no failure while
 * there are others. */
static netdisc_status end_items(nd_mpr *mpr, nd_call *call, nd_trouble *why)
{
    netdisc_status status = NETDISC_NO_ERROR;
    size_t ended = 0;

    for (size_t i = 0; i < call->item_count; i++) {
        if (nd_abandoned(call))
            return nd_trouble_say(why, NETDISC_ERROR_CANCELLED, "given up after %zu of %zu", ended,
                                  call->item_count);
        status = end_item(mpr, call, i, &ended, why);
        if (status && status != NETDISC_ERROR_NOT_CONNECTED)
            return status;
    }
    return ended ? NETDISC_NO_ERROR : status;
}

void nd_mpr_cancel(void *state, nd_call *call)
{
    nd_trouble why = {0};
    netdisc_status status = nd_mpr_check_names(call, &why);

    if (!status)
        status = end_items(state, call, &why);
    nd_trouble_finish(call, status, &why);
}
