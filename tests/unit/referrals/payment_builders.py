"""Direct payments for tests: a referral that was accepted, its test evidenced, and what runs by itself afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.referrals.handlers import capacity, direct_payments
from services.referrals.handlers.answering import accept_referral
from services.referrals.model.capacity import Recipient
from services.referrals.model.direct_payments import DirectPayment, payment_id_of
from services.referrals.model.referral import Referral
from shared.context import Caller
from shared.dates import london_day
from shared.events.referrals import DirectPaymentImplemented
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_event
from tests.unit.referrals.builders import CE, ReferralsDesk, a_command, an_adviser, an_event

PERSON_ID = "per-7"


def a_social_worker(**changes: Any) -> Caller:
    """A social worker of Cheshire East."""
    return Caller(**{"actor_id": "social-worker-1", "roles": ("social_worker",), "councils": (CE,)} | changes)


def an_accepted_referral(desk: ReferralsDesk, **event: Any) -> Stored[Referral]:
    """A referral that somebody took on."""
    stored = desk.taken_in(an_event(**event))
    return accept_referral(
        stored.id, worker_id="worker-1", referrals=desk.referrals.records, clock=desk.clock, cause=a_command()
    )


def begin(
    desk: ReferralsDesk, referral_id: str, *, has_capacity: bool = True, **recipient: Any
) -> Stored[DirectPayment]:
    """A test begins, of a person who receives the payment themselves unless said otherwise."""
    plain = {"kind": "person", "party_id": PERSON_ID}
    return capacity.begin_capacity_test(
        referral_id,
        has_capacity=has_capacity,
        recipient=Recipient(**plain | recipient),
        desk=desk.payments,
        cause=a_command(),
    )


def find(
    desk: ReferralsDesk,
    referral_id: str,
    condition: str,
    *,
    holds: bool = True,
    caller: Caller | None = None,
    found_on: date | None = None,
) -> Stored[DirectPayment]:
    """One condition is evidenced."""
    return capacity.record_condition(
        referral_id,
        condition=condition,
        holds=holds,
        evidence="Sample: conversation at home.",
        found_on=found_on or london_day(desk.clock.now()),
        desk=desk.payments,
        cause=a_command(caller or a_social_worker()),
    )


def find_all(desk: ReferralsDesk, referral_id: str, *, failing: tuple[str, ...] = ()) -> Stored[DirectPayment]:
    """Every condition that is asked is evidenced: those named speak against the payment, all others for it."""
    stored = desk.direct_payments.records.get(payment_id_of(referral_id))
    assert stored.state.test is not None
    for condition in stored.state.test.conditions:
        if condition.left_out_because is None:
            speaks_for = condition.code not in failing
            stored = find(desk, referral_id, condition.code, holds=speaks_for != condition.bars)
    return stored


def conclude(desk: ReferralsDesk, referral_id: str) -> Stored[DirectPayment]:
    """The council concludes the test."""
    return capacity.conclude_capacity_test(referral_id, desk=desk.payments, cause=a_command(a_social_worker()))


def sign(desk: ReferralsDesk, referral_id: str, signed_by: str) -> Stored[DirectPayment]:
    """Whoever receives the payment signs today."""
    return capacity.sign_agreement(
        referral_id,
        signed_by=signed_by,
        signed_on=london_day(desk.clock.now()),
        desk=desk.payments,
        cause=a_command(),
    )


def implement(desk: ReferralsDesk, referral_id: str, on: date | None = None, **command: Any) -> Stored[Referral]:
    """Somebody records that the payment was implemented."""
    return direct_payments.record_direct_payment(
        referral_id,
        implemented_on=on or london_day(desk.clock.now()),
        desk=desk.payments,
        cause=a_command(an_adviser(), **command),
    )


def hear_of_implementation(desk: ReferralsDesk) -> list[Stored[DirectPayment]]:
    """What the service does when it hears its own events: every payment that was implemented runs."""
    heard = []
    for envelope in desk.referrals.told():
        event = envelope.event()
        if isinstance(event, DirectPaymentImplemented):
            cause = of_event(envelope)
            heard.append(
                direct_payments.programme_checks(event, council_id=envelope.councilid, desk=desk.payments, cause=cause)
            )
    return heard


def a_running_payment(desk: ReferralsDesk, on: date | None = None) -> Stored[DirectPayment]:
    """A payment whose test came out met, implemented on this day."""
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)
    find_all(desk, referral.id)
    conclude(desk, referral.id)
    implement(desk, referral.id, on)
    return hear_of_implementation(desk)[-1]
