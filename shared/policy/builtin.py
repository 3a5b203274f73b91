"""The packs that come with the platform: Cheshire East, and Cambridgeshire and Peterborough."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from shared.policy.source import FolderPacks, PackText


class BuiltinPacks:
    """A `PackSource` over the packs in this package: one council's, or everyone's."""

    def __init__(self, council_id: str | None = None) -> None:
        self._council_id = council_id

    def packs(self) -> Iterator[PackText]:
        for pack in FolderPacks(files("shared.policy") / "packs").packs():
            if self._council_id is None or pack.name.startswith(f"{self._council_id}/"):
                yield pack


CHESHIRE_EAST = BuiltinPacks("cheshire-east")
CAMBRIDGESHIRE_PETERBOROUGH = BuiltinPacks("cambridgeshire-peterborough")
