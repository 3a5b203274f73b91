"""The council's policy packs, as the life of a fund asks for them: tables, numbers and clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.ledger.model.surplus import SurplusTerms, surplus_terms_of
from shared.money import Pence
from shared.policy.keeping import clocks_from
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.running import RunningClock


class PackLifeRules:
    """`LifeRules` over the pack in force on the day. Each raises `PolicyIncomplete` for what the pack leaves open."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def version(self, council_id: str, on: date) -> str:
        """The version of the pack in force."""
        return self._pack(council_id, on).version

    def rows(self, council_id: str, name: str, on: date) -> tuple[Mapping[str, Any], ...]:
        """The rows of a table."""
        return self._pack(council_id, on).table(name)

    def is_so(self, council_id: str, name: str, on: date) -> bool:
        """A yes or no; no where the pack leaves it out."""
        pack = self._pack(council_id, on)
        return pack.sets(name) and pack.flag(name)

    def number(self, council_id: str, name: str, on: date) -> int:
        """A whole number that is not money."""
        return self._pack(council_id, on).number(name)

    def clause(self, council_id: str, name: str, on: date) -> str:
        """The clause of a value."""
        return self._pack(council_id, on).entry(name).clause or ""

    def surplus_terms(self, council_id: str, on: date) -> SurplusTerms:
        """When a surplus is told, when it goes back, and how long there is to answer (CP 5.4, 9.5)."""
        return surplus_terms_of(self._pack(council_id, on))

    def average_rate(self, council_id: str, service_model: str, unit: str, on: date) -> Pence | None:
        """The council's average rate for a service model; none where its table has no such row (CP 3.4)."""
        for row in self.rows(council_id, "average_rates", on):
            if (row["service_model"], row["unit"]) == (service_model, unit):
                return Pence(row["rate_pence"])
        return None

    def clocks(
        self,
        council_id: str,
        names: Sequence[str],
        *,
        record_id: str,
        started_at: datetime,
        started_on: date | None = None,
        occurrence: int = 1,
    ) -> tuple[RunningClock, ...]:
        """Running clocks of those rules that the pack sets a limit for; what it leaves unset has no clock."""
        return clocks_from(
            self._policies,
            council_id,
            names,
            record_id=record_id,
            started_at=started_at,
            started_on=started_on,
            occurrence=occurrence,
        )

    def _pack(self, council_id: str, on: date) -> PolicyPack:
        return self._policies.pack(council_id, on=on)
