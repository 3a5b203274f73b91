"""A service whose events can't go out stops taking commands, says so, and goes on when they can (T9)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.ids import fresh_id
from shared.messaging.calls.client import ServiceRefusal
from shared.messaging.publishing.publisher import BrokerAway
from tests.support.eventful import Eventful
from tests.support.waiting import eventually


@pytest.fixture
def platform(tmp_path: Path, broker_url: str) -> Iterator[Eventful]:
    running = Eventful(tmp_path, broker_url=broker_url, outbox_seconds=0.5)
    running.start()
    yield running
    running.stop()


def test_commands_are_refused_while_events_wait_too_long_and_nothing_of_what_was_taken_is_lost(
    platform: Eventful, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = platform.resources("referrals")._publisher
    with monkeypatch.context() as away:
        away.setattr(publisher, "publish", nobody_there)
        platform.allocate("ref-1")
        refused = eventually(lambda: refusal_of_another(platform), within=20)
        health = platform.call("referrals", "health", {})

    assert (refused.problem()["kind"], refused.problem()["code"]) == ("unavailable", "unavailable")
    assert health["outbox_oldest_seconds"] >= 0.5
    platform.await_applied("ref-1", [1], within=30)
    eventually(lambda: refusal_of_another(platform) is None, within=20)
    eventually(lambda: platform.waiting() == 0, within=20)


def nobody_there(**_: Any) -> None:
    raise BrokerAway("no connection")


def refusal_of_another(platform: Eventful) -> ServiceRefusal | None:
    """Why a further command is not taken; `None` if it is."""
    try:
        platform.allocate(fresh_id("ref"))
    except ServiceRefusal as refusal:
        return refusal
    return None
