/* SPDX-License-Identifier: MIT */
/* The tables of foreign errors: sound in themselves, and the same as what was measured elsewhere. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "native.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FALLBACK     54321u

/* ---- Every row ------------------------------------------------------------------------------ */

static netdisc_status from_errno(nd_native_row row, netdisc_status fallback)
{
    return nd_status_from_errno((int)row.code, fallback);
}

static netdisc_status from_ntstatus(nd_native_row row, netdisc_status fallback)
{
    return nd_status_from_ntstatus((uint32_t)row.code, fallback);
}

static netdisc_status from_gio(nd_native_row row, netdisc_status fallback)
{
    return nd_status_from_gio((int)row.code, fallback);
}

static netdisc_status from_dbus(nd_native_row row, netdisc_status fallback)
{
    return nd_status_from_dbus(row.name, fallback);
}

static netdisc_status from_hresult(nd_native_row row, netdisc_status fallback)
{
    (void)fallback;
    return netdisc_status_from_hresult((int32_t)row.code);
}

static const char *errno_name(nd_native_row row)
{
    return nd_errno_name((int)row.code);
}

static const char *ntstatus_name(nd_native_row row)
{
    return nd_ntstatus_name((uint32_t)row.code);
}

static const char *gio_name(nd_native_row row)
{
    return nd_gio_name((int)row.code);
}

static const char *own_name(nd_native_row row)
{
    return row.name;
}

typedef struct table_test {
    nd_native_row (*row)(size_t index);
    netdisc_status (*status)(nd_native_row row, netdisc_status fallback);
    const char *(*name)(nd_native_row row);
    const char *prefix;
    size_t at_least;
    bool by_name; /* the rows' codes say nothing */
} table_test;

static const table_test SUBJECTS[] = {
    {nd_errno_row, from_errno, errno_name, "E", 50, false},
    {nd_ntstatus_row, from_ntstatus, ntstatus_name, "NT_STATUS_", 85 + 16, false},
    {nd_gio_row, from_gio, gio_name, "G_IO_ERROR_", 48, false},
    {nd_dbus_row, from_dbus, own_name, "org.freedesktop.DBus.Error.", 45, true},
    {nd_hresult_row, from_hresult, own_name, "E_", 8, false},
};

static void check_row(const table_test *subject, nd_native_row row)
{
    if (row.status == NETDISC_NO_ERROR ||
        strcmp(netdisc_status_name(row.status), "UNLISTED_STATUS") == 0)
        fail_msg("%s has the status %u", row.name, (unsigned)row.status);
    assert_int_equal(strncmp(row.name, subject->prefix, strlen(subject->prefix)), 0);
    assert_int_equal(subject->status(row, FALLBACK), row.status);
    assert_int_equal(subject->status(row, NETDISC_NO_ERROR), row.status);
    assert_string_equal(subject->name(row), row.name);
}

static void check_not_seen_before(const table_test *subject, size_t index)
{
    nd_native_row row = subject->row(index);

    for (size_t i = 0; i < index; i++) {
        nd_native_row other = subject->row(i);

        if (strcmp(other.name, row.name) == 0 || (!subject->by_name && other.code == row.code))
            fail_msg("%s is there twice, also as %s", row.name, other.name);
    }
}

static void every_row_is_sound(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(SUBJECTS); s++) {
        const table_test *subject = &SUBJECTS[s];
        size_t count = 0;

        for (; subject->row(count).name; count++) {
            check_row(subject, subject->row(count));
            check_not_seen_before(subject, count);
        }
        assert_true(count >= subject->at_least);
        assert_null(subject->row(SIZE_MAX).name);
    }
}

static void the_unknown_is_the_fallback(void **state)
{
    (void)state;
    assert_int_equal(nd_status_from_errno(0, FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_errno(-EBUSY, FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_errno(INT32_MAX, FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_ntstatus(0, FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_ntstatus(0xFFFFFFFF, FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_gio(-1, FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_gio(INT32_MAX, FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_dbus(NULL, FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_dbus("", FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_dbus("org.freedesktop.DBus.Error", FALLBACK), FALLBACK);
    assert_int_equal(nd_status_from_dbus("org.freedesktop.DBus.Error.NoReply2", FALLBACK), FALLBACK);
    assert_null(nd_errno_name(0));
    assert_null(nd_ntstatus_name(0));
    assert_null(nd_gio_name(-1));
}

static void the_unknown_is_never_success(void **state)
{
    (void)state;
    assert_int_equal(nd_status_from_errno(0, NETDISC_NO_ERROR), NETDISC_ERROR_GEN_FAILURE);
    assert_int_equal(nd_status_from_ntstatus(0, NETDISC_NO_ERROR), NETDISC_ERROR_GEN_FAILURE);
    assert_int_equal(nd_status_from_gio(-1, NETDISC_NO_ERROR), NETDISC_ERROR_GEN_FAILURE);
    assert_int_equal(nd_status_from_dbus(NULL, NETDISC_NO_ERROR), NETDISC_ERROR_GEN_FAILURE);
}

/* ---- errno ---------------------------------------------------------------------------------- */

static void errno_is_as_documented(void **state)
{
    static const struct {
        int code;
        netdisc_status status;
    } EXPECTED[] = {
        {EPERM, 5},          {ENOENT, 2},          {EINTR, 995},        {EIO, 1117},
        {ENXIO, 55},         {EBADF, 6},           {ENOMEM, 8},         {EACCES, 5},
        {EBUSY, 170},        {EEXIST, 183},        {EXDEV, 17},         {ENODEV, 55},
        {ENOTDIR, 267},      {EINVAL, 87},         {ENFILE, 4},         {EMFILE, 4},
        {ENOSPC, 112},       {EROFS, 19},          {EPIPE, 109},        {ENAMETOOLONG, 206},
        {ENOSYS, 50},        {ENOTEMPTY, 145},     {ELOOP, 1921},       {EILSEQ, 123},
        {EOVERFLOW, 534},    {EADDRINUSE, 1227},   {ENETUNREACH, 1231}, {EHOSTUNREACH, 1232},
        {ECONNABORTED, 64},  {ECONNRESET, 64},     {ENETRESET, 64},     {ETIMEDOUT, 121},
        {ECANCELED, 1223},   {ECONNREFUSED, 1225}, {ENOTCONN, 1229},
#ifdef __linux__
        {EDQUOT, 1816},      {EHOSTDOWN, 1232},    {ESHUTDOWN, 64},     {ESTALE, 55},
        {EKEYEXPIRED, 1330}, {EKEYREVOKED, 1331},  {ENOKEY, 1312},
#endif
    };

    (void)state;
    for (size_t i = 0; i < COUNT(EXPECTED); i++)
        assert_int_equal(nd_status_from_errno(EXPECTED[i].code, FALLBACK), EXPECTED[i].status);
}

/* Constants that may share one number, or be told apart, as the platform likes. */
static void aliases_agree(void **state)
{
    (void)state;
    assert_int_equal(nd_status_from_errno(EWOULDBLOCK, FALLBACK), NETDISC_ERROR_RETRY);
    assert_int_equal(nd_status_from_errno(EAGAIN, FALLBACK), NETDISC_ERROR_RETRY);
    assert_int_equal(nd_status_from_errno(EOPNOTSUPP, FALLBACK), NETDISC_ERROR_NOT_SUPPORTED);
#ifdef ENOTSUP
    assert_int_equal(nd_status_from_errno(ENOTSUP, FALLBACK), NETDISC_ERROR_NOT_SUPPORTED);
#endif
}

/* "Not connected" is an answer about the world, and makes NETDISC_IF_CONNECTED a success. */
static void no_errno_says_not_connected(void **state)
{
    (void)state;
    for (size_t i = 0; nd_errno_row(i).name; i++)
        assert_int_not_equal(nd_errno_row(i).status, NETDISC_ERROR_NOT_CONNECTED);
}

/* ---- Data files ----------------------------------------------------------------------------- */

enum { FIELDS = 6 };

static FILE *open_data(const char *name)
{
    const char *directory = getenv("NETDISC_TEST_DATA");
    char path[1024];
    FILE *file;

    assert_non_null(directory);
    assert_true(snprintf(path, sizeof path, "%s/%s", directory, name) < (int)sizeof path);
    file = fopen(path, "r");
    if (!file)
        fail_msg("cannot open %s", path);
    return file;
}

/* Fields that a line lacks are empty. */
static void split(char *line, char separator, char *fields[FIELDS])
{
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < FIELDS; i++) {
        char *end = strchr(line, separator);

        fields[i] = line;
        line = end ? end + 1 : line + strlen(line);
        if (end)
            *end = '\0';
    }
}

/* Calls `check` for every line but the headings, and gives how many were of its concern. */
static size_t check_data(const char *name, char separator, bool (*check)(char *fields[FIELDS]))
{
    FILE *file = open_data(name);
    char line[1024];
    char *fields[FIELDS];
    size_t checked = 0;

    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        split(line, separator, fields);
        checked += check(fields);
    }
    assert_int_equal(fclose(file), 0);
    return checked;
}

/* Where Samba's number is no Win32 code (it passes on what it cannot map), or one of another error. */
static netdisc_status expected_ntstatus(uint32_t code, unsigned long samba)
{
    static const struct {
        uint32_t code;
        netdisc_status status;
    } DIFFERENT[] = {
        {0xC000008F, NETDISC_ERROR_GEN_FAILURE}, /* FLOAT_INEXACT_RESULT */
        {0xC0000091, NETDISC_ERROR_GEN_FAILURE}, /* FLOAT_OVERFLOW */
        {0xC0000093, NETDISC_ERROR_GEN_FAILURE}, /* FLOAT_UNDERFLOW */
        {0xC000002F, NETDISC_ERROR_GEN_FAILURE}, /* PORT_MESSAGE_TOO_LONG */
        {0xC0000254, NETDISC_ERROR_IP_ADDRESS_CONFLICT1},
        {0xC0000255, NETDISC_ERROR_IP_ADDRESS_CONFLICT2},
        {0xC0000256, NETDISC_ERROR_REGISTRY_QUOTA_LIMIT},
    };

    for (size_t i = 0; i < COUNT(DIFFERENT); i++) {
        if (DIFFERENT[i].code == code)
            return DIFFERENT[i].status;
    }
    return (netdisc_status)samba;
}

static bool check_ntstatus(char *fields[FIELDS])
{
    uint32_t code = (uint32_t)strtoul(fields[1], NULL, 16);

    assert_string_equal(nd_ntstatus_name(code), fields[0]);
    assert_int_equal(nd_status_from_ntstatus(code, FALLBACK),
                     expected_ntstatus(code, strtoul(fields[3], NULL, 10)));
    return true;
}

static void ntstatus_is_as_samba_maps_it(void **state)
{
    (void)state;
    assert_int_equal(check_data("nt-errors.csv", ',', check_ntstatus), 86);
}

/* Those of logon and of shares that the data file has not. */
static void ntstatus_is_as_windows_maps_it(void **state)
{
    static const struct {
        uint32_t code;
        netdisc_status status;
    } EXPECTED[] = {
        {0xC0000033, 123},  {0xC000005E, 1311}, {0xC000005F, 1312}, {0xC0000061, 1314},
        {0xC0000064, 1317}, {0xC00000BE, 53},   {0xC00000C9, 64},   {0xC00000E5, 1359},
        {0xC0000107, 2401}, {0xC0000108, 2404}, {0xC0000128, 6},    {0xC0000192, 1792},
        {0xC0000193, 1793}, {0xC0000195, 1219}, {0xC0000224, 1907}, {0xC0000234, 1909},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(EXPECTED); i++)
        assert_int_equal(nd_status_from_ntstatus(EXPECTED[i].code, FALLBACK), EXPECTED[i].status);
}

static nd_native_row gio_row(const char *name)
{
    nd_native_row row;

    if (strcmp(name, "G_IO_ERROR_CONNECTION_CLOSED") == 0)
        name = "G_IO_ERROR_BROKEN_PIPE";
    for (size_t i = 0; (row = nd_gio_row(i)).name; i++) {
        if (strcmp(row.name, name) == 0)
            return row;
    }
    fail_msg("no row for %s", name);
    return row;
}

static bool check_gio(char *fields[FIELDS])
{
    if (strcmp(fields[0], "GIOErrorEnum") != 0)
        return false;
    assert_int_equal(nd_status_from_gio((int)gio_row(fields[1]).code, FALLBACK),
                     strtoul(fields[4], NULL, 10));
    return true;
}

static void gio_is_as_tabulated(void **state)
{
    (void)state;
    assert_int_equal(check_data("nm-errors.tsv", '\t', check_gio), 49);
}

static bool check_dbus(char *fields[FIELDS])
{
    static const char PREFIX[] = "org.freedesktop.DBus.Error.";

    if (strncmp(fields[2], PREFIX, strlen(PREFIX)) != 0)
        return false;
    assert_int_equal(nd_status_from_dbus(fields[2], FALLBACK), strtoul(fields[4], NULL, 10));
    return true;
}

static void dbus_is_as_tabulated(void **state)
{
    (void)state;
    assert_int_equal(check_data("nm-errors.tsv", '\t', check_dbus), 45);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_sound),
        cmocka_unit_test(the_unknown_is_the_fallback),
        cmocka_unit_test(the_unknown_is_never_success),
        cmocka_unit_test(errno_is_as_documented),
        cmocka_unit_test(aliases_agree),
        cmocka_unit_test(no_errno_says_not_connected),
        cmocka_unit_test(ntstatus_is_as_samba_maps_it),
        cmocka_unit_test(ntstatus_is_as_windows_maps_it),
        cmocka_unit_test(gio_is_as_tabulated),
        cmocka_unit_test(dbus_is_as_tabulated),
    };

    return cmocka_run_group_tests_name("native", tests, NULL, NULL);
}
