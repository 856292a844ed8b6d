/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../src/core/names.h"
#include "smb.h"

static void test_what_does_not_fit_ends_with_a_character(void **state)
{
    char name[sizeof((nd_trouble *)NULL)->message + 8];
    nd_trouble why;

    (void)state;
    for (size_t before = 0; before < 4; before++) {
        memset(name, 'x', before);
        for (size_t at = before; at < sizeof name; at++)
            name[at] = "\xe2\x82\xac"[(at - before) % 3];
        name[sizeof name - 1] = '\0';
        nd_trouble_say(&why, NETDISC_ERROR_BUSY, "%s", name);
        assert_true(nd_utf8_valid(why.message, strlen(why.message)));
        assert_true(strlen(why.message) > sizeof why.message - 5);
        nd_trouble_errno(&why, 0, ENOENT, "%s", name);
        assert_true(nd_utf8_valid(why.message, strlen(why.message)));
    }
}

static void test_an_errno_has_its_text(void **state)
{
    nd_trouble why;

    (void)state;
    assert_int_equal(nd_trouble_errno(&why, 0, ENOENT, "no %d", 7), NETDISC_ERROR_GEN_FAILURE);
    assert_int_equal(why.status, NETDISC_NO_ERROR);
    assert_string_equal(why.message, "no 7: No such file or directory");
    assert_string_equal(why.native_domain, "errno");
    assert_int_equal(why.native_code, ENOENT);
    assert_int_equal(nd_trouble_errno(&why, NETDISC_ERROR_BUSY, -7, "odd"), NETDISC_ERROR_BUSY);
    assert_string_equal(why.message, "odd: unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_does_not_fit_ends_with_a_character),
        cmocka_unit_test(test_an_errno_has_its_text),
    };

    return cmocka_run_group_tests_name("smb-trouble", tests, NULL, NULL);
}
