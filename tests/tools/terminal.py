#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command at a terminal: colours, the sign of life, the question, Ctrl-C, a password that is typed."""
import os
import re
import subprocess
import sys
import termios
import time
from pathlib import Path

from command import (END, HELD, INTERRUPT, SECONDS, USUAL, Terminal, expect, expect_done, line, main,
                     screen, step)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ESCAPE = re.compile(r"[\x1b\r\x08]")
CTRL_C = b"\x03"
CTRL_D = b"\x04"
PROMPT_SECONDS = 1  # what Ctrl-C may take


def at_terminal(command, *words, **options):
    return Terminal(command, *words, **options).end()


def test_plain(command):
    """without a terminal there is no colour, and nothing that moves"""
    command.tell(*HELD, step("share.list", delay=900))
    for words in (("share", "list"), ("share", "cancel", "Z:"), ("backends",), ("--help",), ("error", "5")):
        run = command.run if words[0] == "share" else command.bare
        result = run(*words)
        expect(not ESCAPE.search(result.out + result.err), result)


def test_colours(command):
    """colours at a terminal, unless NO_COLOR or TERM says otherwise"""
    command.tell(*HELD)
    for words in (("share", "list"), ("share", "cancel", "Z:"), ("wlan", "list")):
        status, text = at_terminal(command, *words)
        expect(COLOUR.search(text), text)
        for without in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}, {"TERM": ""}):
            other_status, plain = at_terminal(command, *words, **without)
            expect(not ESCAPE.search(plain.replace("\r\n", "\n")), without, plain)
            expect(screen(text) == screen(plain) and status == other_status, without, text, plain)
        expect(COLOUR.search(at_terminal(command, *words, NO_COLOR="")[1]), "NO_COLOR that is empty counts for nothing")


def test_json_has_no_colour(command):
    """JSON has no colour, at a terminal neither"""
    _, text = at_terminal(command, "share", "list", "--json")
    expect(not COLOUR.search(text), text)


def test_one_stream(command):
    """a stream that is no terminal has no colour, when the other is one"""
    command.tell(*HELD)
    with open(command.scratch / "out", "w+b") as file:
        at_terminal(command, "share", "list", stdout=file)
        file.seek(0)
        expect(not ESCAPE.search(file.read().decode()), "stdout")
    with open(command.scratch / "err", "w+b") as file:
        status, text = at_terminal(command, "share", "cancel", "Z:", stderr=file)
        file.seek(0)
        expect(status == 1 and not ESCAPE.search(file.read().decode()) and text == "", text)


def test_sign_of_life(command):
    """a sign of life while it takes long, and nothing of it in the end"""
    command.tell(*USUAL, step("share.list", delay=1200))
    status, text = at_terminal(command, "share", "list")
    expect(status == 0 and len(re.findall(r"\r", text.replace("\r\n", "\n"))) > 2, text)
    expect(screen(text.replace("\r\n", "\n")) == screen(command.run("share", "list").out), text)
    status, text = at_terminal(command, "share", "list", TERM="dumb")
    expect(status == 0 and "\r" not in text.replace("\r\n", "\n"), text)


def test_quick(command):
    """no sign of life when it is quick"""
    _, text = at_terminal(command.tell(*USUAL, step("share.list", delay=150)), "share", "list", NO_COLOR="1")
    expect(not ESCAPE.search(text.replace("\r\n", "\n")), text)


# ---- The question ----


def ask(command, *answer, verb=("share", "disconnect", "Z:")):
    """What `netdisc share disconnect` of a share in use comes to."""
    terminal = Terminal(command.tell(*HELD), *verb, NO_COLOR="1")
    terminal.wait_for(rb"\[y/N\] ")
    before = terminal.seen.decode()
    for word in ("ERROR_OPEN_FILES", "vim", "4711", "report 1.txt"):
        expect(word in before, word, before)
    begin = time.monotonic()
    for keys in answer:
        terminal.type(keys)
    status, text = terminal.end()
    return status, text, time.monotonic() - begin


def test_yes(command):
    """the question names the holders; yes ends the share"""
    for answer in (b"y\n", b"yes\n", b"Y\n", b"Yes\n"):
        status, text, _ = ask(command, answer)
        expect(status == 0 and r"\\server\projects on Z: is gone" in text, text)


def test_no(command):
    """no, nothing, something else, Ctrl-D and Ctrl-C leave it alone, with status 3"""
    for answer in (b"n\n", b"no\n", b"\n", b"maybe\n", b"y n\n", b"yes, but " + b"x" * 200 + b"\n", CTRL_D, CTRL_C):
        status, text, seconds = ask(command, answer)
        expect(status == 3 and "is gone" not in text and seconds < PROMPT_SECONDS, answer, status, text)


def test_typed_before_the_question(command):
    """what was typed before the question is no answer to it"""
    terminal = Terminal(command.tell(*HELD, step("share.find", delay=1000)), "share", "disconnect", "Z:")
    terminal.type(b"y\n")
    terminal.wait_for(rb"\[y/N\] ")
    terminal.type(b"n\n")
    status, text = terminal.end()
    expect(status == 3 and "is gone" not in text, status, text)


def test_end_at_the_question(command):
    """SIGTERM at the question"""
    terminal = Terminal(command.tell(*HELD), "share", "disconnect", "Z:")
    terminal.wait_for(rb"\[y/N\] ")
    terminal.process.send_signal(END)
    status, text = terminal.end()
    expect(status == 3 and "is gone" not in text, status, text)


def test_not_asked(command):
    """nothing is asked where the share is free, or nobody is there"""
    status, text = at_terminal(command.tell(*USUAL), "share", "disconnect", "Z:")
    expect(status == 0 and "?" not in text, text)
    command.tell(*HELD)
    result = command.run("share", "disconnect", "Z:", stdin=b"y\n")
    expect(result.status == 1 and "ERROR_OPEN_FILES (2401)" in result.err and "4711" in result.err, result)
    status, text = at_terminal(command, "share", "cancel", "Z:")
    expect(status == 1 and "[y/N]" not in text and "4711" in text, text)


def test_other_failure(command):
    """another failure than being in use is told once, and nothing is asked"""
    command.tell(*USUAL, step("share.cancel", "fail", status="ERROR_ACCESS_DENIED", message="only root may"))
    status, text = at_terminal(command, "share", "disconnect", "Z:")
    expect(status == 1 and text.count("only root may") == 1 and "[y/N]" not in text, text)


# ---- Ctrl-C ----

FOREVER = {
    "share list": "share.list", "share add //server/x": "share.add", "share cancel Z:": "share.cancel",
    "share disconnect Z:": "share.cancel", "share holders Z:": "share.holders", "share path Z:": "share.find",
    "share restore": "share.add", "wlan list": "wlan.list", "wlan connect cafe": "wlan.connect",
    "wlan disconnect": "wlan.disconnect", "connection list": "connection.list",
    "connection connect Home": "connection.connect", "connection disconnect 2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d":
    "connection.disconnect", "backends": "probe",
}


def test_interrupt(command):
    """Ctrl-C cancels whatever does not answer, with status 3, at once"""
    for verb, slot in FOREVER.items():
        journal = command.keep_journal(*USUAL, step(slot, "never"))
        terminal = Terminal(command, *verb.split(), "--timeout", "none", NO_COLOR="1")
        journal.wait_for(slot)
        begin = time.monotonic()
        terminal.type(CTRL_C)
        status, text = terminal.end()
        expect(status == 3 and time.monotonic() - begin < 1, verb, status, text)
        expect("ERROR_CANCELLED (1223)" in text, verb, text)


def test_interrupt_without_terminal(command):
    """SIGINT and SIGTERM do, without a terminal; JSON says so"""
    for number in (INTERRUPT, END):
        journal = command.keep_journal(*USUAL, step("share.cancel", "never"))
        process = command.begin("share", "cancel", "Z:", "--json", "--timeout", "none")
        journal.wait_for("share.cancel")
        result = command.end(process, number)
        expect(result.status == 3 and '"name":"ERROR_CANCELLED"' in result.out and result.err == "", result)


def test_ignored(command):
    """what was begun with SIGINT ignored, in the background, goes on to ignore it"""
    journal = command.keep_journal(*USUAL, step("share.cancel", "never"))
    words = [*command.words, "--modules", command.modules, "share", "cancel", "Z:", "--timeout", "none"]
    process = subprocess.Popen(["sh", "-c", 'trap "" INT; exec "$@"', "sh", *words], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=command.environment())
    journal.wait_for("share.cancel")
    status = Path(f"/proc/{process.pid}/status").read_text()
    ignored = int(re.search(r"SigIgn:\s*(\w+)", status)[1], 16)
    result = command.end(process, END)
    expect(ignored & 1 << INTERRUPT - 1 and result.status == 3, result)


def interrupt_stuck(command):
    """Its provider is stuck where nothing can end it; gives the terminal, once the first Ctrl-C has come."""
    terminal = Terminal(command.tell(*USUAL, line("open", delay=-1)), "share", "list", "--timeout", "none",
                        NO_COLOR="1")
    terminal.wait_for(rb"\r")  # the sign of life
    terminal.type(CTRL_C)
    terminal.wait_for(rb"ERROR_CANCELLED \(1223\)")
    return terminal


def test_stuck(command):
    """Ctrl-C while a provider is stuck where nothing can end it"""
    terminal = interrupt_stuck(command)
    begin = time.monotonic()
    status, text = terminal.end()
    expect(status == 3 and time.monotonic() - begin < 3, status, text)


def test_interrupt_twice(command):
    """the second Ctrl-C does not wait for it"""
    terminal = interrupt_stuck(command)
    begin = time.monotonic()
    terminal.type(CTRL_C)
    status, text = terminal.end()
    expect(status == -INTERRUPT and time.monotonic() - begin < 0.5, status, text)


def test_watch(command):
    """Ctrl-C ends a watch with 0"""
    terminal = Terminal(command, "watch")
    terminal.wait_for(rb"ready")
    terminal.type(CTRL_C)
    status, text = terminal.end()
    expect(status == 0 and "Traceback" not in text, status, text)


# ---- A password that is typed ----


def echoes(terminal):
    return bool(termios.tcgetattr(terminal.master)[3] & termios.ECHO)


def test_password(command):
    """a password is not echoed, and the terminal is left as it was"""
    command.tell(*USUAL, step("share.add", password="s3cret word"))
    for keys, expected in ((b"s3cret word\n", 0), (b"wrong\n", 1), (b"\n", 1), (CTRL_C, 3)):
        terminal = Terminal(command, "share", "add", "//server/x", "--password-stdin")
        terminal.wait_for(rb"assword")
        expect(not echoes(terminal), "it would be echoed")
        terminal.type(keys)
        status = terminal.process.wait(SECONDS)
        echo = echoes(terminal)
        _, text = terminal.end()
        expect(status == expected and echo, keys, status, text)
        expect("s3cret" not in text and "wrong" not in text.replace("the password is wrong", ""), text)


def test_password_with_stderr_elsewhere(command):
    """a password is not echoed where the prompt is not seen either"""
    command.tell(*USUAL, step("share.add", password="s3cret word"))
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0) as prompts:
        terminal = Terminal(command, "share", "add", "//server/x", "--password-stdin", stderr=writer)
        os.close(writer)
        expect(prompts.read(9) == b"Password:", "a prompt")
        expect(not echoes(terminal), "it would be echoed")
        terminal.type(b"s3cret word\n")
        status, text = terminal.end()
        expect(status == 0 and "s3cret" not in text, status, text)


# ---- Tables ----


def test_aligned(command):
    """columns are aligned, with characters that are wide, combine or are none"""
    command.tell(*(line("connection", uuid=f"{i}b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", name=name, type="vpn",
                        state="connected")
                   for i, name in enumerate(("plain", "漢字", "cafe\u0301", "\U0001f600", "x\x1b[31mred", "x" * 60))))
    for language in ("C", "C.UTF-8", "de_DE.UTF-8", ""):
        rows = expect_done(command.run("connection", "list", LANG=language, LC_ALL=language)).out.splitlines()
        expect(len(rows) == 7 and "\x1b" not in "".join(rows), *rows)
        columns = {width_before(row, re.search(r"[0-9]b3c6d8e-|UUID", row).start()) for row in rows}
        expect(len(columns) == 1, columns, *rows)


def width_before(row, end):
    """Columns, as a terminal counts them: of these characters one combines, and three are wide."""
    return sum(0 if character == "\u0301" else 2 if character in "漢字\U0001f600" else 1 for character in row[:end])


def test_no_blanks_at_the_end(command):
    """no blanks at the end of a line"""
    for words in (("share", "list"), ("wlan", "list"), ("connection", "list"), ("backends",)):
        for row in command.run(*words).out.splitlines():
            expect(row == row.rstrip(), repr(row))


if __name__ == "__main__":
    sys.exit(main([value for name, value in list(globals().items()) if name.startswith("test_")]))
