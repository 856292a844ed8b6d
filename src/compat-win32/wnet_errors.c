/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wnet.h"

enum { TEXT_MAX = 1024, PROVIDER_MAX = 64 };

/* The calling thread's last error of a provider's own. */
static _Thread_local struct {
    DWORD code;
    char text[TEXT_MAX];
    char provider[PROVIDER_MAX];
} last;

/* Shortens UTF-8 by its last character. */
static void drop_character(char *text)
{
    size_t length = strlen(text);

    do
        length--;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80);
    text[length] = '\0';
}

/* As much of the text as fits, in whole characters. */
static void keep(char *to, size_t size, const char *text)
{
    size_t length = strlen(text);

    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(to, text, length);
    to[length] = '\0';
}

static void remember(const netdisc_error *err)
{
    last.code = err->native_domain ? (DWORD)err->native_code : err->status;
    keep(last.text, sizeof last.text, err->message);
    keep(last.provider, sizeof last.provider, err->provider ? err->provider : "");
}

static DWORD documented(netdisc_status status, const nw_code *codes)
{
    for (; codes->netdisc; codes++)
        if (codes->netdisc == status)
            return codes->documented;
    return status;
}

DWORD nw_wnet_ends(netdisc_status status, netdisc_error *err, const nw_code *codes)
{
    if (status == NETDISC_ERROR_EXTENDED_ERROR && err)
        remember(err);
    netdisc_error_free(err);
    return nw_ends(documented(status, codes));
}

/* ---- WNetGetLastError ------------------------------------------------------------------------ */

/* Truncated to whole characters where it does not fit. False: no memory. */
static bool put(const nw_form *form, const char *text, void *to, size_t size)
{
    char whole[TEXT_MAX];
    void *converted;

    keep(whole, sizeof whole, text);
    for (;;) {
        converted = form->from_utf8(whole);
        if (!converted)
            return false;
        if (form->length(converted) < size)
            break;
        free(converted);
        drop_character(whole);
    }
    memcpy(to, converted, nw_form_size(form, converted));
    free(converted);
    return true;
}

static DWORD get_last_error(const nw_form *form, LPDWORD code, void *text, DWORD text_size,
                            void *provider, DWORD provider_size)
{
    /* There must be room for a NUL. */
    if (!code || !text || text_size == 0 || !provider || provider_size == 0)
        return nw_ends(ERROR_INVALID_ADDRESS);
    if (!put(form, last.text, text, text_size) || !put(form, last.provider, provider, provider_size))
        return nw_ends(ERROR_NOT_ENOUGH_MEMORY);
    *code = last.code;
    return NO_ERROR;
}

DWORD WINAPI WNetGetLastErrorA(LPDWORD lpError, LPSTR lpErrorBuf, DWORD nErrorBufSize, LPSTR lpNameBuf,
                               DWORD nNameBufSize)
{
    return get_last_error(&nw_form_ansi, lpError, lpErrorBuf, nErrorBufSize, lpNameBuf, nNameBufSize);
}

DWORD WINAPI WNetGetLastErrorW(LPDWORD lpError, LPWSTR lpErrorBuf, DWORD nErrorBufSize, LPWSTR lpNameBuf,
                               DWORD nNameBufSize)
{
    return get_last_error(&nw_form_wide, lpError, lpErrorBuf, nErrorBufSize, lpNameBuf, nNameBufSize);
}
