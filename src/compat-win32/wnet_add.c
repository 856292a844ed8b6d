/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wnet.h"

/* Of these the last seven have no effect: nobody is asked here, no list of recent ones is kept, and no medium
 * is begun to be used. */
#define KNOWN_FLAGS                                                                                     \
    (CONNECT_UPDATE_PROFILE | CONNECT_TEMPORARY | CONNECT_REDIRECT | CONNECT_INTERACTIVE |              \
     CONNECT_PROMPT | CONNECT_COMMANDLINE | CONNECT_CMD_SAVECRED | CONNECT_CRED_RESET |                 \
     CONNECT_UPDATE_RECENT | CONNECT_CURRENT_MEDIA)

/* Bytes of a user's name or a password that netdisc takes, and of a local name. */
enum { CREDENTIAL_MAX = 1023, LOCAL_MAX = 4095 };

/* The provider of the shares that all of netdisc's are for. */
#define MICROSOFT_NETWORK "Microsoft Windows Network"

static const nw_code codes[] = {
    /* What is too long, and has not been found to be so here, is the remote name. */
    {NETDISC_ERROR_FILENAME_EXCED_RANGE, ERROR_BAD_NET_NAME},
    {NETDISC_ERROR_NOT_SUPPORTED, ERROR_NO_NET_OR_BAD_PATH},
    {NETDISC_ERROR_SERVICE_NOT_ACTIVE, ERROR_NO_NETWORK},
    {0},
};

/* What the program gave, of either kind. */
typedef struct connection {
    const nw_form *form;
    DWORD type;
    const void *local;
    const void *remote;
    const void *provider;
    const void *password;
    const void *user;
    DWORD flags;
} connection;

/* The same as netdisc has it; spec's strings are here, or in these. */
typedef struct reading {
    netdisc_share_spec spec;
    char *local;
    char *remote;
    char *provider;
    char *password;
    char *user;
} reading;

static DWORD check(const connection *it)
{
    bool deviceless = nw_form_is_empty(it->form, it->local);

    if (it->flags & ~(DWORD)KNOWN_FLAGS)
        return ERROR_INVALID_PARAMETER;
    if (it->type != RESOURCETYPE_ANY && it->type != RESOURCETYPE_DISK && it->type != RESOURCETYPE_PRINT)
        return ERROR_INVALID_PARAMETER;
    if (nw_form_is_empty(it->form, it->remote) || it->form->length(it->remote) > MAX_PATH)
        return ERROR_BAD_NET_NAME;
    if (deviceless && it->flags & CONNECT_REDIRECT)
        return ERROR_INVALID_ADDRESS;
    return it->type == RESOURCETYPE_PRINT ? ERROR_BAD_DEV_TYPE : NO_ERROR;
}

/* False: no memory. */
static bool read_texts(const connection *it, reading *to)
{
    bool has_local = !nw_form_is_empty(it->form, it->local);
    bool has_provider = !nw_form_is_empty(it->form, it->provider);

    return nw_form_read(it->form, has_local ? it->local : NULL, &to->local) &&
           nw_form_read(it->form, has_provider ? it->provider : NULL, &to->provider) &&
           nw_form_read(it->form, it->remote, &to->remote) &&
           nw_form_read(it->form, it->password, &to->password) &&
           nw_form_read(it->form, it->user, &to->user);
}

/* Of anything else netdisc says that it is no local name. */
static bool is_remote(const char *text)
{
    return strncmp(text, "\\\\", 2) == 0 || strncmp(text, "//", 2) == 0 || strstr(text, "://");
}

/* As netdisc takes it. */
static bool is_credential(const char *text)
{
    return strlen(text) <= CREDENTIAL_MAX && nw_is_clean(text);
}

/* DOMAIN\user is cut in two. Nobody's name is the guest's. */
static DWORD read_user(char *user, netdisc_share_spec *spec)
{
    char *backslash = user ? strchr(user, '\\') : NULL;

    if (!user)
        return NO_ERROR;
    if (!is_credential(user))
        return ERROR_BAD_USERNAME;
    if (!*user) {
        spec->auth = NETDISC_AUTH_GUEST;
        return NO_ERROR;
    }
    spec->user = backslash ? backslash + 1 : user;
    if (!*spec->user)
        return ERROR_BAD_USERNAME;
    if (backslash)
        *backslash = '\0';
    spec->domain = backslash && *user ? user : NULL;
    return NO_ERROR;
}

static DWORD read_spec(const connection *it, reading *to)
{
    to->spec.size = sizeof to->spec;
    if (!read_texts(it, to))
        return ERROR_NOT_ENOUGH_MEMORY;
    if (to->local && strlen(to->local) > LOCAL_MAX)
        return ERROR_BAD_DEVICE;
    if (!is_remote(to->remote))
        return ERROR_BAD_NET_NAME;
    to->spec.local = to->local;
    to->spec.remote = to->remote;
    to->spec.password = to->password;
    if (to->provider && strcasecmp(to->provider, MICROSOFT_NETWORK) != 0)
        to->spec.provider = to->provider;
    if (to->password && !is_credential(to->password))
        return ERROR_INVALID_PASSWORD;
    return read_user(to->user, &to->spec);
}

static void clear(reading *it)
{
    free(it->local);
    free(it->remote);
    free(it->provider);
    free(it->user);
    nw_free_secret(it->password);
}

static DWORD add(const connection *it)
{
    bool remember = it->flags & CONNECT_UPDATE_PROFILE && !(it->flags & CONNECT_TEMPORARY);
    netdisc_error *err = NULL;
    reading given = {0};
    netdisc *nd = NULL;
    DWORD status = check(it);

    if (!status)
        status = read_spec(it, &given);
    if (!status)
        nd = nw_enter(&status);
    if (nd) {
        status = netdisc_share_add(nd, &given.spec, remember ? NETDISC_UPDATE_PROFILE : 0, 0, &err);
        nw_leave();
    }
    clear(&given);
    return nw_wnet_ends(status, err, codes);
}

DWORD WINAPI WNetAddConnection2A(LPNETRESOURCEA lpNetResource, LPCSTR lpPassword, LPCSTR lpUserName,
                                 DWORD dwFlags)
{
    if (!lpNetResource)
        return nw_ends(ERROR_INVALID_ADDRESS);
    return add(&(connection){&nw_form_ansi, lpNetResource->dwType, lpNetResource->lpLocalName,
                             lpNetResource->lpRemoteName, lpNetResource->lpProvider, lpPassword,
                             lpUserName, dwFlags});
}

DWORD WINAPI WNetAddConnection2W(LPNETRESOURCEW lpNetResource, LPCWSTR lpPassword, LPCWSTR lpUserName,
                                 DWORD dwFlags)
{
    if (!lpNetResource)
        return nw_ends(ERROR_INVALID_ADDRESS);
    return add(&(connection){&nw_form_wide, lpNetResource->dwType, lpNetResource->lpLocalName,
                             lpNetResource->lpRemoteName, lpNetResource->lpProvider, lpPassword,
                             lpUserName, dwFlags});
}
