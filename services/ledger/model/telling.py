"""What a posted block tells the other services: one event on the `journal` stream for each entry, ids and amounts
only.
"""

from __future__ import annotations

from typing import Any

from services.ledger.model.blocks import Block, in_hand_after
from services.ledger.model.entries import Entry
from services.ledger.model.funds import Fund
from shared.events.language import Event
from shared.events.ledger import EntryReversed, FundBookClosed, FundFunded, SpendPosted
from shared.money import Pence


def events_of(block: Block, fund: Fund) -> list[Event]:
    """The block's events, in the order of its entries."""
    return [_event(entry, fund, after) for entry, after in zip(block.entries, in_hand_after(block), strict=True)]


def _event(entry: Entry, fund: Fund, after: Pence) -> Event:
    if entry.draft.reverses is not None:
        return EntryReversed(
            fund_id=fund.fund_id,
            entry_id=entry.entry_id,
            reversed_entry_id=entry.draft.reverses,
            balance_pence=after.amount,
        )
    if entry.type == "closing":
        return FundBookClosed(fund_id=fund.fund_id, entry_id=entry.entry_id)
    facts: dict[str, Any] = {
        "fund_id": fund.fund_id,
        "person_id": fund.person_id,
        "entry_id": entry.entry_id,
        "amount_pence": entry.amount.amount,
        "balance_pence": after.amount,
        "effective_on": entry.effective_on,
    }
    if entry.type == "payment-in":
        return FundFunded(**facts)
    return SpendPosted(**facts, payee_id=entry.draft.purpose.payee_id if entry.draft.purpose else None)
