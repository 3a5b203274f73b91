"""Who is told what of clocks and case work: one rule per event type, by the clause that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from services.notifications.model.notice_kinds import (
    AnyNotice,
    Mailbox,
    Notice,
    TeamNotice,
    WorkerNotice,
    day_in_words,
    in_words,
    instant_in_words,
)
from shared.events.calendar import AppointmentReminderDue, AuditAnnounced
from shared.events.casework import ResourceProblemShared, VisitReturnOverdue
from shared.events.clocks import ClockBreached, ClockWarned
from shared.events.complaints import ComplaintAcknowledged, ComplaintAnswered, ComplaintEscalated, ComplaintForwarded
from shared.events.contract import ContractNoticeTold
from shared.events.direct_payments import DirectPaymentChanged, IssueFound, SignpostedAgencyBarred
from shared.events.fund_clocks import FundClockBreached
from shared.events.language import Event
from shared.events.referrals import ProviderChangeAsked, ProviderEnded
from shared.events.reviews import BudgetChangeNoted, ReviewAsked
from shared.events.whistleblowing import WhistleblowingReported

WISHES: Mapping[str, str] = MappingProxyType({"change": "another provider", "end": "no provider any more"})
NEXT_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "looked-into": "we are looking into it and will tell you what we find",
        "meeting-offered": "we offer you a meeting to talk it through",
        "practice-changed": "we have changed how we work",
        "passed-on": "we have passed it on to those who can put it right",
        "no-change": "we have considered it and will leave things as they are",
    }
)
"""What follows negative feedback, in the words of the answer."""


def _warned(event: ClockWarned) -> list[AnyNotice]:
    """The designated worker; without one, or where nobody knows how to reach them, adult social care (NOT-02, ours)."""
    team: Mailbox = "contact_adult_social_care"
    if event.worker_id is None:
        return [TeamNotice(template="clock-warned", mailbox=team, values=_clock_values(event))]
    return [_to_worker("clock-warned", event.worker_id, _clock_values(event), or_team=team)]


def _breached(event: ClockBreached) -> list[AnyNotice]:
    """The council's adult social care team, if its pack names a mailbox, and the designated worker (NOT-02, ours)."""
    values = _clock_values(event)
    told: list[AnyNotice] = [TeamNotice(template="clock-breached", mailbox="contact_adult_social_care", values=values)]
    return [*told, _to_worker("clock-breached", event.worker_id, values)] if event.worker_id else told


def _return_overdue(event: VisitReturnOverdue) -> list[AnyNotice]:
    """Whoever the visit's pathway names: they look for the worker (CE 7.7). It waits for how to reach them."""
    values = {"visit_id": event.visit_id, "expected_at": instant_in_words(event.expected_at)}
    return [WorkerNotice(template="worker-not-back", worker_id=event.contact_id, values=values, needed=True)]


def _whistleblowing(event: WhistleblowingReported) -> list[AnyNotice]:
    """The named person, that there is a report and nothing of it (CE 7.5)."""
    values = {"report_id": event.report_id}
    mailbox: Mailbox = "contact_whistleblowing_lead"
    template = "whistleblowing-reported"
    return [TeamNotice(template=template, mailbox=mailbox, values=values, needed=True, restricted=True)]


def _complaint_forwarded(event: ComplaintForwarded) -> list[AnyNotice]:
    """The brokerage team and the social care representatives, where the council names them (CP 9.1.1)."""
    values = {"complaint_id": event.complaint_id, "kind": in_words(event.kind)}
    return [
        TeamNotice(template="complaint-forwarded", mailbox="contact_brokerage_team", values=values),
        TeamNotice(template="complaint-forwarded", mailbox="contact_adult_social_care", values=values, needed=True),
    ]


def _complaint_acknowledged(event: ComplaintAcknowledged) -> list[AnyNotice]:
    """Whoever made it, if they can be written to (Complaints Regulations 2009 reg 13)."""
    values = {"complaint_id": event.complaint_id, "kind": in_words(event.kind)}
    return [_to_reporter("complaint-acknowledged", event.reporter_id, values)] if event.reporter_id else []


def _complaint_answered(event: ComplaintAnswered) -> list[AnyNotice]:
    """Negative written feedback: in writing to whoever gave it, with a copy to the council (CE 7.1(f))."""
    told: list[AnyNotice] = []
    values = {"complaint_id": event.complaint_id, "next_action": NEXT_ACTIONS.get(event.next_action or "", "")}
    if event.reporter_id and event.next_action:
        told.append(_to_reporter("feedback-answered", event.reporter_id, values))
    if event.copied_to_council:
        told.append(TeamNotice(template="feedback-copied", mailbox="contact_commissioner", values=values, needed=True))
    return told


def _complaint_escalated(event: ComplaintEscalated) -> list[AnyNotice]:
    """The commissioners: a dispute about a partner (CE 8.2)."""
    values = {"complaint_id": event.complaint_id}
    return [TeamNotice(template="complaint-escalated", mailbox="contact_commissioner", values=values, needed=True)]


def _appointment(event: AppointmentReminderDue) -> list[AnyNotice]:
    """The person, of when their appointment is (CE 4.12); where and with whom is not said."""
    values = {"appointment_id": event.appointment_id, "starts_at": instant_in_words(event.starts_at)}
    return [Notice(template="appointment-reminder", party_id=event.person_id, values=values)]


def _audit(event: AuditAnnounced) -> list[AnyNotice]:
    """The person, before the audit starts (CE 3.2 "Audit")."""
    values = {"audit_id": event.audit_id, "starts_on": day_in_words(event.starts_on)}
    return [Notice(template="audit-announced", party_id=event.person_id, values=values)]


def _resource_problem(event: ResourceProblemShared) -> list[AnyNotice]:
    """The social care representative (CP 6.8): who was spoken to is read by signing in."""
    values = {"problem_id": event.problem_id, "kind": in_words(event.kind)}
    mailbox: Mailbox = "contact_adult_social_care"
    return [TeamNotice(template="resource-problem-shared", mailbox=mailbox, values=values, needed=True)]


def _contract_notice(event: ContractNoticeTold) -> list[AnyNotice]:
    """The commissioner, of improper conduct, interruption or disclosure, without what happened (CE 7.3(d), 7.9, 8.5)."""
    values = {"notice_id": event.notice_id, "kind": in_words(event.kind)}
    return [TeamNotice(template="contract-notice", mailbox="contact_commissioner", values=values, needed=True)]


def _to_reporter(template: str, reporter_id: str, values: Mapping[str, str]) -> Notice:
    return Notice(template=template, party_id=reporter_id, values=values)


def _issue_found(event: IssueFound) -> list[AnyNotice]:
    """Social care at once, without what was found (CE 3.2 "Early Help check")."""
    values = {"referral_id": event.referral_id, "issue_id": event.issue_id}
    return [TeamNotice(template="check-issue", mailbox="contact_adult_social_care", values=values, needed=True)]


def _payment_changed(event: DirectPaymentChanged) -> list[AnyNotice]:
    """The council, of any change in how a direct payment is run (CE 3.2 "Service User Information")."""
    values = {"referral_id": event.referral_id, "reason": event.reason}
    return [
        TeamNotice(template="direct-payment-changed", mailbox="contact_adult_social_care", values=values, needed=True)
    ]


def _agency_barred(event: SignpostedAgencyBarred) -> list[AnyNotice]:
    """The person who was pointed to the agency, their designated worker, and social care (CE 3.2 "The Care Agency")."""
    values = {"referral_id": event.referral_id, "agency_id": event.agency_id}
    told: list[AnyNotice] = [
        Notice(template="agency-barred", party_id=event.person_id),
        TeamNotice(template="agency-barred-team", mailbox="contact_adult_social_care", values=values),
    ]
    if event.worker_id is None:
        return told
    worker = WorkerNotice(template="agency-barred-worker", worker_id=event.worker_id, values=values, needed=True)
    return [*told, worker]


def _review_asked(event: ReviewAsked) -> list[AnyNotice]:
    """The council, whose review was asked for (CP 3.2.7)."""
    values = {"referral_id": event.referral_id}
    return [TeamNotice(template="review-asked", mailbox="contact_adult_social_care", values=values, needed=True)]


def _provider_change_asked(event: ProviderChangeAsked) -> list[AnyNotice]:
    """Social care, of whom the person asks it (CP 5.3)."""
    values = {"referral_id": event.referral_id, "wish": WISHES[event.wish]}
    mailbox: Mailbox = "contact_adult_social_care"
    return [TeamNotice(template="provider-change-asked", mailbox=mailbox, values=values, needed=True)]


def _provider_ended(event: ProviderEnded) -> list[AnyNotice]:
    """The person and the provider whose services end (CP 5.3); who wanted it is not said."""
    values = {"referral_id": event.referral_id, "ended_on": day_in_words(event.ended_on)}
    return [
        Notice(template="provider-ended", party_id=event.person_id, values=values),
        Notice(template="provider-ended-provider", party_id=event.provider_id, values=values),
    ]


def _budget_changed(event: BudgetChangeNoted) -> list[AnyNotice]:
    """The council, of a significant change of the budget (CP 7.4)."""
    values = {"referral_id": event.referral_id}
    return [TeamNotice(template="budget-changed", mailbox="contact_adult_social_care", values=values, needed=True)]


def _clock_values(event: ClockWarned | ClockBreached) -> dict[str, str]:
    return {
        "rule": event.rule,
        "record_id": event.record_id,
        "clause": event.clause,
        "due_at": instant_in_words(event.due_at),
    }


def _to_worker(
    template: str, worker_id: str, values: Mapping[str, str], *, or_team: Mailbox | None = None
) -> WorkerNotice:
    return WorkerNotice(template=template, worker_id=worker_id, values=values, or_team=or_team)


CASE_RULES: Mapping[type[Event], Callable[[Any], list[AnyNotice]]] = MappingProxyType(
    {
        ClockWarned: _warned,
        ClockBreached: _breached,
        ContractNoticeTold: _contract_notice,
        FundClockBreached: _breached,
        VisitReturnOverdue: _return_overdue,
        WhistleblowingReported: _whistleblowing,
        AppointmentReminderDue: _appointment,
        AuditAnnounced: _audit,
        ResourceProblemShared: _resource_problem,
        ComplaintForwarded: _complaint_forwarded,
        ComplaintAcknowledged: _complaint_acknowledged,
        ComplaintAnswered: _complaint_answered,
        ComplaintEscalated: _complaint_escalated,
        IssueFound: _issue_found,
        SignpostedAgencyBarred: _agency_barred,
        ReviewAsked: _review_asked,
        ProviderChangeAsked: _provider_change_asked,
        ProviderEnded: _provider_ended,
        BudgetChangeNoted: _budget_changed,
        DirectPaymentChanged: _payment_changed,
    }
)
"""Every event type of clocks and case work that someone is told of."""
