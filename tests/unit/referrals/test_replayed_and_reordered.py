"""A council's events sent again, shuffled, or by another: the same records come of it, or a refusal that says why."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.referrals.builders import CE, CP, ReferralsDesk, an_event

COUNT = 6


def events() -> list[dict[str, Any]]:
    """Referrals of different people, and two providers; none needs another to have come before it."""
    referrals = [
        an_event(
            id=f"referral-{n}",
            data__referral_reference=f"REF-{n:04d}",
            data__person={"person_reference": f"P-{n:05d}", "name": f"Sample Person {n:04d}"},
        )
        for n in range(COUNT)
    ]
    listings = [
        an_event(id=f"listing-{n}", type="provider.listed")
        | {"data": {"provider_reference": f"PR-{n:04d}", "name": f"Sample Provider {n}", "lots": [1]}}
        for n in range(2)
    ]
    return [*referrals, *listings]


def records_after(sent: list[dict[str, Any]], council_id: str = CE) -> tuple[dict[str, Any], list[str]]:
    """What is kept once these have come, without what only tells how often and when; and the answers' outcomes."""
    desk = ReferralsDesk()
    outcomes = [desk.take_in(event, council_id).outcome for event in sent]
    kept = {name: sorted(map(state_of, documents)) for name, documents in desk.everything().items()}
    return kept, outcomes


def state_of(document: dict[str, Any]) -> str:
    return repr((document["_id"], document["council_id"], document["state"]))


@settings(max_examples=25)
@given(seed=st.integers(), times=st.lists(st.integers(1, 3), min_size=COUNT + 2, max_size=COUNT + 2))
def test_events_sent_again_and_shuffled_leave_the_records_that_one_sending_in_order_leaves(
    seed: int, times: list[int]
) -> None:
    once = events()
    again = [event for event, count in zip(once, times, strict=True) for _ in range(count)]
    random.Random(seed).shuffle(again)

    in_order, _ = records_after(once)
    shuffled, outcomes = records_after(again)

    assert shuffled == in_order
    assert (outcomes.count("accepted"), outcomes.count("duplicate")) == (len(once), len(again) - len(once))


def test_what_comes_before_what_it_needs_is_refused_with_the_reason_and_changes_nothing() -> None:
    desk = ReferralsDesk()
    notice = an_event(id="notice-1", type="directpayment.implemented") | {
        "data": {"referral_reference": "REF-0007", "implemented_on": "2026-03-09"}
    }

    early = desk.take_in(notice)
    nothing = desk.everything()
    desk.take_in(an_event())
    again = desk.take_in(notice)

    assert (early.outcome, early.problem) == ("refused", "not-found")
    assert not any(nothing.values())
    assert (again.outcome, again.detail) == ("duplicate", early.detail)


def test_a_councils_events_sent_through_anothers_exchange_are_refused_and_change_nothing() -> None:
    kept, outcomes = records_after(events(), council_id=CP)

    assert set(outcomes) == {"refused"}
    assert not any(kept.values())


def test_an_event_id_of_one_council_says_nothing_of_anothers() -> None:
    desk = ReferralsDesk()
    desk.take_in(an_event(id="same"))

    forged = desk.take_in(an_event(id="same", council_id=CE), CP)
    own = desk.take_in(an_event(id="same", council_id=CP), CP)

    assert (forged.outcome, own.outcome) == ("refused", "accepted")
