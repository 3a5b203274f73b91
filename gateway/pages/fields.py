"""One question of a form: what was said in its boxes, as the API writes it, and how it is shown with that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from werkzeug.datastructures import MultiDict

from shared.dates import LONDON, format_instant
from shared.errors import Invalid
from shared.money import NotMoney, parse_pounds

Kind = Literal[
    "text",
    "area",
    "day",
    "moment",
    "one_of",
    "select",
    "any_of",
    "yes_no",
    "pounds",
    "number",
    "hundredths",
    "lines",
    "kept",
    "file",
]
Given = MultiDict[str, str]
YES, NO = "yes", "no"
DAY_PARTS = ("day", "month", "year")
EXAMPLE_DAY, EXAMPLE_TIME = "27 3 2026", "14:30"
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})")


class Unreadable(Invalid):
    """A box holds what no answer can be; the detail says what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a form is about: a council, the record that it changes, and where that is shown."""

    council_id: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    address: str = ""
    facts: tuple[tuple[str, str], ...] = ()


Choices = Callable[[Known], Mapping[str, str]]
Usual = Callable[[Known], str]


@dataclass(frozen=True, kw_only=True)
class Field:
    """A question. `name` is its box, `path` where its answer goes in what the API takes (the name, when left out).

    `ask` is what an empty box is told. Choices that turn out empty make it a box for words: where a council leaves a list
    open, any code is taken; with `only_choices` it is left out instead. `usual` is what stands there at first. A `needed`
    answer is one that the page asks for though the API does not; of a `closed` list nothing else is passed on. A `quiet`
    question is not asked where there is one choice only. `row` names the row of a list that it is asked in.
    """

    name: str
    label: str
    kind: Kind = "text"
    path: str = ""
    hint: str = ""
    ask: str = ""
    heading: str = ""
    optional: bool = False
    choices: Choices | None = None
    usual: Usual | None = None
    width: int = 0
    type: str = "text"
    needed: bool = False
    closed: bool = False
    only_choices: bool = False
    quiet: bool = False
    row: str = ""

    @property
    def place(self) -> str:
        """Where its answer goes."""
        return self.path or self.name

    @property
    def id(self) -> str:
        """Its id on the page."""
        return self.name.replace(".", "-")

    @property
    def empty(self) -> str:
        """What an empty box is told."""
        return self.ask or f"Answer this question: {self.label}"

    def said(self, given: Given) -> Any:
        """The answer as the API writes it; `None` where nothing was said. Raises `Unreadable`."""
        return _READERS[self.kind](self, given)

    def said_nothing(self, given: Given) -> bool:
        """Whether nothing stands in its boxes."""
        names = (self.name, *(f"{self.name}-{part}" for part in (*DAY_PARTS, "time", "name")))
        return not any(text.strip() for name in names for text in given.getlist(name))


def _text(field: Field, given: Given) -> str | None:
    return given.get(field.name, "").strip().replace("\r\n", "\n") or None


def _several(field: Field, given: Given) -> list[str] | None:
    """The boxes that are ticked; where there was nothing to tick, the lines that were written."""
    return [line.strip() for text in given.getlist(field.name) for line in text.splitlines() if line.strip()] or None


def _yes_no(field: Field, given: Given) -> bool | None:
    return {YES: True, NO: False}.get(given.get(field.name, ""))


def _lines(field: Field, given: Given) -> list[str] | None:
    return [line.strip() for line in given.get(field.name, "").splitlines() if line.strip()] or None


def _number(field: Field, given: Given) -> int | None:
    text = given.get(field.name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Unreadable("must be a whole number, such as 12")
    return int(text)


def _hundredths(field: Field, given: Given) -> int | None:
    text = given.get(field.name, "").strip()
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{1,6})(?:\.([0-9]{1,2}))?", text)
    if found is None:
        raise Unreadable("must be a number with two decimals at most, such as 10.5")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _pounds(field: Field, given: Given) -> int | None:
    text = given.get(field.name, "").strip().removeprefix("£")
    if not text:
        return None
    try:
        return parse_pounds(text).amount
    except NotMoney as refusal:
        raise Unreadable("must be an amount in pounds and pence, such as 62.50") from refusal


def _day(field: Field, given: Given) -> str | None:
    parts = [given.get(f"{field.name}-{part}", "").strip() for part in DAY_PARTS]
    if not any(parts):
        return None
    lacking = [part for part, text in zip(DAY_PARTS, parts, strict=True) if not text]
    if lacking:
        raise Unreadable(f"must have a {' and a '.join(lacking)}")
    if not all(re.fullmatch(r"[0-9]{1,4}", text) for text in parts):
        raise Unreadable(f"must be a real date in numbers, such as {EXAMPLE_DAY}")
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0])).isoformat()
    except ValueError:
        raise Unreadable(f"must be a real date, such as {EXAMPLE_DAY}") from None


def _moment(field: Field, given: Given) -> str | None:
    text = given.get(f"{field.name}-time", "").strip()
    on = _day(field, given)
    if on is None and not text:
        return None
    if on is None:
        raise Unreadable("must have a day, a month and a year")
    found = _TIME.fullmatch(text)
    if found is None:
        raise Unreadable(f"must have a time on the 24-hour clock, such as {EXAMPLE_TIME}")
    return _instant(date.fromisoformat(on), int(found[1]), int(found[2]))


def _instant(on: date, hour: int, minute: int) -> str:
    """The instant at which London's clocks show this; of two, the first."""
    try:
        shown = datetime.combine(on, time(hour, minute), tzinfo=LONDON)
    except ValueError:
        raise Unreadable(f"must have a time on the 24-hour clock, such as {EXAMPLE_TIME}") from None
    at = shown.astimezone(UTC)
    if at.astimezone(LONDON).replace(tzinfo=None) != shown.replace(tzinfo=None):
        raise Unreadable("is left out by the clocks, which go forward in that hour")
    return format_instant(at)


def _file(field: Field, given: Given) -> dict[str, str] | None:
    """A file that was chosen: its name, its kind as the browser has it, and its bytes in base64."""
    name = given.get(f"{field.name}-name", "")
    if not name:
        return None
    return {"name": name, "kind": given.get(f"{field.name}-kind", ""), "base64": given.get(field.name, "")}


_READERS: Mapping[Kind, Callable[[Field, Given], Any]] = {
    "text": _text,
    "area": _text,
    "kept": _text,
    "one_of": _text,
    "select": _text,
    "any_of": _several,
    "yes_no": _yes_no,
    "day": _day,
    "moment": _moment,
    "pounds": _pounds,
    "number": _number,
    "hundredths": _hundredths,
    "lines": _lines,
    "file": _file,
}
