/* SPDX-License-Identifier: MIT */
#include "mpr.h"

#include <stdlib.h>

#define USER_FUNCTIONS(XX) XX(IsWindow)

typedef struct user_api {
    USER_FUNCTIONS(ND_FUNCTION_MEMBER)
} user_api;

static const char *const names[] = {USER_FUNCTIONS(ND_FUNCTION_NAME)};
static const nd_library library = ND_LIBRARY("user32.dll", names);

/* What WNetDisconnectDialog1W answers when its dialog is closed without an answer. */
static const DWORD DISMISSED = (DWORD)-1;

static netdisc_status check_owner(HWND owner, nd_trouble *why)
{
    user_api user;
    nd_failure failure = {0};
    netdisc_status status = nd_library_load(&library, &user, sizeof user, &failure);

    if (status)
        return nd_trouble_say(why, status, "%s", failure.message);
    if (!user.IsWindow(owner))
        return nd_trouble_say(why, NETDISC_ERROR_INVALID_PARAMETER,
                              "the window that is to own the dialog does not exist");
    return NETDISC_NO_ERROR;
}

static netdisc_status outcome(const nd_mpr *mpr, DWORD code, const char *name, nd_trouble *why)
{
    if (code == NO_ERROR)
        return NETDISC_NO_ERROR;
    if (code == DISMISSED)
        return nd_trouble_say(why, NETDISC_DISMISSED, "%s: the dialog was dismissed", name);
    if (code == ERROR_CANCELLED)
        return nd_trouble_say(why, NETDISC_ERROR_CANCELLED, "%s: the user chose not to disconnect",
                              name);
    return nd_mpr_trouble(mpr, why, code, "the system's dialog did not end %s", name);
}

/* DISC_NO_FORCE, always: it is what makes the system ask before it forces. */
static DWORD flags_of(const nd_call *call, const WCHAR *local)
{
    bool forgets = local && (call->flags & NETDISC_UPDATE_PROFILE);

    return DISC_NO_FORCE | (forgets ? DISC_UPDATE_PROFILE : 0);
}

/* For as long as the user thinks. */
static netdisc_status show(const nd_mpr *mpr, const nd_call *call, HWND owner, nd_trouble *why)
{
    const netdisc_share *share = &call->items[0]->as.share;
    const char *name = share->local ? share->local : share->remote;
    WCHAR *wide = nd_wide(name);
    WCHAR *local = share->local ? wide : NULL;
    DISCDLGSTRUCTW dialog = {
        .cbStructure = sizeof dialog,
        .hwndOwner = owner,
        .lpLocalName = local,
        .lpRemoteName = local ? NULL : wide,
        .dwFlags = flags_of(call, local),
    };

    if (!wide)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;

    netdisc_status status = outcome(mpr, mpr->call.WNetDisconnectDialog1W(&dialog), name, why);

    free(wide);
    return status;
}

void nd_mpr_dialog(void *state, nd_call *call)
{
    nd_mpr *mpr = state;
    HWND owner = (HWND)call->request->window;
    nd_trouble why = {0};
    netdisc_status status = check_owner(owner, &why);

    if (!status)
        status = nd_mpr_check_names(call, &why);
    if (!status)
        status = show(mpr, call, owner, &why);
    nd_watching_poke(mpr->watching);
    nd_trouble_finish(call, status, &why);
}
