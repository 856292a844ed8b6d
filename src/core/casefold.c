/* SPDX-License-Identifier: MIT */
/*
 * Case, as lower case: one character to one, as in Unicode's simple folding. So the Kelvin sign is k
 * and capital sharp s is sharp s, but the Turkish dotted capital I and dotless i are only themselves,
 * and final sigma is not sigma: host names tell these apart.
 */
#include "names.h"

typedef struct case_range {
    uint32_t first;
    uint32_t last;
    int32_t delta;
    uint32_t stride;
} case_range;

static const case_range ranges[] = {
#include "casefold_table.inc"
};

/* The only range that may hold the character: the first that does not end before it; NULL: none. */
static const case_range *find_range(uint32_t character)
{
    size_t low = 0;
    size_t high = sizeof ranges / sizeof ranges[0];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ranges[middle].last < character)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof ranges / sizeof ranges[0] ? &ranges[low] : NULL;
}

uint32_t nd_fold(uint32_t character)
{
    const case_range *range = find_range(character);

    if (!range || character < range->first || (character - range->first) % range->stride != 0)
        return character;
    return (uint32_t)((int32_t)character + range->delta);
}

bool nd_same_text(const char *a, const char *b)
{
    uint32_t left;
    uint32_t right;

    do {
        left = nd_fold(nd_utf8_next(&a));
        right = nd_fold(nd_utf8_next(&b));
    } while (left && left == right);
    return left == right;
}
