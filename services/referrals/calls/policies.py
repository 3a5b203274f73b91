"""Councils' policy packs: those in force, what differs between two, and publishing one."""

from __future__ import annotations

from datetime import date
from itertools import chain

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers.policies import publish_policy_pack, withdraw_policy_pack
from services.referrals.handlers.simulating import effects_on
from services.referrals.schemas.policies import (
    AskPack,
    ComparePacks,
    PublishPack,
    WithdrawPack,
    pack_line,
    pack_out,
    published_out,
)
from shared.context import Caller
from shared.dates import london_day
from shared.errors import NotFound, invalid
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.policy.errors import NoPackInForce
from shared.policy.pack import PolicyPack
from shared.policy.simulating import Trial, clock_page, trial_of
from shared.policy.simulation_forms import AskEffects, effects_out, read_place, write_place
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

    @reads
    def list_policy_effects(self, payload: JSON, caller: JSON) -> JSON:
        """What a pack would change for the council's cases, page by page; nothing is written.

        First the referrals, then each stretch of records with clocks: `next` says in which, and where.
        """
        given, who = load(AskEffects(), payload), Caller.from_dict(caller)
        part, after = read_place(given.pop("after"))
        page = {"after": after, "limit": given.pop("limit")}
        if not who.may_see(given["council_id"]):
            raise NotFound(f"there is no council {given['council_id']}")
        most = self.resources.settings.policy_pack_bytes
        trial = trial_of(**given, policies=self.desk.policies, now=self.desk.clock.now(), most_bytes=most)
        if part == 0:
            return self._referrals_page(trial, who, page)
        if part > self.desk.clocks.stretches:
            raise invalid("after", "cursor", "there is no such page")
        effects, then = clock_page(part - 1, trial=trial, clocks=self.desk.clocks, caller=who, **page)
        return effects_out(effects, trial=trial, looked_at=0, after=self._next_place(part, then))

    def _referrals_page(self, trial: Trial, who: Caller, page: JSON) -> JSON:
        found = self.desk.store.referrals_of_council(who, trial.pack.council_id, **page)
        person = self.desk.store.person_or_none
        effects = chain.from_iterable(effects_on(stored, trial=trial, person=person) for stored in found.items)
        return effects_out(effects, trial=trial, looked_at=len(found.items), after=self._next_place(0, found.next))

    def _next_place(self, part: int, after: str | None) -> str | None:
        if after is not None:
            return write_place(part, after)
        return write_place(part + 1, None) if part < self.desk.clocks.stretches else None

    @rpc
    def publish_policy_pack(self, payload: JSON, caller: JSON) -> JSON:
        given = load(PublishPack(), payload)
        self.desk.policies.read_again()  # what another replica published a moment ago counts
        stored = publish_policy_pack(
            given["council_id"],
            content=given["content"],
            records=self.published_packs(),
            policies=self.desk.policies,
            clock=self.desk.clock,
            cause=of_command("publish_policy_pack", payload, caller),
            most_bytes=self.resources.settings.policy_pack_bytes,
        )
        self.desk.policies.read_again()
        return published_out(stored)

    @rpc
    def withdraw_policy_pack(self, payload: JSON, caller: JSON) -> JSON:
        """Withdraws a version that was published and does not hold yet."""
        given = load(WithdrawPack(), payload)
        stored = withdraw_policy_pack(
            given["council_id"],
            effective_on=given["effective_on"],
            reason=given["reason"],
            records=self.published_packs(),
            clock=self.desk.clock,
            cause=of_command("withdraw_policy_pack", payload, caller),
        )
        self.desk.policies.read_again()
        return published_out(stored)

    def _version(self, council_id: str, field: str, version: str) -> PolicyPack:
        if not version.startswith(f"{council_id}/"):
            raise invalid(field, "same", f"{version} is not a version of {council_id}'s pack")
        pack: PolicyPack = self.desk.policies.version(version)
        return pack

    def _in_force(self, pack: PolicyPack) -> bool:
        try:
            in_force: PolicyPack = self.desk.policies.pack(pack.council_id, on=self._today())
        except NoPackInForce:
            return False
        return in_force.version == pack.version

    def _today(self) -> date:
        return london_day(self.desk.clock.now())
