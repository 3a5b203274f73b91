"""Referrals that could be about one person are flagged to somebody, never merged, and cleared with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.referrals.errors import NoSuchDuplicate
from services.referrals.handlers import duplicates
from services.referrals.handlers.answering import withdraw_referral
from services.referrals.handlers.duplicates import clear_possible_duplicate
from services.referrals.model.duplicates import details_key
from services.referrals.model.parties import Person
from services.referrals.model.referral import (
    PossibleDuplicate,
    Referral,
    duplicates_shown_to,
    more_duplicates_shown_to,
)
from services.referrals.schemas.referrals import referral_out
from shared.dates import parse_day
from shared.events.contacts import ContactDetails
from shared.messaging.aggregates import Stored
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event

PERSON = {"name": "Sample Person 0007", "born_on": "1961-04-05", "postcode": "CW1 2AB"}


def taken_in(desk: ReferralsDesk, reference: str, number: str, council_id: str = CE, **person: Any) -> Stored[Referral]:
    event = an_event(
        council_id=council_id,
        data__referral_reference=reference,
        data__person={"person_reference": number} | PERSON | person,
    )
    return desk.taken_in(event, council_id)


def clear(desk: ReferralsDesk, stored: Stored[Referral], duplicate_id: str) -> Stored[Referral]:
    return clear_possible_duplicate(
        stored.id,
        duplicate_id=duplicate_id,
        reason="two people at one address",
        referrals=desk.referrals.records,
        persons=desk.persons.records,
        register=desk.store,
        clock=desk.clock,
        cause=a_command(),
    )


def open_flags(stored: Stored[Referral]) -> list[PossibleDuplicate]:
    return [one for one in stored.state.possible_duplicates if one.cleared_at is None]


def test_the_same_number_under_another_reference_is_flagged_and_both_stay() -> None:
    desk = ReferralsDesk()
    first = taken_in(desk, "REF-1", "P-1")

    second = taken_in(desk, "REF-2", "P-1")

    (flag,) = second.state.possible_duplicates
    assert (flag.referral_id, flag.because, flag.cleared_at) == (first.id, "same-number", None)
    assert desk.referrals.records.count() == 2
    (told,) = [event for event in desk.referrals.told() if event.type == "referral.duplicate.suspected"]
    assert told.actorid == "service:referrals"


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"name": "  sample   PERSON 0007"},
        {"postcode": "cw12ab"},
    ],
)
def test_one_name_birth_and_postcode_under_another_number_are_flagged_however_they_are_written(
    written: dict[str, str],
) -> None:
    desk = ReferralsDesk()
    first = taken_in(desk, "REF-1", "P-1")

    second = taken_in(desk, "REF-2", "P-2", **written)

    (flag,) = second.state.possible_duplicates
    assert (flag.referral_id, flag.person_id, flag.because) == (first.id, first.state.person_id, "same-details")
    assert desk.persons.records.count() == 2


@pytest.mark.parametrize(
    "differs",
    [{"name": "Sample Person 0008"}, {"born_on": "1961-04-06"}, {"postcode": "CW1 2AA"}, {"born_on": None}],
)
def test_somebody_else_is_not_flagged(differs: dict[str, Any]) -> None:
    desk = ReferralsDesk()
    taken_in(desk, "REF-1", "P-1")

    assert taken_in(desk, "REF-2", "P-2", **differs).state.possible_duplicates == ()


def test_another_councils_referral_is_never_named() -> None:
    desk = ReferralsDesk()
    taken_in(desk, "REF-1", "P-1", CP)

    assert taken_in(desk, "REF-2", "P-2").state.possible_duplicates == ()


def test_a_referral_that_has_ended_is_no_duplicate_of_the_next_of_the_same_number() -> None:
    desk = ReferralsDesk()
    first = taken_in(desk, "REF-1", "P-1")
    withdraw_referral(first.id, reason="not now", referrals=desk.referrals.records, clock=desk.clock, cause=a_command())

    assert taken_in(desk, "REF-2", "P-1").state.possible_duplicates == ()


def test_what_an_incomplete_referral_is_given_later_is_looked_at_too() -> None:
    desk = ReferralsDesk()
    first = taken_in(desk, "REF-1", "P-1")
    lacking = an_event(
        data__referral_reference="REF-2", data__care_and_support_plan=None, data__person={"person_reference": "P-2"}
    )
    assert desk.taken_in(lacking).state.possible_duplicates == ()

    completed = taken_in(desk, "REF-2", "P-2")

    assert [flag.referral_id for flag in completed.state.possible_duplicates] == [first.id]


def test_the_same_event_again_flags_nothing_anew() -> None:
    desk = ReferralsDesk()
    taken_in(desk, "REF-1", "P-1")
    event = an_event(data__referral_reference="REF-2", data__person={"person_reference": "P-1"} | PERSON)

    desk.take_in(event)
    desk.take_in(event)

    assert desk.referrals.types_told().count("referral.duplicate.suspected") == 1


def test_a_flag_is_cleared_by_somebody_with_a_reason_and_stays_cleared() -> None:
    desk = ReferralsDesk()
    taken_in(desk, "REF-1", "P-1")
    second = taken_in(desk, "REF-2", "P-1")
    duplicate_id = second.state.possible_duplicates[0].duplicate_id

    assert [one.id for one in desk.store.referrals_seen_by(an_adviser(), possible_duplicate=True).items] == [second.id]
    cleared = clear(desk, second, duplicate_id)

    (flag,) = cleared.state.possible_duplicates
    assert (flag.cleared_by, flag.cleared_reason) == ("adviser-1", "two people at one address")
    assert desk.store.referrals_seen_by(an_adviser(), possible_duplicate=True).items == []
    with pytest.raises(NoSuchDuplicate):
        clear(desk, cleared, duplicate_id)


def test_flags_are_for_staff_and_the_council_gets_none_of_what_lies_outside_its_contract() -> None:
    desk = ReferralsDesk()
    alone = an_event(
        data__referral_reference="REF-1", data__self_funder=True, data__person={"person_reference": "P-1"} | PERSON
    )
    desk.taken_in(alone)

    second = taken_in(desk, "REF-2", "P-1").state

    assert len(duplicates_shown_to(an_adviser(), second)) == 1
    assert duplicates_shown_to(an_adviser(roles=("social_worker",)), second) == []
    assert duplicates_shown_to(an_adviser(roles=("person",), actor_id=second.person_id), second) == []


@pytest.mark.parametrize("lacks", ["name", "born_on", "postcode"])
def test_nobody_is_like_another_by_what_is_not_known(lacks: str) -> None:
    known = {"name": "Alex Example", "born_on": parse_day("1961-04-05"), "postcode": "CW1 2AB"}
    known[lacks] = "" if lacks == "name" else None  # type: ignore[assignment]
    person = Person(
        person_id="per-1",
        reference="P-1",
        born_on=known["born_on"],  # type: ignore[arg-type]
        postcode=known["postcode"],  # type: ignore[arg-type]
        contact=ContactDetails(name=str(known["name"])),
    )

    assert details_key(person) is None


@pytest.mark.parametrize("number_of", [lambda _: "P-1", lambda index: f"P-{index}"], ids=["number", "details"])
def test_of_many_alike_some_are_flagged_and_the_others_are_counted(
    monkeypatch: pytest.MonkeyPatch, number_of: Callable[[int], str]
) -> None:
    monkeypatch.setattr(duplicates, "MOST_FLAGS", 3)
    desk = ReferralsDesk()
    earlier = {taken_in(desk, f"REF-{index}", number_of(index)).id for index in range(7)}

    last = taken_in(desk, "REF-LAST", number_of(99))

    flagged = {flag.referral_id for flag in last.state.possible_duplicates}
    assert len(flagged) == 3
    assert flagged < earlier
    assert more_duplicates_shown_to(an_adviser(), last.state) == 4


def test_as_flags_are_cleared_the_next_come_up_until_every_one_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST_FLAGS", 2)
    desk = ReferralsDesk()
    earlier = {taken_in(desk, f"REF-{number}", "P-1").id for number in range(6)}
    last = taken_in(desk, "REF-LAST", "P-1")

    looked_at = set()
    while flags := open_flags(last):
        assert 0 < len(flags) <= 2
        assert last.state.more_duplicates == len(earlier) - len(last.state.possible_duplicates)
        looked_at.add(flags[0].referral_id)
        last = clear(desk, last, flags[0].duplicate_id)

    assert looked_at == earlier
    assert last.state.more_duplicates == 0
    assert last.id not in {one.id for one in desk.store.referrals_seen_by(an_adviser(), possible_duplicate=True).items}


def test_the_council_is_not_told_how_many_lie_outside_its_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST_FLAGS", 1)
    desk = ReferralsDesk()
    social_worker = an_adviser(roles=("social_worker",))
    for number in range(3):
        desk.taken_in(
            an_event(
                data__referral_reference=f"REF-{number}",
                data__self_funder=True,
                data__person={"person_reference": "P-1"} | PERSON,
            )
        )

    last = taken_in(desk, "REF-LAST", "P-1")

    assert more_duplicates_shown_to(an_adviser(), last.state) == 2
    assert more_duplicates_shown_to(social_worker, last.state) == 0
    assert duplicates_shown_to(social_worker, last.state) == []
    assert desk.store.referrals_seen_by(social_worker, possible_duplicate=True).items == []
    shown = referral_out(last, an_adviser())
    assert shown["more_possible_duplicates"] == 2
    assert "more_duplicates" not in shown
