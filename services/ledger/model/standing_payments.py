"""The payments in that stand in a book, each with its days: all that the next payment asks of it, folded block by block.

What was folded up to a block can be kept, and only later blocks are read then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.ledger.model.blocks import NO_BLOCK_BEFORE
from services.ledger.model.entries import Entry, Period, standing
from shared.money import Pence


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A payment in that has not been reversed, and the days that it is for, if it says."""

    entry_id: str
    amount: Pence
    period: Period | None = None


@dataclass(frozen=True, kw_only=True)
class StandingPayments:
    """Those of one book up to a block, in the order they were posted."""

    book: str
    number: int = 0
    hash: str = NO_BLOCK_BEFORE
    paid: tuple[Paid, ...] = ()

    def with_blocks(self, blocks: Iterable[Mapping[str, Any]]) -> StandingPayments:
        """With the stored blocks that follow. Raises `KeyError`, `TypeError` or `ValueError` for what is none of them."""
        paid = {each.entry_id: each for each in self.paid}
        number, last = self.number, self.hash
        for block in blocks:
            number, last = number + 1, block["hash"]
            if block["number"] != number:
                raise ValueError(f"block {block['number']} does not follow block {number - 1}")
            for entry in block["entries"]:
                if entry["type"] == "payment-in":
                    paid[entry["entry_id"]] = paid_by(entry)
                elif "reverses" in entry:
                    paid.pop(entry["reverses"], None)
        return replace(self, number=number, hash=last, paid=tuple(paid.values()))


def paid_by(entry: Mapping[str, Any]) -> Paid:
    """The payment that a stored entry is."""
    amount = sum(amount for _, amount, _ in entry["postings"] if amount > 0)
    days = entry.get("period")
    period = Period(from_on=date.fromisoformat(days[0]), to_on=date.fromisoformat(days[1])) if days else None
    return Paid(entry_id=entry["entry_id"], amount=Pence(amount), period=period)


def paid_among(entries: Sequence[Entry]) -> tuple[Paid, ...]:
    """The payments in among these entries that none of them reverses."""
    return tuple(
        Paid(entry_id=entry.entry_id, amount=entry.amount, period=entry.draft.period)
        for entry in standing(entries)
        if entry.type == "payment-in"
    )
