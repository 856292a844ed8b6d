#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What comes in by standard input, and what happens when nothing can be written."""
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from command import HELD, USUAL, WLAN, expect, expect_done, expect_failure, line, main, step

SECRET = "s3cret wörd"
WITH_PASSWORD = (*USUAL, step("share.add", password=SECRET), step("wlan.connect", password=SECRET))
ADD = ("share", "add", "X:", "//server/new", "--user", "ada", "--password-stdin")


def add(command, stdin, *words):
    return command.run(*ADD, *words, stdin=stdin)


def test_password(command):
    """one line is the password, with any end or none"""
    command.tell(*WITH_PASSWORD)
    for end in (b"\n", b"\r\n", b"", b"\nanother line\n", b"\n\0\xff"):
        expect_done(add(command, SECRET.encode() + end), r".*\\new on X: is connected, .*\n")
        expect_done(command.run("wlan", "connect", "cafe", "--password-stdin", stdin=SECRET.encode() + end))


def test_other_passwords(command):
    """nothing is taken off a password, and nothing is added"""
    command.tell(*WITH_PASSWORD)
    for given in (f" {SECRET}", f"{SECRET} ", f"\t{SECRET}", "", SECRET[:-1], SECRET + "x"):
        result = add(command, given.encode() + b"\n")
        expect(result.status == 1 and result.out == "", repr(given), result)
    command.tell(*USUAL, step("share.add", password=" \\"))
    expect_done(add(command, b" \\\n"))


def test_no_password(command):
    """no line, one that is too long, one with a NUL: no password"""
    journal = command.keep_journal(*WITH_PASSWORD)
    for given in (b"", b"x" * 5000 + b"\n", b"x" * 5000, SECRET.encode() + b"\0\n", SECRET.encode() + b"\0x\n",
                  b"\0\n"):
        result = add(command, given)
        expect(result.status == 1 and result.out == "" and result.err.startswith("netdisc: ") and
               "xxxx" not in result.err, given[:20], result)
    expect("share.add" not in journal.read(), journal.text)
    result = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *command.words, "--modules", command.modules, *ADD],
                            capture_output=True, env=command.environment(), timeout=20)
    expect(result.returncode == 1 and result.stderr.startswith(b"netdisc: "), result)


def test_longest_password(command):
    """the longest that the library takes, and one byte more"""
    command.tell(*USUAL)
    expect_done(add(command, b"x" * 1023 + b"\n"))
    result = add(command, b"x" * 1024 + b"\n")
    expect(result.status == 1 and "xxxx" not in result.err, result)


def test_malformed_password(command):
    """what the library does not take"""
    expect_failure(add(command, b"caf\xe9\n"), "ERROR_INVALID_PARAMETER", 87)
    expect_failure(add(command, b"a\x1bb\n"), "ERROR_INVALID_PARAMETER", 87)


def test_no_trace(command):
    """the password is nowhere but with the provider"""
    for status in (0, 1):
        command.tell(*USUAL, step("share.add", password=SECRET if status == 0 else "another"))
        for more in ((), ("--json",), ("--verbose",), ("--json", "--verbose")):
            result = add(command, SECRET.encode() + b"\n", *more)
            expect(result.status == status and "s3cret" not in result.out + result.err, result)


def test_no_trace_while_running(command):
    """nor in the command line or the environment of the process"""
    journal = command.keep_journal(*USUAL, step("share.add", "never"))
    process = command.begin(*ADD, stdin=subprocess.PIPE)
    process.stdin.write(SECRET.encode() + b"\n")
    process.stdin.flush()
    journal.wait_for("share.add")
    seen = b"".join(Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
    result = command.end(process, signal.SIGINT)
    expect(result.status == 3 and b"password-stdin" in seen and b"s3cret" not in seen, seen, result)


def test_stdin_is_left_alone(command):
    """nothing is read where no password is wanted"""
    with open(command.scratch / "in", "w+b") as file:
        file.write(b"a line\n")
        file.seek(0)
        process = command.begin("share", "list", stdin=file)
        expect(command.end(process).status == 0 and os.lseek(file.fileno(), 0, os.SEEK_CUR) == 0, "the file's place")


# ---- Output ----

PRINTING = (("share", "list"), ("share", "list", "--json"), ("share", "path", "Z:"), ("share", "cancel", "Z:"),
            ("share", "restore"), ("share", "restore", "--json"), ("wlan", "list"), ("connection", "connect", "Home"),
            ("backends",), ("error", "5"), ("error", "list"), ("error", "5", "--json"), ("--help",), ("--version",),
            ("share", "add", "--help"), ("share", "cancel", "Q:", "--json"))


def words_of(command, words):
    """Those that ask nobody take no --modules."""
    return [*command.words, *([] if words[0] == "error" or "-" in words[0] else ["--modules", command.modules]), *words]


def test_full_disk(command):
    """a full disk is a failure, with a message"""
    for words in PRINTING:
        with open("/dev/full", "wb") as full:
            done = subprocess.run(words_of(command, words), stdout=full, stderr=subprocess.PIPE,
                                  env=command.environment(), timeout=20)
        result = command.result(done.returncode, b"", done.stderr)
        expect(result.status == 1 and result.err.startswith("netdisc: ") and "No space" in result.err, words, result)


def test_closed_output(command):
    """no standard output is a failure, with a message, and what is opened does not take its place"""
    for words in PRINTING:
        done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *words_of(command, words)], capture_output=True,
                              env=command.environment(), timeout=20)
        result = command.result(done.returncode, done.stdout, done.stderr)
        expect(result.status == 1 and result.err.startswith("netdisc: ") and "Bad file" in result.err, words, result)
    journal = command.keep_journal(*USUAL)
    subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *words_of(command, ("share", "list"))], capture_output=True,
                   env=command.environment(), timeout=20)
    expect(re.fullmatch(r"share\.list .*\n", journal.read()), "it was written to what the provider has open", journal.text)


def test_closed_errors(command):
    """without a standard error it does what it should"""
    for words, status in ((("share", "list"), 0), (("share", "cancel", "Q:"), 1), (("share", "nonsense"), 2)):
        done = subprocess.run(["sh", "-c", 'exec "$@" 2>&-', "sh", *words_of(command, words)], capture_output=True,
                              env=command.environment(), timeout=20)
        expect(done.returncode == status and bool(done.stdout) == (status == 0), words, done)


def test_nobody_reads(command):
    """where nobody reads, it ends as programs do there, and still does what it should"""
    for words in PRINTING[:-1]:
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run(words_of(command, words), stdout=writer, stderr=subprocess.PIPE,
                                  env=command.environment(), timeout=20)
        finally:
            os.close(writer)
        expect(done.returncode in (1, -signal.SIGPIPE), words, done)
    done = subprocess.run(["sh", "-c", '"$@" | head -0', "sh", *words_of(command, ("share", "list"))],
                          capture_output=True, env=command.environment(), timeout=20)
    expect(done.returncode == 0 and done.stdout == b"", done)


# ---- What is told, and where ----


def test_success(command):
    """a line for each thing that was made or ended"""
    for words, out in (
        (("share", "cancel", "Z:"), r"\\\\server\\projects on Z: is gone\n"),
        (("share", "cancel", "//server", "--all"), r"(\\\\server\\\w+( on Z:)? is gone\n){2}"),
        (("share", "add", "//server/new"), r"\\\\server\\new is connected\n"),
        (("share", "add", "X:", "smb://server:4450/new"), r".*server.*new on X: is connected, its files are at X:\n"),
        (("share", "restore"), r"\\\\server\\archive on Y: is connected, its files are at Y:\n"),
        (("share", "path", "Z:"), r"Z:\n"),
        (("wlan", "disconnect", "wlan0"), r"wlan0.* is disconnected\n"),
        (("wlan", "connect", "Home"), r'wlan0 on "Home" is connected\n'),
        (("connection", "disconnect", "Office VPN"), r'"Office VPN".* is disconnected\n'),
        (("connection", "connect", "Home"), r'"Home" is connected\n'),
    ):
        expect_done(command.run(*words), out)


def test_no_wait(command):
    """--no-wait does not say that it is gone, or there"""
    for words in (("share", "cancel", "Z:"), ("wlan", "disconnect"), ("wlan", "connect", "Home"),
                  ("connection", "connect", "Home")):
        result = expect_done(command.run(*words, "--no-wait"), ".+\n")
        expect(not re.search(" is (gone|connected|disconnected)", result.out), result)


def test_nothing_to_do(command):
    """what was down already, with --if-connected"""
    result = command.run("share", "cancel", "Q:", "--if-connected")
    expect(result.status == 0 and "is gone" not in result.out, result)
    expect_failure(command.run("share", "cancel", "Q:"), "ERROR_NOT_CONNECTED", 2250)


def test_failure(command):
    """a failure: the code, the message, the native detail, the holders"""
    command.tell(*HELD, step("share.add", "fail", status="ERROR_LOGON_FAILURE", message="the server said no",
                             domain="ntstatus", code=-1073741715, native="NT_STATUS_LOGON_FAILURE"))
    result = expect_failure(command.run("share", "add", "//server/x"), "ERROR_LOGON_FAILURE", 1326)
    first, second = result.err.splitlines()
    expect("the server said no" in first and "NT_STATUS_LOGON_FAILURE" in second and "ntstatus" in second, result)
    result = expect_failure(command.run("share", "cancel", "Z:"), "ERROR_OPEN_FILES", 2401)
    expect(all(word in result.err.splitlines()[-1] for word in ("4711", "vim", "file", "/home/ada/Z/report 1.txt")),
           result)


def test_steering(command):
    """what a server or a network is called cannot steer a terminal"""
    odd = "x\x1b]0;owned\x07\x9b31m\r\n\x08y"
    command.tell(line("share", local="Z:", remote=r"\\server\projects", state="connected", user=odd),
                 line("hold", remote=r"\\server\projects", pid=1, program=odd, path=odd),
                 line("wlan", uuid="0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", name=odd, text=odd, state="connected"),
                 step("share.add", "fail", status="ERROR_BUSY", message=odd, domain="errno", native=odd),
                 step("wlan.disconnect", note=odd), step("wlan.list", lacks=odd))
    for words in (("share", "list"), ("share", "cancel", "Z:"), ("share", "holders", "Z:"), ("wlan", "list"),
                  ("share", "add", "//server/x"), ("wlan", "disconnect"), ("share", "add", "//server/x", "--verbose")):
        result = command.run(*words)
        text = result.out + result.err
        expect(not any(ord(character) < 0x20 and character != "\n" or 0x7f <= ord(character) < 0xa0
                       for character in text) and "\ny" not in text, words, result)


def test_note(command):
    """the note of a success"""
    command.tell(*USUAL, step("share.cancel", note="detached; programs that hold files keep them"))
    result = command.run("share", "cancel", "Z:")
    expect(result.status == 0 and "is gone" in result.out and "detached" in result.out + result.err, result)


def test_partial(command):
    """a list that is not whole is printed, and what is missing is said on stderr"""
    command.tell(*USUAL, *(step(f"{kind}.list", lacks=f"of {kind} only half is known")
                           for kind in ("share", "wlan", "connection")))
    for kind, seen in (("share", "Z:"), ("wlan", "wlan0"), ("connection", "Office VPN")):
        result = command.run(kind, "list")
        expect(result.status == 0 and seen in result.out and f"of {kind} only half is known" in result.err, result)
    # More may be remembered.
    result = command.run("share", "restore")
    expect(result.status == 1 and "archive" in result.out and "only half" in result.err, result)
    result = command.run("share", "restore", "Q:")
    expect(result.status == 1 and "only half" in result.err and "ERROR_NOT_FOUND" not in result.err, result)


def test_empty(command):
    """an empty list is no failure"""
    command.tell("")
    for kind in ("share", "wlan", "connection"):
        result = command.run(kind, "list")
        expect(result.status == 0 and result.out == "" and result.err.startswith("no "), result)


def test_restore(command):
    """what cannot be restored is told, and the rest is restored"""
    command.tell(line("share", local="X:", remote=r"\\server\x", state="remembered"),
                 line("share", local="Y:", remote=r"\\server\y", state="remembered", user="ada", port=4450),
                 step("share.add", "fail", status="ERROR_BAD_NETPATH", message="no server", times=1))
    result = command.run("share", "restore")
    expect(result.status == 1 and "no server" in result.err and "y on Y: is connected" in result.out.replace("\\", ""),
           result)
    journal = command.keep_journal(line("share", local="Y:", remote=r"\\server\y z", state="remembered", user="ada",
                                        port=4450))
    command.run("share", "restore", "y:")
    # As whom is remembered with it, and so it is not told anew.
    expect(" remote=smb://server:4450/y z auth" in journal.wait_for("share.add"), journal.text)
    expect_failure(command.run("share", "restore", "Q:"), "ERROR_NOT_FOUND", 1168)


def test_verbose(command):
    """--verbose is the library's log, on stderr"""
    command.tell(WLAN)
    result = command.run("watch", "--timeout", "100ms", "--verbose")
    expect(result.status == 0 and "told what to watch" in result.err and "told what" not in result.out, result)


if __name__ == "__main__":
    sys.exit(main([value for name, value in list(globals().items()) if name.startswith("test_")]))
