/* SPDX-License-Identifier: MIT */
/*
 * What the backend and its worker netdisc-smb say to each other, and how a mapping is written down: a
 * message of numbered fields, each a text. No GLib here, for both programs use it.
 *
 * On the wire: "ndsm", version (16 bits), type (16 bits), length of the rest (32 bits), all
 * little-endian; then for each field its number (8 bits), its length (16 bits), the bytes, none of them
 * NUL, and a NUL. What is malformed, too long, of another version or of an unknown type, or has a field
 * twice is refused as a whole; an unknown field is passed over.
 */
#ifndef ND_SMB_MESSAGE_H
#define ND_SMB_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ND_MESSAGE_VERSION = 1, ND_MESSAGE_MAX = 65536 /* bytes, all in all */ };

typedef enum nd_message_type {
    ND_MESSAGE_NONE = 0,

    /* To a worker that has just been started, over its standard input, a socket. Then the worker sends
     * CONNECTED or FAILED; after CONNECTED the backend sends KEEP, and from then on the mapping stays.
     * If the socket ends before that, the worker undoes what it has done, and ends. */
    ND_MESSAGE_CONNECT,
    ND_MESSAGE_CONNECTED, /* the fields of INFO, and TEXT: a remark for the caller */
    ND_MESSAGE_KEEP,
    /* Instead of CONNECT: remove what dead workers have left; NAME: only that one; NAME and ID: of a
     * worker that lives, and does not answer, unmount the files, if nobody uses them. Answered by
     * CLEANED or FAILED. */
    ND_MESSAGE_CLEAN,
    ND_MESSAGE_CLEANED,

    /* Over the control socket of a mapping. CANCEL has ID, FORCE, TIMEOUT; the answer is FAILED, or
     * CANCELLED once the server has been left and nothing is mounted any more. The socket ends when the
     * worker has. */
    ND_MESSAGE_CANCEL,
    ND_MESSAGE_CANCELLED,

    ND_MESSAGE_FAILED, /* STATUS, NATIVE_DOMAIN, NATIVE_CODE, NATIVE_NAME, TEXT: an nd_failure */

    ND_MESSAGE_INFO, /* a mapping, in its directory: ID, REMOTE, LOCAL, PATH, USER, DOMAIN, AUTH, STATE */
    ND_MESSAGE_TYPES
} nd_message_type;

typedef enum nd_field {
    ND_FIELD_NAME = 1, /* of the mapping's directory */
    ND_FIELD_ID,       /* of the mapping: 32 hex digits, others each time one is made */
    ND_FIELD_REMOTE,   /* the normal form: \\server\share or smb://server:port/share */
    ND_FIELD_SERVER,   /* its parts */
    ND_FIELD_SHARE,
    ND_FIELD_PORT,  /* number; not there or 0: the usual one */
    ND_FIELD_LOCAL, /* "Z:" or a mount point; not there: a mapping without a local name */
    ND_FIELD_USER,
    ND_FIELD_DOMAIN,
    ND_FIELD_PASSWORD,
    ND_FIELD_AUTH,          /* number: netdisc_auth */
    ND_FIELD_SAVE_PASSWORD, /* number: 1 */
    ND_FIELD_TIMEOUT,       /* number: ms; not there: none */
    ND_FIELD_FORCE,         /* number: 1 */
    ND_FIELD_PATH,          /* where a program finds the files; not there: nowhere */
    ND_FIELD_STATE,         /* number: netdisc_state */
    ND_FIELD_STATUS,        /* number: netdisc_status, 0: to be taken from the native code */
    ND_FIELD_NATIVE_DOMAIN,
    ND_FIELD_NATIVE_CODE, /* number */
    ND_FIELD_NATIVE_NAME,
    ND_FIELD_TEXT,
    ND_FIELDS
} nd_field;

/* Fields are NULL where they are not there. What nd_message_put() was given is borrowed; what was
 * decoded or received stands in `storage`. Not to be copied or moved: numbers are pointed to where they
 * stand. */
typedef struct nd_message {
    nd_message_type type;
    const char *fields[ND_FIELDS];
    char numbers[ND_FIELDS][24]; /* room for those put as numbers */
    char *storage;
    size_t storage_size;
} nd_message;

/* Makes an empty message. */
void nd_message_init(nd_message *message, nd_message_type type);
/* NULL: not there. The text is borrowed. */
void nd_message_put(nd_message *message, nd_field field, const char *text);
void nd_message_put_number(nd_message *message, nd_field field, int64_t number);
/* `otherwise` where it is not there or not a number as nd_message_put_number() writes it. */
int64_t nd_message_number(const nd_message *message, nd_field field, int64_t otherwise);
/* Wipes and frees what the message owns, and empties it. */
void nd_message_clear(nd_message *message);

/* The rest returns 0 or an errno: ENOMEM, EMSGSIZE (too long to be sent). */

/* The length of the message that these bytes begin, header and all; 0: not enough of it is there to tell. */
size_t nd_message_length(const unsigned char *bytes, size_t size);
/* `*bytes` is the caller's, who wipes it (nd_smb_wipe) and frees it. */
int nd_message_encode(const nd_message *message, unsigned char **bytes, size_t *size);
/* EPROTO: malformed. EPROTONOSUPPORT: of another version. `out` is empty unless it returns 0. */
int nd_message_decode(const unsigned char *bytes, size_t size, nd_message *out);

/* Over a stream socket, without SIGPIPE; the descriptor need not be non-blocking. `timeout_ms` is for
 * the whole message, -1: none. ETIMEDOUT; ECONNRESET: the other side has ended; the errno of the socket.
 * `wake`, unless -1, ends the wait with ECANCELED when it becomes readable. */
int nd_message_send(int fd, const nd_message *message, int timeout_ms, int wake);
int nd_message_receive(int fd, nd_message *out, int timeout_ms, int wake);

/* Milliseconds of the monotonic clock, for deadlines; and what is left of one, -1 for the deadline
 * -1. */
int64_t nd_clock_ms(void);
int nd_left_ms(int64_t deadline);

/* Writes all of it; 0 or an errno. */
int nd_smb_write_all(int fd, const void *bytes, size_t size);

/* Overwrites memory in a way that is not optimised away. */
void nd_smb_wipe(void *memory, size_t size);

#endif
