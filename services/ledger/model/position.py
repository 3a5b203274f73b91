"""Where a fund stands: budget, committed, spent, available, and when a surplus or a shortfall is to be expected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.ledger.model.blocks import Head
from services.ledger.model.chart import RESERVED, allocations_in
from services.ledger.model.entries import Entry, EntryType, Period, standing
from services.ledger.model.funds import Fund
from services.ledger.model.payments import PaymentTerms, fund_year, next_unpaid
from services.ledger.model.series import DAYS_A_WEEK
from services.ledger.model.standing_payments import Paid
from shared.dates import add_days, add_weeks
from shared.money import ZERO, Pence, total

WEEKS_AHEAD = 104
"""How far the forecast looks: two years of whole weeks."""


@dataclass(frozen=True, kw_only=True)
class SurplusRule:
    """The council is informed of more than so many weekly budgets (CP 5.4)."""

    clause: str
    weeks: int


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What the fund comes to if the plan is bought week by week and payments come in as they are due."""

    weeks_ahead: int
    weekly_cost: Pence
    surplus_on: date | None
    shortfall_on: date | None


@dataclass(frozen=True, kw_only=True)
class Position:
    """A fund on a day. `budget` is the weekly budget for the days of its year so far; `committed` is set aside for bookings,
    `allocated` by purpose.
    """

    fund: Fund
    on: date
    year: Period
    budget: Pence
    received: Pence
    spent: Pence
    fees: Pence
    in_hand: Pence
    committed: Pence
    allocated: Pence
    available: Pence
    surplus_above: Pence
    forecast: Forecast | None
    policy_version: str
    clause: str


def position_of(
    fund: Fund,
    entries: Sequence[Entry],
    head: Head,
    *,
    paid: Iterable[Paid],
    terms: PaymentTerms,
    surplus: SurplusRule,
    on: date,
) -> Position:
    """The fund as its book stands now: its year's entries, and what was paid in. Without an agreed plan there is nothing to
    forecast from.
    """
    year = fund_year(fund.starts_on, on)
    so_far = Period(from_on=year.from_on, to_on=min(max(on, year.from_on), year.to_on))
    above = fund.weekly_budget.times(surplus.weeks)
    return Position(
        fund=fund,
        on=on,
        year=year,
        budget=for_days(fund.weekly_budget, so_far.days),
        received=moved(entries, "payment-in", so_far),
        spent=moved(entries, "spend", so_far),
        fees=moved(entries, "fee", so_far),
        in_hand=head.in_hand,
        committed=head.balances.get(RESERVED, ZERO),
        allocated=total(allocations_in(head.balances).values()),
        available=head.free,
        surplus_above=above,
        forecast=forecast_of(fund, head.in_hand, pays_on=next_unpaid(fund, paid), terms=terms, above=above, on=on),
        policy_version=terms.policy_version,
        clause=surplus.clause,
    )


def for_days(weekly: Pence, days: int) -> Pence:
    """So many days of a weekly amount, without the pence that a part of a week would split."""
    return Pence(weekly.amount * days // DAYS_A_WEEK)


def moved(entries: Sequence[Entry], type: EntryType, days: Period) -> Pence:
    """What entries of one type that count came to in these days."""
    return total(entry.amount for entry in counting(entries, days) if entry.type == type)


def counting(entries: Sequence[Entry], days: Period) -> list[Entry]:
    """The entries that count, neither taken back nor taking back another, in these days."""
    return [entry for entry in standing(entries) if days.from_on <= entry.effective_on <= days.to_on]


def forecast_of(
    fund: Fund, in_hand: Pence, *, pays_on: date, terms: PaymentTerms, above: Pence | None, on: date
) -> Forecast | None:
    """What a fund comes to from `on`; `pays_on` is the next payment's day, `above` what a surplus exceeds, if that is asked.

    Nothing without an agreed plan, or for a closed fund.
    """
    if fund.plan is None or fund.status == "closed":
        return None
    cost, balance = fund.plan.weekly_cost, in_hand
    surplus_on = on if _exceeds(balance, above) else None
    shortfall_on = None
    for week in range(WEEKS_AHEAD):
        ends_on = add_weeks(on, week + 1)
        while pays_on < ends_on:
            balance += terms.amount_due(fund)
            if surplus_on is None and _exceeds(balance, above):
                surplus_on = max(pays_on, on)
            pays_on = add_days(terms.period_from(pays_on).to_on, 1)
        balance -= cost
        if balance < ZERO and shortfall_on is None:
            shortfall_on = ends_on
    return Forecast(weeks_ahead=WEEKS_AHEAD, weekly_cost=cost, surplus_on=surplus_on, shortfall_on=shortfall_on)


def _exceeds(balance: Pence, above: Pence | None) -> bool:
    return above is not None and balance > above
