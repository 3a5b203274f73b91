"""The capacity test: it begins, each condition is evidenced, it comes out, and whoever receives the payment signs."""

from __future__ import annotations

from datetime import date
from functools import partial

from services.referrals.errors import StepNotPossible
from services.referrals.handlers.payments import PaymentDesk, change_payment, refuse_future
from services.referrals.handlers.seeing import seen_referral
from services.referrals.model import direct_payments
from services.referrals.model.capacity import (
    COUNCIL_AGREES,
    CapacityTest,
    Finding,
    Recipient,
    check_recipient,
    conditions_of,
)
from services.referrals.model.direct_payments import Agreement, DirectPayment, new_payment, payment_id_of
from services.referrals.model.life import STEPS
from shared.context import Caller
from shared.errors import Conflict, Forbidden
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause

COUNCIL_ROLES = frozenset({"social_worker", "brokerage_team"})


def begin_capacity_test(
    referral_id: str, *, has_capacity: bool, recipient: Recipient, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """A test begins under the conditions of the council's policy today (CE 3.2 "Exclusions").

    Raises `Invalid` where the recipient and the route do not fit, `StepNotPossible` for a referral that has ended,
    `PolicyIncomplete` for a council whose policy has no conditions.
    """
    stored = seen_referral(referral_id, referrals=desk.referrals, caller=cause.caller)
    if not STEPS[stored.state.status]:
        raise StepNotPossible(f"a referral that is {stored.state.status} gets no direct payment")
    if not stored.state.in_contract:
        raise StepNotPossible("a self-funder gets no direct payment of the council (CE 1.1)")
    test = _test(stored.council_id, has_capacity, recipient, desk=desk, cause=cause)
    begun = direct_payments.begin_test(new_payment(stored.state), test)
    try:
        return desk.payments.create(payment_id_of(referral_id), begun, council_id=stored.council_id, cause=cause)
    except Conflict:
        return change_payment(referral_id, partial(direct_payments.begin_test, test=test), desk=desk, cause=cause)


def record_condition(
    referral_id: str,
    *,
    condition: str,
    holds: bool,
    evidence: str,
    found_on: date,
    desk: PaymentDesk,
    cause: Cause,
) -> Stored[DirectPayment]:
    """Whether a condition holds: who found so, when, on what evidence. Raises `Forbidden`, `Invalid`, `CapacityTestOpen`."""
    at = desk.clock.now()
    refuse_future("found_on", found_on, at)
    if condition == COUNCIL_AGREES and not is_of_council(cause.caller):
        raise Forbidden('Only the council says that it considers somebody suitable (CE 3.2 "Exclusions").')
    finding = Finding(
        condition=condition,
        holds=holds,
        evidence=evidence,
        found_by=cause.actor_id,
        found_on=found_on,
        recorded_at=at,
    )
    return change_payment(referral_id, partial(direct_payments.record_finding, finding=finding), desk=desk, cause=cause)


def conclude_capacity_test(referral_id: str, *, desk: PaymentDesk, cause: Cause) -> Stored[DirectPayment]:
    """The council concludes the test; what it comes out as follows from the findings. Raises `CapacityTestOpen`."""
    decide = partial(direct_payments.conclude_test, by=cause.actor_id, at=desk.clock.now())
    return change_payment(referral_id, decide, desk=desk, cause=cause)


def sign_agreement(
    referral_id: str, *, signed_by: str, signed_on: date, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """Whoever receives the payment has signed for it (CE 3.2 "Nominated"). Raises what `direct_payments.sign_agreement` does."""
    at = desk.clock.now()
    refuse_future("signed_on", signed_on, at)

    def decide(payment: DirectPayment) -> Decision[DirectPayment]:
        scope = payment.test.recipient.scope if payment.test else None
        agreement = Agreement(
            signed_by=signed_by, signed_on=signed_on, scope=scope, recorded_by=cause.actor_id, recorded_at=at
        )
        return direct_payments.sign_agreement(payment, agreement)

    return change_payment(referral_id, decide, desk=desk, cause=cause)


def is_of_council(caller: Caller | None) -> bool:
    """The council's own workers, and its own system, which has no caller."""
    return caller is None or bool(COUNCIL_ROLES & set(caller.roles))


def _test(
    council_id: str, has_capacity: bool, recipient: Recipient, *, desk: PaymentDesk, cause: Cause
) -> CapacityTest:
    at = desk.clock.now()
    if recipient.authorised_agreed_on is not None:
        refuse_future("recipient.authorised_agreed_on", recipient.authorised_agreed_on, at)
    rules = desk.rules
    routes = rules.table(council_id, "authorised_person_routes", at)
    route = check_recipient(recipient, routes, has_capacity=has_capacity)
    rows = rules.table(council_id, "direct_payment_conditions", at)
    exclusions = rules.table(council_id, "direct_payment_exclusions", at)
    return CapacityTest(
        has_capacity=has_capacity,
        recipient=recipient,
        conditions=conditions_of(rows, exclusions, recipient, route, has_capacity=has_capacity),
        policy=rules.version(council_id, at),
        begun_by=cause.actor_id,
        begun_at=at,
    )
