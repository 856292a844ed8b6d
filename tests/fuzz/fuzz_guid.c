/* SPDX-License-Identifier: MIT */
/* Any bytes as a GUID, as the name of a device and as that of a connection. */
#include <stdlib.h>
#include <string.h>

#include "names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef netdisc_status (*parse_fn)(const char *text, nd_name *out, const char **why);

static void check(bool property)
{
    if (!property)
        abort();
}

static void check_guid(const char *text)
{
    char guid[37];
    char again[37];

    if (!nd_parse_guid(text, guid))
        return;
    check(strlen(guid) == 36);
    check(nd_parse_guid(guid, again) && strcmp(guid, again) == 0);
}

static void check_parsed(parse_fn parse, const nd_name *name, bool is_guid)
{
    nd_name again;

    check(name->form == (is_guid ? ND_FORM_UUID : ND_FORM_NAME));
    check(*name->text && nd_text_clean(name->text, strlen(name->text)));
    check(!name->server && !name->share && !nd_same_remote(name, name));
    check(parse(name->text, &again, NULL) == NETDISC_NO_ERROR);
    check(again.form == name->form && strcmp(again.text, name->text) == 0);
    nd_name_clear(&again);
}

static void check_name(parse_fn parse, const char *text)
{
    char guid[37];
    nd_name name;
    const char *why = NULL;
    netdisc_status status = parse(text, &name, &why);
    bool is_guid = nd_parse_guid(text, guid);

    if (status == NETDISC_NO_ERROR) {
        check_parsed(parse, &name, is_guid);
    } else {
        check(status == NETDISC_ERROR_INVALID_PARAMETER || status == NETDISC_ERROR_FILENAME_EXCED_RANGE);
        check(why && !name.storage && !name.text && name.form == ND_FORM_NONE && !is_guid);
    }
    nd_name_clear(&name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';

    check_guid(text);
    check_name(nd_parse_device, text);
    check_name(nd_parse_connection, text);
    free(text);
    return 0;
}
