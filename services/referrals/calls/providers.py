"""Providers of a council's framework."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import providers
from services.referrals.schemas.commands import WithReason
from services.referrals.schemas.providers import Exclude, ListProviders, provider_out
from shared.context import Caller
from shared.dates import london_day
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class ProviderCalls(ReferralCalls):
    """Providers of a council's framework, and who is left out of offers (CP 6.2)."""

    @reads
    def list_providers(self, payload: JSON, caller: JSON) -> JSON:
        who = Caller.from_dict(caller)
        found = self.desk.store.providers_seen_by(who, **load(ListProviders(), payload))
        today = london_day(self.desk.clock.now())
        return {"items": [provider_out(stored, who, on=today) for stored in found.items], "next": found.next}

    @rpc
    def exclude_provider(self, payload: JSON, caller: JSON) -> JSON:
        given = load(Exclude(), payload)
        stored = providers.exclude_provider(
            given["id"],
            reason=given["reason"],
            until_on=given["until_on"],
            records=self.desk.store.providers,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("exclude_provider", payload, caller),
        )
        return provider_out(stored, Caller.from_dict(caller), on=london_day(self.desk.clock.now()))

    @rpc
    def readmit_provider(self, payload: JSON, caller: JSON) -> JSON:
        given = load(WithReason(), payload)
        stored = providers.readmit_provider(
            given["id"],
            reason=given["reason"],
            records=self.desk.store.providers,
            clock=self.desk.clock,
            cause=of_command("readmit_provider", payload, caller),
        )
        return provider_out(stored, Caller.from_dict(caller), on=london_day(self.desk.clock.now()))
