"""Other rules tried on a service's records with clocks, before they are published. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.context import Caller
from shared.dates import london_day
from shared.errors import invalid
from shared.messaging.aggregates import Found
from shared.policy.clock_keeper import ClockBearing
from shared.policy.effects import Effect, changes_at, clock_effects
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.publishing import read_submitted

WHO_TELLS = {"referrals": "list_policy_effects", "ledger": "list_clock_effects"}
"""The services with clocks, each with the call that tells what other rules would change there; asked one after another."""


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


class ClocksOfStretch(Protocol):
    """The service's records with clocks, as they are gone through when what they are reckoned under changes."""

    @property
    def stretches(self) -> int: ...

    def bearing_of(self, stretch: int) -> ClockBearing[Any]: ...

    def stretch(self, council_id: str, stretch: int, *, after: str | None, limit: int) -> Found[Any]: ...

    def is_of_overdue(self, stretch: int) -> bool: ...


def clock_page(
    stretch: int, *, trial: Trial, clocks: ClocksOfStretch, caller: Caller, after: str | None, limit: int
) -> tuple[list[Effect], str | None]:
    """What would move in one stretch of records with clocks, and where to go on.

    A record with clocks that run and others that are breached is in two stretches: each tells of its own.
    """
    bearing, found = (
        clocks.bearing_of(stretch),
        clocks.stretch(trial.pack.council_id, stretch, after=after, limit=limit),
    )
    overdue = clocks.is_of_overdue(stretch)
    meant = (
        clock
        for stored in found.items
        if bearing.may_see(caller, stored)
        for clock in stored.state.clocks
        if (clock.state == "breached") is overdue
    )
    return list(clock_effects(meant, trial=trial.policies, at=trial.at)), found.next
