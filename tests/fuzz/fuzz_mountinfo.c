/* SPDX-License-Identifier: MIT */
/* Any bytes as a list of mounts: what comes of it is well-formed, and can be asked about. */
#include <stdlib.h>
#include <string.h>

#include "shares.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static netdisc_status parse_share(const char *text, nd_name *out)
{
    return nd_parse_share(text, out, NULL);
}

static const nd_host_functions functions = {
    .parse_share = parse_share,
    .name_clear = nd_name_clear,
    .same_remote = nd_same_remote,
    .same_text = nd_same_text,
};
static const nd_host host = {&functions};

static void check(bool property)
{
    if (!property)
        abort();
}

static void check_text(const char *text)
{
    check(!text || nd_utf8_valid(text, strlen(text)));
}

static void check_share(const nd_shares *shares, const nd_mount *mount)
{
    nd_share share;

    nd_shares_get(shares, mount, &share);

    nd_item item = nd_share_item(&share);

    check(item.as.share.remote && item.as.share.local);
    check_text(item.as.share.remote);
    check_text(item.as.share.local);
    check_text(item.as.share.user);
    nd_share_clear(&host, &share);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nd_mounts *mounts = nd_mounts_parse((const char *)data, size, NULL);
    nd_shares shares = {.host = &host, .mounts = mounts};

    check(mounts != NULL);
    for (size_t i = 0; i < nd_mounts_count(mounts); i++) {
        const nd_mount *mount = nd_mounts_get(mounts, i);

        check(mount->type && mount->source && mount->options && *mount->point == '/');
        check(strcmp(nd_mounts_at(mounts, mount->point)->point, mount->point) == 0);
        nd_mounts_over(mounts, mount);
        check_share(&shares, mount);
    }
    nd_mounts_free(mounts);
    return 0;
}
