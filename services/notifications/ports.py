"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from services.notifications.model.notifications import Notification
from shared.context import Caller
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause

S = TypeVar("S")


class Records(Protocol[S]):
    """Aggregates of one kind; see `shared.messaging.aggregates.Aggregates`."""

    def get(self, id: str, *, caller: Caller | None = None) -> Stored[S]: ...

    def create(self, id: str, decision: Decision[S], *, council_id: str, cause: Cause) -> Stored[S]: ...

    def change(self, id: str, decide: Callable[[S], Decision[S]], *, cause: Cause) -> Stored[S]: ...


class WaitingMessages(Protocol):
    """Questions about messages that wait."""

    def notifications_waiting_for(self, party_id: str) -> Sequence[Stored[Notification]]: ...


class Rules(Protocol):
    """What the use cases ask of a council's policy pack."""

    def council_name(self, council_id: str, at: datetime) -> str: ...

    def mailbox(self, council_id: str, name: str, at: datetime) -> str | None: ...

    def refusal_reason(self, council_id: str, code: str, at: datetime) -> str: ...
