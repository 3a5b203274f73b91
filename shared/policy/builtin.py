"""The packs that come with the platform: Cheshire East, and Cambridgeshire and Peterborough."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from shared.policy.source import FolderPacks, PackText


class BuiltinPacks:
    """A `PackSource` over the packs in this package."""

    def packs(self) -> Iterable[PackText]:
        return FolderPacks(files("shared.policy") / "packs").packs()
