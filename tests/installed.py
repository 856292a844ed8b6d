# SPDX-License-Identifier: MIT
"""What the tests of an installed library have in common: commands, programs, root directories."""
import os
import shlex
import shutil
import subprocess
from pathlib import Path

TOOL_SECONDS = 200
PROGRAM_SECONDS = 20


class Failure(Exception):
    pass


def execute(command, seconds, **options):
    return subprocess.run([str(word) for word in command], text=True, timeout=seconds,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)


def run(command, seconds=TOOL_SECONDS, **options):
    """What the command printed; a Failure if it failed."""
    done = execute(command, seconds, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def run_program(program, **environment):
    """Without arguments it may complain and end with 1 or 2, but not crash or hang."""
    done = execute([program], PROGRAM_SECONDS, env=dict(os.environ, **environment))
    if done.returncode not in (0, 1, 2):
        raise Failure(f"{program}: status {done.returncode}\n{done.stdout}")


def expect(said, *words):
    for word in words:
        if word not in said:
            raise Failure(f"expected {word!r} in\n{said}")


def checker(tap):
    """What runs a function as a test, which fails as the function does."""
    def check(name, function, *arguments):
        try:
            function(*arguments)
            tap.check(True, name)
        except (Failure, OSError, subprocess.SubprocessError) as failure:
            tap.check(False, name, failure)

    return check


def needed(library):
    """The libraries that an ELF file asks for."""
    lines = run(["readelf", "--dynamic", library]).splitlines()
    return [line.split("[")[1].rstrip("]") for line in lines if "(NEEDED)" in line]


class Installation:
    """What was installed below `root`; the prefix is that of the build."""

    def __init__(self, root):
        files = list(root.rglob("netdisc.pc"))
        if len(files) != 1:
            raise Failure(f"expected one netdisc.pc, got {files}")
        self.root = root
        self.library_directory = files[0].parent.parent
        self.pkg_config_environment = dict(
            os.environ,
            PKG_CONFIG_PATH=str(files[0].parent),
            PKG_CONFIG_SYSROOT_DIR=str(root),
        )

        self.run_environment = dict(os.environ, LD_LIBRARY_PATH=str(self.library_directory))

    def flags(self, *options, package="netdisc"):
        return shlex.split(run(["pkg-config", *options, package], env=self.pkg_config_environment))

    def inside(self, path):
        """The name of a path below the root to those for whom it is the root."""
        return "/" + str(path.relative_to(self.root))


def install(build, meson, root):
    run([*meson, "install", "-C", build, "--no-rebuild", "--destdir", root])
    return Installation(root)


# ---- Root directories of their own --------------------------------------------------------------

def loaded_files(program, **environment):
    """What the loader opens for it on this machine: itself, and libraries."""
    lines = run(["ldd", program], env=dict(os.environ, **environment)).splitlines()
    words = [line.split("=>")[-1].split() for line in lines]
    return [word[0] for word in words if word and word[0].startswith("/")]


def copy_loaded(root, program, *, only=None, **environment):
    """Puts what the program loads into a root directory, where it is here; only those whose names begin so."""
    for file in map(Path, loaded_files(program, **environment)):
        place = root / str(file).lstrip("/")
        if (only is None or file.name.startswith(only)) and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)


def run_in_root(root, program, *arguments, **environment):
    """What a program prints that sees this directory alone, as the root."""
    command = ["unshare", "--map-root-user", "--root", root, program, *arguments]
    return run(command, PROGRAM_SECONDS, env=dict({"PATH": os.environ["PATH"]}, **environment))
