"""What is looked for before the fund pays: other funding, and for equipment the council's own route (CP 2.3, 2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.ledger.model.decisions import Ground
from shared.errors import invalid
from shared.money import Pence, format_gbp
from shared.policy.pack import PolicyPack

Supply = Literal["service", "goods", "equipment"]
SUPPLIES: tuple[Supply, ...] = ("service", "goods", "equipment")
CouncilAnswer = Literal["cannot", "provides", "sources"]
COUNCIL_ANSWERS: tuple[CouncilAnswer, ...] = ("cannot", "provides", "sources")
OTHER_FUNDING = "other-funding"
NOT_FOR_LESS = "not-for-less"
"""The reading by which the fund may buy even what the council provides, unless that is for less."""


@dataclass(frozen=True, kw_only=True)
class SoughtFirst:
    """What was looked for: where each answer is on record, and what the council's answer was.

    `council_answer`: it cannot get the item, provides it itself, or sources it at `council_price`.
    """

    other_funding: str = ""
    council_route: str = ""
    council_answer: CouncilAnswer | None = None
    council_price: Pence | None = None


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """One thing that is looked for first, and for which supplies it is asked."""

    step: str
    label: str
    supplies: frozenset[str]
    clause: str


@dataclass(frozen=True, kw_only=True)
class FirstRules:
    """A council's reading of CP 2.3 and 2.9. `test` is empty where the pack leaves open what keeps equipment out."""

    steps: tuple[FirstStep, ...]
    test: str
    test_clause: str


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What comes of it: what stands in the way, or else what was shown."""

    missing: tuple[Ground, ...] = ()
    shown: tuple[Ground, ...] = ()


def first_rules_of(pack: PolicyPack) -> FirstRules | None:
    """CP 2.3 and 2.9 as this pack reads them; nothing where it leaves them out."""
    if not (pack.sets("sought_first") and pack.sets("equipment_test")):
        return None
    return FirstRules(
        steps=tuple(
            FirstStep(step=row["step"], label=row["label"], supplies=frozenset(row["supplies"]), clause=row["clause"])
            for row in pack.table("sought_first")
        ),
        test=pack.text("equipment_test"),
        test_clause=pack.entry("equipment_test").clause or "",
    )


def look_first(supply: Supply, amount: Pence, sought: SoughtFirst, rules: FirstRules) -> Looked:
    """Whether what comes before the fund was looked for, and left the item to the fund.

    Raises `Invalid` for a council that sources it at no price.
    """
    asked = [step for step in rules.steps if supply in step.supplies]
    lacking = [_lacking(step, sought) for step in asked if not _is_shown(step, sought)]
    if lacking:
        return Looked(missing=tuple(lacking))
    kept_out = _kept_out(amount, sought, rules) if supply == "equipment" else None
    if kept_out:
        return Looked(missing=(kept_out,))
    return Looked(shown=tuple(_shown(step, sought) for step in asked))


def _is_shown(step: FirstStep, sought: SoughtFirst) -> bool:
    if step.step == OTHER_FUNDING:
        return bool(sought.other_funding)
    return bool(sought.council_route) and sought.council_answer is not None


def _lacking(step: FirstStep, sought: SoughtFirst) -> Ground:
    return Ground(
        clause=step.clause,
        reason=f"Nothing shows that this was looked for first: {_lower(step.label)} ({step.clause}).",
        would_change=f"Say what came of it, and where that is on record: {_lower(step.label)}.",
        field=f"sought_first.{_unsaid(step, sought)}",
    )


def _unsaid(step: FirstStep, sought: SoughtFirst) -> str:
    if step.step == OTHER_FUNDING:
        return "other_funding"
    return "council_answer" if sought.council_route else "council_route"


def _shown(step: FirstStep, sought: SoughtFirst) -> Ground:
    record = sought.other_funding if step.step == OTHER_FUNDING else sought.council_route
    return Ground(clause=step.clause, reason=f"{step.label} came first: {record} ({step.clause}).")


def _kept_out(amount: Pence, sought: SoughtFirst, rules: FirstRules) -> Ground | None:
    price = sought.council_price
    if sought.council_answer == "sources" and price is None:
        raise invalid("sought_first.council_price_pence", "required", "Give the price that the council sources it at.")
    if sought.council_answer == "provides" and rules.test != NOT_FOR_LESS:
        reason = f"The council provides this itself ({rules.test_clause})."
        return Ground(clause=rules.test_clause, reason=reason, field="sought_first.council_answer")
    if sought.council_answer in ("provides", "sources") and (price is None or price < amount):
        at = "for nothing" if price is None else f"for {format_gbp(price)}"
        return Ground(
            clause=rules.test_clause,
            reason=f"The council gets this {at}, which is better value than {format_gbp(amount)} ({rules.test_clause}).",
            would_change="The same item at the council's price or less could be bought." if price else "",
            field="amount_pence" if price else "sought_first.council_answer",
        )
    return None


def _lower(label: str) -> str:
    return f"{label[0].lower()}{label[1:]}"


def readings_asked(supply: Supply, steps: Sequence[FirstStep]) -> tuple[str, ...]:
    """The names of the pack's readings that an answer about this supply rests on."""
    asked = any(supply in step.supplies for step in steps)
    return (*(("sought_first",) if asked else ()), *(("equipment_test",) if supply == "equipment" else ()))
