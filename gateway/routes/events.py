"""Intake of a council's events over HTTP: the CloudEvents HTTP binding in its three forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from gateway.api import ApiBlueprint
from gateway.asking import ask, caller, gateway
from gateway.schemas.events import EVENT, EventAnswers
from gateway.services import REFERRALS
from gateway.strict import Malformed, malformed
from shared.context import EVERY_COUNCIL
from shared.errors import Forbidden, Invalid
from shared.intake.csv_referrals import CSV
from shared.intake.fhir.bars import FHIR_JSON
from shared.messaging.consuming.incoming import BATCH, BATCH_LIMIT, BINARY, STRUCTURED, UnknownFormat

events = ApiBlueprint("events", __name__, description="Events that councils' own systems send in.")


@events.operation(
    "POST",
    "/events",
    "events.publish",
    answer=EventAnswers,
    body_types={
        STRUCTURED: EVENT,
        BATCH: {"type": "array", "minItems": 1, "maxItems": BATCH_LIMIT, "items": EVENT},
        BINARY: {},
        CSV: {
            "type": "string",
            "description": "A row for each referral, its columns named as the fields of its event.",
        },
        FHIR_JSON: {
            "type": "object",
            "description": "A FHIR R4 message bundle with a MessageHeader and a ServiceRequest.",
        },
    },
)
def publish_events() -> dict[str, Any]:
    """Send events of your council.

    Takes the three forms of the CloudEvents HTTP binding: one event as `application/cloudevents+json`, several as
    `application/cloudevents-batch+json`, or one with its attributes in `ce-*` headers and its data as
    `application/json`. Referrals may also come as rows of a `text/csv` file (up to 100), or as a FHIR R4 message
    (`application/fhir+json`) that is new, an update or a cancellation. Each event gets its own answer: accepted, duplicate,
    or refused with every field at fault. An event is recognised by its `source` and `id`, so sending it again is safe.
    """
    council_id = _own_council()
    return ask(REFERRALS, "take_in_events", {"council_id": council_id, "events": _events(council_id)})


def _own_council() -> str:
    """The one council that the token stands for."""
    councils = caller().councils
    if len(councils) != 1 or councils[0] == EVERY_COUNCIL:
        raise Forbidden("events are taken with a token of exactly one council")
    return councils[0]


def _events(council_id: str) -> list[dict[str, Any]]:
    """What was sent, read by the intake format of its media type; header values are percent-decoded, as the binding says."""
    headers = {name: unquote(value) for name, value in request.headers.items()}
    try:
        documents = gateway().intake.read(
            request.get_data(), content_type=request.mimetype, headers=headers, council_id=council_id
        )
    except UnknownFormat as error:
        raise UnsupportedMediaType(error.detail) from error
    except Invalid as error:
        raise Malformed(error.detail, errors=error.errors) from error
    return [_object(document) for document in documents]


def _object(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise malformed("body", "object", "an event is a JSON object")
    return document
