"""A council's side of a real broker: what it publishes to its own exchange, and what it reads from its own queues."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import kombu

from shared.messaging.broker.topology import intake_exchange, results_queue
from tests.support.waiting import eventually

ANSWERED_SECONDS = 30.0


def publish(broker_url: str, council_id: str, bodies: Sequence[bytes], *, run: str) -> None:
    """Sends each body as one CloudEvents message, the messages numbered within the run."""
    with kombu.Connection(broker_url) as connection:
        channel = connection.channel()
        for number, body in enumerate(bodies):
            message = channel.prepare_message(
                body,
                content_type="application/cloudevents+json",
                headers={},
                properties={"delivery_mode": 2, "message_id": f"{run}-{number}"},
            )
            channel.basic_publish(message, exchange=intake_exchange(council_id), routing_key="referral.submitted")


def answers_to(broker_url: str, council_id: str, bodies: Sequence[bytes], *, run: str) -> list[dict[str, Any]]:
    """The answers that these messages have on the results queue. Raises `AssertionError` if there aren't enough in time.

    The queue is the council's, and so are answers to what others sent: they are taken out and passed over.
    """
    ours = {event_id(body) for body in bodies} | {f"{run}-{number}" for number in range(len(bodies))}
    publish(broker_url, council_id, bodies, run=run)
    answers: list[dict[str, Any]] = []

    def all_answered() -> bool:
        told = [json.loads(body) for body in everything_in(broker_url, results_queue(council_id))]
        answers.extend(answer for answer in told if answer["event_id"] in ours)
        return len(answers) >= len(bodies)

    eventually(all_answered, within=ANSWERED_SECONDS)
    return answers


def event_id(body: bytes) -> str | None:
    """The id of the event in a message, if it can be read: what cannot is answered by the message's own."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return event.get("id") if isinstance(event, dict) else None


def everything_in(broker_url: str, queue: str) -> list[bytes]:
    """Takes all messages out of a queue, as its owner outside would."""
    bodies: list[bytes] = []
    with kombu.Connection(broker_url) as connection:
        channel = connection.channel()
        while (message := channel.basic_get(queue, no_ack=True)) is not None:
            bodies.append(message.body if isinstance(message.body, bytes) else message.body.encode())
    return bodies
