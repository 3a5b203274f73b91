"""A personal budget by rate: what each service model costs a week, by declared or by average rate (CP 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.money import Pence

Basis = Literal["declared", "average"]
RateUnit = Literal["hour", "day", "session", "week"]
BASES: tuple[Basis, ...] = ("declared", "average")
UNITS: tuple[RateUnit, ...] = ("hour", "day", "session", "week")


@dataclass(frozen=True, kw_only=True)
class RateAsked:
    """So much of a service model a week. A declared rate comes with where it was declared; an average one is the pack's."""

    service_model: str
    basis: Basis
    unit: RateUnit
    hundredths: int
    declared_rate: Pence | None = None
    declared_in: str = ""


@dataclass(frozen=True, kw_only=True)
class BudgetLine:
    """One line of a budget. `hundredths` of the unit a week, so that 1050 hours are ten and a half."""

    service_model: str
    basis: Basis
    unit: RateUnit
    hundredths: int
    rate: Pence
    weekly: Pence
    declared_in: str = ""
    policy_version: str = ""


def budget_line(asked: RateAsked, *, rate: Pence, policy_version: str) -> BudgetLine:
    """What the line comes to a week."""
    return BudgetLine(
        service_model=asked.service_model,
        basis=asked.basis,
        unit=asked.unit,
        hundredths=asked.hundredths,
        rate=rate,
        weekly=_times_hundredths(rate, asked.hundredths),
        declared_in=asked.declared_in,
        policy_version=policy_version,
    )


def _times_hundredths(rate: Pence, hundredths: int) -> Pence:
    """To the nearest penny, half a penny up; the source says nothing of rounding."""
    return Pence((2 * rate.amount * hundredths + 100) // 200)
