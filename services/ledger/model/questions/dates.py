"""When the person's contribution is invoiced (CP 5.4), and when a fund's summary is due (CP 9.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.ledger.model.decisions import Answer, Case, Ground, Question, missing_fact, readings_of
from services.ledger.model.payments import fund_year
from services.ledger.model.series import Turn, turn_on_or_after

CONTRIBUTION_INVOICE = "contribution_invoice"
FUND_SUMMARY = "fund_summary"


@dataclass(frozen=True, kw_only=True)
class DateFacts:
    """The fund's first day, where no fund is named."""

    starts_on: date | None = None


def contribution_date(facts: DateFacts, case: Case) -> Answer:
    """When the next invoice for the person's contribution is due, and for which days."""
    turn = _turn(CONTRIBUTION_INVOICE, facts, case)
    days = f"{turn.days.from_on} to {turn.days.to_on}"
    reason = f"The contribution for {days} is invoiced on {turn.deadline.due_on}, apart from the fund"
    return _dated(CONTRIBUTION_INVOICE, reason, turn, case, {})


def summary_dates(facts: DateFacts, case: Case) -> Answer:
    """When the next annual summary is due, for which days, and the year that the day asked about falls in."""
    turn = _turn(FUND_SUMMARY, facts, case)
    reason = f"The summary of {turn.days.from_on} to {turn.days.to_on} is due on {turn.deadline.due_on}"
    year = fund_year(_starts_on(facts, case), case.on)
    values = {"year": {"from": year.from_on.isoformat(), "to": year.to_on.isoformat()}}
    return _dated(FUND_SUMMARY, reason, turn, case, values)


CONTRIBUTION_DATE = Question(
    name="contribution-date", about="When is the person's contribution invoiced next?", answer=contribution_date
)
SUMMARY_DATES = Question(
    name="summary-dates", about="When is the fund's annual summary due next?", answer=summary_dates
)


def _turn(clock: str, facts: DateFacts, case: Case) -> Turn:
    return turn_on_or_after(case.pack, clock, _starts_on(facts, case), case.on, case.due)


def _starts_on(facts: DateFacts, case: Case) -> date:
    starts_on = facts.starts_on or (case.fund.starts_on if case.fund else None)
    if starts_on is None:
        raise missing_fact("starts_on")
    return starts_on


def _dated(clock: str, reason: str, turn: Turn, case: Case, more: dict[str, Any]) -> Answer:
    rule = case.pack.clock(clock)
    clause = rule.clause or ""
    return Answer(
        verdict="value",
        grounds=(Ground(clause=clause, reason=f"{reason} ({clause})."),),
        readings=readings_of(rule),
        values={
            "occurrence": turn.occurrence,
            "days": {"from": turn.days.from_on.isoformat(), "to": turn.days.to_on.isoformat()},
            "due_on": turn.deadline.due_on.isoformat(),
            "provisional": turn.deadline.provisional,
            **more,
        },
    )
