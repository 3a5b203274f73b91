"""Taking in what councils and people submit."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import intake
from services.referrals.schemas.intake import TakeIn
from services.referrals.schemas.referrals import referral_out
from shared.context import Caller
from shared.errors import Forbidden
from shared.events.intake import ReferralSubmission
from shared.events.schemas import dump_event, schema_of
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


class IntakeCalls(ReferralCalls):
    """Taking in what councils and people submit."""

    @rpc
    def take_in_events(self, payload: JSON, caller: JSON) -> JSON:
        """A council's events by HTTP."""
        given = load(TakeIn(), payload)
        if not Caller.from_dict(caller).may_see(given["council_id"]):
            raise Forbidden("a council may send only its own events")
        answers = [
            intake.take_in_event(document, council_id=given["council_id"], desk=self.desk.intake)
            for document in given["events"]
        ]
        return {"results": [dump_event(answer) for answer in answers]}

    @rpc
    def submit_referral(self, payload: JSON, caller: JSON) -> JSON:
        """A referral through the single point of access (CE 3.2)."""
        given = dict(payload)
        council_id = str(given.pop("council_id", ""))
        given.pop("expected_version", None)
        cause = of_command("submit_referral", payload, caller)
        stored = intake.submit_by_call(
            load(schema_of(ReferralSubmission), given), council_id=council_id, cause=cause, desk=self.desk.intake
        )
        return referral_out(stored, Caller.from_dict(caller))
