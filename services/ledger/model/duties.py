"""What falls due again and again with a fund: payments, contribution invoices, summaries, the month's data (C13 to C15, C24).

Each is a series of the council's policy, counted from the fund's start or from the start of support. When one time of a series
is met its clock stops, and the next one's starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.ledger.errors import NotYetPossible
from services.ledger.model.about_funds import stop_named
from services.ledger.model.funds import Fund
from shared.events.fund_life import FundDutyMet
from shared.ids import derived_id
from shared.messaging.aggregates import Decision
from shared.policy.keeping import start, stop
from shared.policy.running import RunningClock

Duty = Literal["payment", "contribution-invoice", "annual-summary", "monthly-data"]
SERIES: dict[Duty, str] = {
    "payment": "fund_payment",
    "contribution-invoice": "contribution_invoice",
    "annual-summary": "fund_summary",
    "monthly-data": "personal_data_return",
}
"""The clock of each."""
FROM_SUPPORT: frozenset[Duty] = frozenset({"monthly-data"})
"""Those counted from the start of support; the others are counted from the fund's start."""
OF_THE_COUNCIL: frozenset[Duty] = frozenset({"payment", "contribution-invoice"})
"""Whose turn it is: the council's own, or the provider's."""

ClockOf = Callable[[Duty, date, int], Sequence[RunningClock]]
"""The clock of a duty's so-and-so-many-th time, counted from a day; none where the policy sets none."""


@dataclass(frozen=True, kw_only=True)
class MetDuty:
    """One time that a duty was met."""

    duty: Duty
    occurrence: int
    met_on: date
    met_by: str
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class FundDuties:
    """One fund's duties."""

    duties_id: str
    fund_id: str
    person_id: str
    provider_id: str
    starts_on: date
    support_began_on: date | None = None
    met: tuple[MetDuty, ...] = ()
    ended: bool = False
    clocks: tuple[RunningClock, ...] = ()

    def times_met(self, duty: Duty) -> int:
        """How often the duty has been met."""
        return sum(each.duty == duty for each in self.met)


def duties_id_of(fund_id: str) -> str:
    """The id of a fund's duties."""
    return derived_id("fdt", fund_id)


def duties_of(fund: Fund) -> FundDuties:
    """A fund's duties before any of them runs."""
    return FundDuties(
        duties_id=duties_id_of(fund.fund_id),
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
        starts_on=fund.starts_on,
    )


def begin_duties(duties: FundDuties, clock_of: ClockOf) -> Decision[FundDuties]:
    """Those that are counted from the fund's start begin with it."""
    first = [each for duty in SERIES if duty not in FROM_SUPPORT for each in clock_of(duty, duties.starts_on, 1)]
    return start((), first).decision(duties)


def begin_support(duties: FundDuties, began_on: date, clock_of: ClockOf) -> Decision[FundDuties]:
    """Those that are counted from the start of support begin; a repeat changes nothing."""
    if duties.support_began_on is not None or duties.ended:
        return Decision(state=duties)
    first = [each for duty in FROM_SUPPORT for each in clock_of(duty, began_on, 1)]
    return start(duties.clocks, first).decision(replace(duties, support_began_on=began_on))


def meet(duties: FundDuties, met: MetDuty, clock_of: ClockOf, *, at: datetime) -> Decision[FundDuties]:
    """The duty was met this time, and is due next time. Raises `NotYetPossible` before it is due at all, or after the fund."""
    counted_from = duties.support_began_on if met.duty in FROM_SUPPORT else duties.starts_on
    if duties.ended:
        raise NotYetPossible("The fund is closed, and nothing is due for it any more.")
    if counted_from is None:
        raise NotYetPossible("This is due from the start of support on; support has not started (CP 3.2.5, 10.3).")
    kept = stop_named(duties.clocks, [SERIES[met.duty]], at=at)
    kept = kept.then(start(kept.clocks, clock_of(met.duty, counted_from, met.occurrence + 1)))
    told = FundDutyMet(
        fund_id=duties.fund_id, duty=met.duty, occurrence=met.occurrence, met_on=met.met_on, reference=met.reference
    )
    state = replace(duties, met=(*duties.met, met), clocks=kept.clocks)
    return Decision(state=state, events=[told, *kept.events])


def end_duties(duties: FundDuties, *, at: datetime) -> Decision[FundDuties]:
    """The fund is closed; nothing is due any more. A repeat changes nothing."""
    if duties.ended:
        return Decision(state=duties)
    return stop(duties.clocks, at=at).decision(replace(duties, ended=True))
