"""Messages from parties outside: who provably sent them, and the CloudEvents documents in them.

The broker proves the sender by the exchange, which only that council may write to. Nothing else in the message is trusted.
How a body is read is the choice of the intake format (plugin point `steward.intake`) that reads its content type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from shared.errors import Forbidden, Invalid, StewardError, TooLarge
from shared.messaging.broker.definitions import council_user
from shared.messaging.consuming.deliveries import Delivery
from shared.plugins.points import IntakeFormat
from shared.plugins.registry import BadPlugin, load_plugins
from shared.strict_json import check_shape, read_strict_json

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BINARY = "application/json"
BATCH_LIMIT = 100
BUILT_IN_FORMATS = ("cloudevents", "csv", "bars")


class UnknownFormat(Invalid):
    """No intake format reads such a message."""


class CloudEventsFormat:
    """CloudEvents 1.0 in JSON: structured, batch, or binary with the attributes in `ce-*` headers."""

    content_types = (STRUCTURED, BATCH, BINARY)

    def read(self, body: bytes, *, content_type: str, headers: Mapping[str, Any], council_id: str) -> list[Any]:
        """The documents as they were sent. Raises `Invalid`, `TooLarge`."""
        if content_type == BATCH:
            return _batch(read_strict_json(body))
        if content_type == STRUCTURED:
            return [read_strict_json(body)]
        attributes = {str(k).lower()[3:]: v for k, v in headers.items() if str(k).lower().startswith("ce-")}
        if not attributes:
            raise UnknownFormat(f"send {STRUCTURED}, {BATCH}, or {BINARY} with the event's attributes in ce-* headers")
        return [attributes | {"datacontenttype": BINARY, "data": read_strict_json(body)}]


CLOUDEVENTS = CloudEventsFormat()


@dataclass(frozen=True, kw_only=True)
class IntakeFormats:
    """The formats that settings name, by the content types they read."""

    by_content_type: Mapping[str, IntakeFormat]
    body_bytes: int
    deepest: int
    most_values: int
    requires_user_id: bool

    def read(self, body: bytes, *, content_type: str, headers: Mapping[str, Any], council_id: str) -> list[Any]:
        """The CloudEvents documents in a body from this council, none deeper or richer than the limits.

        Raises `Invalid` (`UnknownFormat`), `TooLarge`.
        """
        kind = content_type.partition(";")[0].strip().lower()
        reader = self.by_content_type.get(kind)
        if reader is None:
            known = ", ".join(sorted(self.by_content_type))
            raise UnknownFormat(f"no intake format reads {kind!r}; known content types: {known}")
        documents = reader.read(body, content_type=kind, headers=headers, council_id=council_id)
        check_shape(documents, deepest=self.deepest, most_values=self.most_values)
        return documents

    def documents_of(self, delivery: Delivery) -> list[Any]:
        """The documents of a message; without a content type it is taken for JSON.

        What can't be read comes back as a document that says so, so that it is answered like any other refusal.
        """
        try:
            self._check_sender(delivery)
            self._check_body(delivery)
            return self.read(
                delivery.body,
                content_type=delivery.content_type or BINARY,
                headers=delivery.headers,
                council_id=council_of(delivery),
            )
        except StewardError as error:
            return [_unreadable(delivery, error)]

    def _check_body(self, delivery: Delivery) -> None:
        if len(delivery.body) > self.body_bytes:
            raise TooLarge(f"the body is larger than {self.body_bytes} bytes")
        if "compression" in delivery.headers:
            raise Invalid("the body is compressed; send it plain")

    def _check_sender(self, delivery: Delivery) -> None:
        """The exchange proves the council; where the message also names its sender, the broker has proved that too."""
        own = council_user(council_of(delivery))
        if delivery.user_id is None and self.requires_user_id:
            raise Forbidden(f"the message has no user_id; set it to {own}, so that the broker proves who sent it")
        if delivery.user_id not in (None, own):
            raise Forbidden(f"sent by another than {own}, the council's own broker user")


def load_intake_formats(
    names: Sequence[str],
    *,
    body_bytes: int,
    deepest: int = 32,
    most_values: int = 10_000,
    requires_user_id: bool = False,
) -> IntakeFormats:
    """The installed formats of these names. Raises `BadPlugin`, also when two of them read the same content type."""
    formats = load_plugins(
        "steward.intake",
        names,
        fits=_is_format,
        shape="a shared.plugins.points.IntakeFormat (content_types, and read(body, content_type, headers, council_id))",
    )
    return IntakeFormats(
        by_content_type=_by_content_type(formats),
        body_bytes=body_bytes,
        deepest=deepest,
        most_values=most_values,
        requires_user_id=requires_user_id,
    )


def council_of(delivery: Delivery) -> str:
    """The council whose exchange the message came through."""
    return delivery.exchange.removeprefix("in.")


def _is_format(plugin: Any) -> bool:
    if not isinstance(plugin, IntakeFormat):
        return False
    kinds = plugin.content_types
    return isinstance(kinds, tuple) and bool(kinds) and all(isinstance(kind, str) and kind for kind in kinds)


def _by_content_type(formats: Mapping[str, IntakeFormat]) -> Mapping[str, IntakeFormat]:
    readers: dict[str, str] = {}
    for name, found in formats.items():
        for kind in found.content_types:
            if kind in readers:
                raise BadPlugin(f"steward.intake: both {readers[kind]!r} and {name!r} read {kind}")
            readers[kind] = name
    return MappingProxyType({kind: formats[name] for kind, name in readers.items()})


def _batch(content: Any) -> list[Any]:
    if not isinstance(content, list) or not content:
        raise Invalid(f"a batch is a JSON array of 1 to {BATCH_LIMIT} events")
    if len(content) > BATCH_LIMIT:
        raise TooLarge(f"a batch holds {BATCH_LIMIT} events at most")
    return content


def _unreadable(delivery: Delivery, refusal: StewardError) -> dict[str, Any]:
    event_id = delivery.headers.get("ce-id")
    return {
        "id": event_id if isinstance(event_id, str) else delivery.message_id or "",
        "unreadable": refusal.detail,
        "errors": [asdict(error) for error in refusal.errors],
    }
