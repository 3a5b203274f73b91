"""What the council's policy pack says, as referrals asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from shared.dates import london_day
from shared.policy.keeping import clocks_from
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
