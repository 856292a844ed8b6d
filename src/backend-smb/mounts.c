/* SPDX-License-Identifier: MIT */
#include "mounts.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* Of this thread, whose mounts need not be those of the process's first. */
#define MOUNTINFO "/proc/thread-self/mountinfo"

enum { MOUNTS_AT_FIRST = 64, READS_MAX = 5 };

struct nd_mounts {
    struct libmnt_table *table; /* that the strings of the items stand in */
    nd_mount *items;
    size_t count;
    size_t room;
};

/* ---- Reading -------------------------------------------------------------------------------- */

static bool keep(nd_mounts *mounts, const nd_mount *mount)
{
    if (mounts->count == mounts->room) {
        size_t room = mounts->room ? 2 * mounts->room : MOUNTS_AT_FIRST;
        nd_mount *items = reallocarray(mounts->items, room, sizeof *items);

        if (!items)
            return false;
        mounts->items = items;
        mounts->room = room;
    }
    mounts->items[mounts->count++] = *mount;
    return true;
}

static const char *or_none(const char *text)
{
    return text ? text : "";
}

static nd_mount mount_of(struct libmnt_fs *line)
{
    dev_t device = mnt_fs_get_devno(line);

    return (nd_mount){
        .id = mnt_fs_get_id(line),
        .parent = mnt_fs_get_parent_id(line),
        .major = major(device),
        .minor = minor(device),
        .type = or_none(mnt_fs_get_fstype(line)),
        .source = or_none(mnt_fs_get_source(line)),
        .point = or_none(mnt_fs_get_target(line)),
        .options = or_none(mnt_fs_get_fs_options(line)),
    };
}

static int pass_over(struct libmnt_table *table, const char *name, int line)
{
    (void)table;
    (void)name;
    (void)line;
    return 1;
}

/* False: no memory. */
static bool take(nd_mounts *mounts, bool (*wanted)(const char *type))
{
    struct libmnt_iter *lines = mnt_new_iter(MNT_ITER_FORWARD);
    struct libmnt_fs *line = NULL;
    bool good = lines != NULL;

    while (good && mnt_table_next_fs(mounts->table, lines, &line) == 0) {
        nd_mount mount = mount_of(line);

        if (*mount.point == '/' && (!wanted || wanted(mount.type)))
            good = keep(mounts, &mount);
    }
    mnt_free_iter(lines);
    return good;
}

static int parse(FILE *file, bool (*wanted)(const char *type), nd_mounts **out)
{
    nd_mounts *mounts = calloc(1, sizeof *mounts);

    if (!mounts)
        return ENOMEM;
    mounts->table = mnt_new_table();

    int error = mounts->table ? 0 : ENOMEM;

    if (!error) {
        mnt_table_set_parser_errcb(mounts->table, pass_over);
        error = -mnt_table_parse_stream(mounts->table, file, MOUNTINFO);
    }
    if (!error && !take(mounts, wanted))
        error = ENOMEM;
    if (error)
        nd_mounts_free(mounts);
    else
        *out = mounts;
    return error;
}

nd_mounts *nd_mounts_parse(const char *text, size_t size, bool (*wanted)(const char *type))
{
    static char nothing[] = "\n";
    nd_mounts *mounts = NULL;
    FILE *file = size ? fmemopen((char *)text, size, "r") : fmemopen(nothing, 1, "r");

    if (!file)
        return NULL;
    parse(file, wanted, &mounts);
    fclose(file);
    return mounts;
}

static bool has_changed(FILE *file)
{
    struct pollfd mounts = {.fd = fileno(file), .events = POLLPRI};

    return poll(&mounts, 1, 0) > 0 && (mounts.revents & POLLPRI);
}

/* The kernel gives a page at a time, and mounts may come and go between two: then what has been read was
 * never so, and is read again. Where they never rest, the last is taken. */
static int read_whole(FILE *file, bool (*wanted)(const char *type), nd_mounts **out)
{
    int error = parse(file, wanted, out);

    for (int i = 1; i < READS_MAX && !error && has_changed(file); i++) {
        nd_mounts_free(*out);
        *out = NULL;
        rewind(file);
        error = parse(file, wanted, out);
    }
    return error;
}

netdisc_status nd_mounts_read(nd_mounts **out, bool (*wanted)(const char *type), nd_trouble *why)
{
    FILE *file = fopen(MOUNTINFO, "re");
    int error = file ? 0 : errno;

    *out = NULL;
    if (!error)
        error = read_whole(file, wanted, out);
    if (file)
        fclose(file);
    if (error)
        return nd_trouble_errno(why, 0, error, "the list of mounts (" MOUNTINFO ") cannot be read");
    return NETDISC_NO_ERROR;
}

void nd_mounts_free(nd_mounts *mounts)
{
    if (!mounts)
        return;
    mnt_unref_table(mounts->table);
    free(mounts->items);
    free(mounts);
}

/* ---- Looking -------------------------------------------------------------------------------- */

size_t nd_mounts_count(const nd_mounts *mounts)
{
    return mounts->count;
}

const nd_mount *nd_mounts_get(const nd_mounts *mounts, size_t index)
{
    return index < mounts->count ? &mounts->items[index] : NULL;
}

const nd_mount *nd_mounts_at(const nd_mounts *mounts, const char *point)
{
    for (size_t i = mounts->count; i > 0; i--)
        if (strcmp(mounts->items[i - 1].point, point) == 0)
            return &mounts->items[i - 1];
    return NULL;
}

const nd_mount *nd_mounts_below(const nd_mounts *mounts, const nd_mount *mount)
{
    for (size_t i = 0; i < nd_mounts_count(mounts); i++) {
        const nd_mount *other = nd_mounts_get(mounts, i);

        if (other->parent == mount->id && other->id != mount->id)
            return other;
    }
    return NULL;
}

const nd_mount *nd_mounts_by_id(const nd_mounts *mounts, int id)
{
    for (size_t i = 0; i < mounts->count; i++)
        if (mounts->items[i].id == id)
            return &mounts->items[i];
    return NULL;
}

bool nd_is_below(const char *path, const char *point)
{
    size_t length = strcmp(point, "/") == 0 ? 0 : strlen(point);

    return strncmp(path, point, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* A child of `parent` that is in the way to `point`, which is another child's: at the same point the
 * later. */
static const nd_mount *child_over(const nd_mounts *mounts, const nd_mount *parent, const nd_mount *child)
{
    for (size_t i = 0; i < mounts->count; i++) {
        const nd_mount *other = &mounts->items[i];

        if (other->parent == parent->id && other != child && nd_is_below(child->point, other->point) &&
            (other > child || strcmp(other->point, child->point) != 0))
            return other;
    }
    return NULL;
}

const nd_mount *nd_mounts_over(const nd_mounts *mounts, const nd_mount *mount)
{
    const nd_mount *over = NULL;
    const nd_mount *child = mount;

    for (size_t i = 0; !over && i < mounts->count; i++)
        if (mounts->items[i].parent == mount->id && &mounts->items[i] != mount &&
            strcmp(mounts->items[i].point, mount->point) == 0)
            over = &mounts->items[i];
    for (size_t steps = 0; !over && steps < mounts->count; steps++) {
        const nd_mount *parent = nd_mounts_by_id(mounts, child->parent);

        if (!parent || parent == child)
            break;
        over = child_over(mounts, parent, child);
        child = parent;
    }
    return over;
}

char *nd_mount_option(const nd_mount *mount, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = mount->options; *at;) {
        size_t size = strcspn(at, ",");

        if (size > length && at[length] == '=' && strncmp(at, name, length) == 0)
            return strndup(at + length + 1, size - length - 1);
        at += size + (at[size] == ',');
    }
    return NULL;
}
