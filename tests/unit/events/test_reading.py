"""Event data read at once is what the schema makes of it, and what is refused is refused in the schema's words."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.events.catalogue import CATALOGUE
from shared.events.reading import read_event
from shared.events.schemas import dump_event, schema_of


@dataclass(frozen=True, kw_only=True)
class Line:
    """A part of a sample."""

    text: str
    pence: int


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Every kind of field that an event may have."""

    id: Annotated[str, "which"]
    status: Literal["open", "closed"]
    pence: int
    is_urgent: bool
    at: datetime
    on: date
    lines: tuple[Line, ...]
    tags: tuple[str, ...] = ()
    until_on: date | None = None
    first: Line | None = None
    note: str | None = None


WHOLE = Sample(
    id="sample-1",
    status="open",
    pence=1250,
    is_urgent=True,
    at=datetime(2026, 3, 2, 9, 30, 0, 125_000, tzinfo=UTC),
    on=date(2026, 3, 2),
    lines=(Line(text="one", pence=1),),
    tags=("a", "b"),
    until_on=date(2026, 4, 1),
    first=Line(text="first", pence=-1),
    note="a note",
)
NAMES = [f.name for f in fields(Sample)]
ODD = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            1,
            1.0,
            -(2**70),
            2.5,
            "",
            "open",
            "1",
            "true",
            "x" * 4001,
            [],
            [None],
            {},
            {"text": "x"},
        ),
        *("2026-03-02", "2026-02-31", "2026-3-2", "2026-03-02T09:30:00.125Z", "2026-03-02T09:30:00Z"),
        *("2026-03-02T24:61:00.000Z", "2026-03-02T09:30:00.125+01:00", "2026-03-02T09:30:00", "٢٠٢٦-03-02"),
        *({"text": "x", "pence": 1}, [{"text": "x", "pence": 1, "more": 2}], [{"text": 1}], "half \ud800"),
    ]
)


def test_what_was_dumped_is_read_as_it_was() -> None:
    read = read_event(Sample, dump_event(WHOLE))

    assert read == WHOLE


@given(
    changes=st.dictionaries(st.sampled_from(NAMES), ODD, max_size=3), absent=st.sets(st.sampled_from(NAMES), max_size=2)
)
def test_whatever_the_data_the_outcome_is_the_schemas(changes: dict[str, Any], absent: set[str]) -> None:
    whole = dump_event(WHOLE) | changes | {"unknown": 1}
    data = {name: value for name, value in whole.items() if name not in absent}

    assert outcome(Sample, data, read_event) == outcome(Sample, data, by_schema)


@pytest.mark.parametrize("data", [None, [], "text", {"id": 1}])
def test_what_is_no_event_at_all_is_refused_in_the_schemas_words(data: Any) -> None:
    refused = outcome(Sample, data, read_event)

    assert refused == outcome(Sample, data, by_schema)
    assert isinstance(refused, dict)


@pytest.mark.parametrize("type", sorted(CATALOGUE))
def test_every_event_type_can_be_read(type: str) -> None:
    assert outcome(CATALOGUE[type], {}, read_event) == outcome(CATALOGUE[type], {}, by_schema)


def by_schema(cls: Any, data: Any) -> Any:
    return schema_of(cls).load(data)


def outcome(cls: Any, data: Any, read: Any) -> Any:
    """What was read, or what was found wrong."""
    try:
        return read(cls, data)
    except ValidationError as error:
        return error.messages
