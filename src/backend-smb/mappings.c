/* SPDX-License-Identifier: MIT */
#include "mappings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading -------------------------------------------------------------------------------- */

typedef struct reading {
    const nd_host *host;
    nd_mappings *out;
    bool no_memory;
    int unread; /* an errno: why a mapping that lives could not be read */
} reading;

static void free_mapping(const nd_host *host, nd_mapping *mapping)
{
    nd_message_clear(&mapping->info);
    host->fn->name_clear(&mapping->remote);
    free(mapping);
}

static bool keep(reading *now, nd_mapping *mapping)
{
    nd_mapping **more = realloc(now->out->at, (now->out->count + 1) * sizeof *more);

    if (!more)
        return false;
    now->out->at = more;
    more[now->out->count++] = mapping;
    return true;
}

/* 0, or why it is not to be listed. */
static int read_one(reading *now, nd_mapping *mapping)
{
    int code = nd_mapping_read(&now->out->dir, mapping->name, &mapping->info);

    if (code)
        return code;

    const char *remote = nd_mapping_text(mapping, ND_FIELD_REMOTE);

    if (!remote || !nd_mapping_text(mapping, ND_FIELD_ID))
        return EPROTO;

    netdisc_status status = now->host->fn->parse_share(remote, &mapping->remote);

    return status == NETDISC_ERROR_NOT_ENOUGH_MEMORY ? ENOMEM : status ? EPROTO : 0;
}

static bool see(void *data, const char *name)
{
    reading *now = data;
    pid_t worker = nd_mapping_worker(&now->out->dir, name);

    if (worker == 0 || (worker < 0 && errno == ENOENT)) {
        now->out->any_dead = now->out->any_dead || worker == 0;
        return true;
    }
    if (worker < 0 && errno != EREMOTE) {
        now->unread = errno;
        return true;
    }

    nd_mapping *mapping = calloc(1, sizeof *mapping);

    if (!mapping) {
        now->no_memory = true;
        return false;
    }
    mapping->worker = worker > 0 ? worker : 0;
    snprintf(mapping->name, sizeof mapping->name, "%s", name);

    int code = read_one(now, mapping);

    if (code == 0 && keep(now, mapping))
        return true;
    free_mapping(now->host, mapping);
    now->no_memory = code == 0 || code == ENOMEM;
    if (code && nd_mapping_worker(&now->out->dir, name) > 0)
        now->unread = code;
    return !now->no_memory;
}

netdisc_status nd_mappings_read(const nd_host *host, nd_mappings *out, nd_trouble *why)
{
    const char *sentence = NULL;
    reading now = {.host = host, .out = out};

    *out = (nd_mappings){.dir = {.fd = -1}};

    int code = nd_rundir_open(&out->dir, false, &sentence);

    if (code == ENOENT)
        return NETDISC_NO_ERROR;
    if (!code)
        code = nd_mapping_each(&out->dir, see, &now);
    if (now.no_memory || code == ENOMEM)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "no memory for the mappings");
    if (code)
        return nd_trouble_errno(why, sentence ? NETDISC_ERROR_ACCESS_DENIED : 0, code, "%s",
                                sentence ? sentence : "the directory of mappings cannot be read");
    if (now.unread)
        return nd_trouble_errno(why, 0, now.unread, "a mapping in %s cannot be read", out->dir.path);
    return NETDISC_NO_ERROR;
}

void nd_mappings_free(const nd_host *host, nd_mappings *mappings)
{
    for (size_t i = 0; i < mappings->count; i++)
        free_mapping(host, mappings->at[i]);
    free(mappings->at);
    nd_rundir_close(&mappings->dir);
}

/* ---- Looking -------------------------------------------------------------------------------- */

const nd_mapping *nd_mappings_by_id(const nd_mappings *mappings, const char *id)
{
    for (size_t i = 0; i < mappings->count; i++)
        if (strcmp(nd_mapping_text(mappings->at[i], ND_FIELD_ID), id) == 0)
            return mappings->at[i];
    return NULL;
}

const nd_mapping *nd_mappings_by_name(const nd_mappings *mappings, const char *name)
{
    for (size_t i = 0; i < mappings->count; i++)
        if (strcmp(mappings->at[i]->name, name) == 0)
            return mappings->at[i];
    return NULL;
}

const char *nd_mapping_text(const nd_mapping *mapping, nd_field field)
{
    return mapping->info.fields[field];
}

const char *nd_mapping_title(const nd_mapping *mapping)
{
    const char *local = nd_mapping_text(mapping, ND_FIELD_LOCAL);

    return local ? local : mapping->remote.text;
}

netdisc_state nd_mapping_state(const nd_mapping *mapping)
{
    int64_t state = nd_message_number(&mapping->info, ND_FIELD_STATE, NETDISC_STATE_UNKNOWN);

    return state >= 0 && state <= NETDISC_STATE_LOST ? (netdisc_state)state : NETDISC_STATE_UNKNOWN;
}

/* ---- Items ---------------------------------------------------------------------------------- */

/* Not the kernel's mounts. */
static bool is_of_session(const nd_remembered *entry)
{
    return strcmp(entry->provider, nd_cifs_provider.name) != 0;
}

static netdisc_tristate is_remembered(const nd_mapping *mapping, const nd_profile *profile)
{
    const char *local = nd_mapping_text(mapping, ND_FIELD_LOCAL);

    if (!local)
        return NETDISC_NO;
    if (!profile)
        return NETDISC_UNKNOWN;

    const nd_remembered *entry = nd_profile_find(profile, local);

    return entry && is_of_session(entry) ? NETDISC_YES : NETDISC_NO;
}

nd_item nd_mapping_item(const nd_mapping *mapping, const nd_profile *profile)
{
    return (nd_item){
        .sort = ND_SORT_SHARE,
        .key = nd_mapping_text(mapping, ND_FIELD_ID),
        .as.share =
            {
                .local = nd_mapping_text(mapping, ND_FIELD_LOCAL),
                .remote = mapping->remote.text,
                .path = nd_mapping_text(mapping, ND_FIELD_PATH),
                .user = nd_mapping_text(mapping, ND_FIELD_USER),
                .state = nd_mapping_state(mapping),
                .remembered = is_remembered(mapping, profile),
                .port = mapping->remote.port,
            },
    };
}

/* `target` NULL: every one. */
static bool matches(const nd_host *host, const nd_name *target, const char *local, const nd_name *remote)
{
    if (!target)
        return true;
    if (target->form == ND_FORM_LETTER || target->form == ND_FORM_MOUNT)
        return local && strcmp(local, target->text) == 0;
    return remote && host->fn->same_remote(target, remote);
}

/* A mount point that was given through a link is that which it leads to, too. */
static bool is_mounted_at(const nd_mapping *mapping, const nd_name *target)
{
    const char *local = nd_mapping_text(mapping, ND_FIELD_LOCAL);
    const char *path = nd_mapping_text(mapping, ND_FIELD_PATH);

    return target->form == ND_FORM_MOUNT && local && *local == '/' && path &&
           strcmp(path, target->text) == 0;
}

static bool is_live(const nd_mappings *live, const char *local)
{
    char name[ND_MAPPING_NAME];

    nd_mapping_name(name, local, NULL);
    return nd_mappings_by_name(live, name) != NULL;
}

static void show_remembered(const nd_host *host, const nd_remembered *entry,
                            void (*give)(void *data, const nd_item *item), void *data)
{
    char key[ND_NAME_MAX + sizeof "profile:"];
    nd_name remote = {0};

    if (host->fn->parse_share(entry->remote, &remote))
        return;
    snprintf(key, sizeof key, "profile:%s", entry->local);
    give(data, &(nd_item){
                   .sort = ND_SORT_SHARE,
                   .key = key,
                   .as.share =
                       {
                           .local = entry->local,
                           .remote = remote.text,
                           .user = entry->user,
                           .state = NETDISC_STATE_REMEMBERED,
                           .remembered = NETDISC_YES,
                           .port = remote.port,
                       },
               });
    host->fn->name_clear(&remote);
}

size_t nd_session_show(const nd_host *host, const nd_mappings *live, const nd_profile *profile,
                       const nd_name *target, void (*give)(void *data, const nd_item *item), void *data)
{
    size_t shown = 0;

    for (size_t i = 0; i < live->count; i++) {
        const nd_mapping *mapping = live->at[i];

        if (!matches(host, target, nd_mapping_text(mapping, ND_FIELD_LOCAL), &mapping->remote) &&
            !is_mounted_at(mapping, target))
            continue;

        nd_item item = nd_mapping_item(mapping, profile);

        give(data, &item);
        shown++;
    }
    for (size_t i = 0; i < nd_profile_count(profile); i++) {
        const nd_remembered *entry = nd_profile_get(profile, i);

        if (is_of_session(entry) && matches(host, target, entry->local, NULL) &&
            !is_live(live, entry->local))
            show_remembered(host, entry, give, data);
    }
    return shown;
}
