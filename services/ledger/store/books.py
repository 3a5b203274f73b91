"""The books: insert-only blocks over any `Documents`.

The relay alone touches a stored block again, and only the fields that are outside its hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.ledger.model.blocks import Block, Head, block_id, block_id_prefix, digest, place_of, posted_in
from services.ledger.model.entries import Entry
from services.ledger.model.entry_forms import entry_from_json
from services.ledger.model.standing_payments import StandingPayments
from services.ledger.model.statements import Tail
from services.ledger.ports import EntryPage, HeadMoved
from services.ledger.store.belt import BELT
from services.ledger.store.heads import HeadsToBuildOn, LastNumbers, broken, head_in
from services.ledger.store.standing_payments import FoldedPayments
from shared.clock import Clock
from shared.events.envelope import stream_key
from shared.events.language import Event
from shared.events.ledger import JOURNAL
from shared.faults import FAULTS
from shared.messaging.cause import Cause
from shared.messaging.publishing.outbox import OUTBOX_DUE, OUTBOX_ORDER, due_after, record
from shared.messaging.publishing.pressure import take_all
from shared.money import Pence
from shared.store.documents import (
    Between,
    Collection,
    Condition,
    Document,
    Documents,
    Equal,
    Field,
    IdTaken,
    KeyTaken,
    Order,
    Prefix,
    Unique,
)

LAST_NUMBER = 10**10 - 1
"""No block has a later number: an id has ten digits for it."""
READ_AT_ONCE = 200
"""Blocks fetched in one page while a whole book is read."""
READ_AT_FIRST = 20
"""Blocks fetched in the first page while a book is read backwards: mostly enough."""

BLOCKS = Collection(
    name="blocks",
    fields=(
        OUTBOX_DUE,
        Field(path="keys", kind="texts", absence_asked=False),
        Field(path="reverses", kind="texts", absence_asked=False),
        Field(path="resolves", kind="texts", absence_asked=False),
    ),
    unique=(
        Unique(name="idempotency-key", paths=("keys",)),
        Unique(name="reversed-once", paths=("reverses",)),
        Unique(name="resolved-once", paths=("resolves",)),
    ),
    orders=(OUTBOX_ORDER, Order(name="newest-first", by=(("_id", "descending"),))),
    belt=BELT,
)
"""A block's id is its book and number, so a book is a range of ids and its head the last of them: no index but the id's."""


class StoredBooks:
    """`Books` over the `blocks` collection. `nudge` is told of a block whose events wait to be relayed."""

    def __init__(
        self,
        *,
        documents: Documents,
        clock: Clock,
        nudge: Callable[[Document], None],
        admit: Callable[[], None] = take_all,
        payments: FoldedPayments | None = None,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._nudge = nudge
        self._admit = admit
        self._payments = payments or FoldedPayments(blocks=documents)
        self._numbers = LastNumbers()
        self._to_build_on = HeadsToBuildOn(documents=documents, numbers=self._numbers, read=self.head)

    def head(self, fund_id: str) -> Head:
        """Where the book stands. Raises `BookBroken` when its last block does not read as one."""
        found = self._documents.find(_book(fund_id), order="newest-first", limit=1).items
        head = head_in(found[0]) if found else Head(book=fund_id)
        self._numbers.note(fund_id, head.number)
        return head

    def head_to_build_on(self, fund_id: str) -> Head:
        """The head where it was last seen, or as it is read: `append` refuses a block built on an old one."""
        return self._to_build_on.of(fund_id)

    def heads_to_build_on(self, numbers: Mapping[str, int | None]) -> dict[str, Head]:
        """Such heads of many books in one question, given at which number each may stand (`None`: not known)."""
        return self._to_build_on.of_many(numbers)

    def append(self, block: Block, events: Sequence[Event], *, cause: Cause) -> None:
        """One insert makes block and events true, or neither. Raises `HeadMoved`."""
        if cause.caller is not None:
            self._admit()
        document = self._document(block, events, cause)
        FAULTS.reach("before-commit", block.block_id)
        try:
            self._documents.insert(document)
        except (IdTaken, KeyTaken) as error:
            raise HeadMoved(f"block {block.block_id} was not the next one") from error
        FAULTS.reach("after-commit", block.block_id)
        self._stands(block, document)

    def append_many(self, blocks: Sequence[tuple[Block, Sequence[Event], Cause]]) -> list[bool]:
        """One trip for blocks of different books; each insert makes its block and events true, or neither."""
        documents = [self._document(block, events, cause) for block, events, cause in blocks]
        if not documents:
            return []
        FAULTS.reach("before-commit", documents[0]["_id"])
        refused = self._documents.insert_many(documents)
        FAULTS.reach("after-commit", documents[0]["_id"])
        for (block, _, _), document, refusal in zip(blocks, documents, refused, strict=True):
            if refusal is None:
                self._stands(block, document)
        return [refusal is None for refusal in refused]

    def block_with_key(self, key: str) -> Block | None:
        """The block that used this idempotency key."""
        return self._only([Equal(path="keys", value=key)])

    def entry(self, entry_id: str) -> Entry | None:
        """The entry, found by the place its id names."""
        place = place_of(entry_id)
        if place is None:
            return None
        book, number, _ = place
        document = self._documents.get(block_id(book, number))
        block = _block(document) if document else None
        return _named(block, entry_id)

    def reversal_of(self, entry_id: str) -> Entry | None:
        """The entry that reverses this one."""
        return self._undoing("reverses", entry_id)

    def resolution_of(self, entry_id: str) -> Entry | None:
        """The entry that resolves this reservation."""
        return self._undoing("resolves", entry_id)

    def entries(self, fund_id: str, *, after: int = 0, up_to: int | None = None) -> Iterator[Entry]:
        """The book's entries in the order they were posted, of the blocks after one number and up to another."""
        first, last = block_id(fund_id, after + 1), block_id(fund_id, LAST_NUMBER if up_to is None else up_to)
        for document in self._stored(Between(path="_id", low=first, high=last, including_high=True)):
            yield from _block(document).entries

    def tail(self, fund_id: str, *, since: datetime | None, up_to: int | None = None) -> Tail:
        """The book's later entries, read backwards up to the first block that was posted before."""
        later: list[Block] = []
        for document in self._newest_first(fund_id, LAST_NUMBER if up_to is None else up_to):
            block = _block(document)
            if since is not None and all(entry.posted_at < since for entry in block.entries):
                return Tail(entries=_in_order(later), balances=block.balances, number=block.number)
            later.append(block)
        return Tail(entries=_in_order(later))

    def standing_payments(self, fund_id: str) -> StandingPayments:
        """The payments in that stand. Raises `BookBroken`."""
        return self._payments.of(fund_id)

    def standing_payments_of(self, fund_ids: Sequence[str]) -> Mapping[str, StandingPayments]:
        """Those of many books; what took many blocks to fold is kept. Raises `BookBroken`."""
        return self._payments.of_many(fund_ids)

    def page(self, fund_id: str, *, after: str | None, limit: int) -> EntryPage:
        """The entries of some blocks, the newest first. Raises `BadCursor`."""
        page = self._documents.find(_book(fund_id), order="newest-first", after=after, limit=limit)
        items = [posted for document in page.items for posted in reversed(posted_in(_block(document)))]
        return EntryPage(items=items, next=page.next)

    def stored_blocks(self, fund_id: str) -> Iterator[Mapping[str, Any]]:
        """The blocks exactly as stored, by number; an instant may come as the text that is hashed."""
        return self._documents.each(_book(fund_id))

    def _newest_first(self, fund_id: str, number: int) -> Iterator[Document]:
        first, last = block_id(fund_id, 1), block_id(fund_id, number)
        where = [Between(path="_id", low=first, high=last, including_high=True)]
        after, limit = None, READ_AT_FIRST
        while True:
            page = self._documents.find(where, order="newest-first", after=after, limit=limit)
            yield from page.items
            if page.next is None:
                return
            after, limit = page.next, min(2 * limit, READ_AT_ONCE)

    def _stored(self, *where: Condition) -> Iterator[Document]:
        after: str | None = None
        while True:
            page = self._documents.find(where, after=after, limit=READ_AT_ONCE)
            yield from page.items
            if page.next is None:
                return
            after = page.next

    def _stands(self, block: Block, document: Document) -> None:
        self._numbers.note(block.book, block.number)
        self._nudge(document)

    def _undoing(self, how: str, entry_id: str) -> Entry | None:
        block = self._only([Equal(path=how, value=entry_id)])
        if block is None:
            return None
        return next((entry for entry in block.entries if entry.draft.undoes == entry_id), None)

    def _only(self, where: Sequence[Condition]) -> Block | None:
        found = self._documents.find(where, limit=1).items
        return _block(found[0]) if found else None

    def _document(self, block: Block, events: Sequence[Event], cause: Cause) -> Document:
        now = self._clock.now()
        told_before = {stream_key(JOURNAL.name, block.book): block.sequence - len(block.entries)}
        outbox, _ = record(
            events, subject=block.book, council_id=block.council_id, sequences=told_before, cause=cause, at=now
        )
        hashed = block.as_json()
        protocol = {"_id": block.block_id, "version": 1, "outbox": outbox, "outbox_due": due_after(now, outbox)}
        return hashed | protocol | {"hash": digest(hashed)}


def _book(fund_id: str) -> list[Condition]:
    return [Prefix(path="_id", start=block_id_prefix(fund_id))]


def _block(document: Mapping[str, Any]) -> Block:
    try:
        return Block(
            book=document["book"],
            council_id=document["council_id"],
            number=document["number"],
            previous_hash=document["previous_hash"],
            entries=tuple(_entry(values) for values in document["entries"]),
            balances={account: Pence(pence) for account, pence in document["balances"]},
            sequence=document["sequence"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise broken(document) from error


def _in_order(newest_first: Sequence[Block]) -> tuple[Entry, ...]:
    return tuple(entry for block in reversed(newest_first) for entry in block.entries)


def _entry(values: Mapping[str, Any]) -> Entry:
    return entry_from_json({**values, "recorded_at": values["recorded_at"].astimezone(UTC)})


def _named(block: Block | None, entry_id: str) -> Entry | None:
    if block is None:
        return None
    return next((entry for entry in block.entries if entry.entry_id == entry_id), None)
