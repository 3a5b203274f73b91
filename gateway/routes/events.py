"""Intake of a council's events over HTTP: the CloudEvents HTTP binding in its three forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from gateway.api import ApiBlueprint
from gateway.asking import ask, caller
from gateway.schemas.events import EVENT, EventAnswers
from gateway.services import REFERRALS
from gateway.strict import malformed, read_json
from shared.context import EVERY_COUNCIL
from shared.errors import Forbidden, TooLarge

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
LARGEST_BATCH = 100

events = ApiBlueprint("events", __name__, description="Events that councils' own systems send in.")


@events.operation(
    "POST",
    "/events",
    "events.publish",
    answer=EventAnswers,
    body_types={STRUCTURED: EVENT, BATCH: {"type": "array", "maxItems": LARGEST_BATCH, "items": EVENT}, JSON: {}},
)
def publish_events() -> dict[str, Any]:
    """Send events of your council.

    Takes the three forms of the CloudEvents HTTP binding: one event as `application/cloudevents+json`, several as
    `application/cloudevents-batch+json`, or one with its attributes in `ce-*` headers and its data as
    `application/json`. Each event gets its own answer: accepted, duplicate, or refused with every field at fault. An
    event is recognised by its `source` and `id`, so sending it again is safe.
    """
    return ask(REFERRALS, "take_in_events", {"council_id": _own_council(), "events": _events()})


def _own_council() -> str:
    """The one council that the token stands for."""
    councils = caller().councils
    if len(councils) != 1 or councils[0] == EVERY_COUNCIL:
        raise Forbidden("events are taken with a token of exactly one council")
    return councils[0]


def _events() -> list[dict[str, Any]]:
    if request.mimetype == BATCH:
        return _batch(read_json(request.get_data()))
    if request.mimetype == STRUCTURED:
        return [_object(read_json(request.get_data()))]
    if request.mimetype == JSON and "ce-id" in request.headers:
        return [_binary()]
    raise UnsupportedMediaType(f"send {STRUCTURED}, {BATCH}, or application/json with ce-* headers")


def _batch(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, list):
        raise malformed("body", "array", "a batch is a JSON array of events")
    if len(document) > LARGEST_BATCH:
        raise TooLarge(f"a batch holds {LARGEST_BATCH} events at most")
    return [_object(entry) for entry in document]


def _object(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise malformed("body", "object", "an event is a JSON object")
    return document


def _binary() -> dict[str, Any]:
    """One event from its `ce-*` headers, percent-decoded as the binding says, and its data from the body."""
    attributes = {
        name[3:].lower(): unquote(value) for name, value in request.headers.items() if name.lower().startswith("ce-")
    }
    data = read_json(request.get_data())
    return {**attributes, "datacontenttype": "application/json", "data": data}
