#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the test cases of modules, and writes their results as TAP.

usage: run.py MODULE...
"""
import sys
import unittest

from tap import Tap


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.tap = Tap()

    def addSuccess(self, test):
        self.tap.check(True, test.id())

    def addFailure(self, test, err):
        self.tap.check(False, test.id(), self._exc_info_to_string(err, test))

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err:
            self.addFailure(subtest, err)

    def addSkip(self, test, reason):
        self.tap.skip(test.id(), reason)


def main():
    result = Result()
    unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:]).run(result)
    return result.tap.done()


if __name__ == "__main__":
    sys.exit(main())
