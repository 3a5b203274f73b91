"""How people are reached."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import people
from services.referrals.schemas.people import person_out
from shared.context import Caller
from shared.events.contacts import ContactDetails
from shared.events.schemas import schema_of
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class PeopleCalls(ReferralCalls):
    """How people are reached."""

    @reads
    def get_communication_needs(self, payload: JSON, caller: JSON) -> JSON:
        return person_out(self.desk.store.person_seen_by(Caller.from_dict(caller), payload["id"]))

    @rpc
    def set_communication_needs(self, payload: JSON, caller: JSON) -> JSON:
        needs = {name: value for name, value in payload.items() if name not in ("id", "expected_version")}
        stored = people.set_communication_needs(
            payload["id"],
            needs=load(schema_of(ContactDetails), needs),
            persons=self.desk.store.persons,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("set_communication_needs", payload, caller),
        )
        return person_out(stored)
