"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from services.pa_registry.model.checks import AskedCheck
from services.pa_registry.model.entries import PersonalAssistant, SectorPlace
from services.pa_registry.model.tables import Tables
from shared.context import Caller
from shared.geography import Point
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause

S = TypeVar("S")


class Records(Protocol[S]):
    """Aggregates of one kind; see `shared.messaging.aggregates.Aggregates`."""

    def get(self, id: str, *, caller: Caller | None = None) -> Stored[S]: ...

    def create(self, id: str, decision: Decision[S], *, council_id: str, cause: Cause) -> Stored[S]: ...

    def change(self, id: str, decide: Callable[[S], Decision[S]], *, cause: Cause) -> Stored[S]: ...


class Register(Protocol):
    """Questions about the service's records."""

    def is_restricted(self, party_id: str) -> bool: ...

    def entries_by_id(self, ids: Sequence[str]) -> Mapping[str, Stored[PersonalAssistant]]: ...

    def every_entry(self, *, at_once: int) -> Iterable[Stored[PersonalAssistant]]: ...

    def published_entries(self, council_id: str, *, at_once: int) -> Iterable[Stored[PersonalAssistant]]: ...

    def count_entries(self) -> int: ...


class Rules(Protocol):
    """What the use cases ask of a council's policy pack."""

    def version(self, council_id: str, at: datetime) -> str: ...

    def checks_before_publishing(self, council_id: str, at: datetime) -> tuple[AskedCheck, ...]: ...


class Places(Protocol):
    """Where postcodes are. Both raise `MalformedPostcode` or `UnknownPostcode`, naming the field `postcode`."""

    def home(self, postcode: str) -> tuple[str, SectorPlace]:
        """The postcode in its tidy form, and the centroid of its sector."""
        ...

    def point(self, postcode: str) -> Point:
        """The point of a postcode, sector or outcode that somebody searches around."""
        ...


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One council's public tables as they were taken at one instant."""

    council_id: str
    version: int
    taken_at: datetime
    tables: Tables


class Snapshots(Protocol):
    """The councils' newest snapshots, shared by all processes of the service."""

    def newest(self, council_id: str) -> Snapshot | None: ...

    def keep(self, snapshot: Snapshot) -> Snapshot:
        """Keeps the snapshot unless another process was first; the one that is kept."""
        ...
