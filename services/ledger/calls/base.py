"""What every family of the ledger's calls has: the desk."""

from __future__ import annotations

from typing import Any

from services.ledger.dependencies import Desk
from shared.runtime.policies import LearnsPolicies

JSON = dict[str, Any]


class LedgerCalls(LearnsPolicies):
    """Calls that work at the ledger's desk."""

    desk: Any = Desk()
