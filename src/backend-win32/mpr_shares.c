/* SPDX-License-Identifier: MIT */
/*
 * What there is. Windows tells of what is connected and of what is remembered apart; here the same local name
 * with the same remote name is one item.
 *
 * ERROR_NO_NETWORK, that no network provider is there to look, is a failure as any other: with none to ask
 * nobody knows what is connected, so neither an empty list nor "not connected" would be true.
 */
#include "mpr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BYTES = 16 * 1024,
    MOST_BYTES = 1024 * 1024,
    MOST_ROUNDS = 10000,
    MOST_MAPPINGS = 10000,
    REMOTE_ROOM = 32768, /* characters of a path, at most */
    USER_ROOM = 514      /* DOMAIN\user */
};

typedef struct mapping {
    char *key;
    char *local; /* NULL: none */
    char *remote;
    bool connected;
    bool remembered;
} mapping;

typedef struct survey {
    nd_mpr *mpr;
    nd_call *call; /* NULL: for the watch */
    const nd_name *target;
    mapping *all;
    size_t count;
    size_t room;
    bool profile_unseen; /* what is remembered could not all be seen */
} survey;

static netdisc_status no_memory(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "there is no memory for the shares");
}

static bool names_letter(const survey *it)
{
    return it->target && it->target->form == ND_FORM_LETTER;
}

/* ---- Putting them together ------------------------------------------------------------------ */

static void clear_mapping(mapping *one)
{
    free(one->key);
    free(one->local);
    free(one->remote);
}

static void clear(survey *it)
{
    for (size_t i = 0; i < it->count; i++)
        clear_mapping(&it->all[i]);
    free(it->all);
}

static bool is_ascii_letter(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/* "z:\" is Z:, and no name ends with a backslash. */
static void normalise(char *name)
{
    size_t length = strlen(name);

    if (length > 2 && name[length - 1] == '\\')
        name[--length] = '\0';
    if (length == 2 && name[1] == ':' && is_ascii_letter(name[0]))
        name[0] = (char)(name[0] & ~0x20);
}

/* Windows has no id for a mapping: both its names, without case, are what it is known by. So one that was
 * ended and made again meanwhile cannot be told from one that was not ended. */
static char *key_of(const char *local, const char *remote)
{
    size_t size = strlen(local) + strlen(remote) + 2;
    char *both = malloc(size);

    if (!both)
        return NULL;
    snprintf(both, size, "%s %s", local, remote);

    WCHAR *wide = nd_wide(both);

    free(both);
    if (!wide)
        return NULL;

    int count = (int)wcslen(wide) + 1;

    LCMapStringW(LOCALE_INVARIANT, LCMAP_LOWERCASE, wide, count, wide, count);

    char *key = nd_narrow(wide);

    free(wide);
    return key;
}

/* False: no memory. */
static bool make_mapping(const WCHAR *local, const WCHAR *remote, mapping *one)
{
    one->remote = nd_narrow(remote);
    if (local)
        one->local = nd_narrow(local);
    if (!one->remote || (local && !one->local))
        return false;
    normalise(one->remote);
    if (one->local)
        normalise(one->local);
    one->key = key_of(one->local ? one->local : "", one->remote);
    return one->key != NULL;
}

static mapping *known(const survey *it, const char *key)
{
    for (size_t i = 0; i < it->count; i++)
        if (strcmp(it->all[i].key, key) == 0)
            return &it->all[i];
    return NULL;
}

static bool make_room(survey *it)
{
    if (it->count < it->room)
        return true;

    size_t room = it->room ? it->room * 2 : 16;
    mapping *all = room <= MOST_MAPPINGS * 2 ? realloc(it->all, room * sizeof *all) : NULL;

    if (!all)
        return false;
    it->all = all;
    it->room = room;
    return true;
}

/* False: no memory. */
static bool put(survey *it, const WCHAR *local, const WCHAR *remote, bool connected)
{
    mapping one = {0};
    bool made = make_mapping(local, remote, &one);
    mapping *here = made ? known(it, one.key) : NULL;

    if (!made || here || !make_room(it)) {
        clear_mapping(&one);
    } else {
        here = &it->all[it->count++];
        *here = one;
    }
    if (!here)
        return false;
    here->connected |= connected;
    here->remembered |= !connected;
    return true;
}

/* ---- Enumerating ---------------------------------------------------------------------------- */

typedef struct entries {
    NETRESOURCEW *all;
    DWORD size; /* bytes */
} entries;

/* The strings of an enumeration are in its buffer; what is not, or has no end there, is no string. Neither is
 * the empty one. */
static const WCHAR *text_in(const entries *from, const WCHAR *text)
{
    uintptr_t start = (uintptr_t)from->all;
    uintptr_t at = (uintptr_t)text;

    if (at < start || at - start >= from->size)
        return NULL;

    size_t room = (from->size - (at - start)) / sizeof *text;
    size_t length = wcsnlen(text, room);

    return length > 0 && length < room ? text : NULL;
}

static bool take(survey *it, const entries *from, DWORD count, bool connected)
{
    DWORD most = from->size / (DWORD)sizeof *from->all;

    for (DWORD i = 0; i < count && i < most; i++) {
        const NETRESOURCEW *entry = &from->all[i];
        const WCHAR *remote = text_in(from, entry->lpRemoteName);

        if (!remote || entry->dwType == RESOURCETYPE_PRINT)
            continue;
        if (!put(it, text_in(from, entry->lpLocalName), remote, connected))
            return false;
    }
    return true;
}

/* False: no memory, or it would be too much. */
static bool grow(entries *to, DWORD needed)
{
    DWORD size = to->size * 2 > needed ? to->size * 2 : needed;
    void *all = size <= MOST_BYTES ? realloc(to->all, size) : NULL;

    if (!all)
        return false;
    to->all = all;
    to->size = size;
    return true;
}

static DWORD next_entries(survey *it, HANDLE handle, entries *to, DWORD *count)
{
    DWORD code;
    unsigned tries = 0;

    for (;;) {
        DWORD size = to->size;

        *count = (DWORD)-1;
        memset(to->all, 0, to->size);
        code = it->mpr->call.WNetEnumResourceW(handle, count, to->all, &size);
        if (code == ERROR_MORE_DATA && grow(to, size))
            continue;
        if (!nd_mpr_tries_again(it->mpr, it->call, code, tries++))
            return code;
    }
}

static netdisc_status read_entries(survey *it, HANDLE handle, entries *all, bool connected,
                                   nd_trouble *why)
{
    for (unsigned round = 0; round < MOST_ROUNDS; round++) {
        DWORD count;
        DWORD code = next_entries(it, handle, all, &count);

        if (code == ERROR_NO_MORE_ITEMS)
            return NETDISC_NO_ERROR;
        if (code)
            return nd_mpr_trouble(it->mpr, why, code, "the %s shares cannot be listed to their end",
                                  connected ? "connected" : "remembered");
        if (!take(it, all, count, connected))
            return no_memory(why);
    }
    return nd_trouble_say(why, NETDISC_ERROR_INVALID_DATA,
                          "the network provider's list of shares has no end");
}

/* Wine has no memory for what is remembered before anything ever was. */
static bool is_never_used(bool connected, DWORD code)
{
    HKEY profile;

    if (connected || code != ERROR_NOT_ENOUGH_MEMORY)
        return false;
    code = (DWORD)RegOpenKeyExW(HKEY_CURRENT_USER, L"Network", 0, KEY_READ, &profile);
    if (!code)
        RegCloseKey(profile);
    return code == ERROR_FILE_NOT_FOUND;
}

static netdisc_status enumerate(survey *it, bool connected, nd_trouble *why)
{
    HANDLE handle;
    DWORD code;
    unsigned tries = 0;

    do
        code = it->mpr->call.WNetOpenEnumW(connected ? RESOURCE_CONNECTED : RESOURCE_REMEMBERED,
                                           connected ? RESOURCETYPE_ANY : RESOURCETYPE_DISK, 0, NULL,
                                           &handle);
    while (nd_mpr_tries_again(it->mpr, it->call, code, tries++));
    if (is_never_used(connected, code))
        return NETDISC_NO_ERROR;
    if (code)
        return nd_mpr_trouble(it->mpr, why, code, "the %s shares cannot be listed%s",
                              connected ? "connected" : "remembered",
                              code == ERROR_NO_NETWORK ? ", as no network provider is running" : "");

    entries all = {.all = malloc(FIRST_BYTES), .size = FIRST_BYTES};
    netdisc_status status = all.all ? read_entries(it, handle, &all, connected, why) : no_memory(why);

    free(all.all);
    it->mpr->call.WNetCloseEnum(handle);
    return status;
}

/* ---- Letters -------------------------------------------------------------------------------- */

static bool is_letter_up(const survey *it, const char *letter)
{
    for (size_t i = 0; i < it->count; i++)
        if (it->all[i].connected && it->all[i].local && strcmp(it->all[i].local, letter) == 0)
            return true;
    return false;
}

/* Not all providers enumerate what they have, but a letter can be asked for. The code tells whether it is
 * known what the letter is; it touches no server. */
static netdisc_status ask_for_letter(survey *it, char letter, bool *told, nd_trouble *why)
{
    WCHAR local[] = {(WCHAR)letter, L':', L'\0'};
    WCHAR *remote = calloc(REMOTE_ROOM, sizeof *remote);
    DWORD room = REMOTE_ROOM;

    if (!remote)
        return no_memory(why);

    DWORD code = it->mpr->call.WNetGetConnectionW(local, remote, &room);
    bool is_network = code == NO_ERROR || code == ERROR_CONNECTION_UNAVAIL;

    *told = is_network || code == ERROR_NOT_CONNECTED;
    remote[REMOTE_ROOM - 1] = L'\0';

    bool kept = !is_network || !*remote || put(it, local, remote, code == NO_ERROR);

    free(remote);
    return kept ? NETDISC_NO_ERROR : no_memory(why);
}

/* Those that the survey is about: the one named, or all that are drives now. */
static netdisc_status ask_for_letters(survey *it, bool *told, nd_trouble *why)
{
    DWORD drives = it->target ? 0 : GetLogicalDrives();
    netdisc_status status = NETDISC_NO_ERROR;

    if (names_letter(it))
        drives = 1u << (it->target->text[0] - 'A');
    for (int i = 0; i < 26 && !status; i++) {
        const char letter[] = {(char)('A' + i), ':', '\0'};

        if (drives & 1u << i && !is_letter_up(it, letter))
            status = ask_for_letter(it, letter[0], told, why);
    }
    return status;
}

/* ---- What of it is wanted ------------------------------------------------------------------- */

/* \\server\share\directory and \\server@SSL\share are no names that a person could give, but \\server is. */
static netdisc_status parse_server(const nd_host *host, const char *remote, nd_name *out)
{
    size_t length = strncmp(remote, "\\\\", 2) == 0 ? 2 + strcspn(remote + 2, "\\@") : 0;
    size_t size = length + sizeof "\\x";
    char *text = malloc(size);

    if (!text)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    snprintf(text, size, "%.*s\\x", (int)length, remote);

    netdisc_status status = host->fn->parse_share(text, out);

    free(text);
    return status;
}

/* ERROR_NOT_ENOUGH_MEMORY, or NO_ERROR. */
static netdisc_status is_wanted(const survey *it, const mapping *one, bool *wanted)
{
    const nd_host *host = it->mpr->host;
    const nd_name *target = it->target;
    nd_name remote = {0};

    *wanted = !target;
    if (!target)
        return NETDISC_NO_ERROR;
    if (names_letter(it)) {
        *wanted = one->local && strcmp(one->local, target->text) == 0;
        return NETDISC_NO_ERROR;
    }

    netdisc_status status = host->fn->parse_share(one->remote, &remote);

    if (status && target->form == ND_FORM_SERVER)
        status = parse_server(host, one->remote, &remote);
    *wanted = !status && host->fn->same_remote(target, &remote);
    host->fn->name_clear(&remote);
    return status == NETDISC_ERROR_NOT_ENOUGH_MEMORY ? status : NETDISC_NO_ERROR;
}

/* As whom it is connected, where the system says so. */
static char *user_of(const survey *it, const mapping *one)
{
    WCHAR *name = one->connected ? nd_wide(one->local ? one->local : one->remote) : NULL;
    WCHAR user[USER_ROOM] = L"";
    DWORD room = ND_COUNT(user);
    DWORD code = name ? it->mpr->call.WNetGetUserW(name, user, &room) : ERROR_NOT_CONNECTED;

    free(name);
    return code || !*user ? NULL : nd_narrow_field(user, ND_COUNT(user));
}

static netdisc_tristate is_remembered(const survey *it, const mapping *one)
{
    return one->remembered ? NETDISC_YES : it->profile_unseen ? NETDISC_UNKNOWN : NETDISC_NO;
}

static void tell(const survey *it, const mapping *one, nd_mpr_add_item *add, void *to)
{
    bool is_drive = one->local && strlen(one->local) == 2 && one->local[1] == ':';
    const char root[] = {is_drive ? one->local[0] : '\0', ':', '\\', '\0'};
    char *user = user_of(it, one);
    nd_item item = {
        .sort = ND_SORT_SHARE,
        .key = one->key,
        .as.share =
            {
                .local = one->local,
                .remote = one->remote,
                .path = is_drive ? root : one->remote,
                .user = user,
                .state = one->connected ? NETDISC_STATE_CONNECTED : NETDISC_STATE_REMEMBERED,
                .remembered = is_remembered(it, one),
            },
    };

    add(to, &item);
    free(user);
}

static netdisc_status tell_wanted(const survey *it, nd_mpr_add_item *add, void *to, nd_trouble *why)
{
    for (size_t i = 0; i < it->count; i++) {
        bool wanted;

        if (is_wanted(it, &it->all[i], &wanted))
            return no_memory(why);
        if (wanted)
            tell(it, &it->all[i], add, to);
    }
    return NETDISC_NO_ERROR;
}

void nd_mpr_add_to_call(void *call, const nd_item *item)
{
    nd_add(call, item);
}

/* ---- What could not be seen ----------------------------------------------------------------- */

typedef struct blindness {
    netdisc_status connected;
    netdisc_status remembered;
    bool letter_told;
    nd_trouble why_connected;
    nd_trouble why_remembered;
} blindness;

static bool lists(const survey *it)
{
    return it->call && it->call->slot == ND_SHARE_LIST;
}

/* What is remembered is of interest for a letter alone: to forget it, to tie it to another share, or to say
 * what it would stand for. */
static bool needs_remembered(const survey *it)
{
    if (!it->target)
        return true;
    if (!names_letter(it))
        return false;
    return (it->call->flags & NETDISC_UPDATE_PROFILE) ||
           (it->call->purpose == ND_SHARE_FIND && !is_letter_up(it, it->target->text));
}

static bool is_letter_known(const survey *it, const blindness *blind)
{
    return names_letter(it) && (blind->letter_told || is_letter_up(it, it->target->text));
}

/* A list may be partial, anything else must be sure. */
static netdisc_status judge(const survey *it, const blindness *blind, nd_trouble *why)
{
    bool one_is_enough = lists(it) && !(blind->connected && blind->remembered);

    if (one_is_enough) {
        if (blind->connected)
            nd_trouble_lacks(it->call, blind->connected, &blind->why_connected);
        if (blind->remembered)
            nd_trouble_lacks(it->call, blind->remembered, &blind->why_remembered);
        return NETDISC_NO_ERROR;
    }
    if (blind->connected && !is_letter_known(it, blind)) {
        *why = blind->why_connected;
        return blind->connected;
    }
    if (blind->remembered && needs_remembered(it)) {
        *why = blind->why_remembered;
        return blind->remembered;
    }
    return NETDISC_NO_ERROR;
}

static netdisc_status look(survey *it, nd_trouble *why)
{
    blindness blind = {0};

    blind.connected = enumerate(it, true, &blind.why_connected);
    blind.remembered = enumerate(it, false, &blind.why_remembered);

    it->profile_unseen = blind.remembered != NETDISC_NO_ERROR;
    if (blind.connected == NETDISC_ERROR_NOT_ENOUGH_MEMORY ||
        blind.remembered == NETDISC_ERROR_NOT_ENOUGH_MEMORY)
        return no_memory(why);

    netdisc_status status = ask_for_letters(it, &blind.letter_told, why);

    return status ? status : judge(it, &blind, why);
}

/* The router of Windows knows no ports, and no mount points. */
static bool can_be_here(const nd_name *target)
{
    return !target || ((target->form == ND_FORM_LETTER || target->form == ND_FORM_REMOTE ||
                        target->form == ND_FORM_SERVER) &&
                       target->port == 0);
}

netdisc_status nd_mpr_shares(nd_mpr *mpr, nd_call *call, const nd_name *target, nd_mpr_add_item *add,
                             void *to, nd_trouble *why)
{
    survey it = {.mpr = mpr, .call = call, .target = target};

    if (!can_be_here(target))
        return NETDISC_NO_ERROR;

    netdisc_status status = look(&it, why);

    if (!status)
        status = tell_wanted(&it, add, to, why);
    clear(&it);
    return status;
}

bool nd_mpr_tell(nd_mpr *mpr, nd_call *call, const WCHAR *local, const WCHAR *remote, bool remembered)
{
    survey it = {.mpr = mpr, .call = call};
    bool known = put(&it, local, remote, true) && (!remembered || put(&it, local, remote, false));

    if (known)
        tell(&it, it.all, nd_mpr_add_to_call, call);
    clear(&it);
    return known;
}
