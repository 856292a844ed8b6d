#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the libraries' ABI with that of the newest tagged version, and sees that breaks of it are found.

usage: abi.py SOURCE_DIRECTORY MESON...

The boundary is the headers. Added functions are no break, and neither is a member that is added to what netdisc gives
and moves no other: that is reached by pointer only. What is Windows' never changes.
"""
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from checkout import copy_tracked, git, is_checkout, newest_tag, unpack_tag
from installed import Failure, checker, execute, run, TOOL_SECONDS
from tap import Tap

OPTIONS = ["--buildtype=debug", "-Dbackends=none", "-Dtests=disabled", "-Dtools=false"]
CHANGED, BROKEN = 4, 8  # in the exit status of abidiff

# what meson calls it, and where it builds it
LIBRARIES = {"netdisc": "src/libnetdisc.so", "netdisc-win32": "src/compat-win32/libnetdisc-win32.so"}

GIVEN = re.compile(r"'struct netdisc_(backend|connection|error|event|holder|question|share|wlan) at netdisc\.h:")
# All that may be said of one of those.
GROWN = re.compile(r"  type size (changed from \d+ to \d+ \(in bits\)|hasn't changed)|"
                   r"  \d+ data member insertions?:|    '.*', at offset \d+ \(in bits\) at netdisc\.h:.*")


class Changes(NamedTuple):
    breaks: bool
    report: str


def build_version(tree, build, meson):
    if not build.exists():
        run([*meson, "setup", *OPTIONS, build, tree])
    run([*meson, "compile", "-C", build, *(f"{name}:shared_library" for name in LIBRARIES)])
    return build


def soname(library):
    lines = run(["readelf", "--dynamic", library]).splitlines()
    return next(line.split("[")[1] for line in lines if "(SONAME)" in line)


def has_only_grown(block):
    head, *lines = block.splitlines()
    return bool(GIVEN.match(head)) and all(GROWN.fullmatch(line) for line in lines)


def compare(old, new, suppressions):
    """The libraries of two builds."""
    changes = [compare_library(old / library, new / library, suppressions) for library in LIBRARIES.values()]
    return Changes(any(change.breaks for change in changes), "\n".join(change.report for change in changes))


def compare_library(old, new, suppressions):
    """Of another name, the library is another one, which may be what it likes."""
    if soname(old) != soname(new):
        return Changes(False, f"{soname(old)} has become {soname(new)}")
    done = execute(["abidiff", "--leaf-changes-only", "--no-added-syms", "--suppressions", suppressions, old, new],
                   TOOL_SECONDS)
    if done.returncode & ~(CHANGED | BROKEN):
        raise Failure(f"abidiff: status {done.returncode}\n{done.stdout}")
    blocks = re.split(r"\n{2,}", done.stdout.strip())[1:]
    harmless = blocks and done.returncode == CHANGED and all(map(has_only_grown, blocks))
    return Changes(done.returncode != 0 and not harmless, done.stdout)


# ---- Breaks are found ---------------------------------------------------------------------------

HEADER, MAP = "include/netdisc.h", "src/libnetdisc.map"
WINDOWS_HEADERS, WINDOWS_MAP = "src/compat-win32/include", "src/compat-win32/libnetdisc-win32.map"
VERSION = "NETDISC_API const char *netdisc_version(void);"
ADDED = "const char *netdisc_added(void)"
AT, NARROW_AT = (f"netdisc_status netdisc_status_at({index} index)" for index in ("size_t", "uint16_t"))

# what -> whether it is a break, and the files with what stands there, once, and what then does
TRIALS = {
    "a function that is gone": (True, [(MAP, "        netdisc_version;\n", "")]),
    "a function that takes something else": (True, [(HEADER, AT, NARROW_AT), ("src/core/status.c", AT, NARROW_AT)]),
    "a member that has another type": (True, [
        (HEADER, "    uint32_t kinds;        /* NETDISC_SHARE", "    uint64_t kinds;        /* NETDISC_SHARE"),
    ]),
    "a member within what netdisc gives": (True, [
        (HEADER, "struct netdisc_backend {\n", "struct netdisc_backend {\n    int inserted;\n"),
    ]),
    "a member at the end of what is given to netdisc": (True, [
        (HEADER, "} netdisc_options;", "    int appended;\n} netdisc_options;"),
    ]),
    "a constant that has another value": (True, [(HEADER, "NETDISC_EVENT_LOST = 5", "NETDISC_EVENT_LOST = 6")]),
    "a Windows function that is gone": (True, [(WINDOWS_MAP, "        WNetCancelConnectionW;\n", "")]),
    "a member at the end of a Windows struct": (True, [
        (f"{WINDOWS_HEADERS}/netcon.h", "} NETCON_PROPERTIES;", "    int appended;\n} NETCON_PROPERTIES;"),
    ]),
    "a new function": (False, [
        (HEADER, VERSION, f"{VERSION}\nNETDISC_API {ADDED};"),
        ("src/core/context.c", "const char *netdisc_version(void)\n",
         f"{ADDED}\n{{\n    return \"\";\n}}\n\nconst char *netdisc_version(void)\n"),
        (MAP, "        netdisc_version;\n", "        netdisc_version;\n        netdisc_added;\n"),
    ]),
    "members at the ends of what netdisc gives": (False, [
        (HEADER, f"}} netdisc_{name};", f"    int appended;\n}} netdisc_{name};")
        for name in ("backend", "connection", "error", "event", "holder", "question", "share", "wlan")
    ]),
    "a member within what only netdisc sees": (False, [
        ("src/core/core.h", "struct netdisc {\n", "struct netdisc {\n    int inserted;\n"),
    ]),
    "a function that is gone, with another name for the library": (False, [
        (MAP, "        netdisc_version;\n", ""),
        ("src/meson.build", "soversion = '0'", "soversion = '1'"),
    ]),
}


class Trials:
    """A repository with a tagged version, to which changes are made and undone."""

    def __init__(self, root, scratch, meson):
        self.tree, self.build, self.meson = scratch / "trials", scratch / "trials-build", meson
        self.suppressions = root / "tests" / "abi.suppr"
        copy_tracked(root, self.tree)
        git(self.tree, "init", "--quiet")
        git(self.tree, "add", "--all")
        git(self.tree, "-c", "user.name=tests", "-c", "user.email=tests", "commit", "--quiet", "--message=tests")
        for tag in ("v0.0.9", "v0.0.10", "unrelated"):
            git(self.tree, "tag", tag)
        self.old = tagged_version(self.tree, newest_tag(self.tree), scratch, meson)

    def check_same(self):
        if newest_tag(self.tree) != "v0.0.10":
            raise Failure(f"the newest tag is {newest_tag(self.tree)}")
        self.expect(False)

    def check_change(self, breaks, edits):
        before = {name: (self.tree / name).read_text() for name, _, _ in edits}
        after = dict(before)
        for name, old, new in edits:
            if after[name].count(old) != 1:
                raise Failure(f"{name} has not once: {old}")
            after[name] = after[name].replace(old, new)
        try:
            self.write(after)
            self.expect(breaks)
        finally:
            self.write(before)

    def write(self, texts):
        for name, text in texts.items():
            (self.tree / name).write_text(text)

    def expect(self, breaks):
        new = build_version(self.tree, self.build, self.meson)
        changes = compare(self.old, new, self.suppressions)
        if changes.breaks != breaks:
            raise Failure(f"{'not found' if breaks else 'taken for a break'}\n{changes.report}")


# ---- The tree itself ----------------------------------------------------------------------------

def tagged_version(root, tag, scratch, meson):
    tree = scratch / tag
    unpack_tag(root, tag, tree)
    return build_version(tree, scratch / f"{tag}-build", meson)


def check_tree(root, tag, scratch, meson):
    old = tagged_version(root, tag, scratch, meson)
    new = build_version(root, scratch / "tree-build", meson)
    changes = compare(old, new, root / "tests" / "abi.suppr")
    if changes.breaks:
        raise Failure(changes.report)


def main():
    root, meson = Path(sys.argv[1]), sys.argv[2:]
    tap = Tap()
    check = checker(tap)
    if not is_checkout(root):
        tap.skip("abi", "not a git checkout, or no git")
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="netdisc-abi-") as directory:
        scratch = Path(directory)
        trials = Trials(root, scratch, meson)
        check("no break where nothing changed", trials.check_same)
        for what, (breaks, edits) in TRIALS.items():
            check(f"{'a break' if breaks else 'no break'}: {what}", trials.check_change, breaks, edits)
        tag = newest_tag(root)
        if tag is None:
            tap.check(True, "no version has been tagged yet, so there is none to compare with")
        else:
            check(f"no break since {tag}", check_tree, root, tag, scratch, meson)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
