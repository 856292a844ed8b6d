/* SPDX-License-Identifier: MIT */
#include "mpr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wincred.h>

enum { TITLES = 256 };

/* What Windows is given. */
typedef struct adding {
    nd_mpr *mpr;
    nd_call *call;
    WCHAR *local; /* NULL: none */
    WCHAR *server;
    WCHAR *remote;
    WCHAR *user;     /* NULL: the user's own */
    WCHAR *password; /* NULL: the user's own */
    bool was_there;  /* or it is not known that it was not */
} adding;

static netdisc_status no_memory(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "there is no memory to connect it");
}

static netdisc_status given_up(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_CANCELLED, "given up");
}

/* ---- Names and credentials ------------------------------------------------------------------ */

/* A colon stands in no UNC name, nor does a percent sign: fe80::1%4 is fe80--1s4.ipv6-literal.net there. An
 * address that begins or ends with a colon has a 0 put there, as no label of a name has a dash there. */
static char *unc_server(const char *server)
{
    size_t size = strlen(server) + sizeof "00.ipv6-literal.net";
    char *text = malloc(size);
    const char *zone = strchr(server, '%');
    int length = (int)(zone ? (size_t)(zone - server) : strlen(server));

    if (!text)
        return NULL;
    if (!strchr(server, ':')) {
        snprintf(text, size, "%s", server);
        return text;
    }
    snprintf(text, size, "%s%.*s%s%s%s.ipv6-literal.net", server[0] == ':' ? "0" : "", length, server,
             server[length - 1] == ':' ? "0" : "", zone ? "s" : "", zone ? zone + 1 : "");
    for (char *at = text; *at; at++)
        if (*at == ':')
            *at = '-';
    return text;
}

static WCHAR *wide_format(const char *format, const char *first, const char *second)
{
    size_t size = strlen(format) + strlen(first) + strlen(second) + 1;
    char *text = malloc(size);
    WCHAR *wide = NULL;

    if (text) {
        snprintf(text, size, format, first, second);
        wide = nd_wide(text);
    }
    free(text);
    return wide;
}

static bool read_names(adding *it)
{
    const nd_request *request = it->call->request;
    char *server = unc_server(request->remote.server);

    if (server) {
        it->server = nd_wide(server);
        it->remote = wide_format("\\\\%s\\%s", server, request->remote.share);
    }
    free(server);
    if (request->target.form == ND_FORM_LETTER)
        it->local = nd_wide(request->target.text);
    return it->server && it->remote && (it->local || request->target.form == ND_FORM_NONE);
}

static bool read_credentials(adding *it)
{
    const netdisc_share_spec *spec = it->call->request->share;
    bool guest = spec->auth == NETDISC_AUTH_GUEST;
    const char *user = guest ? "Guest" : spec->user;
    const char *password = guest ? "" : spec->password;

    if (user && spec->domain && !guest)
        it->user = wide_format("%s\\%s", spec->domain, user);
    else
        it->user = nd_wide(user);
    it->password = nd_wide(password);
    return (it->user || !user) && (it->password || !password);
}

static void clear(adding *it)
{
    free(it->local);
    free(it->server);
    free(it->remote);
    free(it->user);
    nd_wide_wipe(it->password);
}

/* ---- What is there already ------------------------------------------------------------------ */

typedef struct sighting {
    adding *of;
    bool any;
    bool suits;
} sighting;

/* For an add that names no user any will do. */
static bool suits(const adding *it, const netdisc_share *share)
{
    const netdisc_share_spec *spec = it->call->request->share;

    if (!it->user)
        return true;
    if (!share->user)
        return false;

    const char *domain_end = strchr(share->user, '\\');
    const char *plain = domain_end && !spec->domain ? domain_end + 1 : share->user;
    char *user = nd_narrow(it->user);
    bool same = user && it->mpr->host->fn->same_text(user, plain);

    free(user);
    return same;
}

static void see(void *data, const nd_item *item)
{
    sighting *seen = data;
    const netdisc_share *share = &item->as.share;

    if (share->local || share->state != NETDISC_STATE_CONNECTED || seen->suits)
        return;
    seen->any = true;
    seen->suits = suits(seen->of, share);
    if (seen->suits)
        nd_add(seen->of->call, item);
}

/* Whether it is connected without a local name, as is asked for; then it is added to the answer. */
static bool is_connected(adding *it)
{
    sighting seen = {.of = it};
    nd_trouble why;

    if (it->local)
        return false;
    it->was_there =
        nd_mpr_shares(it->mpr, it->call, &it->call->request->remote, see, &seen, &why) || seen.any;
    return seen.suits;
}

typedef struct titles {
    char text[TITLES];
    size_t length;
} titles;

static void add_title(void *data, const nd_item *item)
{
    titles *list = data;
    const netdisc_share *share = &item->as.share;
    size_t room = sizeof list->text - list->length;

    if (share->state != NETDISC_STATE_CONNECTED)
        return;

    int length = snprintf(list->text + list->length, room, "%s%s%s%s", list->length ? ", " : "",
                          share->local ? share->local : share->remote, share->user ? " as " : "",
                          share->user ? share->user : "");

    /* Whole titles only: the last may be cut in the middle of a character. */
    if (length > 0 && (size_t)length < room)
        list->length += (size_t)length;
    else
        list->text[list->length] = '\0';
}

/* Windows has one user for each server. */
static netdisc_status refuse_other_user(adding *it, nd_trouble *why)
{
    const nd_name *remote = &it->call->request->remote;
    const nd_name server = {.form = ND_FORM_SERVER, .text = remote->text, .server = remote->server};
    titles list = {0};
    nd_trouble unseen;

    nd_mpr_shares(it->mpr, it->call, &server, add_title, &list, &unseen);
    return nd_trouble_win32(
        why, 0, ERROR_SESSION_CREDENTIAL_CONFLICT,
        "%s was not connected, as its server is connected already%s%s; use the same user, or "
        "disconnect that first",
        remote->text, list.length ? ", by " : "", list.text);
}

/* ---- Making it ------------------------------------------------------------------------------ */

static DWORD profile_flags(const adding *it)
{
    return it->local && it->call->flags & NETDISC_UPDATE_PROFILE ? CONNECT_UPDATE_PROFILE
                                                                 : CONNECT_TEMPORARY;
}

/* By its server, as Windows looks for it the next time. */
static void save_password(const adding *it)
{
    CREDENTIALW credential = {
        .Type = CRED_TYPE_DOMAIN_PASSWORD,
        .TargetName = it->server,
        .CredentialBlobSize = (DWORD)(it->password ? wcslen(it->password) * sizeof(WCHAR) : 0),
        .CredentialBlob = (BYTE *)it->password,
        .Persist = CRED_PERSIST_LOCAL_MACHINE,
        .UserName = it->user,
    };
    nd_trouble why;

    if (!it->user || !it->password) {
        nd_note(it->call, "the password was not kept, as there is no user or no password to keep");
        return;
    }
    if (CredWriteW(&credential, 0))
        return;
    nd_trouble_win32(&why, 0, GetLastError(), "the password was not kept");
    nd_note(it->call, why.message);
}

/* Nobody waits for it any more, so nobody would end it. */
static void undo(const adding *it)
{
    DWORD flags = profile_flags(it) & CONNECT_UPDATE_PROFILE;
    DWORD code = it->was_there
                     ? NO_ERROR
                     : nd_mpr_end(it->mpr, NULL, it->local ? it->local : it->remote, flags, FALSE);

    if (code && code != ERROR_NOT_CONNECTED)
        nd_host_log(it->mpr->host, NETDISC_LOG_WARNING,
                    "a share that was connected after its deadline could not be disconnected");
}

static netdisc_status connect_share(adding *it, nd_trouble *why)
{
    NETRESOURCEW resource = {
        .dwType = it->local ? RESOURCETYPE_DISK : RESOURCETYPE_ANY,
        .lpLocalName = it->local,
        .lpRemoteName = it->remote,
    };
    DWORD code;
    unsigned tries = 0;

    do
        code = it->mpr->call.WNetAddConnection2W(&resource, it->password, it->user, profile_flags(it));
    while (nd_mpr_tries_again(it->mpr, it->call, code, tries++));
    if (code == ERROR_SESSION_CREDENTIAL_CONFLICT)
        return refuse_other_user(it, why);
    if (code)
        return nd_mpr_trouble(it->mpr, why, code, "%s was not connected%s%s",
                              it->call->request->remote.text, it->local ? " as " : "",
                              it->local ? it->call->request->target.text : "");
    return NETDISC_NO_ERROR;
}

static void see_connected(void *data, const nd_item *item)
{
    sighting *seen = data;

    if (item->as.share.state != NETDISC_STATE_CONNECTED)
        return;
    seen->any = true;
    nd_add(seen->of->call, item);
}

/* A letter is seen to be connected, or it is not believed. What has none, and what cannot be looked at, is as the
 * network provider said. */
static netdisc_status tell_made(adding *it, nd_trouble *why)
{
    const nd_name *local = &it->call->request->target;
    bool remembered = (profile_flags(it) & CONNECT_UPDATE_PROFILE) != 0;
    sighting seen = {.of = it};
    nd_trouble unseen;

    if (it->local && !nd_mpr_shares(it->mpr, it->call, local, see_connected, &seen, &unseen)) {
        if (seen.any)
            return NETDISC_NO_ERROR;
        return nd_trouble_say(why, NETDISC_ERROR_NOT_CONNECTED,
                              "the network provider reported success, but %s is not connected",
                              local->text);
    }
    if (!nd_mpr_tell(it->mpr, it->call, it->local, it->remote, remembered))
        return no_memory(why);
    return NETDISC_NO_ERROR;
}

static netdisc_status tell(adding *it, nd_trouble *why)
{
    netdisc_status status = tell_made(it, why);

    if (!status && nd_abandoned(it->call))
        status = given_up(why);
    if (!status && it->call->flags & NETDISC_SAVE_PASSWORD)
        save_password(it);
    return status;
}

static netdisc_status make(adding *it, nd_trouble *why)
{
    if (!read_names(it) || !read_credentials(it))
        return no_memory(why);
    if (is_connected(it)) {
        if (it->call->flags & NETDISC_SAVE_PASSWORD)
            nd_note(it->call,
                    "it was connected already, so that the password was neither tried nor kept");
        return NETDISC_NO_ERROR;
    }
    if (nd_abandoned(it->call))
        return given_up(why);

    netdisc_status status = connect_share(it, why);

    if (status)
        return status;
    status = tell(it, why);
    if (status)
        undo(it);
    nd_watching_poke(it->mpr->watching);
    return status;
}

/* What Windows cannot be asked for. */
static netdisc_status refuse(const nd_request *request, nd_trouble *why)
{
    if (request->share->auth == NETDISC_AUTH_KERBEROS)
        return nd_trouble_say(
            why, NETDISC_ERROR_NOT_SUPPORTED,
            "Windows chooses itself between Kerberos and others, and cannot be asked for "
            "Kerberos alone");
    if (request->remote.port)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                              "Windows connects shares at port 445 alone, not at %u",
                              request->remote.port);
    if (request->target.form == ND_FORM_MOUNT)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                              "Windows connects shares to drive letters alone");
    return NETDISC_NO_ERROR;
}

void nd_mpr_add(void *state, nd_call *call)
{
    adding it = {.mpr = state, .call = call};
    nd_trouble why = {0};
    netdisc_status status = refuse(call->request, &why);

    if (!status)
        status = make(&it, &why);
    clear(&it);
    nd_trouble_finish(call, status, &why);
}
