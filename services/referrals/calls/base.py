"""What every family of calls has: the desk."""

from __future__ import annotations

from typing import Any

from services.referrals.dependencies import Desk
from services.referrals.handlers.waiting import place_of
from services.referrals.model.referral import Referral
from services.referrals.model.waiting import Place
from shared.messaging.aggregates import Stored
from shared.runtime.service import StewardService

JSON = dict[str, Any]


class ReferralCalls(StewardService):
    """Calls that work at the referrals desk."""

    desk: Any = Desk()

    def place_of(self, stored: Stored[Referral]) -> Place | None:
        """Where a referral stands on the waiting list, if it waits."""
        return place_of(stored, register=self.desk.store, rules=self.desk.rules, clock=self.desk.clock)
