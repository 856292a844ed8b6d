#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that a document is what the program that makes it prints.

usage: generated.py DOCUMENT PROGRAM
"""
import difflib
import subprocess
import sys
from pathlib import Path

from tap import Tap


def main():
    document, program = Path(sys.argv[1]), sys.argv[2]
    tap = Tap()
    there = document.read_text().splitlines()
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    tap.check(there == printed and printed, f"{document.name} is what its program prints",
              "\n".join(difflib.unified_diff(there, printed, document.name, program, lineterm="")))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
