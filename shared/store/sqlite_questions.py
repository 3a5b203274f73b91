"""Turns a checked question into SQL: every condition on an indexed column, every value bound."""
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.store.documents import AnyOf, Between, Equal, Field, Prefix
from shared.store.questions import Asked, Bound, Question, Sign
from shared.store.sqlite_layout import Layout, quoted, stored_value
from shared.store.values import end_of_prefix

Clause = tuple[str, list[Any]]
"""A piece of SQL and the values bound in it."""


def stretches_sql(layout: Layout, question: Question, place: Sequence[Any] | None) -> list[Clause]:
    """Selects the bodies of what follows `place` in the order asked for, one statement per stretch of that order.

    Each statement's last bound value, the limit, is still to be added.
    """
    asked = [_condition(layout, each) for each in question.where]
    stretches = [()] if place is None else question.stretches_after(place)
    order = ", ".join(f"{quoted(step.field.path)} {'DESC' if step.descending else 'ASC'}" for step in question.steps)
    clauses = [_all_of([*asked, *(_bound(bound) for bound in stretch)]) for stretch in stretches]
    return [
        (f"SELECT _body FROM {quoted(layout.table)}{where} ORDER BY {order} LIMIT ?", values)
        for where, values in clauses
    ]


def through_sql(layout: Layout, question: Question, after: str) -> Clause:
    """Selects ids and bodies of what follows an id, by id. The last bound value, the limit, is still to be added."""
    where, values = _all_of([*(_condition(layout, asked) for asked in question.where), ("_id > ?", [after])])
    return f"SELECT _id, _body FROM {quoted(layout.table)}{where} ORDER BY _id LIMIT ?", values


def count_sql(layout: Layout, question: Question) -> Clause:
    """Counts the documents that meet the question's conditions."""
    where, values = _all_of([_condition(layout, asked) for asked in question.where])
    return f"SELECT count(*) FROM {quoted(layout.table)}{where}", values


def group_count_sql(layout: Layout, question: Question, field: Field) -> Clause:
    """Counts them by a field's value, or by element for `texts`."""
    column = quoted(field.path)
    clauses = [_condition(layout, asked) for asked in question.where]
    if field.kind != "texts":
        where, values = _all_of([*clauses, (f"{column} IS NOT NULL", [])])
        return f"SELECT {column}, count(*) FROM {quoted(layout.table)}{where} GROUP BY {column}", values
    side = quoted(layout.side_of(field.path).name)
    where, values = _all_of(clauses)
    chosen = f" WHERE _id IN (SELECT _id FROM {quoted(layout.table)}{where})" if where else ""
    return f"SELECT {column}, count(*) FROM {side}{chosen} GROUP BY {column}", values


def _all_of(clauses: Sequence[Clause]) -> Clause:
    if not clauses:
        return "", []
    joined = " AND ".join(f"({sql})" for sql, _ in clauses)
    return f" WHERE {joined}", [value for _, values in clauses for value in values]


# ---------------------------------------------------------------------- conditions


def _condition(layout: Layout, asked: Asked) -> Clause:
    return _CLAUSES[type(asked.condition)](layout, asked.field, asked.condition)


def _equal(layout: Layout, field: Field, condition: Equal) -> Clause:
    return _any_of(layout, field, AnyOf(path=field.path, values=(condition.value,)))


def _any_of(layout: Layout, field: Field, condition: AnyOf) -> Clause:
    values = [stored_value(value) for value in condition.values if value is not None]
    column = quoted(field.path)
    found = _one_of(column, len(values))
    if field.kind == "texts":
        found = f"_id IN (SELECT _id FROM {quoted(layout.side_of(field.path).name)} WHERE {found})"
    if len(values) == len(condition.values):
        return found, values
    return (f"{column} IS NULL OR {found}", values) if values else (f"{column} IS NULL", [])


def _one_of(column: str, number: int) -> str:
    if number == 1:
        return f"{column} = ?"
    return f"{column} IN ({', '.join('?' * number)})"


def _between(_layout: Layout, field: Field, condition: Between) -> Clause:
    column = quoted(field.path)
    below = "<=" if condition.including_high else "<"
    ends = [(">=", condition.low), (below, condition.high)]
    closed = [(f"{column} {sign} ?", stored_value(end)) for sign, end in ends if end is not None]
    if not closed:
        return f"{column} IS NOT NULL", []
    return " AND ".join(sql for sql, _ in closed), [end for _, end in closed]


def _prefix(layout: Layout, field: Field, condition: Prefix) -> Clause:
    end = end_of_prefix(condition.start)
    return _between(layout, field, Between(path=field.path, low=condition.start, high=end))


_CLAUSES: dict[type, Callable[[Layout, Field, Any], Clause]] = {
    Equal: _equal,
    AnyOf: _any_of,
    Between: _between,
    Prefix: _prefix,
}


# ---------------------------------------------------------------------- places in an order


def _bound(bound: Bound) -> Clause:
    values = [stored_value(bound.value)] if bound.sign in ("same", "above", "below") else []
    return f"{quoted(bound.path)} {_SIGNS[bound.sign]}", values


_SIGNS: dict[Sign, str] = {
    "same": "= ?",
    "above": "> ?",
    "below": "< ?",
    "absent": "IS NULL",
    "present": "IS NOT NULL",
}
