"""Checks of a direct payment that runs: contact made, how, what came of it, and an issue told to social care at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from services.referrals.handlers.payments import (
    PaymentDesk,
    change_payment,
    refuse_future,
    refuse_unknown,
    seen_payment,
)
from services.referrals.model import payment_checks
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.model.payment_parts import Check, CheckKind, Issue
from shared.errors import invalid
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock

ISSUE_CLOCK = "check_issue_report"
RULES: dict[CheckKind, str] = {"early_help_check": "C3", "follow_up_check": "C4"}


@dataclass(frozen=True, kw_only=True)
class Contact:
    """What somebody says of a check's contact."""

    kind: CheckKind
    method: str
    made_on: date
    reached: bool
    understands: bool | None = None
    needs_support: bool | None = None
    outcome: str | None = None
    without_phone_because: str | None = None
    issue: str | None = None


def record_check(referral_id: str, *, contact: Contact, desk: PaymentDesk, cause: Cause) -> Stored[DirectPayment]:
    """A contact of a check (CE 3.2 "Early Help check"). Raises `Invalid`, `PaymentStepNotPossible`."""
    at = desk.clock.now()
    stored = seen_payment(referral_id, desk=desk, caller=cause.caller)
    council_id = stored.council_id
    refuse_future("made_on", contact.made_on, at)
    refuse_unknown("method", contact.method, desk.rules.texts(council_id, "check_methods", at))
    first_by = desk.rules.text(council_id, "early_help_check_first_contact", at)
    check, issue = _recorded(contact, cause, at)
    issue_clocks = _issue_clocks(stored, desk, at) if issue else ()
    next_clocks = _next_clocks(stored, contact, desk, at)

    def decide(payment: DirectPayment) -> Decision[DirectPayment]:
        _refuse_wrong_contact(payment, contact, first_by)
        return payment_checks.record_check(
            payment,
            check,
            rule=RULES[contact.kind],
            issue=issue,
            issue_clocks=issue_clocks,
            next_clocks=next_clocks,
            at=at,
        )

    return change_payment(referral_id, decide, desk=desk, cause=cause)


def tell_check_issue(
    referral_id: str, *, issue_id: str, how: str, desk: PaymentDesk, cause: Cause
) -> Stored[DirectPayment]:
    """Social care has been told; the clock of the issue stops (CE 3.2 "Early Help check"). Raises `NotFound`."""
    decide = partial(payment_checks.tell_issue, issue_id=issue_id, how=how, by=cause.actor_id, at=desk.clock.now())
    return change_payment(referral_id, decide, desk=desk, cause=cause)


def _recorded(contact: Contact, cause: Cause, at: datetime) -> tuple[Check, Issue | None]:
    check_id = cause.new_id("chk")
    issue_id = cause.new_id("iss") if contact.issue else None
    check = Check(
        check_id=check_id,
        kind=contact.kind,
        method=contact.method,
        made_on=contact.made_on,
        made_by=cause.actor_id,
        recorded_at=at,
        reached=contact.reached,
        understands=contact.understands,
        needs_support=contact.needs_support,
        outcome=contact.outcome,
        without_phone_because=contact.without_phone_because,
        issue_id=issue_id,
    )
    if issue_id is None or contact.issue is None:
        return check, None
    return check, Issue(issue_id=issue_id, check_id=check_id, details=contact.issue, found_at=at)


def _refuse_wrong_contact(payment: DirectPayment, contact: Contact, first_by: str) -> None:
    """The early help check begins with a phone call, unless somebody says why it cannot (CE 3.2 "Early Help check")."""
    is_first = contact.kind == "early_help_check" and payment_checks.is_first_contact(payment, contact.kind)
    if is_first and contact.method != first_by and not contact.without_phone_because:
        raise invalid(
            "method",
            "policy",
            f'the early help check begins by {first_by} (CE 3.2 "Early Help check"); say in without_phone_because why not',
        )
    if payment.implemented_on is not None and contact.made_on < payment.implemented_on:
        raise invalid("made_on", "order", "a check is made once the direct payment is implemented")
    if contact.reached and not contact.outcome:
        raise invalid("outcome", "required", "say what came of the contact")


def _issue_clocks(stored: Stored[DirectPayment], desk: PaymentDesk, at: datetime) -> tuple[RunningClock, ...]:
    return desk.rules.start_clocks(stored.council_id, (ISSUE_CLOCK,), record_id=stored.id, started_at=at)


def _next_clocks(
    stored: Stored[DirectPayment], contact: Contact, desk: PaymentDesk, at: datetime
) -> tuple[RunningClock, ...]:
    """The next follow-up check, where the council's policy has it come back (`follow_up_check_repeats`)."""
    repeats = desk.rules.flag(stored.council_id, "follow_up_check_repeats", at)
    if contact.kind != "follow_up_check" or not repeats:
        return ()
    return desk.rules.start_clocks(
        stored.council_id, (contact.kind,), record_id=stored.id, started_at=at, started_on=contact.made_on
    )
