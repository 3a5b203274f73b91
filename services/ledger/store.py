"""The ledger's collections and their named queries, over any `Documents`.

`funds` and `refused_spends` are aggregates under the write protocol, `payee_holds` too. `blocks` is insert-only: the
relay alone touches a stored block again, and only the fields that are outside its hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from functools import partial
from typing import Any

from services.ledger.errors import BookBroken
from services.ledger.model.blocks import Block, Head, block_id, block_id_prefix, digest, place_of, posted_in
from services.ledger.model.entries import Entry
from services.ledger.model.entry_forms import entry_from_json
from services.ledger.model.funds import CLOSE_TO_THE_PERSON, Fund
from services.ledger.model.holds import PayeeHold
from services.ledger.model.refusals import RefusedSpend
from services.ledger.ports import EntryPage, HeadMoved
from shared.clock import Clock
from shared.context import EVERY_COUNCIL, Caller
from shared.events.envelope import stream_key
from shared.events.language import Event
from shared.events.ledger import JOURNAL
from shared.faults import FAULTS
from shared.messaging.aggregates import Aggregates, Found, Kind, collection_of
from shared.messaging.cause import Cause
from shared.messaging.publishing.outbox import OUTBOX_FIELDS, OUTBOX_ORDER, due_after, record
from shared.messaging.publishing.pressure import take_all
from shared.money import Pence
from shared.store.documents import (
    AnyOf,
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
from shared.store.records import dump_record, load_record

READ_AT_ONCE = 200
"""Blocks fetched in one page while a whole book is read."""

FUNDS = collection_of(
    "funds",
    fields=(
        Field(path="state.person_id"),
        Field(path="state.provider_id"),
        Field(path="state.status"),
        Field(path="state.opened_on"),
    ),
    orders=(Order(name="newest-first", by=(("state.opened_on", "descending"),)),),
)
REFUSED_SPENDS = collection_of(
    "refused_spends",
    fields=(Field(path="state.fund_id"), Field(path="state.asked_at", kind="instant")),
    orders=(Order(name="newest-first", by=(("state.asked_at", "descending"),)),),
)
PAYEE_HOLDS = collection_of(
    "payee_holds",
    fields=(Field(path="state.held", kind="flag"), Field(path="state.from_at", kind="instant")),
)
BLOCKS = Collection(
    name="blocks",
    fields=(
        *OUTBOX_FIELDS,
        Field(path="keys", kind="texts"),
        Field(path="reverses", kind="texts"),
    ),
    unique=(
        Unique(name="idempotency-key", paths=("keys",)),
        Unique(name="reversed-once", paths=("reverses",)),
    ),
    orders=(OUTBOX_ORDER, Order(name="newest-first", by=(("_id", "descending"),))),
)
"""A block's id is its book and number, so a book is a range of ids and its head the last of them: no index but the id's."""

COLLECTIONS: tuple[Collection, ...] = (FUNDS, REFUSED_SPENDS, PAYEE_HOLDS, BLOCKS)

FUND = Kind[Fund](name="fund", dump=dump_record, load=partial(load_record, Fund))
REFUSED_SPEND = Kind[RefusedSpend](name="refused spend", dump=dump_record, load=partial(load_record, RefusedSpend))
PAYEE_HOLD = Kind[PayeeHold](name="payee hold", dump=dump_record, load=partial(load_record, PayeeHold))


class StoredBooks:
    """`Books` over the `blocks` collection. `nudge` is told of a block whose events wait to be relayed."""

    def __init__(
        self,
        *,
        documents: Documents,
        clock: Clock,
        nudge: Callable[[Document], None],
        admit: Callable[[], None] = take_all,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._nudge = nudge
        self._admit = admit

    def head(self, fund_id: str) -> Head:
        """Where the book stands. Raises `BookBroken` when its last block does not read as one."""
        found = self._documents.find(_book(fund_id), order="newest-first", limit=1).items
        return _head(found[0]) if found else Head(book=fund_id)

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
        self._nudge(document)

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
        block = self._only([Equal(path="reverses", value=entry_id)])
        if block is None:
            return None
        return next((entry for entry in block.entries if entry.draft.reverses == entry_id), None)

    def entries(self, fund_id: str, *, up_to: int | None = None) -> Iterator[Entry]:
        """The book's entries in the order they were posted, of all blocks or of those up to a number."""
        for document in self.stored_blocks(fund_id):
            if up_to is not None and document["number"] > up_to:
                return
            yield from _block(document).entries

    def page(self, fund_id: str, *, after: str | None, limit: int) -> EntryPage:
        """The entries of some blocks, the newest first. Raises `BadCursor`."""
        page = self._documents.find(_book(fund_id), order="newest-first", after=after, limit=limit)
        items = [posted for document in page.items for posted in reversed(posted_in(_block(document)))]
        return EntryPage(items=items, next=page.next)

    def stored_blocks(self, fund_id: str) -> Iterator[Mapping[str, Any]]:
        """The blocks exactly as stored, by number."""
        after: str | None = None
        while True:
            page = self._documents.find(_book(fund_id), after=after, limit=READ_AT_ONCE)
            yield from page.items
            if page.next is None:
                return
            after = page.next

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


class StoredHolds:
    """`PayeeHolds` over the `payee_holds` collection."""

    def __init__(self, *, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def held_among(self, party_ids: Iterable[str]) -> frozenset[str]:
        """Those on hold now; a hold that begins later does not count yet."""
        wanted = sorted(party_ids)
        where: list[Condition] = [
            AnyOf(path="_id", values=wanted),
            Equal(path="state.held", value=True),
            Between(path="state.from_at", high=self._clock.now(), including_high=True),
        ]
        return frozenset(document["_id"] for document in self._documents.find(where, limit=max(len(wanted), 1)).items)


def funds_visible_to(
    caller: Caller,
    funds: Aggregates[Fund],
    *,
    council_id: str | None = None,
    person_id: str | None = None,
    provider_id: str | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int,
) -> Found[Fund]:
    """Funds that are the caller's to see and match, the newest first. Raises `BadCursor`."""
    wanted = {
        "council_id": council_id,
        "state.person_id": person_id,
        "state.provider_id": provider_id,
        "state.status": status,
    }
    where = [*_open_to(caller), *(Equal(path=path, value=value) for path, value in wanted.items() if value is not None)]
    return funds.find(where, order="newest-first", after=after, limit=limit)


def refused_spends_of(fund_id: str, refusals: Aggregates[RefusedSpend], *, limit: int) -> Found[RefusedSpend]:
    """The fund's refused spends, the newest first."""
    return refusals.find([Equal(path="state.fund_id", value=fund_id)], order="newest-first", limit=limit)


def _open_to(caller: Caller) -> list[Condition]:
    """The conditions that `Fund.is_open_to` and the token's councils set; a shared fund is read by its id."""
    where: list[Condition] = []
    if EVERY_COUNCIL not in caller.councils:
        where.append(AnyOf(path="council_id", values=list(caller.councils)))
    if caller.organisation_id is not None:
        where.append(Equal(path="state.provider_id", value=caller.organisation_id))
    elif set(caller.roles) <= CLOSE_TO_THE_PERSON:
        where.append(Equal(path="state.person_id", value=caller.actor_id))
    return where


def _book(fund_id: str) -> list[Condition]:
    return [Prefix(path="_id", start=block_id_prefix(fund_id))]


def _head(document: Document) -> Head:
    try:
        return Head(
            book=document["book"],
            number=document["number"],
            hash=document["hash"],
            sequence=document["sequence"],
            balances={account: Pence(pence) for account, pence in document["balances"]},
            closed=document.get("closed", False),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(document) from error


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
        raise _broken(document) from error


def _entry(values: Mapping[str, Any]) -> Entry:
    return entry_from_json({**values, "recorded_at": values["recorded_at"].astimezone(UTC)})


def _named(block: Block | None, entry_id: str) -> Entry | None:
    if block is None:
        return None
    return next((entry for entry in block.entries if entry.entry_id == entry_id), None)


def _broken(document: Mapping[str, Any]) -> BookBroken:
    return BookBroken(f"Block {document.get('_id')} does not read as a block; ask for the fund's proof.")
