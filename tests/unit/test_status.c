/* SPDX-License-Identifier: MIT */
/* The status table and the HRESULTs, against what the header documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "netdisc.h"

#define UNLISTED     "UNLISTED_STATUS"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void rows_are_sorted_and_unique(void **state)
{
    size_t count = netdisc_status_count();

    (void)state;
    assert_true(count > 100);
    assert_int_equal(netdisc_status_at(0), NETDISC_NO_ERROR);
    for (size_t i = 1; i < count; i++)
        assert_true(netdisc_status_at(i - 1) < netdisc_status_at(i));
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(netdisc_status_name(netdisc_status_at(i)),
                                    netdisc_status_name(netdisc_status_at(j)));
    }
}

static void past_the_end_is_zero(void **state)
{
    (void)state;
    assert_int_equal(netdisc_status_at(netdisc_status_count()), 0);
    assert_int_equal(netdisc_status_at(SIZE_MAX), 0);
}

static void check_row(netdisc_status code, const char *name, const char *text)
{
    netdisc_status back = 77;

    assert_string_equal(netdisc_status_name(code), name);
    assert_string_equal(netdisc_status_text(code), text);
    assert_int_equal(netdisc_status_from_name(name, &back), NETDISC_NO_ERROR);
    assert_int_equal(back, code);
}

static void every_row_of_the_map_is_there(void **state)
{
    size_t index = 0;

    (void)state;
#define CHECK(code, name, text)                                                                         \
    assert_int_equal(netdisc_status_at(index++), NETDISC_##name);                                       \
    check_row(code, #name, text);
    NETDISC_STATUS_MAP(CHECK)
#undef CHECK
    assert_int_equal(index, netdisc_status_count());
}

static void texts_are_one_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < netdisc_status_count(); i++) {
        const char *text = netdisc_status_text(netdisc_status_at(i));

        assert_true(strlen(text) > 0);
        assert_null(strpbrk(text, ".\n"));
    }
}

static void dismissed_has_a_name_but_is_not_counted(void **state)
{
    (void)state;
    check_row(NETDISC_DISMISSED, "NETDISC_DISMISSED", "the question was dismissed without an answer");
    for (size_t i = 0; i < netdisc_status_count(); i++)
        assert_int_not_equal(netdisc_status_at(i), NETDISC_DISMISSED);
}

static void unknown_codes_are_unlisted(void **state)
{
    static const netdisc_status UNKNOWN[] = {7, 12345, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE};

    (void)state;
    for (size_t i = 0; i < COUNT(UNKNOWN); i++) {
        assert_string_equal(netdisc_status_name(UNKNOWN[i]), UNLISTED);
        assert_string_equal(netdisc_status_text(UNKNOWN[i]), UNLISTED);
    }
}

static void unknown_names_are_not_found(void **state)
{
    static const char *const UNKNOWN[] = {
        "", "ERROR_", "ERROR_BUSY ", "error_busy", "ERROR_SUCCESS", "NETDISC_ERROR_BUSY", UNLISTED,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(UNKNOWN); i++) {
        netdisc_status out = 77;

        assert_int_equal(netdisc_status_from_name(UNKNOWN[i], &out), NETDISC_ERROR_NOT_FOUND);
        assert_int_equal(out, 0);
    }
}

static void nulls_are_invalid(void **state)
{
    netdisc_status out = 77;

    (void)state;
    assert_int_equal(netdisc_status_from_name(NULL, &out), NETDISC_ERROR_INVALID_PARAMETER);
    assert_int_equal(out, 0);
    assert_int_equal(netdisc_status_from_name("NO_ERROR", NULL), NETDISC_ERROR_INVALID_PARAMETER);
    assert_int_equal(netdisc_status_from_name(NULL, NULL), NETDISC_ERROR_INVALID_PARAMETER);
}

/* ---- HRESULTs ------------------------------------------------------------------------------- */

static int32_t hresult(uint32_t bits)
{
    return (int32_t)bits;
}

static void documented_hresults_go_both_ways(void **state)
{
    static const struct {
        uint32_t hresult;
        netdisc_status status;
    } PAIRS[] = {
        {0x00000000, 0},    /* S_OK */
        {0x80004001, 120},  /* E_NOTIMPL */
        {0x80004002, 632},  /* E_NOINTERFACE */
        {0x80004003, 487},  /* E_POINTER */
        {0x80004004, 995},  /* E_ABORT */
        {0x80004005, 31},   /* E_FAIL */
        {0x8000FFFF, 1359}, /* E_UNEXPECTED */
        {0x8007000E, 8},    /* E_OUTOFMEMORY */
        {0x80070057, 87},   /* E_INVALIDARG */
        {0x80070005, 5},    /* FACILITY_WIN32 */
        {0x800708CA, 2250}, {0x800706BA, 1722}, {0x80070001, 1}, {0x8007FFFF, 0xFFFF},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        assert_int_equal(netdisc_status_from_hresult(hresult(PAIRS[i].hresult)), PAIRS[i].status);
        assert_int_equal(netdisc_hresult_from_status(PAIRS[i].status), hresult(PAIRS[i].hresult));
    }
}

static void hresults_of_success_are_no_error(void **state)
{
    static const uint32_t SUCCESS[] = {0, 1 /* S_FALSE */, 5, 0x00070000, 0x00070005, 0x7FFFFFFF};

    (void)state;
    for (size_t i = 0; i < COUNT(SUCCESS); i++)
        assert_int_equal(netdisc_status_from_hresult(hresult(SUCCESS[i])), NETDISC_NO_ERROR);
}

static void foreign_hresults_are_extended_errors(void **state)
{
    /* Also FACILITY_WIN32 in an NTSTATUS and in a customer's HRESULT, and, last, without a code. */
    static const uint32_t FOREIGN[] = {
        0x80000000, 0x80004006, 0x80010108, 0x80040154, 0x80060005,
        0x80080005, 0xFFFFFFFF, 0xC0070005, 0xA0070005, 0x80070000,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(FOREIGN); i++)
        assert_int_equal(netdisc_status_from_hresult(hresult(FOREIGN[i])), NETDISC_ERROR_EXTENDED_ERROR);
}

static void wide_statuses_name_no_other_error(void **state)
{
    (void)state;
    assert_int_equal(netdisc_hresult_from_status(0x00010000), hresult(0x80004005));
    assert_int_equal(netdisc_hresult_from_status(0x00010005), hresult(0x80004005));
    assert_int_equal(netdisc_hresult_from_status(0x7FFFFFFF), hresult(0x80004005));
    assert_int_equal(netdisc_hresult_from_status(0x80040154), hresult(0x80040154));
    assert_int_equal(netdisc_hresult_from_status(NETDISC_DISMISSED), hresult(0xFFFFFFFF));
}

static void check_failure_stays(netdisc_status status)
{
    int32_t there = netdisc_hresult_from_status(status);

    assert_true(there < 0);
    assert_int_not_equal(netdisc_status_from_hresult(there), NETDISC_NO_ERROR);
}

static void no_failure_becomes_success(void **state)
{
    enum { STRIDE = 4093, OUT_OF_MEMORY = 14 }; /* a prime; and E_OUTOFMEMORY in the Win32 facility */

    (void)state;
    for (netdisc_status status = 1; status <= 0xFFFF; status++) {
        check_failure_stays(status);
        if (status != OUT_OF_MEMORY)
            assert_int_equal(netdisc_status_from_hresult(netdisc_hresult_from_status(status)), status);
    }
    for (uint64_t status = 0x10000; status <= UINT32_MAX; status += STRIDE)
        check_failure_stays((netdisc_status)status);
    for (uint32_t high = 0x10000; high != 0; high += 0x10000)
        check_failure_stays(high);
    for (uint64_t bits = 0x80000000; bits <= UINT32_MAX; bits += STRIDE)
        assert_int_not_equal(netdisc_status_from_hresult(hresult((uint32_t)bits)), NETDISC_NO_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_and_unique),
        cmocka_unit_test(past_the_end_is_zero),
        cmocka_unit_test(every_row_of_the_map_is_there),
        cmocka_unit_test(texts_are_one_sentence),
        cmocka_unit_test(dismissed_has_a_name_but_is_not_counted),
        cmocka_unit_test(unknown_codes_are_unlisted),
        cmocka_unit_test(unknown_names_are_not_found),
        cmocka_unit_test(nulls_are_invalid),
        cmocka_unit_test(documented_hresults_go_both_ways),
        cmocka_unit_test(hresults_of_success_are_no_error),
        cmocka_unit_test(foreign_hresults_are_extended_errors),
        cmocka_unit_test(wide_statuses_name_no_other_error),
        cmocka_unit_test(no_failure_becomes_success),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
