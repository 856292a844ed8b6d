#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs the library in a scratch directory and builds a program with it, in each way there is.

usage: install.py SOURCE_DIRECTORY BUILD_DIRECTORY PARTS MESON...

PARTS are those of the manifest below that were built, with commas between them.
"""
import json
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from exports import in_header
from installed import (Failure, Installation, checker, execute, expect, install, needed, run, run_program,
                       TOOL_SECONDS)
from tap import Tap

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]

# part -> what is installed of it, and where; a program or library is marked with '*', a link names its target
MANIFEST = {
    "library": """
        {includedir}/netdisc.h
        {libdir}/cmake/netdisc/netdiscConfig.cmake
        {libdir}/cmake/netdisc/netdiscConfigVersion.cmake
        {libdir}/libnetdisc.a
        {libdir}/libnetdisc.so -> libnetdisc.so.0
        {libdir}/libnetdisc.so.0 -> libnetdisc.so.{version}
        {libdir}/libnetdisc.so.{version} *
        {libdir}/pkgconfig/netdisc.pc
    """,
    "nm": "{libdir}/netdisc/libnetdisc-nm.so *",
    "smb": "{libdir}/netdisc/libnetdisc-smb.so *",
    "worker": "{libexecdir}/netdisc-smb *",
    "tools": """
        {bindir}/netdisc *
        {datadir}/bash-completion/completions/netdisc
        {datadir}/fish/vendor_completions.d/netdisc.fish
        {datadir}/zsh/site-functions/_netdisc
    """,
    "compat": """
        {libdir}/libnetdisc-win32.a
        {libdir}/libnetdisc-win32.so -> libnetdisc-win32.so.0
        {libdir}/libnetdisc-win32.so.0 -> libnetdisc-win32.so.{version}
        {libdir}/libnetdisc-win32.so.{version} *
        {libdir}/pkgconfig/netdisc-win32.pc
    """,
}


# ---- What is installed --------------------------------------------------------------------------

def describe(prefix, path):
    name = str(path.relative_to(prefix))
    if path.is_symlink():
        return f"{name} -> {os.readlink(path)}"
    mode = stat.S_IMODE(path.stat().st_mode)
    return {0o644: name, 0o755: f"{name} *"}.get(mode, f"{name} {mode:o}")


def build_options(build, meson):
    told = json.loads(run([*meson, "introspect", "--buildoptions", build]))
    return {option["name"]: option["value"] for option in told}


def manual_pages(root, parts):
    """Each page of docs/man, and a link to it for each of its other names; the command's with the command."""
    for page in sorted((root / "docs" / "man").glob("*.[0-9]")):
        section = page.suffix.lstrip(".")
        if section == "1" and "tools" not in parts:
            continue
        names = {line.split()[1] for line in page.read_text().splitlines() if line.startswith(".Nm netdisc_")}
        yield f"{{mandir}}/man{section}/{page.name}"
        for name in names - {page.stem}:
            yield f"{{mandir}}/man{section}/{name}.{section} -> {page.name}"


def windows_headers(root, parts):
    """All that there are of them."""
    if "compat" in parts:
        for header in (root / "src" / "compat-win32" / "include").glob("*.h"):
            yield f"{{includedir}}/netdisc-win32/{header.name}"


def check_manifest(installation, root, parts, options, version):
    prefix = installation.root / options["prefix"].lstrip("/")
    lines = [*(MANIFEST[part] for part in parts), *manual_pages(root, parts), *windows_headers(root, parts)]
    text = "\n".join(lines).format(version=version, **options)
    expected = sorted(line.strip() for line in text.splitlines() if line.strip())
    found = sorted(describe(prefix, path) for path in installation.root.rglob("*")
                   if path.is_symlink() or path.is_file())
    if found != expected:
        raise Failure(f"not installed: {sorted(set(expected) - set(found))}\n"
                      f"unexpected: {sorted(set(found) - set(expected))}")


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


# ---- pkg-config and meson -----------------------------------------------------------------------

def check_shared(installation, source, scratch):
    program = scratch / "shared"
    run(["gcc", "-std=c11", *WARNINGS, source, "-o", program, *installation.flags("--cflags", "--libs")])
    if "libnetdisc.so.0" not in needed(program):
        raise Failure(f"libnetdisc.so.0 is not among {needed(program)}")
    run_program(program, LD_LIBRARY_PATH=str(installation.library_directory))


def check_static(installation, source, scratch):
    program = scratch / "static"
    flags = installation.flags("--static", "--cflags", "--libs")
    output = run(["gcc", "-std=c11", *WARNINGS, source, "-o", program, "-static", *flags])
    if output:
        raise Failure(f"the linker warned:\n{output}")
    run_program(program)


def check_cpp(installation, source, scratch):
    program = scratch / "cpp"
    flags = installation.flags("--cflags", "--libs")
    run(["g++", "-std=c++11", *WARNINGS, "-x", "c++", source, "-x", "none", "-o", program, *flags])
    run_program(program, LD_LIBRARY_PATH=str(installation.library_directory))


def check_subproject(root, scratch, meson):
    project = scratch / "consumer"
    build = scratch / "consumer-build"
    shutil.copytree(root / "tests" / "consumer", project)
    (project / "subprojects").mkdir()
    (project / "subprojects" / "netdisc").symlink_to(root)
    run([*meson, "setup", "--wrap-mode=forcefallback", build, project])
    run([*meson, "compile", "-C", build])
    run_program(build / "consumer")


# ---- Windows' functions -------------------------------------------------------------------------

def expect_windows_library(program, shared):
    libraries = [library for library in needed(program) if library.startswith("libnetdisc")]
    if ("libnetdisc-win32.so.0" in libraries) != shared or (libraries and not shared):
        raise Failure(f"{program.name} needs {libraries}")


def check_windows_code(installation, source, scratch):
    """C and C++, shared and static, with what pkg-config says and nothing else."""
    shared, static = (installation.flags(*options, "--cflags", "--libs", package="netdisc-win32")
                      for options in ((), ("--static",)))
    for name, compiler, flags in (
        ("win32-c", ["gcc", "-std=c11"], shared),
        ("win32-c-static", ["gcc", "-std=c11", "-static"], static),
        ("win32-cpp", ["g++", "-std=c++17", "-x", "c++"], shared),
        ("win32-cpp-static", ["g++", "-std=c++17", "-static", "-x", "c++"], static),
    ):
        program = scratch / name
        output = run([*compiler, *WARNINGS, source, "-x", "none", "-o", program, *flags])
        if output:
            raise Failure(f"{name}: there were warnings:\n{output}")
        expect_windows_library(program, flags is shared)
        run_program(program, LD_LIBRARY_PATH=str(installation.library_directory))


def check_windows_headers_alone(installation, source):
    """Nobody finds them who has not asked for them."""
    done = execute(["gcc", "-fsyntax-only", source, *installation.flags("--cflags")], TOOL_SECONDS)
    if done.returncode == 0:
        raise Failure("compiled without netdisc-win32")
    expect(done.stdout, "windows.h: No such file or directory")


def check_windows_needs(installation):
    found = needed(installation.library_directory / "libnetdisc-win32.so.0")
    others = [name for name in found if not name.startswith(("libnetdisc.so.0", "libc.", "ld-linux"))]
    if others or "libnetdisc.so.0" not in found:
        raise Failure(f"libnetdisc-win32.so.0 needs {found}")


def check_windows_examples(installation, sources, scratch):
    """As they stand; without an argument they say what they take."""
    for name, compiler, options in (("shared", ["gcc"], ()), ("static", ["gcc", "-static"], ("--static",))):
        program = scratch / f"windows-code-{name}"
        flags = installation.flags(*options, "--cflags", "--libs", package="netdisc-win32")
        run([*compiler, "-std=c11", "-fshort-wchar", *WARNINGS, *sources, "-o", program, "-pthread", *flags])
        run_program(program, LD_LIBRARY_PATH=str(installation.library_directory))


def check_windows(check, root, installation, prefix, scratch):
    source = root / "tests" / "consumer" / "win32_shares.c"
    examples = [path for path in (root / "examples" / "windows-code").glob("*.c") if path.name != "text.c"]
    check("netdisc-win32: C and C++, shared and static", check_windows_code, installation, source, scratch)
    check("netdisc-win32: the examples", check_windows_examples, installation, examples, scratch)
    check("netdisc-win32: CMake", check_cmake_windows, root, installation, prefix, scratch / "cmake-windows")
    check("netdisc-win32: its headers are for those who ask", check_windows_headers_alone, installation, source)
    check("netdisc-win32: needs netdisc and the C library", check_windows_needs, installation)


# ---- CMake --------------------------------------------------------------------------------------

def configure_with_cmake(root, prefix, build, wanted, *options):
    return execute(["cmake", "-S", root / "tests" / "consumer", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
                    f"-DWANTED={wanted}", *options], TOOL_SECONDS)


def check_cmake(root, prefix, build, static_needs):
    """From C and C++, with the shared library and the static one."""
    done = configure_with_cmake(root, prefix, build, "0.1")
    if done.returncode != 0:
        raise Failure(done.stdout)
    run(["cmake", "--build", build])
    for name, shared in (("shared", True), ("shared_cpp", True), ("static", False), ("static_cpp", False)):
        libraries = needed(build / name)
        if ("libnetdisc.so.0" in libraries) != shared:
            raise Failure(f"{name} needs {libraries}")
        if not shared and not set(static_needs) <= set(libraries):
            raise Failure(f"{name} lacks some of {static_needs}: {libraries}")
        run_program(build / name)


def check_cmake_windows(root, installation, prefix, build):
    done = configure_with_cmake(root, prefix, build, "0.1", "-DWINDOWS_CODE=ON")
    if done.returncode != 0:
        raise Failure(done.stdout)
    run(["cmake", "--build", build])
    for name, shared in (("win32", True), ("win32_cpp", True), ("win32_static", False), ("win32_static_cpp", False)):
        expect_windows_library(build / name, shared)
        # That which it needs itself is found by the loader's own ways alone.
        run_program(build / name, LD_LIBRARY_PATH=str(installation.library_directory))


def check_cmake_moved(root, installation, options, scratch):
    """What the files name they find from where they are."""
    moved = scratch / "moved" / "prefix"
    shutil.copytree(installation.root / options["prefix"].lstrip("/"), moved, symlinks=True)
    check_cmake(root, moved, scratch / "cmake-moved", [])
    expect(run(["ldd", scratch / "cmake-moved" / "shared"]), str(moved))


def check_cmake_versions(root, prefix, scratch):
    for number, (wanted, good) in enumerate({
        "0.1.0;EXACT": True, "0.1...0.2": True, "0.1...<1": True,
        "0": False, "0.0.9": False, "0.2": False, "0.1.99": False, "1.0": False, "0.2...0.3": False,
        "0.0...<0.1.0": False, "0.1.99;EXACT": False,
    }.items()):
        done = configure_with_cmake(root, prefix, scratch / f"cmake-version-{number}", wanted)
        if (done.returncode == 0) != good:
            raise Failure(f"{wanted} was {'refused' if good else 'accepted'}\n{done.stdout}")
        if not good:
            expect(done.stdout, "compatible with requested version" if "EXACT" not in wanted else
                   "requested version", "netdiscConfig.cmake, version: 0.1.0")


# ---- With the backends linked in ----------------------------------------------------------------

def install_builtin(root, scratch, meson):
    """A build of its own, installed in the very prefix that it was built for."""
    build, prefix = scratch / "builtin-build", scratch / "builtin"
    run([*meson, "setup", f"--prefix={prefix}", "-Dbackends=builtin", "-Dtests=disabled", "--buildtype=plain", build,
         root])
    run([*meson, "install", "-C", build])
    return Installation(prefix)


def check_backends_builtin(program, **environment):
    said = run([program], env=dict(os.environ, **environment))
    expect(said, "cifs: ", "session: ", "gvfs: ", "nm: ")
    if "cannot be opened" in said or "libnetdisc-" in said:
        raise Failure(f"it looks for modules:\n{said}")


def check_builtin_shared(installation, source, scratch):
    program = scratch / "builtin-shared"
    run(["gcc", "-std=c11", *WARNINGS, source, "-o", program, *installation.flags("--cflags", "--libs")])
    check_backends_builtin(program, LD_LIBRARY_PATH=str(installation.library_directory))


def check_builtin_static(installation, source, scratch):
    """libnetdisc.a, and the rest shared: some of it is not there as static libraries."""
    program = scratch / "builtin-static"
    flags = ["-l:libnetdisc.a" if flag == "-lnetdisc" else flag
             for flag in installation.flags("--static", "--cflags", "--libs")]
    run(["gcc", "-std=c11", *WARNINGS, source, "-o", program, *flags])
    libraries = needed(program)
    if "libnetdisc.so.0" in libraries or "libgio-2.0.so.0" not in libraries:
        raise Failure(f"needed: {libraries}")
    check_backends_builtin(program)


def check_builtin(check, root, scratch, meson):
    source = root / "tests" / "consumer" / "backends.c"
    installation = install_builtin(root, scratch, meson)
    installation.pkg_config_environment.pop("PKG_CONFIG_SYSROOT_DIR")
    check("backends built in: pkg-config, shared", check_builtin_shared, installation, source, scratch)
    check("backends built in: pkg-config --static", check_builtin_static, installation, source, scratch)
    check("backends built in: CMake", check_cmake, root, installation.root, scratch / "cmake-builtin",
          ["libgio-2.0.so.0", "libmount.so.1"])


def main():
    root, build, parts, *meson = sys.argv[1:]
    root, parts = Path(root), parts.split(",")
    source = root / "examples" / "cancel.c"
    tap = Tap()
    check = checker(tap)
    options = build_options(build, meson)
    version = json.loads(run([*meson, "introspect", "--projectinfo", build]))["version"]

    with tempfile.TemporaryDirectory(prefix="netdisc-install-") as directory:
        scratch = Path(directory)
        installation = install(build, meson, scratch / "root")
        prefix = installation.root / options["prefix"].lstrip("/")
        check("each file is where it belongs, and no other", check_manifest, installation, root, parts, options,
              version)
        check("needs the C library only", check_needs, installation)
        check("a manual page for each function", check_manual, scratch / "root",
              root / "include" / "netdisc.h")
        check("pkg-config, shared", check_shared, installation, source, scratch)
        check("pkg-config --static, with -static", check_static, installation, source, scratch)
        check("pkg-config, as C++", check_cpp, installation, source, scratch)
        check("CMake, C and C++, shared and static", check_cmake, root, prefix, scratch / "cmake", [])
        check("CMake, after the prefix was moved", check_cmake_moved, root, installation, options, scratch)
        check("CMake refuses other versions", check_cmake_versions, root, prefix, scratch)
        check("meson subproject", check_subproject, root, scratch, meson)
        if "compat" in parts:
            check_windows(check, root, installation, prefix, scratch)
        if {"nm", "smb"} <= set(parts):
            check_builtin(check, root, scratch, meson)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
