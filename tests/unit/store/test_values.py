"""The values that every engine keeps alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.store.documents import Collection
from shared.store.sqlite_layout import Layout, decoded, legible
from shared.store.values import (
    DEEPEST,
    _check,
    _is_plain,
    check_document,
    end_of_prefix,
    from_milliseconds,
    to_milliseconds,
    value_at,
)

texts = st.text()
instants = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
keys = st.text().filter(lambda key: "." not in key and not key.startswith("$") and "\0" not in key)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts | instants
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


@given(instants)
def test_an_instant_survives_its_milliseconds(instant: datetime) -> None:
    assert from_milliseconds(to_milliseconds(instant)) == instant


@settings(deadline=None)
@given(values)
def test_any_allowed_document_survives_its_stored_text(held: Any) -> None:
    document = {"_id": "c1", "version": 1, "held": held}

    stored = Layout(Collection(name="cases")).row(document).body

    assert decoded(stored) == document


@settings(deadline=None)
@given(values | st.sampled_from(['{"$at":5}', ['"{"$at":5}', "$at"]]))
def test_a_stored_text_read_through_has_its_instants_written_out(held: Any) -> None:
    document = {"_id": "c1", "version": 1, "held": held}

    stored = Layout(Collection(name="cases")).row(document).body

    assert legible(stored) == _written_out(document)


@pytest.mark.parametrize("coded", ['{"$at":5,"x":1}', '{"$at":"5"}', '{"$at":99999999999999999}', '{"$at":null}'])
def test_what_was_never_an_instant_stays_as_it_lies_there(coded: str) -> None:
    assert legible(f'{{"held":{coded},"due_at":{{"$at":0}}}}') == {
        "held": json.loads(coded),
        "due_at": "1970-01-01T00:00:00.000+00:00",
    }


def _written_out(held: Any) -> Any:
    if isinstance(held, datetime):
        return held.isoformat(timespec="milliseconds")
    if isinstance(held, dict):
        return {key: _written_out(each) for key, each in held.items()}
    return [_written_out(each) for each in held] if isinstance(held, list) else held


unfit = st.floats() | st.integers(2**63) | st.just("\ud800") | st.binary() | st.datetimes() | st.just({1})
anything = st.recursive(
    leaves | unfit,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
)


@settings(deadline=None)
@given(anything)
def test_what_passes_at_a_glance_passes_a_close_look(held: Any) -> None:
    document = {"_id": "c1", "version": 1, "held": held}

    if _is_plain(document):
        _check(document, "", DEEPEST)


@pytest.mark.parametrize(("levels", "is_plain"), [(DEEPEST - 1, True), (DEEPEST, False)])
def test_a_glance_sees_what_is_too_deep(levels: int, is_plain: bool) -> None:
    held: Any = "x"
    for _ in range(levels):
        held = [held]

    assert _is_plain({"held": held}) is is_plain


@given(start=texts, rest=texts, other=texts)
def test_the_end_of_a_prefix_parts_what_starts_with_it_from_the_rest(start: str, rest: str, other: str) -> None:
    end = end_of_prefix(start)

    assert start <= start + rest
    assert end is None or start + rest < end
    assert other.startswith(start) or other < start or (end is not None and other >= end)


@pytest.mark.parametrize("place", ["held", "held.deeper"])
def test_a_refusal_names_the_place(place: str) -> None:
    held: Any = 0.5 if place == "held" else {"deeper": [0.5]}

    with pytest.raises(TypeError, match=rf"^{place} holds a float: numbers are whole$"):
        check_document({"_id": "c1", "version": 1, "held": held})


def test_a_path_does_not_lead_through_lists() -> None:
    with pytest.raises(TypeError, match="list"):
        value_at({"lines": [{"sku": "x"}]}, "lines.sku")


def test_a_path_that_ends_early_is_absent() -> None:
    assert value_at({"budget": 7}, "budget.amount") is None
    assert value_at({}, "budget.amount") is None
