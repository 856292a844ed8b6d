/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "command.h"

enum { COLUMN = 44 };

static void add_padded(text *out, size_t begin, size_t column)
{
    do
        text_add(out, " ");
    while (out->length < begin + column);
}

static void add_verb(text *out, const verb *one)
{
    text_addf(out, "netdisc %s", one->group);
    if (one->name)
        text_addf(out, " %s", one->name);
    if (*one->arguments)
        text_addf(out, " %s", one->arguments);
}

static void add_options(text *out, uint32_t which)
{
    for (option_id id = 0; id < OPTION_COUNT; id++) {
        size_t begin = out->length;

        if (!(which & 1u << id))
            continue;
        text_addf(out, "  --%s%s%s", options[id].word, options[id].value ? " " : "",
                  options[id].value ? options[id].value : "");
        add_padded(out, begin, 24);
        text_addf(out, "%s\n", options[id].help);
    }
}

static void add_program(text *out)
{
    text_add(out, "usage: netdisc VERB [OPTION...] [ARGUMENT...]\n\n");
    for (const verb *each = verbs; each->group; each++) {
        size_t begin = out->length;

        text_add(out, "  ");
        add_verb(out, each);
        add_padded(out, begin, COLUMN);
        text_addf(out, "%s\n", each->help);
    }
    text_add(out, "\nEvery verb takes:\n");
    add_options(out, OPTIONS_OF_ASKED);
    text_add(
        out,
        "\n`netdisc VERB --help` lists a verb's own options. A share's name is Z: or a mount point, or\n"
        "//server/share, \\\\server\\share or smb://server:port/share.\n"
        "Exit status: 0 done, 1 failed, 2 usage, 3 cancelled by you.\n");
}

void help_add(text *out, const verb *one)
{
    if (!one) {
        add_program(out);
        return;
    }
    text_add(out, "usage: ");
    add_verb(out, one);
    text_addf(out, "\n%s.\n\n", one->help);
    add_options(out, one->options);
}
