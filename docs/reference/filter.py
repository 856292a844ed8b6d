#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the comments of netdisc.h such as Doxygen reads, for the header itself is written for people.

usage: filter.py HEADER >OUT      (Doxygen's INPUT_FILTER)

  /* ---- Title ---- */        begins a group
  a comment before a line      is that of each declaration up to the next blank line
  a comment before a blank     is the group's; before any group it is the main page's
  a comment after a member     is that member's
  HEAD  words                  two spaces or more: a row of a list of definitions
  ERROR_X                      is linked to NETDISC_ERROR_X
"""
import re
import sys
from pathlib import Path

SECTION = re.compile(r"/\* -{4} (.*?) -+ \*/")
ROW = re.compile(r"(\S(?:.*?\S)??) {2,}(\S.*)")
SHORT_ROW = re.compile(r"([A-Z_]+ \d+) ([a-z].*)")
STATUS = re.compile(r"\b(?:NETDISC_)?((?:ERROR|RPC_S|WAIT)_[A-Z0-9_]+|NO_ERROR)\b")
MAP = re.compile(r'XX\((\d+), (\w+), "(.*?)"\)')
# With the enum that is made of it, which is shown in its place.
TABLE = re.compile(r"/\* clang-format off \*/.*?/\* clang-format on \*/\n\nenum \{.*?\};\n", re.DOTALL)
ONLY_FOR_COMPILERS = re.compile(r'^(#(?!define NETDISC_(VERSION|DISMISSED)).*|extern "C" \{|\})\n', re.MULTILINE)
DECLARATION = re.compile(r"^(NETDISC_API|typedef|enum|#define)\b")


def marked_up(text):
    escaped = re.sub(r"([\\@<>#%&$])", r"\\\1", text)
    escaped = re.sub(r"`([^`\n]*)`", r"<code>\1</code>", escaped)
    return STATUS.sub(r'@ref NETDISC_\1 "\1"', escaped)


def lines_of(comment):
    """Without the comment's own marks; each as (indentation, text)."""
    inner = re.sub(r"^/\*|\*/$", "", comment.strip())
    lines = [re.sub(r"^\s*\*(?!\S)", "", line) if number else line
             for number, line in enumerate(inner.split("\n"))]
    return [(len(line) - len(line.lstrip()), line.strip()) for line in lines]


def documentation(comment):
    """The comment as Doxygen's text: paragraphs, and lists of definitions."""
    out, row_indent = [], None
    for indent, text in lines_of(comment):
        row = ROW.fullmatch(text) or SHORT_ROW.fullmatch(text)
        inside = row_indent is not None and (indent > row_indent or row)
        if row_indent is not None and not inside:
            out.append("</dd></dl>\n")
            row_indent = None
        if row and (row_indent is None or indent <= row_indent):
            out.append("</dd>" if inside else "<dl>")
            out.append(f"<dt>{marked_up(row[1])}</dt><dd>{marked_up(row[2])}")
            row_indent = indent
        else:
            out.append(marked_up(text))
    if row_indent is not None:
        out.append("</dd></dl>")
    return "\n".join(out).strip()


def with_members(code):
    """Comments inside a struct or an enum: of the member on the same line, or else of the next one."""
    def replace(found):
        before = code[:found.start()].rsplit("\n", 1)[-1]
        mark = "/**<" if before.strip() else "/**"
        return f"{mark} {documentation(found[0])} */"

    return re.sub(r"/\*.*?\*/", replace, code, flags=re.DOTALL)


def statuses(text):
    rows = "".join(f"    NETDISC_{name} = {code}, /* {words} */\n"
                   for code, name, words in MAP.findall(text))
    return f"enum {{\n{rows}}};\n"


def length_of(lines):
    """Of what they begin with: a comment, or what goes on to the next comment or blank line."""
    if lines[0].startswith("/*"):
        return 1 + next(i for i, line in enumerate(lines) if line.endswith("*/"))
    ends = (i for i, line in enumerate(lines) if i > 0 and (line == "" or line.startswith("/*")))
    return next(ends, len(lines))


class Filter:
    """Takes the header line by line; `out` is what Doxygen gets."""

    def __init__(self):
        self.out = []
        self.group = None
        self.pending = None  # what is said of the declarations that follow

    def end_group(self):
        if self.group:
            self.out.append("/** @} */")

    def begin_group(self, title):
        self.end_group()
        self.group = re.sub(r"\W+", "_", title.lower())
        self.out.append(f"/** @defgroup {self.group} {title}\n@{{ */")

    def comment(self, text, next_line):
        section = SECTION.fullmatch(text)
        if section:
            self.begin_group(section[1])
        elif next_line:
            self.pending = documentation(text)
        elif self.group:
            self.end_group()
            self.out.append(f"/** @addtogroup {self.group}\n\n{documentation(text)}\n@{{ */")
        else:
            self.out.append(f"/** @mainpage\n{documentation(text)} */")

    def code(self, lines):
        for line in with_members("\n".join(lines)).split("\n"):
            if self.pending and DECLARATION.match(line):
                self.out.append(f"/** {self.pending} */")
            self.out.append(line)
        self.pending = None

    def run(self, lines):
        while lines:
            length = length_of(lines)
            if lines[0].startswith("/*"):
                self.comment("\n".join(lines[:length]), lines[length])
            else:
                self.code(lines[:length])
            lines = lines[length:]
        self.end_group()


def main():
    text = Path(sys.argv[1]).read_text()
    table = TABLE.search(text)[0]
    text = ONLY_FOR_COMPILERS.sub("", text.replace(table, statuses(table)))
    work = Filter()

    work.out.append("/** @file netdisc.h */")
    work.run(text.split("\n"))
    print("\n".join(work.out))


if __name__ == "__main__":
    main()
