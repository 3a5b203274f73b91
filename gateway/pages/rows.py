"""Questions that are asked once for each row: the lines of a plan, the parts of a breakdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.pages.fields import Field, Given, Known

MORE = "more"
"""The button that asks for another row; its value is the name of the list."""
Filled = Sequence[Mapping[str, str]]


def nothing(_: Known) -> Filled:
    """A list that begins empty."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A list. `name` is where it goes; `one` is what a row is called. The box of a question is named by the list, the row and
    the question: `lines.0.category`. A row in which nobody said anything is left out; `kept` questions say nothing.

    `another` is what the button that adds a row calls it. `filled` is what stands in the first rows at first, by question;
    so many rows as `first` are shown empty after them.
    """

    name: str
    one: str
    fields: tuple[Field, ...]
    heading: str = ""
    hint: str = ""
    another: str = ""
    first: int = 3
    most: int = 50
    filled: Callable[[Known], Filled] = nothing

    @property
    def counter(self) -> str:
        """The hidden box that says how many rows were shown."""
        return f"{self.name}.rows"

    def count(self, given: Given, known: Known) -> int:
        """How many rows there are to show."""
        shown = given.get(self.counter, "")
        if not re.fullmatch(r"[0-9]{1,4}", shown):
            return min(len(self.filled(known)) + self.first, self.most)
        return min(int(shown) + (given.get(MORE) == self.name), self.most)

    def asked(self, given: Given, known: Known) -> tuple[Field, ...]:
        """The questions of every row. The answers of rows that say something go, one after the other, into the list."""
        filled, said = self.filled(known), self._said(given, known)
        return tuple(
            self._in_row(row, one, said, filled[row] if row < len(filled) else {})
            for row in range(self.count(given, known))
            for one in self.fields
        )

    def answered(self, given: Given, known: Known) -> tuple[Field, ...]:
        """The questions of those rows that say something."""
        said = {self.legend(row) for row in self._said(given, known)}
        return tuple(one for one in self.asked(given, known) if one.row in said)

    def legend(self, row: int) -> str:
        """What a row is called on the page: `Line 2`."""
        return f"{self.one} {row + 1}"

    def _said(self, given: Given, known: Known) -> list[int]:
        return [
            row
            for row in range(self.count(given, known))
            if not all(self._box(row, one).said_nothing(given) for one in self.fields if one.kind != "kept")
        ]

    def _box(self, row: int, one: Field) -> Field:
        return replace(one, name=f"{self.name}.{row}.{one.name}")

    def _in_row(self, row: int, one: Field, said: Sequence[int], filled: Mapping[str, str]) -> Field:
        place = str(said.index(row)) if row in said else f"{row} left out"
        first = (lambda _: filled[one.name]) if one.name in filled else one.usual
        path = f"{self.name}.{place}.{one.place}"
        return replace(self._box(row, one), path=path, row=self.legend(row), usual=first)


def listed(payload: Any) -> Any:
    """The payload with what stands under numbers as a list, in their order."""
    if not isinstance(payload, dict):
        return payload
    found = {name: listed(value) for name, value in payload.items()}
    if found and all(isinstance(name, str) and name.isdecimal() for name in found):
        return [found[name] for name in sorted(found, key=int)]
    return found
