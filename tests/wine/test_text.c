/* SPDX-License-Identifier: MIT */
#include "wine.h"

#include "../../src/backend-win32/win32.h"

static void test_utf8_there_and_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "share", "Grüße", "日本", "\xf0\x9f\x98\x80 emoji"};

    for (size_t i = 0; i < ND_COUNT(texts); i++) {
        WCHAR *wide = nd_wide(texts[i]);
        char *back = nd_narrow(wide);

        assert_non_null(wide);
        assert_true(nd_wide_is_well_formed(wide));
        assert_string_equal(back, texts[i]);
        free(wide);
        free(back);
    }
    assert_null(nd_wide(NULL));
    assert_null(nd_narrow(NULL));
}

static void test_lone_surrogates_are_told(void **state)
{
    (void)state;
    static const WCHAR *const texts[] = {L"a\xd800", L"\xdc00z", L"\xd800\xd800\xdc00", L"\xdc00\xd800"};

    for (size_t i = 0; i < ND_COUNT(texts); i++) {
        char *text = nd_narrow(texts[i]);

        assert_false(nd_wide_is_well_formed(texts[i]));
        assert_non_null(text);
        assert_non_null(strstr(text, "\xef\xbf\xbd"));
        free(text);
    }
    assert_true(nd_wide_is_well_formed(L"\xd83d\xde00"));
}

static void test_fields(void **state)
{
    (void)state;
    static const WCHAR unended[4] = {L'f', L'u', L'l', L'l'};
    WCHAR field[4];
    char *text = nd_narrow_field(unended, ND_COUNT(unended));

    assert_string_equal(text, "full");
    free(text);
    assert_true(nd_wide_into(field, ND_COUNT(field), "abc"));
    assert_int_equal(wcscmp(field, L"abc"), 0);
    assert_false(nd_wide_into(field, ND_COUNT(field), "abcd"));
    assert_int_equal(field[0], 0);
    assert_false(nd_wide_into(field, ND_COUNT(field), "\xed\xa0\x80"));
}

static void test_guids(void **state)
{
    (void)state;
    static const char text[] = "01234567-89ab-cdef-0123-456789abcdef";
    char back[ND_GUID_TEXT];
    GUID guid;

    assert_true(nd_guid_parse(text, &guid));
    assert_int_equal(guid.Data1, 0x01234567);
    assert_int_equal(guid.Data4[7], 0xef);
    nd_guid_text(&guid, back);
    assert_string_equal(back, text);
    assert_false(nd_guid_parse("01234567-89ab-cdef-0123-456789abcde", &guid));
    assert_false(nd_guid_parse("01234567-89ab-cdef-0123-456789abcdeg", &guid));
}

/* In a system's own words, and as one sentence. */
static void test_what_windows_says(void **state)
{
    (void)state;
    nd_trouble why;

    assert_int_equal(nd_trouble_win32(&why, 0, ERROR_ACCESS_DENIED, "%s", "it"),
                     NETDISC_ERROR_ACCESS_DENIED);
    assert_string_equal(why.native_domain, "win32");
    assert_int_equal(why.native_code, ERROR_ACCESS_DENIED);
    assert_memory_equal(why.message, "it: ", 4);
    assert_true(why.message[strlen(why.message) - 1] != '.');
    assert_null(strpbrk(why.message, "\r\n"));

    assert_int_equal(nd_trouble_hresult(&why, 0, E_FAIL, "it"), NETDISC_ERROR_GEN_FAILURE);
    assert_string_equal(why.native_domain, "hresult");
    assert_true(why.native_code == (int64_t)0x80004005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_there_and_back),
        cmocka_unit_test(test_lone_surrogates_are_told),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_guids),
        cmocka_unit_test(test_what_windows_says),
    };

    return cmocka_run_group_tests_name("win32 text", tests, NULL, NULL);
}
