/* SPDX-License-Identifier: MIT */
/*
 * What the parts of libnetdisc-win32 share. It stands on netdisc.h alone.
 *
 * Names that leave a file begin with nw_, or are Windows' own: in the static library the program sees them.
 */
#ifndef NW_COMPAT_H
#define NW_COMPAT_H

#include <stdbool.h>

#include "netdisc-win32.h"
#include "windows.h"

/* ---- The process's context ------------------------------------------------------------------- */

/* The context, made now if there is none, until nw_leave(). NULL: `*status` says why. */
netdisc *nw_enter(DWORD *status);
void nw_leave(void);

/* ---- The last error -------------------------------------------------------------------------- */

/* Sets it, unless `status` is a success, and returns `status`. */
DWORD nw_ends(DWORD status);

/* ---- Text ------------------------------------------------------------------------------------ */

/*
 * To and from UTF-8. What these make is freed with free(). NULL: no memory.
 *
 * What cannot be UTF-8 (half of a surrogate pair, a byte that the locale does not know) becomes a byte that
 * is never in UTF-8, so that the core takes the name for malformed. Towards the program what cannot be said
 * becomes U+FFFD, in the locale's encoding '?'.
 */
char *nw_utf8_from_wide(const WCHAR *text);
char *nw_utf8_from_ansi(const char *text);
WCHAR *nw_wide_from_utf8(const char *text);
char *nw_ansi_from_utf8(const char *text);

/* Whether it is UTF-8 without control characters, which is what netdisc takes. */
bool nw_is_clean(const char *text);

/* UTF-16 units, without the NUL. */
size_t nw_wide_length(const WCHAR *text);

/* Wipes and frees; NULL is allowed. */
void nw_free_secret(char *text);

/* ---- GUIDs ----------------------------------------------------------------------------------- */

enum { NW_GUID_TEXT = 37 };

/* As netdisc writes it. */
void nw_text_of_guid(const GUID *guid, char text[NW_GUID_TEXT]);
/* False: it is none. */
bool nw_guid_of_text(const char *text, GUID *guid);

/* ---- Handles --------------------------------------------------------------------------------- */

/* What a handle stands for; the first member of a struct of its kind. */
typedef struct nw_kind {
    void (*destroy)(void *object); /* when nobody uses it any more */
} nw_kind;

typedef struct nw_object {
    const nw_kind *kind;
    unsigned uses; /* handles.c's */
} nw_object;

/* Gives the object a handle, which has the one use that it begins with. False: no memory, or too many. */
bool nw_handle_open(nw_object *object, const nw_kind *kind, HANDLE *out);

/* What the handle stands for, until nw_object_release(). NULL: no handle of that kind, or not any more. */
void *nw_handle_use(HANDLE handle, const nw_kind *kind);

/* The handle stands for nothing any more; its object, until nw_object_release(). NULL: as above, which is so
 * for all but one of those that close it at the same time. */
void *nw_handle_close(HANDLE handle, const nw_kind *kind);

/* NULL is allowed. */
void nw_object_release(void *object);

#endif
