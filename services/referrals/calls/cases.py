"""What every call of case work does: read its command, run its use case, give the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers.cases import seen_case
from services.referrals.schemas.cases import case_out, command, list_of
from services.referrals.store.cases import cases_seen_by
from shared.context import Caller
from shared.messaging.cause import of_command
from shared.problems import load


class CaseCalls(ReferralCalls):
    """Calls on records of case work."""

    def case_command(self, shape: Any, use_case: Callable[..., Any], payload: JSON, caller: JSON) -> JSON:
        """Runs a use case, which is named as its call is, and gives the record."""
        cause = of_command(use_case.__name__, payload, caller)
        return case_out(use_case(command(shape, payload), desk=self.desk.cases, cause=cause))

    def case_read(self, records: Any, payload: JSON, caller: JSON) -> JSON:
        """One record that the caller may see."""
        return case_out(seen_case(payload["id"], records=records, caller=Caller.from_dict(caller)))

    def case_page(self, records: Any, names: tuple[str, ...], payload: JSON, caller: JSON) -> JSON:
        """A page of records that the caller may see, the newest first, narrowed by these names."""
        given = load(list_of(*names), payload)
        after, limit = given.pop("after"), given.pop("limit")
        found = cases_seen_by(Caller.from_dict(caller), records, where=given, after=after, limit=limit)
        return {"items": [case_out(stored) for stored in found.items], "next": found.next}
