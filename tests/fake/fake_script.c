/* SPDX-License-Identifier: MIT */
#include "fake_script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whatever a line can give. */
typedef struct values {
    nd_item item;
    fake_step step;
    const char *title; /* or a remote name, or a path */
    const char *reason;
    const char *program;
    const char *path;
    int pid;
    netdisc_state state;
    netdisc_event_type type;
    int kinds;
    char *ssid;
    size_t ssid_length;
} values;

/* ---- Names of values ------------------------------------------------------------------------ */

typedef struct name {
    const char *name;
    int value;
} name;

static const name states[] = {
    {"unknown", NETDISC_STATE_UNKNOWN},
    {"disconnected", NETDISC_STATE_DISCONNECTED},
    {"remembered", NETDISC_STATE_REMEMBERED},
    {"connecting", NETDISC_STATE_CONNECTING},
    {"connected", NETDISC_STATE_CONNECTED},
    {"disconnecting", NETDISC_STATE_DISCONNECTING},
    {"lost", NETDISC_STATE_LOST},
    {NULL, 0},
};

static const name tristates[] = {
    {"unknown", NETDISC_UNKNOWN}, {"no", NETDISC_NO}, {"yes", NETDISC_YES}, {NULL, 0}};

static const name manners[] = {
    {"properly", FAKE_PROPERLY}, {"fail", FAKE_FAIL}, {"never", FAKE_NEVER},
    {"twice", FAKE_TWICE},       {"lie", FAKE_LIE},   {NULL, 0},
};

static const name event_types[] = {
    {"ready", NETDISC_EVENT_READY},
    {"overrun", NETDISC_EVENT_OVERRUN},
    {"lost", NETDISC_EVENT_LOST},
    {NULL, 0},
};

static const name kinds[] = {
    {"share", NETDISC_SHARE},
    {"wlan", NETDISC_WLAN},
    {"connection", NETDISC_CONNECTION},
    {"all", NETDISC_ALL_KINDS},
    {NULL, 0},
};

static const name slots[] = {
    {"probe", ND_PROBE},
    {"share.list", ND_SHARE_LIST},
    {"wlan.list", ND_WLAN_LIST},
    {"connection.list", ND_CONNECTION_LIST},
    {"share.find", ND_SHARE_FIND},
    {"wlan.find", ND_WLAN_FIND},
    {"connection.find", ND_CONNECTION_FIND},
    {"share.cancel", ND_SHARE_CANCEL},
    {"wlan.disconnect", ND_WLAN_DISCONNECT},
    {"connection.disconnect", ND_CONNECTION_DISCONNECT},
    {"share.add", ND_SHARE_ADD},
    {"wlan.connect", ND_WLAN_CONNECT},
    {"connection.connect", ND_CONNECTION_CONNECT},
    {"share.holders", ND_SHARE_HOLDERS},
    {"share.dialog", ND_SHARE_DIALOG},
    {NULL, 0},
};

const char *fake_slot_name(nd_slot slot)
{
    return slots[slot].name;
}

/* ---- Fields --------------------------------------------------------------------------------- */

typedef enum field_type { TEXT, BYTES, NAME, STATUS, INT, INT64, UINT16 } field_type;

typedef struct field {
    const char *word;
    const char *key;
    field_type type;
    size_t offset;
    const name *names; /* NAME */
} field;

#define AT(member) offsetof(values, member)

static const field fields[] = {
    {"share", "local", TEXT, AT(item.as.share.local), NULL},
    {"share", "remote", TEXT, AT(item.as.share.remote), NULL},
    {"share", "path", TEXT, AT(item.as.share.path), NULL},
    {"share", "user", TEXT, AT(item.as.share.user), NULL},
    {"share", "state", NAME, AT(item.as.share.state), states},
    {"share", "remembered", NAME, AT(item.as.share.remembered), tristates},
    {"share", "port", UINT16, AT(item.as.share.port), NULL},
    {"wlan", "uuid", TEXT, AT(item.as.wlan.uuid), NULL},
    {"wlan", "name", TEXT, AT(item.as.wlan.name), NULL},
    {"wlan", "ssid", BYTES, AT(ssid), NULL},
    {"wlan", "text", TEXT, AT(item.as.wlan.ssid), NULL},
    {"wlan", "bssid", TEXT, AT(item.as.wlan.bssid), NULL},
    {"wlan", "profile", TEXT, AT(item.as.wlan.profile), NULL},
    {"wlan", "driver", TEXT, AT(item.as.wlan.driver), NULL},
    {"wlan", "state", NAME, AT(item.as.wlan.state), states},
    {"wlan", "signal", INT, AT(item.as.wlan.signal), NULL},
    {"connection", "uuid", TEXT, AT(item.as.connection.uuid), NULL},
    {"connection", "name", TEXT, AT(item.as.connection.name), NULL},
    {"connection", "type", TEXT, AT(item.as.connection.type), NULL},
    {"connection", "device", TEXT, AT(item.as.connection.device), NULL},
    {"connection", "state", NAME, AT(item.as.connection.state), states},
    {"connection", "autoconnect", NAME, AT(item.as.connection.autoconnect), tristates},
    {"connection", "external", NAME, AT(item.as.connection.external), tristates},
    {"connection", "vpn", NAME, AT(item.as.connection.vpn), tristates},
    {"hold", "remote", TEXT, AT(title), NULL},
    {"hold", "pid", INT, AT(pid), NULL},
    {"hold", "program", TEXT, AT(program), NULL},
    {"hold", "path", TEXT, AT(path), NULL},
    {"step", "slot", NAME, AT(step.slot), slots},
    {"step", "manner", NAME, AT(step.manner), manners},
    {"step", "status", STATUS, AT(step.status), NULL},
    {"step", "message", TEXT, AT(step.why.message), NULL},
    {"step", "domain", TEXT, AT(step.why.native_domain), NULL},
    {"step", "code", INT64, AT(step.why.native_code), NULL},
    {"step", "native", TEXT, AT(step.why.native_name), NULL},
    {"step", "note", TEXT, AT(step.note), NULL},
    {"step", "lacks", TEXT, AT(step.lacks), NULL},
    {"step", "password", TEXT, AT(step.password), NULL},
    {"step", "delay", INT, AT(step.delay_ms), NULL},
    {"step", "times", INT, AT(step.times), NULL},
    {"open", "status", STATUS, AT(step.status), NULL},
    {"open", "delay", INT, AT(step.delay_ms), NULL},
    {"journal", "path", TEXT, AT(path), NULL},
    {"gone", "title", TEXT, AT(title), NULL},
    {"change", "title", TEXT, AT(title), NULL},
    {"change", "state", NAME, AT(state), states},
    {"change", "status", STATUS, AT(step.status), NULL},
    {"change", "reason", TEXT, AT(reason), NULL},
    {"event", "type", NAME, AT(type), event_types},
    {"event", "kinds", NAME, AT(kinds), kinds},
    {"event", "status", STATUS, AT(step.status), NULL},
    {"event", "reason", TEXT, AT(reason), NULL},
    {NULL, NULL, TEXT, 0, NULL},
};

/* Replaces %41 by the byte, in place; gives the length. */
static size_t decode(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (*from == '%' && isxdigit((unsigned char)from[1]) && isxdigit((unsigned char)from[2])) {
            const char digits[] = {from[1], from[2], '\0'};

            *to++ = (char)strtoul(digits, NULL, 16);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

static bool read_name(const name *table, const char *text, int *out)
{
    for (; table->name; table++)
        if (strcmp(table->name, text) == 0) {
            *out = table->value;
            return true;
        }
    return false;
}

static bool read_number(const char *text, int64_t *out)
{
    char *end;

    *out = strtoll(text, &end, 10);
    return *text && !*end;
}

static bool put_value(values *to, const field *of, char *text)
{
    char *at = (char *)to + of->offset;
    size_t length = decode(text);
    int64_t number = 0;
    int value = 0;

    switch (of->type) {
    case BYTES:
        to->ssid_length = length;
        memcpy(at, &text, sizeof text);
        return true;
    case TEXT:
        memcpy(at, &text, sizeof text);
        return true;
    case NAME:
        if (!read_name(of->names, text, &value))
            return false;
        memcpy(at, &value, sizeof value);
        return true;
    case STATUS:
        return netdisc_status_from_name(text, (netdisc_status *)at) == NETDISC_NO_ERROR;
    default:
        break;
    }
    if (!read_number(text, &number))
        return false;
    if (of->type == UINT16)
        memcpy(at, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
    else if (of->type == INT)
        memcpy(at, &(int){(int)number}, sizeof(int));
    else
        memcpy(at, &number, sizeof number);
    return true;
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static bool add_item(fake_script_text *script, const nd_item *item)
{
    if (script->watched)
        fake_appear(script->self, item);
    else
        fake_add(script->self, item);
    return true;
}

static bool do_share(fake_script_text *script, values *line)
{
    line->item.sort = ND_SORT_SHARE;
    return line->item.as.share.remote && add_item(script, &line->item);
}

static bool do_wlan(fake_script_text *script, values *line)
{
    netdisc_wlan *wlan = &line->item.as.wlan;

    line->item.sort = ND_SORT_WLAN;
    wlan->ssid_bytes = (const uint8_t *)line->ssid;
    wlan->ssid_length = line->ssid_length;
    return wlan->uuid && wlan->name && add_item(script, &line->item);
}

static bool do_connection(fake_script_text *script, values *line)
{
    line->item.sort = ND_SORT_CONNECTION;
    return line->item.as.connection.uuid && line->item.as.connection.name &&
           add_item(script, &line->item);
}

static bool do_hold(fake_script_text *script, values *line)
{
    if (!line->title || !fake_has(script->self, line->title))
        return false;
    fake_hold(script->self, line->title, (unsigned)line->pid, line->program ? line->program : "",
              line->path ? line->path : "");
    return true;
}

static bool do_step(fake_script_text *script, values *line)
{
    line->step.why.status = line->step.status;
    fake_script(script->self, &line->step);
    return true;
}

static bool do_open(fake_script_text *script, values *line)
{
    fake_script_open(script->self, line->step.status, line->step.delay_ms);
    return true;
}

static bool do_journal(fake_script_text *script, values *line)
{
    script->journal = line->path;
    return line->path != NULL;
}

static bool do_watched(fake_script_text *script, values *line)
{
    (void)line;
    script->watched = true;
    return true;
}

static bool do_gone(fake_script_text *script, values *line)
{
    return line->title && fake_vanish(script->self, line->title);
}

static bool do_change(fake_script_text *script, values *line)
{
    if (!line->title || !fake_has(script->self, line->title))
        return false;
    fake_change_by(script->self, line->title, line->state, line->step.status, line->reason);
    return true;
}

static bool do_event(fake_script_text *script, values *line)
{
    fake_emit(script->self, line->type, (uint32_t)line->kinds, line->step.status, line->reason);
    return true;
}

static const struct {
    const char *word;
    bool (*act)(fake_script_text *script, values *line);
} words[] = {
    {"share", do_share}, {"wlan", do_wlan},     {"connection", do_connection}, {"hold", do_hold},
    {"step", do_step},   {"open", do_open},     {"journal", do_journal},       {"watched", do_watched},
    {"gone", do_gone},   {"change", do_change}, {"event", do_event},           {NULL, NULL},
};

/* "name=value" */
static bool read_pair(values *to, const char *word, char *pair)
{
    char *value = strchr(pair, '=');

    if (!value)
        return false;
    *value++ = '\0';
    for (const field *at = fields; at->word; at++)
        if (strcmp(at->word, word) == 0 && strcmp(at->key, pair) == 0)
            return put_value(to, at, value);
    return false;
}

/* What stands before the next of `ends`, cut off; NULL: nothing is left. */
static char *cut(char **rest, const char *ends)
{
    char *part = *rest;

    if (!part || !*part)
        return NULL;

    size_t length = strcspn(part, ends);

    *rest = part + length + (part[length] != '\0');
    part[length] = '\0';
    return part;
}

static bool read_line(fake_script_text *script, char *line)
{
    values found = {0};
    char *rest = line;
    const char *word = cut(&rest, " ");

    if (!word || *word == '#')
        return true;
    for (char *pair; (pair = cut(&rest, " "));)
        if (*pair && !read_pair(&found, word, pair))
            return false;
    for (size_t i = 0; words[i].word; i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].act(script, &found);
    return false;
}

bool fake_script_read(fake_script_text *script)
{
    bool was_watched = script->watched;

    for (char *line; (line = cut(&script->rest, "\r\n"));) {
        script->line++;
        if (!read_line(script, line)) {
            snprintf(script->why, sizeof script->why, "the fake script, line %u: \"%s ...\" is wrong",
                     script->line, line);
            return false;
        }
        if (script->watched && !was_watched)
            break;
    }
    return true;
}
