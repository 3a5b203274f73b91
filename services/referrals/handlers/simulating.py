"""What a pack would change for the referrals that are there, looked at before it is published. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.referrals.model.effects import referral_effects
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from shared.dates import london_day
from shared.errors import invalid
from shared.messaging.aggregates import Stored
from shared.policy.effects import Effect, changes_at, clock_effects
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.publishing import read_submitted


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Other rules to look through: the pack, policies that have it, and when it would begin to matter."""

    pack: PolicyPack
    before: PolicyPack
    policies: Policies
    at: datetime


def trial_of(
    council_id: str, *, content: str | None, version: str | None, policies: Policies, now: datetime, most_bytes: int
) -> Trial:
    """The trial of a pack as text, or of a version that is there. Raises `PackRefused`, `Invalid`, `UnknownPolicyVersion`."""
    if (content is None) == (version is None):
        raise invalid("content", "one-of", "give the pack's content, or a version that is there")
    pack = read_submitted(content, most_bytes=most_bytes) if content else policies.version(version or "")
    if pack.council_id != council_id:
        raise invalid("council_id", "same", f"the pack is {pack.council_id}'s, not {council_id}'s")
    before = policies.pack(council_id, on=london_day(now))
    return Trial(pack=pack, before=before, policies=policies.with_pack(pack), at=changes_at(pack, now=now))


def effects_on(stored: Stored[Referral], *, trial: Trial, person: Callable[[str], Person | None]) -> Iterator[Effect]:
    """Everything that would be otherwise for one referral."""
    referral = stored.state
    yield from clock_effects(referral.clocks, trial=trial.policies, at=trial.at)
    yield from referral_effects(referral, person(referral.person_id), before=trial.before, after=trial.pack)
