"""How people are reached."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import people
from services.referrals.schemas.people import REACHED_BY, OneWorker, WorkerContact, person_out, worker_out
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

    @rpc
    def set_worker_contact(self, payload: JSON, caller: JSON) -> JSON:
        """How a worker is reached when something is due or amiss (CE 4.3, 7.7)."""
        given = load(WorkerContact(), payload)
        stored = people.set_worker_contact(
            given["council_id"],
            given["id"],
            details=load(schema_of(ContactDetails), {name: given[name] for name in REACHED_BY if given[name]}),
            workers=self.desk.store.workers,
            cause=of_command("set_worker_contact", payload, caller),
        )
        return worker_out(stored)

    @reads
    def get_worker_contact(self, payload: JSON, caller: JSON) -> JSON:
        given = load(OneWorker(), payload)
        stored = people.get_worker_contact(
            given["council_id"], given["id"], workers=self.desk.store.workers, caller=Caller.from_dict(caller)
        )
        return worker_out(stored)
