/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

const option options[OPTION_COUNT] = {
#define XX(name, word, value, flag, help) [OPTION_##name] = {word, value, flag, help},
    OPTION_MAP(XX)
#undef XX
};

bool is_given(const request *it, uint32_t bits)
{
    return it->given & bits;
}

static bool mistake(const request *it, const char *what, const char *word)
{
    text shown = {0};

    text_add_shown(&shown, word ? word : "");
    complain("%s%s%s", what, shown.length ? ": " : "", shown.length ? shown.data : "");
    text_free(&shown);
    if (it->verb)
        complain("`netdisc %s%s%s --help` tells more", it->verb->group, it->verb->name ? " " : "",
                 it->verb->name ? it->verb->name : "");
    else
        complain("`netdisc --help` tells more");
    return false;
}

/* ---- Options -------------------------------------------------------------------------------- */

option_id find_option(const char *word, size_t length)
{
    option_id id = 0;

    while (id < OPTION_COUNT &&
           (strlen(options[id].word) != length || memcmp(options[id].word, word, length) != 0))
        id++;
    return id;
}

/* An option at argv[*at]; moves to its last word. */
static bool take_option(request *it, int argc, char **argv, int *at)
{
    const char *word = argv[*at] + 2;
    const char *equals = strchr(word, '=');
    option_id id = find_option(word, equals ? (size_t)(equals - word) : strlen(word));

    if (id == OPTION_COUNT)
        return mistake(it, "there is no such option", argv[*at]);
    if (!options[id].value && equals)
        return mistake(it, "this option takes no value", argv[*at]);
    if (options[id].value && !equals && *at + 1 == argc)
        return mistake(it, "this option needs a value", argv[*at]);
    if (options[id].value)
        it->values[id] = equals ? equals + 1 : argv[++*at];
    it->given |= 1u << id;
    it->flags |= options[id].flag;
    return true;
}

static bool are_options_of_verb(const request *it)
{
    for (option_id id = 0; id < OPTION_COUNT; id++)
        if (it->given & ~it->verb->options & 1u << id)
            return mistake(it, "this verb does not take the option", options[id].word);
    if (is_given(it, BIT(GUEST)) &&
        is_given(it, BIT(KERBEROS) | BIT(USER) | BIT(DOMAIN) | BIT(PASSWORD_STDIN)))
        return mistake(it, "a guest has no name, domain, password or ticket", NULL);
    if (is_given(it, BIT(KERBEROS)) && is_given(it, BIT(PASSWORD_STDIN)))
        return mistake(it, "with a ticket there is no password", NULL);
    return true;
}

/* ---- Times ---------------------------------------------------------------------------------- */

static const struct unit {
    const char *word;
    double ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}};

static double unit_ms(const char *word)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].word, word) == 0)
            return units[i].ms;
    return 0;
}

/* Digits with at most one point; not what strtod() takes besides, nor the locale's point. */
static const char *read_number(const char *at, double *out)
{
    const char *begin = at;
    double place = 1;

    for (*out = 0; *at >= '0' && *at <= '9'; at++)
        *out = *out * 10 + (*at - '0');
    if (at == begin || *at != '.')
        return at == begin ? NULL : at;
    for (at++; *at >= '0' && *at <= '9'; at++)
        *out += (*at - '0') * (place /= 10);
    return at;
}

static bool take_timeout(request *it)
{
    const char *given = it->values[OPTION_TIMEOUT];
    const char *end;
    double ms = 0;

    if (!given)
        return true;
    if (strcmp(given, "none") == 0) {
        it->timeout_ms = -1;
        return true;
    }
    end = read_number(given, &ms);
    ms *= end ? unit_ms(end) : 0;
    if (!(ms >= 1 && ms <= INT_MAX)) /* nor what is no number */
        return mistake(it, "not a time, as 500ms, 5s, 2m, 1h or none", given);
    it->timeout_ms = (int)ms;
    return true;
}

/* ---- Verbs ---------------------------------------------------------------------------------- */

static bool needs_verb(const char *group)
{
    text names = {0};

    for (const verb *each = verbs; each->group; each++)
        if (strcmp(each->group, group) == 0)
            text_addf(&names, "%s%s", names.length ? ", " : "", each->name);
    complain("%s needs one of: %s", group, names.data);
    text_free(&names);
    return false;
}

/* Takes the verb from the first words, and leaves the others as arguments. */
static bool take_verb(request *it, const char **words, size_t count)
{
    bool known = false;

    for (const verb *each = verbs; each->group && !it->verb; each++) {
        if (strcmp(each->group, words[0]) != 0)
            continue;
        known = true;
        if (!each->name || (count > 1 && strcmp(each->name, words[1]) == 0))
            it->verb = each;
    }
    if (!it->verb && known)
        return is_given(it, BIT(HELP)) || needs_verb(words[0]);
    if (!it->verb)
        return mistake(it, "there is no such verb", words[0]);

    size_t own = it->verb->name ? 2 : 1;

    it->count = count - own;
    for (size_t i = 0; i < it->count; i++)
        it->arguments[i] = words[own + i];
    return true;
}

static bool has_right_count(const request *it)
{
    if (it->count < it->verb->least)
        return mistake(it, "this verb needs", it->verb->arguments);
    if (it->count > it->verb->most)
        return mistake(it, "this is too much", it->arguments[it->verb->most]);
    return true;
}

/* Nothing was asked for. */
static bool lost(void)
{
    text out = {0};

    help_add(&out, NULL);
    text_write(&out, stderr);
    text_free(&out);
    return false;
}

bool parse(request *it, int argc, char **argv)
{
    enum { WORDS_MAX = ARGUMENTS_MAX + 2 };
    const char *words[WORDS_MAX];
    size_t count = 0;
    bool only_words = false;

    *it = (request){.timeout_ms = 0};
    for (int i = 1; i < argc; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
            if (!take_option(it, argc, argv, &i))
                return false;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1] &&
                   !(argv[i][1] >= '0' && argv[i][1] <= '9')) {
            return mistake(it, "there is no such option", argv[i]);
        } else if (count == WORDS_MAX) {
            return mistake(it, "this is too much", argv[i]);
        } else {
            words[count++] = argv[i];
        }
    }
    if (!count && is_given(it, BIT(HELP) | BIT(VERSION)))
        return true;
    if (!count)
        return lost();
    if (!take_verb(it, words, count))
        return false;
    if (is_given(it, BIT(HELP)))
        return true;
    return are_options_of_verb(it) && has_right_count(it) && take_timeout(it);
}
