"""Messages, visits, onward referrals and problems with resources."""

from __future__ import annotations

from services.referrals.calls.base import JSON
from services.referrals.calls.cases import CaseCalls
from services.referrals.handlers import casework
from shared.messaging.calls.entrypoint import reads, rpc


class CaseworkCalls(CaseCalls):
    """Messages, visits, onward referrals and problems with resources."""

    @rpc
    def record_message(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.NewMessage, casework.record_message, payload, caller)

    @rpc
    def attempt_message(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.Noted, casework.attempt_message, payload, caller)

    @rpc
    def answer_message(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.Noted, casework.answer_message, payload, caller)

    @rpc
    def plan_visit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.NewVisit, casework.plan_visit, payload, caller)

    @rpc
    def record_pathway(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.NewPathway, casework.record_pathway, payload, caller)

    @rpc
    def confirm_visit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.Noted, casework.confirm_visit, payload, caller)

    @rpc
    def cancel_visit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.Noted, casework.cancel_visit, payload, caller)

    @rpc
    def return_from_visit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.Noted, casework.return_from_visit, payload, caller)

    @rpc
    def refer_onward(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.NewOnward, casework.refer_onward, payload, caller)

    @rpc
    def record_onward_outcome(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.OnwardOutcome, casework.record_onward_outcome, payload, caller)

    @rpc
    def log_resource_problem(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.NewProblem, casework.log_resource_problem, payload, caller)

    @rpc
    def share_resource_problem(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.Noted, casework.share_resource_problem, payload, caller)

    @rpc
    def resolve_resource_problem(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(casework.Noted, casework.resolve_resource_problem, payload, caller)

    @reads
    def get_message(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.messages, payload, caller)

    @reads
    def list_messages(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(
            self.desk.case_lists.messages, ("person_id", "referral_id", "status", "channel"), payload, caller
        )

    @reads
    def get_visit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.visits, payload, caller)

    @reads
    def list_visits(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(
            self.desk.case_lists.visits, ("person_id", "referral_id", "status", "worker_id"), payload, caller
        )

    @reads
    def get_onward_referral(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.onward, payload, caller)

    @reads
    def list_onward_referrals(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(
            self.desk.case_lists.onward, ("person_id", "referral_id", "kind", "outcome"), payload, caller
        )

    @reads
    def get_resource_problem(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.problems, payload, caller)

    @reads
    def list_resource_problems(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(
            self.desk.case_lists.problems, ("person_id", "referral_id", "kind", "status"), payload, caller
        )
