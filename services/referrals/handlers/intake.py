"""Taking in what a council's case system sends: each event once, with an answer for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from services.referrals.errors import ReferralExists
from services.referrals.handlers.duplicates import look_for_duplicates, of_the_platform
from services.referrals.handlers.parties import list_provider, person_of, record_person, record_referrer, referrer_of
from services.referrals.handlers.reading import attribute, check_message, read_message
from services.referrals.handlers.submission import check_codes, check_not_ahead, lacks, referral_of
from services.referrals.model import amending, direct_payments, steps
from services.referrals.model.parties import Person, Provider, Referrer
from services.referrals.model.referral import Referral, is_shown_to
from services.referrals.ports import Records, Register, Rules
from shared.clock import Clock
from shared.context import Caller
from shared.errors import Conflict, Forbidden, KeyReused, NotFound, StewardError, Unavailable
from shared.events.intake import (
    DirectPaymentNotice,
    FieldProblem,
    IntakeAnswered,
    ReferralCancellation,
    ReferralSubmission,
    ReferralUpdate,
)
from shared.events.schemas import dump_event
from shared.ids import derived_id, input_hash
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.telemetry.current import current_traceparent
from shared.telemetry.own import Figure, OwnFigures

ANSWERED_CONTENTS = 2
"""Of one event id in one message: the first content, and one answer that it was used again with another."""

NAMED_ERRORS = 50
"""Most fields that one answer names: enough to mend a mapping by, and never larger than what was sent."""

COUNCIL_EVENTS = Figure(
    name="steward_council_events",
    about="Events of councils, by what became of them; of those refused, the problem's code.",
    labels=("council_id", "outcome", "problem"),
)


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
    register: Register
    rules: Rules
    clock: Clock
    figures: OwnFigures = field(default_factory=OwnFigures)


def take_in_message(documents: Sequence[Any], *, council_id: str, desk: IntakeDesk) -> int:
    """Takes in every document of a message, in order; each is answered on the council's results queue. How many were refused.

    Copies within one message are answered once: a hundred answers to the same event would only fill its record's outbox.
    Raises `Unavailable`; then the whole message can be taken in again.
    """
    answered: dict[str, set[str]] = {}
    refused = 0
    for document in documents:
        contents = answered.setdefault(_intake_id(document, council_id), set())
        given = input_hash(document)
        if given not in contents and len(contents) < ANSWERED_CONTENTS:
            refused += take_in_event(document, council_id=council_id, desk=desk).outcome == "refused"
        contents.add(given)
    return refused


def take_in_event(document: Any, *, council_id: str, desk: IntakeDesk) -> IntakeAnswered:
    """Takes in one CloudEvents document that provably comes from this council.

    The same event again is answered `duplicate`; the same id with other content is refused; what is malformed is refused
    with each field named. A referral that lacks what the policy asks for is accepted, with the gaps named (CE 4.3).
    Raises `Unavailable`, and keeps no answer, when the platform can't take it in now.
    """
    answer = _take_in(document, council_id, desk)
    problem = answer.problem if answer.outcome == "refused" else None
    desk.figures.count(COUNCIL_EVENTS, council_id, answer.outcome, problem or "")
    return answer


def _take_in(document: Any, council_id: str, desk: IntakeDesk) -> IntakeAnswered:
    intake_id = _intake_id(document, council_id)
    given = input_hash(document)
    cause = _cause(document, council_id, intake_id)
    try:
        known = desk.intakes.get(intake_id)
    except NotFound:
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
        intake_id=intake_id, event_id=answer.event_id, type=attribute(document, "type"), input=given, answer=answer
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
    event_id = attribute(document, "id")
    try:
        message = read_message(document, council_id)
        return _apply(message, event_id, council_id, cause, desk)
    except Unavailable:
        raise
    except StewardError as problem:
        return _refused(event_id, problem)


def _apply(message: Any, event_id: str, council_id: str, cause: Cause, desk: IntakeDesk) -> IntakeAnswered:
    if isinstance(message, ReferralSubmission):
        referral = submit_referral(message, council_id=council_id, cause=cause, desk=desk, prefix="data.").state
        missing = referral.missing
        return IntakeAnswered(event_id=event_id, outcome="accepted", record_id=referral.referral_id, missing=missing)
    if isinstance(message, ReferralCancellation):
        record_id = cancel_referral(message, council_id=council_id, cause=cause, desk=desk)
    elif isinstance(message, DirectPaymentNotice):
        record_id = implement_direct_payment(message, council_id=council_id, cause=cause, desk=desk)
    else:
        record_id = list_provider(message, providers=desk.providers, council_id=council_id, cause=cause)
    return IntakeAnswered(event_id=event_id, outcome="accepted", record_id=record_id)


def submit_by_call(message: ReferralSubmission, *, council_id: str, cause: Cause, desk: IntakeDesk) -> Stored[Referral]:
    """Takes in a referral that someone signed in submits (CE 3.2). Raises `Forbidden`, `Invalid`, `ReferralExists`.

    Without an idempotency key its content tells a repeat, so that sending it again completes what a lost answer left open.
    """
    if cause.caller is not None and not cause.caller.may_see(council_id):
        raise Forbidden("a referral can be submitted only to a council of your own token")
    if cause.command is None:
        cause = replace(cause, incoming=(f"submission:{input_hash([council_id, dump_event(message)])}", 1))
    return submit_referral(check_message(message), council_id=council_id, cause=cause, desk=desk)


def submit_referral(
    message: ReferralSubmission, *, council_id: str, cause: Cause, desk: IntakeDesk, prefix: str = ""
) -> Stored[Referral]:
    """Takes a referral in, completes the one that this council sent before under the same reference (CE 4.3), or, if it is
    an update, brings that one up to date.

    The referral is written first: when it is refused, nobody's contact details have changed either. `prefix` is where the
    submission stands in what was sent, for the names of fields at fault.
    """
    now = desk.clock.now()
    check_not_ahead(message.updated_at, now=now, prefix=prefix)
    check_codes(message, council_id=council_id, rules=desk.rules, now=now, prefix=prefix)
    person = person_of(message.person, council_id)
    referrer = referrer_of(message.referrer, council_id)
    given = referral_of(message, council_id=council_id, rules=desk.rules, register=desk.register, now=now)
    stored = _written(message, given, council_id=council_id, cause=cause, desk=desk, prefix=prefix)
    record_person(person, persons=desk.persons, council_id=council_id, cause=cause)
    if referrer is not None:
        record_referrer(referrer, referrers=desk.referrers, council_id=council_id, cause=cause)
    return _flagged(stored, cause=cause, desk=desk)


def _written(
    message: ReferralSubmission, given: Referral, *, council_id: str, cause: Cause, desk: IntakeDesk, prefix: str
) -> Stored[Referral]:
    """Raises `ReferralExists`, `StaleReferral`, `StepNotPossible`, and `NotFound` for an update of what never came."""
    step = steps.complete
    if isinstance(message, ReferralUpdate):
        step = amending.amend
    else:
        try:
            return desk.referrals.create(given.referral_id, steps.submit(given), council_id=council_id, cause=cause)
        except Conflict:
            pass  # it is there: this completes it
    decide = _changing(message, given, cause.caller, step=step, prefix=prefix)
    return desk.referrals.change(given.referral_id, decide, cause=cause)


def _flagged(stored: Stored[Referral], *, cause: Cause, desk: IntakeDesk) -> Stored[Referral]:
    """The referral with its possible duplicates."""
    own = of_the_platform(cause)
    person = desk.persons.get(stored.state.person_id).state
    return look_for_duplicates(
        stored, person, referrals=desk.referrals, register=desk.register, clock=desk.clock, cause=own
    )


def _changing(
    message: ReferralSubmission,
    given: Referral,
    caller: Caller | None,
    *,
    step: Callable[[Referral, Referral], Decision[Referral]],
    prefix: str,
) -> Callable[[Referral], Decision[Referral]]:
    """Fills the referral that is there with what has come; what was missing then and is given now is missing no more."""

    def decide(referral: Referral) -> Decision[Referral]:
        if caller is not None and not is_shown_to(caller, referral):
            raise ReferralExists(f"the reference {referral.reference} has been used before")
        amending.check_not_stale(referral, message.updated_at, prefix=prefix)
        missing = tuple(name for name in referral.missing if lacks(message, name))
        return step(referral, replace(given, missing=missing))

    return decide


def cancel_referral(message: ReferralCancellation, *, council_id: str, cause: Cause, desk: IntakeDesk) -> str:
    """The council takes a referral back, if it is active still. Raises `StaleReferral`, `StepNotPossible`."""
    now = desk.clock.now()
    check_not_ahead(message.updated_at, now=now, prefix="data.")

    def decide(referral: Referral) -> Decision[Referral]:
        amending.check_not_stale(referral, message.updated_at, prefix="data.")
        decision = steps.withdraw(referral, reason=message.reason or "cancelled by its sender", at=now)
        at = message.updated_at or referral.sender_updated_at
        return replace(decision, state=replace(decision.state, sender_updated_at=at))

    return desk.referrals.change(derived_id("ref", council_id, message.referral_reference), decide, cause=cause).id


def implement_direct_payment(message: DirectPaymentNotice, *, council_id: str, cause: Cause, desk: IntakeDesk) -> str:
    """The council has set a direct payment up by its own decision; what this tells programmes its checks (CE 3.2)."""
    referral_id = derived_id("ref", council_id, message.referral_reference)
    decide = partial(direct_payments.implement_direct_payment, implemented_on=message.implemented_on, by_council=True)
    desk.referrals.change(referral_id, decide, cause=cause)
    return referral_id


def _refused(event_id: str, problem: StewardError) -> IntakeAnswered:
    return IntakeAnswered(
        event_id=event_id,
        outcome="refused",
        problem=problem.code,
        detail=problem.detail,
        errors=tuple(
            FieldProblem(field=e.field, rule=e.rule, message=e.message) for e in problem.errors[:NAMED_ERRORS]
        ),
    )


def _intake_id(document: Any, council_id: str) -> str:
    """The same event always has the same id; one without an id of its own is known by its content."""
    event_id, source = attribute(document, "id"), attribute(document, "source")
    return derived_id("int", council_id, source, event_id or input_hash(document))


def _cause(document: Any, council_id: str, intake_id: str) -> Cause:
    given = attribute(document, "correlationid")
    return Cause(
        actor_id=f"council:{council_id}",
        correlation_id=given or derived_id("cor", intake_id),
        causation_id=attribute(document, "id") or intake_id,
        traceparent=current_traceparent() or attribute(document, "traceparent"),
        incoming=(f"intake:{intake_id}", 1),
    )
