"""Each pound and the outcome that it helps to reach (CP 3.2.3, 6.17(g))."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.ledger.model.chart import family_of
from services.ledger.model.entries import Entry, standing
from services.ledger.model.funds import Plan
from shared.money import ZERO, Pence, total

PAYEE = "payee"


@dataclass(frozen=True, kw_only=True)
class OutcomeMoney:
    """What is planned for an outcome each week, and what has been spent on it. Without an id: on none of the plan's."""

    outcome_id: str | None
    weekly_planned: Pence
    spent: Pence
    entry_ids: tuple[str, ...]


def money_by_outcome(plan: Plan | None, entries: Sequence[Entry]) -> tuple[OutcomeMoney, ...]:
    """The plan's outcomes, then others that money went to by agreement, then what names none; together all that was spent."""
    spends = [entry for entry in standing(entries) if _paid(entry)]
    planned = {} if plan is None else _planned(plan)
    others = sorted({_outcome(entry) or "" for entry in spends} - set(planned))
    ids = [*planned, *(other for other in others if other), *([None] if "" in others else [])]
    return tuple(_money(outcome_id, planned, spends) for outcome_id in ids)


def spent_in_all(parts: Iterable[OutcomeMoney]) -> Pence:
    """Everything that was spent."""
    return total(part.spent for part in parts)


def _planned(plan: Plan) -> dict[str, Pence]:
    planned: dict[str, Pence] = {}
    for line in plan.lines:
        planned[line.outcome_id] = planned.get(line.outcome_id, ZERO) + line.weekly_cost
    return planned


def _outcome(entry: Entry) -> str | None:
    return entry.draft.purpose.outcome_id if entry.draft.purpose else None


def _paid(entry: Entry) -> Pence:
    """What the entry paid to payees, whatever kind of entry it is."""
    return total(posting.amount for posting in entry.postings if family_of(posting.account).name == PAYEE)


def _money(outcome_id: str | None, planned: dict[str, Pence], spends: Sequence[Entry]) -> OutcomeMoney:
    served = [entry for entry in spends if _outcome(entry) == outcome_id]
    return OutcomeMoney(
        outcome_id=outcome_id,
        weekly_planned=planned.get(outcome_id or "", ZERO),
        spent=total(map(_paid, served)),
        entry_ids=tuple(entry.entry_id for entry in served),
    )
