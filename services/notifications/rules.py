"""What the council's policy pack says, as notifications asks for it."""

from __future__ import annotations

from datetime import datetime

from shared.dates import london_day
from shared.errors import NotFound, PolicyIncomplete
from shared.policy.policies import Policies

UNNAMED_COUNCIL = "your council"


class PolicyRules:
    """The use cases' `Rules`, read from the packs in force on the day."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def council_name(self, council_id: str, at: datetime) -> str:
        """How the council is called; "your council" where no pack of it is in force."""
        try:
            return self._policies.pack(council_id, on=london_day(at)).council_name
        except (NotFound, PolicyIncomplete):
            return UNNAMED_COUNCIL

    def mailbox(self, council_id: str, name: str, at: datetime) -> str | None:
        """A team's address; `None` where the council's pack names none."""
        try:
            return self._policies.pack(council_id, on=london_day(at)).text(name)
        except (NotFound, PolicyIncomplete):
            return None

    def refusal_reason(self, council_id: str, code: str, at: datetime) -> str:
        """A refusal reason in the council's words; the code itself where the pack doesn't have it (CE 4.3)."""
        try:
            rows = self._policies.pack(council_id, on=london_day(at)).table("refusal_reasons")
        except (NotFound, PolicyIncomplete):
            return code
        return next((str(row["label"]) for row in rows if row["code"] == code), code)
