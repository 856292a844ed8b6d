#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the manual pages: how they are written, and that they say what the header and the command say.

usage: manual.py HEADER MANUAL_DIRECTORY [COMMAND FAKE_MODULE_DIRECTORY]
"""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from exports import without_comments
from tap import Tap


def compare(tap, name, said, there):
    tap.check(there and said == there, name, *(f"missing: {one}" for one in sorted(there - said)),
              *(f"too much: {one}" for one in sorted(said - there)))


def check_writing(tap, pages):
    if not shutil.which("mandoc"):
        tap.skip("mandoc", "mandoc is not installed")
        return
    for page in pages:
        run = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
        tap.check(run.returncode == 0, f"{page.name}: mandoc warns of nothing", run.stdout, run.stderr)


def check_references(tap, texts, pages):
    ours = {f"{page.stem} {page.suffix[1:]}" for page in pages}
    named = set(re.findall(r"^\.Xr ((?:lib)?netdisc\w* \d)", "".join(texts), re.MULTILINE))
    tap.check(named and named <= ours, "pages that are referred to are there", *sorted(named - ours))


# ---- The header ----------------------------------------------------------------------------------


def plain(declaration):
    return re.sub(r"\s*\*\s*", " *", " ".join(declaration.split())).replace("* *", "**").strip()


def prototypes_of_header(text):
    found = re.findall(r"^NETDISC_API\s+([^;(]*?\w+)\s*\(([^;]*)\);", text, re.MULTILINE)
    return {f"{plain(head)}({', '.join(map(plain, tail.split(',')))})" for head, tail in found}


def prototypes_of_manual(texts):
    found = re.findall(r"^\.Ft (.*)\n\.Fo (.*)\n((?:\.Fa .*\n)+)\.Fc$", "".join(texts), re.MULTILINE)
    return {"{}({})".format(plain(f"{kind} {name}".replace('"', "")),
                            ", ".join(plain(one[4:].replace('"', "")) for one in arguments.splitlines()))
            for kind, name, arguments in found}


def fields_of_header(text):
    bodies = re.findall(r"^typedef struct \w+ \{(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    return {plain(field) for body in bodies for field in body.split(";") if field.strip()}


def fields_of_manual(texts):
    found = re.findall(r'^\.It Vt ("[^"]*"|\w+) Fa (\w+)$', "".join(texts), re.MULTILINE)
    return {plain(kind.strip('"') + " " + name) for kind, name in found}


def constants_of_header(text):
    bodies = re.findall(r"^(?:typedef )?enum(?: \w+)? \{(.*?)\}", text, re.MULTILINE | re.DOTALL)
    return {name for body in bodies for name in re.findall(r"(NETDISC_\w+) =", body)}


def check_header(tap, header, texts):
    text = without_comments(header.read_text())
    words = set(re.findall(r"\bNETDISC_\w+", "".join(texts)))
    compare(tap, "the synopses are those of the header", prototypes_of_manual(texts),
            prototypes_of_header(text))
    compare(tap, "the fields are those of the header", fields_of_manual(texts), fields_of_header(text))
    constants = constants_of_header(text)
    tap.check(constants and constants <= words, "every constant of the header is named",
              *sorted(constants - words))
    statuses = {f"NETDISC_{name}" for name in re.findall(r"XX\(\d+, (\w+),", text)}
    named = {word for word in words if re.match(r"NETDISC_(ERROR|RPC_S|WAIT)_", word)}
    tap.check(named and named <= statuses, "every error that is named is in the header",
              *sorted(named - statuses))


# ---- The command ---------------------------------------------------------------------------------


def printed(command, *arguments):
    return subprocess.run([command, *arguments], check=True, capture_output=True, text=True).stdout


def options_in(help_text):
    return set(re.findall(r"^  --([\w-]+)", help_text, re.MULTILINE))


def verbs_of_command(command):
    """Each verb with its options, and None with those of every verb."""
    program = printed(command, "--help")
    verbs = re.findall(r"^  netdisc ([a-z]+(?: [a-z]+)?)(?= )", program, re.MULTILINE)
    options = {verb: options_in(printed(command, *verb.split(), "--help")) for verb in verbs}
    return options | {None: options_in(program)}


def verbs_of_manual(text):
    """Each verb of the synopsis with the options that are its own."""
    synopsis = text.split(".Sh SYNOPSIS\n")[1].split(".Sh ")[0]
    verbs = {}
    for usage in synopsis.split(".Nm\n"):
        verb = re.match(r"\.Cm ([a-z ]+)$", usage, re.MULTILINE)
        if verb:
            verbs.setdefault(verb[1], set()).update(re.findall(r"\bFl -([\w-]+)", usage))
    return verbs


def usages(verbs, common):
    return {" ".join([verb, *sorted(f"--{option}" for option in options - common)])
            for verb, options in verbs.items() if verb}


def check_command(tap, command, text):
    verbs = verbs_of_command(command)
    explained = set(re.findall(r"^\.It Fl -([\w-]+)", text, re.MULTILINE))
    compare(tap, "the synopsis is that of the command", usages(verbs_of_manual(text), set()),
            usages(verbs, verbs[None]))
    compare(tap, "each option of the command is explained", explained, {"version"}.union(*verbs.values()))


# What makes each sort of item, on the fake provider.
SORTS = {
    "share": ["share", "list"],
    "wlan": ["wlan", "list"],
    "connection": ["connection", "list"],
    "holder": ["share", "holders", "Z:"],
    "backend": ["backends"],
    "error list": ["error", "list"],
}


def printed_json(command, modules, words):
    on_fake = [] if words[0] == "error" else ["--providers", "fake", "--modules", modules]
    return json.loads(printed(command, *words, "--json", *on_fake))


def check_json(tap, command, modules, text):
    of_object, of_items = text.split(".Ss JSON\n")[1].split("The keys of the items are:\n")
    heads = re.findall(r"^\.It (.*)$", of_object, re.MULTILINE)
    keys = set(" , ".join(heads).split(" , "))
    for sort, words in SORTS.items():
        result = printed_json(command, modules, words)
        said = re.search(rf"^\.It {sort}\n(.*)$", of_items, re.MULTILINE)[1]
        compare(tap, f"the object with the items {sort}", keys, set(result))
        compare(tap, f"the items {sort}", set(said.split(", ")), set(result["items"][0]))


def main():
    header, directory, *command = sys.argv[1:]
    pages = sorted(path for path in Path(directory).iterdir() if path.suffix in (".1", ".3"))
    texts = [page.read_text() for page in pages if page.suffix == ".3"]
    tap = Tap()
    check_writing(tap, pages)
    check_references(tap, [page.read_text() for page in pages], pages)
    check_header(tap, Path(header), texts)
    if command:
        text = (Path(directory) / "netdisc.1").read_text()
        check_command(tap, command[0], text)
        check_json(tap, *command, text)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
