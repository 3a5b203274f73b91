"""Councils' policy packs: those in force, what differs between two, and publishing one."""

from __future__ import annotations

from datetime import date

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers.policies import publish_policy_pack
from services.referrals.schemas.policies import AskPack, ComparePacks, PublishPack, pack_line, pack_out, published_out
from shared.dates import london_day
from shared.errors import invalid
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.policy.pack import PolicyPack
from shared.policy.views import differences
from shared.problems import load
from shared.runtime.policies import FollowsPolicies


class PolicyCalls(ReferralCalls, FollowsPolicies):
    """Councils' policy packs. Whoever asks may read them: they are the rules that people are served by."""

    @reads
    def list_policy_packs(self, payload: JSON, caller: JSON) -> JSON:
        """Every version of every council's pack, the newest last."""
        packs = self.desk.policies.packs.by_council
        items = [pack_line(pack, in_force=self._in_force(pack)) for versions in packs.values() for pack in versions]
        return {"items": items, "next": None}

    @reads
    def get_policy_pack(self, payload: JSON, caller: JSON) -> JSON:
        """A council's pack in force on a day: every value and clock with its clause, and what is left unset."""
        given = load(AskPack(), payload)
        pack = self.desk.policies.pack(given["council_id"], on=given["on"] or self._today())
        return pack_out(pack, in_force=self._in_force(pack))

    @reads
    def show_policy_difference(self, payload: JSON, caller: JSON) -> JSON:
        """Every value, clock and calendar that two versions do not have alike."""
        given = load(ComparePacks(), payload)
        council_id = given["council_id"]
        before, after = (self._version(council_id, field, given[field]) for field in ("before", "after"))
        found = [difference.as_dict() for difference in differences(before, after)]
        return {
            "council_id": council_id,
            "before": before.version,
            "after": after.version,
            "items": found,
            "next": None,
        }

    @rpc
    def publish_policy_pack(self, payload: JSON, caller: JSON) -> JSON:
        given = load(PublishPack(), payload)
        stored = publish_policy_pack(
            given["council_id"],
            content=given["content"],
            records=self.published_packs(),
            policies=self.desk.policies,
            clock=self.desk.clock,
            cause=of_command("publish_policy_pack", payload, caller),
            most_bytes=self.resources.settings.policy_pack_bytes,
        )
        return published_out(stored)

    def _version(self, council_id: str, field: str, version: str) -> PolicyPack:
        if not version.startswith(f"{council_id}/"):
            raise invalid(field, "same", f"{version} is not a version of {council_id}'s pack")
        pack: PolicyPack = self.desk.policies.version(version)
        return pack

    def _in_force(self, pack: PolicyPack) -> bool:
        begun = [p for p in self.desk.policies.packs.versions_of(pack.council_id) if p.effective_on <= self._today()]
        return bool(begun) and begun[-1].version == pack.version

    def _today(self) -> date:
        return london_day(self.desk.clock.now())
