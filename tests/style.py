#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks how the files of the tree are written.

usage: style.py SOURCE_DIRECTORY
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from checkout import is_checkout, tracked_files
from tap import Tap

LICENCE = "SPDX-License-Identifier: MIT"
C_ENDINGS = {".c", ".h", ".inc"}
LICENSED_ENDINGS = C_ENDINGS | {".py", ".toml", ".sh", ".map", ".supp", ".ini", ".wrap", ".cpp", ".1", ".3"}
LICENSED_NAMES = {"meson.build", "meson_options.txt"}
# Foreign bytes, kept as they are.
DATA = ("tests/data/", "tests/fuzz/corpus/")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME)\b")


def wants_licence(name, text):
    path = Path(name)
    return path.suffix in LICENSED_ENDINGS or path.name in LICENSED_NAMES or text.startswith("#!")


def offences(texts, pattern):
    return [f"{name}:{number}: {line.strip()}"
            for name, text in texts.items()
            for number, line in enumerate(text.split("\n"), 1)
            if pattern.search(line)]


def check_texts(tap, texts):
    c_texts = {name: text for name, text in texts.items() if Path(name).suffix in C_ENDINGS}
    without = [name for name, text in texts.items() if wants_licence(name, text) and LICENCE not in text]
    unended = [name for name, text in texts.items() if text and not text.endswith("\n")]
    for what, found in (
        ("every source, script and build file names its licence", without),
        ("no white space at the end of a line", offences(texts, re.compile(r"[ \t\r]$"))),
        ("no tabs in C", offences(c_texts, re.compile(r"\t"))),
        ("nothing is left to do", offences(texts, UNFINISHED)),
        ("every file ends with a line end", unended),
    ):
        tap.check(not found, what, *found)


def check_examples(tap, texts):
    """A story is told in a page; the provider is not one."""
    long = [f"{name}: {text.count(chr(10))} lines" for name, text in texts.items()
            if re.fullmatch(r"examples/.*\.c", name) and name != "examples/minimal_provider.c"
            and text.count("\n") >= 60]
    tap.check(not long, "every example has less than 60 lines", *long)


def check_format(tap, root, names):
    sources = [name for name in names if Path(name).suffix in (".c", ".h")]
    if not shutil.which("clang-format"):
        tap.skip("clang-format", "clang-format is not installed")
        return
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file", *sources], cwd=root,
                         capture_output=True, text=True)
    tap.check(run.returncode == 0, "clang-format", run.stderr)


def check_types(tap, root):
    if not shutil.which("mypy"):
        tap.skip("mypy", "mypy is not installed")
        return
    binding = Path("bindings", "python")
    run = subprocess.run(["mypy", "--strict", "--python-version", "3.9", "--cache-dir", os.devnull,
                          binding / "netdisc", *sorted((root / binding / "examples").glob("*.py"))],
                         cwd=root, env={**os.environ, "MYPYPATH": str(binding)}, capture_output=True, text=True)
    tap.check(run.returncode == 0, "mypy --strict", run.stdout, run.stderr)


def check_quotes(tap, texts):
    """Examples in the documents are those that are compiled or run."""
    def in_python(text):
        return "```python\n" + text.split("\n", 1)[1] + "```"

    for document, example, quote in (
        ("README.md", "examples/cancel.c", lambda text: f"```c\n{text}```"),
        ("PORTING.md", "examples/minimal_provider.c", lambda text: f"```c\n{text}```"),
        ("bindings/python/README.md", "bindings/python/examples/cancel.py", in_python),
        ("bindings/python/README.md", "bindings/python/examples/watch.py", in_python),
        ("docs/man/libnetdisc.3", "examples/cancel.c",
         lambda text: ".Bd -literal\n" + text.split("\n", 1)[1].replace("\\", "\\e") + ".Ed"),
    ):
        tap.check(quote(texts[example]) in texts[document], f"{document} quotes {example} as it stands")


def main():
    root = Path(sys.argv[1])
    tap = Tap()
    if not is_checkout(root):
        tap.skip("style", "not a git checkout, or no git")
        return tap.done()
    names = [name for name in tracked_files(root) if not name.startswith(DATA)]
    texts = {name: (root / name).read_bytes().decode() for name in names}
    check_texts(tap, texts)
    check_quotes(tap, texts)
    check_examples(tap, texts)
    check_format(tap, root, names)
    check_types(tap, root)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
