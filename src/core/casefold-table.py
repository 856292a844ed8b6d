#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints the table of casefold.c. To make it anew, in this directory:

    python3 casefold-table.py > casefold_table.inc

A row {first, last, delta, stride} says that every stride-th character from first to last has its
lower case delta further on. Only mappings of one character to one are in it: U+0130, whose lower
case is two characters, stays itself, while the Kelvin sign becomes k, as in Unicode's simple folding.
"""
import sys
import unicodedata


def lower(code):
    text = chr(code).lower()
    return ord(text) if len(text) == 1 else code


def ranges():
    """Joins characters that have the same delta and equal distances, in one pass."""
    runs = []
    for code in range(sys.maxunicode + 1):
        delta = lower(code) - code
        if delta == 0:
            continue
        assert lower(code + delta) == code + delta, f"U+{code:04X}: its lower case has another"
        if runs:
            first, last, run_delta, stride = runs[-1]
            step = code - last
            if delta == run_delta and step == (stride or step) and step <= 2:
                runs[-1] = (first, code, delta, step)
                continue
        runs.append((code, code, delta, 0))
    return [(first, last, delta, stride or 1) for first, last, delta, stride in runs]


print("/* SPDX-License-Identifier: MIT */")
print(f"/* Unicode {unicodedata.unidata_version}; made by casefold-table.py. */")
for row in ranges():
    print("{0x%04X, 0x%04X, %d, %d}," % row)
