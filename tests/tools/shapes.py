#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What --json prints: for every verb the same keys, and each of its type."""
import json
import re
import sys

from command import HELD, USUAL, Surprise, expect, line, main, step

NOTHING = type(None)
TEXT = (str, NOTHING)
NUMBER = (int, NOTHING)
TRISTATE = (bool, NOTHING)

# A dictionary has just these keys; a tuple is one of; a list holds any number of.
HOLDER = {"provider": str, "pid": NUMBER, "program": TEXT, "what": str, "path": TEXT}
SHARE_SHAPE = {"provider": str, "local": TEXT, "remote": str, "path": TEXT, "user": TEXT, "state": str,
               "remembered": TRISTATE, "port": int}
WLAN_SHAPE = {"provider": str, "uuid": str, "name": str, "ssid": TEXT, "ssid_hex": TEXT, "bssid": TEXT,
              "profile": TEXT, "driver": TEXT, "state": str, "signal": NUMBER}
CONNECTION_SHAPE = {"provider": str, "uuid": str, "name": str, "type": str, "device": TEXT, "state": str,
                    "autoconnect": TRISTATE, "external": TRISTATE, "vpn": TRISTATE}
BACKEND = {"provider": str, "module": TEXT, "kinds": [str], "usable": bool, "status": int, "name": str,
           "reason": TEXT, "hint": TEXT}
CODE = {"status": int, "name": str, "text": str, "advice": TEXT}
ERROR = {"status": int, "name": str, "message": TEXT, "provider": TEXT, "native_domain": TEXT,
         "native_code": NUMBER, "native_name": TEXT}
EVENT = {"time": str, "event": str, "kind": [str], "provider": TEXT, "old_state": TEXT, "state": TEXT, "status": int,
         "name": str, "reason": TEXT, "item": (SHARE_SHAPE, WLAN_SHAPE, CONNECTION_SHAPE, NOTHING)}

ITEMS = {"share": SHARE_SHAPE, "wlan": WLAN_SHAPE, "connection": CONNECTION_SHAPE}


def envelope(item):
    return {**ERROR, "note": TEXT, "holders": [HOLDER], "items": [item], "partial": bool, "failures": [ERROR]}


def misfits(value, shape, where="$"):
    """Where a value is not of its shape."""
    if isinstance(shape, tuple):
        if any(not misfits(value, one) for one in shape):
            return []
        return [f"{where} is {value!r}"]
    if isinstance(shape, list):
        if type(value) is not list:
            return [f"{where} is {value!r}"]
        return [found for i, one in enumerate(value) for found in misfits(one, shape[0], f"{where}[{i}]")]
    if isinstance(shape, dict):
        if type(value) is not dict or value.keys() != shape.keys():
            return [f"{where} has {sorted(value) if type(value) is dict else value!r}, not {sorted(shape)}"]
        return [found for key in shape for found in misfits(value[key], shape[key], f"{where}.{key}")]
    return [] if type(value) is shape else [f"{where} is {value!r}"]


def parse(text, shape):
    """One object on one line, of that shape; a key comes once."""
    def no_key_twice(pairs):
        if len(dict(pairs)) != len(pairs):
            raise Surprise(f"a key comes twice: {pairs}")
        return dict(pairs)

    expect(text.endswith("\n") and text.count("\n") == 1, "not one line", text)
    value = json.loads(text, object_pairs_hook=no_key_twice,
                       parse_constant=lambda name: expect(False, f"{name} is no JSON"))
    found = misfits(value, shape)
    expect(not found, *found, text)
    return value


def shape_of(verb):
    if verb == "error":
        return envelope(CODE)
    if verb == "backends":
        return envelope(BACKEND)
    return envelope(HOLDER if verb == "share holders" else ITEMS[verb.split()[0]])


def ask(command, verb, *words, status=0):
    run = command.bare if verb == "error" else command.run
    result = run(*verb.split(), "--json", *words)
    expect(result.status == status and result.err == "", verb, result)
    return parse(result.out, shape_of(verb))


EMPTY = {"status": 0, "name": "NO_ERROR", "message": None, "provider": None, "native_domain": None,
         "native_code": None, "native_name": None, "note": None, "holders": [], "partial": False, "failures": []}


def expect_success(answer, *items):
    """Nothing but the items, of which these members count."""
    expect({key: answer[key] for key in EMPTY} == EMPTY, answer)
    expect(len(answer["items"]) == len(items), answer)
    for found, wanted in zip(answer["items"], items):
        expect(wanted.items() <= found.items(), wanted, found)


def test_lists(command):
    """lists, with every member"""
    command.tell(*USUAL, line("wlan", uuid="1d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", name="wlan1", state="disconnected",
                              signal=-1),
                 line("share", local="W:", remote=r"\\server\w", state="lost", port=4450, remembered="unknown",
                      path="/home/ada/W"))
    shares = ask(command, "share list")
    expect(shares["items"][0] == {
        "provider": "fake", "local": "Z:", "remote": r"\\server\projects", "path": "Z:", "user": "ada",
        "state": "connected", "remembered": True, "port": 0}, shares["items"][0])
    expect_success(shares, {"local": "Z:"}, {"local": "Y:", "state": "remembered", "user": None},
                   {"local": None, "path": None, "remembered": False},
                   {"port": 4450, "remembered": None, "state": "lost", "path": "/home/ada/W"})
    wlans = ask(command, "wlan list")
    expect_success(wlans, {"signal": 70, "ssid": "cafe", "ssid_hex": "63616665", "profile": "Cafe at home",
                           "driver": "iwlwifi", "bssid": "aa:bb:cc:dd:ee:ff"},
                   {"signal": None, "ssid": None, "ssid_hex": None, "name": "wlan1"})
    expect_success(ask(command, "connection list"),
                   {"name": "Office VPN", "autoconnect": True, "external": False, "vpn": True, "device": "tun0"},
                   {"name": "Home", "autoconnect": False, "external": None, "device": None})


def test_empty_lists(command):
    """empty lists are success"""
    command.tell("")
    for verb in ("share list", "wlan list", "connection list", "share restore"):
        expect_success(ask(command, verb))


def test_changes(command):
    """what a verb made or ended is an item"""
    expect_success(ask(command, "share cancel", "Z:"), {"local": "Z:", "remote": r"\\server\projects"})
    expect_success(ask(command, "share disconnect", "Z:"), {"local": "Z:"})
    expect_success(ask(command, "share add", "X:", "//server/new"), {"local": "X:", "state": "connected"})
    expect_success(ask(command, "share path", "Z:"), {"path": "Z:"})
    expect_success(ask(command, "share restore"), {"local": "Y:", "state": "connected"})
    expect_success(ask(command, "share restore", "y:"), {"local": "Y:"})
    expect_success(ask(command, "share restore", "Z:"))
    expect_success(ask(command, "wlan disconnect"), {"name": "wlan0"})
    expect_success(ask(command, "wlan connect", "Home net"), {"name": "wlan0", "ssid": "Home net"})
    expect_success(ask(command, "connection disconnect", "Office VPN"), {"name": "Office VPN"})
    expect_success(ask(command, "connection connect", "Home"), {"name": "Home", "state": "connected"})
    expect_success(ask(command, "share holders", "Z:"))
    expect_success(ask(command, "share cancel", "Q:", "--if-connected"))


def test_backends(command):
    """backends, usable and not"""
    answer = ask(command, "backends", "--providers", "fake,nowhere")
    expect_success(answer, {"provider": "fake", "usable": True, "status": 0, "name": "NO_ERROR", "reason": None,
                            "kinds": ["share", "wlan", "connection"]},
                   {"provider": "nowhere", "usable": False, "status": 50, "name": "ERROR_NOT_SUPPORTED"})
    expect("nowhere" in answer["items"][1]["reason"], answer)


def test_refusal(command):
    """a refusal names the holders"""
    command.tell(*HELD)
    holder = {"provider": "fake", "pid": 4711, "program": "vim", "what": "file", "path": "/home/ada/Z/report 1.txt"}
    for verb in ("share cancel", "share disconnect"):
        answer = ask(command, verb, "Z:", status=1)
        expect(answer["status"] == 2401 and answer["name"] == "ERROR_OPEN_FILES", answer)
        expect(answer["holders"] == [holder] and answer["items"] == [], answer)
    expect_success(ask(command, "share holders", "Z:"), holder)
    expect_success(ask(command, "share cancel", "Z:", "--force"), {"local": "Z:"})


def test_failure(command):
    """a failure, with the native code"""
    command.tell(*USUAL, step("share.cancel", "fail", status="ERROR_BUSY", message="the server said no",
                              domain="errno", code=16, native="EBUSY"))
    answer = ask(command, "share cancel", "Z:", status=1)
    expect({**EMPTY, "status": 170, "name": "ERROR_BUSY", "message": "the server said no", "provider": "fake",
            "native_domain": "errno", "native_code": 16, "native_name": "EBUSY", "items": []} == answer, answer)
    command.tell(*USUAL, step("share.cancel", "fail", domain="ntstatus", code=-(1 << 63), status="ERROR_GEN_FAILURE"))
    expect(ask(command, "share cancel", "Z:", status=1)["native_code"] == -(1 << 63), "the least number")
    for words, status, name in ((("share cancel", "Z"), 1200, "ERROR_BAD_DEVICE"),
                                (("share cancel", "Q:"), 2250, "ERROR_NOT_CONNECTED"),
                                (("share restore", "Q:"), 1168, "ERROR_NOT_FOUND"),
                                (("share list", "--providers", "A B"), 1204, "ERROR_BAD_PROVIDER"),
                                (("share restore", "--providers", "A B"), 1204, "ERROR_BAD_PROVIDER"),
                                (("wlan list", "--providers", "nowhere"), 50, "ERROR_NOT_SUPPORTED")):
        answer = ask(command, *words, status=1)
        expect(answer["status"] == status and answer["name"] == name and answer["message"], answer)


def test_open_failure(command):
    """a provider that cannot be opened"""
    command.tell(*USUAL, line("open", status="ERROR_ACCESS_DENIED"))
    expect(ask(command, "share list", status=1)["status"] == 5, "denied")


def test_note(command):
    """the note of a success"""
    command.tell(*USUAL, step("share.cancel", note="detached; programs that hold files keep them"))
    answer = ask(command, "share cancel", "Z:")
    expect(answer["note"] == "detached; programs that hold files keep them" and len(answer["items"]) == 1, answer)


def test_partial(command):
    """a partial list has what is there, and says what is missing"""
    command.tell(*USUAL, *(step(f"{kind}.list", lacks=f"of {kind} only half is known")
                           for kind in ("share", "wlan", "connection")))
    for kind in ("share", "wlan", "connection"):
        answer = ask(command, f"{kind} list")
        expect(answer["partial"] is True and answer["status"] == 0 and answer["items"], answer)
        failure, = answer["failures"]
        expect(failure["status"] == 5 and failure["provider"] == "fake" and
               failure["message"] == f"of {kind} only half is known", failure)
    # More may be remembered.
    answer = ask(command, "share restore", status=1)
    expect(answer["partial"] is True and len(answer["failures"]) == 1 and answer["status"] == 5, answer)


def test_restore_goes_on(command):
    """what cannot be restored does not keep the rest from it"""
    command.tell(line("share", local="X:", remote=r"\\server\x", state="remembered"),
                 line("share", local="Y:", remote=r"\\server\y", state="remembered"),
                 step("share.add", "fail", status="ERROR_BAD_NETPATH", message="no server", times=1))
    answer = ask(command, "share restore", status=1)
    expect(answer["status"] == 53 and len(answer["items"]) == 1 and len(answer["failures"]) == 1, answer)


# What JSON must escape, what a terminal must not see, and what is not Latin.
ODD = 'a"b\\c/d\be\tf\ng\rh\x01i\x1b[31mj\x7fk\u0085l\u202em é 漢字 \U0001f600 \u2028'


def test_escapes(command):
    """quotes, controls and other alphabets come out as they are"""
    command.tell(line("share", local="Z:", remote=r"\\server\projects", state="connected", user=ODD, path=ODD),
                 line("hold", remote=r"\\server\projects", pid=1, program=ODD, path=ODD),
                 line("wlan", uuid="0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", name=ODD, text=ODD, ssid=b"\x00\xff\"\\",
                      state="connected"),
                 line("connection", uuid="2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", name=ODD, state="connected"),
                 step("share.cancel", "fail", status="ERROR_BUSY", message=ODD, domain="errno", native=ODD))
    share, = ask(command, "share list")["items"]
    expect(share["user"] == ODD and share["path"] == ODD, share)
    holder, = ask(command, "share holders", "Z:")["items"]
    expect(holder["program"] == ODD and holder["path"] == ODD, holder)
    wlan, = ask(command, "wlan list")["items"]
    expect(wlan["name"] == ODD and wlan["ssid"] == ODD and wlan["ssid_hex"] == "00ff225c", wlan)
    expect(ask(command, "connection list")["items"][0]["name"] == ODD, "a connection")
    answer = ask(command, "share cancel", "Z:", status=1)
    expect(answer["message"] == ODD and answer["native_name"] == ODD, answer)
    raw = command.run("share", "list", "--json").out
    expect(not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", raw), raw)


def test_wrong_utf8(command):
    """what is not UTF-8 becomes U+FFFD"""
    for data in (b"caf\xe9", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"x\xe6\xbc", b"\xf8\x88\x80\x80\x80"):
        command.tell(line("wlan", uuid="0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", name="wlan0", text=data, ssid=data,
                          state="connected"))
        wlan, = ask(command, "wlan list")["items"]
        expect("\ufffd" in wlan["ssid"] and wlan["ssid_hex"] == data.hex(), wlan)
        expect("\ufffd" in command.run("wlan", "list").out, data)


def test_codes(command):
    """codes"""
    answer = ask(command, "error", "2401")
    expect_success(answer, {"status": 2401, "name": "ERROR_OPEN_FILES", "text": "files are open on it"})
    expect(answer["items"][0]["advice"], answer)
    listed = ask(command, "error", "list")["items"]
    codes = [one["status"] for one in listed]
    expect(codes == sorted(set(codes)) and codes[0] == 0 and len(codes) >= 100, codes)
    expect(all(one["advice"] for one in listed), [one for one in listed if not one["advice"]])


def test_nothing_else(command):
    """--json prints JSON alone, even with --verbose"""
    result = command.run("share", "list", "--json", "--verbose")
    parse(result.out, shape_of("share list"))
    expect(result.status == 0, result)


def test_the_shapes(command):
    """the check of a shape finds what is wrong"""
    good = {"provider": "x", "pid": 1, "program": None, "what": "file", "path": None}
    expect(not misfits(good, HOLDER) and not misfits([good], [HOLDER]), misfits(good, HOLDER))
    for bad in ({**good, "pid": True}, {**good, "pid": "1"}, {**good, "more": 1}, {"provider": "x"}, None,
                {**good, "what": None}, [good]):
        expect(misfits(bad, HOLDER), bad)


if __name__ == "__main__":
    sys.exit(main([value for name, value in list(globals().items()) if name.startswith("test_")]))
