#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs the library for Windows in a scratch directory, builds programs with it, and looks at what they
load and print.

usage: windows.py SOURCE_DIRECTORY BUILD_DIRECTORY MESON...
"""
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from install import WARNINGS
from installed import Failure, checker, execute, install, run
from tap import Tap

TRIPLET = "x86_64-w64-mingw32"
# What every Windows has, and every program loads; the rest is loaded when a verb first needs it.
AT_START = {"kernel32.dll", "advapi32.dll", "msvcrt.dll", "ws2_32.dll"}
WINE_SECONDS = 60


def imports(program):
    text = run([f"{TRIPLET}-objdump", "-p", program])
    return {name.lower() for name in re.findall(r"^\s*DLL Name: (\S+)", text, re.MULTILINE)}


def check_imports(program, besides=()):
    found = imports(program)
    if "kernel32.dll" not in found:
        raise Failure(f"{program.name}: its imports cannot be read: {found}")
    others = found - AT_START - set(besides)
    if others:
        raise Failure(f"{program.name} needs {sorted(others)} to start")


def check_runs(root, program, environment):
    """It has a name to cancel that nothing stands for, and says so."""
    done = execute([root / "tests" / "wine-run", program, "Q:"], WINE_SECONDS, env=environment)
    if not re.search(r"^ERROR_[A-Z_]+: \S", done.stdout, re.MULTILINE):
        raise Failure(f"{program.name}: status {done.returncode}, printed:\n{done.stdout}")


def clang(*arguments):
    """It finds what mingw has, but for the library of gcc."""
    library = run([f"{TRIPLET}-gcc", "-print-libgcc-file-name"]).strip()
    return ["clang", f"--target={TRIPLET}", "-L", os.path.dirname(library), *arguments]


def main():
    root, build, *meson = sys.argv[1:]
    root = Path(root)
    source = root / "examples" / "cancel.c"
    tap = Tap()
    check = checker(tap)

    # The programs are in the build directory, by which wine-run finds the Wine to run them in; pkg-config wants
    # a path without white space.
    with tempfile.TemporaryDirectory(prefix="windows-", dir=build) as directory, \
            tempfile.TemporaryDirectory(prefix="netdisc-windows-") as root_directory:
        scratch = Path(directory)
        installation = install(build, meson, Path(root_directory))
        environment = dict(os.environ)
        ways = {
            "C": ([f"{TRIPLET}-gcc", "-std=c11", "-static-libgcc"], "--static"),
            "C++": ([f"{TRIPLET}-g++", "-std=c++11", "-static", "-x", "c++"], "--static"),
            "clang": (clang("-std=c11"), "--static"),
            "shared": ([f"{TRIPLET}-gcc", "-std=c11", "-static-libgcc"], "--libs"),
        }
        dll, = Path(root_directory).rglob("libnetdisc-0.dll")
        shutil.copy(dll, scratch)
        for way, (compiler, link) in ways.items():
            program = scratch / f"{way.lower().replace('+', 'p')}.exe"
            static = link == "--static"

            def compile_it():
                flags = installation.flags(*([link] if static else []), "--cflags", "--libs")
                if static:
                    flags = ["-l:libnetdisc.a" if flag == "-lnetdisc" else flag for flag in flags]
                run([*compiler, *WARNINGS, source, *(["-x", "none"] if "c++" in compiler else []),
                     "-o", program, *flags])

            check(f"{way}: compiles and links", compile_it)
            check(f"{way}: loads nothing at its start but what every program does",
                  check_imports, program, () if static else ("libnetdisc-0.dll",))
            check(f"{way}: runs", check_runs, root, program, environment)
        check("the DLL loads nothing at its start but what every program does", check_imports, dll)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
