# SPDX-License-Identifier: MIT
"""Writes the results of a script's checks as TAP."""


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, good, name, *details):
        """One result; the details of a failure are anything that prints in lines."""
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        if not good:
            for detail in details:
                for line in str(detail).splitlines():
                    print(f"#   {line}", flush=True)

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def done(self):
        """The closing line, without which the results do not count. Returns the exit status."""
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0
