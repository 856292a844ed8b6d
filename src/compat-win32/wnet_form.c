/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "wnet.h"

static size_t ansi_length(const void *text)
{
    return strlen(text);
}

static char *ansi_to_utf8(const void *text)
{
    return nw_utf8_from_ansi(text);
}

static void *ansi_from_utf8(const char *text)
{
    return nw_ansi_from_utf8(text);
}

static size_t wide_length(const void *text)
{
    return nw_wide_length(text);
}

static char *wide_to_utf8(const void *text)
{
    return nw_utf8_from_wide(text);
}

static void *wide_from_utf8(const char *text)
{
    return nw_wide_from_utf8(text);
}

const nw_form nw_form_ansi = {sizeof(char), ansi_length, ansi_to_utf8, ansi_from_utf8};
const nw_form nw_form_wide = {sizeof(WCHAR), wide_length, wide_to_utf8, wide_from_utf8};

bool nw_form_is_empty(const nw_form *form, const void *text)
{
    return !text || form->length(text) == 0;
}

size_t nw_form_size(const nw_form *form, const void *text)
{
    return (form->length(text) + 1) * form->unit;
}

bool nw_form_read(const nw_form *form, const void *text, char **out)
{
    *out = text ? form->to_utf8(text) : NULL;
    return *out || !text;
}
