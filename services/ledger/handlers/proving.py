"""Proof of one fund's book, and of what the ledger keeps beside it (CP 9.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.ledger.handlers.funds import get_fund
from services.ledger.model.funds import Fund
from services.ledger.model.projections import strays, wrongly_paid
from services.ledger.model.reservations import Expiries
from services.ledger.model.verification import (
    Anchor,
    Clearing,
    Finding,
    Proof,
    Reading,
    proof_of,
    read_through,
    unsettled,
)
from services.ledger.ports import Books
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates
from shared.money import ZERO


def get_proof(
    fund_id: str,
    *,
    anchors: Sequence[Anchor] = (),
    caller: Caller | None,
    funds: Aggregates[Fund],
    books: Books,
    expiries: Aggregates[Expiries],
) -> Proof:
    """Reads the fund's book as it is stored and proves it, against heads told earlier if any are given.

    Of a book that holds it also proves what lies beside it: the fund's state, the days at which reservations run out, and
    that what moved between funds came to nought over their books.
    """
    fund = get_fund(fund_id, caller=caller, funds=funds).state
    read = read_through(books.stored_blocks(fund_id), anchors=anchors)
    proof = proof_of(read)
    if proof.findings:
        return proof
    book = read.get(fund_id) or Reading(book=fund_id)
    beside = [
        *strays(fund, book.head, book.open_days, noted_days(fund_id, expiries)),
        *wrongly_paid(book, books.standing_payments(fund_id)),
    ]
    return replace(proof, findings=(*beside, *_half_moved(fund, proof, funds, books)))


def noted_days(fund_id: str, expiries: Aggregates[Expiries]) -> Expiries | None:
    """The days at which the fund's reservations are looked at, if it ever had any."""
    try:
        return expiries.get(fund_id).state
    except NotFound:
        return None


def _half_moved(fund: Fund, proof: Proof, funds: Aggregates[Fund], books: Books) -> list[Finding]:
    """Clearing accounts of the book that do not come to nought with the books of the funds at the other end."""
    if not proof.clearing or not all(funds.get(source).state.status == "closed" for source in fund.moved_from):
        return []
    others = [*fund.moved_from, *([fund.moved_to] if fund.moved_to else [])]
    there = [
        Clearing(book=other, number=0, account=mine.account, pence=standing.amount)
        for other in others
        for mine in proof.clearing
        if (standing := books.head(other).balances.get(mine.account, ZERO))
    ]
    is_settled = fund.moved_to is not None or bool(fund.moved_from)
    found = unsettled(replace(proof, clearing=(*proof.clearing, *there))) if is_settled else []
    return [finding for finding in found if finding.book == fund.fund_id]
