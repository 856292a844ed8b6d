#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sees that the page about porting has each function of libnetdisc-win32, and that an example uses each of Windows'.

usage: covered.py SOURCE_DIRECTORY
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from exports import in_version_script
from tap import Tap


def words(text):
    return set(re.findall(r"\w+", text))


def main():
    root = Path(sys.argv[1])
    tap = Tap()
    exported = in_version_script(root / "src/compat-win32/libnetdisc-win32.map", "NETDISC_WIN32_0.1")
    names = [name for name in exported if not name.startswith(("CLSID_", "IID_"))]
    page = words((root / "docs/porting-windows-code.md").read_text())
    examples = root / "examples/windows-code"
    text = words((examples / "text.c").read_text())
    others = set().union(*(words(path.read_text()) for path in examples.glob("*.c")))
    # The program with TEXT() is built for both.
    plain = {name: name[:-1] if name[-1] in "AW" and name.startswith("WNet") else name for name in names}

    missing = [name for name in names if not {name, plain[name]} & page]
    tap.check(names and not missing, "the page has each function", *missing)
    unused = [name for name in names if not name.startswith("netdisc_") and name not in others
              and plain[name] not in text]
    tap.check(not unused, "an example uses each of Windows' functions", *unused)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
