#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what an example prints and how it ends, in scenes of its story; see scene.c.

usage: examples.py NAME COMMAND...     the command runs the example with scene.c in it
"""
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from tap import Tap

DEADLINE_S = 60


class Case(NamedTuple):
    scene: str
    arguments: list
    status: int
    stdout: str  # as a whole; with what is up at the end
    stderr: str = ""
    # Until it has printed so many lines, its input stays open. In which order they come is not said.
    until: int = 0


UP = r"""
up: \\nas\old
up: \\nas\media
up: \\server\projects
up: wlan0
up: Office VPN
"""

SHARES = r"""
share \\nas\old: connected
share \\nas\media: connected
share \\server\projects: connected
share \\server\archive: remembered"""

CASES = {
    "cancel": [
        Case("usual", ["Y:"], 0, UP.replace("\nup: \\\\nas\\old", "")),
        Case("held", ["Y:"], 1, UP, "ERROR_OPEN_FILES: "),
        Case("usual", ["Q:"], 1, UP, "ERROR_NOT_CONNECTED: "),
        Case("usual", ["Q"], 1, UP, "ERROR_BAD_DEVICE: "),
    ],
    "backup_agent": [
        Case("usual", [], 0, r"""
\\nas\backup is at B:
up: \\nas\backup
up: \\server\projects
up: wlan0
up: Office VPN
"""),
        Case("usual", [r"\\server", r"\\server\new", "N:"], 0, r"""
\\server\new is at N:
up: \\nas\old
up: \\nas\media
up: wlan0
up: Office VPN
"""),
        Case("held", [], 1, UP, "ERROR_OPEN_FILES (2401): "),
        Case("add-fails", [], 1, r"""
up: \\server\projects
up: wlan0
up: Office VPN
""", "ERROR_LOGON_FAILURE (1326): "),
    ],
    "installer": [
        Case("usual", [], 0, "\nZ: is free" + UP.replace("\nup: \\\\server\\projects", "")),
        Case("usual", ["X:"], 0, "\nX: is free" + UP),
        Case("usual", ["Q:"], 0, "\nQ: is free" + UP),
        Case("held", [], 1, UP, "ERROR_OPEN_FILES (2401): "),
        Case("held", [], 1, UP, "\n  close player (pid 4343): file /home/ada/Z/song.ogg\n"),
    ],
    "lockdown": [
        Case("usual", ["1"], 0, "\nwlan0: off\nwlan0: back" + UP),
        Case("wlan-again", ["1"], 0, "\nwlan0: off\nwlan0: off\nwlan0: back" + UP),
        Case("drop-fails", ["0"], 0, "\nwlan0: back" + UP),
        Case("drop-fails", ["1"], 1, '\nwlan0: "0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f": access is denied'
             "\nwlan0: back" + UP),
    ],
    "vpn_client": [
        Case("usual", [], 0, "\nOffice VPN (2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d) is down" +
             UP.replace("\nup: Office VPN", "")),
        Case("usual", ["Home"], 0, "\nHome is down already" + UP),
        Case("usual", ["Nowhere"], 1, UP, 'ERROR_NOT_FOUND (1168): there is no connection "Nowhere"'),
        Case("twins", [], 1, UP, "ERROR_DUP_NAME (52): "),
        Case("twins", ["3b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d"], 0,
             "\nOffice VPN (3b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d) is down" + UP),
        Case("usual", [""], 1, UP, "ERROR_INVALID_PARAMETER (87): "),
    ],
    "poll": [
        Case("share-news", [], 0, SHARES + "\nevent \\\\nas\\media: connected" + UP, until=5),
    ],
    "glib": [
        Case("wlan-news", [], 0, "\nwlan wlan0: connected\nwlan wlan1: disconnected\nevent wlan0: connected" + UP,
             until=3),
    ],
    "windows_wait": [
        Case("usual", [], 0, SHARES + UP),
        Case("list-fails", [], 0, UP, "list: no network is there"),
    ],
}


def run(case, command):
    environment = dict(os.environ, NETDISC_TEST_SCENE=case.scene)
    process = subprocess.Popen([*command, *case.arguments], env=environment, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = threading.Timer(DEADLINE_S, process.kill)
    deadline.start()
    lines = [process.stdout.readline() for _ in range(case.until)]
    stdout, stderr = process.communicate("\n")
    deadline.cancel()
    return process.returncode, "\n" + "".join(lines) + stdout, "\n" + stderr


def main():
    name, *command = sys.argv[1:]
    tap = Tap()
    for case in CASES[name]:
        what = " ".join([name, *case.arguments, f"({case.scene})"])
        status, stdout, stderr = run(case, command)
        tap.check(status == case.status, f"{what}: status {case.status}", status, stdout, stderr)
        if case.until:
            stdout, expected = sorted(stdout.splitlines()), sorted(case.stdout.splitlines())
        else:
            expected = case.stdout
        tap.check(stdout == expected, f"{what}: stdout", "expected", expected, "got", stdout)
        tap.check(case.stderr in stderr if case.stderr else stderr == "\n", f"{what}: stderr",
                  "expected", case.stderr, "got", stderr)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
