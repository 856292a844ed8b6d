# SPDX-License-Identifier: MIT
"""The examples, on the fake provider."""
import os
import subprocess
import sys
import unittest
from pathlib import Path

import fake_provider as fake
import netdisc

EXAMPLES = Path(netdisc.__file__).parents[1] / "examples"


def run(name, *arguments):
    ran = subprocess.run([sys.executable, EXAMPLES / name, *arguments, fake.MODULES], capture_output=True,
                         text=True, timeout=20, env={**os.environ, "NETDISC_PROVIDERS": "fake"})
    return ran.returncode, ran.stdout, ran.stderr


class Examples(unittest.TestCase):
    maxDiff = None

    def test_cancel(self):
        self.assertEqual(run("cancel.py", "//server/music"), (0, "", ""))

    def test_cancel_what_is_in_use(self):
        code, out, err = run("cancel.py", "Z:")
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, r"\AERROR_OPEN_FILES \(2401\): .*\n"
                              r"  editor \(pid 4242\): file /home/ada/Z/report\.txt\n\Z")

    def test_watch(self):
        self.assertEqual(run("watch.py", "0.5"), (0, "wlan0: connected, cafe\n", ""))


if __name__ == "__main__":
    unittest.main()
