/* SPDX-License-Identifier: MIT */
/* The arguments of the verbs: checked, parsed and copied before anything is begun. */
#include <stdlib.h>
#include <string.h>

#include "core.h"

enum { SSID_MAX = 32, SECRET_MAX = 1023 };

typedef netdisc_status (*parser)(const char *text, nd_name *out, const char **why);

static netdisc_error *invalid(const char *what)
{
    return nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "%s", what);
}

/* Names that cannot be shown are not repeated in the message, nor those that may have a password in them. */
static netdisc_error *bad_name(netdisc_status status, const char *text, const char *why)
{
    enum { SHOWN = 200 };

    if (status == NETDISC_ERROR_NOT_ENOUGH_MEMORY)
        return nd_error_no_memory();
    if (!text || !memchr(text, 0, SHOWN) || !nd_text_clean(text, strlen(text)) || strchr(text, '@'))
        return nd_error_say(status, "%s", why);
    return nd_error_say(status, "\"%s\": %s", text, why);
}

static netdisc_error *parse(parser parse_name, const char *text, nd_name *out)
{
    const char *why = "the name is malformed";
    netdisc_status status = parse_name(text, out, &why);

    return status ? bad_name(status, text, why) : NULL;
}

/* The name, and a copy as the caller wrote it, for messages and questions. */
static netdisc_error *parse_target(netdisc_op *op, parser parse_name, const char *text)
{
    netdisc_error *error = parse(parse_name, text, &op->request.target);

    if (error)
        return error;
    op->given_name = nd_strdup(text ? text : "");
    return op->given_name ? NULL : nd_error_no_memory();
}

/* Text that goes on to a provider: clean, and not endless. */
static netdisc_error *copy_text(const char **to, const char *text, const char *what)
{
    *to = NULL;
    if (!text)
        return NULL;
    if (memchr(text, 0, SECRET_MAX + 1) == NULL)
        return nd_error_say(NETDISC_ERROR_FILENAME_EXCED_RANGE, "the %s is too long", what);
    if (!nd_text_clean(text, strlen(text)))
        return nd_error_say(NETDISC_ERROR_INVALID_PARAMETER,
                            "the %s has control characters, or is not UTF-8", what);
    *to = nd_strdup(text);
    return *to ? NULL : nd_error_no_memory();
}

static bool is_remote(const nd_name *name)
{
    return name->form == ND_FORM_REMOTE || name->form == ND_FORM_SERVER;
}

netdisc_error *nd_take_nothing(netdisc_op *op, const nd_arguments *arguments)
{
    (void)op;
    (void)arguments;
    return NULL;
}

netdisc_error *nd_take_share(netdisc_op *op, const nd_arguments *arguments)
{
    parser parse_name = op->flags & NETDISC_ALL ? nd_parse_share_or_server : nd_parse_share;

    return parse_target(op, parse_name, arguments->name);
}

static netdisc_error *parse_local_target(netdisc_op *op, const char *text)
{
    netdisc_error *error = parse_target(op, nd_parse_share, text);

    if (!error && is_remote(&op->request.target))
        error = bad_name(NETDISC_ERROR_BAD_DEVICE, text, "it is not a local name");
    return error;
}

netdisc_error *nd_take_local(netdisc_op *op, const nd_arguments *arguments)
{
    return parse_local_target(op, arguments->name);
}

/* ---- Share specifications ------------------------------------------------------------------- */

static netdisc_error *check_provider(const netdisc *nd, const char *name)
{
    if (!name)
        return NULL;
    for (size_t i = 0; i < nd->instance_count; i++)
        if (strcmp(nd->instances[i]->name, name) == 0 && nd->instances[i]->kinds & NETDISC_SHARE)
            return NULL;
    if (memchr(name, 0, SECRET_MAX + 1) == NULL || !nd_text_clean(name, strlen(name)))
        return nd_error_say(NETDISC_ERROR_BAD_PROVIDER, "the name of the provider is malformed");
    return nd_error_say(NETDISC_ERROR_BAD_PROVIDER, "no provider of shares is named \"%s\"", name);
}

static netdisc_error *parse_share_names(netdisc_op *op, const netdisc_share_spec *spec)
{
    netdisc_error *error = parse(nd_parse_share, spec->remote, &op->request.remote);

    if (error)
        return error;
    if (!is_remote(&op->request.remote))
        return bad_name(NETDISC_ERROR_BAD_NET_NAME, spec->remote, "it is not a remote name");
    if (!spec->local) {
        op->given_name = nd_strdup(op->request.remote.text);
        return op->given_name ? NULL : nd_error_no_memory();
    }
    return parse_local_target(op, spec->local);
}

netdisc_error *nd_take_share_spec(netdisc_op *op, const nd_arguments *arguments)
{
    const netdisc_share_spec *spec = arguments->share;

    if (!spec)
        return invalid("the share is NULL");
    if (spec->size != sizeof *spec)
        return invalid("netdisc_share_spec.size is not its size");
    if ((unsigned)spec->auth > NETDISC_AUTH_GUEST)
        return invalid("netdisc_share_spec.auth is none of its values");

    op->share.size = sizeof op->share;
    op->share.auth = spec->auth;
    op->request.share = &op->share;

    netdisc_error *error = parse_share_names(op, spec);

    if (!error)
        error = check_provider(op->nd, spec->provider);
    if (!error)
        error = copy_text(&op->share.user, spec->user, "user name");
    if (!error)
        error = copy_text(&op->share.domain, spec->domain, "domain");
    if (!error)
        error = copy_text(&op->share.password, spec->password, "password");
    if (!error)
        error = copy_text(&op->share.provider, spec->provider, "provider");
    op->share.local = op->request.target.text;
    op->share.remote = op->request.remote.text;
    return error;
}

netdisc_error *nd_take_disconnect(netdisc_op *op, const nd_arguments *arguments)
{
    const netdisc_disconnect *what = arguments->disconnect;

    if (!what)
        return invalid("the share is NULL");
    if (what->size != sizeof *what)
        return invalid("netdisc_disconnect.size is not its size");
    if (!what->local && !what->remote)
        return invalid("neither a local nor a remote name is given");

    op->prompt = what->prompt;
    op->prompt_data = what->prompt_data;
    op->request.window = what->window;
    if (what->local)
        return parse_local_target(op, what->local);

    netdisc_error *error = parse_target(op, nd_parse_share, what->remote);

    if (!error && !is_remote(&op->request.target))
        error = bad_name(NETDISC_ERROR_BAD_NET_NAME, what->remote, "it is not a remote name");
    return error;
}

/* ---- WLAN and connections ------------------------------------------------------------------- */

netdisc_error *nd_take_device(netdisc_op *op, const nd_arguments *arguments)
{
    return parse_target(op, nd_parse_device, arguments->name);
}

netdisc_error *nd_take_connection(netdisc_op *op, const nd_arguments *arguments)
{
    return parse_target(op, nd_parse_connection, arguments->name);
}

static netdisc_error *copy_ssid(netdisc_op *op, const netdisc_wlan_spec *spec)
{
    const void *bytes = spec->ssid ? (const void *)spec->ssid : (const void *)spec->ssid_bytes;
    size_t length = spec->ssid_length;

    if (spec->ssid) {
        const char *end = memchr(spec->ssid, 0, SSID_MAX + 1);

        length = end ? (size_t)(end - spec->ssid) : SSID_MAX + 1;
        if (length <= SSID_MAX && !nd_utf8_valid(spec->ssid, length))
            return invalid("the SSID is not UTF-8; give it as bytes");
    }
    if (!bytes)
        return invalid("neither a profile nor an SSID is given");
    if (length < 1 || length > SSID_MAX)
        return invalid("an SSID has 1 to 32 bytes");

    op->wlan.ssid_bytes = nd_memdup(bytes, length);
    op->wlan.ssid_length = length;
    return op->wlan.ssid_bytes ? NULL : nd_error_no_memory();
}

netdisc_error *nd_take_wlan_spec(netdisc_op *op, const nd_arguments *arguments)
{
    const netdisc_wlan_spec *spec = arguments->wlan;

    if (!spec)
        return invalid("the WLAN is NULL");
    if (spec->size != sizeof *spec)
        return invalid("netdisc_wlan_spec.size is not its size");

    op->wlan.size = sizeof op->wlan;
    op->request.wlan = &op->wlan;

    netdisc_error *error = parse_target(op, nd_parse_device, spec->device);

    if (!error && spec->profile)
        error = parse(nd_parse_connection, spec->profile, &op->request.profile);
    op->wlan.profile = op->request.profile.text;
    if (!error && !spec->profile)
        error = copy_ssid(op, spec);
    if (!error)
        error = copy_text(&op->wlan.passphrase, spec->passphrase, "passphrase");
    op->wlan.device = op->request.target.text;
    return error;
}

void nd_forget_secrets(netdisc_op *op)
{
    nd_free_secret((char *)op->share.password);
    nd_free_secret((char *)op->wlan.passphrase);
    op->share.password = NULL;
    op->wlan.passphrase = NULL;
}

void nd_release_arguments(netdisc_op *op)
{
    nd_forget_secrets(op);
    free((char *)op->share.user);
    free((char *)op->share.domain);
    free((char *)op->share.provider);
    free((uint8_t *)op->wlan.ssid_bytes);
    free(op->given_name);
    nd_name_clear(&op->request.target);
    nd_name_clear(&op->request.remote);
    nd_name_clear(&op->request.profile);
}
