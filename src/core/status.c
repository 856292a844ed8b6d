/* SPDX-License-Identifier: MIT */
/* Status codes by number, name and text, and as HRESULTs: everything comes from two tables. */
#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "netdisc.h"

typedef struct status_row {
    netdisc_status code;
    const char *name;
    const char *text;
} status_row;

/* In rising order, so the code of a dismissed question is last. It is no Win32 code: not counted. */
/* clang-format off */
static const status_row ROWS[] = {
#define ROW(code, name, text) {code, #name, text},
    NETDISC_STATUS_MAP(ROW)
#undef ROW
    {NETDISC_DISMISSED, "NETDISC_DISMISSED", "the question was dismissed without an answer"},
};
/* clang-format on */

enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0], LISTED_COUNT = ROW_COUNT - 1 };

static const char UNLISTED[] = "UNLISTED_STATUS";

static int compare_code(const void *key, const void *element)
{
    netdisc_status code = *(const netdisc_status *)key;
    const status_row *row = element;

    return (code > row->code) - (code < row->code);
}

static const status_row *find_code(netdisc_status code)
{
    return bsearch(&code, ROWS, ROW_COUNT, sizeof ROWS[0], compare_code);
}

const char *netdisc_status_name(netdisc_status status)
{
    const status_row *row = find_code(status);

    return row ? row->name : UNLISTED;
}

const char *netdisc_status_text(netdisc_status status)
{
    const status_row *row = find_code(status);

    return row ? row->text : UNLISTED;
}

netdisc_status netdisc_status_from_name(const char *name, netdisc_status *out)
{
    if (!out)
        return NETDISC_ERROR_INVALID_PARAMETER;
    *out = 0;
    if (!name)
        return NETDISC_ERROR_INVALID_PARAMETER;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(ROWS[i].name, name) == 0) {
            *out = ROWS[i].code;
            return NETDISC_NO_ERROR;
        }
    }
    return NETDISC_ERROR_NOT_FOUND;
}

size_t netdisc_status_count(void)
{
    return LISTED_COUNT;
}

netdisc_status netdisc_status_at(size_t index)
{
    return index < LISTED_COUNT ? ROWS[index].code : 0;
}

/* ---- HRESULTs ------------------------------------------------------------------------------- */

#define WIN32_FAILURE 0x80070000u /* severity error, FACILITY_WIN32 */
#define FAILURE_BIT   0x80000000u
#define CODE_MASK     0x0000FFFFu
#define HRESULT_FAIL  0x80004005u

/*
 * HRESULT_FROM_WIN32, but for the codes of more than 16 bits: it keeps those that are failure HRESULTs
 * already, as here, and cuts the others down to the number of an unrelated error, or of none.
 */
static uint32_t wrap_win32(netdisc_status status)
{
    if (status == NETDISC_NO_ERROR || status & FAILURE_BIT)
        return status;
    return status <= CODE_MASK ? WIN32_FAILURE | status : HRESULT_FAIL;
}

int32_t netdisc_hresult_from_status(netdisc_status status)
{
    nd_native_row row;

    for (size_t i = 0; (row = nd_hresult_row(i)).name; i++) {
        if (row.status == status)
            return (int32_t)row.code;
    }
    return (int32_t)wrap_win32(status);
}

/* FACILITY_WIN32 with the code 0 says only that something failed, as any foreign HRESULT does. */
static netdisc_status unwrap_win32(uint32_t hresult)
{
    netdisc_status code = hresult & CODE_MASK;

    if ((hresult & ~CODE_MASK) != WIN32_FAILURE || code == NETDISC_NO_ERROR)
        return NETDISC_ERROR_EXTENDED_ERROR;
    return code;
}

netdisc_status netdisc_status_from_hresult(int32_t hresult)
{
    nd_native_row row;

    if (hresult >= 0)
        return NETDISC_NO_ERROR;
    for (size_t i = 0; (row = nd_hresult_row(i)).name; i++) {
        if (row.code == (uint32_t)hresult)
            return row.status;
    }
    return unwrap_win32((uint32_t)hresult);
}
