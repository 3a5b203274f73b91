"""Writes the part of the lock file that some packages need at run time, so that an image holds nothing else.

usage: runtime_requirements.py [PACKAGE...]      default: everything in pyproject's dependencies, without the extras
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==", re.MULTILINE)


def canonical(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def blocks(lock: str) -> dict[str, str]:
    """Each pinned package's lines: the pin, its hashes and who asked for it."""
    starts = list(PINNED.finditer(lock))
    ends = [*(start.start() for start in starts[1:]), len(lock)]
    return {canonical(start["name"]): lock[start.start() : end] for start, end in zip(starts, ends, strict=True)}


def asked_for_by(block: str) -> set[str]:
    """The packages that need this one, from the comments that pip-compile leaves."""
    _, _, comment = block.partition("# via")
    return {canonical(line.strip(" #").split(" ")[0]) for line in comment.splitlines() if line.strip(" #")}


def needed(pinned: dict[str, str], roots: set[str]) -> set[str]:
    """The roots and everything that they need, however indirectly."""
    found: set[str] = set()
    wanted = roots
    while wanted:
        found |= wanted
        wanted = {name for name, block in pinned.items() if asked_for_by(block) & found} - found
    return found


def runtime_packages(pyproject: str) -> set[str]:
    """The names in the project's dependencies."""
    dependencies = tomllib.loads(pyproject)["project"]["dependencies"]
    return {canonical(NAME.match(line).group()) for line in dependencies}  # type: ignore[union-attr]


def selection(lock: str, roots: set[str]) -> str:
    """The lines of the lock file for the roots and what they need. `LookupError` for a root that isn't locked."""
    pinned = blocks(lock)
    if unlocked := roots - pinned.keys():
        raise LookupError(f"not in requirements.lock: {', '.join(sorted(unlocked))}")
    wanted = needed(pinned, roots)
    return "".join(block for name, block in pinned.items() if name in wanted)


def main(arguments: list[str]) -> None:
    """Prints the selection."""
    roots = {canonical(name) for name in arguments} or runtime_packages((PROJECT / "pyproject.toml").read_text())
    sys.stdout.write(selection((PROJECT / "requirements.lock").read_text(), roots))


if __name__ == "__main__":
    main(sys.argv[1:])
