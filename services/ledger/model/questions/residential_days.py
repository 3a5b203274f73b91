"""How many days of residential stay are left, before one is booked (CP 6.17(f))?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.ledger.model.decisions import Answer, Case, Ground, Question, readings_of
from services.ledger.model.entries import Period
from services.ledger.model.short_stays import StayLimit, days_counted, days_left, stays_among
from services.ledger.model.spend_rules import stay_limit_of


@dataclass(frozen=True, kw_only=True)
class StayFacts:
    """The first day that is thought of (the day asked about unless given), the stay if it has an end, and earlier stays."""

    first_on: date | None = None
    period: Period | None = None
    earlier_stays: tuple[Period, ...] = ()


def residential_days_left(facts: StayFacts, case: Case) -> Answer:
    """The most days that a stay from this day could last."""
    limit = stay_limit_of(case.pack)
    stays = (*facts.earlier_stays, *stays_among(case.entries))
    first_on = facts.period.from_on if facts.period else facts.first_on or case.on
    left = days_left(first_on, stays, limit)
    reason = f"From {first_on.isoformat()} on, {left} of {limit.most_days} days are left ({limit.clause})."
    names = ("short_stay_window_months", "short_stay_joining_gap_weeks")
    return Answer(
        verdict="value",
        grounds=(Ground(clause=limit.clause, reason=reason),),
        readings=readings_of(*(case.pack.entry(name) for name in names)),
        values={
            "first_on": first_on.isoformat(),
            "days_left": left,
            "most_days": limit.most_days,
            "window_months": limit.window_months,
            "stays": [{"from": stay.from_on.isoformat(), "to": stay.to_on.isoformat()} for stay in sorted_stays(stays)],
            **_of_period(facts.period, stays, limit),
        },
    )


RESIDENTIAL_DAYS_LEFT = Question(
    name="residential-days-left",
    about="How many days of residential stay are left from a day on, before a stay is booked?",
    answer=residential_days_left,
)


def sorted_stays(stays: tuple[Period, ...]) -> list[Period]:
    """The stays, the earliest first, each once."""
    return sorted(set(stays), key=lambda stay: (stay.from_on, stay.to_on))


def _of_period(period: Period | None, stays: tuple[Period, ...], limit: StayLimit) -> dict[str, Any]:
    if period is None:
        return {}
    counted = days_counted(period, stays, limit)
    return {"days_counted": counted, "days_too_many": max(counted - limit.most_days, 0)}
