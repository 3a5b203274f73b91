"""Complaints, concerns, compliments and negative feedback, and the Ombudsman's cases about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import complaints, ombudsman
from services.referrals.handlers.cases import seen_case
from services.referrals.schemas.cases import ListComplaints, ListReviews, command, complaint_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class ComplaintCalls(ReferralCalls):
    """Complaints, concerns, compliments and negative feedback, and the Ombudsman's cases about them."""

    @rpc
    def record_complaint(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint(
            "record_complaint", complaints.NewComplaint, complaints.record_complaint, payload, caller
        )

    @rpc
    def forward_complaint(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint("forward_complaint", complaints.Noted, complaints.forward_complaint, payload, caller)

    @rpc
    def acknowledge_complaint(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint(
            "acknowledge_complaint", complaints.Noted, complaints.acknowledge_complaint, payload, caller
        )

    @rpc
    def respond_to_complaint(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint(
            "respond_to_complaint", complaints.NewAnswer, complaints.respond_to_complaint, payload, caller
        )

    @rpc
    def close_complaint(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint("close_complaint", complaints.Noted, complaints.close_complaint, payload, caller)

    @rpc
    def review_complaint(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint(
            "review_complaint", complaints.NewReview, complaints.review_complaint, payload, caller
        )

    @rpc
    def escalate_complaint(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint(
            "escalate_complaint", complaints.Noted, complaints.escalate_complaint, payload, caller
        )

    @rpc
    def open_ombudsman_case(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint(
            "open_ombudsman_case", complaints.NewOmbudsmanCase, complaints.open_ombudsman_case, payload, caller
        )

    @rpc
    def record_recommendation(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint(
            "record_recommendation", complaints.NewRecommendation, complaints.record_recommendation, payload, caller
        )

    @rpc
    def carry_out_recommendation(self, payload: JSON, caller: JSON) -> JSON:
        return self._of_complaint(
            "carry_out_recommendation",
            complaints.RecommendationCarriedOut,
            complaints.carry_out_recommendation,
            payload,
            caller,
        )

    @reads
    def get_complaint(self, payload: JSON, caller: JSON) -> JSON:
        records = self.desk.cases.complaints
        return complaint_out(seen_case(payload["id"], records=records, caller=Caller.from_dict(caller)))

    @reads
    def list_complaints(self, payload: JSON, caller: JSON) -> JSON:
        """Complaints and their kin, the newest first."""
        found = self.desk.case_lists.complaints_seen_by(Caller.from_dict(caller), **load(ListComplaints(), payload))
        return {"items": [complaint_out(stored) for stored in found.items], "next": found.next}

    @reads
    def list_complaint_reviews(self, payload: JSON, caller: JSON) -> JSON:
        """Complaints about partners that are to be discussed at monitoring by a day (CE 8.2)."""
        found = self.desk.case_lists.reviews_due(Caller.from_dict(caller), **load(ListReviews(), payload))
        return {"items": [complaint_out(stored) for stored in found.items], "next": found.next}

    @reads
    def complaint_history(self, payload: JSON, caller: JSON) -> JSON:
        """Everything that happened to a complaint and its clocks, in order."""
        seen = seen_case(payload["id"], records=self.desk.cases.complaints, caller=Caller.from_dict(caller))
        lines = ombudsman.told(seen.id, streams=("complaint", "referral"), history=self.history)
        return {"items": lines, "next": None}

    @reads
    def get_ombudsman_bundle(self, payload: JSON, caller: JSON) -> JSON:
        """Everything about one complaint in one document (CE 7.4)."""
        who = Caller.from_dict(caller)
        return ombudsman.bundle(payload["id"], desk=self.desk.cases, caller=who, history=self.history)

    def _of_complaint(self, name: str, shape: Any, use_case: Callable[..., Any], payload: JSON, caller: JSON) -> JSON:
        cause = of_command(name, payload, caller)
        return complaint_out(use_case(command(shape, payload), desk=self.desk.cases, cause=cause))
