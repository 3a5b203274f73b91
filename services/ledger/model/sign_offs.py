"""Signing off: the person and their circle of support confirm each item of what they were told (CP 6.6.1 to 6.6.15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from shared.errors import FieldError, Invalid

Capacity = Literal["person", "nominee", "circle", "advocate"]
Format = Literal["written", "easy-read", "large-print", "audio", "video", "pictorial", "translated", "spoken", "other"]
CAPACITIES: tuple[Capacity, ...] = ("person", "nominee", "circle", "advocate")
FORMATS: tuple[Format, ...] = (
    "written",
    "easy-read",
    "large-print",
    "audio",
    "video",
    "pictorial",
    "translated",
    "spoken",
    "other",
)
FOR_THE_PERSON: frozenset[Capacity] = frozenset({"person", "nominee", "advocate"})
"""Whose signature stands for the person's own."""


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """One signature under one version of one item, and in which format the information was given."""

    item: str
    version: int
    format: Format
    signed_by: str
    capacity: Capacity
    signed_on: date
    reference: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class ItemStatus:
    """Where one item stands in its latest version."""

    item: str
    label: str
    clause: str
    version: int
    by_person: bool
    by_circle: bool

    @property
    def done(self) -> bool:
        return self.by_person and self.by_circle


def sign_off_status(
    signed: Sequence[SignOff], rows: Sequence[Mapping[str, Any]], *, no_circle: bool
) -> tuple[ItemStatus, ...]:
    """Every item of the council's list. An item whose information changed is signed anew; who has no circle needs none."""
    return tuple(_status(row, [each for each in signed if each.item == str(row["item"])], no_circle) for row in rows)


def not_signed(
    signed: Sequence[SignOff], rows: Sequence[Mapping[str, Any]], *, no_circle: bool
) -> tuple[ItemStatus, ...]:
    """The items that are not signed off by the person and their circle."""
    return tuple(each for each in sign_off_status(signed, rows, no_circle=no_circle) if not each.done)


def check_sign_offs(
    given: Sequence[SignOff], known: Sequence[SignOff], rows: Sequence[Mapping[str, Any]], *, today: date
) -> None:
    """Items of the list, their present version or the next, signed by today. Raises `Invalid`."""
    items = {str(row["item"]) for row in rows}
    errors = [error for place, each in enumerate(given) for error in _faults(place, each, known, items, today)]
    if errors:
        raise Invalid("The sign-off cannot be recorded.", errors=errors)


def _status(row: Mapping[str, Any], signed: Sequence[SignOff], no_circle: bool) -> ItemStatus:
    version = max((each.version for each in signed), default=0)
    latest = [each for each in signed if each.version == version]
    return ItemStatus(
        item=str(row["item"]),
        label=row["label"],
        clause=row["clause"],
        version=version,
        by_person=any(each.capacity in FOR_THE_PERSON for each in latest),
        by_circle=any(each.capacity == "circle" for each in latest) or (no_circle and bool(latest)),
    )


def _faults(
    place: int, each: SignOff, known: Sequence[SignOff], items: frozenset[str] | set[str], today: date
) -> list[FieldError]:
    faults = []
    if each.item not in items:
        faults.append(_fault(place, "item", "known-item", "The council's list has no such item (CP 6.6)."))
    latest = max((signed.version for signed in known if signed.item == each.item), default=0)
    allowed = range(max(latest, 1), latest + 2)
    if each.version not in allowed:
        numbers = " or ".join(str(number) for number in allowed)
        faults.append(_fault(place, "version", "next-version", f"Of this item version {numbers} can be signed."))
    if each.signed_on > today:
        faults.append(_fault(place, "signed_on", "not-in-future", "Nothing is signed on a day to come."))
    return faults


def _fault(place: int, field: str, rule: str, message: str) -> FieldError:
    return FieldError(field=f"items.{place}.{field}", rule=rule, message=message)
