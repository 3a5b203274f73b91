"""A direct payment that runs: only after a test that came out met, or because the council itself says so; and its end."""

from __future__ import annotations

from datetime import date
from functools import partial

import structlog

from services.referrals.errors import CapacityTestOpen
from services.referrals.handlers.payments import PaymentDesk, change_payment, refuse_future, without_version
from services.referrals.handlers.seeing import change_seen, seen_referral
from services.referrals.model import direct_payments
from services.referrals.model.direct_payments import DirectPayment, new_payment, payment_id_of
from services.referrals.model.referral import Referral, moved
from shared.dates import london_day
from shared.errors import Conflict, NotFound, PolicyIncomplete
from shared.events.referrals import (
    DirectPaymentImplemented,
    ReferralClosed,
    ReferralImported,
    ReferralWithdrawn,
)
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause

log = structlog.get_logger(__name__)
CHECK_CLOCKS = ("early_help_check", "follow_up_check")


def record_direct_payment(
    referral_id: str, *, implemented_on: date, desk: PaymentDesk, cause: Cause
) -> Stored[Referral]:
    """The direct payment runs, if its test came out met (CE 3.2); what this tells programmes its checks.

    The payment is reserved first, so that no new test begins meanwhile. Raises `CapacityTestOpen`, `CapacityTestNotMet`,
    `PaymentStepNotPossible`, `StepNotPossible`.
    """
    stored = seen_referral(referral_id, referrals=desk.referrals, caller=cause.caller)
    payment = _payment_or_none(referral_id, desk=desk)
    if payment is None:
        moved(stored.state, "implement")
        raise CapacityTestOpen("no capacity test has begun; it has to come out met before the payment is implemented")
    if payment.status == "being_set_up":
        moved(stored.state, "implement")
    reserve = partial(direct_payments.reserve, implemented_on=implemented_on)
    change_payment(referral_id, reserve, desk=desk, cause=without_version(cause))
    decide = partial(direct_payments.implement_direct_payment, implemented_on=implemented_on, by_council=False)
    return change_seen(referral_id, decide, referrals=desk.referrals, cause=cause)


def programme_checks(
    event: DirectPaymentImplemented, *, council_id: str, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """The payment runs from the day it was implemented, and its checks are due from then (CE 3.2 "Early Help check").

    What the council implemented itself is kept as its own decision, whatever the test here says. A repeat changes nothing.
    """
    payment_id = payment_id_of(event.referral_id)
    clocks = desk.rules.start_clocks(
        council_id,
        CHECK_CLOCKS,
        record_id=payment_id,
        started_at=desk.clock.now(),
        started_on=event.implemented_on,
    )

    def decide(payment: DirectPayment) -> Decision[DirectPayment]:
        return direct_payments.run(
            payment, implemented_on=event.implemented_on, by_council=event.by_council, clocks=clocks
        )

    try:
        return desk.payments.change(payment_id, decide, cause=cause)
    except NotFound:
        fresh = new_payment(desk.referrals.get(event.referral_id).state)
        return desk.payments.create(payment_id, decide(fresh), council_id=council_id, cause=cause)


def bring_in_payment(event: ReferralImported, *, council_id: str, desk: PaymentDesk, cause: Cause) -> None:
    """Somebody who was brought in with the current users has their payment, with the checks that are still to come (CE 3.5).

    The council implemented it before the service began, so it is its own decision. A repeat changes nothing.
    """
    payment_id, now = payment_id_of(event.referral_id), desk.clock.now()
    try:
        clocks = desk.rules.start_clocks(
            council_id, CHECK_CLOCKS, record_id=payment_id, started_at=now, started_on=event.implemented_on
        )
    except PolicyIncomplete:  # no pack held on that day: its checks lie in the past
        clocks = ()
    to_come = tuple(clock for clock in clocks if clock.due_at > now)
    fresh = new_payment(desk.referrals.get(event.referral_id).state)
    running = direct_payments.run(fresh, implemented_on=event.implemented_on, by_council=True, clocks=to_come)
    try:
        desk.payments.create(payment_id, running, council_id=council_id, cause=cause)
    except Conflict:
        log.info("payment.there_before", payment_id=payment_id)


def end_direct_payment(
    referral_id: str, *, reason: str, ended_on: date, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """The direct payment has ended; the case stays open until somebody closes it (CE 4.4). Raises `PaymentStepNotPossible`."""
    at = desk.clock.now()
    refuse_future("ended_on", ended_on, at)
    decide = partial(direct_payments.end, ended_on=ended_on, reason=reason, at=at)
    return change_payment(referral_id, decide, desk=desk, cause=cause)


def end_with_referral(event: ReferralClosed | ReferralWithdrawn, *, desk: PaymentDesk, cause: Cause) -> None:
    """A case that is closed, or withdrawn, has no payment whose clocks run on (CE 4.4)."""
    at = desk.clock.now()

    def decide(payment: DirectPayment) -> Decision[DirectPayment]:
        if payment.status == "ended":
            return Decision(state=payment)
        return direct_payments.end(payment, ended_on=london_day(at), reason="the case has ended", at=at)

    if _payment_or_none(event.referral_id, desk=desk) is not None:
        desk.payments.change(payment_id_of(event.referral_id), decide, cause=cause)


def _payment_or_none(referral_id: str, *, desk: PaymentDesk) -> DirectPayment | None:
    try:
        return desk.payments.get(payment_id_of(referral_id)).state
    except NotFound:
        return None
