/* SPDX-License-Identifier: MIT */
/* WNetGetLastError: the calling thread's last error of a provider's own. */
#include "compat_world.h"

#include <pthread.h>

#define Z "share local=Z: remote=\\\\server\\docs state=connected\n"
/* STATUS_ACCESS_DENIED */
#define STRANGE                                                                                         \
    "step slot=share.cancel manner=fail status=ERROR_EXTENDED_ERROR domain=ntstatus code=3221225506 "   \
    "message=gr%c3%bc%c3%9fe%f0%9f%98%80\n"

static void cancel_strangely(void)
{
    setenv("LC_ALL", "C.UTF-8", 1);
    world(Z STRANGE);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_EXTENDED_ERROR);
}

static void test_nothing_yet(void **state)
{
    (void)state;
    DWORD code = 1;
    WCHAR text[4] = u"x", provider[4] = u"x";

    assert_ends(WNetGetLastErrorW(&code, text, 4, provider, 4), NO_ERROR);
    assert_int_equal(code, 0);
    assert_wide(text, u"");
    assert_wide(provider, u"");
}

static void test_code_text_and_provider(void **state)
{
    (void)state;
    DWORD code = 0;
    char text[256], provider[64];
    WCHAR wide[256], wide_provider[64];

    cancel_strangely();
    assert_ends(WNetGetLastErrorA(&code, text, sizeof text, provider, sizeof provider), NO_ERROR);
    assert_int_equal(code, 0xC0000022);
    assert_non_null(strstr(text, "gr\xc3\xbc\xc3\x9f"));
    assert_string_equal(provider, "fake");
    assert_ends(WNetGetLastErrorW(&code, wide, 256, wide_provider, 64), NO_ERROR);
    assert_wide(wide_provider, u"fake");
}

static void test_other_failures_leave_it(void **state)
{
    (void)state;
    DWORD code = 0;
    char text[256], provider[64];

    cancel_strangely();
    assert_ends(WNetCancelConnection2W(u"Y:", 0, FALSE), ERROR_NOT_CONNECTED);
    assert_ends(WNetGetLastErrorA(&code, text, sizeof text, provider, sizeof provider), NO_ERROR);
    assert_int_equal(code, 0xC0000022);
}

static void *see_nothing(void *data)
{
    char text[16], provider[16];

    WNetGetLastErrorA(data, text, sizeof text, provider, sizeof provider);
    return NULL;
}

static void test_it_is_a_threads_own(void **state)
{
    (void)state;
    DWORD code = 1;
    pthread_t thread;

    cancel_strangely();
    assert_int_equal(pthread_create(&thread, NULL, see_nothing, &code), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(code, 0);
}

/* The text of every size ends with a NUL, and within no character. */
static void test_truncation(void **state)
{
    (void)state;
    DWORD code;
    char whole[256], provider[3];
    WCHAR whole_wide[256], wide_provider[3];

    cancel_strangely();
    assert_ends(WNetGetLastErrorA(&code, whole, sizeof whole, provider, sizeof provider), NO_ERROR);
    assert_string_equal(provider, "fa");
    assert_ends(WNetGetLastErrorW(&code, whole_wide, 256, wide_provider, 3), NO_ERROR);
    assert_wide(wide_provider, u"fa");
    for (DWORD size = 1; size <= strlen(whole); size++) {
        char *text = malloc(size);

        assert_ends(WNetGetLastErrorA(&code, text, size, provider, sizeof provider), NO_ERROR);
        assert_true(strlen(text) < size);
        assert_memory_equal(text, whole, strlen(text));
        assert_int_not_equal(whole[strlen(text)] & 0xC0, 0x80);
        free(text);
    }
    for (DWORD size = 1; size < 256 && whole_wide[size - 1]; size++) {
        WCHAR *text = malloc(size * sizeof *text);
        size_t length = 0;

        assert_ends(WNetGetLastErrorW(&code, text, size, wide_provider, 3), NO_ERROR);
        while (text[length])
            length++;
        assert_true(length < size && length + 2 >= size);
        assert_memory_equal(text, whole_wide, length * sizeof *text);
        assert_true(length == 0 || text[length - 1] < 0xD800 || text[length - 1] > 0xDBFF);
        free(text);
    }
}

/* What was longer than is kept ends with a character, too. */
static void test_the_longest(void **state)
{
    (void)state;
    char script[8192], *end = script;
    char text[4096], provider[64];
    DWORD code;

    setenv("LC_ALL", "C.UTF-8", 1);
    end +=
        sprintf(end, "%s", Z "step slot=share.cancel manner=fail status=ERROR_EXTENDED_ERROR message=x");
    for (int i = 0; i < 1000; i++)
        end += sprintf(end, "%%c3%%bc");
    strcpy(end, "\n");
    world(script);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_EXTENDED_ERROR);
    assert_ends(WNetGetLastErrorA(&code, text, sizeof text, provider, sizeof provider), NO_ERROR);
    assert_int_equal(code, ERROR_EXTENDED_ERROR);
    assert_in_range(strlen(text), 1000, 1023);
    assert_string_equal(text + strlen(text) - 2, "\xc3\xbc");
}

static void test_invalid_address(void **state)
{
    (void)state;
    DWORD code;
    WCHAR text[4], provider[4];

    assert_ends(WNetGetLastErrorW(NULL, text, 4, provider, 4), ERROR_INVALID_ADDRESS);
    assert_ends(WNetGetLastErrorW(&code, NULL, 4, provider, 4), ERROR_INVALID_ADDRESS);
    assert_ends(WNetGetLastErrorW(&code, text, 0, provider, 4), ERROR_INVALID_ADDRESS);
    assert_ends(WNetGetLastErrorW(&code, text, 4, NULL, 4), ERROR_INVALID_ADDRESS);
    assert_ends(WNetGetLastErrorW(&code, text, 4, provider, 0), ERROR_INVALID_ADDRESS);
    assert_ends(WNetGetLastErrorA(NULL, NULL, 0, NULL, 0), ERROR_INVALID_ADDRESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_nothing_yet),
        apart(test_code_text_and_provider),
        apart(test_other_failures_leave_it),
        apart(test_it_is_a_threads_own),
        apart(test_truncation),
        apart(test_the_longest),
        apart(test_invalid_address),
    };

    return cmocka_run_group_tests_name("wnet_errors", tests, NULL, NULL);
}
