"""Sampleshire's policy packs."""

from __future__ import annotations

from importlib.resources import files

from shared.policy.source import FolderPacks


class Packs(FolderPacks):
    """The packs in this package's folder `packs`, one file for each first day."""

    def __init__(self) -> None:
        super().__init__(files("sampleshire") / "packs")
