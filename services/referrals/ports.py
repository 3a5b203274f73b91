"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from services.referrals.model.best_interests import BestInterests
from services.referrals.model.duplicates import Alike
from services.referrals.model.eligibility import Condition, Facts
from services.referrals.model.parties import Provider
from services.referrals.model.referral import Referral
from shared.context import Caller
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock

S = TypeVar("S")
Row = Mapping[str, Any]


class Records(Protocol[S]):
    """Aggregates of one kind; see `shared.messaging.aggregates.Aggregates`."""

    def get(self, id: str, *, caller: Caller | None = None) -> Stored[S]: ...

    def create(self, id: str, decision: Decision[S], *, council_id: str, cause: Cause) -> Stored[S]: ...

    def change(self, id: str, decide: Callable[[S], Decision[S]], *, cause: Cause) -> Stored[S]: ...


class Register(Protocol):
    """Questions about the service's records."""

    def providers_of_lot(self, council_id: str, lot: int, *, on: date) -> Sequence[Provider]: ...

    def referral_of_offer(self, offer_id: str, caller: Caller | None) -> Stored[Referral]: ...

    def referrals_waiting(self, council_id: str, *, in_contract: bool) -> Sequence[Stored[Referral]]: ...

    def open_referrals_beside(self, referral: Referral, council_id: str, *, most: int) -> Alike: ...

    def referrals_of_people_like(self, details_key: str, council_id: str, *, but: str, most: int) -> Alike: ...

    def referrals_since(self, council_id: str, since: datetime) -> int: ...


class BestInterestQuestions(Protocol):
    """The question what was decided in the best interests of somebody without capacity."""

    def best_interests_of(self, referral_id: str) -> Sequence[BestInterests]: ...


class Rules(Protocol):
    """What the use cases ask of a council's policy pack."""

    def version(self, council_id: str, at: datetime) -> str: ...

    def required_fields(self, council_id: str, source: str, at: datetime) -> tuple[str, ...]: ...

    def refusal_reasons(self, council_id: str, at: datetime) -> tuple[str, ...]: ...

    def refusal_acts(self, council_id: str, at: datetime) -> tuple[str, ...]: ...

    def delay_reasons(self, council_id: str, at: datetime) -> tuple[str, ...]: ...

    def waiting_criteria(self, council_id: str, at: datetime) -> tuple[Row, ...]: ...

    def exclusion_reasons(self, council_id: str, at: datetime) -> tuple[str, ...]: ...

    def referrals_per_year(self, council_id: str, at: datetime) -> int | None: ...

    def codes(self, council_id: str, name: str, at: datetime) -> frozenset[str] | None: ...

    def self_funder_capital_pence(self, council_id: str, at: datetime) -> int | None: ...

    def minimum_age_years(self, council_id: str, at: datetime) -> int | None: ...

    def component_of(self, council_id: str, facts: Facts, at: datetime) -> str | None: ...

    def is_in_contract(self, council_id: str, component: str | None, at: datetime) -> bool: ...

    def conditions_of(self, council_id: str, facts: Facts, at: datetime) -> tuple[Condition, ...]: ...

    def start_clocks(
        self,
        council_id: str,
        names: Sequence[str],
        *,
        record_id: str,
        started_at: datetime,
        started_on: date | None = None,
    ) -> tuple[RunningClock, ...]: ...


class PaymentRules(Protocol):
    """What the use cases of direct payments and reviews ask of a council's policy pack."""

    def version(self, council_id: str, at: datetime) -> str: ...

    def table(self, council_id: str, name: str, at: datetime) -> tuple[Row, ...]: ...

    def texts(self, council_id: str, name: str, at: datetime) -> tuple[str, ...]: ...

    def text(self, council_id: str, name: str, at: datetime) -> str: ...

    def flag(self, council_id: str, name: str, at: datetime) -> bool: ...

    def start_clocks(
        self,
        council_id: str,
        names: Sequence[str],
        *,
        record_id: str,
        started_at: datetime,
        started_on: date | None = None,
        occurrence: int = 1,
    ) -> tuple[RunningClock, ...]: ...
