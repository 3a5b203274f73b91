"""What the ledger keeps beside a book must follow from it: the fund's state, and when its reservations run out."""

from __future__ import annotations

from collections.abc import Set
from datetime import date

from services.ledger.model.blocks import Head
from services.ledger.model.funds import Fund
from services.ledger.model.reservations import Expiries
from services.ledger.model.standing_payments import StandingPayments
from services.ledger.model.verification import Finding, Reading


def strays(fund: Fund, head: Head, open_days: Set[date], noted: Expiries | None) -> list[Finding]:
    """What does not follow from the book, told at its last block.

    A book that has ended while its fund is open is none: the process that ends both is under way.
    """
    found = []
    if fund.status == "closed" and not head.closed:
        found.append("the fund is closed, but its book has no end")
    if fund.status == "closed" and head.in_hand:
        found.append("the fund is closed with money in hand")
    found += [f"a reservation runs out on {day}, and nothing will free it" for day in sorted(open_days - _days(noted))]
    return [Finding(book=fund.fund_id, number=head.number, what=what) for what in found]


def wrongly_paid(book: Reading, kept: StandingPayments) -> list[Finding]:
    """Whether what is kept of the book's payments leads to those that stand in it, where both were read up to one block."""
    if kept.number != book.number or kept.paid == tuple(book.paid.values()):
        return []
    what = "the payments kept beside the book are not those that stand in it"
    return [Finding(book=book.book, number=book.number, what=what)]


def _days(noted: Expiries | None) -> frozenset[date]:
    return frozenset(noted.days) if noted else frozenset()
