"""Taking in what a council's case system sends: each event once, with an answer for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError

from services.referrals import model
from services.referrals.model import Person, Provider, Referral, Referrer
from services.referrals.ports import Records, Rules
from shared.clock import Clock
from shared.errors import Conflict, FieldError, Invalid, KeyReused, StewardError, invalid
from shared.events.contacts import ContactDetails
from shared.events.intake import (
    INCOMING,
    DirectPaymentNotice,
    FieldProblem,
    IntakeAnswered,
    ProviderListing,
    ReferralSubmission,
    SubmittedPerson,
    SubmittedReferrer,
)
from shared.events.referrals import ContactRecorded
from shared.events.schemas import schema_of
from shared.ids import derived_id, input_hash
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.problems import field_errors

RESPONSE_CLOCK = "referral_response"
URGENT_CLOCK = "urgent_start"
CHECK_CLOCKS = ("early_help_check", "follow_up_check")
_TEXT_LIMIT = 256


@dataclass(frozen=True, kw_only=True)
class Intake:
    """One event of a council and what became of it."""

    intake_id: str
    event_id: str
    type: str
    input: str
    answer: IntakeAnswered


@dataclass(frozen=True, kw_only=True)
class IntakeDesk:
    """The records and rules that intake works with."""

    intakes: Records[Intake]
    persons: Records[Person]
    referrers: Records[Referrer]
    providers: Records[Provider]
    referrals: Records[Referral]
    rules: Rules
    clock: Clock


def take_in_event(document: Any, *, council_id: str, desk: IntakeDesk) -> IntakeAnswered:
    """Takes in one CloudEvents document that provably comes from this council.

    The same event again is answered `duplicate`; the same id with other content is refused; what is malformed is refused
    with each field named. A referral that lacks what the policy asks for is accepted, with the gaps named (CE 4.3).
    """
    intake_id = _intake_id(document, council_id)
    given = input_hash(document)
    cause = _cause(document, council_id, intake_id)
    try:
        known = desk.intakes.get(intake_id)
    except StewardError:
        answer = _answer(document, council_id, cause, desk)
        return _keep(intake_id, document, given, answer, council_id=council_id, cause=cause, desk=desk)
    return _answer_again(known.state, given, cause=replace(cause, incoming=None), desk=desk)


def _keep(
    intake_id: str,
    document: Any,
    given: str,
    answer: IntakeAnswered,
    *,
    council_id: str,
    cause: Cause,
    desk: IntakeDesk,
) -> IntakeAnswered:
    kept = Intake(
        intake_id=intake_id, event_id=answer.event_id, type=_text(document, "type"), input=given, answer=answer
    )
    stored = desk.intakes.create(intake_id, Decision(state=kept, events=[answer]), council_id=council_id, cause=cause)
    return stored.state.answer


def _answer_again(known: Intake, given: str, *, cause: Cause, desk: IntakeDesk) -> IntakeAnswered:
    if known.input != given:
        problem = KeyReused("this event id was used before with other content; send a new event under a new id")
        answer = _refused(known.event_id, problem)
    else:
        answer = replace(known.answer, outcome="duplicate")
    desk.intakes.change(known.intake_id, lambda intake: Decision(state=intake, events=[answer]), cause=cause)
    return answer


def _answer(document: Any, council_id: str, cause: Cause, desk: IntakeDesk) -> IntakeAnswered:
    event_id = _text(document, "id")
    try:
        message = read_message(document, council_id)
        return _apply(message, event_id, council_id, cause, desk)
    except StewardError as problem:
        return _refused(event_id, problem)


def read_message(document: Any, council_id: str) -> Any:
    """The message in a council's CloudEvents document. Raises `Invalid` naming each attribute and field at fault."""
    if not isinstance(document, Mapping):
        raise invalid("body", "object", "a CloudEvents document is a JSON object")
    if "unreadable" in document:
        raise invalid("body", "readable", str(document["unreadable"]))
    errors = [_missing(name) for name in ("id", "source", "type") if not _text(document, name)]
    errors += _wrong_attributes(document, council_id) if not errors else []
    if errors:
        raise Invalid("the event's attributes are not valid", errors=errors)
    try:
        return schema_of(INCOMING[document["type"]]).load(document.get("data") or {})
    except ValidationError as error:
        raise Invalid("the event's data is not valid", errors=field_errors(error, prefix="data")) from error


def _wrong_attributes(document: Mapping[str, Any], council_id: str) -> list[FieldError]:
    wrong = []
    if document.get("specversion") != "1.0":
        wrong.append(FieldError(field="specversion", rule="version", message="specversion must be 1.0"))
    if document["source"] != f"/councils/{council_id}":
        wrong.append(FieldError(field="source", rule="own-council", message=f"source must be /councils/{council_id}"))
    if document["type"] not in INCOMING:
        known = ", ".join(sorted(INCOMING))
        wrong.append(FieldError(field="type", rule="known-type", message=f"the type is unknown; known: {known}"))
    return wrong


def _apply(message: Any, event_id: str, council_id: str, cause: Cause, desk: IntakeDesk) -> IntakeAnswered:
    if isinstance(message, ReferralSubmission):
        referral = submit_referral(message, council_id=council_id, cause=cause, desk=desk).state
        missing = referral.missing
        return IntakeAnswered(event_id=event_id, outcome="accepted", record_id=referral.referral_id, missing=missing)
    if isinstance(message, DirectPaymentNotice):
        record_id = implement_direct_payment(message, council_id=council_id, cause=cause, desk=desk)
    else:
        record_id = list_provider(message, council_id=council_id, cause=cause, desk=desk)
    return IntakeAnswered(event_id=event_id, outcome="accepted", record_id=record_id)


def submit_referral(
    message: ReferralSubmission, *, council_id: str, cause: Cause, desk: IntakeDesk
) -> Stored[Referral]:
    """Takes a referral in, or completes the one that this council sent before under the same reference (CE 4.3)."""
    person = _record_person(message.person, council_id=council_id, cause=cause, desk=desk)
    referrer = _record_referrer(message.referrer, council_id=council_id, cause=cause, desk=desk)
    given = _referral_of(message, person, referrer, council_id=council_id, desk=desk)
    try:
        return desk.referrals.create(given.referral_id, model.submit(given), council_id=council_id, cause=cause)
    except Conflict:
        return desk.referrals.change(given.referral_id, lambda referral: model.complete(referral, given), cause=cause)


def implement_direct_payment(message: DirectPaymentNotice, *, council_id: str, cause: Cause, desk: IntakeDesk) -> str:
    """The council has set a direct payment up; programmes its checks (CE 3.2 "Early Help check")."""
    referral_id = derived_id("ref", council_id, message.referral_reference)
    clocks = desk.rules.start_clocks(
        council_id, CHECK_CLOCKS, record_id=referral_id, started_at=desk.clock.now(), started_on=message.implemented_on
    )
    desk.referrals.change(
        referral_id,
        lambda referral: model.implement_direct_payment(referral, implemented_on=message.implemented_on, clocks=clocks),
        cause=cause,
    )
    return referral_id


def list_provider(message: ProviderListing, *, council_id: str, cause: Cause, desk: IntakeDesk) -> str:
    """Adds a provider to the council's framework, or updates it (CP 3.1, 6.2)."""
    provider = Provider(
        provider_id=derived_id("prov", council_id, message.provider_reference),
        reference=message.provider_reference,
        contact=ContactDetails(name=message.name, email=message.email, preferred_channel="email"),
        lots=message.lots,
        taking_referrals=message.taking_referrals,
    )
    told = ContactRecorded(party_id=provider.provider_id, kind="provider", details=provider.contact)
    _put(desk.providers, provider.provider_id, Decision(state=provider, events=[told]), council_id, cause)
    return provider.provider_id


def _record_person(given: SubmittedPerson, *, council_id: str, cause: Cause, desk: IntakeDesk) -> Person:
    person = Person(
        person_id=derived_id("per", council_id, given.person_reference),
        reference=given.person_reference,
        born_on=given.born_on,
        gender=given.gender,
        ethnicity=given.ethnicity,
        postcode=given.postcode,
        contact=ContactDetails(
            name=given.name or "",
            preferred_channel=given.preferred_channel,
            unsafe_channels=given.unsafe_channels,
            email=given.email,
            sms=given.sms,
            phone=given.phone,
            letter=given.letter,
            formats=given.formats,
        ),
    )
    told = ContactRecorded(party_id=person.person_id, kind="person", details=person.contact)
    _put(desk.persons, person.person_id, Decision(state=person, events=[told]), council_id, cause)
    return person


def _record_referrer(
    given: SubmittedReferrer | None, *, council_id: str, cause: Cause, desk: IntakeDesk
) -> Referrer | None:
    if given is None:
        return None
    referrer = Referrer(
        referrer_id=derived_id("rfr", council_id, given.referrer_reference),
        reference=given.referrer_reference,
        contact=ContactDetails(name=given.name or "", email=given.email, preferred_channel="email"),
    )
    told = ContactRecorded(party_id=referrer.referrer_id, kind="referrer", details=referrer.contact)
    _put(desk.referrers, referrer.referrer_id, Decision(state=referrer, events=[told]), council_id, cause)
    return referrer


def _put(records: Records[Any], id: str, decision: Decision[Any], council_id: str, cause: Cause) -> None:
    """Creates the record, or brings the one that is there up to date; tells only what is new."""
    try:
        records.create(id, decision, council_id=council_id, cause=cause)
    except Conflict:
        records.change(id, lambda old: Decision(state=old) if old == decision.state else decision, cause=cause)


def _referral_of(
    message: ReferralSubmission, person: Person, referrer: Referrer | None, *, council_id: str, desk: IntakeDesk
) -> Referral:
    now = desk.clock.now()
    referral_id = derived_id("ref", council_id, message.referral_reference)
    required = desk.rules.required_fields(council_id, message.source, now)
    missing = tuple(name for name in required if _lacks(message, name))
    clocks = desk.rules.start_clocks(council_id, _clocks_for(message), record_id=referral_id, started_at=now)
    return Referral(
        referral_id=referral_id,
        reference=message.referral_reference,
        person_id=person.person_id,
        referrer_id=referrer.referrer_id if referrer else None,
        source=message.source,
        urgency=message.urgency,
        status="incomplete" if missing else "submitted",
        received_at=now,
        missing=missing,
        component=component_of(message),
        client_group=message.client_group,
        deployment=message.deployment,
        care_and_support_plan=message.care_and_support_plan,
        weekly_budget_pence=message.weekly_budget_pence,
        lot=message.lot,
        clocks=clocks,
        policy=desk.rules.version(council_id, now),
    )


def component_of(message: ReferralSubmission) -> str | None:
    """Component 1, 2 or 3 (CE 1.1); `None` while it isn't known whether there are eligible needs."""
    if message.self_funder:
        return "self-funder"
    if message.has_eligible_needs is None:
        return None
    return "brokerage" if message.has_eligible_needs else "universal-information"


def _clocks_for(message: ReferralSubmission) -> tuple[str, ...]:
    """The response clock is for referrals from adult social care that aren't emergencies (CE 4.3); urgent starts: CP 6.4."""
    names = []
    if message.source == "adult-social-care" and message.urgency != "emergency":
        names.append(RESPONSE_CLOCK)
    if message.urgency == "urgent":
        names.append(URGENT_CLOCK)
    return tuple(names)


def _lacks(message: ReferralSubmission, path: str) -> bool:
    value: Any = message
    for name in path.split("."):
        value = getattr(value, name, None)
    return value in (None, "", ())


def _refused(event_id: str, problem: StewardError) -> IntakeAnswered:
    return IntakeAnswered(
        event_id=event_id,
        outcome="refused",
        problem=problem.code,
        detail=problem.detail,
        errors=tuple(FieldProblem(field=e.field, rule=e.rule, message=e.message) for e in problem.errors),
    )


def _intake_id(document: Any, council_id: str) -> str:
    """The same event always has the same id; one without an id of its own is known by its content."""
    event_id, source = _text(document, "id"), _text(document, "source")
    return derived_id("int", council_id, source, event_id or input_hash(document))


def _cause(document: Any, council_id: str, intake_id: str) -> Cause:
    given = _text(document, "correlationid")
    return Cause(
        actor_id=f"council:{council_id}",
        correlation_id=given or derived_id("cor", intake_id),
        causation_id=_text(document, "id") or intake_id,
        traceparent=_text(document, "traceparent"),
        incoming=(f"intake:{intake_id}", 1),
    )


def _text(document: Any, name: str) -> str:
    value = document.get(name) if isinstance(document, Mapping) else None
    return value if isinstance(value, str) and len(value) <= _TEXT_LIMIT else ""


def _missing(name: str) -> FieldError:
    return FieldError(field=name, rule="required", message=f"{name} must be text of 1 to {_TEXT_LIMIT} characters")
