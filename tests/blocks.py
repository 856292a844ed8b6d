#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles every block of code in the documents, with warnings as errors.

usage: blocks.py SOURCE_DIRECTORY [COMMAND]

C       A program, with main(), and functions, with a brace at the beginning of a line, are compiled as they
        stand. Anything else is put into a function that has `nd`, an open context, and the usual headers.
        What includes windows.h is compiled by mingw, in the page about porting by the compiler at hand as well;
        what includes glib*.h with GLib, and what includes provider.h with the library's own headers.
Python  is compiled, not run.
Shell   is parsed by bash, not run. Of each use of `netdisc` the verb and its options must be known to
        COMMAND.
Blocks are those of Markdown that name their language, and the displays of the manual pages.
"""
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tap import Tap

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wshadow", "-Werror",
         # Parts of programs: what they begin is used elsewhere.
         "-Wno-unused-function", "-Wno-unused-variable"]
FRAGMENT = """#include <netdisc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fragment(netdisc *nd);

void fragment(netdisc *nd)
{
    (void)nd;
"""
# A rule of polkit.
UNCHECKED = ("js",)
PORTING = "porting-windows-code.md"
MINGW = "x86_64-w64-mingw32-gcc"
SECONDS = 60


class Block(NamedTuple):
    where: Path
    line: int
    language: str
    text: str


def markdown_blocks(path, text):
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(path, text.count("\n", 0, found.start(2)) + 1, found[1], found[2])


def manual_blocks(path, text):
    for found in re.finditer(r"^\.Bd -literal.*\n(.*?)^\.Ed$", text, re.MULTILINE | re.DOTALL):
        shown = re.sub(r"\\&", "", found[1]).replace("\\e", "\\")
        yield Block(path, text.count("\n", 0, found.start(1)) + 1, "sh" if path.suffix == ".1" else "c", shown)


def blocks_of(root):
    documents = sorted([*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("bindings/**/*.md"),
                        *root.glob("docs/man/*.[13]")])
    for path in documents:
        reader = markdown_blocks if path.suffix == ".md" else manual_blocks
        yield from reader(path, path.read_text())


def run(*command, **options):
    return subprocess.run([str(word) for word in command], text=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


# ---- C -------------------------------------------------------------------------------------------


def as_source(block):
    stands_alone = re.search(r"^\{$|\bmain\(", block.text, re.MULTILINE)
    line = f'#line {block.line} "{block.where.name}"\n'
    return line + block.text if stands_alone else f"{FRAGMENT}{line}{block.text}}}\n"


def compiler_of(text):
    """The command and its flags; None and what is missing, where it cannot be had."""
    if "<windows.h>" in text:
        return ([MINGW], None) if shutil.which(MINGW) else (None, f"{MINGW} is not installed")
    if "<glib" in text:
        glib = run("pkg-config", "--cflags", "glib-2.0")
        return (["cc", *shlex.split(glib.stdout)], None) if glib.returncode == 0 else (None, "no GLib")
    return ["cc"], None


def check_c(tap, name, block, root):
    compiler, missing = compiler_of(block.text)
    if not compiler:
        tap.skip(name, missing)
    else:
        compile_c(tap, name, block, root, compiler)
    if block.where.name == PORTING:
        windows = ["cc", "-fshort-wchar", "-I", root / "src" / "compat-win32" / "include"]
        compile_c(tap, f"{name}, with the headers of libnetdisc-win32", block, root, windows)


def compile_c(tap, name, block, root, compiler):
    with tempfile.TemporaryDirectory(prefix="netdisc-blocks-") as directory:
        source = Path(directory) / "block.c"
        source.write_text(as_source(block))
        include = ["-I", root / "include"]
        include += ["-I", root / "src" / "core"] if '"provider.h"' in block.text else []
        done = run(*compiler, *FLAGS, *include, "-c", source, "-o", source.with_suffix(".o"))
    tap.check(done.returncode == 0, name, done.stdout)


# ---- The others ----------------------------------------------------------------------------------


def check_python(tap, name, block):
    try:
        compile(block.text, str(block.where), "exec")
        tap.check(True, name)
    except SyntaxError as error:
        tap.check(False, name, error)


def uses_of_command(text):
    """The words after each `netdisc`, up to the end of that command."""
    for found in re.findall(r"(?:^|[|&;(]\s*)netdisc ([^|&;()<>\n]*)", text, re.MULTILINE):
        yield shlex.split(found.replace('"', "") if found.count('"') % 2 else found)


def mistake_in(command, words):
    """What is wrong with a use of the command; None: nothing."""
    plain = [word for word in words if not word.startswith("--")]
    asked = [run(command, *plain[:count], "--help") for count in (2, 1) if plain[:count]]
    known = next((answer.stdout for answer in asked if answer.returncode == 0), None)
    if known is None:
        return f"no such verb: {' '.join(words)}"
    unknown = [word for word in words if word.startswith("--") and
               not re.search(rf"^  {re.escape(word.split('=')[0])}(?= |$)", known, re.MULTILINE)]
    return f"{' '.join(words)}: {' '.join(unknown)}" if unknown else None


def check_shell(tap, name, block, command):
    parsed = run("bash", "-n", "-c", block.text)
    mistakes = [mistake_in(command, words) for words in uses_of_command(block.text)] if command else []
    mistakes = [mistake for mistake in mistakes if mistake]
    tap.check(parsed.returncode == 0 and not mistakes, name, parsed.stdout, *mistakes)


def main():
    root = Path(sys.argv[1])
    command = sys.argv[2] if len(sys.argv) > 2 else None
    tap = Tap()
    blocks = list(blocks_of(root))
    for block in blocks:
        name = f"{block.where.relative_to(root)}:{block.line}: {block.language}"
        if block.language == "c":
            check_c(tap, name, block, root)
        elif block.language == "python":
            check_python(tap, name, block)
        elif block.language == "sh":
            check_shell(tap, name, block, command)
    strange = {block.language for block in blocks} - {"c", "python", "sh", *UNCHECKED}
    tap.check(not strange, "each is in a language that is known", strange)
    tap.check(any(block.language == "c" for block in blocks), "there are blocks")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
