from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pa_registry.errors import ListingSuspended, NotAnonymous, NotReadyToPublish, StepNotPossible
from services.pa_registry.model.checks import AskedCheck
from services.pa_registry.model.entries import (
    Amendment,
    PersonalAssistant,
    amend,
    possible_steps,
    publish,
    record_check,
    register,
    restore,
    suspend,
    withdraw,
)
from shared.messaging.aggregates import Decision
from tests.support.clocks import A_MONDAY_MORNING
from tests.support.register_builders import TODAY, a_contact, a_dbs_check, an_entry

LATER = A_MONDAY_MORNING + timedelta(hours=1)
ASKED = (AskedCheck(check="dbs", level="enhanced", source='CE 3.2 "Employing a PA"'),)


def published(entry: PersonalAssistant | None = None, **changes: Any) -> Decision[PersonalAssistant]:
    options: dict[str, Any] = {"asked": ASKED, "policy": "sample/2020-01-01", "restricted": False}
    return publish(entry or an_entry(), today=TODAY, at=LATER, **options | changes)


def types(decision: Decision[PersonalAssistant]) -> list[str]:
    return [event.type for event in decision.events]  # type: ignore[union-attr]


def test_joining_tells_the_entry_and_apart_from_it_how_to_reach_them() -> None:
    decision = register(an_entry())

    assert types(decision) == ["pa.registered", "pa.contact.recorded"]
    assert decision.state.status == "registered"


def test_publishing_lists_the_entry_under_the_policy_of_the_day() -> None:
    decision = published()

    assert types(decision) == ["pa.listing.published"]
    assert (decision.state.status, decision.state.published_under) == ("published", "sample/2020-01-01")
    assert decision.state.updated_at == LATER


def test_publishing_names_everything_that_is_missing_at_once() -> None:
    with pytest.raises(NotReadyToPublish) as refused:
        published(an_entry(headline=" ", checks=()))

    assert [error.field for error in refused.value.errors] == ["headline", "checks.dbs"]


def test_where_no_check_is_asked_for_none_is_needed() -> None:
    assert published(an_entry(checks=()), asked=()).state.is_published


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"about": "I am ALEX  EXAMPLE, a carer."}, "about"),
        ({"headline": "Ask for Alex-Example"}, "headline"),
        ({"about": "Write to A.E@Example.org!", "contact": a_contact(email="a.e@example.org")}, "about"),
        ({"about": "Ring 07700 900 123", "contact": a_contact(sms="07700900123")}, "about"),
        ({"about": "Ring +44 7700 900123", "contact": a_contact(sms="07700 900 123")}, "about"),
        ({"about": "Ring (01270)-555-0199", "contact": a_contact(phone="01270 5550199")}, "about"),
    ],
)
def test_published_words_must_not_say_who_it_is(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(NotAnonymous) as refused:
        published(an_entry(**changes))

    assert [error.field for error in refused.value.errors] == [field]


def test_a_name_may_stand_there_once_it_is_agreed_to_be_shown() -> None:
    entry = an_entry(about="I am Alex Example.", shown=("skills", "name"))

    assert published(entry).state.is_published


def test_a_part_of_a_name_may_be_an_ordinary_word() -> None:
    assert published(an_entry(about="A good example of patience.")).state.is_published


def test_amending_a_listed_entry_must_not_say_who_it_is_either() -> None:
    with pytest.raises(NotAnonymous):
        amend(published().state, Amendment(about="I am Alex Example."), at=LATER)


def test_agreeing_no_longer_to_the_name_needs_the_words_changed_too() -> None:
    named = published(an_entry(about="I am Alex Example.", shown=("name",))).state

    with pytest.raises(NotAnonymous):
        amend(named, Amendment(shown=()), at=LATER)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (Amendment(), []),
        (Amendment(headline="Patient and practical"), []),
        (Amendment(headline="Kind"), ["pa.updated"]),
        (Amendment(facets={"skills": ("hoisting",)}), ["pa.updated"]),
        (Amendment(shown=()), ["pa.updated"]),
        (Amendment(contact=a_contact()), []),
        (Amendment(contact=a_contact(email="a@example.org")), ["pa.contact.recorded"]),
        (Amendment(about="New.", contact=a_contact(email="a@example.org")), ["pa.updated", "pa.contact.recorded"]),
    ],
)
def test_amending_tells_what_changed_and_nothing_else(changes: Amendment, told: list[str]) -> None:
    assert types(amend(an_entry(), changes, at=LATER)) == told


def test_amending_changes_only_the_field_groups_named_and_clears_empty_ones() -> None:
    amended = amend(an_entry(), Amendment(facets={"skills": (), "languages": ("welsh",)}), at=LATER).state

    assert amended.facets == {
        "languages": ("welsh",),
        "gender": ("woman",),
        "smoker": ("does-not-smoke",),
    }


def test_the_same_check_recorded_again_is_on_record_once() -> None:
    again = a_dbs_check(recorded_by="adviser-2", recorded_at=LATER)

    decision = record_check(an_entry(), again, at=LATER)

    assert decision.events == ()
    assert len(decision.state.checks) == 1


def test_recording_a_check_tells_that_it_was_made_and_until_when() -> None:
    decision = record_check(an_entry(checks=()), a_dbs_check(expires_on=TODAY), at=LATER)

    [told] = decision.events
    assert told.as_data() == {  # type: ignore[union-attr]
        "personal_assistant_id": "pa-0007",
        "check": "dbs",
        "checked_on": "2026-01-15",
        "expires_on": "2026-03-02",
    }


@pytest.mark.parametrize(
    ("entry", "steps"),
    [
        pytest.param(an_entry(), ["publish", "withdraw"], id="registered"),
        pytest.param(an_entry(listing="listed"), ["withdraw"], id="published"),
        pytest.param(an_entry(listing="listed", restricted=True), ["withdraw"], id="suspended"),
        pytest.param(an_entry(listing="withdrawn"), ["publish"], id="withdrawn"),
    ],
)
def test_each_status_allows_its_own_steps_and_refuses_the_others(entry: PersonalAssistant, steps: list[str]) -> None:
    allowed = set()
    for name, step in (("publish", published), ("withdraw", lambda e: withdraw(e, reason=None, at=LATER))):
        try:
            step(entry)
            allowed.add(name)
        except (StepNotPossible, ListingSuspended):
            continue

    assert possible_steps(entry) == steps
    assert allowed == set(steps)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        pytest.param(an_entry(listing="listed"), ["pa.listing.suspended"], id="CE 7.9: a listed entry is suspended"),
        pytest.param(an_entry(listing="listed", restricted=True), [], id="CE 7.9: told once"),
        pytest.param(an_entry(), [], id="CE 7.9: an unlisted entry has nothing to suspend"),
        pytest.param(an_entry(listing="withdrawn"), [], id="CE 7.9: nor has a withdrawn one"),
    ],
)
def test_a_restriction_holds_the_entry_and_tells_only_a_change_of_its_listing(
    entry: PersonalAssistant, told: list[str]
) -> None:
    decision = suspend(entry)

    assert decision.state.restricted
    assert not decision.state.is_published
    assert types(decision) == told


@pytest.mark.parametrize("restricted_here", [True, False])
def test_a_restricted_entry_cannot_be_published_and_is_not_told_why(restricted_here: bool) -> None:
    with pytest.raises(ListingSuspended) as refused:
        published(an_entry(restricted=restricted_here), restricted=not restricted_here)

    assert refused.value.detail == "the listing is suspended; the entry cannot be published now"


@given(st.lists(st.sampled_from(["publish", "withdraw", "suspend", "restore"]), max_size=12))
def test_whatever_happens_only_a_listed_and_unrestricted_entry_is_published(steps: list[str]) -> None:
    entry, restricted, listed = an_entry(), False, False
    for step in steps:
        if step in ("suspend", "restore"):
            restricted = step == "suspend"
            entry = (suspend if restricted else restore)(entry).state
        elif step in possible_steps(entry) and not (step == "publish" and restricted):
            listed = step == "publish"
            entry = published(entry).state if listed else withdraw(entry, reason=None, at=LATER).state

    assert entry.is_published == (listed and not restricted)


def test_restoring_an_entry_that_was_withdrawn_meanwhile_tells_nothing() -> None:
    withdrawn = withdraw(suspend(published().state).state, reason=None, at=LATER).state

    decision = restore(withdrawn)

    assert (types(decision), decision.state.status) == ([], "withdrawn")


def test_publishing_again_after_a_withdrawal_forgets_its_reason() -> None:
    withdrawn = withdraw(published().state, reason="Moved away.", at=LATER).state

    assert published(withdrawn).state == replace(published().state, withdrawn_because=None)
