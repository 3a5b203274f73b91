"""FHIR messages: new, update and cancel; what nobody asks for is ignored, what is hostile is refused by field and rule."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid, StewardError
from shared.intake.fhir.bars import FHIR_JSON
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.incoming import BUILT_IN_FORMATS, load_intake_formats
from tests.support.fhir_messages import a_message, a_patient, a_request, as_body
from tests.unit.referrals.builders import CE, ReferralsDesk

FORMATS = load_intake_formats(BUILT_IN_FORMATS, body_bytes=262_144)
Change = Callable[[dict[str, Any]], Any]


def read(message: Any) -> dict[str, Any]:
    (event,) = FORMATS.read(as_body(message), content_type=FHIR_JSON, headers={}, council_id=CE)
    return dict(event)


def changed(request: dict[str, Any], at: str, **more: Any) -> dict[str, Any]:
    return a_request(**request, meta={"lastUpdated": at}, **more)


def test_a_new_referral_brings_its_person_its_plan_and_who_asks() -> None:
    desk = ReferralsDesk()

    referral = desk.taken_in(read(a_message())).state

    person = desk.persons.records.get(referral.person_id).state
    assert (referral.reference, referral.status, referral.missing) == ("REF-0007", "submitted", ())
    assert (referral.care_and_support_plan, referral.weekly_budget_pence) == ("CSP-0007", 18200)
    assert (referral.component, referral.client_groups) == ("brokerage", ("learning-disability",))
    assert (person.reference, person.postcode) == ("P-00007", "CW1 2AB")
    assert (person.contact.name, person.contact.sms, person.contact.phone) == ("Alex Example", "07700 900007", None)
    assert person.contact.letter == "7 Sample Street\nSampleton\nCW1 2AB"
    assert desk.referrers.records.get(str(referral.referrer_id)).state.reference == "SW-01"


def test_an_update_changes_what_it_says_and_tells_which_fields() -> None:
    desk = ReferralsDesk()
    desk.take_in(read(a_message()))
    later = a_request(priority="urgent", extension=[{"url": "urn:steward:weekly_budget_pence", "valueInteger": 20000}])
    later["meta"] = {"lastUpdated": "2026-03-02T09:00:00Z"}

    referral = desk.taken_in(read(a_message("update", id="message-2", request=later))).state

    (told,) = [envelope.data for envelope in desk.referrals.told() if envelope.type == "referral.amended"]
    assert (referral.urgency, referral.weekly_budget_pence) == ("urgent", 20000)
    assert told["changed"] == ["urgency", "weekly_budget_pence"]
    assert "20000" not in str(told)


def test_the_same_message_again_is_a_duplicate() -> None:
    desk = ReferralsDesk()

    assert [desk.take_in(read(a_message())).outcome for _ in range(2)] == ["accepted", "duplicate"]


@pytest.mark.parametrize(
    ("reason", "status"), [("update", "revoked"), ("update", "entered-in-error"), ("cancel", "active")]
)
def test_an_active_referral_is_cancelled_once(reason: str, status: str) -> None:
    desk = ReferralsDesk()
    desk.take_in(read(a_message()))
    cancelled = a_request(status=status)

    first = desk.take_in(read(a_message(reason, id="message-2", request=cancelled)))
    second = desk.take_in(read(a_message(reason, id="message-3", request=cancelled)))

    assert (first.outcome, second.outcome, second.problem) == ("accepted", "refused", "step-not-possible")
    assert desk.referrals.records.get(str(first.record_id)).state.status == "withdrawn"


@pytest.mark.parametrize("reason", ["update", "cancel"])
def test_what_is_older_than_the_last_is_refused_and_changes_nothing(reason: str) -> None:
    desk = ReferralsDesk()
    desk.take_in(read(a_message()))
    before = desk.everything()
    older = a_request(priority="stat", meta={"lastUpdated": "2026-03-02T08:54:59Z"})

    answer = desk.take_in(read(a_message(reason, id="message-2", request=older)))

    assert (answer.problem, answer.errors[0].field, answer.errors[0].rule) == (
        "stale-referral",
        "data.updated_at",
        "not-older",
    )
    assert desk.everything() == before


def test_who_says_when_a_referral_changed_goes_on_saying_so() -> None:
    desk = ReferralsDesk()
    desk.take_in(read(a_message()))

    answer = desk.take_in(read(a_message("update", id="message-2", request=a_request(meta={}))))

    assert (answer.errors[0].field, answer.errors[0].rule) == ("data.updated_at", "required")


def test_a_change_from_the_future_is_refused_for_it_would_keep_out_all_others() -> None:
    ahead = a_request(meta={"lastUpdated": "2031-01-01T00:00:00Z"})

    answer = ReferralsDesk().take_in(read(a_message(request=ahead)))

    assert (answer.errors[0].field, answer.errors[0].rule) == ("data.updated_at", "not-ahead")


def test_an_update_or_cancellation_of_what_never_came_is_refused() -> None:
    desk = ReferralsDesk()

    answers = [desk.take_in(read(a_message(reason, id=reason))) for reason in ("update", "cancel")]

    assert [(answer.outcome, answer.problem) for answer in answers] == [("refused", "not-found")] * 2


def test_fields_that_nobody_asks_for_are_ignored_whatever_they_hold() -> None:
    message = a_message()
    message["entry"][1]["resource"] |= {"note": [{"text": "<script>alert(1)</script>"}], "unknownField": {"deep": [[]]}}
    message["entry"][2]["resource"] |= {"text": {"div": "<script>alert(1)</script>"}, "maritalStatus": 7}

    assert read(message)["data"] == read(a_message())["data"]


def put(*path: str | int, value: Any) -> Change:
    """A change of one place in the bundle."""

    def change(message: dict[str, Any]) -> None:
        place: Any = message
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    return change


REQUEST, PATIENT, HEADER = ("entry", 1, "resource"), ("entry", 2, "resource"), ("entry", 0, "resource")
HOSTILE: dict[str, tuple[Change, str, str]] = {
    "no bundle": (put("resourceType", value="Patient"), "Bundle.resourceType", "known"),
    "another kind of bundle": (put("type", value="transaction"), "Bundle.type", "known"),
    "no entries": (put("entry", value=[]), "Bundle.entry", "length"),
    "too many entries": (put("entry", value=[{}] * 201), "Bundle.entry", "length"),
    "entries that are no list": (put("entry", value={"0": {}}), "Bundle.entry", "list"),
    "a header that is another resource": (
        put(*HEADER, "resourceType", value="Patient"),
        "Bundle.entry.0.resource.resourceType",
        "known",
    ),
    "another event": (
        put(*HEADER, "eventCoding", "code", value="booking-request"),
        "Bundle.entry.0.resource.eventCoding.code",
        "known",
    ),
    "an unknown reason": (
        put(*HEADER, "reason", "coding", 0, "code", value="$where"),
        "Bundle.entry.0.resource.reason.coding.0.code",
        "choice",
    ),
    "no focus": (put(*HEADER, "focus", value=[]), "Bundle.entry.0.resource.focus.0.reference", "required"),
    "a focus elsewhere": (
        put(*HEADER, "focus", 0, "reference", value="https://elsewhere.example.org/ServiceRequest/1"),
        "Bundle.entry.0.resource.focus.0.reference",
        "in-bundle",
    ),
    "a focus on something else": (
        put(*HEADER, "focus", 0, "reference", value="Patient/patient-7"),
        "Bundle.entry.0.resource.focus.0.reference",
        "resource-type",
    ),
    "two with one name": (put("entry", 2, "fullUrl", value="urn:test:plan-7"), "Bundle.entry.3.fullUrl", "once"),
    "a person who is none": (
        put(*REQUEST, "subject", "reference", value="CarePlan/plan-7"),
        "Bundle.entry.1.resource.subject.reference",
        "resource-type",
    ),
    "a meaning turned round": (
        put(*REQUEST, "modifierExtension", value=[{"url": "urn:not"}]),
        "Bundle.entry.1.resource.modifierExtension",
        "not-understood",
    ),
    "rules of its own": (
        put(*PATIENT, "implicitRules", value="urn:rules"),
        "Bundle.entry.2.resource.implicitRules",
        "not-understood",
    ),
    "a status that isn't active": (put(*REQUEST, "status", value="draft"), "Bundle.entry.1.resource.status", "choice"),
    "a priority of nobody's": (put(*REQUEST, "priority", value="=1+1"), "Bundle.entry.1.resource.priority", "choice"),
    "no reference": (put(*REQUEST, "identifier", value=[]), "Bundle.entry.1.resource.identifier.0.value", "required"),
    "no number of the person": (
        put(*PATIENT, "identifier", value=[]),
        "Bundle.entry.2.resource.identifier",
        "required",
    ),
    "a birth date that is a list": (
        put(*PATIENT, "birthDate", value=["1961"]),
        "Bundle.entry.2.resource.birthDate",
        "text",
    ),
    "names that are numbers": (
        put(*PATIENT, "name", 0, "given", value=[1]),
        "Bundle.entry.2.resource.name.0.given",
        "texts",
    ),
    "a field of ours misspelt": (
        put(*REQUEST, "extension", 0, "url", value="urn:steward:weekly_budget"),
        "Bundle.entry.1.resource.extension.0",
        "known-field",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_naming_field_and_rule(name: str) -> None:
    change, field, rule = HOSTILE[name]
    message = copy.deepcopy(a_message())
    change(message)

    with pytest.raises(Invalid) as refusal:
        read(message)

    assert [(error.field, error.rule) for error in refusal.value.errors] == [(field, rule)]


def test_by_amqp_the_refusal_names_the_field_too() -> None:
    desk = ReferralsDesk()
    body = as_body(a_message(type="transaction"))
    sent = Delivery(
        body=body,
        headers={},
        content_type=FHIR_JSON,
        message_id="m-1",
        user_id=None,
        routing_key="referral.submitted",
        exchange=f"in.{CE}",
        redelivered=False,
        delivery_tag=1,
    )

    (document,) = FORMATS.documents_of(sent)
    answer = desk.take_in(document)

    assert (answer.outcome, answer.event_id) == ("refused", "m-1")
    assert [(error.field, error.rule) for error in answer.errors] == [("Bundle.type", "known")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PLACES = (
    [(*REQUEST, name) for name in a_request()]
    + [(*PATIENT, name) for name in a_patient()]
    + [("entry", 0), ("entry", 1)]
)


@given(place=st.sampled_from(PLACES), value=JSON)
def test_anything_anywhere_is_read_or_refused_and_nothing_else(place: tuple[str | int, ...], value: Any) -> None:
    message = copy.deepcopy(a_message())
    put(*place, value=value)(message)

    outcome = read_or_refusal(message)

    if isinstance(outcome, StewardError):
        assert outcome.errors
    else:
        assert ReferralsDesk().take_in(outcome).outcome in {"accepted", "refused"}


def read_or_refusal(message: dict[str, Any]) -> dict[str, Any] | StewardError:
    try:
        return read(message)
    except StewardError as refusal:
        return refusal
