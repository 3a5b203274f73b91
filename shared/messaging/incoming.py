"""Messages from parties outside: who provably sent them, and the CloudEvents documents in them.

The broker proves the sender by the exchange, which only that council may write to. Nothing else in the message is trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import Invalid
from shared.events.envelope import read_json
from shared.messaging.deliveries import Delivery

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BODY_LIMIT = 262_144
BATCH_LIMIT = 100


def council_of(delivery: Delivery) -> str:
    """The council whose exchange the message came through."""
    return delivery.exchange.removeprefix("in.")


def documents_of(delivery: Delivery) -> list[Any]:
    """The CloudEvents documents of a message in structured, batch or binary (`ce-*` headers) mode.

    What can't be read comes back as a document that says so, so that it is answered like any other refusal.
    """
    if len(delivery.body) > BODY_LIMIT or "compression" in delivery.headers:
        return [_unreadable(delivery, f"the body is larger than {BODY_LIMIT} bytes, or compressed")]
    try:
        return read_documents(delivery.body, delivery.content_type or "", delivery.headers)
    except Invalid as error:
        return [_unreadable(delivery, error.detail)]


def read_documents(body: bytes, content_type: str, headers: Mapping[str, Any]) -> list[Any]:
    """CloudEvents documents from a body and its headers (`ce-*`, any case). Raises `Invalid`."""
    content = read_json(body)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == BATCH:
        if not isinstance(content, list) or not 0 < len(content) <= BATCH_LIMIT:
            raise Invalid(f"a batch is a JSON array of 1 to {BATCH_LIMIT} events")
        return content
    if kind == STRUCTURED:
        return [content]
    attributes = {str(k).lower()[3:]: v for k, v in headers.items() if str(k).lower().startswith("ce-")}
    return [attributes | {"data": content}]


def _unreadable(delivery: Delivery, why: str) -> dict[str, Any]:
    event_id = delivery.headers.get("ce-id")
    return {"id": event_id if isinstance(event_id, str) else delivery.message_id or "", "unreadable": why}
