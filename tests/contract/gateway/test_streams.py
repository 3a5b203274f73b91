"""Server-sent events as a client gets them: scoped, resumable, kept open, ended when they must."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from gateway.feed import FeedHub
from tests.support.clocks import FixedClock
from tests.support.gateway_fakes import NOON, PROVIDER, FakeServices, a_gateway, signed_in, someone
from tests.support.waiting import eventually, patience

EVENTS, ALERTS = "/api/v1/streams/events", "/api/v1/streams/alerts"


class Stream:
    """An open stream, read message by message."""

    def __init__(self, answer: Any, hub: FeedHub) -> None:
        self.answer = answer
        self.hub = hub
        self._lines = self._read()

    def _read(self) -> Iterator[str]:
        for chunk in self.answer.response:
            yield from filter(None, (chunk.decode() if isinstance(chunk, bytes) else chunk).split("\n\n"))

    def raw(self) -> str:
        """The next message or comment."""
        return next(self._lines)

    def message(self) -> dict[str, Any]:
        """The next event, with its SSE id as `at`."""
        for text in self._lines:
            fields = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(":"))
            if "data" in fields:
                return json.loads(fields["data"]) | {"at": fields["id"]}
        raise AssertionError("the stream ended")


Open = Callable[..., Stream]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def ready_within() -> float:
    """How long a stream that opens waits for the services' places, seconds: until all are there, unless one is away."""
    return patience(10)


@pytest.fixture
def live(clock: FixedClock, ready_within: float) -> Iterator[tuple[FakeServices, Open]]:
    """Services, and a way to open streams that are closed after the test."""
    services = FakeServices()
    short = {"feed_wait_seconds": 0.2, "feed_retry_seconds": 0.02, "sse_heartbeat_seconds": 0.1}
    app = a_gateway(services, clock=clock, readiness_timeout_seconds=ready_within, sse_queue=5, **short)
    opened: list[Any] = []

    def open_stream(place: str, role: str, *, last: str = "", **more: Any) -> Stream:
        headers = signed_in(role, **more) | ({"Last-Event-ID": last} if last else {})
        answer = app.test_client().get(place, headers=headers)
        assert answer.status_code == 200, answer.get_json()
        opened.append(answer)
        return Stream(answer, app.extensions["steward"].feed)

    yield services, open_stream
    app.extensions["steward"].feed.stop()
    for answer in opened:
        answer.close()


def test_an_event_is_told_with_its_envelope(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(EVENTS, "adviser")

    services.feed_of("referrals").add("referral.accepted", subject="ref-7", data={"worker_id": "alex"})

    told = stream.message()
    assert (told["type"], told["subject"], told["service"]) == ("referral.accepted", "ref-7", "referrals")
    assert told["data"] == {"worker_id": "alex"}


def test_a_stream_is_never_kept_by_caches_or_proxies(live: tuple[FakeServices, Open]) -> None:
    answer = live[1](EVENTS, "adviser").answer

    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"


def test_a_client_is_told_when_to_connect_again(live: tuple[FakeServices, Open]) -> None:
    assert live[1](EVENTS, "adviser").raw() == "retry: 3000"


def test_silence_is_broken_by_comments(live: tuple[FakeServices, Open]) -> None:
    stream = live[1](EVENTS, "adviser")

    assert [stream.raw() for _ in range(4)][2:] == [": still here", ": still here"]


def test_a_stream_says_where_it_stands_before_it_tells_anything(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    before = services.feed_of("safeguarding").add("alert.raised")

    stream = open_stream(ALERTS, "safeguarding_team")

    assert [stream.raw(), stream.raw()] == ["retry: 3000", f"id: safeguarding={before['id']}"]


@pytest.mark.parametrize("already", [0, 3])
def test_what_happens_after_a_stream_was_lost_that_had_told_nothing_is_told_when_it_is_resumed(
    live: tuple[FakeServices, Open], already: int
) -> None:
    services, open_stream = live
    for _ in range(already):
        services.feed_of("safeguarding").add("alert.raised")
    stream = open_stream(ALERTS, "safeguarding_team")
    place = [stream.raw(), stream.raw()][1].removeprefix("id: ")

    missed = services.feed_of("safeguarding").add("alert.raised")
    resumed = open_stream(ALERTS, "safeguarding_team", last=place)

    assert resumed.message()["id"] == missed["id"]


def test_what_another_replica_kept_late_is_told_at_the_resumption_and_the_clients_place_stays_until_then(
    live: tuple[FakeServices, Open],
) -> None:
    services, open_stream = live
    feed = services.feed_of("safeguarding")
    late = [feed.add("alert.raised") for _ in range(2)]
    last = feed.add("alert.raised")
    missed = [feed.add("alert.raised") for _ in range(2)]
    feed.given_again = 2

    resumed = open_stream(ALERTS, "safeguarding_team", last=f"safeguarding={last['id']}")
    told = [resumed.message() for _ in range(4)]

    assert [event["id"] for event in told] == [event["id"] for event in (*late, *missed)]
    places = [last["id"], last["id"], *(event["id"] for event in missed)]
    assert [event["at"] for event in told] == [f"safeguarding={place}" for place in places]


def test_a_client_whose_place_the_service_does_not_know_is_told_the_newest_few_and_gets_a_place(
    live: tuple[FakeServices, Open],
) -> None:
    services, open_stream = live
    newest = services.feed_of("safeguarding").add("alert.raised")

    resumed = open_stream(ALERTS, "safeguarding_team", last="safeguarding=unknown")

    assert resumed.message()["id"] == newest["id"]
    assert resumed.raw() == f"id: safeguarding={newest['id']}"


@pytest.mark.parametrize("ready_within", [0.1])
def test_the_past_of_a_service_that_was_away_at_the_resumption_is_told_before_its_news(
    live: tuple[FakeServices, Open],
) -> None:
    services, open_stream = live
    safeguarding = services.feed_of("safeguarding")
    last = safeguarding.add("alert.raised")
    safeguarding.add("alert.raised", subject="missed")
    services.away.add("safeguarding")

    resumed = open_stream(ALERTS, "safeguarding_team", last=f"safeguarding={last['id']}")
    while resumed.raw() != ": still here":
        continue
    services.away.clear()
    told = [resumed.message()["subject"]]
    safeguarding.add("alert.raised", subject="news")
    told.append(resumed.message()["subject"])

    assert told == ["missed", "news"]


def test_all_that_was_missed_is_told_however_much(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    first = services.feed_of("referrals").add("referral.submitted")
    for _ in range(450):
        services.feed_of("referrals").add("referral.submitted", council_id="elsewhere")
    services.feed_of("referrals").add("referral.closed")

    resumed = open_stream(EVENTS, "adviser", last=f"referrals={first['id']}")

    assert resumed.message()["type"] == "referral.closed"


def test_a_place_moves_on_past_what_a_client_may_not_see(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    first = services.feed_of("safeguarding").add("alert.raised")
    hidden = services.feed_of("safeguarding").add("alert.raised", council_id="elsewhere")

    resumed = open_stream(ALERTS, "safeguarding_team", last=f"safeguarding={first['id']}")

    assert [resumed.raw() for _ in range(3)][2] == f"id: safeguarding={hidden['id']}"


def test_a_role_that_may_see_an_envelope_only_gets_no_data(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(EVENTS, "ops", council="*")

    services.feed_of("referrals").add("referral.accepted", data={"person_id": "per-1"})

    assert "data" not in stream.message()


def test_another_councils_events_are_not_told(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(EVENTS, "adviser", council="cheshire-east")

    services.feed_of("referrals").add("referral.accepted", council_id="cambridgeshire-peterborough")
    services.feed_of("referrals").add("referral.accepted", council_id="")
    services.feed_of("referrals").add("referral.closed", council_id="cheshire-east")

    assert stream.message()["type"] == "referral.closed"


@pytest.mark.parametrize("role", ["social_worker", "brokerage_team", "council_system", "dpo", "subscriber"])
def test_what_is_for_the_support_service_alone_is_told_to_nobody_else(
    live: tuple[FakeServices, Open], role: str
) -> None:
    services, open_stream = live
    council, adviser = open_stream(EVENTS, role), open_stream(EVENTS, "adviser")

    services.feed_of("referrals").add("referral.accepted", audience="support-service")
    services.feed_of("referrals").add("referral.accepted", audience="nobody-knows-this-one")
    services.feed_of("referrals").add("referral.closed")

    assert council.message()["type"] == "referral.closed"
    heard = adviser.message()
    assert (heard["type"], "audience" in heard) == ("referral.accepted", False)
    assert adviser.message()["type"] == "referral.closed"


@pytest.mark.parametrize("stream", ["concern", "alert", "contact", "pacontact", "result", "made-up"])
def test_an_advisers_stream_never_tells_of_causes_contacts_or_the_unknown(
    live: tuple[FakeServices, Open], stream: str
) -> None:
    services, open_stream = live
    listening = open_stream(EVENTS, "adviser")

    services.feed_of("safeguarding").add("x.happened", stream=stream)
    services.feed_of("safeguarding").add("referral.closed", stream="referral")

    assert listening.message()["type"] == "referral.closed"


def test_the_alerts_stream_tells_safeguarding_of_alerts_and_of_nothing_else(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(ALERTS, "safeguarding_team")

    services.feed_of("referrals").add("referral.closed")
    services.feed_of("safeguarding").add("alert.raised", data={"alert_id": "alert-1", "concern_id": "c-1"})

    assert stream.message()["data"] == {"alert_id": "alert-1", "concern_id": "c-1"}


def test_nobody_follows_a_concern_about_themselves(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(ALERTS, "safeguarding_lead", actor_id="lee")

    services.feed_of("safeguarding").add("concern.raised", data={"alleged_id": "lee"})
    services.feed_of("safeguarding").add("concern.raised", data={"alleged_id": "other"})

    assert stream.message()["data"] == {"alleged_id": "other"}


def test_nobody_follows_a_concern_about_their_organisation(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(ALERTS, "safeguarding_lead", organisation_id="provider-1")

    services.feed_of("safeguarding").add("concern.raised", data={"alleged_id": "provider-1"})
    services.feed_of("safeguarding").add("concern.raised", data={"alleged_id": "other"})

    assert stream.message()["data"] == {"alleged_id": "other"}


def test_a_stream_goes_on_after_the_last_event_it_told(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(EVENTS, "adviser")
    services.feed_of("referrals").add("referral.submitted")
    last = stream.message()["at"]

    for type in ("referral.accepted", "referral.allocated"):
        services.feed_of("referrals").add(type)
    resumed = open_stream(EVENTS, "adviser", last=last)
    services.feed_of("referrals").add("referral.closed")

    told = [resumed.message()["type"] for _ in range(3)]
    assert told == ["referral.accepted", "referral.allocated", "referral.closed"]


def test_resuming_keeps_each_services_place(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(EVENTS, "dpo")
    services.feed_of("referrals").add("referral.submitted")
    stream.message()
    services.feed_of("ledger").add("fund.opened")
    last = stream.message()["at"]

    services.feed_of("ledger").add("fund.closed")
    services.feed_of("referrals").add("referral.closed")
    resumed = open_stream(EVENTS, "dpo", last=last)

    assert {resumed.message()["type"] for _ in range(2)} == {"referral.closed", "fund.closed"}


def test_what_was_missed_is_scoped_like_what_happens(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    first = services.feed_of("referrals").add("referral.submitted")
    services.feed_of("referrals").add("referral.accepted", council_id="elsewhere")
    services.feed_of("referrals").add("referral.closed")

    resumed = open_stream(EVENTS, "adviser", last=f"referrals={first['id']}")

    assert resumed.message()["type"] == "referral.closed"


@pytest.mark.parametrize("last", ["rubbish", "referrals=", "referrals=unknown", "nothing=1,=,,", "x" * 5000])
def test_a_place_that_cannot_be_read_starts_the_stream_afresh(live: tuple[FakeServices, Open], last: str) -> None:
    services, open_stream = live
    stream = open_stream(EVENTS, "adviser", last=last)

    services.feed_of("referrals").add("referral.closed")

    assert stream.message()["type"] == "referral.closed"


def test_a_client_that_reads_too_slowly_is_told_to_connect_again(live: tuple[FakeServices, Open]) -> None:
    services, open_stream = live
    stream = open_stream(EVENTS, "adviser")
    while stream.raw() != ": still here":
        continue
    for _ in range(50):
        services.feed_of("referrals").add("referral.accepted")
    eventually(lambda: all(listener.dropped for listener in stream.hub._listeners))

    told = list(stream._lines)

    assert told[-1] == "retry: 3000"
    assert len(told) < 50


def test_a_stream_ends_when_its_token_does(live: tuple[FakeServices, Open], clock: FixedClock) -> None:
    stream = live[1](EVENTS, "adviser")
    assert [stream.raw(), stream.raw()][0] == "retry: 3000"

    clock.advance(timedelta(hours=2))

    assert stream.raw() in (": still here", "retry: 3000")
    assert list(stream._lines) in ([], ["retry: 3000"])


def test_a_stream_that_is_closed_gives_its_place_back() -> None:
    app = a_gateway(FakeServices(), sse_clients=1, feed_wait_seconds=0.2, readiness_timeout_seconds=patience(10))
    header = {"Authorization": f"Bearer {PROVIDER.token(someone('adviser'))}"}
    first = app.test_client().get(EVENTS, headers=header)

    refused = app.test_client().get(EVENTS, headers=header)
    first.close()
    again = app.test_client().get(EVENTS, headers=header)

    assert (refused.status_code, again.status_code) == (503, 200)
    again.close()
    app.extensions["steward"].feed.stop()
