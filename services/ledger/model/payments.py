"""Payments into the fund: so many weeks' budget at a time, at the council's cadence, and what that makes of a year.

Four weekly budgets a payment (CP 5.4) are 48 weeks' money a year when paid each month and 52 when paid every four
weeks. The cadence is policy; the difference is always shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.ledger.errors import PaymentDiffers, PeriodAlreadyPaid
from services.ledger.model.blocks import Posted
from services.ledger.model.entries import Draft, Grounds, Key, Period, paid_in
from services.ledger.model.funds import Fund
from services.ledger.model.standing_payments import Paid
from shared.dates import add_days, add_months, add_weeks
from shared.errors import FieldError
from shared.money import ZERO, Pence, format_gbp, total

PartPeriods = Literal["paid-in-full", "held-back"]
MONTHS_A_YEAR = 12
WEEKS_A_YEAR = 52
"""The weeks a weekly budget is for in a year; what every cadence is shown against."""


@dataclass(frozen=True, kw_only=True)
class Cadence:
    """How often the council pays in: every so many weeks or months."""

    count: int
    unit: Literal["weeks", "months"]

    @property
    def words(self) -> str:
        return f"every {self.unit.removesuffix('s')}" if self.count == 1 else f"every {self.count} {self.unit}"

    @property
    def times_a_year(self) -> int:
        """Whole steps in a year of the budget."""
        return (MONTHS_A_YEAR if self.unit == "months" else WEEKS_A_YEAR) // self.count

    def step_from(self, first_on: date) -> Period:
        """The days from `first_on` to the day before the next step."""
        after = add_months(first_on, self.count) if self.unit == "months" else add_weeks(first_on, self.count)
        return Period(from_on=first_on, to_on=add_days(after, -1))


@dataclass(frozen=True, kw_only=True)
class PaymentTerms:
    """How the council pays in: `weeks_per_payment` weekly budgets at each step of the cadence.

    `needs_plan`: a run holds a fund back before its plan is agreed; `part_periods`: what it does with weeks in which support
    ends, empty where the pack leaves it open.
    """

    policy_version: str
    clause: str
    cadence: Cadence
    weeks_per_payment: int
    needs_plan: bool = True
    part_periods: PartPeriods | Literal[""] = ""

    def amount_due(self, fund: Fund) -> Pence:
        """One payment: so many times the weekly budget (CP 5.4)."""
        return fund.weekly_budget.times(self.weeks_per_payment)

    def period_from(self, first_on: date) -> Period:
        """The days that a payment made in advance on `first_on` is for."""
        return self.cadence.step_from(first_on)


@dataclass(frozen=True, kw_only=True)
class PaymentProgress:
    """What has been paid in for the fund's current year, against what a full year's budget comes to."""

    year: Period
    cadence: Cadence
    paid_to_date: Pence
    full_year: Pence
    weeks_covered_by_cadence: int
    weeks_in_full_year: int
    short_at_year_end: Pence

    @property
    def sentence(self) -> str:
        weeks = f"{self.weeks_covered_by_cadence} of {self.weeks_in_full_year} weeks a year"
        covered = f"Paying {self.cadence.words} covers {weeks}"
        if not self.short_at_year_end:
            return f"{covered}."
        return f"{covered}: {format_gbp(self.short_at_year_end)} of a full year's budget would not be paid in."


@dataclass(frozen=True, kw_only=True)
class PaymentTaken:
    """A payment on its book, and where the fund's year stands."""

    posted: Posted
    progress: PaymentProgress


def payment_draft(
    fund: Fund,
    terms: PaymentTerms,
    *,
    first_on: date,
    effective_on: date,
    amount: Pence | None,
    difference_reason: str,
    reference: str,
    evidence: str,
    key: Key | None,
) -> Draft:
    """The entry for a payment. Raises `FundClosed` or `PaymentDiffers`."""
    fund.check_open()
    due = terms.amount_due(fund)
    if amount not in (None, due) and not difference_reason:
        raise _differs(amount or ZERO, due, terms)
    reason = f"{terms.weeks_per_payment} weeks of {format_gbp(fund.weekly_budget)}"
    return Draft(
        type="payment-in",
        legs=paid_in(due if amount is None else amount),
        effective_on=effective_on,
        policy_version=terms.policy_version,
        reference=reference,
        evidence=evidence,
        period=terms.period_from(first_on),
        grounds=Grounds(clause=terms.clause, reason=f"{reason}; {difference_reason}" if difference_reason else reason),
        key=key,
    )


@dataclass(frozen=True, kw_only=True)
class PartPeriod:
    """What becomes of a payment because of when support ended: held back, or paid with a word of why."""

    is_held_back: bool
    reason: str


def part_period(fund: Fund, period: Period, terms: PaymentTerms) -> PartPeriod | None:
    """Nothing unless support ended before these days are over (CP 5.3); see `part_periods` of the council's policy."""
    ended_on = fund.support_ended_on
    if ended_on is None or ended_on >= period.to_on:
        return None
    if ended_on < period.from_on:
        return PartPeriod(is_held_back=True, reason=f"support ended on {ended_on} (CP 5.3)")
    days = f"support ended on {ended_on}, within these days"
    if terms.part_periods == "paid-in-full":
        said = f"{days}: paid in full, for the contract says nothing of part periods ({terms.clause})"
        return PartPeriod(is_held_back=False, reason=said)
    why = f"{days}: paid by hand" if terms.part_periods else f"{days}: policy incomplete: part_periods"
    return PartPeriod(is_held_back=True, reason=f"{why} ({terms.clause})")


def next_unpaid(fund: Fund, paid: Iterable[Paid]) -> date:
    """The first day that no standing payment is for: after the last one paid for, or the fund's first."""
    ends = [each.period.to_on for each in paid if each.period]
    return add_days(max(ends), 1) if ends else fund.starts_on


def check_period_unpaid(period: Period, paid: Iterable[Paid]) -> None:
    """Raises `PeriodAlreadyPaid` when a standing payment covers any of these days."""
    for each in paid:
        if each.period and each.period.meets(period):
            raise PeriodAlreadyPaid(
                f"Entry {each.entry_id} pays for {each.period.from_on} to {each.period.to_on} already."
            )


def progress(fund: Fund, terms: PaymentTerms, paid: Iterable[Paid], *, on: date) -> PaymentProgress:
    """Where the payments of the fund's year that `on` falls in stand."""
    year = fund_year(fund.starts_on, on)
    covered = terms.cadence.times_a_year * terms.weeks_per_payment
    return PaymentProgress(
        year=year,
        cadence=terms.cadence,
        paid_to_date=total(_paid_for(year, paid)),
        full_year=fund.weekly_budget.times(WEEKS_A_YEAR),
        weeks_covered_by_cadence=covered,
        weeks_in_full_year=WEEKS_A_YEAR,
        short_at_year_end=fund.weekly_budget.times(max(WEEKS_A_YEAR - covered, 0)),
    )


def fund_year(starts_on: date, on: date) -> Period:
    """The fund's year, counted from its start date, that holds this day (CP 9.8); its first year for days before."""
    years = max((on.year - starts_on.year), 0)
    if years and add_months(starts_on, years * MONTHS_A_YEAR) > on:
        years -= 1
    first = add_months(starts_on, years * MONTHS_A_YEAR)
    return Period(from_on=first, to_on=add_days(add_months(starts_on, (years + 1) * MONTHS_A_YEAR), -1))


def _paid_for(year: Period, paid: Iterable[Paid]) -> Iterable[Pence]:
    for each in paid:
        if each.period and year.from_on <= each.period.from_on <= year.to_on:
            yield each.amount


def _differs(amount: Pence, due: Pence, terms: PaymentTerms) -> PaymentDiffers:
    wanted = f"{terms.weeks_per_payment} times the weekly budget, {format_gbp(due)} ({terms.clause})"
    sentence = f"{format_gbp(amount)} is not {wanted}; give the reason for the difference."
    return PaymentDiffers(sentence, errors=[FieldError(field="amount_pence", rule="as-due", message=sentence)])
