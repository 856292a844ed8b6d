#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the HTML reference, and checks that Doxygen has nothing to say and that no function lacks words.

usage: reference.py SOURCE_DIRECTORY
"""
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from exports import in_header
from tap import Tap

SECONDS = 120


def make(source, output):
    environment = dict(os.environ, SOURCE=str(source), OUTPUT=str(output), VERSION="test")
    return subprocess.run(["doxygen", source / "docs" / "reference" / "Doxyfile"], env=environment,
                          text=True, timeout=SECONDS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def words_of(member):
    return "".join("".join(part.itertext()) for part in member
                   if part.tag in ("briefdescription", "detaileddescription")).strip()


def functions(output):
    """The name of each function in the reference, and what is said of it."""
    found = {}
    for path in (output / "xml").glob("*.xml"):
        for member in ElementTree.parse(path).iter("memberdef"):
            if member.get("kind") == "function":
                found[member.findtext("name")] = words_of(member)
    return found


def main():
    source = Path(sys.argv[1])
    tap = Tap()
    if not shutil.which("doxygen"):
        tap.skip("reference", "doxygen is not installed")
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="netdisc-reference-") as directory:
        output = Path(directory)
        run = make(source, output)
        tap.check(run.returncode == 0 and not run.stdout, "Doxygen warns of nothing", run.stdout)
        declared = set(in_header(source / "include" / "netdisc.h"))
        found = functions(output)
        tap.check(declared and set(found) == declared, "the reference has the functions of the header",
                  f"missing: {sorted(declared - set(found))}", f"more: {sorted(set(found) - declared)}")
        silent = sorted(name for name, words in found.items() if not words)
        tap.check(not silent, "it says something of each", *silent)
        tap.check((output / "html" / "index.html").is_file(), "it has a first page")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
