#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays a script of the demo, checks that it shows what the demo is for, and that nothing is left of it after
Ctrl-C in its midst.

usage: demo.py NAME COMMAND...     the command plays the script
"""
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tap import Tap

NOT_HERE = 77
DEADLINE_S = 20

# Patterns of lines, in this order.
SHOWN = {
    "shares": [
        r"\\\\localhost\\guest on Z: is connected, .*",
        r"Z: +\\\\localhost\\guest +connected .*",
        r"hello from here/guest",
        r"netdisc: ERROR_OPEN_FILES \(2401\): .*",
        r".*\btail\b.*/hello.*",
        r"exit status 1",
        r"\\\\localhost\\guest on Z: is gone",
        r"netdisc: ERROR_NOT_CONNECTED \(2250\): .*",
        r"exit status 1",
    ],
    "connections": [
        r"Office .* connected",
        r'"Office" on eth0 is disconnected',
        r".* ready .* nm",
        r"\$ nmcli .*",
        r"exit status 1",
        r"netdisc: ERROR_NOT_CONNECTED \(2250\): .*",
        r"exit status 1",
        r"netdisc: ERROR_TIMEOUT \(1460\): .*",
        r"exit status 1",
        r'"Office" on eth0 is connected',
    ],
    "windows": [
        r"\\\\server\\data on N: is connected, .*",
        r"N: +\\\\server\\data +connected .*",
        r"netdisc: ERROR_OPEN_FILES \(2401\): .*",
        r"exit status 1",
        r"\\\\server\\data on N: is gone",
        r"netdisc: ERROR_NOT_CONNECTED \(2250\): .*",
        r"exit status 1",
    ],
}


def check_play(tap, name, command):
    play = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if play.returncode == NOT_HERE:
        tap.skip(name, play.stdout.strip())
        return False
    tap.check(play.returncode == 0, "each command ends as it should", play.stdout)
    lines = iter(play.stdout.splitlines())
    for pattern in SHOWN[name]:
        # Those that are passed over are gone.
        tap.check(any(re.fullmatch(pattern, line) for line in lines), pattern, play.stdout)
    return tap.failed == 0


def marked(mark):
    """The processes that have inherited this from the environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(f"{process.name} {(process / 'cmdline').read_bytes()}")
        except OSError:
            continue
    return found


def check_interrupt(tap, command):
    mark = f"NETDISC_DEMO_TEST={os.getpid()}"
    environment = dict(os.environ, **dict([mark.split("=")]))
    play = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment,
                            start_new_session=True)
    in_midst = any(line == "exit status 1\n" for line in play.stdout)
    tap.check(in_midst and marked(mark), "it runs until it is interrupted")
    os.killpg(play.pid, signal.SIGINT)
    until = time.monotonic() + DEADLINE_S
    rest = play.communicate(timeout=DEADLINE_S)[0]
    tap.check(play.returncode in (130, -signal.SIGINT), "it ends by Ctrl-C", play.returncode)
    tap.check("not as it should be" not in rest, "and calls that no failure", rest)
    while marked(mark) and time.monotonic() < until:
        time.sleep(0.02)
    tap.check(not marked(mark), "no process is left", *marked(mark))


def main():
    name, *command = sys.argv[1:]
    tap = Tap()
    # Wine's server is ended by who has begun it.
    if check_play(tap, name, command) and name != "windows":
        check_interrupt(tap, command)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
