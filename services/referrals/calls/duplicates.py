"""Possible duplicates."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import duplicates
from services.referrals.schemas.duplicates import ClearDuplicate
from services.referrals.schemas.referrals import referral_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


class DuplicateCalls(ReferralCalls):
    """Possible duplicates, which somebody looks at and clears."""

    @rpc
    def clear_possible_duplicate(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ClearDuplicate(), payload)
        stored = duplicates.clear_possible_duplicate(
            given["id"],
            duplicate_id=given["duplicate_id"],
            reason=given["reason"],
            referrals=self.desk.store.referrals,
            persons=self.desk.store.persons,
            register=self.desk.store,
            clock=self.desk.clock,
            cause=of_command("clear_possible_duplicate", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))
