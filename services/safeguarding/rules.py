"""What the council's policy pack says, as safeguarding asks for it."""

from __future__ import annotations

from datetime import datetime

from shared.dates import london_day
from shared.errors import PolicyIncomplete
from shared.policy.policies import Policies


class PolicyRules:
    """The use cases' `Rules`, read from the packs in force on the day."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def acknowledgement_minutes(self, council_id: str, at: datetime) -> int | None:
        """How long an alert may wait to be acknowledged; `None` where the council's policy leaves it open.

        Raises `UnknownCouncil`.
        """
        try:
            return self._policies.pack(council_id, on=london_day(at)).number("alert_acknowledgement_minutes")
        except PolicyIncomplete:
            return None
