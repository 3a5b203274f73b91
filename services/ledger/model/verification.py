"""Proof of a book: reads the stored blocks as they are and says where, and what, does not hold.

Nothing is taken on trust: contents against their hash, each block against the one before, every sum, balance, limit,
key and reversal. What the chain alone cannot show (a tail cut off, a whole book written anew) shows against an
*anchor*: a block number and hash that left the ledger earlier, on a statement or in an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from services.ledger.model.blocks import NO_BLOCK_BEFORE, Head, block_id, digest, entry_id
from services.ledger.model.chart import NotAnAccount, family_of, is_clearing, is_within_limit
from services.ledger.model.standing_payments import Paid, paid_by
from shared.money import MOST_PENCE, NotMoney, Pence

Document = Mapping[str, Any]
_Posted = tuple[str, Sequence[tuple[str, int, int]]]
"""An entry's type and its postings."""
_Told = dict[int, set[str]]
"""The hashes that blocks of a book were told to have, by number."""
_NOTED = frozenset({"closing", "reserve", "payment-in"})
_NOTHING: _Posted = ("", ())


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that does not hold: in which book, at which block, and what."""

    book: str
    number: int
    what: str


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A block's number and hash as they were told earlier."""

    book: str
    number: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Clearing:
    """What a clearing account stands at in one book, and the block that posted to it last."""

    book: str
    number: int
    account: str
    pence: int


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was read and what was found; an empty `findings` is the proof."""

    blocks: int
    entries: int
    head_number: int
    head_hash: str
    in_balance: bool
    findings: tuple[Finding, ...]
    clearing: tuple[Clearing, ...] = ()


def verify(blocks: Iterable[Document], *, anchors: Iterable[Anchor] = ()) -> list[Finding]:
    """Everything that does not hold in these stored blocks, each book's in the order of its numbers."""
    return list(prove(blocks, anchors=anchors).findings)


def unsettled(proof: Proof, *, under_way: Set[str] = frozenset()) -> list[Finding]:
    """Clearing accounts that do not come to nought over all the books that were read, each at its last posting.

    Moves that are `under_way` are passed by: their other half is still to come.
    """
    sums: dict[str, int] = {}
    for place in proof.clearing:
        sums[place.account] = sums.get(place.account, 0) + place.pence
    return [
        Finding(
            book=place.book, number=place.number, what=f"{place.account} comes to {sums[place.account]} over all books"
        )
        for place in proof.clearing
        if sums[place.account] and place.account.partition(":")[2] not in under_way
    ]


def prove(blocks: Iterable[Document], *, anchors: Iterable[Anchor] = ()) -> Proof:
    """Reads the blocks of one book or several once and proves them; see `verify`."""
    return proof_of(read_through(blocks, anchors=anchors))


def read_through(blocks: Iterable[Document], *, anchors: Iterable[Anchor] = ()) -> Mapping[str, Reading]:
    """Every book as it was read, in the order they were met.

    Blocks come book after book, as their ids do: of a book that is done with, only where it stands is kept.
    """
    told = _by_book(anchors)
    books: dict[str, Reading] = {}
    name, place, reading = "", "", Reading(book="")
    for document in blocks:
        if document.get("book") != name or not name:
            name = str(document.get("book"))
            there = str(document.get("_id")).rpartition("/")[0]
            if there != place and place in books:
                books[place].put_away()
            place = there
            reading = books.get(name) or books.setdefault(name, Reading(book=name, told=told.get(name, {})))
        reading.read(document)
    for name, anchored in told.items():
        books.setdefault(name, Reading(book=name)).hold_against(anchored)
    return books


def proof_of(books: Mapping[str, Reading]) -> Proof:
    """What the readings of these books come to."""
    readings = list(books.values())
    last = readings[-1] if readings else Reading(book="")
    return Proof(
        blocks=sum(reading.blocks for reading in readings),
        entries=sum(reading.entries for reading in readings),
        head_number=last.number,
        head_hash=last.stored_hash,
        in_balance=all(sum(reading.balances.values()) == 0 for reading in readings),
        findings=tuple(finding for reading in readings for finding in reading.findings),
        clearing=tuple(
            Clearing(book=reading.book, number=number, account=account, pence=pence)
            for reading in readings
            for account, (number, pence) in reading.clearing.items()
        ),
    )


@dataclass(kw_only=True)
class Reading:
    """One book being read: what the blocks so far lead to. `told` are the hashes that were told earlier, by block."""

    book: str
    told: _Told = field(default_factory=dict)
    blocks: int = 0
    number: int = 0
    stored_hash: str = NO_BLOCK_BEFORE
    true_hash: str = NO_BLOCK_BEFORE
    sequence: int = 0
    entries: int = 0
    closed: bool = False
    undoes: bool = False
    balances: dict[str, int] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    clearing: dict[str, tuple[int, int]] = field(default_factory=dict)
    posted: dict[str, _Posted] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    reserved: dict[str, str | None] = field(default_factory=dict)
    paid: dict[str, Paid] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def head(self) -> Head:
        """Where the book stands, if nothing was found in it."""
        return Head(
            book=self.book,
            number=self.number,
            hash=self.stored_hash,
            sequence=self.sequence,
            balances={account: Pence(pence) for account, pence in self.balances.items()},
            closed=self.closed,
        )

    @property
    def open_days(self) -> set[date]:
        """The last days of the reservations that are open, if nothing was found in the book."""
        return {date.fromisoformat(day) for day in self.reserved.values() if day is not None}

    def read(self, document: Document) -> None:
        self.blocks += 1
        number = document.get("number")
        if type(number) is not int or number < 1:
            self._found(self.number + 1, "the block has no number")
            return
        try:
            self._read(document, number)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            self._found(number, f"the block does not read as one ({type(error).__name__}: {error})")

    def put_away(self) -> None:
        """The book's last block was read: what only its later blocks would be held against is let go of."""
        self.keys, self.posted, self.undone = set(), {}, set()

    def hold_against(self, told: _Told) -> None:
        """Says which of the blocks that were told of are not there, or are others now."""
        for number, hashes in told.items():
            held = self.hashes.get(number)
            if held is None:
                self._found(number, "the block is missing, though it was told of earlier")
            elif hashes != {held}:
                self._found(number, "the block is not the one that was told of earlier")

    def _read(self, document: Document, number: int) -> None:
        follows = self._check_place(document, number)
        before, self.number = (self.stored_hash, self.true_hash), number
        self.stored_hash, self.true_hash = str(document["hash"]), digest(document)
        if number in self.told:
            self.hashes[number] = self.true_hash
        if self.stored_hash != self.true_hash:
            self._found(number, "the block's content is not what its hash was made from")
        if follows and document["previous_hash"] not in before:
            self._found(number, "the block does not link to the one before it")
        if self.closed:
            self._found(number, "the block stands after the book was closed")
        self._check_sequence(document, follows)
        if not follows:
            self._take_balances_from(document)
        self.closed = self.undoes = False
        for place, entry in enumerate(document["entries"], 1):
            self._check_entry(entry, number, place)
        self._check_lists(document)
        self._check_summary(document)

    def _check_place(self, document: Document, number: int) -> bool:
        """Whether the block follows the one read before."""
        if document["_id"] != block_id(self.book, number):
            self._found(number, "the block stands under another block's id")
        if number <= self.number:
            self._found(number, "the block stands after a later one")
            return False
        if number > self.number + 1:
            self._found(self.number + 1, _missing(self.number + 1, number - 1))
        return number == self.number + 1

    def _check_sequence(self, document: Document, follows: bool) -> None:
        expected = self.sequence + len(document["entries"])
        if follows and document["sequence"] != expected:
            self._found(self.number, "the sequence of its events does not follow on")
        self.sequence = document["sequence"]

    def _take_balances_from(self, document: Document) -> None:
        """After a gap: what the accounts must have stood at before this block, by its own account."""
        self.balances = dict(document["balances"])
        for entry in document["entries"]:
            for account, amount, _ in entry["postings"]:
                self.balances[account] = self.balances.get(account, 0) - amount

    def _check_entry(self, entry: Mapping[str, Any], number: int, place: int) -> None:
        self.entries += 1
        named, kind, postings = entry["entry_id"], entry["type"], entry["postings"]
        if named != entry_id(self.book, number, place):
            self._found(number, f"entry {place} stands under another entry's id")
        balances, sum_of_all = self.balances, 0
        for account, amount, after in postings:
            sum_of_all += amount
            whole = type(amount) is int and type(after) is int
            if whole and balances.get(account, 0) + amount == after and _may_stand(account, after):
                balances[account] = after
            else:
                self._check_posting(number, place, account, amount, after)
        if sum_of_all or len(postings) < 2:
            self._check_sum(kind, postings, number, place)
        self.posted[named] = (kind, postings)
        if kind in _NOTED:
            self._note(kind, named, entry)
        if "reverses" in entry or "resolves" in entry:
            self._check_undoing(entry, number, place)

    def _check_posting(self, number: int, place: int, account: str, amount: int, after: int) -> None:
        if type(amount) is not int or type(after) is not int:
            self._found(number, f"entry {place} has an amount that is not whole pence")
            return
        if self.balances.get(account, 0) + amount != after:
            self._found(number, f"entry {place} gives a wrong balance for {account}")
        self.balances[account] = after
        if is_clearing(account):
            self.clearing[account] = (number, after)
        try:
            within = is_within_limit(account, Pence(after))
        except NotAnAccount:
            self._found(number, f"entry {place} posts to an account that the chart does not have")
            return
        except NotMoney:
            self._found(number, f"entry {place} takes {account} beyond what the ledger can hold")
            return
        if not within:
            self._found(number, f"entry {place} takes {account} to the side of nought where it may not stand")

    def _note(self, kind: str, named: str, entry: Mapping[str, Any]) -> None:
        """What is kept beside a book follows from these."""
        if kind == "closing":
            self.closed = True
        elif kind == "reserve":
            self.reserved[named] = entry.get("expires_on")
        else:
            self.paid[named] = paid_by(entry)

    def _check_undoing(self, entry: Mapping[str, Any], number: int, place: int) -> None:
        self.undoes = True
        if "reverses" in entry:
            self._check_reversal(entry, number, place)
        if "resolves" in entry:
            self._check_resolution(entry, number, place)

    def _check_reversal(self, entry: Mapping[str, Any], number: int, place: int) -> None:
        undoes = entry["reverses"]
        if undoes in self.undone:
            self._found(number, f"entry {place} reverses an entry a second time")
        self.undone.add(undoes)
        self.paid.pop(undoes, None)
        if not self._is_opposite(entry["entry_id"], undoes):
            self._found(number, f"entry {place} does not net to nought with the entry it reverses")

    def _check_resolution(self, entry: Mapping[str, Any], number: int, place: int) -> None:
        ends = entry["resolves"]
        if ends in self.undone:
            self._found(number, f"entry {place} resolves a reservation a second time")
        self.undone.add(ends)
        self.reserved.pop(ends, None)
        if self.posted.get(ends, _NOTHING)[0] != "reserve" or not self._is_opposite(entry["entry_id"], ends):
            self._found(number, f"entry {place} does not net to nought with a reservation of this book")

    def _is_opposite(self, named: str, other: str) -> bool:
        (_, undone), (_, undoing) = self.posted.get(other, _NOTHING), self.posted[named]
        return [(account, -amount) for account, amount, _ in undone] == [
            (account, amount) for account, amount, _ in undoing
        ]

    def _check_sum(self, type: str, postings: Sequence[Any], number: int, place: int) -> None:
        """Double entry to the penny; closing a book moves nothing."""
        if postings or type != "closing":
            self._found(number, f"entry {place} does not sum to nought")

    def _check_lists(self, document: Document) -> None:
        keys = _named_in(document, "idempotency_key")
        if document.get("closed", False) != self.closed:
            self._found(self.number, "the block says of the book's end what its entries do not")
        if list(document.get("keys", ())) != keys or not self._lists_what_it_undoes(document):
            self._found(self.number, "the block's keys are not those of its entries")
        used = len(self.keys)
        self.keys.update(keys)
        if len(self.keys) < used + len(keys):
            self._found(self.number, "a key was used before in this book")

    def _lists_what_it_undoes(self, document: Document) -> bool:
        if not (self.undoes or "reverses" in document or "resolves" in document):
            return True
        return all(list(document.get(name, ())) == _named_in(document, name) for name in ("reverses", "resolves"))

    def _check_summary(self, document: Document) -> None:
        if dict(document["balances"]) != self.balances:
            self._found(self.number, "the block's balances are not what its postings lead to")

    def _found(self, number: int, what: str) -> None:
        self.findings.append(Finding(book=self.book, number=number, what=what))


@lru_cache(maxsize=4096)
def _sign(account: str) -> int | None:
    """1 where the account may stand above nought, -1 below; nothing for a clearing account, and for what is none."""
    try:
        side = family_of(account).side
    except NotAnAccount:
        return None
    return {"debit": 1, "credit": -1, "either": None}[side]


def _may_stand(account: str, pence: int) -> bool:
    """Whether a plain account may stand so: what most postings come to, without a closer look."""
    sign = _sign(account)
    return sign is not None and 0 <= pence * sign <= MOST_PENCE


def _named_in(document: Document, name: str) -> list[Any]:
    """What the block's entries say under this name, those that say anything."""
    return [entry[name] for entry in document["entries"] if name in entry]


def _by_book(anchors: Iterable[Anchor]) -> dict[str, _Told]:
    told: dict[str, _Told] = {}
    for anchor in anchors:
        told.setdefault(anchor.book, {}).setdefault(anchor.number, set()).add(anchor.hash)
    return told


def _missing(first: int, last: int) -> str:
    return "the block is missing" if first == last else f"the blocks up to {last} are missing"
