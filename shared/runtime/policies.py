"""What services have in common about policy packs that are published: they keep them, and follow when one takes effect."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from shared.events.envelope import Envelope
from shared.events.policy import PolicyPackPublished, PolicyPackWithdrawn
from shared.messaging.aggregates import Aggregates
from shared.messaging.cause import Cause, of_schedule
from shared.messaging.consuming.durable import falls_due, handles
from shared.policy.keeping_packs import PACK, PACKS_TAKE_EFFECT, POLICY_PACKS, forget, learn, take_effect
from shared.policy.policies import Policies
from shared.policy.publishing import PublishedPack
from shared.runtime.service import StewardService, policies_of


class KnownPolicies(DependencyProvider):
    """Gives workers the councils' policies as their service knows them."""

    def get_dependency(self, worker_ctx: Any) -> Policies:
        return policies_of(self.container)


class FollowsPolicies(StewardService):
    """Follows when a published pack takes effect. Its plugin names `POLICY_PACKS` among its collections and outboxes."""

    known_policies: Any = KnownPolicies()

    @falls_due(PACKS_TAKE_EFFECT)
    def follow_policy_pack(self, record_id: str) -> None:
        """The first day of a published pack has come; what is reckoned anew is reckoned once, however many replicas look."""
        records, cause = self.published_packs(), of_schedule("policy-packs", record_id)
        self.known_policies.read_again()
        self.reckon_anew(records.get(record_id).council_id, cause)
        take_effect(record_id, records=records, cause=cause)

    def reckon_anew(self, council_id: str, cause: Cause) -> None:
        """Reckons the council's open clocks under the pack that is in force now. A repeat must find nothing left to do."""

    def published_packs(self) -> Aggregates[PublishedPack]:
        """This service's copies of the packs that were published."""
        records: Aggregates[PublishedPack] = self.resources.aggregates(POLICY_PACKS, PACK)
        return records


class LearnsPolicies(FollowsPolicies):
    """Keeps the packs that referrals publishes. Its plugin handles the stream `POLICY`."""

    @handles(PolicyPackPublished)
    def on_policy_pack_published(self, event: PolicyPackPublished, envelope: Envelope) -> None:
        learn(event, envelope, records=self.published_packs())
        self.known_policies.read_again()

    @handles(PolicyPackWithdrawn)
    def on_policy_pack_withdrawn(self, event: PolicyPackWithdrawn, envelope: Envelope) -> None:
        forget(event, envelope, records=self.published_packs())
        self.known_policies.read_again()
