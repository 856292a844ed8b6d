#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs the library in a scratch directory and builds a program with it, in each way there is.

usage: install.py SOURCE_DIRECTORY BUILD_DIRECTORY MESON...
"""
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from exports import in_header
from tap import Tap

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
TOOL_SECONDS = 200
PROGRAM_SECONDS = 20


class Failure(Exception):
    pass


def execute(command, seconds, **options):
    return subprocess.run([str(word) for word in command], text=True, timeout=seconds,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)


def run(command, **options):
    """What the command printed; a Failure if it failed."""
    done = execute(command, TOOL_SECONDS, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def run_program(program, environment):
    """Without arguments it may complain and end with 1 or 2, but not crash or hang."""
    done = execute([program], PROGRAM_SECONDS, env=environment)
    if done.returncode not in (0, 1, 2):
        raise Failure(f"{program}: status {done.returncode}\n{done.stdout}")


class Installation:
    """What `meson install` put below a scratch directory."""

    def __init__(self, build, meson, root):
        run([*meson, "install", "-C", build, "--no-rebuild", "--destdir", root])
        files = list(root.rglob("netdisc.pc"))
        if len(files) != 1:
            raise Failure(f"expected one netdisc.pc, got {files}")
        self.library_directory = files[0].parent.parent
        self.pkg_config_environment = dict(
            os.environ,
            PKG_CONFIG_PATH=str(files[0].parent),
            PKG_CONFIG_SYSROOT_DIR=str(root),
        )
        self.run_environment = dict(os.environ, LD_LIBRARY_PATH=str(self.library_directory))

    def flags(self, *options):
        return shlex.split(run(["pkg-config", *options, "netdisc"], env=self.pkg_config_environment))


def needed(library):
    """The libraries that an ELF file asks for."""
    lines = run(["readelf", "--dynamic", library]).splitlines()
    return [line.split("[")[1].rstrip("]") for line in lines if "(NEEDED)" in line]


def check_shared(installation, source, scratch):
    program = scratch / "shared"
    run(["gcc", "-std=c11", *WARNINGS, source, "-o", program, *installation.flags("--cflags", "--libs")])
    if "libnetdisc.so.0" not in needed(program):
        raise Failure(f"libnetdisc.so.0 is not among {needed(program)}")
    run_program(program, installation.run_environment)


def check_static(installation, source, scratch):
    program = scratch / "static"
    flags = installation.flags("--static", "--cflags", "--libs")
    output = run(["gcc", "-std=c11", *WARNINGS, source, "-o", program, "-static", *flags])
    if output:
        raise Failure(f"the linker warned:\n{output}")
    run_program(program, dict(os.environ))


def check_cpp(installation, source, scratch):
    program = scratch / "cpp"
    flags = installation.flags("--cflags", "--libs")
    run(["g++", "-std=c++11", *WARNINGS, "-x", "c++", source, "-x", "none", "-o", program, *flags])
    run_program(program, installation.run_environment)


def check_subproject(root, source, scratch, meson):
    project = scratch / "consumer"
    build = scratch / "consumer-build"
    shutil.copytree(root / "tests" / "consumer", project)
    shutil.copy(source, project / "consumer.c")
    (project / "subprojects").mkdir()
    (project / "subprojects" / "netdisc").symlink_to(root)
    run([*meson, "setup", "--wrap-mode=forcefallback", build, project])
    run([*meson, "compile", "-C", build])
    run_program(build / "consumer", dict(os.environ))


def check_needs(installation):
    """The library itself needs the C library only."""
    library = installation.library_directory / "libnetdisc.so.0"
    others = [name for name in needed(library) if not name.startswith(("libc.", "ld-linux"))]
    if others:
        raise Failure(f"{library.name} needs {others}")


def check_manual(root, header):
    """Each function, and the command, has a page that is there."""
    pages = {path.name: path.is_file() for path in root.rglob("man*/*.[13]")}
    names = ["netdisc.1", "libnetdisc.3", *(f"{name}.3" for name in in_header(header))]
    missing = [name for name in names if not pages.get(name)]
    if missing:
        raise Failure(f"no pages: {missing}")


def check_completions(root):
    """Where the shells look for them."""
    for name in ("bash-completion/completions/netdisc", "zsh/site-functions/_netdisc",
                 "fish/vendor_completions.d/netdisc.fish"):
        if len(list(root.rglob(f"share/{name}"))) != 1:
            raise Failure(f"there is no {name}")


def checker(tap):
    """What runs a function as a test, which fails as the function does."""
    def check(name, function, *arguments):
        try:
            function(*arguments)
            tap.check(True, name)
        except (Failure, OSError, subprocess.SubprocessError) as failure:
            tap.check(False, name, failure)

    return check


def main():
    root, build, *meson = sys.argv[1:]
    root = Path(root)
    source = root / "examples" / "cancel.c"
    tap = Tap()
    check = checker(tap)

    with tempfile.TemporaryDirectory(prefix="netdisc-install-") as directory:
        scratch = Path(directory)
        installation = Installation(build, meson, scratch / "root")
        check("needs the C library only", check_needs, installation)
        check("a manual page for each function", check_manual, scratch / "root",
              root / "include" / "netdisc.h")
        check("pkg-config, shared", check_shared, installation, source, scratch)
        check("pkg-config --static, with -static", check_static, installation, source, scratch)
        check("pkg-config, as C++", check_cpp, installation, source, scratch)
        check("completion for the shells", check_completions, scratch / "root")
        check("meson subproject", check_subproject, root, source, scratch, meson)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
