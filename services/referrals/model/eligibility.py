"""Who a referral is for and under which part of the contract: decided by the rows of the council's policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Facts = Mapping[str, bool | None]
"""What is known of a referral by the policy's own names; `None` where nobody has said."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """Whether somebody pays for themselves, and what says so: capital, income, or whoever referred."""

    self_funder: bool | None = None
    because: str | None = None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition of the council's policy, and whether it is met; `None` while nobody has said."""

    condition: str
    met: bool | None = None
    refusal_reason: str | None = None


def means_of(
    *, declared: bool | None, capital_pence: int | None, income_covers_fees: bool | None, limit_pence: int | None
) -> Means:
    """A self-funder has capital over the limit (exactly the limit is not over it), or an income that covers the fees
    (CE Definitions). What is known of the means goes before what is only said.
    """
    if capital_pence is not None and limit_pence is not None and capital_pence > limit_pence:
        return Means(self_funder=True, because="capital")
    if income_covers_fees:
        return Means(self_funder=True, because="income")
    if capital_pence is not None and limit_pence is not None and income_covers_fees is False:
        return Means(self_funder=False, because="means")
    return Means(self_funder=declared, because=None if declared is None else "declared")


def component_of(rows: Iterable[Mapping[str, Any]], facts: Facts) -> str | None:
    """The first component whose facts all hold (CE 1.1); none while a fact that decides is not known."""
    for row in rows:
        values = [facts.get(name) for name in row["when"]]
        if all(values):
            return str(row["component"])
        if not any(value is False for value in values):
            return None
    return None


def conditions_of(rows: Iterable[Mapping[str, Any]], facts: Facts) -> tuple[Condition, ...]:
    """Each condition of the policy (CE 1.1; CP 3.1), met when any of its facts holds."""
    return tuple(
        Condition(
            condition=row["condition"],
            met=_any_of([facts.get(name) for name in row["any_of"]]),
            refusal_reason=row.get("refusal_reason"),
        )
        for row in rows
    )


def known_of_both(known: tuple[Condition, ...], given: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """What was said later, and what was said before where that says nothing."""
    before = {one.condition: one for one in known}
    return tuple(before.get(one.condition, one) if one.met is None else one for one in given)


def is_of_age(born_on: date | None, *, on: date, years: int) -> bool | None:
    """Whether somebody has reached the age; who was born on 29 February does so on 1 March."""
    if born_on is None:
        return None
    return (on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))) >= years


def _any_of(values: list[bool | None]) -> bool | None:
    if any(values):
        return True
    return None if any(value is None for value in values) else False
