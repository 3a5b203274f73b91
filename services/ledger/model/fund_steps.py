"""The life of a fund, in the order that CP 3.2 gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from services.ledger.model.arrangements import Arrangement
from services.ledger.model.funds import Fund
from shared.dates import london_day

DoneOn = Callable[[Fund, Arrangement], date | None]


@dataclass(frozen=True, kw_only=True)
class LifeStep:
    """One step: who takes it, under which clause, and the day it was taken."""

    number: int
    code: str
    words: str
    clause: str
    by: str
    done_on: DoneOn


@dataclass(frozen=True, kw_only=True)
class StepTaken:
    """Where one fund stands with one step."""

    step: LifeStep
    done_on: date | None


def _outcomes_set(fund: Fund, arrangement: Arrangement) -> date | None:
    return arrangement.arranged_on if arrangement.outcomes else None


def _drafted(fund: Fund, arrangement: Arrangement) -> date | None:
    if arrangement.drafts:
        return london_day(arrangement.drafts[-1].written_at)
    return fund.plan.agreed_on if fund.plan else None


def _review(number: int) -> DoneOn:
    def held(fund: Fund, arrangement: Arrangement) -> date | None:
        held_on = sorted(review.held_on for review in arrangement.reviews)
        return held_on[number] if len(held_on) > number else None

    return held


LIFE: tuple[LifeStep, ...] = (
    LifeStep(
        number=1,
        code="budget-set",
        words="The council sets the indicative budget and the high-level outcomes",
        clause="CP 3.2.1",
        by="council",
        done_on=_outcomes_set,
    ),
    LifeStep(
        number=2,
        code="provider-chosen",
        words="The person chooses the provider",
        clause="CP 3.2.2",
        by="person",
        done_on=lambda fund, _: fund.opened_on,
    ),
    LifeStep(
        number=3,
        code="plan-drawn-up",
        words="Provider and person draw up the plan with its costs",
        clause="CP 3.2.3",
        by="provider and person",
        done_on=_drafted,
    ),
    LifeStep(
        number=4,
        code="plan-agreed",
        words="The social worker agrees the plan",
        clause="CP 3.2.4",
        by="social worker",
        done_on=lambda fund, _: fund.plan.agreed_on if fund.plan else None,
    ),
    LifeStep(
        number=5,
        code="plan-started",
        words="The plan is enacted and support starts",
        clause="CP 3.2.5",
        by="provider",
        done_on=lambda _, arrangement: arrangement.started_on,
    ),
    LifeStep(
        number=6,
        code="first-review",
        words="The council reviews the arrangement after about six weeks",
        clause="CP 3.2.6",
        by="council",
        done_on=_review(0),
    ),
    LifeStep(
        number=7,
        code="later-reviews",
        words="Reviews each year, or on request when circumstances change",
        clause="CP 3.2.7",
        by="council",
        done_on=_review(1),
    ),
)
"""The seven steps as one table."""


def steps_of(fund: Fund, arrangement: Arrangement) -> tuple[StepTaken, ...]:
    """Each step, and the day on which this fund took it."""
    return tuple(StepTaken(step=step, done_on=step.done_on(fund, arrangement)) for step in LIFE)


def next_step(fund: Fund, arrangement: Arrangement) -> LifeStep | None:
    """The first step that is still to be taken; none for a fund that is closed."""
    if fund.status == "closed":
        return None
    return next((taken.step for taken in steps_of(fund, arrangement) if taken.done_on is None), None)
