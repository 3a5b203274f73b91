"""Turns a checked question into MongoDB's query language. Pure: dicts in, dicts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.store.documents import AnyOf, Between, Equal, Field, Prefix
from shared.store.questions import Asked, Bound, Question, Sign
from shared.store.values import end_of_prefix

Filter = dict[str, Any]


def page_filter(question: Question, place: Sequence[Any] | None) -> Filter:
    """What meets the conditions and follows `place` in the order asked for."""
    clauses = _clauses(question)
    if place is not None:
        clauses.append(_any_of_stretches(question.stretches_after(place)))
    return _all_of(clauses)


def conditions_filter(question: Question) -> Filter:
    """What meets the conditions."""
    return _all_of(_clauses(question))


def sort_keys(question: Question) -> list[tuple[str, int]]:
    """The order asked for."""
    return [(step.field.path, -1 if step.descending else 1) for step in question.steps]


def group_stages(question: Question, field: Field) -> list[dict[str, Any]]:
    """Counts what meets the conditions by a field's value, or by element for `texts`."""
    return [
        {"$match": _all_of([*_clauses(question), {field.path: {"$ne": None}}])},
        {"$project": {"_id": 0, "value": _value_of(field)}},
        *([{"$unwind": "$value"}] if field.kind == "texts" else []),
        {"$group": {"_id": "$value", "number": {"$sum": 1}}},
    ]


def _value_of(field: Field) -> Any:
    """A union with nothing leaves each element once."""
    return {"$setUnion": [f"${field.path}", []]} if field.kind == "texts" else f"${field.path}"


def _clauses(question: Question) -> list[Filter]:
    return [_condition(asked) for asked in question.where]


def _all_of(clauses: Sequence[Filter]) -> Filter:
    if len(clauses) == 1:
        return clauses[0]
    return {"$and": list(clauses)} if clauses else {}


def _condition(asked: Asked) -> Filter:
    return _FILTERS[type(asked.condition)](asked.field.path, asked.condition)


def _equal(path: str, condition: Equal) -> Filter:
    return {path: {"$eq": condition.value}}


def _any_of(path: str, condition: AnyOf) -> Filter:
    return {path: {"$in": list(condition.values)}}


def _between(path: str, condition: Between) -> Filter:
    below = "$lte" if condition.including_high else "$lt"
    ends = {"$gte": condition.low, below: condition.high}
    closed = {sign: end for sign, end in ends.items() if end is not None}
    return {path: closed or {"$ne": None}}


def _prefix(path: str, condition: Prefix) -> Filter:
    return _between(path, Between(path=path, low=condition.start, high=end_of_prefix(condition.start)))


_FILTERS: dict[type, Callable[[str, Any], Filter]] = {
    Equal: _equal,
    AnyOf: _any_of,
    Between: _between,
    Prefix: _prefix,
}


def _any_of_stretches(stretches: Sequence[Sequence[Bound]]) -> Filter:
    """No stretch at all means that nothing can follow."""
    ways = [_all_of([_bound(bound) for bound in stretch]) for stretch in stretches]
    return ways[0] if len(ways) == 1 else {"$or": ways}


def _bound(bound: Bound) -> Filter:
    return {bound.path: {_SIGNS[bound.sign]: bound.value}}


_SIGNS: dict[Sign, str] = {"same": "$eq", "above": "$gt", "below": "$lt", "absent": "$eq", "present": "$ne"}
