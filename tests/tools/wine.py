#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command as built for Windows, in Wine: a smoke test.

usage: wine.py MODULES WINE_RUN PROGRAM     MODULES is a directory of Windows', "Z:/..."
"""
import os
import subprocess
import sys

from command import HELD, USUAL, expect, expect_done, expect_failure, line, main, step
from shapes import ask, expect_success

DRIVE = "Z:"


def told(command, *lines):
    """The world, with the path of its script as Windows has it."""
    command.tell(*lines)
    command.always = {"NETDISC_FAKE_SCRIPT": f"{DRIVE}{command.script}", "LC_ALL": "C.UTF-8"}
    return command


def test_errors(command):
    """error, usage, help"""
    expect("ERROR_OPEN_FILES" in expect_done(command.bare("error", "2401")).out, "2401")
    expect(len(expect_done(command.bare("error", "list")).out.splitlines()) >= 100, "list")
    for words in ((), ("nonsense",), ("share",), ("share", "list", "--forc")):
        result = command.bare(*words)
        expect(result.status == 2 and result.out == "", result)
    expect_done(command.bare("--version"), r"\d+\.\d+\.\d+\n")


def test_backends(command):
    """the backends for Windows"""
    answer = ask(command, "backends", "--providers", "")
    expect([one["provider"] for one in answer["items"]] == ["mpr", "wlanapi", "netcon", "ras"], answer)


def test_lists(command):
    """lists, as JSON and as tables"""
    told(command, *USUAL)
    expect_success(ask(command, "share list"), {"local": "Z:", "user": "ada"}, {"local": "Y:"}, {"local": None})
    expect_success(ask(command, "wlan list"), {"ssid": "cafe", "ssid_hex": "63616665"})
    expect_success(ask(command, "connection list"), {"name": "Office VPN"}, {"name": "Home"})
    expect(r"\\server\projects" in expect_done(command.run("share", "list")).out, "a table")


def test_text(command):
    """arguments and output are UTF-8"""
    name = 'Café "漢字" \U0001f600 *'
    told(command, line("connection", uuid="2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", name=name, state="connected"))
    expect_success(ask(command, "connection list"), {"name": name})
    expect_success(ask(command, "connection disconnect", name), {"name": name})
    expect(name in expect_done(command.run("connection", "disconnect", name)).out, "to a person")


def test_refusal(command):
    """a share in use"""
    told(command, *HELD)
    result = expect_failure(command.run("share", "disconnect", "Z:"), "ERROR_OPEN_FILES", 2401)
    expect("4711" in result.err and "vim" in result.err, result)
    expect_done(command.run("share", "cancel", "Z:", "--force"), r"\\\\server\\projects on Z: is gone\n")


def test_password(command):
    """a password from standard input"""
    told(command, *USUAL, step("share.add", password="s3cret wörd"))
    for end in (b"\n", b"\r\n", b""):
        done = command.run("share", "add", "//server/x", "--password-stdin", stdin="s3cret wörd".encode() + end)
        expect_done(done, r".* is connected.*\n")
    result = command.run("share", "add", "//server/x", "--password-stdin", stdin=b"wrong\n")
    expect(result.status == 1, result)


def test_time(command):
    """a watch, and a verb that is not answered, end at their time"""
    told(command, *USUAL, step("share.list", "never"))
    expect_failure(command.run("share", "list", "--timeout", "300ms"), "ERROR_TIMEOUT", 1460)
    result = command.run("watch", "--timeout", "300ms")
    expect(result.status == 0 and "ready" in result.out, result)


def main_beside_another(tests):
    """Processes of Wine's own write to wherever the first of ours does, so that is one nobody looks at."""
    modules, *words = sys.argv[1:]
    environment = dict(os.environ, NETDISC_PROVIDERS="fake")
    with subprocess.Popen([*words, "--modules", modules, "watch"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env=environment) as first:
        first.stdout.readline()
        try:
            return main(tests)
        finally:
            first.terminate()


if __name__ == "__main__":
    sys.exit(main_beside_another([value for name, value in list(globals().items()) if name.startswith("test_")]))
