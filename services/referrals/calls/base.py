"""What every family of calls has: the desk."""

from __future__ import annotations

from typing import Any

from services.referrals.dependencies import Desk
from shared.runtime.service import StewardService

JSON = dict[str, Any]


class ReferralCalls(StewardService):
    """Calls that work at the referrals desk."""

    desk: Any = Desk()
