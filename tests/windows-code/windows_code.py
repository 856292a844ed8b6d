#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sees that Windows code prints the same in each build of it.

usage: windows_code.py EXPECTED COMMAND...

The command prints what is in the file EXPECTED. In Wine, REGISTER in the environment registers what stands in for
Windows' own, and NETWORK is the directory of the network provider, which begins anew.
"""
import os
import shlex
import shutil
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tap import Tap

SECONDS = 60
NOT_HERE = 77


def run(command, environment):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=SECONDS, env=environment)


def begin_in_wine(environment):
    network = Path(environment["NETWORK"])
    shutil.rmtree(network, ignore_errors=True)
    network.mkdir(parents=True)
    environment["NETDISC_TEST_NETWORK"] = f"Z:{network}"
    registered = run(shlex.split(environment["REGISTER"]), environment)
    if registered.returncode != 0:
        sys.exit(f"not registered: {registered.stdout}{registered.stderr}")


def main():
    expected, *command = sys.argv[1:]
    tap = Tap()
    environment = dict(os.environ)
    if "REGISTER" in environment:
        begin_in_wine(environment)
    done = run(command, environment)
    if done.returncode == NOT_HERE:
        tap.skip(Path(expected).name, done.stdout.strip())
        return tap.done()
    found, wanted = done.stdout.splitlines(), Path(expected).read_text().splitlines()
    for line, got in zip_longest(wanted, found[:len(wanted)]):
        tap.check(got == line, line, f"got: {got}")
    tap.check(wanted and len(found) <= len(wanted), "and nothing more", *found[len(wanted):])
    # In Wine a status says nothing.
    tap.check(done.returncode == 0, "ends well", done.returncode, done.stderr)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
