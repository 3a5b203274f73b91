"""Delivering to webhooks: at least once, signed, on the standard's schedule, stopped by 410."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier

from services.notifications.handlers import webhooks
from services.notifications.handlers.delivering import ATTEMPTS, DISABLED, ENDED, LAG
from services.notifications.model.alerts import alert_of
from services.notifications.ports import Answer
from services.notifications.webhooks.signing import DerivedSecrets
from services.safeguarding import store as safeguarding
from services.safeguarding.model.concerns import Concern, Consent, new_alert, raise_concern
from shared.events.safeguarding import ConcernRaised
from tests.support.aggregate_stores import InMemoryAggregates
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.unit.notifications.webhook_desk import TEAM, URL, Killed, Webhooks, command

SCHEDULE = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]


def signatures(secret: str, desk: Webhooks, attempt: int = -1) -> bool:
    """Whether a subscriber with this secret finds its signature, by the standard's own library."""
    posted = desk.subscriber.posted[attempt]
    at = datetime.fromtimestamp(int(posted.headers["webhook-timestamp"]), UTC)
    own = Verifier(secret).sign(posted.headers["webhook-id"], at, posted.body.decode())
    return own in posted.headers["webhook-signature"].split(" ")


def test_an_alert_is_posted_signed_and_marked_once() -> None:
    desk = Webhooks()
    _, secret = desk.subscribe()
    [delivery_id] = desk.raised()

    delivered = desk.deliver(delivery_id)

    [posted] = desk.subscriber.posted
    assert posted.url == URL
    assert signatures(secret, desk)
    assert posted.headers["webhook-id"] == json.loads(posted.body)["id"] == delivered.event_id
    assert posted.headers["webhook-timestamp"] == str(int(desk.clock.now().timestamp()))
    assert (delivered.state, delivered.last_answer, delivered.attempts) == ("delivered", "http-204", 1)
    assert desk.deliveries.types_told() == ["webhook.delivered"]


def test_the_body_is_the_very_event_of_the_councils_own_queue() -> None:
    clock = FixedClock()
    concerns: InMemoryAggregates[Concern] = InMemoryAggregates(
        collection=safeguarding.CONCERNS, kind=safeguarding.CONCERN, clock=clock
    )
    raised_at = clock.now() - timedelta(milliseconds=7)
    concern = Concern(
        concern_id="con-1",
        person_id="per-0007",
        categories=("neglect",),
        description="Sample words.",
        consent=Consent(sought=True),
        raised_by="adviser-1",
        raised_at=raised_at,
        alert=new_alert("alr-1", priority="urgent", raised_at=raised_at, minutes=60),
    )

    concerns.records.create(
        "con-1", raise_concern(concern), council_id="cheshire-east", cause=command("raise_concern", {})
    )

    of_concern, of_alert = concerns.told()
    event = of_concern.event()
    assert isinstance(event, ConcernRaised)
    assert alert_of(event, of_concern) == of_alert


def test_the_body_holds_what_the_alert_holds_and_no_more() -> None:
    desk = Webhooks()
    desk.subscribe()
    [delivery_id] = desk.raised()
    desk.deliver(delivery_id)

    event = json.loads(desk.subscriber.posted[0].body)

    assert event["type"] == "alert.raised"
    assert set(event["data"]) == {"alert_id", "concern_id", "raised_at", "priority"}
    assert "per-0007" not in json.dumps(event)


def test_an_event_that_comes_again_makes_no_second_delivery() -> None:
    desk = Webhooks()
    desk.subscribe()

    assert desk.raised() == desk.raised(again=True)


def test_each_of_a_councils_webhooks_gets_its_own_delivery_and_no_other_councils_does() -> None:
    desk = Webhooks()
    ids = {desk.subscribe()[0], desk.subscribe()[0]}
    elsewhere = "cambridgeshire-peterborough"
    other = TEAM.__class__(actor_id="lou-sample", roles=TEAM.roles, councils=(elsewhere,), correlation_id="story-2")
    desk.subscribe(caller=other, council_id=elsewhere)

    planned = desk.raised()

    assert {desk.deliveries.records.get(id).state.webhook_id for id in planned} == ids


def test_what_happens_while_a_webhook_is_disabled_is_not_kept_for_it() -> None:
    desk = Webhooks()
    webhook_id, _ = desk.subscribe()
    webhooks.disable(webhook_id, cause=command("disable", {}), desk=desk.desk)

    assert desk.raised() == []


def test_attempts_follow_the_standards_schedule_under_one_id_and_then_fail_for_all_to_see() -> None:
    desk = Webhooks(*[500] * 20)
    desk.subscribe()
    [delivery_id] = desk.raised()
    began, waits = desk.clock.now(), []

    while (delivery := desk.deliver(delivery_id)).due_at is not None:
        waits.append((delivery.due_at - desk.clock.now()).total_seconds())
        desk.clock.at = delivery.due_at

    assert waits == SCHEDULE
    assert len({posted.headers["webhook-id"] for posted in desk.subscriber.posted}) == 1
    assert len({posted.headers["webhook-timestamp"] for posted in desk.subscriber.posted}) == len(SCHEDULE) + 1
    assert desk.clock.now() - began == timedelta(seconds=sum(SCHEDULE))
    assert (delivery.state, delivery.reason, delivery.last_answer) == ("failed", "attempts-spent", "http-500")
    assert desk.deliveries.types_told() == ["webhook.delivery.failed"]


@pytest.mark.parametrize(
    "answer", [301, 302, 307, 400, 401, 404, 429, 500, 503, "timeout", "tls", "address-not-allowed"]
)
def test_whatever_is_no_success_is_tried_again(answer: int | str) -> None:
    desk = Webhooks(answer)
    desk.subscribe()
    [delivery_id] = desk.raised()

    postponed = desk.deliver(delivery_id)
    desk.clock.advance(timedelta(seconds=5))
    delivered = desk.deliver(delivery_id)

    assert postponed.state == "pending"
    assert postponed.last_answer == (answer if isinstance(answer, str) else f"http-{answer}")
    assert delivered.state == "delivered"


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, 5.0),
        ("", 5.0),
        ("1", 5.0),
        ("120", 120.0),
        (" 120 ", 120.0),
        ("99999999999999999999", 86_400.0),
        ("-5", 5.0),
        ("soon", 5.0),
        ("Mon, 02 Mar 2026 10:10:00 GMT", 600.0),
        ("Mon, 02 Mar 2026 09:00:00 GMT", 5.0),
        ("Mon, 02 Mar 0000 09:00:00 GMT", 5.0),
    ],
)
def test_a_subscriber_may_ask_for_a_longer_wait_but_for_no_shorter_one(header: str | None, wait: float) -> None:
    desk = Webhooks(Answer(status=503, retry_after=header))
    desk.clock.at = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    desk.subscribe()
    [delivery_id] = desk.raised()

    postponed = desk.deliver(delivery_id)

    assert postponed.due_at == desk.clock.now() + timedelta(seconds=wait)


@pytest.mark.parametrize(("answer", "least"), [(500, 5.0), (Answer(status=429, retry_after="100"), 100.0)])
def test_chance_keeps_deliveries_that_failed_together_apart_and_makes_none_come_too_early(
    answer: int | Answer, least: float
) -> None:
    desk = Webhooks(answer, answer, spread=0.2)
    desk.subscribe()
    [first], [second] = desk.raised(1), desk.raised(2)

    desk.chance = 0.0
    early = desk.deliver(first)
    desk.chance = 0.999
    late = desk.deliver(second)

    assert early.due_at == desk.clock.now() + timedelta(seconds=least)
    assert late.due_at == desk.clock.now() + timedelta(seconds=least * (1 + 0.2 * 0.999))


def test_attempts_and_ends_of_deliveries_are_counted_by_what_they_met() -> None:
    desk = Webhooks("timeout", 503, 204, 410)
    desk.subscribe()
    [first], [second] = desk.raised(1), desk.raised(2)

    while (delivery := desk.deliver(first)).due_at is not None:
        desk.clock.at = delivery.due_at
    desk.deliver(second)

    figures = desk.delivery.figures
    assert {error: timed.count for (error,), timed in figures.durations[ATTEMPTS].items()} == {
        "timeout": 1,
        "503": 1,
        "": 1,
        "410": 1,
    }
    assert figures.counts[ENDED] == {("delivered",): 1, ("gone",): 1}
    assert figures.counts[DISABLED] == {(): 1}
    assert figures.durations[LAG][()].seconds == sum(SCHEDULE[:2])


def test_nothing_is_posted_before_its_time() -> None:
    desk = Webhooks(503)
    desk.subscribe()
    [delivery_id] = desk.raised()
    desk.deliver(delivery_id)

    desk.deliver(delivery_id)

    assert len(desk.subscriber.posted) == 1


def test_410_disables_the_webhook_and_fails_what_waits_for_it() -> None:
    desk = Webhooks(410)
    webhook_id, _ = desk.subscribe()
    first, second = desk.raised(1), desk.raised(2)

    gone = desk.deliver(first[0])
    waiting = desk.deliver(second[0])

    assert (gone.state, gone.reason, gone.attempts, gone.last_answer) == ("failed", "gone", 1, "http-410")
    assert (waiting.state, waiting.reason) == ("failed", "disabled")
    assert desk.webhook(webhook_id).disabled_because == "gone"
    assert len(desk.subscriber.posted) == 1
    assert desk.webhooks.types_told() == ["webhook.subscribed", "webhook.disabled"]


def test_failed_deliveries_are_sent_again_when_somebody_asks() -> None:
    desk = Webhooks(410)
    webhook_id, _ = desk.subscribe()
    [delivery_id] = desk.raised()
    first = desk.deliver(delivery_id)
    webhooks.enable(webhook_id, cause=command("enable", {}), desk=desk.desk)

    due = webhooks.resend(webhook_id, cause=command("resend", {}), desk=desk.desk)
    delivered = desk.deliver(delivery_id)

    assert due == [delivery_id]
    assert delivered.state == "delivered"
    told = desk.deliveries.told()
    assert [(event.type, event.actorid) for event in told] == [
        ("webhook.delivery.failed", "service:notifications"),
        ("webhook.delivery.resumed", "sam-sample"),
        ("webhook.delivered", "service:notifications"),
    ]
    assert desk.subscriber.posted[1].headers["webhook-id"] == first.event_id


def test_a_sender_that_died_after_posting_posts_again_under_the_same_id_when_its_lease_is_over() -> None:
    desk = Webhooks(Killed())
    desk.subscribe()
    [delivery_id] = desk.raised()
    with pytest.raises(Killed):
        desk.deliver(delivery_id)

    too_soon = desk.deliver(delivery_id)
    desk.clock.advance(timedelta(seconds=60))
    delivered = desk.deliver(delivery_id)

    assert (too_soon.state, delivered.state) == ("pending", "delivered")
    assert [posted.headers["webhook-id"] for posted in desk.subscriber.posted] == [delivered.event_id] * 2


def test_for_a_while_both_secrets_sign_and_then_only_the_new_one() -> None:
    desk = Webhooks()
    webhook_id, first = desk.subscribe()
    second = desk.change_secret(webhook_id)

    desk.deliver(desk.raised(1)[0])
    both = signatures(first, desk), signatures(second, desk)
    desk.clock.advance(timedelta(days=1))
    desk.deliver(desk.raised(2)[0])
    after = signatures(first, desk), signatures(second, desk)

    assert (both, after) == ((True, True), (False, True))


def test_a_body_over_the_limit_is_not_sent() -> None:
    desk = Webhooks(body_bytes=100)
    desk.subscribe()

    delivery = desk.deliver(desk.raised()[0])

    assert (delivery.state, delivery.reason) == ("failed", "too-large")
    assert desk.subscriber.posted == []


def test_without_the_key_deliveries_wait() -> None:
    desk = Webhooks()
    desk.subscribe()
    [delivery_id] = desk.raised()
    object.__setattr__(desk.delivery, "secrets", DerivedSecrets(key=None))

    delivery = desk.deliver(delivery_id)

    assert (delivery.state, delivery.last_answer) == ("pending", "no-key")
    assert desk.subscriber.posted == []


def test_what_is_told_of_a_delivery_leads_to_no_concern() -> None:
    desk = Webhooks()
    desk.subscribe()
    [delivery_id] = desk.raised()
    desk.deliver(delivery_id)

    [told] = desk.deliveries.told()

    assert told.correlationid != "cor-1"
    assert told.actorid == "service:notifications"
    assert "con-1" not in json.dumps(told.as_json())


@given(st.binary(min_size=32, max_size=64), st.text(min_size=1, max_size=40), st.text(max_size=200))
def test_the_standards_library_verifies_every_signature(key: bytes, message_id: str, text: str) -> None:
    secrets = DerivedSecrets(key=key)
    body = text.encode("utf-8", "ignore")

    signed = secrets.signature("whk-1", number=1, message_id=message_id, at=A_MONDAY_MORNING, body=body)

    own = Verifier(secrets.secret("whk-1", number=1))
    assert own.sign(message_id, A_MONDAY_MORNING, body.decode()) == signed
