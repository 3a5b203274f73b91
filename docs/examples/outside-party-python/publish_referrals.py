"""Publishes a council's events, a CloudEvent on each line of a file, and waits for the answer to each."""

import json
import os
import sys
import time

import pika
from pika.exceptions import AMQPError, NackError, UnroutableError

COUNCIL_ID = os.environ["COUNCIL_ID"]
BROKER = pika.URLParameters(os.environ["AMQP_URL"])
ANSWER_SECONDS = float(os.environ.get("ANSWER_SECONDS", "60"))
PAUSE_SECONDS = 2
AS_ONE_EVENT = pika.BasicProperties(
    content_type="application/cloudevents+json",
    delivery_mode=pika.DeliveryMode.Persistent,
    user_id=BROKER.credentials.username,  # the broker lets no other name pass
)


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        events = [json.loads(line) for line in file if line.strip()]
    unsent, unanswered = list(events), {event["id"] for event in events}
    deadline = time.monotonic() + ANSWER_SECONDS
    while unsent or unanswered:
        if time.monotonic() > deadline:
            sys.exit(f"unsent: {len(unsent)}, without an answer: {sorted(unanswered)}")
        try:
            with pika.BlockingConnection(BROKER) as connection:
                publish(connection, unsent)
                read_answers(connection, unanswered, deadline)
        except (AMQPError, OSError) as error:
            print(f"trying again: {type(error).__name__}", file=sys.stderr)
            time.sleep(PAUSE_SECONDS)


def publish(connection: pika.BlockingConnection, unsent: list[dict]) -> None:
    """Takes an event off the list only when the broker has confirmed it; what it refuses now is tried again later."""
    channel = connection.channel()
    channel.confirm_delivery()
    while unsent:
        event = unsent[0]
        try:
            channel.basic_publish(
                f"in.{COUNCIL_ID}", event["type"], json.dumps(event).encode(), AS_ONE_EVENT, mandatory=True
            )
        except (NackError, UnroutableError):
            connection.sleep(PAUSE_SECONDS)
            return
        unsent.pop(0)
    channel.close()


def read_answers(connection: pika.BlockingConnection, unanswered: set[str], deadline: float) -> None:
    """Reads answers until there is one for each of our events; those to other events are printed too."""
    channel = connection.channel()
    channel.basic_qos(prefetch_count=20)
    wait = max(0.1, min(deadline - time.monotonic(), 5.0))
    for method, properties, body in channel.consume(f"ext.{COUNCIL_ID}.results", inactivity_timeout=wait):
        if method is None:
            break
        answer = json.loads(body)
        print(json.dumps({"id": properties.headers["ce-id"], **answer}), flush=True)
        channel.basic_ack(method.delivery_tag)
        unanswered.discard(answer["event_id"])
        if not unanswered:
            break
    channel.cancel()


if __name__ == "__main__":
    main()
