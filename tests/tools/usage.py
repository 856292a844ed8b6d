#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the command takes: verbs, options, arguments, times; and codes explained."""
import json
import sys

from command import SHARE, USUAL, expect, expect_done, expect_failure, line, main, step

# verb -> (the least arguments, the most, options of its own, arguments that do)
VERBS = {
    "share list": (0, 0, "", ()),
    "share add": (1, 2, "remember save-password user domain password-stdin guest kerberos", ("X:", "//server/new")),
    "share cancel": (1, 1, "force forget all if-connected no-wait", ("Z:",)),
    "share disconnect": (1, 1, "forget if-connected", ("Z:",)),
    "share holders": (1, 1, "", ("Z:",)),
    "share path": (1, 1, "", ("Z:",)),
    "share restore": (0, 1, "", ()),
    "wlan list": (0, 0, "", ()),
    "wlan connect": (1, 2, "profile password-stdin no-wait", ("wlan0", "cafe")),
    "wlan disconnect": (0, 1, "if-connected no-wait allow-reconnect", ("wlan0",)),
    "connection list": (0, 0, "", ()),
    "connection connect": (1, 1, "no-wait", ("Home",)),
    "connection disconnect": (1, 1, "if-connected no-wait external", ("Office VPN",)),
    "watch": (0, 3, "", ("share",)),
    "error": (1, 1, "", ("5",)),
    "backends": (0, 0, "", ()),
}
VALUES = {"user": "ada", "domain": "LAB", "timeout": "1s", "providers": "fake"}
# Those of a verb's own, and of the verbs that ask the library; --modules is given to each of these.
OWN = ("force forget remember save-password all if-connected no-wait external allow-reconnect profile "
       "user domain password-stdin guest kerberos").split()
COMMON = "json timeout providers verbose".split()


def as_words(name):
    return [f"--{name}", VALUES[name]] if name in VALUES else [f"--{name}"]


def run_verb(command, verb, *words, **options):
    """Those that ask nobody take no --modules; a watch would go on."""
    run = command.bare if verb == "error" else command.run
    end = ["--timeout", "100ms"] if verb == "watch" and "--timeout" not in words else []
    return run(*verb.split(), *end, *words, **options)


def is_usage(result):
    expect(result.status == 2 and result.out == "" and result.err.startswith("netdisc: "), result)
    return result


def test_verbs(command):
    """every verb runs with its arguments"""
    for verb, (_, _, _, arguments) in VERBS.items():
        expect(run_verb(command, verb, *arguments).status == 0, verb, run_verb(command, verb, *arguments))


def test_argument_counts(command):
    """too few arguments, and too many, are usage errors"""
    for verb, (least, most, _, _) in VERBS.items():
        if least:
            is_usage(run_verb(command, verb, *["x"] * (least - 1)))
        for count in (most + 1, most + 7):
            is_usage(run_verb(command, verb, *["share"] * count))


def test_own_options(command):
    """an option is taken by its verbs, and by no other"""
    for verb, (_, _, own, arguments) in VERBS.items():
        for option in OWN:
            result = run_verb(command, verb, *as_words(option), *arguments, stdin=b"secret\n")
            if option in own.split():
                expect(result.status == 0, verb, option, result)
            else:
                expect(option in is_usage(result).err, verb, option, result)


def test_common_options(command):
    """the options of every verb"""
    for verb, (_, _, _, arguments) in VERBS.items():
        for option in COMMON:
            result = run_verb(command, verb, *as_words(option), *arguments)
            if verb == "error" and option != "json":
                is_usage(result)
            else:
                expect(result.status == 0, verb, option, result)


def test_positions(command):
    """options stand anywhere, as two words or with ="""
    for words in (
        ("--timeout", "5s", "share", "list"),
        ("share", "--timeout=5s", "list"),
        ("share", "list", "--timeout", "5s"),
    ):
        expect_done(command.run(*words))


def test_no_abbreviations(command):
    """neither verbs nor options are abbreviated, nor written otherwise"""
    for words in (
        ("share", "li"), ("sh", "list"), ("Share", "list"), ("share", "LIST"), ("conn", "list"), ("shares", "list"),
        ("share", "cancel", "--forc", "Z:"), ("share", "cancel", "--Force", "Z:"), ("share", "list", "--jso"),
        ("share", "cancel", "-f", "Z:"), ("share", "cancel", "-force", "Z:"), ("share", "list", "--js=on"),
        ("share", "cancel", "--force=yes", "Z:"), ("share", "list", "--"[:1] + "j"), ("share", "cancel", "--=", "Z:"),
    ):
        is_usage(command.run(*words))


def test_missing_words(command):
    """no verb, half a verb, an empty word, a value that is missing"""
    nothing = command.bare()
    expect(nothing.status == 2 and nothing.out == "" and nothing.err.startswith("usage: netdisc "), nothing)
    for words in (("",), ("share",), ("wlan",), ("connection",), ("share", ""), ("share", "list", "--timeout"),
                  ("share", "add", "//server/x", "--user"), ("nonsense",), ("watch", "shares"), ("watch", "")):
        is_usage(command.bare(*words))


def test_end_of_options(command):
    """-- ends the options"""
    command.tell(SHARE, line("connection", uuid="2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", name="--force",
                             state="connected"))
    expect_done(command.run("connection", "disconnect", "--", "--force"), r'.*--force.*\n')
    is_usage(command.run("connection", "disconnect", "--force"))
    expect_done(command.run("--", "share", "list"))
    is_usage(command.run("--", "share", "list", "--json"))
    expect_failure(command.run("connection", "disconnect", "--", "--"), "ERROR_NOT_FOUND", 1168)


def remaining(command, *words):
    """What the provider was told of its time, in ms."""
    journal = command.keep_journal(*USUAL)
    expect_done(command.run("share", "list", *words))
    asked = dict(word.split("=") for word in journal.wait_for("share.list").split() if "=" in word)
    return int(asked["ms"])


def test_timeouts(command):
    """a timeout in every form"""
    for given, expected in (("5s", 5000), ("500ms", 500), ("2m", 120000), ("1h", 3600000), ("7", 7000),
                            ("1.5s", 1500), ("0.5h", 1800000)):
        left = remaining(command, "--timeout", given)
        expect(expected - 400 < left <= expected, given, left)
    expect(remaining(command, "--timeout", "none") == -1, "none")
    expect(29000 < remaining(command) <= 30000, "the usual")


def test_malformed_timeouts(command):
    """a malformed timeout is a usage error"""
    for given in ("", "s", "-1", "-5s", "5x", "5 s", " 5s", "5s ", "0", "0ms", "0.1ms", "NONE", "inf", "nan", "1e3",
                  "0x10", "1,5s", ".", ".5s", "99999999999999999999h", "3000000s", "5sms", "5S", "9" * 400 + "x"):
        is_usage(command.run("share", "list", f"--timeout={given}"))


def test_deadline(command):
    """at the timeout the verb fails, whatever the provider does"""
    command.tell(*USUAL, step("share.cancel", "never"))
    expect_failure(command.run("share", "cancel", "Y:", "--forget", "--timeout", "200ms"), "ERROR_TIMEOUT", 1460)


def test_flags(command):
    """an option reaches the provider as the flag that it stands for"""
    for slot, words, flags in (
        ("share.cancel", "share cancel Z: --force", 0x2),
        ("share.cancel", "share cancel Z: --forget --no-wait", 0x9),
        ("share.cancel", r"share cancel //server/music --all --if-connected", 0x14),
        ("share.add", "share add X: //server/new --remember", 0x1),
        ("share.add", "share add X: //server/new --save-password --user ada --password-stdin", 0x100),
        ("wlan.disconnect", "wlan disconnect wlan0 --allow-reconnect", 0x20),
        ("wlan.connect", "wlan connect wlan0 cafe --no-wait", 0x8),
        ("connection.disconnect", "connection disconnect 2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d --external", 0x80),
        ("connection.connect", "connection connect Home --no-wait", 0x8),
    ):
        journal = command.keep_journal(*USUAL)
        result = command.run(*words.split(), stdin=b"secret\n")
        expect(result.status == 0, words, result)
        asked = journal.wait_for(slot)
        expect(f" flags=0x{flags:x} " in asked, words, asked)


def test_arguments(command):
    """arguments reach the provider as they are meant"""
    for slot, words, expected in (
        ("share.add", ("share", "add", "//server/new share"), r" remote=\\server\new share auth=0"),
        ("share.add", ("share", "add", "X:", "smb://server:4450/x", "--user", "ada", "--domain", "LAB"),
         r" target=X: local=X: remote=smb://server:4450/x user=ada domain=LAB auth=0"),
        ("share.add", ("share", "add", "//server/new", "--guest"), " auth=3"),
        ("share.add", ("share", "add", "//server/new", "--kerberos"), " auth=2"),
        ("share.find", ("share", "path", "z:"), " target=Z:"),
        ("share.find", ("share", "disconnect", "//SERVER/projects"), r" target=\\server\projects"),
        ("wlan.connect", ("wlan", "connect", "Café"), " ssid=Café"),
        ("wlan.connect", ("wlan", "connect", "wlan0", "Home net", "--profile"), " target=wlan0 profile=Home net"),
        ("connection.connect", ("connection", "connect", "Home"), " target=Home"),
        ("connection.connect", ("connection", "connect", "{7C9E6679-7425-40DE-944B-E07FC1F90AE7}"),
         " target=7c9e6679-7425-40de-944b-e07fc1f90ae7"),
    ):
        journal = command.keep_journal(*USUAL)
        result = command.run(*words)
        expect(expected in journal.wait_for(slot), words, expected, journal.text, result)


def test_contradictions(command):
    """a guest has no name and no ticket"""
    for more in (("--kerberos",), ("--user", "ada"), ("--password-stdin",)):
        is_usage(command.run("share", "add", "//server/x", "--guest", *more, stdin=b"x\n"))


def test_malformed_names(command):
    """what is not a name fails with the library's code"""
    expect_failure(command.run("share", "cancel", "Z"), "ERROR_BAD_DEVICE", 1200)
    expect_failure(command.run("share", "cancel", ""), "ERROR_BAD_DEVICE", 1200)
    expect_failure(command.run("share", "cancel", "//server/"), "ERROR_BAD_NET_NAME", 67)
    expect_failure(command.run("share", "add", "Z:", "Y:"), "ERROR_BAD_NET_NAME", 67)
    expect_failure(command.run("connection", "connect", "\x1b[2J"), "ERROR_INVALID_PARAMETER", 87)
    expect_failure(command.run("wlan", "connect", "x" * 33), "ERROR_INVALID_PARAMETER", 87)
    expect_failure(command.run("share", "list", "--providers", "No Such"), "ERROR_BAD_PROVIDER", 1204)
    expect_failure(command.bare("--modules", "relative", "share", "list"), "ERROR_INVALID_PARAMETER", 87)


def test_wrong_utf8(command):
    """arguments that are not UTF-8 are refused, and nothing of them is printed as it is"""
    expect_failure(command.run("connection", "connect", b"caf\xe9"), "ERROR_INVALID_PARAMETER", 87)
    is_usage(command.run(b"caf\xe9"))
    is_usage(command.run("share", "list", b"--caf\xe9\x1b[2J"))
    for words in ((b"\x1b[31mred",), ("share", b"\x1b[31mred"), ("share", "list", b"--\x1b[31m")):
        expect("\x1b" not in is_usage(command.run(*words)).err, words)


def test_providers(command):
    """--providers comes before the environment, which comes before all"""
    expect_failure(command.run("share", "list", "--providers", "nowhere"), "ERROR_NOT_SUPPORTED", 50)
    expect_failure(command.run("share", "list", NETDISC_PROVIDERS="nowhere"), "ERROR_NOT_SUPPORTED", 50)
    expect_done(command.run("share", "list", "--providers", "fake", NETDISC_PROVIDERS="nowhere"))
    expect_failure(command.bare("share", "list", "--modules", "/nonexistent"), "ERROR_NOT_SUPPORTED", 50)


def test_help(command):
    """--help and --version"""
    expect_done(command.bare("--version"), r"(netdisc )?\d+\.\d+\.\d+\n")
    usage = expect_done(command.bare("--help")).out
    for verb, (_, _, own, _) in VERBS.items():
        expect(f"netdisc {verb}" in usage, verb, usage)
        for words in ((*verb.split(), "--help"), ("--help", *verb.split())):
            text = expect_done(command.bare(*words)).out
            listed = {word[2:] for word in text.split() if word.startswith("--")}
            common = set() if verb == "error" else {"timeout", "providers", "modules", "verbose"}
            expect(listed == {*own.split(), *common, "json", "help"}, verb, listed)
    for group in {verb.split()[0] for verb in VERBS}:
        expect_done(command.bare(group, "--help"))
    expect(max(map(len, usage.splitlines())) <= 120, "lines that fit")


def test_codes(command):
    """a code explained by number, HRESULT or name"""
    first = None
    for words in (("2401",), ("0x961",), ("ERROR_OPEN_FILES",), ("0x80070961",), ("-2147022495",),
                  ("2147944801",)):
        text = expect_done(command.bare("error", *words)).out
        expect("ERROR_OPEN_FILES" in text and "2401" in text and "files are open on it" in text, words, text)
        first = first or text
    expect("NO_ERROR" in expect_done(command.bare("error", "0")).out, "0")
    for words in ("-1", "4294967295", "0xffffffff", "NETDISC_DISMISSED"):
        expect("NETDISC_DISMISSED" in expect_done(command.bare("error", words)).out, words)
    expect("ERROR_GEN_FAILURE" in expect_done(command.bare("error", "0x80004005")).out, "E_FAIL")


def test_unknown_codes(command):
    """a code that is not in the table is passed on; a name that is not is a failure"""
    for words in ("424242", "0xdead"):
        expect("UNLISTED_STATUS" in expect_done(command.bare("error", words)).out, words)
    for words in ("ERROR_NO_SUCH_THING", "", "0x", "12x", "99999999999999999999", "-", "1.5",
                  "ERROR_OPEN", " 5", "5 ", "list "):
        result = command.bare("error", words)
        expect(result.status == 1 and result.out == "" and result.err.startswith("netdisc: "), words, result)
        told = json.loads(command.bare("error", words, "--json").out)
        expect(told["name"] == "ERROR_NOT_FOUND" and not told["items"], words, told)


def test_code_list(command):
    """error list names every code of the header"""
    text = expect_done(command.bare("error", "list")).out
    expect(len(text.splitlines()) >= 100, text)
    for name in ("NO_ERROR", "ERROR_OPEN_FILES", "ERROR_INVALID_STATE", "ERROR_NOT_CONNECTED"):
        expect(text.count(f" {name} ") + text.count(f"\n{name} ") == 1, name, text)


if __name__ == "__main__":
    sys.exit(main([value for name, value in list(globals().items()) if name.startswith("test_")]))
