#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the header, the version script, the library and the manual pages name the same functions.

usage: exports.py HEADER VERSION_SCRIPT MANUAL_DIRECTORY LIBRARY NM_OR_OBJDUMP
"""
import re
import subprocess
import sys
from pathlib import Path

from tap import Tap

NODE = "NETDISC_0.1"


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def in_header(path):
    text = without_comments(path.read_text())
    return re.findall(r"^NETDISC_API\b[^;(]*?(\w+)\s*\(", text, re.MULTILINE)


def in_version_script(path):
    text = without_comments(path.read_text())
    exported = re.search(NODE + r"\s*\{\s*global:(.*?)local:\s*\*;\s*\};", text, re.DOTALL)
    return re.findall(r"(\w+);", exported[1]) if exported else []


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def in_shared_object(path, nm):
    """Names with their versions, without the version node, which nm lists as well."""
    names = [line.split()[-1] for line in run(nm, "-D", "--defined-only", path).splitlines()]
    return [name.removesuffix("@@" + NODE) for name in names if name != NODE]


def in_dll(path, objdump):
    text = run(objdump, "-p", path)
    table = text.split("[Ordinal/Name Pointer] Table", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\s*\[.*\s(\w+)$", table, re.MULTILINE)


def in_manual(directory, pattern):
    pages = sorted(directory.glob("*.3"))
    return [name for page in pages for name in re.findall(pattern, page.read_text(), re.MULTILINE)]


def compare(tap, where, names, expected):
    missing = sorted(set(expected) - set(names))
    extra = sorted(set(names) - set(expected))
    tap.check(not missing and not extra, f"{where}: the functions of the header",
              f"missing: {missing}", f"not in the header: {extra}")
    tap.check(len(names) == len(set(names)), f"{where}: each function once")


def main():
    header, script, manual, library = map(Path, sys.argv[1:5])
    tool = sys.argv[5]
    tap = Tap()

    declared = in_header(header)
    tap.check(len(declared) > 0, "the header declares functions")
    compare(tap, header.name, declared, declared)
    compare(tap, script.name, in_version_script(script), declared)
    read = in_dll if library.suffix == ".dll" else in_shared_object
    compare(tap, library.name, read(library, tool), declared)
    compare(tap, "the synopses of the manual", in_manual(manual, r"^\.Fo (\w+)$"), declared)
    compare(tap, "the names of the manual's pages", in_manual(manual, r"^\.Nm (netdisc_\w+)"), declared)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
