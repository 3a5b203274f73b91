"""The envelope of every event: CloudEvents 1.0, as `ce-*` headers on AMQP 0-9-1 and as structured JSON elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from shared.errors import FieldError, Invalid
from shared.events.catalogue import CATALOGUE
from shared.events.language import Event
from shared.events.versions import UnknownEventType, UnknownEventVersion, present_data
from shared.ids import named_uuid, shard_of
from shared.strict_json import check_depth, finite_number

SPEC_VERSION = "1.0"
DEEPEST = 64
"""Deepest nesting of a message between services; whatever handles it may walk it."""
CONTENT_TYPE = "application/json"
_TEXT = ("id", "source", "type", "subject", "dataschema", "partitionkey", "correlationid", "causationid")
_OPTIONAL = ("traceparent", "councilid", "actorid", "audience")
_ATTRIBUTES = (*_TEXT, *_OPTIONAL)
_OWN = ("id", "source", "type", "subject", "dataschema", "partitionkey", "sequence", "data")
_SHARED = ("correlationid", "causationid", *_OPTIONAL)
_IN_BODY = frozenset(["data", "datacontenttype"])
_LIMIT = 512
_BEGINS_WITH_DAY = re.compile(r"\d{4}-\d\d-\d\dT").match
_IS_WHOLE_NUMBER = re.compile(r"\d{1,15}").fullmatch


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One event as it travels: CloudEvents attributes, our extensions, and the data as JSON values.

    `partitionkey` is the stream key (`<stream>:<subject>`); `sequence` is contiguous from 1 within it. `audience` names the
    only readers whom live streams tell of it, where not everyone of the council may know.
    """

    id: str
    source: str
    type: str
    time: datetime
    subject: str
    dataschema: str
    sequence: int
    partitionkey: str
    correlationid: str
    causationid: str
    data: dict[str, Any]
    traceparent: str = ""
    councilid: str = ""
    actorid: str = ""
    audience: str = ""

    @property
    def stream(self) -> str:
        return self.partitionkey.partition(":")[0]

    @property
    def shard(self) -> int:
        return shard_of(self.subject)

    @property
    def routing_key(self) -> str:
        """`<stream>.<type>.<shard>`, e.g. `referral.referral.accepted.07`."""
        return _routing_key(self.stream, self.type, self.subject)

    def event(self) -> Event:
        """The data as an instance of its event class, whatever version it was published in.

        Raises `UnknownEventType`, `UnknownEventVersion`, or marshmallow's error.
        """
        event_class = CATALOGUE.get(self.type)
        if event_class is None:
            raise UnknownEventType(f"the event type {self.type} is not in the catalogue")
        return event_class.read(present_data(event_class, self.dataschema, self.data))

    def headers(self) -> dict[str, str]:
        """`ce-*` headers for AMQP."""
        return headers_of(self.as_json())

    def body(self) -> bytes:
        return body_of(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Structured mode, as stored in the outbox and the event log."""
        attributes = vars(self)
        own = {name: attributes[name] for name in _OWN}
        return own | told_with({name: attributes[name] for name in _SHARED}, at=self.time)

    def caused_by(self, other: Envelope) -> Envelope:
        """The same event, told as a consequence of `other`."""
        return replace(self, correlationid=other.correlationid, causationid=other.id)


def told_with(attributes: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """What all envelopes of one change have in common in structured mode, of the attributes those that are not empty."""
    return {name: value for name, value in attributes.items() if value} | {
        "specversion": SPEC_VERSION,
        "time": f"{at.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z",
        "datacontenttype": CONTENT_TYPE,
    }


def stream_key(stream: str, subject: str) -> str:
    """The key under which order is kept: `<stream>:<subject>`."""
    return f"{stream}:{subject}"


def data_in_present_version(type: str, dataschema: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event's data as today's class of its type has it; as it is, if its type or version is not known here."""
    event_class = CATALOGUE.get(type)
    if event_class is None:
        return data
    try:
        return present_data(event_class, dataschema, data)
    except UnknownEventVersion:
        return data


def headers_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """The `ce-*` headers for AMQP of an envelope in structured mode."""
    return {f"ce-{name}": str(value) for name, value in entry.items() if name not in _IN_BODY}


def body_of(entry: Mapping[str, Any]) -> bytes:
    """The body for AMQP of an envelope in structured mode."""
    return orjson.dumps(entry["data"])


def routing_key_of(entry: Mapping[str, Any]) -> str:
    """The routing key of an envelope in structured mode."""
    return _routing_key(stream_of(entry), entry["type"], entry["subject"])


def _routing_key(stream: str, type: str, subject: str) -> str:
    return f"{stream}.{type}.{shard_of(subject):02d}"


def stream_of(entry: Mapping[str, Any]) -> str:
    """The name of the stream that an envelope in structured mode belongs to."""
    stream: str = entry["partitionkey"].partition(":")[0]
    return stream


def event_id(stream: str, subject: str, sequence: int) -> str:
    """The id that this place in the stream always has (UUIDv5), so that publishing again is recognised."""
    return named_uuid(f"{stream}/{subject}/{sequence}")


def read_structured(document: Mapping[str, Any]) -> Envelope:
    """An internal envelope from structured JSON. Raises `Invalid` naming each attribute that is missing or malformed."""
    attributes = {name: document[name] for name in _ATTRIBUTES if name in document}
    sequence, time, data = (
        _read_sequence(document.get("sequence")),
        read_time(document.get("time")),
        document.get("data"),
    )
    are_texts = all(_is_text(attributes.get(name)) for name in _TEXT) and all(
        _is_text(attributes[name], empty=True) for name in _OPTIONAL if name in attributes
    )
    if not (are_texts and sequence and time and isinstance(data, dict)):
        raise Invalid("the envelope is not valid", errors=list(_faults(document)))
    return Envelope(time=time, sequence=sequence, data=data, **attributes)


def _faults(document: Mapping[str, Any]) -> Iterator[FieldError]:
    yield from (_missing(name) for name in _TEXT if not _is_text(document.get(name)))
    yield from (_missing(name) for name in _OPTIONAL if not _is_text(document.get(name, ""), empty=True))
    if _read_sequence(document.get("sequence")) is None:
        yield FieldError(field="sequence", rule="number", message="sequence must be a whole number from 1")
    if read_time(document.get("time")) is None:
        yield FieldError(field="time", rule="instant", message="time must be an RFC 3339 instant")
    if not isinstance(document.get("data"), dict):
        yield FieldError(field="data", rule="object", message="data must be a JSON object")


def read_headers(headers: Mapping[str, Any], body: bytes) -> Envelope:
    """An internal envelope from `ce-*` headers and a JSON body. Raises `Invalid`."""
    attributes: dict[str, Any] = {
        name[3:]: value for name, value in headers.items() if isinstance(name, str) and name.startswith("ce-")
    }
    attributes["data"] = read_json(body)
    return read_structured(attributes)


def read_json(body: bytes) -> Any:
    """JSON from bytes. Raises `Invalid` for bad UTF-8 or Unicode, malformed JSON, NaN, infinity, and deep nesting."""
    try:
        text = body.decode("utf-8")
        value = _JSON.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half of an escaped surrogate pair is no Unicode
    except UnicodeDecodeError as error:
        raise _malformed("utf-8", f"the body is not valid UTF-8 (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise _malformed("json", f"the body is not valid JSON: {error}") from error
    if body.count(b"[") + body.count(b"{") > DEEPEST:  # most have fewer in all
        check_depth(value, deepest=DEEPEST)
    return value


def read_time(value: Any) -> datetime | None:
    """An aware instant from RFC 3339 text, in UTC to the millisecond, or `None` if it isn't one."""
    if not isinstance(value, str) or not _BEGINS_WITH_DAY(value):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        return None
    utc = parsed.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=finite_number)


def _malformed(rule: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field="body", rule=rule, message=message)])


def _is_text(value: Any, *, empty: bool = False) -> bool:
    return isinstance(value, str) and len(value) <= _LIMIT and (empty or value != "") and _is_unicode(value)


def _is_unicode(text: str) -> bool:
    """Whether it can be stored: half of a surrogate pair, which AMQP and JSON let through, cannot."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _missing(name: str) -> FieldError:
    return FieldError(field=name, rule="required", message=f"{name} must be text of 1 to {_LIMIT} characters")


def _read_sequence(value: Any) -> int | None:
    if isinstance(value, str) and _IS_WHOLE_NUMBER(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    return None
