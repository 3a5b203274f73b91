"""The plugin point `steward.policy_packs`: whatever yields packs as text.

A plugin's smallest form is a folder of `<council>/<date>.yaml` in its package, offered as
`FolderPacks(files("its_package") / "packs")`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, kw_only=True)
class PackText:
    """A pack's YAML. `name` says where it comes from; `version` is set where its place in a folder promises one."""

    name: str
    text: str
    version: str | None = None


@runtime_checkable
class PackSource(Protocol):
    """Yields packs, as bare YAML or with where it comes from; called once at start."""

    def packs(self) -> Iterable[PackText | str]: ...


def pack_texts(source: PackSource) -> Iterator[PackText]:
    """The source's packs, each with a name to call it by in errors."""
    for number, pack in enumerate(source.packs(), start=1):
        yield PackText(name=f"pack {number} of {type(source).__name__}", text=pack) if isinstance(pack, str) else pack


class FolderPacks:
    """The packs in a folder, one folder for each council, one file for each effective day."""

    def __init__(self, folder: Traversable | Path) -> None:
        self._folder = folder

    def packs(self) -> Iterator[PackText]:
        for council in sorted(self._folder.iterdir(), key=lambda entry: entry.name):
            if council.is_dir():
                yield from _dated_packs(council)


def _dated_packs(council: Traversable) -> Iterator[PackText]:
    for file in sorted(council.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            version = f"{council.name}/{file.name.removesuffix('.yaml')}"
            yield PackText(name=f"{version}.yaml", text=file.read_text(encoding="utf-8"), version=version)
