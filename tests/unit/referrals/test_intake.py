"""What becomes of each event of a council: accepted, duplicate, or refused with every field named, and nothing half-done."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referrals.handlers.intake import COUNCIL_EVENTS
from shared.dates import london_day
from shared.errors import Unavailable
from shared.events.intake import IntakeAnswered
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_provider, an_event, submission


def fields_of(answer: IntakeAnswered) -> dict[str, str]:
    """Field -> rule of a refusal."""
    assert answer.outcome == "refused", answer
    return {error.field: error.rule for error in answer.errors}


def test_a_complete_referral_is_accepted_and_told_with_the_contact_details_on_their_own_stream() -> None:
    desk = ReferralsDesk()

    answer = desk.take_in(an_event())

    assert (answer.outcome, answer.missing, answer.errors) == ("accepted", (), ())
    assert desk.referrals.types_told() == ["referral.submitted", "clock.started"]
    assert desk.persons.types_told() == ["contact.recorded"]
    assert desk.intakes.types_told() == ["intake.answered"]
    referral = desk.referrals.records.get(str(answer.record_id)).state
    assert (referral.status, referral.policy) == ("submitted", "cheshire-east/2019-04-01")


def test_no_name_or_address_is_told_outside_the_stream_of_contact_details() -> None:
    desk = ReferralsDesk()

    desk.take_in(an_event())

    told = [envelope.as_json() for records in (desk.referrals, desk.intakes) for envelope in records.told()]
    assert len(told) == 3
    for secret in ("Sample Person", "person-0007@example.org", "07700", "CW1 2AB", "Sample Social Worker"):
        assert secret not in str(told)


def test_the_same_event_again_is_a_duplicate_and_changes_nothing() -> None:
    desk = ReferralsDesk()
    event = an_event()
    first = desk.take_in(event)
    before = desk.everything()

    again = desk.take_in(event)

    assert (again.outcome, again.record_id) == ("duplicate", first.record_id)
    assert desk.everything() == before
    assert [answer.data["outcome"] for answer in desk.intakes.told()] == ["accepted", "duplicate"]


def test_what_became_of_councils_events_is_counted_and_refusals_by_their_reason() -> None:
    desk = ReferralsDesk()
    event = an_event()

    desk.take_in(event)
    desk.take_in(event)
    desk.take_in(event | {"data": submission(urgency="emergency")})
    desk.take_in({"id": "sample-refused"})
    desk.take_in({"id": "sample-refused"})

    assert desk.intake.figures.counts[COUNCIL_EVENTS] == {
        (CE, "accepted", ""): 1,
        (CE, "duplicate", ""): 2,
        (CE, "refused", "key-reused"): 1,
        (CE, "refused", "invalid"): 1,
    }


def test_an_event_id_used_again_with_other_content_is_refused_and_changes_nothing() -> None:
    desk = ReferralsDesk()
    event = an_event()
    desk.take_in(event)
    before = desk.everything()

    answer = desk.take_in(event | {"data": submission(urgency="emergency")})

    assert (answer.outcome, answer.problem) == ("refused", "key-reused")
    assert desk.everything() == before


def test_two_councils_may_use_the_same_event_id_and_reference() -> None:
    desk = ReferralsDesk()

    here = desk.take_in(an_event(id="same"), CE)
    there = desk.take_in(an_event(id="same", council_id=CP), CP)

    assert (here.outcome, there.outcome) == ("accepted", "accepted")
    assert here.record_id != there.record_id


@pytest.mark.parametrize(
    ("council_id", "left_out", "missing"),
    [
        pytest.param(CE, {}, (), id="CE 4.3 nothing"),
        pytest.param(CE, {"care_and_support_plan"}, ("care_and_support_plan",), id="CE 4.3 the plan"),
        pytest.param(CE, {"referrer"}, ("referrer",), id="CE 4.3 whoever refers"),
        pytest.param(CE, {"weekly_budget_pence", "lot"}, (), id="CE asks for no budget or lot"),
        pytest.param(CP, {"care_and_support_plan"}, ("care_and_support_plan",), id="CP 6.15 the plan"),
        pytest.param(CP, {"weekly_budget_pence"}, ("weekly_budget_pence",), id="CP 3.2.1 the budget"),
        pytest.param(CP, {"lot"}, ("lot",), id="CP 6.1 the lot"),
        pytest.param(
            CP,
            {"care_and_support_plan", "weekly_budget_pence", "lot", "referrer"},
            ("care_and_support_plan", "weekly_budget_pence", "lot"),
            id="CP 6.5 all it asks for",
        ),
    ],
)
def test_what_the_councils_policy_asks_for_and_was_not_given_is_named(
    council_id: str, left_out: set[str], missing: tuple[str, ...]
) -> None:
    desk = ReferralsDesk()
    event = an_event(council_id=council_id, **{f"data__{name}": None for name in left_out})

    answer = desk.take_in(event, council_id)

    assert (answer.outcome, answer.missing) == ("accepted", missing)
    status = desk.referrals.records.get(str(answer.record_id)).state.status
    assert status == ("incomplete" if missing else "submitted")


def test_a_self_referral_needs_nothing_but_the_person() -> None:
    desk = ReferralsDesk()
    alone = {f"data__{name}": None for name in ("care_and_support_plan", "referrer", "weekly_budget_pence", "lot")}

    answer = desk.take_in(an_event(data__source="self", **alone))

    assert answer.missing == ()


def test_a_later_event_of_the_same_reference_completes_the_referral() -> None:
    desk = ReferralsDesk()
    first = desk.take_in(an_event(data__care_and_support_plan=None))

    then = desk.take_in(an_event())

    assert (then.outcome, then.record_id, then.missing) == ("accepted", first.record_id, ())
    assert desk.referrals.types_told() == ["referral.submitted", "clock.started", "referral.completed"]
    referral = desk.referrals.records.get(str(then.record_id)).state
    assert (referral.status, referral.care_and_support_plan) == ("submitted", "CSP-0007")


def test_what_was_given_once_need_not_be_given_again() -> None:
    desk = ReferralsDesk()
    desk.take_in(an_event(data__care_and_support_plan=None))

    answer = desk.take_in(an_event(data__referrer=None))

    assert answer.missing == ()
    assert desk.referrals.records.get(str(answer.record_id)).state.referrer_id is not None


def test_calling_it_a_self_referral_later_does_not_fill_the_gap() -> None:
    desk = ReferralsDesk()
    desk.take_in(an_event(data__care_and_support_plan=None))

    answer = desk.take_in(an_event(data__care_and_support_plan=None, data__source="self"))

    assert answer.missing == ("care_and_support_plan",)
    assert desk.referrals.records.get(str(answer.record_id)).state.status == "incomplete"


def test_a_referral_that_lacks_nothing_is_not_submitted_twice() -> None:
    desk = ReferralsDesk()
    desk.take_in(an_event())
    before = desk.everything()
    person = submission()["person"] | {"email": "elsewhere@example.org"}

    answer = desk.take_in(an_event(data__person=person))

    assert (answer.outcome, answer.problem) == ("refused", "referral-exists")
    assert desk.everything() == before


def test_a_reference_is_never_completed_with_another_persons_referral() -> None:
    desk = ReferralsDesk()
    desk.take_in(an_event(data__care_and_support_plan=None))
    before = desk.everything()

    answer = desk.take_in(an_event(data__person={"person_reference": "P-00008", "name": "Sample Person 0008"}))

    assert (answer.outcome, answer.problem) == ("refused", "referral-exists")
    assert "another person" in str(answer.detail)
    assert desk.everything() == before


def test_a_channel_once_marked_unsafe_stays_so_when_a_later_event_leaves_it_out() -> None:
    desk = ReferralsDesk()
    desk.take_in(an_event())
    person = submission()["person"] | {"unsafe_channels": ["letter"]}
    del person["sms"]

    desk.take_in(an_event(data__referral_reference="REF-0008", data__person=person))

    (stored,) = desk.persons.records.find().items
    assert stored.state.contact.unsafe_channels == ("sms", "letter")
    assert stored.state.contact.sms == "07700 900007"
    assert desk.persons.told()[-1].data["details"]["unsafe_channels"] == ["sms", "letter"]


def test_nothing_is_told_of_a_person_of_whom_nothing_new_is_said() -> None:
    desk = ReferralsDesk()

    desk.take_in(an_event())
    desk.take_in(an_event(data__referral_reference="REF-0008"))

    assert desk.persons.types_told() == ["contact.recorded"]


@pytest.mark.parametrize(
    ("document", "field", "rule"),
    [
        pytest.param("not an object", "body", "object", id="not an object"),
        pytest.param(None, "body", "object", id="nothing"),
        pytest.param({"id": "x", "unreadable": "not UTF-8"}, "body", "readable", id="unreadable"),
        pytest.param(an_event(id=None), "id", "required", id="no id"),
        pytest.param(an_event(id=7), "id", "required", id="a number for an id"),
        pytest.param(an_event(id="x" * 257), "id", "required", id="an id without end"),
        pytest.param(an_event(id="a\x00b"), "id", "required", id="NUL in the id"),
        pytest.param(an_event(type="referral.invented"), "type", "known-type", id="unknown type"),
        pytest.param(an_event(council_id=CP), "source", "own-council", id="another council's source"),
        pytest.param(an_event(specversion="0.3"), "specversion", "version", id="another CloudEvents"),
        pytest.param(an_event(data__referral_reference=None), "data.referral_reference", "required", id="no reference"),
        pytest.param(an_event(data__referral_reference=" "), "data.referral_reference", "length", id="blank reference"),
        pytest.param(an_event(data__person=None), "data.person", "required", id="nobody"),
        pytest.param(an_event(data__person={"name": "x"}), "data.person.person_reference", "required", id="no number"),
        pytest.param(an_event(data__urgency="at once"), "data.urgency", "invalid", id="an unknown urgency"),
        pytest.param(an_event(data__weekly_budget_pence=-1), "data.weekly_budget_pence", "range", id="negative pence"),
        pytest.param(
            an_event(data__weekly_budget_pence=12.5), "data.weekly_budget_pence", "invalid", id="half a penny"
        ),
        pytest.param(an_event(data__weekly_budget_pence="1.005"), "data.weekly_budget_pence", "invalid", id="pounds"),
        pytest.param(an_event(data__weekly_budget_pence=10**15), "data.weekly_budget_pence", "range", id="a fortune"),
        pytest.param(an_event(data__lot=3), "data.lot", "choice", id="CP 3.1 a third lot"),
        pytest.param(an_event(data__client_group="a\x00b"), "data.client_group", "printable", id="NUL in a text"),
        pytest.param(an_event(data="nothing"), "data", "invalid", id="text for data"),
        pytest.param(a_provider(1, lots=[]) | {"source": f"/councils/{CE}"}, "data.lots", "required", id="no lot"),
        pytest.param(a_provider(1, lots=[1, 9]) | {"source": f"/councils/{CE}"}, "data.lots.1", "choice", id="lot 9"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name_and_leaves_nothing_behind(document: Any, field: str, rule: str) -> None:
    desk = ReferralsDesk()

    answer = desk.take_in(document)

    assert fields_of(answer) == {field: rule}
    assert not any(desk.everything().values())


@pytest.mark.parametrize(
    ("person", "field", "rule"),
    [
        ({"born_on": "1961-02-31"}, "data.person.born_on", "invalid"),
        ({"postcode": "nowhere"}, "data.person.postcode", "postcode-form"),
        ({"name": "Sample\x07Person"}, "data.person.name", "printable"),
        ({"unsafe_channels": ["pigeon"]}, "data.person.unsafe_channels.0", "invalid"),
    ],
)
def test_a_field_of_the_person_is_named_by_its_path(person: dict[str, Any], field: str, rule: str) -> None:
    desk = ReferralsDesk()

    answer = desk.take_in(an_event(data__person=submission()["person"] | person))

    assert fields_of(answer) == {field: rule}
    assert not any(desk.everything().values())


def test_every_field_at_fault_is_named_at_once() -> None:
    desk = ReferralsDesk()
    person = {"person_reference": "", "postcode": "nowhere"}

    answer = desk.take_in(an_event(data__person=person, data__lot=7, data__weekly_budget_pence=-5))

    assert fields_of(answer) == {
        "data.person.person_reference": "length",
        "data.lot": "choice",
        "data.weekly_budget_pence": "range",
        "data.person.postcode": "postcode-form",
    }


@pytest.mark.parametrize("postcode", ["ZZ99 3VZ", "CW99 9ZZ"], ids=["no fixed abode", "a new home"])
def test_a_postcode_that_the_directory_does_not_know_keeps_nobody_out(postcode: str) -> None:
    desk = ReferralsDesk()

    answer = desk.take_in(an_event(data__person=submission()["person"] | {"postcode": postcode}))

    assert answer.outcome == "accepted"


def test_a_refused_event_sent_again_is_known_and_still_says_why() -> None:
    desk = ReferralsDesk()
    event = an_event(data__lot=7)
    desk.take_in(event)

    again = desk.take_in(event)

    assert (again.outcome, again.problem) == ("duplicate", "invalid")
    assert again.errors[0].field == "data.lot"


def test_an_event_without_an_id_is_known_again_by_its_content() -> None:
    desk = ReferralsDesk()

    answers = [desk.take_in(an_event(id=None, time="2026-03-02T09:00:00Z")) for _ in range(2)]

    assert [answer.outcome for answer in answers] == ["refused", "duplicate"]


def test_what_cannot_be_taken_in_just_now_is_not_answered_and_is_taken_in_later() -> None:
    desk = ReferralsDesk()
    event = an_event()
    create = desk.referrals.records.create

    def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("busy")

    desk.referrals.records.create = away  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        desk.take_in(event)
    told_meanwhile = desk.intakes.told()
    desk.referrals.records.create = create  # type: ignore[method-assign]

    assert told_meanwhile == []
    assert desk.take_in(event).outcome == "accepted"


def test_an_event_whose_answer_was_lost_with_the_process_is_finished_when_it_comes_again() -> None:
    desk = ReferralsDesk()
    event = an_event()
    create = desk.persons.records.create

    def dies(*_: Any, **__: Any) -> Any:
        raise MemoryError

    desk.persons.records.create = dies  # type: ignore[method-assign]
    with pytest.raises(MemoryError):
        desk.take_in(event)
    desk.persons.records.create = create  # type: ignore[method-assign]
    answer = desk.take_in(event)

    assert answer.outcome == "accepted"
    assert desk.referrals.types_told() == ["referral.submitted", "clock.started"]
    assert desk.persons.types_told() == ["contact.recorded"]


@pytest.mark.parametrize(
    ("has_eligible_needs", "self_funder", "component"),
    [
        pytest.param(True, False, "brokerage", id="CE 1.1 component 2"),
        pytest.param(True, None, "brokerage", id="CE 1.1 component 2, means unknown"),
        pytest.param(False, False, "universal-information", id="CE 1.1 component 1"),
        pytest.param(True, True, "self-funder", id="CE 1.1 component 3"),
        pytest.param(False, True, "self-funder", id="CE 1.1 component 3, no eligible needs"),
        pytest.param(None, None, None, id="CE 1.1 not known yet"),
    ],
)
def test_a_referral_belongs_to_the_component_that_the_contract_says(
    has_eligible_needs: bool | None, self_funder: bool | None, component: str | None
) -> None:
    desk = ReferralsDesk()

    referral = desk.taken_in(an_event(data__has_eligible_needs=has_eligible_needs, data__self_funder=self_funder))

    assert referral.state.component == component


def test_a_provider_listed_again_is_brought_up_to_date() -> None:
    desk = ReferralsDesk()
    desk.take_in(a_provider(1), CP)

    again = desk.take_in(a_provider(1, taking_referrals=False, lots=[1, 2]), CP)

    (stored,) = desk.providers.records.find().items
    assert (again.outcome, stored.state.taking_referrals, stored.state.lots) == ("accepted", False, (1, 2))
    assert desk.store.providers_of_lot(CP, 1, on=london_day(desk.clock.now())) == []


def test_a_direct_payment_of_an_unknown_referral_is_refused() -> None:
    desk = ReferralsDesk()
    notice = an_event(type="directpayment.implemented") | {
        "data": {"referral_reference": "REF-9999", "implemented_on": "2026-03-02"}
    }

    answer = desk.take_in(notice)

    assert (answer.outcome, answer.problem) == ("refused", "not-found")
    assert not any(desk.everything().values())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
places = st.sampled_from(["id", "source", "type", "specversion", "data", *(f"data.{name}" for name in submission())])


@given(place=places, value=json_values)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_field_is_accepted_or_refused_by_name(place: str, value: Any) -> None:
    desk = ReferralsDesk()
    event = an_event()
    target = event["data"] if place.startswith("data.") else event
    target[place.rpartition(".")[2]] = value

    answer = desk.take_in(event)

    assert answer.outcome in ("accepted", "refused")
    if answer.outcome == "refused":
        assert answer.errors
        assert not any(desk.everything().values())
