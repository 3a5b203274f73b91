"""What a council gets of a fund: each month committed spend against budget (CP 10.3), each year a summary (CP 9.8).

By plan line, outcome and category; never by payee or document: spending within the plan is not itemised to commissioners.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.ledger.model.chart import family_of, in_hand
from services.ledger.model.entries import Entry, Period, fold
from services.ledger.model.funds import Fund, PlanLine
from services.ledger.model.position import counting, for_days
from services.ledger.model.statements import Tail
from shared.money import ZERO, Pence, total

OUTSIDE_THE_PLAN = "outside-plan"


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One activity of the plan, or what was spent outside it: planned, committed and spent in some days."""

    line_id: str
    outcome_id: str | None
    category: str
    planned: Pence
    committed: Pence
    spent: Pence


@dataclass(frozen=True, kw_only=True)
class MonthlyReturn:
    """A month of a fund, counted from its start: each activity, and committed and spent against the budget."""

    fund: Fund
    number: int
    days: Period
    due_on: date
    budget: Pence
    activities: tuple[Activity, ...]
    clause: str
    policy_version: str

    @property
    def committed(self) -> Pence:
        return total(activity.committed for activity in self.activities)

    @property
    def spent(self) -> Pence:
        return total(activity.spent for activity in self.activities)

    @property
    def planned(self) -> Pence:
        return total(activity.planned for activity in self.activities)


@dataclass(frozen=True, kw_only=True)
class AnnualSummary:
    """A year of a fund: income received and expenditure incurred, what is booked and not yet paid included."""

    fund: Fund
    year: Period
    to_on: date
    due_on: date
    received: Pence
    paid: Pence
    fees: Pence
    returned: Pence
    moved: Pence
    booked: Pence
    by_category: tuple[tuple[str, Pence], ...]
    opening: Pence
    closing: Pence
    clause: str
    policy_version: str

    @property
    def incurred(self) -> Pence:
        return self.paid + self.fees + self.booked


def monthly_return(
    fund: Fund,
    entries: Sequence[Entry],
    *,
    number: int,
    days: Period,
    due_on: date,
    clause: str,
    policy_version: str,
) -> MonthlyReturn:
    """The month's return, by the plan in force."""
    lines = fund.plan.lines if fund.plan else ()
    counted = [entry for entry in counting(entries, days) if entry.draft.purpose]
    taken: set[str] = set()
    activities = []
    for line in lines:
        mine = [entry for entry in counted if _serves(entry, line) and entry.entry_id not in taken]
        taken |= {entry.entry_id for entry in mine}
        activities.append(_activity(line, mine, days))
    rest = [entry for entry in counted if entry.entry_id not in taken]
    return MonthlyReturn(
        fund=fund,
        number=number,
        days=days,
        due_on=due_on,
        budget=for_days(fund.weekly_budget, days.days),
        activities=(*activities, *_outside(rest)),
        clause=clause,
        policy_version=policy_version,
    )


def annual_summary(
    fund: Fund,
    tail: Tail,
    *,
    corrected: Sequence[Entry],
    year: Period,
    to_on: date,
    due_on: date,
    clause: str,
    policy_version: str,
) -> AnnualSummary:
    """The year's summary up to a day, from the end of the book that begins by the year's first, and what it corrects of
    before. Opening and income less expenditure paid is closing, to the penny: corrections count on the day they count from.
    """
    entries = tail.entries
    days = Period(from_on=year.from_on, to_on=to_on)
    within = [entry for entry in entries if days.from_on <= entry.effective_on <= days.to_on]
    moved_to = _by_family(within)
    opening = in_hand(fold((entry for entry in entries if entry.effective_on < days.from_on), onto=tail.balances))
    return AnnualSummary(
        fund=fund,
        year=year,
        to_on=to_on,
        due_on=due_on,
        received=-moved_to["council"],
        paid=moved_to["payee"],
        fees=moved_to["fees"],
        returned=moved_to["returned"],
        moved=moved_to["clearing"],
        booked=_sum(entry for entry in counting(entries, days) if entry.type == "reserve"),
        by_category=_by_category(within, [*corrected, *entries]),
        opening=opening,
        closing=opening + in_hand(fold(within)),
        clause=clause,
        policy_version=policy_version,
    )


def _serves(entry: Entry, line: PlanLine) -> bool:
    purpose = entry.draft.purpose
    return purpose is not None and (purpose.outcome_id, purpose.category) == (line.outcome_id, line.category)


def _activity(line: PlanLine, entries: Sequence[Entry], days: Period) -> Activity:
    return Activity(
        line_id=line.line_id,
        outcome_id=line.outcome_id,
        category=line.category,
        planned=for_days(line.weekly_cost, days.days),
        committed=_sum(entry for entry in entries if entry.type == "reserve"),
        spent=_sum(entry for entry in entries if entry.type == "spend"),
    )


def _outside(entries: Sequence[Entry]) -> Iterable[Activity]:
    """What serves no line of the plan, by category."""
    for category in sorted({_category(entry) for entry in entries}):
        mine = [entry for entry in entries if _category(entry) == category]
        yield Activity(
            line_id=OUTSIDE_THE_PLAN,
            outcome_id=None,
            category=category,
            planned=ZERO,
            committed=_sum(entry for entry in mine if entry.type == "reserve"),
            spent=_sum(entry for entry in mine if entry.type == "spend"),
        )


def _by_family(entries: Sequence[Entry]) -> defaultdict[str, Pence]:
    families: defaultdict[str, Pence] = defaultdict(lambda: ZERO)
    for account, amount in fold(entries).items():
        families[family_of(account).name] += amount
    return families


def _by_category(within: Sequence[Entry], entries: Sequence[Entry]) -> tuple[tuple[str, Pence], ...]:
    """What was paid in each category; a correction takes off the category of the entry that it corrects."""
    by_id = {entry.entry_id: entry for entry in entries}
    sums: defaultdict[str, Pence] = defaultdict(lambda: ZERO)
    for entry in within:
        corrected = by_id.get(entry.draft.reverses or "")
        if entry.type == "spend":
            sums[_category(entry)] += entry.amount
        elif corrected is not None and corrected.type == "spend":
            sums[_category(corrected)] -= entry.amount
    return tuple(sorted(sums.items()))


def _category(entry: Entry) -> str:
    return entry.draft.purpose.category if entry.draft.purpose else ""


def _sum(entries: Iterable[Entry]) -> Pence:
    return total(entry.amount for entry in entries)
