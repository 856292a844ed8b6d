# SPDX-License-Identifier: MIT
"""The tree as git knows it."""
import shutil
import subprocess


def git(root, *arguments, **options):
    return subprocess.run(["git", "-c", "safe.directory=*", "-C", root, *arguments], check=True,
                          capture_output=True, text=True, **options).stdout


def is_checkout(root):
    return (root / ".git").exists() and shutil.which("git") is not None


def tracked_files(root):
    """Tracked, and those that are about to be."""
    names = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return [name for name in names if name and (root / name).is_file()]


def copy_tracked(root, to):
    for name in tracked_files(root):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, to / name)


def unpack_tag(root, tag, to):
    to.mkdir()
    archive = to / "archive.tar"
    git(root, "archive", "-o", str(archive.resolve()), tag)
    shutil.unpack_archive(archive, to)
    archive.unlink()


def newest_tag(root):
    """Of a version that came before the tree, or is it; None where there is none."""
    tags = git(root, "tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname").split()
    return tags[0] if tags else None
