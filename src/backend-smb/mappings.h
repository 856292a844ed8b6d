/* SPDX-License-Identifier: MIT */
/* The live mappings of the user, as they stand in the runtime directory, as items. */
#ifndef ND_SMB_MAPPINGS_H
#define ND_SMB_MAPPINGS_H

#include "profile.h"
#include "rundir.h"

typedef struct nd_mapping {
    char name[ND_MAPPING_NAME];
    pid_t worker; /* 0: it lives, in another PID namespace */
    nd_message info;
    nd_name remote; /* of it */
} nd_mapping;

typedef struct nd_mappings {
    nd_rundir dir;   /* fd -1: there is none */
    nd_mapping **at; /* those that live */
    size_t count;
    bool any_dead;
} nd_mappings;

/* ERROR_ACCESS_DENIED: the directory cannot be trusted. Where a mapping cannot be read, the others are
 * there all the same. `out` is to be freed in any case. */
netdisc_status nd_mappings_read(const nd_host *host, nd_mappings *out, nd_trouble *why);
void nd_mappings_free(const nd_host *host, nd_mappings *mappings);

/* NULL: it is not there. */
const nd_mapping *nd_mappings_by_id(const nd_mappings *mappings, const char *id);
const nd_mapping *nd_mappings_by_name(const nd_mappings *mappings, const char *name);

/* The field as a text; NULL: it is not there. */
const char *nd_mapping_text(const nd_mapping *mapping, nd_field field);
netdisc_state nd_mapping_state(const nd_mapping *mapping);
/* What people call it: the local name, or the remote. */
const char *nd_mapping_title(const nd_mapping *mapping);

/* As an item; strings are borrowed. `profile` NULL: what is remembered is not known. */
nd_item nd_mapping_item(const nd_mapping *mapping, const nd_profile *profile);

/* Gives each mapping that the target names (NULL: every one) as an item: those that live, and then those
 * that are only remembered, with the key "profile:LOCAL". Returns how many of them live. */
size_t nd_session_show(const nd_host *host, const nd_mappings *live, const nd_profile *profile,
                       const nd_name *target, void (*give)(void *data, const nd_item *item), void *data);

#endif
