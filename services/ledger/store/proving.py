"""Proof of everything the ledger stores: every book, what moved between them, and what lies beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from services.ledger.model.chart import is_clearing
from services.ledger.model.projections import strays, wrongly_paid
from services.ledger.model.reservations import open_until
from services.ledger.model.seals import NO_SEAL_BEFORE, Seal, leaf_hash, merkle_root
from services.ledger.model.verification import Anchor, Finding, Proof, Reading, proof_of, read_through, unsettled
from services.ledger.store.books import BLOCKS, StoredBooks
from services.ledger.store.funds import FUND, FUNDS
from services.ledger.store.reservations import EXPIRIES, EXPIRIES_OF_FUND
from services.ledger.store.seals import SEAL, SEAL_PAGES, SEALS, StoredLeaves
from services.ledger.store.standing_payments import STANDING_PAYMENTS, FoldedPayments, kept_in
from shared.clock import SystemClock
from shared.messaging.processes import PROCESSES, PROGRESS
from shared.money import ZERO
from shared.store.documents import AnyOf, Condition, Document, Documents, Store

PAGE = 200


def prove_all(store: Store) -> Proof:
    """Reads every stored book and proves it; of those that hold, also what lies beside them."""
    books = read_through(store.documents(BLOCKS).each(), anchors=chain(_sealed(store), _folded_up_to(store)))
    proof = proof_of(books)
    moves = unsettled(proof, under_way=_under_way(store))
    still = [finding for finding in moves if not _is_settled_by_now(store, finding.book)]
    found = [*still, *_broken_seals(store), *_strays(store, books), *_wrongly_paid(store, books)]
    return replace(proof, findings=(*proof.findings, *found))


def every(documents: Documents, *where: Condition) -> Iterator[Document]:
    """Every stored document of a collection, by id."""
    after: str | None = None
    while True:
        page = documents.find(where, after=after, limit=PAGE)
        yield from page.items
        if (after := page.next) is None:
            return


def _seals(store: Store) -> Iterator[Seal]:
    return (SEAL.load(document["state"]) for document in every(store.documents(SEALS)))


def _sealed(store: Store) -> Iterator[Anchor]:
    """Every head that was ever sealed: it must still be there."""
    leaves = StoredLeaves(store.documents(SEAL_PAGES))
    for seal in _seals(store):
        for leaf in leaves.read(seal.pages):
            yield Anchor(book=leaf.book, number=leaf.number, hash=leaf.hash)


def _folded_up_to(store: Store) -> Iterator[Anchor]:
    """The blocks that payments were folded up to: they must still be what they were."""
    for kept in map(kept_in, store.documents(STANDING_PAYMENTS).each()):
        yield Anchor(book=kept.book, number=kept.number, hash=kept.hash)


def _wrongly_paid(store: Store, books: Mapping[str, Reading]) -> Iterator[Finding]:
    """Kept payments that do not lead to those of the book, of the books that hold."""
    kept = store.documents(STANDING_PAYMENTS)
    payments = FoldedPayments(blocks=store.documents(BLOCKS), kept=kept)
    for document in kept.each():
        book = books.get(document["_id"])
        if book is None or book.findings:
            continue
        yield from wrongly_paid(book, payments.of(book.book, up_to=book.number))


def _broken_seals(store: Store) -> Iterator[Finding]:
    """Seals whose root does not follow from the heads under them, or that do not follow on one another."""
    leaves = StoredLeaves(store.documents(SEAL_PAGES))
    before, number = NO_SEAL_BEFORE, 0
    for seal in _seals(store):
        if seal.number != number + 1 or seal.previous_root != before:
            yield Finding(book=seal.seal_id, number=seal.number, what="the seal does not follow on the one before it")
        if merkle_root([leaf_hash(leaf) for leaf in leaves.read(seal.pages)]) != seal.root:
            yield Finding(book=seal.seal_id, number=seal.number, what="the seal's root is not over the heads under it")
        before, number = seal.root, seal.number


def _is_settled_by_now(store: Store, fund_id: str) -> bool:
    """Whether the move was done while the books were being read: its two books were read at two moments."""
    funds = {document["_id"]: FUND.load(document["state"]) for document in every(store.documents(FUNDS))}
    fund = funds.get(fund_id)
    if fund is None:
        return False
    ends = [fund_id, *fund.moved_from, *([fund.moved_to] if fund.moved_to else [])]
    books = _books(store)
    standing = [books.head(end).balances for end in ends]
    accounts = {account for balances in standing for account in balances if is_clearing(account)}
    return not any(sum(balances.get(account, ZERO).amount for balances in standing) for account in accounts)


def _books(store: Store) -> StoredBooks:
    return StoredBooks(documents=store.documents(BLOCKS), clock=SystemClock(), nudge=lambda _: None)


def _under_way(store: Store) -> frozenset[str]:
    """The moves that a process will finish."""
    still = AnyOf(path="state.phase", values=["doing", "undoing"])
    open_ones = (PROGRESS.load(document["state"]) for document in every(store.documents(PROCESSES), still))
    return frozenset(str(progress.data.get("transfer_id")) for progress in open_ones)


def _strays(store: Store, books: Mapping[str, Reading]) -> Iterator[Finding]:
    """What lies beside the books that hold. What does not follow from a book as it was read is held against it once more:
    the two were read at two moments.
    """
    noted = {document["_id"]: EXPIRIES_OF_FUND.load(document["state"]) for document in every(store.documents(EXPIRIES))}
    for document in every(store.documents(FUNDS)):
        fund = FUND.load(document["state"])
        book = books.get(fund.fund_id) or Reading(book=fund.fund_id)
        if not book.findings and strays(fund, book.head, book.open_days, noted.get(fund.fund_id)):
            yield from _strays_now(store, fund.fund_id)


def _strays_now(store: Store, fund_id: str) -> list[Finding]:
    books, fund, noted = _books(store), store.documents(FUNDS).get(fund_id), store.documents(EXPIRIES).get(fund_id)
    if fund is None:
        return []
    days = open_until(books.entries(fund_id))
    expiries = EXPIRIES_OF_FUND.load(noted["state"]) if noted else None
    return strays(FUND.load(fund["state"]), books.head(fund_id), days, expiries)
