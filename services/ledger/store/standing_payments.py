"""The standing payments of each book as far as they were last folded: kept so that a payment run reads later blocks only.

What is kept is held against the block it was folded up to, and folded anew where that is not the one it was. Losing all of
it costs time only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.ledger.errors import BookBroken
from services.ledger.model.blocks import block_id
from services.ledger.model.entries import Period
from services.ledger.model.standing_payments import Paid, StandingPayments
from shared.dates import parse_day
from shared.money import Pence
from shared.store.documents import AnyOf, Between, Collection, Document, Documents

STANDING_PAYMENTS = Collection(name="standing_payments")
"""A fund's id, the block folded up to with its hash, and the payments as [entry, pence, first day, last day]."""

KEPT_AFTER = 32
"""Blocks that are read once more each time rather than kept: what is kept is written anew behind so many later blocks."""
LAST_NUMBER = 10**10 - 1


class FoldedPayments:
    """Standing payments of books, from what is kept of them and the blocks since."""

    def __init__(self, *, blocks: Documents, kept: Documents | None = None, kept_after: int = KEPT_AFTER) -> None:
        self._blocks = blocks
        self._kept = kept
        self._kept_after = kept_after

    def of(self, fund_id: str, *, up_to: int | None = None) -> StandingPayments:
        """The book's standing payments, of the blocks up to a number if it is given. Raises `BookBroken`."""
        kept = self._kept.get(fund_id) if self._kept else None
        return self._folded(fund_id, kept_in(kept) if kept else None, up_to=up_to)

    def of_many(self, fund_ids: Sequence[str]) -> dict[str, StandingPayments]:
        """Those of many books; what took many blocks to fold is kept. Raises `BookBroken`."""
        if not fund_ids:
            return {}
        kept = self._kept_of(fund_ids)
        folded = {id: self._folded(id, kept_in(kept[id]) if id in kept else None) for id in fund_ids}
        self._keep(folded, kept)
        return folded

    def _kept_of(self, fund_ids: Sequence[str]) -> dict[str, Document]:
        if self._kept is None:
            return {}
        found = self._kept.find([AnyOf(path="_id", values=list(fund_ids))], limit=len(fund_ids)).items
        return {document["_id"]: document for document in found}

    def _folded(self, fund_id: str, kept: StandingPayments | None, *, up_to: int | None = None) -> StandingPayments:
        from_start = StandingPayments(book=fund_id)
        last = LAST_NUMBER if up_to is None else up_to
        try:
            if kept is not None and 0 < kept.number <= last:
                blocks = self._from(fund_id, kept.number, last)
                if next(blocks, {}).get("hash") == kept.hash:
                    return kept.with_blocks(blocks)
            return from_start.with_blocks(self._from(fund_id, 1, last))
        except (KeyError, TypeError, ValueError) as error:
            raise BookBroken(f"The book of fund {fund_id} does not read as one; ask for the fund's proof.") from error

    def _from(self, fund_id: str, first: int, last: int) -> Iterator[Document]:
        ids = Between(path="_id", low=block_id(fund_id, first), high=block_id(fund_id, last), including_high=True)
        return self._blocks.each([ids])

    def _keep(self, folded: Mapping[str, StandingPayments], kept: Mapping[str, Document]) -> None:
        """Another process may keep the same at once: either is right for its block, and the next reading begins there."""
        if self._kept is None:
            return
        grown = [each for each in folded.values() if each.number - _number_of(kept.get(each.book)) >= self._kept_after]
        new = [_as_kept(each, version=1) for each in grown if each.book not in kept]
        changed = [(each, kept[each.book]["version"]) for each in grown if each.book in kept]
        self._kept.insert_many(new, lazily=True)
        self._kept.replace_many(
            [(_as_kept(each, version=version + 1), version) for each, version in changed], lazily=True
        )


def kept_in(document: Mapping[str, Any]) -> StandingPayments:
    """What was kept of a book."""
    return StandingPayments(
        book=document["_id"],
        number=document["number"],
        hash=document["hash"],
        paid=tuple(
            Paid(
                entry_id=entry_id,
                amount=Pence(pence),
                period=Period(from_on=parse_day(days[0]), to_on=parse_day(days[1])) if days else None,
            )
            for entry_id, pence, *days in document["paid"]
        ),
    )


def _as_kept(payments: StandingPayments, *, version: int) -> Document:
    paid = [[each.entry_id, each.amount.amount, *_days(each.period)] for each in payments.paid]
    return {
        "_id": payments.book,
        "version": version,
        "number": payments.number,
        "hash": payments.hash,
        "paid": paid,
    }


def _days(period: Period | None) -> list[str]:
    return [period.from_on.isoformat(), period.to_on.isoformat()] if period else []


def _number_of(kept: Document | None) -> int:
    return int(kept["number"]) if kept else 0
