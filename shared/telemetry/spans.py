"""Names and attributes of spans, by OpenTelemetry's conventions for HTTP, RPC, messaging and databases.

Never a path, a query, a body, an address or an id of a person: routes, operations, types, and ids of events and stories.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.events.catalogue import streams
from shared.events.envelope import Envelope
from shared.telemetry.outward import Attributes, Outward

RABBITMQ = "rabbitmq"
EMBEDDED = "steward_embedded"
RPC_SYSTEM = "nameko"


def http_attributes(environ: Mapping[str, Any]) -> Attributes:
    """Of a request as it comes in; the route is known later."""
    return {
        "http.request.method": _method(environ["REQUEST_METHOD"]),
        "url.scheme": environ.get("wsgi.url_scheme", "http"),
        "network.protocol.version": environ.get("SERVER_PROTOCOL", "").rpartition("/")[2],
    }


def rpc_attributes(method: str) -> Attributes:
    """Of a call of `service.method`."""
    return {"rpc.system.name": RPC_SYSTEM, "rpc.method": method}


def store_attributes(*, system: str, service: str, collection: str, operation: str) -> Attributes:
    """Of one question or write of the `Documents` port."""
    return {
        "db.system.name": system,
        "db.namespace": service,
        "db.collection.name": collection,
        "db.operation.name": operation,
    }


def publish_attributes(
    *, system: str, exchange: str, routing_key: str, headers: Mapping[str, Any], body: bytes, message_id: str
) -> Attributes:
    """Of the publishing of one event."""
    return {
        "messaging.system": system,
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": f"{exchange}:{routing_key}",
        "messaging.rabbitmq.destination.routing_key": routing_key,
        "messaging.message.id": message_id,
        "messaging.message.body.size": len(body),
        "messaging.message.conversation_id": str(headers.get("ce-correlationid", "")),
        "cloudevents.event_id": message_id,
        "cloudevents.event_type": str(headers.get("ce-type", "")),
    }


def process_attributes(envelope: Envelope, *, system: str, service: str) -> Attributes:
    """Of the applying of one event by one service."""
    stream = streams()[envelope.stream]
    key = f"{envelope.stream}.{envelope.type}.{envelope.shard:02d}"
    return {
        "messaging.system": system,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": f"{stream.exchange_name}:{key}:{service}.events.{envelope.shard:02d}",
        "messaging.rabbitmq.destination.routing_key": key,
        "messaging.destination.partition.id": f"{envelope.shard:02d}",
        "messaging.consumer.group.name": service,
        "messaging.message.id": envelope.id,
        "messaging.message.conversation_id": envelope.correlationid,
        "cloudevents.event_id": envelope.id,
        "cloudevents.event_source": envelope.source,
        "cloudevents.event_type": envelope.type,
        "cloudevents.event_spec_version": "1.0",
        "steward.sequence": envelope.sequence,
    }


def intake_attributes(*, system: str, exchange: str, queue: str, body: bytes) -> Attributes:
    """Of one message from outside: nothing of what it claims about itself."""
    return {
        "messaging.system": system,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": f"{exchange}::{queue}",
        "messaging.consumer.group.name": queue.partition(".")[0],
        "messaging.message.body.size": len(body),
    }


def search_part(*, embedded: bool) -> Outward:
    """Of an engine for finding personal assistants: that it was asked, never for what."""
    system = "steward_embedded_search" if embedded else "elasticsearch"
    operations = ("index", "search", "rebuild")
    return Outward(
        spans={operation: f"{operation} personal_assistants" for operation in operations},
        attributes={"db.system.name": system, "db.collection.name": "personal_assistants"},
        operation="db.operation.name",
    )


def channel_part(name: str) -> Outward:
    """Of a way to reach someone: which, never whom."""
    return Outward(spans={"send": f"send {name}"}, attributes={"steward.channel": name})


def post_part() -> Outward:
    """Of posts to webhooks: the subscriber's host, and what it answered."""
    return Outward(spans={"post": "POST"}, attributes={"http.request.method": "POST"}, asked=_address, answered=_answer)


def _address(url: str, **_: Any) -> Attributes:
    place = urlsplit(url)
    return {
        "url.scheme": place.scheme,
        "server.address": place.hostname or "",
        "server.port": place.port or (443 if place.scheme == "https" else 80),
    }


def _answer(answer: Any) -> Attributes:
    """Of what a client was answered, 400 and above are errors."""
    failed: Attributes = {"error.type": str(answer.status)} if answer.status >= 400 else {}
    return {"http.response.status_code": answer.status, **failed}


def _method(given: str) -> str:
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return given if given in known else "_OTHER"
