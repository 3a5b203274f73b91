"""The project's own source files, and a copy of them to plant breaches in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("shared", "services", "gateway")
NOT_OURS = {"node_modules", "__pycache__", "vendor"}


def sources(*folders: str) -> Iterator[Path]:
    """Every Python file below these folders, in order."""
    for folder in folders:
        yield from (path for path in sorted((PROJECT / folder).rglob("*.py")) if not NOT_OURS & set(path.parts))


def named(path: Path) -> str:
    """The path as seen from the project's root."""
    return path.relative_to(PROJECT).as_posix()


def copy_packages(to: Path) -> None:
    """Copies pyproject.toml and the packages' Python files."""
    shutil.copy(PROJECT / "pyproject.toml", to)
    for path in sources(*PACKAGES):
        target = to / named(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
