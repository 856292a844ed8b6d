/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "command.h"

enum { ANSWER_MS = 1000 };

typedef struct completion {
    const char *begun; /* what is there of the word */
    request so_far;    /* the words before it: verb, options, how many arguments */
    const char *group; /* NULL: not yet */
    bool only_words;   /* "--" has come */
    text out;
} completion;

/* ---- Candidates ----------------------------------------------------------------------------- */

/* What would not be one line, or could steer the terminal, cannot be typed either. */
static bool is_plain(const char *word)
{
    text shown = {0};
    bool plain;

    text_add_shown(&shown, word);
    plain = shown.length && strcmp(shown.data, word) == 0;
    text_free(&shown);
    return plain;
}

/* `about` may be NULL. */
static void offer(completion *self, const char *word, const char *about)
{
    if (strncmp(word, self->begun, strlen(self->begun)) != 0 || !is_plain(word))
        return;
    text_add(&self->out, word);
    if (about) {
        text_add(&self->out, "\t");
        text_add_shown(&self->out, about);
    }
    text_add(&self->out, "\n");
}

static void offer_options(completion *self)
{
    const verb *done = self->so_far.verb;
    uint32_t which = done ? done->options : OPTIONS_OF_ASKED | BIT(VERSION);

    for (option_id id = 0; id < OPTION_COUNT; id++) {
        text word = {0};

        if (!(which & ~self->so_far.given & 1u << id))
            continue;
        text_addf(&word, "--%s", options[id].word);
        offer(self, word.data, options[id].help);
        text_free(&word);
    }
}

static void offer_groups(completion *self)
{
    const char *last = "";

    for (const verb *each = verbs; each->group; each++) {
        if (strcmp(each->group, last) != 0)
            offer(self, each->group, each->name ? NULL : each->help);
        last = each->group;
    }
}

static void offer_verbs(completion *self)
{
    for (const verb *each = verbs; each->group; each++)
        if (each->name && strcmp(each->group, self->group) == 0)
            offer(self, each->name, each->help);
}

/* ---- What is there now ---------------------------------------------------------------------- */

static bool is_up(netdisc_state state)
{
    return state != NETDISC_STATE_DISCONNECTED && state != NETDISC_STATE_REMEMBERED;
}

/* By slashes, unless backslashes are begun with: a shell has other uses for those. */
static void offer_remote(completion *self, const netdisc_share *share)
{
    text remote = {0};

    add_remote(&remote, share);
    for (char *at = remote.data; *at && self->begun[0] != '\\'; at++)
        if (*at == '\\')
            *at = '/';
    offer(self, remote.data, netdisc_state_name(share->state));
    text_free(&remote);
}

static void offer_shares(completion *self, const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_share *share = netdisc_list_share(list, i);

        if (share->local)
            offer(self, share->local, share->remote);
        else
            offer_remote(self, share);
    }
}

static void offer_locals(completion *self, const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_share *share = netdisc_list_share(list, i);

        if (share->local && is_up(share->state))
            offer(self, share->local, share->remote);
    }
}

static void offer_remembered(completion *self, const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_share *share = netdisc_list_share(list, i);

        if (share->local && share->state == NETDISC_STATE_REMEMBERED)
            offer(self, share->local, share->remote);
    }
}

static void offer_interfaces(completion *self, const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_wlan *wlan = netdisc_list_wlan(list, i);

        offer(self, wlan->name, netdisc_state_name(wlan->state));
    }
}

static bool has_namesake(const netdisc_list *list, const netdisc_connection *one)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_connection *other = netdisc_list_connection(list, i);

        if (strcmp(one->name, other->name) == 0 && strcmp(one->uuid, other->uuid) != 0)
            return true;
    }
    return false;
}

static void offer_connections(completion *self, const netdisc_list *list, bool up)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_connection *each = netdisc_list_connection(list, i);

        if (is_up(each->state) != up)
            continue;
        if (has_namesake(list, each) || self->begun[0] == '{')
            offer(self, each->uuid, each->name);
        else
            offer(self, each->name, each->type);
    }
}

static void offer_up(completion *self, const netdisc_list *list)
{
    offer_connections(self, list, true);
}

static void offer_down(completion *self, const netdisc_list *list)
{
    offer_connections(self, list, false);
}

static void offer_providers(completion *self, const netdisc_list *list)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_backend *backend = netdisc_list_backend(list, i);

        offer(self, backend->provider, backend->reason);
    }
}

static void offer_kinds(completion *self, const netdisc_list *list)
{
    (void)list;
    for (const item_sort *const *each = connection_sorts; *each; each++)
        offer(self, (*each)->word, (*each)->none);
}

static void offer_codes(completion *self, const netdisc_list *list)
{
    (void)list;
    offer(self, "list", "print them all");
    for (size_t i = 0; i < netdisc_status_count(); i++)
        offer(self, netdisc_status_name(netdisc_status_at(i)),
              netdisc_status_text(netdisc_status_at(i)));
}

/* ---- Arguments ------------------------------------------------------------------------------ */

typedef netdisc_status (*lister)(netdisc *nd, uint32_t flags, int timeout_ms, netdisc_list **out,
                                 netdisc_error **err);

/* Which names are arguments of a verb. */
typedef struct source {
    const char *group, *name;
    size_t most; /* arguments that are such */
    lister list; /* NULL: nobody needs to be asked */
    void (*offer)(completion *self, const netdisc_list *list);
} source;

static const source sources[] = {
    {"share", "cancel", 1, netdisc_share_list, offer_shares},
    {"share", "disconnect", 1, netdisc_share_list, offer_shares},
    {"share", "holders", 1, netdisc_share_list, offer_shares},
    {"share", "path", 1, netdisc_share_list, offer_locals},
    {"share", "restore", 1, netdisc_share_list, offer_remembered},
    {"wlan", "connect", 1, netdisc_wlan_list, offer_interfaces},
    {"wlan", "disconnect", 1, netdisc_wlan_list, offer_interfaces},
    {"connection", "connect", 1, netdisc_connection_list, offer_down},
    {"connection", "disconnect", 1, netdisc_connection_list, offer_up},
    {"watch", NULL, 3, NULL, offer_kinds},
    {"error", NULL, 1, NULL, offer_codes},
    {NULL, NULL, 0, NULL, NULL},
};

static const source of_providers = {NULL, NULL, 0, netdisc_backends, offer_providers};

static const source *source_of(const verb *one)
{
    const source *each = sources;

    while (each->group &&
           (strcmp(each->group, one->group) != 0 || (each->name && strcmp(each->name, one->name) != 0)))
        each++;
    return each->group ? each : NULL;
}

/* Asks the providers that the words before name; what fails is not there. */
static void offer_from(completion *self, const source *from)
{
    netdisc_options given = {
        .size = sizeof given,
        .providers = self->so_far.values[OPTION_PROVIDERS],
        .module_directory = self->so_far.values[OPTION_MODULES],
    };
    netdisc *nd = NULL;
    netdisc_list *items = NULL;

    if (!from->list) {
        from->offer(self, NULL);
        return;
    }
    if (netdisc_open(&nd, &given, NULL))
        return;
    if (!from->list(nd, 0, ANSWER_MS, &items, NULL))
        from->offer(self, items);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static void offer_arguments(completion *self)
{
    const source *from = self->so_far.verb ? source_of(self->so_far.verb) : NULL;

    if (!self->group)
        offer_groups(self);
    else if (!self->so_far.verb)
        offer_verbs(self);
    else if (from && self->so_far.count < from->most)
        offer_from(self, from);
}

/* ---- The words before ----------------------------------------------------------------------- */

static const verb *find_verb(const char *group, const char *name)
{
    for (const verb *each = verbs; each->group; each++)
        if (strcmp(each->group, group) == 0 && (!each->name || (name && strcmp(each->name, name) == 0)))
            return each;
    return NULL;
}

static void take_word(completion *self, const char *word)
{
    if (self->so_far.verb) {
        self->so_far.count++;
    } else if (self->group) {
        self->so_far.verb = find_verb(self->group, word);
    } else {
        self->group = word;
        self->so_far.verb = find_verb(word, NULL);
    }
}

/* Gives the option whose value comes next, or OPTION_COUNT. */
static option_id take_option(completion *self, const char *word)
{
    const char *equals = strchr(word, '=');
    option_id id = find_option(word, equals ? (size_t)(equals - word) : strlen(word));

    if (id == OPTION_COUNT)
        return id;
    self->so_far.given |= 1u << id;
    self->so_far.values[id] = equals ? equals + 1 : NULL;
    return options[id].value && !equals ? id : OPTION_COUNT;
}

/* As parse(), but whatever is wrong is passed over. */
static option_id take_words(completion *self, size_t count, char **words)
{
    option_id open = OPTION_COUNT;

    for (size_t i = 0; i < count; i++) {
        if (open != OPTION_COUNT) {
            self->so_far.values[open] = words[i];
            open = OPTION_COUNT;
        } else if (self->only_words || strncmp(words[i], "--", 2) != 0) {
            take_word(self, words[i]);
        } else if (!words[i][2]) {
            self->only_words = true;
        } else {
            open = take_option(self, words[i] + 2);
        }
    }
    return open;
}

int complete(size_t count, char **given)
{
    completion self = {.begun = count ? given[count - 1] : ""};
    option_id open = take_words(&self, count ? count - 1 : 0, given);
    int end;

    if (open == OPTION_PROVIDERS)
        offer_from(&self, &of_providers);
    else if (open == OPTION_COUNT && self.begun[0] == '-' && !self.only_words)
        offer_options(&self);
    else if (open == OPTION_COUNT)
        offer_arguments(&self);
    end = text_write(&self.out, stdout) ? EXIT_DONE : EXIT_FAILED;
    text_free(&self.out);
    return end;
}
