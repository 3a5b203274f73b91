"""A PATH: the eight steps in which a person plans from their dreams back to what comes first (CP 6.14, Sch II)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.dates import add_months
from shared.errors import FieldError, Invalid


@dataclass(frozen=True, kw_only=True)
class PathNote:
    """One thing that a step holds: in the person's own words, by when where the step looks ahead, and who helps."""

    words: str
    by_on: date | None = None
    who: str = ""


@dataclass(frozen=True, kw_only=True)
class PathStep:
    """One step with what it holds."""

    number: int
    notes: tuple[PathNote, ...]


@dataclass(frozen=True, kw_only=True)
class Path:
    """A person's PATH, drawn on a day; drawn anew it is the next version."""

    version: int
    drawn_on: date
    steps: tuple[PathStep, ...]
    recorded_by: str


def missing_steps(path: Path, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The steps of the council's policy that are still to come, in order."""
    done = {step.number for step in path.steps}
    return [row["number"] for row in rows if row["number"] not in done]


def check_path(steps: Sequence[PathStep], drawn_on: date, rows: Sequence[Mapping[str, Any]]) -> None:
    """A PATH is drawn in order, and each look ahead stays within its step's months. Raises `Invalid`."""
    numbers = [step.number for step in steps]
    wanted = [row["number"] for row in rows][: len(numbers)]
    errors = [] if numbers == wanted else [_out_of_order(wanted)]
    by_number = {row["number"]: row for row in rows}
    for place, step in enumerate(steps):
        errors += _too_near_or_far(place, step, drawn_on, by_number.get(step.number, {}))
    if errors:
        raise Invalid("The PATH does not go by its steps (CP 6.14).", errors=errors)


def _out_of_order(wanted: Sequence[int]) -> FieldError:
    first = ", ".join(str(number) for number in wanted)
    message = f"The steps come in order, none left out: {first} (CP 6.14)."
    return FieldError(field="steps", rule="in-order", message=message)


def _too_near_or_far(place: int, step: PathStep, drawn_on: date, row: Mapping[str, Any]) -> list[FieldError]:
    if "from_months" not in row:
        return []
    first, last = add_months(drawn_on, row["from_months"]), add_months(drawn_on, row["to_months"])
    message = f"This step looks ahead to {first} to {last} ({row['clause']})."
    return [
        FieldError(field=f"steps.{place}.notes.{number}.by_on", rule="within-step", message=message)
        for number, note in enumerate(step.notes)
        if note.by_on is not None and not first <= note.by_on <= last
    ]
