"""Seals: one hash over the heads of all books, so that a statement made today can be held against every book later.

A seal is the root of a Merkle tree (as RFC 6962 builds it: leaves and nodes hashed with different first bytes, the left
part as large a power of two as fits) whose leaves are book, block number and block hash, in the order of the books' names.
Each seal also names the root of the one before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Side = Literal["left", "right"]
NO_SEAL_BEFORE = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """The head of one book as it was sealed."""

    book: str
    number: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Seal:
    """A root over the heads of so many books. `pages` names where its leaves lie; `next_at` is when the next one is due."""

    seal_id: str
    number: int
    root: str
    previous_root: str
    books: int
    made_at: datetime
    made_by: str
    pages: str
    page_count: int
    next_at: datetime | None = None
    command_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of an inclusion path: the hash of the other part, and on which side of ours it stands."""

    side: Side
    hash: str


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """What shows that a book's head is under a seal: `root_of(leaf, path)` is the seal's root."""

    seal: Seal
    leaf: Leaf
    path: tuple[Step, ...]


def seal_id(number: int) -> str:
    """`seal-0000000017`: ids sort by number."""
    return f"seal-{number:010d}"


def next_seal_at(made_at: datetime, hours: int) -> datetime | None:
    """When the following seal is due; never, for no hours."""
    return made_at + timedelta(hours=hours) if hours else None


def leaf_hash(leaf: Leaf) -> str:
    """The leaf's own hash."""
    return _sha(b"\x00", f"{leaf.book}/{leaf.number}/{leaf.hash}".encode())


def merkle_root(hashes: Sequence[str]) -> str:
    """The root over these leaf hashes; that of nothing is the hash of nothing."""
    if not hashes:
        return hashlib.sha256(b"").hexdigest()
    if len(hashes) == 1:
        return hashes[0]
    middle = _middle(len(hashes))
    return _node(merkle_root(hashes[:middle]), merkle_root(hashes[middle:]))


def inclusion_path(hashes: Sequence[str], place: int) -> tuple[Step, ...]:
    """The steps from the leaf in this place up to the root."""
    if len(hashes) == 1:
        return ()
    middle = _middle(len(hashes))
    left, right = hashes[:middle], hashes[middle:]
    if place < middle:
        return (*inclusion_path(left, place), Step(side="right", hash=merkle_root(right)))
    return (*inclusion_path(right, place - middle), Step(side="left", hash=merkle_root(left)))


def root_of(leaf: Leaf, path: Iterable[Step]) -> str:
    """The root that this leaf and path lead to."""
    reached = leaf_hash(leaf)
    for step in path:
        reached = _node(step.hash, reached) if step.side == "left" else _node(reached, step.hash)
    return reached


def _middle(count: int) -> int:
    """The largest power of two below the count."""
    return 1 << ((count - 1).bit_length() - 1)


def _node(left: str, right: str) -> str:
    return _sha(b"\x01", bytes.fromhex(left) + bytes.fromhex(right))


def _sha(kind: bytes, content: bytes) -> str:
    return hashlib.sha256(kind + content).hexdigest()
