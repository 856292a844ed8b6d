#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the test cases of a `meson test` run and explains the failures.

The exit status of a test program proves little: cmocka's skips read as failures to meson, and a
program that dies in Wine can end with 0. So a program that speaks TAP has passed when it kept its
plan, and one that failed without saying "not ok" is one failure.
"""
import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

PLAN = re.compile(r"1\.\.(\d+)")
RESULT = re.compile(r"(not )?ok\b(?:[^#]|#(?! *SKIP))*(# *SKIP)?", re.IGNORECASE)
TAIL_LINES = int(os.environ.get("NETDISC_TAIL_LINES", "40"))


class Outcome(NamedTuple):
    name: str
    passed: int
    failed: int
    skipped: int
    why: str
    output: str


def count_tap(output):
    """(planned or None, passed, failed, skipped) of what a program printed."""
    planned, passed, failed, skipped = None, 0, 0, 0
    for line in output.splitlines():
        plan = PLAN.match(line)
        result = RESULT.match(line)
        if plan:
            planned = int(plan[1])
            if planned == 0:
                skipped += 1
        elif result and result[2]:
            skipped += 1
        elif result:
            passed += not result[1]
            failed += bool(result[1])
    return planned, passed, failed, skipped


def judge_tap(name, log, output):
    planned, passed, failed, skipped = count_tap(log.get("stdout", ""))
    done = passed + failed + skipped
    why = "" if failed == 0 else f"{failed} not ok"
    if failed == 0:
        if log["result"] in ("TIMEOUT", "INTERRUPT"):
            why = log["result"].lower()
        elif log["returncode"] != 0:
            why = f"ended with status {log['returncode']}"
        elif planned is None:
            why = "ended without a plan: it died silently"
        elif planned not in (0, done):
            why = f"planned {planned} test cases and ran {done}: it died silently"
        failed = 1 if why else 0
    return Outcome(name, passed, failed, skipped, why, output)


def judge_exit(name, log, output):
    result = log["result"]
    if result in ("OK", "EXPECTEDFAIL"):
        return Outcome(name, 1, 0, 0, "", output)
    if result == "SKIP":
        return Outcome(name, 0, 0, 1, "", output)
    return Outcome(name, 0, 1, 0, f"{result.lower()}, status {log['returncode']}", output)


def read_outcomes(build, log_name="testlog"):
    """What each test of the run came to; [] when there was no run."""
    tests = json.loads((build / "meson-info" / "intro-tests.json").read_text())
    protocols = {test["name"]: test["protocol"] for test in tests}
    # A wrapper adds its name to the log's.
    paths = (build / "meson-logs").glob(f"{log_name}*.json")
    outcomes = []
    for line in (line for path in paths for line in path.read_text().splitlines()):
        log = json.loads(line)
        name = log["name"].split(" / ")[-1]
        output = log.get("stdout", "") + log.get("stderr", "")
        judge = judge_tap if protocols.get(name) == "tap" else judge_exit
        outcomes.append(judge(name, log, output))
    return outcomes


def skips_are_failures(outcomes):
    return [
        one._replace(failed=one.failed + one.skipped, skipped=0, why=one.why or "skipped, under CI=true")
        if one.skipped else one
        for one in outcomes
    ]


def telling_lines(output):
    """The end of the output without the results that are fine, and before it each "not ok"."""
    lines = output.splitlines()
    fine = [line for line in lines if line.startswith("ok ")]
    # The last of them says how far a program came that died.
    lines = [line for line in lines if line not in fine[:-1]]
    earlier, tail = lines[:-TAIL_LINES], lines[-TAIL_LINES:]
    telling, in_failure = [], False
    for line in earlier:
        in_failure = line.startswith("not ok") or in_failure and line.startswith("#")
        if in_failure:
            telling.append(line)
    return telling + (["..."] if earlier else []) + tail


def explain(outcome, again):
    print(f"FAILED {outcome.name}: {outcome.why}")
    for line in telling_lines(outcome.output):
        print(f"    {line}")
    print(f"  alone: {again} {outcome.name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--again", default="meson test", help="the command that runs a test alone")
    parser.add_argument("--counts", type=Path, help="file to append 'PASSED FAILED SKIPPED' to")
    arguments = parser.parse_args()

    outcomes = read_outcomes(arguments.build)
    if os.environ.get("CI") == "true":
        outcomes = skips_are_failures(outcomes)
    for outcome in outcomes:
        if outcome.failed:
            explain(outcome, arguments.again)
    passed, failed, skipped = (sum(column) for column in zip(*(one[1:4] for one in outcomes))) \
        if outcomes else (0, 0, 0)
    if passed + failed + skipped == 0:
        print("FAILED: not one test was run")
        failed = 1
    if arguments.counts:
        with arguments.counts.open("a") as counts:
            counts.write(f"{passed} {failed} {skipped}\n")
    print(f"{passed} passed, {failed} failed, {skipped} skipped", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
