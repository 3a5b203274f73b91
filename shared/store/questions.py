"""A question put to a collection, checked against its declaration once for every adapter, and its cursors."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.store.documents import (
    AnyOf,
    BadCursor,
    Between,
    Collection,
    Condition,
    Document,
    Equal,
    Field,
    Prefix,
    Undeclared,
)
from shared.store.values import check_of_kind, from_milliseconds, to_milliseconds, value_at

MOST_VALUES = 10_000
"""How many values an `AnyOf` may list; every engine takes that many in one question."""

ID = Field(path="_id", kind="text")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A condition together with the declaration of its field."""

    field: Field
    condition: Condition


@dataclass(frozen=True, kw_only=True)
class Step:
    """One field of the order asked for."""

    field: Field
    descending: bool


Sign = Literal["same", "above", "below", "absent", "present"]


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A limit on one field that a page's place in the order implies."""

    path: str
    sign: Sign
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """Conditions and an order that the collection's declaration allows; `steps` always ends at `_id`."""

    name: str
    where: tuple[Asked, ...]
    steps: tuple[Step, ...]

    def cursor_after(self, document: Document) -> str:
        """The opaque cursor of the page that follows `document` in the answer to this question."""
        place = [_coded(value_at(document, step.field.path)) for step in self.steps]
        text = json.dumps([self._mark(), place], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def place_of(self, cursor: str) -> tuple[Any, ...]:
        """The values, one per step, after which the asked page begins. Raises `BadCursor`."""
        try:
            mark, place = json.loads(_unpacked(cursor))
            values = tuple(_decoded(value) for value in place)
        except (TypeError, ValueError, OverflowError, KeyError, RecursionError) as error:
            raise BadCursor("this is not a cursor of this store") from error
        if mark != self._mark() or len(values) != len(self.steps):
            raise BadCursor("the cursor belongs to another question")
        self._check_place(values)
        return values

    def stretches_after(self, place: Sequence[Any]) -> list[tuple[Bound, ...]]:
        """What follows `place`, as ranges that come one after another in the order, each a conjunction.

        After (a, b): first the same a and a later b, then a later a; so an index can serve each from its middle.
        """
        return [
            (*(_same(step, value) for step, value in zip(self.steps[:depth], place, strict=False)), later)
            for depth in reversed(range(len(self.steps)))
            for later in _later(self.steps[depth], place[depth])
        ]

    def _check_place(self, values: tuple[Any, ...]) -> None:
        for step, value in zip(self.steps, values, strict=True):
            try:
                _check_or_null(step.field, value)
            except TypeError as error:
                raise BadCursor("the cursor has been changed") from error
        if values[-1] is None:
            raise BadCursor("the cursor has been changed")

    def _mark(self) -> str:
        conditions = sorted(json.dumps(_described(asked.condition), default=_coded) for asked in self.where)
        steps = [[step.field.path, step.descending] for step in self.steps]
        text = json.dumps([self.name, conditions, steps])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def ask(collection: Collection, where: Sequence[Condition] = (), order: str | None = None) -> Question:
    """The question, or `Undeclared`, or `TypeError` for a value that its field cannot hold."""
    question = Question(
        name=collection.name,
        where=tuple(_asked(collection, condition) for condition in where),
        steps=_steps(collection, order),
    )
    first = question.steps[0].field
    if not (first.absence_asked or any(asked.field == first for asked in question.where)):
        raise Undeclared(f"{collection.name}: the order {order!r} needs a condition on {first.path!r}")
    return question


def _asked(collection: Collection, condition: Condition) -> Asked:
    field = field_of(collection, condition.path)
    _REFUSE_UNFIT[type(condition)](field, condition)
    return Asked(field=field, condition=condition)


def field_of(collection: Collection, path: str) -> Field:
    """The declared field (`_id` needs no declaration), or `Undeclared`."""
    return ID if path == ID.path else collection.field(path)


def _steps(collection: Collection, order: str | None) -> tuple[Step, ...]:
    by = () if order is None else collection.order(order).by
    steps = tuple(Step(field=field_of(collection, path), descending=way == "descending") for path, way in by)
    if any(step.field == ID for step in steps):
        return steps
    return (*steps, Step(field=ID, descending=False))


# ---------------------------------------------------------------------- what may be asked of which kind


def _refuse_unfit_equal(field: Field, condition: Equal) -> None:
    _check_or_absent(field, condition.value)


def _refuse_unfit_any_of(field: Field, condition: AnyOf) -> None:
    if isinstance(condition.values, str):
        raise TypeError(f"{field.path}: AnyOf takes a list of values, not one text")
    if len(condition.values) > MOST_VALUES:
        raise ValueError(f"{field.path}: AnyOf takes at most {MOST_VALUES} values")
    for value in condition.values:
        _check_or_absent(field, value)


def _refuse_unfit_between(field: Field, condition: Between) -> None:
    if field.kind in ("texts", "flag"):
        raise Undeclared(f"a range cannot be asked of {field.path!r}, which is declared as {field.kind}")
    _check_or_null(field, condition.low)
    _check_or_null(field, condition.high)


def _refuse_unfit_prefix(field: Field, condition: Prefix) -> None:
    if field.kind != "text":
        raise Undeclared(f"a prefix cannot be asked of {field.path!r}, which is declared as {field.kind}")
    check_of_kind(condition.start, "text", field.path)


def _check_or_absent(field: Field, value: Any) -> None:
    if value is None and not field.absence_asked:
        raise Undeclared(f"{field.path!r} is declared as never asked for where it is absent")
    _check_or_null(field, value)


def _check_or_null(field: Field, value: Any) -> None:
    if value is not None:
        check_of_kind(value, field.kind, field.path)


_REFUSE_UNFIT: Mapping[type, Callable[[Field, Any], None]] = {
    Equal: _refuse_unfit_equal,
    AnyOf: _refuse_unfit_any_of,
    Between: _refuse_unfit_between,
    Prefix: _refuse_unfit_prefix,
}


# ---------------------------------------------------------------------- places and cursors


def _same(step: Step, value: Any) -> Bound:
    return Bound(path=step.field.path, sign="absent" if value is None else "same", value=value)


def _later(step: Step, value: Any) -> list[Bound]:
    """Absent values come first ascending, last descending; `_id` is never absent."""
    path = step.field.path
    if value is None:
        return [] if step.descending else [Bound(path=path, sign="present")]
    if not step.descending:
        return [Bound(path=path, sign="above", value=value)]
    below = Bound(path=path, sign="below", value=value)
    return [below] if step.field == ID else [below, Bound(path=path, sign="absent")]


def _described(condition: Condition) -> list[Any]:
    asked = list(condition.values) if isinstance(condition, AnyOf) else list(vars(condition).values())
    return [type(condition).__name__, condition.path, *asked]


def _coded(value: Any) -> Any:
    return {"at": to_milliseconds(value)} if isinstance(value, datetime) else value


def _decoded(value: Any) -> Any:
    return from_milliseconds(value["at"]) if isinstance(value, dict) else value


def _unpacked(cursor: str) -> bytes:
    try:
        return base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (AttributeError, binascii.Error) as error:
        raise ValueError("not base64") from error
