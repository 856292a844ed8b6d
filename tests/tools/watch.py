#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""netdisc watch: what it tells, at once, and how it ends."""
import re
import select
import sys
import time

from command import CONNECTION, END, INTERRUPT, SECONDS, SHARE, WLAN, Surprise, expect, line, main
from shapes import EVENT, parse

NEWS = (
    SHARE, WLAN, CONNECTION,
    "watched",
    line("share", local="X:", remote=r"\\server\new", state="connected"),
    line("gone", title="Z:"),
    line("change", title="wlan0", state="disconnected", reason="the radio was switched off"),
    line("change", title="Office VPN", state="disconnecting"),
    line("event", type="lost", kinds="share", status="ERROR_SERVICE_NOT_ACTIVE", reason="the daemon has gone"),
    line("event", type="overrun", kinds="all"),
    line("event", type="ready", kinds="share"),
)
ALL_EVENTS = ["ready", "added", "removed", "changed", "changed", "lost", "overrun", "ready"]


def read_lines(process, count):
    """The first lines that it prints, while it runs on."""
    seen = b""
    until = time.monotonic() + SECONDS
    while seen.count(b"\n") < count:
        if not select.select([process.stdout], [], [], max(0, until - time.monotonic()))[0]:
            raise Surprise(f"only this came: {seen!r}")
        more = process.stdout.read1(65536)
        if not more:
            raise Surprise(f"it ended after {seen!r}, {process.stderr.read()!r}")
        seen += more
    return seen.decode().splitlines(keepends=True)


def watch(command, *words, count=len(ALL_EVENTS), number=INTERRUPT):
    """The lines, and how it ended by a signal after them."""
    process = command.begin("watch", *words)
    try:
        lines = read_lines(process, count)
    except Surprise:
        process.kill()
        process.communicate()
        raise
    return lines, command.end(process, number)


def test_json(command):
    """JSON lines come at once, each whole"""
    lines, end = watch(command.tell(*NEWS), "--json")
    events = [parse(one, EVENT) for one in lines]
    expect([event["event"] for event in events] == ALL_EVENTS, *lines)
    ready, added, removed, wlan, vpn, lost, overrun, _ = events
    expect(ready["provider"] == "fake" and ready["kind"] == ["share", "wlan", "connection"], ready)
    expect(ready["item"] is None and ready["state"] is None and ready["old_state"] is None, ready)
    expect(added["item"]["local"] == "X:" and added["state"] == "connected" and added["kind"] == ["share"], added)
    expect(removed["item"]["local"] == "Z:", removed)
    expect(wlan["item"]["name"] == "wlan0" and wlan["old_state"] == "connected" and
           wlan["state"] == "disconnected" and wlan["reason"] == "the radio was switched off", wlan)
    expect(vpn["item"]["name"] == "Office VPN" and vpn["state"] == "disconnecting" and vpn["reason"] is None, vpn)
    expect(lost["status"] == 1062 and lost["name"] == "ERROR_SERVICE_NOT_ACTIVE" and
           lost["reason"] == "the daemon has gone" and lost["kind"] == ["share"], lost)
    expect(overrun["item"] is None, overrun)
    for event in events:
        expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["time"]), event)
    expect(end.status == 0 and end.err == "" and end.out == "", end)


def test_lines(command):
    """a line for each event, for a person"""
    lines, end = watch(command.tell(*NEWS))
    for one, words in zip(lines, (("ready", "fake"), ("added", r"\\server\new on X:", "connected"),
                                  ("removed", r"\\server\projects on Z:"),
                                  ("changed", "wlan0", "disconnected", "was connected", "the radio was switched off"),
                                  ("changed", "Office VPN", "disconnecting"),
                                  ("lost", "share", "ERROR_SERVICE_NOT_ACTIVE", "1062", "the daemon has gone"),
                                  ("overrun",), ("ready",))):
        expect(all(word in one for word in words), one, words)
    expect(len(lines) == len(ALL_EVENTS) and end.status == 0 and end.err == "", *lines, end)


def test_kinds(command):
    """only the kinds that are wanted"""
    for kinds, count in ((("wlan",), 2), (("connection", "wlan"), 3), (("share", "share"), 5)):
        lines, end = watch(command.tell(*NEWS), *kinds, "--json", count=count)
        for one in lines:
            event = parse(one, EVENT)
            expect(set(event["kind"]) & set(kinds) or event["event"] == "overrun", kinds, one)
        expect(end.status == 0, end)


def test_end(command):
    """ends with 0 by SIGTERM, and by its timeout"""
    _, end = watch(command.tell(*NEWS), number=END)
    expect(end.status == 0 and end.err == "", end)
    begin = time.monotonic()
    result = command.run("watch", "--timeout", "300ms", "--json")
    expect(result.status == 0 and len(result.out.splitlines()) == len(ALL_EVENTS), result)
    expect(0.3 <= time.monotonic() - begin < 5, "in its time")


def test_nobody(command):
    """a provider that cannot be had is told of, and does not end it"""
    lines, end = watch(command.tell(SHARE), "--providers", "nowhere", "--json", count=1)
    lost = parse(lines[0], EVENT)
    expect(lost["event"] == "lost" and lost["status"] == 50 and lost["provider"] == "nowhere", lost)
    expect(end.status == 0, end)


def test_full(command):
    """a full disk ends it with a message"""
    with open("/dev/full", "wb") as full:
        result = command.end(command.begin("watch", stdout=full))
    expect(result.status == 1 and result.err.startswith("netdisc: "), result)


if __name__ == "__main__":
    sys.exit(main([value for name, value in list(globals().items()) if name.startswith("test_")]))
