#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the Debian packages from a copy of the tree, checks them, and runs what is in them.

usage: debian.py SOURCE_DIRECTORY
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from checkout import copy_tracked, is_checkout
from installed import (Failure, Installation, checker, copy_loaded, execute, expect, run, run_in_root,
                       TOOL_SECONDS)
from tap import Tap

PACKAGES = ("libnetdisc0", "libnetdisc-dev", "libnetdisc-win32-0", "libnetdisc-win32-dev", "netdisc")
# library package -> a function of it, and its version
SYMBOLS = {
    "libnetdisc0": ("netdisc_version", "NETDISC_0.1"),
    "libnetdisc-win32-0": ("WNetCancelConnection2W", "NETDISC_WIN32_0.1"),
}
LIBRARY_NEEDS = ["libc6"]
COMMAND_NEEDS = ["libc6", "libfuse3-3", "libsmbclient"]


def control(deb, field):
    return run(["dpkg-deb", "--field", deb, field]).strip()


def named(field):
    """The packages that a field of dependencies names."""
    return sorted({alternative.split()[0] for alternative in field.split(",") if alternative.strip()})


class Packages:
    """What dpkg-buildpackage made beside the copy."""

    def __init__(self, root, scratch):
        self.tree = scratch / "netdisc"
        self.root = scratch / "root"
        copy_tracked(root, self.tree)
        self.log = run(["dpkg-buildpackage", "--no-sign", "--build=full"], cwd=self.tree)
        self.changes = next(scratch.glob("*.changes"))
        self.debs = {control(deb, "Package"): deb for deb in scratch.glob("*.deb")}

    def unpack(self):
        for package in PACKAGES:
            run(["dpkg-deb", "--extract", self.debs[package], self.root])
        return Installation(self.root)


# ---- The packages -------------------------------------------------------------------------------

def check_built(packages):
    made = sorted(name for name in packages.debs if not name.endswith("-dbgsym"))
    if made != sorted(PACKAGES):
        raise Failure(f"made: {made}")
    expect(packages.log, "meson test --suite unit", "\nFail:               0")


def check_lintian(packages):
    run(["lintian", "--fail-on", "error,warning,info,pedantic", "--display-info", "--pedantic",
         packages.changes])


def check_lintian_can_fail(packages, scratch):
    """A library that says that it needs nothing is refused."""
    broken = scratch / "broken"
    run(["dpkg-deb", "--raw-extract", packages.debs["libnetdisc0"], broken])
    text = (broken / "DEBIAN" / "control").read_text().splitlines(keepends=True)
    (broken / "DEBIAN" / "control").write_text("".join(line for line in text if not line.startswith("Depends:")))
    run(["dpkg-deb", "--root-owner-group", "--build", broken, scratch / "broken.deb"])
    done = execute(["lintian", "--fail-on", "error,warning", scratch / "broken.deb"], TOOL_SECONDS)
    if done.returncode == 0:
        raise Failure(done.stdout)
    expect(done.stdout, "undeclared-elf-prerequisites")


def check_symbols_file_can_fail(packages, package, function, version):
    """A function that the library lost is refused, and so is one that the file has not."""
    directory = packages.tree / "debian" / package
    symbols = packages.tree / "debian" / f"{package}.symbols"
    command = ["dpkg-gensymbols", "-c4", f"-p{package}", f"-P{directory}", "-O/dev/null"]
    if not directory.is_dir():
        raise Failure(f"there is no {directory}")
    run([*command, f"-I{symbols}"], cwd=packages.tree)
    for name, change in {
        "missing": lambda text: text + f" netdisc_nonesuch@{version} 0.0.1\n",
        "new": lambda text: text.replace(f" {function}@{version} 0.1.0\n", ""),
    }.items():
        other = symbols.with_name(f"{name}.symbols")
        other.write_text(change(symbols.read_text()))
        done = execute([*command, f"-I{other}"], TOOL_SECONDS, cwd=packages.tree)
        if done.returncode == 0:
            raise Failure(f"{name}: accepted\n{done.stdout}")


def check_dependencies(packages):
    """The library needs the C library alone; what its modules need is wanted; the worker's is the command's."""
    expected = {
        ("libnetdisc0", "Depends"): LIBRARY_NEEDS,
        ("libnetdisc0", "Recommends"): ["libc6", "libglib2.0-0", "libmount1"],
        ("libnetdisc-dev", "Depends"): ["libnetdisc0"],
        ("libnetdisc-win32-0", "Depends"): [*LIBRARY_NEEDS, "libnetdisc0"],
        ("libnetdisc-win32-dev", "Depends"): ["libnetdisc-dev", "libnetdisc-win32-0"],
        ("netdisc", "Depends"): sorted([*COMMAND_NEEDS, "libnetdisc0"]),
    }
    for (package, field), names in expected.items():
        found = named(control(packages.debs[package], field))
        if [name.removesuffix("t64") for name in found] != names:
            raise Failure(f"{package}: {field}: {found}")


def check_hardening(packages):
    for file in [*packages.root.rglob("*.so.0.*"), *packages.root.rglob("netdisc/*.so"),
                 packages.root / "usr/bin/netdisc", packages.root / "usr/libexec/netdisc-smb"]:
        said = run(["readelf", "--dynamic", "--program-headers", "--wide", file])
        expect(said, "GNU_RELRO", "BIND_NOW")


# ---- Installed ----------------------------------------------------------------------------------

def administer(root, known):
    """A root directory for dpkg in which these packages of the machine count as installed."""
    database = root / "var" / "lib" / "dpkg"
    (database / "updates").mkdir(parents=True)
    (database / "info").mkdir()
    (database / "status").write_text("".join(
        run(["dpkg-query", "--status", f"{package}:{native()}"]) + "\n" for package in known))


def native():
    return run(["dpkg", "--print-architecture"]).strip()


def install(root, debs):
    return execute(["unshare", "--map-root-user", "dpkg", f"--root={root}", "--force-not-root", "--install", *debs],
                   TOOL_SECONDS)


def check_install(packages, scratch):
    """dpkg takes the library where there is the C library alone; the command asks for more."""
    library = [packages.debs[name] for name in PACKAGES if name.startswith("lib")]
    small, whole = scratch / "small", scratch / "whole"
    administer(small, LIBRARY_NEEDS)
    administer(whole, COMMAND_NEEDS)
    for root, debs, good in ((small, library, True), (whole, [*library, packages.debs["netdisc"]], True),
                             (small, [packages.debs["netdisc"]], False)):
        done = install(root, debs)
        if (done.returncode == 0) != good:
            raise Failure(f"{root.name}: status {done.returncode}\n{done.stdout}")
    expect(done.stdout, "netdisc depends on libsmbclient")
    remove = execute(["unshare", "--map-root-user", "dpkg", f"--root={whole}", "--force-not-root", "--purge",
                      *PACKAGES], TOOL_SECONDS)
    left = [path for path in (whole / "usr").rglob("*") if "netdisc" in path.name]
    if remove.returncode != 0 or left:
        raise Failure(f"left: {left}\n{remove.stdout}")


def check_consumer(packages):
    """debian/tests, where what is unpacked is in /usr."""
    mount = f"mount -t overlay overlay -o lowerdir={packages.root}/usr:/usr /usr"
    run(["unshare", "--map-root-user", "--mount", "sh", "-c", f"{mount} && exec debian/tests/consumer"],
        cwd=packages.tree)


def check_command_alone(packages, installation):
    """The command where nothing is installed but what it depends on."""
    for program in ("usr/bin/netdisc", "usr/libexec/netdisc-smb"):
        copy_loaded(packages.root, packages.root / program, LD_LIBRARY_PATH=str(installation.library_directory))
    (packages.root / "dev").mkdir()
    (packages.root / "dev" / "null").touch()
    expect(run_in_root(packages.root, "/usr/bin/netdisc", "backends"), "libnetdisc-nm.so cannot be opened: lib")


def check_command(packages, installation):
    """And with what is recommended."""
    for module in (installation.library_directory / "netdisc").glob("*.so"):
        copy_loaded(packages.root, module)
    said = run_in_root(packages.root, "/usr/bin/netdisc", "--json", "backends")
    reasons = {item["provider"]: "" if item["usable"] else item["reason"] for item in json.loads(said)["items"]}
    if reasons["session"] != "":
        raise Failure(said)
    expect(reasons["gvfs"], "there is no session bus")
    expect(reasons["nm"], "there is no system bus")


def main():
    root = Path(sys.argv[1])
    tap = Tap()
    check = checker(tap)
    if not is_checkout(root):
        tap.skip("debian", "not a git checkout, or no git")
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="netdisc-debian-") as directory:
        scratch = Path(directory)
        try:
            packages = Packages(root, scratch)
        except (Failure, subprocess.SubprocessError) as failure:
            tap.check(False, "the packages are built", failure)
            return tap.done()
        check("the packages are built, and their tests run", check_built, packages)
        check("lintian has nothing to say", check_lintian, packages)
        check("lintian is heeded", check_lintian_can_fail, packages, scratch)
        for package, (function, version) in SYMBOLS.items():
            check(f"the symbols file of {package} is heeded", check_symbols_file_can_fail, packages, package, function,
                  version)
        check("what depends on what", check_dependencies, packages)
        check("dpkg installs them, and removes them", check_install, packages, scratch)
        installation = packages.unpack()
        check("hardened", check_hardening, packages)
        check("debian/tests/consumer", check_consumer, packages)
        check("the command with what it depends on alone", check_command_alone, packages, installation)
        check("the command with what is recommended", check_command, packages, installation)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
