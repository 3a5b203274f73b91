"""Closing a fund: first its book is ended, then the fund. Two records, so a process: cut short anywhere, it is finished."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from services.ledger.errors import FundNotEmpty
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import key_of, post_entry
from services.ledger.model.blocks import Head
from services.ledger.model.commands import CloseFund
from services.ledger.model.entries import Draft
from services.ledger.model.funds import Fund
from services.ledger.ports import Books
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import Stale
from shared.events.ledger import FundClosed
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause
from shared.messaging.processes import Process, Processes, Step
from shared.money import format_gbp

CLOSING = "close-fund"


def close_fund(
    command: CloseFund, *, cause: Cause, funds: Aggregates[Fund], books: Books, processes: Processes
) -> Stored[Fund]:
    """Ends the book, then the fund; a fund with money in hand stays open (CP 4.7).

    Raises `FundNotEmpty`, `FundClosed`, `Stale`, `NotFound`, and `StillUnderWay` when the ledger finishes it by itself.
    """
    stored = get_fund(command.fund_id, caller=cause.caller, funds=funds)
    data = {"fund_id": command.fund_id, "reason": command.reason}
    check = partial(_check, stored, cause, books)
    processes.carry_out(CLOSING, data, council_id=stored.council_id, cause=cause, check=check)
    return get_fund(command.fund_id, caller=cause.caller, funds=funds)


def closing(*, funds: Aggregates[Fund], books: Books, clock: Clock, attempts: int) -> Process:
    """The process. Only ending the book may be refused, for money in hand; a book once ended is never opened again."""
    end_book = partial(_end_book, funds=funds, books=books, clock=clock, attempts=attempts)
    return Process(
        name=CLOSING,
        steps=(Step(name="end-book", do=end_book), Step(name="close", do=partial(_close, funds=funds))),
    )


def _check(stored: Stored[Fund], cause: Cause, books: Books) -> None:
    """What refuses it before anything is written."""
    if cause.expected_version not in (None, stored.version):
        raise Stale(f"version {cause.expected_version} was expected, but the fund is at {stored.version}")
    stored.state.check_open()
    _check_empty(stored.id, books.head(stored.id))


def _check_empty(fund_id: str, head: Head) -> None:
    if head.in_hand:
        raise FundNotEmpty(f"Fund {fund_id} still has {format_gbp(head.in_hand)}.")


def _end_book(
    data: Mapping[str, Any], cause: Cause, *, funds: Aggregates[Fund], books: Books, clock: Clock, attempts: int
) -> None:
    fund = funds.get(data["fund_id"]).state
    if not books.head(fund.fund_id).closed:
        end = partial(_ending, fund, data["reason"], cause, clock)
        post_entry(end, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)


def _close(data: Mapping[str, Any], cause: Cause, *, funds: Aggregates[Fund]) -> None:
    told = FundClosed(fund_id=data["fund_id"])
    funds.change(data["fund_id"], lambda fund: Decision(state=fund.as_closed(), events=[told]), cause=cause)


def _ending(fund: Fund, reason: str, cause: Cause, clock: Clock, head: Head) -> Draft:
    _check_empty(fund.fund_id, head)
    return Draft(
        type="closing",
        legs=(),
        effective_on=london_day(clock.now()),
        policy_version=fund.policy_version,
        reference=reason,
        key=key_of(cause),
    )
