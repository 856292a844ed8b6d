/* SPDX-License-Identifier: MIT */
/* Any bytes as the name of a share: refused cleanly, or a name whose text is the same name again. */
#include <stdlib.h>
#include <string.h>

#include "names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool property)
{
    if (!property)
        abort();
}

static bool same_string(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_refusal(netdisc_status status, const nd_name *name, const char *why)
{
    check(status == NETDISC_ERROR_BAD_DEVICE || status == NETDISC_ERROR_BAD_NET_NAME ||
          status == NETDISC_ERROR_FILENAME_EXCED_RANGE);
    check(why && !name->storage && !name->text && name->form == ND_FORM_NONE);
}

static void check_parts(const nd_name *name)
{
    bool is_remote = name->form == ND_FORM_REMOTE || name->form == ND_FORM_SERVER;

    check(name->text && nd_text_clean(name->text, strlen(name->text)));
    check(is_remote == (name->server != NULL));
    check((name->form == ND_FORM_REMOTE) == (name->share != NULL));
    check(is_remote || name->port == 0);
    check(!name->server || (*name->server && strlen(name->server) <= ND_SERVER_MAX));
    check(!name->share || (*name->share && nd_text_clean(name->share, strlen(name->share))));
    check(nd_same_remote(name, name) == is_remote);
}

static void check_again(const nd_name *name)
{
    nd_name again;

    check(nd_parse_share_or_server(name->text, &again, NULL) == NETDISC_NO_ERROR);
    check(again.form == name->form && again.port == name->port);
    check(same_string(again.text, name->text));
    check(same_string(again.server, name->server));
    check(same_string(again.share, name->share));
    check(nd_same_remote(name, &again) == nd_same_remote(&again, name));
    check(nd_same_remote(name, &again) == nd_same_remote(name, name));
    nd_name_clear(&again);
}

/* A server alone is the only thing that this refuses and the other accepts. */
static void check_strict(const char *text, netdisc_status status, nd_form form)
{
    nd_name name;
    netdisc_status strict = nd_parse_share(text, &name, NULL);

    check(strict == (form == ND_FORM_SERVER ? NETDISC_ERROR_BAD_NET_NAME : status));
    nd_name_clear(&name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    nd_name name;
    const char *why = NULL;

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';

    netdisc_status status = nd_parse_share_or_server(text, &name, &why);

    check_strict(text, status, name.form);
    if (status != NETDISC_NO_ERROR) {
        check_refusal(status, &name, why);
    } else {
        check_parts(&name);
        check_again(&name);
    }
    nd_name_clear(&name);
    free(text);
    return 0;
}
