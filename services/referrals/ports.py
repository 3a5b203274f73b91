"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar

from services.referrals.model.parties import Provider
from services.referrals.model.referral import Referral
from shared.context import Caller
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock

S = TypeVar("S")


class Records(Protocol[S]):
    """Aggregates of one kind; see `shared.messaging.aggregates.Aggregates`."""

    def get(self, id: str, *, caller: Caller | None = None) -> Stored[S]: ...

    def create(self, id: str, decision: Decision[S], *, council_id: str, cause: Cause) -> Stored[S]: ...

    def change(self, id: str, decide: Callable[[S], Decision[S]], *, cause: Cause) -> Stored[S]: ...


class Register(Protocol):
    """Questions about the service's records."""

    def providers_of_lot(self, council_id: str, lot: int) -> Sequence[Provider]: ...

    def referral_of_offer(self, offer_id: str, caller: Caller | None) -> Stored[Referral]: ...


class Rules(Protocol):
    """What the use cases ask of a council's policy pack."""

    def version(self, council_id: str, at: datetime) -> str: ...

    def required_fields(self, council_id: str, source: str, at: datetime) -> tuple[str, ...]: ...

    def refusal_reasons(self, council_id: str, at: datetime) -> tuple[str, ...]: ...

    def refusal_acts(self, council_id: str, at: datetime) -> tuple[str, ...]: ...

    def start_clocks(
        self,
        council_id: str,
        names: Sequence[str],
        *,
        record_id: str,
        started_at: datetime,
        started_on: date | None = None,
    ) -> tuple[RunningClock, ...]: ...
