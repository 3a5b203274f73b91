from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from services.notifications.handlers.sending import send_notification
from shared.events.referrals import ReferralRefused
from shared.plugins.points import ChannelAway, ChannelRefused, OutgoingMessage
from shared.store.documents import StoreAway
from tests.support.channels import FakeChannel
from tests.unit.notifications.builders import (
    PERSON,
    NotificationDesk,
    a_referral_accepted,
    all_channels,
)


def test_a_message_goes_out_by_the_chosen_channel_and_is_told_once() -> None:
    desk = NotificationDesk(channels=all_channels())
    desk.know(preferred_channel="letter", formats=("large print",))

    [notification_id] = desk.tell(a_referral_accepted())
    sent = desk.send(notification_id)
    desk.send(notification_id)

    assert (sent.state, sent.channel, sent.sent_through) == ("sent", "letter", "letter-file")
    [letter] = desk.channels["letter-file"].taken
    assert letter.message_id == notification_id
    assert letter.formats == ("large print",)
    assert "ref-1" in letter.body
    assert desk.taken() == [("letter-file", "7 Sample Street\nSampleton")]
    assert desk.notifications.types_told() == ["notification.sent"]


def test_a_refusal_tells_its_reason_in_the_councils_words() -> None:
    desk = NotificationDesk(channels=all_channels())
    desk.know("rfr-1", preferred_channel="sms")
    refused = ReferralRefused(referral_id="ref-1", person_id=PERSON, referrer_id="rfr-1", reason="not-resident")

    _, to_referrer = desk.tell(refused)
    desk.send(to_referrer)

    assert desk.channels["sms-fake"].taken == []
    [email] = desk.channels["email-file"].taken
    assert "Does not live in the area" in email.body
    assert "in writing" in email.body


def test_a_channel_that_is_away_is_tried_again_after_each_wait_and_then_the_next_safe_one_is() -> None:
    desk = NotificationDesk(channels=all_channels(), retry_after_seconds=(30.0, 120.0))
    desk.channels["email-file"].problems = [ChannelAway("away") for _ in range(3)]
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())

    desk.sweep()
    desk.clock.advance(timedelta(seconds=29))
    desk.sweep()
    assert desk.state(notification_id).attempts == 1
    desk.clock.advance(timedelta(seconds=1))
    desk.sweep()
    assert (desk.state(notification_id).attempts, desk.taken()) == (2, [])
    desk.clock.advance(timedelta(seconds=120))
    desk.sweep()

    assert desk.state(notification_id).channel == "sms"
    assert desk.channels["email-file"].problems == []


def test_a_channel_that_refuses_for_good_is_followed_by_the_next_at_once() -> None:
    desk = NotificationDesk(channels=all_channels())
    desk.channels["email-file"].problems = [ChannelRefused("no such address")]
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())

    sent = desk.send(notification_id)

    assert (sent.state, sent.channel, sent.given_up) == ("sent", "sms", ("email-file",))


@pytest.mark.parametrize(
    ("problem", "reason"),
    [(ChannelRefused("never"), "refused"), (ChannelAway("away"), "attempts-spent")],
    ids=["refused", "away too often"],
)
def test_when_no_channel_is_left_the_message_fails_with_the_last_reason(problem: Exception, reason: str) -> None:
    desk = NotificationDesk(retry_after_seconds=())
    desk.channels["email-file"].problems = [problem]
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())

    failed = desk.send(notification_id)

    assert (failed.state, failed.reason, failed.due_at) == ("failed", reason, None)
    [told] = desk.notifications.told()
    assert (told.type, told.data["reason"]) == ("notification.failed", reason)


def test_without_any_safe_channel_the_message_fails_and_nothing_is_sent() -> None:
    desk = NotificationDesk(channels=all_channels())
    desk.know(unsafe_channels=("email", "sms", "letter", "phone"))
    [notification_id] = desk.tell(a_referral_accepted())

    failed = desk.send(notification_id)

    assert (failed.state, failed.reason) == ("failed", "no-safe-channel")
    assert desk.taken() == []


def test_a_channel_that_breaks_its_contract_costs_a_retry_and_not_the_message() -> None:
    desk = NotificationDesk()
    desk.channels["email-file"].problems = [RuntimeError("a defect")]
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())

    assert desk.send(notification_id).state == "pending"
    desk.clock.advance(timedelta(hours=1))

    assert desk.send(notification_id).state == "sent"


def test_a_message_waits_for_a_contact_not_yet_known_and_goes_out_when_it_comes() -> None:
    desk = NotificationDesk()
    [notification_id] = desk.tell(a_referral_accepted())

    assert desk.send(notification_id).waiting_for_contact
    assert desk.know() == [notification_id]

    assert desk.send(notification_id).state == "sent"


def test_a_contact_that_comes_between_looking_and_waiting_is_not_missed() -> None:
    desk = NotificationDesk(contact_retry_seconds=60.0)
    [notification_id] = desk.tell(a_referral_accepted())
    writes = iter([lambda: None, lambda: desk.know() and None])
    for write in writes:  # the claim, then the write that says it waits
        desk.notifications.documents.before_next_write(write)

    assert desk.send(notification_id).state == "sent"


def test_a_contact_that_never_comes_fails_the_message_after_the_documented_wait() -> None:
    desk = NotificationDesk(contact_retry_seconds=60.0, contact_wait_seconds=3600.0)
    [notification_id] = desk.tell(a_referral_accepted())

    for _ in range(59):
        desk.sweep()
        desk.clock.advance(timedelta(seconds=60))
    desk.sweep()
    assert desk.state(notification_id).state == "pending"
    desk.clock.advance(timedelta(seconds=60))
    desk.sweep()

    assert (desk.state(notification_id).state, desk.state(notification_id).reason) == ("failed", "contact-unknown")


def test_two_senders_at_once_send_one_message() -> None:
    desk = NotificationDesk()
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())
    rival = desk.channels["email-file"]
    rival.before_send = lambda _: send_notification(notification_id, desk=desk.sending)

    desk.send(notification_id)

    assert len(rival.taken) == 1


def test_a_crash_after_handing_over_sends_the_same_message_again_under_the_same_id() -> None:
    desk = NotificationDesk(lease_seconds=120.0)
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())
    email = desk.channels["email-file"]
    email.before_send = lambda _: desk.notifications.documents.interrupt_next_write("before")

    with pytest.raises(StoreAway):
        desk.send(notification_id)
    email.before_send = None
    desk.sweep()
    assert len(email.taken) == 1
    desk.clock.advance(timedelta(seconds=120))
    desk.sweep()

    assert [message.message_id for message in email.taken] == [notification_id, notification_id]
    assert email.taken[0] == email.taken[1]
    assert desk.state(notification_id).state == "sent"
    assert desk.notifications.types_told() == ["notification.sent"]


def test_a_channel_marked_unsafe_after_the_event_is_not_used() -> None:
    desk = NotificationDesk(channels=all_channels())
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())
    desk.know(sequence=2, unsafe_channels=("email", "sms"))

    assert desk.send(notification_id).channel == "letter"


def test_a_channel_marked_unsafe_while_another_attempt_waits_is_not_used() -> None:
    desk = NotificationDesk(channels=all_channels())
    desk.channels["email-file"].problems = [ChannelAway("away")]
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())
    desk.send(notification_id)

    desk.know(sequence=2, unsafe_channels=("email",))
    desk.clock.advance(timedelta(hours=1))
    desk.sweep()

    assert [name for name, _ in desk.taken()] == ["sms-fake"]


def test_logs_hold_ids_only() -> None:
    desk = NotificationDesk(channels={"email-file": FakeChannel(), "phone-task": FakeChannel(kind="phone")})
    desk.channels["email-file"].problems = [ChannelRefused("refused")]
    desk.channels["phone-task"].problems = [ChannelAway("away")]
    desk.know(name="Sample Person 0007")

    with capture_logs() as logs:
        [notification_id] = desk.tell(a_referral_accepted())
        desk.send(notification_id)

    assert [line["event"] for line in logs] == ["notification.refused", "notification.postponed"]
    for line in logs:
        assert set(line) <= {"event", "log_level", "notification_id", "channel", "exc_info"}
        assert not any(word in str(line) for word in ("Sample Person", "example.org", "01632"))


def test_the_message_a_channel_gets_is_complete() -> None:
    desk = NotificationDesk()
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())

    desk.send(notification_id)

    [message] = desk.channels["email-file"].taken
    assert message == OutgoingMessage(
        message_id=notification_id,
        to_name="Sample Person 0007",
        address="person-0007@example.org",
        subject="Your referral has been accepted",
        body=message.body,
        formats=(),
    )
    assert "Sample Council" in message.body
