/* SPDX-License-Identifier: MIT */
/* UTF-16 and the locale's encoding, to UTF-8 and back. The locales are made here; a process has one. */
#include "compat_world.h"

#include <locale.h>
#include <spawn.h>

#include "compat.h"

extern char **environ;

/* glibc 2.36 forgets what it has made of LOCPATH. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:argz_add_sep";
}

static char locales[] = "/tmp/netdisc-locales-XXXXXX";

static int run(const char *const *words)
{
    pid_t child;
    int status = -1;

    assert_int_equal(posix_spawnp(&child, words[0], NULL, NULL, (char **)(uintptr_t)words, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void make_locale(const char *language, const char *encoding)
{
    char place[128];
    const char *const words[] = {"localedef", "--no-archive", "-i",  language,
                                 "-f",        encoding,       place, NULL};

    snprintf(place, sizeof place, "%s/%s.%s", locales, language, encoding);
    assert_int_equal(run(words), 0);
}

static int make_locales(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(locales));
    make_locale("en_US", "ISO-8859-1");
    make_locale("ja_JP", "EUC-JP");
    return 0;
}

static int remove_locales(void **state)
{
    (void)state;
    const char *const words[] = {"rm", "-r", locales, NULL};

    return run(words);
}

static void live_in(const char *locale)
{
    setenv("LOCPATH", locales, 1);
    setenv("LC_ALL", locale, 1);
}

static void check_ansi(const char *ansi, const char *utf8)
{
    char *to = nw_utf8_from_ansi(ansi), *from = nw_ansi_from_utf8(utf8);

    assert_string_equal(to, utf8);
    assert_string_equal(from, ansi);
    free(to);
    free(from);
}

/* ---- UTF-16 ---------------------------------------------------------------------------------- */

static void check_utf16(const WCHAR *wide, const char *utf8)
{
    char *to = nw_utf8_from_wide(wide);
    WCHAR *from = nw_wide_from_utf8(utf8);

    assert_string_equal(to, utf8);
    assert_int_equal(nw_wide_length(from), nw_wide_length(wide));
    assert_memory_equal(from, wide, (nw_wide_length(wide) + 1) * sizeof *wide);
    free(to);
    free(from);
}

static void test_utf16(void **state)
{
    (void)state;
    check_utf16(u"", "");
    check_utf16(u"\\\\server\\docs", "\\\\server\\docs");
    check_utf16(u"\x7f\x80", "\x7f\xc2\x80");
    check_utf16(u"\x7ff\x800", "\xdf\xbf\xe0\xa0\x80");
    check_utf16(u"\xd7ff\xe000\xffff", "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf");
    check_utf16(u"\xd800\xdc00\xdbff\xdfff", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

static void check_half(const WCHAR *wide, const char *utf8)
{
    char *to = nw_utf8_from_wide(wide);

    assert_string_equal(to, utf8);
    free(to);
}

static void test_half_a_pair_is_never_utf8(void **state)
{
    (void)state;
    check_half(u"a\xd800", "a\xff");
    check_half(u"\xdc00z", "\xffz");
    check_half(u"\xd800\xd800\xdc00", "\xff\xf0\x90\x80\x80");
    check_half(u"\xdc00\xd800", "\xff\xff");
    check_half(u"\xd800z", "\xffz");
}

static void check_malformed(const char *utf8, const WCHAR *wide)
{
    /* Nothing behind it that may be read. */
    char *bytes = strdup(utf8);
    WCHAR *to = nw_wide_from_utf8(bytes);

    assert_wide(to, wide);
    free(to);
    free(bytes);
}

/* As a name in /proc may be. */
static void test_what_is_not_utf8(void **state)
{
    (void)state;
    check_malformed("a\xf0", u"a\xfffd");
    check_malformed("\xe4/\xf0\x9f\x98z", u"\xfffd/\xfffd\xfffd\xfffdz");
    check_malformed("\xc0\x80\x80\xc1\xbf", u"\xfffd\xfffd\xfffd\xfffd\xfffd");
    check_malformed("\xe0\x9f\xbf\xed\xa0\x80", u"\xfffd\xfffd\xfffd\xfffd\xfffd\xfffd");
    check_malformed("\xf0\x8f\xbf\xbf", u"\xfffd\xfffd\xfffd\xfffd");
    check_malformed("\xf4\x90\x80\x80", u"\xfffd\xfffd\xfffd\xfffd");
    check_malformed("\xf5\xff", u"\xfffd\xfffd");
}

/* ---- The locale's encoding ------------------------------------------------------------------- */

static void test_utf8_locale(void **state)
{
    (void)state;
    live_in("C.UTF-8");
    check_ansi("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80");
}

/* Where no locale is set. */
static void test_c_locale_is_taken_for_utf8(void **state)
{
    (void)state;
    live_in("C");
    check_ansi("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
}

static void test_a_locale_that_is_not_there(void **state)
{
    (void)state;
    live_in("xx_XX.ISO-8859-15");
    check_ansi("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
}

static void test_latin1(void **state)
{
    (void)state;
    live_in("en_US.ISO-8859-1");
    check_ansi("gr\xfc\xdf", "gr\xc3\xbc\xc3\x9f");
    check_ansi("", "");
}

/* A character, of however many bytes, is one question mark. */
static void test_what_latin1_cannot_say(void **state)
{
    (void)state;
    char *out;

    live_in("en_US.ISO-8859-1");
    out = nw_ansi_from_utf8("\xe2\x82\xac\xc3\xbc\xf0\x9f\x98\x80.");
    assert_string_equal(out, "?\xfc?.");
    free(out);
}

static void test_two_bytes_a_character(void **state)
{
    (void)state;
    live_in("ja_JP.EUC-JP");
    check_ansi("\xc6\xfc\xcb\xdc", "\xe6\x97\xa5\xe6\x9c\xac");
}

static void test_bytes_that_the_locale_does_not_know(void **state)
{
    (void)state;
    char *out;

    live_in("ja_JP.EUC-JP");
    out = nw_utf8_from_ansi("a\xff\xc6\xfc");
    assert_string_equal(out, "a\xff\xe6\x97\xa5");
    free(out);
    /* Half of one, at the end. */
    out = nw_utf8_from_ansi("a\xc6");
    assert_string_equal(out, "a\xff");
    free(out);
}

/* It is the environment's at first, as the code page is the system's on Windows. */
static void test_it_does_not_change(void **state)
{
    (void)state;
    live_in("en_US.ISO-8859-1");
    assert_non_null(setlocale(LC_ALL, "C"));
    check_ansi("\xfc", "\xc3\xbc");
    live_in("ja_JP.EUC-JP");
    assert_non_null(setlocale(LC_ALL, ""));
    check_ansi("\xfc", "\xc3\xbc");
}

static void test_a_secret_may_be_none(void **state)
{
    (void)state;
    nw_free_secret(NULL);
    nw_free_secret(strdup("opensesame"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_half_a_pair_is_never_utf8),
        cmocka_unit_test(test_what_is_not_utf8),
        apart(test_utf8_locale),
        apart(test_c_locale_is_taken_for_utf8),
        apart(test_a_locale_that_is_not_there),
        apart(test_latin1),
        apart(test_what_latin1_cannot_say),
        apart(test_two_bytes_a_character),
        apart(test_bytes_that_the_locale_does_not_know),
        apart(test_it_does_not_change),
        cmocka_unit_test(test_a_secret_may_be_none),
    };

    return cmocka_run_group_tests_name("text", tests, make_locales, remove_locales);
}
