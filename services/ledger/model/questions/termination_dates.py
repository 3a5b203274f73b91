"""By when is what due when an agreement is terminated (CP 4.7)?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.ledger.model.decisions import Answer, Case, Ground, Question, readings_of
from services.ledger.model.termination import REPAYMENT, SETTLEMENT
from shared.dates import format_instant, start_of_london_day


@dataclass(frozen=True, kw_only=True)
class TerminationFacts:
    """The day the agreement ends; the day asked about unless given."""

    terminated_on: date | None = None


def termination_dates(facts: TerminationFacts, case: Case) -> Answer:
    """When every balance must be back, and when the council must have paid."""
    ended_on = facts.terminated_on or case.on
    dues = {name: case.due(name, start_of_london_day(ended_on), 1) for name in (REPAYMENT, SETTLEMENT)}
    clocks = [case.pack.clock(name) for name in dues]
    limits = {clock.name: clock for clock in clocks}
    return Answer(
        verdict="value",
        grounds=tuple(
            Ground(clause=limits[name].clause or "", reason=f"{limits[name].stops} {limits[name].note}")
            for name in dues
        ),
        readings=readings_of(*clocks),
        values={
            "terminated_on": ended_on.isoformat(),
            "balances_repaid_by": format_instant(dues[REPAYMENT].due_at),
            "council_settles_by": format_instant(dues[SETTLEMENT].due_at),
        },
    )


TERMINATION_DATES = Question(
    name="termination-dates",
    about="When an agreement ends: by when are the balances repaid, and by when does the council pay what it owes?",
    answer=termination_dates,
)
