"""Setting a direct payment up, and telling the council how it is run."""

from __future__ import annotations

from datetime import date
from functools import partial

from services.referrals.handlers.payments import (
    PaymentDesk,
    change_payment,
    refuse_future,
    refuse_unknown,
    seen_payment,
)
from services.referrals.model import payment_setup
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.model.payment_parts import Signpost, StartUpRequest, ToldChange
from services.referrals.ports import Row
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def say_use_of_payment(
    referral_id: str, *, employs_personal_assistant: bool, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """Whether the person will employ a personal assistant (CE 3.2 "Service User Information")."""
    rows = _table(referral_id, "setup_checklist", desk, cause)
    decide = partial(payment_setup.say_use, employs=employs_personal_assistant, rows=rows)
    return change_payment(referral_id, decide, desk=desk, cause=cause)


def record_set_up_item(
    referral_id: str,
    *,
    item: str,
    done_on: date,
    evidence: str,
    account_holder_id: str | None,
    desk: PaymentDesk,
    cause: Cause,
) -> Stored[DirectPayment]:
    """An item of the council's checklist is done (CE 3.2 "Service User Information"). Raises `Invalid`."""
    refuse_future("done_on", done_on, desk.clock.now())
    decide = partial(
        payment_setup.do_item,
        item=item,
        done_on=done_on,
        done_by=cause.actor_id,
        evidence=evidence,
        account_holder_id=account_holder_id,
        rows=_table(referral_id, "setup_checklist", desk, cause),
    )
    return change_payment(referral_id, decide, desk=desk, cause=cause)


def plan_contingency(
    referral_id: str, *, situation: str, cover: str, arrangement: str, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """What is arranged for when the usual help is away (CE 3.2 "Brokerage"). Raises `Invalid`."""
    refuse_unknown("cover", cover, _codes(_table(referral_id, "contingency_covers", desk, cause)))
    decide = partial(
        payment_setup.plan_contingency,
        situation=situation,
        cover=cover,
        arrangement=arrangement,
        by=cause.actor_id,
        at=desk.clock.now(),
        situations=_table(referral_id, "contingency_situations", desk, cause),
    )
    return change_payment(referral_id, decide, desk=desk, cause=cause)


def ask_start_up_funding(
    referral_id: str, *, item: str, amount_pence: int, purpose: str, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """Asks for money to start with (CE 3.2 "Start Up"). Raises `Invalid` for what the council's policy does not have."""
    refuse_unknown("item", item, _codes(_table(referral_id, "start_up_funding_items", desk, cause)))
    request = StartUpRequest(
        request_id=cause.new_id("sur"),
        item=item,
        amount_pence=amount_pence,
        purpose=purpose,
        asked_by=cause.actor_id,
        asked_at=desk.clock.now(),
    )
    return change_payment(referral_id, partial(payment_setup.ask_start_up, request=request), desk=desk, cause=cause)


def decide_start_up_funding(
    referral_id: str, *, request_id: str, agreed: bool, reason: str, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """The practitioner agrees or not; whoever asked cannot (CE 3.2 "Start Up"). Raises `SameHands`."""
    decide = partial(
        payment_setup.decide_start_up,
        request_id=request_id,
        agreed=agreed,
        reason=reason,
        by=cause.actor_id,
        at=desk.clock.now(),
    )
    return change_payment(referral_id, decide, desk=desk, cause=cause)


def tell_payment_change(
    referral_id: str, *, reason: str, details: str, noticed_on: date, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """Tells the council of a change in how the payment is run (CE 3.2 "Service User Information"). Raises `Invalid`."""
    at = desk.clock.now()
    refuse_future("noticed_on", noticed_on, at)
    refuse_unknown("reason", reason, _codes(_table(referral_id, "direct_payment_change_reasons", desk, cause)))
    change = ToldChange(reason=reason, details=details, noticed_on=noticed_on, told_by=cause.actor_id, told_at=at)
    return change_payment(referral_id, partial(payment_setup.tell_change, change=change), desk=desk, cause=cause)


def signpost_service(referral_id: str, *, service: str, desk: PaymentDesk, cause: Cause) -> Stored[DirectPayment]:
    """Points the person to payroll or a managed account, which the payment does not contain (CE 1.1, 1.2). Raises `Invalid`."""
    refuse_unknown("service", service, _codes(_table(referral_id, "services_out_of_scope", desk, cause)))
    given = Signpost(service=service, given_by=cause.actor_id, given_at=desk.clock.now())
    return change_payment(referral_id, partial(payment_setup.signpost, given=given), desk=desk, cause=cause)


def _table(referral_id: str, name: str, desk: PaymentDesk, cause: Cause) -> tuple[Row, ...]:
    council_id = seen_payment(referral_id, desk=desk, caller=cause.caller).council_id
    return desk.rules.table(council_id, name, desk.clock.now())


def _codes(rows: tuple[Row, ...]) -> tuple[str, ...]:
    return tuple(row["code"] for row in rows)
