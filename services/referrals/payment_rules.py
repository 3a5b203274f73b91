"""What the council's policy pack says of direct payments and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from services.referrals.ports import Row
from shared.dates import london_day
from shared.policy.keeping import clocks_from
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.running import RunningClock


class PackPaymentRules:
    """The use cases' `PaymentRules`, read from the pack in force on the day. Each raises `PolicyIncomplete`."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def version(self, council_id: str, at: datetime) -> str:
        """The version of the pack in force."""
        return self._pack(council_id, at).version

    def table(self, council_id: str, name: str, at: datetime) -> tuple[Row, ...]:
        """The rows of a table."""
        return self._pack(council_id, at).table(name)

    def texts(self, council_id: str, name: str, at: datetime) -> tuple[str, ...]:
        """A list of codes."""
        return self._pack(council_id, at).texts(name)

    def text(self, council_id: str, name: str, at: datetime) -> str:
        """One code."""
        return self._pack(council_id, at).text(name)

    def flag(self, council_id: str, name: str, at: datetime) -> bool:
        """Yes or no."""
        return self._pack(council_id, at).flag(name)

    def start_clocks(
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

    def _pack(self, council_id: str, at: datetime) -> PolicyPack:
        return self._policies.pack(council_id, on=london_day(at))
