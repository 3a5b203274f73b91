from __future__ import annotations

import json

import pytest

from services.notifications.model.notice_kinds import AnyNotice, FundPartyNotice, Notice, TeamNotice, WorkerNotice
from services.notifications.model.notices import RULES, notices_of
from services.notifications.model.routes import KINDS
from services.notifications.model.wording import put_into_words
from services.notifications.plugin import PLUGIN
from services.notifications.service import NotificationsService
from shared.events.clocks import ClockBreached, ClockWarned
from shared.events.language import Event
from shared.events.ledger import FundFunded
from shared.events.pa_registry import ListingSuspended, PersonalAssistantContactRecorded
from shared.events.policy import PolicyPackPublished, PolicyPackWithdrawn
from shared.events.referrals import ContactRecorded, ReferralAccepted, ReferralRefused, WorkerContactRecorded
from shared.events.safeguarding import ConcernRaised
from shared.events.whistleblowing import WhistleblowingReported
from shared.messaging.consuming.durable import DurableHandler, handled_streams
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.notifications.builders import EVENTS, WORDINGS

TOLD = {
    "referral.accepted": [("referral-accepted", "per-0007"), ("referral-accepted-referrer", "rfr-1")],
    "referral.allocated": [("referral-allocated-referrer", "rfr-1")],
    "referral.waitlisted": [("referral-waiting", "per-0007"), ("referral-waiting-referrer", "rfr-1")],
    "referral.refused": [("referral-refused", "per-0007"), ("referral-refused-referrer", "rfr-1")],
    "referral.offer.sent": [("referral-offer", "prov-1"), ("referral-offer", "prov-2")],
    "directpayment.implemented": [("direct-payment-implemented", "per-0007")],
    "clock.warned": [("clock-warned", "worker-2")],
    "clock.breached": [("clock-breached", "contact_adult_social_care")],
    "visit.return.overdue": [("worker-not-back", "worker-2")],
    "contract.notice.told": [("contract-notice", "contact_commissioner")],
    "whistleblowing.reported": [("whistleblowing-reported", "contact_whistleblowing_lead")],
    "appointment.reminder.due": [("appointment-reminder", "per-0007")],
    "audit.announced": [("audit-announced", "per-0007")],
    "resource.problem.shared": [("resource-problem-shared", "contact_adult_social_care")],
    "complaint.forwarded": [
        ("complaint-forwarded", "contact_brokerage_team"),
        ("complaint-forwarded", "contact_adult_social_care"),
    ],
    "complaint.acknowledged": [("complaint-acknowledged", "per-0007")],
    "complaint.answered": [("feedback-answered", "per-0007"), ("feedback-copied", "contact_commissioner")],
    "complaint.escalated": [("complaint-escalated", "contact_commissioner")],
    "directpayment.agency.barred": [
        ("agency-barred", "per-0007"),
        ("agency-barred-team", "contact_adult_social_care"),
        ("agency-barred-worker", "worker-2"),
    ],
    "review.asked": [("review-asked", "contact_adult_social_care")],
    "provider.change.asked": [("provider-change-asked", "contact_adult_social_care")],
    "provider.ended": [("provider-ended", "per-0007"), ("provider-ended-provider", "prov-1")],
    "review.budget.changed": [("budget-changed", "contact_adult_social_care")],
    "directpayment.issue.found": [("check-issue", "contact_adult_social_care")],
    "directpayment.changed": [("direct-payment-changed", "contact_adult_social_care")],
    "fund.opened": [("fund-opened", "per-0007"), ("fund-opened-provider", "prov-1")],
    "fund.spend.refused": [("spend-refused", "per-0007"), ("spend-refused-provider", "provider of fund-1")],
    "fund.surplus.exceeded": [("surplus-exceeded", "contact_adult_social_care")],
    "fund.shortfall.forecast": [("shortfall-forecast", "contact_adult_social_care")],
    "fund.surplus.noticed": [
        ("surplus-noticed", "person of fund-1"),
        ("surplus-noticed-provider", "provider of fund-1"),
    ],
    "fund.surplus.replied": [("surplus-answered", "contact_adult_social_care")],
    "fund.surplus.challenged": [("surplus-answered", "contact_adult_social_care")],
    "fund.return.ordered": [
        ("return-ordered", "person of fund-1"),
        ("return-ordered-provider", "provider of fund-1"),
    ],
    "fund.surplus.ended": [("surplus-ended", "person of fund-1"), ("surplus-ended-provider", "provider of fund-1")],
    "fund.variation.requested": [("variation-requested", "contact_adult_social_care")],
    "fund.variation.approved": [
        ("variation-decided", "person of fund-1"),
        ("variation-decided-provider", "provider of fund-1"),
    ],
    "fund.variation.refused": [
        ("variation-decided", "person of fund-1"),
        ("variation-decided-provider", "provider of fund-1"),
    ],
    "fund.crisis.opened": [("crisis-opened", "contact_adult_social_care")],
    "fund.notice.due": [("fund-notice", "contact_adult_social_care")],
    "fund.itemised": [("fund-itemised", "per-0007")],
    "agreement.terminated": [
        ("agreement-terminated-provider", "prov-1"),
        ("agreement-terminated", "contact_commissioner"),
    ],
    "pa.listing.published": [("listing-published", "pa-1")],
    "pa.listing.suspended": [("listing-suspended", "pa-1")],
    "pa.listing.restored": [("listing-restored", "pa-1")],
    "pa.listing.withdrawn": [("listing-withdrawn", "pa-1")],
    "concern.raised": [("safeguarding-alert", "contact_safeguarding_team")],
    "alert.escalated": [
        ("safeguarding-alert-overdue", "contact_safeguarding_team"),
        ("safeguarding-alert-overdue", "contact_adult_social_care"),
    ],
}


def all_notices() -> list[AnyNotice]:
    return [notice for event in EVENTS for notice in notices_of(event)]


@pytest.mark.parametrize("event", EVENTS, ids=[event.type for event in EVENTS])
def test_each_event_is_told_to_those_whom_it_concerns(event: Event) -> None:
    told = [(notice.template, whom(notice)) for notice in notices_of(event)]

    assert told == TOLD[event.type]


def whom(notice: AnyNotice) -> str:
    match notice:
        case Notice():
            return notice.party_id
        case TeamNotice():
            return notice.mailbox
        case WorkerNotice():
            return notice.worker_id
        case FundPartyNotice():
            return f"{notice.party} of {notice.fund_id}"


def test_a_clock_without_a_designated_worker_is_warned_of_to_the_team_and_a_breach_is_told_to_both() -> None:
    clock = {"clock_id": "clk-1", "rule": "C1", "record_id": "ref-1", "clause": "CE 4.3", "due_at": A_MONDAY_MORNING}

    assert [whom(n) for n in notices_of(ClockWarned(**clock))] == ["contact_adult_social_care"]
    assert [whom(n) for n in notices_of(ClockBreached(**clock, worker_id="worker-2"))] == [
        "contact_adult_social_care",
        "worker-2",
    ]


def test_of_a_report_under_protection_nothing_is_told_but_that_there_is_one() -> None:
    [notice] = notices_of(WhistleblowingReported(report_id="whi-1"))

    assert isinstance(notice, TeamNotice)
    assert (dict(notice.values), notice.restricted, notice.needed) == ({"report_id": "whi-1"}, True, True)


def test_a_referral_without_a_referrer_is_told_to_the_person_alone() -> None:
    accepted = ReferralAccepted(referral_id="ref-1", person_id="per-0007", worker_id="worker-1")
    refused = ReferralRefused(referral_id="ref-1", person_id="per-0007", reason="other")

    assert [notice.template for notice in notices_of(accepted)] == ["referral-accepted"]
    assert [notice.template for notice in notices_of(refused)] == ["referral-refused"]


def test_an_event_that_concerns_nobody_here_is_told_to_nobody() -> None:
    assert FundFunded not in RULES
    assert notices_of(PersonalAssistantContactRecorded) == []  # type: ignore[arg-type]


def test_the_service_handles_exactly_the_events_that_have_rules_and_takes_exactly_their_streams() -> None:
    methods = (getattr(NotificationsService, name) for name in dir(NotificationsService))
    handled = {
        entrypoint.event_class
        for method in methods
        for entrypoint in getattr(method, "nameko_entrypoints", ())
        if isinstance(entrypoint, DurableHandler)
    }

    contacts = {ContactRecorded, WorkerContactRecorded, PersonalAssistantContactRecorded}
    assert handled == {*RULES, *contacts, PolicyPackPublished, PolicyPackWithdrawn}
    assert handled_streams(NotificationsService) == set(PLUGIN.handles)


@pytest.mark.parametrize("notice", all_notices(), ids=lambda notice: notice.template)
def test_every_notice_has_words_for_every_channel_it_may_go_by(notice: AnyNotice) -> None:
    wording = WORDINGS[notice.template]
    values = {**notice.values, "council_name": "Sample Council"}

    for kind in ("email", "letter") if wording.written else KINDS:
        words = put_into_words(wording, kind, values=values, name="Sample Person 0007", formats=())
        assert words.body.strip()
        assert "$" not in words.subject + words.body


def test_no_template_is_left_that_nothing_uses() -> None:
    assert {notice.template for notice in all_notices()} == set(WORDINGS)


def test_a_refusal_is_confirmed_to_the_referrer_in_writing_only() -> None:
    assert WORDINGS["referral-refused-referrer"].written


def test_the_safeguarding_team_is_told_ids_only() -> None:
    raised = next(event for event in EVENTS if isinstance(event, ConcernRaised))

    [notice] = notices_of(raised)

    assert isinstance(notice, TeamNotice)
    assert notice.restricted
    assert notice.needed
    assert dict(notice.values) == {"concern_id": "con-1", "alert_id": "alr-1", "priority": "urgent"}
    assert "neglect" not in json.dumps(dict(notice.values))


def test_a_suspended_personal_assistant_is_told_no_cause() -> None:
    [notice] = notices_of(ListingSuspended(personal_assistant_id="pa-1"))

    words = WORDINGS[notice.template]
    assert notice.values == {}
    for text in (words.subject, words.body, words.sms, words.phone):
        for hint in ("concern", "safeguard", "alleg", "complain", "investigat", "restrict"):
            assert hint not in text.lower()
