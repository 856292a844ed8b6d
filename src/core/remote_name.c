/* SPDX-License-Identifier: MIT */
/* Remote names: \\server\share, //server/share and smb://server[:port]/share. */
#include <string.h>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif

#include "memory.h"
#include "name_parts.h"

#define SERVER_FORBIDDEN "\\/:*?\"<>|@,;%#[] "
#define SHARE_FORBIDDEN  "\\/:*?\"<>|"
#define LITERAL_SUFFIX   ".ipv6-literal.net"
#define ALPHANUMERICS    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

enum {
    SMB_PORT = 445,
    ADDRESS_SIZE = 16, /* bytes of an IPv6 address */
    SERVER_SIZE = ND_SERVER_MAX + 1,
    SHARE_SIZE = ND_SHARE_MAX * ND_UTF8_MAX + 1
};

/* A piece of the text that is being parsed; `start` is NULL where there is none. */
typedef struct piece {
    const char *start;
    size_t length;
} piece;

/* Splits at the first `stop`; without one, `after` is no piece and `before` the whole. */
static void split(piece whole, char stop, piece *before, piece *after)
{
    const char *at = memchr(whole.start, stop, whole.length);

    *before = whole;
    *after = (piece){0};
    if (!at)
        return;
    before->length = (size_t)(at - whole.start);
    *after = (piece){at + 1, whole.length - before->length - 1};
}

typedef struct remote {
    bool is_url;
    bool is_address;
    uint16_t port;
    char server[SERVER_SIZE];
    char share[SHARE_SIZE];
} remote;

/* Copies a piece of the name, without the escapes that a URL has. */
static nd_fault unescape(piece from, bool is_url, char *to, size_t size, nd_fault too_long)
{
    size_t length = 0;

    for (size_t i = 0; i < from.length; i++) {
        char byte = from.start[i];

        if (is_url && byte == '%') {
            int high = from.length - i > 2 ? nd_hex_value(from.start[i + 1]) : -1;
            int low = high >= 0 ? nd_hex_value(from.start[i + 2]) : -1;

            if (low < 0 || (high == 0 && low == 0))
                return FAULT_URL_ESCAPE;
            byte = (char)(high << 4 | low);
            i += 2;
        }
        if (length + 1 == size)
            return too_long;
        to[length++] = byte;
    }
    to[length] = '\0';
    return nd_text_clean(to, length) ? FAULT_NONE : FAULT_REMOTE_UNCLEAN;
}

/* An IPv6 address, with %zone or without, in the form of inet_ntop. The zone keeps its case. */
static nd_fault read_address(char *text, remote *to)
{
    unsigned char address[ADDRESS_SIZE];
    char *zone = strchr(text, '%');
    size_t zone_length = 0;

    if (zone) {
        *zone++ = '\0';
        zone_length = strlen(zone);
        if (!zone_length || strspn(zone, ALPHANUMERICS "-._~") != zone_length)
            return FAULT_SERVER_ADDRESS;
    }
    if (inet_pton(AF_INET6, text, address) != 1 ||
        !inet_ntop(AF_INET6, address, to->server, sizeof to->server))
        return FAULT_SERVER_ADDRESS;

    to->is_address = true;
    if (!zone)
        return FAULT_NONE;

    size_t length = strlen(to->server);

    if (length + 1 + zone_length > ND_SERVER_MAX)
        return FAULT_SERVER_LONG;
    to->server[length] = '%';
    memcpy(to->server + length + 1, zone, zone_length + 1);
    return FAULT_NONE;
}

/* Makes fe80--1seth0.ipv6-literal.net into fe80::1%eth0; false if it is another name. */
static bool rewrite_literal(char *name)
{
    size_t length = strlen(name);
    size_t suffix = strlen(LITERAL_SUFFIX);

    if (length < suffix || !nd_begins_with(name + length - suffix, LITERAL_SUFFIX))
        return false;
    name[length - suffix] = '\0';

    char *zone = name + strcspn(name, "sS");

    for (char *at = name; at < zone; at++) {
        if (*at == '-')
            *at = ':';
    }
    if (*zone)
        *zone = '%';
    return true;
}

/* Folding can lengthen a name: U+023A takes two bytes, its lower case three. */
static nd_fault fold_server(const char *name, char to[SERVER_SIZE])
{
    size_t length = 0;

    while (*name) {
        char bytes[ND_UTF8_MAX];
        size_t count = nd_utf8_put(nd_fold(nd_utf8_next(&name)), bytes);

        if (length + count > ND_SERVER_MAX)
            return FAULT_SERVER_LONG;
        memcpy(to + length, bytes, count);
        length += count;
    }
    to[length] = '\0';
    return FAULT_NONE;
}

static nd_fault read_server(piece host, remote *to)
{
    bool bracketed = host.length > 1 && host.start[0] == '[' && host.start[host.length - 1] == ']';

    if (bracketed)
        host = (piece){host.start + 1, host.length - 2};

    char name[SERVER_SIZE];
    nd_fault found = unescape(host, to->is_url, name, sizeof name, FAULT_SERVER_LONG);

    if (found)
        return found;
    if (bracketed)
        return read_address(name, to);
    if (strspn(name, ".") == strlen(name))
        return FAULT_SERVER_SHAPE;
    if (strpbrk(name, SERVER_FORBIDDEN))
        return FAULT_SERVER_CHARACTER;
    if (rewrite_literal(name))
        return read_address(name, to);
    return fold_server(name, to->server);
}

static nd_fault read_port(piece digits, uint16_t *to)
{
    uint32_t port = 0;

    for (size_t i = 0; i < digits.length; i++) {
        char digit = digits.start[i];

        if (digit < '0' || digit > '9' || port > UINT16_MAX)
            return FAULT_URL_PORT;
        port = port * 10 + (uint32_t)(digit - '0');
    }
    if (port == 0 || port > UINT16_MAX)
        return FAULT_URL_PORT;
    *to = port == SMB_PORT ? 0 : (uint16_t)port;
    return FAULT_NONE;
}

/* [user@]server[:port] of a URL. */
static nd_fault read_authority(piece authority, remote *to)
{
    if (memchr(authority.start, '@', authority.length))
        return FAULT_URL_USER;

    const char *bracket = memchr(authority.start, ']', authority.length);
    size_t skipped = bracket ? (size_t)(bracket - authority.start) : 0;
    piece host;
    piece port;

    split((piece){authority.start + skipped, authority.length - skipped}, ':', &host, &port);

    nd_fault found = port.start ? read_port(port, &to->port) : FAULT_NONE;

    return found ? found : read_server((piece){authority.start, skipped + host.length}, to);
}

static nd_fault read_share(piece path, char separator, remote *to)
{
    if (path.start[path.length - 1] == separator)
        path.length--;
    if (memchr(path.start, separator, path.length))
        return FAULT_SHARE_PATH;

    nd_fault found = unescape(path, to->is_url, to->share, sizeof to->share, FAULT_SHARE_LONG);

    if (found)
        return found;
    if (!*to->share || nd_is_dots(to->share, strlen(to->share)))
        return FAULT_SHARE_SHAPE;
    if (strpbrk(to->share, SHARE_FORBIDDEN))
        return FAULT_SHARE_CHARACTER;

    size_t characters = 0;

    for (const char *at = to->share; nd_utf8_next(&at);)
        characters++;
    return characters > ND_SHARE_MAX ? FAULT_SHARE_LONG : FAULT_NONE;
}

/* What follows the two slashes: server, separator, share, and perhaps one more separator. */
static nd_fault read_remote(piece rest, char separator, remote *to)
{
    piece server;
    piece path;

    split(rest, separator, &server, &path);

    nd_fault found = to->is_url ? read_authority(server, to) : read_server(server, to);

    if (found || path.length == 0)
        return found;
    return read_share(path, separator, to);
}

static void add_escaped(nd_text *url, const char *part)
{
    while (*part) {
        size_t plain = strcspn(part, "%#");

        nd_text_add(url, "%.*s", (int)plain, part);
        part += plain;
        if (*part)
            nd_text_add(url, "%%%02X", (unsigned char)*part++);
    }
}

static void add_url(nd_text *text, const remote *from)
{
    nd_text_add(text, "smb://%s", from->is_address ? "[" : "");
    add_escaped(text, from->server);
    nd_text_add(text, "%s:%u%s", from->is_address ? "]" : "", from->port, *from->share ? "/" : "");
    add_escaped(text, from->share);
}

static void add_unc(nd_text *text, const remote *from)
{
    nd_text_add(text, from->is_address ? "\\\\[%s]" : "\\\\%s", from->server);
    nd_text_add(text, *from->share ? "\\%s" : "%s", from->share);
}

/* Text, server and share go into one block, each with its NUL. */
static nd_fault keep_remote(const remote *from, nd_name *out)
{
    nd_text block = {0};

    if (from->port)
        add_url(&block, from);
    else
        add_unc(&block, from);
    nd_text_add(&block, "%c%s%c%s", '\0', from->server, '\0', from->share);

    nd_fault found = nd_name_keep(out, ND_FORM_SERVER, nd_text_take(&block));

    if (found)
        return found;
    out->port = from->port;
    out->server = out->text + strlen(out->text) + 1;
    if (!*from->share)
        return FAULT_NONE;
    out->form = ND_FORM_REMOTE;
    out->share = out->server + strlen(out->server) + 1;
    return FAULT_NONE;
}

/* The length of xxx in xxx://; 0 where the text does not begin so. */
static size_t scheme_length(const char *text)
{
    size_t length = strspn(text, ALPHANUMERICS "+-.");

    return nd_begins_with(text + length, "://") ? length : 0;
}

bool nd_is_remote(const char *text)
{
    return nd_begins_with(text, "\\\\") || nd_begins_with(text, "//") || scheme_length(text) > 0;
}

nd_fault nd_parse_remote(const char *text, size_t length, bool server_alone, nd_name *out)
{
    if (!nd_text_clean(text, length))
        return FAULT_REMOTE_UNCLEAN;

    remote parts = {.is_url = scheme_length(text) > 0};

    if (parts.is_url && !nd_begins_with(text, "smb:"))
        return FAULT_URL_SCHEME;
    if (parts.is_url && strpbrk(text, "?#"))
        return FAULT_URL_QUERY;

    size_t prefix = strlen(parts.is_url ? "smb://" : "//");
    nd_fault found = read_remote((piece){text + prefix, length - prefix}, text[prefix - 1], &parts);

    if (found)
        return found;
    if (!*parts.share && !server_alone)
        return FAULT_SHARE_MISSING;
    return keep_remote(&parts, out);
}
