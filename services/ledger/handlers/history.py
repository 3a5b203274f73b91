"""Importing the earlier life of a book, by an officer named for it."""

from __future__ import annotations

from collections.abc import Sequence

from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import effective_day, key_of, post_entries
from services.ledger.model.blocks import Block, Head
from services.ledger.model.entries import Draft
from services.ledger.model.funds import Fund
from services.ledger.model.history import ImportHistory, past_drafts
from services.ledger.ports import Books
from shared.clock import Clock
from shared.messaging.aggregates import Aggregates
from shared.messaging.cause import Cause


def import_history(
    command: ImportHistory, *, cause: Cause, funds: Aggregates[Fund], books: Books, clock: Clock, attempts: int
) -> Block:
    """Posts earlier entries with the instants at which they were recorded, all or none of them.

    Raises `BookHasOwnEntries`, `NotInOrder`, `FundClosed`, `WouldOverdrawFund`, and what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    for past in command.entries:
        effective_day(past.effective_on, clock)

    def decide(_head: Head) -> Sequence[Draft]:
        fund.check_open()
        return past_drafts(command, list(books.entries(fund.fund_id)), now=clock.now(), key=key_of(cause))

    return post_entries(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)
