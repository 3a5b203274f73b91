"""The waiting list: the eight fields, an order that explains itself, and being told where one stands (CE 4.8)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referrals.handlers.answering import withdraw_referral
from services.referrals.handlers.waiting import place_of, place_on_waiting_list, waiting_lines, waiting_places
from services.referrals.model.referral import Referral, Waiting, Why, with_whys
from services.referrals.model.waiting import judged_criteria, places, priority_of
from services.referrals.schemas.referrals import referral_out
from services.referrals.schemas.waiting import place_out, waiting_out
from shared.dates import london_day
from shared.errors import Invalid
from shared.messaging.aggregates import Stored
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, a_referral, an_adviser, an_event, rules

TODAY = date(2026, 3, 2)
ROWS = rules().waiting_criteria(CE, A_MONDAY_MORNING)
CRITERIA = [row["criterion"] for row in ROWS]


def waits(number: int = 7, *, days: int = 0, criteria: tuple[str, ...] = (), **changes: Any) -> Referral:
    """A referral that has waited for so many days."""
    since = A_MONDAY_MORNING - timedelta(days=days)
    entry = Waiting(started_at=since, started_on=london_day(since), reason="no adviser is free", criteria=criteria)
    return a_referral(referral_id=f"ref-{number}", status="waiting", waiting=entry, **changes)


def place(desk: ReferralsDesk, stored: Stored[Referral], **changes: Any) -> Stored[Referral]:
    plain: dict[str, Any] = {"reason": "no adviser is free", "delay_reason": None, "criteria": ()}
    return place_on_waiting_list(
        stored.id,
        **plain | changes,
        referrals=desk.referrals.records,
        register=desk.store,
        rules=desk.rules,
        clock=desk.clock,
        cause=a_command(an_adviser(councils=(stored.council_id,))),
    )


def taken_in(desk: ReferralsDesk, number: int, **changes: Any) -> Stored[Referral]:
    person = {"person_reference": f"P-{number}", "name": f"Sample Person {number:04d}"} | changes.pop("person", {})
    return desk.taken_in(an_event(data__referral_reference=f"REF-{number}", data__person=person, **changes))


@pytest.mark.parametrize(
    ("referral", "score"),
    [
        pytest.param(waits(), 0, id="nothing holds"),
        pytest.param(waits(urgency="urgent"), 50, id="urgent"),
        pytest.param(waits(urgency="emergency"), 100, id="emergency"),
        pytest.param(waits(priority_groups=("homeless", "young-person")), 10, id="a priority group counts once"),
        pytest.param(waits(criteria=("no-care-in-place", "carer-at-risk")), 50, id="what somebody judged"),
        pytest.param(waits(days=13), 2, id="only full weeks count"),
        pytest.param(waits(days=14), 4, id="two weeks"),
        pytest.param(waits(days=7 * 100), 60, id="a wait counts up to its most"),
    ],
)
def test_the_score_is_the_sum_of_what_holds(referral: Referral, score: int) -> None:
    assert priority_of(referral, ROWS, on=TODAY).score == score


def test_a_score_names_each_criterion_with_what_it_gives() -> None:
    priority = priority_of(waits(days=15, urgency="urgent"), ROWS, on=TODAY)

    assert [(one.criterion, one.times, one.points) for one in priority.points] == [
        ("urgent", 1, 50),
        ("week-waited", 2, 4),
    ]


def test_of_equal_scores_whoever_has_waited_longer_stands_first() -> None:
    listed = places([waits(1), waits(2, days=3), waits(3, urgency="urgent")], ROWS, on=TODAY)

    assert [(one.referral_id, where.position, where.waiting) for one, where in listed] == [
        ("ref-3", 1, 3),
        ("ref-2", 2, 3),
        ("ref-1", 3, 3),
    ]


def test_only_what_nothing_else_says_is_for_somebody_to_judge() -> None:
    assert judged_criteria(ROWS) == ["no-care-in-place", "carer-at-risk", "hospital-discharge"]


waiting_referrals = st.builds(
    waits,
    st.integers(0, 10_000),
    days=st.integers(0, 800),
    criteria=st.lists(st.sampled_from(judged_criteria(ROWS)), unique=True).map(tuple),
    urgency=st.sampled_from(["standard", "urgent", "emergency"]),
    priority_groups=st.sampled_from([(), ("homeless",)]),
)


@given(listed=st.lists(waiting_referrals, max_size=12, unique_by=lambda one: one.referral_id))
@settings(max_examples=60, deadline=None)
def test_every_place_is_given_once_in_the_order_of_the_scores_whatever_order_they_come_in(
    listed: list[Referral],
) -> None:
    given_places = places(listed, ROWS, on=TODAY)

    assert [where.position for _, where in given_places] == list(range(1, len(listed) + 1))
    scores = [where.priority.score for _, where in given_places]
    assert scores == sorted(scores, reverse=True)
    assert all(where.priority.score == sum(p.points for p in where.priority.points) for _, where in given_places)
    assert given_places == places(list(reversed(listed)), ROWS, on=TODAY)


@given(referral=waiting_referrals, days=st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_waiting_longer_never_lowers_a_score(referral: Referral, days: int) -> None:
    later = priority_of(referral, ROWS, on=TODAY + timedelta(days=days))

    assert later.score >= priority_of(referral, ROWS, on=TODAY).score


def test_the_list_holds_the_eight_fields_of_the_clause_and_names_those_that_nobody_has_given() -> None:
    desk = ReferralsDesk()
    person = {"born_on": "1961-04-05", "gender": "woman"}
    stored = taken_in(desk, 1, person=person, data__client_groups=["learning-disability", "autism"])
    placed = place(desk, stored, delay_reason="no-care-available")
    assert placed.state.waiting is not None
    assert placed.state.waiting.policy == "cheshire-east/2019-04-01"

    listed = waiting_places(CE, in_contract=True, register=desk.store, rules=desk.rules, clock=desk.clock)
    (line,) = [waiting_out(one) for one in waiting_lines(listed, persons=desk.persons.records)]

    assert {name: line.get(name) for name in ("social_care_number", "born_on", "gender", "started_on", "reason")} == {
        "social_care_number": "P-1",
        "born_on": "1961-04-05",
        "gender": "woman",
        "started_on": "2026-03-02",
        "reason": "no adviser is free",
    }
    assert line["client_category"] == ["learning-disability", "autism"]
    assert line["delay_reason"] == "no-care-available"
    assert line["lacking"] == ["ethnicity"]
    assert line["place"] == {"position": 1, "waiting": 1, "score": 0, "points": []}


def test_the_person_and_the_referrer_are_told_where_the_referral_stands() -> None:
    desk = ReferralsDesk()
    place(desk, taken_in(desk, 1), criteria=("no-care-in-place",))

    placed = place(desk, taken_in(desk, 2))

    (told,) = [
        event
        for event in desk.referrals.told()
        if event.type == "referral.waitlisted" and event.data["referral_id"] == placed.id
    ]
    assert (told.data["position"], told.data["waiting"]) == (2, 2)
    assert (told.data["person_id"], told.data["referrer_id"]) == (placed.state.person_id, placed.state.referrer_id)
    assert "no adviser" not in str(told.data)


def test_a_place_changes_when_something_more_urgent_comes_and_the_day_goes_on() -> None:
    desk = ReferralsDesk()
    first = place(desk, taken_in(desk, 1))
    place(desk, taken_in(desk, 2, data__urgency="urgent"))

    here = place_of(desk.referrals.records.get(first.id), register=desk.store, rules=desk.rules, clock=desk.clock)

    assert here is not None
    assert place_out(here)["position"] == 2


def test_writing_anew_why_somebody_waits_leaves_the_beginning_of_the_wait() -> None:
    desk = ReferralsDesk()
    stored = place(desk, taken_in(desk, 1))
    desk.clock.advance(timedelta(days=20))

    again = place(desk, stored, criteria=("carer-at-risk",), reason="the carer is ill")

    assert again.state.waiting is not None
    assert again.state.waiting.started_on == TODAY
    assert again.state.waiting.criteria == ("carer-at-risk",)
    assert desk.referrals.types_told()[-1:] == ["referral.waiting.amended"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"delay_reason": "we are busy"}, "delay_reason"),
        ({"criteria": ("the mayor asked",)}, "criteria"),
        pytest.param({"criteria": ("urgent",)}, "criteria", id="what the referral itself answers is not judged"),
    ],
)
def test_what_is_not_in_the_policy_is_refused_by_name_and_places_nobody(changes: dict[str, Any], field: str) -> None:
    desk = ReferralsDesk()
    stored = taken_in(desk, 1)

    with pytest.raises(Invalid) as refused:
        place(desk, stored, **changes)

    assert [(error.field, error.rule) for error in refused.value.errors] == [(field, "policy")]
    assert desk.referrals.records.get(stored.id).state.status == "submitted"


def test_a_council_without_criteria_orders_by_the_wait_alone() -> None:
    desk = ReferralsDesk()
    first = desk.taken_in(an_event(council_id=CP, data__referral_reference="REF-1"), CP)
    desk.clock.advance(timedelta(days=1))
    second = desk.taken_in(an_event(council_id=CP, data__referral_reference="REF-2", data__urgency="urgent"), CP)
    for stored in (second, first):
        place(desk, stored)
        desk.clock.advance(timedelta(hours=1))

    listed = waiting_places(CP, in_contract=True, register=desk.store, rules=desk.rules, clock=desk.clock)

    assert [stored.id for stored, _ in listed] == [second.id, first.id]
    assert [where.priority.score for _, where in listed] == [0, 0]


def history_of(desk: ReferralsDesk, referral_id: str) -> list[dict[str, Any]]:
    """What was told of a referral, as its history has it."""
    told = [one for one in desk.referrals.told() if one.subject == referral_id]
    stored = desk.referrals.records.get(referral_id)
    return with_whys([{"type": envelope.type, "actor_id": envelope.actorid} for envelope in told], stored.state.whys)


def test_the_history_says_why_each_time_though_the_reason_was_written_anew() -> None:
    desk = ReferralsDesk()
    stored = taken_in(desk, 1)
    place(desk, stored, reason="no adviser is free")
    place(desk, stored, reason="the person is away")
    place(desk, stored, reason="no care is available")

    withdraw_referral(
        stored.id, reason="they moved", referrals=desk.referrals.records, clock=desk.clock, cause=a_command()
    )

    said = [(line["type"], line["why"]) for line in history_of(desk, stored.id) if "why" in line]
    assert said == [
        ("referral.waitlisted", "no adviser is free"),
        ("referral.waiting.amended", "the person is away"),
        ("referral.waiting.amended", "no care is available"),
        ("referral.withdrawn", "they moved"),
    ]
    assert "whys" not in referral_out(desk.referrals.records.get(stored.id), an_adviser())


def test_of_a_history_that_is_older_than_its_whys_the_last_lines_have_them() -> None:
    lines = [{"type": "referral.waitlisted"}, {"type": "referral.seen"}, {"type": "referral.waitlisted"}]

    told = with_whys(lines, [Why(type="referral.waitlisted", words="the second time")])

    assert [line.get("why") for line in told] == [None, None, "the second time"]
