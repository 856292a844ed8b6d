#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs programs on root file systems that lack what backends need, each with a bit more than the one before.

usage: bare_root.py SOURCE_DIRECTORY BUILD_DIRECTORY MESON...
"""
import shutil
import sys
import tempfile
from pathlib import Path

from installed import Failure, checker, copy_loaded, execute, expect, install, run, run_in_root
from tap import Tap

PROVIDERS = ("cifs", "session", "gvfs", "nm")
MODULES = {"cifs": "smb", "session": "smb", "gvfs": "smb", "nm": "nm"}
C_LIBRARY = ("ld-linux", "libc.so")


class Bare:
    """A library in a root directory of its own, as it was installed but for its modules and the worker."""

    def __init__(self, source, scratch, installation):
        self.source = source
        self.scratch = scratch
        self.installation = installation
        self.root = installation.root
        self.modules = self.installation.library_directory / "netdisc"
        self.aside = scratch / "modules"
        self.program = self.root / "backends"
        self.worker = next(self.root.rglob("netdisc-smb"))
        shutil.move(self.modules, self.aside)
        shutil.move(self.worker, scratch)

    def module_path(self, provider):
        return f"{self.installation.inside(self.modules)}/libnetdisc-{MODULES[provider]}.so"

    def build(self):
        """The program, and the C library."""
        libraries = self.installation.library_directory
        run(["gcc", self.source, "-o", self.program, *self.installation.flags("--cflags", "--libs")])
        copy_loaded(self.root, self.program, only=C_LIBRARY, LD_LIBRARY_PATH=str(libraries))

    def backends(self):
        libraries = self.installation.inside(self.installation.library_directory)
        return run_in_root(self.root, "/backends", LD_LIBRARY_PATH=libraries)


def expect_static(bare, said):
    for provider in PROVIDERS:
        expect(said, f"{provider}: ERROR_NOT_SUPPORTED: {bare.module_path(provider)} cannot be opened: "
                     "the program is linked statically\n")


def check_static(scratch, source, flags, bare):
    """Nothing at all but the program."""
    root = scratch / "static"
    root.mkdir()
    run(["gcc", source, "-o", root / "backends", "-static", *flags])
    expect_static(bare, run_in_root(root, "/backends"))


def check_static_with_dlopen(scratch, source, flags, bare):
    """A static program that has dlopen() for itself: glibc's then wants a loader that is not there."""
    root, own = scratch / "static-dlopen", scratch / "dlopen.c"
    root.mkdir()
    own.write_text("#include <dlfcn.h>\n"
                   "__attribute__((constructor)) static void open_it(void)\n"
                   "{\n"
                   "    void *it = dlopen(\"libm.so.6\", RTLD_NOW);\n"
                   "    if (it)\n"
                   "        dlsym(it, \"cos\");\n"
                   "}\n")
    run(["gcc", source, own, "-o", root / "backends", "-static", *flags])
    expect_static(bare, run_in_root(root, "/backends"))


def check_verb(scratch, source, flags):
    """A verb says it, too."""
    root = scratch / "verb"
    root.mkdir()
    run(["gcc", source, "-o", root / "cancel", "-static", *flags])
    done = execute(["unshare", "--map-root-user", "--root", root, "/cancel", "Z:"], 20)
    if done.returncode != 1:
        raise Failure(f"status {done.returncode}\n{done.stdout}")
    expect(done.stdout, "ERROR_NOT_SUPPORTED: no provider for shares: ", "libnetdisc-smb.so cannot be opened: ")


def check_c_library_alone(bare):
    bare.build()
    said = bare.backends()
    for provider in PROVIDERS:
        expect(said, f"{provider}: ERROR_NOT_SUPPORTED: {bare.module_path(provider)} is not installed\n")


def check_modules_alone(bare):
    """The modules are there, and nothing that they need."""
    shutil.copytree(bare.aside, bare.modules)
    said = bare.backends()
    for provider in PROVIDERS:
        expect(said, f"{provider}: ERROR_NOT_SUPPORTED: {bare.module_path(provider)} cannot be opened: lib")


def check_libraries(bare):
    """All libraries of the modules, and neither daemons nor the worker: the modules of the prefix are loaded."""
    for module in bare.modules.glob("*.so"):
        copy_loaded(bare.root, module)
    said = bare.backends()
    expect(said, "gvfs: ERROR_NOT_SUPPORTED: there is no session bus",
           "nm: ERROR_NOT_SUPPORTED: there is no system bus",
           "session: ERROR_NOT_SUPPORTED: the program that holds sessions", "netdisc-smb, is not installed")
    if "cannot be opened" in said or ".so is not installed" in said:
        raise Failure(said)


def check_worker(bare):
    """The worker without its libraries, and with them."""
    shutil.move(bare.scratch / "netdisc-smb", bare.worker)
    (bare.root / "dev").mkdir()
    (bare.root / "dev" / "null").touch()
    expect(bare.backends(), f"session: ERROR_NOT_SUPPORTED: {bare.installation.inside(bare.worker)} does not start: "
                            "a library that it needs is not installed (libsmbclient, libfuse3)\n")
    copy_loaded(bare.root, bare.worker)
    expect(bare.backends(), "session: NO_ERROR: usable")


def main():
    root, build, *meson = sys.argv[1:]
    source = Path(root) / "tests" / "consumer" / "backends.c"
    cancel = Path(root) / "examples" / "cancel.c"
    tap = Tap()
    check = checker(tap)

    with tempfile.TemporaryDirectory(prefix="netdisc-bare-") as directory:
        scratch = Path(directory)
        bare = Bare(source, scratch, install(build, meson, scratch / "root"))
        flags = bare.installation.flags("--static", "--cflags", "--libs")
        check("a static program alone", check_static, scratch, source, flags, bare)
        check("a static program that uses dlopen", check_static_with_dlopen, scratch, source, flags, bare)
        check("a verb of a static program", check_verb, scratch, cancel, flags)
        check("the C library alone", check_c_library_alone, bare)
        check("modules without what they need", check_modules_alone, bare)
        check("modules with the libraries that they need", check_libraries, bare)
        check("the worker without and with its libraries", check_worker, bare)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
