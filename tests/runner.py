#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that a test program that dies silently, with exit status 0, counts as a failure.

usage: runner.py BUILD_DIRECTORY NUMBER_OF_SILENT_PROGRAMS MESON...
"""
import subprocess
import sys
from pathlib import Path

import count
from tap import Tap


def check_silent_programs(tap, build, expected, meson):
    command = meson + ["test", "-C", build, "--no-rebuild", "--suite", "silent", "--logbase", "silent"]
    run = subprocess.run(command, capture_output=True, text=True)
    outcomes = count.read_outcomes(Path(build), "silent")

    tap.check(len(outcomes) == expected, f"{expected} silent programs ran", run.stdout, run.stderr)
    for outcome in outcomes:
        tap.check(outcome.failed == 1, f"{outcome.name} is noticed", outcome)


def check_counting(tap):
    """What a program printed, its exit status, and what it comes to: passed, failed, skipped."""
    for name, stdout, status, expected in (
        ("a plan that comes first", "1..2\nok 1 - a\nok 2 - b\n", 0, (2, 0, 0)),
        ("a plan that comes last", "ok 1 - a\r\nok 2 - b\r\n1..2\r\n", 0, (2, 0, 0)),
        ("a failure", "1..2\nok 1 - a\nnot ok 2 - b\n# expected # SKIP\n", 1, (1, 1, 0)),
        ("a skip as cmocka writes it", "1..2\nok 1 - a\nnot ok 2 # SKIP b\n", 0, (1, 0, 1)),
        ("a skip with a reason", "1..2\nok 1 - a\nok 2 - b # skip no daemon\n", 0, (1, 0, 1)),
        ("a program that is skipped", "1..0 # SKIP no bus\n", 0, (0, 0, 1)),
        ("a status that belies the results", "1..1\nok 1 - a\n", 99, (1, 1, 0)),
        ("more results than planned", "1..2\nok 1 - a\nok 2 - b\nok 3 - c\n", 0, (3, 1, 0)),
        ("results without a plan", "ok 1 - a\n", 0, (1, 1, 0)),
    ):
        log = {"stdout": stdout, "returncode": status, "result": "OK"}
        outcome = count.judge_tap("program", log, stdout)
        tap.check(outcome[1:4] == expected, f"counts {name}", f"expected {expected}", outcome)


def main():
    build, expected, *meson = sys.argv[1:]
    tap = Tap()
    check_counting(tap)
    check_silent_programs(tap, build, int(expected), meson)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
