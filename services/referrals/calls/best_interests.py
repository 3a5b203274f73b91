"""Decisions in somebody's best interests."""

from __future__ import annotations

from services.referrals.calls.base import JSON
from services.referrals.calls.cases import CaseCalls
from services.referrals.handlers import best_interests
from shared.messaging.calls.entrypoint import reads, rpc


class BestInterestCalls(CaseCalls):
    """Decisions in somebody's best interests (CP 5.2, 6.16)."""

    @rpc
    def begin_best_interests(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(best_interests.NewBestInterests, best_interests.begin_best_interests, payload, caller)

    @rpc
    def name_advocate(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(best_interests.NewAdvocate, best_interests.name_advocate, payload, caller)

    @rpc
    def decide_best_interests(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(best_interests.NewOutcome, best_interests.decide_best_interests, payload, caller)

    @reads
    def get_best_interests(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.best_interests, payload, caller)

    @reads
    def list_best_interests(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(self.desk.case_lists.best_interests, ("person_id", "referral_id"), payload, caller)
