"""A purge is found in what the broker remembers of a queue, and nothing else is taken for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events.referrals import REFERRAL
from shared.messaging.broker import purges
from shared.messaging.broker.purges import WINDOWS, Loss, losses, losses_of
from shared.messaging.broker.topology import ServiceDeclaration, build

FINE, COARSE = WINDOWS
QUEUE = "ext.cheshire-east.safeguarding"
BEGAN = 1_795_360_000


def a_queue(
    lengths: Sequence[int], taken: Sequence[int] = (), *, name: str = QUEUE, way: str = "ack", step: int = FINE.step
) -> dict[str, Any]:
    """A queue as RabbitMQ's management interface tells of it, newest first; the last values stand for a while after."""
    told: dict[str, Any] = {"name": name, "messages_details": {"samples": samples(lengths, step)}}
    return told | ({"message_stats": {f"{way}_details": {"samples": samples(taken, step)}}} if taken else {})


def samples(values: Sequence[int], step: int) -> list[dict[str, int]]:
    lasting = [*values, *[values[-1]] * FINE.lasting]
    return [
        {"sample": value, "timestamp": (BEGAN + at * step) * 1000} for at, value in reversed(list(enumerate(lasting)))
    ]


def at(steps: int, *, step: int = FINE.step) -> datetime:
    return datetime.fromtimestamp(BEGAN + steps * step, UTC)


def test_a_purge_is_told_with_its_queue_its_size_and_its_time() -> None:
    queue = a_queue([0, 20, 20, 20, 13, 1, 1], [0, 0, 0, 0, 7, 7, 7])

    assert list(losses_of(queue, FINE)) == [Loss(queue=QUEUE, messages=12, after=at(4), before=at(5))]


@pytest.mark.parametrize("way", ["ack", "get_no_ack", "deliver_no_ack"])
def test_a_queue_that_is_read_empty_was_not_purged(way: str) -> None:
    assert list(losses_of(a_queue([20, 13, 0], [0, 7, 20], way=way), FINE)) == []


@pytest.mark.parametrize(
    ("lengths", "taken"),
    [
        ([20, 0, 0, 0, 0], [0, 0, 0, 20, 20]),
        ([20, 20, 20, 0, 0], [0, 20, 20, 20, 20]),
        ([0, 0, 20, 20], ()),
        ([20, 20], [40, 0]),
        ([], ()),
    ],
    ids=["told late that they were taken", "told late that they left", "filled", "figures begun anew", "nothing known"],
)
def test_what_only_looks_like_a_purge_is_none(lengths: Sequence[int], taken: Sequence[int]) -> None:
    queue = a_queue(lengths, taken) if lengths else {"name": QUEUE}

    assert list(losses_of(queue, FINE)) == []


def test_two_purges_are_told_apart() -> None:
    quiet = [0] * FINE.lasting

    found = list(losses_of(a_queue([5, 5, 5, *quiet, 8, 8, 8, *quiet]), FINE))

    assert [loss.messages for loss in found] == [5, 8]


def test_a_fall_that_may_still_recover_is_not_told_yet() -> None:
    queue = a_queue([20, 0])
    queue["messages_details"]["samples"] = queue["messages_details"]["samples"][FINE.lasting - 1 :]

    assert list(losses_of(queue, FINE)) == []


def test_only_declared_queues_are_looked_at_and_a_purge_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(_url: str, path: str, *, timeout: float) -> list[dict[str, Any]]:
        asked.append(path)
        names = (QUEUE, "rpc-ledger", "somebody.elses")
        if f"lengths_incr={FINE.step}&" in path:
            return [a_queue([9, 9, 9, 0, 0], name=name) for name in names]
        return [a_queue([9, 0, 0], name=name, step=COARSE.step) for name in names]

    monkeypatch.setattr(purges, "read_management", answer)
    ledger = ServiceDeclaration(name="ledger", publishes=(), handles=(REFERRAL,))

    found = losses("http://broker.example", build([ledger], ["cheshire-east"]), vhost="/")

    assert [loss.queue for loss in found] == [QUEUE]
    assert [path.partition("?")[0] for path in asked] == ["/api/queues/%2F"] * 2
    assert str(found[0]).startswith("9 messages left it between ")
