"""A direct payment from its capacity test to its end: one for each referral (CE 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.referrals.errors import CapacityTestNotMet, CapacityTestOpen, PaymentStepNotPossible
from services.referrals.model.capacity import CapacityTest, Condition, Finding, concluded, standing, with_finding
from services.referrals.model.payment_parts import (
    Check,
    Contingency,
    Issue,
    SetUpItem,
    Signpost,
    StartUpRequest,
    ToldChange,
)
from services.referrals.model.referral import Referral, is_staff, moved
from shared.context import Caller
from shared.events.direct_payments import (
    AgreementSigned,
    CapacityTestBegun,
    CapacityTestCameOut,
    ConditionFound,
    DirectPaymentEnded,
    RecipientOfPayment,
)
from shared.events.language import Event
from shared.events.referrals import DirectPaymentImplemented
from shared.ids import derived_id
from shared.messaging.aggregates import Decision
from shared.policy.keeping import start, stop
from shared.policy.running import RunningClock

PaymentStatus = Literal["being_set_up", "implementing", "running", "ended"]
PAYMENT_STATUSES: tuple[PaymentStatus, ...] = ("being_set_up", "implementing", "running", "ended")


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The direct payment agreement: who signed it and became legally responsible, for what (CE 3.2 "Nominated")."""

    signed_by: str
    signed_on: date
    scope: str | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class DirectPayment:
    """A direct payment as it stands. `council_decision` says that the council implemented it itself, outside this record."""

    payment_id: str
    referral_id: str
    person_id: str
    status: PaymentStatus = "being_set_up"
    test: CapacityTest | None = None
    former_tests: tuple[CapacityTest, ...] = ()
    agreement: Agreement | None = None
    employs_personal_assistant: bool | None = None
    checklist: tuple[SetUpItem, ...] = ()
    contingency: tuple[Contingency, ...] = ()
    start_up: tuple[StartUpRequest, ...] = ()
    changes: tuple[ToldChange, ...] = ()
    signposts: tuple[Signpost, ...] = ()
    checks: tuple[Check, ...] = ()
    issues: tuple[Issue, ...] = ()
    implemented_on: date | None = None
    council_decision: bool = False
    ended_on: date | None = None
    end_reason: str | None = None
    clocks: tuple[RunningClock, ...] = ()


def payment_id_of(referral_id: str) -> str:
    """The id of a referral's one direct payment."""
    return derived_id("dpy", referral_id)


def is_payment_shown_to(caller: Caller, payment: DirectPayment) -> bool:
    """Staff in scope, the person, and whoever would receive the payment for them; providers never."""
    if caller.organisation_id is not None:
        return False
    return is_staff(caller) or caller.actor_id in (payment.person_id, recipient_of(payment))


def recipient_of(payment: DirectPayment) -> str | None:
    """Whom the payment is, or would be, made to."""
    return payment.test.recipient.party_id if payment.test else None


def new_payment(referral: Referral) -> DirectPayment:
    """The referral's direct payment, before anything is known of it."""
    return DirectPayment(
        payment_id=payment_id_of(referral.referral_id), referral_id=referral.referral_id, person_id=referral.person_id
    )


def begin_test(payment: DirectPayment, test: CapacityTest) -> Decision[DirectPayment]:
    """A test begins; one before it is kept, and so is its outcome. Raises `PaymentStepNotPossible`."""
    if payment.status not in ("being_set_up", "running"):
        raise PaymentStepNotPossible(f"no test can begin: the direct payment is {payment.status.replace('_', ' ')}")
    former = (*payment.former_tests, payment.test) if payment.test else payment.former_tests
    told = CapacityTestBegun(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        person_id=payment.person_id,
        has_capacity=test.has_capacity,
        recipient=_told_of(test),
    )
    agreement = None if payment.status == "being_set_up" else payment.agreement
    return Decision(state=replace(payment, test=test, former_tests=former, agreement=agreement), events=[told])


def record_finding(payment: DirectPayment, finding: Finding) -> Decision[DirectPayment]:
    """A condition is evidenced. Raises `CapacityTestOpen` without a test, `CapacityTestConcluded`, `UnknownCondition`."""
    test = with_finding(_test_of(payment), finding)
    told = ConditionFound(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        condition=finding.condition,
        holds=finding.holds,
        found_on=finding.found_on,
    )
    return Decision(state=replace(payment, test=test), events=[told])


def conclude_test(payment: DirectPayment, *, by: str, at: datetime) -> Decision[DirectPayment]:
    """The test comes out met or not met (CE 3.2 "Exclusions"). Raises `CapacityTestOpen`, `CapacityTestConcluded`."""
    test = concluded(_test_of(payment), by=by, at=at)
    told = CapacityTestCameOut(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        person_id=payment.person_id,
        met=test.outcome == "met",
        not_met_because=tuple(map(_code_and_clause, standing(test).failed)),
        policy=test.policy,
    )
    return Decision(state=replace(payment, test=test), events=[told])


def sign_agreement(payment: DirectPayment, agreement: Agreement) -> Decision[DirectPayment]:
    """Whoever receives the payment signs and is legally responsible from then on (CE 3.2 "Nominated").

    Raises `CapacityTestOpen`, `CapacityTestNotMet`, and `PaymentStepNotPossible` for anyone but the recipient.
    """
    test = _met_test_of(payment)
    if agreement.signed_by != test.recipient.party_id:
        raise PaymentStepNotPossible("the agreement is signed by whoever receives the payment, and by nobody else")
    told = AgreementSigned(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        person_id=payment.person_id,
        responsible_id=agreement.signed_by,
        capacity=test.recipient.kind,
        signed_on=agreement.signed_on,
    )
    return Decision(state=replace(payment, agreement=agreement), events=[told])


def reserve(payment: DirectPayment, *, implemented_on: date) -> Decision[DirectPayment]:
    """The payment may be implemented, and no new test can begin until it runs.

    Raises `CapacityTestOpen`, `CapacityTestNotMet`, and `PaymentStepNotPossible` where somebody receives the payment for the
    person and has not signed for it.
    """
    if payment.status not in ("being_set_up", "implementing"):
        raise PaymentStepNotPossible(f"the direct payment is {payment.status.replace('_', ' ')} already")
    test = _met_test_of(payment)
    if test.recipient.kind != "person" and payment.agreement is None:
        who = test.recipient.kind.replace("_", " ")
        raise PaymentStepNotPossible(f'the {who} has not signed the agreement yet (CE 3.2 "Nominated")')
    return Decision(state=replace(payment, status="implementing", implemented_on=implemented_on))


def implement_direct_payment(referral: Referral, *, implemented_on: date, by_council: bool) -> Decision[Referral]:
    """The referral is in support from then on (CE 3.2 "Early Help check"). Raises `StepNotPossible`."""
    told = DirectPaymentImplemented(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        implemented_on=implemented_on,
        by_council=by_council,
    )
    return Decision(state=replace(moved(referral, "implement"), implemented_on=implemented_on), events=[told])


def run(
    payment: DirectPayment, *, implemented_on: date, by_council: bool, clocks: tuple[RunningClock, ...]
) -> Decision[DirectPayment]:
    """The payment runs, and its checks are programmed; one that runs already is left as it is."""
    if payment.status in ("running", "ended"):
        return Decision(state=payment)
    kept = start(payment.clocks, clocks)
    is_met = payment.test is not None and payment.test.outcome == "met"
    running = replace(
        payment,
        status="running",
        implemented_on=implemented_on,
        council_decision=by_council and not is_met,
        clocks=kept.clocks,
    )
    return Decision(state=running, events=kept.events)


def end(payment: DirectPayment, *, ended_on: date, reason: str, at: datetime) -> Decision[DirectPayment]:
    """The payment ends and no clock runs on (CE 4.4). Raises `PaymentStepNotPossible` if it has ended."""
    if payment.status == "ended":
        raise PaymentStepNotPossible("the direct payment has ended already")
    kept = stop(payment.clocks, at=at)
    told = DirectPaymentEnded(
        payment_id=payment.payment_id, referral_id=payment.referral_id, person_id=payment.person_id, ended_on=ended_on
    )
    ended = replace(payment, status="ended", ended_on=ended_on, end_reason=reason, clocks=kept.clocks)
    events: list[Event] = [told, *kept.events]
    return Decision(state=ended, events=events)


def _test_of(payment: DirectPayment) -> CapacityTest:
    if payment.test is None:
        raise CapacityTestOpen("no capacity test has begun")
    return payment.test


def _met_test_of(payment: DirectPayment) -> CapacityTest:
    test = _test_of(payment)
    if test.outcome == "open":
        raise CapacityTestOpen(f"the capacity test has not been concluded: it is {standing(test).words}")
    if test.outcome == "not_met":
        raise CapacityTestNotMet(f"the capacity test came out {standing(test).words}")
    return test


def _told_of(test: CapacityTest) -> RecipientOfPayment:
    recipient = test.recipient
    return RecipientOfPayment(kind=recipient.kind, party_id=recipient.party_id, route=recipient.route)


def _code_and_clause(condition: Condition) -> str:
    return f"{condition.code} ({condition.clause})"
