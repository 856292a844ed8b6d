/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "message.h"

static const unsigned char magic[4] = {'n', 'd', 's', 'm'};

enum {
    VERSION_AT = sizeof magic,
    TYPE_AT = VERSION_AT + 2,
    LENGTH_AT = TYPE_AT + 2,
    HEADER = LENGTH_AT + 4,
    FIELD_LENGTH_AT = 1, /* after the number */
    FIELD_HEADER = FIELD_LENGTH_AT + 2,
    NUMBERS = 256 /* of fields that there can be */
};

void nd_smb_wipe(void *memory, size_t size)
{
    if (memory)
        explicit_bzero(memory, size);
}

/* ---- Putting and looking -------------------------------------------------------------------- */

void nd_message_init(nd_message *message, nd_message_type type)
{
    *message = (nd_message){.type = type};
}

void nd_message_put(nd_message *message, nd_field field, const char *text)
{
    message->fields[field] = text;
}

void nd_message_put_number(nd_message *message, nd_field field, int64_t number)
{
    char *text = message->numbers[field];

    snprintf(text, sizeof message->numbers[field], "%" PRId64, number);
    message->fields[field] = text;
}

int64_t nd_message_number(const nd_message *message, nd_field field, int64_t otherwise)
{
    const char *text = message->fields[field];
    char again[sizeof message->numbers[field]];

    if (!text)
        return otherwise;

    int64_t number = strtoll(text, NULL, 10);

    snprintf(again, sizeof again, "%" PRId64, number);
    return strcmp(text, again) == 0 ? number : otherwise;
}

void nd_message_clear(nd_message *message)
{
    nd_smb_wipe(message->storage, message->storage_size);
    free(message->storage);
    nd_smb_wipe(message, sizeof *message);
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

static void put_16(unsigned char *at, size_t number)
{
    at[0] = (unsigned char)number;
    at[1] = (unsigned char)(number >> 8);
}

static size_t get_16(const unsigned char *at)
{
    return (size_t)at[0] | (size_t)at[1] << 8;
}

static void put_32(unsigned char *at, size_t number)
{
    put_16(at, number);
    put_16(at + 2, number >> 16);
}

static size_t get_32(const unsigned char *at)
{
    return get_16(at) | get_16(at + 2) << 16;
}

/* 0: too long. */
static size_t encoded_size(const nd_message *message)
{
    size_t size = HEADER;

    for (size_t i = 1; i < ND_FIELDS; i++) {
        if (!message->fields[i])
            continue;

        size_t length = strlen(message->fields[i]);

        if (length > ND_MESSAGE_MAX)
            return 0;
        size += FIELD_HEADER + length + 1;
        if (size > ND_MESSAGE_MAX)
            return 0;
    }
    return size;
}

static unsigned char *put_field(unsigned char *at, size_t number, const char *text)
{
    size_t length = strlen(text);

    at[0] = (unsigned char)number;
    put_16(at + FIELD_LENGTH_AT, length);
    memcpy(at + FIELD_HEADER, text, length + 1);
    return at + FIELD_HEADER + length + 1;
}

int nd_message_encode(const nd_message *message, unsigned char **bytes, size_t *size)
{
    *bytes = NULL;
    *size = encoded_size(message);
    if (*size == 0)
        return EMSGSIZE;

    unsigned char *at = malloc(*size);

    if (!at)
        return ENOMEM;
    *bytes = at;
    memcpy(at, magic, sizeof magic);
    put_16(at + VERSION_AT, ND_MESSAGE_VERSION);
    put_16(at + TYPE_AT, (size_t)message->type);
    put_32(at + LENGTH_AT, *size - HEADER);
    at += HEADER;
    for (size_t i = 1; i < ND_FIELDS; i++)
        if (message->fields[i])
            at = put_field(at, i, message->fields[i]);
    return 0;
}

/* What follows the header has `*length` bytes. */
static int read_header(const unsigned char header[HEADER], nd_message_type *type, size_t *length)
{
    if (memcmp(header, magic, sizeof magic) != 0)
        return EPROTO;
    if (get_16(header + VERSION_AT) != ND_MESSAGE_VERSION)
        return EPROTONOSUPPORT;

    size_t number = get_16(header + TYPE_AT);

    *type = (nd_message_type)number;
    *length = get_32(header + LENGTH_AT);
    return number > ND_MESSAGE_NONE && number < ND_MESSAGE_TYPES && *length <= ND_MESSAGE_MAX - HEADER
               ? 0
               : EPROTO;
}

/* The size of the field that `at` begins with, 0: malformed. */
static size_t field_size(const char *at, size_t left)
{
    if (left < FIELD_HEADER + 1)
        return 0;

    size_t length = get_16((const unsigned char *)at + FIELD_LENGTH_AT);
    const char *text = at + FIELD_HEADER;

    if (left - FIELD_HEADER - 1 < length)
        return 0;
    return memchr(text, '\0', length + 1) == text + length ? FIELD_HEADER + length + 1 : 0;
}

static bool find_fields(nd_message *message)
{
    bool seen[NUMBERS] = {false};
    const char *at = message->storage;
    size_t left = message->storage_size;

    while (left > 0) {
        size_t size = field_size(at, left);
        size_t number = (unsigned char)*at;

        if (size == 0 || seen[number])
            return false;
        seen[number] = true;
        if (number < ND_FIELDS)
            message->fields[number] = at + FIELD_HEADER;
        at += size;
        left -= size;
    }
    message->fields[0] = NULL; /* no field has this number */
    return true;
}

static bool make_storage(nd_message *message, size_t size)
{
    message->storage = malloc(size ? size : 1);
    if (!message->storage)
        return false;
    message->storage_size = size;
    return true;
}

int nd_message_decode(const unsigned char *bytes, size_t size, nd_message *out)
{
    size_t length;

    nd_message_init(out, ND_MESSAGE_NONE);
    if (size < HEADER)
        return EPROTO;

    int error = read_header(bytes, &out->type, &length);

    if (!error && length != size - HEADER)
        error = EPROTO;
    if (!error && !make_storage(out, length))
        error = ENOMEM;
    if (!error) {
        memcpy(out->storage, bytes + HEADER, length);
        error = find_fields(out) ? 0 : EPROTO;
    }
    if (error)
        nd_message_clear(out);
    return error;
}

size_t nd_message_length(const unsigned char *bytes, size_t size)
{
    return size < HEADER ? 0 : HEADER + (size_t)get_32(bytes + LENGTH_AT);
}

/* ---- Time ----------------------------------------------------------------------------------- */

int64_t nd_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int nd_left_ms(int64_t deadline)
{
    if (deadline == -1)
        return -1;

    int64_t left = deadline - nd_clock_ms();

    if (left < 0)
        return 0;
    return left < INT_MAX ? (int)left : INT_MAX;
}

/* ---- Over a socket -------------------------------------------------------------------------- */

/* A socket, and how long to wait for it. */
typedef struct line {
    int fd;
    int wake;
    int64_t deadline;
} line;

static line line_of(int fd, int timeout_ms, int wake)
{
    return (line){fd, wake, timeout_ms < 0 ? -1 : nd_clock_ms() + timeout_ms};
}

static int await(const line *over, short events)
{
    struct pollfd both[] = {{over->fd, events, 0}, {over->wake, POLLIN, 0}};
    int ready = poll(both, 2, nd_left_ms(over->deadline));

    if (ready < 0)
        return errno == EINTR ? 0 : errno;
    if (ready == 0)
        return ETIMEDOUT;
    return both[1].revents ? ECANCELED : 0;
}

/* After a failed operation: 0 when it may be tried again. */
static int try_again(const line *over, short events, int error)
{
    if (error == EINTR)
        return 0;
    if (error == EAGAIN || error == EWOULDBLOCK)
        return await(over, events);
    return error == EPIPE ? ECONNRESET : error;
}

static int send_all(const line *over, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(over->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0) {
            int error = try_again(over, POLLOUT, errno);

            if (error)
                return error;
            continue;
        }
        bytes += sent;
        size -= (size_t)sent;
    }
    return 0;
}

static int receive_all(const line *over, void *bytes, size_t size)
{
    unsigned char *at = bytes;

    while (size > 0) {
        ssize_t got = recv(over->fd, at, size, MSG_DONTWAIT);

        if (got == 0)
            return ECONNRESET;
        if (got < 0) {
            int error = try_again(over, POLLIN, errno);

            if (error)
                return error;
            continue;
        }
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

int nd_message_send(int fd, const nd_message *message, int timeout_ms, int wake)
{
    line over = line_of(fd, timeout_ms, wake);
    unsigned char *bytes;
    size_t size;
    int error = nd_message_encode(message, &bytes, &size);

    if (error)
        return error;
    error = send_all(&over, bytes, size);
    nd_smb_wipe(bytes, size);
    free(bytes);
    return error;
}

int nd_message_receive(int fd, nd_message *out, int timeout_ms, int wake)
{
    line over = line_of(fd, timeout_ms, wake);
    unsigned char header[HEADER];
    size_t length;

    nd_message_init(out, ND_MESSAGE_NONE);

    int error = receive_all(&over, header, sizeof header);

    if (!error)
        error = read_header(header, &out->type, &length);
    if (!error && !make_storage(out, length))
        error = ENOMEM;
    if (!error)
        error = receive_all(&over, out->storage, length);
    if (!error && !find_fields(out))
        error = EPROTO;
    if (error)
        nd_message_clear(out);
    return error;
}

int nd_smb_write_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t written = write(fd, at, size);

        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            at += written;
            size -= (size_t)written;
        }
    }
    return 0;
}
