#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the headers, the version script, the library and the manual pages name the same functions.

usage: exports.py [--manual DIRECTORY] NODE VERSION_SCRIPT LIBRARY NM_OR_OBJDUMP HEADER...

NODE is the version script's.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

from tap import Tap


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def in_header(path):
    text = without_comments(path.read_text())
    return re.findall(r"^(?:EXTERN_C )?NETDISC_(?:WIN32_)?API\b[^;(]*?(\w+)\s*[(;]", text, re.MULTILINE)


def in_version_script(path, node):
    text = without_comments(path.read_text())
    exported = re.search(node + r"\s*\{\s*global:(.*?)local:\s*\*;\s*\};", text, re.DOTALL)
    return re.findall(r"(\w+);", exported[1]) if exported else []


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def in_shared_object(path, nm, node):
    """Names with their versions, without the version node, which nm lists as well."""
    names = [line.split()[-1] for line in run(nm, "-D", "--defined-only", path).splitlines()]
    return [name.removesuffix("@@" + node) for name in names if name != node]


def in_dll(path, objdump, _node):
    text = run(objdump, "-p", path)
    table = text.split("[Ordinal/Name Pointer] Table", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\s*\[.*\s(\w+)$", table, re.MULTILINE)


def in_manual(directory, pattern):
    pages = sorted(directory.glob("*.3"))
    return [name for page in pages for name in re.findall(pattern, page.read_text(), re.MULTILINE)]


def compare(tap, where, names, expected):
    missing = sorted(set(expected) - set(names))
    extra = sorted(set(names) - set(expected))
    tap.check(not missing and not extra, f"{where}: the functions of the headers",
              f"missing: {missing}", f"not in the headers: {extra}")
    tap.check(len(names) == len(set(names)), f"{where}: each function once")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--manual", type=Path)
    parser.add_argument("node")
    parser.add_argument("script", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("tool")
    parser.add_argument("headers", type=Path, nargs="+")
    given = parser.parse_args()
    tap = Tap()

    declared = [name for header in given.headers for name in in_header(header)]
    tap.check(len(declared) > 0, "the headers declare functions")
    compare(tap, "the headers", declared, declared)
    compare(tap, given.script.name, in_version_script(given.script, given.node), declared)
    read = in_dll if given.library.suffix == ".dll" else in_shared_object
    compare(tap, given.library.name, read(given.library, given.tool, given.node), declared)
    if given.manual:
        compare(tap, "the synopses of the manual", in_manual(given.manual, r"^\.Fo (\w+)$"), declared)
        compare(tap, "the names of the manual's pages", in_manual(given.manual, r"^\.Nm (netdisc_\w+)"), declared)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
