/* SPDX-License-Identifier: MIT */
/* The advice of the command and the documents, against the table of codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "advice.h"

enum { LONGEST = 160 };

static void every_code_has_one_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < netdisc_status_count(); i++) {
        netdisc_status status = netdisc_status_at(i);
        const char *advice = advice_for(status);

        if (!advice)
            fail_msg("%s has none", netdisc_status_name(status));
        if (advice[strlen(advice) - 1] != '.' || strstr(advice, ". ") || strchr(advice, '\n'))
            fail_msg("%s: not a sentence: %s", netdisc_status_name(status), advice);
        if (strlen(advice) > LONGEST)
            fail_msg("%s: too long: %s", netdisc_status_name(status), advice);
    }
}

static void other_codes_have_none(void **state)
{
    static const netdisc_status OTHERS[] = {7, 12345, 0x80000000, NETDISC_DISMISSED};

    (void)state;
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        assert_null(advice_for(OTHERS[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_one_sentence),
        cmocka_unit_test(other_codes_have_none),
    };

    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
