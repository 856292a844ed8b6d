/* SPDX-License-Identifier: MIT */
/* What the WNet functions share. */
#ifndef NW_WNET_H
#define NW_WNET_H

#include "compat.h"

/* ---- Text of either kind --------------------------------------------------------------------- */

/* A function's A and its W are one, with one of these two. */
typedef struct nw_form {
    size_t unit;                          /* bytes of what sizes are counted in */
    size_t (*length)(const void *text);   /* units, without the NUL */
    char *(*to_utf8)(const void *text);   /* as nw_utf8_from_wide() */
    void *(*from_utf8)(const char *text); /* as nw_wide_from_utf8() */
} nw_form;

extern const nw_form nw_form_ansi;
extern const nw_form nw_form_wide;

/* NULL and the empty text. */
bool nw_form_is_empty(const nw_form *form, const void *text);

/* Bytes, with the NUL. */
size_t nw_form_size(const nw_form *form, const void *text);

/* As to_utf8(), for what may be NULL. False: no memory. */
bool nw_form_read(const nw_form *form, const void *text, char **out);

/* ---- Codes ----------------------------------------------------------------------------------- */

/* What a function's document calls something that netdisc has another code for. The last is {0}. */
typedef struct nw_code {
    netdisc_status netdisc;
    DWORD documented;
} nw_code;

/*
 * Ends a function with what netdisc gave: by its document's code, or by number where that has none. An error of
 * the provider's own is kept for WNetGetLastError. Frees the detail.
 */
DWORD nw_wnet_ends(netdisc_status status, netdisc_error *err, const nw_code *codes);

/* ---- The prompt ------------------------------------------------------------------------------ */

/* Whom to ask now; NULL: nobody can be asked. */
netdisc_prompt_fn nw_prompt(void **data);

#endif
