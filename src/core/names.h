/* SPDX-License-Identifier: MIT */
/*
 * Names as people write them, parsed once by the core: nothing malformed reaches a provider.
 * Pure functions; they touch nothing but their arguments and the heap.
 */
#ifndef ND_NAMES_H
#define ND_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netdisc.h"

enum {
    ND_NAME_MAX = 4095,      /* bytes of any share name */
    ND_SERVER_MAX = 253,     /* bytes, as DNS */
    ND_SHARE_MAX = 80,       /* characters, as SMB */
    ND_CONNECTION_MAX = 1023 /* bytes of a connection's name */
};

typedef enum nd_form {
    ND_FORM_NONE = 0,
    ND_FORM_LETTER, /* text "Z:" */
    ND_FORM_MOUNT,  /* text "/mnt/x": absolute, no trailing or double slash, no . or .. */
    ND_FORM_REMOTE, /* server, share, port; text \\server\share, or smb://server:port/share */
    ND_FORM_SERVER, /* server, port; text \\server, or smb://server:port */
    ND_FORM_UUID,   /* text: 8-4-4-4-12 lower-case hex digits */
    ND_FORM_NAME,   /* text: an interface's or a connection's name */
    ND_FORM_ONLY    /* no name (text is NULL): the only one there is */
} nd_form;

/* A parsed name. Strings live in `storage`; freed by nd_name_clear(). */
typedef struct nd_name {
    nd_form form;
    uint16_t port;      /* remote forms: 0 is the usual one (445) */
    const char *text;   /* the normal form, for people and for comparing locals; parses to the same */
    const char *server; /* remote forms: folded to lower case; IPv6 as inet_ntop writes it, and %Zone */
    const char *share;  /* ND_FORM_REMOTE: as written, percent-decoded */
    char *storage;
} nd_name;

/*
 * Each leaves `out` cleared unless it returns NO_ERROR, and `*why` a static sentence on failure (`why`
 * may be NULL). NULL text is ERROR_INVALID_PARAMETER; every one can give ERROR_NOT_ENOUGH_MEMORY.
 * The codes are those of netdisc.h, "Shares", "WLAN interfaces" and "Named connections".
 */
netdisc_status nd_parse_share(const char *text, nd_name *out, const char **why);
/* As above, but \\server alone is ERROR_BAD_NET_NAME in nd_parse_share and ND_FORM_SERVER here. */
netdisc_status nd_parse_share_or_server(const char *text, nd_name *out, const char **why);
/* NULL is ND_FORM_ONLY. */
netdisc_status nd_parse_device(const char *text, nd_name *out, const char **why);
netdisc_status nd_parse_connection(const char *text, nd_name *out, const char **why);

void nd_name_clear(nd_name *name);

/* A GUID in either form to the canonical one (36 characters and the NUL). */
bool nd_parse_guid(const char *text, char out[37]);

/* The same server, share (without case) and port; false unless both are remote. A server form is the
 * same as any share of it. */
bool nd_same_remote(const nd_name *a, const nd_name *b);

bool nd_utf8_valid(const char *text, size_t length);
/* Bytes that may stand in a name: valid UTF-8 and no control character (C0, DEL, C1). */
bool nd_text_clean(const char *text, size_t length);
/* The next character of valid UTF-8, moving `*text` on; 0 at the end. */
uint32_t nd_utf8_next(const char **text);
/* Simple case folding of one character, and comparison of valid UTF-8 by it. */
uint32_t nd_fold(uint32_t character);
bool nd_same_text(const char *a, const char *b);

#endif
