"""Correcting an entry: never edited, undone by its reversal."""

from __future__ import annotations

from services.ledger.errors import AlreadyReversed, EntryNotFound, ReservationNotReversed, ReversalIsFinal
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import effective_day, key_of, post_entry
from services.ledger.model.blocks import Head, Posted, place_of
from services.ledger.model.commands import ReverseEntry
from services.ledger.model.entries import Draft, Entry, undone
from services.ledger.model.funds import Fund
from services.ledger.ports import Books
from shared.clock import Clock
from shared.messaging.aggregates import Aggregates
from shared.messaging.cause import Cause


def reverse_entry(
    command: ReverseEntry, *, cause: Cause, funds: Aggregates[Fund], books: Books, clock: Clock, attempts: int
) -> Posted:
    """Posts the opposite of an entry, once; the two net to nought.

    Raises `EntryNotFound`, `AlreadyReversed`, `ReversalIsFinal`, `ReservationNotReversed`, `WouldOverdrawFund` when the
    money is spent already, and what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    effective_on = effective_day(command.effective_on, clock)

    def decide(_head: Head) -> Draft:
        fund.check_open()
        entry = _reversible(command, books)
        return Draft(
            type="reversal",
            legs=undone(entry),
            effective_on=effective_on,
            policy_version=entry.draft.policy_version,
            reference=command.reason,
            reverses=entry.entry_id,
            key=key_of(cause),
        )

    return post_entry(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)


def _reversible(command: ReverseEntry, books: Books) -> Entry:
    place = place_of(command.entry_id)
    entry = books.entry(command.entry_id) if place and place[0] == command.fund_id else None
    if entry is None:
        raise EntryNotFound(f"Fund {command.fund_id} has no entry {command.entry_id}.")
    if entry.type == "reversal":
        raise ReversalIsFinal(f"Entry {entry.entry_id} is a reversal; post the original anew instead.")
    if entry.type == "reserve" or entry.draft.resolves:
        raise ReservationNotReversed(
            f"Entry {entry.entry_id} belongs to a reservation; call the reservation off instead."
        )
    reversal = books.reversal_of(entry.entry_id)
    if reversal is not None:
        raise AlreadyReversed(f"Entry {entry.entry_id} was reversed by entry {reversal.entry_id}.")
    return entry
