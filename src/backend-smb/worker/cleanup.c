/* SPDX-License-Identifier: MIT */
/* What dead workers have left: a mount that answers ENOTCONN, a socket, a directory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>

#include "worker.h"

/* Unmounts it if it is a mount of ours whose worker is dead; false: such a mount is still there. */
static bool unmount_dead(const char *place)
{
    char device[ND_MOUNT_DEVICE];
    struct statfs unused;

    if (!place || !nd_mount_find(place, device))
        return true;
    if (statfs(place, &unused) == 0 || errno != ENOTCONN)
        return true;
    return nd_unmount(place, device, true) == 0;
}

static void clean_up(const nd_rundir *dir, const char *name)
{
    nd_claim claim;
    nd_message info;

    if (nd_mapping_take_over(&claim, name, NULL))
        return;

    bool known = nd_mapping_read(dir, name, &info) == 0;
    char *files = nd_mapping_path(dir, name, "files");
    bool gone = files && unmount_dead(files);

    if (known && info.fields[ND_FIELD_PATH])
        gone = unmount_dead(info.fields[ND_FIELD_PATH]) && gone;
    if (gone)
        nd_mapping_remove(&claim);
    free(files);
    if (known)
        nd_message_clear(&info);
}

typedef struct names {
    char (*all)[ND_MAPPING_NAME];
    size_t count;
} names;

static bool collect(void *data, const char *name)
{
    names *self = data;
    void *grown = realloc(self->all, (self->count + 1) * sizeof self->all[0]);

    if (!grown)
        return false;
    self->all = grown;
    if (strlen(name) < ND_MAPPING_NAME)
        strcpy(self->all[self->count++], name);
    return true;
}

void nd_clean_up(const char *name)
{
    nd_rundir dir;
    names found = {0};

    if (nd_rundir_open(&dir, false, NULL))
        return;
    if (name) {
        clean_up(&dir, name);
    } else {
        nd_mapping_each(&dir, collect, &found);
        for (size_t i = 0; i < found.count; i++)
            clean_up(&dir, found.all[i]);
    }
    nd_mapping_sweep(&dir);
    free(found.all);
    nd_rundir_close(&dir);
}

bool nd_unmount_idle(const char *name, const char *id, nd_failure *why)
{
    nd_rundir dir;
    nd_message info;
    char device[ND_MOUNT_DEVICE];
    int code = nd_rundir_open(&dir, false, NULL);

    if (code)
        return nd_failure_errno(why, 0, code, "the directory of mappings cannot be opened");
    code = nd_mapping_read(&dir, name, &info);
    nd_rundir_close(&dir);
    if (code)
        return nd_failure_errno(why, 0, code, "the mapping cannot be read");

    const char *there = info.fields[ND_FIELD_ID], *path = info.fields[ND_FIELD_PATH];

    if (there && strcmp(there, id) == 0 && path && nd_mount_find(path, device))
        code = nd_unmount(path, device, false);
    if (code)
        nd_failure_errno(why, code == EBUSY ? NETDISC_ERROR_BUSY : 0, code, "%s cannot be unmounted",
                         path);
    nd_message_clear(&info);
    return code == 0;
}
