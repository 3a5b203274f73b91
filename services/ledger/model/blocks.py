"""Blocks: a book's commits, insert-only, each with its entries, the balances after them and a link to the one before.

A block's hash is SHA-256 over its canonical form: every stored field except those of the write protocol, as JSON with
sorted names and no spaces, instants in UTC to the millisecond. What the relay changes after publishing is outside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

import orjson

from services.ledger.errors import FundClosed, WouldBreakLimit, WouldOverdrawFund
from services.ledger.model.chart import HELD, in_hand, is_within_limit
from services.ledger.model.entries import Draft, Entry, Leg, Posting, check_balanced, movement_in_hand
from services.ledger.model.entry_forms import entry_as_json
from shared.money import ZERO, Pence, format_gbp

NO_BLOCK_BEFORE = "0" * 64
MOST_ENTRIES = 500
"""Entries one block may hold: far below a document's size limit in any store."""
_AS_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
OUTSIDE_THE_HASH = frozenset({"_id", "hash", "version", "outbox", "outbox_due"})


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where a book stands: all that the next block builds on."""

    book: str
    number: int = 0
    hash: str = NO_BLOCK_BEFORE
    sequence: int = 0
    balances: Mapping[str, Pence] = field(default_factory=dict)
    closed: bool = False

    @property
    def in_hand(self) -> Pence:
        return in_hand(self.balances)

    @property
    def free(self) -> Pence:
        return self.balances.get(HELD, ZERO)


@dataclass(frozen=True, kw_only=True)
class Block:
    """One commit. `sequence` is that of its last event on the `journal` stream."""

    book: str
    council_id: str
    number: int
    previous_hash: str
    entries: tuple[Entry, ...]
    balances: Mapping[str, Pence]
    sequence: int

    @property
    def block_id(self) -> str:
        return block_id(self.book, self.number)

    @property
    def hash(self) -> str:
        return digest(self.as_json())

    @cached_property
    def in_hand_after(self) -> tuple[Pence, ...]:
        """The money in hand after each entry."""
        falling = [in_hand(self.balances)]
        for entry in self.entries[:0:-1]:
            falling.append(falling[-1] - movement_in_hand(entry))
        return tuple(reversed(falling))

    @property
    def closed(self) -> bool:
        """Whether the book ends here."""
        return any(entry.type == "closing" for entry in self.entries)

    @property
    def keys(self) -> list[str]:
        return [entry.draft.key.key for entry in self.entries if entry.draft.key]

    @property
    def reverses(self) -> list[str]:
        return [entry.draft.reverses for entry in self.entries if entry.draft.reverses]

    @property
    def resolves(self) -> list[str]:
        return [entry.draft.resolves for entry in self.entries if entry.draft.resolves]

    def as_json(self) -> dict[str, Any]:
        """The hashed fields, as stored. What is empty is left out, so that unique indexes pass it by."""
        values: dict[str, Any] = {
            "book": self.book,
            "council_id": self.council_id,
            "number": self.number,
            "previous_hash": self.previous_hash,
            "sequence": self.sequence,
            "entries": [entry_as_json(entry) for entry in self.entries],
            "balances": [[account, balance.amount] for account, balance in sorted(self.balances.items())],
        }
        optional = {"keys": self.keys, "reverses": self.reverses, "resolves": self.resolves, "closed": self.closed}
        return values | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True, kw_only=True)
class Posted:
    """An entry on its book and the money in hand right after it."""

    entry: Entry
    in_hand: Pence


def posted_in(block: Block) -> list[Posted]:
    """The block's entries, each with the money in hand after it."""
    return [posted_at(block, place) for place in range(len(block.entries))]


def posted_at(block: Block, place: int) -> Posted:
    """The block's entry at this place, from nought."""
    return Posted(entry=block.entries[place], in_hand=block.in_hand_after[place])


def block_id(book: str, number: int) -> str:
    """`<book>/0000000017`: ids of one book sort by number."""
    return f"{block_id_prefix(book)}{number:010d}"


def block_id_prefix(book: str) -> str:
    """What the ids of this book's blocks, and no other's, begin with."""
    return f"{book}/"


def entry_id(book: str, number: int, place: int) -> str:
    """`<book>.17.1`: an entry is named by its place, which never changes."""
    return f"{book}.{number}.{place}"


def place_of(id: str) -> tuple[str, int, int] | None:
    """Book, block number and place of an entry id, or `None` when it isn't one."""
    book, _, rest = id.rpartition(".")
    book, _, number = book.rpartition(".")
    if not (book and _is_plain_number(number) and _is_plain_number(rest)):
        return None
    return book, int(number), int(rest)


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed: every field of the stored block except the write protocol's.

    The quick writer gives the same bytes for every text of printable ASCII; all else goes the slow way.
    """
    hashed = {**document}
    for name in OUTSIDE_THE_HASH:
        hashed.pop(name, None)
    try:
        quick = orjson.dumps(hashed, default=_instant, option=_AS_CANONICAL)
    except TypeError:  # a number beyond 64 bits, a text that is not valid Unicode, or what no block may hold
        return _canonical_at_length(hashed)
    return quick if quick.isascii() and b"\x7f" not in quick else _canonical_at_length(hashed)


def _canonical_at_length(hashed: Mapping[str, Any]) -> bytes:
    return json.dumps(hashed, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_instant).encode("ascii")


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(document)).hexdigest()


def next_block(head: Head, drafts: Sequence[Draft], *, council_id: str, actor_id: str, recorded_at: datetime) -> Block:
    """The block that puts these drafts on the book, with one event on the `journal` stream for each.

    Raises `FundClosed` when the book has ended, `Unbalanced`, `WouldOverdrawFund` or `WouldBreakLimit` for the first
    draft that cannot stand, `ValueError` for none, too many, or one key or one entry taken back twice (the store's
    unique keys do not look inside one block).
    """
    if head.closed:
        raise FundClosed(f"The book of fund {head.book} is closed.")
    _check_batch(drafts)
    number = head.number + 1
    balances = dict(head.balances)
    now = to_the_millisecond(recorded_at)
    entries = tuple(
        Entry(
            entry_id=entry_id(head.book, number, place),
            recorded_at=to_the_millisecond(draft.recorded_at) if draft.recorded_at else now,
            actor_id=actor_id,
            draft=draft,
            postings=tuple(_post(draft, balances)),
        )
        for place, draft in enumerate(drafts, 1)
    )
    return Block(
        book=head.book,
        council_id=council_id,
        number=number,
        previous_hash=head.hash,
        entries=entries,
        balances=balances,
        sequence=head.sequence + len(entries),
    )


def _check_batch(drafts: Sequence[Draft]) -> None:
    if not 1 <= len(drafts) <= MOST_ENTRIES:
        raise ValueError(f"a block holds 1 to {MOST_ENTRIES} entries")
    if len(drafts) == 1:
        return
    keys = [draft.key.key for draft in drafts if draft.key]
    if len(set(keys)) < len(keys):
        raise ValueError("two entries of one block have the same key")
    undone = [draft.undoes for draft in drafts if draft.undoes]
    if len(set(undone)) < len(undone):
        raise ValueError("two entries of one block take back the same entry")


def _post(draft: Draft, balances: dict[str, Pence]) -> Iterator[Posting]:
    check_balanced(draft)
    for leg in draft.legs:
        balance = balances.get(leg.account, ZERO) + leg.amount
        _check_limit(leg, balance)
        balances[leg.account] = balance
        yield Posting(account=leg.account, amount=leg.amount, balance_after=balance)


def _check_limit(leg: Leg, balance: Pence) -> None:
    if is_within_limit(leg.account, balance):
        return
    if leg.account == HELD:
        free = format_gbp(balance - leg.amount)
        raise WouldOverdrawFund(f"The fund has {free} free to spend; this needs {format_gbp(-leg.amount)}.")
    raise WouldBreakLimit(f"The account {leg.account} may not stand at {format_gbp(balance)}.")


def to_the_millisecond(instant: datetime) -> datetime:
    """The instant as every store keeps it."""
    utc = instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return _written(value)
    raise TypeError(f"a block cannot hold {type(value).__name__}")


@lru_cache(maxsize=1024)
def _written(instant: datetime) -> str:
    """All entries of a block were recorded at one instant, mostly."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")


def _is_plain_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and not text.startswith("0")
