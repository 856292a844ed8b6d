#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command netdisc on real Wi-Fi and a real mount of cifs, as root and as an ordinary user, in the test
machine.

usage: command.py BUILD_DIRECTORY TESTS_DIRECTORY
"""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

GUEST = "/vm/guest.sh"
MODULES = Path("/run/modules")
POINT = Path("/mnt/files")
KEY = "labsecret123"
AS_USER = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


class Answer:
    """What the command said, to a person or, in `told`, as JSON."""

    def __init__(self, words, run):
        self.words, self.end, self.out, self.err = words, run.returncode, run.stdout, run.stderr
        self.told = json.loads(run.stdout) if "--json" in words else {}
        self.items = self.told.get("items", [])

    def __str__(self):
        return f"{' '.join(self.words)}: status {self.end}\n{self.out}{self.err}"


class Command:
    def __init__(self, build):
        self.program = (str(build / "tools" / "netdisc"), "--modules", str(MODULES))
        MODULES.mkdir()
        for module in build.glob("src/*/libnetdisc-*.so"):
            (MODULES / module.name).symlink_to(module)

    def __call__(self, *words, secret=None, by=()):
        given = None if secret is None else secret + "\n"
        return Answer(words, subprocess.run([*by, *self.program, *words], input=given, text=True,
                                            stdin=subprocess.DEVNULL if given is None else None,
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False))

    def json(self, *words, **how):
        return self(*words, "--json", **how)

    def begin(self, *words):
        return subprocess.Popen([*self.program, *words], stdout=subprocess.PIPE, text=True)


def guest(*words):
    subprocess.run([GUEST, *words], check=True)


def guest_says(*words):
    return subprocess.run([GUEST, *words], check=False).returncode == 0


def is_mounted():
    return f" {POINT} " in Path("/proc/self/mountinfo").read_text()


class Checks:
    def __init__(self, tap, netdisc):
        self.tap, self.netdisc = tap, netdisc

    def ends(self, what, answer, end, status, *more):
        """Its exit status and the library's; and what else is to be so."""
        self.tap.check(answer.end == end and answer.told["status"] == status and all(more), what, answer)

    def state(self, what, expected, ssid=None):
        answer = self.netdisc.json("wlan", "list")
        states = [(item["name"], item["state"], item["ssid"]) for item in answer.items]
        self.ends(what, answer, 0, 0, states == [("wlan0", expected, ssid)])

    def says(self, what, answer, end, out, err):
        self.tap.check(answer.end == end and (out in answer.out if out else not answer.out)
                       and (err in answer.err if err else not answer.err), what, answer)


# ---- Wi-Fi -------------------------------------------------------------------------------------

def check_connect(check, netdisc):
    check.state("it is on no network", "disconnected")
    check.ends("a wrong passphrase is error 86",
               netdisc.json("wlan", "connect", "labnet", "--password-stdin", secret="not-the-one"), 1, 86)
    check.ends("a network that is not there is not found", netdisc.json("wlan", "connect", "nonet"), 1, 1168)
    answer = netdisc.json("wlan", "connect", "wlan0", "labnet", "--password-stdin", secret=KEY)
    check.ends("it connects", answer, 0, 0,
               [item["ssid_hex"] for item in answer.items] == [b"labnet".hex()])
    guest("await_station", "labnet")
    check.state("it is on the network", "connected", "labnet")
    check.ends("who is on it already need not connect", netdisc.json("wlan", "connect", "labnet"), 0, 0)


def check_refused(check, netdisc):
    seen = netdisc.json("wlan", "list", by=AS_USER)
    check.ends("an ordinary user sees it", seen, 0, 0, [item["ssid"] for item in seen.items] == ["labnet"])
    check.ends("but may not drop it", netdisc.json("wlan", "disconnect", by=AS_USER), 1, 5,
               guest_says("has_station", "labnet"))
    check.state("it is as it was", "connected", "labnet")


def changes(watch):
    """The old and the new state and the reason of each change, until it is disconnected."""
    for line in watch.stdout:
        event = json.loads(line)
        if event["event"] != "changed":
            continue
        yield event["old_state"], event["state"], event["reason"]
        if event["state"] == "disconnected":
            return


def check_drop(check, netdisc):
    watch = netdisc.begin("watch", "wlan", "--json", "--timeout", "60s")
    ready = json.loads(watch.stdout.readline())
    answer = netdisc.json("wlan", "disconnect", "wlan0")
    check.ends("it is dropped, and told from what", answer, 0, 0, [item["ssid"] for item in answer.items] == ["labnet"])
    guest("await_no_station", "labnet")
    check.state("it is on no network any more", "disconnected")
    seen = list(changes(watch))
    watch.send_signal(signal.SIGINT)
    why = "someone disconnected it"
    expected = [("connected", "disconnecting", why), ("disconnecting", "disconnected", why)]
    check.tap.check(ready["event"] == "ready" and seen == expected and watch.wait() == 0,
                    "a watch tells it and the reason, and ends by Ctrl-C with 0", ready, seen, watch.returncode)
    check.ends("what is not connected cannot be dropped", netdisc.json("wlan", "disconnect"), 1, 2250)
    check.ends("unless that is as well", netdisc.json("wlan", "disconnect", "--if-connected"), 0, 0)
    check.ends("an interface that is not there is not found", netdisc.json("wlan", "disconnect", "wlan9"), 1, 1168)


def check_profile(check, netdisc):
    check.ends("it comes up by its profile's name", netdisc.json("wlan", "connect", "--profile", "labnet"), 0, 0)
    guest("await_station", "labnet")
    found = [item for item in netdisc.json("connection", "list").items if item["name"] == "labnet"]
    check.tap.check([item["state"] for item in found] == ["connected"], "which is a connection, too", found)
    check.ends("that is ended as one", netdisc.json("connection", "disconnect", "labnet"), 0, 0)
    guest("await_no_station", "labnet")
    check.state("and the interface with it", "disconnected")


# ---- Shares ------------------------------------------------------------------------------------

def hold(file):
    holder = subprocess.Popen(["tail", "-f", file], stdout=subprocess.DEVNULL)
    guest("wait_for", "20", "test", f"/proc/{holder.pid}/fd/3", "-ef", str(file))
    return holder


def check_mount(check, netdisc):
    answer = netdisc.json("share", "list")
    found = [(item["provider"], item["local"], item["remote"]) for item in answer.items]
    check.ends("what is mounted is listed", answer, 0, 0, found == [("cifs", str(POINT), r"\\127.0.0.1\files")])
    answer = netdisc("share", "path", str(POINT))
    check.says("its path is printed alone", answer, 0, f"{POINT}\n", "")
    check.ends("an ordinary user may not unmount it", netdisc.json("share", "cancel", str(POINT), by=AS_USER),
               1, 5, is_mounted())


def check_use(check, netdisc):
    holder = hold(POINT / "letter.txt")
    expected = [("tail", holder.pid, str(POINT / "letter.txt"))]
    answer = netdisc.json("share", "holders", str(POINT))
    found = [(item["program"], item["pid"], item["path"]) for item in answer.items]
    check.ends("who has a file of it open is listed", answer, 0, 0, found == expected)
    answer = netdisc.json("share", "cancel", str(POINT))
    found = [(item["program"], item["pid"], item["path"]) for item in answer.told["holders"]]
    check.ends("and named when it is not unmounted for that", answer, 1, 2401, found == expected, is_mounted())
    answer = netdisc("share", "cancel", str(POINT))
    check.says("to people, too", answer, 1, "", "netdisc: ERROR_OPEN_FILES (2401): ")
    check.tap.check(f"{holder.pid}  tail" in answer.err, "with the program and its number", answer)
    answer = netdisc.json("share", "cancel", "--force", str(POINT))
    check.ends("forced, it is gone", answer, 0, 0, answer.told["note"], not is_mounted())
    holder.kill()
    holder.wait()
    guest("await_unused")
    check.tap.check(True, "and with the program the server's client")


def check_gone(check, netdisc):
    answer = netdisc.json("share", "cancel", str(POINT))
    check.ends("what is not mounted cannot be unmounted", answer, 1, 2250)
    guest("mount_files", str(POINT))
    answer = netdisc("share", "cancel", str(POINT))
    check.says("what nobody uses needs no force", answer, 0, "is gone", "")
    guest("await_unused")
    check.tap.check(not is_mounted(), "and leaves nothing")


def main():
    build, tests = (Path(argument) for argument in sys.argv[1:])
    sys.path.insert(0, str(tests))
    from tap import Tap
    tap, netdisc = Tap(), Command(build)
    check = Checks(tap, netdisc)
    guest("start_wifi")
    check_connect(check, netdisc)
    check_refused(check, netdisc)
    check_drop(check, netdisc)
    check_profile(check, netdisc)
    guest("start_samba")
    guest("mount_files", str(POINT))
    (POINT / "letter.txt").write_text("Dear reader\n")
    check_mount(check, netdisc)
    check_use(check, netdisc)
    check_gone(check, netdisc)
    return tap.done()


if __name__ == "__main__":
    os.environ["LANG"] = "C.UTF-8"
    sys.exit(main())
