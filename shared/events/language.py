"""How an event type is declared: a frozen dataclass registered under a type, a stream and a schema major.

A *stream* is the ordered events of one aggregate. Within a stream, `sequence` runs from 1 without holes per subject, so a
hole always means a loss or a reordering.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar

from marshmallow import Schema

from shared.events.reading import read_event
from shared.events.schemas import dump_event, schema_of


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One aggregate's ordered events: who publishes them, on which exchange, and what they tell.

    `outside` streams are for parties beyond the platform and are routed by council id.
    """

    name: str
    owner: str
    about: str
    exchange: str = ""
    outside: bool = False
    personal_data: bool = False

    @property
    def exchange_name(self) -> str:
        return self.exchange or f"{self.owner}.events"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all event types. Subclasses hold ids and the facts that consumers need, nothing more."""

    type: ClassVar[str]
    stream: ClassVar[Stream]
    major: ClassVar[int] = 1

    def as_data(self) -> dict[str, Any]:
        """The event's data as JSON values."""
        data: dict[str, Any] = dump_event(self)
        return data

    @classmethod
    def schema(cls) -> Schema:
        """The marshmallow schema of the data; loading gives an instance. Unknown fields are ignored (additive change)."""
        own: Any = cls
        return schema_of(own)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """An instance from data of this version, as `schema` loads it. Raises marshmallow's error."""
        loaded: Self = read_event(cls, data)
        return loaded

    @classmethod
    def dataschema(cls) -> str:
        return f"urn:steward:{cls.stream.owner}:{cls.type}/v{cls.major}"


E = TypeVar("E", bound=Event)
_declared: dict[str, type[Event]] = {}


def event(type: str, *, stream: Stream, major: int = 1) -> Callable[[type[E]], type[E]]:
    """Registers an event class under its type, e.g. `@event("referral.accepted", stream=REFERRAL)`."""

    def register(cls: Any) -> Any:
        if type in _declared:
            raise ValueError(f"event type {type} is declared twice")
        cls.type, cls.stream, cls.major = type, stream, major
        _declared[type] = cls
        return cls

    return register


def declared_types() -> Mapping[str, type[Event]]:
    """Every type declared so far in this process; `shared.events.catalogue` has them all."""
    return MappingProxyType(_declared)
