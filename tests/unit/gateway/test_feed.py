from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from gateway.feed import NOTHING_YET, FeedHub, FeedItem, Listener
from gateway.settings import GatewaySettings
from shared.errors import Unavailable
from tests.support.gateway_fakes import FakeServices
from tests.support.waiting import eventually, patience


class Hub:
    """A hub over fake services, with short waits."""

    def __init__(self, **settings: float) -> None:
        self.services = FakeServices()
        self.settings = GatewaySettings(
            **{"feed_wait_seconds": 0.2, "feed_retry_seconds": 0.02, "readiness_timeout_seconds": patience(10)}
            | settings
        )
        self.hub = FeedHub(services=self.services, settings=self.settings, names=("referrals", "ledger"))

    def listen(self) -> Listener:
        return self.hub.listen(lambda _: True)


@pytest.fixture
def make_live() -> Iterator[Callable[..., Hub]]:
    """Makes hubs that are stopped after the test."""
    made: list[Hub] = []

    def make(**settings: float) -> Hub:
        made.append(Hub(**settings))
        return made[-1]

    yield make
    for live in made:
        live.hub.stop()


@pytest.fixture
def live(make_live: Callable[..., Hub]) -> Hub:
    """A hub as it comes."""
    return make_live()


def taken(listener: Listener, count: int) -> list[str]:
    """The types of the next events that a listener is given."""
    items: list[FeedItem | None] = [listener.next(patience(10)) for _ in range(count)]
    return [item.type for item in items if item]


def test_an_event_reaches_every_listener(live: Hub) -> None:
    first, second = live.listen(), live.listen()

    live.services.feed_of("referrals").add("referral.accepted")

    assert taken(first, 1) == taken(second, 1) == ["referral.accepted"]


def test_events_of_one_service_arrive_in_its_order(live: Hub) -> None:
    listener = live.listen()

    for number in range(20):
        live.services.feed_of("ledger").add(f"fund.step.{number}")

    assert taken(listener, 20) == [f"fund.step.{number}" for number in range(20)]


def test_the_past_is_not_told_again(live: Hub) -> None:
    live.services.feed_of("referrals").add("referral.submitted")
    listener = live.listen()

    live.services.feed_of("referrals").add("referral.accepted")

    assert taken(listener, 1) == ["referral.accepted"]


def test_the_very_first_event_of_a_service_is_told(live: Hub) -> None:
    listener = live.listen()
    eventually(lambda: live.services.feed_of("ledger") and True)

    live.services.feed_of("ledger").add("fund.opened")

    assert taken(listener, 1) == ["fund.opened"]


def test_a_listener_gets_only_what_it_may_see(live: Hub) -> None:
    listener = live.hub.listen(lambda item: item.council_id == "cheshire-east")

    live.services.feed_of("referrals").add("referral.accepted", council_id="elsewhere")
    live.services.feed_of("referrals").add("referral.refused", council_id="cheshire-east")

    assert taken(listener, 1) == ["referral.refused"]


def test_a_service_that_was_away_is_followed_again(make_live: Callable[..., Hub]) -> None:
    live = make_live(readiness_timeout_seconds=0.1)
    live.services.away.add("referrals")
    listener = live.listen()
    live.services.away.clear()
    eventually(lambda: live.hub.placed("referrals"))

    live.services.feed_of("referrals").add("referral.accepted")

    assert taken(listener, 1) == ["referral.accepted"]


def test_one_service_away_does_not_hold_up_the_others(make_live: Callable[..., Hub]) -> None:
    live = make_live(readiness_timeout_seconds=0.1)
    live.services.away.add("referrals")
    listener = live.listen()
    eventually(lambda: live.hub.placed("ledger"))

    live.services.feed_of("ledger").add("fund.opened")

    assert taken(listener, 1) == ["fund.opened"]


def test_a_listener_that_reads_too_slowly_is_dropped_and_the_others_are_not(make_live: Callable[..., Hub]) -> None:
    live = make_live(sse_queue=3)
    slow, quick = live.listen(), live.listen()

    for number in range(4):
        live.services.feed_of("referrals").add(f"referral.step.{number}")
        assert taken(quick, 1) == [f"referral.step.{number}"]

    eventually(lambda: slow.dropped)
    assert not quick.dropped


def test_there_is_a_most_of_listeners(make_live: Callable[..., Hub]) -> None:
    live = make_live(sse_clients=2)
    listeners = [live.listen(), live.listen()]

    with pytest.raises(Unavailable, match="places"):
        live.listen()
    live.hub.leave(listeners[0])
    live.listen()


def test_pollers_end_when_nobody_listens_and_begin_again(live: Hub) -> None:
    live.hub.leave(live.listen())
    eventually(lambda: not live.hub.placed("referrals"))

    listener = live.listen()
    live.services.feed_of("referrals").add("referral.accepted")

    assert taken(listener, 1) == ["referral.accepted"]


def test_stopping_ends_every_stream(live: Hub) -> None:
    listener = live.listen()

    live.hub.stop()

    assert listener.next(patience(10)) is None
    assert listener.dropped
    with pytest.raises(Unavailable):
        live.listen()


def test_an_event_and_what_came_after_it_is_found_page_by_page(make_live: Callable[..., Hub]) -> None:
    live = make_live(feed_page=2)
    first = live.services.feed_of("referrals").add("referral.submitted")
    for number in range(5):
        live.services.feed_of("referrals").add(f"referral.step.{number}")

    found = live.hub.feeds.since("referrals", first["id"])

    steps = [f"referral.step.{number}" for number in range(5)]
    assert [item.type for page in found for item in page] == ["referral.submitted", *steps]


def test_a_feed_without_events_has_a_place_before_its_first(live: Hub) -> None:
    place = live.hub.feeds.place("referrals")
    first = live.services.feed_of("referrals").add("referral.submitted")

    assert place == NOTHING_YET
    assert [[item.id for item in page] for page in live.hub.feeds.since("referrals", place)] == [[first["id"]]]
    assert live.hub.feeds.place("referrals") == first["id"]
