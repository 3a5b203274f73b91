"""The collections of case work, and the questions asked of them by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.referrals.handlers.cases import CaseDesk, CaseRules
from services.referrals.model.complaints import Complaint
from services.referrals.store.cases import cases_seen_by, cases_shown_to
from services.referrals.store.complaints import COMPLAINT, COMPLAINTS
from services.referrals.store.questions import ReferralStore
from shared.clock import Clock
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Found, Kind
from shared.store.documents import Between, Collection

CASE_COLLECTIONS = (COMPLAINTS,)


@dataclass(frozen=True, kw_only=True)
class CaseLists:
    """The records of case work, and its questions by name."""

    complaints: Aggregates[Complaint]

    @classmethod
    def over(cls, aggregates: Callable[[Collection, Kind[Any]], Aggregates[Any]]) -> CaseLists:
        """The records, each kind in its collection."""
        return cls(complaints=aggregates(COMPLAINTS, COMPLAINT))

    def desk(self, store: ReferralStore, *, rules: CaseRules, clock: Clock) -> CaseDesk:
        """What the use cases of case work are handed."""
        return CaseDesk(referrals=store.referrals, people=store, complaints=self.complaints, rules=rules, clock=clock)

    def complaints_seen_by(self, caller: Caller, *, after: str | None, limit: int, **where: Any) -> Found[Complaint]:
        """Complaints and their kin in the caller's view, the newest first."""
        return cases_seen_by(caller, self.complaints, where=where, after=after, limit=limit)

    def reviews_due(self, caller: Caller, *, due_by: str, after: str | None, limit: int) -> Found[Complaint]:
        """Those about partners that are due to be discussed by a day, the longest due first (CE 8.2)."""
        where = [
            *cases_shown_to(caller),
            Between(path="state.review_due_on", low="0", high=due_by, including_high=True),
        ]
        return self.complaints.find(where, order="review", after=after, limit=limit)
