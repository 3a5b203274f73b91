"""Reading a CSV file strictly: a header that is known, rows of its width, and nothing cut short."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from shared.errors import FieldError, Invalid, TooLarge
from shared.strict_json import SHOWN


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row by its number in the file, the header's being 1; `cells` leaves out those that are empty."""

    number: int
    cells: dict[str, str]
    problem: FieldError | None = None


def read_table(body: bytes, *, columns: Collection[str], needed: Collection[str], most_rows: int) -> list[Row]:
    """The rows; one of another width than the header brings its problem instead of cells.

    Raises `Invalid` for a file that is no such table, naming the column or the rule, and `TooLarge`.
    """
    lines = _lines(body)
    header = [name.strip() for name in next(lines, [])]
    _check_header(header, columns=columns, needed=needed)
    rows = [_row(number, cells, header) for number, cells in enumerate(lines, 2) if any(cells)]
    if not rows:
        raise _refused("body", "rows", "the file has no row below its header")
    if len(rows) > most_rows:
        raise TooLarge(f"a file holds {most_rows} rows at most; send it in parts")
    return rows


def _lines(body: bytes) -> Iterator[list[str]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("body", "utf-8", f"the file is not valid UTF-8 (byte {error.start})") from error
    if not text.endswith("\n"):
        raise _refused("body", "whole", "the last line has no end: was the file cut short?")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as error:
        raise _refused("body", "csv", f"the file is not CSV: {error}") from error


def _check_header(header: list[str], *, columns: Collection[str], needed: Collection[str]) -> None:
    faults = [
        FieldError(field=name[:SHOWN], rule="known-column", message=f"there is no column {name[:SHOWN]!r}")
        for name in header
        if name not in columns
    ]
    faults += [
        FieldError(field=name, rule="once", message=f"the column {name} is there twice")
        for name, times in Counter(header).items()
        if times > 1 and name in columns
    ]
    faults += [
        FieldError(field=name, rule="required", message=f"the column {name} is missing")
        for name in needed
        if name not in header
    ]
    if faults:
        raise Invalid("the header is not that of such a file", errors=faults)


def _row(number: int, cells: list[str], header: list[str]) -> Row:
    if len(cells) != len(header):
        sentence = f"row {number} has {len(cells)} cells, the header {len(header)}"
        return Row(number=number, cells={}, problem=FieldError(field=f"row.{number}", rule="cells", message=sentence))
    given = {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()}
    return Row(number=number, cells=given)


def _refused(field: str, rule: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field=field, rule=rule, message=message)])
