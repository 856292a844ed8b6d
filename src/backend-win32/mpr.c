/* SPDX-License-Identifier: MIT */
#include "mpr.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {ND_MPR_FUNCTIONS(ND_FUNCTION_NAME)};
static const nd_library library = ND_LIBRARY("mpr.dll", names);

enum {
    FIRST_PAUSE_MS = 20,
    LONGEST_PAUSE_MS = 1280,
    PROVIDER_TEXT = 256, /* characters of what a network provider says */
    MESSAGE_BYTES = 512
};

/* ---- What the router says ------------------------------------------------------------------- */

/* What the provider itself said. False: nothing is known of that. */
static bool say_provider(const nd_mpr *mpr, nd_trouble *why, const char *message)
{
    DWORD code = 0;
    WCHAR text[PROVIDER_TEXT] = L"";
    WCHAR name[PROVIDER_TEXT] = L"";

    if (mpr->call.WNetGetLastErrorW(&code, text, ND_COUNT(text), name, ND_COUNT(name)))
        return false;
    nd_wide_clause(text, ND_COUNT(text));
    nd_wide_clause(name, ND_COUNT(name));

    char *words = nd_narrow(text);
    char *who = nd_narrow(name);

    nd_trouble_say(why, ERROR_EXTENDED_ERROR, "%s: %s%s%s", message, who && *who ? who : "the provider",
                   words && *words ? ": " : " gave no reason", words ? words : "");
    why->native_domain = "wnet";
    why->native_code = code;
    snprintf(why->native_name, sizeof why->native_name, "%s", who ? who : "");
    free(who);
    free(words);
    return true;
}

netdisc_status nd_mpr_trouble(const nd_mpr *mpr, nd_trouble *why, DWORD code, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (code == ERROR_EXTENDED_ERROR && say_provider(mpr, why, message))
        return code;
    return nd_trouble_win32(why, 0, code, "%s", message);
}

static DWORD pause_after(unsigned tries)
{
    DWORD ms = FIRST_PAUSE_MS;

    while (tries-- > 0 && ms < LONGEST_PAUSE_MS)
        ms *= 2;
    return ms;
}

bool nd_mpr_tries_again(nd_mpr *mpr, nd_call *call, DWORD code, unsigned tries)
{
    if (!call)
        return false;
    if (code != WN_FUNCTION_BUSY) {
        if (tries)
            nd_note(call, NULL);
        return false;
    }
    nd_note(call, "the network provider was busy, and was asked again");
    return nd_patience_pause(&mpr->patience, call, pause_after(tries));
}

/* ---- The provider --------------------------------------------------------------------------- */

static netdisc_status open_mpr(const nd_host *host, void **state, nd_failure *why)
{
    nd_mpr *mpr = calloc(1, sizeof *mpr);

    if (!mpr)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    mpr->host = host;
    nd_patience_init(&mpr->patience);

    netdisc_status status = nd_library_load(&library, &mpr->call, sizeof mpr->call, why);

    if (!status) {
        mpr->watching = nd_watching_new(host, &nd_mpr_look, mpr);
        status = mpr->watching ? NETDISC_NO_ERROR : NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }
    if (status)
        free(mpr);
    else
        *state = mpr;
    return status;
}

static void close_mpr(void *state)
{
    nd_mpr *mpr = state;

    nd_watching_free(mpr->watching);
    free(mpr);
}

/* Whether there is any network provider to ask. */
static void probe(void *state, nd_call *call)
{
    nd_mpr *mpr = state;
    nd_trouble why = {0};
    HANDLE handle;
    DWORD code = mpr->call.WNetOpenEnumW(RESOURCE_CONNECTED, RESOURCETYPE_ANY, 0, NULL, &handle);
    netdisc_status status = NETDISC_NO_ERROR;

    if (!code)
        mpr->call.WNetCloseEnum(handle);
    else if (code != WN_FUNCTION_BUSY)
        status = nd_mpr_trouble(mpr, &why, code, "shares cannot be listed");
    nd_trouble_finish(call, status, &why);
}

static void answer(nd_mpr *mpr, nd_call *call, const nd_name *target)
{
    nd_trouble why = {0};
    netdisc_status status = nd_mpr_shares(mpr, call, target, nd_mpr_add_to_call, call, &why);

    nd_trouble_finish(call, status, &why);
}

static void list(void *state, nd_call *call)
{
    answer(state, call, NULL);
}

static void find(void *state, nd_call *call)
{
    answer(state, call, &call->request->target);
}

static void abandon(void *state, nd_call *call)
{
    nd_mpr *mpr = state;

    (void)call;
    nd_patience_raise(&mpr->patience);
}

static void watch(void *state, uint32_t kinds)
{
    nd_mpr *mpr = state;

    nd_watching_set(mpr->watching, (kinds & NETDISC_SHARE) != 0);
}

const nd_provider nd_mpr_provider = {
    .name = "mpr",
    .blocking = true,
    .open = open_mpr,
    .close = close_mpr,
    .slots =
        {
            [ND_PROBE] = probe,
            [ND_SHARE_LIST] = list,
            [ND_SHARE_FIND] = find,
            [ND_SHARE_CANCEL] = nd_mpr_cancel,
            [ND_SHARE_ADD] = nd_mpr_add,
            [ND_SHARE_HOLDERS] = nd_mpr_holders,
            [ND_SHARE_DIALOG] = nd_mpr_dialog,
        },
    .abandon = abandon,
    .watch = watch,
};
