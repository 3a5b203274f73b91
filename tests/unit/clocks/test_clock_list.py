"""The list has every clock by due instant, page by page, whatever the order in which it hears of their records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.policy.clock_list import CLOCKS, ClockList, Wanted, lines_of, place_of
from shared.policy.running import STATES, State
from shared.store.documents import Documents
from shared.store.opening import open_store
from tests.support.crashing import Died, Life, MortalDocuments
from tests.support.documents import InMemoryDocuments
from tests.unit.clocks.builders import DUE

COUNCILS = ("one", "other")
RULES = ("C1", "C6")


def a_clock(number: int, *, state: State = "running", rule: str = "C1") -> dict[str, Any]:
    """A clock as its record's document has it; several share a due instant."""
    due_at = DUE + timedelta(days=number % 7)
    return {"clock_id": f"clk-{number:04}", "state": state, "rule": rule, "due_at": due_at}


def a_record(name: str, *clocks: dict[str, Any], revision: int = 1, council_id: str = "one") -> dict[str, Any]:
    return {
        "_id": name,
        "revision": revision,
        "council_id": council_id,
        "state": {"clocks": list(clocks)},
        "outbox": [{"type": "clock.started"}],
    }


def many(count: int) -> list[dict[str, Any]]:
    """Records with up to three clocks each, of both councils, in every state."""
    chance = Random(7)
    records = []
    for number in range(0, count, 3):
        clocks = [a_clock(n, state=chance.choice(STATES), rule=chance.choice(RULES)) for n in range(number, number + 3)]
        records.append(a_record(f"case-{number:04}", *clocks, council_id=chance.choice(COUNCILS)))
    return records


@pytest.fixture(params=["memory", "sqlite"])
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Documents]:
    if request.param == "memory":
        yield InMemoryDocuments(CLOCKS)
        return
    store = open_store(f"sqlite:///{tmp_path}", service="cases")
    store.migrate([CLOCKS])
    yield store.documents(CLOCKS)
    store.close()


def walk(listing: ClockList, wanted: Wanted, limit: int) -> list[str]:
    """The places of every page, one after the other."""
    places, after = [], None
    while True:
        page = listing.page(wanted, after=after, limit=limit)
        places += [line.place for line in page.lines]
        assert len(page.lines) <= limit
        if page.next is None:
            return places
        after = page.next


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(councils=COUNCILS),
        Wanted(councils=("one",)),
        Wanted(councils=COUNCILS, rule="C6"),
        Wanted(councils=COUNCILS, state="stopped_late"),
        Wanted(councils=COUNCILS, overdue=True),
        Wanted(councils=COUNCILS, overdue=False, rule="C1"),
        Wanted(councils=()),
    ],
    ids=["open", "one council", "one rule", "one state", "overdue", "not overdue of one rule", "no council"],
)
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_every_clock_that_fits_is_on_one_page_in_the_order_of_due_instants(
    documents: Documents, wanted: Wanted, limit: int
) -> None:
    listing, records = ClockList(documents), many(90)
    listing.follow(records)

    expected = sorted(
        place_of(clock["due_at"], clock["clock_id"])
        for record in records
        for clock in record["state"]["clocks"]
        if record["council_id"] in wanted.councils
        and clock["state"] in wanted.states
        and wanted.rule in (None, clock["rule"])
    )

    assert walk(listing, wanted, limit) == expected


def test_a_records_clocks_are_listed_in_whatever_state(documents: Documents) -> None:
    listing = ClockList(documents)
    clocks = [a_clock(number, state=state) for number, state in enumerate(STATES)]
    listing.follow([a_record("case-1", *clocks), a_record("case-2", a_clock(99))])

    assert len(walk(listing, Wanted(councils=("one",), record_id="case-1"), 4)) == len(STATES)


def test_a_cursor_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="after"):
        ClockList(InMemoryDocuments(CLOCKS)).page(Wanted(councils=("one",)), after="2026", limit=1)


@settings(deadline=None)
@given(order=st.permutations(range(6)))
def test_whatever_is_told_last_the_newest_state_of_a_record_stays(order: list[int]) -> None:
    documents = InMemoryDocuments(CLOCKS)
    told = [a_record("case-1", a_clock(1, state=state), revision=n) for n, state in enumerate(STATES, start=1)]

    for index in order:
        ClockList(documents).follow([told[index]])

    (line,) = documents.find().items
    assert line["state_in"] == f"one|{STATES[-1]}"


def test_a_record_told_again_is_not_written_again() -> None:
    documents = InMemoryDocuments(CLOCKS)
    records = many(9)
    ClockList(documents).follow(records)
    before = documents.find().items

    ClockList(documents).follow(records)

    assert documents.find().items == before


def test_what_changed_without_its_clocks_is_left_alone() -> None:
    documents = InMemoryDocuments(CLOCKS)

    ClockList(documents).follow([a_record("case-1", a_clock(1)) | {"outbox": [{"type": "referral.accepted"}]}])

    assert documents.find().items == []


@pytest.mark.parametrize("dies_at", range(5))
def test_whoever_dies_while_listing_is_made_good_when_the_record_is_told_again(dies_at: int) -> None:
    documents, records = InMemoryDocuments(CLOCKS), many(9)
    ClockList(documents).follow(records[:1])
    newer = [record | {"revision": 2, "state": {"clocks": record["state"]["clocks"]}} for record in records]
    for record in newer:
        record["state"] = {"clocks": [clock | {"state": "stopped"} for clock in record["state"]["clocks"]]}

    try:
        ClockList(MortalDocuments(documents, Life(dies_at=dies_at))).follow(newer)
    except Died:
        ClockList(documents).follow(newer)

    assert {line["_id"]: line["state_in"] for line in documents.find().items} == {
        line["_id"]: line["state_in"] for record in newer for line in lines_of(record)
    }


def test_two_who_list_at_once_end_with_the_newest() -> None:
    documents = InMemoryDocuments(CLOCKS)
    old = a_record("case-1", a_clock(1), revision=2)
    new = a_record("case-1", a_clock(1, state="stopped"), revision=3)

    other = Life(between=lambda: ClockList(documents).follow([new]))
    ClockList(MortalDocuments(documents, other)).follow([old])

    (line,) = documents.find().items
    assert line["state_in"] == "one|stopped"
