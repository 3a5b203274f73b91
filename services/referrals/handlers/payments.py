"""What all use cases of a direct payment need, and how one is found: by the referral that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.referrals.handlers.seeing import seen_referral
from services.referrals.model.direct_payments import DirectPayment, is_payment_shown_to, payment_id_of
from services.referrals.model.referral import Referral, is_shown_to, is_staff
from services.referrals.ports import PaymentRules, Records
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import FieldError, Invalid, NotFound, invalid
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class PaymentDesk:
    """The records and rules that direct payments work with."""

    payments: Records[DirectPayment]
    referrals: Records[Referral]
    rules: PaymentRules
    clock: Clock


def seen_payment(referral_id: str, *, desk: PaymentDesk, caller: Caller | None) -> Stored[DirectPayment]:
    """A referral's direct payment. Raises `NotFound`, also for whom it is not shown to.

    Whoever receives it for the person may see it, though not the referral.
    """
    missing = NotFound(f"referral {referral_id} has no direct payment")
    try:
        stored = desk.payments.get(payment_id_of(referral_id), caller=caller)
    except NotFound:
        seen_referral(referral_id, referrals=desk.referrals, caller=caller)
        raise missing from None
    if caller is not None and not _is_shown(stored, desk, caller):
        raise missing
    return stored


def change_payment(
    referral_id: str,
    decide: Callable[[DirectPayment], Decision[DirectPayment]],
    *,
    desk: PaymentDesk,
    cause: Cause,
) -> Stored[DirectPayment]:
    """Changes a direct payment whose referral the caller may see. Raises `NotFound`, and what `decide` raises."""
    seen_referral(referral_id, referrals=desk.referrals, caller=cause.caller)
    seen_payment(referral_id, desk=desk, caller=cause.caller)
    return desk.payments.change(payment_id_of(referral_id), decide, cause=cause)


def refuse_future(field: str, day: date, at: datetime) -> None:
    """What has happened has happened by today. Raises `Invalid`."""
    if day > london_day(at):
        raise invalid(field, "past", "this cannot have happened on a day that is still to come")


def refuse_unknown(field: str, code: str, known: tuple[str, ...]) -> None:
    """A code has to be one of the council's policy. Raises `Invalid` naming those that are."""
    if code not in known:
        message = f"the council's policy does not have this; it has: {', '.join(known)}"
        raise Invalid(message, errors=[FieldError(field=field, rule="policy", message=message)])


def without_version(cause: Cause) -> Cause:
    """The same cause for a second record: the version that the caller expects is the first one's."""
    return replace(cause, expected_version=None)


def _is_shown(stored: Stored[DirectPayment], desk: PaymentDesk, caller: Caller) -> bool:
    if not is_payment_shown_to(caller, stored.state):
        return False
    return not is_staff(caller) or is_shown_to(caller, desk.referrals.get(stored.state.referral_id).state)
