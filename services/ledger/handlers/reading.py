"""Reading a fund's money: balance, statement, entries and proof (CP 9.7, 9.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.ledger.errors import EntryNotFound
from services.ledger.handlers.funds import get_fund
from services.ledger.model.blocks import place_of
from services.ledger.model.entries import Entry, Period
from services.ledger.model.funds import Fund
from services.ledger.model.statements import (
    Balance,
    Statement,
    first_day,
    make_balance,
    make_statement,
    read_from,
)
from services.ledger.ports import Books, EntryPage
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.messaging.aggregates import Aggregates


@dataclass(frozen=True, kw_only=True)
class EntryAsItStands:
    """An entry, and the entry that reverses it."""

    entry: Entry
    reversed_by: str | None


def get_balance(
    fund_id: str,
    *,
    as_of: date | None,
    known_at: datetime | None,
    caller: Caller,
    funds: Aggregates[Fund],
    books: Books,
    clock: Clock,
) -> Balance:
    """The balance as of the end of a day (today), as known at an instant (now)."""
    fund = get_fund(fund_id, caller=caller, funds=funds).state
    now = clock.now()
    on, known = as_of or london_day(now), known_at or now
    tail = books.tail(fund_id, since=read_from(on=on, known_at=known))
    return make_balance(fund, tail, as_of=on, known_at=known)


def get_statement(
    fund_id: str,
    *,
    from_on: date | None,
    to_on: date | None,
    caller: Caller,
    funds: Aggregates[Fund],
    books: Books,
    clock: Clock,
) -> Statement:
    """The statement for these days, both included, from one state of the book: from the fund's first day to today
    unless given otherwise. Of days that are given, only what was posted since is read. Raises `Invalid`.
    """
    fund = get_fund(fund_id, caller=caller, funds=funds).state
    head = books.head(fund_id)
    now = clock.now()
    since = read_from(on=from_on, known_at=now) if from_on else None
    tail = books.tail(fund_id, since=since, up_to=head.number)
    return make_statement(
        fund,
        tail,
        period=Period(from_on=from_on or first_day(fund, tail.entries), to_on=to_on or london_day(now)),
        made_at=now,
        head_number=head.number,
        head_hash=head.hash,
    )


def list_entries(
    fund_id: str, *, after: str | None, limit: int, caller: Caller, funds: Aggregates[Fund], books: Books
) -> EntryPage:
    """Entries of the fund's book, the newest first."""
    get_fund(fund_id, caller=caller, funds=funds)
    return books.page(fund_id, after=after, limit=limit)


def get_entry(fund_id: str, entry_id: str, *, caller: Caller, funds: Aggregates[Fund], books: Books) -> EntryAsItStands:
    """One entry of the fund's book. Raises `EntryNotFound`, `NotFound`."""
    get_fund(fund_id, caller=caller, funds=funds)
    place = place_of(entry_id)
    entry = books.entry(entry_id) if place and place[0] == fund_id else None
    if entry is None:
        raise EntryNotFound(f"Fund {fund_id} has no entry {entry_id}.")
    reversal = books.reversal_of(entry_id)
    return EntryAsItStands(entry=entry, reversed_by=reversal.entry_id if reversal else None)
