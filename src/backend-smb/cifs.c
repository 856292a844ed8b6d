/* SPDX-License-Identifier: MIT */
/* The provider "cifs": the kernel's mounts of shares. Others make them; netdisc finds them and ends
 * them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cifs_watch.h"
#include "holders.h"
#include "patience.h"
#include "shares.h"
#include "unmount.h"

typedef struct cifs {
    const nd_host *host;
    nd_patience *patience;
    nd_cifs_watch *watch; /* of the slot `watch`, which is never run twice at once */
} cifs;

static netdisc_status no_memory(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "not enough memory");
}

static bool names_local(const nd_call *call)
{
    nd_form form = call->request->target.form;

    return form == ND_FORM_LETTER || form == ND_FORM_MOUNT;
}

/* ---- Listing and finding -------------------------------------------------------------------- */

static void probe(void *state, nd_call *call)
{
    nd_mounts *mounts = NULL;
    nd_trouble why = {0};
    netdisc_status status = nd_mounts_read(&mounts, nd_is_share_type, &why);

    (void)state;
    nd_mounts_free(mounts);
    nd_trouble_finish(call, status, &why);
}

static void add_to_call(void *call, const nd_item *item)
{
    nd_add(call, item);
}

static void list(void *state, nd_call *call)
{
    nd_shares shares;
    nd_trouble why = {0};
    netdisc_status status = nd_shares_read(call->host, &shares, &why);

    (void)state;
    if (!status) {
        nd_shares_each(&shares, NULL, add_to_call, call);
        if (shares.profile_status)
            nd_trouble_lacks(call, shares.profile_status, &shares.profile_why);
    }
    nd_shares_clear(&shares);
    nd_trouble_finish(call, status, &why);
}

typedef struct finding {
    nd_call *call;
    bool any;
} finding;

static void add_found(void *data, const nd_item *item)
{
    finding *it = data;

    it->any = true;
    nd_add(it->call, item);
}

/* Without the profile a letter may be tied to a mount, or not; where it is only to be free, that does
 * not matter, and a mount is found by its point all the same. */
static bool needs_profile(const finding *it)
{
    bool updates = (it->call->flags & NETDISC_UPDATE_PROFILE) != 0;

    if (it->call->request->target.form == ND_FORM_LETTER)
        return updates || it->call->purpose != ND_SHARE_ADD;
    return updates && !it->any && names_local(it->call);
}

static void find(void *state, nd_call *call)
{
    nd_shares shares;
    nd_trouble why = {0};
    finding it = {.call = call};
    netdisc_status status = nd_shares_read(call->host, &shares, &why);

    (void)state;
    if (!status) {
        nd_shares_each(&shares, &call->request->target, add_found, &it);
        if (shares.profile_status && needs_profile(&it)) {
            status = shares.profile_status;
            why = shares.profile_why;
        }
    }
    nd_shares_clear(&shares);
    nd_trouble_finish(call, status, &why);
}

/* ---- Holders -------------------------------------------------------------------------------- */

static netdisc_status find_holders(nd_call *call, const nd_mounts *all, nd_holders *seen,
                                   nd_trouble *why)
{
    netdisc_status status = NETDISC_NO_ERROR;

    for (size_t i = 0; !status && i < call->item_count; i++) {
        const nd_mount *mount = nd_share_mount(all, call->items[i]);

        if (mount)
            status = nd_holders_find(call, all, mount, 0, seen, why);
    }
    return status;
}

static void holders(void *state, nd_call *call)
{
    nd_mounts *all = NULL;
    nd_trouble why = {0};
    nd_holders seen = {0};
    netdisc_status status = nd_mounts_read(&all, NULL, &why);

    (void)state;
    if (!status)
        status = find_holders(call, all, &seen, &why);
    nd_mounts_free(all);
    nd_holders_tell_unseen(call, &seen);
    nd_trouble_finish(call, status, &why);
}

/* ---- Ending --------------------------------------------------------------------------------- */

typedef struct ending {
    nd_call *call;
    int wake;
    nd_mounts *all;
    const nd_mount **mounts; /* what is to be ended, in the kernel's order */
    size_t count;
    size_t ended;
    bool force;
    bool detached;
} ending;

static bool is_to_end(const ending *it, const nd_mount *mount)
{
    for (size_t i = 0; i < it->count; i++)
        if (it->mounts[i] == mount)
            return true;
    return false;
}

/* What is named would end another mount. */
static netdisc_status refuse_hidden(const ending *it, const nd_mount *mount, const nd_mount *over,
                                    nd_trouble *why)
{
    nd_holders_add_mount(it->call, over);
    return nd_trouble_say(why, NETDISC_ERROR_DEVICE_IN_USE,
                          "another mount (%s at \"%s\") is over \"%s\"", over->type, over->point,
                          mount->point);
}

static netdisc_status refuse_busy(const ending *it, const nd_mount *mount, nd_trouble *why)
{
    nd_holders seen = {0};
    netdisc_status status = nd_holders_find(it->call, it->all, mount, 0, &seen, why);

    if (status)
        return status;
    nd_holders_tell_unseen(it->call, &seen);
    status = nd_holders_status(&seen, NETDISC_ERROR_OPEN_FILES);
    return nd_trouble_errno(why, status, EBUSY, "\"%s\" is in use", mount->point);
}

/* Force ends what is named, and nothing that is mounted below it. */
static netdisc_status refuse_below(const ending *it, const nd_mount *mount, nd_trouble *why)
{
    nd_mounts *now = NULL;
    netdisc_status status = nd_mounts_read(&now, NULL, why);

    const nd_mount *other = status ? NULL : nd_mounts_below(now, mount);

    if (other) {
        nd_holders_add_mount(it->call, other);
        status = nd_trouble_say(why, NETDISC_ERROR_DEVICE_IN_USE,
                                "another mount (%s at \"%s\") is below \"%s\": it is to be ended first",
                                other->type, other->point, mount->point);
    }
    nd_mounts_free(now);
    return status ? status : refuse_busy(it, mount, why);
}

static netdisc_status refuse_denied(const nd_mount *mount, nd_trouble *why)
{
    const char *option = nd_unmount_fstab_option(mount);

    if (getuid() != geteuid())
        return nd_trouble_errno(why, NETDISC_ERROR_ACCESS_DENIED, EPERM,
                                "/etc/fstab does not let this user unmount \"%s\"", mount->point);
    if (option)
        return nd_trouble_errno(why, NETDISC_ERROR_ACCESS_DENIED, EPERM,
                                "unmounting \"%s\" needs CAP_SYS_ADMIN; but /etc/fstab has it with the "
                                "option \"%s\", so that the program umount may do it for its user",
                                mount->point, option);
    return nd_trouble_errno(why, NETDISC_ERROR_ACCESS_DENIED, EPERM,
                            "unmounting \"%s\" needs CAP_SYS_ADMIN", mount->point);
}

/* The kernel finds no mount at that point: it is gone, or cannot be ended from here. */
static netdisc_status refuse_unreachable(const nd_mount *mount, int error, nd_trouble *why)
{
    if (nd_unmount_check(mount) == ENOENT)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_CONNECTED, "\"%s\" is not mounted any more",
                              mount->point);
    return nd_trouble_errno(why, NETDISC_ERROR_ACCESS_DENIED, error,
                            "\"%s\" cannot be unmounted from here; it may belong to another namespace",
                            mount->point);
}

static netdisc_status refuse(const ending *it, const nd_mount *mount, int error, nd_trouble *why)
{
    switch (error) {
    case EBUSY:
        return it->force ? refuse_below(it, mount, why) : refuse_busy(it, mount, why);
    case EPERM:
        return refuse_denied(mount, why);
    case EINVAL:
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
        return refuse_unreachable(mount, error, why);
    case EEXIST:
        return nd_trouble_say(why, NETDISC_ERROR_BUSY,
                              "the kernel reported success, but \"%s\" is still mounted", mount->point);
    case ECANCELED:
        return nd_trouble_say(why, NETDISC_ERROR_CANCELLED, "given up");
    default:
        return nd_trouble_errno(why, 0, error, "\"%s\" was not unmounted", mount->point);
    }
}

static netdisc_status end_mount(ending *it, const nd_mount *mount, nd_trouble *why)
{
    const nd_mount *over = nd_mounts_over(it->all, mount);
    bool detached = false;

    if (over && !is_to_end(it, over))
        return refuse_hidden(it, mount, over, why);

    int error = nd_unmount(it->call, it->wake, mount, it->force, &detached);

    if (error)
        return refuse(it, mount, error, why);
    it->ended++;
    it->detached = it->detached || detached;
    return NETDISC_NO_ERROR;
}

/* If one of several is in use, none is ended. What is mounted on one of them, and to be ended, too, does
 * not hold it. */
static netdisc_status check_free(const ending *it, nd_trouble *why)
{
    netdisc_status status = NETDISC_NO_ERROR;

    for (size_t i = 0; !status && i < it->count; i++) {
        nd_holders seen = {0};
        size_t children = 0;

        for (size_t j = 0; j < it->count; j++)
            children += j != i && it->mounts[j]->parent == it->mounts[i]->id;
        status = nd_holders_find(NULL, it->all, it->mounts[i], 0, &seen, why);
        if (!status && seen.files + seen.others > children)
            status = refuse_busy(it, it->mounts[i], why);
    }
    return status;
}

/* The last that was mounted first, as it may be mounted on another. */
static netdisc_status end_mounts(ending *it, nd_trouble *why)
{
    netdisc_status status = it->count > 1 && !it->force ? check_free(it, why) : NETDISC_NO_ERROR;

    for (size_t i = it->count; !status && i > 0; i--) {
        status = end_mount(it, it->mounts[i - 1], why);
        /* Others may be there yet. */
        if (status == NETDISC_ERROR_NOT_CONNECTED)
            status = NETDISC_NO_ERROR;
    }
    if (it->detached)
        nd_note(it->call, "detached; programs that hold files keep them");
    return status;
}

static int by_place(const void *a, const void *b)
{
    const nd_mount *const *first = a;
    const nd_mount *const *second = b;

    return *first < *second ? -1 : *first > *second;
}

static netdisc_status collect(ending *it, nd_trouble *why)
{
    netdisc_status status = nd_mounts_read(&it->all, NULL, why);

    if (status)
        return status;
    it->mounts = calloc(it->call->item_count, sizeof *it->mounts);
    if (!it->mounts)
        return no_memory(why);
    for (size_t i = 0; i < it->call->item_count; i++) {
        const nd_mount *mount = nd_share_mount(it->all, it->call->items[i]);

        if (mount)
            it->mounts[it->count++] = mount;
    }
    qsort(it->mounts, it->count, sizeof *it->mounts, by_place);
    return NETDISC_NO_ERROR;
}

/* What is remembered for the items, where that is wanted. */
static netdisc_status forget(const ending *it, size_t *forgotten, nd_trouble *why)
{
    const nd_call *call = it->call;

    if (!(call->flags & NETDISC_UPDATE_PROFILE) || !names_local(call))
        return NETDISC_NO_ERROR;
    for (size_t i = 0; i < call->item_count; i++) {
        const netdisc_share *share = &call->items[i]->as.share;
        nd_trouble reason = {0};

        if (share->remembered == NETDISC_NO)
            continue;

        netdisc_status status = nd_profile_forget(call->host, share->local, &reason);

        if (!status) {
            (*forgotten)++;
            continue;
        }
        *why = reason;
        if (it->ended)
            nd_trouble_reword(why, "unmounted, but not forgotten: %s", reason.message);
        return status;
    }
    return NETDISC_NO_ERROR;
}

static netdisc_status end_patiently(cifs *self, ending *it, nd_trouble *why)
{
    it->wake = nd_patience_begin(self->patience, it->call);

    netdisc_status status = it->wake < 0 ? nd_trouble_say(why, NETDISC_ERROR_TOO_MANY_OPEN_FILES,
                                                          "too many open files to wait for the kernel")
                                         : end_mounts(it, why);

    nd_patience_end(self->patience, it->call);
    return status;
}

static void cancel(void *state, nd_call *call)
{
    ending it = {.call = call, .force = (call->flags & NETDISC_FORCE) != 0};
    nd_trouble why = {0};
    size_t forgotten = 0;
    netdisc_status status = collect(&it, &why);

    if (!status)
        status = end_patiently(state, &it, &why);
    if (!status)
        status = forget(&it, &forgotten, &why);
    if (!status && !it.ended && !forgotten)
        status = nd_trouble_say(&why, NETDISC_ERROR_NOT_CONNECTED, "it is not mounted any more");
    free(it.mounts);
    nd_mounts_free(it.all);
    nd_trouble_finish(call, status, &why);
}

/* ---- Adding --------------------------------------------------------------------------------- */

/* Of "DOMAIN\user" the user. */
static bool is_user(const nd_host *host, const char *wanted, const char *user)
{
    const char *domain_end = wanted ? strchr(wanted, '\\') : NULL;

    if (!wanted)
        return true;
    return user && host->fn->same_text(domain_end ? domain_end + 1 : wanted, user);
}

/* Whether the mount is what is asked for; a mount has no more than one letter. */
static bool suits(const nd_call *call, const nd_share *it)
{
    if (call->request->share->auth == NETDISC_AUTH_GUEST && it->user)
        return false;
    return call->host->fn->same_remote(&call->request->remote, &it->remote) &&
           is_user(call->host, call->request->share->user, it->user) &&
           (call->request->target.form == ND_FORM_NONE || !it->tie);
}

static netdisc_status remember(nd_call *call, nd_share *it, nd_remembered *entry, nd_trouble *why)
{
    if (call->request->target.form == ND_FORM_NONE)
        return NETDISC_NO_ERROR;
    *entry = (nd_remembered){
        .local = call->request->target.text,
        .remote = it->remote.text,
        .provider = nd_cifs_provider.name,
        .user = it->user,
        .mount_point = it->mount->point,
    };
    it->tie = entry;
    it->remembered = NETDISC_YES;
    return nd_profile_remember(call->host, entry, why);
}

/* ERROR_NOT_SUPPORTED: there is no such mount, and another provider may make the share. */
static netdisc_status add_existing(nd_call *call, const nd_shares *shares, nd_trouble *why)
{
    for (size_t i = 0; i < nd_mounts_count(shares->mounts); i++) {
        nd_share one;

        nd_shares_get(shares, nd_mounts_get(shares->mounts, i), &one);
        if (!suits(call, &one)) {
            nd_share_clear(call->host, &one);
            continue;
        }

        nd_remembered entry;
        netdisc_status status = remember(call, &one, &entry, why);

        if (!status) {
            nd_item item = nd_share_item(&one);

            nd_add(call, &item);
        }
        nd_share_clear(call->host, &one);
        return status;
    }
    return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                          "the kernel has no mount of %s to be used, and netdisc makes none",
                          call->request->remote.text);
}

/* Why the local name can never be had here; NULL: it can. */
static const char *unfit_name(const nd_call *call)
{
    switch (call->request->target.form) {
    case ND_FORM_MOUNT:
        return "the kernel's mounts are not made by netdisc";
    case ND_FORM_LETTER:
        return call->flags & NETDISC_UPDATE_PROFILE
                   ? NULL
                   : "a mount of the kernel has a letter only where that is remembered "
                     "(NETDISC_UPDATE_PROFILE)";
    default:
        return NULL;
    }
}

static netdisc_status add_to(nd_call *call, nd_shares *shares, nd_trouble *why)
{
    netdisc_status status = nd_shares_read(call->host, shares, why);

    if (status)
        return status;
    if (shares->profile_status && call->request->target.form != ND_FORM_NONE) {
        *why = shares->profile_why;
        return shares->profile_status;
    }
    return add_existing(call, shares, why);
}

static void add(void *state, nd_call *call)
{
    nd_shares shares = {0};
    nd_trouble why = {0};
    const char *unfit = unfit_name(call);
    netdisc_status status = unfit ? nd_trouble_say(&why, NETDISC_ERROR_NOT_SUPPORTED, "%s", unfit)
                                  : add_to(call, &shares, &why);

    (void)state;
    nd_shares_clear(&shares);
    nd_trouble_finish(call, status, &why);
}

/* ---- The provider --------------------------------------------------------------------------- */

static netdisc_status cifs_open(const nd_host *host, void **state, nd_failure *why)
{
    cifs *it = calloc(1, sizeof *it);

    (void)why;
    if (!it)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    it->host = host;
    it->patience = nd_patience_new();
    if (!it->patience) {
        free(it);
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }
    *state = it;
    return NETDISC_NO_ERROR;
}

static void cifs_close(void *state)
{
    cifs *it = state;

    nd_cifs_watch_end(it->watch);
    nd_patience_free(it->patience);
    free(it);
}

static void abandon(void *state, nd_call *call)
{
    cifs *it = state;

    nd_patience_abandon(it->patience, call);
}

static void watch(void *state, uint32_t kinds)
{
    cifs *it = state;

    if (kinds && it->watch) {
        nd_cifs_watch_again(it->watch);
        return;
    }
    nd_cifs_watch_end(it->watch);
    it->watch = kinds ? nd_cifs_watch_begin(it->host) : NULL;
}

const nd_provider nd_cifs_provider = {
    .name = "cifs",
    .blocking = true,
    .open = cifs_open,
    .close = cifs_close,
    .abandon = abandon,
    .slots =
        {
            [ND_PROBE] = probe,
            [ND_SHARE_LIST] = list,
            [ND_SHARE_FIND] = find,
            [ND_SHARE_CANCEL] = cancel,
            [ND_SHARE_ADD] = add,
            [ND_SHARE_HOLDERS] = holders,
        },
    .watch = watch,
};
