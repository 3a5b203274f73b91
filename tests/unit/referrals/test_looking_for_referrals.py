"""Finding referrals by council and reference, seeing who has how many, and saying that one has been seen."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from services.referrals.handlers.answering import accept_referral, allocate_referral, close_referral, see_referral
from services.referrals.model.referral import Referral
from services.referrals.schemas.referrals import referral_out
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Stored
from shared.store.documents import BadCursor
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event

DEEP = base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")
BOTH = Caller(actor_id="adviser-1", roles=("adviser",), councils=(CE, CP))


@pytest.fixture
def desk() -> ReferralsDesk:
    """Two referrals of each council; both councils use the same references and numbers."""
    desk = ReferralsDesk()
    for council_id in (CE, CP):
        for number in (1, 2):
            taken_in(desk, number, council_id)
    return desk


def taken_in(desk: ReferralsDesk, number: int, council_id: str = CE) -> Stored[Referral]:
    person = {"person_reference": f"P-{number}", "name": f"Sample Person {number}"}
    event = an_event(council_id=council_id, data__referral_reference=f"Ref-{number}/A", data__person=person)
    return desk.taken_in(event, council_id)


def found(desk: ReferralsDesk, caller: Caller = BOTH, **asked: Any) -> list[tuple[str, str]]:
    items = desk.store.referrals_seen_by(caller, **asked).items
    return sorted((stored.council_id, stored.state.reference) for stored in items)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [(CP, "Ref-1/A"), (CP, "Ref-2/A"), (CE, "Ref-1/A"), (CE, "Ref-2/A")]),
        ({"council_id": CE}, [(CE, "Ref-1/A"), (CE, "Ref-2/A")]),
        ({"council_id": "elsewhere"}, []),
        ({"q": "ref-1"}, [(CP, "Ref-1/A"), (CE, "Ref-1/A")]),
        ({"q": " REF-1/a "}, [(CP, "Ref-1/A"), (CE, "Ref-1/A")]),
        ({"q": "P-2"}, [(CP, "Ref-2/A"), (CE, "Ref-2/A")]),
        ({"q": "P-2", "council_id": CE}, [(CE, "Ref-2/A")]),
        ({"q": "P-2", "council_id": CE, "status": "submitted"}, [(CE, "Ref-2/A")]),
        ({"q": "P-2", "status": "closed"}, []),
        ({"q": "Sample"}, []),
        ({"q": "%"}, []),
        ({"q": "1/A"}, []),
    ],
)
def test_referrals_are_found_by_council_number_and_the_beginning_of_a_reference(
    desk: ReferralsDesk, asked: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(desk, **asked) == sorted(expected)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_two_councils_referrals_come_as_one_list_the_newest_first_whatever_the_page(limit: int) -> None:
    desk = ReferralsDesk()
    made = []
    for number, council_id in enumerate((CE, CE, CP, CE, CP, CP, CP), start=1):
        desk.clock.advance(timedelta(minutes=number % 3))
        made.append(taken_in(desk, number, council_id))
    newest_first = sorted(made, key=lambda stored: (-stored.state.received_at.timestamp(), stored.id))

    seen, after, pages = [], None, 0
    while pages == 0 or after is not None:
        page = desk.store.referrals_seen_by(BOTH, status="submitted", after=after, limit=limit)
        seen += [stored.id for stored in page.items]
        after, pages = page.next, pages + 1

    assert seen == [stored.id for stored in newest_first]
    assert pages <= len(made) // limit + 1


@pytest.mark.parametrize(
    "cursor", ["no cursor", "bm9uZQ", "eyJlbHNld2hlcmUiOm51bGx9", "W10", "NQ", pytest.param(DEEP, id="deep")]
)
def test_a_cursor_of_something_else_is_refused(desk: ReferralsDesk, cursor: str) -> None:
    with pytest.raises(BadCursor):
        desk.store.referrals_seen_by(BOTH, after=cursor)


def test_nothing_is_found_outside_the_callers_councils(desk: ReferralsDesk) -> None:
    assert found(desk, an_adviser(), council_id=CP) == []
    assert found(desk, an_adviser(), q="P-1") == [(CE, "Ref-1/A")]


def test_pages_go_on_where_they_ended_whatever_is_asked(desk: ReferralsDesk) -> None:
    for asked in ({"council_id": CE}, {"council_id": CE, "status": "submitted"}, {"q": "ref"}):
        seen, after = [], None
        while True:
            page = desk.store.referrals_seen_by(BOTH, **asked, after=after, limit=1)  # type: ignore[arg-type]
            seen += [stored.id for stored in page.items]
            after = page.next
            if after is None:
                break
        assert len(seen) == len(set(seen)) == len(found(desk, **asked))


def test_a_caseload_counts_what_is_open(desk: ReferralsDesk) -> None:
    first, second = (stored.id for stored in desk.store.referrals_seen_by(an_adviser()).items)
    tools: dict[str, Any] = {"referrals": desk.referrals.records}
    for referral_id in (first, second):
        accept_referral(referral_id, worker_id="worker-1", clock=desk.clock, cause=a_command(), **tools)
    assert desk.store.caseloads(an_adviser()) == {"worker-1": 2}

    allocate_referral(first, worker_id="worker-2", cause=a_command(), **tools)
    assert desk.store.caseloads(an_adviser()) == {"worker-1": 1, "worker-2": 1}

    close_referral(second, reason="moved away", clock=desk.clock, cause=a_command(), **tools)
    assert desk.store.caseloads(an_adviser()) == {"worker-2": 1}
    assert desk.store.caseloads(an_adviser(councils=(CP,))) == {}


def test_a_referral_says_in_fhir_whether_somebody_has_seen_it(desk: ReferralsDesk) -> None:
    stored = desk.store.referrals_seen_by(an_adviser()).items[0]
    before = referral_out(stored, an_adviser())

    seen = see_referral(stored.id, referrals=desk.referrals.records, clock=desk.clock, cause=a_command())

    assert before["fhir"] == {"task": "requested", "service_request": "active"}
    assert "seen_at" not in before
    after = referral_out(seen, an_adviser())
    assert (after["fhir"]["task"], after["seen_by"]) == ("received", "adviser-1")


def test_nobody_sees_a_referral_of_another_council(desk: ReferralsDesk) -> None:
    stored = desk.store.referrals_seen_by(an_adviser()).items[0]

    with pytest.raises(NotFound):
        see_referral(
            stored.id,
            referrals=desk.referrals.records,
            clock=desk.clock,
            cause=a_command(an_adviser(councils=(CP,))),
        )
