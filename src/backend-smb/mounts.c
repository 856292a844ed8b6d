/* SPDX-License-Identifier: MIT */
/*
 * A reader of its own: libmount's makes a tree of allocations of every line, and takes longer than findmnt as
 * a whole may. This one takes the text in one block, and looks at no more of a line than it must.
 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of this thread, whose mounts need not be those of the process's first. */
#define MOUNTINFO "/proc/thread-self/mountinfo"

enum { ROOM_AT_FIRST = 64 * 1024, MOUNTS_AT_FIRST = 64, READS_MAX = 5 };

struct nd_mounts {
    char *text; /* that the strings of the items stand in */
    nd_mount *items;
    size_t count;
    size_t room;
};

/* ---- Parsing -------------------------------------------------------------------------------- */

/* What is left of a line: fields with one space between them. The line ends in a NUL. */
typedef struct fields {
    char *at;  /* NULL: there are no more */
    char *end; /* of the line */
} fields;

/* The next field, ended by a NUL; NULL: there is none. */
static char *next_field(fields *line)
{
    char *field = line->at;

    if (!field)
        return NULL;

    char *space = memchr(field, ' ', (size_t)(line->end - field));

    line->at = space ? space + 1 : NULL;
    if (space)
        *space = '\0';
    return field;
}

static bool is_octal(char digit)
{
    return digit >= '0' && digit <= '7';
}

/* In place: \040 is a space. The kernel writes no \000. */
static char *decode(char *text)
{
    char *from = strchr(text, '\\');
    char *to = from;

    if (!from)
        return text;
    while (*from) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && is_octal(from[2]) &&
            is_octal(from[3]) && (from[1] != '0' || from[2] != '0' || from[3] != '0')) {
            *to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return text;
}

/* A decimal number that ends in `stop`; `*text` is then behind that. */
static bool read_number(const char **text, char stop, unsigned *out)
{
    const char *at = *text;
    unsigned number = 0;

    if (*at == stop)
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        unsigned digit = (unsigned)(*at - '0');

        if (number > (INT_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    *text = *at ? at + 1 : at;
    return *at == stop;
}

static bool read_id(const char *field, int *out)
{
    unsigned number = 0;

    if (!field || !read_number(&field, '\0', &number))
        return false;
    *out = (int)number;
    return true;
}

static bool read_device(const char *field, nd_mount *out)
{
    return field && read_number(&field, ':', &out->major) && read_number(&field, '\0', &out->minor);
}

/* ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG ...] - TYPE SOURCE SUPEROPTIONS */
static bool read_line(fields line, bool (*wanted)(const char *type), nd_mount *out)
{
    static const char separator[] = " - ";
    char *dash = memmem(line.at, (size_t)(line.end - line.at), separator, strlen(separator));

    if (!dash)
        return false;

    fields rest = {dash + strlen(separator), line.end};
    char *type = next_field(&rest);

    if (!rest.at || (wanted && !wanted(decode(type))))
        return false;

    char *source = next_field(&rest);
    char *options = next_field(&rest);

    *dash = '\0';
    line.end = dash;

    char *id = next_field(&line);
    char *parent = next_field(&line);
    char *device = next_field(&line);

    next_field(&line);

    char *point = next_field(&line);

    if (!options || !point || *point != '/' || !read_id(id, &out->id) ||
        !read_id(parent, &out->parent) || !read_device(device, out))
        return false;
    out->type = wanted ? type : decode(type);
    out->source = decode(source);
    out->point = decode(point);
    out->options = decode(options);
    return true;
}

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

/* Takes the text, which is followed by a NUL. What is not ended by a newline has been torn off. */
static nd_mounts *parse(char *text, size_t size, bool (*wanted)(const char *type))
{
    nd_mounts *mounts = calloc(1, sizeof *mounts);

    if (!mounts) {
        free(text);
        return NULL;
    }
    mounts->text = text;
    for (char *end; (end = memchr(text, '\n', size)); text = end + 1) {
        nd_mount mount;

        size -= (size_t)(end - text) + 1;
        *end = '\0';
        if (strlen(text) == (size_t)(end - text) && read_line((fields){text, end}, wanted, &mount) &&
            !keep(mounts, &mount)) {
            nd_mounts_free(mounts);
            return NULL;
        }
    }
    return mounts;
}

nd_mounts *nd_mounts_parse(const char *text, size_t size, bool (*wanted)(const char *type))
{
    char *copy = size < SIZE_MAX ? malloc(size + 1) : NULL;

    if (!copy)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return parse(copy, size, wanted);
}

/* ---- Reading -------------------------------------------------------------------------------- */

typedef struct block {
    char *bytes;
    size_t size;
    size_t room;
} block;

static int grow(block *to)
{
    size_t room = to->room ? 2 * to->room : ROOM_AT_FIRST;
    char *bytes = room > to->room ? realloc(to->bytes, room) : NULL;

    if (!bytes)
        return ENOMEM;
    to->bytes = bytes;
    to->room = room;
    return 0;
}

/* All that there is, and a NUL. An errno. */
static int read_all(int fd, block *to)
{
    to->size = 0;
    for (;;) {
        if (to->room - to->size < 2 || !to->bytes) {
            int error = grow(to);

            if (error)
                return error;
        }

        ssize_t length = read(fd, to->bytes + to->size, to->room - to->size - 1);

        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return errno;
        if (length == 0)
            break;
        to->size += (size_t)length;
    }
    to->bytes[to->size] = '\0';
    return 0;
}

static bool has_changed(int fd)
{
    struct pollfd mounts = {.fd = fd, .events = POLLPRI};

    return poll(&mounts, 1, 0) > 0 && (mounts.revents & POLLPRI);
}

/* The kernel gives a page at a time, and mounts may come and go between two: then what has been read was
 * never so, and is read again. Where they never rest, the last is taken. */
static int read_whole(block *to)
{
    int fd = open(MOUNTINFO, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return errno;

    int error = 0;

    for (int i = 0; i < READS_MAX; i++) {
        error = lseek(fd, 0, SEEK_SET) < 0 ? errno : read_all(fd, to);
        if (error || !has_changed(fd))
            break;
    }
    close(fd);
    return error;
}

netdisc_status nd_mounts_read(nd_mounts **out, bool (*wanted)(const char *type), nd_trouble *why)
{
    block text = {0};
    int error = read_whole(&text);

    *out = NULL;
    if (error) {
        free(text.bytes);
        return nd_trouble_errno(why, 0, error, "the list of mounts (" MOUNTINFO ") cannot be read");
    }
    *out = parse(text.bytes, text.size, wanted);
    return *out ? NETDISC_NO_ERROR
                : nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY,
                                 "not enough memory for the mounts");
}

void nd_mounts_free(nd_mounts *mounts)
{
    if (!mounts)
        return;
    free(mounts->items);
    free(mounts->text);
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

const nd_mount *nd_mounts_by_id(const nd_mounts *mounts, int id)
{
    for (size_t i = 0; i < mounts->count; i++)
        if (mounts->items[i].id == id)
            return &mounts->items[i];
    return NULL;
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
