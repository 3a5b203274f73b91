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
from services.ledger.model.about_funds import stop_turn
from services.ledger.model.funds import Fund
from shared.dates import london_day
from shared.events.fund_life import FundDutyMet, FundDutyReopened
from shared.events.language import Event
from shared.ids import derived_id
from shared.messaging.aggregates import Decision
from shared.messaging.publishing.outbox import About
from shared.policy.keeping import Kept, start, start_again, stop
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
    """One fund's duties; `next_payment_on` is the first day that no standing payment is for, once one has been followed."""

    duties_id: str
    fund_id: str
    person_id: str
    provider_id: str
    starts_on: date
    support_began_on: date | None = None
    met: tuple[MetDuty, ...] = ()
    ended: bool = False
    next_payment_on: date | None = None
    clocks: tuple[RunningClock, ...] = ()

    def times_met(self, duty: Duty) -> int:
        """How often the duty has been met."""
        return sum(each.duty == duty for each in self.met)

    def next_time(self, duty: Duty) -> int:
        """The first time, from 1, that has not been met: the earliest one where a time was taken back."""
        met = {each.occurrence for each in self.met if each.duty == duty}
        return next(time for time in range(1, len(met) + 2) if time not in met)


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
    kept = stop_turn(duties.clocks, SERIES[met.duty], met.occurrence, at=at)
    kept = kept.then(start(kept.clocks, clock_of(met.duty, counted_from, met.occurrence + 1)))
    told = FundDutyMet(
        fund_id=duties.fund_id, duty=met.duty, occurrence=met.occurrence, met_on=met.met_on, reference=met.reference
    )
    state = replace(duties, met=(*duties.met, met), clocks=kept.clocks)
    return Decision(state=state, events=[told, *kept.events])


def follow_payments(
    duties: FundDuties,
    standing: Sequence[str],
    clock_of: ClockOf,
    *,
    next_on: date,
    by: str,
    at: datetime,
) -> Decision[FundDuties]:
    """As many payments are met as stand in the book: one that was reversed is due again. A repeat changes nothing.

    `next_on`: the first day that none of them is for.
    """
    events: list[Event | About] = []
    while not duties.ended and duties.times_met("payment") != len(standing):
        if duties.times_met("payment") > len(standing):
            decision = reopen(duties, _taken_back(duties, standing))
        else:
            decision = meet(duties, _paid(duties, standing, by=by, at=at), clock_of, at=at)
        duties, events = decision.state, [*events, *decision.events]
    return Decision(state=replace(duties, next_payment_on=next_on), events=events)


def _paid(duties: FundDuties, standing: Sequence[str], *, by: str, at: datetime) -> MetDuty:
    """The payment's next time, met by the first entry that has met none."""
    known = {each.reference for each in duties.met if each.duty == "payment"}
    entry_id = next((each for each in standing if each not in known), standing[-1])
    return MetDuty(
        duty="payment",
        occurrence=duties.next_time("payment"),
        met_on=london_day(at),
        met_by=by,
        reference=entry_id,
    )


def _taken_back(duties: FundDuties, standing: Sequence[str]) -> MetDuty:
    """The time whose payment does not stand any more."""
    paid = [each for each in duties.met if each.duty == "payment"]
    return next((each for each in paid if each.reference not in standing), paid[-1])


def reopen(duties: FundDuties, taken_back: MetDuty) -> Decision[FundDuties]:
    """What was done this time was taken back, as a payment that is reversed: it is due again by when it was (CP 5.4)."""
    turn = [
        clock.clock_id
        for clock in duties.clocks
        if clock.name == SERIES[taken_back.duty] and clock.occurrence == taken_back.occurrence
    ]
    kept = Kept(clocks=duties.clocks)
    for clock_id in turn:
        kept = kept.then(start_again(kept.clocks, clock_id))
    told = FundDutyReopened(
        fund_id=duties.fund_id,
        duty=taken_back.duty,
        occurrence=taken_back.occurrence,
        reference=taken_back.reference,
    )
    state = replace(duties, met=tuple(each for each in duties.met if each is not taken_back), clocks=kept.clocks)
    return Decision(state=state, events=[told, *kept.events])


def end_duties(duties: FundDuties, *, at: datetime) -> Decision[FundDuties]:
    """The fund is closed; nothing is due any more. A repeat changes nothing."""
    if duties.ended:
        return Decision(state=duties)
    return stop(duties.clocks, at=at).decision(replace(duties, ended=True))
