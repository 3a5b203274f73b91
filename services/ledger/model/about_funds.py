"""What every record that stands beside a fund has in common: whose it is, who sees it, and its clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from services.ledger.model.funds import is_officer
from shared.context import Caller
from shared.policy.keeping import Kept, stop
from shared.policy.running import RunningClock


class AboutAFund(Protocol):
    """A record about one person's fund with one provider."""

    @property
    def person_id(self) -> str: ...

    @property
    def provider_id(self) -> str: ...


def is_shown_to(caller: Caller, record: AboutAFund) -> bool:
    """The provider that holds the fund, the person, and the council's officers."""
    if caller.organisation_id is not None:
        return caller.organisation_id == record.provider_id
    return is_officer(caller) or caller.actor_id == record.person_id


def stop_named(clocks: Sequence[RunningClock], names: Iterable[str], *, at: datetime) -> Kept:
    """Stops the open clocks of these names."""
    wanted = set(names)
    rules = {clock.rule for clock in clocks if clock.name in wanted}
    return stop(clocks, at=at, rules=rules) if rules else Kept(clocks=tuple(clocks))


def stop_turn(clocks: Sequence[RunningClock], name: str, occurrence: int, *, at: datetime) -> Kept:
    """Stops the open clock of this name that runs for this one time of a series."""
    meant = [clock for clock in clocks if clock.name == name and clock.occurrence == occurrence]
    stopped = stop(meant, at=at)
    after = {clock.clock_id: clock for clock in stopped.clocks}
    return Kept(clocks=tuple(after.get(clock.clock_id, clock) for clock in clocks), events=stopped.events)
