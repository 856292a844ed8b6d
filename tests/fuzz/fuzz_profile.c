/* SPDX-License-Identifier: MIT */
/* Any bytes as the profile of remembered mappings: refused cleanly, or mappings with names in normal form. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const nd_host host = {&nd_host_table};

static void check(bool property)
{
    if (!property)
        abort();
}

static nd_form form_of(const char *text)
{
    nd_name name;

    check(nd_parse_share(text, &name, NULL) == NETDISC_NO_ERROR && strcmp(name.text, text) == 0);

    nd_form form = name.form;

    nd_name_clear(&name);
    return form;
}

static void check_text(const char *text)
{
    check(!text || (*text && nd_utf8_valid(text, strlen(text))));
}

static void check_entry(const nd_remembered *it)
{
    nd_form form = form_of(it->local);

    check(form == ND_FORM_LETTER || form == ND_FORM_MOUNT);
    check(form_of(it->remote) == ND_FORM_REMOTE);
    check(!it->mount_point || form_of(it->mount_point) == ND_FORM_MOUNT);
    check(strcmp(it->provider, "session") == 0 || strcmp(it->provider, "cifs") == 0);
    check_text(it->user);
    check_text(it->domain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nd_trouble why = {0};
    nd_profile *profile;
    netdisc_status status = nd_profile_parse(&host, (const char *)data, size, &profile, &why);

    if (status) {
        check(status == NETDISC_ERROR_BAD_PROFILE && why.status == status && *why.message && !profile);
        return 0;
    }
    for (size_t i = 0; i < nd_profile_count(profile); i++) {
        const nd_remembered *it = nd_profile_get(profile, i);

        check_entry(it);
        check(nd_profile_find(profile, it->local) == it);
    }
    nd_profile_free(profile);
    return 0;
}
