"""What is told of a clock that runs with a fund: the same facts as of any clock, in the ledger's own stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from shared.events.clocks import (
    ClockBreached,
    ClockPaused,
    ClockRecalculated,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    ClockWarned,
)
from shared.events.language import Event, event
from shared.events.ledger import FUND


@event("fund.clock.started", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundClockStarted(ClockStarted):
    """A clock of a fund began to run."""


@event("fund.clock.warned", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundClockWarned(ClockWarned):
    """A clock of a fund will soon be due."""


@event("fund.clock.breached", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundClockBreached(ClockBreached):
    """A clock of a fund ran past its due instant before it was stopped."""


@event("fund.clock.paused", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundClockPaused(ClockPaused):
    """A clock of a fund stands still."""


@event("fund.clock.resumed", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundClockResumed(ClockResumed):
    """A clock of a fund runs again."""


@event("fund.clock.stopped", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundClockStopped(ClockStopped):
    """A clock of a fund was stopped, in time or late."""


@event("fund.clock.recalculated", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundClockRecalculated(ClockRecalculated):
    """A clock of a fund was reckoned anew and moved."""


OF_A_FUND: Mapping[type[Event], type[Event]] = MappingProxyType(
    {
        ClockStarted: FundClockStarted,
        ClockWarned: FundClockWarned,
        ClockBreached: FundClockBreached,
        ClockPaused: FundClockPaused,
        ClockResumed: FundClockResumed,
        ClockStopped: FundClockStopped,
        ClockRecalculated: FundClockRecalculated,
    }
)


def told_of_a_fund(told: Any) -> Any:
    """A clock's event as the ledger tells it; anything else as it is."""
    own = OF_A_FUND.get(type(told))
    return told if own is None else own(**{each.name: getattr(told, each.name) for each in fields(told)})
