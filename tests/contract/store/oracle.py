"""What the port promises about questions, told again in plain Python, and documents and questions to try it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from shared.store.documents import AnyOf, Between, Condition, Document, Equal, Prefix
from tests.contract.store.samples import CASES, a_case, hours_later

TEXTS = ("", "a", "ab", "a\0b", "b", "B", "\u00e9", "\ud7ff", "\ue000", "\U0010ffff", "\U0010ffffa")
NUMBERS = (-(2**63), -1, 0, 1, 2**31, 2**63 - 1)

_text = st.sampled_from(TEXTS)
_number = st.sampled_from(NUMBERS)
_flag = st.booleans()
_instant = st.sampled_from([hours_later(n) for n in (-600_000, 0, 1)])
_OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "text": _text,
    "texts": _text,
    "number": _number,
    "flag": _flag,
    "instant": _instant,
}
_ASKED = [field for field in CASES.fields if field.path in ("status", "budget.amount", "is_overdue", "due_at", "needs")]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question: conditions, an order, a page's size, and a field to group by."""

    where: list[Condition]
    order: str | None
    limit: int
    group: str


def some_questions() -> st.SearchStrategy[Asked]:
    """Up to three conditions on any declared field, in any declared order."""
    conditions = st.sampled_from(_ASKED).flatmap(lambda field: _condition(field.path, field.kind))
    return st.builds(
        Asked,
        where=st.lists(conditions, max_size=3),
        order=st.sampled_from([None, *(order.name for order in CASES.orders)]),
        limit=st.integers(1, 5),
        group=st.sampled_from([field.path for field in _ASKED]),
    )


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def some_cases(draw: st.DrawFn, council_id: str) -> list[Document]:
    """Up to a dozen documents of one council with many ties and gaps."""
    number = draw(st.integers(0, 12))
    return [_case(draw, f"{council_id}-{draw(_text)}-{n}", council_id) for n in range(number)]


def _case(draw: st.DrawFn, id: str, council_id: str) -> Document:
    values = {
        "status": draw(_maybe(_text)),
        "is_overdue": draw(_maybe(_flag)),
        "due_at": draw(_maybe(_instant)),
        "needs": draw(_maybe(st.lists(_text, max_size=3))),
        "amount": draw(_maybe(_number)),
    }
    absent = draw(st.sets(st.sampled_from(sorted(values))))
    return a_case(id, council_id=council_id, **{name: value for name, value in values.items() if name not in absent})


def _condition(path: str, kind: str) -> st.SearchStrategy[Condition]:
    value = _OF_KIND[kind]
    forms: list[st.SearchStrategy[Condition]] = [
        st.builds(Equal, path=st.just(path), value=_maybe(value)),
        st.builds(AnyOf, path=st.just(path), values=st.lists(_maybe(value), max_size=3)),
    ]
    if kind in ("text", "number", "instant"):
        ends = {"low": _maybe(value), "high": _maybe(value), "including_high": st.booleans()}
        forms.append(st.builds(Between, path=st.just(path), **ends))
    if kind == "text":
        forms.append(st.builds(Prefix, path=st.just(path), start=value))
    return st.one_of(forms)


def expected_ids(documents: Sequence[Document], where: Sequence[Condition], order: str | None) -> list[str]:
    """The ids of what meets every condition, in order."""
    found = sorted((each for each in documents if _meets_all(each, where)), key=lambda each: str(each["_id"]))
    by = () if order is None else CASES.order(order).by
    for path, direction in reversed(by):
        found.sort(key=lambda each: _rank(_at(each, path)), reverse=direction == "descending")
    return [each["_id"] for each in found]


def expected_groups(documents: Sequence[Document], where: Sequence[Condition], path: str) -> dict[Any, int]:
    """How many of what meets every condition have each value or element."""
    groups: dict[Any, int] = {}
    for document in documents:
        if _meets_all(document, where):
            for value in set(_values(document, path)):
                groups[value] = groups.get(value, 0) + 1
    return groups


def _meets_all(document: Document, where: Sequence[Condition]) -> bool:
    return all(_meets(document, condition) for condition in where)


def _meets(document: Document, condition: Condition) -> bool:
    values = _values(document, condition.path)
    match condition:
        case Equal(value=value):
            return _has(document, condition.path, value)
        case AnyOf(values=wanted):
            return any(_has(document, condition.path, value) for value in wanted)
        case Prefix(start=start):
            return any(value.startswith(start) for value in values)
        case Between(low=low, high=high, including_high=including):
            return any(_is_within(value, low, high, including) for value in values)


def _is_within(value: Any, low: Any, high: Any, including: bool) -> bool:
    is_low_enough = high is None or value < high or (including and value == high)
    return is_low_enough and (low is None or value >= low)


def _has(document: Document, path: str, value: Any) -> bool:
    return _at(document, path) is None if value is None else value in _values(document, path)


def _values(document: Document, path: str) -> list[Any]:
    value = _at(document, path)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _rank(value: Any) -> tuple[bool, Any]:
    if isinstance(value, datetime):
        value = value.timestamp()
    return (value is not None, value if value is not None else 0)
