"""What the council's policy pack says, as referrals asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from services.referrals.model.eligibility import Condition, Facts, component_of, conditions_of
from services.referrals.ports import Row
from shared.dates import london_day
from shared.errors import PolicyIncomplete
from shared.policy.keeping import clocks_from
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.running import RunningClock


class PolicyRules:
    """The use cases' `Rules`, read from the packs in force on the day."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def version(self, council_id: str, at: datetime) -> str:
        """The version of the pack in force."""
        return self._policies.pack(council_id, on=london_day(at)).version

    def required_fields(self, council_id: str, source: str, at: datetime) -> tuple[str, ...]:
        """The fields that a referral from this source must bring (CE 4.3; CP 6.5, 6.15)."""
        rows = self._policies.pack(council_id, on=london_day(at)).table("required_referral_fields")
        return tuple(row["field"] for row in rows if source in row["sources"])

    def refusal_reasons(self, council_id: str, at: datetime) -> tuple[str, ...]:
        """The codes of reasons a refusal may have (CE 4.3)."""
        rows = self._policies.pack(council_id, on=london_day(at)).table("refusal_reasons")
        return tuple(row["code"] for row in rows)

    def refusal_acts(self, council_id: str, at: datetime) -> tuple[str, ...]:
        """How a refusal must be told (CE 4.3: verbally and in writing)."""
        return self._policies.pack(council_id, on=london_day(at)).texts("refusal_acts")

    def delay_reasons(self, council_id: str, at: datetime) -> tuple[str, ...]:
        """The codes of reasons why someone still waits (CE 4.8)."""
        return tuple(row["code"] for row in self._rows(council_id, "waiting_list_delay_reasons", at))

    def waiting_criteria(self, council_id: str, at: datetime) -> tuple[Row, ...]:
        """The criteria of the waiting list with their weights (CE 4.8); none where the council has agreed none."""
        return self._rows(council_id, "waiting_list_priorities", at)

    def exclusion_reasons(self, council_id: str, at: datetime) -> tuple[str, ...]:
        """Why a provider may be left out of offers (CP 6.2)."""
        return tuple(row["code"] for row in self._rows(council_id, "offer_exclusion_reasons", at))

    def referrals_per_year(self, council_id: str, at: datetime) -> int | None:
        """The target of a year's referrals (CP Sch I); none where the council has none."""
        return self._number(council_id, "referrals_per_year", at)

    def self_funder_capital_pence(self, council_id: str, at: datetime) -> int | None:
        """The capital over which someone pays for themselves (CE Definitions)."""
        try:
            return self._pack(council_id, at).pence("self_funder_capital_pence").amount
        except PolicyIncomplete:
            return None

    def minimum_age_years(self, council_id: str, at: datetime) -> int | None:
        """The age from which the service is for someone (CE 1.1)."""
        return self._number(council_id, "minimum_age_years", at)

    def codes(self, council_id: str, name: str, at: datetime) -> frozenset[str] | None:
        """The codes that a list of the policy has; `None` where the council leaves the list open."""
        rows = self._rows(council_id, name, at)
        return frozenset(row["code"] for row in rows) if rows else None

    def component_of(self, council_id: str, facts: Facts, at: datetime) -> str | None:
        """The component that a case belongs to (CE 1.1); none where the council's contract has no components."""
        return component_of(self._rows(council_id, "component_rules", at), facts)

    def is_in_contract(self, council_id: str, component: str | None, at: datetime) -> bool:
        """Whether the component is within the contract (CE 1.1, 1.4)."""
        rows = self._rows(council_id, "components", at)
        return all(row["in_contract"] for row in rows if row["component"] == component)

    def conditions_of(self, council_id: str, facts: Facts, at: datetime) -> tuple[Condition, ...]:
        """The conditions for being served, each met or not (CE 1.1; CP 3.1)."""
        return conditions_of(self._rows(council_id, "eligibility_conditions", at), facts)

    def _pack(self, council_id: str, at: datetime) -> PolicyPack:
        return self._policies.pack(council_id, on=london_day(at))

    def _rows(self, council_id: str, name: str, at: datetime) -> tuple[Row, ...]:
        """A table of the pack; empty where the pack leaves it open, which is no reason to keep a referral out."""
        try:
            return self._pack(council_id, at).table(name)
        except PolicyIncomplete:
            return ()

    def _number(self, council_id: str, name: str, at: datetime) -> int | None:
        try:
            return self._pack(council_id, at).number(name)
        except PolicyIncomplete:
            return None

    def start_clocks(
        self,
        council_id: str,
        names: Sequence[str],
        *,
        record_id: str,
        started_at: datetime,
        started_on: date | None = None,
    ) -> tuple[RunningClock, ...]:
        """Running clocks of those rules that the pack sets a limit for; what it leaves unset has no clock."""
        return clocks_from(
            self._policies, council_id, names, record_id=record_id, started_at=started_at, started_on=started_on
        )
