/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "command.h"

/* ---- Which one ------------------------------------------------------------------------------ */

/* A code, an HRESULT, or -1 as Windows writes it: 0 to 0xFFFFFFFF, or negative. */
static bool read_code(const char *given, netdisc_status *out)
{
    const char *digits = given + (*given == '-');
    char *end;
    long long value;

    if (*digits < '0' || *digits > '9')
        return false;
    errno = 0;
    value = strtoll(given, &end, digits[0] == '0' && (digits[1] | 0x20) == 'x' ? 16 : 10);
    if (errno || *end || value < INT32_MIN || value > (long long)UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    if (*out & 0x80000000u && *out != NETDISC_DISMISSED)
        *out = netdisc_status_from_hresult((int32_t)*out);
    return true;
}

/* The name in any case, with or without its "ERROR_". */
static bool read_name(const char *given, netdisc_status *out)
{
    static const char *const fronts[] = {"", "ERROR_"};
    char name[64];

    for (size_t front = 0; front < 2; front++) {
        if ((size_t)snprintf(name, sizeof name, "%s%s", fronts[front], given) >= sizeof name)
            return false;
        for (char *each = name; *each; each++)
            *each = (char)(*each >= 'a' && *each <= 'z' ? *each - 'a' + 'A' : *each);
        if (!netdisc_status_from_name(name, out))
            return true;
    }
    return false;
}

static bool is_listed(netdisc_status status)
{
    for (size_t i = 0; i < netdisc_status_count(); i++)
        if (netdisc_status_at(i) == status)
            return true;
    return status == NETDISC_DISMISSED;
}

/* ---- Telling -------------------------------------------------------------------------------- */

static const char *text_of(netdisc_status status)
{
    return is_listed(status) ? netdisc_status_text(status) : "of the system's, passed on as it came";
}

static void add_json(text *out, netdisc_status status)
{
    json_begin(out, NULL, '{');
    json_number(out, "status", status);
    json_string(out, "name", netdisc_status_name(status));
    json_string(out, "text", text_of(status));
    json_string(out, "advice", advice_for(status));
    json_end(out, '}');
}

static void add_row(text *out, netdisc_status status)
{
    text_addf(out, "%5u  %-33s %s\n", (unsigned)status, netdisc_status_name(status), text_of(status));
}

static void add_page(text *out, netdisc_status status)
{
    const char *advice = advice_for(status);

    text_addf(out, "%s (%d): %s\n", netdisc_status_name(status), (int32_t)status, text_of(status));
    if (advice)
        text_addf(out, "%s\n", advice);
}

/* One, or all for NULL. */
static int tell_some(const netdisc_status *one, bool json)
{
    size_t count = one ? 1 : netdisc_status_count();
    text out = {0};
    text failures = {0};
    int end;

    if (json)
        report_json_open(&out, &(outcome){.status = NETDISC_NO_ERROR});
    for (size_t i = 0; i < count; i++)
        (json ? add_json : one ? add_page : add_row)(&out, one ? *one : netdisc_status_at(i));
    end = json ? report_json_close(&out, &failures, NETDISC_NO_ERROR) : report_write(&out, EXIT_DONE);
    text_free(&out);
    return end;
}

int tell_codes(const request *it)
{
    const netdisc_error unknown = {.status = NETDISC_ERROR_NOT_FOUND,
                                   .message =
                                       "there is no such status; `netdisc error list` prints them all"};
    const char *given = it->arguments[0];
    bool json = is_given(it, BIT(JSON));
    netdisc_status status;

    if (strcmp(given, "list") == 0)
        return tell_some(NULL, json);
    if (read_code(given, &status) || read_name(given, &status))
        return tell_some(&status, json);
    return report(it, &(outcome){.status = unknown.status, .error = &unknown});
}
