# SPDX-License-Identifier: MIT
"""Runs the command on the fake provider, whose world is told it in a script (see tests/fake/fake_script.h)."""
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import NamedTuple

from tap import Tap

SECONDS = 20
# What a program built with a sanitizer, or one in valgrind, ends with when it found something.
COMPLAINTS = re.compile(r"Sanitizer|runtime error|==\d+== ")
PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
             "WINEPATH")


def encode(value):
    """Blanks, percent signs and what is not printable ASCII, as the script has them."""
    data = value if isinstance(value, bytes) else str(value).encode()
    return "".join(chr(byte) if 0x20 < byte < 0x7f and byte != 0x25 else f"%{byte:02x}" for byte in data)


def line(word, **values):
    """A line of a script."""
    return " ".join([word, *(f"{key}={encode(value)}" for key, value in values.items())])


def step(slot, manner="properly", **values):
    return line("step", slot=slot, manner=manner, **values)


SHARE = line("share", local="Z:", remote=r"\\server\projects", state="connected", user="ada", remembered="yes")
WLAN = line("wlan", uuid="0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", name="wlan0", state="connected", ssid="cafe",
            text="cafe", bssid="aa:bb:cc:dd:ee:ff", profile="Cafe at home", driver="iwlwifi", signal=70)
CONNECTION = line("connection", uuid="2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", name="Office VPN", type="vpn",
                  device="tun0", state="connected", autoconnect="yes", external="no", vpn="yes")
USUAL = (
    SHARE,
    line("share", local="Y:", remote=r"\\server\archive", state="remembered", remembered="yes"),
    line("share", remote=r"\\server\music", state="connected"),
    WLAN,
    CONNECTION,
    line("connection", uuid="7c9e6679-7425-40de-944b-e07fc1f90ae7", name="Home", type="802-3-ethernet",
         state="disconnected", external="unknown"),
)
HELD = (
    *USUAL,
    line("hold", remote=r"\\server\projects", pid=4711, program="vim", path="/home/ada/Z/report 1.txt"),
)


class Result(NamedTuple):
    status: int
    out: str
    err: str

    def __str__(self):
        return f"status {self.status}\nstdout: {self.out!r}\nstderr: {self.err!r}"


class Surprise(Exception):
    pass


class Missing(Exception):
    """The test cannot be run here, and why."""


class Journal:
    """What the provider was asked, as it is asked."""

    def __init__(self, path):
        # Open for writing as well, so that it does not end with the first line.
        os.mkfifo(path)
        self.descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.text = ""
        self.path = path

    def wait_for(self, beginning):
        """The line of the first call of that slot."""
        until = time.monotonic() + SECONDS
        while True:
            found = self.find(beginning)
            if found:
                return found
            if not select.select([self.descriptor], [], [], max(0, until - time.monotonic()))[0]:
                raise Surprise(f"nobody asked for {beginning}:\n{self.text}")
            self.read()

    def read(self):
        try:
            self.text += os.read(self.descriptor, 65536).decode()
        except BlockingIOError:
            pass
        return self.text

    def find(self, beginning):
        """That line, or the last of them, if it was asked already."""
        found = [one for one in self.text.splitlines() if one.startswith(beginning + " ")]
        return found[-1] if found and self.text.endswith("\n") else None

    def close(self):
        os.close(self.descriptor)


class Command:
    """The program, in worlds of its own; `words` begin it, a wrapper may be before the program."""

    def __init__(self, words, modules, scratch):
        self.words = words
        self.modules = modules
        self.scratch = Path(scratch)
        self.journal = None
        self.always = {}
        self.script = self.scratch / "script"
        self.tell(*USUAL)

    def tell(self, *lines):
        """From now on the world is this one."""
        self.script.write_text("\n".join(lines) + "\n")
        return self

    def keep_journal(self, *lines):
        """A world whose provider tells what it is asked."""
        if self.journal:
            self.journal.close()
            self.journal.path.unlink()
        self.journal = Journal(self.scratch / "journal")
        self.tell(line("journal", path=self.journal.path), *lines)
        return self.journal

    def environment(self, **more):
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment.update(NETDISC_PROVIDERS="fake", NETDISC_FAKE_SCRIPT=str(self.script), TERM="xterm")
        environment.update(self.always, **more)
        return {name: value for name, value in environment.items() if value is not None}

    def bare(self, *words, stdin=b"", **environment):
        """Runs it with just these words."""
        done = subprocess.run([*self.words, *words], input=stdin, capture_output=True, timeout=SECONDS,
                              env=self.environment(**environment), cwd=self.scratch)
        return self.result(done.returncode, done.stdout, done.stderr)

    def run(self, *words, **options):
        """Runs it with the fake provider."""
        return self.bare("--modules", self.modules, *words, **options)

    def begin(self, *words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **environment):
        return subprocess.Popen([*self.words, "--modules", self.modules, *words], stdin=stdin, stdout=stdout,
                                stderr=stderr, env=self.environment(**environment), cwd=self.scratch)

    def end(self, process, number=None):
        """Its result, after a signal."""
        if number:
            process.send_signal(number)
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return self.result(process.returncode, out or b"", err or b"")

    @staticmethod
    def result(status, out, err):
        """What it printed is UTF-8, always."""
        result = Result(status, out.decode().replace("\r\n", "\n"), err.decode().replace("\r\n", "\n"))
        if COMPLAINTS.search(result.err):
            raise Surprise(result.err)
        return result


class Terminal:
    """The program on a terminal of its own, as a person has it."""

    def __init__(self, command, *words, columns=120, stdout=None, stderr=None, bare=False, **environment):
        self.seen = b""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, bytes([24, 0, columns, 0, 0, 0, 0, 0]))

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [*command.words, *([] if bare else ["--modules", command.modules]), *words], stdin=slave, stdout=stdout or slave,
            stderr=stderr or slave, preexec_fn=take_terminal, env=command.environment(**environment),
            cwd=command.scratch)
        os.close(slave)

    def read_some(self, until):
        if not select.select([self.master], [], [], max(0, until - time.monotonic()))[0]:
            raise Surprise(f"nothing more came after {self.seen!r}")
        try:
            more = os.read(self.master, 65536)
        except OSError:  # EIO: nobody has it open any more
            more = b""
        self.seen += more
        return more

    def wait_for(self, pattern):
        until = time.monotonic() + SECONDS
        while not re.search(pattern, self.seen):
            if not self.read_some(until):
                raise Surprise(f"ended before {pattern!r}: {self.seen!r}")

    def type(self, keys):
        os.write(self.master, keys)

    def end(self):
        """(status, all that the terminal got)"""
        until = time.monotonic() + SECONDS
        try:
            while self.read_some(until):
                pass
        except Surprise:
            self.process.kill()
            raise
        finally:
            status = self.process.wait()
            os.close(self.master)
        text = self.seen.decode()
        if COMPLAINTS.search(text):
            raise Surprise(text)
        return status, text


def screen(text):
    """What a person sees in the end: lines, after what moves the cursor back and erases."""
    lines = []
    for row in re.sub(r"\x1b\[[0-9;]*m", "", text).split("\n"):
        cells, column = [], 0
        for part in re.findall(r"\x1b\[\??[0-9;]*[A-Za-z]|\r|.", row):
            if part == "\r":
                column = 0
            elif part.startswith("\x1b["):
                if part.endswith("K"):
                    cells = cells[:column] if part == "\x1b[K" else []
            else:
                cells[column:column + 1] = [part]
                column += 1
        lines.append("".join(cells).rstrip())
    return "\n".join(lines)


def main(tests):
    """usage: SCRIPT MODULES PROGRAM...     each function is a test, its first line says of what"""
    modules, *words = sys.argv[1:]
    tap = Tap()
    # Ignored where the tests run in the background; the programs are not to inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for test in tests:
        name = test.__doc__.strip().splitlines()[0]
        with tempfile.TemporaryDirectory(prefix="netdisc-command-") as scratch:
            try:
                test(Command(words, modules, scratch))
                tap.check(True, name)
            except Missing as why:
                tap.skip(name, why)
            except (Surprise, AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
                tap.check(False, name, f"{type(error).__name__}: {error}")
    return tap.done()


def expect(good, *details):
    if not good:
        raise Surprise("\n".join(map(str, details)))


def expect_done(result, out=None):
    """It succeeded, without a word on stderr."""
    expect(result.status == 0 and result.err == "", result)
    if out is not None:
        expect(re.fullmatch(out, result.out), f"expected {out!r}", result)
    return result


def expect_failure(result, status_name, code, exit_status=1):
    """It failed so, and said so on stderr alone."""
    begin = f"netdisc: {status_name} ({code}): "
    expect(result.status == exit_status and result.out == "" and result.err.startswith(begin),
           f"expected {begin!r}", result)
    return result


INTERRUPT = signal.SIGINT
END = signal.SIGTERM
