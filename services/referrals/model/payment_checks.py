"""The early help and follow-up checks of a direct payment, and what they find (CE 3.2 "Early Help check")."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.referrals.errors import PaymentStepNotPossible
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.model.payment_parts import Check, CheckKind, Issue
from shared.errors import NotFound
from shared.events.direct_payments import CheckMade, IssueFound, IssueTold
from shared.events.language import Event
from shared.messaging.aggregates import Decision
from shared.policy.keeping import Kept, start, stop
from shared.policy.running import RunningClock


def record_check(
    payment: DirectPayment,
    check: Check,
    *,
    rule: str,
    issue: Issue | None,
    issue_clocks: tuple[RunningClock, ...],
    next_clocks: tuple[RunningClock, ...],
    at: datetime,
) -> Decision[DirectPayment]:
    """A contact of a check. Only one in which the person was reached makes the check, and stops its clock (`rule`).

    An issue starts the clock of telling social care at once, in the same write. Raises `PaymentStepNotPossible`.
    """
    if payment.status != "running":
        raise PaymentStepNotPossible("checks are for a direct payment that runs")
    kept = stop(payment.clocks, at=at, rules=(rule,)) if check.reached else Kept(clocks=payment.clocks)
    kept = kept.then(start(kept.clocks, (*issue_clocks, *(next_clocks if check.reached else ()))))
    events: list[Event] = [_made(payment, check)]
    issues = payment.issues
    if issue is not None:
        events.append(_found(payment, check, issue))
        issues = (*issues, replace(issue, clock_id=issue_clocks[0].clock_id if issue_clocks else None))
    state = replace(payment, checks=(*payment.checks, check), issues=issues, clocks=kept.clocks)
    return Decision(state=state, events=[*events, *kept.events])


def tell_issue(payment: DirectPayment, *, issue_id: str, how: str, by: str, at: datetime) -> Decision[DirectPayment]:
    """Social care has been told of an issue; its clock stops. Raises `NotFound`, `PaymentStepNotPossible`."""
    issue = next((one for one in payment.issues if one.issue_id == issue_id), None)
    if issue is None:
        raise NotFound(f"there is no issue {issue_id}")
    if issue.told_at is not None:
        raise PaymentStepNotPossible("social care has been told of this issue")
    told = IssueTold(payment_id=payment.payment_id, referral_id=payment.referral_id, issue_id=issue_id, how=how)
    kept = _stopped_only(payment.clocks, issue.clock_id, at)
    known = replace(issue, told_at=at, told_by=by, told_how=how)
    issues = tuple(known if one.issue_id == issue_id else one for one in payment.issues)
    return Decision(state=replace(payment, issues=issues, clocks=kept.clocks), events=[told, *kept.events])


def is_first_contact(payment: DirectPayment, kind: CheckKind) -> bool:
    """Whether nobody has tried to reach the person for this check yet."""
    return all(check.kind != kind for check in payment.checks)


def check_clock(payment: DirectPayment, kind: CheckKind) -> RunningClock | None:
    """The last clock of a check: the one that says how the check stands."""
    return next((clock for clock in reversed(payment.clocks) if clock.name == kind), None)


def made_on(payment: DirectPayment, kind: CheckKind) -> list[str]:
    """The days on which a check was made, as text."""
    return [check.made_on.isoformat() for check in payment.checks if check.kind == kind and check.reached]


def _stopped_only(clocks: tuple[RunningClock, ...], clock_id: str | None, at: datetime) -> Kept:
    """Stops one clock of several with the same rule."""
    kept = stop([clock for clock in clocks if clock.clock_id == clock_id], at=at)
    stopped = {clock.clock_id: clock for clock in kept.clocks}
    return Kept(clocks=tuple(stopped.get(clock.clock_id, clock) for clock in clocks), events=kept.events)


def _made(payment: DirectPayment, check: Check) -> CheckMade:
    return CheckMade(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        check_id=check.check_id,
        check=check.kind,
        method=check.method,
        made_on=check.made_on,
        reached=check.reached,
        issue_found=check.issue_id is not None,
    )


def _found(payment: DirectPayment, check: Check, issue: Issue) -> IssueFound:
    return IssueFound(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        person_id=payment.person_id,
        issue_id=issue.issue_id,
        check=check.kind,
    )
