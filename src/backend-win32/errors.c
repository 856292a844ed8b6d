/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win32.h"

/* The longest of the system's texts have some hundred characters in English, and more in other languages. */
enum { SYSTEM_TEXT = 1024 };

/* In the system's language, as a clause; NULL: it has none. To be freed. */
static char *text_of(DWORD code)
{
    const DWORD flags =
        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
    WCHAR wide[SYSTEM_TEXT] = L"";

    if (!FormatMessageW(flags, NULL, code, 0, wide, ND_COUNT(wide), NULL))
        return NULL;
    nd_wide_clause(wide, ND_COUNT(wide));
    return *wide ? nd_narrow(wide) : NULL;
}

static bool is_listed(netdisc_status status)
{
    return strcmp(netdisc_status_name(status), netdisc_status_text(status)) != 0;
}

static netdisc_status say(nd_trouble *why, netdisc_status status, const char *domain, DWORD code,
                          const char *format, va_list arguments)
{
    char *text = text_of(code);
    char number[32];

    snprintf(number, sizeof number, "error %lu of Windows", (unsigned long)code);

    const char *known = text ? text : is_listed(status) ? netdisc_status_text(status) : number;

    status = nd_trouble_native(why, status, domain, code, known, format, arguments);
    free(text);
    return status;
}

netdisc_status nd_trouble_win32(nd_trouble *why, netdisc_status status, DWORD code, const char *format,
                                ...)
{
    va_list arguments;

    va_start(arguments, format);
    status = say(why, status ? status : code, "win32", code, format, arguments);
    va_end(arguments);
    return status;
}

netdisc_status nd_trouble_hresult(nd_trouble *why, netdisc_status status, HRESULT code,
                                  const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    status = say(why, status ? status : netdisc_status_from_hresult(code), "hresult", (DWORD)code,
                 format, arguments);
    va_end(arguments);
    return status;
}
