/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "name_parts.h"

#ifdef _WIN32
enum { HAS_MOUNTS = 0, DEVICE_MAX = 255 };
#define DEVICE_FORBIDDEN ""
#else
enum { HAS_MOUNTS = 1, DEVICE_MAX = 15 };
#define DEVICE_FORBIDDEN "/: " /* as the kernel has it */
#endif

enum { GUID_LENGTH = 36 };

static const struct {
    netdisc_status status;
    const char *why;
} faults[] = {
#define XX(fault, status, why) {NETDISC_##status, why},
    ND_FAULTS(XX)
#undef XX
};

static netdisc_status report(nd_fault found, const char **why)
{
    if (why)
        *why = faults[found].why;
    return faults[found].status;
}

nd_fault nd_name_keep(nd_name *out, nd_form form, char *text)
{
    if (!text)
        return FAULT_MEMORY;
    *out = (nd_name){.form = form, .text = text, .storage = text};
    return FAULT_NONE;
}

void nd_name_clear(nd_name *name)
{
    free(name->storage);
    *name = (nd_name){0};
}

/* The text's length, or most + 1 where it is longer; reads no further. */
static size_t length_up_to(const char *text, size_t most)
{
    const char *end = memchr(text, '\0', most + 1);

    return end ? (size_t)(end - text) : most + 1;
}

/* ---- Local names ---------------------------------------------------------------------------- */

static nd_fault parse_letter(const char *text, nd_name *out)
{
    char letter = nd_ascii_lower(text[0]);
    bool is_letter = letter >= 'a' && letter <= 'z' && text[1] == ':';

    if (!is_letter || (strcmp(text + 2, "") != 0 && strcmp(text + 2, "\\") != 0))
        return FAULT_LOCAL_SHAPE;
    return nd_name_keep(out, ND_FORM_LETTER, nd_format("%c:", letter - 'a' + 'A'));
}

/* Moves on to the next component of a path and says how long it is: 0 at the end. */
static size_t next_component(const char **path)
{
    *path += strspn(*path, "/");
    return strcspn(*path, "/");
}

static bool has_dots(const char *path)
{
    for (size_t length; (length = next_component(&path)) > 0; path += length) {
        if (nd_is_dots(path, length))
            return true;
    }
    return false;
}

static nd_fault parse_mount(const char *path, size_t length, nd_name *out)
{
    if (has_dots(path))
        return FAULT_MOUNT_DOTS;

    char *text = nd_alloc(length + 1, 1);
    char *end = text;

    if (!text)
        return FAULT_MEMORY;
    for (size_t part; (part = next_component(&path)) > 0; path += part) {
        *end++ = '/';
        memcpy(end, path, part);
        end += part;
    }
    if (end == text)
        *end = '/';
    return nd_name_keep(out, ND_FORM_MOUNT, text);
}

static nd_fault parse_local(const char *text, size_t length, nd_name *out)
{
    if (!nd_text_clean(text, length))
        return FAULT_LOCAL_UNCLEAN;
    if (HAS_MOUNTS && text[0] == '/')
        return parse_mount(text, length, out);
    return parse_letter(text, out);
}

static nd_fault parse_share(const char *text, bool server_alone, nd_name *out)
{
    *out = (nd_name){0};
    if (!text)
        return FAULT_NO_NAME;

    size_t length = length_up_to(text, ND_NAME_MAX);

    if (length > ND_NAME_MAX)
        return FAULT_NAME_LONG;
    return nd_is_remote(text) ? nd_parse_remote(text, length, server_alone, out)
                              : parse_local(text, length, out);
}

netdisc_status nd_parse_share(const char *text, nd_name *out, const char **why)
{
    return report(parse_share(text, false, out), why);
}

netdisc_status nd_parse_share_or_server(const char *text, nd_name *out, const char **why)
{
    return report(parse_share(text, true, out), why);
}

bool nd_same_remote(const nd_name *a, const nd_name *b)
{
    if (!a->server || !b->server || a->port != b->port || !nd_same_text(a->server, b->server))
        return false;
    return !a->share || !b->share || nd_same_text(a->share, b->share);
}

/* ---- Devices and connections ---------------------------------------------------------------- */

bool nd_parse_guid(const char *text, char out[37])
{
    if (!text)
        return false;

    bool braces = *text == '{';

    text += braces;
    for (size_t i = 0; i < GUID_LENGTH; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : nd_hex_value(text[i]) < 0)
            return false;
        out[i] = nd_ascii_lower(text[i]);
    }
    out[GUID_LENGTH] = '\0';
    return strcmp(text + GUID_LENGTH, braces ? "}" : "") == 0;
}

/* What a name may be that is not a GUID. */
typedef struct naming {
    size_t most; /* bytes */
    const char *forbidden;
    nd_fault too_long;
    nd_fault shape;
} naming;

static const naming device_naming = {DEVICE_MAX, DEVICE_FORBIDDEN, FAULT_DEVICE_LONG,
                                     FAULT_DEVICE_SHAPE};
static const naming connection_naming = {ND_CONNECTION_MAX, "", FAULT_CONNECTION_LONG,
                                         FAULT_CONNECTION_SHAPE};

static nd_fault parse_guid_or_name(const char *text, const naming *rules, nd_name *out)
{
    char guid[GUID_LENGTH + 1];

    if (nd_parse_guid(text, guid))
        return nd_name_keep(out, ND_FORM_UUID, nd_strdup(guid));

    size_t length = length_up_to(text, rules->most);

    if (length > rules->most)
        return rules->too_long;
    if (length == 0 || !nd_text_clean(text, length) || strpbrk(text, rules->forbidden))
        return rules->shape;
    return nd_name_keep(out, ND_FORM_NAME, nd_strdup(text));
}

static nd_fault parse_device(const char *text, nd_name *out)
{
    char guid[GUID_LENGTH + 1];

    *out = (nd_name){.form = text ? ND_FORM_NONE : ND_FORM_ONLY};
    if (!text)
        return FAULT_NONE;
    if (*text == '{' && !nd_parse_guid(text, guid))
        return FAULT_DEVICE_GUID;
    if (nd_is_dots(text, length_up_to(text, DEVICE_MAX)))
        return FAULT_DEVICE_SHAPE;
    return parse_guid_or_name(text, &device_naming, out);
}

static nd_fault parse_connection(const char *text, nd_name *out)
{
    *out = (nd_name){0};
    return text ? parse_guid_or_name(text, &connection_naming, out) : FAULT_NO_NAME;
}

netdisc_status nd_parse_device(const char *text, nd_name *out, const char **why)
{
    return report(parse_device(text, out), why);
}

netdisc_status nd_parse_connection(const char *text, nd_name *out, const char **why)
{
    return report(parse_connection(text, out), why);
}
