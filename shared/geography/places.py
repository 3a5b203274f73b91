"""Where a postcode is: its point, its sector's point, its local authority.

Reads one letter's file when it is first asked about and keeps only a few, so that a lookup costs tens of milliseconds
once and microseconds after, and memory stays small.
"""

from __future__ import annotations

import json
import random
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Lock

import numpy as np

from shared.geography.distance import Point
from shared.geography.grid import point_of_grid
from shared.geography.postcode import (
    Postcode,
    Precision,
    parse_postcode,
    parse_postcode_area,
    unknown,
)
from shared.geography.postcode_file import NO_GRID, NOWHERE, Letter, packaged_folder, read_letter

# The directory keeps postcodes that Royal Mail has ended and does not mark them. These outcodes ended as a whole.
ABOLISHED_OUTCODES = ("PE17", "PE18")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A point, and how precisely it stands for what was asked.

    `precision` says what the point is: the postcode's own reference, or the centroid of its sector or outcode.
    """

    postcode: str
    point: Point
    precision: Precision


class Postcodes:
    """The postcodes of Great Britain.

    `letters_kept` bounds memory: at most that many first letters are held at once (the largest takes 6 MB, the usual
    2 MB). Safe to share between threads.
    """

    def __init__(self, *, folder: Path | None = None, letters_kept: int = 4) -> None:
        self._folder = folder or packaged_folder()
        self._letters_kept = letters_kept
        self._letters: OrderedDict[str, Letter | None] = OrderedDict()
        self._lock = Lock()

    def locate(self, text: str, *, field: str = "postcode") -> Place:
        """The place of a postcode, a sector or an outcode, as precisely as the directory knows it.

        A postcode that exists but has no reference of its own stands at its sector's centroid.
        Raises `MalformedPostcode` or `UnknownPostcode`, naming `field`.
        """
        postcode = parse_postcode_area(text, field=field)
        self._require_known(postcode, field=field)
        for part in dict.fromkeys((postcode, postcode.sector, Postcode(outcode=postcode.outcode))):
            if (point := self._centroid(part)) is not None:
                return Place(postcode=str(postcode), point=point, precision=part.precision)
        raise unknown(postcode, field=field, reason="it has no place on the map of Great Britain")

    def locate_sector(self, text: str, *, field: str = "postcode") -> Place:
        """The centroid of the sector of a postcode: where a personal assistant stands in search, never nearer home.

        Raises `MalformedPostcode` or `UnknownPostcode`, naming `field`.
        """
        postcode = parse_postcode(text, field=field)
        self._require_known(postcode, field=field)
        return self.locate(str(postcode.sector), field=field)

    def local_authority_of(self, text: str, *, field: str = "postcode") -> str:
        """The ONS code of the local authority (the lower tier where there are two) that a postcode lies in.

        Raises `MalformedPostcode` or `UnknownPostcode`, naming `field`.
        """
        postcode = parse_postcode(text, field=field)
        row = self._require_known(postcode, field=field)
        letter = self._letter(postcode)
        code = letter.authorities[letter.authority[row.start]] if letter is not None else NOWHERE
        if code == NOWHERE:
            raise unknown(postcode, field=field, reason="it lies in no local authority")
        return code

    def postcodes_of(self, authorities: Collection[str], *, seed: int, n: int) -> list[str]:
        """`n` different postcodes of these local authorities, the same for the same seed.

        For sample data. Takes only postcodes with a reference, and none in an outcode known to be abolished.
        Raises `ValueError` when there are fewer than `n`.
        """
        found = sorted(code for letter in self._letters_of(authorities) for code in _codes_in(letter, authorities))
        return [_spaced(code) for code in random.Random(seed).sample(found, n)]  # noqa: S311 - sample data, not secrets

    def _require_known(self, postcode: Postcode, *, field: str) -> slice:
        """The rows under a postcode, sector or outcode; raises `UnknownPostcode` if there is none."""
        if postcode.outcode.startswith("BT"):
            raise unknown(postcode, field=field, reason="Northern Ireland is not covered")
        letter = self._letter(postcode)
        rows = slice(0, 0) if letter is None else letter.range_of(postcode.padded)
        if rows.start == rows.stop:
            raise unknown(postcode, field=field)
        return rows

    def _centroid(self, postcode: Postcode) -> Point | None:
        """The mean reference of all postcodes under this one; `None` if none of them has a reference."""
        letter = self._letter(postcode)
        if letter is None:
            return None
        rows = letter.range_of(postcode.padded)
        eastings, northings = letter.easting_m[rows], letter.northing_m[rows]
        placed = eastings != NO_GRID
        if not bool(placed.any()):
            return None
        return point_of_grid(float(eastings[placed].mean()), float(northings[placed].mean()))

    def _letter(self, postcode: Postcode) -> Letter | None:
        initial = postcode.outcode[0]
        with self._lock:
            if initial not in self._letters:
                self._letters[initial] = read_letter(self._folder, initial)
            self._letters.move_to_end(initial)
            while len(self._letters) > self._letters_kept:
                self._letters.popitem(last=False)
            return self._letters[initial]

    def _letters_of(self, authorities: Collection[str]) -> Iterator[Letter]:
        initials = initials_of_authorities()
        for initial in sorted({initial for authority in authorities for initial in initials.get(authority, "")}):
            letter = read_letter(self._folder, initial)
            if letter is not None:
                yield letter


def initials_of_authorities() -> dict[str, str]:
    """The first letters of the postcodes of each local authority, so that sampling one reads few files."""
    table: dict[str, str] = json.loads((files(__package__) / "authority_initials.json").read_text(encoding="utf-8"))
    return table


def _codes_in(letter: Letter, authorities: Collection[str]) -> Iterator[str]:
    wanted = [index for index, code in enumerate(letter.authorities) if code in authorities]
    rows = np.isin(letter.authority, wanted) & (letter.easting_m != NO_GRID)
    for code in letter.codes[rows].tolist():
        if code[:4].decode().strip() not in ABOLISHED_OUTCODES:
            yield code.decode()


def _spaced(padded: str) -> str:
    return f"{padded[:4].strip()} {padded[4:]}"
