from __future__ import annotations

from datetime import date

import pytest

from services.notifications.errors import FundNotKnown
from services.notifications.handlers import contacts
from services.notifications.model.notice_kinds import Notice
from services.notifications.model.notices import notices_of
from shared.events.fund_life import FundSurplusNoticed, FundVariationApproved, FundVariationRefused
from shared.events.language import Event
from shared.events.safeguarding import ConcernRaised
from shared.store.documents import StoreAway
from tests.unit.notifications.builders import (
    EVENTS,
    PERSON,
    WORDINGS,
    NotificationDesk,
    a_referral_accepted,
    an_envelope,
)

ALERT = next(event for event in EVENTS if isinstance(event, ConcernRaised))


def test_a_repeated_event_finds_the_messages_it_made() -> None:
    desk = NotificationDesk()
    desk.know()
    event = a_referral_accepted(referrer_id="rfr-1")

    first = desk.tell(event)
    desk.send(first[0])
    again = desk.tell(event)

    assert again == first
    assert len(set(first)) == 2
    assert desk.notifications.documents.count() == 2
    assert desk.state(first[0]).state == "sent"


def test_a_crash_between_two_parties_is_made_whole_by_the_repeat() -> None:
    desk = NotificationDesk()
    event = a_referral_accepted(referrer_id="rfr-1")
    desk.notifications.documents.interrupt_next_write("after")

    with pytest.raises(StoreAway):
        desk.tell(event)
    desk.tell(event)

    parties = {stored.state.party_id for stored in desk.notifications.records.find().items}
    assert parties == {PERSON, "rfr-1"}
    assert desk.notifications.documents.count() == 2


def test_two_events_make_two_messages() -> None:
    desk = NotificationDesk()
    event = a_referral_accepted()

    one = desk.tell(event, envelope=an_envelope(event, sequence=1))
    other = desk.tell(event, envelope=an_envelope(event, sequence=2))

    assert set(one).isdisjoint(other)


def test_a_message_keeps_ids_and_facts_but_no_names_or_addresses() -> None:
    desk = NotificationDesk()
    desk.know()

    [notification_id] = desk.tell(a_referral_accepted())

    stored = str(desk.notifications.documents.get(notification_id))
    assert "Sample Person" not in stored
    assert "@" not in stored


def test_a_safeguarding_alert_stands_in_a_story_of_its_own() -> None:
    desk = NotificationDesk()
    envelope = an_envelope(ALERT)

    [notification_id] = desk.tell(ALERT, envelope=envelope)
    desk.send(notification_id)

    [sent] = desk.notifications.told()
    assert sent.data["template"] == "restricted-notice"
    assert envelope.correlationid not in str(sent.as_json())
    assert envelope.id not in str(sent.as_json())
    assert sent.actorid == "service:notifications"


def test_other_messages_stay_in_the_story_of_their_event() -> None:
    desk = NotificationDesk()
    desk.know()
    event = a_referral_accepted()

    [notification_id] = desk.tell(event)
    desk.send(notification_id)

    [sent] = desk.notifications.told()
    assert (sent.correlationid, sent.causationid) == ("cor-1", an_envelope(event).id)


def test_a_team_without_a_mailbox_is_left_out_unless_it_must_be_told() -> None:
    desk = NotificationDesk()
    desk.open_fund()
    desk.rules.mailboxes.clear()

    told = [notification_id for event in EVENTS for notification_id in desk.tell(event, envelope=an_envelope(event))]

    teams = [desk.state(notification_id) for notification_id in told if desk.state(notification_id).mailbox]
    assert {(team.template, team.mailbox) for team in teams} == {
        ("safeguarding-alert", "contact_safeguarding_team"),
        ("safeguarding-alert-overdue", "contact_safeguarding_team"),
        ("resource-problem-shared", "contact_adult_social_care"),
        ("complaint-forwarded", "contact_adult_social_care"),
        ("feedback-copied", "contact_commissioner"),
        ("complaint-escalated", "contact_commissioner"),
        ("contract-notice", "contact_commissioner"),
        ("variation-requested", "contact_adult_social_care"),
        ("crisis-opened", "contact_adult_social_care"),
        ("fund-notice", "contact_adult_social_care"),
        ("surplus-exceeded", "contact_adult_social_care"),
        ("shortfall-forecast", "contact_adult_social_care"),
        ("surplus-answered", "contact_adult_social_care"),
        ("whistleblowing-reported", "contact_whistleblowing_lead"),
        ("provider-change-asked", "contact_adult_social_care"),
        ("review-asked", "contact_adult_social_care"),
        ("budget-changed", "contact_adult_social_care"),
        ("check-issue", "contact_adult_social_care"),
        ("direct-payment-changed", "contact_adult_social_care"),
    }


def test_a_safeguarding_alert_without_a_mailbox_fails_for_all_to_see() -> None:
    desk = NotificationDesk()
    desk.rules.mailboxes.clear()

    [notification_id] = desk.tell(ALERT)
    failed = desk.send(notification_id)

    assert (failed.state, failed.reason) == ("failed", "no-safe-channel")
    assert desk.notifications.types_told() == ["notification.failed"]


def test_the_parties_of_a_fund_are_known_once_its_opening_is() -> None:
    desk = NotificationDesk()
    noticed = notices_of(FundSurplusNoticed(fund_id="fund-1", surplus_id="sur-1", reply_by_on=date(2026, 3, 16)))

    with pytest.raises(FundNotKnown):
        contacts.addressed(noticed, funds=desk.funds.records)
    desk.open_fund()
    told = contacts.addressed(noticed, funds=desk.funds.records)

    assert [notice.party_id for notice in told if isinstance(notice, Notice)] == ["per-0007", "prov-1"]


def test_a_notice_of_surplus_says_until_when_to_answer_and_no_amount() -> None:
    person, provider = notices_of(
        FundSurplusNoticed(fund_id="fund-1", surplus_id="sur-1", reply_by_on=date(2026, 3, 16))
    )

    assert dict(person.values) == {"fund_id": "fund-1", "surplus_id": "sur-1", "reply_by_on": "16 March 2026"}
    assert WORDINGS[provider.template].written


@pytest.mark.parametrize(
    ("event", "decision"),
    [
        (
            FundVariationApproved(fund_id="fund-1", variation_id="var-1", from_on=date(2026, 3, 2)),
            "approved, from 2 March 2026 on",
        ),
        (FundVariationRefused(fund_id="fund-1", variation_id="var-1"), "refused"),
    ],
)
def test_what_was_decided_of_a_change_is_said_in_words(event: Event, decision: str) -> None:
    assert {notice.values["decision"] for notice in notices_of(event)} == {decision}


def test_a_worker_is_told_as_they_are_reached_and_the_team_where_nobody_knows_how() -> None:
    desk = NotificationDesk()
    warned = next(event for event in EVENTS if event.type == "clock.warned")

    [to_team] = desk.tell(warned, envelope=an_envelope(warned))
    desk.know("worker:cheshire-east:worker-2", email="worker-2@council.example.org")
    [to_worker] = desk.tell(warned, envelope=an_envelope(warned))

    assert desk.state(to_team).mailbox == "contact_adult_social_care"
    assert desk.state(to_worker).party_id == "worker:cheshire-east:worker-2"
    assert desk.send(to_worker).state == "sent"


def test_the_alarm_for_a_worker_waits_for_how_its_contact_is_reached() -> None:
    desk = NotificationDesk()
    alarm = next(event for event in EVENTS if event.type == "visit.return.overdue")
    [notification_id] = desk.tell(alarm, envelope=an_envelope(alarm))

    waiting = desk.send(notification_id)
    woken = desk.know("worker:cheshire-east:worker-2", email="worker-2@council.example.org")
    sent = desk.send(notification_id)

    assert (waiting.state, woken) == ("pending", [notification_id])
    assert sent.state == "sent"
    assert "worker-1" not in desk.channels["email-file"].taken[-1].body
