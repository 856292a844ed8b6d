#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the package by its pyproject.toml, and uses it with the library as installed.

usage: install_binding.py PACKAGE_DIRECTORY BUILD_DIRECTORY MESON...
"""
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests"))

from installed import Failure, checker, install, run  # noqa: E402
from tap import Tap  # noqa: E402

BUILD = "import setuptools; setuptools.setup()"
USE = "import netdisc; netdisc.Context().close(); print(netdisc.library_version(), netdisc.__file__)"


def build(package, source, built):
    shutil.copytree(package, source, ignore=shutil.ignore_patterns("__pycache__"))
    run([sys.executable, "-c", BUILD, "-q", "build", "--build-lib", built, "egg_info"], cwd=source)


def check_files(package, built):
    expected = sorted(path.name for path in (package / "netdisc").iterdir() if path.is_file())
    found = sorted(path.name for path in (built / "netdisc").iterdir())
    if found != expected or "py.typed" not in found:
        raise Failure(f"built: {found}\nof: {expected}")


def check_version(source, version):
    information = (source / "netdisc.egg-info" / "PKG-INFO").read_text().splitlines()
    for line in ("Name: netdisc", f"Version: {version}", "Requires-Python: >=3.9"):
        if line not in information:
            raise Failure(f"{line!r} is not in\n" + "\n".join(information))
    if any(line.startswith("Requires-Dist") for line in information):
        raise Failure("it depends on something")


def check_use(installation, built):
    """Found by the loader's own search."""
    environment = {**installation.run_environment, "PYTHONPATH": str(built), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("NETDISC_LIBRARY", None)
    printed = run([sys.executable, "-W", "error", "-c", USE], env=environment).split()
    if printed != [installation_version(installation), str(built / "netdisc" / "__init__.py")]:
        raise Failure(printed)


def installation_version(installation):
    return installation.flags("--modversion")[0]


def main():
    package, build_directory, *meson = sys.argv[1:]
    package = Path(package)
    tap = Tap()
    check = checker(tap)

    with tempfile.TemporaryDirectory(prefix="netdisc-python-") as directory:
        scratch = Path(directory)
        installation = install(build_directory, meson, scratch / "root")
        source, built = scratch / "source", scratch / "lib"
        check("it is built", build, package, source, built)
        check("the package has its files", check_files, package, built)
        check("it depends on nothing", check_version, source, installation_version(installation))
        check("it finds the library as installed", check_use, installation, built)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
