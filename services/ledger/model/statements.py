"""Statements and balances, folded from a book's entries by the day they count from and the instant they were
recorded.

Two dates are kept: `effective_on`, when an entry counts, and `recorded_at`, when the ledger learned of it. A balance
may be asked as of any day, as known at any instant. Opening plus movements is closing, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from services.ledger.model.chart import CHART, HELD, family_of, in_hand, side_of
from services.ledger.model.entries import Entry, Period, fold, movement_in_hand
from services.ledger.model.funds import Fund
from shared.dates import start_of_london_day
from shared.errors import invalid
from shared.money import ZERO, Pence

_SPARE = timedelta(days=1)
_FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class AccountLine:
    """One account over a period: opening plus movement is closing."""

    account: str
    words: str
    opening: Pence
    movement: Pence

    @property
    def closing(self) -> Pence:
        return self.opening + self.movement

    @property
    def side(self) -> str:
        return side_of(self.closing)


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One entry as the fund's money felt it: what came in or went out, and the money in hand after it."""

    entry: Entry
    movement: Pence
    balance: Pence

    @property
    def side(self) -> str:
        return side_of(self.movement)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A fund's statement for some days (CP 9.8), with the head of the book it was made from.

    `head_number` and `head_hash` let a later proof show that nothing before them was changed.
    """

    fund: Fund
    period: Period
    opening: Pence
    closing: Pence
    lines: tuple[StatementLine, ...]
    accounts: tuple[AccountLine, ...]
    policy_versions: tuple[str, ...]
    head_number: int
    head_hash: str
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What the accounts stand at, as of a day and as known at an instant."""

    fund_id: str
    as_of: date
    known_at: datetime
    accounts: tuple[AccountLine, ...]
    in_hand: Pence
    free: Pence


def known_entries(entries: Iterable[Entry], known_at: datetime) -> list[Entry]:
    """What the ledger knew at this instant, by the day it counts from, then in the order it was posted."""
    known = [entry for entry in entries if entry.recorded_at <= known_at]
    return sorted(known, key=lambda entry: entry.effective_on)


@dataclass(frozen=True, kw_only=True)
class Tail:
    """The later entries of a book, in the order they were posted, and what the accounts stood at before the first of them.

    `number` is the block that the balances are carried from, 0 for a tail that is the whole book.
    """

    entries: tuple[Entry, ...]
    balances: Mapping[str, Pence] = field(default_factory=dict)
    number: int = 0


def read_from(*, on: date, known_at: datetime) -> datetime:
    """From which instant on blocks are read for a question about this day and later, as known then.

    Nothing counts from a day after that on which it was recorded, so whatever was recorded before the day is in the
    balance carried into it. A whole day more is read: no two replicas' clocks are so far apart.
    """
    return max(min(start_of_london_day(on), known_at), _FIRST_INSTANT + _SPARE) - _SPARE


def make_balance(fund: Fund, tail: Tail, *, as_of: date, known_at: datetime) -> Balance:
    """The fund's balance as of the end of a day, as known at an instant. The tail begins by `read_from` that day."""
    counted = (entry for entry in known_entries(tail.entries, known_at) if entry.effective_on <= as_of)
    balances = fold(counted, onto=tail.balances)
    return Balance(
        fund_id=fund.fund_id,
        as_of=as_of,
        known_at=known_at,
        accounts=_account_lines({}, balances),
        in_hand=in_hand(balances),
        free=balances.get(HELD, ZERO),
    )


def first_day(fund: Fund, entries: Sequence[Entry]) -> date:
    """The fund's first day, or that of an entry that counts from an earlier one."""
    return min([fund.opened_on, fund.starts_on, *(entry.effective_on for entry in entries)])


def make_statement(
    fund: Fund, tail: Tail, *, period: Period, made_at: datetime, head_number: int, head_hash: str
) -> Statement:
    """The statement for these days, of a tail that begins by `read_from` the first of them.

    Raises `Invalid` when the last day comes before the first.
    """
    if period.to_on < period.from_on:
        raise invalid("to", "not-before-from", "The last day comes before the first.")
    known = known_entries(tail.entries, made_at)
    opening = fold((entry for entry in known if entry.effective_on < period.from_on), onto=tail.balances)
    within = [entry for entry in known if period.from_on <= entry.effective_on <= period.to_on]
    lines = _statement_lines(within, in_hand(opening))
    return Statement(
        fund=fund,
        period=period,
        opening=in_hand(opening),
        closing=lines[-1].balance if lines else in_hand(opening),
        lines=lines,
        accounts=_account_lines(opening, fold(within)),
        policy_versions=tuple(dict.fromkeys(entry.draft.policy_version for entry in within)),
        head_number=head_number,
        head_hash=head_hash,
        made_at=made_at,
    )


def _statement_lines(entries: Sequence[Entry], opening: Pence) -> tuple[StatementLine, ...]:
    lines = []
    balance = opening
    for entry in entries:
        movement = movement_in_hand(entry)
        balance = balance + movement
        lines.append(StatementLine(entry=entry, movement=movement, balance=balance))
    return tuple(lines)


def _account_lines(opening: Mapping[str, Pence], moved: Mapping[str, Pence]) -> tuple[AccountLine, ...]:
    """In the order of the chart, accounts of one family by name."""
    order = list(CHART)
    accounts = sorted({*opening, *moved}, key=lambda account: (order.index(family_of(account).name), account))
    return tuple(
        AccountLine(
            account=account,
            words=family_of(account).words,
            opening=opening.get(account, ZERO),
            movement=moved.get(account, ZERO),
        )
        for account in accounts
    )
