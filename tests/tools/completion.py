#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Completion: what the program offers, and what bash, zsh and fish make of it at a terminal.

usage: completion.py MODULES PROGRAM COMPLETIONS_DIRECTORY
"""
import re
import shlex
import shutil
import sys
from pathlib import Path

import command as helper
from command import Terminal, expect, line

COMPLETIONS = Path(sys.argv.pop())

SPACE, BACKSLASH, QUOTES, DOLLAR, UMLAUT = "Office VPN", "back\\slash", "Ada's \"net\"", "$HOME;&x", "Café *"
WORLD = (
    line("share", local="Z:", remote=r"\\server\projects", state="connected"),
    line("share", local="/home/ada/my share", remote=r"\\server\docs", state="connected"),
    line("share", local="Y:", remote=r"\\server\archive", state="remembered"),
    line("share", remote=r"\\server\my music", state="connected"),
    line("share", remote=r"\\other\big", state="connected", port=4450),
    line("wlan", uuid="0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", name="wlan0", state="connected"),
    *(line("connection", uuid=f"{i}b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", name=name, type="vpn", state=state)
      for i, (name, state) in enumerate((
          (SPACE, "connected"), (BACKSLASH, "connected"), (QUOTES, "connected"), (DOLLAR, "connected"),
          (UMLAUT, "connected"), ("Home", "disconnected"), ("twin", "disconnected"), ("twin", "disconnected"),
          ("steers\x1b[2J", "connected"), ("two\nlines", "connected"), ("a\ttab", "connected")))),
)


def offered(command, *words):
    """The candidates, without their descriptions; nothing is ever said on stderr."""
    result = command.bare("--complete", "--modules", command.modules, *words)
    expect(result.status == 0 and result.err == "", words, result)
    return [row.split("\t")[0] for row in result.out.splitlines()]


def test_verbs(command):
    """verbs"""
    groups = ["share", "wlan", "connection", "watch", "error", "backends"]
    expect(offered(command, "") == groups, offered(command, ""))
    expect(offered(command, "sh") == ["share"] and offered(command, "x") == [] and offered(command, "Sh") == [], "sh")
    expect(offered(command, "wlan", "") == ["list", "connect", "disconnect"], "wlan")
    expect(offered(command, "share", "c") == ["cancel"] and offered(command, "nonsense", "") == [], "share c")
    expect(offered(command, "--json", "share", "--timeout", "5s", "ca") == ["cancel"], "behind options")


def test_options(command):
    """options, of the verb, that are not there yet"""
    asked = {"--timeout", "--providers", "--verbose", "--json", "--help"}
    expect(set(offered(command, "share", "path", "-")) == asked, offered(command, "share", "path", "-"))
    expect(set(offered(command, "-")) == asked | {"--version"}, offered(command, "-"))
    expect(offered(command, "share", "cancel", "--fo") == ["--force", "--forget"], "--fo")
    expect(offered(command, "share", "cancel", "--force", "--fo") == ["--forget"], "--force is there")
    expect(offered(command, "error", "5", "--") == ["--json", "--help"], "of error")
    expect(offered(command, "connection", "disconnect", "--", "-") == [], "behind --")
    expect(offered(command, "share", "add", "--user", "-") == [], "a value")
    expect(offered(command, "share", "list", "--providers", "f") == ["fake"], "a provider")


def test_names(command):
    """names of what is there"""
    command.tell(*WORLD)
    shares = ["Z:", "/home/ada/my share", "Y:", "//server/my music", "smb://other:4450/big"]
    for verb in ("cancel", "disconnect", "holders"):
        expect(offered(command, "share", verb, "") == shares, verb, offered(command, "share", verb, ""))
    expect(offered(command, "share", "cancel", "--force", "//") == ["//server/my music"], "slashes")
    expect(offered(command, "share", "cancel", "\\") == ["\\\\server\\my music"], "backslashes")
    expect(offered(command, "share", "path", "") == ["Z:", "/home/ada/my share"], "path")
    expect(offered(command, "share", "restore", "") == ["Y:"], "restore")
    expect(offered(command, "share", "cancel", "Z:", "") == [], "one is enough")
    expect(offered(command, "wlan", "disconnect", "") == ["wlan0"] == offered(command, "wlan", "connect", ""), "wlan")
    expect(offered(command, "connection", "disconnect", "") == [SPACE, BACKSLASH, QUOTES, DOLLAR, UMLAUT],
           offered(command, "connection", "disconnect", ""))
    expect(offered(command, "connection", "connect", "") ==
           ["Home", "6b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", "7b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d"], "twins by UUID")
    expect(offered(command, "watch", "share", "") == ["share", "wlan", "connection"], "watch")
    expect(offered(command, "error", "ERROR_OPEN") == ["ERROR_OPEN_FILES"], "error")


def test_failures(command):
    """what cannot be asked has no names, within its second, and no message"""
    expect(offered(command, "share", "cancel", "--providers", "nowhere", "") == [], "no such provider")
    expect(offered(command, "share", "cancel", "--providers", "A B", "") == [], "a malformed name")
    command.tell(*WORLD, helper.step("share.list", "never"))
    begin = helper.time.monotonic()
    expect(offered(command, "share", "cancel", "") == [] and helper.time.monotonic() - begin < 2, "no answer")
    with open("/dev/full", "wb") as full:
        done = helper.subprocess.run([*command.words, "--complete", ""], stdout=full, stderr=helper.subprocess.PIPE,
                                     env=command.environment(), timeout=helper.SECONDS)
    expect(done.returncode == 1 and done.stderr == b"", done)


# ---- Shells ----

BASH = ("bash", ["--noprofile", "--norc", "-i"], """PS1='ready> '; bind 'set enable-bracketed-paste off'
source {netdisc.bash}
""")
ZSH = ("zsh", ["-f", "-i"], """PS1='ready> '; unsetopt prompt_sp zle_bracketed_paste; unset zle_bracketed_paste
fpath=({directory} $fpath); autoload -Uz compinit; compinit -D -u
""")
FISH = ("fish", ["--no-config", "--interactive"], """function fish_prompt; echo -n 'ready> '; end
source {netdisc.fish}
""")

# What is typed, and the words that the program is begun with.
TYPED = (
    ("sh\t", ["share"]),
    ("share can\tZ\t", ["share", "cancel", "Z:"]),
    ("share cancel Z:\t", ["share", "cancel", "Z:"]),
    ("share cancel --if\tZ:", ["share", "cancel", "--if-connected", "Z:"]),
    ("share cancel --forg\tZ:", ["share", "cancel", "--forget", "Z:"]),
    ("share cancel //\t", ["share", "cancel", "//server/my music"]),
    ("share cancel //server/my\\ m\t", ["share", "cancel", "//server/my music"]),
    ("share cancel /h\t", ["share", "cancel", "/home/ada/my share"]),
    ("share cancel smb\t", ["share", "cancel", "smb://other:4450/big"]),
    ("share cancel smb:\t", ["share", "cancel", "smb://other:4450/big"]),
    ("share cancel smb://other:4\t", ["share", "cancel", "smb://other:4450/big"]),
    ("share cancel '{two}ser\t", ["share", "cancel", r"\\server\my music"]),
    (r"share cancel \\\\ser" + "\t", ["share", "cancel", r"\\server\my music"]),
    ("connection disconnect Of\t", ["connection", "disconnect", SPACE]),
    ("connection disconnect 'Off\t", ["connection", "disconnect", SPACE]),
    ("connection disconnect \"Office V\t", ["connection", "disconnect", SPACE]),
    ("connection disconnect ba\t", ["connection", "disconnect", BACKSLASH]),
    ("connection disconnect \"ba\t", ["connection", "disconnect", BACKSLASH]),
    ("connection disconnect Ad\t", ["connection", "disconnect", QUOTES]),
    ("connection disconnect \\$\t", ["connection", "disconnect", DOLLAR]),
    ("connection disconnect Ca\t", ["connection", "disconnect", UMLAUT]),
    ("connection connect Ho\t--no-w\t", ["connection", "connect", "Home", "--no-wait"]),
    ("--timeout 5s wlan disc\twl\t", ["--timeout", "5s", "wlan", "disconnect", "wlan0"]),
    ("connection disconnect 'Office VPN' --ex\t", ["connection", "disconnect", SPACE, "--external"]),
)


def begin_shell(command, shell, arguments, setup):
    """The shell, in whose path netdisc is the program when it is to complete, and else tells its arguments."""
    stand_in = command.scratch / "netdisc"
    stand_in.write_text(f"""#!/bin/sh
if [ "$1" = --complete ]; then
  shift
  exec {shlex.join(command.words)} --complete --modules {shlex.quote(command.modules)} "$@"
fi
printf 'GIVEN'; printf '<%s>' "$@"; printf 'END\\n'
""")
    stand_in.chmod(0o755)
    for name, value in (("netdisc.bash", COMPLETIONS / "netdisc.bash"), ("netdisc.fish", COMPLETIONS / "netdisc.fish"),
                        ("directory", COMPLETIONS)):
        setup = setup.replace("{" + name + "}", shlex.quote(str(value)))
    in_shell = helper.Command([shell, *arguments], "", command.scratch)
    command.tell(*WORLD)
    terminal = Terminal(in_shell, bare=True, columns=200,
                        LANG="C.UTF-8", PATH=f"{command.scratch}:{helper.os.environ['PATH']}",
                        HOME=str(command.scratch), XDG_CONFIG_HOME=None, NETDISC_FAKE_SCRIPT=str(command.script))
    for row in setup.splitlines():
        terminal.type(row.encode() + b"\n")
    terminal.type(b"netdisc set up\n")
    terminal.wait_for(rb"GIVEN<set><up>END")
    return terminal


def check_shell(command, shell, arguments, setup, two=r"\\"):
    """`two` stands for two backslashes between single quotes."""
    if not shutil.which(shell):
        raise helper.Missing(f"{shell} is not installed")
    terminal = begin_shell(command, shell, arguments, setup)
    wrong = []
    for typed, words in TYPED:
        terminal.seen = b""
        terminal.type(f"netdisc {typed}\n".replace("{two}", two).encode())
        terminal.wait_for(rb"GIVEN(?s:.*?)END\r\n")
        given = re.search(r"GIVEN(?s:(.*?))END\r\n", terminal.seen.decode())[1]
        if given != "".join(f"<{word}>" for word in words):
            wrong.append(f"{typed!r} became {given!r}")
    terminal.seen = b""
    terminal.type(b"netdisc share \t\t")
    for verb in (b"restore", b"holders"):
        terminal.wait_for(verb)
    terminal.type(b"\x03")
    terminal.type(b"exit\n")
    terminal.process.kill()
    terminal.end()
    expect(not wrong, *wrong)


def test_bash(command):
    """bash"""
    check_shell(command, *BASH)


def test_zsh(command):
    """zsh"""
    check_shell(command, *ZSH)


def test_fish(command):
    """fish"""
    check_shell(command, *FISH, two=r"\\\\")


if __name__ == "__main__":
    sys.exit(helper.main([value for name, value in list(globals().items()) if name.startswith("test_")]))
