"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from services.safeguarding.model.concerns import Concern
from shared.context import Caller
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause

S = TypeVar("S")


class Records(Protocol[S]):
    """Aggregates of one kind; see `shared.messaging.aggregates.Aggregates`."""

    def get(self, id: str, *, caller: Caller | None = None) -> Stored[S]: ...

    def create(self, id: str, decision: Decision[S], *, council_id: str, cause: Cause) -> Stored[S]: ...

    def change(self, id: str, decide: Callable[[S], Decision[S]], *, cause: Cause) -> Stored[S]: ...


class Board(Protocol):
    """Questions about alerts."""

    def concern_of_alert(self, alert_id: str, caller: Caller) -> Stored[Concern]: ...


class Rules(Protocol):
    """What the use cases ask of a council's policy pack."""

    def acknowledgement_minutes(self, council_id: str, at: datetime) -> int | None: ...
