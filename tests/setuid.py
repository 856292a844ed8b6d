#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program that runs with other rights than its caller's ignores NETDISC_PROVIDERS.

usage: setuid.py PROGRAM     which prints the name of its first provider
"""
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tap import Tap


def first_provider(program, selection):
    environment = dict(os.environ, NETDISC_PROVIDERS=selection)
    return subprocess.run([program], env=environment, capture_output=True, text=True, timeout=20).stdout.strip()


def main():
    program = Path(sys.argv[1])
    tap = Tap()
    usual = first_provider(program, "")
    tap.check(first_provider(program, "chosen") == "chosen", "the environment chooses the providers")
    if os.geteuid() != 0:
        tap.skip("not in a setuid program", "only root can make one for another user")
        return tap.done()
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        copy = Path(directory) / "setuid"
        shutil.copy(program, copy)
        os.chown(copy, pwd.getpwnam("nobody").pw_uid, -1)
        os.chmod(copy, 0o4755)
        seen = first_provider(copy, "chosen")
    tap.check(seen == usual and usual not in ("", "chosen"), "not in a setuid program",
              f"expected {usual!r}, got {seen!r}")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
