"""Care agencies and who is signposted to them."""

from __future__ import annotations

from typing import Any

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import agencies
from services.referrals.schemas.agencies import ListAgencies, NewAgency, NewRating, SignpostToAgency, agency_out
from services.referrals.schemas.direct_payments import payment_out
from services.referrals.store import agencies_seen_by
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class AgencyCalls(ReferralCalls):
    """Care agencies and who is signposted to them."""

    @rpc
    def add_agency(self, payload: JSON, caller: JSON) -> JSON:
        given = load(NewAgency(), payload)
        stored = agencies.add_agency(
            given["council_id"],
            reference=given["reference"],
            name=given["name"],
            said=_said(given),
            desk=self.desk.agencies,
            cause=of_command("add_agency", payload, caller),
        )
        return agency_out(stored)

    @rpc
    def rate_agency(self, payload: JSON, caller: JSON) -> JSON:
        given = load(NewRating(), payload)
        cause = of_command("rate_agency", payload, caller)
        return agency_out(agencies.rate_agency(given["id"], said=_said(given), desk=self.desk.agencies, cause=cause))

    @rpc
    def signpost_agency(self, payload: JSON, caller: JSON) -> JSON:
        given = load(SignpostToAgency(), payload)
        stored = agencies.signpost_agency(
            given["id"],
            agency_id=given["agency_id"],
            desk=self.desk.agencies,
            cause=of_command("signpost_agency", payload, caller),
        )
        return payment_out(stored)

    @reads
    def list_agencies(self, payload: JSON, caller: JSON) -> JSON:
        """Agencies that people may be signposted to; with `barred`, those that nobody is."""
        found = agencies_seen_by(self.desk.store.agencies, Caller.from_dict(caller), **load(ListAgencies(), payload))
        return {"items": [agency_out(stored) for stored in found.items], "next": found.next}


def _said(given: dict[str, Any]) -> agencies.Said:
    return agencies.Said(rating=given["rating"], rated_on=given["rated_on"], source=given["source"])
