#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The headers of libnetdisc-win32 compile alone, twice and in any order, however a program sets them up.

usage: headers.py HEADERS INCLUDE C_COMPILER [CPP_COMPILER]    directories; words divided by blanks
"""
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tap import Tap

LANGUAGES = (["-x", "c", "-std=c11"], ["-x", "c++", "-std=c++17"])
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
WAYS = (
    [],
    ["-fshort-wchar"],
    ["-fshort-wchar", "-DUNICODE", "-DCOBJMACROS"],
    ["-DUNICODE", "-DCINTERFACE", "-DCONST_VTABLE"],
    ["-DWIN32_LEAN_AND_MEAN", "-DINITGUID"],
)


def compile_text(command, headers):
    text = "".join(f"#include <{header}>\n" for header in headers)
    done = subprocess.run([*command, "-fsyntax-only", "-"], input=text, capture_output=True, text=True, timeout=60)
    return "" if done.returncode == 0 else f"{' '.join(command)}\n{done.stderr}"


def jobs(names):
    """What is included together, and by what name."""
    for name in names:
        yield f"{name} alone", [name, name]
    yield "all of them", names
    yield "all of them, from the last to the first", names[::-1]


def main():
    headers, include, *compilers = sys.argv[1:]
    names = sorted(path.name for path in Path(headers).glob("*.h"))
    commands = [[*compiler.split(), *language, *WARNINGS, f"-I{headers}", f"-I{include}", *way]
                for compiler, language in zip(compilers, LANGUAGES)
                for way in WAYS]
    tap = Tap()
    with ThreadPoolExecutor() as pool:
        for what, included in jobs(names):
            said = [text for text in pool.map(lambda command: compile_text(command, included), commands) if text]
            tap.check(not said, what, *said[:1])
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
